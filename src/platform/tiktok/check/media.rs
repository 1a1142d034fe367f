//! The files that TikTok takes (tiktok.md §8). TikTok looks at them only after it has them, and then fails the whole post.

use std::ops::RangeInclusive;

use crate::platform::tiktok::plan::MAX_VIDEO;
use crate::platform::{Item, Problem};

/// The longest video that the API takes from anybody.
const MAX_DURATION_MS: u64 = 10 * 60 * 1000;
const SIDES: RangeInclusive<u32> = 360..=4096;
/// A probed rate is a quotient of rounded times, so 60 may read as 60.01.
const FRAME_RATES: RangeInclusive<f64> = 22.9..=60.1;
const VIDEO_FORMATS: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];
const CODECS: [&str; 5] = ["h264", "hevc", "h265", "vp8", "vp9"];

const MAX_PHOTOS: usize = 35;
/// "20 MB", whether decimal or binary.
const MAX_PHOTO: u64 = 20_000_000;
const PHOTO_FORMATS: [&str; 2] = ["image/jpeg", "image/webp"];
/// "Maximum 1080p" does not say which side; what was seen to pass and to fail agrees with these two.
const SHORTER_SIDE: u32 = 1080;
const LONGER_SIDE: u32 = 1920;

pub(super) fn video(media: &[Item], problems: &mut Vec<Problem>) {
    match media {
        [item] => one_video(item, problems),
        [] => problems.push(Problem::new("media", "missing", "Add the video.")),
        _ => problems.push(Problem::new("media", "too_many", "A TikTok video is one file. Keep one, and make posts of their own for the others.")),
    }
}

pub(super) fn photos(media: &[Item], problems: &mut Vec<Problem>) {
    if media.is_empty() {
        problems.push(Problem::new("media", "missing", "Add the photos."));
    }
    if media.len() > MAX_PHOTOS {
        let message = format!("The post has {} photos; TikTok takes at most {MAX_PHOTOS}.", media.len());
        problems.push(Problem::new("media", "too_many", message));
    }
    for (index, item) in media.iter().enumerate() {
        one_photo(index, item, problems);
    }
    if media.iter().any(|item| item.public_url.is_none()) {
        let message = "TikTok fetches photos itself, and this installation has no public address. Set server.public_url to an https address that can be \
                       reached from outside by a name (a bare IP address is not taken), and verify it in TikTok's developer portal.";
        problems.push(Problem::new("media", "needs_public_address", message));
    }
}

fn one_video(item: &Item, problems: &mut Vec<Problem>) {
    let mut found = |code, message: String| problems.push(Problem::new("media.0", code, message));
    if !item.is_video {
        return found("not_a_video", "This is a picture; a TikTok video needs a video file.".into());
    }
    if !VIDEO_FORMATS.contains(&item.mime.as_str()) {
        found("format", format!("TikTok takes MP4, MOV and WebM files; this one is {}.", item.mime));
    }
    if item.bytes == 0 {
        found("empty", "The file is empty.".into());
    }
    if item.bytes > MAX_VIDEO {
        found("too_big", format!("The file has {:.2} GB; TikTok takes at most 4 GB.", item.bytes as f64 / 1e9));
    }
    // A size of nothing is one that could not be read from the file.
    if (item.width, item.height) != (0, 0) && !(SIDES.contains(&item.width) && SIDES.contains(&item.height)) {
        let message = format!("The picture is {} by {} pixels; each side must have {} to {}.", item.width, item.height, SIDES.start(), SIDES.end());
        found("dimensions", message);
    }
    if let Some(duration) = item.duration_ms.filter(|ms| *ms > MAX_DURATION_MS) {
        found("too_long", format!("The video lasts {} seconds; TikTok takes at most 10 minutes from this program.", duration.div_ceil(1000)));
    }
    if let Some(rate) = item.frame_rate.filter(|rate| !FRAME_RATES.contains(rate)) {
        found("frame_rate", format!("The video has {rate:.1} frames a second; TikTok takes 23 to 60."));
    }
    if let Some(codec) = item.video_codec.as_deref().filter(|codec| !CODECS.contains(codec)) {
        found("codec", format!("The video is coded as {codec}; TikTok takes H.264, H.265, VP8 and VP9."));
    }
}

/// TikTok does not say which photo of a post was wrong.
fn one_photo(index: usize, item: &Item, problems: &mut Vec<Problem>) {
    let mut found = |code, message: String| problems.push(Problem::new(format!("media.{index}"), code, message));
    if item.is_video {
        return found("not_a_photo", "This is a video; TikTok takes photos and videos in posts of their own.".into());
    }
    if !PHOTO_FORMATS.contains(&item.mime.as_str()) {
        found("format", format!("TikTok takes photos as JPEG or WebP; this one is {}.", item.mime));
    }
    if item.bytes == 0 {
        found("empty", "The file is empty.".into());
    }
    if item.bytes > MAX_PHOTO {
        found("too_big", format!("The photo has {:.1} MB; TikTok takes at most 20.", item.bytes as f64 / 1e6));
    }
    let (shorter, longer) = (item.width.min(item.height), item.width.max(item.height));
    if shorter > SHORTER_SIDE || longer > LONGER_SIDE {
        let message = format!(
            "The photo is {} by {} pixels; TikTok takes at most {SHORTER_SIDE} on the shorter side and {LONGER_SIDE} on the longer one.",
            item.width, item.height
        );
        found("dimensions", message);
    }
}
