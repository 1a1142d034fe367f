//! A task: what `init` makes, from its first byte to what became of it.
//!
//! Always true: `stage` is a function of the task and a moment; nothing else decides what a client or a visitor sees.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::world::{Now, sink::SharedSink};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Video,
    DraftVideo,
    Photos,
    DraftPhotos,
}

impl Form {
    pub fn is_draft(self) -> bool {
        matches!(self, Form::DraftVideo | Form::DraftPhotos)
    }

    pub fn is_photos(self) -> bool {
        matches!(self, Form::Photos | Form::DraftPhotos)
    }

    pub fn name(self) -> &'static str {
        match self {
            Form::Video => "video",
            Form::DraftVideo => "draft_video",
            Form::Photos => "photos",
            Form::DraftPhotos => "draft_photos",
        }
    }

    /// What a visitor sees once a draft was posted.
    pub fn posted_name(self) -> &'static str {
        if self.is_photos() { "photos" } else { "video" }
    }
}

/// What the client said about the post. The privacy level is empty for drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostInfo {
    pub title: String,
    /// Photos only.
    pub description: String,
    pub privacy_level: String,
    pub disable_comment: bool,
    pub disable_duet: bool,
    pub disable_stitch: bool,
    pub brand_content_toggle: bool,
    pub brand_organic_toggle: bool,
    pub is_aigc: bool,
    pub auto_add_music: bool,
    pub video_cover_timestamp_ms: Option<i64>,
    pub photo_cover_index: Option<u64>,
}

impl PostInfo {
    /// What TikTok writes at a post beside its text.
    pub fn labels(&self) -> impl Iterator<Item = &'static str> {
        let promotion = if self.brand_content_toggle { Some("Paid partnership") } else { self.brand_organic_toggle.then_some("Promotional content") };
        promotion.into_iter().chain(self.is_aigc.then_some("AI-generated"))
    }

    /// What was said beside the caption, under TikTok's own names; what was left out is not there.
    pub fn details(&self) -> BTreeMap<&'static str, String> {
        let flags = [
            ("disable_comment", self.disable_comment),
            ("disable_duet", self.disable_duet),
            ("disable_stitch", self.disable_stitch),
            ("brand_content_toggle", self.brand_content_toggle),
            ("brand_organic_toggle", self.brand_organic_toggle),
            ("is_aigc", self.is_aigc),
            ("auto_add_music", self.auto_add_music),
        ];
        // The title of a video is its caption.
        let title = Some(("title", &self.title)).filter(|_| self.photo_cover_index.is_some());
        let words = title.into_iter().chain([("privacy_level", &self.privacy_level)]).filter(|(_, word)| !word.is_empty());
        let cover = self.video_cover_timestamp_ms.map(|ms| ("video_cover_timestamp_ms", ms.to_string()));
        let photo = self.photo_cover_index.map(|index| ("photo_cover_index", index.to_string()));
        let mut details: BTreeMap<&'static str, String> = words.map(|(name, word)| (name, word.clone())).collect();
        details.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name, "true".to_owned())));
        details.extend(cover.into_iter().chain(photo));
        details
    }
}

#[derive(Clone, Debug)]
pub enum Source {
    Upload(Upload),
    Pull(Pull),
}

#[derive(Clone, Debug)]
pub struct Upload {
    pub size: u64,
    pub chunk_size: u64,
    pub chunks: u64,
    pub token: String,
    /// Only whole chunks count.
    pub sink: SharedSink,
    pub received: u64,
}

impl Upload {
    /// Where the next chunk begins and how long it is.
    pub fn next_chunk(&self) -> (u64, u64) {
        let index = self.received / self.chunk_size.max(1);
        let last = index + 1 >= self.chunks;
        let length = if last { self.size.saturating_sub(self.received) } else { self.chunk_size };
        (self.received, length)
    }
}

#[derive(Clone, Debug)]
pub struct Pull {
    pub urls: Vec<String>,
    /// How long the download takes in simulated time, however fast the bytes came.
    pub takes: TimeDelta,
    pub downloaded: u64,
}

/// A download that is not there after an hour is given up.
pub const PULL_LIMIT: TimeDelta = TimeDelta::hours(1);

#[derive(Clone, Debug)]
pub struct Task {
    pub publish_id: String,
    pub open_id: String,
    pub form: Form,
    pub info: PostInfo,
    pub source: Source,
    pub created: Now,
    pub done: Option<Done>,
    /// Cancelled, or its access was taken away: since when, and why.
    pub stopped: Option<(Now, &'static str)>,
    /// What a visitor finds: one for a direct post, one for each time the creator posted a draft.
    pub postings: Vec<Posting>,
    /// The creator threw the draft away.
    pub discarded: Option<Now>,
}

/// All media are in: the point of no return.
#[derive(Clone, Debug)]
pub struct Done {
    pub at: Now,
    pub processed: Option<Now>,
    pub failure: Option<&'static str>,
    pub media: Vec<String>,
    /// For lists of videos, where it could be measured.
    pub seconds: u64,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Debug)]
pub struct Posting {
    pub id: u64,
    pub at: Now,
    pub privacy_level: String,
    /// From when on TikTok tells its id: after moderation, of public posts only.
    pub public_from: Option<Now>,
    pub public_until: Option<Now>,
}

impl Posting {
    pub fn is_public(&self, at: Now) -> bool {
        self.public_from.is_some_and(|from| from <= at) && self.public_until.is_none_or(|until| at < until)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Uploading,
    Downloading,
    Processing,
    Failed(&'static str),
    Inbox,
    Published { ids: Vec<u64> },
}

impl Task {
    pub fn stage(&self, at: Now) -> Stage {
        if let Some((_, reason)) = self.stopped.filter(|(since, _)| *since <= at) {
            return Stage::Failed(reason);
        }
        let Some(done) = self.done.as_ref().filter(|done| done.at <= at) else {
            return if self.upload().is_some() { Stage::Uploading } else { Stage::Downloading };
        };
        if done.processed.is_none_or(|processed| processed > at) {
            return Stage::Processing;
        }
        if let Some(reason) = done.failure {
            return Stage::Failed(reason);
        }
        let posted = self.postings.iter().filter(|posting| posting.at <= at);
        if self.form.is_draft() && posted.clone().next().is_none() {
            return Stage::Inbox;
        }
        Stage::Published { ids: posted.filter(|posting| posting.is_public(at)).map(|posting| posting.id).collect() }
    }

    pub fn upload(&self) -> Option<&Upload> {
        match &self.source {
            Source::Upload(upload) => Some(upload),
            Source::Pull(_) => None,
        }
    }

    pub fn upload_mut(&mut self) -> Option<&mut Upload> {
        match &mut self.source {
            Source::Upload(upload) => Some(upload),
            Source::Pull(_) => None,
        }
    }

    /// When it began to count as a post or a draft: with its last byte, or with the call that had its media pulled. Never, if it failed.
    pub fn accepted(&self) -> Option<Now> {
        let failed = self.stopped.is_some() || self.done.as_ref().is_some_and(|done| done.failure.is_some());
        match &self.source {
            _ if failed => None,
            Source::Upload(_) => self.done.as_ref().map(|done| done.at),
            Source::Pull(_) => Some(self.created),
        }
    }

    /// An hour after the init the URL is worth nothing.
    pub fn url_expired(&self, now: Now) -> bool {
        self.created + TimeDelta::hours(1) <= now
    }
}
