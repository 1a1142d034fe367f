//! The authorize page and its answer.
//!
//! Always true: what is wrong with the request itself is shown on TikTok's own page, with no way back to the app; only people's
//! decisions lead back to the redirect URI.

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
        token::{Code, Kind},
    },
};

pub fn page(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.query) {
        return Answer::html(400, consent::error_page("TikTok", what)).noted(what);
    }
    let groups = groups(world, &ask.query);
    if world.settings.auto_consent {
        let chosen = consent::all(&groups, world.settings.sign_in_as.as_deref());
        return decided(world, &ask.query, &chosen, now);
    }
    Answer::html(200, consent::page("TikTok", "This app", ask, &groups))
}

pub fn decide(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.params) {
        return Answer::html(400, consent::error_page("TikTok", what)).noted(what);
    }
    decided(world, &ask.params, &ask.params, now)
}

/// The name of the bad parameter, as TikTok's page shows it.
fn check(world: &World, asked: &Params) -> Result<(), &'static str> {
    if asked.text("client_key") != TIKTOK_CLIENT_KEY {
        return Err("client_key");
    }
    let redirect = asked.text("redirect_uri");
    if !world.redirects.contains(redirect) {
        return Err("redirect_uri");
    }
    if asked.text("response_type") != "code" {
        return Err("response_type");
    }
    let scopes = wanted(asked);
    if scopes.is_empty() || scopes.iter().any(|scope| !world.settings.tiktok_scopes.contains(scope)) {
        return Err("scope");
    }
    // A loopback redirect is a desktop one, and desktops must prove that they asked.
    let host = redirect.split("://").nth(1).unwrap_or("");
    let loopback = ["localhost:", "localhost/", "127.0.0.1:", "127.0.0.1/"].iter().any(|name| host.starts_with(name));
    let challenge = asked.get("code_challenge");
    if (loopback && challenge.is_none()) || (challenge.is_some() && asked.text("code_challenge_method") != "S256") {
        return Err("code_challenge");
    }
    Ok(())
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
    let creator = world.tiktok.creators.get(chosen.text("as")).map(|creator| creator.open_id.clone());
    let (Some(open_id), "allow") = (creator, chosen.text("decision")) else {
        let why = encode("User denied the authorization");
        return Answer::redirect(format!("{redirect}?error=access_denied&error_description={why}{state}"));
    };
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
