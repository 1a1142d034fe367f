//! What can be seen: the posts that a visitor (or, for drafts, the creator) would find.
//!
//! Always true: this is computed from the world alone. What a client believes has no part in it, so a test can say *exactly one*.

use chrono::{DateTime, Utc};

use super::{Now, World, instagram, tiktok::Stage};

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
    pub comments: Vec<String>,
    pub link: Option<String>,
    /// What the platform says about it beside its text, such as `AI info`.
    pub labels: Vec<String>,
    /// Made by somebody else, through a switch of the simulator.
    pub foreign: bool,
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
                ..VisiblePost::default()
            });
        }
    }

    fn visible_facebook(&self, now: Now, posts: &mut Vec<VisiblePost>) {
        for post in self.facebook.posts.values() {
            let photos = post.photos.iter().filter_map(|id| self.facebook.photos.get(id));
            let kind = match (&post.link, post.photos.is_empty()) {
                (_, false) => "photos",
                (Some(_), true) => "link",
                (None, true) => "text",
            };
            posts.push(VisiblePost {
                platform: "facebook",
                account_id: post.page.clone(),
                kind,
                caption: post.message.clone(),
                remote_id: post.id.clone(),
                permalink: self.facebook_link(&post.id),
                at: post.created,
                media_sha256: photos.map(|photo| photo.sha256.clone()).collect(),
                link: post.link.clone(),
                ..VisiblePost::default()
            });
        }
        for video in self.facebook.videos.values() {
            let (Some(first), Some(uploaded), Some(finish)) = (video.live_since(), &video.uploaded, &video.finish) else {
                continue;
            };
            if first > now {
                continue;
            }
            for at in std::iter::once(first).chain(video.again.iter().map(|again| (*again).max(first))) {
                posts.push(VisiblePost {
                    platform: "facebook",
                    account_id: video.page.clone(),
                    kind: "reel",
                    caption: finish.description.clone(),
                    remote_id: video.id.clone(),
                    permalink: self.facebook_link(&video.id),
                    at,
                    media_sha256: vec![uploaded.sha256.clone()],
                    ..VisiblePost::default()
                });
            }
        }
    }

    fn visible_instagram(&self, posts: &mut Vec<VisiblePost>) {
        for media in self.instagram.media.values().filter(|media| media.parent.is_none() && media.deleted.is_none()) {
            let parts: Vec<&instagram::Content> = if media.content.children.is_empty() {
                vec![&media.content]
            } else {
                media.content.children.iter().filter_map(|id| self.instagram.media.get(id)).map(|item| &item.content).collect()
            };
            let described = parts.iter().any(|part| !part.alt_text.is_empty());
            posts.push(VisiblePost {
                platform: "instagram",
                account_id: media.account.clone(),
                kind: match media.content.kind {
                    instagram::Kind::Reel => "reel",
                    instagram::Kind::StoryImage | instagram::Kind::StoryVideo => "story",
                    instagram::Kind::Carousel => "carousel",
                    _ => "image",
                },
                caption: media.content.caption.clone(),
                remote_id: media.id.clone(),
                permalink: self.instagram_link(media),
                at: media.at,
                until: media.until(),
                media_sha256: parts.iter().map(|part| part.sha256.clone()).collect(),
                alt_texts: if described { parts.iter().map(|part| part.alt_text.clone()).collect() } else { Vec::new() },
                comments: media.comments.iter().map(|comment| comment.text.clone()).collect(),
                link: None,
                labels: instagram_labels(&media.content),
                foreign: media.foreign,
            });
        }
    }

    pub fn facebook_link(&self, id: &str) -> String {
        format!("{}/p/facebook/{id}", self.base)
    }

    /// An item is found where its carousel is.
    pub fn instagram_link(&self, media: &instagram::Media) -> String {
        if let Some(parent) = media.parent.as_ref().and_then(|parent| self.instagram.media.get(parent)) {
            return self.instagram_link(parent);
        }
        if media.content.kind.is_story() {
            let username = self.instagram.accounts.get(&media.account).map_or("", |account| account.username.as_str());
            return format!("{}/p/instagram/stories/{username}/{}", self.base, media.id);
        }
        let place = if media.content.kind == instagram::Kind::Reel { "reel" } else { "p" };
        format!("{}/p/instagram/{place}/{}/", self.base, media.shortcode)
    }
}

/// What Instagram writes above or below a post.
fn instagram_labels(content: &instagram::Content) -> Vec<String> {
    let mut labels = Vec::new();
    let mut say = |whether: bool, what: String| {
        if whether {
            labels.push(what);
        }
    };
    say(content.ai_generated, "AI info".into());
    say(content.paid_partnership || !content.sponsors.is_empty(), "Paid partnership".into());
    say(content.trial, "Trial reel".into());
    say(content.kind == instagram::Kind::Reel && !content.share_to_feed, "Reels tab only".into());
    say(!content.audio_name.is_empty(), format!("Audio: {}", content.audio_name));
    let place = content.location.as_deref().map(|id| instagram::LOCATIONS.iter().find(|place| place.0 == id).map_or(id, |place| place.1));
    say(place.is_some(), format!("At {}", place.unwrap_or_default()));
    say(!content.collaborators.is_empty(), format!("With {}", content.collaborators.join(", ")));
    say(!content.user_tags.is_empty(), format!("Tagged: {}", content.user_tags.join(", ")));
    say(!content.poll.is_empty(), format!("Poll: {}", content.poll.join(" / ")));
    say(content.comment_prompt, "Asks for comments".into());
    labels
}
