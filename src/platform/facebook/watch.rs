//! What became of a video that was handed over: a reel, a video story, or a video of the feed. Its status tells, by the id that is known since the
//! start; for stories the Page's list tells too.
//!
//! Invariants: it is out when the status says so, never because `finish` was acknowledged. `finish` is repeated only when two looks, a minute after
//! the call, say that nothing was begun.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::wire::Video;
use super::{Facebook, Form, Progress, SPEAKER, STAGED_FOR, Settling, expired, published};
use crate::platform::meta::Caller;
use crate::platform::meta::errors::{Call, Told, doubted, find, quoted};
use crate::platform::meta::pace::nth;
use crate::platform::meta::wire::Id;
use crate::platform::{ErrorClass, PlatformError, Published, Settled, Step, Work};

/// Seconds between looks at a finished video that is not out yet.
const PUBLISHING: [i64; 12] = [1, 2, 2, 2, 3, 5, 5, 5, 10, 15, 30, 60];
/// A video that is accepted and not out after so long needs a person's look.
const PUBLISHING_ENDS: TimeDelta = TimeDelta::hours(24);
/// A video that is ready and not published after so long is kept as a draft.
const DRAFT_AFTER: TimeDelta = TimeDelta::minutes(10);
const NOT_BEGUN_AFTER: TimeDelta = TimeDelta::seconds(60);
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(20);
const MAX_REPEATS: u32 = 5;

impl Facebook {
    pub(super) fn video(&self, page: Caller<'_>, video_id: &str) -> Result<Video, PlatformError> {
        page.get(video_id, &[("fields", "status,published,permalink_url,post_id")])
    }

    /// The call that makes it public.
    pub(super) fn finish(
        &self,
        work: &Work<'_>,
        video_id: String,
        since: DateTime<Utc>,
        settling: Settling,
        form: Form,
        session: Option<&str>,
    ) -> Result<Step<Progress>, PlatformError> {
        if settling.repeats == 0 && work.now - since >= STAGED_FOR {
            return Err(expired("The video was"));
        }
        let finished = match (form, session) {
            (Form::Reel, _) => self.finish_reel(work, &video_id),
            (Form::Story, _) => self.finish_story(work, &video_id),
            (Form::Video, Some(session)) => self.finish_video(work, session),
            (Form::Video, None) => Err(PlatformError::bug("a video in parts without its session")),
        };
        match finished {
            Ok(post_id) => Ok(Step::Next(Progress::Publishing { video_id, looks: 0, since: work.now, form, post_id })),
            // A refusal of parameters may mean that the upload has expired, which only another one mends.
            Err(error) if error.class == ErrorClass::Rejected && settling.repeats == 0 && self.is_upload_gone(work, &video_id) => Err(expired("The video was")),
            Err(error) => Err(doubted(error, settling.repeats)),
        }
    }

    fn is_upload_gone(&self, work: &Work<'_>, video_id: &str) -> bool {
        match self.video(self.page(work), video_id) {
            Ok(video) => video.is_expired(),
            Err(error) => error.code == "100/33",
        }
    }

    pub(super) fn await_video(
        &self,
        work: &Work<'_>,
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
        form: Form,
        post_id: Option<String>,
    ) -> Result<Step<Progress>, PlatformError> {
        let video = self.video(self.page(work), &video_id)?;
        if is_out(&video, form) {
            return Ok(Step::Done(self.video_out(work, &video_id, video, form, post_id)?));
        }
        if let Some(why) = video.status.failure() {
            return Err(self.failed(work, &why, form, true).of_the_post());
        }
        let kept = form == Form::Video && video.is_ready() && video.published == Some(false) && work.now - since >= DRAFT_AFTER;
        if video.is_draft() || kept {
            return Err(stuck(ErrorClass::Rejected, format!("Facebook kept the {} as a draft.", form.noun())).of_the_post());
        }
        if form == Form::Story
            && let Some(story) = self.find_story(work, &video_id)?
        {
            return Ok(Step::Done(self.told_of(work, video_id, story)));
        }
        if work.now - since >= PUBLISHING_ENDS {
            return Err(stuck(ErrorClass::UnknownOutcome, format!("Facebook accepted the {} a day ago and still does not show it.", form.noun())));
        }
        let next = work.now + TimeDelta::seconds(nth(looks, &PUBLISHING)) * self.page(work).patience();
        Ok(Step::Wait(Progress::Publishing { video_id, looks: looks + 1, since, form, post_id }, next))
    }

