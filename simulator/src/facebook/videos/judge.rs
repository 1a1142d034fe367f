//! What processing says of a video: the file itself is looked at.
//!
//! Always true: every rule that is broken is told, each with its documented code; a container that is only recognized is believed.

use chrono::TimeDelta;

use crate::{
    clock::delta,
    graph::error::GraphError,
    world::{
        World,
        facebook::{Failure, VideoKind},
        sink::Sink,
        video::{Codec, Film, Seen, Unreadable},
    },
};

const ASPECT: u32 = 1_363_040;
const RESOLUTION: u32 = 1_363_127;
const DURATION: u32 = 1_363_128;
const FRAME_RATE: u32 = 1_363_129;
const FORMAT: u32 = 1_349_125;
const INVALID: u32 = 2_069_019;
/// A file of fewer bytes holds no video.
pub const SMALLEST: u64 = 1_024;

fn failure(code: u32, message: impl Into<String>) -> Failure {
    Failure { code, message: message.into() }
}

/// What is wrong with this upload, for this kind.
pub fn failures(world: &World, kind: VideoKind, sink: &Sink, longest: Option<TimeDelta>) -> Vec<Failure> {
    if let Some(code) = world.settings.facebook.processing_fails {
        return vec![failure(code, "The video could not be processed.")];
    }
    let film = match sink.video() {
        Ok(Seen::Film(film)) => film,
        Ok(Seen::Other(_)) => return Vec::new(),
        Err(_) => return vec![failure(INVALID, "The file is not a video that can be processed.")],
    };
    let switches = &world.settings.facebook;
    let mut failures = match kind {
        VideoKind::Video => Vec::new(),
        VideoKind::Reel => of_reel(&film, delta(switches.reel_longest)),
        VideoKind::Story => of_reel(&film, delta(switches.story_longest)),
    };
    if !upright_to_wide(&film) {
        failures.push(failure(ASPECT, "The aspect ratio of the video must be between 16:9 and 9:16."));
    }
    if longest.is_some_and(|longest| TimeDelta::milliseconds(i64::try_from(film.milliseconds).unwrap_or(i64::MAX)) > longest) {
        failures.push(failure(DURATION, "The video is too long."));
    }
    failures
}

fn of_reel(film: &Film, longest: TimeDelta) -> Vec<Failure> {
    let mut failures = Vec::new();
    if film.width < 540 || film.height < 960 {
        failures.push(failure(RESOLUTION, "The resolution of the video must be at least 540 x 960."));
    }
    if !lasts(film, TimeDelta::seconds(3), longest) {
        failures.push(failure(DURATION, format!("The duration of the video must be between 3 and {} seconds.", longest.num_seconds())));
    }
    // 23.976 is what film people call 24.
    if !(23.95..=60.05).contains(&film.frames_per_second) {
        failures.push(failure(FRAME_RATE, "The frame rate of the video must be between 24 and 60."));
    }
    let sound = film.sound.is_none_or(|sound| sound.aac);
    if !matches!(film.codec, Codec::H264 | Codec::H265 | Codec::Vp9 | Codec::Av1) || !sound {
        failures.push(failure(FORMAT, "The video must be H.264, H.265, VP9 or AV1 with AAC sound."));
    }
    failures
}

fn lasts(film: &Film, least: TimeDelta, most: TimeDelta) -> bool {
    let length = TimeDelta::milliseconds(i64::try_from(film.milliseconds).unwrap_or(i64::MAX));
    (least..=most).contains(&length)
}

/// 9:16 to 16:9, with the hundredth that even sizes need.
fn upright_to_wide(film: &Film) -> bool {
    let (width, height) = (u64::from(film.width), u64::from(film.height));
    width * 16 * 101 >= height * 9 * 100 && width * 9 * 100 <= height * 16 * 101
}

/// What `/videos` may keep as a draft: it should have been a reel.
pub fn is_upright_clip(world: &World, sink: &Sink) -> bool {
    let switches = &world.settings.facebook;
    let Ok(Seen::Film(film)) = sink.video() else {
        return false;
    };
    switches.upright_clips_stay_drafts && film.height > film.width && lasts(&film, TimeDelta::seconds(3), delta(switches.reel_longest))
}

/// What is refused at once, before any processing.
pub fn refused_at_once(sink: &Sink) -> Result<(), GraphError> {
    if sink.length() < SMALLEST {
        return Err(too_small());
    }
    match sink.video() {
        Err(Unreadable::Foreign) => Err(GraphError::new(6000, "(#6000) There was a problem uploading your video file. Please try again with another file.")),
        _ => Ok(()),
    }
}

pub fn too_small() -> GraphError {
    GraphError::new(382, "(#382) The video file you tried to upload is too small.")
}
