//! What Instagram would refuse, found beforehand. Pure.
//!
//! Invariants: what is not known of a file is not held against it. The limits of files are data (`platform/rules`).

use crate::kind::{Kind, Login, Platform};
use crate::platform::meta::rules as words;
use crate::platform::{Account, Content, Problem, rules};

use super::options;

const FACEBOOK_LOGIN_SCOPES: &[&str] = &["instagram_basic", "instagram_content_publish", "pages_read_engagement", "pages_show_list"];
pub const INSTAGRAM_LOGIN_SCOPES: &[&str] = &["instagram_business_basic", "instagram_business_content_publish"];

const CAPTION: usize = 2200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;

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
    words::scopes(&mut problems, account, &scopes(account.login, options::first_comment(content).is_some()));
    let Some(rules) = rules::for_kind(Platform::Instagram, content.kind) else {
        let message = format!("Instagram has no {}. Choose an image, a reel, a carousel or a story.", content.kind.name());
        problems.push(Problem::new("kind", "unsupported_kind", message));
        return problems;
    };
    // A story shows no caption: what is written for the others does not matter to it.
    if content.kind != Kind::Story {
        words::caption(&mut problems, &content.caption, CAPTION);
        marks(&mut problems, &content.caption, '#', HASHTAGS, "hashtags", "too_many_hashtags");
        marks(&mut problems, &content.caption, '@', MENTIONS, "mentions", "too_many_mentions");
    }
    options::check(&mut problems, content);
    rules::check(rules, &content.media, &mut problems);
    for (index, item) in content.media.iter().enumerate() {
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
    use crate::platform::Item;

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
        let long = Item { duration_ms: Some(900_000), bytes: 300_000_000, ..video() };
        assert_eq!(problems(Login::Facebook, vec![image(), long]), [], "no limits of a carousel's own are documented");
        assert_eq!(problems(Login::Instagram, mixed), [("media.1".to_owned(), "needs_public_address")], "through Instagram Login everything is fetched");
        for (media, expected) in [
            (vec![image()], ("media", "wrong_count")),
            (vec![image(); 11], ("media", "wrong_count")),
            (vec![image(), Item { width: 100, height: 1000, ..image() }], ("media.1", "wrong_aspect")),
            (vec![image(), Item { duration_ms: Some(901_000), ..video() }], ("media.1", "too_long")),
            (vec![image(), Item { bytes: 300_000_001, ..video() }], ("media.1", "too_large")),
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
