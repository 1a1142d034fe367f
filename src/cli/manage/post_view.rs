//! A post as text and as the API's JSON.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::post::zone_of;
use crate::actions::posts::View;
use crate::app::App;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, plain, shortened, table, utc, utc_option};
use crate::ids::AccountId;
use crate::model::attempt::{self, Attempt};
use crate::model::job::{Job, JobState};
use crate::model::post::Status;
use crate::model::workspace::Workspace;

pub(super) fn list(app: &App, workspace: &Workspace, views: &[View]) -> Output {
    let rows = views.iter().map(|view| {
        let at = view.post.scheduled_at.map(|at| local(app, &workspace.time_zone, at)).unwrap_or_default();
        let accounts: Vec<String> = view.jobs.iter().map(|job| format!("{} {}", job.platform.name(), job.account_id)).collect();
        vec![view.post.id.to_string(), view.status().as_str().to_owned(), at, accounts.join(", "), shortened(&view.post.caption, 40)]
    });
    let time = format!("time ({})", workspace.time_zone);
    Output::list(&["id", "status", &time, "accounts", "caption"], rows.collect(), views.iter().map(|view| post(view, &|job| job_json(job))).collect())
}

pub(super) fn one(app: &App, view: &View) -> Result<Output, Failure> {
    let zone = zone_of(app, view.post.workspace_id)?;
    let mut text = format!("{}  {}\n", view.post.id, view.status().as_str());
    if let Some(at) = view.post.scheduled_at {
        text.push_str(&format!("time     {} ({zone})\n", local(app, &zone, at)));
    }
    for line in view.post.caption.lines() {
        text.push_str(&format!("caption  {}\n", plain(line)));
    }
    for media in &view.media {
        text.push_str(&format!("media    {}  {}  {} ({})\n", media.id, plain(&media.file_name), bytesize::ByteSize(media.bytes), media.state));
    }
    let attempts = attempts(app, view)?;
    for (job, attempts) in view.jobs.iter().zip(&attempts) {
        text.push_str(&job_text(app, &zone, job, attempts));
    }
    Ok(Output::new(text, json(app, view)?))
}

fn job_text(app: &App, zone: &str, job: &Job, attempts: &[Attempt]) -> String {
    let mut text = format!("\n{}  {} {} as {}: {}", job.id, job.platform.name(), job.account_id, job.kind.name(), job.state.as_str());
    if let Some(held_by) = &job.held_by {
        text.push_str(&format!(", held by {held_by}"));
    }
    text.push('\n');
    if let Some(link) = &job.permalink {
        text.push_str(&format!("  {}\n", plain(link)));
    }
    if let Some(error) = &job.last_error {
        let trace = error.trace_id.as_ref().map(|id| format!(", trace {id}")).unwrap_or_default();
        text.push_str(&format!("  {} {} ({}{})\n", plain(&error.message), plain(&error.remedy), plain(&error.code), plain(&trace)));
    }
    if let Some(next) = job.next_at.filter(|_| job.state.is_live()) {
        text.push_str(&format!("  looked at next: {}\n", local(app, zone, next)));
    }
    if !attempts.is_empty() {
        let rows = attempts.iter().map(|attempt| {
            let code = attempt.code.clone().unwrap_or_default();
            vec![seconds(app, zone, attempt.started_at), attempt.step.clone(), attempt.outcome.clone().unwrap_or_else(|| "running".to_owned()), code]
        });
        text.push_str(&table(&["time", "step", "outcome", "code"], rows.collect()));
    }
    text
}

fn attempts(app: &App, view: &View) -> Result<Vec<Vec<Attempt>>, Failure> {
    Ok(app.db.read(|db| view.jobs.iter().map(|job| attempt::of_job(db, job.id)).collect::<rusqlite::Result<_>>())?)
}

/// The post with its jobs and their attempts.
pub(super) fn json(app: &App, view: &View) -> Result<Value, Failure> {
    let attempts = attempts(app, view)?;
    let attempts_of = |job: &Job| view.jobs.iter().position(|other| other.id == job.id).and_then(|i| attempts.get(i)).map(Vec::as_slice).unwrap_or_default();
    Ok(post(view, &|job| {
        let mut value = job_json(job);
        if let Value::Object(fields) = &mut value {
            fields.insert("attempts".to_owned(), attempts_of(job).iter().map(attempt_json).collect());
        }
        value
    }))
}

fn post(view: &View, job: &dyn Fn(&Job) -> Value) -> Value {
    let schedule = view.post.scheduled_at.map_or_else(|| json!({ "draft": true }), |at| json!({ "at": utc(at) }));
    let target = |job: &Job| json!({ "account_id": job.account_id, "kind": job.kind, "caption": job.caption, "options": job.options });
    json!({
        "id": view.post.id, "status": view.status().as_str(), "caption": view.post.caption,
        "media": view.media.iter().map(|media| media.id).collect::<Vec<_>>(), "schedule": schedule,
        "targets": view.jobs.iter().map(target).collect::<Vec<_>>(),
        "scheduled_at": utc_option(view.post.scheduled_at), "created_at": utc(view.post.created_at),
        "jobs": view.jobs.iter().map(job).collect::<Vec<_>>(),
    })
}

fn job_json(job: &Job) -> Value {
    json!({
        "id": job.id, "account_id": job.account_id, "platform": job.platform, "kind": job.kind, "state": job.state.as_str(), "held_by": job.held_by,
        "publish_at": utc_option(job.publish_at), "published_at": utc_option(job.published_at), "remote_id": job.remote_id, "permalink": job.permalink,
        "tries": job.tries, "next_at": utc_option(job.next_at), "error": job.last_error,
    })
}

fn attempt_json(attempt: &Attempt) -> Value {
    json!({
        "id": attempt.id, "step": attempt.step, "started_at": utc(attempt.started_at), "finished_at": utc_option(attempt.finished_at),
        "outcome": attempt.outcome, "code": attempt.code, "message": attempt.message, "trace_id": attempt.trace_id, "http_status": attempt.http_status,
    })
}

/// What will happen with a new post, in a sentence.
pub(super) fn promise(app: &App, workspace: &Workspace, view: &View) -> String {
    let accounts: Vec<AccountId> = view.jobs.iter().map(|job| job.account_id).collect();
    let accounts = accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let held = view.jobs.iter().any(|job| job.held_by.is_some() && job.state != JobState::Draft);
    let waits = if held { "; an account has to be connected again first" } else { "" };
    match (view.status(), view.post.scheduled_at) {
        (Status::Draft, _) | (_, None) => "kept as a draft".to_owned(),
        (_, Some(at)) => {
            format!("goes out to {accounts} on {} ({}){waits}; the running server publishes it", local(app, &workspace.time_zone, at), workspace.time_zone)
        }
    }
}

fn local(app: &App, zone: &str, at: DateTime<Utc>) -> String {
    app.zones.local(zone, at).format("%Y-%m-%d %H:%M").to_string()
}

fn seconds(app: &App, zone: &str, at: DateTime<Utc>) -> String {
    app.zones.local(zone, at).format("%Y-%m-%d %H:%M:%S").to_string()
}
