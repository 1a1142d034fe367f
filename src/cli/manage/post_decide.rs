//! `pm3k post retry`, `publish-now`, `confirm` and `retry-comment`: what a person decides about a post that does not go its way by itself.

use serde_json::{Value, json};

use super::post::find;
use super::post_view;
use crate::actions::jobs::{self, Seen};
use crate::actions::{Actor, posts};
use crate::app::App;
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::ids::{JobId, PostId};
use crate::model::job::{self, Job};

pub(super) fn retry(context: &Context, id: PostId) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let post = find(&app, id)?;
    jobs::retry(&app, Actor::Cli, post.workspace_id, id, context.now())?;
    context.note(&format!("{id} is tried again; the running server publishes it"));
    status(&app, id)
}

pub(super) fn publish_now(context: &Context, id: PostId) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let post = find(&app, id)?;
    jobs::publish_now(&app, Actor::Cli, post.workspace_id, id, context.now())?;
    context.note(&format!("{id} is due now; the running server publishes it"));
    status(&app, id)
}

pub(super) fn confirm(context: &Context, id: JobId, there: bool, link: Option<String>) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let job = find_job(&app, id)?;
    let seen = if there { Seen::There { permalink: link } } else { Seen::NotThere };
    jobs::confirm(&app, Actor::Cli, job.workspace_id, id, &seen, context.now())?;
    context.note(&if there { format!("{id} is published") } else { format!("{id} is published again by the running server") });
    one(&app, &job)
}

pub(super) fn retry_comment(context: &Context, id: JobId) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let job = find_job(&app, id)?;
    jobs::retry_comment(&app, Actor::Cli, job.workspace_id, id, context.now())?;
    context.note(&format!("the first comment of {id} is tried again; the running server posts it"));
    one(&app, &job)
}

fn status(app: &App, id: PostId) -> Result<Output, Failure> {
    let view = posts::view(app, find(app, id)?.workspace_id, id)?;
    Ok(Output::new("", json!({ "id": id, "status": view.status().as_str() })))
}

/// The job as it is now.
fn one(app: &App, before: &Job) -> Result<Output, Failure> {
    let view = posts::view(app, before.workspace_id, before.post_id)?;
    let mut json = view.jobs.iter().find(|job| job.id == before.id).map(|job| post_view::job_json(&view, job)).unwrap_or_default();
    if let Value::Object(fields) = &mut json {
        fields.insert("post_id".to_owned(), json!(before.post_id));
    }
    Ok(Output::new("", json))
}

/// The job, in whichever workspace.
fn find_job(app: &App, id: JobId) -> Result<Job, Failure> {
    app.db.read(|db| job::get(db, id))?.ok_or_else(|| Failure::NotFound(format!("there is no job {id}; `pm3k post show` tells a post's jobs")))
}
