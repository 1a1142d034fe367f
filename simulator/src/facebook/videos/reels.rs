//! Reels: start, finish, list. Their bytes come through `graph/rupload.rs`, as those of video stories do.
//!
//! Always true: the id is known before anything is visible; finishing is an acknowledgement, published is what `status` says.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::node;
use crate::{
    facebook::{feed::check_message, terms},
    graph::{
        auth::{authenticate, page_content, page_write},
        error::GraphError,
        list,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Finish, Video, VideoKind},
        token::DAY,
    },
};

use crate::facebook::switches::SpecErrors;

const REELS_PER_DAY: usize = 30;
/// More than ten minutes ahead, and at most 29 days.
const WINDOW: (Duration, Duration) = (Duration::from_secs(601), Duration::from_secs(29 * 86_400));

pub fn start(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    begin(world, ask, now, VideoKind::Reel)
}

/// A session for a reel's or a story's bytes.
pub fn begin(world: &mut World, ask: &Ask, now: Now, kind: VideoKind) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let id = world.id(122_500_000_000_000);
    let version = ask.version.as_deref().unwrap_or("v26.0");
    let version = if world.settings.facebook.upload_url_without_version { String::new() } else { format!("{version}/") };
    let upload_url = format!("{}/facebook/upload/video-upload/{version}{id}", world.base);
    world.facebook.videos.insert(id.clone(), Video::new(id.clone(), page, kind, now));
    Ok(json!({"video_id": id, "upload_url": upload_url}))
}

/// The id of a video that can be finished now.
pub fn uploaded(world: &World, ask: &Ask, page: &str, kind: VideoKind, now: Now) -> Result<String, GraphError> {
    if ask.params.text("upload_phase") != "finish" {
        return Err(GraphError::bad("upload_phase must be one of start, finish"));
    }
    let id = ask.params.get("video_id").ok_or_else(|| GraphError::missing("video_id"))?.to_owned();
    let video = world.facebook.videos.get(&id).filter(|video| video.page == page && video.kind == kind);
    let video = video.ok_or_else(|| GraphError::bad(format!("Invalid video_id {id}")))?;
    if video.expired(now) {
        return Err(GraphError::new(6000, "(#6000) The upload session has expired"));
    }
    let uploaded = video.uploaded.as_ref().ok_or_else(|| GraphError::new(6000, "(#6000) Video Upload Is Missing"))?;
    if let Some(failure) = uploaded.failures.first() {
        let code = i32::try_from(failure.code).unwrap_or(100);
        match world.settings.facebook.spec_errors {
            SpecErrors::Code => return Err(GraphError::new(code, failure.message.clone())),
            SpecErrors::Subcode => return Err(GraphError::bad(&failure.message).sub(failure.code)),
            SpecErrors::Phase | SpecErrors::QuietPhase => {}
        }
    }
    let repeated = video.finish.as_ref().is_some_and(|finish| finish.live.is_some());
    if repeated && !world.settings.republishing_makes_another {
        return Err(GraphError::bad("The video has already been published"));
    }
    Ok(id)
}

pub fn finish(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_write(world, &auth, ask.at(0))?.id.clone();
    let id = uploaded(world, ask, &page, VideoKind::Reel, now)?;
    check_message(ask.params.text("description"))?;
    terms::surroundings(ask, now)?;
    let time = ask.params.get("scheduled_publish_time");
    let live = match (ask.params.text("video_state"), time) {
        ("SCHEDULED", Some(time)) => Some(terms::scheduled(time, now, WINDOW)?),
        ("SCHEDULED", None) => return Err(GraphError::missing("scheduled_publish_time")),
        ("PUBLISHED" | "DRAFT", Some(_)) => return Err(GraphError::bad("scheduled_publish_time needs video_state SCHEDULED")),
        ("PUBLISHED", None) => Some(now),
        ("DRAFT", None) => None,
        ("", _) => return Err(GraphError::missing("video_state")),
        _ => return Err(GraphError::bad("video_state must be one of PUBLISHED, DRAFT, SCHEDULED")),
    };
    if world.settings.quotas && live.is_some() && published_today(world, &page, now) >= REELS_PER_DAY {
        return Err(GraphError::new(80_001, "(#80001) There have been too many reels published to this Page in the last 24 hours"));
    }
    let post_id = format!("{page}_{}", world.id(122_400_000_000_000));
    let Some(video) = world.facebook.videos.get_mut(&id) else {
        return Err(GraphError::unseen(&id));
    };
    if video.finish.as_ref().is_some_and(|finish| finish.live.is_some()) {
        video.again.push(now);
    } else {
        let (description, title) = (ask.params.text("description").to_owned(), ask.params.text("title").to_owned());
        video.finish = Some(Finish { at: now, live, description, title, post_id });
    }
    Ok(json!({"success": true}))
}

fn published_today(world: &World, page: &str, now: Now) -> usize {
    let own = world.facebook.videos.values().filter(|video| video.page == page && video.kind == VideoKind::Reel);
    let recent = |at: Now| at + DAY > now;
    own.filter_map(|video| video.finish.as_ref().filter(|finish| finish.live.is_some() && recent(finish.at))).count()
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    listed(world, ask, now, VideoKind::Reel)
}

pub fn listed(world: &World, ask: &Ask, now: Now, kind: VideoKind) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_content(world, &auth, ask.at(0))?.id.clone();
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let live = |video: &&Video| video.page == page && video.kind == kind && video.live_since().is_some_and(|at| at <= seen && inside(at));
    let mut videos: Vec<&Video> = world.facebook.videos.values().filter(live).collect();
    videos.sort_by_key(|video| std::cmp::Reverse(video.live_since()));
    let nodes = videos.into_iter().map(|video| node::node(world, video, now)).collect();
    list::page(world, ask, nodes, &["description", "updated_time"])
}

/// The longest that any upload of this kind may last, beyond what the kind itself says.
pub fn longest(world: &World, kind: VideoKind) -> Option<TimeDelta> {
    (kind == VideoKind::Video).then(|| crate::clock::delta(world.settings.facebook.uploaded_longest))
}
