//! Changing and removing posts: `POST /{post}`, `DELETE /{post}`.
//!
//! Always true: a post keeps its id whatever becomes of it; publishing one that is public already changes nothing; what was public is not
//! taken back except by deleting it.

use serde_json::{Value, json};

use super::{
    feed::{attached, check_message, check_photos},
    photos::gone,
    terms::{feed_release, flag, scheduled, surroundings, too_late_to_change},
};
use crate::{
    graph::{
        auth::{authenticate, page_write},
        error::GraphError,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Author, Post, VideoKind},
    },
};

fn own_post(world: &World, ask: &Ask, now: Now) -> Result<Post, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let post = world.facebook.posts.get(ask.at(0)).ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_write(world, &auth, &post.page)?;
    if post.author != Author::App {
        return Err(GraphError::new(200, "(#200) The post was not created by this application"));
    }
    Ok(post.clone())
}

pub fn update(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let mut post = own_post(world, ask, now)?;
    if let Some(message) = ask.params.get("message") {
        check_message(message)?;
        post.message = message.to_owned();
    }
    surroundings(ask, now)?;
    post.live = released(world, ask, &post, now)?;
    if ask.params.names().any(|name| name.starts_with("attached_media")) {
        let photos = attached(ask)?;
        let new: Vec<String> = photos.iter().filter(|id| !post.photos.contains(id)).cloned().collect();
        check_photos(world, &post.page, &new, post.live.is_some_and(|at| at > now), now)?;
        for id in &new {
            if let Some(photo) = world.facebook.photos.get_mut(id) {
                photo.post = Some(post.id.clone());
            }
        }
        post.photos = photos;
    }
    post.hidden = flag(ask, "is_hidden", post.hidden)?;
    post.pinned = flag(ask, "is_pinned", post.pinned)?;
    world.facebook.posts.insert(post.id.clone(), post);
    Ok(json!({"success": true}))
}

/// From when on it is public after this change.
fn released(world: &World, ask: &Ask, post: &Post, now: Now) -> Result<Option<Now>, GraphError> {
    let (publish, time) = (ask.params.get("is_published"), ask.params.get("scheduled_publish_time"));
    if publish.is_none() && time.is_none() {
        return Ok(post.live);
    }
    let publish = flag(ask, "is_published", false)?;
    if post.is_live(now) {
        return if publish && time.is_none() { Ok(post.live) } else { Err(GraphError::bad("A published post cannot be unpublished or scheduled")) };
    }
    if too_late_to_change(post.live, now) {
        return Err(GraphError::bad("The post is published in less than 3 minutes and cannot be changed"));
    }
    match (publish, time) {
        (true, Some(_)) => Err(GraphError::bad("scheduled_publish_time needs is_published to be false")),
        (true, None) => {
            let lost = post.photos.iter().any(|id| world.facebook.photos.get(id).is_none_or(|photo| gone(world, photo, now)));
            if lost { Err(GraphError::bad("A photo of the post does not exist any more")) } else { Ok(Some(now)) }
        }
        (false, Some(time)) => scheduled(time, now, world.settings.facebook.schedule_window).map(Some),
        (false, None) => Ok(None),
    }
}

pub fn delete(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let post = own_post(world, ask, now)?;
    for id in &post.photos {
        world.facebook.photos.remove(id);
    }
    world.facebook.posts.remove(&post.id);
    world.facebook.comments.retain(|_, comment| comment.object != post.id);
    Ok(json!({"success": true}))
}

/// `POST /{video}`
pub fn update_video(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let video = world.facebook.videos.get(ask.at(0)).ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_write(world, &auth, &video.page)?;
    let Some(finish) = video.finish.clone().filter(|_| video.kind != VideoKind::Story) else {
        return Err(GraphError::bad("The video is not finished"));
    };
    let mut finish = finish;
    if let Some(title) = ask.params.get("title").or_else(|| ask.params.get("name")) {
        finish.title = title.to_owned();
    }
    if let Some(description) = ask.params.get("description") {
        check_message(description)?;
        finish.description = description.to_owned();
    }
    if ask.params.get("published").is_some() || ask.params.get("scheduled_publish_time").is_some() {
        let public = finish.live.is_some_and(|at| at <= now);
        let asked = feed_release(world, ask, now)?;
        finish.live = match (public, asked) {
            (true, Some(at)) if at <= now => finish.live,
            (true, _) => return Err(GraphError::bad("A published video cannot be unpublished or scheduled")),
            (false, _) if too_late_to_change(finish.live, now) => {
                return Err(GraphError::bad("The video is published in less than 3 minutes and cannot be changed"));
            }
            (false, asked) => asked,
        };
    }
    if let Some(video) = world.facebook.videos.get_mut(ask.at(0)) {
        video.finish = Some(finish);
    }
    Ok(json!({"success": true}))
}

pub fn delete_video(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let video = world.facebook.video(ask.at(0)).ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_write(world, &auth, &video.page)?;
    let id = video.id.clone();
    world.facebook.videos.remove(&id);
    world.facebook.comments.retain(|_, comment| comment.object != id);
    Ok(json!({"success": true}))
}
