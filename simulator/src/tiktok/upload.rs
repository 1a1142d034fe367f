//! `PUT <upload_url>`: the bytes of one chunk.
//!
//! Always true: chunks come one after another and whole; the last one starts the post, and after it the URL is gone.

use poem::http::Method;

use crate::{
    http::{
        answer::Answer,
        request::Ask,
        upload::{Target, bare},
    },
    tiktok::media,
    world::{Now, World, sink::Sink, tiktok::task::Upload},
};

const TYPES: &[&str] = &["video/mp4", "video/quicktime", "video/webm"];

/// The last chunk has a name of its own: it is what makes the post.
pub fn name(world: &World, ask: &Ask) -> (&'static str, Option<String>) {
    let task = world.tiktok.task_of_upload(ask.query.text("upload_id"));
    let account = task.map(|task| task.open_id.clone());
    if ask.method != Method::PUT || ask.segments().as_slice() != ["tiktok", "upload", "video"] {
        return ("unknown", account);
    }
    let last = range(ask).is_some_and(|range| range.last + 1 == range.total);
    (if last { "tiktok.upload_last" } else { "tiktok.upload" }, account)
}

struct Range {
    first: u64,
    last: u64,
    total: u64,
}

/// `bytes FIRST-LAST/TOTAL`, and nothing else.
fn range(ask: &Ask) -> Option<Range> {
    let (span, total) = ask.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let range = Range { first: first.parse().ok()?, last: last.parse().ok()?, total: total.parse().ok()? };
    (range.first <= range.last && range.last < range.total).then_some(range)
}

fn progress(world: &World, upload: &Upload, answer: Answer) -> Answer {
    let shown = if world.settings.progress_as_last_index { upload.received.saturating_sub(1) } else { upload.received };
    answer.with("content-range", format!("bytes 0-{shown}/{}", upload.size))
}

pub fn begin(world: &mut World, ask: &Ask, now: Now) -> Result<Target, Answer> {
    if ask.method != Method::PUT {
        return Err(bare(405, "not a PUT"));
    }
    let token = ask.query.text("upload_token");
    let task = world.tiktok.task_of_upload(ask.query.text("upload_id")).filter(|task| task.done.is_none() && task.stopped.is_none());
    let Some((task, upload)) = task.and_then(|task| Some((task, task.upload().filter(|upload| upload.token == token)?))) else {
        return Err(bare(404, "no such upload task"));
    };
    if task.url_expired(now) {
        return Err(bare(403, "upload_url expired"));
    }
    if !ask.header("content-type").is_some_and(|kind| TYPES.contains(&kind)) {
        return Err(bare(400, "Content-Type"));
    }
    let Some(range) = range(ask).filter(|range| range.total == upload.size) else {
        return Err(bare(400, "Content-Range"));
    };
    let length = range.last - range.first + 1;
    let declared: Option<u64> = ask.header("content-length").and_then(|length| length.parse().ok());
    if declared != Some(length) {
        return Err(bare(400, "Content-Length"));
    }
    if range.last < upload.received && !world.settings.repeated_chunk_refused {
        return Err(progress(world, upload, bare(206, "repeated")));
    }
    let (first, expected) = upload.next_chunk();
    if range.first != first {
        return Err(progress(world, upload, bare(416, "range does not match progress")));
    }
    if length != expected {
        return Err(bare(400, "not the announced chunk size"));
    }
    let sink = Box::new(upload.sink.lock().clone());
    Ok(Target::Chunk { publish_id: task.publish_id.clone(), sink, length })
}

/// The body has ended. `whole` tells whether all of the chunk came.
pub fn end(world: &mut World, publish_id: &str, sink: Box<Sink>, whole: bool, now: Now) -> Answer {
    let task = world.tiktok.tasks.get_mut(publish_id).filter(|task| task.done.is_none() && task.stopped.is_none());
    let Some(task) = task else {
        return bare(404, "no such upload task");
    };
    if task.url_expired(now) {
        return bare(403, "upload_url expired");
    }
    let Some(upload) = task.upload_mut() else {
        return bare(404, "no such upload task");
    };
    if !whole || sink.length() <= upload.received {
        return bare(400, "Content-Length differs from body");
    }
    upload.received = sink.length();
    let complete = upload.received == upload.size;
    let media = complete.then(|| media::video(&sink));
    *upload.sink.lock() = *sink;
    if complete {
        upload.sink.lock().forget();
    }
    let answer = bare(if complete { 201 } else { 206 }, "");
    let upload = upload.clone();
    if let Some(media) = media {
        world.finish_task(publish_id, media, now);
    }
    progress(world, &upload, answer)
}
