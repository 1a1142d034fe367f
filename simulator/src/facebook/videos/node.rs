//! `/{video}`: what a video's status says, its covers, and who is invited to it.
//!
//! Always true: what happened later than reads have seen has not happened for them, except that bytes are counted at once.

use serde_json::{Value, json};

use crate::{
    clock::delta,
    facebook::switches::SpecErrors,
    graph::{
        auth::{authenticate, page_content, page_write},
        error::GraphError,
        fields::pick,
        list, time,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Failure, Thumbnail, Video},
        image,
        sink::sha256_hex,
        token::DAY,
    },
};

const INVITATIONS_PER_DAY: usize = 10;

fn find<'a>(world: &'a World, ask: &Ask) -> Result<&'a Video, GraphError> {
    world.facebook.videos.get(ask.at(0)).ok_or_else(|| GraphError::unseen(ask.at(0)))
}

pub fn status(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let video = find(world, ask)?;
    page_content(world, &auth, &video.page)?;
    pick(node(world, video, now), ask.params.get("fields"), &["description", "updated_time"])
}

pub fn node(world: &World, video: &Video, now: Now) -> Value {
    let seen = world.seen_at(now);
    let finish = video.finish.as_ref().filter(|finish| finish.at <= seen);
    let live = video.live_since().filter(|at| *at <= seen);
    let title = finish.map(|finish| finish.title.as_str()).filter(|title| !title.is_empty());
    let post_id = live.filter(|at| *at + delta(world.settings.facebook.post_id_after) <= seen).and(finish).map(|finish| &finish.post_id);
    let link = live.map(|_| match world.settings.facebook.relative_permalinks {
        true => format!("/{}/videos/{}/", video.page, video.id),
        false => world.facebook_link(&video.id),
    });
    json!({
        "id": video.id,
        "status": status_of(world, video, now),
        "published": live.is_some(),
        "post_id": post_id,
        "permalink_url": link,
        "description": finish.map(|finish| &finish.description),
        "title": title,
        "created_time": time(video.created),
        "updated_time": live.unwrap_or(video.created).timestamp(),
        "length": null,
        "copyright_check_information": copyright(world, video, seen),
    })
}

fn copyright(world: &World, video: &Video, seen: Now) -> Value {
    // Takes minutes, and nobody has to wait for it.
    let done = video.uploaded.as_ref().is_some_and(|uploaded| uploaded.processed + chrono::TimeDelta::minutes(3) <= seen);
    let complete = complete(world);
    json!({"status": {"status": if done { complete } else { "in_progress" }, "matches_found": false}})
}

fn complete(world: &World) -> &'static str {
    if world.settings.phases_say_completed { "completed" } else { "complete" }
}

fn status_of(world: &World, video: &Video, now: Now) -> Value {
    let seen = world.seen_at(now);
    let complete = complete(world);
    let bytes = video.sink.lock().length();
    let finish = video.finish.as_ref().filter(|finish| finish.at <= seen);
    let Some(uploaded) = &video.uploaded else {
        let word = if bytes == 0 { "not_started" } else { "in_progress" };
        return json!({
            "video_status": if video.expired(now) { "expired" } else { "uploading" },
            "uploading_phase": {"status": word, "bytes_transfered": bytes, "source_file_size": video.size},
            "processing_phase": {"status": "not_started"},
            "publishing_phase": {"status": "not_started"},
        });
    };
    let uploading = json!({"status": complete, "bytes_transfered": bytes, "source_file_size": video.size});
    let processed = uploaded.processed <= seen;
    if processed && !uploaded.failures.is_empty() {
        return failed(world, uploading, &uploaded.failures);
    }
    let publishing = match (finish.map(|finish| finish.live), video.live_since()) {
        (Some(Some(_)), Some(at)) if at <= seen => json!({"status": complete, "publish_status": "published", "publish_time": at.timestamp()}),
        (Some(Some(at)), _) if at > seen => json!({"status": complete, "publish_status": "scheduled", "publish_time": at.timestamp()}),
        (Some(Some(_)), _) => json!({"status": "in_progress"}),
        (Some(None), _) => json!({"status": complete, "publish_status": "draft"}),
        (None, _) => json!({"status": "not_started"}),
    };
    let status = match (processed, finish.is_some()) {
        (true, true) => "ready",
        (true, false) => "upload_complete",
        (false, _) => "processing",
    };
    json!({
        "video_status": status,
        "processing_progress": if processed { 100 } else { 50 },
        "uploading_phase": uploading,
        "processing_phase": {"status": if processed { complete } else { "in_progress" }},
        "publishing_phase": publishing,
    })
}

