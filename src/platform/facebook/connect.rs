//! Facebook Login: one consent gives Pages and the Instagram accounts linked to them.
//!
//! Invariants: Pages are listed with the long-lived token only, so that their tokens have no end. What the person granted is read, never assumed
//! from what was asked. Facebook offers no renewal: when an access ends, a person connects again.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::BasicClient;
use oauth2::{AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, RedirectUrl, RequestTokenError, Scope, TokenResponse, TokenUrl};
use serde::Deserialize;
use serde_json::Value;

use super::{Facebook, SPEAKER, check};
use crate::kind::{Login, Platform};
use crate::platform::meta::errors::{Call, Told};
use crate::platform::meta::rules::lacking;
use crate::platform::meta::wire::{Id, List};
use crate::platform::meta::{Caller, avatar};
use crate::platform::oauth::OauthHttp;
use crate::platform::{Access, Connect, ErrorClass, Found, PlatformError};
use crate::secret::Secret;

const SCOPES: [&str; 8] = [
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
];
const INSTAGRAM_SCOPES: &[&str] = &["pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_content_publish"];
const PAGE_FIELDS: &str = "id,name,username,tasks,access_token,picture.type(large),instagram_business_account{id,username,name,profile_picture_url}";
/// Lists are read up to this many pages of a hundred.
const MAX_PAGES: usize = 20;

#[derive(Debug, Deserialize)]
struct Token {
    access_token: Secret,
    #[serde(default)]
    expires_in: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Me {
    id: Id,
}

#[derive(Debug, Deserialize)]
struct Permission {
    permission: String,
    status: String,
}

#[derive(Debug, Deserialize)]
struct Business {
    id: Id,
}

#[derive(Debug, Deserialize)]
struct Page {
    id: Id,
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    tasks: Vec<String>,
    #[serde(default)]
    access_token: Option<Secret>,
    #[serde(default)]
    picture: Option<Picture>,
    #[serde(default)]
    instagram_business_account: Option<Linked>,
}

#[derive(Debug, Deserialize)]
struct Picture {
    data: PictureData,
}

#[derive(Debug, Deserialize)]
struct PictureData {
    #[serde(default)]
    url: Option<String>,
}

/// The Instagram account linked to a Page.
#[derive(Debug, Deserialize)]
struct Linked {
    id: Id,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    profile_picture_url: Option<String>,
}

/// The person's grant: what all Pages that are found have in common.
struct Grant {
    person_id: String,
    token: Secret,
    ends: Option<DateTime<Utc>>,
    scopes: Vec<String>,
    now: DateTime<Utc>,
}

impl Connect for Facebook {
    fn authorize_url(&self, redirect_uri: &str, state: &str, _verifier: &Secret) -> Result<String, PlatformError> {
        let dialog = format!("{}/{}/dialog/oauth", self.app.dialog_url, self.app.graph_version);
        let client = BasicClient::new(ClientId::new(self.app.app_id.clone()))
            .set_auth_uri(AuthUrl::new(dialog).map_err(|_| misconfigured("facebook.dialog_url"))?)
            .set_redirect_uri(redirect(redirect_uri)?);
        let request = client.authorize_url(|| CsrfToken::new(state.to_owned()));
        let request = if self.app.login_config_id.is_empty() {
            // Without `rerequest`, what was declined once is never asked again.
            request.add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned()))).add_extra_param("auth_type", "rerequest")
        } else {
            request.add_extra_param("config_id", &self.app.login_config_id)
        };
        Ok(request.url().0.into())
    }

    fn exchange(&self, redirect_uri: &str, code: &Secret, _verifier: &Secret, now: DateTime<Utc>) -> Result<Vec<Found>, PlatformError> {
        let grant = self.grant(self.short_token(redirect_uri, code, now)?, now)?;
        let user = self.graph.with(&grant.token, now);
        let mut pages: Vec<Page> = list(&user, "me/accounts", PAGE_FIELDS)?;
        if grant.scopes.iter().any(|scope| scope == "business_management") {
            for page in portfolio_pages(&user) {
                if !pages.iter().any(|known| known.id == page.id) {
                    pages.push(page);
                }
            }
        }
        if pages.is_empty() {
            return Err(PlatformError::new(ErrorClass::Rejected, "no_pages", "Facebook gave access to no Page.")
                .remedy("Connect again and tick at least one Page in Facebook's dialog; you need a role on that Page. Pages of a business portfolio also need the permission business_management."));
        }
        Ok(pages.into_iter().flat_map(|page| self.found(page, &grant)).collect())
    }

    fn renewal_due(&self, _access: &Access, _now: DateTime<Utc>) -> bool {
        false
    }

    fn renew(&self, _access: &Access, _now: DateTime<Utc>) -> Result<Access, PlatformError> {
        Err(PlatformError::new(ErrorClass::NeedsReconnect, "no_renewal", "Facebook's access cannot be renewed without the person.")
            .remedy("Connect the account again."))
    }
}

impl Facebook {
    fn short_token(&self, redirect_uri: &str, code: &Secret, now: DateTime<Utc>) -> Result<Secret, PlatformError> {
        let endpoint = format!("{}/{}/oauth/access_token", self.app.graph_url, self.app.graph_version);
        let client = BasicClient::new(ClientId::new(self.app.app_id.clone()))
            .set_client_secret(ClientSecret::new(self.app.app_secret.expose().to_owned()))
            .set_token_uri(TokenUrl::new(endpoint).map_err(|_| misconfigured("facebook.graph_url"))?)
            .set_redirect_uri(redirect(redirect_uri)?)
            .set_auth_type(AuthType::RequestBody);
        let answer = client.exchange_code(AuthorizationCode::new(code.expose().to_owned())).request(&OauthHttp(&self.graph.http));
        match answer {
            Ok(token) => Ok(Secret::new(token.access_token().secret())),
            Err(RequestTokenError::Request(failure)) => Err(failure.0.into_error(false)),
            // Graph's envelope is not the one of RFC 6749, so `oauth2` hands it on as it came.
            Err(RequestTokenError::Parse(_, body)) => Err(match serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(Told::read) {
                Some(told) => Call { speaker: SPEAKER, visible: false, now }.error(&told, None, None),
                None => unreadable(),
            }),
            Err(_) => Err(unreadable()),
        }
    }

