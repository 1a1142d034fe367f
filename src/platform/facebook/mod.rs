//! Facebook Pages: words, links, photos, videos, reels and stories; and Facebook Login.
//!
//! Invariants: nothing is visible before `Feed`, `PhotoStory` or `Finish`, and everything they need is in the progress by then. A photo can be in
//! one post only and a video is one video, so their ids settle what became of a call that was cut off; words and links are searched for.

mod check;
mod comment;
mod connect;
mod errors;
mod feed;
mod likeness;
mod reel;
mod rehearse;
mod story;
mod video;
mod watch;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use self::wire::Part;
use super::meta::errors::Speaker;
use super::meta::pace::nth;
use super::meta::{Allowance, Caller, Graph, wire::Id};
use super::{Account, Budget, Content, ErrorClass, Finding, PlatformError, Problem, Publish, Published, Settled, Stage, Step, Work};
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
    /// The host that takes the bytes of videos.
    videos: Graph,
}

impl Facebook {
    pub fn new(app: FacebookApp, http: Http) -> Facebook {
        let allowance = Allowance::default();
        let host = |url: &str| Graph::new(http.clone(), SPEAKER, url, &app.graph_version, Some(app.app_secret.clone())).sharing(&allowance);
        let (graph, videos) = (host(&app.graph_url), host(&app.video_url));
        Facebook { app, graph, videos }
    }

    /// What is known of the app's allowance, for whoever else calls as the same app.
    pub fn allowance(&self) -> &Allowance {
        self.graph.allowance()
    }

    /// Calls as the Page.
    fn page<'a>(&'a self, work: &'a Work<'_>) -> Caller<'a> {
        self.caller(&self.graph, work)
    }

    fn caller<'a>(&'a self, graph: &'a Graph, work: &'a Work<'_>) -> Caller<'a> {
        graph.with(&work.access.token, work.now).of(&work.account.remote_id)
    }

    /// Calls that prepare a post. Long before it is due they can wait.
    fn ahead<'a>(&'a self, work: &'a Work<'_>) -> Caller<'a> {
        self.ahead_to(&self.graph, work)
    }

    fn ahead_to<'a>(&'a self, graph: &'a Graph, work: &'a Work<'_>) -> Caller<'a> {
        let caller = self.caller(graph, work);
        if work.now + SOON < work.publish_at { caller.in_the_background() } else { caller }
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
    /// All photos are there, or there are none: one call makes the post.
    Feed {
        photo_ids: Vec<String>,
        since: DateTime<Utc>,
        settling: Settling,
    },
    /// The photo is there: one call makes the story.
    PhotoStory {
        photo_id: String,
        since: DateTime<Utc>,
        settling: Settling,
    },
    /// The next part of a video is pushed.
    Transfer {
        video_id: String,
        session: String,
        part: Part,
        since: DateTime<Utc>,
        corrections: u32,
    },
    Upload {
        video_id: String,
        #[serde(serialize_with = "seal_field")]
        upload_url: Secret,
        #[serde(default)]
        form: Form,
        /// How often the upload host took the offset or the length for wrong.
        #[serde(default)]
        corrections: u32,
    },
    Processing {
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
        #[serde(default)]
        form: Form,
    },
    Finish {
        video_id: String,
        since: DateTime<Utc>,
        settling: Settling,
        #[serde(default)]
        form: Form,
        /// Of a video in parts.
        #[serde(default)]
        session: Option<String>,
    },
    /// Finish was acknowledged; the video is not out yet.
    Publishing {
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
        #[serde(default)]
        form: Form,
        /// Of a story.
        #[serde(default)]
        post_id: Option<String>,
    },
    /// Out; its link is still missing.
    Link {
        remote_id: String,
        reel: bool,
        tries: u32,
    },
    StoryLink {
        media_id: String,
        post_id: Option<String>,
        tries: u32,
    },
}

/// What a video becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    #[default]
    Reel,
    Story,
    /// A video of the feed.
    Video,
}

impl Form {
    fn noun(self) -> &'static str {
        match self {
            Form::Reel => "reel",
            Form::Story => "story",
            Form::Video => "video",
        }
    }
}

