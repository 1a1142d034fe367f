//! Facebook Pages: photos (one or many, pushed unseen and made one post), and reels; and Facebook Login.
//!
//! Invariants: nothing is visible before `Feed` or `Finish`, and everything either needs is in the progress by then. A photo can be in one post
//! only and a reel is one video, so their ids settle what became of a call that was cut off.

mod check;
mod connect;
mod errors;
mod multipart;
mod photos;
mod reel;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::meta::errors::Speaker;
use super::meta::{Caller, Graph, wire::Id};
use super::{Account, Content, PlatformError, Problem, Publish, Published, Settled, Stage, Step, Work};
use crate::config::FacebookApp;
use crate::kind::{Kind, Platform};
use crate::platform::http::Http;
use crate::secret::{Secret, seal_field};

const SPEAKER: Speaker = Speaker { platform: Platform::Facebook, rows: errors::TABLE };

/// Pages, and the login that finds them.
#[derive(Debug, Clone)]
pub struct Facebook {
    app: FacebookApp,
    graph: Graph,
}

impl Facebook {
    pub fn new(app: FacebookApp, http: Http) -> Facebook {
        let graph = Graph::new(http, SPEAKER, &app.graph_url, &app.graph_version, Some(app.app_secret.clone()));
        Facebook { app, graph }
    }

    /// Calls as the Page.
    fn page<'a>(&'a self, work: &'a Work<'_>) -> Caller<'a> {
        self.graph.with(&work.access.token, work.now)
    }
}

/// Where a post is on its way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Progress {
    #[default]
    Begin,
    /// The photos so far; the next one is pushed.
    Photos {
        photo_ids: Vec<String>,
        since: DateTime<Utc>,
    },
    /// All photos are there: one call makes the post.
    Feed {
        photo_ids: Vec<String>,
        since: DateTime<Utc>,
        settling: Settling,
    },
    Upload {
        video_id: String,
        #[serde(serialize_with = "seal_field")]
        upload_url: Secret,
    },
    Processing {
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
    },
    Finish {
        video_id: String,
        since: DateTime<Utc>,
        settling: Settling,
    },
    /// Finish was acknowledged; the reel is not out yet.
    Publishing {
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
    },
    /// Out; its link is still missing.
    Link {
        remote_id: String,
        reel: bool,
        tries: u32,
    },
}

/// What has been done to settle a visible call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settling {
    /// Looks that found nothing, since the last call.
    pub looks: u32,
    /// How often the call was found not to have acted.
    pub repeats: u32,
}

impl Settling {
    pub fn looked(self) -> Settling {
        Settling { looks: self.looks + 1, ..self }
    }

    pub fn repeated(self) -> Settling {
        Settling { looks: 0, repeats: self.repeats + 1 }
    }
}

/// Unpublished photos and unfinished reels live about a day.
const STAGED_FOR: TimeDelta = TimeDelta::hours(23);
const LONGEST_STAGING: TimeDelta = TimeDelta::hours(20);

impl Publish for Facebook {
    type Progress = Progress;

    fn check(&self, account: &Account, content: &Content) -> Vec<Problem> {
        check::check(account, content)
    }

    fn longest_staging(&self, _kind: Kind) -> TimeDelta {
        LONGEST_STAGING
    }

    fn stage(&self, progress: &Progress) -> Stage {
        let (name, irreversible, long) = match progress {
            Progress::Begin => ("begin", false, false),
            Progress::Photos { .. } => ("push photo", false, true),
            Progress::Feed { .. } => ("publish photos", true, false),
            Progress::Upload { .. } => ("upload reel", false, true),
            Progress::Processing { .. } => ("wait for processing", false, false),
            Progress::Finish { .. } => ("publish reel", true, false),
            Progress::Publishing { .. } => ("wait until the reel is out", false, false),
            Progress::Link { .. } => ("read link", false, false),
        };
        Stage { name, irreversible, long, ..Stage::default() }
    }

    fn advance(&self, work: &Work<'_>, progress: Progress) -> Result<Step<Progress>, PlatformError> {
        match progress {
            Progress::Begin if work.content.kind == Kind::Photos => Ok(Step::Next(Progress::Photos { photo_ids: Vec::new(), since: work.now })),
            Progress::Begin if work.content.kind == Kind::Reel => self.start_reel(work),
            Progress::Begin => Err(PlatformError::bug("this kind of post is not one that can be published to a Page")),
            Progress::Photos { photo_ids, since } => self.push_photo(work, photo_ids, since),
            Progress::Feed { photo_ids, since, settling } => self.publish_photos(work, &photo_ids, since, settling),
            Progress::Upload { video_id, upload_url } => self.upload_reel(work, video_id, &upload_url),
            Progress::Processing { video_id, looks, since } => self.process_reel(work, video_id, looks, since),
            Progress::Finish { video_id, since, settling } => self.finish_reel(work, video_id, since, settling),
            Progress::Publishing { video_id, looks, since } => self.await_reel(work, video_id, looks, since),
            Progress::Link { remote_id, reel, tries } => Ok(Step::Done(self.link(work, remote_id, reel, tries))),
        }
    }

    fn reconcile(&self, work: &Work<'_>, progress: Progress) -> Result<Settled<Progress>, PlatformError> {
        match progress {
            Progress::Feed { photo_ids, since, settling } => self.settle_photos(work, photo_ids, since, settling),
            Progress::Finish { video_id, since, settling } => self.settle_reel(work, video_id, since, settling),
            // Every other call can be made again without harm.
            other => Ok(Settled::Continue(other)),
        }
    }
}

/// Seconds between reads of a link that is not there yet.
const LINK_PAUSES: [i64; 6] = [3, 10, 30, 120, 600, 3600];

impl Facebook {
    /// Reads the link of a post that is out. A failing read is tried again later, and never more.
    fn link(&self, work: &Work<'_>, remote_id: String, reel: bool, tries: u32) -> Published<Progress> {
        let read = self.page(work).get::<wire::Link>(&remote_id, &[("fields", "permalink_url")]);
        match read.ok().and_then(|read| read.permalink_url) {
            Some(link) => Published { remote_id: Some(remote_id), permalink: Some(wire::absolute(&link)), follow: None },
            None => out(remote_id, reel, tries + 1, work.now),
        }
    }
}

/// A post that is out and whose own link is not known yet; until then it has the address that leads to it.
fn out(remote_id: String, reel: bool, tries: u32, now: DateTime<Utc>) -> Published<Progress> {
    let permalink = if reel { wire::reel_address(&remote_id) } else { wire::post_address(&remote_id) };
    let pause = usize::try_from(tries).ok().and_then(|tries| LINK_PAUSES.get(tries));
    let follow = pause.map(|seconds| (Progress::Link { remote_id: remote_id.clone(), reel, tries }, now + TimeDelta::seconds(*seconds)));
    Published { remote_id: Some(remote_id), permalink: Some(permalink), follow }
}

/// A post that is out, as an answer told of it.
fn published(remote_id: Id, permalink: Option<String>, reel: bool, now: DateTime<Utc>) -> Published<Progress> {
    match permalink {
        Some(link) => Published { remote_id: Some(remote_id.into_string()), permalink: Some(wire::absolute(&link)), follow: None },
        None => out(remote_id.into_string(), reel, 0, now),
    }
}
