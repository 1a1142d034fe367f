//! The token endpoint and revoking.
//!
//! Always true: forms only; a code works once; a refresh gives a new pair and both halves of the old one die at that moment.

use chrono::TimeDelta;
use serde_json::json;

use super::error::flat;
use crate::{
    address::{TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET},
    http::{
        answer::Answer,
        request::{Ask, BodyKind},
    },
    world::{Now, World, sink::sha256_hex, token::Kind},
};

/// The reason of `authorization.removed`.
const DEVELOPER_REVOKED: u8 = 5;

pub fn token(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(answer) = client(world, ask, now) {
        return answer;
    }
    match ask.params.text("grant_type") {
        "authorization_code" => by_code(world, ask, now),
        "refresh_token" => by_refresh(world, ask, now),
        "" => flat(world, "invalid_request", "The grant_type is missing.", now),
        _ => flat(world, "unsupported_grant_type", "The grant type is not supported.", now),
    }
}

fn client(world: &mut World, ask: &Ask, now: Now) -> Result<(), Answer> {
    if ask.body != BodyKind::Form {
        return Err(flat(world, "invalid_request", "Only `application/x-www-form-urlencoded` is supported as Content-Type.", now));
    }
    let known = ask.params.text("client_key") == TIKTOK_CLIENT_KEY && ask.params.text("client_secret") == TIKTOK_CLIENT_SECRET;
    if known { Ok(()) } else { Err(flat(world, "invalid_client", "Client key or secret is incorrect.", now)) }
}

fn by_code(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if ["code", "redirect_uri"].iter().any(|name| ask.params.text(name).is_empty()) {
        return flat(world, "invalid_request", "The code or the redirect_uri is missing.", now);
    }
    let expired = |world: &mut World| flat(world, "invalid_grant", "Authorization code is expired.", now);
    let Some(code) = world.codes.get_mut(ask.params.text("code")).filter(|code| code.kind == Kind::TikTok) else {
        return expired(world);
    };
    let first_use = !std::mem::replace(&mut code.used, true);
    let code = code.clone();
    if !first_use || code.issued + TimeDelta::minutes(10) <= now {
        return expired(world);
    }
    if ask.params.text("redirect_uri") != code.redirect_uri {
        return flat(world, "invalid_request", "Redirect_uri is not matched with the uri when requesting code.", now);
    }
    if let Some(challenge) = &code.challenge
        && !proves(ask.params.text("code_verifier"), challenge)
    {
        return flat(world, "invalid_request", "Code verifier or code challenge is invalid.", now);
    }
    pair(world, &code.account, &code.scopes, now + TimeDelta::days(365), now)
}

/// The challenge is the hexadecimal hash of a verifier of 43 to 128 unreserved characters.
fn proves(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved) && sha256_hex(verifier.as_bytes()) == challenge
}

fn by_refresh(world: &mut World, ask: &Ask, now: Now) -> Answer {
    let text = ask.params.text("refresh_token").to_owned();
    if text.is_empty() {
        return flat(world, "invalid_request", "The refresh_token is missing.", now);
    }
    let old = world.tokens.get(&text).filter(|token| token.kind == Kind::TikTokRefresh && token.alive(now)).cloned();
    let Some(old) = old else {
        return flat(world, "invalid_grant", "Refresh token is invalid or expired.", now);
    };
    if world.settings.tiktok_rotates {
        world.tokens.remove(&text);
    }
    if let Some(access) = &old.twin {
        world.tokens.remove(access);
    }
    // The 365 days count from the first issue.
    pair(world, &old.account, &old.scopes, old.expires.unwrap_or(now), now)
}

fn pair(world: &mut World, open_id: &str, scopes: &[String], refresh_until: Now, now: Now) -> Answer {
    let (access, refresh) = world.issue_tiktok(open_id, scopes, refresh_until, now);
    Answer::json(
        200,
        &json!({
            "access_token": access,
            "expires_in": 86_400,
            "open_id": open_id,
            "refresh_token": refresh,
            "refresh_expires_in": (refresh_until - now).num_seconds(),
            "scope": scopes.join(","),
            "token_type": "Bearer",
        }),
    )
}

pub fn revoke(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(answer) = client(world, ask, now) {
        return answer;
    }
    let text = ask.params.text("token").to_owned();
    let Some(token) = world.tokens.get(&text).filter(|token| token.kind == Kind::TikTok && token.alive(now)).cloned() else {
        return flat(world, "invalid_grant", "Access token is invalid or expired.", now);
    };
    world.remove_tiktok_access(&token.account, DEVELOPER_REVOKED, now);
    Answer::json(200, &json!({}))
}
