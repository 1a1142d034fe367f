//! The options of a TikTok post (tiktok.md §5.2, §5.4), read from the post's `options` and written as the request's `post_info`.
//!
//! Always true: nothing is chosen for the person. Who can view has no default; comment, duet and stitch are off until somebody turns them on. A
//! draft takes only what TikTok keeps in the creator's editing.

use serde_json::{Map, Value, json};

use crate::kind::Kind;
use crate::platform::{Problem, Remedy};

const PRIVACY: [(&str, &str); 4] =
    [("PUBLIC_TO_EVERYONE", "Everyone"), ("MUTUAL_FOLLOW_FRIENDS", "Friends"), ("FOLLOWER_OF_CREATOR", "Followers"), ("SELF_ONLY", "Only me")];
const PRIVACY_LEVEL: &str = "privacy_level";
const VIDEO_COVER: &str = "video_cover_timestamp_ms";
const PHOTO_COVER: &str = "photo_cover_index";
const TITLE: &str = "title";
/// UTF-16 code units in the title of photos.
const MAX_TITLE: usize = 90;

const OF_VIDEOS: &[&str] =
    &[PRIVACY_LEVEL, "disable_comment", "disable_duet", "disable_stitch", "brand_content_toggle", "brand_organic_toggle", "is_aigc", VIDEO_COVER];
const OF_PHOTOS: &[&str] = &[PRIVACY_LEVEL, "disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle", "is_aigc", TITLE, PHOTO_COVER];
const OF_DRAFT_PHOTOS: &[&str] = &["is_aigc", TITLE, PHOTO_COVER];

pub(in super::super) const PUBLIC: &str = "PUBLIC_TO_EVERYONE";
pub(in super::super) const SELF_ONLY: &str = "SELF_ONLY";

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Options {
    /// Empty for drafts.
    pub privacy_level: String,
    pub disable_comment: bool,
    pub disable_duet: bool,
    pub disable_stitch: bool,
    pub brand_content_toggle: bool,
    pub brand_organic_toggle: bool,
    pub is_aigc: bool,
    pub auto_add_music: bool,
    pub video_cover_timestamp_ms: Option<i32>,
    pub title: String,
    pub photo_cover_index: usize,
}

impl Options {
    /// The options, or everything that is wrong with them.
    pub(in super::super) fn read(kind: Kind, given: &Map<String, Value>) -> Result<Options, Vec<Problem>> {
        let known = names(kind);
        let mut problems: Vec<Problem> =
            given.iter().filter(|(name, value)| !value.is_null() && !known.contains(&name.as_str())).map(|(name, _)| foreign(kind, name)).collect();
        let given = |name: &str| given.get(name).filter(|value| known.contains(&name) && !value.is_null());
        let mut switch = |name: &str, unless_given| match given(name) {
            None => unless_given,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                problems.push(problem(name, "wrong_type", "This option is either true or false."));
                unless_given
            }
        };
        let mut options = Options {
            privacy_level: String::new(),
            disable_comment: switch("disable_comment", true),
            disable_duet: switch("disable_duet", true),
            disable_stitch: switch("disable_stitch", true),
            brand_content_toggle: switch("brand_content_toggle", false),
            brand_organic_toggle: switch("brand_organic_toggle", false),
            is_aigc: switch("is_aigc", false),
            auto_add_music: switch("auto_add_music", false),
            video_cover_timestamp_ms: None,
            title: String::new(),
            photo_cover_index: 0,
        };
        match given(PRIVACY_LEVEL) {
            None if !known.contains(&PRIVACY_LEVEL) => {}
            None => problems.push(problem(PRIVACY_LEVEL, "required", "Choose who can view this post: TikTok allows no preset.")),
            Some(Value::String(level)) if PRIVACY.iter().any(|(known, _)| known == level) => options.privacy_level.clone_from(level),
            Some(_) => {
                let levels = PRIVACY.map(|(level, _)| level).join(", ");
                problems.push(problem(PRIVACY_LEVEL, "invalid", format!("Who can view this post must be one of {levels}.")));
            }
        }
        if let Some(value) = given(VIDEO_COVER) {
            match value.as_i64().and_then(|ms| i32::try_from(ms).ok()).filter(|ms| *ms >= 0) {
                Some(ms) => options.video_cover_timestamp_ms = Some(ms),
                None => problems.push(problem(VIDEO_COVER, "wrong_type", "The cover's time is a whole number of milliseconds from the video's start.")),
            }
        }
        if let Some(value) = given(PHOTO_COVER) {
            match value.as_u64().and_then(|index| usize::try_from(index).ok()) {
                Some(index) => options.photo_cover_index = index,
                None => problems.push(problem(PHOTO_COVER, "wrong_type", "The cover is the place of a photo in the post; the first one is 0.")),
            }
        }
        match given(TITLE) {
            None => {}
            Some(Value::String(title)) => {
                let units = title.encode_utf16().count();
                if units > MAX_TITLE {
                    let message = format!("The title has {units} characters as TikTok counts (most emoji count as two); at most {MAX_TITLE} are allowed.");
                    problems.push(problem(TITLE, "too_long", message).remedy(Remedy::Shorten));
                }
                options.title.clone_from(title);
            }
            Some(_) => problems.push(problem(TITLE, "wrong_type", "The title is a text.")),
        }
        if options.brand_content_toggle && options.privacy_level == SELF_ONLY {
            problems.push(problem(
                "brand_content_toggle",
                "conflict",
                "Branded content visibility cannot be set to private. Choose another audience, or turn it off.",
            ));
        }
        if problems.is_empty() { Ok(options) } else { Err(problems) }
    }

    /// `post_info` of a direct video. An absent caption is left out.
    pub(in super::super) fn video_info(&self, caption: &str) -> Map<String, Value> {
        let mut info = Map::new();
        if !caption.is_empty() {
            info.insert("title".into(), json!(caption));
        }
        info.insert(PRIVACY_LEVEL.into(), json!(self.privacy_level));
        for (name, on) in [
            ("disable_comment", self.disable_comment),
            ("disable_duet", self.disable_duet),
            ("disable_stitch", self.disable_stitch),
            ("brand_content_toggle", self.brand_content_toggle),
            ("brand_organic_toggle", self.brand_organic_toggle),
            ("is_aigc", self.is_aigc),
        ] {
            info.insert(name.into(), json!(on));
        }
        if let Some(ms) = self.video_cover_timestamp_ms {
            info.insert(VIDEO_COVER.into(), json!(ms));
        }
        info
    }

    /// `post_info` of photos. The caption is the description; for a draft there is nothing else that has to be sent, so that it is sent even if empty.
    pub(in super::super) fn photo_info(&self, caption: &str, draft: bool) -> Map<String, Value> {
        let mut info = Map::new();
        if !self.title.is_empty() {
            info.insert(TITLE.into(), json!(self.title));
        }
        if draft || !caption.is_empty() {
            info.insert("description".into(), json!(caption));
        }
        if !draft {
            info.insert(PRIVACY_LEVEL.into(), json!(self.privacy_level));
            for (name, on) in [
                ("disable_comment", self.disable_comment),
                ("auto_add_music", self.auto_add_music),
                ("brand_content_toggle", self.brand_content_toggle),
                ("brand_organic_toggle", self.brand_organic_toggle),
            ] {
                info.insert(name.into(), json!(on));
            }
        }
        info
    }
}

