//! People tagged on Instagram: rows of a form, and the option `user_tags` that they stand for.
//!
//! Always true: a place in a picture is typed in percent and sent as a share; a video has no places, so what was typed of one is left out.

use serde_json::{Map, Value, json};

use super::target::Misread;
use crate::ids::AccountId;
use crate::kind::Kind;
use crate::model::media::Media;
use crate::web::body::Fields;

/// One row, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    pub username: String,
    /// Which file of a carousel, counted from 1.
    pub file: String,
    /// Percent from the left and from the top.
    pub x: String,
    pub y: String,
}

impl Tag {
    fn is_empty(&self) -> bool {
        [&self.username, &self.x, &self.y].iter().all(|typed| typed.is_empty())
    }
}

const OPTION: &str = "user_tags";
/// More than any platform takes; a bound for the form.
const MOST: usize = 100;
const WRONG: &str = "The place of a tag is two numbers from 0 to 100: how far from the left, and how far from the top, in percent.";
const WHICH: &str = "Say for each tag which file of the carousel it belongs to: 1 for the first one.";

/// The rows that were sent; those that hold nothing are left out.
pub fn read(form: &Fields, account: AccountId) -> Vec<Tag> {
    let column = |name: &str| form.all(&format!("{account}.tag_{name}")).map(|value| value.trim().to_owned()).collect::<Vec<_>>();
    let (names, files, xs, ys) = (column("name"), column("file"), column("x"), column("y"));
    let at = |column: &[String], row: usize| column.get(row).cloned().unwrap_or_default();
    let rows = names.into_iter().enumerate().take(MOST).map(|(row, name)| Tag {
        username: name.trim_start_matches('@').to_owned(),
        file: at(&files, row),
        x: at(&xs, row),
        y: at(&ys, row),
    });
    rows.filter(|tag| !tag.is_empty()).collect()
}

/// Puts the option into `options`, if anybody is tagged; what could not be read is told.
pub fn write(tags: &[Tag], kind: Kind, files: &[Media], options: &mut Map<String, Value>) -> Option<Misread> {
    if tags.is_empty() {
        return None;
    }
    if kind != Kind::Carousel {
        let is_video = files.first().is_some_and(|file| file.kind == "video");
        let list: Option<Vec<Value>> = tags.iter().map(|tag| one(tag, is_video)).collect();
        return list.map_or(Some((OPTION, WRONG)), |list| {
            options.insert(OPTION.into(), json!(list));
            None
        });
    }
    let mut lists: Vec<Option<Vec<Value>>> = vec![None; files.len()];
    for tag in tags {
        let Some((index, file)) = tag.file.parse::<usize>().ok().and_then(|place| place.checked_sub(1)).and_then(|index| Some((index, files.get(index)?)))
        else {
            return Some((OPTION, WHICH));
        };
        let Some(written) = one(tag, file.kind == "video") else { return Some((OPTION, WRONG)) };
        if let Some(list) = lists.get_mut(index) {
            list.get_or_insert_default().push(written);
        }
    }
    options.insert(OPTION.into(), json!(lists));
    None
}

fn one(tag: &Tag, in_video: bool) -> Option<Value> {
    if in_video || (tag.x.is_empty() && tag.y.is_empty()) {
        return Some(json!({ "username": tag.username }));
    }
    Some(json!({ "username": tag.username, "x": share(&tag.x)?, "y": share(&tag.y)? }))
}

/// `37.5` percent as 0.375.
fn share(percent: &str) -> Option<f64> {
    let percent: f64 = percent.trim_end_matches('%').trim().replace(',', ".").parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| (percent * 10.0).round() / 1000.0)
}

/// The rows that stand for an option.
pub fn of_option(option: &Value, kind: Kind) -> Vec<Tag> {
    let row = |tag: &Value, file: String| {
        let percent = |name: &str| tag.get(name).and_then(Value::as_f64).map(|share| ((share * 1000.0).round() / 10.0).to_string()).unwrap_or_default();
        Tag { username: tag.get("username").and_then(Value::as_str).unwrap_or_default().to_owned(), file, x: percent("x"), y: percent("y") }
    };
    let list = option.as_array().map(Vec::as_slice).unwrap_or_default();
    if kind != Kind::Carousel {
        return list.iter().map(|tag| row(tag, String::new())).collect();
    }
    let files = list.iter().enumerate().flat_map(|(index, tags)| {
        let tags = tags.as_array().map(Vec::as_slice).unwrap_or_default();
        tags.iter().map(move |tag| (tag, (index + 1).to_string()))
    });
    files.map(|(tag, file)| row(tag, file)).collect()
}
