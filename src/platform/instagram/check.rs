//! What Instagram would refuse, found beforehand. Pure.
//!
//! Invariants: what is not known of a file is not held against it. The limits are those of the documentation's tables of specifications.

use crate::kind::{Kind, Login};
use crate::platform::meta::rules::{self, VideoRule};
use crate::platform::{Account, Content, Item, Problem};

use super::options;

const FACEBOOK_LOGIN_SCOPES: &[&str] = &["instagram_basic", "instagram_content_publish", "pages_read_engagement", "pages_show_list"];
pub const INSTAGRAM_LOGIN_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_content_publish"];

const CAPTION: usize = 2200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;
const CAROUSEL: std::ops::RangeInclusive<usize> = 2..=10;
const IMAGE_BYTES: u64 = 8 * 1024 * 1024;
/// Width to height: 4:5 to 1.91:1.
const IMAGE_ASPECT: (f64, f64) = (0.8, 1.91);
const BITS_PER_SECOND: u64 = 25_000_000;
const SAMPLES_PER_SECOND: u32 = 48_000;

const REEL: VideoRule = VideoRule {
    seconds: (3, 15 * 60),
    frames: (23.0, 60.0),
    aspect: (0.01, 10.0),
    short_side: 0,
    long_side: 0,
    widest: 1920,
    bytes: 300_000_000,
    codecs: &["h264", "hevc"],
};
const STORY: VideoRule = VideoRule { seconds: (3, 60), aspect: (0.1, 10.0), bytes: 100_000_000, ..REEL };
/// No limits of their own are documented for a carousel's videos; what a story's may be is taken.
const CAROUSEL_VIDEO: VideoRule = VideoRule { seconds: (3, 60), bytes: 100_000_000, ..REEL };

/// The permissions that a post needs.
pub fn scopes(login: Login, comments: bool) -> Vec<&'static str> {
    let (needed, comment) = match login {
        Login::Instagram => (INSTAGRAM_LOGIN_SCOPES, "instagram_business_manage_comments"),
        _ => (FACEBOOK_LOGIN_SCOPES, "instagram_manage_comments"),
    };
    needed.iter().copied().chain(comments.then_some(comment)).collect()
}

/// `account_type` in both spellings that are seen.
pub fn is_professional(account_type: &str) -> bool {
    matches!(account_type.to_ascii_lowercase().as_str(), "business" | "media_creator" | "creator")
}

pub fn check(account: &Account, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    rules::scopes(&mut problems, account, &scopes(account.login, options::first_comment(content).is_some()));
    let media = content.media.as_slice();
    match content.kind {
        Kind::Image | Kind::Reel | Kind::Story if media.len() != 1 => {
            problems.push(Problem::new("media", "wrong_count", format!("This kind of post takes exactly one file; this one has {}.", media.len())));
        }
        Kind::Carousel if !CAROUSEL.contains(&media.len()) => {
            problems.push(Problem::new("media", "wrong_count", format!("A carousel takes 2 to 10 files; this one has {}.", media.len())));
        }
        Kind::Image | Kind::Reel | Kind::Story | Kind::Carousel => {}
        other => {
            let message = format!("Instagram has no {}. Choose an image, a reel, a carousel or a story.", other.name());
            problems.push(Problem::new("kind", "unsupported_kind", message));
            return problems;
        }
    }
    // A story shows no caption: what is written for the others does not matter to it.
    if content.kind != Kind::Story {
        rules::caption(&mut problems, &content.caption, CAPTION);
        marks(&mut problems, &content.caption, '#', HASHTAGS, "hashtags", "too_many_hashtags");
        marks(&mut problems, &content.caption, '@', MENTIONS, "mentions", "too_many_mentions");
    }
    options::check(&mut problems, content);
    for (index, item) in media.iter().enumerate() {
        file(&mut problems, content.kind, index, item);
        // Only videos, and only through Facebook Login, are pushed.
        if (account.login == Login::Instagram || !item.is_video) && item.public_url.is_none() {
            let message = "Instagram fetches this file itself, and this installation has no public address. Set server.public_url to an https address that can be reached from outside.";
            problems.push(Problem::new(format!("media.{index}"), "needs_public_address", message));
        }
    }
    if content.kind == Kind::Reel {
        cover(&mut problems, content);
    }
    problems
}

