//! What Facebook would refuse, found beforehand. Pure.

use serde_json::Value;

use crate::address::is_public;
use crate::kind::{Kind, Platform};
use crate::platform::meta::rules as words;
use crate::platform::meta::rules::Form;
use crate::platform::{Account, Content, Problem, rules};

pub const SCOPES: &[&str] = &["pages_show_list", "pages_read_engagement", "pages_manage_posts"];
/// For comments as the Page.
const COMMENT_SCOPE: &str = "pages_manage_engagement";

/// In UTF-16 units; not documented, but what clients have found out.
const CAPTION: usize = 63_206;
const COMMENT: usize = 8_000;
const TITLE: usize = 255;
const LINK: usize = 2_048;
const FIRST_COMMENT: (&str, Form) = ("first_comment", Form::Text { most: COMMENT });

pub fn check(account: &Account, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    words::scopes(&mut problems, account, &needed_scopes(content));
    // Stories carry no words: theirs are not sent.
    if !matches!(content.kind, Kind::PhotoStory | Kind::VideoStory) {
        words::caption(&mut problems, &content.caption, CAPTION);
    }
    words::options(&mut problems, &content.options, known_options(content.kind));
    match content.kind {
        Kind::Text => text(&mut problems, content),
        Kind::Link => link(&mut problems, content),
        Kind::Photos => alt_texts(&mut problems, content),
        Kind::Video => reel_instead(&mut problems, content),
        _ => {}
    }
    match rules::for_kind(Platform::Facebook, content.kind) {
        Some(rules) => rules::check(rules, &content.media, &mut problems),
        None => {
            let message = format!("A Page takes no {}. Choose text, link, photos, video, reel, photo_story or video_story.", content.kind.name());
            problems.push(Problem::new("kind", "unsupported_kind", message));
        }
    }
    problems
}

/// What the person has to have granted for this post.
pub fn needed_scopes(content: &Content) -> Vec<&'static str> {
    let comment = first_comment(content).map(|_| COMMENT_SCOPE);
    SCOPES.iter().copied().chain(comment).collect()
}

/// Stories take none.
pub fn first_comment(content: &Content) -> Option<&str> {
    let taken = known_options(content.kind).iter().any(|(name, _)| *name == FIRST_COMMENT.0);
    content.options.get("first_comment")?.as_str().filter(|text| taken && !text.trim().is_empty())
}

fn known_options(kind: Kind) -> &'static [(&'static str, Form)] {
    match kind {
        Kind::Text => &[FIRST_COMMENT],
        Kind::Link => &[("link", Form::Text { most: LINK }), FIRST_COMMENT],
        Kind::Photos => &[("alt_text", Form::TextForEach { most: 1000 }), FIRST_COMMENT],
        Kind::Video | Kind::Reel => &[("title", Form::Text { most: TITLE }), FIRST_COMMENT],
        _ => &[],
    }
}

fn text(problems: &mut Vec<Problem>, content: &Content) {
    if content.caption.trim().is_empty() {
        problems.push(Problem::new("caption", "required", "A text post needs words."));
    }
}

fn link(problems: &mut Vec<Problem>, content: &Content) {
    match content.options.get("link") {
        Some(Value::String(link)) if !link.trim().is_empty() => {
            if !is_public(link.trim()) {
                problems.push(Problem::new(
                    "options.link",
                    "invalid_link",
                    "The link must be an address that begins with https:// and that everybody can open.",
                ));
            }
        }
        // Another type has been told already.
        Some(other) if !other.is_null() && !other.is_string() => {}
        _ => problems.push(Problem::new("options.link", "required", "A link post needs the option “link”.")),
    }
}

fn alt_texts(problems: &mut Vec<Problem>, content: &Content) {
    let texts = content.options.get("alt_text").and_then(Value::as_array);
    if texts.is_some_and(|texts| texts.iter().skip(content.media.len()).any(|text| !text.is_null())) {
        problems.push(Problem::new("options.alt_text", "too_many", "There are more alternative texts than photos. Remove some."));
    }
}

