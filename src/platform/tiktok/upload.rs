//! Pushing the file, chunk by chunk (tiktok.md §5.5), and settling a last chunk whose answer was lost (§10).
//!
//! Always true: chunks go one after another, each whole; the access token never goes to the upload's address; the address, which is a credential,
//! never into a message. Before the last chunk was sent, an upload that died is begun anew; after it, never.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use ureq::http::Method;

use super::errors::retry_after;
use super::plan::{Chunk, Plan};
use super::watch::{Read, Sent};
use super::wire::{Opened, Status};
use super::{Progress, Tiktok, growing, held, video};
use crate::platform::http::{Answer, Body, Call};
use crate::platform::{ErrorClass, PlatformError, Settled, Step, Work};
use crate::secret::{self, Secret};

/// A chunk is sent only while the upload's address has this much left to live.
const MARGIN: TimeDelta = TimeDelta::minutes(2);
const LAST_MARGIN: TimeDelta = TimeDelta::seconds(30);
/// How often TikTok may say that it has less than was sent, before the upload is taken for broken.
const MAX_REWINDS: u32 = 3;
/// Looks for a publish id that TikTok does not know (it may take a moment to know it).
const MAX_MISSES: u32 = 6;

/// An upload that TikTok has opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    pub publish_id: String,
    #[serde(serialize_with = "secret::seal_field")]
    pub url: Secret,
    pub url_ends_at: DateTime<Utc>,
    pub plan: Plan,
    pub creator: String,
    /// How often it was set back to an earlier chunk.
    pub rewinds: u32,
    /// How often the last chunk was sent without TikTok having it afterwards.
    pub last_sent: u32,
    /// Looks since the last chunk was sent.
    pub looks: u32,
}

/// What sending one chunk led to.
#[derive(Debug, PartialEq, Eq)]
enum Put {
    /// TikTok has this chunk, and expects more.
    Stored,
    /// TikTok has the whole file, and is at work.
    Whole,
    /// TikTok's progress is somewhere else: at the beginning of this chunk, or where no chunk begins.
    Elsewhere(Option<u64>),
    /// The upload's address is no longer good.
    Dead,
}

impl Upload {
    pub(super) fn new(opened: Opened, plan: Plan, creator: String, url_ends_at: DateTime<Utc>) -> Upload {
        Upload { publish_id: opened.publish_id, url: opened.upload_url, url_ends_at, plan, creator, rewinds: 0, last_sent: 0, looks: 0 }
    }

    /// The progress from which chunk `next` is sent.
    pub(super) fn at(self, next: u64) -> Progress {
        if next >= self.plan.last() { Progress::LastChunk { upload: self } } else { Progress::Uploading { upload: self, next } }
    }

    fn sent(self, now: DateTime<Utc>) -> Progress {
        Progress::Processing(Sent::new(self.publish_id, self.creator, now))
    }

    fn rewound(mut self, next: u64) -> Progress {
        self.rewinds += 1;
        self.looks = 0;
        self.at(next)
    }

    /// No more is sent to this upload, whose last chunk was sent before: the last step looks what became of it.
    fn given_up(mut self, now: DateTime<Utc>) -> Progress {
        self.url_ends_at = self.url_ends_at.min(now);
        Progress::LastChunk { upload: self }
    }

    /// The upload cannot go on. Before its last chunk was ever sent, a new one is opened; after that, TikTok is asked.
    fn over(&self, code: &str, message: &str) -> PlatformError {
        if self.last_sent == 0 {
            PlatformError::new(ErrorClass::Transient, code, format!("{message} The upload begins again.")).start_over()
        } else {
            PlatformError::new(ErrorClass::UnknownOutcome, code, format!("{message} TikTok is asked what became of the post."))
        }
    }
}

impl Tiktok {
    /// Sends a chunk that is not the last.
    pub(super) fn send_chunk(&self, work: &Work<'_>, upload: Upload, next: u64) -> Result<Step<Progress>, PlatformError> {
        match self.chunk_sent(work, upload.clone(), next) {
            // The last chunk was sent before: this is no answer to what became of it.
            Err(error) if upload.last_sent > 0 && error.class == ErrorClass::UnknownOutcome => {
                tracing::warn!(code = %error.code, "an upload is given up: {}", error.message);
                Ok(Step::Next(upload.given_up(work.now)))
            }
            other => other.map(Step::Next),
        }
    }