    fn grant(&self, short: Secret, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        let fields = [
            ("grant_type", "fb_exchange_token"),
            ("client_id", self.app.app_id.as_str()),
            ("client_secret", self.app.app_secret.expose()),
            ("fb_exchange_token", short.expose()),
        ];
        let long: Token = self.graph.without_token(now).get("oauth/access_token", &fields)?;
        let user = self.graph.with(&long.access_token, now);
        let ends = match long.expires_in {
            Some(seconds) => Some(seconds).filter(|seconds| *seconds > 0),
            None => self.seconds_left(&long.access_token, now),
        };
        let me: Me = user.get("me", &[("fields", "id,name")])?;
        let permissions: List<Permission> = user.get("me/permissions", &[])?;
        let scopes = permissions.data.into_iter().filter(|permission| permission.status == "granted").map(|permission| permission.permission).collect();
        let ends = ends.and_then(TimeDelta::try_seconds).and_then(|left| now.checked_add_signed(left));
        Ok(Grant { person_id: me.id.into_string(), token: long.access_token, ends, scopes, now })
    }

    /// For when the exchange does not tell: none where the token has no end, or where this cannot be told either.
    fn seconds_left(&self, token: &Secret, now: DateTime<Utc>) -> Option<i64> {
        let app_token = Secret::new(format!("{}|{}", self.app.app_id, self.app.app_secret.expose()));
        let answer: Value = self.graph.with(&app_token, now).get("debug_token", &[("input_token", token.expose())]).ok()?;
        let ends = answer.get("data")?.get("expires_at")?.as_i64()?;
        (ends > 0).then(|| ends - now.timestamp())
    }

    fn found(&self, page: Page, grant: &Grant) -> Vec<Found> {
        let missing_token = page.access_token.is_none();
        let access = Access {
            token: page.access_token.unwrap_or_default(),
            user_token: Some(grant.token.clone()),
            refresh_token: None,
            issued_at: grant.now,
            expires_at: None,
            refresh_expires_at: grant.ends,
        };
        let may_post = page.tasks.iter().any(|task| task == "CREATE_CONTENT" || task == "MANAGE");
        let blocked = if missing_token {
            Some(format!("Facebook gave no access to the Page {}. Connect again and tick it in Facebook's dialog.", page.name))
        } else if !may_post {
            Some(format!("Your role on the Page {} does not allow creating content. Ask one of its admins for the task “Content”.", page.name))
        } else {
            None
        };
        let picture = |url: Option<&str>| url.and_then(|url| avatar::fetch(&self.graph.http, &self.app.graph_url, url));
        let account = |platform, remote_id: Id, username, display_name, avatar, needed: &[&str]| Found {
            platform,
            login: Login::Facebook,
            remote_id: remote_id.into_string(),
            username,
            display_name,
            avatar,
            access: access.clone(),
            scopes: grant.scopes.clone(),
            missing_scopes: lacking(&grant.scopes, needed),
            blocked: blocked.clone(),
            person_id: Some(grant.person_id.clone()),
        };
        let page_picture = page.picture.as_ref().and_then(|picture| picture.data.url.as_deref());
        let username = page.username.clone().unwrap_or_else(|| page.name.clone());
        let mut found = vec![account(Platform::Facebook, page.id, username, page.name, picture(page_picture), check::SCOPES)];
        if let Some(linked) = page.instagram_business_account {
            let username = linked.username.unwrap_or_else(|| linked.id.as_str().to_owned());
            let name = linked.name.filter(|name| !name.is_empty()).unwrap_or_else(|| username.clone());
            let picture = picture(linked.profile_picture_url.as_deref());
            found.push(account(Platform::Instagram, linked.id, username, name, picture, INSTAGRAM_SCOPES));
        }
        found
    }
}

/// All pages of a list.
fn list<T: serde::de::DeserializeOwned>(user: &Caller<'_>, path: &str, wanted: &str) -> Result<Vec<T>, PlatformError> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MAX_PAGES {
        let mut fields = vec![("fields", wanted), ("limit", "100")];
        fields.extend(after.as_deref().map(|after| ("after", after)));
        let list: List<T> = user.get(path, &fields)?;
        after = list.after().map(str::to_owned);
        all.extend(list.data);
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}

/// Pages that belong to business portfolios and are often missing from the person's own list. A nicety: failures are no failures of the consent.
fn portfolio_pages(user: &Caller<'_>) -> Vec<Page> {
    let businesses: Vec<Business> = list(user, "me/businesses", "id").unwrap_or_default();
    let edges = businesses.iter().flat_map(|business| ["owned_pages", "client_pages"].map(|edge| format!("{}/{edge}", business.id.as_str())));
    edges.flat_map(|path| list(user, &path, PAGE_FIELDS).unwrap_or_default()).collect()
}

fn redirect(uri: &str) -> Result<RedirectUrl, PlatformError> {
    RedirectUrl::new(uri.to_owned()).map_err(|_| misconfigured("server.public_url"))
}

fn misconfigured(key: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Rejected, "configuration", format!("{key} in the configuration is not a URL.")).remedy("Correct it and restart.")
}

fn unreadable() -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "unreadable", "Facebook's answer to the consent cannot be read.").remedy("Connect the account again.")
}
