//! A creator: the account and what its owner has set in the TikTok app.
//!
//! Always true: what a creator may choose from follows from these fields alone.

#[derive(Clone, Debug)]
pub struct Creator {
    pub open_id: String,
    pub union_id: String,
    pub username: String,
    pub nickname: String,
    pub private: bool,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    pub max_seconds: u32,
    pub banned: bool,
    /// Direct posts in 24 hours, over all apps.
    pub posts_per_day: usize,
    /// What other apps have posted in the last 24 hours.
    pub posts_elsewhere: usize,
    /// Drafts of other apps that wait in the inbox.
    pub drafts_elsewhere: usize,
    /// The TikTok app on the creator's phone.
    pub app_version: (u32, u32),
}

impl Creator {
    pub fn new(open_id: &str, union_id: String, username: &str, nickname: &str) -> Creator {
        Creator {
            open_id: open_id.to_owned(),
            union_id,
            username: username.to_owned(),
            nickname: nickname.to_owned(),
            private: false,
            comment_disabled: false,
            duet_disabled: false,
            stitch_disabled: false,
            max_seconds: 600,
            banned: false,
            posts_per_day: 15,
            posts_elsewhere: 0,
            drafts_elsewhere: 0,
            app_version: (40, 0),
        }
    }

    pub fn privacy_options(&self) -> [&'static str; 3] {
        let widest = if self.private { "FOLLOWER_OF_CREATOR" } else { "PUBLIC_TO_EVERYONE" };
        [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    }
}
