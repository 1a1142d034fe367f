//! TikTok: videos, directly or as drafts to the creator's inbox, by pushing the file; photos, in both ways, by handing over their addresses.
//!
//! Always true: nothing of a video can become visible before the upload's last byte, so everything up to the last chunk may be repeated or begun
//! anew; from the moment the last chunk is sent, this folder only sends that same chunk again or looks, and never opens a second upload for the
//! post, unless TikTok's own status says FAILED (tiktok.md §10). Photos are out of our hands with the call that names their addresses: `photos.rs`
//! says when it may be made again. A token that ends while TikTok is processing is no failed post.

mod check;
mod connect;
mod errors;
mod photos;
mod plan;
mod rehearse;
mod token;
mod upload;
mod watch;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::check::Standing;
use self::check::{Options, has_scope, is_draft, is_photos};
use self::photos::HandOver;
use self::plan::Plan;
use self::upload::Upload;
use self::watch::Sent;
use super::http::Http;
use super::{Access, Account, Budget, Content, ErrorClass, Finding, Item, PlatformError, Problem, Publish, Settled, Stage, Step, Work};
use crate::address::is_expected_upload_url;
use crate::config::TiktokApp;
use crate::kind::Kind;

/// An upload URL lives one hour; the last chunk must still find it alive.
const URL_LIVES: TimeDelta = TimeDelta::hours(1);
const LONGEST_STAGING: TimeDelta = TimeDelta::minutes(50);

/// TikTok's minute, and the time that a call may take on its way there.
const MINUTE: TimeDelta = TimeDelta::seconds(62);
const CREATOR_INFO: &[Budget] =
    &[Budget { name: "tiktok_creator_info", most: 20, window: MINUTE, rule: "TikTok tells a creator's settings 20 times a minute" }];
const VIDEO_INITS: &[Budget] = &[Budget { name: "tiktok_video_inits", most: 6, window: MINUTE, rule: "TikTok takes 6 new videos a minute from an account" }];
const DRAFT_INITS: &[Budget] =
    &[Budget { name: "tiktok_draft_inits", most: 6, window: MINUTE, rule: "TikTok takes 6 new draft videos a minute from an account" }];
const PHOTO_INITS: &[Budget] =
    &[Budget { name: "tiktok_photo_inits", most: 6, window: MINUTE, rule: "TikTok takes 6 new photo posts a minute from an account" }];
const STATUS_READS: &[Budget] =
    &[Budget { name: "tiktok_status_reads", most: 30, window: MINUTE, rule: "TikTok tells the state of an account's posts 30 times a minute" }];

/// TikTok, through one app.
#[derive(Debug)]
pub struct Tiktok {
    config: TiktokApp,
    http: Http,
}

impl Tiktok {
    pub fn new(config: TiktokApp, http: Http) -> Tiktok {
        Tiktok { config, http }
    }
}

/// Where a post is on its way to TikTok.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Progress {
    #[default]
    Begin,
    /// The creator may post this video; `creator` is the user name of that moment, for the link.
    Init { creator: String },
    /// A draft's upload is to be opened.
    InitDraft,
    /// The addresses of the photos are to be handed over. That makes the post.
    Photos(HandOver),
    /// Chunk `next` is to be sent; it is not the last one.
    Uploading { upload: Upload, next: u64 },
    /// All but the last chunk is there. Sending that one makes the post.
    LastChunk { upload: Upload },
    /// TikTok has everything, and is at work.
    Processing(Sent),
    /// The post is out; its public id may still come.
    Follow(Sent),
}

impl Publish for Tiktok {
    type Progress = Progress;

    fn check(&self, account: &Account, content: &Content) -> Vec<Problem> {
        check::check(&self.config, account, content)
    }

    fn longest_staging(&self, _kind: Kind) -> TimeDelta {
        LONGEST_STAGING
    }