    fn chunk_sent(&self, work: &Work<'_>, upload: Upload, next: u64) -> Result<Progress, PlatformError> {
        if work.publish_at.max(work.now) + MARGIN >= upload.url_ends_at {
            return Err(upload.over("upload_expired", "The upload's address ends before the post is due."));
        }
        let goes_on_at = match self.put(work, &upload, next, false)? {
            Put::Stored => return Ok(upload.at(next + 1)),
            Put::Whole => return Ok(upload.sent(work.now)),
            Put::Dead => return Err(upload.over("upload_expired", "TikTok no longer accepts the upload's address.")),
            Put::Elsewhere(_) if upload.rewinds >= MAX_REWINDS => None,
            Put::Elsewhere(Some(at)) => Some(at),
            Put::Elsewhere(None) => match self.read_status(work, &upload.publish_id)? {
                Read::Status(status) if is_further(&status, upload.plan.total) => return Ok(upload.sent(work.now)),
                Read::Status(status) => status.uploaded_bytes.and_then(|stored| upload.plan.chunk_at(stored)),
                Read::UnknownId | Read::NotYours => None,
            },
        };
        match goes_on_at {
            Some(at) => Ok(upload.rewound(at)),
            None => Err(upload.over("upload_out_of_step", "TikTok has other bytes of the video than were sent.")),
        }
    }

    /// Sends the last chunk, which makes the post.
    pub(super) fn send_last_chunk(&self, work: &Work<'_>, mut upload: Upload) -> Result<Step<Progress>, PlatformError> {
        if work.now + LAST_MARGIN >= upload.url_ends_at {
            return Err(upload.over("upload_expired", "The upload's address can no longer be used."));
        }
        let unclear = |why: &str| PlatformError::new(ErrorClass::UnknownOutcome, "upload_unclear", format!("{why} TikTok is asked what became of the post."));
        let last = upload.plan.last();
        match self.put(work, &upload, last, true)? {
            Put::Whole => Ok(Step::Wait(upload.sent(work.now), work.now + super::pause(0, TimeDelta::zero()))),
            Put::Elsewhere(Some(next)) if next < last && upload.rewinds < MAX_REWINDS => {
                upload.last_sent += 1;
                Ok(Step::Next(upload.rewound(next)))
            }
            Put::Stored | Put::Elsewhere(_) => Err(unclear("TikTok did not say that it has the whole video.")),
            // Refused the first time it was ever sent: if TikTok's status agrees that bytes are missing, nothing can come of this upload.
            Put::Dead if upload.last_sent == 0 => match self.status(&work.access.token, &upload.publish_id, work.now) {
                Ok(status) if is_further(&status, upload.plan.total) => Ok(Step::Next(upload.sent(work.now))),
                Ok(Status { uploaded_bytes: Some(_), .. }) => Err(upload.over("upload_expired", "TikTok no longer accepts the upload's address.")),
                _ => Err(unclear("TikTok no longer accepts the upload's address.")),
            },
            Put::Dead => Err(unclear("TikTok no longer accepts the upload's address.")),
        }
    }

    /// Finds out whether the last chunk arrived. Sending it again cannot make a second post, as it belongs to the same publish id.
    pub(super) fn settle_upload(&self, work: &Work<'_>, mut upload: Upload) -> Result<Settled<Progress>, PlatformError> {
        let now = work.now;
        let url_is_over = now + LAST_MARGIN >= upload.url_ends_at;
        upload.looks += 1;
        let status = match self.read_status(work, &upload.publish_id)? {
            Read::Status(status) => status,
            Read::NotYours => return Ok(Settled::Unknown(super::watch::NOT_YOURS.into())),
            Read::UnknownId if upload.looks > MAX_MISSES => return Ok(Settled::Unknown(super::watch::FORGOTTEN.into())),
            Read::UnknownId => {
                let until = now + growing(upload.looks);
                return Ok(Settled::LookAgain(Progress::LastChunk { upload }, until));
            }
        };
        if is_further(&status, upload.plan.total) {
            let sent = Sent::new(upload.publish_id, upload.creator, now);
            return Ok(match sent.out(work, &status) {
                Some(published) => Settled::Published(published),
                None => Settled::Continue(Progress::Processing(sent)),
            });
        }
        match status.uploaded_bytes {
            // Without a word on the bytes, a chunk sent twice is as good as there: what remains is to watch.
            None if url_is_over || upload.last_sent > 0 => Ok(Settled::Continue(upload.sent(now))),
            Some(stored) if url_is_over => {
                if now < upload.url_ends_at + TimeDelta::hours(1) {
                    return Ok(Settled::LookAgain(Progress::LastChunk { upload }, now + TimeDelta::minutes(15)));
                }
                let total = upload.plan.total;
                Ok(Settled::Unknown(format!(
                    "TikTok has {stored} of the video's {total} bytes, and the upload's address can no longer be used. Most likely nothing was posted: look on TikTok, and retry if it is not there."
                )))
            }
            // What arrived just now may not be counted yet.
            _ if upload.looks < 2 => {
                let until = now + growing(upload.last_sent);
                Ok(Settled::LookAgain(Progress::LastChunk { upload }, until))
            }
            stored => {
                let last = upload.plan.last();
                let next = stored.and_then(|stored| upload.plan.chunk_at(stored)).unwrap_or(last);
                upload.last_sent += 1;
                upload.looks = 0;
                Ok(Settled::Continue(upload.at(next)))
            }
        }
    }

