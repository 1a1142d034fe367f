//! Reels: start, bytes to rupload, processing, and `finish`, which makes it public; the video's id is known before anything is.
//!
//! Invariants: the upload asks first how far it got, so it can be repeated at any time. `finish` is an acknowledgement, not a publication: the reel
//! is out when the status says so. `finish` is repeated only when the status says twice, a minute after the call, that nothing was begun.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::wire::{Acknowledged, Started, Video};
use super::{Facebook, Progress, SPEAKER, STAGED_FOR, Settling, published};
use crate::platform::meta::errors::{Call, Told, doubted, find, quoted};
use crate::platform::meta::pace::{next_look, nth};
use crate::platform::meta::upload::Upload;
use crate::platform::meta::wire::Id;
use crate::platform::{ErrorClass, PlatformError, Settled, Step, Work};
use crate::secret::Secret;

/// Seconds between looks at processing.
const PROCESSING: [i64; 7] = [5, 5, 5, 10, 15, 15, 30];
/// Seconds between looks at a finished reel that is not out yet.
const PUBLISHING: [i64; 12] = [1, 2, 2, 2, 3, 5, 5, 5, 10, 15, 30, 60];
/// A reel that is accepted and not out after so long needs a person's look.
const PUBLISHING_ENDS: TimeDelta = TimeDelta::hours(24);
const NOT_BEGUN_AFTER: TimeDelta = TimeDelta::seconds(60);
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(20);
const MAX_REPEATS: u32 = 5;

impl Facebook {
    pub(super) fn start_reel(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        let started: Started = self.page(work).post(&reels(work), &[("upload_phase", "start")])?;
        let upload_url = Secret::new(started.upload_url);
        self.upload(work, &upload_url).expected()?;
        Ok(Step::Next(Progress::Upload { video_id: started.video_id.into_string(), upload_url }))
    }

    fn upload<'a>(&'a self, work: &'a Work<'_>, url: &'a Secret) -> Upload<'a> {
        Upload { http: &self.graph.http, speaker: SPEAKER, base_url: &self.app.upload_url, url, token: &work.access.token }
    }

    pub(super) fn upload_reel(&self, work: &Work<'_>, video_id: String, upload_url: &Secret) -> Result<Step<Progress>, PlatformError> {
        let Some(item) = work.content.media.first() else { return Err(PlatformError::bug("a reel without a video")) };
        let processing = |video_id| Ok(Step::Next(Progress::Processing { video_id, looks: 0, since: work.now }));
        let status = match self.video(work, &video_id) {
            Ok(video) => video.status,
            // Fresh ids are not readable at once; then nothing was sent to them either.
            Err(error) if error.code == "100/33" => Default::default(),
            Err(error) => return Err(error),
        };
        if let Some(why) = status.failure() {
            return Err(self.failed(work, &why, false).of_the_post());
        }
        if status.is_uploaded() {
            return processing(video_id);
        }
        let offset = status.uploading_phase.transferred().filter(|sent| *sent <= item.bytes).unwrap_or(0);
        self.upload(work, upload_url).push(item, offset, work.now)?;
        processing(video_id)
    }

    pub(super) fn process_reel(&self, work: &Work<'_>, video_id: String, looks: u32, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        let status = self.video(work, &video_id)?.status;
        if let Some(why) = status.failure() {
            return Err(self.failed(work, &why, false).of_the_post());
        }
        // Finish may be called while processing goes on, so the due time is not missed for it.
        if status.is_uploaded() && (status.is_processed() || work.now >= work.publish_at) {
            return Ok(Step::Next(Progress::Finish { video_id, since, settling: Settling::default() }));
        }
        if work.now - since >= STAGED_FOR {
            return Err(expired());
        }
        let next = next_look(looks, &PROCESSING, work.now, work.publish_at);
        Ok(Step::Wait(Progress::Processing { video_id, looks: looks + 1, since }, next))
    }

    pub(super) fn finish_reel(&self, work: &Work<'_>, video_id: String, since: DateTime<Utc>, settling: Settling) -> Result<Step<Progress>, PlatformError> {
        if settling.repeats == 0 && work.now - since >= STAGED_FOR {
            return Err(expired());
        }
        let caption = work.content.caption.trim();
        let title = work.content.options.get("title").and_then(Value::as_str).unwrap_or_default();
        let mut fields = vec![("upload_phase", "finish"), ("video_id", video_id.as_str()), ("video_state", "PUBLISHED")];
        fields.extend([("description", caption), ("title", title)].into_iter().filter(|(_, text)| !text.is_empty()));
        let _: Acknowledged = self.page(work).publish(&reels(work), &fields).map_err(|error| doubted(error, settling.repeats))?;
        Ok(Step::Next(Progress::Publishing { video_id, looks: 0, since: work.now }))
    }

