//! What TikTok lets a creator post at the moment (tiktok.md §5.1): read from TikTok, stored with the account, and held against a post.
//!
//! Always true: what TikTok did not tell is no reason against a post, and nothing in a post is replaced silently.

use serde::{Deserialize, Serialize};

use super::options::{Options, audience, problem};
use crate::platform::tiktok::wire::CreatorInfo;
use crate::platform::{Account, Item, Problem, Remedy};

/// The creator's settings, in the form that is stored with the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    pub username: String,
    /// The name that has to be shown where a post is composed.
    pub nickname: String,
    /// The audiences that can be chosen. Empty: TikTok has not told.
    pub privacy_level_options: Vec<String>,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    /// Seconds that a video may last.
    pub max_video_post_duration_sec: Option<u64>,
    /// TikTok's code for why the creator can post nothing now; none when they can.
    pub cannot_post_now: Option<String>,
}

impl From<CreatorInfo> for Standing {
    fn from(info: CreatorInfo) -> Standing {
        Standing {
            username: info.creator_username,
            nickname: info.creator_nickname,
            privacy_level_options: info.privacy_level_options,
            comment_disabled: info.comment_disabled,
            duet_disabled: info.duet_disabled,
            stitch_disabled: info.stitch_disabled,
            max_video_post_duration_sec: info.max_video_post_duration_sec,
            cannot_post_now: None,
        }
    }
}

impl Standing {
    /// What was told last; none where nothing was, or nothing that can be read.
    pub fn of(account: &Account) -> Option<Standing> {
        serde_json::from_value(account.standing.clone()?).ok()
    }

    /// The options that the creator cannot choose. Photos know neither duet nor stitch, and leave them off.
    pub(in super::super) fn misfits(&self, options: &Options) -> Vec<Problem> {
        let mut problems = Vec::new();
        let offered = &self.privacy_level_options;
        if !offered.is_empty() && !offered.contains(&options.privacy_level) {
            let names: Vec<String> = offered.iter().map(|level| audience(level)).collect();
            let message = format!(
                "The creator cannot choose {} as the audience now; TikTok offers {}. Choose one of these.",
                audience(&options.privacy_level),
                names.join(", ")
            );
            problems.push(problem("privacy_level", "not_offered", message));
        }
        for (option, what, off_in_post, off_in_account) in [
            ("disable_comment", "comments", options.disable_comment, self.comment_disabled),
            ("disable_duet", "duets", options.disable_duet, self.duet_disabled),
            ("disable_stitch", "stitches", options.disable_stitch, self.stitch_disabled),
        ] {
            if off_in_account && !off_in_post {
                let message =
                    format!("The post allows {what}, and the creator's own TikTok settings do not. Turn them off in the post, or on again in the TikTok app.");
                problems.push(problem(option, "disabled_by_creator", message));
            }
        }
        problems
    }

    /// In milliseconds; none if TikTok did not say.
    pub(in super::super) fn longest_video_ms(&self) -> Option<u64> {
        self.max_video_post_duration_sec.filter(|seconds| *seconds > 0).map(|seconds| seconds.saturating_mul(1000))
    }

    /// The video, if it is longer than this creator may post.
    pub(in super::super) fn too_long(&self, item: &Item) -> Option<Problem> {
        let allowed = self.max_video_post_duration_sec.filter(|seconds| *seconds > 0)?;
        let duration = item.duration_ms.filter(|ms| *ms > allowed.saturating_mul(1000))?;
        let message = format!("The video lasts {} seconds; TikTok lets this creator post {allowed} at most.", duration.div_ceil(1000));
        Some(Problem::new("media.0", "too_long", message).remedy(Remedy::Trim))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kind::Kind;

    fn standing() -> Standing {
        Standing { privacy_level_options: ["PUBLIC_TO_EVERYONE", "SELF_ONLY"].map(String::from).to_vec(), ..Standing::default() }
    }

    fn found(standing: &Standing, kind: Kind, options: &serde_json::Value) -> Vec<(String, &'static str, String)> {
        let options = Options::read(kind, options.as_object().unwrap()).unwrap();
        standing.misfits(&options).into_iter().map(|p| (p.field, p.code, p.message)).collect()
    }

    #[test]
    fn what_is_not_offered_is_named_with_what_is() {
        let friends = json!({"privacy_level": "MUTUAL_FOLLOW_FRIENDS"});
        for kind in [Kind::Video, Kind::Photos] {
            let problems = found(&standing(), kind, &friends);
            let [(field, code, message)] = problems.as_slice() else { panic!("{problems:?}") };
            assert_eq!((field.as_str(), *code), ("options.privacy_level", "not_offered"));
            assert_eq!(message, "The creator cannot choose “Friends” as the audience now; TikTok offers “Everyone”, “Only me”. Choose one of these.");
            assert_eq!(found(&standing(), kind, &json!({"privacy_level": "SELF_ONLY"})), []);
            assert_eq!(found(&Standing::default(), kind, &friends), [], "not told");
        }
    }

    #[test]
    fn what_the_creator_turned_off_cannot_be_allowed() {
        let closed = Standing { comment_disabled: true, duet_disabled: true, stitch_disabled: true, ..standing() };
        let open = json!({"privacy_level": "SELF_ONLY", "disable_comment": false, "disable_duet": false, "disable_stitch": false});
        let fields = |standing: &Standing, kind, options: &serde_json::Value| -> Vec<String> {
            found(standing, kind, options).into_iter().filter(|(_, code, _)| *code == "disabled_by_creator").map(|(field, ..)| field).collect()
        };
        assert_eq!(fields(&closed, Kind::Video, &open), ["options.disable_comment", "options.disable_duet", "options.disable_stitch"]);
        assert_eq!(fields(&standing(), Kind::Video, &open), Vec::<String>::new());
        assert_eq!(fields(&closed, Kind::Video, &json!({"privacy_level": "SELF_ONLY"})), Vec::<String>::new());
        assert_eq!(fields(&closed, Kind::Photos, &json!({"privacy_level": "SELF_ONLY", "disable_comment": false})), ["options.disable_comment"]);
    }

    #[test]
    fn what_is_stored_may_lack_anything() {
        let account = |standing| Account {
            platform: crate::kind::Platform::Tiktok,
            login: crate::kind::Login::Tiktok,
            remote_id: String::new(),
            username: String::new(),
            scopes: Vec::new(),
            standing,
        };
        assert_eq!(Standing::of(&account(None)), None);
        assert_eq!(Standing::of(&account(Some(json!([1])))), None);
        assert_eq!(Standing::of(&account(Some(json!({"nickname": "N", "later": 1})))), Some(Standing { nickname: "N".into(), ..Standing::default() }));
        let stored = serde_json::to_value(standing()).unwrap();
        assert_eq!(Standing::of(&account(Some(stored))), Some(standing()));
    }
}
