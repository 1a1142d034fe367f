//! TikTok: Login Kit v2 and the Content Posting API.
//!
//! Always true: checks come in the order token, scope, rate, body, and then what the body asks for; every answer of the API carries
//! the envelope of `error.rs`, every answer of the OAuth endpoints is flat.

pub mod authorize;
pub mod chunks;
pub mod error;
pub mod init;
pub mod oauth;
pub mod upload;
pub mod user;

use poem::http::Method;

use crate::{
    http::{
        request::Ask,
        route::{Route, nothing_here},
    },
    world::{
        Now, World,
        token::{Kind, Token},
    },
};
use error::Refusal;

pub fn route(ask: &Ask, rest: &[&str]) -> Route {
    let post = ask.method == Method::POST;
    match rest {
        ["oauth", "token"] if post && ask.params.text("grant_type") == "refresh_token" => Route::plain("tiktok.refresh", oauth::token),
        ["oauth", "token"] if post => Route::plain("tiktok.token", oauth::token),
        ["oauth", "revoke"] if post => Route::plain("tiktok.revoke", oauth::revoke),
        ["user", "info"] if ask.method == Method::GET => Route::tiktok("tiktok.user_info", user::info),
        ["post", "publish", "creator_info", "query"] if post => Route::tiktok("tiktok.creator_info", user::creator_info),
        ["post", "publish", "video", "init"] if post => Route::tiktok("tiktok.video_init", init::direct),
        ["post", "publish", "inbox", "video", "init"] if post => Route::tiktok("tiktok.inbox_init", init::inbox),
        ["post", "publish", "status", "fetch"] if post => Route::tiktok("tiktok.status", user::status),
        _ => Route::plain("unknown", nothing_here),
    }
}

/// Token, then scope (one of them), then rate.
fn admit(world: &mut World, ask: &Ask, now: Now, scopes: &[&str], rate: (&str, usize)) -> Result<Token, Refusal> {
    let text = ask.authorization("Bearer").unwrap_or("").to_owned();
    let token = world.tokens.get(&text).filter(|token| token.kind == Kind::TikTok && token.alive(now)).cloned();
    let Some(token) = token else {
        return Err(Refusal::new(401, "access_token_invalid", "The access token is invalid or not found in the request."));
    };
    if !scopes.iter().any(|scope| token.has(scope)) {
        return Err(Refusal::new(401, "scope_not_authorized", "The user did not authorize the scope required for completing this request."));
    }
    if !world.within_rate(format!("{} {text}", rate.0), rate.1, now) {
        return Err(Refusal::new(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later."));
    }
    Ok(token)
}
