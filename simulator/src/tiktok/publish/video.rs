//! `video/init` (direct post) and `inbox/video/init` (draft).
//!
//! Always true: an init makes a task and nothing else. With a file nothing is posted before the last byte; with a URL TikTok goes on
//! by itself.

use serde_json::{Value, json};

use super::{allowed, begin, body, source};
use crate::{
    http::request::Ask,
    tiktok::{admit, error::Refusal},
    world::{
        Now, World,
        tiktok::{Form, PostInfo, Source},
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

pub fn direct(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.publish"], Some(("video_init", 6)))?;
    let whole = body::only(world, ask.json.as_ref(), &["post_info", "source_info"], "body")?;
    let info = post_info(world, whole.get("post_info"))?;
    let source = source::video(world, ask)?;
    allowed::direct(world, &token.account, &info.privacy_level, now)?;
    Ok(answer(world, &token.account, Form::Video, info, source, now))
}

fn post_info(world: &World, given: Option<&Value>) -> Result<PostInfo, Refusal> {
    let fields = body::only(world, given, POST_FIELDS, "post info")?;
    let cover = fields.get("video_cover_timestamp_ms");
    let cover_ms = cover.and_then(Value::as_i64);
    if cover.is_some() && cover_ms.is_none_or(|ms| i32::try_from(ms).is_err()) {
        return Err(Refusal::params("The request post info is empty or incorrect"));
    }
    let info = PostInfo {
        title: body::text(fields, "title", body::VIDEO_TITLE)?,
        privacy_level: fields.get("privacy_level").and_then(Value::as_str).unwrap_or("").to_owned(),
        disable_comment: body::flag(fields, "disable_comment")?,
        disable_duet: body::flag(fields, "disable_duet")?,
        disable_stitch: body::flag(fields, "disable_stitch")?,
        brand_content_toggle: body::flag(fields, "brand_content_toggle")?,
        brand_organic_toggle: body::flag(fields, "brand_organic_toggle")?,
        is_aigc: body::flag(fields, "is_aigc")?,
        video_cover_timestamp_ms: cover_ms,
        ..PostInfo::default()
    };
    body::branding(info.brand_content_toggle, &info.privacy_level)?;
    Ok(info)
}

pub fn inbox(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.upload"], Some(("inbox_init", 6)))?;
    body::only(world, ask.json.as_ref(), &["source_info"], "body")?;
    let source = source::video(world, ask)?;
    allowed::draft(world, &token.account, now)?;
    Ok(answer(world, &token.account, Form::DraftVideo, PostInfo::default(), source, now))
}

fn answer(world: &mut World, open_id: &str, form: Form, info: PostInfo, source: Source, now: Now) -> Value {
    let token = match &source {
        Source::Upload(upload) => Some(upload.token.clone()),
        Source::Pull(_) => None,
    };
    let publish_id = begin(world, open_id, form, info, source, now);
    let Some(upload_token) = token else {
        return json!({"publish_id": publish_id});
    };
    let upload_id = world.id(7_300_000_000_000_000_000);
    let upload_url = format!("{}/tiktok/upload/video/?upload_id={upload_id}&upload_token={upload_token}", world.base);
    world.tiktok.uploads.insert(upload_id, publish_id.clone());
    json!({"publish_id": publish_id, "upload_url": upload_url})
}
