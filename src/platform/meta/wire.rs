//! Forms that occur in both platforms' answers, read leniently: Meta writes ids as strings or numbers, and phases in two spellings.
//!
//! Invariant: an [`Id`] holds only characters that are safe in a path, so that an answer cannot lead a call astray.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A Graph id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Id, D::Error> {
        let text = match Value::deserialize(from)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(D::Error::custom("an id is a string or a number")),
        };
        let plain = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if plain { Ok(Id(text)) } else { Err(D::Error::custom("not an id")) }
    }
}

/// `{"id": …}`, the answer of most creating calls.
#[derive(Debug, Deserialize)]
pub struct Created {
    pub id: Id,
}

/// `{"data": […], "paging": …}`.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub paging: Option<Paging>,
}

/// `next` holds the token, so it is never followed: its presence says that `after` leads on.
#[derive(Debug, Deserialize)]
pub struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
    #[serde(default)]
    next: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

impl<T> List<T> {
    /// Where the next page begins; none on the last one.
    pub fn after(&self) -> Option<&str> {
        let paging = self.paging.as_ref()?;
        paging.next.as_ref().filter(|next| next.is_string())?;
        paging.cursors.as_ref()?.after.as_deref()
    }
}

/// One phase of a video on its way.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Phase {
    pub status: Option<String>,
    #[serde(alias = "bytes_transferred")]
    pub bytes_transfered: Option<Value>,
    pub publish_status: Option<String>,
    error: Option<Value>,
    errors: Option<Value>,
}

impl Phase {
    /// The guide's table says `completed`, its samples `complete`.
    pub fn is_complete(&self) -> bool {
        matches!(self.status.as_deref(), Some("complete" | "completed")) && self.failure().is_none()
    }

    pub fn is_in_progress(&self) -> bool {
        self.status.as_deref() == Some("in_progress")
    }

    /// Any error is a failure, whatever the status word beside it says. What is returned holds the codes and the words.
    pub fn failure(&self) -> Option<Value> {
        let told = |value: &Option<Value>| value.clone().filter(|value| !is_nothing(value));
        told(&self.error).or_else(|| told(&self.errors)).or_else(|| (self.status.as_deref() == Some("error")).then_some(Value::Null))
    }

    pub fn transferred(&self) -> Option<u64> {
        match self.bytes_transfered.as_ref()? {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The `status` of a video, or the `video_status` of a container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VideoStatus {
    pub video_status: Option<String>,
    pub uploading_phase: Phase,
    pub processing_phase: Phase,
    pub publishing_phase: Phase,
}

impl VideoStatus {
    /// What went wrong before or in processing; `Null` where no reason is given.
    pub fn failure(&self) -> Option<Value> {
        let phases = [&self.uploading_phase, &self.processing_phase, &self.publishing_phase];
        let publish_error = self.publishing_phase.publish_status.as_deref() == Some("error");
        let word = matches!(self.video_status.as_deref(), Some("error" | "expired" | "upload_failed"));
        phases.into_iter().find_map(Phase::failure).or_else(|| (word || publish_error).then_some(Value::Null))
    }

    pub fn is_uploaded(&self) -> bool {
        self.uploading_phase.is_complete()
    }

    pub fn is_processed(&self) -> bool {
        self.processing_phase.is_complete()
    }

    pub fn is_published(&self) -> bool {
        self.publishing_phase.is_complete() && self.publishing_phase.publish_status.as_deref() == Some("published")
    }
}

/// `2026-09-01T18:31:28+0000`: no colon in the zone.
pub fn time(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let time = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z").or_else(|_| chrono::DateTime::parse_from_rfc3339(text)).ok()?;
    Some(time.to_utc())
}

/// A caption as it is compared: Meta trims and folds white space.
pub fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_strings_or_numbers_and_never_paths() {
        let id = |json: &str| serde_json::from_str::<Created>(json).ok().map(|created| created.id.into_string());
        assert_eq!(id(r#"{"id":"17_8"}"#).as_deref(), Some("17_8"));
        assert_eq!(id(r#"{"id":1784}"#).as_deref(), Some("1784"));
        for bad in [r#"{"id":""}"#, r#"{"id":"a/b"}"#, r#"{"id":"a?b"}"#, r#"{"id":".."}"#, r#"{"id":null}"#, r#"{"id":{}}"#, "{}"] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_error_beside_any_status_word_is_a_failure() {
        let status = |json: &str| serde_json::from_str::<VideoStatus>(json).unwrap();
        let documented = status(
            r#"{"video_status":"processing","uploading_phase":{"status":"complete","bytes_transfered":50002},"processing_phase":{"status":"not_started","error":{"message":"Resolution too low"}},"publishing_phase":{"status":"not_started"}}"#,
        );
        assert!(documented.failure().is_some() && documented.is_uploaded() && !documented.is_processed());
        assert!(status(r#"{"processing_phase":{"status":"in_progress","errors":[]}}"#).failure().is_none());
        assert!(status(r#"{"processing_phase":{"status":"in_progress","errors":[{"code":1363128}]}}"#).failure().is_some());
        assert!(status(r#"{"video_status":"expired"}"#).failure().is_some());
        let done = status(
            r#"{"uploading_phase":{"status":"completed","bytes_transferred":"7"},"publishing_phase":{"status":"completed","publish_status":"published"}}"#,
        );
        assert!(done.is_published() && done.is_uploaded());
        assert_eq!(done.uploading_phase.transferred(), Some(7));
    }

    #[test]
    fn metas_times_are_read() {
        assert_eq!(time("2026-09-01T18:31:28+0000").map(|t| t.timestamp()), Some(1_788_287_488));
        assert_eq!(time("2026-09-01T18:31:28+0200"), time("2026-09-01T16:31:28Z"));
        assert_eq!(time("yesterday"), None);
    }
}
