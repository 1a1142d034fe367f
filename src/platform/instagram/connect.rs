//! Instagram Login: one professional account, without a Page.
//!
//! Invariants: what the host answers is read in every form that is known of it (with or without a wrapper, ids as texts or numbers). The account's
//! id is `user_id`, the person's in callbacks is `id`. A token is renewed only when it is a day old, and stored whatever comes back.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;
use ureq::http::Method;

use super::check::{INSTAGRAM_LOGIN_SCOPES, is_professional};
use super::wire::unwrapped;
use super::{SPEAKER, login_graph};
use crate::config::InstagramApp;
use crate::kind::{Login, Platform};
use crate::platform::http::{Answer, Body, Call, Http};
use crate::platform::meta::errors::{Call as Circumstances, quoted};
use crate::platform::meta::rules::lacking;
use crate::platform::meta::wire::Id;
use crate::platform::meta::{Graph, avatar};
use crate::platform::{Access, Connect, ErrorClass, Found, PlatformError};
use crate::secret::Secret;

const SCOPES: [&str; 3] = ["instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments"];
/// A renewal gives sixty new days; younger tokens are refused.
const YOUNGEST: TimeDelta = TimeDelta::hours(24);
const RENEW_BEFORE: TimeDelta = TimeDelta::days(30);
const LIFE: TimeDelta = TimeDelta::days(60);

/// How an Instagram account is connected without Facebook.
#[derive(Debug, Clone)]
pub struct InstagramLogin {
    app: InstagramApp,
    http: Http,
    graph: Graph,
}

impl InstagramLogin {
    pub fn new(app: InstagramApp, http: Http) -> InstagramLogin {
        let graph = login_graph(&app, &http);
        InstagramLogin { app, http, graph }
    }
}

#[derive(Debug, Deserialize)]
struct Short {
    access_token: Secret,
    #[serde(default)]
    permissions: Value,
}

#[derive(Debug, Deserialize)]
struct Long {
    access_token: Secret,
    #[serde(default)]
    expires_in: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    #[serde(default)]
    id: Option<Id>,
    user_id: Id,
    username: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    account_type: Option<String>,
    #[serde(default)]
    profile_picture_url: Option<String>,
}

impl Connect for InstagramLogin {
    fn authorize_url(&self, redirect_uri: &str, state: &str, _verifier: &Secret) -> Result<String, PlatformError> {
        let mut url = url::Url::parse(&self.app.authorize_url).map_err(|_| {
            PlatformError::new(ErrorClass::Rejected, "configuration", "instagram.authorize_url in the configuration is not a URL.")
                .remedy("Correct it and restart.")
        })?;
        url.query_pairs_mut().extend_pairs([
            ("client_id", self.app.app_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", &SCOPES.join(",")),
            ("state", state),
        ]);
        Ok(url.into())
    }

    fn exchange(&self, redirect_uri: &str, code: &Secret, _verifier: &Secret, now: DateTime<Utc>) -> Result<Vec<Found>, PlatformError> {
        let short = self.short_token(redirect_uri, code, now)?;
        let long: Long = self.token("access_token", "ig_exchange_token", &short.access_token, Some(&self.app.app_secret), now)?;
        let access = access(long, now);
        let profile: Value = self.graph.with(&access.token, now).get("me", &[("fields", "id,user_id,username,name,account_type,profile_picture_url")])?;
        let profile: Profile = unwrapped(profile).ok_or_else(|| unreadable("Instagram's answer about the account cannot be read."))?;
        // Where nothing is told, everything that was asked for was granted.
        let scopes = if short.permissions.is_null() { SCOPES.map(str::to_owned).to_vec() } else { words(&short.permissions) };
        let professional = profile.account_type.as_deref().is_none_or(is_professional);
        let blocked = (!professional).then(|| {
            format!("@{} is a personal account; Instagram lets only professional ones (business or creator) be published to. Switch it in the Instagram app, then connect it again.", profile.username)
        });
        let avatar = profile.profile_picture_url.as_deref().and_then(|url| avatar::fetch(&self.http, &self.app.graph_url, url));
        Ok(vec![Found {
            platform: Platform::Instagram,
            login: Login::Instagram,
            display_name: profile.name.filter(|name| !name.is_empty()).unwrap_or_else(|| profile.username.clone()),
            username: profile.username,
            remote_id: profile.user_id.into_string(),
            avatar,
            access,
            missing_scopes: lacking(&scopes, INSTAGRAM_LOGIN_SCOPES),
            scopes,
            blocked,
            person_id: profile.id.map(Id::into_string),
        }])
    }

    fn renewal_due(&self, access: &Access, now: DateTime<Utc>) -> bool {
        let old_enough = now - access.issued_at >= YOUNGEST;
        old_enough && access.expires_at.is_some_and(|ends| ends > now && ends - now < RENEW_BEFORE)
    }

    fn renew(&self, old: &Access, now: DateTime<Utc>) -> Result<Access, PlatformError> {
        let long: Long = self.token("refresh_access_token", "ig_refresh_token", &old.token, None, now)?;
        Ok(access(long, now))
    }
}

impl InstagramLogin {
    fn short_token(&self, redirect_uri: &str, code: &Secret, now: DateTime<Utc>) -> Result<Short, PlatformError> {
        // `#_` is stuck to the code, and not part of it.
        let code = code.expose();
        let code = code.strip_suffix("#_").unwrap_or(code);
        let fields = [
            ("client_id", self.app.app_id.as_str()),
            ("client_secret", self.app.app_secret.expose()),
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect_uri),
            ("code", code),
        ];
        let url = format!("{}/oauth/access_token", self.app.token_url);
        let answer = self.call(Method::POST, &url, Body::Form(&fields))?;
        let value: Value = self.understand(&answer, now)?;
        unwrapped(value).ok_or_else(|| unreadable("Instagram's answer to the consent cannot be read."))
    }

