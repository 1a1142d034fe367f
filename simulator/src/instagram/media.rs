//! Media: reading them, their lists and items, switching their comments, deleting them.
//!
//! Always true: reads see the world as it was `read_lag` ago; stories are in a list of their own, and gone after a day.

use serde_json::{Value, json};

use super::{Need, reach, reach_through, refuse};
use crate::{
    clock::delta,
    graph::{error::GraphError, fields::pick, is_false, is_true, list, put, time},
    http::request::Ask,
    world::{
        Now, World,
        instagram::{Kind, Media},
    },
};

fn node(world: &World, media: &Media, ask: &Ask, now: Now) -> Value {
    let content = &media.content;
    let media_type = match content.kind {
        Kind::Carousel => "CAROUSEL_ALBUM",
        kind if kind.is_video() => "VIDEO",
        _ => "IMAGE",
    };
    let product = match content.kind {
        Kind::Reel => "REELS",
        kind if kind.is_story() => "STORY",
        _ => "FEED",
    };
    let cover = content.cover_sha256.as_ref().unwrap_or(&content.sha256);
    let mut node = json!({
        "id": media.id,
        "permalink": Some(world.instagram_link(media)).filter(|_| linked(world, media, now)),
        "shortcode": media.shortcode,
        "media_type": media_type,
        "media_product_type": product,
        "timestamp": time(media.at),
        "caption": Some(&content.caption).filter(|caption| !caption.is_empty()),
        "media_url": Some(world.media_url(&content.sha256)).filter(|_| content.kind != Kind::Carousel),
        "thumbnail_url": Some(world.media_url(cover)).filter(|_| content.kind.is_video()),
        "username": world.instagram.accounts.get(&media.account).map(|account| &account.username),
        "is_comment_enabled": media.comments_enabled,
        "comments_count": media.comments.len(),
        "alt_text": Some(&content.alt_text).filter(|text| !text.is_empty()),
        "is_ai_generated": content.ai_generated,
        "is_shared_to_feed": Some(content.share_to_feed).filter(|_| content.kind == Kind::Reel),
    });
    if ask.is_instagram_host() && world.settings.instagram.own_host_hides_captions {
        put(&mut node, "caption", Value::Null);
        put(&mut node, "media_product_type", Value::Null);
    }
    let items = content.children.iter().filter_map(|id| world.instagram.media.get(id));
    let items: Vec<Value> = items.map(|item| self::node(world, item, ask, now)).collect();
    put(&mut node, "children", if items.is_empty() { Value::Null } else { json!({"data": items}) });
    node
}

/// Whether reads know the permalink yet.
fn linked(world: &World, media: &Media, now: Now) -> bool {
    media.at <= now - delta(world.settings.instagram.permalink_delay)
}

/// A medium that reads can see.
fn seen(world: &World, ask: &Ask, now: Now) -> Result<Media, GraphError> {
    let seen_at = world.seen_at(now);
    let media = world.instagram.media.get(ask.at(0)).filter(|media| media.at <= seen_at && !media.gone(now));
    media.cloned().ok_or_else(|| GraphError::unseen(ask.at(0)))
}

pub fn read(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let media = seen(world, ask, now)?;
    reach_through(world, ask, now, &media.account, Need::Read)?;
    let wants_link = ask.params.text("fields").split(',').any(|field| field.trim() == "permalink");
    if wants_link && !linked(world, &media, now) {
        return Err(GraphError::unseen(&media.id));
    }
    pick(node(world, &media, ask, now), ask.params.get("fields"), &[])
}

/// The most that can be listed.
const OLDEST: usize = 10_000;

fn listed(world: &World, ask: &Ask, now: Now, account: &str, stories: bool) -> Result<Value, GraphError> {
    let (seen_at, inside) = (world.seen_at(now), list::window(ask)?);
    let here = |media: &&Media| media.content.kind.is_story() == stories && media.at <= seen_at && !media.gone(now) && inside(media.at);
    let mut media: Vec<&Media> = world.instagram.posts_of(account).filter(here).collect();
    media.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let nodes = media.into_iter().take(OLDEST).map(|media| node(world, media, ask, now)).collect();
    list::page(world, ask, nodes, &[])
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let (_, account) = reach(world, ask, now, ask.at(0), Need::Read)?;
    listed(world, ask, now, &account.id, false)
}

pub fn stories(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let (_, account) = reach(world, ask, now, ask.at(0), Need::Read)?;
    listed(world, ask, now, &account.id, true)
}

pub fn children(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let media = seen(world, ask, now)?;
    reach_through(world, ask, now, &media.account, Need::Read)?;
    let items = media.content.children.iter().filter_map(|id| world.instagram.media.get(id));
    let nodes = items.map(|item| node(world, item, ask, now)).collect();
    list::page(world, ask, nodes, &[])
}

/// `POST /{media}?comment_enabled=…`, the only change that there is.
pub fn switch_comments(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let media = seen(world, ask, now)?;
    reach_through(world, ask, now, &media.account, Need::Comment)?;
    let enabled = match ask.params.get("comment_enabled") {
        None => return Err(GraphError::missing("comment_enabled")),
        Some(text) if is_true(text) => true,
        Some(text) if is_false(text) => false,
        Some(_) => return Err(GraphError::bad("param comment_enabled must be a boolean")),
    };
    if let Some(media) = world.instagram.media.get_mut(&media.id) {
        media.comments_enabled = enabled;
    }
    Ok(json!({"success": true}))
}

/// Only Facebook's host deletes, and only what stands by itself and was posted through an app.
pub fn delete(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let media = seen(world, ask, now)?;
    if ask.is_instagram_host() {
        reach_through(world, ask, now, &media.account, Need::Read)?;
        let message = "Unsupported delete request. Object does not exist, cannot be loaded due to missing permissions, or does not support this operation";
        return Err(GraphError { kind: "GraphMethodException", ..GraphError::new(100, message).sub(33) });
    }
    let (auth, _) = reach_through(world, ask, now, &media.account, Need::Delete)?;
    if !auth.has("instagram_basic") {
        return Err(GraphError::new(10, "(#10) Application does not have permission for this action: instagram_basic"));
    }
    if media.foreign || media.parent.is_some() {
        return Err(refuse(-1, 2_207_073, "Deletion is not supported for this media."));
    }
    if let Some(media) = world.instagram.media.get_mut(&media.id) {
        media.deleted = Some(now);
    }
    Ok(json!({"success": true, "deleted_id": media.id}))
}
