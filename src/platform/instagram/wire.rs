//! Answers about containers, media and limits.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::platform::meta::wire::{Id, VideoStatus, normalised, time};

/// The documented wrapper `{"data": [{…}]}`, or the flat object that is seen.
pub fn unwrapped<T: DeserializeOwned>(mut value: Value) -> Option<T> {
    let inner = value.get_mut("data").and_then(|data| data.get_mut(0)).map(Value::take);
    serde_json::from_value(inner.unwrap_or(value)).ok()
}

/// A new container; `uri` is where its bytes go, for resumable ones.
#[derive(Debug, Deserialize)]
pub struct Container {
    pub id: Id,
    #[serde(default)]
    pub uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerStatus {
    status_code: Option<String>,
    status: Option<String>,
    pub video_status: Option<VideoStatus>,
}

/// What a container says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    InProgress,
    Finished,
    Published,
    Expired,
    /// With the subcode, where one is named, and the text.
    Failed(Option<i64>, String),
}

impl ContainerStatus {
    pub fn condition(&self) -> Condition {
        let text = self.status.as_deref().unwrap_or_default();
        match self.status_code.as_deref() {
            Some("FINISHED") => Condition::Finished,
            Some("PUBLISHED") => Condition::Published,
            Some("EXPIRED") => Condition::Expired,
            Some("ERROR") => Condition::Failed(subcode(text), text.to_owned()),
            // At times the word is missing while the text tells of an error.
            None if text.to_ascii_lowercase().starts_with("error") || subcode(text).is_some() => Condition::Failed(subcode(text), text.to_owned()),
            _ => Condition::InProgress,
        }
    }
}

/// The digits `22…` (seven of them) in a status text.
fn subcode(text: &str) -> Option<i64> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 7 && digits.starts_with("22")).and_then(|digits| digits.parse().ok())
}

#[derive(Debug, Deserialize)]
pub struct Permalink {
    #[serde(default)]
    pub permalink: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Limit {
    #[serde(default)]
    quota_usage: u64,
    #[serde(default)]
    config: Option<LimitConfig>,
}

#[derive(Debug, Deserialize)]
struct LimitConfig {
    #[serde(default)]
    quota_total: Option<u64>,
}

impl Limit {
    pub fn used(&self) -> u64 {
        self.quota_usage
    }

    pub fn total(&self) -> Option<u64> {
        self.config.as_ref()?.quota_total
    }

