//! Reels and video stories: start, bytes to rupload, processing, and `finish`, which makes it public; the video's id is known before anything is.
//!
//! Invariants: the upload asks first how far it got, so it can be repeated at any time. `finish` is an acknowledgement, not a publication: `watch`
//! tells when it is out, and whether an unanswered `finish` may be repeated.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::wire::{Acknowledged, Started, Told};
use super::{Facebook, Form, Progress, SPEAKER, STAGED_FOR, Settling, expired};
use crate::platform::meta::pace::{next_look, stretched};
use crate::platform::meta::upload::{self, Upload};
use crate::platform::meta::wire::Id;
use crate::platform::{PlatformError, Step, Work};
use crate::secret::Secret;

/// Seconds between looks at processing.
const PROCESSING: [i64; 7] = [5, 5, 5, 10, 15, 15, 30];
/// How often the upload host may take the offset or the length for wrong before the upload is begun anew: how far it got may be told wrongly, or not at all.
const MAX_CORRECTIONS: u32 = 2;
const CORRECTED_AFTER: TimeDelta = TimeDelta::seconds(5);

impl Facebook {
    pub(super) fn start_upload(&self, work: &Work<'_>, form: Form) -> Result<Step<Progress>, PlatformError> {
        let started: Started = self.ahead(work).post(&edge(work, form), &[("upload_phase", "start")])?;
        let upload_url = Secret::new(started.upload_url);
        self.upload(work, &upload_url).expected()?;
        Ok(Step::Next(Progress::Upload { video_id: started.video_id.into_string(), upload_url, form, corrections: 0 }))
    }

    fn upload<'a>(&'a self, work: &'a Work<'_>, url: &'a Secret) -> Upload<'a> {
        Upload { http: &self.graph.http, speaker: SPEAKER, base_url: &self.app.upload_url, url, token: &work.access.token }
    }

    pub(super) fn push_video(
        &self,
        work: &Work<'_>,
        video_id: String,
        upload_url: Secret,
        form: Form,
        corrections: u32,
    ) -> Result<Step<Progress>, PlatformError> {
        let Some(item) = work.content.media.first() else { return Err(PlatformError::bug("a reel or a story without a video")) };
        let processing = |video_id| Ok(Step::Next(Progress::Processing { video_id, looks: 0, since: work.now, form }));
        let status = match self.video(self.ahead(work), &video_id) {
            Ok(video) => video.status,
            // Fresh ids are not readable at once; then nothing was sent to them either.
            Err(error) if error.code == "100/33" => Default::default(),
            Err(error) => return Err(error),
        };
        if let Some(why) = status.failure() {
            return Err(self.failed(work, &why, form, false).of_the_post());
        }
        if status.is_uploaded() {
            return processing(video_id);
        }
        let offset = status.uploading_phase.transferred().filter(|sent| *sent <= item.bytes).unwrap_or(0);
        match self.upload(work, &upload_url).push(item, offset, work.now) {
            Ok(()) => processing(video_id),
            Err(error) if !upload::is_miscounted(&error) => Err(error),
            Err(error) if corrections >= MAX_CORRECTIONS => Err(error.start_over()),
            Err(error) => {
                tracing::warn!(%video_id, offset, "the upload is asked again how far it got: {error}");
                Ok(Step::Wait(Progress::Upload { video_id, upload_url, form, corrections: corrections + 1 }, work.now + CORRECTED_AFTER))
            }
        }
    }

    pub(super) fn process_video(
        &self,
        work: &Work<'_>,
        video_id: String,
        looks: u32,
        since: DateTime<Utc>,
        form: Form,
    ) -> Result<Step<Progress>, PlatformError> {
        let page = self.ahead(work);
        let status = self.video(page, &video_id)?.status;
        if let Some(why) = status.failure() {
            return Err(self.failed(work, &why, form, false).of_the_post());
        }
        // Finish may be called while processing goes on, so the due time is not missed for it.
        if status.is_uploaded() && (status.is_processed() || work.now >= work.publish_at) {
            return Ok(Step::Next(Progress::Finish { video_id, since, settling: Settling::default(), form, session: None }));
        }
        if work.now - since >= STAGED_FOR {
            return Err(expired("The video was"));
        }
        let next = stretched(next_look(looks, &PROCESSING, work.now, work.publish_at), page.patience(), work.now, work.publish_at);
        Ok(Step::Wait(Progress::Processing { video_id, looks: looks + 1, since, form }, next))
    }

    pub(super) fn finish_reel(&self, work: &Work<'_>, video_id: &str) -> Result<Option<String>, PlatformError> {
        let mut fields = vec![("upload_phase", "finish"), ("video_id", video_id), ("video_state", "PUBLISHED")];
        fields.extend(words(work));
        let _: Acknowledged = self.page(work).publish(&edge(work, Form::Reel), &fields)?;
        Ok(None)
    }

    /// Tells the post's id.
    pub(super) fn finish_story(&self, work: &Work<'_>, video_id: &str) -> Result<Option<String>, PlatformError> {
        let fields = [("upload_phase", "finish"), ("video_id", video_id)];
        let told: Told = self.page(work).publish(&edge(work, Form::Story), &fields)?;
        Ok(told.post_id.map(Id::into_string))
    }
}

/// The caption and the title of a reel or a video, as far as it has them.
pub(super) fn words<'a>(work: &Work<'a>) -> impl Iterator<Item = (&'static str, &'a str)> {
    let caption = work.content.caption.trim();
    let title = work.content.options.get("title").and_then(Value::as_str).unwrap_or_default().trim();
    [("description", caption), ("title", title)].into_iter().filter(|(_, text)| !text.is_empty())
}

fn edge(work: &Work<'_>, form: Form) -> String {
    let edge = match form {
        Form::Reel => "video_reels",
        Form::Story => "video_stories",
        Form::Video => "videos",
    };
    format!("{}/{edge}", work.account.remote_id)
}