    fn stage(&self, progress: &Progress) -> Stage {
        let calm = |name, spends| Stage { name, spends, ..Stage::default() };
        match progress {
            // A draft begins without asking, and counts here all the same: its own limit is the narrower one.
            Progress::Begin => calm("ask TikTok what the creator may post", CREATOR_INFO),
            Progress::Init { .. } => calm("open upload", VIDEO_INITS),
            Progress::InitDraft => calm("open upload", DRAFT_INITS),
            Progress::Photos(_) => Stage { name: "hand over photos", irreversible: true, long: false, pulls: true, spends: PHOTO_INITS },
            Progress::Uploading { .. } => Stage { long: true, ..calm("upload", &[]) },
            // The last part may be the whole file (up to 64 MB go as one chunk): some workers are kept free of it.
            Progress::LastChunk { .. } => Stage { irreversible: true, long: true, ..calm("send last part", &[]) },
            Progress::Processing(_) => calm("wait for TikTok", STATUS_READS),
            Progress::Follow(_) => calm("look up link", STATUS_READS),
        }
    }

    fn advance(&self, work: &Work<'_>, progress: Progress) -> Result<Step<Progress>, PlatformError> {
        match progress {
            Progress::Begin => self.begin(work),
            Progress::Init { creator } => self.init(work, creator),
            Progress::InitDraft => self.init(work, work.account.username.clone()),
            Progress::Photos(photos) => self.hand_over(work, photos),
            Progress::Uploading { upload, next } => self.send_chunk(work, upload, next),
            Progress::LastChunk { upload } => self.send_last_chunk(work, upload),
            Progress::Processing(sent) => self.watch(work, sent),
            Progress::Follow(sent) => Ok(Step::Done(self.follow(work, sent))),
        }
    }

    fn reconcile(&self, work: &Work<'_>, progress: Progress) -> Result<Settled<Progress>, PlatformError> {
        match progress {
            Progress::Photos(photos) => self.settle_photos(work, photos),
            Progress::LastChunk { upload } => self.settle_upload(work, upload),
            Progress::Processing(sent) => self.settle_processing(work, sent),
            harmless => Ok(Settled::Continue(harmless)),
        }
    }

    fn has_standing(&self, account: &Account) -> bool {
        has_scope(account, "video.publish")
    }

    fn longest_video_ms(&self, account: &Account, kind: Kind) -> Option<u64> {
        // A draft's length is between the creator and the app.
        (kind == Kind::Video).then(|| check::longest_video_ms(account)).flatten()
    }

    /// A creator who can post nothing now keeps the settings that were told before.
    fn standing(&self, account: &Account, access: &Access, now: DateTime<Utc>) -> Result<Option<Value>, PlatformError> {
        if !Publish::has_standing(self, account) {
            return Ok(None);
        }
        let standing = match self.creator_info(&access.token, now) {
            Ok(info) => Standing::from(info),
            Err(e) if e.http_status == Some(200) && CANNOT_POST.contains(&e.code.as_str()) => {
                Standing { cannot_post_now: Some(e.code), ..Standing::of(account).unwrap_or_default() }
            }
            Err(e) => return Err(e),
        };
        serde_json::to_value(standing).map(Some).map_err(|e| PlatformError::bug(format!("the creator's settings cannot be stored: {e}")))
    }

    fn rehearse(&self, work: &Work<'_>) -> Vec<Finding> {
        self.rehearsed(work)
    }

    fn comment(&self, _work: &Work<'_>, _remote_id: &str, _text: &str) -> Result<String, PlatformError> {
        Err(no_comments())
    }

    fn find_comment(&self, _work: &Work<'_>, _remote_id: &str, _text: &str) -> Result<Option<String>, PlatformError> {
        Err(no_comments())
    }
}

/// What creator info says with HTTP 200, on purpose.
const CANNOT_POST: [&str; 3] = ["spam_risk_too_many_posts", "spam_risk_user_banned_from_posting", "reached_active_user_cap"];

