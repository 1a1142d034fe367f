//! `POST /{page}/feed`: text, link and multi-photo posts.
//!
//! Always true: what is answered with an id and not held back is visible from that moment; a photo goes into one post only. A link to this
//! machine is really fetched, any other is looked up in the table of those that cannot be scraped.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    photos::gone,
    terms::{feed_release, flag, surroundings, tagged_people},
};
use crate::{
    address::{host, is_loopback},
    graph::{
        auth::{authenticate, page_write},
        error::GraphError,
        fields::pick,
    },
    http::{
        fetch::{Far, Reached},
        request::Ask,
    },
    world::{
        Now, World,
        facebook::{Author, Post},
    },
};

/// As clients have found out; the documents do not say it.
pub const MESSAGE_UNITS: usize = 63_206;

/// A post that nothing speaks against.
struct Draft {
    page: String,
    message: String,
    link: Option<String>,
    photos: Vec<String>,
    live: Option<Now>,
}

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Far>, GraphError> {
    let draft = check(world, ask, now)?;
    let local = draft.link.filter(|link| host(link).is_some_and(|host| is_loopback(&host)));
    Ok(local.map(|url| Far { url, cap: 1 << 20, redirects: true }))
}

pub fn post(world: &mut World, ask: &Ask, now: Now, reached: Option<Reached>) -> Result<Value, GraphError> {
    let draft = check(world, ask, now)?;
    if let (Some(link), Some(Err(_))) = (&draft.link, &reached) {
        return Err(unscrapable(link));
    }
    if world.settings.refuse_duplicates && is_repeat(world, &draft, now) {
        return Err(GraphError::new(506, "(#506) Duplicate status message"));
    }
    let id = make(world, &draft.page, draft.message, draft.link, draft.photos, draft.live, now);
    let node = json!({"id": id, "permalink_url": world.facebook_link(&id)});
    pick(node, ask.params.get("fields"), &[])
}

fn check(world: &World, ask: &Ask, now: Now) -> Result<Draft, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let message = ask.params.text("message").to_owned();
    let link = ask.params.get("link").filter(|link| !link.is_empty()).map(str::to_owned);
    let photos = attached(ask)?;
    if message.is_empty() && link.is_none() && photos.is_empty() {
        return Err(GraphError::bad("Missing message or attachment"));
    }
    check_message(&message)?;
    surroundings(ask, now)?;
    tagged_people(ask)?;
    check_card(world, ask, link.is_some())?;
    if let Some(link) = &link {
        if !photos.is_empty() {
            return Err(GraphError::bad("A link and attached_media cannot be combined"));
        }
        check_link(world, link)?;
    }
    let live = feed_release(world, ask, now)?;
    let scheduled = live.is_some_and(|at| at > now);
    check_photos(world, &page, &photos, scheduled, now)?;
    if scheduled && !photos.is_empty() && ask.params.text("unpublished_content_type") != "SCHEDULED" {
        return Err(GraphError::bad("A scheduled post with photos needs unpublished_content_type SCHEDULED"));
    }
    Ok(Draft { page, message, link, photos, live })
}

pub fn check_message(message: &str) -> Result<(), GraphError> {
    if message.encode_utf16().count() > MESSAGE_UNITS {
        return Err(GraphError::bad("param message must be shorter"));
    }
    Ok(())
}

fn unscrapable(link: &str) -> GraphError {
    GraphError::new(100, format!("(#100) Could not scrape URL {link}"))
        .sub(1_609_005)
        .user("Could not scrape URL", "The link could not be scraped. Make sure that it is valid and that it can be reached.")
}

fn check_link(world: &World, link: &str) -> Result<(), GraphError> {
    let Some(host) = host(link).filter(|_| !link.contains(char::is_whitespace)) else {
        return Err(GraphError::new(100, "(#100) The url you supplied is invalid").sub(2_061_006));
    };
    if host == "facebook.com" || host.ends_with(".facebook.com") {
        return Err(GraphError::new(100, "(#100) Links to facebook.com are not allowed").sub(1_609_008));
    }
    let table = &world.settings.facebook.unscrapable_hosts;
    if table.iter().any(|known| host == *known || host.ends_with(&format!(".{known}"))) {
        return Err(unscrapable(link));
    }
    Ok(())
}

