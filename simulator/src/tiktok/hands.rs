//! What a test or a demo does to TikTok's part of the world: as a creator, as the app's owner, as time.
//!
//! Always true: what creators do here is what they could do in the TikTok app; nothing else makes or hides a post.

use chrono::{DateTime, Utc};

use crate::{
    running::Simulator,
    tiktok::webhooks::{self, Delivery},
    world::tiktok::{Creator, PostInfo, Stage},
};

/// A post (or a draft that waits) with everything that its client said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TikTokPost {
    pub publish_id: String,
    /// None while it is a draft.
    pub post_id: Option<String>,
    pub account_id: String,
    /// video, photos, draft_video or draft_photos: what `init` asked for.
    pub kind: &'static str,
    /// What it is visible as now; empty for a draft that waits.
    pub privacy_level: String,
    pub info: PostInfo,
    pub at: DateTime<Utc>,
}

impl Simulator {
    /// Changes what a creator has set in the TikTok app, or what TikTok thinks of the creator. False if there is no such one.
    pub fn change_creator(&self, open_id: &str, change: impl FnOnce(&mut Creator)) -> bool {
        let mut world = self.shared.world();
        world.tiktok.creators.get_mut(open_id).map(change).is_some()
    }

    /// The creator posts a draft from the inbox, as often as this is called. The id of the post; None if no such draft waits.
    pub fn post_draft(&self, publish_id: &str, privacy_level: &str) -> Option<String> {
        self.settle();
        let now = self.shared.clock.now();
        self.shared.world().post_draft(publish_id, privacy_level, now).map(|id| id.to_string())
    }

    /// The creator throws a draft away that was not posted. False if no such draft waits.
    pub fn discard_draft(&self, publish_id: &str) -> bool {
        self.settle();
        let now = self.shared.clock.now();
        self.shared.world().discard_draft(publish_id, now)
    }

    /// The creator sets a post to "Everyone", or to "Only me". False if there is no such post.
    pub fn show_tiktok_post(&self, post_id: &str, public: bool) -> bool {
        let now = self.shared.clock.now();
        post_id.parse().is_ok_and(|id| self.shared.world().show_post(id, public, now))
    }

    /// A creator's access ends for good: tokens die, what is under way fails. `reason` is that of `authorization.removed`.
    pub fn remove_tiktok_access(&self, open_id: &str, reason: u8) {
        let now = self.shared.clock.now();
        self.shared.world().remove_tiktok_access(open_id, reason, now);
    }

    /// Waits (a short real time) until the bytes of all pulls are there.
    pub fn settle(&self) {
        self.shared.pulls.wait();
    }

    /// Offers all events that are due to the webhook, once each (twice, if a switch says so), and waits for its answers.
    pub fn deliver_webhooks(&self) -> Vec<Delivery> {
        self.settle();
        webhooks::deliver(&self.shared)
    }

    /// Everything that was offered to the webhook so far, repetitions too.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.world().tiktok.delivered.iter().cloned().collect()
    }

    /// TikTok's part of `posts`, with all that was said about each.
    pub fn tiktok_posts(&self) -> Vec<TikTokPost> {
        self.settle();
        let now = self.shared.clock.now();
        let world = self.shared.world();
        let mut posts = Vec::new();
        for task in world.tiktok.tasks.values() {
            let post = |post_id: Option<u64>, privacy_level: &str, at| TikTokPost {
                publish_id: task.publish_id.clone(),
                post_id: post_id.map(|id| id.to_string()),
                account_id: task.open_id.clone(),
                kind: task.form.name(),
                privacy_level: privacy_level.to_owned(),
                info: task.info.clone(),
                at,
            };
            match (task.stage(now), task.done.as_ref().and_then(|done| done.processed)) {
                (Stage::Inbox, Some(at)) if task.discarded.is_none() => posts.push(post(None, "", at)),
                (Stage::Published { .. }, _) => {
                    posts.extend(task.postings.iter().map(|posting| post(Some(posting.id), &posting.privacy_level, posting.at)));
                }
                _ => {}
            }
        }
        posts.sort_by(|a, b| (a.at, &a.publish_id).cmp(&(b.at, &b.publish_id)));
        posts
    }
}
