//! What can be seen: the posts that a visitor (or, for drafts, the creator) would find.
//!
//! Always true: this is computed from the world alone. What a client believes has no part in it, so a test can say *exactly one*.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Now, World, instagram, tiktok::Stage};

/// A comment under a post, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleComment {
    pub id: String,
    /// The remote id of the account, or the name of a visitor.
    pub by: String,
    pub text: String,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisiblePost {
    /// tiktok, facebook or instagram.
    pub platform: &'static str,
    pub account_id: String,
    /// As PM3K's interfaces name the kinds: text, photos, reel, photo_story, draft_video and so on.
    pub kind: &'static str,
    pub caption: String,
    /// TikTok drafts: the publish id.
    pub remote_id: String,
    pub permalink: String,
    /// When it became visible, in simulated time.
    pub at: DateTime<Utc>,
    pub media_sha256: Vec<String>,
    /// Oldest first.
    pub comments: Vec<VisibleComment>,
    /// What else was said with it, under the platform's own names: title, link, alt_text and so on.
    pub details: BTreeMap<&'static str, String>,
}

impl World {
    /// Oldest first.
    pub fn visible(&self, now: Now) -> Vec<VisiblePost> {
        let mut posts: Vec<VisiblePost> = Vec::new();
        self.visible_tiktok(now, &mut posts);
        self.visible_facebook(now, &mut posts);
        self.visible_instagram(&mut posts);
        posts.retain(|post| post.at <= now);
        posts.sort_by(|a, b| (a.at, &a.remote_id).cmp(&(b.at, &b.remote_id)));
        posts
    }

    fn visible_tiktok(&self, now: Now, posts: &mut Vec<VisiblePost>) {
        for task in self.tiktok.tasks.values() {
            let Some(done) = &task.done else { continue };
            let Some(at) = done.processed else { continue };
            let stage = task.stage(now);
            if !matches!(stage, Stage::Inbox | Stage::Published { .. }) {
                continue;
            }
            let username = self.tiktok.creators.get(&task.open_id).map_or("", |creator| creator.username.as_str());
            let profile = format!("{}/tiktok/@{username}", self.base);
            posts.push(VisiblePost {
                platform: "tiktok",
                account_id: task.open_id.clone(),
                kind: if task.direct { "video" } else { "draft_video" },
                caption: task.title.clone(),
                remote_id: if task.direct { done.post_id.to_string() } else { task.publish_id.clone() },
                permalink: if task.direct { format!("{profile}/video/{}", done.post_id) } else { profile },
                at,
                media_sha256: vec![done.sha256.clone()],
                comments: Vec::new(),
                details: BTreeMap::new(),
            });
        }
    }

    fn visible_instagram(&self, posts: &mut Vec<VisiblePost>) {
        for media in self.instagram.media.values() {
            posts.push(VisiblePost {
                platform: "instagram",
                account_id: media.account.clone(),
                kind: match media.kind {
                    instagram::Kind::Image => "image",
                    instagram::Kind::Reel => "reel",
                },
                caption: media.caption.clone(),
                remote_id: media.id.clone(),
                permalink: self.instagram_link(media),
                at: media.at,
                media_sha256: vec![media.sha256.clone()],
                comments: Vec::new(),
                details: BTreeMap::new(),
            });
        }
    }

    pub fn facebook_link(&self, id: &str) -> String {
        format!("{}/p/facebook/{id}", self.base)
    }

    pub fn instagram_link(&self, media: &instagram::Media) -> String {
        let place = if media.kind == instagram::Kind::Reel { "reel" } else { "p" };
        format!("{}/p/instagram/{place}/{}/", self.base, media.shortcode)
    }
}
