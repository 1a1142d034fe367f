//! Stories: a photo by its id, a video in phases, and the list that tells which media became one.
//!
//! Always true: a story is public for a day; its photo was in no post before, and no post takes it afterwards.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{feed::already_posted, photos::gone, videos::reels};
use crate::{
    graph::{
        auth::{authenticate, page_content, page_write},
        error::GraphError,
        list,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Finish, PhotoStory, VideoKind},
    },
};

/// How long a story is public.
pub const LIFE: TimeDelta = TimeDelta::hours(24);

pub fn photo(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let id = ask.params.get("photo_id").ok_or_else(|| GraphError::missing("photo_id"))?.to_owned();
    let photo = world.facebook.photos.get(&id).filter(|photo| photo.page == page && !gone(world, photo, now));
    let photo = photo.ok_or_else(|| GraphError::bad(format!("Invalid photo_id {id}")))?;
    if photo.post.is_some() {
        return Err(already_posted());
    }
    let post_id = story_id(world);
    world.facebook.photo_stories.insert(post_id.clone(), PhotoStory { post_id: post_id.clone(), page, photo: id.clone(), at: now });
    if let Some(photo) = world.facebook.photos.get_mut(&id) {
        photo.post = Some(post_id.clone());
    }
    Ok(acknowledged(&post_id))
}

/// A bare number, unlike the ids of posts.
fn story_id(world: &mut World) -> String {
    world.id(122_700_000_000_000)
}

fn acknowledged(post_id: &str) -> Value {
    json!({"success": true, "post_id": post_id.parse::<u64>().unwrap_or(0)})
}

pub fn start(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    if ask.params.get("file_url").is_some() {
        return Err(GraphError::new(6000, "(#6000) There was a problem uploading your video file. Please try again with another file."));
    }
    reels::begin(world, ask, now, VideoKind::Story)
}

pub fn finish(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let id = reels::uploaded(world, ask, &page, VideoKind::Story, now)?;
    let post_id = story_id(world);
    let Some(video) = world.facebook.videos.get_mut(&id) else {
        return Err(GraphError::unseen(&id));
    };
    if video.finish.is_some() {
        video.again.push(now);
    } else {
        video.finish = Some(Finish { at: now, live: Some(now), description: String::new(), title: String::new(), post_id });
    }
    Ok(acknowledged(video.finish.as_ref().map_or("", |finish| finish.post_id.as_str())))
}

struct Story {
    post_id: String,
    media_id: String,
    kind: &'static str,
    at: Now,
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_content(world, &auth, ask.at(0))?.id.clone();
    let wanted = statuses(ask)?;
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let mut stories = of_page(world, &page);
    stories.retain(|story| story.at <= seen && inside(story.at));
    stories.sort_by(|a, b| (b.at, &b.post_id).cmp(&(a.at, &a.post_id)));
    let archive = world.settings.facebook.story_archive;
    let nodes = stories.iter().filter_map(|story| {
        let status = if story.at + LIFE > now { "PUBLISHED" } else { "ARCHIVED" };
        let shown = (status == "PUBLISHED" || archive) && wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|word| word == status));
        shown.then(|| {
            json!({"post_id": story.post_id, "status": status, "creation_time": story.at.timestamp().to_string(), "media_type": story.kind,
                "media_id": story.media_id, "url": world.facebook_link(&story.post_id)})
        })
    });
    list::page(world, ask, nodes.collect(), &["post_id", "status", "creation_time", "media_type", "media_id", "url"])
}

fn of_page(world: &World, page: &str) -> Vec<Story> {
    let photos = world.facebook.photo_stories.values().filter(|story| story.page == page);
    let photos = photos.map(|story| Story { post_id: story.post_id.clone(), media_id: story.photo.clone(), kind: "photo", at: story.at });
    let videos = world.facebook.videos.values().filter(|video| video.page == page && video.kind == VideoKind::Story);
    let videos = videos.filter_map(|video| {
        Some(Story { post_id: video.finish.as_ref()?.post_id.clone(), media_id: video.id.clone(), kind: "video", at: video.live_since()? })
    });
    photos.chain(videos).collect()
}

/// `[PUBLISHED]` as the documents write it, `["PUBLISHED"]` as JSON, or a bare word.
fn statuses(ask: &Ask) -> Result<Option<Vec<String>>, GraphError> {
    let Some(text) = ask.params.get("status") else {
        return Ok(None);
    };
    let words: Vec<String> =
        text.trim_matches(['[', ']']).split(',').map(|word| word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| word != "PUBLISHED" && word != "ARCHIVED") {
        return Err(GraphError::bad("param status must be an array of PUBLISHED and ARCHIVED"));
    }
    Ok(Some(words))
}
