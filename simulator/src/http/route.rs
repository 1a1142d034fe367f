//! Which call a request is. The whole map of addresses is here and in `graph/route.rs`.
//!
//! Always true: routing changes nothing; what it cannot name is `unknown` and answers 404.

use poem::http::Method;
use serde_json::Value;

use super::{
    answer::Answer,
    fetch::{Far, Fetched, Reached, Wanted},
    request::Ask,
};
use crate::{
    facebook,
    graph::{self, error::GraphError},
    instagram, pages,
    running::Shared,
    tiktok::{self, error::Refusal},
    world::{Now, World, token::Kind},
};

type GraphResult = Result<Value, GraphError>;

#[derive(Clone, Copy, Debug)]
pub enum Handler {
    Plain(fn(&mut World, &Ask, Now) -> Answer),
    /// The simulator's own pages, which may also move its clock.
    Own(fn(&Shared, &Ask) -> Answer),
    TikTok(fn(&mut World, &Ask, Now) -> Result<Value, Refusal>),
    /// One that looks at what pulls have brought.
    TikTokLook(fn(&mut World, &Ask, Now) -> Result<Value, Refusal>),
    Graph(fn(&mut World, &Ask, Now) -> GraphResult),
    /// One that looks at what pulls have brought.
    GraphLook(fn(&mut World, &Ask, Now) -> GraphResult),
    /// First all checks and what is to be fetched, then the act with what was fetched.
    Fetching {
        wants: fn(&mut World, &Ask, Now) -> Result<Option<Wanted>, GraphError>,
        act: fn(&mut World, &Ask, Now, Option<Fetched>) -> GraphResult,
    },
    /// The same for what is too large to be kept, or only has to be there.
    Reaching {
        wants: fn(&mut World, &Ask, Now) -> Result<Option<Far>, GraphError>,
        act: fn(&mut World, &Ask, Now, Option<Reached>) -> GraphResult,
    },
}

#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub name: &'static str,
    pub handler: Handler,
}

impl Route {
    pub fn plain(name: &'static str, act: fn(&mut World, &Ask, Now) -> Answer) -> Route {
        Route { name, handler: Handler::Plain(act) }
    }

    pub fn tiktok(name: &'static str, act: fn(&mut World, &Ask, Now) -> Result<Value, Refusal>) -> Route {
        Route { name, handler: Handler::TikTok(act) }
    }

    pub fn tiktok_look(name: &'static str, act: fn(&mut World, &Ask, Now) -> Result<Value, Refusal>) -> Route {
        Route { name, handler: Handler::TikTokLook(act) }
    }

    pub fn graph(name: &'static str, act: fn(&mut World, &Ask, Now) -> GraphResult) -> Route {
        Route { name, handler: Handler::Graph(act) }
    }

    pub fn graph_look(name: &'static str, act: fn(&mut World, &Ask, Now) -> GraphResult) -> Route {
        Route { name, handler: Handler::GraphLook(act) }
    }
}

pub fn route(world: &World, ask: &Ask) -> Route {
    let segments = ask.segments();
    let post = ask.method == Method::POST;
    let get = ask.method == Method::GET;
    match segments.as_slice() {
        ["tiktok", "www", "v2", "auth", "authorize"] if get => Route::plain("tiktok.authorize", tiktok::authorize::page),
        ["tiktok", "www", "v2", "auth", "authorize"] if post => Route::plain("tiktok.consent", tiktok::authorize::decide),
        ["tiktok", "api", "v2", rest @ ..] => tiktok::route(ask, rest),
        ["facebook", "www", _, "dialog", "oauth"] if get => Route::plain("facebook.dialog", facebook::dialog::page),
        ["facebook", "www", _, "dialog", "oauth"] if post => Route::plain("facebook.consent", facebook::dialog::decide),
        ["facebook", "graph" | "video", ..] | ["instagram", "graph", ..] => graph::route::route(world, ask),
        ["instagram", "www", "oauth", "authorize"] if get => Route::plain("instagram.authorize", instagram::login::page),
        ["instagram", "www", "oauth", "authorize"] if post => Route::plain("instagram.consent", instagram::login::decide),
        ["instagram", "token", "oauth", "access_token"] if post => Route::plain("instagram.token", instagram::login::token),
        [] | ["avatars" | "bytes" | "p", ..] if get => Route::plain("simulator", pages::show),
        ["simulator", ..] if get => Route::plain("simulator", pages::show),
        ["simulator", ..] if post => Route { name: "simulator", handler: Handler::Own(pages::act) },
        ["tiktok", handle, ..] if get && handle.starts_with('@') => Route::plain("simulator", pages::show),
        ["favicon.ico"] => Route::plain("simulator", nothing_here),
        _ => Route::plain("unknown", nothing_here),
    }
}

pub fn nothing_here(_: &mut World, ask: &Ask, _: Now) -> Answer {
    Answer::html(404, format!("<html><body>No contract knows {} {}</body></html>", ask.method, pages::escape(&ask.path)))
}

/// Whom a call concerns: the account in its path, else that of its token or code.
pub fn account_of(world: &World, ask: &Ask) -> Option<String> {
    let first = ask.rest.first().map_or("", String::as_str);
    let known = world.facebook.pages.contains_key(first) || world.instagram.accounts.contains_key(first);
    if known {
        return Some(first.to_owned());
    }
    if let Some(page) = world.facebook.owner(first) {
        return Some(page.to_owned());
    }
    let owner = [world.instagram.containers.get(first).map(|container| &container.account), world.instagram.media.get(first).map(|media| &media.account)];
    if let Some(owner) = owner.into_iter().flatten().next() {
        return Some(owner.clone());
    }
    let texts = [
        ask.authorization("Bearer"),
        ask.params.get("access_token"),
        ask.params.get("refresh_token"),
        ask.params.get("fb_exchange_token"),
        ask.params.get("token"),
    ];
    let by_token = texts.into_iter().flatten().find_map(|text| world.tokens.get(text));
    if let Some(token) = by_token {
        return Some(token.account.clone());
    }
    let code = world.codes.get(ask.params.get("code")?)?;
    (code.kind != Kind::FacebookUser).then(|| code.account.clone())
}
