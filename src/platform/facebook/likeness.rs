//! Which of the Page's posts is the one that was sent: for calls whose answer is missing.
//!
//! Invariants: the photos or the link decide where they are told and are ours; words, time and app decide only where they are not told. Where they
//! are told otherwise and the rest agrees, nothing is decided: that ids and links come back as they were sent is documented nowhere. Words and app
//! must agree also where one of them is all there is. A post of another job is never taken, and of several that look alike none is.

use serde::Deserialize;
use url::Url;

use crate::platform::meta::wire::{Id, List, normalised, time};

/// What `published_posts` is asked for.
pub const FIELDS: &str = "id,message,created_time,permalink_url,application,attachments{media_type,target,url,subattachments{target}}";

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
    media_type: Option<String>,
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    subattachments: Option<List<Attachment>>,
}

#[derive(Debug, Deserialize)]
struct Target {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    url: Option<String>,
}

/// What was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    pub photo_ids: &'a [String],
    pub text: &'a str,
    pub link: Option<&'a str>,
    pub app_id: &'a str,
    /// When the call was made, in seconds.
    pub called: i64,
    /// The ids of posts that belong to other jobs.
    pub taken: &'a [String],
}

/// How a post that was found relates to the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// It holds the very photos, or the very link; or it has words and nothing else, and they are the same.
    Same,
    /// What it holds is not told; text, time and app agree.
    Alike,
    /// They agree, but the photos or the link are told, and are others.
    Doubtful,
    Other,
}

/// What a search found.
#[derive(Debug)]
pub enum Search {
    One(Box<Post>),
    Several,
    /// One that may be it or not.
    Doubtful,
    Nothing,
}

/// Looks for the one post among those of the Page.
pub fn search(posts: Vec<Post>, sought: &Sought<'_>) -> Search {
    let (mut same, mut alike, mut doubtful) = (Vec::new(), Vec::new(), 0);
    for post in posts {
        match post.likeness(sought) {
            Likeness::Same => same.push(post),
            Likeness::Alike => alike.push(post),
            Likeness::Doubtful => doubtful += 1,
            Likeness::Other => {}
        }
    }
    // The very photos or the very link leave no doubt.
    let (mut found, doubtful) = if same.is_empty() { (alike, doubtful) } else { (same, 0) };
    match (found.pop(), found.len() + doubtful) {
        (Some(post), 0) => Search::One(Box::new(post)),
        (None, 0) => Search::Nothing,
        (None, 1) => Search::Doubtful,
        _ => Search::Several,
    }
}

impl Post {
    fn likeness(&self, sought: &Sought<'_>) -> Likeness {
        if sought.taken.iter().any(|id| id == self.id.as_str()) {
            return Likeness::Other;
        }
        let told = self.targets();
        let is_told = |id: &String| told.iter().any(|told| told.as_str() == id);
        if !sought.photo_ids.is_empty() && sought.photo_ids.iter().all(is_told) {
            return Likeness::Same;
        }
        let app = self.application.as_ref().map(|app| app.id.as_str());
        // Facebook's clock and ours may differ.
        let early = self.created_time.as_deref().and_then(time).is_some_and(|time| time.timestamp() < sought.called - 60);
        let same_text = normalised(self.message.as_deref().unwrap_or_default()) == normalised(sought.text);
        // Without words, only the app can tell the post from another tool's.
        let by_us = app == Some(sought.app_id) || (app.is_none() && !sought.text.trim().is_empty());
        if !same_text || !by_us || early {
            return Likeness::Other;
        }
        match (sought.photo_ids.is_empty(), sought.link) {
            (false, _) if !self.attached().all(Attachment::may_be_photos) => Likeness::Other,
            (false, _) => match self.attached().map(Attachment::photos_told).sum::<Option<usize>>() {
                Some(0) => Likeness::Alike,
                Some(count) if count != sought.photo_ids.len() && !sought.photo_ids.iter().any(is_told) => Likeness::Other,
                _ => Likeness::Doubtful,
            },
            (true, _) if self.attached().any(Attachment::is_media) => Likeness::Other,
            (true, Some(link)) if self.attached().any(|attachment| attachment.leads_to(link)) => Likeness::Same,
            (true, Some(_)) if self.attached().any(Attachment::tells_a_link) => Likeness::Doubtful,
            (true, Some(_)) => Likeness::Alike,
            (true, None) if self.attached().next().is_none() => Likeness::Same,
            // Facebook makes a card of an address among the words.
            (true, None) if has_address(sought.text) => Likeness::Alike,
            (true, None) => Likeness::Other,
        }
    }

    fn attached(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().flat_map(|list| &list.data)
    }

