//! What a visitor of a Page sees.
//!
//! Always true: unpublished, scheduled and hidden posts are not seen, and stories end after a day; a call that was repeated and acted again is
//! seen again. What an app in development mode makes is seen by nobody without a role on the app, until the app goes live.

use std::collections::BTreeMap;

use super::stories::LIFE;
use crate::world::{
    Now, World,
    facebook::{Author, Post, Video, VideoKind},
    visible::{VisibleComment, VisiblePost},
};

impl World {
    pub fn visible_facebook(&self, now: Now, posts: &mut Vec<VisiblePost>) {
        if self.settings.facebook.development_mode {
            return;
        }
        let shown = self.facebook.posts.values().filter(|post| post.is_live(now) && !post.hidden && !matches!(post.author, Author::Visitor(_)));
        posts.extend(shown.map(|post| self.seen_post(post)));
        for video in self.facebook.videos.values() {
            let Some(first) = video.live_since().filter(|at| *at <= now) else {
                continue;
            };
            let times = std::iter::once(first).chain(video.again.iter().map(|again| (*again).max(first)));
            posts.extend(times.map(|at| self.seen_video(video, at)));
        }
        for story in self.facebook.photo_stories.values() {
            posts.push(VisiblePost {
                platform: "facebook",
                account_id: story.page.clone(),
                kind: "photo_story",
                caption: String::new(),
                remote_id: story.post_id.clone(),
                permalink: self.facebook_link(&story.post_id),
                at: story.at,
                until: Some(story.at + LIFE),
                media_sha256: self.facebook.photos.get(&story.photo).map(|photo| photo.sha256.clone()).into_iter().collect(),
                ..VisiblePost::default()
            });
        }
    }

    fn seen_post(&self, post: &Post) -> VisiblePost {
        let photos: Vec<_> = post.photos.iter().filter_map(|id| self.facebook.photos.get(id)).collect();
        let mut details = BTreeMap::new();
        if let Some(link) = &post.link {
            details.insert("link", link.clone());
        }
        let mut alt_texts: Vec<String> = photos.iter().map(|photo| photo.alt_text.clone()).collect();
        if alt_texts.iter().all(String::is_empty) {
            alt_texts.clear();
        } else {
            details.insert("alt_text", alt_texts.join("\n"));
        }
        VisiblePost {
            platform: "facebook",
            account_id: post.page.clone(),
            kind: match (&post.link, photos.is_empty()) {
                (_, false) => "photos",
                (Some(_), true) => "link",
                (None, true) => "text",
            },
            caption: post.message.clone(),
            remote_id: post.id.clone(),
            permalink: self.facebook_link(&post.id),
            at: post.live.unwrap_or(post.created),
            media_sha256: photos.iter().map(|photo| photo.sha256.clone()).collect(),
            alt_texts,
            comments: self.facebook_comments(&post.id),
            link: post.link.clone(),
            foreign: post.author != Author::App,
            details,
            ..VisiblePost::default()
        }
    }

    fn seen_video(&self, video: &Video, at: Now) -> VisiblePost {
        let finish = video.finish.as_ref();
        let story = video.kind == VideoKind::Story;
        let remote_id = finish.filter(|_| story).map_or(&video.id, |finish| &finish.post_id);
        let mut details = BTreeMap::new();
        if let Some(title) = finish.map(|finish| &finish.title).filter(|title| !title.is_empty()) {
            details.insert("title", title.clone());
        }
        if let Some(cover) = video.thumbnails.iter().rev().find(|cover| cover.preferred) {
            details.insert("cover_sha256", cover.sha256.clone());
        }
        VisiblePost {
            platform: "facebook",
            account_id: video.page.clone(),
            kind: match video.kind {
                VideoKind::Video => "video",
                VideoKind::Reel => "reel",
                VideoKind::Story => "video_story",
            },
            caption: finish.map_or(String::new(), |finish| finish.description.clone()),
            remote_id: remote_id.clone(),
            permalink: self.facebook_link(remote_id),
            at,
            until: story.then(|| at + LIFE),
            media_sha256: video.uploaded.iter().map(|uploaded| uploaded.sha256.clone()).collect(),
            comments: self.facebook_comments(&video.id),
            details,
            ..VisiblePost::default()
        }
    }

    fn facebook_comments(&self, object: &str) -> Vec<VisibleComment> {
        let own = self.facebook.comments.values().filter(|comment| comment.object == object);
        let mut comments: Vec<VisibleComment> =
            own.map(|comment| VisibleComment { id: comment.id.clone(), by: comment.by.clone(), text: comment.message.clone(), at: comment.at }).collect();
        comments.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        comments
    }
}
