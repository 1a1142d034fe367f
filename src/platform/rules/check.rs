//! A post's files held against the rules of its kind. Pure.
//!
//! Always true: what is not known of a file is not held against it. Each problem names the file that has to change, says what is wrong with it, and
//! carries what would cure it: `convert` only where a copy in the kind's form keeps the rule that is broken. That a copy will be made is not said here:
//! it depends on the installation.

use super::{Aspect, ImageRule, MediaRules, Sides, VideoRule, words};
use crate::platform::{Item, Problem, Remedy};

/// 23.976 counts as 24, and 60 as 60 where it was counted over a rounded length.
const FRAME_SLACK: f64 = 0.1;

/// Everything that is wrong with the files: `media` where it is their number, else `media.N`.
pub fn check(rules: &MediaRules, items: &[Item], problems: &mut Vec<Problem>) {
    let (least, most) = rules.count;
    if items.len() < least || items.len() > most {
        problems.push(Problem::new("media", "wrong_count", wrong_count(rules, items.len())));
    }
    // A kind without files has nothing to say of a single one.
    if most == 0 {
        return;
    }
    for (index, item) in items.iter().enumerate() {
        let mut file = File { rules, index, item, problems };
        match (item.is_video, &rules.image, &rules.video) {
            (false, Some(rule), _) => file.image(rule),
            (true, _, Some(rule)) => file.video(rule),
            (true, ..) => file.wrong("not_an_image", Remedy::None, instead(rules, "This is a video", "pictures")),
            (false, ..) => file.wrong("not_a_video", Remedy::None, instead(rules, "This is a picture", "a video")),
        }
    }
}

/// The kind is better with a sound track, though a silent one, and this video is known to have none.
pub fn wants_sound(rule: &VideoRule, item: &Item) -> bool {
    rule.sound.wanted && item.is_video && item.silent
}

/// The documentation takes this picture, but pictures of its size were seen refused: a smaller copy is safer.
pub fn wants_copy(rule: &ImageRule, item: &Item) -> bool {
    !item.is_video && item.bytes > rule.safe_bytes
}

fn wrong_count(rules: &MediaRules, count: usize) -> String {
    let (one, several) = match (&rules.image, &rules.video) {
        (Some(_), None) => ("picture", "pictures"),
        (None, Some(_)) => ("video", "videos"),
        _ => ("file", "files"),
    };
    let takes = match rules.count {
        (_, 0) => format!("no {several}"),
        (1, 1) => format!("exactly one {one}"),
        (least, most) => format!("{least} to {most} {several}"),
    };
    let has = if count == 0 { "none".to_owned() } else { count.to_string() };
    let then = if rules.count.1 == 0 { format!(" {}", rules.instead) } else { String::new() };
    format!("{} takes {takes}; this post has {has}.{then}", words::sentence(rules.name))
}

fn instead(rules: &MediaRules, what: &str, wanted: &str) -> String {
    format!("{what}; {} takes {wanted}. {}", rules.name, rules.instead).trim_end().to_owned()
}

/// One file under one rule.
struct File<'a> {
    rules: &'a MediaRules,
    index: usize,
    item: &'a Item,
    problems: &'a mut Vec<Problem>,
}

