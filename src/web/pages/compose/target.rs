//! The form's fields for one account, and the options of the API that they stand for, in both directions.
//!
//! Always true: nothing is chosen for the person that a platform wants chosen; what the form holds for other kinds than the chosen one is left out.

use serde_json::{Map, Value, json};

use super::tags::{self, Tag};
use crate::ids::AccountId;
use crate::kind::{Kind, Platform};
use crate::model::job::{Adjust, Cut, Fit};
use crate::model::media::Media;
use crate::web::body::Fields;

/// The fields for one account, whether it is chosen or not, as they were typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypedTarget {
    pub on: bool,
    /// Empty: what the files leave.
    pub kind: String,
    pub caption: String,
    pub privacy_level: String,
    pub allow_comment: bool,
    pub allow_duet: bool,
    pub allow_stitch: bool,
    pub commercial: bool,
    pub your_brand: bool,
    pub branded: bool,
    pub is_aigc: bool,
    pub auto_add_music: bool,
    pub title: String,
    pub link: String,
    /// The moment of the cover, in seconds.
    pub cover: String,
    /// The picture that is the cover, counted from 1.
    pub photo_cover: String,
    pub share_to_feed: bool,
    pub first_comment: String,
    pub collaborators: String,
    pub location_id: String,
    pub tags: Vec<Tag>,
    /// What is done to a file whose shape does not fit: `crop`, `pad`, or empty.
    pub fit: String,
    /// A video that is too long is cut at its end.
    pub trim: bool,
}

/// What cannot be read as what it should be: the option's name, and a sentence.
pub type Misread = (&'static str, &'static str);

const SECONDS: &str = "The moment of the cover is a number of seconds from the video's start, such as 2.5.";
const PLACE: &str = "The cover is the number of a picture: 1 for the first one.";

impl TypedTarget {
    /// An untouched one. Instagram shows reels in the feed unless told otherwise.
    pub fn fresh() -> TypedTarget {
        TypedTarget { share_to_feed: true, ..TypedTarget::default() }
    }

    pub fn read(form: &Fields, account: AccountId) -> TypedTarget {
        let get = |name: &str| form.get(&format!("{account}.{name}"));
        let ticked = |name: &str| form.has(&format!("{account}.{name}"));
        TypedTarget {
            on: ticked("on"),
            kind: get("kind").to_owned(),
            caption: text(get("caption")),
            privacy_level: get("privacy_level").to_owned(),
            allow_comment: ticked("allow_comment"),
            allow_duet: ticked("allow_duet"),
            allow_stitch: ticked("allow_stitch"),
            commercial: ticked("commercial"),
            your_brand: ticked("your_brand"),
            branded: ticked("branded"),
            is_aigc: ticked("is_aigc"),
            auto_add_music: ticked("auto_add_music"),
            title: text(get("title")),
            link: get("link").trim().to_owned(),
            cover: get("cover").trim().to_owned(),
            photo_cover: get("photo_cover").trim().to_owned(),
            share_to_feed: ticked("share_to_feed"),
            first_comment: text(get("first_comment")),
            collaborators: get("collaborators").trim().to_owned(),
            location_id: get("location_id").trim().to_owned(),
            tags: tags::read(form, account),
            fit: get("fit").to_owned(),
            trim: ticked("trim"),
        }
    }

    /// The options that this kind of post has. `alt_texts` holds one for each file, in order.
    pub fn options(&self, platform: Platform, kind: Kind, files: &[Media], alt_texts: &[&str]) -> (Map<String, Value>, Vec<Misread>) {
        let mut write = Options::default();
        match (platform, kind) {
            (Platform::Tiktok, Kind::Video) => {
                self.direct(&mut write);
                write.put("disable_duet", json!(!self.allow_duet));
                write.put("disable_stitch", json!(!self.allow_stitch));
                write.seconds("video_cover_timestamp_ms", &self.cover);
            }
            (Platform::Tiktok, Kind::Photos) => {
                self.direct(&mut write);
                write.put("auto_add_music", json!(self.auto_add_music));
                write.text("title", &self.title);
                write.place("photo_cover_index", &self.photo_cover);
            }
            (Platform::Tiktok, Kind::DraftPhotos) => {
                if self.is_aigc {
                    write.put("is_aigc", json!(true));
                }
                write.text("title", &self.title);
                write.place("photo_cover_index", &self.photo_cover);
            }
            (Platform::Facebook, _) => {
                match kind {
                    Kind::Link => write.text("link", &self.link),
                    Kind::Photos => write.alt_texts(files, alt_texts),
                    Kind::Video | Kind::Reel => write.text("title", &self.title),
                    _ => {}
                }
                if !matches!(kind, Kind::PhotoStory | Kind::VideoStory) {
                    write.text("first_comment", &self.first_comment);
                }
            }
            (Platform::Instagram, _) => {
                write.misread.extend(tags::write(&self.tags, kind, files, &mut write.options));
                match kind {
                    Kind::Image => write.text("alt_text", alt_texts.first().copied().unwrap_or_default()),
                    Kind::Carousel => write.alt_texts(files, alt_texts),
                    Kind::Reel => {
                        write.put("share_to_feed", json!(self.share_to_feed));
                        write.seconds("thumb_offset", &self.cover);
                    }
                    _ => {}
                }
                if kind != Kind::Story {
                    write.text("location_id", &self.location_id);
                    write.text("first_comment", &self.first_comment);
                    write.names("collaborators", &self.collaborators);
                }
            }
            _ => {}
        }
        (write.options, write.misread)
    }

