//! The list of posts.

use std::collections::HashMap;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::{Face, Page, Shown, pictures, setup, shown_status};
use crate::actions::posts::{self, View};
use crate::ids::{AccountId, PostId};
use crate::model::account;
use crate::model::job::JobState;
use crate::model::post::{Filter, Status};
use crate::model::workspace::Role;
use crate::secret;
use crate::web::error::{Error, html, see_other};
use crate::web::visit::Visit;
use crate::web::when::{When, when};

const PER_PAGE: u32 = 25;
/// Pictures that a list shows are small; others are an icon there.
const LARGEST_IN_LIST: u64 = 1 << 20;

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
    let (views, next) = posts::list(visit.app(), &filter, status, PER_PAGE)?;
    let faces = faces(visit, &views)?;
    let rows = views.iter().map(|view| row(visit, view, &faces, &workspace.time_zone)).collect();
    let has = |state| views.iter().any(|view| view.jobs.iter().any(|job| job.state == state));
    let mut list = List {
        assets: crate::web::assets::base(),
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
pub fn faces(visit: &Visit, views: &[View]) -> Result<HashMap<AccountId, Face>, Error> {
    visit.app().db.read(|db| {
        let mut faces = HashMap::new();
        for job in views.iter().flat_map(|view| &view.jobs) {
            if !faces.contains_key(&job.account_id)
                && let Some(found) = account::get(db, job.account_id)?
            {
                faces.insert(job.account_id, Face::of(&found));
            }
        }
        Ok(faces)
    })
}

fn row(visit: &Visit, view: &View, faces: &HashMap<AccountId, Face>, zone: &str) -> Row {
    let first = view.media.first();
    let mut kinds: Vec<&str> = view.jobs.iter().map(|job| job.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Row {
        id: view.post.id,
        status: shown_status(view.status()),
        at: view.post.scheduled_at.map(|at| when(&visit.app().zones, zone, at, visit.now)),
        caption: view.post.caption.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect(),
        faces: view.jobs.iter().filter_map(|job| faces.get(&job.account_id).cloned()).collect(),
        icon: match first.map(|media| media.kind.as_str()) {
            Some("video") => "film",
            Some(_) if view.media.len() > 1 => "images",
            Some(_) => "image",
            None => "type",
        },
        picture: first.filter(|media| pictures::can_be_shown(media) && media.bytes <= LARGEST_IN_LIST).map(|media| media.id.to_string()),
        files: view.media.len(),
        kinds: kinds.join(", "),
    }
}