/// An upright video that would do as a reel becomes one.
fn reel_instead(problems: &mut Vec<Problem>, content: &Content) {
    let reel = rules::for_kind(Platform::Facebook, Kind::Reel).and_then(|rules| rules.video.as_ref());
    let ([item], Some(reel)) = (content.media.as_slice(), reel) else { return };
    if item.is_video && item.height > item.width && item.duration_ms.is_some_and(|ms| reel.length.holds(ms)) {
        let message = "Facebook turns upright videos of 3 to 90 seconds into reels, and one that is sent as a video may stop as a draft. Choose the kind reel.";
        problems.push(Problem::new("kind", "use_reel", message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kind::Login;
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
            (vec![photo(), video()], json!({}), ("media.1", "not_an_image")),
            (vec![photo(), Item { mime: "image/webp".into(), ..photo() }], json!({}), ("media.1", "wrong_format")),
            (vec![Item { bytes: 10_000_001, ..photo() }], json!({}), ("media.0", "too_large")),
            (vec![photo()], json!({"alt_text": 7}), ("options.alt_text", "wrong_type")),
            (vec![photo()], json!({"alt_text": ["a", "b"]}), ("options.alt_text", "too_many")),
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

    fn landscape() -> Item {
        Item { width: 1920, height: 1080, duration_ms: Some(120_000), ..video() }
    }

    #[test]
    fn words_and_links_have_no_files() {
        let text = |caption: &str, media| found(Kind::Text, media, caption, json!({}), SCOPES);
        assert_eq!(text("words", vec![]), []);
        assert_eq!(text(" \n", vec![]), [("caption".to_owned(), "required")]);
        assert_eq!(text("words", vec![photo()]), [("media".to_owned(), "wrong_count")]);

        let link = |options| found(Kind::Link, vec![], "", options, SCOPES);
        for good in ["https://example.org", "http://sub.example.org/a?b=c#d", "https://93.184.215.14/", "https://[2606:2800::1]/", " https://example.org "] {
            assert_eq!(link(json!({"link": good})), [], "{good}");
        }
        for bad in
            ["example.org", "ftp://example.org", "https://", "https://localhost/", "https://nas.local/", "http://10.0.0.7/", "http://[::1]/", "javascript:x"]
        {
            assert_eq!(link(json!({"link": bad})), [("options.link".to_owned(), "invalid_link")], "{bad}");
        }
        for (options, code) in [
            (json!({}), "required"),
            (json!({"link": null}), "required"),
            (json!({"link": " "}), "required"),
            (json!({"link": 7}), "wrong_type"),
            (json!({"link": format!("https://example.org/{}", "x".repeat(2_048))}), "too_long"),
        ] {
            assert_eq!(link(options.clone()), [("options.link".to_owned(), code)], "{options}");
        }
        let with_files = found(Kind::Link, vec![photo()], "", json!({"link": "https://example.org"}), SCOPES);
        assert_eq!(with_files, [("media".to_owned(), "wrong_count")]);
    }

    #[test]
    fn a_video_of_the_feed_is_no_short_upright_one() {
        let problems = |media| found(Kind::Video, media, "", json!({"title": "T"}), SCOPES);
        let upright = |seconds: u64| Item { duration_ms: Some(seconds * 1000), ..video() };
        for good in [landscape(), upright(2), upright(91), upright(600), Item { duration_ms: Some(30_000), ..landscape() }] {
            assert_eq!(problems(vec![good.clone()]), [], "{good:?}");
        }
        assert_eq!(problems(vec![Item { duration_ms: None, ..video() }]), [], "what is not known is not held against it");
        assert_eq!(problems(vec![Item { video_codec: Some("mpeg4".into()), frame_rate: Some(15.0), ..landscape() }]), [], "only recommended");
        for (media, expected) in [
            (vec![], ("media", "wrong_count")),
            (vec![landscape(), landscape()], ("media", "wrong_count")),
            (vec![photo()], ("media.0", "not_a_video")),
            (vec![upright(3)], ("kind", "use_reel")),
            (vec![upright(90)], ("kind", "use_reel")),
            (vec![Item { mime: "video/webm".into(), ..landscape() }], ("media.0", "wrong_format")),
            (vec![Item { bytes: 10_000_000_001, ..landscape() }], ("media.0", "too_large")),
            (vec![Item { duration_ms: Some(14_400_001), ..landscape() }], ("media.0", "too_long")),
            (vec![Item { width: 2560, height: 1080, ..landscape() }], ("media.0", "wrong_aspect")),
        ] {
            assert_eq!(problems(media), [(expected.0.to_owned(), expected.1)]);
        }
    }

    #[test]
    fn stories_are_one_file_and_carry_no_words() {
        let problems = |kind, media, options| found(kind, media, &"x".repeat(70_000), options, SCOPES);
        assert_eq!(problems(Kind::PhotoStory, vec![photo()], json!({})), [], "the caption is not sent");
        assert_eq!(problems(Kind::VideoStory, vec![video()], json!({})), []);
        for (kind, media, options, expected) in [
            (Kind::PhotoStory, vec![photo(), photo()], json!({}), ("media", "wrong_count")),
            (Kind::PhotoStory, vec![video()], json!({}), ("media.0", "not_an_image")),
            (Kind::PhotoStory, vec![Item { mime: "image/heic".into(), ..photo() }], json!({}), ("media.0", "wrong_format")),
            (Kind::PhotoStory, vec![photo()], json!({"first_comment": "x"}), ("options.first_comment", "unknown_option")),
            (Kind::PhotoStory, vec![photo()], json!({"alt_text": "x"}), ("options.alt_text", "unknown_option")),
            (Kind::VideoStory, vec![], json!({}), ("media", "wrong_count")),
            (Kind::VideoStory, vec![photo()], json!({}), ("media.0", "not_a_video")),
            (Kind::VideoStory, vec![Item { duration_ms: Some(61_000), ..video() }], json!({}), ("media.0", "too_long")),
            (Kind::VideoStory, vec![video()], json!({"title": "x"}), ("options.title", "unknown_option")),
        ] {
            assert_eq!(problems(kind, media, options), [(expected.0.to_owned(), expected.1)], "{kind}");
        }
    }

    #[test]
    fn a_first_comment_needs_its_permission() {
        let all: Vec<&str> = SCOPES.iter().copied().chain([COMMENT_SCOPE]).collect();
        let link = json!({"link": "https://example.org"});
        for (kind, media, options) in [
            (Kind::Text, vec![], json!({})),
            (Kind::Link, vec![], link),
            (Kind::Photos, vec![photo()], json!({})),
            (Kind::Video, vec![landscape()], json!({})),
            (Kind::Reel, vec![video()], json!({})),
        ] {
            let with = |comment: Value| {
                let mut options = options.clone();
                options["first_comment"] = comment;
                options
            };
            assert_eq!(found(kind, media.clone(), "x", with(json!("more")), &all), [], "{kind}");
            assert_eq!(found(kind, media.clone(), "x", with(json!("more")), SCOPES), [("account".to_owned(), "missing_scope")], "{kind}");
            assert_eq!(found(kind, media.clone(), "x", with(json!(" ")), SCOPES), [], "{kind}");
            assert_eq!(found(kind, media.clone(), "x", with(json!("x".repeat(8_001))), &all), [("options.first_comment".to_owned(), "too_long")], "{kind}");
            assert_eq!(found(kind, media, "x", with(json!(["x"])), SCOPES), [("options.first_comment".to_owned(), "wrong_type")], "{kind}");
        }
    }

    #[test]
    fn captions_scopes_and_kinds() {
        let one = |kind, caption: &str, scopes: &[&str]| found(kind, vec![photo()], caption, json!({}), scopes);
        assert_eq!(one(Kind::Photos, &"x".repeat(63_206), SCOPES), []);
        assert_eq!(one(Kind::Photos, &"😀".repeat(31_604), SCOPES), [("caption".to_owned(), "too_long")]);
        assert_eq!(one(Kind::Photos, "", &["pages_show_list"]), [("account".to_owned(), "missing_scope")]);
        assert_eq!(one(Kind::Story, "", SCOPES), [("kind".to_owned(), "unsupported_kind")]);
    }
}