/// What has been done to settle a visible call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settling {
    /// Looks that found nothing, since the last call.
    pub looks: u32,
    /// How often the call was found not to have acted.
    pub repeats: u32,
    /// Since when it is known that the last call has not acted, so never before that call was made.
    pub not_begun_since: Option<DateTime<Utc>>,
}

impl Settling {
    pub fn looked(self) -> Settling {
        Settling { looks: self.looks + 1, ..self }
    }

    pub fn repeated(self) -> Settling {
        Settling { looks: 0, repeats: self.repeats + 1, not_begun_since: None }
    }
}

/// Enforced on the call that publishes a reel.
const REELS: Budget = Budget { name: "facebook_reels", most: 30, window: TimeDelta::hours(24), rule: "Facebook takes 30 reels from a Page in 24 hours" };

/// Unpublished photos and unfinished videos live about a day.
const STAGED_FOR: TimeDelta = TimeDelta::hours(23);
const LONGEST_STAGING: TimeDelta = TimeDelta::hours(20);
/// How long an upload in parts stays open is not documented; an older limit of four hours may be meant for it.
const LONGEST_PARTS: TimeDelta = TimeDelta::hours(3);
/// What is prepared later than so long before its time is part of publishing it.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// Seconds between two looks that find no post, by how often the call was repeated: reads lag behind writes, and nothing but a look tells words apart.
const BETWEEN_LOOKS: [i64; 5] = [40, 120, 300, 600, 900];

fn between_looks(repeats: u32) -> TimeDelta {
    TimeDelta::seconds(nth(repeats, &BETWEEN_LOOKS))
}

impl Publish for Facebook {
    type Progress = Progress;

    fn check(&self, account: &Account, content: &Content) -> Vec<Problem> {
        check::check(account, content)
    }

    fn longest_staging(&self, kind: Kind) -> TimeDelta {
        if kind == Kind::Video { LONGEST_PARTS } else { LONGEST_STAGING }
    }

    fn stage(&self, progress: &Progress) -> Stage {
        let (name, irreversible, long) = match progress {
            Progress::Begin => ("begin", false, false),
            Progress::Photos { .. } => ("push photo", false, true),
            Progress::Feed { photo_ids, .. } if photo_ids.is_empty() => ("publish post", true, false),
            Progress::Feed { .. } => ("publish photos", true, false),
            Progress::PhotoStory { .. } => ("publish story", true, false),
            Progress::Transfer { .. } => ("upload part", false, true),
            Progress::Upload { form: Form::Story, .. } => ("upload story", false, true),
            Progress::Upload { .. } => ("upload reel", false, true),
            Progress::Processing { .. } => ("wait for processing", false, false),
            Progress::Finish { form: Form::Reel, .. } => ("publish reel", true, false),
            Progress::Finish { form: Form::Story, .. } => ("publish story", true, false),
            Progress::Finish { form: Form::Video, .. } => ("publish video", true, false),
            Progress::Publishing { form: Form::Reel, .. } => ("wait until the reel is out", false, false),
            Progress::Publishing { form: Form::Story, .. } => ("wait until the story is out", false, false),
            Progress::Publishing { form: Form::Video, .. } => ("wait until the video is out", false, false),
            Progress::Link { .. } | Progress::StoryLink { .. } => ("read link", false, false),
        };
        let spends: &'static [Budget] = if matches!(progress, Progress::Finish { form: Form::Reel, .. }) { &[REELS] } else { &[] };
        Stage { name, irreversible, long, pulls: false, spends }
    }

