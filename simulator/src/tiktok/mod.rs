//! TikTok: Login Kit v2, the Content Posting API, and lists of videos.
//!
//! Always true: checks come in the order token, scope, rate, body, and then what the body asks for; every answer of the API carries
//! the envelope of `error.rs`, every answer of the OAuth endpoints is flat.

pub mod authorize;
pub mod error;
pub mod hands;
pub mod list;
pub mod media;
pub mod oauth;
pub mod property;
pub mod publish;
pub mod settings;
pub mod upload;
pub mod user;
pub mod webhooks;

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
        ["post", "publish", "video", "init"] if post => {
            Route::tiktok(publish::name_of_init(ask, "tiktok.video_init", "tiktok.video_pull_init"), publish::direct)
        }
        ["post", "publish", "inbox", "video", "init"] if post => {
            Route::tiktok(publish::name_of_init(ask, "tiktok.inbox_init", "tiktok.inbox_pull_init"), publish::inbox)
        }
        ["post", "publish", "content", "init"] if post => Route::tiktok(publish::name_of_photos(ask), publish::photos),
        ["post", "publish", "status", "fetch"] if post => Route::tiktok_look("tiktok.status", publish::status),
        ["post", "publish", "cancel"] if post => Route::tiktok_look("tiktok.cancel", publish::cancel),
        ["video", "list"] if post => Route::tiktok_look("tiktok.video_list", list::list),
        ["video", "query"] if post => Route::tiktok_look("tiktok.video_query", list::query),
        _ => Route::plain("unknown", nothing_here),
    }
}

/// Token, then scope (one of them), then rate where there is one.
fn admit(world: &mut World, ask: &Ask, now: Now, scopes: &[&str], rate: Option<(&str, usize)>) -> Result<Token, Refusal> {
    let text = ask.authorization("Bearer").unwrap_or("").to_owned();
    let token = world.tokens.get(&text).filter(|token| token.kind == Kind::TikTok && token.alive(now)).cloned();
    let Some(token) = token else {
        return Err(Refusal::new(401, "access_token_invalid", "The access token is invalid or not found in the request."));
    };
    if !scopes.iter().any(|scope| token.has(scope)) {
        return Err(Refusal::new(401, "scope_not_authorized", "The user did not authorize the scope required for completing this request."));
    }
    if rate.is_some_and(|(call, per_minute)| !world.within_rate(format!("{call} {text}"), per_minute, now)) {
        return Err(Refusal::new(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later."));
    }
    Ok(token)
}
