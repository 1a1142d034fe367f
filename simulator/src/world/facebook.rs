//! Facebook's part of the world: people, their Pages, photos, posts and reels.
//!
//! Always true: a grant is one per person; Page tokens live and die with it. A photo is in at most one post. A reel is published when
//! its upload, its processing and the call to finish are all behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Now, sink::SharedSink};

#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// Where the person has a role.
    pub pages: Vec<String>,
    pub grant: Option<PersonGrant>,
}

/// What the person ticked in the dialog, the last time.
#[derive(Clone, Debug, Default)]
pub struct PersonGrant {
    pub scopes: BTreeSet<String>,
    pub declined: BTreeSet<String>,
    pub pages: BTreeSet<String>,
    pub instagram: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct Page {
    pub id: String,
    pub name: String,
    pub username: String,
    pub tasks: Vec<String>,
    pub instagram: Option<String>,
}

impl Page {
    pub fn may_create(&self) -> bool {
        self.tasks.iter().any(|task| task == "CREATE_CONTENT" || task == "MANAGE")
    }
}

#[derive(Clone, Debug)]
pub struct Photo {
    pub id: String,
    pub page: String,
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub alt_text: String,
    pub caption: String,
    pub created: Now,
    /// The post that it is in.
    pub post: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Post {
    pub id: String,
    pub page: String,
    pub message: String,
    pub link: Option<String>,
    pub photos: Vec<String>,
    pub created: Now,
}

#[derive(Clone, Debug)]
pub struct Video {
    pub id: String,
    pub page: String,
    pub created: Now,
    pub sink: SharedSink,
    pub size: Option<u64>,
    pub uploaded: Option<Uploaded>,
    pub finish: Option<Finish>,
    /// Further publications by repeating the last call, where the switch allows that.
    pub again: Vec<Now>,
}

#[derive(Clone, Debug)]
pub struct Uploaded {
    pub processed: Now,
    pub failure: Option<(u32, &'static str)>,
    pub sha256: String,
}

#[derive(Clone, Debug)]
pub struct Finish {
    pub at: Now,
    pub draft: bool,
    pub description: String,
    pub title: String,
    pub post_id: String,
}

impl Video {
    /// Since when it can be seen.
    pub fn live_since(&self) -> Option<Now> {
        let (uploaded, finish) = (self.uploaded.as_ref()?, self.finish.as_ref()?);
        (uploaded.failure.is_none() && !finish.draft).then(|| uploaded.processed.max(finish.at))
    }
}

#[derive(Debug, Default)]
pub struct Facebook {
    pub people: BTreeMap<String, Person>,
    pub pages: BTreeMap<String, Page>,
    pub photos: BTreeMap<String, Photo>,
    pub posts: BTreeMap<String, Post>,
    pub videos: BTreeMap<String, Video>,
}