    fn advance(&self, work: &Work<'_>, progress: Progress) -> Result<Step<Progress>, PlatformError> {
        match progress {
            Progress::Begin => self.begin(work),
            Progress::Photos { photo_ids, since } => self.push_photo(work, photo_ids, since),
            Progress::Feed { photo_ids, since, settling } => self.publish_post(work, &photo_ids, since, settling),
            Progress::PhotoStory { photo_id, since, settling } => self.publish_photo_story(work, photo_id, since, settling),
            Progress::Transfer { video_id, session, part, since, corrections } => self.push_part(work, video_id, session, part, since, corrections),
            Progress::Upload { video_id, upload_url, form, corrections } => self.push_video(work, video_id, upload_url, form, corrections),
            Progress::Processing { video_id, looks, since, form } => self.process_video(work, video_id, looks, since, form),
            Progress::Finish { video_id, since, settling, form, session } => self.finish(work, video_id, since, settling, form, session.as_deref()),
            Progress::Publishing { video_id, looks, since, form, post_id } => self.await_video(work, video_id, looks, since, form, post_id),
            Progress::Link { remote_id, reel, tries } => Ok(Step::Done(self.link(work, remote_id, reel, tries))),
            Progress::StoryLink { media_id, post_id, tries } => Ok(Step::Done(self.story_link(work, media_id, post_id, tries))),
        }
    }

    fn reconcile(&self, work: &Work<'_>, progress: Progress) -> Result<Settled<Progress>, PlatformError> {
        match progress {
            Progress::Feed { photo_ids, since, settling } => self.settle_post(work, photo_ids, since, settling),
            Progress::PhotoStory { photo_id, since, settling } => self.settle_photo_story(work, photo_id, since, settling),
            Progress::Finish { video_id, since, settling, form, session } => self.settle_video(work, video_id, since, settling, form, session),
            // Every other call can be made again without harm.
            other => Ok(Settled::Continue(other)),
        }
    }

    fn rehearse(&self, work: &Work<'_>) -> Vec<Finding> {
        self.findings(work)
    }

    fn comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<String, PlatformError> {
        self.post_comment(work, remote_id, text)
    }

    fn find_comment(&self, work: &Work<'_>, remote_id: &str, text: &str) -> Result<Option<String>, PlatformError> {
        self.search_comment(work, remote_id, text)
    }
}

/// Seconds between reads of a link that is not there yet.
const LINK_PAUSES: [i64; 6] = [3, 10, 30, 120, 600, 3600];

fn link_pause(tries: u32, patience: i32) -> Option<TimeDelta> {
    let seconds = LINK_PAUSES.get(usize::try_from(tries).ok()?)?;
    Some(TimeDelta::seconds(*seconds) * patience)
}

impl Facebook {
    fn begin(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        let since = work.now;
        match work.content.kind {
            Kind::Text | Kind::Link => Ok(Step::Next(Progress::Feed { photo_ids: Vec::new(), since, settling: Settling::default() })),
            Kind::Photos | Kind::PhotoStory => Ok(Step::Next(Progress::Photos { photo_ids: Vec::new(), since })),
            Kind::Video => self.open_video(work),
            Kind::Reel => self.start_upload(work, Form::Reel),
            Kind::VideoStory => self.start_upload(work, Form::Story),
            _ => Err(PlatformError::bug("this kind of post is not one that can be published to a Page")),
        }
    }

    /// Reads the link of a post that is out. A failing read is tried again later, and never more.
    fn link(&self, work: &Work<'_>, remote_id: String, reel: bool, tries: u32) -> Published<Progress> {
        let page = self.page(work).in_the_background();
        let read = page.get::<wire::Link>(&remote_id, &[("fields", "permalink_url")]);
        match read.ok().and_then(|read| read.permalink_url) {
            Some(link) => Published { remote_id: Some(remote_id), permalink: Some(wire::absolute(&link)), follow: None },
            None => out(remote_id, reel, tries + 1, page.patience(), work.now),
        }
    }
}

/// A post that is out and whose own link is not known yet; until then it has the address that leads to it.
fn out(remote_id: String, reel: bool, tries: u32, patience: i32, now: DateTime<Utc>) -> Published<Progress> {
    let permalink = if reel { wire::reel_address(&remote_id) } else { wire::post_address(&remote_id) };
    let follow = link_pause(tries, patience).map(|pause| (Progress::Link { remote_id: remote_id.clone(), reel, tries }, now + pause));
    Published { remote_id: Some(remote_id), permalink: Some(permalink), follow }
}

