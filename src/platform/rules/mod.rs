//! What each kind of post takes as files, as data: one row a kind, from the platforms' own tables of specifications.
//!
//! Always true: a row holds what the documentation requires; what it only advises is in the row's form, which is what a file is made into when it
//! has to be converted, and a file in that form keeps the row. A kind without a row is one that the platform does not have. What depends on an
//! account (how long a creator's videos may be) is not here. No sentence and no decision about one file is made in this file: see `check`.

mod check;
mod facebook;
mod instagram;
#[cfg(test)]
mod tests;
mod tiktok;
pub mod words;

pub use self::check::{check, wants_copy, wants_sound};
pub(in crate::platform) use self::tiktok::MOST_VIDEO_BYTES as MOST_TIKTOK_VIDEO;
use super::Item;
use crate::kind::{Kind, Platform};

/// What one kind of post takes.
#[derive(Debug, PartialEq)]
pub struct MediaRules {
    pub platform: Platform,
    pub kind: Kind,
    /// As it stands in the middle of a sentence: `an Instagram reel`.
    pub name: &'static str,
    /// How many files, from and to.
    pub count: (usize, usize),
    /// None: it takes no pictures. A kind that takes both takes them mixed.
    pub image: Option<ImageRule>,
    /// None: it takes no videos.
    pub video: Option<VideoRule>,
    /// What to do with a file of a sort that it does not take, as a sentence.
    pub instead: &'static str,
}

/// What a picture has to be.
#[derive(Debug, PartialEq)]
pub struct ImageRule {
    /// MIME types.
    pub formats: &'static [&'static str],
    pub bytes: u64,
    /// Up to this size nothing was ever seen refused, though more is documented as taken.
    pub safe_bytes: u64,
    pub most: Sides,
    pub aspect: Option<Aspect>,
    /// A picture that moves is not taken.
    pub still: bool,
    /// A JPEG that holds several pictures is not taken.
    pub single: bool,
    pub form: ImageForm,
}

/// What a video has to be.
#[derive(Debug, PartialEq)]
pub struct VideoRule {
    /// MIME types.
    pub formats: &'static [&'static str],
    /// In the probe's words. Empty: whichever.
    pub codecs: &'static [&'static str],
    pub bytes: u64,
    pub length: Length,
    /// Frames a second, from and to.
    pub frames: Option<(f64, f64)>,
    pub sides: VideoSides,
    pub aspect: Option<Aspect>,
    /// Bits a second of the picture, on average.
    pub bits: u64,
    /// Whole frames, no half ones.
    pub progressive: bool,
    /// How finely colour is sampled (`4:2:0`). Empty: whichever.
    pub chroma: &'static [&'static str],
    /// The index has to lie in front of the data.
    pub index_first: bool,
    /// An edit list that rearranges the video is not taken.
    pub unedited: bool,
    pub sound: SoundRule,
    pub form: VideoForm,
}

/// What a video's sound has to be, where it has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundRule {
    /// In the probe's words. Empty: whichever.
    pub codecs: &'static [&'static str],
    /// Samples a second.
    pub rate: u32,
    pub channels: u16,
    /// Videos without any sound were seen refused: a silent track is better.
    pub wanted: bool,
}

/// What a picture is made into when it has to be converted for this kind: always a JPEG in sRGB, without transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageForm {
    pub max_width: u32,
    pub max_height: u32,
    /// 0: never enlarged.
    pub min_width: u32,
    pub bytes: u64,
}

/// What a video is made into when it has to be converted for this kind: always an MP4 of H.264 (high profile, 4:2:0, 8 bits) and AAC with its index first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoForm {
    /// Most pixels, whichever way up the video is.
    pub short_side: u32,
    pub long_side: u32,
    pub max_fps: u32,
    pub video_bits: u64,
    pub audio_bits: u64,
    pub audio_rate: u32,
    pub channels: u16,
    pub bytes: u64,
}

/// Shapes, width to height in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aspect {
    pub narrowest: (u32, u32),
    pub widest: (u32, u32),
    /// How far outside a shape may be, in ten-thousandths: sides are whole pixels, so that few pictures have a shape exactly.
    pub slack: u32,
}

