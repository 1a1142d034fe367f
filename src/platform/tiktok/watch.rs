//! Watching a post that TikTok has taken on: it has all bytes of the video, or the addresses of the photos (tiktok.md §5.6).
//!
//! Always true: a look that failed shows nothing about the post, so that it never fails the job and never leads to a second upload; only the
//! status FAILED does.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::check::{PUBLIC, is_draft, is_photos};
use super::wire::Status;
use super::{Progress, Tiktok, errors, pause};
use crate::kind::Kind;
use crate::platform::{ErrorClass, PlatformError, Published, Settled, Step, Work};

/// How long a post is watched before a person is told that it takes unusually long; and how long in all.
const USUAL: TimeDelta = TimeDelta::hours(2);
pub(super) const AT_MOST: TimeDelta = TimeDelta::hours(24);
/// A draft turns into a post when the creator gets to it.
const DRAFT_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// Looks for a publish id that TikTok does not know, before a person is asked.
const MAX_MISSES: u32 = 5;

pub(super) const FORGOTTEN: &str = "TikTok no longer knows this post's number. Whether it was posted can only be seen on TikTok.";
pub(super) const NOT_YOURS: &str = "TikTok says that this post belongs to another account or app. Whether it was posted can only be seen on TikTok.";

/// A post that TikTok works on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub publish_id: String,
    pub creator: String,
    pub since: DateTime<Utc>,
    pub looks: u32,
    pub misses: u32,
}

/// What asking for a post's status brought.
pub(super) enum Read {
    Status(Status),
    /// TikTok does not know the publish id (yet, or any more).
    UnknownId,
    /// It belongs to somebody else.
    NotYours,
}

impl Sent {
    pub(super) fn new(publish_id: String, creator: String, since: DateTime<Utc>) -> Sent {
        Sent { publish_id, creator, since, looks: 0, misses: 0 }
    }

    fn looked(mut self) -> Sent {
        self.looks = self.looks.saturating_add(1);
        self
    }

    /// The published post, if this status says that it is out.
    pub(super) fn out(&self, work: &Work<'_>, status: &Status) -> Option<Published<Progress>> {
        let again = match status.status.as_str() {
            "PUBLISH_COMPLETE" => pause(0, TimeDelta::zero()),
            "SEND_TO_USER_INBOX" => DRAFT_PAUSE,
            _ => return None,
        };
        let is_public = work.content.options.get("privacy_level").and_then(|level| level.as_str()) == Some(PUBLIC);
        let will_have_id = is_draft(work.content.kind) || is_public;
        Some(self.published(work.content.kind, status.post_id(), will_have_id.then(|| work.now + again), work.now))
    }

    /// Until TikTok gives the public id (for private posts: for ever), the publish id stands for it: TikTok's webhooks name the post so.
    fn published(&self, kind: Kind, post_id: Option<String>, look_again: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Published<Progress> {
        match post_id {
            Some(id) => {
                let permalink = permalink(kind, &self.creator, &id);
                Published { remote_id: Some(id), permalink, follow: None }
            }
            None => {
                let follow = Sent::new(self.publish_id.clone(), self.creator.clone(), now);
                Published { remote_id: Some(self.publish_id.clone()), permalink: None, follow: look_again.map(|at| (Progress::Follow(follow), at)) }
            }
        }
    }
}

/// TikTok tells no links. None where it did not tell the creator's user name either.
pub(super) fn permalink(kind: Kind, creator: &str, id: &str) -> Option<String> {
    let form = if is_photos(kind) { "photo" } else { "video" };
    (!creator.is_empty()).then(|| format!("https://www.tiktok.com/@{creator}/{form}/{id}"))
}

impl Tiktok {
    /// Waits for the end of TikTok's work.
    pub(super) fn watch(&self, work: &Work<'_>, mut sent: Sent) -> Result<Step<Progress>, PlatformError> {
        let now = work.now;
        let waited = now - sent.since;
        let mut until = now + pause(sent.looks, waited);
        match self.read_status(work, &sent.publish_id) {
            Ok(Read::Status(status)) => {
                if let Some(published) = sent.out(work, &status) {
                    return Ok(Step::Done(published));
                }
                if status.status == "FAILED" {
                    return Err(errors::of_reason(status.fail_reason.as_deref().unwrap_or_default(), is_photos(work.content.kind), status.log_id, now));
                }
                sent.misses = 0;
            }
            Ok(Read::UnknownId) if sent.misses < MAX_MISSES => sent.misses += 1,
            Ok(Read::UnknownId) => return Err(PlatformError::new(ErrorClass::UnknownOutcome, "invalid_publish_id", FORGOTTEN)),
            Ok(Read::NotYours) => return Err(PlatformError::new(ErrorClass::UnknownOutcome, "token_not_authorized_for_specified_publish_id", NOT_YOURS)),
            Err(e) => match e.class {
                ErrorClass::NeedsReconnect => return Err(e),
                ErrorClass::RateLimited { until: wait } => until = until.max(wait.unwrap_or(now + TimeDelta::seconds(60))),
                _ if waited >= USUAL => return Err(PlatformError { class: ErrorClass::UnknownOutcome, ..e }),
                _ => {}
            },
        }
        if waited >= USUAL {
            let message = "TikTok has had the post for more than two hours and still says that it is processing it.";
            return Err(PlatformError::new(ErrorClass::UnknownOutcome, "still_processing", message)
                .remedy("Nothing has to be done now: TikTok is asked again for a day. Please do not post it a second time meanwhile."));
        }
        Ok(Step::Wait(Progress::Processing(sent.looked()), until))
    }

