//! One post: what it is, where each of its jobs stands, what a person can do, and everything that was tried.
//!
//! Always true: the part that changes by itself is replaced only when it has changed, and never takes what somebody is typing into it.

mod doings;
mod job;
mod rehearsed;
mod tried;

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, Utc};
use poem::Response;
use poem::http::StatusCode;

use self::doings::{Doing, can_cancel};
pub use self::doings::{cancel, confirm, publish_now, rehearse, retry, retry_comment};
use self::job::{Around, JobView};
use super::posts::accounts;
use super::{Page, Shown, pictures, shown_status};
use crate::actions;
use crate::actions::posts::{self, View};
use crate::ids::{JobId, PostId};
use crate::model::attempt::{self, Attempt};
use crate::model::job::{Job, JobState};
use crate::model::media::Media;
use crate::model::media::rendition::MEDIA;
use crate::model::workspace::Role;
use crate::model::{job as job_model, user};
use crate::secret;
use crate::web::error::{Error, html};
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
    doings: Vec<Doing>,
    /// How many jobs cancelling would end; none: there is nothing to cancel, or the person may not.
    can_cancel: Option<usize>,
    may_compose: bool,
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
    /// It can be looked at whole.
    opens: bool,
    has_thumbnail: bool,
    cleared: Option<When>,
    /// It goes then although a post that failed holds it.
    clears_at: Option<When>,
    on_disk: bool,
}

pub fn show(visit: &Visit) -> Result<Response, Error> {
    page(visit, visit.param("id", "post")?, None)
}

/// The page of a job's post, with an answer about the job that was refused.
fn show_job(visit: &Visit, job: JobId, typed: &str, why: String) -> Result<Response, Error> {
    let found = visit.app().db.read(|db| job_model::in_workspace(db, visit.workspace()?.id, job).map_err(Error::from))?;
    page(visit, found.ok_or(Error::NotFound("job"))?.post_id, Some(&(job, typed.to_owned(), why)))
}

fn page(visit: &Visit, id: PostId, refused: Option<&(JobId, String, String)>) -> Result<Response, Error> {
    let view = posts::view(visit.app(), visit.workspace()?.id, id)?;
    let zone = &visit.workspace()?.time_zone;
    let first_words: String = view.post.caption.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    html(&PostPage {
        page: Page::new(visit, "posts", if first_words.is_empty() { "Post".to_owned() } else { first_words }),
        created_at: when::when(&visit.app().zones, zone, view.post.created_at, visit.now),
        created_by: author(visit, &view.post.created_by)?,
        live: live(visit, &view, refused)?,
        caption: view.post.caption,
    })
}

/// What changes by itself, alone, with a line that screen readers speak; nothing if it is what the page shows.
pub fn fragment(visit: &Visit) -> Result<Response, Error> {
    let view = posts::view(visit.app(), visit.workspace()?.id, visit.param("id", "post")?)?;
    let live = live(visit, &view, None)?;
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

fn live(visit: &Visit, view: &View, refused: Option<&(JobId, String, String)>) -> Result<Live, Error> {
    let zone = visit.workspace()?.time_zone.clone();
    let at = |at: DateTime<Utc>| when::when(&visit.app().zones, &zone, at, visit.now);
    let accounts = accounts(visit, std::slice::from_ref(view))?;
    let attempts: HashMap<JobId, Vec<Attempt>> =
        visit.app().db.read(|db| view.jobs.iter().map(|job| Ok((job.id, attempt::of_job(db, job.id)?))).collect::<rusqlite::Result<_>>())?;
    let may_publish = visit.may(Role::Publisher).is_ok();
    let around = Around { view, accounts: &accounts, attempts: &attempts, at: &at, now: visit.now, may_publish, refused };
    let mut live = Live {
        assets: crate::web::assets::base(),
        id: view.post.id,
        status: shown_status(view.status()),
        at: view.post.scheduled_at.map(at),
        files: view.media.iter().map(|media| file(visit, media, &at)).collect(),
        jobs: view.jobs.iter().map(|job| JobView::of(job, &around)).collect(),
        doings: doings::of(visit, view),
        can_cancel: can_cancel(visit, &view.jobs),
        may_compose: visit.may(Role::Contributor).is_ok(),
        form_token: visit.form_token(),
        refresh: refresh(visit, view),
        seen: String::new(),
        zone: zone.clone(),
    };
    let text = live.render().map_err(|e| Error::Internal(e.into()))?;
    live.seen = secret::hex(&secret::fingerprint(&text)).chars().take(16).collect();
    Ok(live)
}

/// Often while something happens or is about to, seldom while it is far off.
fn refresh(visit: &Visit, view: &View) -> Option<u32> {
    let is_near = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at - visit.now < chrono::TimeDelta::minutes(2));
    let soon = |job: &Job| job.is_leased || is_near(job.next_at);
    let moving = |job: &&Job| job.state.is_live() || job.next_at.is_some();
    let jobs: Vec<&Job> = view.jobs.iter().filter(moving).collect();
    let converts = |job: &Job| job.held_by.as_deref() == Some(MEDIA);
    let is_soon = jobs.iter().any(|job| converts(job) || (job.held_by.is_none() && soon(job))) || view.comments.iter().any(|comment| is_near(comment.next_at));
    let moves = !jobs.is_empty() || view.comments.iter().any(|comment| comment.next_at.is_some());
    if is_soon { Some(1) } else { moves.then_some(10) }
}

fn file(visit: &Visit, media: &Media, at: &dyn Fn(DateTime<Utc>) -> When) -> File {
    File {
        id: media.id.to_string(),
        name: media.file_name.clone(),
        detail: file_detail(media),
        icon: if media.kind == "video" { "film" } else { "image" },
        opens: pictures::can_be_shown(media),
        has_thumbnail: media.has_thumbnail,
        cleared: media.cleared_at.map(at),
        clears_at: actions::media::clears_at(visit.app(), media).map(at),
        on_disk: media.is_ready(),
    }
}
