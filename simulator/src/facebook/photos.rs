//! `/{page}/photos`, and single photos.
//!
//! Always true: an unpublished photo is seen by nobody and can go into one post; after a day it is gone.

use serde_json::{Value, json};

use super::feed;
use crate::{
    graph::{
        auth::{authenticate, page_read, page_write},
        error::GraphError,
        fields::pick,
        is_false, is_true,
    },
    http::{
        fetch::{Fetched, Wanted},
        request::Ask,
    },
    world::{Now, World, facebook::Photo, image, sink::sha256_hex, token::DAY},
};

const LARGEST: usize = 10 << 20;

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Wanted>, GraphError> {
    let auth = authenticate(world, ask, now)?;
    page_write(world, &auth, ask.at(0))?;
    let url = ask.params.get("url");
    match (url, ask.files.len()) {
        (Some(_), 1..) => Err(GraphError::new(324, "(#324) Requires one image, not a file and a url")),
        (Some(url), 0) => Ok(Some(Wanted { url: url.to_owned(), cap: LARGEST as u64 })),
        (None, 1) => Ok(None),
        (None, _) => Err(GraphError::new(324, "(#324) Missing or invalid image file")),
    }
}

pub fn create(world: &mut World, ask: &Ask, now: Now, fetched: Option<Fetched>) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let unusable = || GraphError::new(324, "(#324) Missing or invalid image file");
    let bytes = match &fetched {
        Some(Ok((bytes, kind))) if kind.starts_with("image/") => bytes,
        Some(_) => return Err(unusable()),
        None => ask.files.first().ok_or_else(unusable)?,
    };
    let picture = image::picture(bytes).ok_or_else(unusable)?;
    if bytes.len() > LARGEST {
        let message = "Photos should be less than 4 MB and saved as JPG, PNG, GIF, TIFF, HEIF or WebP files.";
        return Err(GraphError::new(100, message).sub(1_366_046));
    }
    let hidden = is_false(ask.params.text("published"));
    if is_true(ask.params.text("temporary")) && !hidden {
        return Err(GraphError::bad("temporary photos must be unpublished"));
    }
    let caption = ask.params.get("caption").or_else(|| ask.params.get("message")).unwrap_or("").to_owned();
    let id = world.id(122_300_000_000_000);
    let photo = Photo {
        id: id.clone(),
        page: page.clone(),
        sha256: sha256_hex(bytes),
        width: picture.width,
        height: picture.height,
        alt_text: ask.params.text("alt_text_custom").to_owned(),
        caption: caption.clone(),
        created: now,
        post: None,
    };
    world.facebook.photos.insert(id.clone(), photo);
    if hidden {
        return Ok(json!({"id": id}));
    }
    let post = feed::make(world, &page, caption, None, vec![id.clone()], now);
    Ok(json!({"id": id, "post_id": post}))
}

/// Unpublished photos are kept for a day.
pub fn gone(photo: &Photo, now: Now) -> bool {
    photo.post.is_none() && photo.created + DAY <= now
}

pub fn read(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let seen = world.seen_at(now);
    let photo = world.facebook.photos.get(ask.at(0)).filter(|photo| !gone(photo, now) && photo.created <= seen);
    let photo = photo.ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_read(world, &auth, &photo.page)?;
    let node = json!({
        "id": photo.id,
        "link": world.facebook_link(&photo.id),
        "name": photo.caption,
        "alt_text": null,
        "alt_text_custom": Some(&photo.alt_text).filter(|text| !text.is_empty()),
        "images": [{"width": photo.width, "height": photo.height, "source": world.avatar_url(&photo.id)}],
        "page_story_id": photo.post,
        "created_time": crate::graph::time(photo.created),
        "width": photo.width,
        "height": photo.height,
    });
    pick(node, ask.params.get("fields"), &["created_time", "name"])
}

pub fn delete(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let photo = world.facebook.photos.get(ask.at(0)).filter(|photo| !gone(photo, now)).cloned();
    let photo = photo.ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_write(world, &auth, &photo.page)?;
    world.facebook.photos.remove(&photo.id);
    if let Some(post) = photo.post.and_then(|post| world.facebook.posts.get_mut(&post)) {
        post.photos.retain(|id| *id != photo.id);
    }
    Ok(json!({"success": true}))
}
