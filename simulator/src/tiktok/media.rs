//! What TikTok makes of media that have arrived.
//!
//! Always true: formats are judged after the bytes were taken, never at `init`; the reason is one of the documented ones.

use crate::world::{
    image::{Picture, picture},
    sink::{Sink, sha256_hex},
    tiktok::finish::Media,
    video::{Codec, Seen},
    webm,
};

pub const LARGEST_PHOTO: u64 = 20_000_000;
pub const LARGEST_VIDEO: u64 = 4_000_000_000;
/// "1080p" has no direction: these are the sides that were seen to pass.
const SHORT_SIDE: u32 = 1_080;
const LONG_SIDE: u32 = 1_920;

const FORMAT: &str = "file_format_check_failed";
const PICTURE: &str = "picture_size_check_failed";
const RATE: &str = "frame_rate_check_failed";

/// How long it may be depends on its creator: that is checked when the task is finished.
pub fn video(sink: &Sink) -> Media {
    let media = Media { sha256: vec![sink.sha256()], pieces: vec![sink.pieces()], ..Media::default() };
    if sink.length() > LARGEST_VIDEO {
        return Media { flaw: Some(FORMAT), ..media };
    }
    match sink.video() {
        Ok(Seen::Film(film)) => {
            let known = matches!(film.codec, Codec::H264 | Codec::H265 | Codec::Vp8 | Codec::Vp9);
            let flaw = (!known).then_some(FORMAT).or(size(film.width, film.height)).or(rate(film.frames_per_second));
            Media { flaw, milliseconds: film.milliseconds, width: film.width, height: film.height, ..media }
        }
        Ok(Seen::Other("webm")) => web_video(sink, media),
        Ok(Seen::Other(_)) | Err(_) => Media { flaw: Some(FORMAT), ..media },
    }
}

fn web_video(sink: &Sink, media: Media) -> Media {
    let seen = webm::read(sink.head()).unwrap_or_default();
    let side = |side: Option<u64>| u32::try_from(side?).ok();
    let (Some(width), Some(height), Some("V_VP8" | "V_VP9")) = (side(seen.width), side(seen.height), seen.codec.as_deref()) else {
        return Media { flaw: Some(FORMAT), ..media };
    };
    let flaw = size(width, height).or(seen.frames_per_second.and_then(rate));
    Media { flaw, milliseconds: seen.milliseconds.unwrap_or(0), width, height, ..media }
}

fn size(width: u32, height: u32) -> Option<&'static str> {
    let fits = (360..=4_096).contains(&width) && (360..=4_096).contains(&height);
    (!fits).then_some(PICTURE)
}

/// 60 frames stay 60 when they are counted over a length that was rounded.
fn rate(frames_per_second: f64) -> Option<&'static str> {
    let rounded = (frames_per_second * 100.0).round() / 100.0;
    (!(23.0..=60.0).contains(&rounded)).then_some(RATE)
}

/// Its hash, and what is wrong with it.
pub fn photo(bytes: &[u8]) -> (String, Option<&'static str>) {
    let flaw = match picture(bytes) {
        _ if bytes.len() as u64 > LARGEST_PHOTO => Some(PICTURE),
        Some(Picture { kind: "jpeg" | "webp", width, height }) => {
            let fits = width.min(height) <= SHORT_SIDE && width.max(height) <= LONG_SIDE;
            (!fits).then_some(PICTURE)
        }
        _ => Some(FORMAT),
    };
    (sha256_hex(bytes), flaw)
}
