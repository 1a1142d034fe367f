//! `video/init` (direct post) and `inbox/video/init` (draft).
//!
//! Always true: an init makes a task and nothing else; nothing is posted before the last byte. Unknown fields are refused here,
//! because TikTok drops them without a word.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{admit, chunks, error::Refusal};
use crate::{
    http::request::Ask,
    world::{
        Now, World,
        sink::SharedSink,
        tiktok::{Creator, Task},
        token::DAY,
    },
};

const POST_FIELDS: &[&str] = &[
    "privacy_level",
    "title",
    "disable_duet",
    "disable_stitch",
    "disable_comment",
    "video_cover_timestamp_ms",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
];
const POSTS_PER_DAY: usize = 15;
const DRAFTS_PER_DAY: usize = 5;
const USERS_PER_DAY_UNAUDITED: usize = 5;
const TITLE_UNITS: usize = 2_200;

fn only<'a>(value: Option<&'a Value>, known: &[&str], what: &str) -> Result<&'a Map<String, Value>, Refusal> {
    let incorrect = || Refusal::params(format!("The request {what} is empty or incorrect"));
    let fields = value.and_then(Value::as_object).filter(|fields| !fields.is_empty()).ok_or_else(incorrect)?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(foreign) => Err(Refusal::params(format!("The request {what} has the unknown field {foreign}"))),
        None => Ok(fields),
    }
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match fields.get(name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(Refusal::params("The request post info is empty or incorrect")),
    }
}

struct Source {
    size: u64,
    chunk: u64,
    count: u64,
}

fn source(fields: &Map<String, Value>) -> Result<Source, Refusal> {
    match fields.get("source").and_then(Value::as_str) {
        Some("FILE_UPLOAD") => {}
        Some("PULL_FROM_URL") => {
            return Err(Refusal::new(403, "url_ownership_unverified", "Please review our URL ownership verification rules."));
        }
        _ => {
            return Err(Refusal::params("The request source info is empty or incorrect"));
        }
    }
    let number = |name: &str| fields.get(name).and_then(Value::as_u64).ok_or_else(|| Refusal::params("The request source info is empty or incorrect"));
    let source = Source { size: number("video_size")?, chunk: number("chunk_size")?, count: number("total_chunk_count")? };
    if fields.contains_key("video_url") {
        return Err(Refusal::params("The request source info is empty or incorrect"));
    }
    chunks::check(source.size, source.chunk, source.count)?;
    Ok(source)
}

const SOURCE_FIELDS: &[&str] = &["source", "video_size", "chunk_size", "total_chunk_count", "video_url"];

pub fn direct(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.publish"], ("video_init", 6))?;
    let body = only(ask.json.as_ref(), &["post_info", "source_info"], "body")?;
    let post = only(body.get("post_info"), POST_FIELDS, "post info")?;
    let source_fields = only(body.get("source_info"), SOURCE_FIELDS, "source info")?;
    let title = match post.get("title") {
        None => "",
        Some(title) => title.as_str().ok_or_else(|| Refusal::params("The request post info is empty or incorrect"))?,
    };
    if title.encode_utf16().count() > TITLE_UNITS {
        return Err(Refusal::params("The title is too long"));
    }
    for name in ["disable_duet", "disable_stitch", "disable_comment", "brand_organic_toggle", "is_aigc"] {
        flag(post, name)?;
    }
    let privacy = post.get("privacy_level").and_then(Value::as_str).unwrap_or("");
    if flag(post, "brand_content_toggle")? && privacy == "SELF_ONLY" {
        return Err(Refusal::params("Branded content visibility cannot be set to private"));
    }
    if post.get("video_cover_timestamp_ms").is_some_and(|cover| cover.as_i64().is_none_or(|ms| i32::try_from(ms).is_err())) {
        return Err(Refusal::params("The request post info is empty or incorrect"));
    }
    let source = source(source_fields)?;
    let Some(creator) = world.tiktok.creators.get(&token.account).cloned() else {
        return Err(Refusal::new(401, "access_token_invalid", "The user is gone."));
    };
    if !creator.privacy_options().contains(&privacy) {
        return Err(Refusal::guidelines("privacy_level_option_mismatch"));
    }
    if !world.settings.audited && (!creator.private || privacy != "SELF_ONLY") {
        return Err(Refusal::guidelines("unaudited_client_can_only_post_to_private_accounts"));
    }
    if let Some(code) = cannot_post(world, &creator, now) {
        return Err(Refusal::guidelines(code));
    }
    let (title, privacy) = (title.to_owned(), privacy.to_owned());
    Ok(begin(world, &creator.open_id, true, title, privacy, &source, now))
}

pub fn inbox(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.upload"], ("inbox_init", 6))?;
    let body = only(ask.json.as_ref(), &["source_info"], "body")?;
    let source = source(only(body.get("source_info"), SOURCE_FIELDS, "source info")?)?;
    let banned = world.tiktok.creators.get(&token.account).is_some_and(|creator| creator.banned);
    if banned {
        return Err(Refusal::guidelines("spam_risk_user_banned_from_posting"));
    }
    let drafts = world.tiktok.recent(&token.account, now).filter(|task| !task.direct && task.done.is_some()).count();
    if world.settings.quotas && drafts >= DRAFTS_PER_DAY {
        return Err(Refusal::guidelines("spam_risk_too_many_pending_share"));
    }
    Ok(begin(world, &token.account, false, String::new(), String::new(), &source, now))
}

/// Why this creator cannot post directly now. Users first, then ban, then the day's posts.
pub fn cannot_post(world: &World, creator: &Creator, now: Now) -> Option<&'static str> {
    if world.settings.quotas && !world.settings.audited {
        let recent = world.tiktok.tasks.values().filter(|task| task.direct && task.done.is_some() && task.created + DAY > now);
        let others: BTreeSet<&str> = recent.map(|task| task.open_id.as_str()).filter(|id| *id != creator.open_id).collect();
        if others.len() >= USERS_PER_DAY_UNAUDITED {
            return Some("reached_active_user_cap");
        }
    }
    if creator.banned {
        return Some("spam_risk_user_banned_from_posting");
    }
    let posts = world.tiktok.recent(&creator.open_id, now).filter(|task| task.direct && task.done.is_some()).count();
    (world.settings.quotas && posts >= POSTS_PER_DAY).then_some("spam_risk_too_many_posts")
}

fn begin(world: &mut World, open_id: &str, direct: bool, title: String, privacy: String, source: &Source, now: Now) -> Value {
    let digits = world.id(7_400_000_000_000_000_000);
    let publish_id = if direct { format!("v_pub_file~v2-1.{digits}") } else { format!("v_inbox_file~v2.{digits}") };
    let (upload_id, upload_token) = (world.id(7_300_000_000_000_000_000), world.mystery(36));
    let upload_url = format!("{}/tiktok/upload/video/?upload_id={upload_id}&upload_token={upload_token}", world.base);
    let task = Task {
        publish_id: publish_id.clone(),
        open_id: open_id.to_owned(),
        direct,
        title,
        privacy,
        size: source.size,
        chunk_size: source.chunk,
        chunks: source.count,
        upload_token,
        created: now,
        sink: SharedSink::default(),
        received: 0,
        done: None,
    };
    world.tiktok.uploads.insert(upload_id, publish_id.clone());
    world.tiktok.tasks.insert(publish_id.clone(), task);
    json!({"publish_id": publish_id, "upload_url": upload_url})
}
