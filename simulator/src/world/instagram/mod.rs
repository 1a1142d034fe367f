//! Instagram's part of the world: professional accounts, containers, media and their comments.
//!
//! Always true: a container and the media it becomes are different objects with different ids; only `media_publish` makes media
//! (and the switches that let somebody else post). The items of a carousel are media too, with a parent and no place of their own.

mod seen;

use std::collections::BTreeMap;

use super::{
    Now, World,
    image::avatar,
    sink::{SharedSink, sha256_hex},
    token::DAY,
    visible::VisibleComment,
};

/// The Pages with a place that the world has beside its people's own ones: what `location_id` may name.
pub const LOCATIONS: &[(&str, &str)] = &[("106000000000001", "Sim Harbour"), ("106000000000002", "Sim Mountain")];

/// A username that exists and is private: it can be tagged by nobody.
pub const PRIVATE_USERNAME: &str = "sim.private";

/// What somebody else writes, where nobody says what.
pub const SOMEBODY_ELSES: &str = "A quiet afternoon at the market";

#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    /// What Instagram Login calls `id`; publishing paths use `id` above, its `user_id`.
    pub app_scoped: String,
    pub username: String,
    pub name: String,
    pub account_type: &'static str,
    pub page: Option<String>,
    pub gates: Gates,
}

/// What keeps one account from publishing; changed by `Simulator::set_instagram`.
#[derive(Clone, Debug)]
pub struct Gates {
    /// Restricted, inactive or at a checkpoint: 25/2207050 until the person has opened the app.
    pub restricted: bool,
    /// Switched back to a personal account.
    pub personal: bool,
    /// May publish trial reels.
    pub trial_reels: bool,
}

impl Default for Gates {
    fn default() -> Gates {
        Gates { restricted: false, personal: false, trial_reels: true }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Image,
    Reel,
    StoryImage,
    StoryVideo,
    ItemImage,
    ItemVideo,
    Carousel,
}

impl Kind {
    pub fn is_video(self) -> bool {
        matches!(self, Kind::Reel | Kind::StoryVideo | Kind::ItemVideo)
    }

    pub fn is_image(self) -> bool {
        matches!(self, Kind::Image | Kind::StoryImage | Kind::ItemImage)
    }

    pub fn is_item(self) -> bool {
        matches!(self, Kind::ItemImage | Kind::ItemVideo)
    }

    pub fn is_story(self) -> bool {
        matches!(self, Kind::StoryImage | Kind::StoryVideo)
    }
}

/// What a container holds, and then its media.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub kind: Kind,
    pub caption: String,
    pub alt_text: String,
    pub location: Option<String>,
    pub user_tags: Vec<String>,
    pub collaborators: Vec<String>,
    pub sponsors: Vec<String>,
    pub poll: Vec<String>,
    pub comment_prompt: bool,
    pub share_to_feed: bool,
    /// How a trial reel is to end.
    pub trial: Option<String>,
    pub ai_generated: bool,
    pub paid_partnership: bool,
    pub audio_name: String,
    pub thumb_offset: u64,
    pub cover_sha256: Option<String>,
    /// Of the one medium; nothing for a carousel.
    pub sha256: String,
    /// Containers in a container, media in a medium.
    pub children: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Container {
    pub id: String,
    pub account: String,
    pub content: Content,
    pub created: Now,
    pub resumable: bool,
    /// The video that is still to be fetched.
    pub pull: Option<String>,
    pub sink: SharedSink,
    pub size: Option<u64>,
    /// When its media was in and processed.
    pub processed: Option<Now>,
    /// The subcode that its status tells.
    pub failure: Option<u32>,
    /// The same in words, for the world's own pages.
    pub why: String,
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
        if self.created + DAY <= now && self.published.is_none() {
            return Status::Expired;
        }
        match (self.processed, self.failure) {
            (Some(at), failure) if at <= now => failure.map_or(Status::Finished, Status::Error),
            _ => Status::InProgress,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Comment {
    pub id: String,
    pub text: String,
    pub username: String,
    pub at: Now,
}

impl Comment {
    pub fn shown(&self, account: &str) -> VisibleComment {
        VisibleComment { id: self.id.clone(), by: account.to_owned(), text: self.text.clone(), at: self.at }
    }
}

#[derive(Clone, Debug)]
pub struct Media {
    pub id: String,
    pub account: String,
    pub content: Content,
    pub shortcode: String,
    pub at: Now,
    /// The carousel that it is an item of.
    pub parent: Option<String>,
    pub comments_enabled: bool,
    /// Oldest first.
    pub comments: Vec<Comment>,
    pub deleted: Option<Now>,
    /// Somebody else's, posted beside the app.
    pub foreign: bool,
}

impl Media {
    pub fn new(id: String, account: &str, content: Content, shortcode: String, at: Now) -> Media {
        Media {
            id,
            account: account.to_owned(),
            content,
            shortcode,
            at,
            parent: None,
            comments_enabled: true,
            comments: Vec::new(),
            deleted: None,
            foreign: false,
        }
    }

    /// A story lives for a day.
    pub fn until(&self) -> Option<Now> {
        self.content.kind.is_story().then(|| self.at + DAY)
    }

    pub fn gone(&self, now: Now) -> bool {
        self.deleted.is_some() || self.until().is_some_and(|until| until <= now)
    }
}

#[derive(Debug, Default)]
pub struct Instagram {
    pub accounts: BTreeMap<String, Account>,
    pub containers: BTreeMap<String, Container>,
    pub media: BTreeMap<String, Media>,
}

impl Instagram {
    /// What has a place of its own in the account: no items, nothing deleted.
    pub fn posts_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Media> {
        self.media.values().filter(move |media| media.account == account && media.parent.is_none() && media.deleted.is_none())
    }
}

impl World {
    /// Whatever became of a `media_publish`, with this switch the newest post is not the client's.
    pub fn others_post_too(&mut self, account: Option<&str>, now: Now) {
        if let Some(account) = account.filter(|_| self.settings.instagram.others_post_too) {
            self.foreign_instagram(account, SOMEBODY_ELSES, now);
        }
    }

    /// A picture that another person or tool posts to this account now. Nothing of it belongs to any container.
    pub fn foreign_instagram(&mut self, account: &str, caption: &str, now: Now) -> Option<String> {
        if !self.instagram.accounts.contains_key(account) {
            return None;
        }
        let (id, shortcode) = (self.id(18_000_000_000_000_000), format!("C{}", self.mystery(10)));
        let picture = avatar(&id);
        let sha256 = sha256_hex(&picture);
        self.gallery.keep(&sha256, vec![picture.into()]);
        let content = Content { caption: caption.to_owned(), sha256, ..Content::default() };
        let media = Media { foreign: true, ..Media::new(id.clone(), account, content, shortcode, now) };
        self.instagram.media.insert(id.clone(), media);
        Some(id)
    }
}