    fn put(&self, work: &Work<'_>, upload: &Upload, index: u64, visible: bool) -> Result<Put, PlatformError> {
        let item = video(work.content)?;
        let chunk = upload.plan.chunk(index);
        let changed = || match upload.last_sent {
            0 => held("media_changed", "The video's file is missing or has changed since the upload began.", "Upload the video again, and retry.").start_over(),
            _ => upload.over("media_changed", "The video's file is missing or has changed since the upload began."),
        };
        if fs::metadata(&item.path).map_err(|_| changed())?.len() != upload.plan.total {
            return Err(changed());
        }
        let mut reader = item.read_range(chunk.first, chunk.length).map_err(|_| changed())?;
        let range = chunk.content_range(upload.plan.total);
        let answer = self
            .http
            .send(Call {
                method: Method::PUT,
                url: upload.url.expose(),
                headers: &[("content-type", &item.mime), ("content-range", &range)],
                body: Body::Stream { reader: &mut reader, length: chunk.length },
                visible,
            })
            .map_err(|e| e.into_error(visible))?;
        read_put(&answer, &upload.plan, chunk, index, visible, work.now).map_err(|e| match upload.last_sent {
            0 => e,
            // A refused repetition says nothing about the first time.
            _ if e.start_over => PlatformError { class: ErrorClass::UnknownOutcome, start_over: false, ..e },
            _ => e,
        })
    }
}

/// The answer to a chunk. Its numbers are plain HTTP; a body is not promised.
fn read_put(answer: &Answer, plan: &Plan, chunk: Chunk, index: u64, visible: bool, now: DateTime<Utc>) -> Result<Put, PlatformError> {
    let progress = answer.header("content-range").and_then(stored_until);
    match (answer.status, progress) {
        (201, _) => Ok(Put::Whole),
        // The chunk that was sent, or an earlier sending of it, is there: a repeated one may be answered like that.
        (206 | 416, Some(until)) if covers(until, plan.total) => Ok(Put::Whole),
        (206, _) if index < plan.last() => Ok(Put::Stored),
        (416, Some(until)) if covers(until, chunk.end()) => Ok(Put::Stored),
        (206 | 416, Some(until)) => Ok(Put::Elsewhere(plan.chunk_at(until).or_else(|| plan.chunk_at(until.saturating_add(1))))),
        (206 | 416, None) => Ok(Put::Elsewhere(None)),
        // The address carries its own credential: 401 would be said of it, and not of the account's access.
        (401 | 403 | 404, _) => Ok(Put::Dead),
        (status @ 429, _) => {
            let class = ErrorClass::RateLimited { until: retry_after(answer, now) };
            Err(PlatformError::new(class, "http_429", "TikTok asks to slow down.").http_status(status))
        }
        (status @ 400..500, _) => {
            Err(PlatformError::bug(format!("TikTok refused a part of the video (HTTP status {status}).")).http_status(status).start_over())
        }
        (status, _) => {
            let class = match retry_after(answer, now) {
                _ if visible => ErrorClass::UnknownOutcome,
                None => ErrorClass::Transient,
                until => ErrorClass::RateLimited { until },
            };
            let message = format!("TikTok's upload server answered with an error of its own (HTTP status {status}).");
            Err(PlatformError::new(class, format!("http_{status}"), message).http_status(status))
        }
    }
}

/// `N` of `bytes 0-N/TOTAL`. Whether it counts bytes or names the last one is not documented.
fn stored_until(header: &str) -> Option<u64> {
    header.trim().strip_prefix("bytes")?.split('/').next()?.trim().strip_prefix("0-")?.trim().parse().ok()
}

/// Does this progress, read either way, reach the byte behind (`end`)?
fn covers(until: u64, end: u64) -> bool {
    until.saturating_add(1) >= end
}