    /// What may be done to the files.
    pub fn adjust(&self) -> Adjust {
        let aspect = [Fit::Crop, Fit::Pad].into_iter().find(|fit| fit.as_str() == self.fit);
        Adjust { aspect, length: self.trim.then_some(Cut::Trim) }
    }

    /// What every direct post to TikTok says.
    fn direct(&self, write: &mut Options) {
        write.text("privacy_level", &self.privacy_level);
        write.put("disable_comment", json!(!self.allow_comment));
        write.put("brand_organic_toggle", json!(self.commercial && self.your_brand));
        write.put("brand_content_toggle", json!(self.commercial && self.branded));
        write.put("is_aigc", json!(self.is_aigc));
    }

    /// The fields that stand for a job's options, for composing it anew.
    pub fn of_job(kind: Kind, caption: Option<&str>, options: &Map<String, Value>, adjust: Adjust) -> TypedTarget {
        let text = |name: &str| options.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or(false);
        let allowed = |name: &str| options.get(name).and_then(Value::as_bool) == Some(false);
        let millis = options.get("video_cover_timestamp_ms").or(options.get("thumb_offset")).and_then(Value::as_u64);
        let names = options.get("collaborators").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        TypedTarget {
            on: true,
            kind: kind.as_str().to_owned(),
            caption: caption.unwrap_or_default().to_owned(),
            privacy_level: text("privacy_level"),
            allow_comment: allowed("disable_comment"),
            allow_duet: allowed("disable_duet"),
            allow_stitch: allowed("disable_stitch"),
            commercial: is("brand_organic_toggle") || is("brand_content_toggle"),
            your_brand: is("brand_organic_toggle"),
            branded: is("brand_content_toggle"),
            is_aigc: is("is_aigc"),
            auto_add_music: is("auto_add_music"),
            title: text("title"),
            link: text("link"),
            cover: millis.map(seconds).unwrap_or_default(),
            photo_cover: options.get("photo_cover_index").and_then(Value::as_u64).map(|index| index.saturating_add(1).to_string()).unwrap_or_default(),
            share_to_feed: options.get("share_to_feed").and_then(Value::as_bool).unwrap_or(true),
            first_comment: text("first_comment"),
            collaborators: names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            location_id: text("location_id"),
            fit: adjust.aspect.map(Fit::as_str).unwrap_or_default().to_owned(),
            trim: adjust.length.is_some(),
            tags: options.get("user_tags").map(|tags| tags::of_option(tags, kind)).unwrap_or_default(),
        }
    }
}

/// The descriptions of a job's files, as far as its options tell them.
pub fn alt_texts(options: &Map<String, Value>) -> Vec<&str> {
    match options.get("alt_text") {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(texts)) => texts.iter().map(|text| text.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    }
}

/// Options on their way into a post. What was left empty is left out.
#[derive(Default)]
struct Options {
    options: Map<String, Value>,
    misread: Vec<Misread>,
}

impl Options {
    fn put(&mut self, name: &str, value: Value) {
        self.options.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.put(name, json!(value));
        }
    }

    fn names(&mut self, name: &str, value: &str) {
        let names: Vec<&str> = value.split([',', ' ', '\n', '\t']).map(|name| name.trim().trim_start_matches('@')).filter(|name| !name.is_empty()).collect();
        if !names.is_empty() {
            self.put(name, json!(names));
        }
    }

    fn seconds(&mut self, name: &'static str, value: &str) {
        if value.is_empty() {
            return;
        }
        match millis(value) {
            Some(ms) => self.put(name, json!(ms)),
            None => self.misread.push((name, SECONDS)),
        }
    }

    fn place(&mut self, name: &'static str, value: &str) {
        if value.is_empty() {
            return;
        }
        match value.parse::<u32>().ok().and_then(|place| place.checked_sub(1)) {
            Some(index) => self.put(name, json!(index)),
            None => self.misread.push((name, PLACE)),
        }
    }

    /// One entry for each file: null for what has no description, and for videos.
    fn alt_texts(&mut self, files: &[Media], texts: &[&str]) {
        let one = |file: &Media, text: &&str| (file.kind != "video" && !text.trim().is_empty()).then(|| (*text).to_owned());
        let list: Vec<Option<String>> = files.iter().zip(texts).map(|(file, text)| one(file, text)).collect();
        if list.iter().any(Option::is_some) {
            self.put("alt_text", json!(list));
        }
    }
}

