//! What TikTok lets a creator do, as a person composing for them has to see it (TikTok's content sharing guidelines, points 1 to 3).
//!
//! Always true: only audiences that TikTok offers this creator are shown, none is chosen beforehand, and what the creator has turned off cannot be
//! turned on here. What TikTok has not told is not made up: then every audience is shown, and that nobody was asked is said.

use crate::model::account::Account;
use crate::platform::tiktok::Standing;

/// What was told last; none where nothing was, or nothing that can be read.
fn told(account: &Account) -> Option<Standing> {
    serde_json::from_value(account.standing.clone()?).ok()
}

/// What the form shows of a creator.
#[derive(Debug, Default)]
pub struct Creator {
    /// The name that TikTok wants shown, and the user name; empty where they are not told.
    pub nickname: String,
    pub username: String,
    pub audiences: Vec<Audience>,
    pub comment: Switch,
    pub duet: Switch,
    pub stitch: Switch,
    /// How long a video may be, in words; empty: not told.
    pub longest: String,
    /// Why nothing can be posted now.
    pub barred: Option<&'static str>,
    /// Was TikTok ever asked, with success?
    pub is_told: bool,
    /// Drafts that were delivered within a day and that TikTok has not told to be posted.
    pub waiting_drafts: u32,
}

#[derive(Debug)]
pub struct Audience {
    pub word: String,
    pub label: String,
    pub chosen: bool,
}

/// One of the three things that others can be allowed to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Switch {
    pub on: bool,
    /// The creator has turned it off.
    pub off_for_all: bool,
}

const AUDIENCES: [(&str, &str); 4] =
    [("PUBLIC_TO_EVERYONE", "Everyone"), ("MUTUAL_FOLLOW_FRIENDS", "Friends"), ("FOLLOWER_OF_CREATOR", "Followers"), ("SELF_ONLY", "Only me")];

/// What is typed in the form, of what this shows.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub privacy_level: &'a str,
    pub allow_comment: bool,
    pub allow_duet: bool,
    pub allow_stitch: bool,
}

impl Creator {
    pub fn of(account: &Account, chosen: Chosen<'_>, waiting_drafts: u32) -> Creator {
        let told = told(account);
        let is_told = told.is_some();
        let told = told.unwrap_or_default();
        let offered: Vec<&str> = match told.privacy_level_options.as_slice() {
            [] => AUDIENCES.iter().map(|(word, _)| *word).collect(),
            options => options.iter().map(String::as_str).collect(),
        };
        let audience = |word: &str| Audience { word: word.to_owned(), label: label(word), chosen: word == chosen.privacy_level };
        let switch = |on: bool, off_for_all: bool| Switch { on: on && !off_for_all, off_for_all };
        Creator {
            audiences: offered.into_iter().map(audience).collect(),
            comment: switch(chosen.allow_comment, told.comment_disabled),
            duet: switch(chosen.allow_duet, told.duet_disabled),
            stitch: switch(chosen.allow_stitch, told.stitch_disabled),
            longest: told.max_video_post_duration_sec.filter(|seconds| *seconds > 0).map(minutes).unwrap_or_default(),
            barred: told.cannot_post_now.as_deref().map(why_barred),
            nickname: told.nickname,
            username: told.username,
            is_told,
            waiting_drafts,
        }
    }
}

impl Creator {
    /// The three switches as the form has them: its field, TikTok's words, how it stands, and the kinds that have it.
    pub fn switches(&self) -> [(&'static str, &'static str, Switch, &'static str); 3] {
        [
            ("allow_comment", "Allow Comment", self.comment, "video photos"),
            ("allow_duet", "Allow Duet", self.duet, "video"),
            ("allow_stitch", "Allow Stitch", self.stitch, "video"),
        ]
    }
}

/// Why this creator can post nothing now, if that is so.
pub fn barred(account: &Account) -> Option<&'static str> {
    told(account)?.cannot_post_now.as_deref().map(why_barred)
}