/// Pixels of the shorter and of the longer side, whichever way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    pub short: u32,
    pub long: u32,
}

/// The pixels that a video may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoSides {
    pub least: Sides,
    pub most: Sides,
    /// Most pixels across, as displayed.
    pub widest: u32,
}

/// How long a video may last, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    pub least_ms: u64,
    pub most_ms: u64,
    /// What may hang over at the end: a file is seldom a whole number of seconds long.
    pub over_ms: u64,
}

impl Length {
    /// A length that ends this much early is that of a file whose last frame was left out.
    const EARLY_MS: u64 = 50;

    pub fn holds(&self, ms: u64) -> bool {
        !self.is_short(ms) && !self.is_long(ms)
    }

    fn is_short(&self, ms: u64) -> bool {
        ms.saturating_add(Self::EARLY_MS) < self.least_ms
    }

    fn is_long(&self, ms: u64) -> bool {
        ms > self.most_ms.saturating_add(self.over_ms)
    }
}

impl Sides {
    pub const NONE: Sides = Sides { short: 0, long: 0 };
    pub const ANY: Sides = Sides { short: u32::MAX, long: u32::MAX };
}

impl VideoSides {
    pub const ANY: VideoSides = VideoSides { least: Sides::NONE, most: Sides::ANY, widest: u32::MAX };
}

impl SoundRule {
    pub const ANY: SoundRule = SoundRule { codecs: &[], rate: u32::MAX, channels: u16::MAX, wanted: false };
}

/// What is advised everywhere: upright or wide, 1080 by 1920 at the most.
const USUAL: VideoForm = VideoForm {
    short_side: 1080,
    long_side: 1920,
    max_fps: 60,
    video_bits: 10_000_000,
    audio_bits: 128_000,
    audio_rate: 48_000,
    channels: 2,
    bytes: 1_000_000_000,
};

/// Ten-thousandths in one.
const WHOLE: u64 = 10_000;

impl Aspect {
    /// Is this shape among them, or so little outside that whole pixels may be the reason?
    pub fn allows(&self, width: u32, height: u32) -> bool {
        !self.is_beyond(self.narrowest, (width, height), true) && !self.is_beyond(self.widest, (width, height), false)
    }

    /// The allowed shape that is nearest to one that is not allowed; none for one that is.
    pub fn nearest(&self, width: u32, height: u32) -> Option<(u32, u32)> {
        if self.is_beyond(self.narrowest, (width, height), true) {
            return Some(self.narrowest);
        }
        self.is_beyond(self.widest, (width, height), false).then_some(self.widest)
    }

    fn is_beyond(&self, edge: (u32, u32), (width, height): (u32, u32), narrower: bool) -> bool {
        let wide = |a: u32, b: u32| u128::from(a) * u128::from(b);
        let (shape, edge) = (wide(width, edge.1), wide(edge.0, height));
        let (whole, slack) = (u128::from(WHOLE), u128::from(self.slack));
        if narrower { shape * whole < edge * (whole.saturating_sub(slack)) } else { shape * whole > edge * (whole + slack) }
    }
}

impl ImageRule {
    /// The form for this picture. Where the limit is one of the shorter and the longer side, the form lies down with a picture that is wider than high.
    pub fn form_for(&self, item: &Item) -> ImageForm {
        let form = self.form;
        let lies = self.most != Sides::ANY && item.width > item.height;
        if lies { ImageForm { max_width: form.max_height, max_height: form.max_width, ..form } } else { form }
    }
}

impl MediaRules {
    /// The rules of this kind on this platform; none where the platform has no such kind.
    fn of(platform: Platform) -> &'static [MediaRules] {
        match platform {
            Platform::Tiktok => tiktok::RULES,
            Platform::Facebook => facebook::RULES,
            Platform::Instagram => instagram::RULES,
        }
    }
}

/// What this kind takes on this platform; none where the platform has no such kind.
pub fn for_kind(platform: Platform, kind: Kind) -> Option<&'static MediaRules> {
    MediaRules::of(platform).iter().find(|rules| rules.kind == kind)
}
