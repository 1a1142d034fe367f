//! Reading: the account, containers, media.
//!
//! Always true: reads see the world as it was `read_lag` ago; an object of an account that the token does not reach is 100/33.

use serde_json::{Value, json};

use super::{Access, reach};
use crate::{
    graph::{auth::authenticate, error::GraphError, fields::pick, list, put, time},
    http::request::Ask,
    world::{
        Now, World,
        instagram::{Account, Container, Kind, Media, Status},
        sink::SharedSink,
    },
};

fn profile(world: &World, account: &Account, own_host: bool) -> Value {
    let published = world.instagram.media.values().filter(|media| media.account == account.id).count();
    let mut node = json!({
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "profile_picture_url": world.avatar_url(&account.id),
        "biography": "Lives in a simulation.",
        "website": null,
        "followers_count": 12,
        "follows_count": 7,
        "media_count": published,
    });
    if own_host {
        put(&mut node, "user_id", json!(account.id));
        put(&mut node, "account_type", json!(account.account_type));
    } else {
        put(&mut node, "ig_id", json!(account.id.trim_start_matches("178414")));
    }
    node
}

/// Instagram Login: `id` is the app-scoped one, `user_id` the one that publishing uses.
pub fn me(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let account = world.instagram.accounts.get(&auth.token.account).ok_or_else(|| GraphError::unseen("me"))?;
    let mut node = profile(world, account, true);
    put(&mut node, "id", json!(account.app_scoped));
    let picked = pick(node, ask.params.get("fields"), &[])?;
    Ok(if world.settings.instagram_token_wrapper { json!({"data": [picked]}) } else { picked })
}

pub fn user(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let account = reach(world, ask, now, ask.at(0), Access::Read)?;
    pick(profile(world, &account, ask.is_instagram_host()), ask.params.get("fields"), &[])
}

pub fn container(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let unseen = || GraphError::unseen(ask.at(0));
    let container = world.instagram.containers.get(ask.at(0)).cloned().ok_or_else(unseen)?;
    // Whoever may not see the account does not hear its id either.
    reach(world, ask, now, &container.account, Access::Read).map_err(|error| if error.subcode == Some(33) { unseen() } else { error })?;
    let status = container.status(now, world.seen_at(now));
    let (code, text) = match status {
        Status::InProgress => ("IN_PROGRESS", "In progress: Media is still being processed.".to_owned()),
        Status::Finished => ("FINISHED", "Finished: Media has been uploaded and it is ready to be published.".to_owned()),
        Status::Error(subcode) => ("ERROR", format!("Error: Media upload has failed with error code {subcode}")),
        Status::Expired => ("EXPIRED", "Expired: Media was not published within 24 hours.".to_owned()),
        Status::Published => ("PUBLISHED", "Published: Media has been published.".to_owned()),
    };
    let hidden = world.settings.missing_status_code && matches!(status, Status::Error(_));
    let node = json!({
        "id": container.id,
        "status_code": if hidden { Value::Null } else { json!(code) },
        "status": text,
        "copyright_check_status": {"matches_found": false, "status": if container.processed.is_some() { "completed" } else { "not_started" }},
        "video_status": video_status(&container, now, world.settings.phases_say_completed),
    });
    pick(node, ask.params.get("fields"), &[])
}

/// Only resumable containers have phases.
fn video_status(container: &Container, now: Now, long_word: bool) -> Value {
    if !container.resumable {
        return Value::Null;
    }
    let complete = if long_word { "completed" } else { "complete" };
    let length = SharedSink::lock(&container.sink).length();
    let uploading = match (container.processed, length) {
        (Some(_), _) => complete,
        (None, 0) => "not_started",
        (None, _) => "in_progress",
    };
    let processing = match container.processed {
        Some(_) if container.failure.is_some() => "error",
        Some(at) if at <= now => complete,
        Some(_) => "in_progress",
        None => "not_started",
    };
    json!({
        "uploading_phase": {"status": uploading, "bytes_transfered": length, "source_file_size": container.size},
        "processing_phase": {"status": processing},
    })
}

fn node(world: &World, media: &Media) -> Value {
    let (media_type, product) = match (media.kind, media.share_to_feed) {
        (Kind::Image, _) => ("IMAGE", "FEED"),
        (Kind::Reel, _) => ("VIDEO", "REELS"),
    };
    json!({
        "id": media.id,
        "permalink": world.instagram_link(media),
        "shortcode": media.shortcode,
        "media_type": media_type,
        "media_product_type": product,
        "timestamp": time(media.at),
        "caption": Some(&media.caption).filter(|caption| !caption.is_empty()),
        "media_url": world.avatar_url(&media.id),
        "thumbnail_url": null,
        "username": world.instagram.accounts.get(&media.account).map(|account| &account.username),
        "is_comment_enabled": true,
        "alt_text": null,
        "is_ai_generated": false,
        "is_shared_to_feed": if media.kind == Kind::Reel { json!(media.share_to_feed) } else { Value::Null },
    })
}

pub fn media(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let unseen = || GraphError::unseen(ask.at(0));
    let seen = world.seen_at(now);
    let media = world.instagram.media.get(ask.at(0)).filter(|media| media.at <= seen).cloned().ok_or_else(unseen)?;
    reach(world, ask, now, &media.account, Access::Read).map_err(|error| if error.subcode == Some(33) { unseen() } else { error })?;
    pick(node(world, &media), ask.params.get("fields"), &[])
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let account = reach(world, ask, now, ask.at(0), Access::Read)?;
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let shown = |media: &&Media| media.account == account.id && media.at <= seen && inside(media.at);
    let mut media: Vec<&Media> = world.instagram.media.values().filter(shown).collect();
    media.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let nodes = media.into_iter().map(|media| node(world, media)).collect();
    list::page(world, ask, nodes, &[])
}