fn failed(world: &World, uploading: Value, failures: &[Failure]) -> Value {
    let publishing = json!({"status": "not_started"});
    if world.settings.facebook.spec_errors == SpecErrors::QuietPhase {
        let message = failures.first().map(|failure| failure.message.as_str());
        return json!({"video_status": "processing", "uploading_phase": uploading,
            "processing_phase": {"status": "not_started", "error": {"message": message}}, "publishing_phase": publishing});
    }
    let errors: Vec<Value> = failures.iter().map(|failure| json!({"code": failure.code, "message": failure.message})).collect();
    json!({"video_status": "error", "uploading_phase": uploading, "processing_phase": {"status": "error", "errors": errors},
        "publishing_phase": publishing})
}

pub fn add_thumbnail(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = find(world, ask)?.page.clone();
    page_write(world, &auth, &page)?;
    let preferred = super::super::terms::flag(ask, "is_preferred", false)?;
    let bytes = &ask.files.first().ok_or_else(|| GraphError::missing("source"))?.bytes;
    let thumbnail = thumbnail(world, bytes, preferred)?;
    let Some(video) = world.facebook.videos.get_mut(ask.at(0)) else {
        return Err(GraphError::unseen(ask.at(0)));
    };
    video.thumbnails.iter_mut().for_each(|other| other.preferred &= !preferred);
    video.thumbnails.push(thumbnail);
    Ok(json!({"success": true}))
}

pub fn thumbnail(world: &mut World, bytes: &[u8], preferred: bool) -> Result<Thumbnail, GraphError> {
    let known = image::picture(bytes).is_some_and(|picture| matches!(picture.kind, "jpeg" | "png"));
    if !known || bytes.len() > 10 << 20 {
        return Err(GraphError::new(324, "(#324) Missing or invalid image file"));
    }
    let sha256 = sha256_hex(bytes);
    world.gallery.keep(&sha256, vec![bytes.into()]);
    Ok(Thumbnail { id: world.id(122_800_000_000_000), sha256, preferred })
}

pub fn thumbnails(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let video = find(world, ask)?;
    page_content(world, &auth, &video.page)?;
    let nodes = video.thumbnails.iter().map(|thumbnail| {
        json!({"id": thumbnail.id, "is_preferred": thumbnail.preferred, "uri": world.avatar_url(&thumbnail.id), "width": 1080, "height": 1920, "name": ""})
    });
    list::page(world, ask, nodes.collect(), &["is_preferred", "uri", "width", "height", "name"])
}

pub fn collaborate(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = find(world, ask)?.page.clone();
    page_write(world, &auth, &page)?;
    let target = ask.params.get("target_id").ok_or_else(|| GraphError::missing("target_id"))?.to_owned();
    if target == page || !world.facebook.pages.contains_key(&target) {
        return Err(GraphError::bad("param target_id must be the id of another Page"));
    }
    let own = world.facebook.videos.values().filter(|video| video.page == page);
    let recent = own.flat_map(|video| &video.collaborators).filter(|(_, at)| *at + DAY > now).count();
    if world.settings.quotas && recent >= INVITATIONS_PER_DAY {
        return Err(GraphError::new(368, "(#368) There have been too many collaborator invitations of this Page in the last 24 hours"));
    }
    if let Some(video) = world.facebook.videos.get_mut(ask.at(0)) {
        video.collaborators.push((target, now));
    }
    Ok(json!({"success": true}))
}
