//! The list of posts: first those that wait for a person, with the reason; then all, the newest first.

use std::collections::HashMap;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::{Face, Page, Shown, pictures, setup, shown_status};
use crate::actions::posts::{self, View};
use crate::ids::{AccountId, PostId};
use crate::model::account::{self, Account};
use crate::model::job::{Job, JobState, NEEDS_RECONNECT};
use crate::model::post::{Filter, Status};
use crate::model::workspace::Role;
use crate::platform::Verdict;
use crate::secret;
use crate::web::error::{Error, html, see_other};
use crate::web::visit::Visit;
use crate::web::when::{When, when};

const PER_PAGE: u32 = 25;
/// Most posts that are shown first because they wait for a person.
const MOST_WAITING: u32 = 25;

pub fn home(visit: &Visit) -> Result<Response, Error> {
    Ok(see_other(if setup::is_over(visit)? { "/posts" } else { "/setup" }))
}

#[derive(Template)]
#[template(path = "posts.html")]
struct Posts {
    page: Page,
    filters: Vec<(&'static str, &'static str, bool)>,
    may_write: bool,
    has_accounts: bool,
    list: List,
}

#[derive(Template)]
#[template(path = "partials/post_list.html")]
struct List {
    assets: &'static str,
    /// What waits for a person, on the first page of the whole list.
    waiting: Vec<Row>,
    rows: Vec<Row>,
    zone: String,
    status: &'static str,
    before: String,
    next: Option<PostId>,
    /// In seconds; none when nothing will change by itself.
    refresh: Option<u32>,
    seen: String,
}

struct Row {
    id: PostId,
    status: Shown,
    at: Option<When>,
    caption: String,
    faces: Vec<Face>,
    icon: &'static str,
    picture: Option<String>,
    files: usize,
    kinds: String,
    /// Why it waits for a person.
    reasons: Vec<String>,
}

pub fn list(visit: &Visit) -> Result<Response, Error> {
    let list = read(visit)?;
    let has_accounts = visit.app().db.read(|db| account::list(db, Some(visit.workspace()?.id), AccountId(0), 1).map_err(Error::from))?.len() == 1;
    let filters = std::iter::once(("", "All")).chain(Status::ALL.iter().map(|status| (status.as_str(), shown_status(*status).label)));
    html(&Posts {
        page: Page::new(visit, "posts", "Posts"),
        filters: filters.map(|(word, label)| (word, label, list.status == word)).collect(),
        may_write: visit.may(Role::Contributor).is_ok(),
        has_accounts,
        list,
    })
}

/// The list alone, for the page that shows it already; nothing if it is what the page shows.
pub fn fragment(visit: &Visit) -> Result<Response, Error> {
    let list = read(visit)?;
    if visit.query.get("seen") == list.seen {
        return Ok(Response::builder().status(StatusCode::NO_CONTENT).finish());
    }
    html(&list)
}

fn read(visit: &Visit) -> Result<List, Error> {
    let workspace = visit.workspace()?;
    let status = Status::ALL.iter().copied().find(|status| status.as_str() == visit.query.get("status"));
    let before: Option<PostId> = visit.query.get("before").parse().ok();
    let filter = Filter { workspace_id: Some(workspace.id), before, ..Filter::default() };
    let (mut views, next) = posts::list(visit.app(), &filter, status, PER_PAGE)?;
    let first = status.is_none() && before.is_none();
    let waiting = if first { posts::waiting_for_person(visit.app(), workspace.id, MOST_WAITING)? } else { Vec::new() };
    views.retain(|view| !waiting.iter().any(|other| other.post.id == view.post.id));
    let mut known = accounts(visit, &views)?;
    known.extend(accounts(visit, &waiting)?);
    let row = |view: &View| row(visit, view, &known, &workspace.time_zone);
    let rows = views.iter().map(row).collect();
    let waiting_rows = waiting.iter().map(|view| Row { reasons: reasons(view, &known), ..row(view) }).collect();
    views.extend(waiting);
    let has = |state| views.iter().any(|view| view.jobs.iter().any(|job| job.state == state));
    let mut list = List {
        assets: crate::web::assets::base(),
        waiting: waiting_rows,
        rows,
        zone: workspace.time_zone.clone(),
        status: status.map_or("", Status::as_str),
        before: before.map(|id| id.to_string()).unwrap_or_default(),
        next,
        refresh: if has(JobState::Publishing) { Some(2) } else { has(JobState::Scheduled).then_some(10) },
        seen: String::new(),
    };
    let text = list.render().map_err(|e| Error::Internal(e.into()))?;
    list.seen = secret::hex(&secret::fingerprint(&text)).chars().take(16).collect();
    Ok(list)
}

/// The accounts of some posts, also those that are disconnected by now.
pub fn accounts(visit: &Visit, views: &[View]) -> Result<HashMap<AccountId, Account>, Error> {
    visit.app().db.read(|db| {
        let mut accounts = HashMap::new();
        for job in views.iter().flat_map(|view| &view.jobs) {
            if !accounts.contains_key(&job.account_id)
                && let Some(found) = account::get(db, job.account_id)?
            {
                accounts.insert(job.account_id, found);
            }
        }
        Ok(accounts)
    })
}

/// Why a post waits for a person, account by account.
fn reasons(view: &View, accounts: &HashMap<AccountId, Account>) -> Vec<String> {
    let name = |job: &Job| accounts.get(&job.account_id).map_or_else(|| "an account that is gone".to_owned(), |account| Face::of(account).name);
    let reason = |job: &Job| match (job.state, job.held_by.as_deref()) {
        (JobState::Unconfirmed, _) => Some(format!("Nobody could tell whether it is out on {}. Look there, then say it here.", name(job))),
        (JobState::Scheduled | JobState::Publishing, Some(NEEDS_RECONNECT)) => Some(format!("Waits until {} is connected again.", name(job))),
        (JobState::Scheduled, _) => {
            let findings = crate::rehearsal::read(&view.rehearsal(job.id)?.findings);
            let worst = findings.into_iter().find(|finding| finding.verdict == Verdict::Blocking)?;
            Some(format!("Would fail on {}: {}", name(job), worst.message))
        }
        _ => None,
    };
    view.jobs.iter().filter_map(reason).collect()
}

fn row(visit: &Visit, view: &View, accounts: &HashMap<AccountId, Account>, zone: &str) -> Row {
    let first = view.media.first();
    let mut kinds: Vec<&str> = view.jobs.iter().map(|job| job.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Row {
        id: view.post.id,
        status: shown_status(view.status()),
        at: view.post.scheduled_at.map(|at| when(&visit.app().zones, zone, at, visit.now)),
        caption: view.post.caption.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect(),
        faces: view.jobs.iter().filter_map(|job| accounts.get(&job.account_id).map(Face::of)).collect(),
        icon: match first.map(|media| media.kind.as_str()) {
            Some("video") => "film",
            Some(_) if view.media.len() > 1 => "images",
            Some(_) => "image",
            None => "type",
        },
        picture: first.and_then(pictures::small),
        files: view.media.len(),
        kinds: kinds.join(", "),
        reasons: Vec::new(),
    }
}
