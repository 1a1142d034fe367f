//! TikTok: direct videos, and drafts to the creator's inbox, by pushing the file.
//!
//! Always true: nothing can become visible before the upload's last byte, so everything up to the last chunk may be repeated or begun anew; from
//! the moment the last chunk is sent, this folder only sends that same chunk again or looks, and never opens a second upload for the post,
//! unless TikTok's own status says FAILED (tiktok.md §10). A token that ends while TikTok is processing is no failed post.

mod check;
mod connect;
mod errors;
mod options;
mod plan;
mod token;
mod upload;
mod watch;
mod wire;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use self::options::{Options, held};
use self::plan::Plan;
use self::upload::Upload;
use self::watch::Sent;
use super::http::Http;
use super::{Account, Content, Item, PlatformError, Problem, Publish, Settled, Stage, Step, Work};
use crate::address::is_expected_upload_url;
use crate::config::TiktokApp;
use crate::kind::Kind;

/// An upload URL lives one hour; the last chunk must still find it alive.
const URL_LIVES: TimeDelta = TimeDelta::hours(1);
const LONGEST_STAGING: TimeDelta = TimeDelta::minutes(50);

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
    /// The creator may post this; `creator` is the user name of that moment, for the link.
    Init { creator: String },
    /// Chunk `next` is to be sent; it is not the last one.
    Uploading { upload: Upload, next: u64 },
    /// All but the last chunk is there. Sending that one makes the post.
    LastChunk { upload: Upload },
    /// All bytes are there: TikTok is at work.
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
        let (name, irreversible, long) = match progress {
            Progress::Begin => ("ask TikTok what the creator may post", false, false),
            Progress::Init { .. } => ("open upload", false, false),
            Progress::Uploading { .. } => ("upload", false, true),
            // The last part may be the whole file (up to 64 MB go as one chunk): some workers are kept free of it.
            Progress::LastChunk { .. } => ("send last part", true, true),
            Progress::Processing(_) => ("wait for TikTok", false, false),
            Progress::Follow(_) => ("look up link", false, false),
        };
        Stage { name, irreversible, long, ..Stage::default() }
    }

    fn advance(&self, work: &Work<'_>, progress: Progress) -> Result<Step<Progress>, PlatformError> {
        match progress {
            Progress::Begin => self.begin(work),
            Progress::Init { creator } => self.init(work, creator),
            Progress::Uploading { upload, next } => self.send_chunk(work, upload, next),
            Progress::LastChunk { upload } => self.send_last_chunk(work, upload),
            Progress::Processing(sent) => self.watch(work, sent),
            Progress::Follow(sent) => Ok(Step::Done(self.follow(work, sent))),
        }
    }

    fn reconcile(&self, work: &Work<'_>, progress: Progress) -> Result<Settled<Progress>, PlatformError> {
        match progress {
            Progress::LastChunk { upload } => self.settle_upload(work, upload),
            // Goes on after a last chunk that TikTok says it does not have.
            Progress::Uploading { upload, .. } if upload.last_sent > 0 => self.settle_upload(work, upload),
            Progress::Processing(sent) => self.settle_processing(work, sent),
            harmless => Ok(Settled::Continue(harmless)),
        }
    }
}

impl Tiktok {
    /// A direct post is held against the creator's settings of this moment; a draft has nothing to be held against.
    fn begin(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        let earliest = work.publish_at - LONGEST_STAGING;
        if work.now < earliest {
            return Ok(Step::Wait(Progress::Begin, earliest));
        }
        let item = video(work.content)?;
        if work.content.kind == Kind::DraftVideo {
            return self.init(work, work.account.username.clone());
        }
        let options = direct_options(work.content)?;
        let info = self.creator_info(&work.access.token, work.now)?;
        options.vanished(&info)?;
        if let Some((allowed, duration)) = info.max_video_post_duration_sec.filter(|s| *s > 0).zip(item.duration_ms)
            && duration > allowed.saturating_mul(1000)
        {
            let message = format!("The video lasts {} seconds; TikTok lets this creator post {allowed} at most.", duration.div_ceil(1000));
            return Err(held("duration_not_allowed", message, "Shorten the video, upload it again, and retry."));
        }
        let creator = if info.creator_username.is_empty() { work.account.username.clone() } else { info.creator_username };
        Ok(Step::Next(Progress::Init { creator }))
    }

    /// Opens the upload. If the answer is lost, opening another one leaves an empty task behind, which dies within the hour.
    fn init(&self, work: &Work<'_>, creator: String) -> Result<Step<Progress>, PlatformError> {
        let item = video(work.content)?;
        let plan = Plan::of(item.bytes)
            .ok_or_else(|| held("file_size", "TikTok takes videos of up to 4 GB, and this file is empty or larger.", "Use another file."))?;
        let token = &work.access.token;
        let opened = match work.content.kind {
            Kind::DraftVideo => self.init_draft(token, &plan, work.now)?,
            _ => self.init_video(token, &direct_options(work.content)?.post_info(&work.content.caption), &plan, work.now)?,
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

fn direct_options(content: &Content) -> Result<Options, PlatformError> {
    Options::read(&content.options).map_err(|problems| match problems.into_iter().next() {
        Some(problem) => held(problem.code, problem.message, "Open the post's TikTok options, and retry."),
        None => PlatformError::bug("the post's options were refused without a reason"),
    })
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
