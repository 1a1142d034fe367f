//! `video/list` and `video/query`: the user's public videos and photo posts.
//!
//! Always true: only what is public can be found here, newest first, and only with the scope that newly made apps do not get.

use serde_json::{Map, Value, json};

use super::{admit, error::Refusal};
use crate::{
    http::request::Ask,
    world::{
        Now, World,
        tiktok::{Task, task::Posting},
    },
};

const FIELDS: &[&str] = &[
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "video_description",
    "title",
    "duration",
    "height",
    "width",
    "embed_html",
    "embed_link",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
];
const MOST: u64 = 20;
/// Captions are cut to so many characters.
const CUT: usize = 150;

fn wanted(ask: &Ask) -> Result<Vec<&str>, Refusal> {
    let fields: Vec<&str> = ask.query.text("fields").split(',').map(str::trim).filter(|field| !field.is_empty()).collect();
    match fields.iter().find(|field| !FIELDS.contains(field)) {
        Some(foreign) => Err(Refusal::params(format!("Invalid fields: {foreign}"))),
        None if fields.is_empty() => Err(Refusal::params("The fields are required")),
        None => Ok(fields),
    }
}

/// The body's fields, none of which is foreign. No body at all is an empty one.
fn body<'a>(ask: &'a Ask, known: &[&str], empty: &'a Map<String, Value>) -> Result<&'a Map<String, Value>, Refusal> {
    let fields = match &ask.json {
        None if ask.body == crate::http::request::BodyKind::None => Some(empty),
        None => None,
        Some(value) => value.as_object(),
    };
    let known_only = |fields: &&Map<String, Value>| fields.keys().all(|name| known.contains(&name.as_str()));
    fields.filter(known_only).ok_or_else(|| Refusal::params("The request body is empty or incorrect"))
}

/// A whole number in a range, if it was given at all.
fn number(fields: &Map<String, Value>, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, Refusal> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    let number = value.as_u64().filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| Refusal::params(format!("Invalid {name}")))
}

/// Newest first.
fn public<'a>(world: &'a World, open_id: &str, at: Now) -> Vec<(&'a Task, &'a Posting)> {
    let theirs = world.tiktok.tasks.values().filter(|task| task.open_id == open_id);
    let mut found: Vec<_> = theirs.flat_map(|task| task.postings.iter().map(move |posting| (task, posting))).collect();
    found.retain(|(_, posting)| posting.at <= at && posting.is_public(at));
    found.sort_by_key(|(_, posting)| (std::cmp::Reverse(posting.at), std::cmp::Reverse(posting.id)));
    found
}

fn video(world: &World, task: &Task, posting: &Posting, fields: &[&str]) -> Value {
    let username = world.tiktok.creators.get(&task.open_id).map_or("", |creator| creator.username.as_str());
    let cut = |text: &str| text.chars().take(CUT).collect::<String>();
    let caption = if task.form.is_photos() { &task.info.description } else { &task.info.title };
    let (seconds, width, height) = task.done.as_ref().map_or((0, 0, 0), |done| (done.seconds, done.width, done.height));
    let mut video = Map::new();
    for field in fields {
        let value = match *field {
            "id" => json!(posting.id.to_string()),
            "create_time" => json!(posting.at.timestamp()),
            "cover_image_url" => json!(world.avatar_url(&posting.id.to_string())),
            "share_url" => json!(world.tiktok_link(username, task.form, posting.id)),
            "video_description" => json!(cut(caption)),
            "title" => json!(cut(&task.info.title)),
            "duration" => json!(seconds),
            "width" => json!(width),
            "height" => json!(height),
            "embed_link" => json!(format!("{}/p/tiktok/embed/{}", world.base, posting.id)),
            "embed_html" => json!(format!("<blockquote class=\"tiktok-embed\" data-video-id=\"{}\"></blockquote>", posting.id)),
            _ => json!(0),
        };
        video.insert((*field).to_owned(), value);
    }
    Value::Object(video)
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.list"], Some(("video_list", 600)))?;
    let fields = wanted(ask)?;
    let empty = Map::new();
    let given = body(ask, &["max_count", "cursor"], &empty)?;
    let count = number(given, "max_count", 1..=MOST)?.unwrap_or(10);
    let cursor = number(given, "cursor", 0..=u64::MAX)?;
    let older = |posting: &Posting| cursor.is_none_or(|cursor| u64::try_from(posting.at.timestamp_millis()).is_ok_and(|at| at < cursor));
    let mut found = public(world, &token.account, world.seen_at(now));
    found.retain(|(_, posting)| older(posting));
    let shown = usize::try_from(count).unwrap_or(usize::MAX).min(found.len());
    let has_more = found.len() > shown;
    found.truncate(shown);
    let last = found.last().map_or_else(|| now.timestamp_millis(), |(_, posting)| posting.at.timestamp_millis());
    let videos: Vec<Value> = found.iter().map(|(task, posting)| video(world, task, posting, &fields)).collect();
    Ok(json!({"videos": videos, "cursor": last, "has_more": has_more}))
}

pub fn query(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.list"], Some(("video_query", 600)))?;
    let fields = wanted(ask)?;
    let empty = Map::new();
    let given = body(ask, &["filters"], &empty)?;
    let ids = given.get("filters").and_then(Value::as_object).filter(|filters| filters.len() == 1).and_then(|filters| filters.get("video_ids"));
    let ids: Option<Vec<&str>> = ids.and_then(Value::as_array).and_then(|ids| ids.iter().map(Value::as_str).collect());
    let Some(ids) = ids.filter(|ids| !ids.is_empty() && ids.len() <= 20) else {
        return Err(Refusal::params("Invalid filters"));
    };
    let found = public(world, &token.account, world.seen_at(now));
    let asked = found.iter().filter(|(_, posting)| ids.contains(&posting.id.to_string().as_str()));
    let videos: Vec<Value> = asked.map(|(task, posting)| video(world, task, posting, &fields)).collect();
    Ok(json!({"videos": videos}))
}
