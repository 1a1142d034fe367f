//! The files that a Facebook Page takes (facebook.md §3 to §6).
//!
//! Always true: what is only recommended (the codecs of an ordinary video, 48 kHz stereo) is not held against a file, and no size is asked of a reel
//! because none is stated.

use super::{Aspect, ImageForm, ImageRule, Length, MediaRules, Sides, SoundRule, USUAL, VideoForm, VideoRule, VideoSides};
use crate::kind::{Kind, Platform};

const PHOTO: ImageRule = ImageRule {
    formats: &["image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"],
    bytes: 10_000_000,
    // Ten megabytes are documented, and four are what its refusal speaks of.
    safe_bytes: 4_000_000,
    most: Sides::ANY,
    aspect: None,
    // A GIF becomes a still picture (unverified); it is not refused.
    still: false,
    single: false,
    form: ImageForm { max_width: 2048, max_height: 2048, min_width: 0, bytes: 4_000_000 },
};

/// Facebook's list has no WebM on it. The others on it are not recognised here.
const FORMATS: &[&str] = &["video/mp4", "video/quicktime"];
const UPRIGHT_TO_WIDE: Aspect = Aspect { narrowest: (9, 16), widest: (16, 9), slack: 100 };

const REEL: VideoRule = VideoRule {
    formats: FORMATS,
    codecs: &["h264", "hevc", "vp9", "av1"],
    bytes: u64::MAX,
    length: Length { least_ms: 3_000, most_ms: 90_000, over_ms: 500 },
    frames: Some((24.0, 60.0)),
    sides: VideoSides { least: Sides { short: 540, long: 960 }, ..VideoSides::ANY },
    aspect: Some(UPRIGHT_TO_WIDE),
    bits: u64::MAX,
    progressive: true,
    chroma: &["4:2:0"],
    index_first: false,
    unedited: false,
    sound: SoundRule { codecs: &["aac"], ..SoundRule::ANY },
    // 128 kbit/s or more are asked for.
    form: VideoForm { audio_bits: 192_000, ..USUAL },
};

/// The table says 90 seconds, the limitations on the same page 60.
const STORY: VideoRule = VideoRule { length: Length { least_ms: 3_000, most_ms: 60_000, over_ms: 500 }, ..REEL };

const VIDEO: VideoRule = VideoRule {
    formats: FORMATS,
    codecs: &[],
    bytes: 10_000_000_000,
    length: Length { least_ms: 0, most_ms: 4 * 3_600_000, over_ms: 0 },
    frames: None,
    sides: VideoSides::ANY,
    aspect: Some(UPRIGHT_TO_WIDE),
    bits: u64::MAX,
    progressive: false,
    chroma: &[],
    index_first: false,
    unedited: false,
    sound: SoundRule::ANY,
    form: VideoForm { bytes: 10_000_000_000, audio_bits: 192_000, ..USUAL },
};

pub(super) const RULES: &[MediaRules] = &[
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::Text,
        name: "a text post of a Page",
        count: (0, 0),
        image: None,
        video: None,
        instead: "Choose the kind photos, video or reel, or remove the files.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::Link,
        name: "a link post of a Page",
        count: (0, 0),
        image: None,
        video: None,
        instead: "A link and files cannot be in one post. Remove one of them.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::Photos,
        name: "a photo post of a Page",
        // No limit is documented; other programs stop at ten.
        count: (1, 10),
        image: Some(PHOTO),
        video: None,
        instead: "Post the video as a reel or as a video, in a post of its own.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::Video,
        name: "a Facebook video post",
        count: (1, 1),
        image: None,
        video: Some(VIDEO),
        instead: "Choose the kind photos for pictures.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::Reel,
        name: "a Facebook reel",
        count: (1, 1),
        image: None,
        video: Some(REEL),
        instead: "Choose the kind photos for pictures.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::PhotoStory,
        name: "a Facebook photo story",
        count: (1, 1),
        image: Some(ImageRule { form: ImageForm { max_width: 1080, max_height: 1920, ..PHOTO.form }, ..PHOTO }),
        video: None,
        instead: "Choose the kind video_story for a video.",
    },
    MediaRules {
        platform: Platform::Facebook,
        kind: Kind::VideoStory,
        name: "a Facebook video story",
        count: (1, 1),
        image: None,
        video: Some(STORY),
        instead: "Choose the kind photo_story for a picture.",
    },
];
