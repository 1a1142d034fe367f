//! A container's video when its bytes are in, or when it is clear that they will never be.
//!
//! Always true: the container tells the outcome as a subcode in its status, and not before the media was processed.

use super::judge;
use crate::{
    http::fetch::Miss,
    world::{Now, World, image, instagram::Kind, sink::SharedSink},
};

const LARGEST_REEL: u64 = 300_000_000;
const LARGEST_STORY: u64 = 100_000_000;

pub fn arrived(world: &mut World, id: &str, sink: &SharedSink, outcome: Result<(), Miss>, now: Now) {
    let processed = world.processed_at(now);
    let (sha256, known, length, pieces) = {
        let sink = sink.lock();
        (sink.sha256(), image::is_video(sink.head()), sink.length(), sink.pieces())
    };
    let Some(kind) = world.instagram.containers.get(id).map(|container| container.content.kind) else {
        return;
    };
    let unreadable = || (2_207_026, "the file is no video".to_owned());
    let judged = outcome.map_err(judge::missed).and_then(|()| if known { fits(kind, length) } else { Err(unreadable()) });
    let (failure, why) = match judged {
        Ok(()) => (world.next_processing_failure(), String::new()),
        Err((subcode, why)) => (Some(subcode), why),
    };
    if failure.is_none() {
        world.gallery.keep(&sha256, pieces);
    }
    if let Some(container) = world.instagram.containers.get_mut(id) {
        container.content.sha256 = sha256;
        container.processed = Some(processed);
        container.failure = failure;
        container.why = why;
    }
}

fn fits(kind: Kind, length: u64) -> Result<(), (u32, String)> {
    let largest = if kind == Kind::StoryVideo { LARGEST_STORY } else { LARGEST_REEL };
    if length > largest { Err((2_207_082, format!("more than {largest} bytes"))) } else { Ok(()) }
}
