//! The token endpoint (tiktok.md §2.3).
//!
//! Always true: an answer is a success if it has an `access_token` and no `error`, whatever its HTTP status; what a renewal's answer leaves out
//! stays as it was, and a new refresh token replaces the old one.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicErrorResponseType as OauthError;
use serde::Deserialize;
use ureq::http::Method;

use super::Tiktok;
use super::errors::{quote, retry_after};
use crate::platform::http::{Answer, Body, Call};
use crate::platform::{Access, ErrorClass, PlatformError};
use crate::secret::Secret;

const NOT_THIS_APP: &str = "TikTok does not accept this installation's app.";
const NOT_THIS_APP_REMEDY: &str =
    "Compare the client key, the client secret and the scopes in the settings with TikTok's developer portal. The accounts are not to blame.";

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
        return Err(later(unreadable(Some(answer.status)), answer, now));
    };
    let (Some(token), None) = (read.access_token.filter(|token| !token.is_empty()), &read.error) else {
        let error = match read.error {
            Some(error) => refused(&error, &read.error_description, old.is_some()).http_status(answer.status),
            None => unreadable(Some(answer.status)),
        };
        return Err(later(error.trace_id(read.log_id), answer, now));
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

/// The wait that TikTok asks for, where waiting is what helps.
fn later(error: PlatformError, answer: &Answer, now: DateTime<Utc>) -> PlatformError {
    let until = retry_after(answer, now);
    match error.class {
        ErrorClass::Transient if answer.status == 429 || until.is_some() => PlatformError { class: ErrorClass::RateLimited { until }, ..error },
        _ => error,
    }
}

fn refused(error: &OauthError, description: &str, renewing: bool) -> PlatformError {
    let (class, message, remedy) = match error {
        OauthError::InvalidGrant if renewing => {
            (ErrorClass::NeedsReconnect, "TikTok no longer renews this account's access: it has ended or was taken away.", "Connect the account again.")
        }
        OauthError::InvalidGrant => (ErrorClass::Rejected, "TikTok did not accept the code of this sign-in; it may have been used or be too old.", ""),
        OauthError::InvalidRequest => (ErrorClass::Rejected, "TikTok did not accept this sign-in.", ""),
        OauthError::InvalidClient | OauthError::UnauthorizedClient | OauthError::InvalidScope | OauthError::UnsupportedGrantType => {
            (ErrorClass::Bug, NOT_THIS_APP, NOT_THIS_APP_REMEDY)
        }
        OauthError::Extension(code) => match code.as_str() {
            "access_denied" => (ErrorClass::Rejected, "The access was not allowed at TikTok.", ""),
            "unsupported_response_type" => (ErrorClass::Bug, NOT_THIS_APP, NOT_THIS_APP_REMEDY),
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
        let table = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/codes/tiktok.tsv"));
        let mut seen = 0;
        for row in table.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row[0] == "oauth") {
            let [_, _, code, places, class, action] = row.as_slice() else { panic!("{row:?}") };
            for place in places.split(' ') {
                for status in [200, 400, 401, 500] {
                    let body = format!(r#"{{"error":"{code}","error_description":"x","log_id":"L"}}"#);
                    let error = read(status, &body, (place == "refresh").then_some(&old)).err().unwrap();
                    assert_eq!((error.class.as_str(), error.code.as_str(), error.trace_id.as_deref()), (*class, *code, Some("L")), "{place} {action}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn what_is_no_grant_is_none() {
        let old = read(200, GRANT, None).unwrap().access;
        for (body, class, code) in [
            (r#"{"access_token":"act.1","error":"invalid_grant"}"#, ErrorClass::NeedsReconnect, "invalid_grant"),
            (r#"{"error":"nobody_has_seen_this"}"#, ErrorClass::Transient, "nobody_has_seen_this"),
            (r#"{"access_token":""}"#, ErrorClass::Transient, "unreadable_answer"),
            ("{}", ErrorClass::Transient, "unreadable_answer"),
            ("<html>", ErrorClass::Transient, "unreadable_answer"),
        ] {
            let error = read(200, body, Some(&old)).err().unwrap();
            assert_eq!((error.class, error.code.as_str()), (class, code), "{body}");
        }
    }

    #[test]
    fn a_wait_that_tiktok_asks_for_is_honoured() {
        let mut headers = ureq::http::HeaderMap::new();
        headers.insert("retry-after", "90".parse().unwrap());
        let answer = |status, headers: &ureq::http::HeaderMap, body: &str| Answer { status, headers: headers.clone(), body: body.into() };
        let class = |answer: &Answer| read_token(answer, None, now()).err().map(|e| e.class);
        let until = Some(now() + TimeDelta::seconds(90));
        assert_eq!(class(&answer(503, &headers, "<html>")), Some(ErrorClass::RateLimited { until }));
        assert_eq!(class(&answer(200, &headers, r#"{"error":"temporarily_unavailable"}"#)), Some(ErrorClass::RateLimited { until }));
        assert_eq!(class(&answer(429, &ureq::http::HeaderMap::new(), "")), Some(ErrorClass::RateLimited { until: None }));
        assert_eq!(class(&answer(503, &headers, r#"{"error":"invalid_client"}"#)), Some(ErrorClass::Bug));
    }
}
