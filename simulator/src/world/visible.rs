//! What can be seen: the posts that a visitor (or, for drafts, the creator) would find.
//!
//! Always true: this is computed from the world alone. What a client believes has no part in it, so a test can say *exactly one*.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Now, World,
    tiktok::{Form, Stage, task::Posting},
};

/// A comment under a post, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleComment {
    pub id: String,
    /// The remote id of the account, or the name of a visitor.
    pub by: String,
    pub text: String,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisiblePost {
    /// tiktok, facebook or instagram.
    pub platform: &'static str,
    pub account_id: String,
    /// One of the kinds that the product names, such as `photos`, `reel` or `draft_video`.
    pub kind: &'static str,
    pub caption: String,
    /// TikTok drafts: the publish id.
    pub remote_id: String,
    pub permalink: String,
    /// When it became visible, in simulated time.
    pub at: DateTime<Utc>,
    /// Stories: when they are gone.
    pub until: Option<DateTime<Utc>>,
    pub media_sha256: Vec<String>,
    /// One for each medium where any has one.
    pub alt_texts: Vec<String>,
    /// Oldest first.
    pub comments: Vec<VisibleComment>,
    pub link: Option<String>,
    /// What the platform says about it beside its text, such as `AI info`.
    pub labels: Vec<String>,
    /// Made by somebody else, through a switch of the simulator.
    pub foreign: bool,
    /// What else was said with it, under the platform's own names: title, link, alt_text and so on.
    pub details: BTreeMap<&'static str, String>,
}

impl World {
    /// What can be seen now, oldest first.
    pub fn visible(&self, now: Now) -> Vec<VisiblePost> {
        let mut posts = self.ever_visible(now);
        posts.retain(|post| post.until.is_none_or(|until| now < until));
        posts
    }

    /// What could be seen at any time until now, oldest first: stories that are over, too.
    pub fn ever_visible(&self, now: Now) -> Vec<VisiblePost> {
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
            let Some((done, processed)) = task.done.as_ref().and_then(|done| Some((done, done.processed?))) else { continue };
            let username = self.tiktok.creators.get(&task.open_id).map_or("", |creator| creator.username.as_str());
            let post = |kind, remote_id, permalink, at| VisiblePost {
                platform: "tiktok",
                account_id: task.open_id.clone(),
                kind,
                caption: if task.form.is_photos() { task.info.description.clone() } else { task.info.title.clone() },
                remote_id,
                permalink,
                at,
                media_sha256: done.media.clone(),
                labels: task.info.labels().map(str::to_owned).collect(),
                details: task.info.details(),
                ..VisiblePost::default()
            };
            match task.stage(now) {
                Stage::Inbox if task.discarded.is_none() => {
                    posts.push(post(task.form.name(), task.publish_id.clone(), format!("{}/tiktok/@{username}", self.base), processed));
                }
                Stage::Published { .. } => {
                    let each = |posting: &Posting| {
                        let link = self.tiktok_link(username, task.form, posting.id);
                        let mut post = post(task.form.posted_name(), posting.id.to_string(), link, posting.at);
                        // Whoever posted a draft chose it then, and a creator may change it at any time.
                        post.details.insert("privacy_level", posting.privacy_level.clone());
                        post
                    };
                    posts.extend(task.postings.iter().map(each));
                }
                _ => {}
            }
        }
    }

    pub fn facebook_link(&self, id: &str) -> String {
        format!("{}/p/facebook/{id}", self.base)
    }

    pub fn tiktok_link(&self, username: &str, form: Form, post_id: u64) -> String {
        let place = if form.is_photos() { "photo" } else { "video" };
        format!("{}/tiktok/@{username}/{place}/{post_id}", self.base)
    }
}
