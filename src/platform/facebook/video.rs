//! Videos of the feed, sent in parts: start, transfers, and `finish`, which makes it public; the video's id is known before anything is.
//!
//! Invariants: the platform says which bytes it wants next, and a part is sent as it asked for; what it says is believed only within the file.
//! Every transfer can be made again. `finish` comes only when it has all bytes.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::feed::unreadable;
use super::reel::words;
use super::wire::{Acknowledged, Opened, Part, corrected};
use super::{Facebook, Form, Progress, Settling};
use crate::platform::meta::errors::Told;
use crate::platform::meta::multipart::Multipart;
use crate::platform::{ErrorClass, Item, PlatformError, Step, Work};

/// How often the platform may send an upload back to another offset before it is begun anew.
const MAX_CORRECTIONS: u32 = 20;

impl Facebook {
    pub(super) fn open_video(&self, work: &Work<'_>) -> Result<Step<Progress>, PlatformError> {
        let item = file(work)?;
        let size = item.bytes.to_string();
        let fields = [("upload_phase", "start"), ("file_size", size.as_str())];
        let opened: Opened = self.ahead_to(&self.videos, work).post(&edge(work), &fields)?;
        let (video_id, session) = (opened.video_id.into_string(), opened.upload_session_id.into_string());
        next(item, opened.part, video_id, session, work.now, 0)
    }

    pub(super) fn push_part(
        &self,
        work: &Work<'_>,
        video_id: String,
        session: String,
        part: Part,
        since: DateTime<Utc>,
        corrections: u32,
    ) -> Result<Step<Progress>, PlatformError> {
        let item = file(work)?;
        let videos = self.ahead_to(&self.videos, work);
        let (start, proof) = (part.start.to_string(), videos.proof());
        let mut fields = vec![("upload_phase", "transfer"), ("upload_session_id", session.as_str()), ("start_offset", start.as_str())];
        fields.extend(proof.as_deref().map(|proof| ("appsecret_proof", proof)));
        let mut body = Multipart::new(&fields, "video_file_chunk", item, part.start, part.end - part.start).map_err(|e| unreadable(item, &e))?;
        let answer = videos.push_for_answer(&edge(work), &body.content_type, &mut body.reader, body.length)?;
        let refusal = answer.json::<Value>().unwrap_or(Value::Null);
        if let Some(wanted) = corrected(&refusal).filter(|wanted| *wanted != part) {
            return next(item, wanted, video_id, session, since, corrections + 1);
        }
        match videos.understand::<Part>(&answer, false) {
            Ok(wanted) if wanted.start > part.start => next(item, wanted, video_id, session, since, corrections),
            Ok(_) => Err(PlatformError::new(ErrorClass::Transient, "no_progress", "Facebook took a part of the video and asks for the same one again.")),
            // Nothing is lost: the same part can be sent again.
            Err(mut error) if Told::read(&refusal).is_some_and(|told| told.is_transient) => {
                error.start_over = false;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn finish_video(&self, work: &Work<'_>, session: &str) -> Result<Option<String>, PlatformError> {
        let mut fields = vec![("upload_phase", "finish"), ("upload_session_id", session)];
        fields.extend(words(work));
        let _: Acknowledged = self.caller(&self.videos, work).publish(&edge(work), &fields)?;
        Ok(None)
    }
}

/// Where the upload goes on, after what the platform asked for.
fn next(item: &Item, wanted: Part, video_id: String, session: String, since: DateTime<Utc>, corrections: u32) -> Result<Step<Progress>, PlatformError> {
    let Part { start, end } = wanted;
    if start == end && start == item.bytes {
        return Ok(Step::Next(Progress::Finish { video_id, since, settling: Settling::default(), form: Form::Video, session: Some(session) }));
    }
    if start >= end || end > item.bytes || corrections > MAX_CORRECTIONS {
        let message = format!("Facebook asked for bytes {start} to {end} of a video of {} bytes; the upload is begun anew.", item.bytes);
        return Err(PlatformError::new(ErrorClass::Transient, "offsets", message).start_over());
    }
    Ok(Step::Next(Progress::Transfer { video_id, session, part: wanted, since, corrections }))
}

fn file<'a>(work: &Work<'a>) -> Result<&'a Item, PlatformError> {
    work.content.media.first().ok_or_else(|| PlatformError::bug("a video post without a video"))
}

fn edge(work: &Work<'_>) -> String {
    format!("{}/videos", work.account.remote_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bytes: u64) -> Item {
        Item {
            path: "/x".into(),
            is_video: true,
            mime: "video/mp4".into(),
            bytes,
            width: 1920,
            height: 1080,
            duration_ms: Some(120_000),
            video_codec: None,
            frame_rate: None,
            audio_codec: None,
            public_url: None,
            ..Item::default()
        }
    }

    #[test]
    fn what_the_platform_asks_for_is_believed_within_the_file() {
        for (start, end, corrections, goes_on) in [
            (0, 100, 0, "transfer"),
            (60, 100, 20, "transfer"),
            (100, 100, 0, "finish"),
            (0, 0, 0, "anew"),
            (50, 50, 0, "anew"),
            (50, 40, 0, "anew"),
            (50, 101, 0, "anew"),
            (u64::MAX, u64::MAX, 0, "anew"),
            (0, 100, 21, "anew"),
        ] {
            let met = match next(&item(100), Part { start, end }, "8".into(), "7".into(), DateTime::UNIX_EPOCH, corrections) {
                Ok(Step::Next(Progress::Transfer { part, .. })) if part == (Part { start, end }) => "transfer",
                Ok(Step::Next(Progress::Finish { form: Form::Video, session: Some(session), .. })) if session == "7" => "finish",
                Err(error) if error.start_over && error.class == ErrorClass::Transient => "anew",
                other => panic!("{other:?}"),
            };
            assert_eq!(met, goes_on, "{start} to {end}");
        }
    }
}
