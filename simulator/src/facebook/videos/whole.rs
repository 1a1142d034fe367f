//! `/videos` in one call: an address, the bytes themselves, or a handle of the upload API. And the list of videos.
//!
//! Always true: the id is told only by the answer, so a lost answer leaves nothing to ask for but the list.

use std::time::Duration;

use serde_json::{Value, json};

use super::{judge, node, reels};
use crate::{
    clock::delta,
    facebook::{
        feed::check_message,
        terms::{self, reachable},
    },
    graph::{
        auth::{Auth, authenticate, page_write},
        error::GraphError,
    },
    http::{
        fetch::{Far, Reached},
        request::Ask,
    },
    world::{
        Now, World,
        facebook::{Finish, Uploaded, Video, VideoKind},
        sink::Sink,
        token::Kind,
    },
};

/// Ten minutes to six months.
const WINDOW: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(180 * 86_400));

pub struct Terms {
    pub live: Option<Now>,
    pub title: String,
    pub description: String,
}

/// As `page_write`, with the words that this edge has for a user token.
pub fn video_write(world: &World, auth: &Auth, page: &str) -> Result<String, GraphError> {
    if auth.token.kind == Kind::FacebookUser && world.facebook.pages.contains_key(page) {
        return Err(GraphError::bad("No permission to publish the video"));
    }
    Ok(page_write(world, auth, page)?.id.clone())
}

pub fn terms(ask: &Ask, now: Now) -> Result<Terms, GraphError> {
    let description = ask.params.text("description").to_owned();
    check_message(&description)?;
    terms::surroundings(ask, now)?;
    for name in ["no_story", "embeddable"] {
        terms::flag(ask, name, false)?;
    }
    Ok(Terms { live: terms::release(ask, now, WINDOW)?, title: ask.params.text("title").to_owned(), description })
}

enum Source {
    Url(String),
    Bytes,
    Handle(String),
}

fn check(world: &World, ask: &Ask, now: Now) -> Result<(String, Terms, Source), GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = video_write(world, &auth, ask.at(0))?;
    let terms = terms(ask, now)?;
    let url = ask.params.get("file_url").map(|url| Source::Url(url.to_owned()));
    let handle = ask.params.get("fbuploader_video_file_chunk").map(|handle| Source::Handle(handle.to_owned()));
    let bytes = ask.streamed.is_some().then_some(Source::Bytes);
    let mut sources = [url, handle, bytes].into_iter().flatten();
    match (sources.next(), sources.next()) {
        (Some(source), None) => Ok((page, terms, source)),
        (None, _) => Err(GraphError::bad("A video is missing: file_url, source or fbuploader_video_file_chunk")),
        (Some(_), Some(_)) => Err(GraphError::bad("Only one of file_url, source and fbuploader_video_file_chunk is allowed")),
    }
}

fn not_fetched() -> GraphError {
    GraphError::new(389, "(#389) Unable to fetch video file from URL.")
}

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Far>, GraphError> {
    match check(world, ask, now)?.2 {
        Source::Url(url) if reachable(world, &url) => Ok(Some(Far { url, cap: world.settings.facebook.one_call_bytes, redirects: false })),
        Source::Url(_) => Err(not_fetched()),
        Source::Bytes | Source::Handle(_) => Ok(None),
    }
}

pub fn publish(world: &mut World, ask: &Ask, now: Now, reached: Option<Reached>) -> Result<Value, GraphError> {
    let (page, Terms { live, title, description }, source) = check(world, ask, now)?;
    let switches = &world.settings.facebook;
    let (sink, largest, longest) = match &source {
        Source::Url(_) => (reached.and_then(Result::ok).ok_or_else(not_fetched)?, switches.one_call_bytes, switches.one_call_longest),
        Source::Bytes => (ask.streamed.clone().ok_or_else(|| GraphError::missing("source"))?, switches.one_call_bytes, switches.one_call_longest),
        Source::Handle(handle) => {
            let sink = world.facebook.handed(handle).ok_or_else(|| GraphError::bad("Invalid fbuploader_video_file_chunk"))?;
            (sink, switches.uploaded_bytes, switches.uploaded_longest)
        }
    };
    judge::refused_at_once(&sink)?;
    if sink.length() > largest {
        return Err(GraphError::new(6000, "(#6000) The video file is too large."));
    }
    let cover = ask.files.iter().find(|part| part.name == "thumb");
    let cover = cover.map(|part| node::thumbnail(world, &part.bytes, true)).transpose()?;
    let failures = judge::failures(world, VideoKind::Video, &sink, Some(delta(longest)));
    let live = live.filter(|_| !judge::is_upright_clip(world, &sink));
    let id = made(world, page, sink, Finish { at: now, live, description, title, post_id: String::new() }, failures, now);
    if let Some(video) = world.facebook.videos.get_mut(&id) {
        video.thumbnails.extend(cover);
    }
    Ok(json!({"id": id}))
}

fn made(world: &mut World, page: String, mut sink: Sink, finish: Finish, failures: Vec<crate::world::facebook::Failure>, now: Now) -> String {
    let id = world.id(122_500_000_000_000);
    let post_id = format!("{page}_{}", world.id(122_400_000_000_000));
    let mut video = Video::new(id.clone(), page, VideoKind::Video, now);
    video.size = Some(sink.length());
    video.uploaded = Some(Uploaded { processed: world.processed_at(now), failures, sha256: sink.sha256() });
    video.finish = Some(Finish { post_id, ..finish });
    world.gallery.keep_stream(&mut sink);
    *video.sink.lock() = sink;
    world.facebook.videos.insert(id.clone(), video);
    id
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    reels::listed(world, ask, now, VideoKind::Video)
}
