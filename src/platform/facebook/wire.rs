//! Answers of the Pages endpoints, and the addresses that posts have.

use serde::Deserialize;

use crate::platform::meta::wire::{Id, List, VideoStatus, normalised};

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

/// The answer of a reel's `start`.
#[derive(Debug, Deserialize)]
pub struct Started {
    pub video_id: Id,
    pub upload_url: String,
}

/// `{"success": true}`; anything else is no acknowledgement.
#[derive(Debug, Deserialize)]
pub struct Acknowledged {
    #[serde(rename = "success", deserialize_with = "only_true")]
    _success: (),
}

fn only_true<'de, D: serde::Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    if bool::deserialize(from)? { Ok(()) } else { Err(serde::de::Error::custom("not done")) }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Video {
    pub status: VideoStatus,
    pub permalink_url: Option<String>,
}

/// One post of `published_posts`.
#[derive(Debug, Deserialize)]
pub struct Post {
    pub id: Id,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    created_time: Option<String>,
    #[serde(default)]
    pub permalink_url: Option<String>,
    #[serde(default)]
    application: Option<Application>,
    #[serde(default)]
    attachments: Option<List<Attachment>>,
}

#[derive(Debug, Deserialize)]
struct Application {
    id: Id,
}

#[derive(Debug, Deserialize)]
struct Attachment {
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    subattachments: Option<List<Attachment>>,
}

#[derive(Debug, Deserialize)]
struct Target {
    #[serde(default)]
    id: Option<Id>,
}

/// How a post that was found relates to the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// It holds the very photos.
    Same,
    /// Its photos are not told; text, time and app agree.
    Alike,
    Other,
}

impl Post {
    /// Compares with what was sent: the photos, the caption, and the app; `since` is when the call was made.
    pub fn likeness(&self, photo_ids: &[String], caption: &str, app_id: &str, since: i64) -> Likeness {
        let mut told = Vec::new();
        for attachment in self.attachments.iter().flat_map(|list| &list.data) {
            let inner = attachment.subattachments.iter().flat_map(|list| &list.data);
            told.extend(std::iter::once(attachment).chain(inner).filter_map(|attachment| attachment.target.as_ref()?.id.as_ref()));
        }
        // A post of several photos may tell the album as a target of its own, so more ids than photos are no contradiction.
        if photo_ids.iter().all(|id| told.iter().any(|told| told.as_str() == id)) {
            return Likeness::Same;
        }
        let app = self.application.as_ref().map(|app| app.id.as_str());
        let early = self.created_time.as_deref().and_then(crate::platform::meta::wire::time).is_some_and(|time| time.timestamp() < since - 60);
        let same_text = normalised(self.message.as_deref().unwrap_or_default()) == normalised(caption);
        // Without words, only the app can tell the post from another tool's.
        let by_us = app == Some(app_id) || (app.is_none() && !caption.trim().is_empty());
        if told.is_empty() && same_text && by_us && !early { Likeness::Alike } else { Likeness::Other }
    }
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
    fn a_post_is_known_by_its_photos_and_only_without_them_by_its_words() {
        let target = |id: &str| json!({"media_type": "photo", "target": {"id": id}});
        let single = json!({"data": [target("1")]});
        let several = json!({"data": [{"media_type": "album", "target": {"id": "9"}, "subattachments": {"data": [target("1"), target("2")]}}]});
        let ours = json!({"id": "7"});
        let time = "2026-09-01T18:31:28+0000";
        let since = 1_788_287_488;
        let untold = json!({"data": [{"media_type": "album"}]});
        for (post, photos, likeness) in [
            (json!({"id": "5_1", "message": "other words", "attachments": single}), vec!["1"], Likeness::Same),
            (json!({"id": "5_1", "attachments": several}), vec!["1", "2"], Likeness::Same),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": time, "attachments": several}), vec!["1", "3"], Likeness::Other),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": time, "attachments": untold}), vec!["1"], Likeness::Alike),
            (json!({"id": "5_1", "message": "Hello  you", "created_time": time}), vec!["1"], Likeness::Alike),
            (json!({"id": "5_1", "message": "Hello  you", "application": {"id": "8"}, "created_time": time}), vec!["1"], Likeness::Other),
            (json!({"id": "5_1", "message": "Hello me", "application": ours, "created_time": time}), vec!["1"], Likeness::Other),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": "2026-09-01T18:30:00+0000"}), vec!["1"], Likeness::Other),
        ] {
            let photos: Vec<String> = photos.into_iter().map(str::to_owned).collect();
            let read: Post = serde_json::from_value(post.clone()).unwrap();
            assert_eq!(read.likeness(&photos, "Hello\nyou ", "7", since), likeness, "{post}");
        }
        let silent: Post = serde_json::from_value(json!({"id": "5_1"})).unwrap();
        assert_eq!(silent.likeness(&["1".into()], "", "7", since), Likeness::Other, "no words and no app prove nothing");
    }

    #[test]
    fn only_a_plain_yes_is_an_acknowledgement() {
        for (json, yes) in [(r#"{"success":true,"post_id":1}"#, true), (r#"{"success":false}"#, false), ("{}", false), (r#"{"success":"true"}"#, false)] {
            assert_eq!(serde_json::from_str::<Acknowledged>(json).is_ok(), yes, "{json}");
        }
    }
}
