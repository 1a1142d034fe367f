//! The files that TikTok takes (tiktok.md §8). TikTok looks at them only after it has them, and then fails the whole post.
//!
//! Always true: where "MB" and "1080p" can be read in two ways, the smaller reading is taken. Bit rate, shape and sound are not documented and not held
//! against a video.

use super::{ImageForm, ImageRule, Length, MediaRules, Sides, SoundRule, USUAL, VideoForm, VideoRule, VideoSides};
use crate::kind::{Kind, Platform};

/// "4 GB", whether decimal or binary.
pub(in crate::platform) const MOST_VIDEO_BYTES: u64 = 4_000_000_000;

const VIDEO: VideoRule = VideoRule {
    formats: &["video/mp4", "video/quicktime", "video/webm"],
    codecs: &["h264", "hevc", "vp8", "vp9"],
    bytes: MOST_VIDEO_BYTES,
    // What the API takes from anybody; how long this creator's may be is the adapter's business.
    length: Length { least_ms: 0, most_ms: 10 * 60_000, over_ms: 0 },
    frames: Some((23.0, 60.0)),
    sides: VideoSides { least: Sides { short: 360, long: 360 }, most: Sides { short: 4096, long: 4096 }, ..VideoSides::ANY },
    aspect: None,
    bits: u64::MAX,
    progressive: false,
    chroma: &[],
    index_first: false,
    unedited: false,
    sound: SoundRule::ANY,
    form: VideoForm { bytes: MOST_VIDEO_BYTES, ..USUAL },
};

const PHOTO: ImageRule = ImageRule {
    formats: &["image/jpeg", "image/webp"],
    bytes: 20_000_000,
    safe_bytes: 20_000_000,
    // "Maximum 1080p" does not say which side; what was seen to pass and to fail agrees with these two.
    most: Sides { short: 1080, long: 1920 },
    aspect: None,
    // Not documented for WebP. One photo that TikTok cannot use fails all of them, and it does not say which.
    still: true,
    single: false,
    form: ImageForm { max_width: 1080, max_height: 1920, min_width: 0, bytes: 20_000_000 },
};

const APART: &str = "TikTok takes photos and videos in posts of their own.";

pub(super) const RULES: &[MediaRules] = &[
    MediaRules { platform: Platform::Tiktok, kind: Kind::Video, name: "a TikTok video post", count: (1, 1), image: None, video: Some(VIDEO), instead: APART },
    MediaRules {
        platform: Platform::Tiktok,
        kind: Kind::DraftVideo,
        name: "a TikTok video draft",
        count: (1, 1),
        image: None,
        video: Some(VIDEO),
        instead: APART,
    },
    MediaRules { platform: Platform::Tiktok, kind: Kind::Photos, name: "a TikTok photo post", count: (1, 35), image: Some(PHOTO), video: None, instead: APART },
    MediaRules {
        platform: Platform::Tiktok,
        kind: Kind::DraftPhotos,
        name: "a TikTok photo draft",
        count: (1, 35),
        image: Some(PHOTO),
        video: None,
        instead: APART,
    },
];