    /// Goes on looking at a post that takes unusually long.
    pub(super) fn settle_processing(&self, work: &Work<'_>, mut sent: Sent) -> Result<Settled<Progress>, PlatformError> {
        let now = work.now;
        match self.read_status(work, &sent.publish_id)? {
            Read::Status(status) => {
                if let Some(published) = sent.out(work, &status) {
                    return Ok(Settled::Published(published));
                }
                if status.status == "FAILED" {
                    // The next step reads it again and says why.
                    return Ok(Settled::Continue(Progress::Processing(sent)));
                }
                sent.misses = 0;
            }
            Read::UnknownId if sent.misses >= MAX_MISSES => return Ok(Settled::Unknown(FORGOTTEN.into())),
            Read::UnknownId => sent.misses += 1,
            Read::NotYours => return Ok(Settled::Unknown(NOT_YOURS.into())),
        }
        let waited = now - sent.since;
        if waited >= AT_MOST {
            return Ok(Settled::Unknown(
                "TikTok has had the post for a day and still says that it is processing it. Look on TikTok whether it is there.".into(),
            ));
        }
        let until = now + pause(sent.looks, waited);
        Ok(Settled::LookAgain(Progress::Processing(sent.looked()), until))
    }

    /// Looks for the public id of a post that is out. Whatever happens here, the post stays out.
    pub(super) fn follow(&self, work: &Work<'_>, sent: Sent) -> Published<Progress> {
        let waited = work.now - sent.since;
        let status = match self.read_status(work, &sent.publish_id) {
            Ok(Read::Status(status)) => Some(status),
            Ok(Read::UnknownId | Read::NotYours) | Err(_) => None,
        };
        let over = waited >= AT_MOST || status.as_ref().is_some_and(|status| status.status == "FAILED");
        let until = work.now + if is_draft(work.content.kind) { DRAFT_PAUSE } else { pause(sent.looks, waited) };
        let mut published = sent.published(work.content.kind, status.and_then(|status| status.post_id()), (!over).then_some(until), work.now);
        // It is the same following, not a new one.
        published.follow = published.follow.map(|(_, at)| (Progress::Follow(sent.looked()), at));
        published
    }

    /// The status, as facts. An error here is a look that failed, of whatever kind: never one that says something about the post.
    pub(super) fn read_status(&self, work: &Work<'_>, publish_id: &str) -> Result<Read, PlatformError> {
        match self.status(&work.access.token, publish_id, work.now) {
            Ok(status) => Ok(Read::Status(status)),
            Err(e) if e.code == "invalid_publish_id" => Ok(Read::UnknownId),
            Err(e) if e.code == "token_not_authorized_for_specified_publish_id" => Ok(Read::NotYours),
            Err(e) if matches!(e.class, ErrorClass::NeedsReconnect | ErrorClass::RateLimited { .. }) => Err(e),
            Err(e) => Err(PlatformError { class: ErrorClass::Transient, ..e }),
        }
    }
}
