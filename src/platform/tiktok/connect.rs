//! Login Kit: the consent page, and the account behind a consent (tiktok.md §2, §4).
//!
//! Always true: connecting needs the token endpoint's answer alone; neither the profile nor the creator's settings can make it fail.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use ureq::http::Method;

use super::Tiktok;
use super::token::{Granted, unreadable};
use super::wire::{CreatorInfo, User};
use crate::address::is_loopback;
use crate::kind::{Login, Platform};
use crate::platform::http::{Body, Call};
use crate::platform::{Access, Avatar, Connect, ErrorClass, Found, PlatformError};
use crate::secret::{Secret, hex};

/// Access is renewed when it ends within this time, so that it outlives an upload and the looks after it.
const RENEW_BEFORE: TimeDelta = TimeDelta::hours(2);
const MAX_AVATAR: usize = 1024 * 1024;
/// The scopes that publishing here asks for, if the configuration asks for them.
const PUBLISHING: [&str; 2] = ["video.upload", "video.publish"];

impl Connect for Tiktok {
    fn authorize_url(&self, redirect_uri: &str, state: &str, verifier: &Secret) -> Result<String, PlatformError> {
        let scopes = self.config.scopes.join(",");
        let mut url = url::Url::parse(&self.config.authorize_url).map_err(|e| {
            PlatformError::bug(format!("authorize_url is no URL: {e}")).remedy("Correct authorize_url in the section [tiktok] of the configuration.")
        })?;
        url.query_pairs_mut()
            .append_pair("client_key", &self.config.client_key)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            // Always with the consent page: a second account must not silently become the one that the browser is signed in to.
            .append_pair("disable_auto_auth", "1");
        if needs_pkce(redirect_uri) {
            url.query_pairs_mut().append_pair("code_challenge", &challenge(verifier)).append_pair("code_challenge_method", "S256");
        }
        Ok(url.into())
    }

    fn exchange(&self, redirect_uri: &str, code: &Secret, verifier: &Secret, now: DateTime<Utc>) -> Result<Vec<Found>, PlatformError> {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code.expose()), ("redirect_uri", redirect_uri)];
        if needs_pkce(redirect_uri) {
            fields.push(("code_verifier", verifier.expose()));
        }
        let granted = self.token(&fields, None, now).map_err(|e| match e.code.as_str() {
            "invalid_grant" | "invalid_request" | "access_denied" => PlatformError { class: ErrorClass::Rejected, ..e }
                .remedy("Connect the account again. If it goes on, check that the redirect URI registered at TikTok is exactly the one in the settings."),
            _ => e,
        })?;
        if granted.open_id.is_empty() {
            return Err(unreadable(None));
        }
        Ok(vec![self.found(granted, now)])
    }

    fn renewal_due(&self, access: &Access, now: DateTime<Utc>) -> bool {
        access.expires_at.is_some_and(|ends| ends - now < RENEW_BEFORE)
    }

    fn renew(&self, access: &Access, now: DateTime<Utc>) -> Result<Access, PlatformError> {
        let Some(refresh_token) = &access.refresh_token else {
            return Err(PlatformError::new(ErrorClass::NeedsReconnect, "no_refresh_token", "TikTok gave nothing to renew this access with.")
                .remedy("Connect the account again."));
        };
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        self.token(&fields, Some(access), now).map(|granted| granted.access)
    }
}

impl Tiktok {
    /// The account behind a token, with as much of its profile as can be had.
    fn found(&self, granted: Granted, now: DateTime<Utc>) -> Found {
        let has = |scope: &str| granted.scopes.iter().any(|granted| granted == scope);
        let token = &granted.access.token;
        let fields = if has("user.info.profile") { "open_id,avatar_url,display_name,username" } else { "open_id,avatar_url,display_name" };
        let user = if has("user.info.basic") { self.user_info(token, fields, now).unwrap_or_default() } else { User::default() };
        let (creator, blocked) = match has("video.publish").then(|| self.creator_info(token, now)) {
            None => (CreatorInfo::default(), None),
            Some(Ok(info)) => (info, None),
            Some(Err(e)) => (CreatorInfo::default(), (e.code == "spam_risk_user_banned_from_posting").then_some(e.message)),
        };
        let either = |a: String, b: String| if a.is_empty() { b } else { a };
        let avatar_url = either(user.avatar_url, creator.creator_avatar_url);
        let username = either(creator.creator_username, user.username);
        let named = either(either(creator.creator_nickname, user.display_name), username.clone());
        let display_name = either(named, "TikTok account".to_owned());
        Found {
            platform: Platform::Tiktok,
            login: Login::Tiktok,
            remote_id: granted.open_id.clone(),
            username,
            display_name,
            avatar: self.avatar(&avatar_url),
            missing_scopes: self.config.scopes.iter().filter(|scope| PUBLISHING.contains(&scope.as_str()) && !has(scope)).cloned().collect(),
            access: granted.access,
            scopes: granted.scopes,
            blocked,
            person_id: Some(granted.open_id),
        }
    }

