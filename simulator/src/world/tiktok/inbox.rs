//! What creators do by themselves: post a draft or discard it, open or hide a post, take an app's access away.
//!
//! Always true: only a draft that lies in the inbox can be posted, as often as its creator likes.

use serde_json::json;

use super::Stage;
use crate::world::{Now, World};

impl World {
    /// The creator finishes a draft in the TikTok app. The id of the post.
    pub fn post_draft(&mut self, publish_id: &str, privacy_level: &str, now: Now) -> Option<u64> {
        let task = self.tiktok.tasks.get(publish_id)?;
        let ready = task.form.is_draft() && task.discarded.is_none() && matches!(task.stage(now), Stage::Inbox | Stage::Published { .. });
        ready.then(|| self.post(publish_id, privacy_level, now))
    }

    pub fn discard_draft(&mut self, publish_id: &str, now: Now) -> bool {
        let Some(task) = self.tiktok.tasks.get_mut(publish_id) else {
            return false;
        };
        let waiting = task.form.is_draft() && task.discarded.is_none() && task.stage(now) == Stage::Inbox;
        if waiting {
            task.discarded = Some(now);
        }
        waiting
    }

    /// The creator sets a post to "Everyone" or to "Only me".
    pub fn show_post(&mut self, post_id: u64, public: bool, now: Now) -> bool {
        let mut found = None;
        for task in self.tiktok.tasks.values_mut() {
            if let Some(posting) = task.postings.iter_mut().find(|posting| posting.id == post_id && posting.at <= now) {
                found = Some((task.publish_id.clone(), posting.is_public(now)));
                if public {
                    (posting.public_from, posting.public_until) = (Some(posting.public_from.unwrap_or(now).min(now)), None);
                    posting.privacy_level = "PUBLIC_TO_EVERYONE".into();
                } else {
                    posting.public_until = Some(now);
                    posting.privacy_level = "SELF_ONLY".into();
                }
            }
        }
        let Some((publish_id, was_public)) = found else {
            return false;
        };
        match (was_public, public) {
            (false, true) => self.tell(&publish_id, "post.publish.publicly_available", json!({"post_id": post_id}), now),
            (true, false) => self.tell(&publish_id, "post.publish.no_longer_publicaly_available", json!({"post_id": post_id}), now),
            _ => {}
        }
        true
    }

    /// All access to this creator ends. `reason` is that of the webhook.
    pub fn remove_tiktok_access(&mut self, open_id: &str, reason: u8, now: Now) {
        use crate::world::token::Kind;
        self.tokens.retain(|_, token| !(matches!(token.kind, Kind::TikTok | Kind::TikTokRefresh) && token.account == open_id));
        self.codes.retain(|_, code| !(code.kind == Kind::TikTok && code.account == open_id));
        let theirs: Vec<String> = self.tiktok.tasks.values().filter(|task| task.open_id == open_id).map(|task| task.publish_id.clone()).collect();
        for publish_id in theirs {
            self.stop_task(&publish_id, "auth_removed", now);
        }
        self.tell_creator(open_id, "authorization.removed", json!({"reason": reason}), now);
    }
}
