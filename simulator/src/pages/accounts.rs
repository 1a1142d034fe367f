//! Who lives in the world, with what is set for them.
//!
//! Always true: settings are shown as they are at this moment; the buttons send forms and nothing more.

use super::html::{avatar, chip, escape, frame, span};
use crate::{
    instagram::publish::usage,
    world::{
        Now, World,
        facebook::Page,
        instagram::Account,
        tiktok::Creator,
        token::{DAY, Kind},
    },
};

/// Of each platform.
const MOST: usize = 60;

pub fn count(world: &World) -> usize {
    world.tiktok.creators.len() + world.facebook.pages.len() + world.instagram.accounts.len()
}

/// Everybody in one line.
pub fn row(world: &World) -> String {
    let one =
        |id: &str, name: &str, platform: &str| format!("<li>{}<span><b>{}</b><span class=\"soft\">{platform}</span></span></li>", avatar(id), escape(name));
    let creators = world.tiktok.creators.values().map(|creator| one(&creator.open_id, &creator.username, "TikTok"));
    let pages = world.facebook.pages.values().map(|page| one(&page.id, &page.name, "Facebook"));
    let instagram = world.instagram.accounts.values().map(|account| one(&account.id, &account.username, "Instagram"));
    format!("<ul class=\"people\">{}</ul>", creators.chain(pages).chain(instagram).take(60).collect::<String>())
}

fn yes(whether: bool) -> String {
    if whether { "yes".into() } else { "no".into() }
}

/// What tokens there are for it.
fn access(world: &World, id: &str, now: Now) -> String {
    let own = world.tokens.values().filter(|token| token.account == id && token.kind != Kind::TikTokRefresh);
    let (alive, dead): (Vec<_>, Vec<_>) = own.partition(|token| token.alive(now));
    let ends = alive.iter().filter_map(|token| token.expires).max();
    match (alive.len(), ends) {
        (0, _) if dead.is_empty() => "nobody has asked yet".into(),
        (0, _) => "ended".into(),
        (_, None) => "without an end".into(),
        (_, Some(ends)) => format!("{} left", span(now, ends)),
    }
}

fn card(platform: &str, id: &str, names: [&str; 2], chips: String, facts: Vec<(&str, String)>, buttons: &[(&str, &str)]) -> String {
    let [name, username] = names;
    let facts: String = facts.into_iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(&value))).collect();
    let buttons: String = buttons.iter().map(|(action, title)| format!("<button name=\"do\" value=\"{action}\">{title}</button>")).collect();
    format!(
        "<article class=\"account {}\"><header>{}<div><b>{}</b><span>{}, @{}</span></div>{chips}</header><dl>{facts}</dl><code>{id}</code>\
         <form method=\"post\" action=\"/simulator/account\"><input type=\"hidden\" name=\"account\" value=\"{id}\">{buttons}</form></article>",
        platform.split(' ').next().unwrap_or_default().to_lowercase(),
        avatar(id),
        escape(name),
        escape(platform),
        escape(username),
        id = escape(id),
    )
}

fn creator(world: &World, creator: &Creator, now: Now) -> String {
    let (open_id, recent) = (&creator.open_id, world.tiktok.posts_of_the_day(now));
    let posted = recent.filter(|task| task.open_id == *open_id).count() + creator.posts_elsewhere;
    let off = [("comments", creator.comment_disabled), ("duets", creator.duet_disabled), ("stitches", creator.stitch_disabled)];
    let off: Vec<&str> = off.into_iter().filter(|(_, disabled)| *disabled).map(|(name, _)| name).collect();
    let chips = if creator.banned { chip("bad", "banned") } else { String::new() } + &if creator.private { chip("wait", "private") } else { String::new() };
    let facts = vec![
        ("Switched off", if off.is_empty() { "nothing".into() } else { off.join(", ") }),
        ("Longest video", format!("{} s", creator.max_seconds)),
        ("Posts today", format!("{posted} of {}", creator.posts_per_day)),
        ("Drafts waiting", format!("{} of 5", world.tiktok.drafts_of_the_day(open_id, now))),
        ("Access", access(world, open_id, now)),
    ];
    let privacy = if creator.private { ("public", "Make public") } else { ("private", "Make private") };
    card("TikTok", open_id, [&creator.nickname, &creator.username], chips, facts, &[privacy, ("expire", "End its access")])
}

fn page_card(world: &World, page: &Page, now: Now) -> String {
    let person = world.facebook.people.values().find(|person| person.pages.contains(&page.id));
    let granted = person.and_then(|person| person.grant.as_ref()).filter(|grant| grant.pages.contains(&page.id));
    let linked = page.instagram.as_ref().and_then(|id| world.instagram.accounts.get(id));
    let facts = vec![
        ("Owner", person.map_or("nobody".into(), |person| person.name.clone())),
        ("Tasks", page.tasks.join(", ").to_lowercase().replace('_', " ")),
        ("Instagram", linked.map_or("none".into(), |account| format!("@{}", account.username))),
        ("Granted", granted.map_or("nothing".into(), |grant| format!("{} permissions", grant.scopes.len()))),
        ("Access", access(world, &page.id, now)),
    ];
    card("Facebook Page", &page.id, [&page.name, &page.username], String::new(), facts, &[("expire", "End its access")])
}

fn instagram(world: &World, account: &Account, now: Now) -> String {
    let gates = &account.gates;
    let containers = world.instagram.containers.values().filter(|container| container.account == account.id && container.created + DAY > now).count();
    let page = account.page.as_ref().and_then(|page| world.facebook.pages.get(page));
    let chips =
        if gates.restricted { chip("bad", "restricted") } else { String::new() } + &if gates.personal { chip("bad", "personal") } else { String::new() };
    let tokens = account.page.as_deref().unwrap_or(&account.id);
    let facts = vec![
        ("Kind", if gates.personal { "Personal".into() } else { account.account_type.replace('_', " ") }),
        ("Reached", page.map_or("by its own login".into(), |page| format!("through {}", page.name))),
        ("Posts today", format!("{} of {}", usage(world, &account.id, now), world.settings.instagram_quota)),
        ("Containers today", format!("{containers} of 400")),
        ("Trial reels", yes(gates.trial_reels)),
        ("Access", access(world, tokens, now)),
    ];
    let restricted = if gates.restricted { ("release", "Release") } else { ("restrict", "Restrict") };
    let personal = if gates.personal { ("professional", "Make professional") } else { ("personal", "Make personal") };
    card(
        "Instagram",
        &account.id,
        [&account.name, &account.username],
        chips,
        facts,
        &[restricted, personal, ("somebody", "Somebody else posts"), ("expire", "End its access")],
    )
}

pub fn page(world: &World, now: Now) -> String {
    let creators = world.tiktok.creators.values().take(MOST).map(|one| creator(world, one, now));
    let pages = world.facebook.pages.values().take(MOST).map(|one| page_card(world, one, now));
    let accounts = world.instagram.accounts.values().take(MOST).map(|one| instagram(world, one, now));
    let html = format!(
        "<h1>Accounts</h1><p class=\"lead\">Everybody who can be connected, and what the platforms think of them.</p><div class=\"grid\">{}</div>",
        creators.chain(pages).chain(accounts).collect::<String>(),
    );
    frame("Accounts of the simulated world", "/simulator/accounts", now, &html)
}
