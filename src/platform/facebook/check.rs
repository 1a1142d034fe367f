//! What Facebook would refuse, found beforehand. Pure.

use crate::kind::Kind;
use crate::platform::meta::rules::{self, Form, VideoRule};
use crate::platform::{Account, Content, Problem};

pub const SCOPES: &[&str] = &["pages_show_list", "pages_read_engagement", "pages_manage_posts"];

const CAPTION: usize = 63_206;
const PHOTOS: std::ops::RangeInclusive<usize> = 1..=10;
const PHOTO_TYPES: [&str; 5] = ["image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"];
const PHOTO_BYTES: u64 = 10_000_000;

const REEL: VideoRule = VideoRule {
    seconds: (3, 90),
    frames: (24.0, 60.0),
    aspect: (9.0 / 16.0, 16.0 / 9.0),
    short_side: 540,
    long_side: 960,
    widest: u32::MAX,
    // No limit is documented.
    bytes: u64::MAX,
    codecs: &["h264", "hevc", "vp9", "av1"],
};

pub fn check(account: &Account, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    rules::scopes(&mut problems, account, SCOPES);
    rules::caption(&mut problems, &content.caption, CAPTION);
    match content.kind {
        Kind::Photos => photos(&mut problems, content),
        Kind::Reel => reel(&mut problems, content),
        other => {
            problems.push(Problem::new("kind", "unsupported_kind", format!("A {} cannot be published to a Page yet. Choose photos or a reel.", other.name())))
        }
    }
    problems
}

fn photos(problems: &mut Vec<Problem>, content: &Content) {
    rules::options(problems, &content.options, &[("alt_text", Form::TextForEach { most: 1000 })]);
    if !PHOTOS.contains(&content.media.len()) {
        problems.push(Problem::new("media", "wrong_count", format!("A post takes 1 to 10 photos; this one has {}.", content.media.len())));
    }
    for (index, item) in content.media.iter().enumerate() {
        let field = || format!("media.{index}");
        if item.is_video {
            problems.push(Problem::new(field(), "not_a_photo", "Photos and videos cannot be in one post of a Page. Post the video as a reel."));
        } else if !PHOTO_TYPES.contains(&item.mime.as_str()) {
            problems.push(Problem::new(field(), "wrong_format", "The photo must be a JPEG or PNG."));
        }
        if !item.is_video && item.bytes > PHOTO_BYTES {
            problems.push(Problem::new(field(), "too_large", "The photo has more than 10 MB. Use a smaller one; less than 4 MB is safest."));
        }
    }
}

fn reel(problems: &mut Vec<Problem>, content: &Content) {
    rules::options(problems, &content.options, &[("title", Form::Text { most: 255 })]);
    match content.media.as_slice() {
        [item] => rules::video(problems, 0, item, &REEL),
        media => problems.push(Problem::new("media", "wrong_count", format!("A reel is exactly one video; this post has {} files.", media.len()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kind::{Login, Platform};
    use crate::platform::Item;

    fn photo() -> Item {
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
            public_url: None,
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
            ..photo()
        }
    }

    fn found(kind: Kind, media: Vec<Item>, caption: &str, options: Value, scopes: &[&str]) -> Vec<(String, &'static str)> {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let account = Account { platform: Platform::Facebook, login: Login::Facebook, remote_id: "1".into(), username: "Page".into(), scopes, standing: None };
        let options = options.as_object().unwrap().clone();
        let content = Content { kind, caption: caption.into(), options, media };
        check(&account, &content).into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn photos_are_checked_one_by_one() {
        let problems = |media, options| found(Kind::Photos, media, "words", options, SCOPES);
        assert_eq!(problems(vec![photo(); 10], json!({"alt_text": ["a", null, "c"]})), []);
        for (media, options, expected) in [
            (vec![], json!({}), ("media", "wrong_count")),
            (vec![photo(); 11], json!({}), ("media", "wrong_count")),
            (vec![photo(), video()], json!({}), ("media.1", "not_a_photo")),
            (vec![photo(), Item { mime: "image/webp".into(), ..photo() }], json!({}), ("media.1", "wrong_format")),
            (vec![Item { bytes: 10_000_001, ..photo() }], json!({}), ("media.0", "too_large")),
            (vec![photo()], json!({"alt_text": 7}), ("options.alt_text", "wrong_type")),
            (vec![photo()], json!({"alt_text": "x".repeat(1001)}), ("options.alt_text", "too_long")),
            (vec![photo()], json!({"privacy_level": "SELF_ONLY"}), ("options.privacy_level", "unknown_option")),
        ] {
            assert_eq!(problems(media, options), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn a_reel_is_one_fitting_video() {
        let problems = |media| found(Kind::Reel, media, "", json!({"title": "T"}), SCOPES);
        assert_eq!(problems(vec![video()]), []);
        assert_eq!(problems(vec![Item { frame_rate: Some(23.976), duration_ms: Some(90_400), ..video() }]), []);
        for (media, expected) in [
            (vec![video(), video()], ("media", "wrong_count")),
            (vec![photo()], ("media.0", "not_a_video")),
            (vec![Item { duration_ms: Some(2_900), ..video() }], ("media.0", "too_short")),
            (vec![Item { duration_ms: Some(91_000), ..video() }], ("media.0", "too_long")),
            (vec![Item { width: 480, height: 854, ..video() }], ("media.0", "too_small")),
            (vec![Item { width: 600, height: 1920, ..video() }], ("media.0", "wrong_aspect")),
            (vec![Item { frame_rate: Some(15.0), ..video() }], ("media.0", "wrong_frame_rate")),
            (vec![Item { video_codec: Some("mpeg4".into()), ..video() }], ("media.0", "wrong_codec")),
            (vec![Item { audio_codec: Some("opus".into()), ..video() }], ("media.0", "wrong_audio_codec")),
            (vec![Item { mime: "video/webm".into(), ..video() }], ("media.0", "wrong_format")),
        ] {
            assert_eq!(problems(media), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn captions_scopes_and_kinds() {
        let one = |kind, caption: &str, scopes: &[&str]| found(kind, vec![photo()], caption, json!({}), scopes);
        assert_eq!(one(Kind::Photos, &"x".repeat(63_206), SCOPES), []);
        assert_eq!(one(Kind::Photos, &"😀".repeat(31_604), SCOPES), [("caption".to_owned(), "too_long")]);
        assert_eq!(one(Kind::Photos, "", &["pages_show_list"]), [("account".to_owned(), "missing_scope")]);
        assert_eq!(one(Kind::VideoStory, "", SCOPES), [("kind".to_owned(), "unsupported_kind")]);
    }
}
