//! The authorize page and its answer.
//!
//! Always true: what is wrong with the request itself is shown on TikTok's own page, with no way back to the app; only people's
//! decisions lead back to the redirect URI.

use std::collections::BTreeSet;

use crate::{
    address::TIKTOK_CLIENT_KEY,
    http::{
        answer::Answer,
        params::{Params, encode},
        request::Ask,
    },
    pages::consent::{self, Choice, Group},
    world::{
        Now, World,
        token::{Code, Kind, Token},
    },
};

pub fn page(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.query) {
        return refuse(world, &ask.query, what);
    }
    let groups = groups(world, &ask.query);
    if world.settings.auto_consent || has_consented(world, &ask.query, now) {
        let chosen = consent::all(&groups, world.settings.sign_in_as.as_deref());
        return decided(world, &ask.query, &chosen, now);
    }
    consent::page("TikTok", "This app", ask, &groups)
}

pub fn decide(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.params) {
        return refuse(world, &ask.params, what);
    }
    decided(world, &ask.params, &ask.params, now)
}

/// `disable_auto_auth=0`: whoever is signed in and has granted all of this before is not asked again.
fn has_consented(world: &World, asked: &Params, now: Now) -> bool {
    let Some(who) = world.settings.sign_in_as.as_deref().filter(|_| asked.text("disable_auto_auth") == "0") else {
        return false;
    };
    let creator = world.tiktok.creators.values().find(|creator| creator.open_id == who || creator.username == who || creator.nickname == who);
    let wanted = wanted(asked);
    creator.is_some_and(|creator| {
        let theirs = |token: &&Token| token.kind == Kind::TikTok && token.account == creator.open_id && token.alive(now);
        world.tokens.values().filter(theirs).any(|token| wanted.iter().all(|scope| token.has(scope)))
    })
}

/// TikTok's own page, or, for scopes, the way back if the switch says so.
fn refuse(world: &World, asked: &Params, what: &'static str) -> Answer {
    if what == "scope" && world.settings.tiktok.scope_errors_lead_back {
        return back(asked, "invalid_scope", "The scope is not owned by the app", Some("scope"));
    }
    consent::error_page("TikTok", what)
}

/// Back to the app without a code.
fn back(asked: &Params, error: &str, description: &str, kind: Option<&str>) -> Answer {
    let kind = kind.map_or(String::new(), |kind| format!("&error_type={kind}"));
    let state = asked.get("state").map_or(String::new(), |state| format!("&state={}", encode(state)));
    Answer::redirect(format!("{}?error={error}&error_description={}{kind}{state}", asked.text("redirect_uri"), encode(description))).noted(error)
}

/// The name of the bad parameter, as TikTok's page shows it.
fn check(world: &World, asked: &Params) -> Result<(), &'static str> {
    // The key of an app that has not passed its review works in its sandbox only.
    let works = world.settings.tiktok.approved || world.settings.tiktok.sandbox.is_some();
    if asked.text("client_key") != TIKTOK_CLIENT_KEY || !works {
        return Err("client_key");
    }
    let redirect = asked.text("redirect_uri");
    if !world.redirects.contains(redirect) || !registrable(redirect) {
        return Err("redirect_uri");
    }
    if asked.text("response_type") != "code" {
        return Err("response_type");
    }
    let scopes = wanted(asked);
    if scopes.is_empty() || scopes.iter().any(|scope| !world.settings.tiktok_scopes.contains(scope)) {
        return Err("scope");
    }
    let challenge = asked.get("code_challenge");
    // Desktops must prove that they asked.
    if (is_desktop(redirect) && challenge.is_none()) || (challenge.is_some() && asked.text("code_challenge_method") != "S256") {
        return Err("code_challenge");
    }
    Ok(())
}

/// A loopback redirect is a desktop one.
fn is_desktop(redirect: &str) -> bool {
    let host = redirect.split("://").nth(1).unwrap_or("");
    ["localhost:", "localhost/", "127.0.0.1:", "127.0.0.1/"].iter().any(|name| host.starts_with(name))
}

/// What can be registered: https, or a loopback host with its port; shorter than 512 characters; no query and no fragment.
fn registrable(redirect: &str) -> bool {
    let port = || redirect.split("://").nth(1).and_then(|rest| rest.split('/').next()?.split_once(':'));
    let place = if is_desktop(redirect) { port().is_some() } else { redirect.starts_with("https://") };
    place && redirect.len() < 512 && !redirect.contains(['?', '#'])
}

/// Commas only.
fn wanted(asked: &Params) -> Vec<String> {
    asked.text("scope").split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

fn groups(world: &World, asked: &Params) -> Vec<Group> {
    let creators = world.tiktok.creators.values().map(|creator| Choice {
        value: creator.open_id.clone(),
        label: format!("{} (@{})", creator.nickname, creator.username),
        avatar: Some(world.avatar_url(&creator.open_id)),
    });
    let who = Group { field: "as", title: "Who you are", one: true, choices: creators.collect() };
    vec![who, consent::scopes("allow", &wanted(asked))]
}

fn decided(world: &mut World, asked: &Params, chosen: &Params, now: Now) -> Answer {
    let redirect = asked.text("redirect_uri").to_owned();
    let state = asked.get("state").map_or(String::new(), |state| format!("&state={}", encode(state)));
    let creator = world.tiktok.creators.get(chosen.text("as"));
    let (Some(creator), "allow") = (creator, chosen.text("decision")) else {
        return back(asked, "access_denied", "User denied the authorization", None);
    };
    let target = |users: &BTreeSet<String>| users.contains(&creator.open_id) || users.contains(&creator.username);
    if !world.settings.tiktok.sandbox.as_ref().is_none_or(target) {
        return back(asked, "access_denied", "The user is not a target user of the sandbox", Some("non_sandbox_target"));
    }
    let open_id = creator.open_id.clone();
    let allowed: Vec<&str> = chosen.all("allow").collect();
    let scopes: Vec<String> = wanted(asked).into_iter().filter(|scope| allowed.contains(&scope.as_str())).collect();
    // Real codes hold characters that must be escaped, and decoded once.
    let text = format!("{}*v!{}.e1", world.mystery(48), world.next());
    let code = Code {
        kind: Kind::TikTok,
        account: open_id,
        redirect_uri: redirect.clone(),
        scopes: scopes.clone(),
        challenge: asked.get("code_challenge").map(str::to_owned),
        issued: now,
        used: false,
    };
    world.codes.insert(text.clone(), code);
    Answer::redirect(format!("{redirect}?code={}&scopes={}{state}", encode(&text), encode(&scopes.join(","))))
}
