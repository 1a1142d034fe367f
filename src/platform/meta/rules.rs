//! Pure checks that Pages and Instagram share, parameterised by what each platform takes.
//!
//! Invariants: what is not known of a file is not held against it. A rule names the field that has to change.

use serde_json::{Map, Value};

use crate::platform::{Account, Item, Problem};

/// UTF-16 units: never fewer than any other way of counting characters.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

pub fn caption(problems: &mut Vec<Problem>, text: &str, most: usize) {
    let units = units(text);
    if units > most {
        problems.push(Problem::new("caption", "too_long", format!("The caption has {units} characters; at most {most} are taken.")));
    }
}

/// Scopes that were not granted and that this kind of post needs.
pub fn scopes(problems: &mut Vec<Problem>, account: &Account, needed: &[&str]) {
    let missing = lacking(&account.scopes, needed);
    if !missing.is_empty() {
        let message = format!("{} did not get the permission {}. Connect the account again and allow it.", account.username, missing.join(", "));
        problems.push(Problem::new("account", "missing_scope", message));
    }
}

pub fn lacking(granted: &[String], needed: &[&str]) -> Vec<String> {
    needed.iter().filter(|needed| !granted.iter().any(|granted| granted == *needed)).map(|&needed| needed.to_owned()).collect()
}

/// What an option may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text {
        most: usize,
    },
    Bool,
    Millis,
    /// A text for the first file, or a list with one text (or null) for each.
    TextForEach {
        most: usize,
    },
    Names {
        most: usize,
    },
    Id,
    /// A list of objects that the platform judges itself.
    Objects,
}

pub fn options(problems: &mut Vec<Problem>, given: &Map<String, Value>, known: &[(&str, Form)]) {
    for (name, value) in given {
        if value.is_null() {
            continue;
        }
        let field = format!("options.{name}");
        match known.iter().find(|(known, _)| known == name) {
            None => problems.push(Problem::new(field, "unknown_option", format!("This kind of post has no option “{name}”. Remove it."))),
            Some((_, form)) => {
                if let Some((code, message)) = form.against(value) {
                    problems.push(Problem::new(field, code, message));
                }
            }
        }
    }
}

impl Form {
    fn against(self, value: &Value) -> Option<(&'static str, String)> {
        let wrong = |what: &str| Some(("wrong_type", format!("This option must be {what}.")));
        let long =
            |text: &str, most: usize| (units(text) > most).then(|| ("too_long", format!("The text has {} characters; at most {most} are taken.", units(text))));
        match (self, value) {
            (Form::Text { most } | Form::TextForEach { most }, Value::String(text)) => long(text, most),
            (Form::Text { .. }, _) => wrong("a text"),
            (Form::TextForEach { most }, Value::Array(texts)) if texts.iter().all(|text| text.is_string() || text.is_null()) => {
                texts.iter().filter_map(Value::as_str).find_map(|text| long(text, most))
            }
            (Form::TextForEach { .. }, _) => wrong("a text, or a list of texts"),
            (Form::Bool, Value::Bool(_)) => None,
            (Form::Bool, _) => wrong("true or false"),
            (Form::Millis, value) if value.as_u64().is_some() => None,
            (Form::Millis, _) => wrong("a number of milliseconds"),
            (Form::Names { most }, Value::Array(names)) if names.iter().all(Value::is_string) => {
                (names.len() > most).then(|| ("too_many", format!("At most {most} names are taken.")))
            }
            (Form::Names { .. }, _) => wrong("a list of names"),
            (Form::Id, Value::String(id)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => None,
            (Form::Id, _) => wrong("an id, as a text of digits"),
            (Form::Objects, Value::Array(items)) if items.iter().all(Value::is_object) => None,
            (Form::Objects, _) => wrong("a list of objects"),
        }
    }
}

/// What a platform takes as a video.
#[derive(Debug)]
pub struct VideoRule {
    pub seconds: (u64, u64),
    pub frames: (f64, f64),
    /// Width to height, the narrowest and the widest.
    pub aspect: (f64, f64),
    pub short_side: u32,
    pub long_side: u32,
    pub widest: u32,
    pub bytes: u64,
    pub codecs: &'static [&'static str],
}

const CONTAINERS: [&str; 2] = ["video/mp4", "video/quicktime"];

pub fn video(problems: &mut Vec<Problem>, index: usize, item: &Item, rule: &VideoRule) {
    let field = format!("media.{index}");
    let mut wrong = |code: &'static str, message: String| problems.push(Problem::new(field.clone(), code, message));
    if !item.is_video {
        return wrong("not_a_video", "This must be a video.".into());
    }
    if !CONTAINERS.contains(&item.mime.as_str()) {
        wrong("wrong_format", "The video must be an MP4 or MOV file.".into());
    }
    if item.bytes > rule.bytes {
        wrong("too_large", format!("The video has {} MB; at most {} MB are taken.", item.bytes.div_ceil(1_000_000), rule.bytes / 1_000_000));
    }
    if let Some(millis) = item.duration_ms {
        let (least, most) = rule.seconds;
        // A file is seldom a whole number of seconds long.
        if millis + 50 < least * 1000 {
            wrong("too_short", format!("The video must be at least {least} seconds long."));
        } else if millis > most * 1000 + 500 {
            wrong("too_long", format!("The video must not be longer than {}.", length(most)));
        }
    }
    if let Some(codec) = item.video_codec.as_deref().filter(|codec| !rule.codecs.contains(codec)) {
        wrong("wrong_codec", format!("The video is encoded as {codec}; it must be one of {}.", rule.codecs.join(", ")));
    }
    if let Some(codec) = item.audio_codec.as_deref().filter(|codec| *codec != "aac") {
        wrong("wrong_audio_codec", format!("The sound is encoded as {codec}; it must be aac."));
    }
    if let Some(rate) = item.frame_rate {
        let (least, most) = rule.frames;
        // 23.976 counts as 24, 59.94 as 60.
        if rate < least - 0.1 || rate > most + 0.1 {
            wrong("wrong_frame_rate", format!("The video has {rate:.1} frames a second; it must have {least} to {most}."));
        }
    }
    if item.width == 0 || item.height == 0 {
        return;
    }
    let (short, long) = (item.width.min(item.height), item.width.max(item.height));
    if short < rule.short_side || long < rule.long_side {
        wrong("too_small", format!("The video is {} x {}; it must be at least {} x {} pixels.", item.width, item.height, rule.short_side, rule.long_side));
    }
    if item.width > rule.widest {
        wrong("too_wide", format!("The video is {} pixels wide; at most {} are taken.", item.width, rule.widest));
    }
    let aspect = f64::from(item.width) / f64::from(item.height);
    if aspect < rule.aspect.0 * 0.99 || aspect > rule.aspect.1 * 1.01 {
        wrong("wrong_aspect", "The video is too narrow or too wide; 9:16 (1080 x 1920) is best.".into());
    }
}

fn length(seconds: u64) -> String {
    if seconds > 120 { format!("{} minutes", seconds / 60) } else { format!("{seconds} seconds") }
}