impl File<'_> {
    fn wrong(&mut self, code: &'static str, remedy: Remedy, message: String) {
        self.problems.push(Problem::new(format!("media.{}", self.index), code, message).remedy(remedy));
    }

    fn platform(&self) -> &'static str {
        self.rules.platform.name()
    }

    /// The pixels, where they are known.
    fn pixels(&self) -> Option<(u32, u32)> {
        (self.item.width > 0 && self.item.height > 0).then_some((self.item.width, self.item.height))
    }

    fn image(&mut self, rule: &ImageRule) {
        let item = self.item;
        let known_format = self.format("picture", rule.formats);
        if known_format && rule.still && item.animated {
            self.wrong("animated", Remedy::Convert, format!("The picture moves; {} takes still ones.", self.platform()));
        }
        if rule.single && item.multi_picture {
            let message = format!("This JPEG holds several pictures (MPO or JPS), and {} takes JPEG files with one.", self.platform());
            self.wrong("multi_picture", Remedy::Convert, message);
        }
        self.bytes("picture", rule.bytes);
        self.most("picture", rule.most);
        self.shape("picture", rule.aspect);
    }

    fn video(&mut self, rule: &VideoRule) {
        self.format("video", rule.formats);
        self.bytes("video", rule.bytes);
        self.length(rule);
        self.picture_of_the_video(rule);
        self.sound(rule);
        self.pixels_of_the_video(rule);
        if rule.unedited && self.item.edit_list {
            let message = format!("The video holds an edit list (a cut made without encoding), which {} does not take.", self.platform());
            self.wrong("edit_list", Remedy::Convert, message);
        }
        if rule.index_first && self.item.index_last {
            let message = format!("The video's index lies behind its data, and {} wants it in front (“fast start”, “optimised for the web”).", self.platform());
            self.wrong("index_last", Remedy::Convert, message);
        }
    }

    /// True where the format is one of those taken.
    fn format(&mut self, what: &str, formats: &[&str]) -> bool {
        let mime = self.item.mime.as_str();
        if mime.is_empty() || formats.contains(&mime) {
            return true;
        }
        let taken = words::either(formats.iter().map(|format| words::format(format)));
        let message = format!("The {what} is {}; {} takes {taken}.", words::format(mime), self.platform());
        self.wrong("wrong_format", Remedy::Convert, message);
        false
    }

    fn bytes(&mut self, what: &str, most: u64) {
        let bytes = self.item.bytes;
        if bytes == 0 {
            self.wrong("empty", Remedy::None, "The file is empty. Upload it again.".into());
        }
        if bytes > most {
            let message = format!("The {what} has {}; {} may have at most {}.", words::size(bytes), self.rules.name, words::limit(most));
            self.wrong("too_large", Remedy::Convert, message);
        }
    }

    fn length(&mut self, rule: &VideoRule) {
        let Some(ms) = self.item.duration_ms else { return };
        let length = rule.length;
        if length.is_short(ms) {
            let message = format!("The video lasts {}; {} lasts at least {}.", words::lasting(ms), self.rules.name, words::length(length.least_ms));
            self.wrong("too_short", Remedy::None, message);
        } else if length.is_long(ms) {
            let message = format!("The video lasts {}; {} lasts at most {}.", words::lasting(ms), self.rules.name, words::length(length.most_ms));
            self.wrong("too_long", Remedy::Trim, message);
        }
    }

    fn picture_of_the_video(&mut self, rule: &VideoRule) {
        let (item, platform) = (self.item, self.platform());
        if let Some(codec) = item.video_codec.as_deref().filter(|codec| !taken(rule.codecs, codec)) {
            let message = format!("The video is encoded as {}; {platform} takes {}.", words::codec(codec), codecs(rule.codecs));
            self.wrong("wrong_codec", Remedy::Convert, message);
        }
        if let Some(chroma) = item.chroma.as_deref().filter(|chroma| !taken(rule.chroma, chroma)) {
            let message = format!("The video's colour is stored as {chroma}; {platform} takes {}.", words::either(rule.chroma.iter().copied()));
            self.wrong("wrong_chroma", Remedy::Convert, message);
        }
        if rule.progressive && item.interlaced {
            self.wrong("interlaced", Remedy::Convert, format!("The video is interlaced (made of half frames); {platform} takes whole frames."));
        }
        if let (Some(rate), Some((least, most))) = (item.frame_rate, rule.frames) {
            let says =
                || format!("The video has {} frames a second; {platform} takes {} to {}.", words::frames(rate), words::frames(least), words::frames(most));
            if rate < least - FRAME_SLACK {
                // A copy never has more frames than the file.
                self.wrong("wrong_frame_rate", Remedy::None, says());
            } else if rate > most + FRAME_SLACK {
                self.wrong("wrong_frame_rate", Remedy::Convert, says());
            }
        }
        if let Some(bits) = item.video_bit_rate.filter(|bits| *bits > rule.bits) {
            let megabits = |bits: u64| bits.div_ceil(1_000_000);
            let message = format!("The video has {} Mbit/s; {platform} takes at most {}.", megabits(bits), megabits(rule.bits));
            self.wrong("too_high_bit_rate", Remedy::Convert, message);
        }
    }

    fn sound(&mut self, rule: &VideoRule) {
        let (item, platform, sound) = (self.item, self.platform(), rule.sound);
        if let Some(codec) = item.audio_codec.as_deref().filter(|codec| !taken(sound.codecs, codec)) {
            let message = format!("The sound is encoded as {}; {platform} takes {}.", words::codec(codec), codecs(sound.codecs));
            self.wrong("wrong_audio_codec", Remedy::Convert, message);
        }
        if let Some(rate) = item.audio_rate.filter(|rate| *rate > sound.rate) {
            let message = format!("The sound has {rate} samples a second; {platform} takes at most {}.", sound.rate);
            self.wrong("wrong_audio_rate", Remedy::Convert, message);
        }
        if let Some(channels) = item.audio_channels.filter(|channels| *channels > sound.channels) {
            let message = format!("The sound has {channels} channels; {platform} takes mono or stereo.");
            self.wrong("wrong_audio_channels", Remedy::Convert, message);
        }
    }

    fn pixels_of_the_video(&mut self, rule: &VideoRule) {
        if let Some((width, height)) = self.pixels() {
            let (short, long) = (width.min(height), width.max(height));
            let least = rule.sides.least;
            if short < least.short || long < least.long {
                let message = format!("The video is {width} x {height} pixels; {} takes at least {} x {}.", self.platform(), least.short, least.long);
                self.wrong("too_small", Remedy::None, message);
            }
            if width > rule.sides.widest {
                let message = format!("The video is {width} pixels wide; {} takes at most {}.", self.platform(), rule.sides.widest);
                self.wrong("too_wide", Remedy::Convert, message);
            }
        }
        self.most("video", rule.sides.most);
        self.shape("video", rule.aspect);
    }

    fn most(&mut self, what: &str, most: Sides) {
        let Some((width, height)) = self.pixels() else { return };
        if width.min(height) > most.short || width.max(height) > most.long {
            let platform = self.platform();
            let message = if most.short == most.long {
                format!("The {what} is {width} x {height} pixels; {platform} takes at most {} a side.", most.long)
            } else {
                format!(
                    "The {what} is {width} x {height} pixels; {platform} takes at most {} on the shorter side and {} on the longer one.",
                    most.short, most.long
                )
            };
            self.wrong("too_many_pixels", Remedy::Convert, message);
        }
    }

    fn shape(&mut self, what: &str, aspect: Option<Aspect>) {
        if let (Some((width, height)), Some(aspect)) = (self.pixels(), aspect)
            && let Some(nearest) = aspect.nearest(width, height)
        {
            let too = if nearest == aspect.narrowest { "narrow" } else { "wide" };
            let message = format!(
                "The {what} is {width} x {height} pixels, which is too {too}; {} takes shapes between {} and {} (width to height).",
                self.platform(),
                words::shape(aspect.narrowest),
                words::shape(aspect.widest)
            );
            self.wrong("wrong_aspect", Remedy::Crop, message);
        }
    }
}

/// An empty list takes everything.
fn taken(list: &[&str], word: &str) -> bool {
    list.is_empty() || list.contains(&word)
}

fn codecs(list: &[&str]) -> String {
    words::either(list.iter().map(|codec| words::codec(codec)))
}
