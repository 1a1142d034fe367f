//! The token endpoint (tiktok.md §2.3).
//!
//! Always true: an answer is a success if it has an `access_token` and no `error`, whatever its HTTP status; what a renewal's answer leaves out
//! stays as it was, and a new refresh token replaces the old one.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicErrorResponseType as OauthError;
use serde::Deserialize;
use ureq::http::Method;

use super::Tiktok;
use super::errors::quote;
use crate::platform::http::{Answer, Body, Call};
use crate::platform::{Access, ErrorClass, PlatformError};
use crate::secret::Secret;

/// What the token endpoint says; flat, and with any of it missing.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<Secret>,
    expires_in: Option<i64>,
    refresh_token: Option<Secret>,
    refresh_expires_in: Option<i64>,
    #[serde(default)]
    open_id: String,
    #[serde(default)]
    scope: String,
    error: Option<OauthError>,
    #[serde(default)]
    error_description: String,
    log_id: Option<String>,
}

/// An answer with a token in it.
pub(super) struct Granted {
    pub access: Access,
    pub open_id: String,
    pub scopes: Vec<String>,
}

impl Tiktok {
    pub(super) fn token(&self, fields: &[(&str, &str)], old: Option<&Access>, now: DateTime<Utc>) -> Result<Granted, PlatformError> {
        let url = format!("{}/v2/oauth/token/", self.config.api_url);
        let mut form = vec![("client_key", self.config.client_key.as_str()), ("client_secret", self.config.client_secret.expose())];
        form.extend_from_slice(fields);
        let headers = [("cache-control", "no-cache")];
        let answer = self.http.send(Call { method: Method::POST, url: &url, headers: &headers, body: Body::Form(&form), visible: false });
        read_token(&answer.map_err(|e| e.into_error(false))?, old, now)
    }
}

/// `old` is what a renewal started from.
fn read_token(answer: &Answer, old: Option<&Access>, now: DateTime<Utc>) -> Result<Granted, PlatformError> {
    let Some(read) = answer.json::<TokenAnswer>() else {
        return Err(unreadable(Some(answer.status)));
    };
    let (Some(token), None) = (read.access_token.filter(|token| !token.is_empty()), &read.error) else {
        return Err(match read.error {
            Some(error) => refused(&error, &read.error_description, old.is_some()).trace_id(read.log_id).http_status(answer.status),
            None => unreadable(Some(answer.status)).trace_id(read.log_id),
        });
    };
    let ends = |seconds: Option<i64>| seconds.filter(|s| *s > 0).and_then(TimeDelta::try_seconds).and_then(|lasts| now.checked_add_signed(lasts));
    let access = Access {
        token,
        user_token: None,
        refresh_token: read.refresh_token.filter(|token| !token.is_empty()).or_else(|| old.and_then(|old| old.refresh_token.clone())),
        issued_at: now,
        // Documented as a day; an answer that does not say is not taken for endless.
        expires_at: Some(ends(read.expires_in).unwrap_or(now + TimeDelta::days(1))),
        refresh_expires_at: ends(read.refresh_expires_in).or_else(|| old.and_then(|old| old.refresh_expires_at)),
    };
    let scopes = read.scope.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    Ok(Granted { access, open_id: read.open_id, scopes })
}

fn refused(error: &OauthError, description: &str, renewing: bool) -> PlatformError {
    let (class, message, remedy) = match error {
        OauthError::InvalidGrant if renewing => {
            (ErrorClass::NeedsReconnect, "TikTok no longer renews this account's access: it has ended or was taken away.", "Connect the account again.")
        }
        OauthError::InvalidGrant => (ErrorClass::Rejected, "TikTok did not accept the code of this sign-in; it may have been used or be too old.", ""),
        OauthError::InvalidRequest => (ErrorClass::Rejected, "TikTok did not accept this sign-in.", ""),
        OauthError::InvalidClient | OauthError::UnauthorizedClient | OauthError::InvalidScope | OauthError::UnsupportedGrantType => (
            ErrorClass::Bug,
            "TikTok does not accept this installation's app.",
            "Compare the client key, the client secret and the scopes in the settings with TikTok's developer portal. The accounts are not to blame.",
        ),
        OauthError::Extension(code) => match code.as_str() {
            "access_denied" => (ErrorClass::Rejected, "The access was not allowed at TikTok.", ""),
            "unsupported_response_type" => (ErrorClass::Bug, "TikTok does not accept this installation's app.", ""),
            // `server_error`, `temporarily_unavailable`, and what nobody has seen yet: the tokens are kept.
            _ => (ErrorClass::Transient, "TikTok could not answer this sign-in now.", ""),
        },
    };
    let message = match quote(description) {
        Some(quote) => format!("{message} It says: {quote}"),
        None => message.to_owned(),
    };
    let code: String = error.as_ref().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
    PlatformError::new(class, code, message).remedy(remedy)
}

