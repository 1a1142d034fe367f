//! Composing, scheduling and cancelling posts.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{Actor, Error, FieldProblem, accounts, api_keys};
use crate::app::App;
use crate::briefing;
use crate::ids::{AccountId, JobId, MediaId, PostId, WorkspaceId};
use crate::kind::Kind;
use crate::media::rendition::Recipe;
use crate::model::account::Account;
use crate::model::api_key::{self, Made};
use crate::model::comment::{self, Comment};
use crate::model::job::{self, Adjust, Job, NewJob};
use crate::model::media::Media;
use crate::model::media::rendition::{self, Rendition};
use crate::model::post::{self, Post, Status};
use crate::model::rehearsal::{self, Rehearsal};
use crate::model::{account, audit, media};
use crate::platform::{self, Content};
use crate::preparing;

/// When a post is to be out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    At(DateTime<Utc>),
    Now,
    Draft,
}

/// One account a post goes to.
#[derive(Debug, Clone)]
pub struct Target {
    pub account_id: AccountId,
    /// None: what the media leaves as the one choice.
    pub kind: Option<Kind>,
    /// None: the post's own.
    pub caption: Option<String>,
    pub options: Map<String, Value>,
    /// What may be done to the files for this account.
    pub adjust: Adjust,
}

/// What a person composed.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub caption: String,
    pub media: Vec<MediaId>,
    pub schedule: Schedule,
    pub targets: Vec<Target>,
}

/// A post with all that belongs to it.
#[derive(Debug, Clone)]
pub struct View {
    pub post: Post,
    pub media: Vec<Media>,
    pub jobs: Vec<Job>,
    /// First comments of the jobs that have one.
    pub comments: Vec<Comment>,
    /// The newest rehearsal of the jobs that had one.
    pub rehearsals: Vec<Rehearsal>,
    /// The converted copies that jobs send instead of files of the post.
    pub renditions: Vec<(JobId, Rendition)>,
}

impl View {
    fn read(db: &rusqlite::Connection, post: Post) -> rusqlite::Result<View> {
        let id = post.id;
        Ok(View {
            post,
            media: media::of_post(db, id)?,
            jobs: job::of_post(db, id)?,
            comments: comment::of_post(db, id)?,
            rehearsals: rehearsal::of_post(db, id)?,
            renditions: rendition::of_post(db, id)?,
        })
    }

    pub fn comment(&self, job: JobId) -> Option<&Comment> {
        self.comments.iter().find(|comment| comment.job_id == job)
    }

    pub fn rehearsal(&self, job: JobId) -> Option<&Rehearsal> {
        self.rehearsals.iter().find(|rehearsal| rehearsal.job_id == job)
    }

    pub fn renditions(&self, job: JobId) -> impl Iterator<Item = &Rendition> {
        self.renditions.iter().filter(move |(of, _)| *of == job).map(|(_, rendition)| rendition)
    }

    pub fn status(&self) -> Status {
        post::status(self.jobs.iter().map(|job| job.state))
    }
}

/// Most accounts of one post, and most media files; a bound for the request, not a platform's rule.
const MOST_TARGETS: usize = 100;
const MOST_MEDIA: usize = 100;
/// Longest caption stored, in bytes; the platforms' own limits are smaller.
const LONGEST_CAPTION: usize = 256 * 1024;
/// A time this far back is a mistake rather than a wish for *now*.
const SLACK: TimeDelta = TimeDelta::minutes(2);

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// Every problem that a platform would raise later.
    pub problems: Vec<FieldProblem>,
    /// What would be converted: the target's place, the file, and how.
    pub conversions: Vec<(usize, MediaId, Recipe)>,
}

/// Checks a post without making it.
pub fn check(app: &App, workspace: WorkspaceId, new: &NewPost, now: DateTime<Utc>) -> Result<Checked, Error> {
    let prepared = prepare(app, workspace, new, now)?;
    let conversions = prepared.jobs.into_iter().flat_map(|job| job.recipes.into_iter().map(move |(media, recipe)| (job.place, media, recipe)));
    Ok(Checked { problems: prepared.problems, conversions: conversions.collect() })
}

