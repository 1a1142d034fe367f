//! What Instagram would refuse, found beforehand. Pure.

use crate::kind::{Kind, Login};
use crate::platform::meta::rules::{self, Form, VideoRule};
use crate::platform::{Account, Content, Item, Problem};

const FACEBOOK_LOGIN_SCOPES: &[&str] = &["instagram_basic", "instagram_content_publish", "pages_read_engagement", "pages_show_list"];
pub const INSTAGRAM_LOGIN_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_content_publish"];

const CAPTION: usize = 2200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;
const IMAGE_BYTES: u64 = 8 * 1024 * 1024;
/// Width to height: 4:5 to 1.91:1.
const IMAGE_ASPECT: (f64, f64) = (0.8, 1.91);
const ALT_TEXT: usize = 1000;
const COLLABORATORS: usize = 3;

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

pub fn check(account: &Account, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    rules::scopes(&mut problems, account, if account.login == Login::Instagram { INSTAGRAM_LOGIN_SCOPES } else { FACEBOOK_LOGIN_SCOPES });
    rules::caption(&mut problems, &content.caption, CAPTION);
    marks(&mut problems, &content.caption, '#', HASHTAGS, "hashtags", "too_many_hashtags");
    marks(&mut problems, &content.caption, '@', MENTIONS, "mentions", "too_many_mentions");
    match (content.kind, content.media.as_slice()) {
        (Kind::Image, [item]) => image(&mut problems, content, item),
        (Kind::Reel, [item]) => reel(&mut problems, account, content, item),
        (Kind::Image | Kind::Reel, media) => {
            problems.push(Problem::new("media", "wrong_count", format!("This kind of post takes exactly one file; this one has {}.", media.len())));
        }
        (other, _) => {
            problems.push(Problem::new(
                "kind",
                "unsupported_kind",
                format!("A {} cannot be published to Instagram yet. Choose an image or a reel.", other.name()),
            ));
        }
    }
    problems
}

fn image(problems: &mut Vec<Problem>, content: &Content, item: &Item) {
    let known = [
        ("alt_text", Form::Text { most: ALT_TEXT }),
        ("collaborators", Form::Names { most: COLLABORATORS }),
        ("user_tags", Form::Objects),
        ("location_id", Form::Id),
    ];
    rules::options(problems, &content.options, &known);
    if item.is_video {
        problems.push(Problem::new("media.0", "not_an_image", "This must be an image. Post the video as a reel."));
        return;
    }
    if item.mime != "image/jpeg" {
        problems.push(Problem::new("media.0", "wrong_format", "Instagram takes JPEG images only. Convert it to JPEG."));
    }
    if item.bytes > IMAGE_BYTES {
        problems.push(Problem::new("media.0", "too_large", "The image has more than 8 MB. Use a smaller one."));
    }
    if item.width > 0 && item.height > 0 {
        let aspect = f64::from(item.width) / f64::from(item.height);
        if aspect < IMAGE_ASPECT.0 - 0.005 || aspect > IMAGE_ASPECT.1 + 0.005 {
            let message = format!("The image is {} x {}; its shape must be between 4:5 (upright) and 1.91:1 (wide). Crop it.", item.width, item.height);
            problems.push(Problem::new("media.0", "wrong_aspect", message));
        }
    }
    address(problems, item);
}

fn reel(problems: &mut Vec<Problem>, account: &Account, content: &Content, item: &Item) {
    let known = [
        ("share_to_feed", Form::Bool),
        ("thumb_offset", Form::Millis),
        ("collaborators", Form::Names { most: COLLABORATORS }),
        ("user_tags", Form::Objects),
        ("location_id", Form::Id),
    ];
    rules::options(problems, &content.options, &known);
    rules::video(problems, 0, item, &REEL);
    let offset = content.options.get("thumb_offset").and_then(serde_json::Value::as_u64);
    if let (Some(offset), Some(length)) = (offset, item.duration_ms)
        && offset >= length
    {
        problems.push(Problem::new("options.thumb_offset", "out_of_range", format!("The cover time must lie within the video, which is {length} ms long.")));
    }
    // Through Facebook Login the video is pushed.
    if account.login == Login::Instagram {
        address(problems, item);
    }
}

fn address(problems: &mut Vec<Problem>, item: &Item) {
    if item.public_url.is_none() {
        let message = "Instagram fetches this file itself, and this installation has no public address. Set server.public_url to an https address that can be reached from outside.";
        problems.push(Problem::new("media.0", "needs_public_address", message));
    }
}

/// `#` or `@` before a letter, digit or underscore, not inside a word (an e-mail address mentions nobody).
fn marks(problems: &mut Vec<Problem>, caption: &str, mark: char, most: usize, what: &str, code: &'static str) {
    let of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut count = 0;
    let mut before = ' ';
    let mut rest = caption.chars().peekable();
    while let Some(c) = rest.next() {
        if c == mark && !of_word(before) && rest.peek().is_some_and(|next| of_word(*next)) {
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
        let fine = json!({"alt_text": "a", "collaborators": ["b"], "user_tags": [{"username": "x", "x": 0.5, "y": 0.5}], "location_id": "12"});
        assert_eq!(problems(image(), fine), []);
        assert_eq!(problems(Item { width: 1910, height: 1000, ..image() }, json!({})), []);
        for (item, options, expected) in [
            (Item { mime: "image/png".into(), ..image() }, json!({}), ("media.0", "wrong_format")),
            (Item { bytes: 8_388_609, ..image() }, json!({}), ("media.0", "too_large")),
            (Item { width: 1080, height: 1920, ..image() }, json!({}), ("media.0", "wrong_aspect")),
            (Item { width: 2000, height: 1000, ..image() }, json!({}), ("media.0", "wrong_aspect")),
            (Item { public_url: None, ..image() }, json!({}), ("media.0", "needs_public_address")),
            (video(), json!({}), ("media.0", "not_an_image")),
            (image(), json!({"share_to_feed": true}), ("options.share_to_feed", "unknown_option")),
            (image(), json!({"collaborators": ["a", "b", "c", "d"]}), ("options.collaborators", "too_many")),
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
            (video(), json!({"thumb_offset": 20_000}), ("options.thumb_offset", "out_of_range")),
            (video(), json!({"alt_text": "no"}), ("options.alt_text", "unknown_option")),
        ] {
            assert_eq!(problems(Login::Facebook, item, options), [(expected.0.to_owned(), expected.1)]);
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
        assert_eq!(one(Kind::Image, &"@a ".repeat(21)), is("too_many_mentions"));
        assert_eq!(one(Kind::Image, &"me@example.org ".repeat(21)), []);
        assert_eq!(one(Kind::Carousel, ""), [("kind".to_owned(), "unsupported_kind")]);
        assert_eq!(found(Login::Facebook, Kind::Image, vec![], "", json!({})), [("media".to_owned(), "wrong_count")]);
        let account = Account {
            platform: Platform::Instagram,
            login: Login::Instagram,
            remote_id: "1".into(),
            username: "a".into(),
            scopes: vec!["instagram_business_basic".into()],
            standing: None,
        };
        let content = Content { kind: Kind::Image, caption: String::new(), options: Default::default(), media: vec![image()] };
        assert_eq!(check(&account, &content).into_iter().map(|problem| problem.code).collect::<Vec<_>>(), ["missing_scope"]);
    }
}
