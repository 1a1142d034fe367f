//! The container: created, filled with bytes where it wants them, and watched until it is ready.
//!
//! Invariants: nothing here is visible. The day's limit is asked before anything is staged. A container that failed for a reason that may pass is
//! given up, and the next try makes a new one; a reason that stays is final.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::wire::{Condition, Container, ContainerStatus, Limit};
use super::{Instagram, NOT_SEEN, Progress, SPEAKER, STAGED_FOR, Settling};
use crate::kind::{Kind, Login};
use crate::platform::meta::errors::{Call, Told, find, quoted};
use crate::platform::meta::pace::next_look;
use crate::platform::meta::upload::Upload;
use crate::platform::meta::wire::List;
use crate::platform::{ErrorClass, PlatformError, Step, Work};
use crate::secret::Secret;

/// Seconds between looks.
const PAUSES: [i64; 7] = [2, 5, 10, 15, 30, 30, 60];
/// After so many looks at a container that nobody shows, it is taken for gone.
const MAX_UNSEEN: u32 = 10;

impl Instagram {
    pub(super) fn create(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        self.ask_limit(work)?;
        let content = work.content;
        let item = content.media.first().ok_or_else(|| PlatformError::bug("a post without media"))?;
        let pushed = content.kind == Kind::Reel && work.account.login == Login::Facebook;
        let mut fields: Vec<(&str, String)> = match content.kind {
            Kind::Image => vec![("image_url", public_url(item.public_url.as_deref())?)],
            Kind::Reel if pushed => vec![("media_type", "REELS".into()), ("upload_type", "resumable".into())],
            Kind::Reel => vec![("media_type", "REELS".into()), ("video_url", public_url(item.public_url.as_deref())?)],
            _ => return Err(PlatformError::bug("this kind of post is not one that can be published to Instagram")),
        };
        if !content.caption.trim().is_empty() {
            fields.push(("caption", content.caption.trim().to_owned()));
        }
        for name in ["alt_text", "share_to_feed", "thumb_offset", "collaborators", "user_tags", "location_id"] {
            match content.options.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => {}
                Some(Value::Array(items)) if items.is_empty() => {}
                Some(Value::String(text)) => fields.push((name, text.clone())),
                // Numbers and truth values as they are written, lists as JSON text.
                Some(other) => fields.push((name, other.to_string())),
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let created: Container = self.graph(work)?.with(&work.access.token, work.now).post(&format!("{}/media", work.account.remote_id), &fields)?;
        let container = created.id.into_string();
        if !pushed {
            return Ok(Step::Next(Progress::Processing { container, looks: 0, since: work.now }));
        }
        let Some(uri) = created.uri else {
            return Err(PlatformError::new(ErrorClass::Transient, "no_upload_address", "Instagram gave no address for the upload."));
        };
        let upload_url = Secret::new(uri);
        self.target(work, &upload_url)?.expected()?;
        Ok(Step::Next(Progress::Upload { container, upload_url, since: work.now }))
    }

    /// One read; when it fails for another reason than access, publishing will tell.
    fn ask_limit(&self, work: &Work<'_>) -> Result<(), PlatformError> {
        let path = format!("{}/content_publishing_limit", work.account.remote_id);
        let limit: List<Limit> = match self.read(work, &path, &[("fields", "quota_usage,config")]) {
            Ok(limit) => limit,
            Err(error) if matches!(error.class, ErrorClass::Rejected | ErrorClass::Bug) || error.code == NOT_SEEN => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(total) = limit.data.first().and_then(Limit::exhausted) else { return Ok(()) };
        // Ahead of the due time the window may still move on in time.
        let pause = if work.now < work.publish_at { TimeDelta::minutes(10) } else { TimeDelta::hours(1) };
        let message = format!("Instagram takes {total} posts in 24 hours from this account, and all of them are used.");
        Err(PlatformError::new(ErrorClass::LimitReached { until: Some(work.now + pause) }, "content_publishing_limit", message))
    }

    fn target<'a>(&'a self, work: &'a Work<'_>, url: &'a Secret) -> Result<Upload<'a>, PlatformError> {
        let Some((_, app)) = &self.facebook else { return Err(PlatformError::bug("an upload without Facebook Login")) };
        Ok(Upload { http: &self.http, speaker: SPEAKER, base_url: &app.upload_url, url, token: &work.access.token })
    }

    /// Asks how far the upload got, and sends the rest.
    pub(super) fn upload(&self, work: &Work<'_>, container: String, upload_url: &Secret, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        let Some(item) = work.content.media.first() else { return Err(PlatformError::bug("a reel without a video")) };
        let status: ContainerStatus = match self.read(work, &container, &[("fields", "status_code,status,video_status")]) {
            Ok(status) => status,
            Err(error) if error.code == NOT_SEEN => ContainerStatus::default(),
            Err(error) => return Err(error),
        };
        match status.condition() {
            Condition::Failed(sub, text) => return Err(failed(work, sub, &text)),
            Condition::Expired => return Err(expired()),
            Condition::Finished | Condition::Published => return Ok(Step::Next(Progress::Processing { container, looks: 0, since })),
            Condition::InProgress => {}
        }
        let sent = status.video_status.unwrap_or_default();
        if !sent.is_uploaded() {
            let offset = sent.uploading_phase.transferred().filter(|sent| *sent <= item.bytes).unwrap_or(0);
            let pushed = self.target(work, upload_url)?.push(item, offset, work.now);
            // Where it got to is not told for containers everywhere; then only a new one helps.
            pushed.map_err(|error| if error.code == "OffsetInvalidError" { error.start_over() } else { error })?;
        }
        Ok(Step::Next(Progress::Processing { container, looks: 0, since }))
    }

    pub(super) fn process(&self, work: &Work<'_>, container: String, looks: u32, since: DateTime<Utc>) -> Result<Step<Progress>, PlatformError> {
        match self.condition(work, &container) {
            Ok(Condition::Finished) => return Ok(Step::Next(Progress::Publish { container, since, settling: Settling::default() })),
            Ok(Condition::Published) => return Ok(Step::Done(self.unfound(work, container, since, 0))),
            Ok(Condition::Expired) => return Err(expired()),
            Ok(Condition::Failed(sub, text)) => return Err(failed(work, sub, &text)),
            Ok(Condition::InProgress) => {}
            // Fresh containers are not readable at once.
            Err(error) if error.code == NOT_SEEN && looks < MAX_UNSEEN => {}
            Err(error) if error.code == NOT_SEEN => return Err(error.start_over()),
            Err(error) => return Err(error),
        }
        if work.now - since >= STAGED_FOR {
            return Err(expired());
        }
        let next = next_look(looks, &PAUSES, work.now, work.publish_at);
        Ok(Step::Wait(Progress::Processing { container, looks: looks + 1, since }, next))
    }

    pub(super) fn condition(&self, work: &Work<'_>, container: &str) -> Result<Condition, PlatformError> {
        Ok(self.read::<ContainerStatus>(work, container, &[("fields", "status_code,status")])?.condition())
    }
}

fn public_url(url: Option<&str>) -> Result<String, PlatformError> {
    url.map(str::to_owned).ok_or_else(|| {
        PlatformError::new(ErrorClass::Rejected, "needs_public_address", "Instagram fetches this media itself, and this installation has no public address.")
            .remedy("Set server.public_url to an https address that can be reached from outside.")
    })
}

/// A container that failed, by the subcode in its status text.
fn failed(work: &Work<'_>, sub: Option<i64>, text: &str) -> PlatformError {
    let told = Told { sub, message: text.to_owned(), ..Told::default() };
    if find(SPEAKER.rows, &told).is_some() {
        let mut error = Call { speaker: SPEAKER, visible: false, now: work.now }.error(&told, None, None);
        // A container that failed stays failed: what can be tried again is another one.
        error.start_over |= error.class == ErrorClass::Transient;
        return error;
    }
    let said = if text.is_empty() { String::new() } else { format!(" It said: “{}”", quoted(text)) };
    PlatformError::new(
        ErrorClass::Transient,
        sub.map_or("container_failed".into(), |sub| sub.to_string()),
        format!("Instagram could not prepare the media.{said}"),
    )
    .remedy("If it happens again, convert the media (JPEG; MP4 with H.264 and AAC) and upload it anew.")
    .start_over()
}

fn expired() -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "staged_expired", "What was prepared at Instagram is older than a day and has expired; it is prepared again.")
        .start_over()
}
