//! Access without the OAuth dance, for tests and benchmarks that need many accounts at once.
//!
//! Always true: what is handed out here is what the dance would have given, made by the same functions.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Now, World, facebook::PersonGrant, token::META_LONG};

/// The scopes of Facebook Login that publishing to Pages and linked Instagram accounts needs, first comments, deletion and all reads
/// included.
pub const FACEBOOK_SCOPES: &[&str] = &[
    "public_profile",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_contents",
];
pub const INSTAGRAM_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments"];

/// An account and the access to it.
#[derive(Clone)]
pub struct Grant {
    pub remote_id: String,
    /// TikTok: the access token. Pages and linked Instagram accounts: the Page token. Instagram Login: the long-lived token.
    pub access_token: String,
    pub refresh_token: Option<String>,
    /// Facebook Login: the long-lived user token.
    pub user_token: Option<String>,
    /// Facebook Login: the app-scoped id of the person. Instagram Login: the app-scoped id of the account.
    pub user_id: Option<String>,
    /// The Page, for an Instagram account linked to one.
    pub page_id: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_expires_at: Option<DateTime<Utc>>,
    pub scopes: Vec<String>,
    pub username: String,
    pub name: String,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("remote_id", &self.remote_id).field("username", &self.username).finish_non_exhaustive()
    }
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

impl World {
    pub fn grant_tiktok(&mut self, username: &str, now: Now) -> Grant {
        let open_id = format!("-000Sim{:0>31}", self.next());
        self.new_creator(&open_id, username, username);
        let scopes = self.settings.tiktok_scopes.clone();
        let until = now + TimeDelta::days(365);
        let (access, refresh) = self.issue_tiktok(&open_id, &scopes, until, now);
        Grant {
            remote_id: open_id,
            access_token: access,
            refresh_token: Some(refresh),
            user_token: None,
            user_id: None,
            page_id: None,
            expires_at: Some(now + TimeDelta::days(1)),
            refresh_expires_at: Some(until),
            scopes,
            username: username.to_owned(),
            name: username.to_owned(),
        }
    }

    /// A Page with a person of its own.
    pub fn grant_page(&mut self, name: &str, now: Now) -> Grant {
        let person_id = self.id(122_200_000_000_000);
        let person = self.new_person(&person_id, &format!("Owner of {name}"));
        let page_id = self.id(102_000_000_000_000);
        let username = name.to_lowercase().replace(' ', ".");
        self.new_page(&page_id, &person, name, &username);
        let scopes = owned(FACEBOOK_SCOPES);
        if let Some(person) = self.facebook.people.get_mut(&person) {
            person.grant = Some(PersonGrant { scopes: scopes.iter().cloned().collect(), pages: [page_id.clone()].into(), ..PersonGrant::default() });
        }
        let user_token = self.issue_facebook_user(&person, true, now);
        let access_token = self.page_token(&user_token, &page_id, now).unwrap_or_default();
        Grant {
            remote_id: page_id,
            access_token,
            refresh_token: None,
            user_token: Some(user_token),
            user_id: Some(person),
            page_id: None,
            expires_at: None,
            refresh_expires_at: None,
            scopes,
            username,
            name: name.to_owned(),
        }
    }

    pub fn grant_linked_instagram(&mut self, username: &str, now: Now) -> Grant {
        let mut grant = self.grant_page(&format!("Page of {username}"), now);
        let page_id = grant.remote_id.clone();
        let id = self.id(17_841_500_000_000_000);
        self.new_instagram(&id, username, username, Some(&page_id));
        let person = grant.user_id.as_ref().and_then(|person| self.facebook.people.get_mut(person));
        if let Some(given) = person.and_then(|person| person.grant.as_mut()) {
            given.instagram.insert(id.clone());
        }
        grant.remote_id = id;
        grant.page_id = Some(page_id);
        grant.username = username.to_owned();
        grant.name = username.to_owned();
        grant
    }

    pub fn grant_instagram_login(&mut self, username: &str, now: Now) -> Grant {
        let id = self.id(17_841_600_000_000_000);
        self.new_instagram(&id, username, username, None);
        let scopes = owned(INSTAGRAM_SCOPES);
        let access_token = self.issue_instagram(&id, &scopes, true, now);
        Grant {
            user_id: self.instagram.accounts.get(&id).map(|account| account.app_scoped.clone()),
            remote_id: id,
            access_token,
            refresh_token: None,
            user_token: None,
            page_id: None,
            expires_at: Some(now + META_LONG),
            refresh_expires_at: None,
            scopes,
            username: username.to_owned(),
            name: username.to_owned(),
        }
    }

    /// New access to an account that was granted before.
    pub fn grant_again(&mut self, old: &Grant, now: Now) -> Grant {
        let mut grant = old.clone();
        if old.refresh_token.is_some() {
            let until = now + TimeDelta::days(365);
            let (access, refresh) = self.issue_tiktok(&old.remote_id, &old.scopes, until, now);
            grant = Grant {
                access_token: access,
                refresh_token: Some(refresh),
                expires_at: Some(now + TimeDelta::days(1)),
                refresh_expires_at: Some(until),
                ..grant
            };
        } else if old.user_token.is_some() {
            let person = old.user_id.clone().unwrap_or_default();
            let user_token = self.issue_facebook_user(&person, true, now);
            let page = old.page_id.as_ref().unwrap_or(&old.remote_id);
            grant = Grant { access_token: self.page_token(&user_token, page, now).unwrap_or_default(), user_token: Some(user_token), ..grant };
        } else {
            let access_token = self.issue_instagram(&old.remote_id, &old.scopes, true, now);
            grant = Grant { access_token, expires_at: Some(now + META_LONG), ..grant };
        }
        grant
    }
}
