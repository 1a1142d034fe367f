//! Answers of the Pages endpoints, and the addresses that posts have.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::platform::meta::wire::{Id, VideoStatus};

/// The answer of the call that makes a post.
#[derive(Debug, Deserialize)]
pub struct Posted {
    pub id: Id,
    #[serde(default)]
    pub permalink_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Link {
    #[serde(default)]
    pub permalink_url: Option<String>,
}

/// The answer of `start` for a reel or a video story.
#[derive(Debug, Deserialize)]
pub struct Started {
    pub video_id: Id,
    pub upload_url: String,
}

/// The answer of `start` for a video in parts.
#[derive(Debug, Deserialize)]
pub struct Opened {
    pub upload_session_id: Id,
    pub video_id: Id,
    #[serde(flatten)]
    pub part: Part,
}

/// Which bytes a video in parts wants next: up to, not including, `end`. Both equal: it has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    #[serde(rename = "start_offset", deserialize_with = "offset")]
    pub start: u64,
    #[serde(rename = "end_offset", deserialize_with = "offset")]
    pub end: u64,
}

/// Offsets are strings.
fn offset<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let number = match Value::deserialize(from)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    number.ok_or_else(|| serde::de::Error::custom("not an offset"))
}

/// Where an upload should go on, as the refusal of a wrong offset tells it.
pub fn corrected(refusal: &Value) -> Option<Part> {
    const WRONG_OFFSET: i64 = 1_363_037;
    let error = refusal.get("error")?;
    let is = |name: &str| error.get(name).and_then(Value::as_i64) == Some(WRONG_OFFSET);
    if !is("error_subcode") && !is("code") {
        return None;
    }
    match error.get("error_data")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        data => serde_json::from_value(data.clone()).ok(),
    }
}

/// `{"success": true}`; anything else is no acknowledgement.
#[derive(Debug, Deserialize)]
pub struct Acknowledged {
    #[serde(rename = "success", deserialize_with = "only_true")]
    _success: (),
}

/// The same, with the post's id, of a story.
#[derive(Debug, Deserialize)]
pub struct Told {
    #[serde(flatten)]
    _acknowledged: Acknowledged,
    #[serde(default)]
    pub post_id: Option<Id>,
}

fn only_true<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    if bool::deserialize(from)? { Ok(()) } else { Err(serde::de::Error::custom("not done")) }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Video {
    pub status: VideoStatus,
    pub published: Option<bool>,
    pub permalink_url: Option<String>,
    pub post_id: Option<Id>,
}

impl Video {
    pub fn is_ready(&self) -> bool {
        self.status.video_status.as_deref() == Some("ready")
    }

    pub fn is_expired(&self) -> bool {
        self.status.video_status.as_deref() == Some("expired")
    }

    pub fn is_processing(&self) -> bool {
        self.status.video_status.as_deref() == Some("processing") || self.status.processing_phase.is_in_progress()
    }

    /// Facebook keeps it for a hand in its app.
    pub fn is_draft(&self) -> bool {
        let phase = &self.status.publishing_phase;
        phase.is_complete() && phase.publish_status.as_deref() == Some("draft")
    }
}

/// One of the Page's stories.
#[derive(Debug, Deserialize)]
pub struct Story {
    #[serde(default)]
    pub post_id: Option<Id>,
    /// The photo or the video that it was made of.
    #[serde(default)]
    pub media_id: Option<Id>,
    #[serde(default)]
    pub url: Option<String>,
}

/// One comment.
#[derive(Debug, Deserialize)]
pub struct Comment {
    pub id: Id,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub from: Option<Author>,
}

#[derive(Debug, Deserialize)]
pub struct Author {
    pub id: Id,
}

/// Links of videos come without the host.
pub fn absolute(link: &str) -> String {
    if link.starts_with('/') { format!("https://www.facebook.com{link}") } else { link.to_owned() }
}

/// Leads to the post, whatever its own link is.
pub fn post_address(id: &str) -> String {
    format!("https://www.facebook.com/{id}")
}

pub fn reel_address(id: &str) -> String {
    format!("https://www.facebook.com/reel/{id}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_plain_yes_is_an_acknowledgement() {
        for (json, yes) in [(r#"{"success":true,"post_id":1}"#, true), (r#"{"success":false}"#, false), ("{}", false), (r#"{"success":"true"}"#, false)] {
            assert_eq!(serde_json::from_str::<Acknowledged>(json).is_ok(), yes, "{json}");
            assert_eq!(serde_json::from_str::<Told>(json).is_ok(), yes, "{json}");
        }
        for json in [r#"{"success":true,"post_id":1234}"#, r#"{"success":true,"post_id":"1234"}"#] {
            assert_eq!(serde_json::from_str::<Told>(json).unwrap().post_id.unwrap().as_str(), "1234", "{json}");
        }
    }

    #[test]
    fn offsets_are_strings_and_a_refusal_corrects_them() {
        let opened: Opened = serde_json::from_value(json!({"upload_session_id": "7", "video_id": "8", "start_offset": "0", "end_offset": "52428800"})).unwrap();
        assert_eq!(opened.part, Part { start: 0, end: 52_428_800 });
        let data = json!({"start_offset": "10", "end_offset": 20});
        for (error, part) in [
            (json!({"code": 6001, "error_subcode": 1363037, "error_data": data}), Some(Part { start: 10, end: 20 })),
            (json!({"code": 1363037, "error_data": data.to_string()}), Some(Part { start: 10, end: 20 })),
            (json!({"code": 6001, "error_subcode": 1363037}), None),
            (json!({"code": 6001, "error_subcode": 1363037, "error_data": {"start_offset": "-1", "end_offset": "20"}}), None),
            (json!({"code": 6001, "error_data": data}), None),
        ] {
            assert_eq!(corrected(&json!({"error": error})), part, "{error}");
        }
    }
}
