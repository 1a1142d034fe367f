//! The options of a direct post (tiktok.md §5.2), read from the post's `options` and written as `post_info`.
//!
//! Always true: nothing is chosen for the person. Who can view has no default; comment, duet and stitch are off until somebody turns them on.

use serde_json::{Map, Value, json};

use super::wire::CreatorInfo;
use crate::platform::{ErrorClass, PlatformError, Problem};

const PRIVACY: [(&str, &str); 4] =
    [("PUBLIC_TO_EVERYONE", "Everyone"), ("MUTUAL_FOLLOW_FRIENDS", "Friends"), ("FOLLOWER_OF_CREATOR", "Followers"), ("SELF_ONLY", "Only me")];
const SWITCHES: [&str; 6] = ["disable_comment", "disable_duet", "disable_stitch", "brand_content_toggle", "brand_organic_toggle", "is_aigc"];
const COVER: &str = "video_cover_timestamp_ms";

pub(super) const PUBLIC: &str = "PUBLIC_TO_EVERYONE";
pub(super) const SELF_ONLY: &str = "SELF_ONLY";

/// What a person chose for a direct post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub privacy_level: String,
    pub disable_comment: bool,
    pub disable_duet: bool,
    pub disable_stitch: bool,
    pub brand_content_toggle: bool,
    pub brand_organic_toggle: bool,
    pub is_aigc: bool,
    pub video_cover_timestamp_ms: Option<i32>,
}

