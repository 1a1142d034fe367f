//! What became of a video that was handed over: a reel, a video story, or a video of the feed. Its status tells, by the id that is known since the
//! start; for stories the Page's list tells too.
//!
//! Invariants: it is out when the status says so, never because `finish` was acknowledged. `finish` is repeated only when two looks after the last
//! call, a minute apart or more, say in so many words that nothing was begun; what is not told, or told in unknown words, says nothing.

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
/// Seconds between two looks that say that nothing was begun, by how often the call was repeated.
const NOT_BEGUN: [i64; 5] = [60, 120, 300, 600, 900];
/// Seconds between looks that say nothing.
const UNTOLD: [i64; 7] = [20, 20, 20, 30, 60, 120, 300];
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
        let begun = begun(&video, form);
        // An upload expires where it was never finished; but of a story the word may be said when its day is over.
        if video.is_expired() && begun == Some(false) && work.now - work.called_at.unwrap_or(work.now) < STAGED_FOR {
            return Ok(Settled::Continue(Progress::Begin));
        }
        if begun == Some(true) || video.status.failure().is_some() {
            // Waiting for it tells the rest, a failure with its reason included.
            return Ok(Settled::Continue(Progress::Publishing { video_id, looks: 0, since: work.now, form, post_id: None }));
        }
        let again = |settling, at| Ok(Settled::LookAgain(Progress::Finish { video_id: video_id.clone(), since, settling, form, session: session.clone() }, at));
        // Whether it is processed because it was finished, or by itself, is told at its end.
        if begun.is_none() || (form == Form::Video && video.is_processing()) {
            let pause = TimeDelta::seconds(nth(settling.looks, &UNTOLD)) * self.page(work).patience();
            return again(settling.looked(), work.now + pause);
        }
        let not_begun_since = settling.not_begun_since.unwrap_or(work.now);
        let until = not_begun_since + TimeDelta::seconds(nth(settling.repeats, &NOT_BEGUN));
        if work.now < until {
            return again(Settling { not_begun_since: Some(not_begun_since), ..settling.looked() }, until);
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

    /// A phase that failed. A known reason is final; without one, another upload may help, as long as it was not handed over for publishing: then
    /// any failure is the end of this post.
    pub(super) fn failed(&self, work: &Work<'_>, why: &Value, form: Form, handed_over: bool) -> PlatformError {
        let reasons = match why {
            Value::Array(reasons) => reasons.as_slice(),
            reason => std::slice::from_ref(reason),
        };
        let noun = form.noun();
        let told: Vec<Told> = reasons.iter().filter_map(Told::read).collect();
        let known = told.iter().find(|told| find(SPEAKER.rows, told).is_some());
        if let Some(told) = known {
            let mut error = Call { speaker: SPEAKER, visible: false, now: work.now }.error(told, None, None);
            // A video that failed stays failed: what can be tried again is another upload.
            error.start_over = error.class == ErrorClass::Transient && !handed_over;
            if handed_over && error.class != ErrorClass::Rejected {
                error.class = ErrorClass::Rejected;
                error = error.remedy(look_and_export(noun));
            }
            return error;
        }
        let said = told.first().map(|told| format!(" It said: “{}”", quoted(told.words()))).unwrap_or_default();
        let message = format!("Facebook could not process the {noun}.{said}");
        if handed_over {
            PlatformError::new(ErrorClass::Rejected, "processing_failed", message).remedy(look_and_export(noun))
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

/// Did `finish` act, though nothing is out yet? None where that is not told in known words: silence is no evidence.
fn begun(video: &Video, form: Form) -> Option<bool> {
    let phase = &video.status.publishing_phase;
    let word = video.status.video_status.as_deref();
    let uploading = matches!(word, Some("uploading" | "upload_complete"));
    // Before `finish` a video of the feed may already be called published, though nobody sees it.
    let of_the_feed = form == Form::Video && (video.post_id.is_some() || (video.published == Some(true) && word.is_some() && !uploading));
    if phase.is_in_progress() || phase.is_complete() || phase.publish_status.as_deref() == Some("published") || of_the_feed {
        return Some(true);
    }
    let not_begun = match (phase.status.as_deref(), form) {
        (None | Some("not_started"), _) if video.is_expired() => true,
        (None | Some("not_started"), Form::Video) => uploading || (video.is_ready() && video.published == Some(false)),
        (Some("not_started"), Form::Reel | Form::Story) => true,
        _ => false,
    };
    not_begun.then_some(false)
}

fn look_and_export(noun: &str) -> String {
    format!("Look at the Page; if the {noun} is not there, export the video as MP4 (H.264, AAC) and post it again.")
}

fn stuck(class: ErrorClass, message: String) -> PlatformError {
    PlatformError::new(class, "not_published", message).remedy("Open the Page on Facebook and publish or delete it there before posting it again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_known_words_say_that_nothing_was_begun() {
        use Form::{Reel, Story, Video as Feed};
        let phase = |word: &str| json!({"status": {"publishing_phase": {"status": word}}});
        let status = |word: &str| json!({"status": {"video_status": word}});
        for (told, forms, expected) in [
            (json!({"id": "1"}), [Reel, Story, Feed], None),
            (json!({"status": {}}), [Reel, Story, Feed], None),
            (phase("queued"), [Reel, Story, Feed], None),
            (phase("in_progress"), [Reel, Story, Feed], Some(true)),
            (phase("completed"), [Reel, Story, Feed], Some(true)),
            (phase("not_started"), [Reel, Story, Reel], Some(false)),
            (phase("not_started"), [Feed, Feed, Feed], None),
            (status("uploading"), [Feed, Feed, Feed], Some(false)),
            (status("upload_complete"), [Feed, Feed, Feed], Some(false)),
            (status("upload_complete"), [Reel, Story, Reel], None),
            (status("ready"), [Reel, Story, Feed], None),
            (status("something_new"), [Reel, Story, Feed], None),
            (status("expired"), [Reel, Story, Feed], Some(false)),
            (json!({"status": {"video_status": "expired", "publishing_phase": {"status": "queued"}}}), [Reel, Story, Feed], None),
            (json!({"status": {"video_status": "ready"}, "published": false}), [Feed, Feed, Feed], Some(false)),
            (json!({"status": {"video_status": "upload_complete"}, "published": true}), [Feed, Feed, Feed], Some(false)),
            (json!({"status": {"video_status": "processing"}, "published": true}), [Feed, Feed, Feed], Some(true)),
            (json!({"published": true}), [Feed, Feed, Feed], None),
            (json!({"post_id": "1_2"}), [Feed, Feed, Feed], Some(true)),
        ] {
            for form in forms {
                let video: Video = serde_json::from_value(told.clone()).unwrap();
                assert_eq!(begun(&video, form), expected, "{form:?} {told}");
            }
        }
    }
}