    /// The picture's bytes: its address ends within hours. None if anything about it is odd.
    fn avatar(&self, url: &str) -> Option<Avatar> {
        let simulated = is_loopback(url) && is_loopback(&self.config.api_url);
        if !simulated && !url.starts_with("https://") {
            return None;
        }
        let answer = self.http.send(Call { method: Method::GET, url, headers: &[], body: Body::Empty, visible: false }).ok()?;
        let mime = picture_type(&answer.body)?;
        (answer.status == 200 && answer.body.len() <= MAX_AVATAR).then(|| Avatar { mime: mime.to_owned(), bytes: answer.body })
    }
}

/// TikTok knows PKCE for redirects to the same machine, and not for web ones.
fn needs_pkce(redirect_uri: &str) -> bool {
    is_loopback(redirect_uri)
}

/// TikTok's form of an S256 challenge: hexadecimal digits, where everybody else has base64url.
fn challenge(verifier: &Secret) -> String {
    hex(&Sha256::digest(verifier.expose().as_bytes()))
}

/// What the bytes are, whatever their sender calls them.
fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TiktokApp;
    use crate::platform::http::Http;

    fn tiktok() -> Tiktok {
        let app = TiktokApp {
            client_key: "ck&1".into(),
            client_secret: Secret::new("cs"),
            scopes: vec!["user.info.basic".into(), "video.upload".into()],
            audited: false,
            authorize_url: "https://www.tiktok.com/v2/auth/authorize/".into(),
            api_url: "https://open.tiktokapis.com".into(),
            upload_hosts: vec!["tiktokapis.com".into()],
        };
        Tiktok::new(app, Http::default())
    }

    fn verifier() -> Secret {
        Secret::new("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn the_contracts_pkce_vector() {
        assert_eq!(challenge(&verifier()), "834b6e67aab8d76ccef4846478052cf0737a3107973ec19c7b7ec9dd1b1cf304");
    }

    #[test]
    fn a_web_redirect_has_no_pkce_and_a_loopback_one_has() {
        let web = tiktok().authorize_url("https://pm3k.example/accounts/callback/tiktok", "st+ate", &verifier()).unwrap();
        assert_eq!(
            web,
            "https://www.tiktok.com/v2/auth/authorize/?client_key=ck%261&response_type=code&scope=user.info.basic%2Cvideo.upload\
             &redirect_uri=https%3A%2F%2Fpm3k.example%2Faccounts%2Fcallback%2Ftiktok&state=st%2Bate&disable_auto_auth=1"
        );
        let here = tiktok().authorize_url("http://localhost:8080/accounts/callback/tiktok", "s", &verifier()).unwrap();
        assert!(here.ends_with("&code_challenge=834b6e67aab8d76ccef4846478052cf0737a3107973ec19c7b7ec9dd1b1cf304&code_challenge_method=S256"), "{here}");
    }

    #[test]
    fn access_is_renewed_two_hours_before_its_end() {
        let end = now() + TimeDelta::days(1);
        let access = Access {
            token: Secret::new("act.1"),
            user_token: None,
            refresh_token: Some(Secret::new("rft.1")),
            issued_at: now(),
            expires_at: Some(end),
            refresh_expires_at: None,
        };
        assert!(!tiktok().renewal_due(&access, end - TimeDelta::hours(2)));
        assert!(tiktok().renewal_due(&access, end - TimeDelta::hours(2) + TimeDelta::seconds(1)));
        assert!(tiktok().renewal_due(&access, end + TimeDelta::hours(1)));
        let lost = Access { refresh_token: None, ..access };
        assert_eq!(tiktok().renew(&lost, now()).unwrap_err().class, ErrorClass::NeedsReconnect);
    }

    #[test]
    fn an_avatar_is_what_its_bytes_are() {
        assert_eq!(picture_type(&[0xFF, 0xD8, 0xFF, 0xE0]), Some("image/jpeg"));
        assert_eq!(picture_type(b"\x89PNG\r\n"), Some("image/png"));
        assert_eq!(picture_type(b"RIFF....WEBPVP8 "), Some("image/webp"));
        assert_eq!(picture_type(b"<svg onload=x>"), None);
        assert!(tiktok().avatar("http://127.0.0.1:1/a.png").is_none() && tiktok().avatar("file:///etc/passwd").is_none());
    }
}
