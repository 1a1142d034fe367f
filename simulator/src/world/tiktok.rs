//! TikTok's part of the world: creators, and the tasks that `init` makes.
//!
//! Always true: a task becomes a post only when all its bytes are in; what it is at a moment is computed by `Task::stage`.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Now, World, sink::SharedSink};

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
}

impl Creator {
    pub fn privacy_options(&self) -> [&'static str; 3] {
        let widest = if self.private { "FOLLOWER_OF_CREATOR" } else { "PUBLIC_TO_EVERYONE" };
        [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    }
}

#[derive(Clone, Debug)]
pub struct Task {
    pub publish_id: String,
    pub open_id: String,
    /// Direct post, else a draft for the inbox.
    pub direct: bool,
    pub title: String,
    pub privacy: String,
    pub size: u64,
    pub chunk_size: u64,
    pub chunks: u64,
    pub upload_token: String,
    pub created: Now,
    /// Only whole chunks count.
    pub sink: SharedSink,
    pub received: u64,
    pub done: Option<Done>,
}

/// All bytes are in: the point of no return.
#[derive(Clone, Debug)]
pub struct Done {
    pub processed: Option<Now>,
    pub failure: Option<&'static str>,
    pub post_id: u64,
    pub moderation: TimeDelta,
    pub tells_id: bool,
    pub sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Uploading,
    Processing,
    Failed(&'static str),
    Inbox,
    Published { id: Option<u64> },
}

impl Task {
    pub fn stage(&self, at: Now) -> Stage {
        let Some(done) = &self.done else {
            return Stage::Uploading;
        };
        let Some(processed) = done.processed.filter(|processed| *processed <= at) else {
            return Stage::Processing;
        };
        if let Some(reason) = done.failure {
            return Stage::Failed(reason);
        }
        if !self.direct {
            return Stage::Inbox;
        }
        let moderated = processed.checked_add_signed(done.moderation).is_some_and(|told| told <= at);
        let told = self.privacy == "PUBLIC_TO_EVERYONE" && done.tells_id && moderated;
        Stage::Published { id: told.then_some(done.post_id) }
    }

    /// An hour after the init the URL is worth nothing.
    pub fn url_expired(&self, now: Now) -> bool {
        self.created + TimeDelta::hours(1) <= now
    }

    /// Where the next chunk begins and how long it is.
    pub fn next_chunk(&self) -> (u64, u64) {
        let index = self.received / self.chunk_size.max(1);
        let last = index + 1 >= self.chunks;
        let length = if last { self.size.saturating_sub(self.received) } else { self.chunk_size };
        (self.received, length)
    }
}

#[derive(Debug, Default)]
pub struct TikTok {
    pub creators: BTreeMap<String, Creator>,
    /// By publish id.
    pub tasks: BTreeMap<String, Task>,
    /// Upload id to publish id.
    pub uploads: BTreeMap<String, String>,
}

impl TikTok {
    pub fn task_of_upload(&self, upload_id: &str) -> Option<&Task> {
        self.tasks.get(self.uploads.get(upload_id)?)
    }

    /// This creator's tasks of the last 24 hours.
    pub fn recent<'a>(&'a self, open_id: &'a str, now: Now) -> impl Iterator<Item = &'a Task> {
        self.tasks.values().filter(move |task| task.open_id == open_id && task.created + TimeDelta::days(1) > now)
    }
}

impl World {
    /// All bytes of a task are in.
    pub fn finish_task(&mut self, publish_id: &str, now: Now) {
        let post_id = 7_500_000_000_000_000_000 + self.next() * 1_000_003;
        let processed = (!self.settings.never_finishes).then(|| self.processed_at(now));
        let (moderation, tells_id) = (crate::clock::delta(self.settings.moderation), self.settings.delivers_public_id);
        let Some(task) = self.tiktok.tasks.get_mut(publish_id) else {
            return;
        };
        let (sha256, known) = {
            let sink = task.sink.lock();
            (sink.sha256(), super::image::is_video(sink.head()))
        };
        let failure = (!known).then_some("file_format_check_failed");
        task.done = Some(Done { processed, failure, post_id, moderation, tells_id, sha256 });
    }
}
