//! Reading: who the user is, and what the creator may do.
//!
//! Always true: reading changes nothing but the rate windows.

use serde_json::{Map, Value, json};

use super::{admit, error::Refusal};
use crate::{
    http::request::Ask,
    world::{Now, World, tiktok::Creator},
};

const BASIC: &[&str] = &["open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"];
const PROFILE: &[&str] = &["bio_description", "profile_deep_link", "username", "is_verified"];
const STATS: &[&str] = &["follower_count", "following_count", "likes_count", "video_count"];

fn creator(world: &World, open_id: &str) -> Result<Creator, Refusal> {
    let gone = || Refusal::new(401, "access_token_invalid", "The user is gone.");
    world.tiktok.creators.get(open_id).cloned().ok_or_else(gone)
}

pub fn info(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["user.info.basic", "user.info.profile", "user.info.stats"], Some(("user_info", 600)))?;
    let fields = ask.params.text("fields");
    if fields.is_empty() {
        return Err(Refusal::params("The fields are required"));
    }
    let creator = creator(world, &token.account)?;
    let avatar = world.avatar_url(&creator.open_id);
    let mut user = Map::new();
    for field in fields.split(',').map(str::trim) {
        let scopes = [(BASIC, "user.info.basic"), (PROFILE, "user.info.profile"), (STATS, "user.info.stats")];
        let Some((_, scope)) = scopes.iter().find(|(known, _)| known.contains(&field)) else {
            return Err(Refusal::params(format!("Invalid fields: {field}")));
        };
        if !token.has(scope) {
            return Err(Refusal::new(400, "scope_permission_missed", "Additional scope permissions are needed for some of the fields."));
        }
        let value = match field {
            "open_id" => json!(creator.open_id),
            "union_id" => json!(creator.union_id),
            "display_name" => json!(creator.nickname),
            "username" => json!(creator.username),
            "is_verified" => json!(false),
            "bio_description" => json!("Lives in a simulation."),
            "profile_deep_link" => json!(format!("{}/tiktok/@{}", world.base, creator.username)),
            _ if field.starts_with("avatar") => json!(avatar),
            _ => json!(0),
        };
        user.insert(field.to_owned(), value);
    }
    Ok(json!({"user": user}))
}

pub fn creator_info(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, &["video.publish"], Some(("creator_info", 20)))?;
    let creator = creator(world, &token.account)?;
    // On purpose with 200: the creator cannot post now.
    if let Some(code) = super::publish::cannot_post(world, &creator, now) {
        return Err(Refusal::new(200, code, "The creator cannot make posts at the moment."));
    }
    Ok(json!({
        "creator_avatar_url": world.avatar_url(&creator.open_id),
        "creator_username": creator.username,
        "creator_nickname": creator.nickname,
        "privacy_level_options": creator.privacy_options(),
        "comment_disabled": creator.comment_disabled,
        "duet_disabled": creator.duet_disabled || creator.private,
        "stitch_disabled": creator.stitch_disabled || creator.private,
        "max_video_post_duration_sec": creator.max_seconds,
    }))
}
