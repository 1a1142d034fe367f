//! The map of the two Graph hosts. An id alone does not say what it is: the world does.
//!
//! Always true: routing changes nothing; an id that names nothing becomes `graph.object`, which answers 100/33.

use poem::http::Method;
use serde_json::Value;

use super::{auth::authenticate, error::GraphError, is_false};
use crate::{
    facebook::{accounts, feed, login, photos, posts, reels},
    http::{
        request::Ask,
        route::{Handler, Route, nothing_here},
    },
    instagram::{self, comments, create, media, publish, reads},
    world::{Now, World, token::Kind},
};

pub fn route(world: &World, ask: &Ask) -> Route {
    let (get, post, delete) = (ask.method == Method::GET, ask.method == Method::POST, ask.method == Method::DELETE);
    let rest: Vec<&str> = ask.rest.iter().map(String::as_str).collect();
    let unknown = Route::plain("unknown", nothing_here);
    let found = if ask.is_instagram_host() { instagram_host(&rest, get) } else { facebook_host(ask, &rest, get, post, delete) };
    if let Some(route) = found {
        return route;
    }
    let Some(id) = rest.first() else {
        return unknown;
    };
    if world.instagram.accounts.contains_key(*id) {
        return instagram_account(&rest, get, post).unwrap_or(unknown);
    }
    if !ask.is_instagram_host() && world.facebook.pages.contains_key(*id) {
        return page(ask, &rest, get, post).unwrap_or(unknown);
    }
    if world.instagram.media.contains_key(*id) {
        return instagram_media(&rest, get, post, delete).unwrap_or(unknown);
    }
    if rest.len() == 1 {
        return object(world, ask, id, get, delete).unwrap_or(unknown);
    }
    unknown
}

fn instagram_host(rest: &[&str], get: bool) -> Option<Route> {
    Some(match rest {
        ["access_token"] if get => Route::graph("instagram.exchange", instagram::login::exchange),
        // Refreshing by POST is refused in Graph's own words.
        ["refresh_access_token"] => Route::graph("instagram.refresh", instagram::login::refresh),
        ["me"] if get => Route::graph("instagram.me", reads::me),
        _ => return None,
    })
}

fn facebook_host(ask: &Ask, rest: &[&str], get: bool, post: bool, delete: bool) -> Option<Route> {
    Some(match rest {
        ["oauth", "access_token"] if get || post => match ask.params.text("grant_type") {
            "fb_exchange_token" => Route::graph("facebook.exchange", login::exchange),
            "client_credentials" => Route::graph("facebook.app_token", login::app_token),
            _ => Route::graph("facebook.token", login::token),
        },
        ["debug_token"] if get => Route::graph("facebook.debug_token", login::debug_token),
        ["me"] if get => Route::graph("facebook.me", accounts::me),
        ["me", "accounts"] if get => Route::graph("facebook.accounts", accounts::list),
        ["me", "businesses"] if get => Route::graph("facebook.businesses", accounts::businesses),
        [accounts::PORTFOLIO, "owned_pages"] if get => Route::graph("facebook.owned_pages", accounts::owned_pages),
        [accounts::PORTFOLIO, "client_pages"] if get => Route::graph("facebook.client_pages", accounts::client_pages),
        ["me", "permissions"] if get => Route::graph("facebook.permissions", login::permissions),
        [_, "permissions"] | [_, "permissions", _] if delete => Route::graph("facebook.revoke", login::revoke),
        _ => return None,
    })
}

fn instagram_account(rest: &[&str], get: bool, post: bool) -> Option<Route> {
    Some(match rest {
        [_] if get => Route::graph("instagram.user", reads::user),
        [_, "media"] if post => Route { name: "instagram.media", handler: Handler::Fetching { wants: create::wants, act: create::create } },
        [_, "media"] if get => Route::graph("instagram.media_list", media::list),
        [_, "stories"] if get => Route::graph("instagram.stories", media::stories),
        [_, "media_publish"] if post => Route::graph_look("instagram.media_publish", publish::publish),
        [_, "content_publishing_limit"] if get => Route::graph("instagram.publishing_limit", publish::limit),
        _ => return None,
    })
}

fn instagram_media(rest: &[&str], get: bool, post: bool, delete: bool) -> Option<Route> {
    Some(match rest {
        [_] if get => Route::graph("instagram.media_read", media::read),
        [_] if post => Route::graph("instagram.comment_enabled", media::switch_comments),
        [_] if delete => Route::graph("instagram.media_delete", media::delete),
        [_, "children"] if get => Route::graph("instagram.children", media::children),
        [_, "comments"] if post => Route::graph("instagram.comment", comments::create),
        [_, "comments"] if get => Route::graph("instagram.comments", comments::list),
        _ => return None,
    })
}

fn page(ask: &Ask, rest: &[&str], get: bool, post: bool) -> Option<Route> {
    Some(match rest {
        [_] if get => Route::graph("facebook.page", accounts::page),
        [_, "photos"] if post => {
            let hidden = is_false(ask.params.text("published"));
            let name = if hidden { "facebook.photo_upload" } else { "facebook.photo_publish" };
            Route { name, handler: Handler::Fetching { wants: photos::wants, act: photos::create } }
        }
        [_, "feed"] if post => Route::graph("facebook.feed", feed::post),
        [_, "published_posts"] if get => Route::graph("facebook.published_posts", posts::list),
        [_, "video_reels"] if post && ask.params.text("upload_phase") == "start" => Route::graph("facebook.reel_start", reels::start),
        [_, "video_reels"] if post => Route::graph("facebook.reel_finish", reels::finish),
        [_, "video_reels"] if get => Route::graph("facebook.reels", reels::list),
        _ => return None,
    })
}

fn object(world: &World, ask: &Ask, id: &str, get: bool, delete: bool) -> Option<Route> {
    let facebook = !ask.is_instagram_host();
    Some(match () {
        () if facebook && world.facebook.photos.contains_key(id) && get => Route::graph("facebook.photo_read", photos::read),
        () if facebook && world.facebook.photos.contains_key(id) && delete => Route::graph("facebook.photo_delete", photos::delete),
        () if facebook && world.facebook.posts.contains_key(id) && get => Route::graph("facebook.post_read", posts::read),
        () if facebook && world.facebook.videos.contains_key(id) && get => Route::graph("facebook.video_status", reels::status),
        () if world.instagram.containers.contains_key(id) && get => Route::graph_look("instagram.container_status", reads::container),
        () if get || delete => Route::graph("graph.object", no_such_object),
        () => return None,
    })
}

fn no_such_object(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    // A person may be read by their own id.
    if auth.token.kind == Kind::FacebookUser && auth.token.account == ask.at(0) {
        return accounts::me(world, ask, now);
    }
    Err(GraphError::unseen(ask.at(0)))
}
