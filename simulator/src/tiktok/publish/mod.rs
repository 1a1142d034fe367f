//! The Content Posting API: inits, status, cancel.
//!
//! Always true: checks come in the order token, scope, rate, shape of the body, source, ownership of URLs, privacy, audit, users of
//! the day, ban, posts or drafts of the day; only what passes all of them makes a task.

mod allowed;
mod body;
mod chunks;
mod photos;
mod source;
mod status;
mod video;

pub use allowed::cannot_post;
pub use photos::init as photos;
pub use status::{cancel, status};
pub use video::{direct, inbox};

use serde_json::Value;

use crate::{
    http::request::Ask,
    world::{
        Now, World,
        tiktok::{Errand, Form, PostInfo, Source, Task},
    },
};

/// The name of an init follows from its body: one that has media pulled makes something visible by itself.
pub fn name_of_init(ask: &Ask, uploads: &'static str, pulls: &'static str) -> &'static str {
    let source = ask.json.as_ref().and_then(|body| body.get("source_info")?.get("source")?.as_str());
    if source == Some("PULL_FROM_URL") { pulls } else { uploads }
}

pub fn name_of_photos(ask: &Ask) -> &'static str {
    let mode = ask.json.as_ref().and_then(|body| body.get("post_mode")?.as_str());
    if mode == Some("MEDIA_UPLOAD") { "tiktok.draft_photos_init" } else { "tiktok.photos_init" }
}

/// Makes the task, and sends somebody for its media if they are to be pulled. The publish id.
fn begin(world: &mut World, open_id: &str, form: Form, info: PostInfo, source: Source, now: Now) -> String {
    let digits = world.id(7_400_000_000_000_000_000);
    let prefix = match (form, &source) {
        (Form::Photos | Form::DraftPhotos, _) => "p_pub_url~v2.",
        (Form::Video, Source::Upload(_)) => "v_pub_file~v2-1.",
        (Form::Video, Source::Pull(_)) => "v_pub_url~v2-1.",
        (Form::DraftVideo, Source::Upload(_)) => "v_inbox_file~v2.",
        (Form::DraftVideo, Source::Pull(_)) => "v_inbox_url~v2.",
    };
    let publish_id = format!("{prefix}{digits}");
    if let Source::Pull(pull) = &source {
        let addresses = pull.urls.iter().map(|url| super::property::reach(&world.settings.tiktok, url)).collect();
        world.tiktok.errands.push(Errand { publish_id: publish_id.clone(), photos: form.is_photos(), addresses });
    }
    let task = Task {
        publish_id: publish_id.clone(),
        open_id: open_id.to_owned(),
        form,
        info,
        source,
        created: now,
        done: None,
        stopped: None,
        postings: Vec::new(),
        discarded: None,
    };
    world.tiktok.tasks.insert(publish_id.clone(), task);
    publish_id
}

/// The only field of a body that names a post.
fn publish_id(ask: &Ask) -> Option<&str> {
    let fields = ask.json.as_ref().and_then(Value::as_object).filter(|fields| fields.len() == 1)?;
    fields.get("publish_id").and_then(Value::as_str)
}
