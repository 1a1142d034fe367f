//! The switches that can be thrown by hand.
//!
//! Always true: a name stands for one setting; each group is together. What is not here is for tests alone.

use std::time::Duration;

use crate::settings::Settings;

pub enum Setting {
    Flag(fn(&mut Settings) -> &mut bool),
    Seconds(fn(&mut Settings) -> &mut Duration),
    Number(fn(&mut Settings) -> &mut u32),
}

pub struct Switch {
    pub group: &'static str,
    pub name: &'static str,
    pub title: &'static str,
    pub setting: Setting,
}

const fn flag(group: &'static str, name: &'static str, title: &'static str, of: fn(&mut Settings) -> &mut bool) -> Switch {
    Switch { group, name, title, setting: Setting::Flag(of) }
}

const fn seconds(group: &'static str, name: &'static str, title: &'static str, of: fn(&mut Settings) -> &mut Duration) -> Switch {
    Switch { group, name, title, setting: Setting::Seconds(of) }
}

const fn number(group: &'static str, name: &'static str, title: &'static str, of: fn(&mut Settings) -> &mut u32) -> Switch {
    Switch { group, name, title, setting: Setting::Number(of) }
}

const ALL: &str = "All platforms";
const TIKTOK: &str = "TikTok";
const META: &str = "Facebook and Instagram";
const FACEBOOK: &str = "Facebook";
const INSTAGRAM: &str = "Instagram";

pub const TABLE: &[Switch] = &[
    flag(ALL, "auto_consent", "consent pages allow everything by themselves", |s| &mut s.auto_consent),
    flag(ALL, "rate_limits", "calls per minute are limited", |s| &mut s.rate_limits),
    flag(ALL, "quotas", "posts and uploads per day are limited", |s| &mut s.quotas),
    seconds(ALL, "processing", "seconds that media are processed", |s| &mut s.processing),
    seconds(ALL, "read_lag", "seconds that reads lag behind", |s| &mut s.read_lag),
    flag(TIKTOK, "audited", "the app has passed the audit", |s| &mut s.audited),
    flag(TIKTOK, "delivers_public_id", "ids of public posts are told", |s| &mut s.delivers_public_id),
    flag(TIKTOK, "never_finishes", "uploads are processed for ever", |s| &mut s.never_finishes),
    flag(TIKTOK, "tiktok_rotates", "a refresh gives a new refresh token", |s| &mut s.tiktok_rotates),
    seconds(TIKTOK, "moderation", "seconds of moderation before they are", |s| &mut s.moderation),
    seconds(TIKTOK, "pull_takes", "seconds that fetching media takes", |s| &mut s.tiktok.pull_takes),
    flag(META, "require_proof", "calls need appsecret_proof", |s| &mut s.require_proof),
    flag(META, "phases_say_completed", "phases say “completed”", |s| &mut s.phases_say_completed),
    flag(META, "republishing_makes_another", "publishing again makes another post", |s| &mut s.republishing_makes_another),
    flag(META, "page_token_reads_fail", "reads with the Page's token answer 100/33", |s| &mut s.page_token_reads_fail),
    flag(FACEBOOK, "pages_in_portfolio", "a business portfolio owns all Pages", |s| &mut s.pages_in_portfolio),
    flag(FACEBOOK, "refuse_duplicates", "the same words twice are refused, 506", |s| &mut s.refuse_duplicates),
    flag(INSTAGRAM, "missing_status_code", "failed containers have no status_code", |s| &mut s.missing_status_code),
    flag(INSTAGRAM, "others_post_too", "somebody else posts after each publishing", |s| &mut s.instagram.others_post_too),
    flag(INSTAGRAM, "silent_videos_fail", "videos without sound fail", |s| &mut s.instagram.silent_videos_fail),
    flag(INSTAGRAM, "comment_limits", "comments have a limit of 300 characters", |s| &mut s.instagram.comment_limits),
    flag(INSTAGRAM, "own_host_hides_captions", "Instagram's own host tells no captions", |s| &mut s.instagram.own_host_hides_captions),
    flag(INSTAGRAM, "instagram_token_wrapper", "its login answers in a wrapper", |s| &mut s.instagram_token_wrapper),
    number(INSTAGRAM, "instagram_quota", "posts per day", |s| &mut s.instagram_quota),
    seconds(INSTAGRAM, "status_lag", "seconds that a published container says FINISHED", |s| &mut s.instagram.status_lag),
    seconds(INSTAGRAM, "permalink_delay", "seconds until a permalink can be read", |s| &mut s.instagram.permalink_delay),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different_and_groups_together() {
        let mut names: Vec<&str> = TABLE.iter().map(|switch| switch.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
        let mut groups: Vec<&str> = TABLE.iter().map(|switch| switch.group).collect();
        groups.dedup();
        let together = groups.len();
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups.len(), together);
    }
}
