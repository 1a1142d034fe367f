//! Instagram Login: authorize, the token endpoint, the exchange and the refresh.
//!
//! Always true: a short token lasts an hour and is exchanged once it is wanted for longer; a refresh needs a token that is at least a
//! day old and still alive. There is nothing to revoke with.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    address::{INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET},
    graph::{
        auth::by_text,
        error::{Graph, GraphError},
    },
    http::{
        answer::Answer,
        params::{Params, encode},
        request::{Ask, BodyKind},
    },
    pages::consent::{self, Choice, Group},
    world::{
        Now, World,
        token::{Code, DAY, Kind, META_LONG},
    },
};

const KNOWN: &[&str] = &[
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
    "instagram_business_manage_messages",
];

pub fn page(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.query) {
        return consent::error_page("Instagram", what);
    }
    let groups = groups(world, &ask.query);
    if world.settings.auto_consent {
        let chosen = consent::all(&groups, world.settings.sign_in_as.as_deref());
        return decided(world, &ask.query, &chosen, now);
    }
    consent::page("Instagram", "This app", ask, &groups)
}

pub fn decide(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.params) {
        return consent::error_page("Instagram", what);
    }
    decided(world, &ask.params, &ask.params, now)
}

fn check(world: &World, asked: &Params) -> Result<(), &'static str> {
    if asked.text("client_id") != INSTAGRAM_APP_ID {
        return Err("Invalid platform app: client_id");
    }
    if !world.redirects.contains(asked.text("redirect_uri")) {
        return Err("Invalid redirect_uri");
    }
    if asked.text("response_type") != "code" {
        return Err("Invalid response_type");
    }
    let scopes = wanted(asked);
    let known = scopes.iter().all(|scope| KNOWN.contains(&scope.as_str()));
    if !known || !scopes.iter().any(|scope| scope == "instagram_business_basic") {
        return Err("Invalid scope");
    }
    Ok(())
}

fn wanted(asked: &Params) -> Vec<String> {
    consent::split(asked.text("scope"))
}

fn groups(world: &World, asked: &Params) -> Vec<Group> {
    // Professional accounts alone, and those without a Page first: this login is made for them.
    let mut accounts: Vec<_> = world.instagram.accounts.values().filter(|account| !account.gates.personal).collect();
    accounts.sort_by_key(|account| account.page.is_some());
    let choices = accounts.into_iter().map(|account| Choice {
        value: account.id.clone(),
        label: format!("@{}", account.username),
        avatar: Some(world.avatar_url(&account.id)),
    });
    let who = Group { field: "as", title: "Who you are", one: true, choices: choices.collect() };
    vec![who, consent::scopes("allow", &wanted(asked))]
}

fn decided(world: &mut World, asked: &Params, chosen: &Params, now: Now) -> Answer {
    let redirect = asked.text("redirect_uri").to_owned();
    let state = asked.get("state").map_or(String::new(), |state| format!("&state={}", encode(state)));
    let account = world.instagram.accounts.get(chosen.text("as")).map(|account| account.id.clone());
    let (Some(account), "allow") = (account, chosen.text("decision")) else {
        let why = "error=access_denied&error_reason=user_denied&error_description=The+user+denied+your+request";
        return Answer::redirect(format!("{redirect}?{why}{state}"));
    };
    let allowed: Vec<&str> = chosen.all("allow").collect();
    let scopes: Vec<String> = wanted(asked).into_iter().filter(|scope| allowed.contains(&scope.as_str())).collect();
    let text = format!("AQSimIg{}", world.mystery(60));
    let code = Code { kind: Kind::Instagram, account, redirect_uri: redirect.clone(), scopes, challenge: None, issued: now, used: false };
    world.codes.insert(text.clone(), code);
    Answer::redirect(format!("{redirect}?code={text}{state}#_"))
}

/// `api.instagram.com/oauth/access_token`: its errors have a shape of their own.
pub fn token(world: &mut World, ask: &Ask, now: Now) -> Answer {
    let outcome = by_code(world, ask, now).map_err(|error| GraphError { flat: true, ..error.at(400) });
    Graph::answer(world, ask, outcome, now)
}

fn by_code(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    if !matches!(ask.body, BodyKind::Form | BodyKind::Multipart) {
        return Err(GraphError::bad("Missing required field client_id"));
    }
    if ask.params.text("client_id") != INSTAGRAM_APP_ID || ask.params.text("client_secret") != INSTAGRAM_APP_SECRET {
        return Err(GraphError::bad("Invalid platform app"));
    }
    if ask.params.text("grant_type") != "authorization_code" {
        return Err(GraphError::bad("Invalid grant_type"));
    }
    let unknown = || GraphError::new(100, "Matching code was not found or was already used");
    let code = world.codes.get_mut(ask.params.text("code")).filter(|code| code.kind == Kind::Instagram).ok_or_else(unknown)?;
    let used = std::mem::replace(&mut code.used, true);
    let code = code.clone();
    if used {
        return Err(unknown());
    }
    if code.issued + TimeDelta::hours(1) <= now {
        return Err(GraphError::new(100, "This authorization code has expired"));
    }
    if ask.params.text("redirect_uri") != code.redirect_uri {
        let message = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request";
        return Err(GraphError::new(100, message));
    }
    let text = world.issue_instagram(&code.account, &code.scopes, false, now);
    let app_scoped = world.instagram.accounts.get(&code.account).map_or("", |account| account.app_scoped.as_str());
    Ok(if world.settings.instagram_token_wrapper {
        json!({"data": [{"access_token": text, "user_id": app_scoped, "permissions": code.scopes.join(",")}]})
    } else {
        json!({"access_token": text, "user_id": app_scoped.parse::<u64>().unwrap_or(0), "permissions": code.scopes})
    })
}

fn long_lived(text: String) -> Value {
    json!({"access_token": text, "token_type": "bearer", "expires_in": META_LONG.num_seconds()})
}

pub fn exchange(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    if ask.params.text("grant_type") != "ig_exchange_token" {
        return Err(GraphError::bad("Invalid grant_type"));
    }
    if ask.params.text("client_secret") != INSTAGRAM_APP_SECRET {
        return Err(GraphError::bad("Invalid client_secret"));
    }
    let auth = by_text(world, ask.params.text("access_token"), now, true)?;
    if auth.token.long {
        return Err(GraphError::new(190, "The access token is already long-lived"));
    }
    Ok(long_lived(world.issue_instagram(&auth.token.account, &auth.token.scopes, true, now)))
}

pub fn refresh(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    if ask.method != poem::http::Method::GET {
        return Err(GraphError::new(100, format!("Unsupported request - method type: {}", ask.method.as_str().to_lowercase())));
    }
    if ask.params.text("grant_type") != "ig_refresh_token" {
        return Err(GraphError::bad("Invalid grant_type"));
    }
    let auth = by_text(world, ask.params.text("access_token"), now, true)?;
    if !auth.token.long || auth.token.issued + DAY > now {
        return Err(GraphError::bad("The access token must be a long-lived one and at least 24 hours old"));
    }
    auth.needs("instagram_business_basic")?;
    if world.settings.instagram.refresh_keeps_token
        && let Some(token) = world.tokens.get_mut(&auth.text)
    {
        (token.issued, token.expires) = (now, Some(now + META_LONG));
        return Ok(long_lived(auth.text));
    }
    Ok(long_lived(world.issue_instagram(&auth.token.account, &auth.token.scopes, true, now)))
}