    pub(super) fn settle_video(
        &self,
        work: &Work<'_>,
        video_id: String,
        since: DateTime<Utc>,
        settling: Settling,
        form: Form,
        session: Option<String>,
    ) -> Result<Settled<Progress>, PlatformError> {
        if form == Form::Story
            && let Some(story) = self.find_story(work, &video_id)?
        {
            return Ok(Settled::Published(self.told_of(work, video_id, story)));
        }
        let video = self.video(self.page(work), &video_id)?;
        if is_out(&video, form) {
            return Ok(Settled::Published(self.video_out(work, &video_id, video, form, None)?));
        }
        let called = work.called_at.unwrap_or(work.now);
        // An upload expires where it was never finished; but of a story the word may be said when its day is over.
        if video.is_expired() && !is_begun(&video, form) && work.now - called < STAGED_FOR {
            return Ok(Settled::Continue(Progress::Begin));
        }
        if is_begun(&video, form) || video.status.failure().is_some() {
            // Waiting for it tells the rest, a failure with its reason included.
            return Ok(Settled::Continue(Progress::Publishing { video_id, looks: 0, since: work.now, form, post_id: None }));
        }
        let again = |settling, at| Ok(Settled::LookAgain(Progress::Finish { video_id: video_id.clone(), since, settling, form, session: session.clone() }, at));
        // Whether it is processed because it was finished, or by itself, is told at its end.
        if form == Form::Video && video.is_processing() {
            return again(settling, work.now + BETWEEN_LOOKS * self.page(work).patience());
        }
        let settling = settling.looked();
        let old_enough = called + NOT_BEGUN_AFTER;
        if settling.looks < 2 || work.now < old_enough {
            return again(settling, (work.now + BETWEEN_LOOKS).max(old_enough));
        }
        Ok(if settling.repeats >= MAX_REPEATS {
            Settled::Unknown(format!(
                "Facebook gave no clear answer to several calls and has not begun to publish the {}. Look at the Page before posting again.",
                form.noun()
            ))
        } else {
            Settled::Continue(Progress::Finish { video_id, since, settling: settling.repeated(), form, session })
        })
    }

    fn video_out(&self, work: &Work<'_>, video_id: &str, video: Video, form: Form, post_id: Option<String>) -> Result<Published<Progress>, PlatformError> {
        if form == Form::Story {
            return Ok(self.story_out(work, video_id.to_owned(), post_id.or(video.post_id.map(Id::into_string)), 0));
        }
        let id = serde_json::from_value(Value::from(video_id)).map_err(|_| PlatformError::bug("the stored id of the video is not one"))?;
        Ok(published(id, video.permalink_url, form == Form::Reel, work.now))
    }

    /// A phase that failed. A known reason is final; without one, another upload may help, as long as it was not handed over for publishing.
    pub(super) fn failed(&self, work: &Work<'_>, why: &Value, form: Form, handed_over: bool) -> PlatformError {
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
        let noun = form.noun();
        let said = told.first().map(|told| format!(" It said: “{}”", quoted(&told.message))).unwrap_or_default();
        let message = format!("Facebook could not process the {noun}.{said}");
        if handed_over {
            PlatformError::new(ErrorClass::Rejected, "processing_failed", message)
                .remedy(format!("Look at the Page; if the {noun} is not there, export the video as MP4 (H.264, AAC) and post it again."))
        } else {
            PlatformError::new(ErrorClass::Transient, "processing_failed", message)
                .remedy("If it happens again, export the video as MP4 (H.264, AAC) and upload it anew.")
                .start_over()
        }
    }
}

fn is_out(video: &Video, form: Form) -> bool {
    let shown = match video.published {
        Some(published) => published,
        None => video.post_id.is_some(),
    };
    video.status.is_published() || (form == Form::Video && video.is_ready() && shown)
}

/// Did `finish` act, though nothing is out yet?
fn is_begun(video: &Video, form: Form) -> bool {
    let phase = &video.status.publishing_phase;
    // Before `finish` a video of the feed may already be called published, though nobody sees it.
    let uploading = matches!(video.status.video_status.as_deref(), None | Some("uploading" | "upload_complete"));
    let of_the_feed = form == Form::Video && (video.post_id.is_some() || (video.published == Some(true) && !uploading));
    phase.is_in_progress() || phase.is_complete() || phase.publish_status.as_deref() == Some("published") || of_the_feed
}

fn stuck(class: ErrorClass, message: String) -> PlatformError {
    PlatformError::new(class, "not_published", message).remedy("Open the Page on Facebook and publish or delete it there before posting it again.")
}
