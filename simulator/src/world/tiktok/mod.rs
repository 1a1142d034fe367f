//! TikTok's part of the world: creators, and the tasks that an `init` makes.
//!
//! Always true: a task becomes a post only when all of its media are at TikTok; what it is at a moment is computed by `Task::stage`.
//! What a task will be told about is queued when it becomes certain, with the moment at which it is due.

pub mod creator;
pub mod finish;
mod inbox;
pub mod news;
pub mod task;

use std::collections::{BTreeMap, VecDeque};

use chrono::TimeDelta;

use super::Now;
use crate::tiktok::webhooks::Delivery;
pub use creator::Creator;
pub use task::{Form, PostInfo, Source, Stage, Task};

/// Media that TikTok goes to fetch as soon as the call that asked for it has acted.
#[derive(Clone, Debug)]
pub struct Errand {
    pub publish_id: String,
    pub photos: bool,
    /// Where the bytes really are; None where an address leads nowhere.
    pub addresses: Vec<Option<String>>,
}

#[derive(Debug, Default)]
pub struct TikTok {
    pub creators: BTreeMap<String, Creator>,
    /// By publish id.
    pub tasks: BTreeMap<String, Task>,
    /// Upload id to publish id.
    pub uploads: BTreeMap<String, String>,
    pub errands: Vec<Errand>,
    pub news: Vec<news::News>,
    /// What was offered to the webhook, the last ones.
    pub delivered: VecDeque<Delivery>,
}

impl TikTok {
    pub fn task_of_upload(&self, upload_id: &str) -> Option<&Task> {
        self.tasks.get(self.uploads.get(upload_id)?)
    }

    /// Direct posts of the last 24 hours, those included that TikTok still works on.
    pub fn posts_of_the_day(&self, now: Now) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(move |task| !task.form.is_draft() && task.accepted().is_some_and(|at| at + TimeDelta::days(1) > now))
    }

    /// Drafts of the last 24 hours that wait in the inbox, or are on their way there.
    pub fn drafts_of_the_day(&self, open_id: &str, now: Now) -> usize {
        let waiting = |task: &&Task| task.form.is_draft() && task.open_id == open_id && task.postings.is_empty() && task.discarded.is_none();
        self.tasks.values().filter(waiting).filter(|task| task.accepted().is_some_and(|at| at + TimeDelta::days(1) > now)).count()
    }
}
