//! `/{page}/photos`, and single photos.
//!
//! Always true: an unpublished photo is seen by nobody and can go into one post or story; after a day it is gone, unless a scheduled post
//! waits with it.

use serde_json::{Value, json};

use super::{
    feed,
    terms::{feed_release, flag, json as json_param, reachable, surroundings},
};
use crate::{
    graph::{
        auth::{authenticate, page_content, page_write},
        error::GraphError,
        fields::pick,
    },
    http::{
        fetch::{Fetched, Wanted},
        request::Ask,
    },
    world::{Now, World, facebook::Photo, image, sink::sha256_hex, token::DAY},
};

const LARGEST: usize = 10 << 20;
const LARGEST_STRICT: usize = 4 << 20;

/// How the photo is made public, if at all.
struct Terms {
    page: String,
    live: Option<Now>,
    temporary: bool,
    story: bool,
}

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Wanted>, GraphError> {
    terms(world, ask, now)?;
    let url = ask.params.get("url");
    match (url, ask.files.len()) {
        (Some(_), 1..) => Err(GraphError::new(324, "(#324) Requires one image, not a file and a url")),
        (Some(url), 0) if reachable(world, url) => Ok(Some(Wanted { url: url.to_owned(), cap: LARGEST as u64 })),
        (None, 1) => Ok(None),
        (_, _) => Err(unusable()),
    }
}

fn unusable() -> GraphError {
    GraphError::new(324, "(#324) Missing or invalid image file")
}

fn terms(world: &World, ask: &Ask, now: Now) -> Result<Terms, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let live = feed_release(world, ask, now)?;
    let temporary = flag(ask, "temporary", false)?;
    if temporary && live.is_some() {
        return Err(GraphError::bad("temporary photos must be unpublished and not scheduled"));
    }
    surroundings(ask, now)?;
    for tag in json_param(ask, "tags", true)?.iter().flat_map(|tags| tags.as_array()).flatten() {
        let share = |name: &str| tag.get(name).and_then(Value::as_f64).is_some();
        if !(share("x") && share("y") && tag.get("tag_uid").is_some()) {
            return Err(GraphError::bad("each of tags needs x, y and tag_uid"));
        }
    }
    feed::check_message(caption(ask))?;
    Ok(Terms { page, live, temporary, story: !flag(ask, "no_story", false)? })
}

fn caption(ask: &Ask) -> &str {
    ask.params.get("caption").or_else(|| ask.params.get("message")).unwrap_or("")
}

pub fn create(world: &mut World, ask: &Ask, now: Now, fetched: Option<Fetched>) -> Result<Value, GraphError> {
    let terms = terms(world, ask, now)?;
    let bytes = match &fetched {
        Some(Ok((bytes, kind))) if kind.starts_with("image/") => bytes,
        Some(_) => return Err(unusable()),
        None => &ask.files.first().ok_or_else(unusable)?.bytes,
    };
    let largest = if world.settings.facebook.photos_under_4_mb { LARGEST_STRICT } else { LARGEST };
    if bytes.len() > largest || image::is_modern(bytes) {
        let message = "Photos should be less than 4 MB and saved as JPG or PNG files.";
        return Err(GraphError::new(100, format!("(#100) {message}")).sub(1_366_046).user("Can't Read Files", message));
    }
    let picture = image::picture(bytes).ok_or_else(unusable)?;
    let caption = caption(ask).to_owned();
    let (id, sha256) = (world.id(122_300_000_000_000), sha256_hex(bytes));
    world.gallery.keep(&sha256, vec![bytes.as_slice().into()]);
    let photo = Photo {
        id: id.clone(),
        page: terms.page.clone(),
        sha256,
        width: picture.width,
        height: picture.height,
        alt_text: ask.params.text("alt_text_custom").to_owned(),
        caption: caption.clone(),
        created: now,
        temporary: terms.temporary,
        post: None,
    };
    world.facebook.photos.insert(id.clone(), photo);
    if terms.live.is_none() {
        return Ok(json!({"id": id}));
    }
    let post = feed::make(world, &terms.page, caption, None, vec![id.clone()], terms.live, now);
    if terms.story {
        return Ok(json!({"id": id, "post_id": post}));
    }
    if let Some(post) = world.facebook.posts.get_mut(&post) {
        post.on_timeline = false;
    }
    Ok(json!({"id": id}))
}

/// Unpublished photos are kept for a day, also in a post that is itself unpublished.
pub fn gone(world: &World, photo: &Photo, now: Now) -> bool {
    let used = photo.post.as_ref().is_some_and(|post| world.facebook.posts.get(post).is_none_or(|post| post.live.is_some()));
    !used && photo.created + DAY <= now
}

fn find<'a>(world: &'a World, id: &str, now: Now) -> Result<&'a Photo, GraphError> {
    world.facebook.photos.get(id).filter(|photo| !gone(world, photo, now)).ok_or_else(|| GraphError::unseen(id))
}

pub fn read(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let photo = find(world, ask.at(0), now)?;
    if photo.created > world.seen_at(now) {
        return Err(GraphError::unseen(ask.at(0)));
    }
    page_content(world, &auth, &photo.page)?;
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
    let photo = find(world, ask.at(0), now)?.clone();
    page_write(world, &auth, &photo.page)?;
    world.facebook.photos.remove(&photo.id);
    if let Some(post) = photo.post.and_then(|post| world.facebook.posts.get_mut(&post)) {
        post.photos.retain(|id| *id != photo.id);
    }
    Ok(json!({"success": true}))
}