/// Makes a post and its jobs, and wakes the publisher. `idempotency` is the key sent and the fingerprint of the whole request.
pub fn create(
    app: &App,
    actor: Actor,
    workspace: WorkspaceId,
    new: &NewPost,
    idempotency: Option<(&str, [u8; 32])>,
    now: DateTime<Utc>,
) -> Result<PostId, Error> {
    if let Some(before) = app.db.read(|db| api_keys::made_before(db, workspace, idempotency))? {
        return Ok(before);
    }
    let prepared = prepare(app, workspace, new, now)?;
    // A draft may break a platform's rules; it is checked again when it is scheduled. But each of its targets must have become a job.
    let may_wait = new.schedule == Schedule::Draft && prepared.is_whole;
    if !prepared.problems.is_empty() && !may_wait {
        return Err(Error::Invalid(prepared.problems));
    }
    let publish_at = match new.schedule {
        Schedule::At(at) => Some(at),
        Schedule::Now => Some(now),
        Schedule::Draft => None,
    };
    let id = app.db.write(|tx| {
        if let Some(before) = api_keys::made_before(tx, workspace, idempotency)? {
            return Ok(before);
        }
        // A file may have been cleared since it was looked at.
        for media in &new.media {
            if !media::in_workspace(tx, workspace, *media)?.is_some_and(|file| file.is_ready()) {
                return Err(Error::Refused("A file of this post was cleared meanwhile. Upload it again.".into()));
            }
        }
        let id = post::create(tx, workspace, &new.caption, &new.media, publish_at, &actor.to_string(), now)?;
        // Without a blocking problem every target has its job.
        for (target, planned) in new.targets.iter().zip(&prepared.jobs) {
            let times = publish_at.map(|at| (at, begin_at(app, planned, at, now)));
            let job = NewJob {
                post_id: id,
                account_id: target.account_id,
                kind: planned.kind,
                caption: target.caption.as_deref(),
                options: &target.options,
                adjust: target.adjust,
                times,
            };
            let job = job::create(tx, &job)?;
            // A draft has no time yet: what it needs is planned when it gets one.
            for (media, recipe) in planned.recipes.iter().filter(|_| times.is_some()) {
                let rendition = rendition::want(tx, *media, recipe, now)?;
                rendition::link(tx, job, *media, rendition)?;
            }
            rendition::hold(tx, job)?;
        }
        if let Some((key, request_hash)) = idempotency {
            api_key::remember(tx, workspace, key, &Made { request_hash, made: id.to_string() }, now)?;
        }
        audit::note(tx, Some(workspace), &actor.to_string(), "post.create", &id.to_string(), "", now)?;
        Ok::<_, Error>(id)
    })?;
    app.publisher.wake();
    Ok(id)
}

/// Ends every job of a post that is not out and not in the middle of its last call.
pub fn cancel(app: &App, actor: Actor, workspace: WorkspaceId, id: PostId, now: DateTime<Utc>) -> Result<(), Error> {
    let names = app.db.write(|tx| {
        post::in_workspace(tx, workspace, id)?.ok_or(Error::NotFound("post"))?;
        if job::cancel(tx, id)? == 0 {
            let jobs = job::of_post(tx, id)?;
            return Err(Error::Refused(match post::status(jobs.iter().map(|job| job.state)) {
                Status::Cancelled => "This post is cancelled already.".into(),
                Status::Draft => "This draft has no accounts yet, so there is nothing to cancel.".into(),
                Status::Published => "This post is out already; it can only be deleted on the platform itself.".into(),
                Status::Unconfirmed => {
                    "It is not known whether this post is out. Look at the account itself; if it is there, it can only be deleted there.".into()
                }
                _ => "This post is just being published and cannot be cancelled any more.".into(),
            }));
        }
        audit::note(tx, Some(workspace), &actor.to_string(), "post.cancel", &id.to_string(), "", now)?;
        Ok(media::clear_unneeded(tx, id, now)?)
    })?;
    for name in names {
        app.store.remove(&name)?;
    }
    app.publisher.wake();
    Ok(())
}

/// A post with its media and jobs.
pub fn view(app: &App, workspace: WorkspaceId, id: PostId) -> Result<View, Error> {
    app.db.read(|db| {
        let post = post::in_workspace(db, workspace, id)?.ok_or(Error::NotFound("post"))?;
        Ok(View::read(db, post)?)
    })
}

/// The posts that wait for a person, the earliest due first.
pub fn waiting_for_person(app: &App, workspace: WorkspaceId, limit: u32) -> Result<Vec<View>, Error> {
    app.db.read(|db| {
        let posts = post::waiting_for_person(db, workspace, limit)?;
        Ok(posts.into_iter().map(|post| View::read(db, post)).collect::<rusqlite::Result<_>>()?)
    })
}