pub(super) fn unreadable(status: Option<u16>) -> PlatformError {
    let error = PlatformError::new(ErrorClass::Transient, "unreadable_answer", "TikTok's answer to the sign-in could not be read.");
    match status {
        Some(status) => error.http_status(status),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn read(status: u16, body: &str, old: Option<&Access>) -> Result<Granted, PlatformError> {
        read_token(&Answer { status, headers: ureq::http::HeaderMap::new(), body: body.as_bytes().to_vec() }, old, now())
    }

    const GRANT: &str = r#"{"access_token":"act.1","expires_in":86400,"open_id":"o-1","refresh_expires_in":31536000,"refresh_token":"rft.1",
        "scope":"user.info.basic,video.publish","token_type":"Bearer"}"#;

    #[test]
    fn a_grant_is_read_with_absolute_ends() {
        let granted = read(200, GRANT, None).unwrap();
        assert_eq!((granted.open_id.as_str(), granted.scopes.as_slice()), ("o-1", ["user.info.basic".to_owned(), "video.publish".to_owned()].as_slice()));
        assert_eq!(granted.access.token.expose(), "act.1");
        assert_eq!(granted.access.expires_at, Some(now() + TimeDelta::days(1)));
        assert_eq!(granted.access.refresh_expires_at, Some(now() + TimeDelta::days(365)));
    }

    #[test]
    fn the_new_refresh_token_counts_and_a_missing_one_leaves_the_old() {
        let old = read(200, &GRANT.replace("rft.1", "rft.0"), None).unwrap().access;
        assert_eq!(read(200, GRANT, Some(&old)).unwrap().access.refresh_token, Some(Secret::new("rft.1")));
        let kept = read(200, r#"{"access_token":"act.2","expires_in":99999999999999999}"#, Some(&old)).unwrap().access;
        assert_eq!((kept.refresh_token, kept.refresh_expires_at), (old.refresh_token, old.refresh_expires_at));
        assert_eq!(kept.expires_at, Some(now() + TimeDelta::days(1)), "an end beyond all time is not believed");
    }

    #[test]
    fn errors_are_known_by_their_word_and_not_by_their_status() {
        let old = read(200, GRANT, None).unwrap().access;
        for (body, renewing, class, code) in [
            (r#"{"error":"invalid_grant","error_description":"x","log_id":"L"}"#, true, ErrorClass::NeedsReconnect, "invalid_grant"),
            (r#"{"error":"invalid_grant","error_description":"x","log_id":"L"}"#, false, ErrorClass::Rejected, "invalid_grant"),
            (r#"{"error":"invalid_request"}"#, false, ErrorClass::Rejected, "invalid_request"),
            (r#"{"error":"invalid_client"}"#, true, ErrorClass::Bug, "invalid_client"),
            (r#"{"error":"unauthorized_client"}"#, true, ErrorClass::Bug, "unauthorized_client"),
            (r#"{"error":"invalid_scope"}"#, false, ErrorClass::Bug, "invalid_scope"),
            (r#"{"error":"server_error"}"#, true, ErrorClass::Transient, "server_error"),
            (r#"{"error":"temporarily_unavailable"}"#, true, ErrorClass::Transient, "temporarily_unavailable"),
            (r#"{"access_token":"act.1","error":"invalid_grant"}"#, true, ErrorClass::NeedsReconnect, "invalid_grant"),
            (r#"{"access_token":""}"#, true, ErrorClass::Transient, "unreadable_answer"),
            ("{}", true, ErrorClass::Transient, "unreadable_answer"),
            ("<html>", true, ErrorClass::Transient, "unreadable_answer"),
        ] {
            for status in [200, 400, 401, 500] {
                let error = read(status, body, renewing.then_some(&old)).err().unwrap();
                assert_eq!((error.class, error.code.as_str()), (class.clone(), code), "{status} {body}");
            }
        }
    }
}
