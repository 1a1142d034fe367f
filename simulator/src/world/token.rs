//! Tokens and authorization codes of all three platforms.
//!
//! Always true: a token names one account of one kind; it is refused everywhere else. A code is used once, whatever comes of it.

use chrono::TimeDelta;

use super::{Now, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    TikTok,
    TikTokRefresh,
    FacebookUser,
    FacebookPage,
    Instagram,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    /// open_id, person, Page or Instagram account.
    pub account: String,
    /// Page tokens: the person behind it.
    pub person: Option<String>,
    pub scopes: Vec<String>,
    pub issued: Now,
    pub expires: Option<Now>,
    /// Meta's subcode of 190 once the token was revoked.
    pub dead: Option<u32>,
    /// Meta: exchanged for one that lasts.
    pub long: bool,
    /// TikTok: the other half of the pair.
    pub twin: Option<String>,
}

impl Token {
    pub fn alive(&self, now: Now) -> bool {
        self.dead.is_none() && self.expires.is_none_or(|expires| now < expires)
    }

    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }
}

#[derive(Clone, Debug)]
pub struct Code {
    pub kind: Kind,
    pub account: String,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub challenge: Option<String>,
    pub issued: Now,
    pub used: bool,
}

pub const DAY: TimeDelta = TimeDelta::days(1);
/// "About 60 days", as the documents' own example has it.
pub const META_LONG: TimeDelta = TimeDelta::seconds(5_183_944);
pub const META_SHORT: TimeDelta = TimeDelta::seconds(5_400);

impl World {
    /// A new TikTok pair. `refresh_until` is kept from the first issue on.
    pub fn issue_tiktok(&mut self, open_id: &str, scopes: &[String], refresh_until: Now, now: Now) -> (String, String) {
        let access = format!("act.{}", self.mystery(40));
        let refresh = format!("rft.{}", self.mystery(40));
        let access_token = Token {
            kind: Kind::TikTok,
            account: open_id.to_owned(),
            person: None,
            scopes: scopes.to_vec(),
            issued: now,
            expires: Some(now + DAY),
            dead: None,
            long: false,
            twin: Some(refresh.clone()),
        };
        let refresh_token = Token { kind: Kind::TikTokRefresh, expires: Some(refresh_until), twin: Some(access.clone()), ..access_token.clone() };
        self.tokens.insert(access.clone(), access_token);
        self.tokens.insert(refresh.clone(), refresh_token);
        (access, refresh)
    }

    pub fn issue_facebook_user(&mut self, person: &str, long: bool, now: Now) -> String {
        let text = format!("EAASim{}", self.mystery(48));
        let life = if long { META_LONG } else { META_SHORT };
        self.tokens.insert(
            text.clone(),
            Token {
                kind: Kind::FacebookUser,
                account: person.to_owned(),
                person: Some(person.to_owned()),
                scopes: Vec::new(),
                issued: now,
                expires: Some(now + life),
                dead: None,
                long,
                twin: None,
            },
        );
        text
    }

    /// The token of a Page for this user token. Asking again gives the same one while it lives.
    pub fn page_token(&mut self, user_token: &str, page: &str, now: Now) -> Option<String> {
        let user = self.tokens.get(user_token)?.clone();
        let same = |token: &Token| token.kind == Kind::FacebookPage && token.account == page && token.twin.as_deref() == Some(user_token);
        if let Some((text, _)) = self.tokens.iter().find(|(_, token)| same(token) && token.alive(now)) {
            return Some(text.clone());
        }
        let text = format!("EAAPage{}", self.mystery(48));
        self.tokens.insert(
            text.clone(),
            Token {
                kind: Kind::FacebookPage,
                account: page.to_owned(),
                person: user.person,
                scopes: Vec::new(),
                issued: now,
                // From a short-lived user token it dies with that one.
                expires: if user.long { None } else { user.expires },
                dead: None,
                long: user.long,
                twin: Some(user_token.to_owned()),
            },
        );
        Some(text)
    }

    pub fn issue_instagram(&mut self, account: &str, scopes: &[String], long: bool, now: Now) -> String {
        let text = format!("IGSim{}", self.mystery(48));
        let life = if long { META_LONG } else { TimeDelta::hours(1) };
        self.tokens.insert(
            text.clone(),
            Token {
                kind: Kind::Instagram,
                account: account.to_owned(),
                person: None,
                scopes: scopes.to_vec(),
                issued: now,
                expires: Some(now + life),
                dead: None,
                long,
                twin: None,
            },
        );
        text
    }

    /// All tokens of a person, Page tokens too, end with this subcode.
    pub fn end_person(&mut self, person: &str, subcode: u32) {
        for token in self.tokens.values_mut() {
            if token.person.as_deref() == Some(person) {
                token.dead.get_or_insert(subcode);
            }
        }
    }

    /// Whose grants a Page's tokens, or those of an Instagram account linked to one, come from.
    pub fn people_behind(&self, remote_id: &str) -> Vec<String> {
        let page = self.instagram.accounts.get(remote_id).and_then(|account| account.page.as_deref()).unwrap_or(remote_id);
        let of_page = self.tokens.values().filter(|token| token.kind == Kind::FacebookPage && token.account == page);
        let mut people: Vec<String> = of_page.filter_map(|token| token.person.clone()).collect();
        people.sort();
        people.dedup();
        people
    }

    /// The access to one account ends with this subcode of 190. 492 is the Page's alone: the person lost the role there.
    pub fn end_access(&mut self, remote_id: &str, subcode: u32) {
        let page = self.instagram.accounts.get(remote_id).and_then(|account| account.page.clone()).unwrap_or_else(|| remote_id.to_owned());
        let own = |token: &Token| token.account == remote_id || (token.kind == Kind::FacebookPage && token.account == page);
        let people: Vec<String> = self.tokens.values().filter(|token| own(token)).filter_map(|token| token.person.clone()).collect();
        for token in self.tokens.values_mut().filter(|token| own(token)) {
            token.dead.get_or_insert(subcode);
        }
        for person in people {
            if subcode == 492 {
                if let Some(person) = self.facebook.people.get_mut(&person) {
                    person.pages.retain(|own| *own != page);
                }
            } else {
                self.end_person(&person, subcode);
            }
        }
    }

    /// The access of one account ends now, as if its time had come. Refresh tokens live on.
    pub fn expire(&mut self, remote_id: &str, now: Now) {
        let page = self.instagram.accounts.get(remote_id).and_then(|account| account.page.clone());
        let ids = [Some(remote_id.to_owned()), page];
        let behind: Vec<String> = self
            .tokens
            .values()
            .filter(|token| token.kind == Kind::FacebookPage && ids.iter().flatten().any(|id| *id == token.account))
            .filter_map(|token| token.person.clone())
            .collect();
        for token in self.tokens.values_mut() {
            let own = token.kind != Kind::TikTokRefresh && ids.iter().flatten().any(|id| *id == token.account);
            let user = token.kind == Kind::FacebookUser && behind.contains(&token.account);
            if own || user {
                token.expires = Some(token.expires.map_or(now, |at| at.min(now)));
            }
        }
    }
}
