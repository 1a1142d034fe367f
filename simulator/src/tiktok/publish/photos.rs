//! `content/init`: photos, as a post or as a draft.
//!
//! Always true: photos are pulled and never uploaded, so this call may make a post by itself. Fields that only a direct post has are
//! refused in a draft.

use serde_json::{Value, json};

use super::{allowed, begin, body, source};
use crate::{
    http::request::Ask,
    tiktok::{admit, error::Refusal},
    world::{
        Now, World,
        tiktok::{Form, PostInfo},
    },
};

const TOP: &[&str] = &["media_type", "post_mode", "post_info", "source_info", "is_aigc"];
const DIRECT_FIELDS: &[&str] = &["title", "description", "privacy_level", "disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle"];
const DRAFT_FIELDS: &[&str] = &["title", "description"];
/// What MEDIA_UPLOAD needs on the creator's phone.
const APP_VERSION: (u32, u32) = (31, 8);

pub fn init(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let draft = super::name_of_photos(ask) == "tiktok.draft_photos_init";
    let scope = if draft { "video.upload" } else { "video.publish" };
    let token = admit(world, ask, now, &[scope], Some(("content_init", 6)))?;
    let whole = body::only(world, ask.json.as_ref(), TOP, "body")?;
    let word = |name: &str| whole.get(name).and_then(Value::as_str).unwrap_or("");
    if word("media_type") != "PHOTO" || !matches!(word("post_mode"), "DIRECT_POST" | "MEDIA_UPLOAD") {
        return Err(Refusal::params("Invalid media_type or post_mode"));
    }
    let mut info = post_info(world, whole.get("post_info"), draft)?;
    info.is_aigc = body::flag(whole, "is_aigc")?;
    let (source, cover) = source::photos(world, ask)?;
    info.photo_cover_index = Some(cover);
    if draft {
        if world.tiktok.creators.get(&token.account).is_some_and(|creator| creator.app_version < APP_VERSION) {
            return Err(Refusal::new(400, "app_version_check_failed", "The TikTok app of the user must be 31.8 or later."));
        }
        allowed::draft(world, &token.account, now)?;
    } else {
        allowed::direct(world, &token.account, &info.privacy_level, now)?;
    }
    let form = if draft { Form::DraftPhotos } else { Form::Photos };
    Ok(json!({"publish_id": begin(world, &token.account, form, info, source, now)}))
}

fn post_info(world: &World, given: Option<&Value>, draft: bool) -> Result<PostInfo, Refusal> {
    // A draft has nothing that it needs.
    if draft && given.is_none_or(|given| given.as_object().is_some_and(serde_json::Map::is_empty)) {
        return Ok(PostInfo::default());
    }
    let fields = body::only(world, given, if draft { DRAFT_FIELDS } else { DIRECT_FIELDS }, "post info")?;
    let mut info = PostInfo {
        title: body::text(fields, "title", body::PHOTO_TITLE)?,
        description: body::text(fields, "description", body::DESCRIPTION)?,
        ..PostInfo::default()
    };
    if draft {
        return Ok(info);
    }
    info.privacy_level = fields.get("privacy_level").and_then(Value::as_str).unwrap_or("").to_owned();
    info.disable_comment = body::flag(fields, "disable_comment")?;
    info.auto_add_music = body::flag(fields, "auto_add_music")?;
    info.brand_content_toggle = body::flag(fields, "brand_content_toggle")?;
    info.brand_organic_toggle = body::flag(fields, "brand_organic_toggle")?;
    body::branding(info.brand_content_toggle, &info.privacy_level)?;
    Ok(info)
}
