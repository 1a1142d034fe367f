//! Reading: the account, and its containers.
//!
//! Always true: reads see the world as it was `read_lag` ago, and of containers what was `instagram.status_lag` ago; an object of an account that the
//! token does not reach is 100/33.

use serde_json::{Value, json};

use super::{Need, reach, reach_through};
use crate::{
    clock::delta,
    graph::{auth::authenticate, error::GraphError, fields::pick, put},
    http::request::Ask,
    world::{
        Now, World,
        instagram::{Account, Container, Status},
        sink::SharedSink,
    },
};

fn profile(world: &World, account: &Account, own_host: bool) -> Value {
    let published = world.instagram.posts_of(&account.id).filter(|media| !media.content.kind.is_story()).count();
    let mut node = json!({
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "profile_picture_url": world.avatar_url(&account.id),
        "biography": "Lives in a simulation.",
        "website": null,
        "followers_count": 12,
        "follows_count": 7,
        "media_count": published,
    });
    if own_host {
        put(&mut node, "user_id", json!(account.id));
        put(&mut node, "account_type", json!(account.account_type));
    } else {
        put(&mut node, "ig_id", json!(account.id.trim_start_matches("178414")));
    }
    node
}

/// Instagram Login: `id` is the app-scoped one, `user_id` the one that publishing uses.
pub fn me(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let account = world.instagram.accounts.get(&auth.token.account).ok_or_else(|| GraphError::unseen("me"))?;
    let mut node = profile(world, account, true);
    put(&mut node, "id", json!(account.app_scoped));
    let picked = pick(node, ask.params.get("fields"), &[])?;
    Ok(if world.settings.instagram_token_wrapper { json!({"data": [picked]}) } else { picked })
}

pub fn user(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let (_, account) = reach(world, ask, now, ask.at(0), Need::Read)?;
    pick(profile(world, &account, ask.is_instagram_host()), ask.params.get("fields"), &[])
}

pub fn container(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let container = world.instagram.containers.get(ask.at(0)).cloned().ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    reach_through(world, ask, now, &container.account, Need::Status)?;
    let seen = world.seen_at(now).min(now - delta(world.settings.instagram.status_lag));
    let status = container.status(now, seen);
    let (code, text) = match status {
        Status::InProgress => ("IN_PROGRESS", "In progress: Media is still being processed.".to_owned()),
        Status::Finished => ("FINISHED", "Finished: Media has been uploaded and it is ready to be published.".to_owned()),
        Status::Error(subcode) => ("ERROR", format!("Error: Media upload has failed with error code {subcode}")),
        Status::Expired => ("EXPIRED", "Expired: Media was not published within 24 hours.".to_owned()),
        Status::Published => ("PUBLISHED", "Published: Media has been published.".to_owned()),
    };
    let hidden = world.settings.missing_status_code && matches!(status, Status::Error(_));
    let node = json!({
        "id": container.id,
        "status_code": if hidden { Value::Null } else { json!(code) },
        "status": text,
        "copyright_check_status": {"matches_found": false, "status": if container.processed.is_some() { "completed" } else { "not_started" }},
        "video_status": video_status(&container, now, world.settings.phases_say_completed),
    });
    pick(node, ask.params.get("fields"), &[])
}

/// Only resumable containers have phases.
fn video_status(container: &Container, now: Now, long_word: bool) -> Value {
    if !container.resumable {
        return Value::Null;
    }
    let complete = if long_word { "completed" } else { "complete" };
    let length = SharedSink::lock(&container.sink).length();
    let uploading = match (container.processed, length) {
        (Some(_), _) => complete,
        (None, 0) => "not_started",
        (None, _) => "in_progress",
    };
    let processing = match container.processed {
        Some(_) if container.failure.is_some() => "error",
        Some(at) if at <= now => complete,
        Some(_) => "in_progress",
        None => "not_started",
    };
    json!({
        "uploading_phase": {"status": uploading, "bytes_transfered": length, "source_file_size": container.size},
        "processing_phase": {"status": processing},
    })
}
