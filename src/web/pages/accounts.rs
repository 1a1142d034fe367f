//! The connected accounts, shown so that a person can tell which account each one is; and the ways to connect more.

use std::collections::HashMap;

use askama::Template;
use poem::Response;

use super::{Face, Page};
use crate::ids::{AccountId, UserId};
use crate::kind::Login;
use crate::model::account::{self, Account, Status};
use crate::model::user;
use crate::model::workspace::Role;
use crate::web::error::{Error, html};
use crate::web::visit::Visit;
use crate::web::when::{When, when};

/// More than anybody connects; a bound for the page.
const MOST: u32 = 500;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Accounts {
    page: Page,
    cards: Vec<Card>,
    ways: Vec<Way>,
    may_connect: bool,
    zone: String,
    tiktok_unaudited: bool,
}

struct Card {
    face: Face,
    remote_id: String,
    /// Which login connected it, where that is not plain from the platform.
    through: &'static str,
    login: Login,
    scopes: Vec<String>,
    missing: Vec<String>,
    connected_by: String,
    connected_at: When,
    ends: Ends,
    needs_reconnect: bool,
    reason: String,
}

enum Ends {
    Never,
    /// Renewed by itself until then; after that a person connects again.
    RenewedUntil(When),
    /// Renewed by itself before then.
    RenewedBefore(When),
}

/// One way to connect accounts.
struct Way {
    login: Login,
    name: &'static str,
    what: &'static str,
    is_on: bool,
    redirect_uri: String,
    keys: &'static str,
}

pub fn list(visit: &Visit) -> Result<Response, Error> {
    let app = visit.app();
    let workspace = visit.workspace()?;
    let (accounts, names) = app.db.read(|db| {
        let accounts = account::list(db, Some(workspace.id), AccountId(0), MOST)?;
        let names: HashMap<UserId, String> = user::list(db)?.into_iter().map(|user| (user.id, user.name)).collect();
        Ok::<_, Error>((accounts, names))
    })?;
    let cards = accounts.iter().map(|account| card(visit, account, &names, &workspace.time_zone)).collect();
    html(&Accounts {
        page: Page::new(visit, "accounts", "Accounts"),
        cards,
        ways: Login::ALL.iter().map(|login| way(visit, *login)).collect(),
        may_connect: visit.may(Role::Publisher).is_ok(),
        zone: workspace.time_zone.clone(),
        tiktok_unaudited: app.config.tiktok.is_on() && !app.config.tiktok.audited,
    })
}

fn card(visit: &Visit, account: &Account, names: &HashMap<UserId, String>, zone: &str) -> Card {
    let at = |at| when(&visit.app().zones, zone, at, visit.now);
    Card {
        face: Face::of(account),
        remote_id: account.remote_id.clone(),
        through: match (account.platform.as_str(), account.login) {
            ("instagram", Login::Facebook) => "Facebook Login",
            ("instagram", _) => "Instagram Login",
            _ => "",
        },
        login: account.login,
        scopes: account.scopes.clone(),
        missing: account.missing_scopes.clone(),
        connected_by: account.connected_by.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| "somebody who is gone".to_owned()),
        connected_at: at(account.connected_at),
        ends: match (account.renew_by, account.expires_at) {
            (Some(by), _) => Ends::RenewedUntil(at(by)),
            (None, Some(by)) => Ends::RenewedBefore(at(by)),
            (None, None) => Ends::Never,
        },
        needs_reconnect: account.status == Status::NeedsReconnect,
        reason: account.status_reason.clone().unwrap_or_default(),
    }
}

fn way(visit: &Visit, login: Login) -> Way {
    let (name, what, keys) = match login {
        Login::Tiktok => ("TikTok", "One TikTok account each time.", "client_key and client_secret"),
        Login::Facebook => ("Facebook", "Pages, and the Instagram accounts that are linked to them; several at once.", "app_id and app_secret"),
        Login::Instagram => ("Instagram", "One professional Instagram account, with or without a Page.", "app_id and app_secret"),
    };
    Way { login, name, what, is_on: visit.app().platforms.connect(login).is_some(), redirect_uri: visit.app().config.redirect_uri(login), keys }
}
