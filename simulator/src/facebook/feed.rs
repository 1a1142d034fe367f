//! `POST /{page}/feed`: text, link and multi-photo posts.
//!
//! Always true: what is answered with an id is visible from that moment; a photo goes into one post only.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::photos::gone;
use crate::{
    graph::{
        auth::{authenticate, page_write},
        error::GraphError,
        fields::pick,
        is_false,
    },
    http::request::Ask,
    world::{Now, World, facebook::Post},
};

/// As clients have found out; the documents do not say it.
const MESSAGE_UNITS: usize = 63_206;

pub fn post(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let message = ask.params.text("message").to_owned();
    let link = ask.params.get("link").filter(|link| !link.is_empty()).map(str::to_owned);
    let photos = attached(ask)?;
    if message.is_empty() && link.is_none() && photos.is_empty() {
        return Err(GraphError::bad("Missing message or attachment"));
    }
    if message.encode_utf16().count() > MESSAGE_UNITS {
        return Err(GraphError::bad("param message must be shorter"));
    }
    if is_false(ask.params.text("published")) {
        return Err(GraphError::bad("unpublished posts are not part of this simulation"));
    }
    if let Some(link) = &link {
        if !photos.is_empty() {
            return Err(GraphError::bad("A link and attached_media cannot be combined"));
        }
        check_link(link)?;
    }
    for id in &photos {
        let photo = world.facebook.photos.get(id).filter(|photo| photo.page == page && !gone(photo, now));
        let Some(photo) = photo else {
            return Err(GraphError::bad(format!("Invalid media_fbid {id}")));
        };
        if photo.post.is_some() {
            return Err(GraphError::new(100, "Photos were already posted").sub(1_366_051).user("Already posted", "These photos were already posted."));
        }
    }
    let mut once = photos.clone();
    once.sort();
    once.dedup();
    if once.len() != photos.len() {
        return Err(GraphError::bad("attached_media names a photo twice"));
    }
    if world.settings.refuse_duplicates && is_repeat(world, &page, &message, &photos, now) {
        return Err(GraphError::new(506, "(#506) Duplicate status message"));
    }
    let id = make(world, &page, message, link, photos, now);
    let node = json!({"id": id, "permalink_url": world.facebook_link(&id)});
    pick(node, ask.params.get("fields"), &[])
}

fn check_link(link: &str) -> Result<(), GraphError> {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or("");
    if host.is_empty() {
        return Err(GraphError::new(100, "(#100) The url you supplied is invalid").sub(2_061_006));
    }
    if host == "facebook.com" || host.ends_with(".facebook.com") {
        return Err(GraphError::new(100, "(#100) Links to facebook.com are not allowed").sub(1_609_008));
    }
    Ok(())
}

/// The ids of `attached_media`: JSON text, or indexed keys with JSON in each.
fn attached(ask: &Ask) -> Result<Vec<String>, GraphError> {
    let wrong = || GraphError::bad("param attached_media must be an array of objects with media_fbid");
    let id_of = |item: &Value| item.get("media_fbid").and_then(Value::as_str).map(str::to_owned).ok_or_else(wrong);
    if let Some(text) = ask.params.get("attached_media") {
        let items: Vec<Value> = serde_json::from_str(text).map_err(|_| wrong())?;
        return items.iter().map(id_of).collect();
    }
    let mut indexed = Vec::new();
    for (name, value) in ask.params.iter() {
        let index = name.strip_prefix("attached_media[").and_then(|rest| rest.strip_suffix(']'));
        if let Some(index) = index {
            let index: usize = index.parse().map_err(|_| wrong())?;
            let item: Value = serde_json::from_str(value).map_err(|_| wrong())?;
            indexed.push((index, id_of(&item)?));
        }
    }
    indexed.sort();
    Ok(indexed.into_iter().map(|(_, id)| id).collect())
}

fn is_repeat(world: &World, page: &str, message: &str, photos: &[String], now: Now) -> bool {
    let mut posts = world.facebook.posts.values();
    posts.any(|post| post.page == page && post.message == message && photos.is_empty() && post.created + TimeDelta::minutes(10) > now)
}

/// The post's id.
pub fn make(world: &mut World, page: &str, message: String, link: Option<String>, photos: Vec<String>, now: Now) -> String {
    let id = format!("{page}_{}", world.id(122_400_000_000_000));
    for photo in &photos {
        if let Some(photo) = world.facebook.photos.get_mut(photo) {
            photo.post = Some(id.clone());
        }
    }
    let post = Post { id: id.clone(), page: page.to_owned(), message, link, photos, created: now };
    world.facebook.posts.insert(id.clone(), post);
    id
}
