//! Reels: start, finish, status, list. Their bytes come through `graph/rupload.rs`.
//!
//! Always true: the id is known before anything is visible; finishing is an acknowledgement, published is what `status` says.

use serde_json::{Value, json};

use crate::{
    graph::{
        auth::{authenticate, page_read, page_write},
        error::GraphError,
        fields::pick,
        list,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Finish, Video},
        sink::SharedSink,
        token::DAY,
    },
};

const REELS_PER_DAY: usize = 30;

pub fn start(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let id = world.id(122_500_000_000_000);
    let version = ask.version.as_deref().unwrap_or("v26.0");
    let upload_url = format!("{}/facebook/upload/video-upload/{version}/{id}", world.base);
    let video = Video { id: id.clone(), page, created: now, sink: SharedSink::default(), size: None, uploaded: None, finish: None, again: Vec::new() };
    world.facebook.videos.insert(id.clone(), video);
    Ok(json!({"video_id": id, "upload_url": upload_url}))
}

pub fn finish(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    if ask.params.text("upload_phase") != "finish" {
        return Err(GraphError::bad("upload_phase must be one of start, finish"));
    }
    let id = ask.params.get("video_id").ok_or_else(|| GraphError::missing("video_id"))?.to_owned();
    let draft = match ask.params.text("video_state") {
        "PUBLISHED" => false,
        "DRAFT" => true,
        "" => return Err(GraphError::missing("video_state")),
        _ => return Err(GraphError::bad("video_state must be PUBLISHED or DRAFT")),
    };
    let video = world.facebook.videos.get(&id).filter(|video| video.page == page);
    let Some(video) = video else {
        return Err(GraphError::bad(format!("Invalid video_id {id}")));
    };
    if video.created + DAY <= now && video.finish.is_none() {
        return Err(GraphError::new(6000, "(#6000) The upload session has expired"));
    }
    if video.uploaded.is_none() {
        return Err(GraphError::new(6000, "(#6000) Video Upload Is Missing"));
    }
    let repeated = video.finish.as_ref().is_some_and(|finish| !finish.draft);
    if repeated && !world.settings.republishing_makes_another {
        return Err(GraphError::bad("The video has already been published"));
    }
    let recent = |video: &&Video| {
        let finished = video.finish.as_ref().filter(|finish| !finish.draft);
        video.page == page && finished.is_some_and(|finish| finish.at + DAY > now)
    };
    if world.settings.quotas && !draft && world.facebook.videos.values().filter(recent).count() >= REELS_PER_DAY {
        return Err(GraphError::new(80_001, "(#80001) There have been too many reels published to this Page in the last 24 hours"));
    }
    let post_id = format!("{page}_{}", world.id(122_400_000_000_000));
    let Some(video) = world.facebook.videos.get_mut(&id) else {
        return Err(GraphError::unseen(&id));
    };
    if repeated {
        video.again.push(now);
    } else {
        video.finish =
            Some(Finish { at: now, draft, description: ask.params.text("description").to_owned(), title: ask.params.text("title").to_owned(), post_id });
    }
    Ok(json!({"success": true}))
}

pub fn status(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let video = world.facebook.videos.get(ask.at(0)).ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_read(world, &auth, &video.page)?;
    pick(node(world, video, now), ask.params.get("fields"), &["description", "updated_time"])
}

/// What reads see: what happened later than `seen` has not happened for them, except that bytes are counted at once.
fn node(world: &World, video: &Video, now: Now) -> Value {
    let seen = world.seen_at(now);
    let finish = video.finish.as_ref().filter(|finish| finish.at <= seen);
    let live = video.live_since().filter(|at| *at <= seen);
    let title = finish.map(|finish| finish.title.as_str()).filter(|title| !title.is_empty());
    json!({
        "id": video.id,
        "status": status_of(world, video, now),
        "published": live.is_some(),
        "post_id": live.and(finish).map(|finish| &finish.post_id),
        "permalink_url": live.map(|_| world.facebook_link(&video.id)),
        "description": finish.map(|finish| &finish.description),
        "title": title,
        "created_time": crate::graph::time(video.created),
        "updated_time": live.unwrap_or(video.created).timestamp(),
    })
}

fn status_of(world: &World, video: &Video, now: Now) -> Value {
    let seen = world.seen_at(now);
    let complete = if world.settings.phases_say_completed { "completed" } else { "complete" };
    let bytes = video.sink.lock().length();
    let finish = video.finish.as_ref().filter(|finish| finish.at <= seen);
    let Some(uploaded) = &video.uploaded else {
        let word = if bytes == 0 { "not_started" } else { "in_progress" };
        let expired = video.created + DAY <= now;
        return json!({
            "video_status": if expired { "expired" } else { "uploading" },
            "uploading_phase": {"status": word, "bytes_transfered": bytes, "source_file_size": video.size},
            "processing_phase": {"status": "not_started"},
            "publishing_phase": {"status": "not_started"},
        });
    };
    let uploading = json!({"status": complete, "bytes_transfered": bytes, "source_file_size": video.size});
    let processed = uploaded.processed <= seen;
    if let Some((code, message)) = uploaded.failure.filter(|_| processed) {
        return json!({
            "video_status": "error",
            "uploading_phase": uploading,
            "processing_phase": {"status": "error", "errors": [{"code": code, "message": message}]},
            "publishing_phase": {"status": "not_started"},
        });
    }
    let publishing = match (finish, video.live_since().filter(|at| *at <= seen)) {
        (Some(_), Some(at)) => {
            json!({"status": complete, "publish_status": "published", "publish_time": at.timestamp()})
        }
        (Some(finish), None) if finish.draft => {
            json!({"status": complete, "publish_status": "draft"})
        }
        (Some(_), None) => json!({"status": "in_progress"}),
        (None, _) => json!({"status": "not_started"}),
    };
    let status = match (processed, finish.is_some()) {
        (true, true) => "ready",
        (true, false) => "upload_complete",
        (false, _) => "processing",
    };
    json!({
        "video_status": status,
        "uploading_phase": uploading,
        "processing_phase": {"status": if processed { complete } else { "in_progress" }},
        "publishing_phase": publishing,
    })
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_read(world, &auth, ask.at(0))?.id.clone();
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let live = |video: &&Video| video.page == page && video.live_since().is_some_and(|at| at <= seen && inside(at));
    let mut videos: Vec<&Video> = world.facebook.videos.values().filter(live).collect();
    videos.sort_by_key(|video| std::cmp::Reverse(video.live_since()));
    let nodes = videos.into_iter().map(|video| node(world, video, now)).collect();
    list::page(world, ask, nodes, &["description", "updated_time"])
}
