//! One post: what it is, where each of its jobs stands, and everything that was tried.

use std::collections::HashMap;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::posts::faces;
use super::{Face, Page, Shown, pictures, shown_state, shown_status};
use crate::actions::posts::{self, View};
use crate::ids::{AccountId, JobId, PostId};
use crate::model::attempt::{self, Attempt};
use crate::model::job::{Job, JobState, LIMIT, LastError, NEEDS_RECONNECT};
use crate::model::media::Media;
use crate::model::user;
use crate::model::workspace::Role;
use crate::secret;
use crate::web::error::{Error, html, see_other};
use crate::web::upload::file_detail;
use crate::web::visit::Visit;
use crate::web::when::{self, When};

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage {
    page: Page,
    caption: String,
    created_at: When,
    created_by: String,
    live: Live,
}

/// What changes by itself.
#[derive(Template)]
#[template(path = "partials/post_live.html")]
struct Live {
    assets: &'static str,
    id: PostId,
    status: Shown,
    at: Option<When>,
    zone: String,
    files: Vec<File>,
    jobs: Vec<JobView>,
    /// How many jobs cancelling would end; none: there is nothing to cancel, or the person may not.
    can_cancel: Option<usize>,
    form_token: String,
    /// In seconds; none when nothing will change by itself.
    refresh: Option<u32>,
    seen: String,
}

struct File {
    id: String,
    name: String,
    detail: String,
    icon: &'static str,
    picture: bool,
    cleared: Option<When>,
    on_disk: bool,
}

struct JobView {
    face: Option<Face>,
    kind: &'static str,
    state: Shown,
    /// What it waits for, in words.
    waits: Option<String>,
    held_for_reconnect: Option<String>,
    caption: Option<String>,
    permalink: Option<String>,
    published_at: Option<When>,
    error: Option<LastError>,
    attempts: Vec<Try>,
}

struct Try {
    step: String,
    at: When,
    clock: String,
    took: String,
    outcome: &'static str,
    tone: &'static str,
    icon: &'static str,
    message: String,
    code: String,
}

pub fn show(visit: &Visit) -> Result<Response, Error> {
    let view = view(visit)?;
    let zone = &visit.workspace()?.time_zone;
    let first_words: String = view.post.caption.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    html(&PostPage {
        page: Page::new(visit, "posts", if first_words.is_empty() { "Post".to_owned() } else { first_words }),
        created_at: when::when(&visit.app().zones, zone, view.post.created_at, visit.now),
        created_by: author(visit, &view.post.created_by)?,
        live: live(visit, &view)?,
        caption: view.post.caption,
    })
}

/// What changes by itself, alone, with a line that screen readers speak; nothing if it is what the page shows.
pub fn fragment(visit: &Visit) -> Result<Response, Error> {
    let view = view(visit)?;
    let live = live(visit, &view)?;
    if visit.query.get("seen") == live.seen {
        return Ok(Response::builder().status(StatusCode::NO_CONTENT).finish());
    }
    let out = view.jobs.iter().filter(|job| job.state == JobState::Published).count();
    html(&Changed { label: live.status.label, out, all: view.jobs.len(), live })
}

#[derive(Template)]
#[template(path = "partials/post_changed.html")]
struct Changed {
    live: Live,
    label: &'static str,
    out: usize,
    all: usize,
}

pub fn cancel(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: PostId = visit.param("id", "post")?;
    posts::cancel(visit.app(), visit.actor()?, visit.workspace()?.id, id, visit.now)?;
    Ok(see_other(&format!("/posts/{id}?done=cancelled")))
}

fn view(visit: &Visit) -> Result<View, Error> {
    Ok(posts::view(visit.app(), visit.workspace()?.id, visit.param("id", "post")?)?)
}

fn author(visit: &Visit, actor: &str) -> Result<String, Error> {
    let found = match actor.parse() {
        Ok(id) => visit.app().db.read(|db| user::get(db, id))?.map(|user| user.name),
        Err(_) => None,
    };
    Ok(found.unwrap_or_else(|| match actor {
        "cli" => "the command line".to_owned(),
        key if key.starts_with("key_") => "an API key".to_owned(),
        _ => "somebody who is gone".to_owned(),
    }))
}

fn live(visit: &Visit, view: &View) -> Result<Live, Error> {
    let zone = visit.workspace()?.time_zone.clone();
    let at = |at| when::when(&visit.app().zones, &zone, at, visit.now);
    let faces = faces(visit, std::slice::from_ref(view))?;
    let tries: HashMap<JobId, Vec<Attempt>> =
        visit.app().db.read(|db| view.jobs.iter().map(|job| Ok((job.id, attempt::of_job(db, job.id)?))).collect::<rusqlite::Result<_>>())?;
    let mut live = Live {
        assets: crate::web::assets::base(),
        id: view.post.id,
        status: shown_status(view.status()),
        at: view.post.scheduled_at.map(at),
        files: view.media.iter().map(|media| file(visit, media, &zone)).collect(),
        jobs: view.jobs.iter().map(|job| job_view(visit, job, &faces, tries.get(&job.id).map(Vec::as_slice).unwrap_or_default(), &zone)).collect(),
        can_cancel: can_cancel(visit, &view.jobs),
        form_token: visit.form_token(),
        refresh: refresh(visit, &view.jobs),
        seen: String::new(),
        zone,
    };
    let text = live.render().map_err(|e| Error::Internal(e.into()))?;
    live.seen = secret::hex(&secret::fingerprint(&text)).chars().take(16).collect();
    Ok(live)
}

