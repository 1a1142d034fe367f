//! The connected accounts, shown so that a person can tell which account each one is, how it does and until when; and the ways to connect more.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use poem::Response;

use super::scopes::{Permission, permission};
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
    granted: Vec<Permission>,
    missing: Vec<Permission>,
    connected_by: String,
    connected_at: When,
    access: String,
    health: Health,
}

/// How an account does; the first that applies.
enum Health {
    NeedsReconnect {
        reason: String,
    },
    /// Nothing renews its access by itself, and it ends soon.
    EndsSoon(When),
    /// Permissions were not given: what does not work without them.
    DoesLess,
    Ready,
}

/// When a person is told that access which nothing renews comes to its end.
const SOON: TimeDelta = TimeDelta::days(14);

/// Until when the installation can act for an account, and who has to do something by then. Each login differs: TikTok's and Instagram's access is
/// renewed by itself, TikTok's for a year at the most; Facebook's ends with the person's own login, whatever is done.
fn access(account: &Account, at: &dyn Fn(DateTime<Utc>) -> When) -> String {
    let told = |moment| {
        let moment = at(moment);
        format!("{} ({})", moment.text, moment.relative)
    };
    match (account.login, account.renew_by, account.expires_at) {
        (Login::Tiktok, Some(by), _) => format!("Is renewed by itself until {}; by then a person connects the account again.", told(by)),
        (Login::Facebook, Some(by), _) => format!("Ends {}. Nothing renews it: a person connects the account again by then.", told(by)),
        (_, _, Some(end)) => format!("Ends {}, and is renewed by itself before then.", told(end)),
        (_, _, None) => "The platform names no end.".into(),
    }
}

fn health(account: &Account, at: &dyn Fn(DateTime<Utc>) -> When, now: DateTime<Utc>) -> Health {
    let end = account.renew_by.filter(|by| account.login != Login::Instagram && *by - now < SOON);
    match (account.status, end) {
        (Status::NeedsReconnect, _) => Health::NeedsReconnect { reason: account.status_reason.clone().unwrap_or_default() },
        (_, Some(end)) => Health::EndsSoon(at(end)),
        _ if !account.missing_scopes.is_empty() => Health::DoesLess,
        _ => Health::Ready,
    }
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
    let permissions = |words: &[String]| words.iter().map(|word| permission(word)).collect();
    Card {
        face: Face::of(account),
        remote_id: account.remote_id.clone(),
        through: match (account.platform.as_str(), account.login) {
            ("instagram", Login::Facebook) => "Facebook Login",
            ("instagram", _) => "Instagram Login",
            _ => "",
        },
        login: account.login,
        granted: permissions(&account.scopes),
        missing: permissions(&account.missing_scopes),
        connected_by: account.connected_by.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| "somebody who is gone".to_owned()),
        connected_at: at(account.connected_at),
        access: access(account, &at),
        health: health(account, &at, visit.now),
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