    /// The unversioned token calls of the Graph host: GET only, with everything in the query.
    fn token(&self, path: &str, grant_type: &str, token: &Secret, secret: Option<&Secret>, now: DateTime<Utc>) -> Result<Long, PlatformError> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("grant_type", grant_type).append_pair("access_token", token.expose());
        if let Some(secret) = secret {
            query.append_pair("client_secret", secret.expose());
        }
        let url = format!("{}/{path}?{}", self.app.graph_url, query.finish());
        let value = self.understand(&self.call(Method::GET, &url, Body::Empty)?, now)?;
        unwrapped(value).ok_or_else(|| unreadable("Instagram's answer about the access cannot be read."))
    }

    fn call<'a>(&self, method: Method, url: &'a str, body: Body<'a>) -> Result<Answer, PlatformError> {
        self.http.send(Call { method, url, headers: &[], body, visible: false }).map_err(move |failure| failure.into_error(false))
    }

    /// Graph's envelope, or the token host's own: `{"error_type", "code", "error_message"}`.
    fn understand(&self, answer: &Answer, now: DateTime<Utc>) -> Result<Value, PlatformError> {
        let own = answer.json::<Value>().and_then(|value| value.get("error_message")?.as_str().map(quoted));
        if let Some(said) = own.filter(|_| !answer.is_success()) {
            return Err(PlatformError::new(ErrorClass::Rejected, "consent", format!("Instagram did not accept the consent. It said: “{said}”"))
                .remedy("Connect the account again; if that does not help, check the app's id, secret and redirect URI.")
                .http_status(answer.status));
        }
        Circumstances { speaker: SPEAKER, visible: false, now }.understand(answer)
    }
}

/// A list of words, or a text of words with commas or spaces between them.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn access(long: Long, now: DateTime<Utc>) -> Access {
    // Where no end is told it is the usual one: a token that is never renewed dies without a word.
    let left = long.expires_in.and_then(TimeDelta::try_seconds).unwrap_or(LIFE);
    let ends = now.checked_add_signed(left);
    Access { token: long.access_token, user_token: None, refresh_token: None, issued_at: now, expires_at: ends, refresh_expires_at: ends }
}

fn unreadable(message: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "unreadable", message).remedy("Connect the account again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn login() -> InstagramLogin {
        let app = InstagramApp {
            app_id: "77".into(),
            app_secret: Secret::new("s"),
            graph_version: "v26.0".into(),
            authorize_url: "https://www.instagram.com/oauth/authorize".into(),
            token_url: "https://api.instagram.com".into(),
            graph_url: "https://graph.instagram.com".into(),
        };
        InstagramLogin::new(app, Http::default())
    }

    #[test]
    fn the_consent_page_gets_all_it_needs() {
        let url = login().authorize_url("https://pm3k.example/accounts/callback/instagram", "st", &Secret::default()).unwrap();
        assert_eq!(
            url,
            "https://www.instagram.com/oauth/authorize?client_id=77&redirect_uri=https%3A%2F%2Fpm3k.example%2Faccounts%2Fcallback%2Finstagram&response_type=code\
             &scope=instagram_business_basic%2Cinstagram_business_content_publish%2Cinstagram_business_manage_comments&state=st"
        );
    }

    #[test]
    fn answers_are_read_with_and_without_a_wrapper() {
        let flat = json!({"access_token": "t", "user_id": 17, "permissions": ["a", "b"]});
        let wrapped = json!({"data": [{"access_token": "t", "user_id": "17", "permissions": "a,b"}]});
        for answer in [flat, wrapped] {
            let short: Short = unwrapped(answer).unwrap();
            assert_eq!((short.access_token.expose(), words(&short.permissions)), ("t", vec!["a".to_owned(), "b".to_owned()]));
        }
        assert!(unwrapped::<Short>(json!({"data": []})).is_none());
    }

    #[test]
    fn an_access_without_an_end_is_taken_to_live_for_sixty_days() {
        let now = DateTime::UNIX_EPOCH;
        for (told, days) in [(json!({"access_token": "t", "expires_in": 86_400}), 1), (json!({"access_token": "t"}), 60)] {
            let access = access(serde_json::from_value(told).unwrap(), now);
            assert_eq!((access.expires_at, access.refresh_expires_at), (Some(now + TimeDelta::days(days)), Some(now + TimeDelta::days(days))));
        }
    }

    #[test]
    fn renewal_is_due_in_the_second_month_and_never_on_the_first_day() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1000);
        let due = |issued: i64, left: i64| {
            let ends = Some(now + TimeDelta::hours(left));
            let access = Access {
                token: Secret::new("t"),
                user_token: None,
                refresh_token: None,
                issued_at: now - TimeDelta::hours(issued),
                expires_at: ends,
                refresh_expires_at: ends,
            };
            login().renewal_due(&access, now)
        };
        for (issued, left, expected) in
            [(23, 24 * 59, false), (23, 1, false), (24, 24 * 29, true), (24 * 29, 24 * 31, false), (24 * 31, 24 * 29, true), (24 * 60, 0, false)]
        {
            assert_eq!(due(issued, left), expected, "issued {issued} hours ago, {left} left");
        }
    }
}
