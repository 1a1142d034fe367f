//! Each kind of post × each thing that can happen to it. One test a cell; the table in `docs/platforms.md` is made from their names.
//!
//! A row is a kind as one account publishes it; a column is a function of [`scenario`]. A new kind is one line here, and then passes through everything.

mod scenario;
mod table;

use chrono::{DateTime, Utc};
use pm3k::actions::Actor;
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::ids::{AccountId, PostId};
use pm3k::kind::Kind;
use serde_json::{Value, json};

use crate::support::house::{Inside, Who};

/// One kind of post, with what it takes to publish it.
pub struct Case {
    pub who: Who,
    pub kind: Kind,
    /// Files of `tests/data/media`.
    pub files: &'static [&'static str],
    pub options: fn() -> Value,
    /// The call that makes it visible, as the simulator names it.
    pub visible_call: &'static str,
    /// No later question can settle this call when its answer is lost after it acted: a person is asked then.
    pub may_stay_unconfirmed: bool,
}

impl Case {
    /// Schedules one post of this kind.
    pub fn plan(&self, inside: &Inside<'_>, account_id: AccountId, caption: &str, at: DateTime<Utc>) -> PostId {
        let media = self.files.iter().map(|file| inside.upload(file)).collect();
        let options = (self.options)().as_object().cloned().unwrap();
        let target = Target { account_id, kind: Some(self.kind), caption: None, options, adjust: Default::default() };
        let new = NewPost { caption: caption.into(), media, schedule: Schedule::At(at), targets: vec![target] };
        posts::create(&inside.app, Actor::Cli, inside.workspace, &new, None, inside.house.now()).unwrap()
    }
}

fn none() -> Value {
    json!({})
}

fn public() -> Value {
    json!({"privacy_level": "PUBLIC_TO_EVERYONE"})
}

fn link() -> Value {
    json!({"link": "https://www.example.org/news"})
}

fn titled() -> Value {
    json!({"title": "A title"})
}

/// The columns: the names of the functions in [`scenario`], in the order of the table, with their headings.
pub const COLUMNS: &[(&str, &str)] = &[
    ("happy_path", "happy path"),
    ("staging", "staged, and nothing early"),
    ("crash_between_commits", "crash between every pair of commits"),
    ("dropped_after_acting", "dropped after acting"),
    ("dropped_after_acting_reads_lag", "dropped after acting, reads lag"),
    ("status_500_after_acting", "500 after acting"),
    ("page_502_after_acting", "502 page after acting"),
    ("empty_200_after_acting", "empty 200 after acting"),
    ("dropped_before_acting", "dropped before acting"),
    ("status_500_without_acting", "500 without acting"),
    ("status_500_three_times", "500 three times"),
    ("token_ends_at_each_call", "token ends at each call"),
];

macro_rules! rows {
    ($($name:ident = $who:ident $kind:ident [$($file:literal),*] $options:ident by $call:literal $(, $unconfirmed:ident)?;)*) => {
        /// The rows' names, in the order of the table.
        pub const ROWS: &[&str] = &[$(stringify!($name)),*];
        /// What each row publishes.
        pub const CASES: &[&Case] = &[$(&$name::CASE),*];
        $(
            mod $name {
                use super::*;
                pub const CASE: Case = Case {
                    who: Who::$who,
                    kind: Kind::$kind,
                    files: &[$($file),*],
                    options: $options,
                    visible_call: $call,
                    may_stay_unconfirmed: rows!(@ $($unconfirmed)?),
                };
                rows!(# happy_path staging crash_between_commits dropped_after_acting dropped_after_acting_reads_lag status_500_after_acting
                    page_502_after_acting empty_200_after_acting dropped_before_acting status_500_without_acting status_500_three_times
                    token_ends_at_each_call);
            }
        )*
    };
    (# $($column:ident)*) => {
        $(
            #[test]
            fn $column() {
                scenario::$column(&CASE);
            }
        )*
    };
    (@) => { false };
    (@ may_stay_unconfirmed) => { true };
}

rows! {
    tiktok_video = Tiktok Video ["clip.mp4"] public by "tiktok.upload_last";
    tiktok_draft_video = Tiktok DraftVideo ["clip.mp4"] none by "tiktok.upload_last";
    tiktok_photos = Tiktok Photos ["photo.jpg", "photo.webp"] public by "tiktok.photos_init", may_stay_unconfirmed;
    tiktok_draft_photos = Tiktok DraftPhotos ["photo.jpg", "photo.webp"] none by "tiktok.draft_photos_init", may_stay_unconfirmed;
    facebook_text = Page Text [] none by "facebook.feed";
    facebook_link = Page Link [] link by "facebook.feed";
    facebook_photos = Page Photos ["photo.jpg", "photo.png"] none by "facebook.feed";
    facebook_video = Page Video ["landscape.mp4"] titled by "facebook.video_finish";
    facebook_reel = Page Reel ["clip.mp4"] titled by "facebook.reel_finish";
    facebook_photo_story = Page PhotoStory ["photo.jpg"] none by "facebook.photo_story";
    facebook_video_story = Page VideoStory ["clip.mp4"] none by "facebook.story_finish";
    instagram_image = InstagramByFacebook Image ["photo.jpg"] none by "instagram.media_publish";
    instagram_image_converted = InstagramByFacebook Image ["photo.png"] none by "instagram.media_publish";
    instagram_reel = InstagramByFacebook Reel ["clip.mp4"] none by "instagram.media_publish";
    instagram_carousel = InstagramByFacebook Carousel ["photo.jpg", "clip.mp4", "landscape.mp4"] none by "instagram.media_publish";
    instagram_image_story = InstagramByFacebook Story ["photo.jpg"] none by "instagram.media_publish";
    instagram_video_story = InstagramByFacebook Story ["clip.mp4"] none by "instagram.media_publish";
    instagram_login_image = InstagramByItself Image ["photo.jpg"] none by "instagram.media_publish";
    instagram_login_reel = InstagramByItself Reel ["clip.mp4"] none by "instagram.media_publish";
    instagram_login_reel_converted = InstagramByItself Reel ["moov-last.mp4"] none by "instagram.media_publish";
    instagram_login_carousel = InstagramByItself Carousel ["photo.jpg", "clip.mp4", "landscape.mp4"] none by "instagram.media_publish";
    instagram_login_image_story = InstagramByItself Story ["photo.jpg"] none by "instagram.media_publish";
    instagram_login_video_story = InstagramByItself Story ["clip.mp4"] none by "instagram.media_publish";
}
