//! `/videos` by chunks: start, transfer, finish, cancel.
//!
//! Always true: offsets are strings; a chunk is kept whole or not at all; whoever is wrong about the offset hears where to go on. The
//! video's id is known from the start, and nothing is visible before the finish.

use serde_json::{Value, json};

use super::{
    judge::{self, SMALLEST, too_small},
    reels::longest,
    whole::{Terms, terms, video_write},
};
use crate::{
    graph::{auth::authenticate, error::GraphError},
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Finish, Uploaded, Video, VideoKind},
    },
};

fn only_chunks(ask: &Ask) -> Result<(), GraphError> {
    let other = ["file_url", "fbuploader_video_file_chunk"].into_iter().find(|name| ask.params.get(name).is_some());
    match other {
        Some(name) => Err(GraphError::bad(format!("{name} cannot be combined with upload_phase"))),
        None if ask.streamed.is_some() => Err(GraphError::bad("source cannot be combined with upload_phase")),
        None => Ok(()),
    }
}

pub fn start(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = video_write(world, &auth, ask.at(0))?;
    only_chunks(ask)?;
    let size = ask.params.get("file_size").ok_or_else(|| GraphError::missing("file_size"))?;
    let size: u64 = size.parse().map_err(|_| GraphError::bad("param file_size must be a number of bytes"))?;
    if size < SMALLEST {
        return Err(too_small());
    }
    if size > world.settings.facebook.uploaded_bytes {
        return Err(GraphError::bad("param file_size is larger than videos may be"));
    }
    let (id, session) = (world.id(122_500_000_000_000), world.id(122_900_000_000_000));
    let mut video = Video::new(id.clone(), page, VideoKind::Video, now);
    (video.size, video.session) = (Some(size), Some(session.clone()));
    let (start, end) = offsets(world, &video);
    world.facebook.videos.insert(id.clone(), video);
    Ok(json!({"upload_session_id": session, "video_id": id, "start_offset": start, "end_offset": end}))
}

/// Where the next chunk begins and ends, as Graph writes it.
fn offsets(world: &World, video: &Video) -> (String, String) {
    let (start, end) = bounds(world, video);
    (start.to_string(), end.to_string())
}

fn bounds(world: &World, video: &Video) -> (u64, u64) {
    let start = video.sink.lock().length();
    let chunk = world.settings.facebook.video_chunk.clamp(1, 16 << 20);
    (start, start.saturating_add(chunk).min(video.size.unwrap_or(0)))
}

fn session<'a>(world: &'a World, ask: &Ask, page: &str, now: Now) -> Result<&'a Video, GraphError> {
    let id = ask.params.get("upload_session_id").ok_or_else(|| GraphError::missing("upload_session_id"))?;
    let mut videos = world.facebook.videos.values();
    let video = videos.find(|video| video.page == page && video.session.as_deref() == Some(id));
    let video = video.ok_or_else(|| GraphError::bad(format!("Invalid upload_session_id {id}")))?;
    if video.expired(now) {
        return Err(GraphError::new(6000, "(#6000) The upload session has expired"));
    }
    Ok(video)
}

pub fn transfer(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = video_write(world, &auth, ask.at(0))?;
    only_chunks(ask)?;
    let video = session(world, ask, &page, now)?;
    let given = ask.params.get("start_offset").ok_or_else(|| GraphError::missing("start_offset"))?;
    let given: u64 = given.parse().map_err(|_| GraphError::bad("param start_offset must be a number"))?;
    let chunk = ask.files.iter().find(|part| part.name == "video_file_chunk").ok_or_else(|| GraphError::missing("video_file_chunk"))?;
    let (start, end) = bounds(world, video);
    if given != start || start + chunk.bytes.len() as u64 != end || chunk.bytes.is_empty() {
        return Err(GraphError::new(6001, "(#6001) There was a problem uploading your video. Please try again.")
            .sub(1_363_037)
            .data(json!({"start_offset": start.to_string(), "end_offset": end.to_string()})));
    }
    video.sink.lock().write(&chunk.bytes);
    let (start, end) = offsets(world, video);
    Ok(json!({"start_offset": start, "end_offset": end}))
}

pub fn finish(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = video_write(world, &auth, ask.at(0))?;
    only_chunks(ask)?;
    if ask.params.text("upload_phase") != "finish" {
        return Err(GraphError::bad("upload_phase must be one of start, transfer, finish, cancel"));
    }
    let Terms { live, title, description } = terms(ask, now)?;
    let video = session(world, ask, &page, now)?;
    let id = video.id.clone();
    let sink = video.sink.lock().clone();
    if Some(sink.length()) != video.size {
        return Err(GraphError::new(6000, "(#6000) Video Upload Is Missing"));
    }
    judge::refused_at_once(&sink)?;
    if video.finish.is_some() && !world.settings.republishing_makes_another {
        return Err(GraphError::bad("The video has already been published"));
    }
    let cover = ask.files.iter().find(|part| part.name == "thumb");
    let cover = cover.map(|part| super::node::thumbnail(world, &part.bytes, true)).transpose()?;
    let failures = judge::failures(world, VideoKind::Video, &sink, longest(world, VideoKind::Video));
    let live = live.filter(|_| !judge::is_upright_clip(world, &sink));
    let (processed, post_id) = (world.processed_at(now), format!("{page}_{}", world.id(122_400_000_000_000)));
    let Some(video) = world.facebook.videos.get_mut(&id) else {
        return Err(GraphError::unseen(&id));
    };
    video.thumbnails.extend(cover);
    if video.finish.is_some() {
        video.again.push(now);
    } else {
        world.gallery.keep_stream(&mut video.sink.lock());
        video.uploaded = Some(Uploaded { processed, failures, sha256: sink.sha256() });
        video.finish = Some(Finish { at: now, live, description, title, post_id });
    }
    Ok(json!({"success": true}))
}

pub fn cancel(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = video_write(world, &auth, ask.at(0))?;
    let video = session(world, ask, &page, now)?;
    if video.finish.is_some() {
        return Err(GraphError::bad("The video has already been published"));
    }
    let id = video.id.clone();
    world.facebook.videos.remove(&id);
    Ok(json!({"success": true}))
}