    pub(super) fn await_reel(&self, work: &Work<'_>, video_id: String, looks: u32, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        let video = self.video(work, &video_id)?;
        if video.status.is_published() {
            return Ok(Step::Done(published(read_id(&video_id)?, video.permalink_url, true, work.now)));
        }
        if let Some(why) = video.status.failure() {
            return Err(self.failed(work, &why, true).of_the_post());
        }
        if video.status.publishing_phase.publish_status.as_deref() == Some("draft") && video.status.publishing_phase.is_complete() {
            return Err(stuck(ErrorClass::Rejected, "Facebook kept the reel as a draft.").of_the_post());
        }
        if work.now - since >= PUBLISHING_ENDS {
            return Err(stuck(ErrorClass::UnknownOutcome, "Facebook accepted the reel a day ago and still does not show it."));
        }
        let next = work.now + TimeDelta::seconds(nth(looks, &PUBLISHING));
        Ok(Step::Wait(Progress::Publishing { video_id, looks: looks + 1, since }, next))
    }

    pub(super) fn settle_reel(&self, work: &Work<'_>, video_id: String, since: DateTime<Utc>, settling: Settling) -> Result<Settled<Progress>, PlatformError> {
        let video = self.video(work, &video_id)?;
        let phase = &video.status.publishing_phase;
        if video.status.is_published() {
            return Ok(Settled::Published(published(read_id(&video_id)?, video.permalink_url, true, work.now)));
        }
        let begun = phase.is_in_progress() || phase.is_complete() || phase.publish_status.as_deref() == Some("published");
        if begun || video.status.failure().is_some() {
            // Waiting for it tells the rest, a failure with its reason included.
            return Ok(Settled::Continue(Progress::Publishing { video_id, looks: 0, since: work.now }));
        }
        let settling = settling.looked();
        let old_enough = work.called_at.unwrap_or(work.now) + NOT_BEGUN_AFTER;
        Ok(if settling.looks >= 2 && work.now >= old_enough && settling.repeats >= MAX_REPEATS {
            Settled::Unknown(
                "Facebook gave no clear answer to several calls and has not begun to publish the reel. Look at the Page before posting again.".into(),
            )
        } else if settling.looks >= 2 && work.now >= old_enough {
            Settled::Continue(Progress::Finish { video_id, since, settling: settling.repeated() })
        } else {
            Settled::LookAgain(Progress::Finish { video_id, since, settling }, (work.now + BETWEEN_LOOKS).max(old_enough))
        })
    }

    fn video(&self, work: &Work<'_>, video_id: &str) -> Result<Video, PlatformError> {
        self.page(work).get(video_id, &[("fields", "status,permalink_url")])
    }

    /// A phase that failed. A known reason is final; without one, another upload may help, as long as the reel was not handed over for publishing.
    fn failed(&self, work: &Work<'_>, why: &Value, handed_over: bool) -> PlatformError {
        let reasons = match why {
            Value::Array(reasons) => reasons.as_slice(),
            reason => std::slice::from_ref(reason),
        };
        let told: Vec<Told> = reasons.iter().filter_map(Told::read).collect();
        let known = told.iter().find(|told| find(SPEAKER.rows, told).is_some());
        if let Some(told) = known {
            let mut error = Call { speaker: SPEAKER, visible: false, now: work.now }.error(told, None, None);
            // A video that failed stays failed: what can be tried again is another upload.
            error.start_over = error.class == ErrorClass::Transient && !handed_over;
            return error;
        }
        let said = told.first().map(|told| format!(" It said: “{}”", quoted(&told.message))).unwrap_or_default();
        let message = format!("Facebook could not process the reel.{said}");
        if handed_over {
            PlatformError::new(ErrorClass::Rejected, "processing_failed", message)
                .remedy("Look at the Page; if the reel is not there, export the video as MP4 (H.264, AAC) and post it again.")
        } else {
            PlatformError::new(ErrorClass::Transient, "processing_failed", message)
                .remedy("If it happens again, export the video as MP4 (H.264, AAC, 9:16) and upload it anew.")
                .start_over()
        }
    }
}

fn reels(work: &Work<'_>) -> String {
    format!("{}/video_reels", work.account.remote_id)
}

fn read_id(text: &str) -> Result<Id, PlatformError> {
    serde_json::from_value(Value::from(text)).map_err(|_| PlatformError::bug("the stored id of the reel is not one"))
}

fn stuck(class: ErrorClass, message: &str) -> PlatformError {
    PlatformError::new(class, "not_published", message).remedy("Open the Page on Facebook and publish or delete the reel there before posting it again.")
}

fn expired() -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "staged_expired", "The reel was prepared too long ago; it is uploaded again.").start_over()
}
