//! What has to be done to a file so that a platform takes it: the platform's rules and the person's wishes, turned into a recipe.
//!
//! Invariants: pure; nothing is cut off and no bars are added without the person's word; a file that fits goes out as it is, byte for byte. What cannot
//! be done here stays a problem, and its sentence says what the person can do.

use crate::briefing;
use crate::kind::{Kind, Platform};
use crate::media::rendition::{self, Fit, Picture, Recipe, Shape, Video};
use crate::media::{Format, Probe};
use crate::model::job::{self, Adjust};
use crate::model::media::Media;
use crate::platform::rules::{self, Aspect, ImageRule, VideoRule};
use crate::platform::{Item, Problem, Remedy};

/// A file as a platform will get it.
#[derive(Debug)]
pub struct Plan {
    pub item: Item,
    /// What makes it so; none where the file goes out as it is.
    pub recipe: Option<Recipe>,
}

/// A copy may last a frame or two longer than it was cut to.
const MAY_HANG_OVER_MS: u64 = 100;

/// What a file is prepared for.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    pub platform: Platform,
    pub kind: Kind,
    pub adjust: Adjust,
    /// How long a video may be on this account, in milliseconds, if that is less than the kind allows.
    pub longest_ms: Option<u64>,
    /// There is a program for that on this machine.
    pub can_transcode: bool,
}

/// Plans one file. `item` is the file as it is.
pub fn plan(aim: Aim, file: &Media, item: Item) -> Plan {
    let recipe = file.probe.as_ref().and_then(|probe| {
        let recipe = recipe(aim, probe, &item)?;
        Some((rendition::predict(&recipe, probe, file.bytes).ok()?, recipe))
    });
    match recipe {
        Some((planned, recipe)) => Plan { item: briefing::of_probe(&planned.probe, planned.bytes, item.path, item.public_url), recipe: Some(recipe) },
        None => Plan { item, recipe: None },
    }
}

fn recipe(aim: Aim, probe: &Probe, item: &Item) -> Option<Recipe> {
    let rules = rules::for_kind(aim.platform, aim.kind)?;
    let mut problems = Vec::new();
    rules::check(rules, std::slice::from_ref(item), &mut problems);
    // How many files there are is not this one's matter.
    problems.retain(|problem| problem.field == "media.0");
    if item.is_video { video(rules.video.as_ref()?, probe, item, &problems, aim) } else { picture(rules.image.as_ref()?, item, &problems, aim.adjust) }
}

fn has(problems: &[Problem], remedy: Remedy) -> bool {
    problems.iter().any(|problem| problem.remedy == remedy)
}

fn picture(rule: &ImageRule, item: &Item, problems: &[Problem], adjust: Adjust) -> Option<Recipe> {
    let shape = has(problems, Remedy::Crop).then(|| shape(rule.aspect.as_ref(), item, adjust)).flatten();
    let form = rule.form_for(item);
    (has(problems, Remedy::Convert) || rules::wants_copy(rule, item) || shape.is_some()).then_some(Recipe::Picture(Picture {
        max_width: form.max_width,
        max_height: form.max_height,
        min_width: form.min_width,
        max_bytes: form.bytes,
        shape,
    }))
}

fn video(rule: &VideoRule, probe: &Probe, item: &Item, problems: &[Problem], aim: Aim) -> Option<Recipe> {
    let shape = has(problems, Remedy::Crop).then(|| shape(rule.aspect.as_ref(), item, aim.adjust)).flatten();
    let longest = aim.longest_ms.unwrap_or(u64::MAX).min(rule.length.most_ms);
    let is_long = has(problems, Remedy::Trim) || item.duration_ms.is_some_and(|ms| aim.longest_ms.is_some_and(|longest| ms > longest));
    let trim_ms = (is_long && aim.adjust.length.is_some()).then_some(longest.saturating_sub(MAY_HANG_OVER_MS));
    let converts = has(problems, Remedy::Convert);
    let only_the_index = converts && trim_ms.is_none() && problems.iter().all(|problem| problem.code == "index_last");
    if only_the_index && !probe.fragmented && matches!(probe.format, Format::Mp4 | Format::Mov) {
        return Some(Recipe::FastStart);
    }
    let silent_track = rules::wants_sound(rule, item);
    if !aim.can_transcode || !(converts || shape.is_some() || trim_ms.is_some() || silent_track) {
        return None;
    }
    let form = &rule.form;
    Some(Recipe::Video(Video {
        short_side: form.short_side,
        long_side: form.long_side,
        max_fps: form.max_fps,
        video_bits: form.video_bits,
        audio_bits: form.audio_bits,
        audio_rate: form.audio_rate,
        channels: form.channels,
        max_bytes: form.bytes,
        silent_track,
        trim_ms,
        shape,
    }))
}

/// The nearest shape that is allowed, if the person chose how to get there.
fn shape(aspect: Option<&Aspect>, item: &Item, adjust: Adjust) -> Option<Shape> {
    let (width, height) = aspect?.nearest(item.width, item.height)?;
    let how = adjust.aspect?;
    let how = match how {
        job::Fit::Crop => Fit::Crop,
        job::Fit::Pad => Fit::Pad,
    };
    Some(Shape { how, width, height })
}

/// What to say behind a problem that is left, where something can be done about it here.
pub fn advice(problem: &Problem, is_video: bool, can_transcode: bool) -> Option<&'static str> {
    match problem.remedy {
        Remedy::Convert if is_video && !can_transcode => Some("With ffmpeg on the server it would be converted; else convert it yourself and upload it again."),
        Remedy::Crop if is_video && !can_transcode => {
            Some("With ffmpeg on the server it could be cropped or get bars; else do it yourself and upload it again.")
        }
        Remedy::Crop => Some("Choose whether to crop it or to add bars."),
        Remedy::Trim if can_transcode => Some("Choose to cut off its end, or upload a shorter one."),
        _ => None,
    }
}
