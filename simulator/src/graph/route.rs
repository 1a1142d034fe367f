//! The map of the two Graph hosts. An id alone does not say what it is: the world does.
//!
//! Always true: routing changes nothing; an id that names nothing becomes `graph.object`, which answers 100/33.

use poem::http::Method;
use serde_json::Value;

use super::{auth::authenticate, error::GraphError, is_false, is_true};
use crate::{
    address::FACEBOOK_APP_ID,
    facebook::{
        accounts, comments, edit, feed, login, photos, posts, stories,
        videos::{chunks, files, node, reels, whole},
    },
    http::{
        request::Ask,
        route::{Handler, Route, nothing_here},
    },
    instagram::{self, create, media, publish, reads},
    world::{Now, World, facebook::VideoKind, token::Kind},
};

/// What may follow the id of an object, so that one that is not there is told apart from an address that no contract knows.
const EDGES: &[&str] = &["media", "media_publish", "content_publishing_limit", "stories", "children", "comments"];

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
    match rest.as_slice() {
        [_] => object(world, ask, id, get, post, delete).unwrap_or(unknown),
        [_, edge] if !ask.is_instagram_host() && !world.instagram.containers.contains_key(*id) => edge_of(world, id, edge, get, post).unwrap_or(unknown),
        [_, edge] if EDGES.contains(edge) => Route::graph("graph.object", no_such_object),
        _ => unknown,
    }
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
        [FACEBOOK_APP_ID, "uploads"] if post => Route::graph("facebook.file_start", files::start),
        [session] if session.starts_with("upload:") && get => Route::graph("facebook.file_status", files::status),
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
        [_, "comments"] if post => Route::graph("instagram.comment", instagram::comments::create),
        [_, "comments"] if get => Route::graph("instagram.comments", instagram::comments::list),
        _ => return None,
    })
}

/// Whether something is held back, and whether it comes out later by itself.
fn held(ask: &Ask) -> (bool, bool) {
    (is_false(ask.params.text("published")), ask.params.get("scheduled_publish_time").is_some())
}

fn page(ask: &Ask, rest: &[&str], get: bool, post: bool) -> Option<Route> {
    let phase = ask.params.text("upload_phase");
    Some(match rest {
        [_] if get => Route::graph("facebook.page", accounts::page),
        [_, "photos"] if post => {
            let name = match held(ask) {
                (true, false) => "facebook.photo_upload",
                (true, true) => "facebook.photo_schedule",
                (false, _) => "facebook.photo_publish",
            };
            Route { name, handler: Handler::Fetching { wants: photos::wants, act: photos::create } }
        }
        [_, "feed"] if post => {
            let name = match held(ask) {
                (true, false) => "facebook.feed_unpublished",
                (true, true) => "facebook.feed_schedule",
                (false, _) => "facebook.feed",
            };
            Route { name, handler: Handler::Reaching { wants: feed::wants, act: feed::post } }
        }
        [_, "feed"] if get => Route::graph("facebook.feed_read", posts::feed),
        [_, "published_posts"] if get => Route::graph("facebook.published_posts", posts::published),
        [_, "scheduled_posts"] if get => Route::graph("facebook.scheduled_posts", posts::scheduled),
        [_, "videos"] if get => Route::graph("facebook.videos", whole::list),
        [_, "videos"] if post => videos(ask, phase),
        [_, "video_reels"] if post && phase == "start" => Route::graph("facebook.reel_start", reels::start),
        [_, "video_reels"] if post => Route::graph("facebook.reel_finish", reels::finish),
        [_, "video_reels"] if get => Route::graph("facebook.reels", reels::list),
        [_, "photo_stories"] if post => Route::graph("facebook.photo_story", stories::photo),
        [_, "video_stories"] if post && phase == "finish" => Route::graph("facebook.story_finish", stories::finish),
        [_, "video_stories"] if post => Route::graph("facebook.story_start", stories::start),
        [_, "stories"] if get => Route::graph("facebook.stories", stories::list),
        _ => return None,
    })
}

