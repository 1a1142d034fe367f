//! The options of a post on Instagram: what each kind takes, and what goes into which container.
//!
//! Invariants: what is sent was checked by the same reading of it. Options that belong to a file (`alt_text`, `user_tags`) go into that file's
//! container, all others into the post's own. In a carousel an option of the files is a list with one entry for each file, in order; null is none.

use serde_json::{Map, Value};

use crate::kind::Kind;
use crate::platform::meta::rules::{self, Form};
use crate::platform::{Content, Problem};

const ALT_TEXT: usize = 1000;
const COLLABORATORS: usize = 3;
/// No limit is documented; a caption's.
const COMMENT: usize = 2200;
const USERNAME: usize = 30;

const NAMES: (&str, Form) = ("collaborators", Form::Names { most: COLLABORATORS });
const PLACE: (&str, Form) = ("location_id", Form::Id);
const FIRST_COMMENT: (&str, Form) = ("first_comment", Form::Text { most: COMMENT });
const TAGS: (&str, Form) = ("user_tags", Form::Objects);

/// Which points in a picture tags name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Points {
    Needed,
    Possible,
    None,
}

/// The first comment, where one is wanted.
pub fn first_comment(content: &Content) -> Option<&str> {
    content.options.get("first_comment")?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

pub fn check(problems: &mut Vec<Problem>, content: &Content) {
    let known: &[(&str, Form)] = match content.kind {
        Kind::Image => &[NAMES, PLACE, FIRST_COMMENT, TAGS, ("alt_text", Form::Text { most: ALT_TEXT })],
        Kind::Reel => &[NAMES, PLACE, FIRST_COMMENT, TAGS, ("share_to_feed", Form::Bool), ("thumb_offset", Form::Millis)],
        Kind::Carousel => &[NAMES, PLACE, FIRST_COMMENT, ("alt_text", Form::TextForEach { most: ALT_TEXT })],
        _ => &[TAGS],
    };
    let mut given = content.options.clone();
    if content.kind == Kind::Carousel {
        given.remove("user_tags");
    }
    rules::options(problems, &given, known);
    names(problems, content);
    alt_texts(problems, content);
    match content.options.get("user_tags").filter(|tags| !tags.is_null()) {
        Some(Value::Array(lists)) if content.kind == Kind::Carousel => {
            one_for_each(problems, content, "user_tags", lists.len());
            for (index, list) in lists.iter().enumerate().filter(|(_, list)| !list.is_null()) {
                let field = format!("options.user_tags.{index}");
                match list.as_array() {
                    None => problems.push(Problem::new(field, "wrong_type", "Each entry must be a list of tags, or null for a file without tags.")),
                    Some(tags) if tags.is_empty() => {}
                    Some(_) if content.media.get(index).is_some_and(|item| item.is_video) => {
                        problems.push(Problem::new(field, "not_for_videos", "In a carousel only images take tags. Put null here."));
                    }
                    Some(list) => tags(problems, &field, list, Points::Needed),
                }
            }
        }
        Some(_) if content.kind == Kind::Carousel => {
            problems.push(Problem::new(
                "options.user_tags",
                "wrong_type",
                "For a carousel this option must be a list with a list of tags (or null) for each file.",
            ));
        }
        Some(Value::Array(list)) => {
            let video = content.media.first().is_some_and(|item| item.is_video);
            let points = match content.kind {
                Kind::Image => Points::Needed,
                Kind::Story if !video => Points::Possible,
                _ => Points::None,
            };
            tags(problems, "options.user_tags", list, points);
        }
        _ => {}
    }
}

fn names(problems: &mut Vec<Problem>, content: &Content) {
    let names = content.options.get("collaborators").and_then(Value::as_array);
    if names.is_some_and(|names| names.iter().filter_map(Value::as_str).any(|name| !is_username(name))) {
        problems.push(Problem::new("options.collaborators", "not_a_username", NOT_A_USERNAME));
    }
}

fn alt_texts(problems: &mut Vec<Problem>, content: &Content) {
    if content.kind != Kind::Carousel {
        return;
    }
    match content.options.get("alt_text") {
        Some(Value::Array(texts)) => {
            one_for_each(problems, content, "alt_text", texts.len());
            for index in 0..texts.len() {
                if content.media.get(index).is_some_and(|item| item.is_video) && text_at(texts, index).is_some() {
                    let message = "Instagram takes a description of images only. Put null here.";
                    problems.push(Problem::new(format!("options.alt_text.{index}"), "not_for_videos", message));
                }
            }
        }
        Some(Value::String(text)) if !text.trim().is_empty() && content.media.iter().all(|item| item.is_video) => {
            problems.push(Problem::new(
                "options.alt_text",
                "not_for_videos",
                "Instagram takes a description of images only, and this post has none. Remove it.",
            ));
        }
        _ => {}
    }
}

fn one_for_each(problems: &mut Vec<Problem>, content: &Content, name: &str, entries: usize) {
    let files = content.media.len();
    if entries > files {
        problems.push(Problem::new(
            format!("options.{name}"),
            "too_many",
            format!("The list has {entries} entries, and the post {files} files: one for each."),
        ));
    }
}

const NOT_A_USERNAME: &str = "This must be an Instagram username: letters, digits, “.” and “_”, without “@”.";

fn tags(problems: &mut Vec<Problem>, field: &str, list: &[Value], points: Points) {
    for (index, tag) in list.iter().enumerate() {
        // What is not an object is told of already where the list is the whole option.
        let empty = Map::new();
        let tag = tag.as_object().unwrap_or(&empty);
        let mut wrong = |code, message: String| problems.push(Problem::new(format!("{field}.{index}"), code, message));
        if let Some(name) = tag.keys().find(|name| !["username", "x", "y"].contains(&name.as_str())) {
            wrong("unknown_option", format!("A tag has no “{name}”; it has a username, x and y."));
        }
        if !tag.get("username").and_then(Value::as_str).is_some_and(is_username) {
            wrong("not_a_username", NOT_A_USERNAME.into());
        }
        let given = tag.get("x").or(tag.get("y")).is_some();
        let inside = |name: &str| tag.get(name).and_then(Value::as_f64).is_some_and(|share| (0.0..=1.0).contains(&share));
        match points {
            Points::None if given => wrong("not_for_videos", "In a video nobody is tagged at a point. Remove x and y.".into()),
            Points::Needed | Points::Possible if (given || points == Points::Needed) && !(inside("x") && inside("y")) => {
                wrong("out_of_range", "A tag in an image needs x and y: its place as shares of width and height, 0.0 to 1.0.".into());
            }
            _ => {}
        }
    }
}

fn is_username(name: &str) -> bool {
    (1..=USERNAME).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_')
}

fn text_at(texts: &[Value], index: usize) -> Option<&str> {
    texts.get(index)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// What goes into the container of one file.
pub fn of_file(content: &Content, index: usize) -> Vec<(&'static str, String)> {
    let is_image = content.media.get(index).is_some_and(|item| !item.is_video);
    let first_image = content.media.iter().position(|item| !item.is_video);
    let alt_text = match content.options.get("alt_text") {
        Some(Value::Array(texts)) => text_at(texts, index),
        Some(Value::String(text)) if first_image == Some(index) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let tags = content.options.get("user_tags").and_then(Value::as_array);
    let tags = match tags {
        Some(lists) if content.kind == Kind::Carousel => lists.get(index).and_then(Value::as_array),
        tags => tags,
    };
    let tags = tags.filter(|tags| !tags.is_empty()).and_then(|tags| serde_json::to_string(tags).ok());
    let alt_text = alt_text.filter(|_| is_image && content.kind != Kind::Story).map(str::to_owned);
    alt_text.map(|text| ("alt_text", text)).into_iter().chain(tags.map(|tags| ("user_tags", tags))).collect()
}

/// What goes into the container of the whole post. A story has nothing of the kind.
pub fn of_post(content: &Content) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if content.kind == Kind::Story {
        return fields;
    }
    if !content.caption.trim().is_empty() {
        fields.push(("caption", content.caption.trim().to_owned()));
    }
    for name in ["share_to_feed", "thumb_offset", "collaborators", "location_id"] {
        match content.options.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(Value::String(text)) => fields.push((name, text.clone())),
            // Numbers and truth values as they are written, lists as JSON text.
            Some(other) => fields.push((name, other.to_string())),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::Item;

    fn content(kind: Kind, videos: &[bool], options: Value) -> Content {
        let media = videos.iter().map(|is_video| Item { is_video: *is_video, ..Item::default() }).collect();
        Content { kind, caption: " words ".into(), options: options.as_object().unwrap().clone(), media }
    }

    fn found(kind: Kind, videos: &[bool], options: Value) -> Vec<(String, &'static str)> {
        let mut problems = Vec::new();
        check(&mut problems, &content(kind, videos, options));
        problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn each_kind_takes_its_own_options() {
        let (image, video) = (&[false][..], &[true][..]);
        let point = json!([{"username": "a.b_1", "x": 0.5, "y": 1}]);
        let plain = json!([{"username": "a"}]);
        for (kind, media, options, expected) in [
            (Kind::Image, image, json!({"alt_text": "a", "collaborators": ["b"], "user_tags": point, "location_id": "12", "first_comment": "c"}), None),
            (Kind::Image, image, json!({"user_tags": plain}), Some(("user_tags.0", "out_of_range"))),
            (Kind::Image, image, json!({"user_tags": [{"username": "a", "x": 1.1, "y": 0.0}]}), Some(("user_tags.0", "out_of_range"))),
            (Kind::Image, image, json!({"user_tags": [{"username": "@a", "x": 0, "y": 0}]}), Some(("user_tags.0", "not_a_username"))),
            (Kind::Image, image, json!({"user_tags": [{"username": "a", "x": 0, "y": 0, "z": 0}]}), Some(("user_tags.0", "unknown_option"))),
            (Kind::Image, image, json!({"collaborators": ["a b"]}), Some(("collaborators", "not_a_username"))),
            (Kind::Image, image, json!({"collaborators": ["a", "b", "c", "d"]}), Some(("collaborators", "too_many"))),
            (Kind::Image, image, json!({"alt_text": ["a"]}), Some(("alt_text", "wrong_type"))),
            (Kind::Image, image, json!({"share_to_feed": true}), Some(("share_to_feed", "unknown_option"))),
            (Kind::Image, image, json!({"first_comment": "x".repeat(2201)}), Some(("first_comment", "too_long"))),
            (Kind::Reel, video, json!({"share_to_feed": false, "thumb_offset": 1, "user_tags": plain, "collaborators": null}), None),
            (Kind::Reel, video, json!({"user_tags": point}), Some(("user_tags.0", "not_for_videos"))),
            (Kind::Reel, video, json!({"alt_text": "a"}), Some(("alt_text", "unknown_option"))),
            (Kind::Story, image, json!({"user_tags": plain}), None),
            (Kind::Story, image, json!({"user_tags": point}), None),
            (Kind::Story, image, json!({"user_tags": [{"username": "a", "x": 0.5}]}), Some(("user_tags.0", "out_of_range"))),
            (Kind::Story, video, json!({"user_tags": plain}), None),
            (Kind::Story, video, json!({"user_tags": point}), Some(("user_tags.0", "not_for_videos"))),
            (Kind::Story, image, json!({"first_comment": "c"}), Some(("first_comment", "unknown_option"))),
            (Kind::Story, image, json!({"collaborators": ["a"]}), Some(("collaborators", "unknown_option"))),
        ] {
            let expected: Vec<_> = expected.map(|(field, code)| (format!("options.{field}"), code)).into_iter().collect();
            assert_eq!(found(kind, media, options.clone()), expected, "{kind} {options}");
        }
    }

    #[test]
    fn in_a_carousel_the_files_options_are_lists() {
        let media = &[true, false, false][..];
        let tags = json!([{"username": "a", "x": 0.5, "y": 0.5}]);
        for (options, expected) in [
            (json!({"alt_text": "for the first image", "user_tags": [null, tags, []], "collaborators": ["b"]}), None),
            (json!({"alt_text": [null, "b"]}), None),
            (json!({"alt_text": ["a"]}), Some(("alt_text.0", "not_for_videos"))),
            (json!({"alt_text": [null, "a", "b", "c"]}), Some(("alt_text", "too_many"))),
            (json!({"alt_text": [null, 7]}), Some(("alt_text", "wrong_type"))),
            (json!({"user_tags": [tags]}), Some(("user_tags.0", "not_for_videos"))),
            (json!({"user_tags": [null, [{"username": "a"}]]}), Some(("user_tags.1.0", "out_of_range"))),
            (json!({"user_tags": [null, 7]}), Some(("user_tags.1", "wrong_type"))),
            (json!({"user_tags": {"1": tags}}), Some(("user_tags", "wrong_type"))),
            (json!({"thumb_offset": 5}), Some(("thumb_offset", "unknown_option"))),
        ] {
            let expected: Vec<_> = expected.map(|(field, code)| (format!("options.{field}"), code)).into_iter().collect();
            assert_eq!(found(Kind::Carousel, media, options.clone()), expected, "{options}");
        }
        assert_eq!(found(Kind::Carousel, &[true, true], json!({"alt_text": "a"})), [("options.alt_text".to_owned(), "not_for_videos")]);
    }

    #[test]
    fn each_option_goes_into_the_container_it_belongs_to() {
        let tags = json!([{"username": "a", "x": 0.5, "y": 0.5}]);
        let carousel = content(
            Kind::Carousel,
            &[true, false, false],
            json!({"alt_text": "first", "user_tags": [null, null, tags], "collaborators": ["b"], "location_id": "7", "first_comment": " c "}),
        );
        assert_eq!(of_file(&carousel, 0), []);
        assert_eq!(of_file(&carousel, 1), [("alt_text", "first".to_owned())]);
        assert_eq!(of_file(&carousel, 2), [("user_tags", tags.to_string())]);
        assert_eq!(of_post(&carousel), [("caption", "words".to_owned()), ("collaborators", "[\"b\"]".into()), ("location_id", "7".into())]);
        assert_eq!(first_comment(&carousel), Some("c"));

        let reel = content(Kind::Reel, &[true], json!({"share_to_feed": false, "thumb_offset": 500, "user_tags": [{"username": "a"}]}));
        assert_eq!(of_file(&reel, 0), [("user_tags", r#"[{"username":"a"}]"#.to_owned())]);
        assert_eq!(of_post(&reel), [("caption", "words".to_owned()), ("share_to_feed", "false".into()), ("thumb_offset", "500".into())]);

        let story = content(Kind::Story, &[false], json!({"user_tags": []}));
        assert_eq!((of_file(&story, 0), of_post(&story)), (Vec::new(), Vec::new()), "a caption has no effect on a story");
    }
}
