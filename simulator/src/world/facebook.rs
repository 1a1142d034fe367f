//! Facebook's part of the world: people, their Pages, photos, posts, videos, stories and comments.
//!
//! Always true: a grant is one per person; Page tokens live and die with it. A photo is in at most one post or story. A video of any kind
//! is published when its upload, its processing and the last call are all behind it. What is live at a moment is computed, never stored.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Now,
    sink::{SharedSink, Sink},
    token::DAY,
};

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
        self.has_task("CREATE_CONTENT")
    }

    pub fn has_task(&self, wanted: &str) -> bool {
        self.tasks.iter().any(|task| task == wanted || task == "MANAGE")
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
    /// Kept for a scheduled post.
    pub temporary: bool,
    /// The post or story that it is in.
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
    /// Since when it can be seen; natively scheduled ones have a time to come, unpublished ones none.
    pub live: Option<Now>,
    /// Who made it: this app, another one, or a visitor.
    pub author: Author,
    pub hidden: bool,
    pub pinned: bool,
    /// Photos without a story are public and not among the posts.
    pub on_timeline: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    App,
    OtherApp,
    Visitor(String),
}

impl Post {
    pub fn is_live(&self, now: Now) -> bool {
        self.live.is_some_and(|at| at <= now)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoKind {
    Video,
    Reel,
    Story,
}

#[derive(Clone, Debug)]
pub struct Video {
    pub id: String,
    pub page: String,
    pub kind: VideoKind,
    pub created: Now,
    pub sink: SharedSink,
    pub size: Option<u64>,
    /// The upload by chunks that it comes from.
    pub session: Option<String>,
    pub uploaded: Option<Uploaded>,
    pub finish: Option<Finish>,
    /// Further publications by repeating the last call, where the switch allows that.
    pub again: Vec<Now>,
    pub thumbnails: Vec<Thumbnail>,
    /// When each Page was invited.
    pub collaborators: Vec<(String, Now)>,
}

#[derive(Clone, Debug)]
pub struct Uploaded {
    pub processed: Now,
    pub failures: Vec<Failure>,
    pub sha256: String,
}

/// What processing found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: u32,
    pub message: String,
}

#[derive(Clone, Debug)]
pub struct Finish {
    pub at: Now,
    /// From when on it is public; a draft never is.
    pub live: Option<Now>,
    pub description: String,
    pub title: String,
    pub post_id: String,
}

#[derive(Clone, Debug)]
pub struct Thumbnail {
    pub id: String,
    pub sha256: String,
    pub preferred: bool,
}

impl Video {
    pub fn new(id: String, page: String, kind: VideoKind, now: Now) -> Video {
        Video {
            id,
            page,
            kind,
            created: now,
            sink: SharedSink::default(),
            size: None,
            session: None,
            uploaded: None,
            finish: None,
            again: Vec::new(),
            thumbnails: Vec::new(),
            collaborators: Vec::new(),
        }
    }

    /// Since when it can be seen.
    pub fn live_since(&self) -> Option<Now> {
        let (uploaded, finish) = (self.uploaded.as_ref()?, self.finish.as_ref()?);
        let from = finish.live.filter(|_| uploaded.failures.is_empty())?;
        Some(uploaded.processed.max(from))
    }

    /// Sessions that nobody finished are given up after a day.
    pub fn expired(&self, now: Now) -> bool {
        self.finish.is_none() && self.created + DAY <= now
    }
}

/// A photo as a story; videos as stories are `Video`s.
#[derive(Clone, Debug)]
pub struct PhotoStory {
    pub post_id: String,
    pub page: String,
    pub photo: String,
    pub at: Now,
}

#[derive(Clone, Debug)]
pub struct Comment {
    pub id: String,
    /// The post or video.
    pub object: String,
    /// The Page's id, or a visitor's name.
    pub by: String,
    pub visitor: bool,
    pub message: String,
    pub at: Now,
}

/// A file of the resumable upload API, before a Page has anything to do with it.
#[derive(Clone, Debug)]
pub struct File {
    pub id: String,
    pub person: String,
    pub length: u64,
    pub created: Now,
    pub sink: SharedSink,
    /// Given when all bytes are in.
    pub handle: Option<String>,
}

#[derive(Debug, Default)]
pub struct Facebook {
    pub people: BTreeMap<String, Person>,
    pub pages: BTreeMap<String, Page>,
    pub photos: BTreeMap<String, Photo>,
    pub posts: BTreeMap<String, Post>,
    pub videos: BTreeMap<String, Video>,
    pub photo_stories: BTreeMap<String, PhotoStory>,
    pub comments: BTreeMap<String, Comment>,
    pub files: BTreeMap<String, File>,
}

impl Facebook {
    /// By its own id or, where it has one, by that of its post.
    pub fn video(&self, id: &str) -> Option<&Video> {
        let by_post = || self.videos.values().find(|video| video.finish.as_ref().is_some_and(|finish| finish.post_id == id));
        self.videos.get(id).or_else(by_post)
    }

    /// The page of whatever this id names.
    pub fn owner(&self, id: &str) -> Option<&str> {
        let by_page = self.pages.get(id).map(|page| &page.id);
        let photo = || self.photos.get(id).map(|photo| &photo.page);
        let post = || self.posts.get(id).map(|post| &post.page);
        let video = || self.video(id).map(|video| &video.page);
        by_page.or_else(photo).or_else(post).or_else(video).map(String::as_str)
    }

    /// The bytes behind a handle of the upload API.
    pub fn handed(&self, handle: &str) -> Option<Sink> {
        let file = self.files.values().find(|file| file.handle.as_deref() == Some(handle))?;
        Some(file.sink.lock().clone())
    }
}