impl Tiktok {
    /// A direct post is held against the creator's settings of this moment; a draft has nothing to be held against.
    fn begin(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        let earliest = work.publish_at - LONGEST_STAGING;
        if work.now < earliest {
            return Ok(Step::Wait(Progress::Begin, earliest));
        }
        let content = work.content;
        if is_draft(content.kind) {
            let photos = || Progress::Photos(HandOver::new(work.account.username.clone()));
            return Ok(Step::Next(if is_photos(content.kind) { photos() } else { Progress::InitDraft }));
        }
        let options = chosen_options(content)?;
        let standing = Standing::from(self.creator_info(&work.access.token, work.now)?);
        let too_long = || content.media.first().filter(|item| item.is_video).and_then(|item| standing.too_long(item));
        if let Some(vanished) = standing.misfits(&options).into_iter().next().or_else(too_long) {
            return Err(held(vanished.code, vanished.message, "Then retry the post."));
        }
        let creator = if standing.username.is_empty() { work.account.username.clone() } else { standing.username };
        Ok(Step::Next(if is_photos(content.kind) { Progress::Photos(HandOver::new(creator)) } else { Progress::Init { creator } }))
    }

    /// Opens the upload. If the answer is lost, opening another one leaves an empty task behind, which dies within the hour.
    fn init(&self, work: &Work<'_>, creator: String) -> Result<Step<Progress>, PlatformError> {
        let item = video(work.content)?;
        let plan = Plan::of(item.bytes)
            .ok_or_else(|| held("file_size", "TikTok takes videos of up to 4 GB, and this file is empty or larger.", "Use another file."))?;
        let token = &work.access.token;
        let opened = match work.content.kind {
            Kind::DraftVideo => self.init_draft(token, &plan, work.now)?,
            _ => self.init_video(token, &chosen_options(work.content)?.video_info(&work.content.caption), &plan, work.now)?,
        };
        if !is_expected_upload_url(opened.upload_url.expose(), &self.config.api_url, &self.config.upload_hosts) {
            return Err(PlatformError::bug("TikTok asks for the video to be uploaded to a host that this installation does not expect.")
                .remedy("If TikTok has announced new upload hosts, add them to upload_hosts in the section [tiktok] of the configuration."));
        }
        Ok(Step::Next(Upload::new(opened, plan, creator, work.now + URL_LIVES).at(0)))
    }
}

fn video(content: &Content) -> Result<&Item, PlatformError> {
    content.media.first().ok_or_else(|| held("missing", "The post has no video.", "Add one, and retry."))
}

fn chosen_options(content: &Content) -> Result<Options, PlatformError> {
    Options::read(content.kind, &content.options).map_err(|problems| match problems.into_iter().next() {
        Some(problem) => held(problem.code, problem.message, "Open the post's TikTok options, and retry."),
        None => PlatformError::bug("the post's options were refused without a reason"),
    })
}

/// A post that waits for a person.
fn held(code: &str, message: impl Into<String>, remedy: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Rejected, code, message).remedy(remedy)
}

fn no_comments() -> PlatformError {
    PlatformError::bug("TikTok has no call that comments on a post")
}

/// 5, 10, 20 … seconds, five minutes at the most.
fn growing(step: u32) -> TimeDelta {
    TimeDelta::seconds((5_i64 << step.min(6)).min(300))
}

/// The pause before the look number `looks` + 1, `waited` after the first (tiktok.md §5.6).
fn pause(looks: u32, waited: TimeDelta) -> TimeDelta {
    match looks {
        0 => TimeDelta::seconds(3),
        1 => TimeDelta::seconds(5),
        2 => TimeDelta::seconds(10),
        3 => TimeDelta::seconds(20),
        _ if waited < TimeDelta::minutes(10) => TimeDelta::seconds(30),
        _ if waited < TimeDelta::hours(2) => TimeDelta::seconds(60),
        _ => TimeDelta::minutes(15),
    }
}

#[cfg(test)]
mod tests;
