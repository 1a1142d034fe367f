//! Tokens of Facebook Login: exchange, inspection, revocation.
//!
//! Always true: a code is used once; an expired token is never exchanged; revoking ends all tokens of the person, Page tokens too.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    address::{FACEBOOK_APP_ID, FACEBOOK_APP_SECRET},
    graph::{
        auth::{authenticate, by_text, data_access_ends, grant_of},
        error::GraphError,
        put,
    },
    http::request::Ask,
    world::{
        Now, World,
        token::{Kind, META_LONG, META_SHORT},
    },
};

fn client(ask: &Ask) -> Result<(), GraphError> {
    if ask.params.text("client_id") != FACEBOOK_APP_ID {
        return Err(GraphError::new(101, "Error validating application. Cannot get application info due to a system error."));
    }
    if ask.params.text("client_secret") != FACEBOOK_APP_SECRET {
        return Err(GraphError::new(1, "Error validating client secret.").at(400));
    }
    Ok(())
}

pub fn token(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    client(ask)?;
    if !matches!(ask.params.text("grant_type"), "" | "authorization_code") {
        return Err(GraphError::bad("Invalid grant_type"));
    }
    let text = ask.params.get("code").ok_or_else(|| GraphError::missing("code"))?;
    let code = world.codes.get_mut(text).filter(|code| code.kind == Kind::FacebookUser);
    let code = code.ok_or_else(|| GraphError::new(100, "Invalid verification code format."))?;
    let used = std::mem::replace(&mut code.used, true);
    let code = code.clone();
    if used {
        return Err(GraphError::new(100, "This authorization code has been used.").sub(36_009));
    }
    if code.issued + TimeDelta::minutes(10) <= now {
        return Err(GraphError::new(100, "This authorization code has expired.").sub(36_007));
    }
    if ask.params.text("redirect_uri") != code.redirect_uri {
        let message = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request";
        return Err(GraphError::new(100, message).sub(36_008));
    }
    let text = world.issue_facebook_user(&code.account, false, now);
    Ok(json!({"access_token": text, "token_type": "bearer", "expires_in": META_SHORT.num_seconds()}))
}

pub fn exchange(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    client(ask)?;
    let text = ask.params.get("fb_exchange_token").ok_or_else(|| GraphError::missing("fb_exchange_token"))?;
    let auth = by_text(world, text, now, false)?;
    if auth.token.kind != Kind::FacebookUser {
        return Err(GraphError::bad("fb_exchange_token must be a user access token"));
    }
    let long = world.issue_facebook_user(&auth.token.account, true, now);
    Ok(json!({"access_token": long, "token_type": "bearer", "expires_in": META_LONG.num_seconds()}))
}

fn app_text() -> String {
    format!("{FACEBOOK_APP_ID}|{FACEBOOK_APP_SECRET}")
}

pub fn app_token(_: &mut World, ask: &Ask, _: Now) -> Result<Value, GraphError> {
    client(ask)?;
    Ok(json!({"access_token": app_text(), "token_type": "bearer"}))
}

fn is_app(ask: &Ask) -> bool {
    ask.authorization("Bearer").or_else(|| ask.params.get("access_token")).is_some_and(|text| text == app_text())
}

/// Succeeds as a call for every token; what is wrong with one stands inside.
pub fn debug_token(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    if !is_app(ask) {
        authenticate(world, ask, now)?;
    }
    let text = ask.params.get("input_token").ok_or_else(|| GraphError::missing("input_token"))?;
    if text == app_text() {
        return Ok(json!({"data": {"app_id": FACEBOOK_APP_ID, "application": "PM3K in a simulation", "type": "APP", "is_valid": true, "scopes": []}}));
    }
    let outcome = by_text(world, text, now, false);
    let Some(token) = world.tokens.get(text) else {
        let error = json!({"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"});
        return Ok(json!({"data": {"is_valid": false, "error": error, "scopes": []}}));
    };
    let page = token.kind == Kind::FacebookPage;
    let mut data = json!({
        "app_id": FACEBOOK_APP_ID,
        "application": "PM3K in a simulation",
        "type": if page { "PAGE" } else { "USER" },
        "is_valid": outcome.is_ok(),
        "issued_at": token.issued.timestamp(),
        "expires_at": token.expires.map_or(0, |at| at.timestamp()),
        "data_access_expires_at": data_access_ends(world, token).timestamp(),
        "scopes": outcome.as_ref().map(|auth| auth.scopes.clone()).unwrap_or_default(),
        "user_id": token.person,
    });
    if page {
        put(&mut data, "profile_id", json!(token.account));
    }
    match outcome {
        Ok(auth) => {
            if let Some(grant) = grant_of(world, token) {
                let of = |scope: &String| {
                    let targets = if scope.starts_with("instagram_") { &grant.instagram } else { &grant.pages };
                    if scope == "public_profile" { json!({"scope": scope}) } else { json!({"scope": scope, "target_ids": targets}) }
                };
                put(&mut data, "granular_scopes", auth.scopes.iter().map(of).collect());
            }
        }
        Err(error) => {
            put(&mut data, "error", json!({"code": error.code, "message": error.message, "subcode": error.subcode}));
        }
    }
    Ok(json!({"data": data}))
}

pub fn permissions(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let Some(grant) = grant_of(world, &auth.token).filter(|_| auth.token.kind == Kind::FacebookUser) else {
        return Err(GraphError::unseen("me"));
    };
    let granted = grant.scopes.iter().map(|scope| json!({"permission": scope, "status": "granted"}));
    let declined = grant.declined.iter().map(|scope| json!({"permission": scope, "status": "declined"}));
    Ok(json!({"data": granted.chain(declined).collect::<Vec<Value>>()}))
}

/// With a user token for `me` or its own id, with the app token for any id.
pub fn revoke(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let person = if is_app(ask) {
        ask.at(0).to_owned()
    } else {
        let auth = authenticate(world, ask, now)?;
        let own = auth.token.account.clone();
        let meant = ask.at(0) == "me" || ask.at(0) == own;
        if auth.token.kind != Kind::FacebookUser || !meant {
            return Err(GraphError::new(200, "(#200) Only a user or the app itself can revoke permissions"));
        }
        own
    };
    let Some(grant) = world.facebook.people.get_mut(&person).and_then(|person| person.grant.as_mut()) else {
        return Err(GraphError::unseen(&person));
    };
    match ask.rest.get(2) {
        Some(scope) => {
            grant.scopes.remove(scope);
            grant.declined.insert(scope.clone());
        }
        None => {
            if let Some(person) = world.facebook.people.get_mut(&person) {
                person.grant = None;
            }
            world.end_person(&person, 458);
        }
    }
    Ok(json!({"success": true}))
}