/// A page of posts, newest first, with the cursor of the next page. The status is derived, so posts that do not have it are read and passed over.
pub fn list(app: &App, filter: &post::Filter, status: Option<Status>, limit: u32) -> Result<(Vec<View>, Option<PostId>), Error> {
    app.db.read(|db| {
        let mut views = Vec::new();
        let mut filter = filter.clone();
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        loop {
            let batch = post::list(db, &filter, limit.max(50))?;
            let ended = batch.len() < usize::try_from(limit.max(50)).unwrap_or(usize::MAX);
            for post in batch {
                let id = post.id;
                let view = View::read(db, post)?;
                if status.is_none_or(|status| view.status() == status) {
                    if views.len() == wanted {
                        // One more than asked for: there is a next page, after the last one kept.
                        let next = views.last().map(|view: &View| view.post.id);
                        return Ok((views, next));
                    }
                    views.push(view);
                }
                filter.before = Some(id);
            }
            if ended {
                return Ok((views, None));
            }
        }
    })
}

struct Planned {
    /// Its target's place in the request.
    place: usize,
    kind: Kind,
    /// The files that are converted for it, and how.
    recipes: Vec<(MediaId, Recipe)>,
    longest_staging: TimeDelta,
}

struct Prepared {
    jobs: Vec<Planned>,
    problems: Vec<FieldProblem>,
    /// Every file was found and every target has its job; what problems there are, a platform would raise.
    is_whole: bool,
}

/// When the engine begins: `stage_ahead` before, or less where what is staged would not live that long.
fn begin_at(app: &App, planned: &Planned, publish_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (publish_at - app.config.publisher.stage_ahead.min(planned.longest_staging)).max(now)
}

