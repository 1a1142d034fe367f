//! The accounts page: how each account does, until when, and what it may do.

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::ids::AccountId;
use pm3k::kind::{Login, Platform};
use pm3k::model::account;
use rusqlite::params;

use crate::support::site::{Site, connect_to, now, workspace_of};

fn ends(site: &Site, id: AccountId, expires: Option<DateTime<Utc>>, renew_by: Option<DateTime<Utc>>) {
    site.app.db.write(|tx| account::store_access(tx, id, b"sealed", expires, renew_by)).unwrap();
}

/// The part of the page that shows an account.
fn card(page: &str, id: AccountId) -> String {
    let (_, rest) = page.split_once(&format!("<li class=\"card account\" id=\"{id}\"")).unwrap();
    rest.split("</dl>").next().unwrap().to_owned()
}

#[test]
fn who_has_to_do_something_until_when_is_told_for_each_login() {
    let site = Site::with_every_platform(|_| {});
    let workspace = workspace_of(&site);
    let (soon, later) = (now() + TimeDelta::days(5), now() + TimeDelta::days(50));
    let of = |platform, login, name, expires, renew_by| {
        let id = connect_to(&site, workspace, platform, login, name);
        ends(&site, id, expires, renew_by);
        id
    };
    let cases = [
        (of(Platform::Tiktok, Login::Tiktok, "t", Some(soon), Some(later)), "Is renewed by itself until Tue 19 Jan 2027", "Ready to publish"),
        (
            of(Platform::Facebook, Login::Facebook, "p", None, Some(later)),
            "Nothing renews it: a person connects the account again by then.",
            "Ready to publish",
        ),
        (of(Platform::Facebook, Login::Facebook, "q", None, Some(soon)), "Ends Sat 5 Dec 2026", "Access ends in 5 days."),
        (of(Platform::Facebook, Login::Facebook, "r", None, None), "The platform names no end.", "Ready to publish"),
        (of(Platform::Instagram, Login::Facebook, "i", None, Some(later)), "Nothing renews it", "Ready to publish"),
        (of(Platform::Instagram, Login::Instagram, "j", Some(soon), Some(soon)), "and is renewed by itself before then.", "Ready to publish"),
    ];
    let page = site.signed_in().get("/accounts").body;
    for (id, access, health) in cases {
        let card = card(&page, id);
        assert!(card.contains(access) && card.contains(health), "{id}: {card}");
    }
    assert!(!page.contains("renews itself"));
}

#[test]
fn permissions_are_told_in_words() {
    let site = Site::new();
    let id = connect_to(&site, workspace_of(&site), Platform::Tiktok, Login::Tiktok, "t");
    let change = |scopes: &str, missing: &str, status: &str| {
        let told = (status != "active").then_some("TikTok has ended the access.");
        site.app
            .db
            .write(|tx| {
                tx.execute(
                    "UPDATE account SET scopes = ?2, missing_scopes = ?3, status = ?4, status_reason = ?5 WHERE id = ?1",
                    params![id, scopes, missing, status, told],
                )
            })
            .unwrap();
    };
    let mut browser = site.signed_in();
    change("video.upload odd.scope", "video.publish", "active");
    let less = card(&browser.get("/accounts").body, id);
    for said in
        ["Works, with less", "Post videos and photos directly: nothing can be posted directly", "Send drafts to the TikTok inbox", "<code>odd.scope</code>"]
    {
        assert!(less.contains(said), "{said}: {less}");
    }
    change("video.upload", "video.publish", "needs_reconnect");
    let page = browser.get("/accounts").body;
    assert!(card(&page, id).contains("Needs connecting again.</strong> TikTok has ended the access."));
    assert!(page.contains("href=\"/accounts/connect/tiktok\">Connect again"));
}
