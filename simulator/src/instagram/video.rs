//! A container's video when its bytes are in, or when it is clear that they will never be.
//!
//! Always true: the container tells the outcome as a subcode in its status, and not before the media was processed. What the tables of
//! specifications say is required of a video, and what they only advise is not.

use super::judge;
use crate::{
    http::fetch::Miss,
    world::{
        Now, World,
        instagram::{Content, Kind},
        sink::{SharedSink, Sink},
        video::{Codec, Film, Seen, Unreadable},
    },
};

/// What reels and a carousel's videos may be; a story less.
struct Spec {
    bytes: u64,
    milliseconds: (u64, u64),
    /// Width to height.
    ratio: (f64, f64),
}

/// In bytes.
pub const LARGEST: u64 = 300_000_000;
const REEL: Spec = Spec { bytes: LARGEST, milliseconds: (3_000, 15 * 60_000), ratio: (0.01, 10.0) };
const STORY: Spec = Spec { bytes: 100_000_000, milliseconds: (3_000, 60_000), ratio: (0.1, 10.0) };
const WIDEST: u32 = 1_920;
const FRAMES: (f64, f64) = (23.0, 60.0);
const BITS_PER_SECOND: u64 = 25_000_000;
const SAMPLES_PER_SECOND: u32 = 48_000;
/// A film may end a little later than its last full second, by the length of its sound.
const SLACK: u64 = 100;

const UNSUPPORTED: u32 = 2_207_026;
const TOO_LARGE: u32 = 2_207_082;
const THUMB_OUTSIDE: u32 = 2_207_057;

pub fn arrived(world: &mut World, id: &str, sink: &SharedSink, outcome: Result<(), Miss>, now: Now) {
    let processed = world.processed_at(now);
    let Some(content) = world.instagram.containers.get(id).map(|container| container.content.clone()) else {
        return;
    };
    let (sha256, judged) = {
        let mut sink = sink.lock();
        let judged = outcome.map_err(judge::missed).and_then(|()| judge(&content, &sink, world.settings.instagram.silent_videos_fail));
        world.gallery.keep_stream(&mut sink);
        (sink.sha256(), judged)
    };
    let (failure, why) = match judged {
        Ok(()) => (world.next_processing_failure(), String::new()),
        Err((subcode, why)) => (Some(subcode), why),
    };
    if let Some(container) = world.instagram.containers.get_mut(id) {
        container.content.sha256 = sha256;
        container.processed = Some(processed);
        container.failure = failure;
        container.why = why;
    }
}

fn judge(content: &Content, sink: &Sink, silent_fails: bool) -> Result<(), (u32, String)> {
    let spec = if content.kind == Kind::StoryVideo { &STORY } else { &REEL };
    if sink.length() > spec.bytes {
        return Err((TOO_LARGE, format!("more than {} bytes", spec.bytes)));
    }
    let unsupported = |why: String| (UNSUPPORTED, why);
    let film = match sink.video() {
        Ok(Seen::Film(film)) => film,
        Ok(Seen::Other(name)) => return Err(unsupported(format!("a {name} file"))),
        Err(Unreadable::Foreign) => return Err(unsupported("no video".into())),
        Err(Unreadable::CutOff) => return Err(unsupported("cut off, or without an index".into())),
        Err(Unreadable::Damaged) => return Err(unsupported("damaged".into())),
        Err(Unreadable::NoPicture) => return Err(unsupported("without a picture".into())),
    };
    if let Some(why) = flaw(&film, spec) {
        return Err(unsupported(why));
    }
    if silent_fails && film.sound.is_none() {
        return Err((TOO_LARGE, "without sound".into()));
    }
    if content.thumb_offset > 0 && content.thumb_offset >= film.milliseconds {
        return Err((THUMB_OUTSIDE, format!("thumb_offset {} is outside of {} ms", content.thumb_offset, film.milliseconds)));
    }
    Ok(())
}

fn flaw(film: &Film, spec: &Spec) -> Option<String> {
    let ratio = f64::from(film.width) / f64::from(film.height.max(1));
    let (shortest, longest) = spec.milliseconds;
    let checks = [
        (!matches!(film.codec, Codec::H264 | Codec::H265), format!("{:?} is not H.264 or HEVC", film.codec)),
        (film.edited, "it has an edit list".into()),
        (!film.index_first, "its index does not come first".into()),
        (film.width > WIDEST, format!("{} pixels wide", film.width)),
        (!(spec.ratio.0..=spec.ratio.1).contains(&ratio), format!("a ratio of {ratio:.3}")),
        (film.frames_per_second < FRAMES.0 || film.frames_per_second > FRAMES.1 + 0.01, format!("{:.2} frames per second", film.frames_per_second)),
        (film.milliseconds < shortest || film.milliseconds > longest + SLACK, format!("{} ms long", film.milliseconds)),
        (film.bits_per_second > BITS_PER_SECOND, format!("{} bits per second", film.bits_per_second)),
        (film.sound.is_some_and(|sound| !sound.aac), "its sound is not AAC".into()),
        (film.sound.is_some_and(|sound| sound.channels > 2 || sound.rate > SAMPLES_PER_SECOND), "more than stereo, or than 48 kHz".into()),
    ];
    checks.into_iter().find(|(wrong, _)| *wrong).map(|(_, why)| why)
}