fn videos(ask: &Ask, phase: &str) -> Route {
    match phase {
        "start" => Route::graph("facebook.video_start", chunks::start),
        "transfer" => Route::graph("facebook.video_transfer", chunks::transfer),
        "cancel" => Route::graph("facebook.video_cancel", chunks::cancel),
        "" => {
            let name = if held(ask) == (true, false) { "facebook.video_upload" } else { "facebook.video_publish" };
            Route { name, handler: Handler::Reaching { wants: whole::wants, act: whole::publish } }
        }
        _ => Route::graph("facebook.video_finish", chunks::finish),
    }
}

fn object(world: &World, ask: &Ask, id: &str, get: bool, post: bool, delete: bool) -> Option<Route> {
    let own = if ask.is_instagram_host() { None } else { facebook_object(world, ask, id, get, post, delete) };
    Some(match () {
        () if own.is_some() => return own,
        () if world.instagram.containers.contains_key(id) && get => Route::graph_look("instagram.container_status", reads::container),
        () if get || delete => Route::graph("graph.object", no_such_object),
        () => return None,
    })
}

fn facebook_object(world: &World, ask: &Ask, id: &str, get: bool, post: bool, delete: bool) -> Option<Route> {
    let facebook = &world.facebook;
    let by_post = || facebook.video(id).is_some_and(|video| video.kind == VideoKind::Video);
    Some(if facebook.photos.contains_key(id) {
        match () {
            () if get => Route::graph("facebook.photo_read", photos::read),
            () if delete => Route::graph("facebook.photo_delete", photos::delete),
            () => return None,
        }
    } else if facebook.posts.contains_key(id) {
        let public = is_true(ask.params.text("is_published"));
        match () {
            () if get => Route::graph("facebook.post_read", posts::read),
            () if post && public => Route::graph("facebook.post_set_published", edit::update),
            () if post => Route::graph("facebook.post_update", edit::update),
            () if delete => Route::graph("facebook.post_delete", edit::delete),
            () => return None,
        }
    } else if facebook.videos.contains_key(id) {
        let public = is_true(ask.params.text("published"));
        match () {
            () if get => Route::graph("facebook.video_status", node::status),
            () if post && public => Route::graph("facebook.video_set_published", edit::update_video),
            () if post => Route::graph("facebook.video_update", edit::update_video),
            () if delete => Route::graph("facebook.video_delete", edit::delete_video),
            () => return None,
        }
    } else if by_post() && get {
        Route::graph("facebook.post_read", posts::read)
    } else if by_post() && delete {
        Route::graph("facebook.post_delete", edit::delete_video)
    } else {
        return None;
    })
}

/// What hangs on a post or a video.
fn edge_of(world: &World, id: &str, edge: &str, get: bool, post: bool) -> Option<Route> {
    let video = world.facebook.videos.contains_key(id);
    Some(match edge {
        "comments" if get => Route::graph("facebook.comments", comments::list),
        "comments" if post => Route::graph("facebook.comment", comments::create),
        "thumbnails" if video && get => Route::graph("facebook.thumbnails", node::thumbnails),
        "thumbnails" if video && post => Route::graph("facebook.thumbnail", node::add_thumbnail),
        "collaborators" if video && post => Route::graph("facebook.collaborator", node::collaborate),
        _ => return None,
    })
}

fn no_such_object(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    // A person may be read by their own id.
    if auth.token.kind == Kind::FacebookUser && auth.token.account == ask.at(0) {
        return accounts::me(world, ask, now);
    }
    let is_id = ask.at(0).bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b':'));
    if is_id {
        return Err(GraphError::unseen(ask.at(0)));
    }
    Err(GraphError::new(803, format!("(#803) Some of the aliases you requested do not exist: {}", ask.at(0))))
}
