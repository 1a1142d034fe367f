//! Jobs: one post on one account, and its way to the platform. The row is the state machine.
//!
//! Invariants:
//! - A job is worked on only under a lease: the attempt named in `lease_attempt`. Every change that a worker stores names that attempt, so a
//!   worker whose job was cancelled or taken over stores nothing.
//! - One account has at most one leased job in its last call, and one before it or after it ([`lease`]).
//! - `unsettled` is committed before an irreversible call is made, and goes only when that call's outcome is stored. A job that is unsettled is
//!   reconciled before anything else happens to it.
//! - A job that is not in a live state (`scheduled`, `publishing`, or `published` with a link still to be looked up) has no `next_at`.

mod lease;
mod outcome;
mod person;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::lease::{LATE, Room, Share, claim, give_back, mark_missed, mark_unconfirmed, must_wait, next_after, next_at, void_leases};
pub use self::outcome::{Done, Failure, Stored, Until, done, fail, go_on, wait};
pub use self::person::{cancel, hold_account, is_there, let_go_account, publish_again, publish_now, retry};
use crate::db::At;
use crate::ids::{AccountId, JobId, PostId, WorkspaceId};
use crate::kind::{Kind, Platform};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    Draft,
    Scheduled,
    Publishing,
    Published,
    Failed,
    Cancelled,
    Missed,
    Unconfirmed,
}

impl JobState {
    pub const ALL: &'static [JobState] = &[
        JobState::Draft,
        JobState::Scheduled,
        JobState::Publishing,
        JobState::Published,
        JobState::Failed,
        JobState::Cancelled,
        JobState::Missed,
        JobState::Unconfirmed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Draft => "draft",
            JobState::Scheduled => "scheduled",
            JobState::Publishing => "publishing",
            JobState::Published => "published",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
            JobState::Missed => "missed",
            JobState::Unconfirmed => "unconfirmed",
        }
    }

    /// Will the engine still do something with it by itself?
    pub fn is_live(self) -> bool {
        matches!(self, JobState::Scheduled | JobState::Publishing)
    }

    fn parse(text: &str) -> Option<JobState> {
        JobState::ALL.iter().copied().find(|s| s.as_str() == text)
    }
}

/// What a person lets be done to the files for one account, where they do not fit. Without a word from the person nothing is cut off or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// A picture or video whose shape the platform does not take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<Fit>,
    /// A video that is too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Cut>,
}

/// How a shape is made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// What lies outside of the nearest shape is cut off.
    Crop,
    /// Bars are added.
    Pad,
}

impl Fit {
    pub fn as_str(self) -> &'static str {
        match self {
            Fit::Crop => "crop",
            Fit::Pad => "pad",
        }
    }
}

/// How a length is made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The end is cut off.
    Trim,
}

impl Cut {
    pub fn as_str(self) -> &'static str {
        match self {
            Cut::Trim => "trim",
        }
    }
}

/// Why a job failed last, as people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    pub class: String,
    pub code: String,
    pub message: String,
    pub remedy: String,
    pub trace_id: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub post_id: PostId,
    pub account_id: AccountId,
    pub workspace_id: WorkspaceId,
    pub platform: Platform,
    pub kind: Kind,
    pub caption: Option<String>,
    pub options: Map<String, Value>,
    /// What the person lets be done to the files for this account.
    pub adjust: Adjust,
    pub state: JobState,
    pub held_by: Option<String>,
    pub publish_at: Option<DateTime<Utc>>,
    pub next_at: Option<DateTime<Utc>>,
    pub progress_sealed: Option<Vec<u8>>,
    pub step: String,
    pub irreversible: bool,
    pub long: bool,
    pub unsettled: bool,
    pub called_at: Option<DateTime<Utc>>,
    /// Somebody is at work on it.
    pub is_leased: bool,
    pub tries: u32,
    /// Times it was posted anew after the platform had failed it.
    pub reposts: u32,
    pub remote_id: Option<String>,
    pub permalink: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub last_error: Option<LastError>,
}

