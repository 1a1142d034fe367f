//! How far a post has come, and stopping a download.
//!
//! Always true: a publish id is known to its own user only. A cancelled download becomes FAILED and never a post.

use serde_json::{Value, json};

use super::publish_id;
use crate::{
    clock::delta,
    http::request::Ask,
    tiktok::{admit, error::Refusal, property},
    world::{
        Now, World,
        tiktok::{Source, Stage, Task},
    },
};

const EITHER: &[&str] = &["video.upload", "video.publish"];

/// The task that the body names, if it belongs to the token's user.
fn task<'a>(world: &'a World, ask: &Ask, open_id: &str, seen_at: Now) -> Result<&'a Task, Refusal> {
    let Some(publish_id) = publish_id(ask) else {
        return Err(Refusal::params("The request body is empty or incorrect"));
    };
    let known = world.tiktok.tasks.get(publish_id).filter(|task| task.created <= seen_at);
    let task = known.ok_or_else(|| Refusal::new(400, "invalid_publish_id", "The publish_id does not exist."))?;
    if task.open_id != open_id {
        let message = "The access token is not authorized for the specified publish_id.";
        return Err(Refusal::new(400, "token_not_authorized_for_specified_publish_id", message));
    }
    Ok(task)
}

pub fn status(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, EITHER, Some(("status", 30)))?;
    let settings = &world.settings.tiktok;
    let task = task(world, ask, &token.account, now - delta(settings.publish_id_lag))?;
    let (doing, count, bytes) = match &task.source {
        Source::Upload(upload) => ("PROCESSING_UPLOAD", "uploaded_bytes", upload.received),
        Source::Pull(pull) => ("PROCESSING_DOWNLOAD", "downloaded_bytes", pull.downloaded),
    };
    let stage = task.stage(world.seen_at(now));
    let data = match &stage {
        Stage::Processing if settings.bare_processing => json!({"status": "PROCESSING"}),
        Stage::Uploading | Stage::Downloading | Stage::Processing => json!({"status": doing}),
        Stage::Failed(reason) => return Ok(json!({"status": "FAILED", "fail_reason": reason})),
        Stage::Inbox => json!({"status": "SEND_TO_USER_INBOX"}),
        Stage::Published { ids } => json!({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids}),
    };
    let Value::Object(mut fields) = data else {
        return Ok(data);
    };
    if !settings.status_only {
        fields.insert(count.into(), json!(if stage == Stage::Downloading { 0 } else { bytes }));
    } else if matches!(&stage, Stage::Published { ids } if ids.is_empty()) {
        fields.remove("publicaly_available_post_id");
    }
    Ok(Value::Object(fields))
}

pub fn cancel(world: &mut World, ask: &Ask, now: Now) -> Result<Value, Refusal> {
    let token = admit(world, ask, now, EITHER, None)?;
    let task = task(world, ask, &token.account, now - delta(world.settings.tiktok.publish_id_lag))?;
    if let Source::Pull(pull) = &task.source
        && !pull.urls.iter().all(|url| property::owned(&world.settings.tiktok, url))
    {
        return Err(Refusal::unowned());
    }
    let publish_id = task.publish_id.clone();
    if !world.cancellable(&publish_id, now) || !world.stop_task(&publish_id, "publish_cancelled", now) {
        return Err(Refusal::new(400, "publish_not_cancellable", "The post cannot be cancelled any more."));
    }
    Ok(Value::Null)
}
