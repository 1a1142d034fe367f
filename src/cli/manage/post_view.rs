//! A post as text and as the API's JSON.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::post::zone_of;
use super::post_check;
use crate::actions::posts::View;
use crate::app::App;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, plain, shortened, table, utc, utc_option};
use crate::ids::AccountId;
use crate::media::rendition::Recipe;
use crate::model::attempt::{self, Attempt};
use crate::model::comment::{Comment, CommentState};
use crate::model::job::{Job, JobState, LIMIT, LastError, NEEDS_RECONNECT};
use crate::model::media::rendition::{MEDIA, Rendition, State};
use crate::model::post::Status;
use crate::model::rehearsal::Rehearsal;
use crate::model::workspace::Workspace;
use crate::platform::{Finding, Verdict};
use crate::rehearsal;

pub(super) fn list(app: &App, workspace: &Workspace, views: &[View]) -> Output {
    let rows = views.iter().map(|view| {
        let at = view.post.scheduled_at.map(|at| local(app, &workspace.time_zone, at)).unwrap_or_default();
        let accounts: Vec<String> = view.jobs.iter().map(|job| format!("{} {}", job.platform.name(), job.account_id)).collect();
        vec![view.post.id.to_string(), view.status().as_str().to_owned(), at, accounts.join(", "), shortened(&view.post.caption, 40)]
    });
    let time = format!("time ({})", workspace.time_zone);
    Output::list(&["id", "status", &time, "accounts", "caption"], rows.collect(), views.iter().map(|view| post(view, &|job| job_json(view, job))).collect())
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
        text.push_str(&job_text(app, &zone, view, job, attempts));
    }
    Ok(Output::new(text, json(app, view)?))
}