    fn targets(&self) -> Vec<&Id> {
        self.attached()
            .flat_map(|attachment| std::iter::once(attachment).chain(attachment.subattachments.iter().flat_map(|list| &list.data)))
            .filter_map(|attachment| attachment.target.as_ref()?.id.as_ref())
            .collect()
    }
}

impl Attachment {
    /// How many photos are told by their ids; none where it is not clear whether the id is a photo's. That of an album is not.
    fn photos_told(&self) -> Option<usize> {
        let inner = self.subattachments.iter().flat_map(|list| &list.data).filter(|inner| inner.has_id()).count();
        match self.media_type.as_deref() {
            Some("album") => Some(inner),
            _ if inner > 0 || !self.has_id() => Some(inner),
            Some("photo") => Some(1),
            _ => None,
        }
    }

    fn may_be_photos(&self) -> bool {
        !matches!(self.media_type.as_deref(), Some("link" | "video"))
    }

    /// Photos or a video of the Page's own: a link to a video elsewhere has no target with an id.
    fn is_media(&self) -> bool {
        match self.media_type.as_deref() {
            Some("photo" | "album") => true,
            Some("video") => self.has_id(),
            _ => false,
        }
    }

    fn has_id(&self) -> bool {
        self.target.as_ref().is_some_and(|target| target.id.is_some())
    }

    fn links(&self) -> impl Iterator<Item = &str> {
        [self.url.as_deref(), self.target.as_ref().and_then(|target| target.url.as_deref())].into_iter().flatten()
    }

    fn tells_a_link(&self) -> bool {
        self.links().next().is_some()
    }

    fn leads_to(&self, link: &str) -> bool {
        self.links().any(|told| plain(told).is_some_and(|told| Some(told) == plain(link)))
    }
}

/// An address as it is compared: without Facebook's detour, its mark, what browsers keep to themselves, and what servers add or drop themselves.
fn plain(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    if url.host_str().is_some_and(|host| matches!(host, "l.facebook.com" | "lm.facebook.com")) {
        let aim = url.query_pairs().find(|(name, _)| name == "u").map(|(_, value)| value.into_owned());
        url = Url::parse(&aim?).ok()?;
    }
    let kept = url.query_pairs().filter(|(name, _)| name != "fbclid");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    let host = url.host_str()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}{}?{query}", host.strip_prefix("www.").unwrap_or(host), url.path().trim_end_matches('/')))
}