fn why_barred(code: &str) -> &'static str {
    match code {
        "spam_risk_too_many_posts" => "TikTok says that this creator has posted as much as it allows within a day.",
        "spam_risk_user_banned_from_posting" => "TikTok has barred this creator from posting.",
        "reached_active_user_cap" => "This installation's TikTok app has been used by as many creators as TikTok allows within a day.",
        _ => "TikTok says that this creator cannot post at the moment.",
    }
}

fn label(word: &str) -> String {
    AUDIENCES.iter().find(|(known, _)| *known == word).map_or_else(|| word.to_owned(), |(_, label)| (*label).to_owned())
}

fn minutes(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} seconds"),
        (1, 0) => "1 minute".to_owned(),
        (minutes, 0) => format!("{minutes} minutes"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ids::{AccountId, WorkspaceId};
    use crate::kind::{Login, Platform};
    use crate::model::account::Status;

    fn account(standing: Option<Value>) -> Account {
        Account {
            id: AccountId(1),
            workspace_id: WorkspaceId(1),
            platform: Platform::Tiktok,
            login: Login::Tiktok,
            remote_id: String::new(),
            username: String::new(),
            display_name: String::new(),
            has_avatar: false,
            status: Status::Active,
            status_reason: None,
            scopes: Vec::new(),
            missing_scopes: Vec::new(),
            access_sealed: None,
            access_version: 1,
            expires_at: None,
            renew_by: None,
            connected_by: None,
            connected_at: chrono::DateTime::UNIX_EPOCH,
            standing,
            standing_at: None,
        }
    }

    fn shown(standing: Option<Value>, privacy_level: &str) -> Creator {
        Creator::of(&account(standing), Chosen { privacy_level, allow_comment: true, allow_duet: true, allow_stitch: false }, 0)
    }

    #[test]
    fn the_audiences_are_those_of_the_creator_and_none_is_preset() {
        let private = json!({"privacy_level_options": ["FOLLOWER_OF_CREATOR", "SELF_ONLY", "NEW_ONE"]});
        let creator = shown(Some(private.clone()), "");
        assert_eq!(creator.audiences.iter().map(|a| a.label.as_str()).collect::<Vec<_>>(), ["Followers", "Only me", "NEW_ONE"]);
        assert!(!creator.audiences.iter().any(|audience| audience.chosen));
        assert!(shown(Some(private), "SELF_ONLY").audiences[1].chosen);
        let unasked = shown(None, "");
        assert_eq!((unasked.audiences.len(), unasked.is_told), (4, false));
    }

    #[test]
    fn what_the_creator_turned_off_cannot_be_turned_on() {
        let creator = shown(Some(json!({"comment_disabled": true, "stitch_disabled": true, "max_video_post_duration_sec": 600})), "");
        assert_eq!((creator.comment.on, creator.comment.off_for_all), (false, true));
        assert_eq!((creator.duet.on, creator.duet.off_for_all), (true, false));
        assert_eq!((creator.stitch.on, creator.stitch.off_for_all), (false, true));
        assert_eq!(creator.longest, "10 minutes");
    }

    #[test]
    fn who_can_post_nothing_is_told_why() {
        for (code, says) in [
            (json!("spam_risk_too_many_posts"), Some("as much as it allows")),
            (json!("spam_risk_user_banned_from_posting"), Some("barred")),
            (json!("reached_active_user_cap"), Some("this installation's TikTok app")),
            (json!("later"), Some("cannot post at the moment")),
            (Value::Null, None),
        ] {
            let told = barred(&account(Some(json!({ "cannot_post_now": code }))));
            assert_eq!(told.is_some(), says.is_some());
            assert!(told.unwrap_or_default().to_lowercase().contains(&says.unwrap_or_default().to_lowercase()), "{told:?}");
        }
        assert_eq!(barred(&account(None)), None);
        assert_eq!(minutes(185), "3 min 5 s");
    }
}