fn job_text(app: &App, zone: &str, view: &View, job: &Job, attempts: &[Attempt]) -> String {
    let mut text = format!("\n{}  {} {} as {}: {}\n", job.id, job.platform.name(), job.account_id, job.kind.name(), job.state.as_str());
    if let Some(held_by) = job.held_by.as_deref().filter(|_| job.state.is_live()) {
        text.push_str(&format!("  waits: {}\n", plain(&held(held_by))));
    }
    for rendition in view.renditions(job.id) {
        text.push_str(&format!("  {}\n", rendition_text(rendition)));
    }
    if let Some(link) = &job.permalink {
        text.push_str(&format!("  {}\n", plain(link)));
    }
    if let Some(error) = &job.last_error {
        text.push_str(&format!("  {}\n", error_text(error)));
    }
    if job.state == JobState::Unconfirmed {
        text.push_str(&format!("  look at the account, then: pm3k post confirm {} --there, or --not-there to publish it again\n", job.id));
    }
    if let Some(next) = job.next_at.filter(|_| job.state.is_live()) {
        text.push_str(&format!("  looked at next: {}\n", local(app, zone, next)));
    }
    if let Some(comment) = view.comment(job.id) {
        text.push_str(&comment_text(comment));
    }
    if let Some(rehearsal) = view.rehearsal(job.id).filter(|_| job.published_at.is_none()) {
        text.push_str(&rehearsal_text(app, zone, rehearsal));
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

/// What `held_by` says, for a person.
/// `media_3: converted to JPEG (being made, 40 %)`.
fn rendition_text(rendition: &Rendition) -> String {
    let what = rendition.recipe.as_ref().map(Recipe::in_words).unwrap_or_default();
    let state = match rendition.state {
        State::Making => format!("being made, {} %", rendition.progress),
        State::Ready => bytesize::ByteSize(rendition.bytes).to_string(),
        state => state.as_str().to_owned(),
    };
    let trouble = rendition.error.as_ref().map(|trouble| format!(": {}", trouble.message)).unwrap_or_default();
    plain(&format!("{}: {what} ({state}){trouble}", rendition.media_id))
}

fn held(held_by: &str) -> String {
    match held_by.split_once(':') {
        None if held_by == NEEDS_RECONNECT => "the account has to be connected again; then it goes on by itself".to_owned(),
        None if held_by == MEDIA => "its files are still being converted for the platform; it goes on by itself".to_owned(),
        None if held_by == LIMIT => "the platform allows no more for now; it goes on by itself".to_owned(),
        Some((LIMIT, name)) => format!("a limit of the platform would be passed ({name}); it goes on by itself"),
        _ => held_by.to_owned(),
    }
}

fn error_text(error: &LastError) -> String {
    let trace = error.trace_id.as_ref().map(|id| format!(", trace {id}")).unwrap_or_default();
    let sentences = [error.message.as_str(), error.remedy.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    plain(&format!("{sentences} ({}{trace})", error.code))
}

fn comment_text(comment: &Comment) -> String {
    let mut text = format!("  first comment {}: {}\n", comment.state.as_str(), plain(&shortened(&comment.text, 80)));
    if let Some(error) = &comment.last_error {
        text.push_str(&format!("    {}\n", error_text(error)));
    }
    if matches!(comment.state, CommentState::Failed | CommentState::Unconfirmed) {
        text.push_str(&format!("    to try it again: pm3k post retry-comment {}\n", comment.job_id));
    }
    text
}

/// What a rehearsal found that is not as it should be.
fn rehearsal_text(app: &App, zone: &str, kept: &Rehearsal) -> String {
    let findings: Vec<Finding> = rehearsal::read(&kept.findings).into_iter().filter(|finding| finding.verdict != Verdict::Fine).collect();
    format!("  rehearsed {}: {}\n{}", local(app, zone, kept.at), kept.verdict, post_check::list(&findings))
}

fn attempts(app: &App, view: &View) -> Result<Vec<Vec<Attempt>>, Failure> {
    Ok(app.db.read(|db| view.jobs.iter().map(|job| attempt::of_job(db, job.id)).collect::<rusqlite::Result<_>>())?)
}

/// The post with its jobs and their attempts.
pub(super) fn json(app: &App, view: &View) -> Result<Value, Failure> {
    let attempts = attempts(app, view)?;
    let attempts_of = |job: &Job| view.jobs.iter().position(|other| other.id == job.id).and_then(|i| attempts.get(i)).map(Vec::as_slice).unwrap_or_default();
    Ok(post(view, &|job| {
        let mut value = job_json(view, job);
        if let Value::Object(fields) = &mut value {
            fields.insert("attempts".to_owned(), attempts_of(job).iter().map(attempt_json).collect());
        }
        value
    }))
}

fn post(view: &View, job: &dyn Fn(&Job) -> Value) -> Value {
    let schedule = view.post.scheduled_at.map_or_else(|| json!({ "draft": true }), |at| json!({ "at": utc(at) }));
    let target = |job: &Job| json!({ "account_id": job.account_id, "kind": job.kind, "caption": job.caption, "options": job.options, "adjust": job.adjust });
    json!({
        "id": view.post.id, "status": view.status().as_str(), "caption": view.post.caption,
        "media": view.media.iter().map(|media| media.id).collect::<Vec<_>>(), "schedule": schedule,
        "targets": view.jobs.iter().map(target).collect::<Vec<_>>(),
        "scheduled_at": utc_option(view.post.scheduled_at), "created_at": utc(view.post.created_at),
        "jobs": view.jobs.iter().map(job).collect::<Vec<_>>(),
    })
}

pub(super) fn job_json(view: &View, job: &Job) -> Value {
    let comment = |c: &Comment| json!({ "state": c.state.as_str(), "text": c.text, "remote_id": c.remote_id, "error": c.last_error });
    let rehearsal = |r: &Rehearsal| json!({ "at": utc(r.at), "verdict": r.verdict, "findings": r.findings });
    json!({
        "id": job.id, "account_id": job.account_id, "platform": job.platform, "kind": job.kind, "state": job.state.as_str(), "held_by": job.held_by,
        "publish_at": utc_option(job.publish_at), "published_at": utc_option(job.published_at), "remote_id": job.remote_id, "permalink": job.permalink,
        "tries": job.tries, "next_at": utc_option(job.next_at), "error": job.last_error,
        "renditions": view.renditions(job.id).map(rendition_json).collect::<Vec<_>>(),
        "first_comment": view.comment(job.id).map(comment), "rehearsal": view.rehearsal(job.id).map(rehearsal),
    })
}

fn rendition_json(rendition: &Rendition) -> Value {
    json!({
        "media_id": rendition.media_id, "what": rendition.recipe.as_ref().map(Recipe::in_words).unwrap_or_default(), "state": rendition.state.as_str(),
        "progress": rendition.progress, "bytes": rendition.probe.as_ref().map(|_| rendition.bytes), "error": rendition.error,
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
    let held = view.jobs.iter().any(|job| job.held_by.as_deref() == Some(NEEDS_RECONNECT) && job.state != JobState::Draft);
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