fn file(problems: &mut Vec<Problem>, kind: Kind, index: usize, item: &Item) {
    match (kind, item.is_video) {
        (Kind::Image, true) => problems.push(Problem::new(format!("media.{index}"), "not_an_image", "This must be an image. Post the video as a reel.")),
        (Kind::Image | Kind::Carousel, false) => image(problems, index, item, true),
        (Kind::Story, false) => image(problems, index, item, false),
        (Kind::Story, true) => video(problems, index, item, &STORY),
        (Kind::Carousel, true) => video(problems, index, item, &CAROUSEL_VIDEO),
        _ => video(problems, index, item, &REEL),
    }
}

fn image(problems: &mut Vec<Problem>, index: usize, item: &Item, shaped: bool) {
    let mut wrong = |code, message: String| problems.push(Problem::new(format!("media.{index}"), code, message));
    if item.mime != "image/jpeg" {
        wrong("wrong_format", "Instagram takes JPEG images only. Convert it to JPEG.".into());
    }
    if item.multi_picture {
        wrong("multi_picture", "This JPEG holds several pictures (MPO or JPS), which Instagram does not take. Save it as a plain JPEG.".into());
    }
    if item.bytes > IMAGE_BYTES {
        wrong("too_large", "The image has more than 8 MB. Use a smaller one.".into());
    }
    if shaped && item.width > 0 && item.height > 0 {
        let aspect = f64::from(item.width) / f64::from(item.height);
        if aspect < IMAGE_ASPECT.0 - 0.005 || aspect > IMAGE_ASPECT.1 + 0.005 {
            let message = format!("The image is {} x {}; its shape must be between 4:5 (upright) and 1.91:1 (wide). Crop it.", item.width, item.height);
            wrong("wrong_aspect", message);
        }
    }
}

fn video(problems: &mut Vec<Problem>, index: usize, item: &Item, rule: &VideoRule) {
    rules::video(problems, index, item, rule);
    if !item.is_video {
        return;
    }
    let mut wrong = |code, message: String| problems.push(Problem::new(format!("media.{index}"), code, message));
    if let Some(rate) = item.video_bit_rate.filter(|rate| *rate > BITS_PER_SECOND) {
        wrong("too_high_bit_rate", format!("The video has {} Mbit/s; at most 25 are taken. Export it with a lower bit rate.", rate.div_ceil(1_000_000)));
    }
    if let Some(rate) = item.audio_rate.filter(|rate| *rate > SAMPLES_PER_SECOND) {
        wrong("wrong_audio_rate", format!("The sound has {rate} samples a second; at most 48,000 are taken."));
    }
    if let Some(channels) = item.audio_channels.filter(|channels| *channels > 2) {
        wrong("wrong_audio_channels", format!("The sound has {channels} channels; mono or stereo are taken."));
    }
    if item.edit_list {
        wrong("edit_list", "The video holds an edit list (a cut made without encoding), which Instagram does not take. Export it anew.".into());
    }
    if item.index_last {
        let message = "The video's index lies behind its data, and Instagram wants it in front. Export it with “fast start” (“optimised for the web”).";
        wrong("index_last", message.into());
    }
}

fn cover(problems: &mut Vec<Problem>, content: &Content) {
    let offset = content.options.get("thumb_offset").and_then(serde_json::Value::as_u64);
    let length = content.media.first().and_then(|item| item.duration_ms);
    if let (Some(offset), Some(length)) = (offset, length)
        && offset >= length
    {
        problems.push(Problem::new("options.thumb_offset", "out_of_range", format!("The cover time must lie within the video, which is {length} ms long.")));
    }
}

