//! Instagram's part of the world: professional accounts, containers and media.
//!
//! Always true: a container and the media it becomes are different objects with different ids; only `media_publish` makes a medium.

use std::collections::BTreeMap;

use super::{Now, sink::SharedSink, token::DAY};

#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    /// What Instagram Login calls `id`; publishing paths use `id` above, its `user_id`.
    pub app_scoped: String,
    pub username: String,
    pub name: String,
    pub account_type: &'static str,
    pub page: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Image,
    Reel,
}

#[derive(Clone, Debug)]
pub struct Container {
    pub id: String,
    pub account: String,
    pub kind: Kind,
    pub caption: String,
    pub share_to_feed: bool,
    pub created: Now,
    pub resumable: bool,
    pub sink: SharedSink,
    pub size: Option<u64>,
    /// When its media was in and processed.
    pub processed: Option<Now>,
    /// The subcode that its status tells.
    pub failure: Option<u32>,
    pub sha256: String,
    pub published: Option<Now>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Finished,
    Error(u32),
    Expired,
    Published,
}

impl Container {
    /// `seen` is how far reads have come; publishing itself looks at the present.
    pub fn status(&self, now: Now, seen: Now) -> Status {
        if self.published.is_some_and(|at| at <= seen) {
            return Status::Published;
        }
        if let Some(subcode) = self.failure {
            return Status::Error(subcode);
        }
        if self.created + DAY <= now && self.published.is_none() {
            return Status::Expired;
        }
        match self.processed {
            Some(at) if at <= now => Status::Finished,
            _ => Status::InProgress,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Media {
    pub id: String,
    pub account: String,
    pub kind: Kind,
    pub caption: String,
    pub shortcode: String,
    pub share_to_feed: bool,
    pub at: Now,
    pub sha256: String,
}

#[derive(Debug, Default)]
pub struct Instagram {
    pub accounts: BTreeMap<String, Account>,
    pub containers: BTreeMap<String, Container>,
    pub media: BTreeMap<String, Media>,
}