/// A post that is out, as an answer told of it.
fn published(remote_id: Id, permalink: Option<String>, reel: bool, now: DateTime<Utc>) -> Published<Progress> {
    match permalink {
        Some(link) => Published { remote_id: Some(remote_id.into_string()), permalink: Some(wire::absolute(&link)), follow: None },
        None => out(remote_id.into_string(), reel, 0, 1, now),
    }
}

fn expired(what: &str) -> PlatformError {
    let message = format!("{what} prepared too long ago and Facebook has dropped it; it is sent again.");
    PlatformError::new(ErrorClass::Transient, "staged_expired", message).start_over()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TIME: &str = "2026-12-01T09:00:00Z";

    fn facebook() -> Facebook {
        let app = FacebookApp {
            app_id: "1".into(),
            app_secret: Secret::new("secret"),
            graph_version: "v26.0".into(),
            login_config_id: String::new(),
            dialog_url: "https://dialog.example".into(),
            graph_url: "https://graph.example".into(),
            video_url: "https://video.example".into(),
            upload_url: "https://upload.example".into(),
        };
        Facebook::new(app, Http::default())
    }

    fn stage(progress: Value) -> Stage {
        let read: Progress = serde_json::from_value(progress.clone()).unwrap();
        let again: Progress = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
        assert_eq!(read, again, "{progress}");
        Publish::stage(&facebook(), &read)
    }

    #[test]
    fn only_what_makes_a_post_public_is_irreversible_and_only_reels_have_a_limit() {
        let settling = json!({"looks": 0, "repeats": 0});
        for (progress, name, irreversible, long, spends) in [
            (json!({"step": "begin"}), "begin", false, false, 0),
            (json!({"step": "photos", "photo_ids": ["1"], "since": TIME}), "push photo", false, true, 0),
            (json!({"step": "feed", "photo_ids": ["1"], "since": TIME, "settling": settling}), "publish photos", true, false, 0),
            (json!({"step": "feed", "photo_ids": [], "since": TIME, "settling": settling}), "publish post", true, false, 0),
            (json!({"step": "photo_story", "photo_id": "1", "since": TIME, "settling": settling}), "publish story", true, false, 0),
            (
                json!({"step": "transfer", "video_id": "1", "session": "2", "part": {"start_offset": "0", "end_offset": 9}, "since": TIME, "corrections": 0}),
                "upload part",
                false,
                true,
                0,
            ),
            (json!({"step": "upload", "video_id": "1", "upload_url": "https://u.example", "form": "story"}), "upload story", false, true, 0),
            (json!({"step": "finish", "video_id": "1", "since": TIME, "settling": settling, "form": "story"}), "publish story", true, false, 0),
            (json!({"step": "finish", "video_id": "1", "since": TIME, "settling": settling, "form": "video", "session": "2"}), "publish video", true, false, 0),
            (json!({"step": "publishing", "video_id": "1", "looks": 0, "since": TIME, "form": "video"}), "wait until the video is out", false, false, 0),
            (json!({"step": "story_link", "media_id": "1", "post_id": null, "tries": 0}), "read link", false, false, 0),
            // As they were stored before there was more than reels.
            (json!({"step": "upload", "video_id": "1", "upload_url": "https://u.example"}), "upload reel", false, true, 0),
            (json!({"step": "processing", "video_id": "1", "looks": 3, "since": TIME}), "wait for processing", false, false, 0),
            (json!({"step": "finish", "video_id": "1", "since": TIME, "settling": settling}), "publish reel", true, false, 1),
            (json!({"step": "publishing", "video_id": "1", "looks": 0, "since": TIME}), "wait until the reel is out", false, false, 0),
            (json!({"step": "link", "remote_id": "1", "reel": true, "tries": 0}), "read link", false, false, 0),
        ] {
            let stage = stage(progress);
            assert_eq!((stage.name, stage.irreversible, stage.long, stage.spends.len()), (name, irreversible, long, spends));
            assert!(!stage.pulls, "all bytes are pushed");
        }
    }

    #[test]
    fn looks_that_find_nothing_grow_apart() {
        let pauses: Vec<i64> = (0..8).map(|repeats| between_looks(repeats).num_seconds()).collect();
        assert_eq!(pauses, [40, 120, 300, 600, 900, 900, 900, 900]);
    }
}