/// Does this status show that TikTok has the whole file?
fn is_further(status: &Status, total: u64) -> bool {
    status.status != "PROCESSING_UPLOAD" || status.uploaded_bytes.is_some_and(|stored| stored >= total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, range: Option<&str>) -> Answer {
        let mut headers = ureq::http::HeaderMap::new();
        if let Some(range) = range {
            headers.insert("content-range", range.parse().unwrap());
        }
        Answer { status, headers, body: Vec::new() }
    }

    #[test]
    fn every_answer_to_a_chunk_is_understood() {
        // Three chunks: 0, 10 000 000, 20 000 000 to 35 000 000.
        let plan = Plan { total: 35_000_000, chunk_size: 10_000_000, count: 3 };
        for (index, status, range, expected) in [
            (0, 206, Some("bytes 0-9999999/35000000"), Ok(Put::Stored)),
            (0, 206, Some("bytes 0-10000000/35000000"), Ok(Put::Stored)),
            (0, 206, None, Ok(Put::Stored)),
            (1, 416, Some("bytes 0-20000000/35000000"), Ok(Put::Stored)),
            (1, 416, Some("bytes 0-19999999/35000000"), Ok(Put::Stored)),
            (1, 416, Some("bytes 0-10000000/35000000"), Ok(Put::Elsewhere(Some(1)))),
            (1, 416, Some("bytes 0-0/35000000"), Ok(Put::Elsewhere(Some(0)))),
            (1, 416, Some("bytes 0-12345678/35000000"), Ok(Put::Elsewhere(None))),
            (1, 416, Some("bytes */35000000"), Ok(Put::Elsewhere(None))),
            (1, 416, None, Ok(Put::Elsewhere(None))),
            (2, 201, Some("bytes 0-35000000/35000000"), Ok(Put::Whole)),
            (2, 201, None, Ok(Put::Whole)),
            (2, 416, Some("bytes 0-35000000/35000000"), Ok(Put::Whole)),
            (2, 416, Some("bytes 0-34999999/35000000"), Ok(Put::Whole)),
            (2, 206, Some("bytes 0-34999999/35000000"), Ok(Put::Whole)),
            (2, 206, Some("bytes 0-19999999/35000000"), Ok(Put::Elsewhere(Some(2)))),
            (2, 206, None, Ok(Put::Elsewhere(None))),
            (0, 401, None, Ok(Put::Dead)),
            (0, 403, None, Ok(Put::Dead)),
            (2, 404, None, Ok(Put::Dead)),
            (0, 400, None, Err((ErrorClass::Bug, true))),
            (2, 400, None, Err((ErrorClass::Bug, true))),
            (0, 502, None, Err((ErrorClass::Transient, false))),
            (2, 502, None, Err((ErrorClass::UnknownOutcome, false))),
            (2, 200, None, Err((ErrorClass::UnknownOutcome, false))),
            (0, 302, None, Err((ErrorClass::Transient, false))),
        ] {
            let found = read_put(&answer(status, range), &plan, plan.chunk(index), index, index == plan.last(), DateTime::UNIX_EPOCH);
            assert_eq!(found.map_err(|e| (e.class, e.start_over)), expected, "chunk {index}: {status} {range:?}");
        }
    }

    #[test]
    fn a_status_tells_whether_the_whole_file_is_there() {
        for (status, uploaded_bytes, further) in [
            ("PROCESSING_UPLOAD", None, false),
            ("PROCESSING_UPLOAD", Some(99), false),
            ("PROCESSING_UPLOAD", Some(100), true),
            ("PROCESSING", None, true),
            ("FAILED", Some(0), true),
            ("SEND_TO_USER_INBOX", None, true),
            ("PUBLISH_COMPLETE", None, true),
        ] {
            let read: Status = serde_json::from_value(serde_json::json!({"status": status, "uploaded_bytes": uploaded_bytes})).unwrap();
            assert_eq!(is_further(&read, 100), further, "{status} {uploaded_bytes:?}");
        }
    }

    #[test]
    fn a_wait_that_the_upload_server_asks_for_is_honoured() {
        let plan = Plan::of(150_000_000).unwrap();
        for (status, wait, visible, class) in [
            (429, None, true, ErrorClass::RateLimited { until: None }),
            (429, Some("90"), true, ErrorClass::RateLimited { until: DateTime::from_timestamp(90, 0) }),
            (503, Some("90"), false, ErrorClass::RateLimited { until: DateTime::from_timestamp(90, 0) }),
            (503, None, false, ErrorClass::Transient),
            (503, Some("90"), true, ErrorClass::UnknownOutcome),
        ] {
            let mut answer = answer(status, None);
            if let Some(wait) = wait {
                answer.headers.insert("retry-after", wait.parse().unwrap());
            }
            let error = read_put(&answer, &plan, plan.chunk(0), 0, visible, DateTime::UNIX_EPOCH).unwrap_err();
            assert_eq!(error.class, class, "{status} {wait:?}");
        }
    }
}