fn can_cancel(visit: &Visit, jobs: &[Job]) -> Option<usize> {
    use JobState::{Draft, Failed, Missed, Publishing, Scheduled};
    let can_end = |job: &&Job| matches!(job.state, Draft | Scheduled | Publishing | Missed | Failed) && !job.unsettled && job.called_at.is_none();
    let ends = jobs.iter().filter(can_end).count();
    (ends > 0 && visit.may(Role::Publisher).is_ok()).then_some(ends)
}

/// Often while something happens or is about to, seldom while it is far off.
fn refresh(visit: &Visit, jobs: &[Job]) -> Option<u32> {
    let soon = |job: &Job| job.is_leased || job.next_at.is_some_and(|at| at - visit.now < chrono::TimeDelta::minutes(2));
    let moving = |job: &&Job| job.state.is_live() || job.next_at.is_some();
    let jobs: Vec<&Job> = jobs.iter().filter(moving).collect();
    if jobs.iter().any(|job| job.held_by.is_none() && soon(job)) { Some(1) } else { (!jobs.is_empty()).then_some(10) }
}

fn file(visit: &Visit, media: &Media, zone: &str) -> File {
    File {
        id: media.id.to_string(),
        name: media.file_name.clone(),
        detail: file_detail(media),
        icon: if media.kind == "video" { "film" } else { "image" },
        picture: pictures::can_be_shown(media),
        cleared: media.cleared_at.map(|at| when::when(&visit.app().zones, zone, at, visit.now)),
        on_disk: media.is_ready(),
    }
}

fn job_view(visit: &Visit, job: &Job, faces: &HashMap<AccountId, Face>, attempts: &[Attempt], zone: &str) -> JobView {
    let at = |at| when::when(&visit.app().zones, zone, at, visit.now);
    let next = job.next_at.map(at);
    let next_text = next.as_ref().map(|next| format!("{} ({})", next.text, next.relative)).unwrap_or_default();
    let waits = match (job.held_by.as_deref(), job.state) {
        (Some(NEEDS_RECONNECT), _) => Some("Waits until the account is connected again; then it goes on by itself.".to_owned()),
        (Some(LIMIT), _) => Some(format!("Waits: the account has used up what the platform allows for now. Looks again {next_text}.")),
        (Some("approval"), _) => Some("Waits for approval.".to_owned()),
        (Some("paused"), _) => Some("Waits: publishing is paused.".to_owned()),
        (Some(other), _) => Some(format!("Waits: {other}.")),
        (None, JobState::Publishing) if job.unsettled && !job.is_leased => Some(format!("Asks the platform what became of the last call, {next_text}.")),
        (None, JobState::Publishing) if !job.is_leased && job.tries > 0 => Some(format!("Tries again {next_text}.")),
        (None, JobState::Publishing) if job.irreversible && !job.is_leased => Some(format!("Everything is ready; goes out {next_text}.")),
        (None, JobState::Publishing) if !job.is_leased => Some(format!("Looks again {next_text}.")),
        (None, JobState::Scheduled) => Some(format!("Preparation begins {next_text}.")),
        _ => None,
    };
    JobView {
        face: faces.get(&job.account_id).cloned(),
        kind: job.kind.name(),
        state: shown_state(job.state),
        waits,
        held_for_reconnect: (job.held_by.as_deref() == Some(NEEDS_RECONNECT)).then(|| job.account_id.to_string()),
        caption: job.caption.clone(),
        // Links come from the platforms; only web addresses are shown as such.
        permalink: job.permalink.clone().filter(|link| link.starts_with("https://") || link.starts_with("http://")),
        published_at: job.published_at.map(at),
        error: job.last_error.clone(),
        attempts: attempts.iter().map(|attempt| one_try(visit, attempt, zone)).collect(),
    }
}

fn one_try(visit: &Visit, attempt: &Attempt, zone: &str) -> Try {
    let (outcome, tone, icon) = match attempt.outcome.as_deref() {
        None => ("under way", "live", "loader-circle"),
        Some("ok") => ("done", "good", "circle-check"),
        Some("wait") => ("waits", "info", "clock"),
        Some("done") => ("published", "good", "circle-check"),
        Some("interrupted") => ("cut off", "warn", "triangle-alert"),
        Some("transient") => ("failed for now", "warn", "triangle-alert"),
        Some("rate_limited") => ("asked to slow down", "warn", "clock"),
        Some("limit_reached") => ("limit reached", "warn", "clock"),
        Some("needs_reconnect") => ("access has ended", "bad", "unlink"),
        Some("unknown_outcome") => ("outcome unknown", "warn", "circle-question-mark"),
        Some("rejected") => ("refused", "bad", "circle-x"),
        Some(_) => ("failed", "bad", "circle-x"),
    };
    let codes = [attempt.code.clone(), attempt.http_status.map(|status| format!("HTTP {status}")), attempt.trace_id.clone().map(|id| format!("trace {id}"))];
    Try {
        step: attempt.step.clone(),
        at: when::when(&visit.app().zones, zone, attempt.started_at, visit.now),
        clock: visit.app().zones.local(zone, attempt.started_at).format("%H:%M:%S").to_string(),
        took: attempt.finished_at.map(|end| when::duration(end - attempt.started_at)).unwrap_or_default(),
        outcome,
        tone,
        icon,
        message: attempt.message.clone().unwrap_or_default(),
        code: codes.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}
