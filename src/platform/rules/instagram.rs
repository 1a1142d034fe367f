//! The files that Instagram takes (instagram.md §9).
//!
//! Always true: JPEG alone is documented, though PNG is taken at times. Instagram scales a picture's width by itself, so that none is too small or too wide.

use super::{Aspect, ImageForm, ImageRule, Length, MediaRules, Sides, SoundRule, USUAL, VideoForm, VideoRule, VideoSides};
use crate::kind::{Kind, Platform};

const IMAGE: ImageRule = ImageRule {
    formats: &["image/jpeg"],
    // Its refusal says: less than 8 MiB.
    bytes: 8 * 1024 * 1024,
    safe_bytes: 8_000_000,
    most: Sides::ANY,
    aspect: Some(Aspect { narrowest: (4, 5), widest: (191, 100), slack: 25 }),
    still: true,
    single: true,
    // 320 to 1440 pixels across are kept as they are; 1800 down is 4:5 of it.
    form: ImageForm { max_width: 1440, max_height: 1800, min_width: 320, bytes: 8_000_000 },
};

/// 9:16 is advised, and no shape refused.
const STORY_IMAGE: ImageRule = ImageRule { aspect: None, form: ImageForm { max_width: 1080, max_height: 1920, min_width: 0, bytes: 8_000_000 }, ..IMAGE };

const REEL: VideoRule = VideoRule {
    formats: &["video/mp4", "video/quicktime"],
    codecs: &["h264", "hevc"],
    bytes: 300_000_000,
    length: Length { least_ms: 3_000, most_ms: 15 * 60_000, over_ms: 500 },
    frames: Some((23.0, 60.0)),
    sides: VideoSides { widest: 1920, ..VideoSides::ANY },
    aspect: Some(Aspect { narrowest: (1, 100), widest: (10, 1), slack: 100 }),
    bits: 25_000_000,
    progressive: true,
    chroma: &["4:2:0"],
    index_first: true,
    unedited: true,
    // Videos without a sound track were seen refused (2207082).
    sound: SoundRule { codecs: &["aac"], rate: 48_000, channels: 2, wanted: true },
    form: VideoForm { bytes: 300_000_000, ..USUAL },
};

const STORY_VIDEO: VideoRule = VideoRule {
    bytes: 100_000_000,
    length: Length { least_ms: 3_000, most_ms: 60_000, over_ms: 500 },
    aspect: Some(Aspect { narrowest: (1, 10), widest: (10, 1), slack: 100 }),
    form: VideoForm { bytes: 100_000_000, ..USUAL },
    ..REEL
};

pub(super) const RULES: &[MediaRules] = &[
    MediaRules {
        platform: Platform::Instagram,
        kind: Kind::Image,
        name: "an Instagram image",
        count: (1, 1),
        image: Some(IMAGE),
        video: None,
        instead: "Post the video as a reel.",
    },
    MediaRules {
        platform: Platform::Instagram,
        kind: Kind::Reel,
        name: "an Instagram reel",
        count: (1, 1),
        image: None,
        video: Some(REEL),
        instead: "Post the picture as an image.",
    },
    MediaRules {
        platform: Platform::Instagram,
        kind: Kind::Carousel,
        name: "an Instagram carousel",
        count: (2, 10),
        image: Some(IMAGE),
        // No limits of their own are documented for a carousel's videos; those of a reel are taken (unverified).
        video: Some(REEL),
        instead: "",
    },
    MediaRules {
        platform: Platform::Instagram,
        kind: Kind::Story,
        name: "an Instagram story",
        count: (1, 1),
        image: Some(STORY_IMAGE),
        video: Some(STORY_VIDEO),
        instead: "",
    },
];