/// What an audience is called.
pub(super) fn audience(level: &str) -> String {
    PRIVACY.iter().find(|(known, _)| *known == level).map_or_else(|| level.to_owned(), |(_, name)| format!("“{name}”"))
}

pub(super) fn problem(option: &str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(format!("options.{option}"), code, message)
}

fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Video => OF_VIDEOS,
        Kind::Photos => OF_PHOTOS,
        Kind::DraftPhotos => OF_DRAFT_PHOTOS,
        _ => &[],
    }
}

/// TikTok drops a setting that is sent with a draft without a word, so that taking it here would promise too much.
fn foreign(kind: Kind, name: &str) -> Problem {
    let of_the_post = match kind {
        Kind::DraftVideo => OF_VIDEOS,
        Kind::DraftPhotos => OF_PHOTOS,
        _ => &[],
    };
    if of_the_post.contains(&name) {
        return problem(name, "not_for_drafts", "A draft does not carry this setting: the creator makes it in the TikTok app. Remove this option.");
    }
    problem(name, "unknown_option", format!("TikTok has no option “{name}” for this kind of post ({}).", kind.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_was_not_chosen_stays_off() {
        let given = map(json!({"privacy_level": "SELF_ONLY"}));
        let video = Options::read(Kind::Video, &given).unwrap().video_info("");
        let expected = json!({
            "privacy_level": "SELF_ONLY", "disable_comment": true, "disable_duet": true, "disable_stitch": true,
            "brand_content_toggle": false, "brand_organic_toggle": false, "is_aigc": false,
        });
        assert_eq!(Value::Object(video), expected);
        let photos = Options::read(Kind::Photos, &given).unwrap();
        let expected = json!({
            "privacy_level": "SELF_ONLY", "disable_comment": true, "auto_add_music": false, "brand_content_toggle": false, "brand_organic_toggle": false,
        });
        assert_eq!((Value::Object(photos.photo_info("", false)), photos.photo_cover_index, photos.is_aigc), (expected, 0, false));
        let draft = Options::read(Kind::DraftPhotos, &Map::new()).unwrap();
        assert_eq!(Value::Object(draft.photo_info("", true)), json!({"description": ""}));
    }

    #[test]
    fn what_was_chosen_is_sent_under_tiktoks_names() {
        let chosen = json!({
            "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false, "disable_duet": false, "disable_stitch": true,
            "brand_content_toggle": true, "brand_organic_toggle": true, "is_aigc": true, "video_cover_timestamp_ms": 1500,
        });
        let sent = Options::read(Kind::Video, &map(chosen.clone())).unwrap().video_info("hello #cats");
        let mut expected = map(chosen);
        expected.insert("title".into(), json!("hello #cats"));
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_photos_caption_is_its_description() {
        let mut chosen = map(json!({
            "title": "Cats", "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false, "auto_add_music": true,
            "brand_content_toggle": true, "brand_organic_toggle": true, "is_aigc": true, "photo_cover_index": 2,
        }));
        let options = Options::read(Kind::Photos, &chosen).unwrap();
        assert_eq!((options.is_aigc, options.photo_cover_index), (true, 2));
        // These two have places of their own in the request.
        chosen.remove("is_aigc");
        chosen.remove("photo_cover_index");
        chosen.insert("description".into(), json!("hello #cats"));
        assert_eq!(options.photo_info("hello #cats", false), chosen);
        let draft = Options::read(Kind::DraftPhotos, &map(json!({"title": "Cats", "is_aigc": true, "photo_cover_index": 1}))).unwrap();
        assert_eq!(Value::Object(draft.photo_info("hello #cats", true)), json!({"title": "Cats", "description": "hello #cats"}));
    }

    #[test]
    fn every_wrong_option_is_named() {
        let public = |more: Value| {
            let mut given = map(json!({"privacy_level": "PUBLIC_TO_EVERYONE"}));
            given.extend(map(more));
            Value::Object(given)
        };
        for (kind, given, field, code) in [
            (Kind::Video, json!({}), "privacy_level", "required"),
            (Kind::Photos, json!({"privacy_level": null}), "privacy_level", "required"),
            (Kind::Video, json!({"privacy_level": "public"}), "privacy_level", "invalid"),
            (Kind::Photos, json!({"privacy_level": 1}), "privacy_level", "invalid"),
            (Kind::Video, public(json!({"disable_comment": "no"})), "disable_comment", "wrong_type"),
            (Kind::Video, public(json!({"is_aigc": 1})), "is_aigc", "wrong_type"),
            (Kind::Video, public(json!({"video_cover_timestamp_ms": -1})), "video_cover_timestamp_ms", "wrong_type"),
            (Kind::Video, public(json!({"video_cover_timestamp_ms": 1.5})), "video_cover_timestamp_ms", "wrong_type"),
            (Kind::Video, public(json!({"video_cover_timestamp_ms": 3_000_000_000_u64})), "video_cover_timestamp_ms", "wrong_type"),
            (Kind::Video, public(json!({"auto_add_music": true})), "auto_add_music", "unknown_option"),
            (Kind::Video, public(json!({"title": "x"})), "title", "unknown_option"),
            (Kind::Video, public(json!({"first_comment": "x"})), "first_comment", "unknown_option"),
            (Kind::Photos, public(json!({"auto_add_music": 0})), "auto_add_music", "wrong_type"),
            (Kind::Photos, public(json!({"disable_duet": true})), "disable_duet", "unknown_option"),
            (Kind::Photos, public(json!({"video_cover_timestamp_ms": 1})), "video_cover_timestamp_ms", "unknown_option"),
            (Kind::Photos, public(json!({"photo_cover_index": -1})), "photo_cover_index", "wrong_type"),
            (Kind::Photos, public(json!({"photo_cover_index": "1"})), "photo_cover_index", "wrong_type"),
            (Kind::Photos, public(json!({"title": ["x"]})), "title", "wrong_type"),
            (Kind::Photos, public(json!({"title": "x".repeat(91)})), "title", "too_long"),
            (Kind::Photos, public(json!({"title": "😀".repeat(46)})), "title", "too_long"),
            (Kind::Video, json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}), "brand_content_toggle", "conflict"),
            (Kind::Photos, json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}), "brand_content_toggle", "conflict"),
            (Kind::DraftVideo, json!({"privacy_level": "SELF_ONLY"}), "privacy_level", "not_for_drafts"),
            (Kind::DraftVideo, json!({"is_aigc": true}), "is_aigc", "not_for_drafts"),
            (Kind::DraftVideo, json!({"title": "x"}), "title", "unknown_option"),
            (Kind::DraftPhotos, json!({"privacy_level": "SELF_ONLY"}), "privacy_level", "not_for_drafts"),
            (Kind::DraftPhotos, json!({"auto_add_music": false}), "auto_add_music", "not_for_drafts"),
            (Kind::DraftPhotos, json!({"share_to_feed": true}), "share_to_feed", "unknown_option"),
        ] {
            let problems = Options::read(kind, &map(given.clone())).unwrap_err();
            let found: Vec<_> = problems.iter().map(|p| (p.field.clone(), p.code)).collect();
            assert_eq!(found, [(format!("options.{field}"), code)], "{kind} {given}");
        }
        for (kind, given) in [
            (Kind::Photos, public(json!({"title": "x".repeat(90)}))),
            (Kind::Photos, public(json!({"title": "😀".repeat(45)}))),
            (Kind::DraftVideo, json!({"privacy_level": null})),
        ] {
            assert!(Options::read(kind, &map(given.clone())).is_ok(), "{kind} {given}");
        }
    }
}