impl Options {
    /// The options, or everything that is wrong with them.
    pub(super) fn read(given: &Map<String, Value>) -> Result<Options, Vec<Problem>> {
        let mut problems: Vec<Problem> = given
            .keys()
            .filter(|name| !is_known(name))
            .map(|name| problem(name, "unknown_option", format!("TikTok videos have no option “{name}”.")))
            .collect();
        let mut switch = |name: &str, unless_given| match given.get(name) {
            None | Some(Value::Null) => unless_given,
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
            video_cover_timestamp_ms: None,
        };
        match given.get("privacy_level") {
            None | Some(Value::Null) => problems.push(problem("privacy_level", "required", "Choose who can view this video: TikTok allows no preset.")),
            Some(Value::String(level)) if PRIVACY.iter().any(|(known, _)| known == level) => options.privacy_level.clone_from(level),
            Some(_) => {
                let levels = PRIVACY.map(|(level, _)| level).join(", ");
                problems.push(problem("privacy_level", "invalid", format!("Who can view this video must be one of {levels}.")));
            }
        }
        match given.get(COVER) {
            None | Some(Value::Null) => {}
            Some(value) => match value.as_i64().and_then(|ms| i32::try_from(ms).ok()).filter(|ms| *ms >= 0) {
                Some(ms) => options.video_cover_timestamp_ms = Some(ms),
                None => problems.push(problem(COVER, "wrong_type", "The cover's time is a whole number of milliseconds from the video's start.")),
            },
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

    /// What the creator's settings of this moment no longer allow. The post is then held for a person; nothing is replaced silently.
    pub(super) fn vanished(&self, info: &CreatorInfo) -> Result<(), PlatformError> {
        if !info.privacy_level_options.contains(&self.privacy_level) {
            let name = |level: &str| PRIVACY.iter().find(|(known, _)| *known == level).map_or_else(|| level.to_owned(), |(_, name)| format!("“{name}”"));
            let offered: Vec<String> = info.privacy_level_options.iter().map(|level| name(level)).collect();
            let message = format!("The creator can no longer choose {} as the audience; TikTok now offers {}.", name(&self.privacy_level), offered.join(", "));
            return Err(held("privacy_level_option_mismatch", message, "Open the post, choose who can view it, and retry."));
        }
        let gone: Vec<&str> = [
            ("comments", self.disable_comment, info.comment_disabled),
            ("duets", self.disable_duet, info.duet_disabled),
            ("stitches", self.disable_stitch, info.stitch_disabled),
        ]
        .into_iter()
        .filter(|(_, off_in_post, off_in_account)| !off_in_post && *off_in_account)
        .map(|(name, ..)| name)
        .collect();
        if !gone.is_empty() {
            let message = format!("The post allows {}, and the creator's own TikTok settings no longer do.", gone.join(" and "));
            return Err(held("interaction_disabled", message, "Turn them off in the post, or on again in the TikTok app. Then retry."));
        }
        Ok(())
    }

    /// The request's `post_info`. An absent caption is left out.
    pub(super) fn post_info(&self, caption: &str) -> Map<String, Value> {
        let mut info = Map::new();
        if !caption.is_empty() {
            info.insert("title".into(), json!(caption));
        }
        info.insert("privacy_level".into(), json!(self.privacy_level));
        for (name, on) in SWITCHES.into_iter().zip([
            self.disable_comment,
            self.disable_duet,
            self.disable_stitch,
            self.brand_content_toggle,
            self.brand_organic_toggle,
            self.is_aigc,
        ]) {
            info.insert(name.into(), json!(on));
        }
        if let Some(ms) = self.video_cover_timestamp_ms {
            info.insert(COVER.into(), json!(ms));
        }
        info
    }
}

/// Is this the name of an option of a direct video post?
pub(super) fn is_known(name: &str) -> bool {
    name == "privacy_level" || name == COVER || SWITCHES.contains(&name)
}

pub(super) fn problem(option: &str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(format!("options.{option}"), code, message)
}

/// A post that waits for a person.
pub(super) fn held(code: &str, message: impl Into<String>, remedy: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Rejected, code, message).remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn info() -> CreatorInfo {
        CreatorInfo { privacy_level_options: vec![PUBLIC.into(), SELF_ONLY.into()], ..CreatorInfo::default() }
    }

    #[test]
    fn what_was_not_chosen_stays_off() {
        let options = Options::read(&map(json!({"privacy_level": "SELF_ONLY"}))).unwrap();
        let expected = json!({
            "privacy_level": "SELF_ONLY", "disable_comment": true, "disable_duet": true, "disable_stitch": true,
            "brand_content_toggle": false, "brand_organic_toggle": false, "is_aigc": false,
        });
        assert_eq!(Value::Object(options.post_info("")), expected);
    }

    #[test]
    fn what_was_chosen_is_sent_under_tiktoks_names() {
        let chosen = json!({
            "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false, "disable_duet": false, "disable_stitch": true,
            "brand_content_toggle": true, "brand_organic_toggle": true, "is_aigc": true, "video_cover_timestamp_ms": 1500,
        });
        let sent = Options::read(&map(chosen.clone())).unwrap().post_info("hello #cats");
        let mut expected = map(chosen);
        expected.insert("title".into(), json!("hello #cats"));
        assert_eq!(sent, expected);
    }

    #[test]
    fn every_wrong_option_is_named() {
        for (given, field, code) in [
            (json!({}), "options.privacy_level", "required"),
            (json!({"privacy_level": null}), "options.privacy_level", "required"),
            (json!({"privacy_level": "public"}), "options.privacy_level", "invalid"),
            (json!({"privacy_level": 1}), "options.privacy_level", "invalid"),
            (json!({"privacy_level": "SELF_ONLY", "disable_comment": "no"}), "options.disable_comment", "wrong_type"),
            (json!({"privacy_level": "SELF_ONLY", "is_aigc": 1}), "options.is_aigc", "wrong_type"),
            (json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": -1}), "options.video_cover_timestamp_ms", "wrong_type"),
            (json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 1.5}), "options.video_cover_timestamp_ms", "wrong_type"),
            (json!({"privacy_level": "SELF_ONLY", "video_cover_timestamp_ms": 3_000_000_000_u64}), "options.video_cover_timestamp_ms", "wrong_type"),
            (json!({"privacy_level": "SELF_ONLY", "auto_add_music": true}), "options.auto_add_music", "unknown_option"),
            (json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}), "options.brand_content_toggle", "conflict"),
        ] {
            let problems = Options::read(&map(given.clone())).unwrap_err();
            let found: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.code)).collect();
            assert_eq!(found, [(field, code)], "{given}");
        }
    }

    #[test]
    fn what_vanished_holds_the_post_and_is_named() {
        let read = |given| Options::read(&map(given)).unwrap();
        let quiet = read(json!({"privacy_level": "SELF_ONLY"}));
        assert_eq!(quiet.vanished(&info()), Ok(()));
        let friends = read(json!({"privacy_level": "MUTUAL_FOLLOW_FRIENDS"})).vanished(&info()).unwrap_err();
        assert_eq!((friends.class, friends.code.as_str()), (ErrorClass::Rejected, "privacy_level_option_mismatch"));
        assert_eq!(friends.message, "The creator can no longer choose “Friends” as the audience; TikTok now offers “Everyone”, “Only me”.");
        let open = read(json!({"privacy_level": "SELF_ONLY", "disable_comment": false, "disable_duet": false, "disable_stitch": false}));
        assert_eq!(open.vanished(&info()), Ok(()));
        let closed = CreatorInfo { comment_disabled: true, stitch_disabled: true, ..info() };
        assert_eq!(open.vanished(&closed).unwrap_err().message, "The post allows comments and stitches, and the creator's own TikTok settings no longer do.");
        assert_eq!(quiet.vanished(&closed), Ok(()));
    }
}