fn prepare(app: &App, workspace: WorkspaceId, new: &NewPost, now: DateTime<Utc>) -> Result<Prepared, Error> {
    let mut problems = request_problems(new, now);
    if !problems.is_empty() {
        return Ok(Prepared { jobs: Vec::new(), problems, is_whole: false });
    }
    let (files, accounts) = app.db.read(|db| {
        let files = new.media.iter().map(|id| media::in_workspace(db, workspace, *id)).collect::<rusqlite::Result<Vec<_>>>()?;
        let accounts = new.targets.iter().map(|t| account::in_workspace(db, workspace, t.account_id)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok::<_, Error>((files, accounts))
    })?;
    let mut ready = Vec::new();
    for (i, (id, file)) in new.media.iter().zip(files).enumerate() {
        match file {
            Some(file) if file.is_ready() => ready.push(file),
            Some(file) => problems.push(FieldProblem::new(format!("media.{i}"), "not_ready", format!("{} was cleared; upload it again.", file.file_name))),
            None => problems.push(FieldProblem::new(format!("media.{i}"), "not_found", format!("There is no media {id} in this workspace."))),
        }
    }
    let mut jobs = Vec::new();
    let (places, known): (Vec<usize>, Vec<Account>) = accounts
        .into_iter()
        .enumerate()
        .filter_map(|(i, account)| Some((i, account.filter(|account| account.status != account::Status::Disconnected)?)))
        .unzip();
    let mut known: HashMap<usize, Account> = places.into_iter().zip(accounts::as_of_now(app, known, now)).collect();
    for (i, target) in new.targets.iter().enumerate() {
        let Some(account) = known.remove(&i) else {
            let message = format!("There is no account {} in this workspace.", target.account_id);
            problems.push(FieldProblem::new(format!("targets.{i}.account_id"), "not_found", message));
            continue;
        };
        plan(app, new, i, target, &account, &ready, &mut jobs, &mut problems);
    }
    let is_whole = jobs.len() == new.targets.len() && ready.len() == new.media.len();
    Ok(Prepared { jobs, problems, is_whole })
}

#[expect(clippy::too_many_arguments, reason = "one target's part of `prepare`, split off for reading")]
fn plan(
    app: &App,
    new: &NewPost,
    i: usize,
    target: &Target,
    account: &account::Account,
    files: &[Media],
    jobs: &mut Vec<Planned>,
    problems: &mut Vec<FieldProblem>,
) {
    let of_target = |field: &str, code: &str, message: String| FieldProblem {
        account_id: Some(account.id),
        ..FieldProblem::new(format!("targets.{i}.{field}"), code, message)
    };
    let mut problem = |field: &str, code: &str, message: String| problems.push(of_target(field, code, message));
    let Some(adapter) = app.platforms.adapter(account.platform) else {
        let message = format!("{} is not configured on this installation; ask its admin to fill in the section [{}].", account.platform.name(), account.login);
        return problem("account_id", "not_configured", message);
    };
    let videos = files.iter().filter(|file| file.kind == "video").count();
    let Some(kind) = target.kind.or_else(|| platform::only_kind(account.platform, app.config.tiktok.audited, files.len() - videos, videos)) else {
        let message = format!("Say which kind of {} post this is: the media leaves more than one choice, or none.", account.platform.name());
        return problem("kind", "required", message);
    };
    let reachable = app.platforms.can_fetch(account.login, &app.config.server.public_url);
    let can_transcode = app.tools.can_transcode();
    let account_told = briefing::account(account);
    let longest_ms = adapter.longest_video_ms(&account_told, kind);
    let aim = preparing::Aim { platform: account.platform, kind, adjust: target.adjust, longest_ms, can_transcode };
    let (mut recipes, mut originals) = (Vec::new(), Vec::new());
    let media = files
        .iter()
        .map(|file| {
            // The real URL is signed when it is needed; a check only asks whether there can be one.
            let item = briefing::item(file, app.store.root(), reachable.then(|| app.config.server.public_url.clone()));
            originals.push(item.clone());
            let plan = preparing::plan(aim, file, item);
            recipes.extend(plan.recipe.map(|recipe| (file.id, recipe)));
            plan.item
        })
        .collect();
    let content = Content { kind, caption: target.caption.clone().unwrap_or_else(|| new.caption.clone()), options: target.options.clone(), media };
    let left = adapter.check(&account_told, &content);
    // What is left is told of the file that the person knows, not of the copy that would be made of it.
    let known = if left.is_empty() { Vec::new() } else { adapter.check(&account_told, &Content { media: originals, ..content.clone() }) };
    for found in left {
        let found = known.iter().find(|known| known.field == found.field && known.code == found.code).cloned().unwrap_or(found);
        let is_video = content.media.iter().enumerate().any(|(n, item)| item.is_video && found.field == format!("media.{n}"));
        let advice = preparing::advice(&found, is_video, can_transcode).map(|advice| format!(" {advice}")).unwrap_or_default();
        problems.push(FieldProblem { remedy: found.remedy, ..of_target(&found.field, found.code, found.message + &advice) });
    }
    jobs.push(Planned { place: i, kind, recipes, longest_staging: adapter.longest_staging(kind) });
}

/// What is wrong with the request itself.
fn request_problems(new: &NewPost, now: DateTime<Utc>) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if new.targets.is_empty() && new.schedule != Schedule::Draft {
        problems.push(FieldProblem::new("targets", "required", "Choose at least one account."));
    }
    if new.targets.len() > MOST_TARGETS {
        problems.push(FieldProblem::new("targets", "too_many", format!("A post goes to at most {MOST_TARGETS} accounts.")));
    }
    for (i, target) in new.targets.iter().enumerate() {
        if new.targets.iter().take(i).any(|other| other.account_id == target.account_id) {
            problems.push(FieldProblem::new(format!("targets.{i}.account_id"), "duplicate", "This account is chosen twice."));
        }
    }
    if new.media.len() > MOST_MEDIA {
        problems.push(FieldProblem::new("media", "too_many", format!("A post has at most {MOST_MEDIA} media files.")));
    }
    for (i, id) in new.media.iter().enumerate() {
        if new.media.iter().take(i).any(|other| other == id) {
            problems.push(FieldProblem::new(format!("media.{i}"), "duplicate", "This file is in the list twice."));
        }
    }
    let captions = std::iter::once(&new.caption).chain(new.targets.iter().filter_map(|target| target.caption.as_ref()));
    if captions.into_iter().any(|caption| caption.len() > LONGEST_CAPTION) {
        problems.push(FieldProblem::new("caption", "too_long", "This caption is longer than any platform takes."));
    }
    if let Schedule::At(at) = new.schedule
        && at < now - SLACK
    {
        problems.push(FieldProblem::new("schedule.at", "past", "This time is in the past. Choose a later one, or publish now."));
    }
    problems
}