fn has_address(text: &str) -> bool {
    text.contains("://") || text.contains("www.")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Likeness::{Alike, Doubtful, Other, Same};
    use super::*;

    const TIME: &str = "2026-09-01T18:31:28+0000";
    const CALLED: i64 = 1_788_287_488;

    fn likeness(post: &Value, photos: &[&str], text: &str, link: Option<&str>, taken: &[String]) -> Likeness {
        let photo_ids: Vec<String> = photos.iter().map(|&id| id.to_owned()).collect();
        let sought = Sought { photo_ids: &photo_ids, text, link, app_id: "7", called: CALLED, taken };
        serde_json::from_value::<Post>(post.clone()).unwrap().likeness(&sought)
    }

    #[test]
    fn a_post_is_known_by_its_photos_and_only_without_them_by_its_words() {
        let target = |id: &str| json!({"media_type": "photo", "target": {"id": id}});
        let single = json!({"data": [target("1")]});
        let several = json!({"data": [{"media_type": "album", "target": {"id": "9"}, "subattachments": {"data": [target("1"), target("2")]}}]});
        let ours = json!({"id": "7"});
        let untold = json!({"data": [{"media_type": "album"}]});
        let only_the_album = json!({"data": [{"media_type": "album", "target": {"id": "9"}}]});
        let only_something = json!({"data": [{"target": {"id": "9"}}]});
        let link = json!({"data": [{"media_type": "link", "url": "https://example.org"}]});
        for (post, photos, expected) in [
            (json!({"id": "5_1", "message": "other words", "attachments": single}), vec!["1"], Same),
            (json!({"id": "5_1", "attachments": several}), vec!["1", "2"], Same),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": several}), vec!["1", "3"], Doubtful),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": several}), vec!["3", "4"], Doubtful),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": several}), vec!["3"], Other),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": single}), vec!["3"], Doubtful),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": only_the_album}), vec!["1", "2"], Alike),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": only_something}), vec!["1", "2"], Doubtful),
            (json!({"id": "5_1", "message": "Hello me", "application": ours, "created_time": TIME, "attachments": single}), vec!["3"], Other),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": untold}), vec!["1"], Alike),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": TIME, "attachments": link}), vec!["1"], Other),
            (json!({"id": "5_1", "message": "Hello  you", "created_time": TIME}), vec!["1"], Alike),
            (json!({"id": "5_1", "message": "Hello  you", "application": {"id": "8"}, "created_time": TIME}), vec!["1"], Other),
            (json!({"id": "5_1", "message": "Hello me", "application": ours, "created_time": TIME}), vec!["1"], Other),
            (json!({"id": "5_1", "message": "Hello  you", "application": ours, "created_time": "2026-09-01T18:30:00+0000"}), vec!["1"], Other),
            (json!({"id": "5_9", "message": "other words", "attachments": single}), vec!["1"], Other),
        ] {
            assert_eq!(likeness(&post, &photos, "Hello\nyou ", None, &["5_9".to_owned()]), expected, "{post}");
        }
        assert_eq!(likeness(&json!({"id": "5_1"}), &["1"], "", None, &[]), Other, "no words and no app prove nothing");
    }

    #[test]
    fn words_are_known_by_themselves_and_links_by_their_address() {
        let post = |message: &str, attachments: Value| json!({"id": "5_1", "message": message, "application": {"id": "7"}, "created_time": TIME, "attachments": attachments});
        let one = |attachment: Value| json!({"data": [attachment]});
        let card = |url: &str| one(json!({"media_type": "link", "target": {"url": url}, "url": url}));
        let photo = one(json!({"media_type": "photo", "target": {"id": "1"}}));
        let own_video = one(json!({"media_type": "video", "target": {"id": "1"}}));
        let their_video = one(json!({"media_type": "video", "url": "https://video.example.org/1"}));
        let detour = "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc%26fbclid%3Dxyz&h=AT0";
        let link = Some("https://example.org/a?b=c#here");
        for (post, text, link, expected) in [
            (post("Hello", Value::Null), "Hello ", None, Same),
            (post("Hello", json!({"data": []})), "Hello", None, Same),
            (post("Hello you", Value::Null), "Hello", None, Other),
            (post("Hello", card("https://example.org")), "Hello", None, Other),
            (post("See https://example.org", card("https://example.org")), "See https://example.org", None, Alike),
            (post("Hello", photo.clone()), "Hello", None, Other),
            (post("Hello", own_video.clone()), "Hello", None, Other),
            (post("Hello", card("https://example.org/a?b=c")), "Hello", link, Same),
            (post("Hello", card(detour)), "Hello", link, Same),
            (post("", card("http://www.example.org/a/?b=c&fbclid=1")), "", link, Same),
            (post("Hello", card("https://canonical.example.org/")), "Hello", link, Doubtful),
            (post("Hello", card("https://example.org:8443/a?b=c")), "Hello", link, Doubtful),
            (post("Hello", one(json!({"media_type": "link"}))), "Hello", link, Alike),
            (post("Hello", Value::Null), "Hello", link, Alike),
            (post("Hello", their_video), "Hello", link, Doubtful),
            (post("Hello", own_video), "Hello", link, Other),
            (post("Hello", photo), "Hello", link, Other),
            (post("Hello you", card("https://example.org/a?b=c")), "Hello", link, Other),
        ] {
            assert_eq!(likeness(&post, &[], text, link, &[]), expected, "{post}");
            assert_eq!(likeness(&post, &[], text, link, &["5_1".to_owned()]), Other, "another job's: {post}");
        }
        let foreign = json!({"id": "5_1", "message": "Hello", "application": {"id": "8"}, "created_time": TIME});
        assert_eq!(likeness(&foreign, &[], "Hello", None, &[]), Other);
    }

    #[test]
    fn of_several_none_is_taken() {
        let posts = |list: Value| serde_json::from_value::<Vec<Post>>(list).unwrap();
        let post = |id: &str, url: &str| json!({"id": id, "message": "Hello", "attachments": {"data": [{"media_type": "link", "url": url}]}});
        let sought = Sought { photo_ids: &[], text: "Hello", link: Some("https://a.example"), app_id: "7", called: CALLED, taken: &[] };
        let found = |list| match search(posts(list), &sought) {
            Search::One(post) => post.id.into_string(),
            Search::Several => "several".to_owned(),
            Search::Doubtful => "doubtful".to_owned(),
            Search::Nothing => "nothing".to_owned(),
        };
        assert_eq!(found(json!([])), "nothing");
        assert_eq!(found(json!([post("5_1", "https://b.example")])), "doubtful", "neither it nor nothing");
        let untold = json!({"id": "5_3", "message": "Hello"});
        assert_eq!(found(json!([untold])), "5_3");
        assert_eq!(found(json!([untold, post("5_1", "https://b.example")])), "several");
        assert_eq!(found(json!([post("5_1", "https://b.example"), post("5_2", "https://a.example")])), "5_2", "the very link");
        assert_eq!(found(json!([post("5_1", "https://b.example"), post("5_2", "https://c.example")])), "several");
        assert_eq!(found(json!([post("5_1", "https://a.example"), post("5_2", "https://a.example/")])), "several");
    }
}