/// What goes around a link, and what goes with a text.
fn check_card(world: &World, ask: &Ask, link: bool) -> Result<(), GraphError> {
    if ["name", "description", "picture", "thumbnail"].iter().any(|name| ask.params.get(name).is_some()) {
        return Err(GraphError::bad("Only owners of the URL have the ability to specify the picture, name, thumbnail or description params."));
    }
    if let Some(action) = super::terms::json(ask, "call_to_action", false)?
        && !action.get("type").is_some_and(Value::is_string)
    {
        return Err(GraphError::bad("param call_to_action must have a type"));
    }
    if let Some(preset) = ask.params.get("text_format_preset_id")
        && !world.settings.facebook.text_formats.iter().any(|known| known == preset)
    {
        return Err(GraphError::bad("param text_format_preset_id is not a preset that can be used"));
    }
    let Some(cards) = super::terms::json(ask, "child_attachments", true)? else {
        return Ok(());
    };
    if !link {
        return Err(GraphError::bad("child_attachments need a link"));
    }
    let cards = cards.as_array().map_or(&[][..], Vec::as_slice);
    let most = if flag(ask, "multi_share_optimized", false)? { 10 } else { 5 };
    if !(2..=most).contains(&cards.len()) {
        return Err(GraphError::bad(format!("param child_attachments must have 2 to {most} elements")));
    }
    if !cards.iter().all(|card| card.get("link").is_some_and(Value::is_string)) {
        return Err(GraphError::bad("each of child_attachments must have a link"));
    }
    Ok(())
}

pub fn check_photos(world: &World, page: &str, photos: &[String], scheduled: bool, now: Now) -> Result<(), GraphError> {
    for id in photos {
        if world.facebook.videos.contains_key(id) {
            return Err(GraphError::bad(format!("Invalid media_fbid {id}: only photos can be attached")));
        }
        let photo = world.facebook.photos.get(id).filter(|photo| photo.page == page && !gone(world, photo, now));
        let Some(photo) = photo else {
            return Err(GraphError::bad(format!("Invalid media_fbid {id}")));
        };
        if photo.post.is_some() {
            return Err(already_posted());
        }
        if scheduled && !photo.temporary {
            return Err(GraphError::bad(format!("The photo {id} of a scheduled post must be temporary")));
        }
    }
    let mut once = photos.to_vec();
    once.sort();
    once.dedup();
    if once.len() != photos.len() {
        return Err(GraphError::bad("attached_media names a photo twice"));
    }
    Ok(())
}

pub fn already_posted() -> GraphError {
    GraphError::new(100, "(#100) Photos were already posted").sub(1_366_051).user("Already posted", "These photos were already posted.")
}

/// The ids of `attached_media`: JSON text, or indexed keys with JSON in each.
pub fn attached(ask: &Ask) -> Result<Vec<String>, GraphError> {
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

fn is_repeat(world: &World, draft: &Draft, now: Now) -> bool {
    let same = |post: &Post| post.page == draft.page && post.message == draft.message && post.link == draft.link;
    let mut posts = world.facebook.posts.values();
    posts.any(|post| same(post) && draft.photos.is_empty() && post.created + TimeDelta::minutes(10) > now)
}

/// The post's id.
pub fn make(world: &mut World, page: &str, message: String, link: Option<String>, photos: Vec<String>, live: Option<Now>, now: Now) -> String {
    let id = format!("{page}_{}", world.id(122_400_000_000_000));
    for photo in &photos {
        if let Some(photo) = world.facebook.photos.get_mut(photo) {
            photo.post = Some(id.clone());
        }
    }
    let post = Post {
        id: id.clone(),
        page: page.to_owned(),
        message,
        link,
        photos,
        created: now,
        live,
        author: Author::App,
        hidden: false,
        pinned: false,
        on_timeline: true,
    };
    world.facebook.posts.insert(id.clone(), post);
    id
}
