//! What a visitor sees of Instagram.
//!
//! Always true: an item is seen in its carousel alone, and what was deleted nowhere; a story says when it ends.

use std::collections::BTreeMap;

use super::{Content, Kind, LOCATIONS, Media};
use crate::world::{World, visible::VisiblePost};

impl World {
    pub fn visible_instagram(&self, posts: &mut Vec<VisiblePost>) {
        for media in self.instagram.media.values().filter(|media| media.parent.is_none() && media.deleted.is_none()) {
            let parts: Vec<&Content> = if media.content.children.is_empty() {
                vec![&media.content]
            } else {
                media.content.children.iter().filter_map(|id| self.instagram.media.get(id)).map(|item| &item.content).collect()
            };
            let mut alt_texts: Vec<String> = parts.iter().map(|part| part.alt_text.clone()).collect();
            let mut details = details(&media.content);
            if alt_texts.iter().all(String::is_empty) {
                alt_texts.clear();
            } else {
                details.insert("alt_text", alt_texts.join("\n"));
            }
            posts.push(VisiblePost {
                platform: "instagram",
                account_id: media.account.clone(),
                kind: match media.content.kind {
                    Kind::Reel => "reel",
                    Kind::StoryImage | Kind::StoryVideo => "story",
                    Kind::Carousel => "carousel",
                    _ => "image",
                },
                caption: media.content.caption.clone(),
                remote_id: media.id.clone(),
                permalink: self.instagram_link(media),
                at: media.at,
                until: media.until(),
                media_sha256: parts.iter().map(|part| part.sha256.clone()).collect(),
                alt_texts,
                comments: media.comments.iter().map(|comment| comment.shown(&media.account)).collect(),
                link: None,
                labels: labels(&media.content),
                foreign: media.foreign,
                details,
            });
        }
    }

    /// An item is found where its carousel is.
    pub fn instagram_link(&self, media: &Media) -> String {
        if let Some(parent) = media.parent.as_ref().and_then(|parent| self.instagram.media.get(parent)) {
            return self.instagram_link(parent);
        }
        if media.content.kind.is_story() {
            let username = self.instagram.accounts.get(&media.account).map_or("", |account| account.username.as_str());
            return format!("{}/p/instagram/stories/{username}/{}", self.base, media.id);
        }
        let place = if media.content.kind == Kind::Reel { "reel" } else { "p" };
        format!("{}/p/instagram/{place}/{}/", self.base, media.shortcode)
    }
}

/// What Instagram writes above or below a post.
fn labels(content: &Content) -> Vec<String> {
    let mut labels = Vec::new();
    let mut say = |whether: bool, what: String| {
        if whether {
            labels.push(what);
        }
    };
    say(content.ai_generated, "AI info".into());
    say(content.paid_partnership || !content.sponsors.is_empty(), "Paid partnership".into());
    say(content.trial.is_some(), "Trial reel".into());
    say(content.kind == Kind::Reel && !content.share_to_feed, "Reels tab only".into());
    say(!content.audio_name.is_empty(), format!("Audio: {}", content.audio_name));
    let place = content.location.as_deref().map(|id| LOCATIONS.iter().find(|place| place.0 == id).map_or(id, |place| place.1));
    say(place.is_some(), format!("At {}", place.unwrap_or_default()));
    say(!content.collaborators.is_empty(), format!("With {}", content.collaborators.join(", ")));
    say(!content.user_tags.is_empty(), format!("Tagged: {}", content.user_tags.join(", ")));
    say(!content.poll.is_empty(), format!("Poll: {}", content.poll.join(" / ")));
    say(content.comment_prompt, "Asks for comments".into());
    labels
}

/// What was said with it, under the names of the parameters.
fn details(content: &Content) -> BTreeMap<&'static str, String> {
    let mut details = BTreeMap::new();
    let mut say = |name: &'static str, value: String| {
        if !value.is_empty() {
            details.insert(name, value);
        }
    };
    let yes = |whether: bool| if whether { "true".to_owned() } else { String::new() };
    say("location_id", content.location.clone().unwrap_or_default());
    say("user_tags", content.user_tags.join(","));
    say("collaborators", content.collaborators.join(","));
    say("branded_content_sponsor_ids", content.sponsors.join(","));
    say("audio_name", content.audio_name.clone());
    say("cover_sha256", content.cover_sha256.clone().unwrap_or_default());
    say("is_ai_generated", yes(content.ai_generated));
    say("is_paid_partnership", yes(content.paid_partnership));
    say("is_comment_prompt_used", yes(content.comment_prompt));
    say("poll_attachment", content.poll.join(","));
    say("trial_params", content.trial.clone().unwrap_or_default());
    if content.kind == Kind::Reel {
        say("share_to_feed", content.share_to_feed.to_string());
        say("thumb_offset", content.thumb_offset.to_string());
    }
    details
}