    /// How many posts a day, when all of them are used.
    pub fn exhausted(&self) -> Option<u64> {
        let total = self.total()?;
        (self.quota_usage >= total).then_some(total)
    }
}

/// One of the account's media.
#[derive(Debug, Clone, Deserialize)]
pub struct Media {
    pub id: Id,
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    pub permalink: Option<String>,
    #[serde(default)]
    media_type: Option<String>,
}

/// Clocks differ a little.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// What searching the account's media for a post came to.
#[derive(Debug, Clone)]
pub enum Search {
    Nothing,
    One(Media),
    /// None fits by its words, but there is one in its time and type that tells none.
    Perhaps,
    /// More than one fits, so none can be named.
    Several,
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    pub media_type: &'a str,
    /// None for stories, which have none.
    pub caption: Option<&'a str>,
    /// When the call was made.
    pub from: DateTime<Utc>,
    /// Ids of posts that belong to other jobs.
    pub taken: &'a [String],
}

/// Searches by words, time and type.
pub fn search(media: Vec<Media>, sought: &Sought<'_>) -> Search {
    let caption = sought.caption.map(normalised);
    let could_be = |media: &Media| {
        let in_time = media.timestamp.as_deref().and_then(time).is_some_and(|time| time >= sought.from - SKEW);
        let same_type = media.media_type.as_deref().is_none_or(|told| told == sought.media_type);
        in_time && same_type && !sought.taken.iter().any(|taken| taken == media.id.as_str())
    };
    let same_words = |media: &Media| caption.as_ref().is_none_or(|caption| media.caption.as_deref().map(normalised).unwrap_or_default() == *caption);
    let (fitting, others): (Vec<_>, Vec<_>) = media.into_iter().filter(could_be).partition(same_words);
    let mut fitting = fitting.into_iter();
    match (fitting.next(), fitting.next()) {
        // Instagram Login may tell no captions at all.
        (None, _) if others.iter().any(|media| !media.has_words()) => Search::Perhaps,
        (None, _) => Search::Nothing,
        (Some(one), None) => Search::One(one),
        _ => Search::Several,
    }
}

impl Media {
    /// Do its words tell it from other media?
    pub fn has_words(&self) -> bool {
        self.caption.as_deref().is_some_and(|caption| !caption.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_condition_is_read_from_word_or_text() {
        let condition = |json: Value| serde_json::from_value::<ContainerStatus>(json).unwrap().condition();
        let failed = |sub: Option<i64>, text: &str| Condition::Failed(sub, text.to_owned());
        for (json, expected) in [
            (json!({"status_code": "FINISHED", "status": "Finished: Media has been uploaded and it is ready to be published."}), Condition::Finished),
            (json!({"status_code": "IN_PROGRESS"}), Condition::InProgress),
            (json!({"status": "In progress: Media is still being processed."}), Condition::InProgress),
            (json!({}), Condition::InProgress),
            (json!({"status_code": "PUBLISHED"}), Condition::Published),
            (json!({"status_code": "EXPIRED"}), Condition::Expired),
            (
                json!({"status_code": "ERROR", "status": "Error: Media upload has failed with error code 2207026"}),
                failed(Some(2207026), "Error: Media upload has failed with error code 2207026"),
            ),
            (json!({"status_code": "ERROR", "status": "2207052"}), failed(Some(2207052), "2207052")),
            (json!({"status_code": "ERROR"}), failed(None, "")),
            (json!({"status": "Error: nothing more"}), failed(None, "Error: nothing more")),
        ] {
            assert_eq!(condition(json.clone()), expected, "{json}");
        }
    }

    #[test]
    fn the_published_media_is_found_only_when_exactly_one_fits() {
        let from = time("2026-09-01T18:31:28+0000").unwrap();
        let media = |id: u64, caption: Option<&str>, second: u32, kind: &str| -> Media {
            serde_json::from_value(json!({"id": id, "caption": caption, "timestamp": format!("2026-09-01T18:31:{second:02}+0000"), "media_type": kind}))
                .unwrap()
        };
        let seek = |list: &[Media], caption: Option<&'static str>, media_type: &'static str, taken: &[&str]| {
            let taken: Vec<String> = taken.iter().map(|&id| id.to_owned()).collect();
            match search(list.to_vec(), &Sought { media_type, caption, from, taken: &taken }) {
                Search::One(media) => media.id.as_str().to_owned(),
                other => format!("{other:?}"),
            }
        };
        let found = |list: &[Media], caption: &'static str| seek(list, Some(caption), "IMAGE", &[]);
        let foreign = media(1, Some("another tool's"), 40, "IMAGE");
        let ours = media(2, Some("Hello\nyou"), 29, "IMAGE");
        assert_eq!(found(&[foreign.clone(), ours.clone()], "Hello you ").as_str(), "2");
        assert_eq!(found(std::slice::from_ref(&foreign), "Hello you"), "Nothing", "never the first row");
        assert_eq!(found(&[ours.clone(), media(3, Some("Hello you"), 50, "IMAGE")], "Hello you"), "Several", "two fit");
        assert_eq!(seek(&[ours.clone(), media(3, Some("Hello you"), 50, "IMAGE")], Some("Hello you"), "IMAGE", &["3"]), "2", "one is another job's");
        assert_eq!(seek(std::slice::from_ref(&ours), Some("Hello you"), "IMAGE", &["2"]), "Nothing");
        assert_eq!(found(&[media(3, Some("Hello you"), 20, "IMAGE"), ours.clone()], "Hello you").as_str(), "2", "the older one was there before");
        assert_eq!(found(&[media(3, Some("Hello you"), 50, "VIDEO")], "Hello you"), "Nothing");
        assert_eq!(seek(&[media(3, Some("Hello you"), 50, "CAROUSEL_ALBUM"), ours.clone()], Some("Hello you"), "CAROUSEL_ALBUM", &[]), "3");
        assert_eq!(found(&[media(4, None, 30, "IMAGE")], "Hello you"), "Perhaps", "without its words it is nobody's");
        assert_eq!(found(&[media(4, None, 30, "IMAGE"), media(8, Some(""), 31, "IMAGE")], "Hello you"), "Perhaps");
        assert_eq!(found(&[media(4, None, 30, "IMAGE"), ours.clone()], "Hello you").as_str(), "2");
        assert_eq!(found(&[media(4, None, 20, "IMAGE"), media(4, None, 30, "VIDEO")], "Hello you"), "Nothing", "another time, another type");
        assert_eq!(found(&[foreign, media(4, None, 30, "IMAGE")], "").as_str(), "4");
        assert_eq!(found(&[], "Hello you"), "Nothing");
        let stories = [media(5, None, 30, "VIDEO"), media(6, None, 31, "IMAGE"), media(7, None, 10, "IMAGE")];
        assert_eq!(seek(&stories, None, "IMAGE", &[]), "6", "stories have time and type only");
    }
}