/// `#` or `@` before a letter, digit or underscore; `@` not inside a word (an e-mail address mentions nobody).
fn marks(problems: &mut Vec<Problem>, caption: &str, mark: char, most: usize, what: &str, code: &'static str) {
    let of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut count = 0;
    let mut before = ' ';
    let mut rest = caption.chars().peekable();
    while let Some(c) = rest.next() {
        if c == mark && (mark == '#' || !of_word(before)) && rest.peek().is_some_and(|next| of_word(*next)) {
            count += 1;
        }
        before = c;
    }
    if count > most {
        problems.push(Problem::new("caption", code, format!("The caption has {count} {what}; at most {most} are taken.")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kind::Platform;

    fn image() -> Item {
        Item {
            path: "/x".into(),
            is_video: false,
            mime: "image/jpeg".into(),
            bytes: 1000,
            width: 1080,
            height: 1350,
            duration_ms: None,
            video_codec: None,
            frame_rate: None,
            audio_codec: None,
            public_url: Some("https://pm3k.example/media/x/a.jpg".into()),
            ..Item::default()
        }
    }

    fn video() -> Item {
        Item {
            is_video: true,
            mime: "video/mp4".into(),
            width: 1080,
            height: 1920,
            duration_ms: Some(20_000),
            video_codec: Some("h264".into()),
            frame_rate: Some(30.0),
            audio_codec: Some("aac".into()),
            public_url: None,
            ..image()
        }
    }

    fn found(login: Login, kind: Kind, media: Vec<Item>, caption: &str, options: Value) -> Vec<(String, &'static str)> {
        let scopes = FACEBOOK_LOGIN_SCOPES.iter().chain(INSTAGRAM_LOGIN_SCOPES).map(|&scope| scope.to_owned()).collect();
        let account = Account { platform: Platform::Instagram, login, remote_id: "1".into(), username: "a".into(), scopes, standing: None };
        let options = options.as_object().unwrap().clone();
        check(&account, &Content { kind, caption: caption.into(), options, media }).into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn images() {
        let problems = |item, options| found(Login::Facebook, Kind::Image, vec![item], "words", options);
        assert_eq!(problems(Item { width: 1910, height: 1000, ..image() }, json!({"alt_text": "a"})), []);
        for (item, options, expected) in [
            (Item { mime: "image/png".into(), ..image() }, json!({}), ("media.0", "wrong_format")),
            (Item { multi_picture: true, ..image() }, json!({}), ("media.0", "multi_picture")),
            (Item { bytes: 8_388_609, ..image() }, json!({}), ("media.0", "too_large")),
            (Item { width: 1080, height: 1920, ..image() }, json!({}), ("media.0", "wrong_aspect")),
            (Item { width: 2000, height: 1000, ..image() }, json!({}), ("media.0", "wrong_aspect")),
            (Item { public_url: None, ..image() }, json!({}), ("media.0", "needs_public_address")),
            (Item { public_url: Some("https://x".into()), ..video() }, json!({}), ("media.0", "not_an_image")),
            (image(), json!({"share_to_feed": true}), ("options.share_to_feed", "unknown_option")),
            (image(), json!({"location_id": "x/y"}), ("options.location_id", "wrong_type")),
        ] {
            assert_eq!(problems(item, options), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn reels_and_their_two_logins() {
        let problems = |login, item, options| found(login, Kind::Reel, vec![item], "", options);
        assert_eq!(problems(Login::Facebook, video(), json!({"share_to_feed": true, "thumb_offset": 19_999})), []);
        assert_eq!(problems(Login::Instagram, video(), json!({})), [("media.0".to_owned(), "needs_public_address")]);
        assert_eq!(problems(Login::Instagram, Item { public_url: Some("https://x".into()), ..video() }, json!({})), []);
        for (item, options, expected) in [
            (Item { bytes: 300_000_001, ..video() }, json!({}), ("media.0", "too_large")),
            (Item { width: 2160, height: 3840, ..video() }, json!({}), ("media.0", "too_wide")),
            (Item { duration_ms: Some(901_000), ..video() }, json!({}), ("media.0", "too_long")),
            (Item { video_codec: Some("vp9".into()), ..video() }, json!({}), ("media.0", "wrong_codec")),
            (Item { video_bit_rate: Some(25_000_001), ..video() }, json!({}), ("media.0", "too_high_bit_rate")),
            (Item { audio_rate: Some(96_000), ..video() }, json!({}), ("media.0", "wrong_audio_rate")),
            (Item { audio_channels: Some(6), ..video() }, json!({}), ("media.0", "wrong_audio_channels")),
            (Item { edit_list: true, ..video() }, json!({}), ("media.0", "edit_list")),
            (Item { index_last: true, ..video() }, json!({}), ("media.0", "index_last")),
            (image(), json!({}), ("media.0", "not_a_video")),
            (video(), json!({"thumb_offset": 20_000}), ("options.thumb_offset", "out_of_range")),
            (video(), json!({"alt_text": "no"}), ("options.alt_text", "unknown_option")),
        ] {
            assert_eq!(problems(Login::Facebook, item, options), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn stories_are_one_image_or_video_of_a_minute() {
        let problems = |media: Vec<Item>| found(Login::Facebook, Kind::Story, media, &"#x ".repeat(40), json!({}));
        for fine in [image(), Item { width: 1080, height: 1920, ..image() }, video(), Item { duration_ms: Some(60_000), bytes: 100_000_000, ..video() }] {
            assert_eq!(problems(vec![fine]), []);
        }
        for (media, expected) in [
            (vec![], ("media", "wrong_count")),
            (vec![video(), video()], ("media", "wrong_count")),
            (vec![Item { mime: "image/png".into(), ..image() }], ("media.0", "wrong_format")),
            (vec![Item { public_url: None, ..image() }], ("media.0", "needs_public_address")),
            (vec![Item { duration_ms: Some(61_000), ..video() }], ("media.0", "too_long")),
            (vec![Item { duration_ms: Some(2_000), ..video() }], ("media.0", "too_short")),
            (vec![Item { bytes: 100_000_001, ..video() }], ("media.0", "too_large")),
            (vec![Item { width: 100, height: 1100, ..video() }], ("media.0", "wrong_aspect")),
        ] {
            assert_eq!(problems(media), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn a_carousel_is_two_to_ten_files_of_both_sorts() {
        let problems = |login, media| found(login, Kind::Carousel, media, "words", json!({}));
        let mixed = vec![image(), video(), image()];
        assert_eq!(problems(Login::Facebook, mixed.clone()), []);
        assert_eq!(problems(Login::Instagram, mixed), [("media.1".to_owned(), "needs_public_address")], "through Instagram Login everything is fetched");
        for (media, expected) in [
            (vec![image()], ("media", "wrong_count")),
            (vec![image(); 11], ("media", "wrong_count")),
            (vec![image(), Item { width: 100, height: 1000, ..image() }], ("media.1", "wrong_aspect")),
            (vec![image(), Item { duration_ms: Some(61_000), ..video() }], ("media.1", "too_long")),
            (vec![image(), Item { bytes: 100_000_001, ..video() }], ("media.1", "too_large")),
        ] {
            assert_eq!(problems(Login::Facebook, media), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn captions_counts_kinds_and_scopes() {
        let one = |kind, caption: &str| found(Login::Facebook, kind, vec![image()], caption, json!({}));
        let is = |code| vec![("caption".to_owned(), code)];
        assert_eq!(one(Kind::Image, &"x".repeat(2200)), []);
        assert_eq!(one(Kind::Image, &"😀".repeat(1101)), is("too_long"));
        assert_eq!(one(Kind::Image, &"#a ".repeat(30)), []);
        assert_eq!(one(Kind::Image, &"#a ".repeat(31)), is("too_many_hashtags"));
        assert_eq!(one(Kind::Image, &"#a".repeat(30)), []);
        assert_eq!(one(Kind::Image, &"#a".repeat(31)), is("too_many_hashtags"));
        assert_eq!(one(Kind::Image, &"@a ".repeat(21)), is("too_many_mentions"));
        assert_eq!(one(Kind::Image, &"me@example.org ".repeat(21)), []);
        assert_eq!(one(Kind::PhotoStory, ""), [("kind".to_owned(), "unsupported_kind")]);
        assert_eq!(found(Login::Facebook, Kind::Image, vec![], "", json!({})), [("media".to_owned(), "wrong_count")]);
        let publishing = ["instagram_business_basic", "instagram_business_content_publish"];
        for (scopes, options, expected) in [
            (&publishing[..1], json!({}), &["missing_scope"][..]),
            (&publishing[..], json!({}), &[]),
            (&publishing[..], json!({"first_comment": " "}), &[]),
            (&publishing[..], json!({"first_comment": "a"}), &["missing_scope"]),
        ] {
            let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
            let account =
                Account { platform: Platform::Instagram, login: Login::Instagram, remote_id: "1".into(), username: "a".into(), scopes, standing: None };
            let content = Content { kind: Kind::Image, caption: String::new(), options: options.as_object().unwrap().clone(), media: vec![image()] };
            assert_eq!(check(&account, &content).into_iter().map(|problem| problem.code).collect::<Vec<_>>(), expected);
        }
    }
}