/// `FROM … ` of every query that reads jobs.
const SELECT: &str = "SELECT j.id, j.post_id, j.account_id, a.workspace_id, a.platform, j.kind, j.caption, j.options, j.adjust, j.state, j.held_by, j.publish_at, j.next_at, \
    j.progress_sealed, j.step, j.irreversible, j.long, j.unsettled, j.called_at, j.lease_attempt IS NOT NULL AS is_leased, j.tries, j.reposts, j.remote_id, j.permalink, \
    j.published_at, j.last_error FROM job j JOIN account a ON a.id = j.account_id";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Job> {
    let at = |name: &str| row.get::<_, Option<At>>(name).map(|at| at.map(|at| at.0));
    let state: String = row.get("state")?;
    Ok(Job {
        id: row.get("id")?,
        post_id: row.get("post_id")?,
        account_id: row.get("account_id")?,
        workspace_id: row.get("workspace_id")?,
        platform: row.get("platform")?,
        kind: row.get("kind")?,
        caption: row.get("caption")?,
        options: serde_json::from_str(&row.get::<_, String>("options")?).unwrap_or_default(),
        adjust: serde_json::from_str(&row.get::<_, String>("adjust")?).unwrap_or_default(),
        state: JobState::parse(&state).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, 0))?,
        held_by: row.get("held_by")?,
        publish_at: at("publish_at")?,
        next_at: at("next_at")?,
        progress_sealed: row.get("progress_sealed")?,
        step: row.get("step")?,
        irreversible: row.get("irreversible")?,
        long: row.get("long")?,
        unsettled: row.get("unsettled")?,
        called_at: at("called_at")?,
        is_leased: row.get("is_leased")?,
        tries: row.get("tries")?,
        reposts: row.get("reposts")?,
        remote_id: row.get("remote_id")?,
        permalink: row.get("permalink")?,
        published_at: at("published_at")?,
        last_error: row.get::<_, Option<String>>("last_error")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

impl Job {
    /// What is to be said under the post once it is out.
    pub fn first_comment(&self) -> Option<&str> {
        self.options.get("first_comment").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Where a job's progress is sealed for.
pub fn progress_place(id: JobId) -> String {
    format!("job:{}:progress", id.0)
}

/// A job to be made.
#[derive(Debug)]
pub struct NewJob<'a> {
    pub post_id: PostId,
    pub account_id: AccountId,
    pub kind: Kind,
    pub caption: Option<&'a str>,
    pub options: &'a Map<String, Value>,
    pub adjust: Adjust,
    /// When it is to be out, and when the engine begins with it; none for a draft.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A job of an account that waits for a person waits with it.
pub fn create(tx: &Transaction<'_>, new: &NewJob<'_>) -> rusqlite::Result<JobId> {
    let (publish_at, next_at) = new.times.unzip();
    let to_json = |e: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(e.into());
    let options = serde_json::to_string(new.options).map_err(to_json)?;
    let adjust = serde_json::to_string(&new.adjust).map_err(to_json)?;
    tx.prepare_cached(
        "INSERT INTO job (post_id, account_id, kind, caption, options, adjust, state, held_by, publish_at, next_at)
         VALUES (:post, :account, :kind, :caption, :options, :adjust, :state,
             (SELECT iif(a.status = 'needs_reconnect', 'needs_reconnect', NULL) FROM account a WHERE a.id = :account), :publish_at, :next_at) RETURNING id",
    )?
    .query_row(
        named_params! {
            ":post": new.post_id, ":account": new.account_id, ":kind": new.kind, ":caption": new.caption, ":options": options, ":adjust": adjust,
            ":state": if new.times.is_some() { "scheduled" } else { "draft" },
            ":publish_at": publish_at.map(At), ":next_at": next_at.map(At),
        },
        |row| row.get(0),
    )
}

pub fn get(db: &Connection, id: JobId) -> rusqlite::Result<Option<Job>> {
    db.prepare_cached(&format!("{SELECT} WHERE j.id = ?1"))?.query_row([id], from_row).optional()
}

pub fn in_workspace(db: &Connection, workspace: WorkspaceId, id: JobId) -> rusqlite::Result<Option<Job>> {
    db.prepare_cached(&format!("{SELECT} WHERE j.id = ?1 AND a.workspace_id = ?2"))?.query_row((id, workspace), from_row).optional()
}

pub fn of_post(db: &Connection, post: PostId) -> rusqlite::Result<Vec<Job>> {
    db.prepare_cached(&format!("{SELECT} WHERE j.post_id = ?1 ORDER BY j.id"))?.query_map([post], from_row)?.collect()
}

/// The platform's ids of what other jobs of this account published since then.
pub fn taken_ids(db: &Connection, job: &Job, since: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT remote_id FROM job WHERE account_id = ?1 AND id <> ?2 AND remote_id IS NOT NULL AND published_at >= ?3")?
        .query_map((job.account_id, job.id, At(since)), |row| row.get(0))?
        .collect()
}

/// Drafts that an account's platform has taken since then and that nobody is known to have posted: a platform counts those and does not tell how many.
pub fn drafts_since(db: &Connection, account: AccountId, since: DateTime<Utc>) -> rusqlite::Result<u32> {
    db.prepare_cached(
        "SELECT count(*) FROM job WHERE account_id = ?1 AND kind IN ('draft_video', 'draft_photos') AND state = 'published' AND published_at > ?2
             AND permalink IS NULL",
    )?
    .query_row((account, At(since)), |row| row.get(0))
}

/// `held_by` of a job that waits for a quota's window, alone or with the limit's name behind it (`limit:tiktok_inits`): the one reason that ends by
/// itself, at `next_at`. On a job that is late already it stays until the post is out, since it is why the post is late: such a job is not missed.
pub const LIMIT: &str = "limit";
/// `held_by` of a job whose account waits for a person to connect it again.
pub const NEEDS_RECONNECT: &str = "needs_reconnect";

/// How many jobs there are in each state that occurs, for the metrics.
pub fn count_by_state(db: &Connection) -> rusqlite::Result<Vec<(JobState, u64)>> {
    let counts = db
        .prepare_cached("SELECT state, count(*) FROM job GROUP BY state")?
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(counts.into_iter().filter_map(|(state, count)| Some((JobState::parse(&state)?, u64::try_from(count).ok()?))).collect())
}