/// Seconds as people write them (`2.5`, `2,5`) in milliseconds.
fn millis(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
    let part: String = digits(part).then(|| format!("{part:0<3}").chars().take(3).collect())?;
    let whole: u64 = digits(whole).then(|| whole.parse().ok())??;
    Some(whole * 1000 + part.parse::<u64>().ok()?)
}

fn seconds(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Browsers send line breaks as CR LF; platforms would count both.
pub fn text(sent: &str) -> String {
    sent.replace("\r\n", "\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{MediaId, WorkspaceId};

    fn file(kind: &str) -> Media {
        Media {
            id: MediaId(1),
            workspace_id: WorkspaceId(1),
            state: "ready".into(),
            kind: kind.into(),
            mime: String::new(),
            file_name: String::new(),
            stored_name: None,
            bytes: 1,
            sha256: String::new(),
            width: None,
            height: None,
            duration_ms: None,
            probe: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            cleared_at: None,
            announced_at: None,
            has_thumbnail: false,
        }
    }

    /// A form in which everything is filled in, whatever it is for.
    fn full() -> TypedTarget {
        TypedTarget::read(&Fields::parse(FULL.as_bytes()), AccountId(1))
    }

    const FULL: &str = "acct_1.on=1&acct_1.caption=own%0D%0Awords&acct_1.privacy_level=SELF_ONLY&acct_1.allow_comment=1&acct_1.allow_duet=1&acct_1.commercial=1&\
        acct_1.your_brand=1&acct_1.is_aigc=1&acct_1.auto_add_music=1&acct_1.title=Title&acct_1.link=https%3A%2F%2Fexample.org%2Fa&acct_1.cover=2,5&acct_1.photo_cover=2&\
        acct_1.first_comment=First&acct_1.collaborators=%40one%2C+two&acct_1.location_id=77&acct_1.tag_name=%40three&acct_1.tag_file=1&acct_1.tag_x=37.5&acct_1.tag_y=80%25";

    #[test]
    fn each_kind_gets_its_own_options_and_no_others() {
        let (image, video) = (|| file("image"), || file("video"));
        let direct =
            json!({"privacy_level": "SELF_ONLY", "disable_comment": false, "brand_organic_toggle": true, "brand_content_toggle": false, "is_aigc": true});
        let with = |base: &Value, more: Value| {
            let mut all = base.as_object().unwrap().clone();
            all.extend(more.as_object().unwrap().clone());
            Value::Object(all)
        };
        let comment = json!({"first_comment": "First"});
        let instagram = json!({"first_comment": "First", "collaborators": ["one", "two"], "location_id": "77"});
        let tag = json!({"username": "three", "x": 0.375, "y": 0.8});
        for (platform, kind, files, expected) in [
            (
                Platform::Tiktok,
                Kind::Video,
                vec![video()],
                with(&direct, json!({"disable_duet": false, "disable_stitch": true, "video_cover_timestamp_ms": 2500})),
            ),
            (Platform::Tiktok, Kind::Photos, vec![image(), image()], with(&direct, json!({"auto_add_music": true, "title": "Title", "photo_cover_index": 1}))),
            (Platform::Tiktok, Kind::DraftVideo, vec![video()], json!({})),
            (Platform::Tiktok, Kind::DraftPhotos, vec![image(), image()], json!({"is_aigc": true, "title": "Title", "photo_cover_index": 1})),
            (Platform::Facebook, Kind::Text, vec![], comment.clone()),
            (Platform::Facebook, Kind::Link, vec![], with(&comment, json!({"link": "https://example.org/a"}))),
            (Platform::Facebook, Kind::Photos, vec![image(), image()], with(&comment, json!({"alt_text": ["one", null]}))),
            (Platform::Facebook, Kind::Video, vec![video()], with(&comment, json!({"title": "Title"}))),
            (Platform::Facebook, Kind::Reel, vec![video()], with(&comment, json!({"title": "Title"}))),
            (Platform::Facebook, Kind::PhotoStory, vec![image()], json!({})),
            (Platform::Facebook, Kind::VideoStory, vec![video()], json!({})),
            (Platform::Instagram, Kind::Image, vec![image()], with(&instagram, json!({"alt_text": "one", "user_tags": [tag.clone()]}))),
            (
                Platform::Instagram,
                Kind::Reel,
                vec![video()],
                with(&instagram, json!({"share_to_feed": false, "thumb_offset": 2500, "user_tags": [{"username": "three"}]})),
            ),
            (
                Platform::Instagram,
                Kind::Carousel,
                vec![image(), video()],
                with(&instagram, json!({"alt_text": ["one", null], "user_tags": [[tag.clone()], null]})),
            ),
            (Platform::Instagram, Kind::Story, vec![image()], json!({"user_tags": [tag]})),
            (Platform::Instagram, Kind::Story, vec![video()], json!({"user_tags": [{"username": "three"}]})),
        ] {
            let alt_texts = ["one", ""];
            let (options, misread) = full().options(platform, kind, &files, alt_texts.get(..files.len()).unwrap());
            assert_eq!((Value::Object(options.clone()), misread), (expected, vec![]), "{platform} {kind}");
            // What the options say is what the form for composing anew says.
            let again = TypedTarget::of_job(kind, Some("own\nwords"), &options, Adjust::default());
            let texts: Vec<&str> = self::alt_texts(&options).into_iter().chain(["", ""]).take(files.len()).collect();
            assert_eq!(again.options(platform, kind, &files, &texts), (options, vec![]), "{platform} {kind}");
            assert_eq!((again.caption.as_str(), again.kind.as_str()), ("own\nwords", kind.as_str()));
        }
    }

    #[test]
    fn nothing_is_chosen_for_the_person() {
        let form = Fields::parse(b"acct_1.on=1&acct_1.kind=video&acct_1.allow_comment=1&acct_1.your_brand=1");
        let (options, _) = TypedTarget::read(&form, AccountId(1)).options(Platform::Tiktok, Kind::Video, &[], &[]);
        let expected = json!({"disable_comment": false, "disable_duet": true, "disable_stitch": true, "brand_organic_toggle": false,
            "brand_content_toggle": false, "is_aigc": false});
        assert_eq!(Value::Object(options), expected, "no audience is preset, and a brand counts only while disclosure is on");
        let (options, _) = TypedTarget::fresh().options(Platform::Instagram, Kind::Reel, &[], &[]);
        assert_eq!(Value::Object(options), json!({"share_to_feed": true}));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_not_sent() {
        let carousel = [file("image"), file("image")];
        let tag = |file: &str, x: &str, y: &str| Tag { username: "a".into(), file: file.into(), x: x.into(), y: y.into() };
        for (platform, kind, target, option) in [
            (Platform::Tiktok, Kind::Video, TypedTarget { cover: "soon".into(), ..TypedTarget::default() }, "video_cover_timestamp_ms"),
            (Platform::Tiktok, Kind::Video, TypedTarget { cover: "-1".into(), ..TypedTarget::default() }, "video_cover_timestamp_ms"),
            (Platform::Instagram, Kind::Reel, TypedTarget { cover: "1.2.3".into(), ..TypedTarget::default() }, "thumb_offset"),
            (Platform::Tiktok, Kind::Photos, TypedTarget { photo_cover: "0".into(), ..TypedTarget::default() }, "photo_cover_index"),
            (Platform::Instagram, Kind::Image, TypedTarget { tags: vec![tag("", "101", "0")], ..TypedTarget::default() }, "user_tags"),
            (Platform::Instagram, Kind::Image, TypedTarget { tags: vec![tag("", "5", "")], ..TypedTarget::default() }, "user_tags"),
            (Platform::Instagram, Kind::Carousel, TypedTarget { tags: vec![tag("", "5", "5")], ..TypedTarget::default() }, "user_tags"),
            (Platform::Instagram, Kind::Carousel, TypedTarget { tags: vec![tag("3", "5", "5")], ..TypedTarget::default() }, "user_tags"),
        ] {
            let (options, misread) = target.options(platform, kind, &carousel, &["", ""]);
            assert_eq!(misread.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [option], "{target:?}");
            assert!(!options.contains_key(option));
        }
    }

    #[test]
    fn seconds_are_read_as_people_write_them() {
        for (text, expected) in
            [("0", Some(0)), ("2.5", Some(2500)), ("2,05", Some(2050)), ("12.3456", Some(12_345)), (".5", None), ("1e3", None), ("9999999", None), ("-1", None)]
        {
            assert_eq!(millis(text), expected, "{text}");
        }
        for (ms, text) in [(0, "0"), (2500, "2.5"), (2050, "2.05"), (12_000, "12")] {
            assert_eq!(seconds(ms), text);
        }
    }

    #[test]
    fn lines_end_as_platforms_count_them() {
        assert_eq!(full().caption, "own\nwords");
        assert_eq!(full().tags, [Tag { username: "three".into(), file: "1".into(), x: "37.5".into(), y: "80%".into() }]);
    }
}
