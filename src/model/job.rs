//! Jobs: one post on one account, and its way to the platform. The row is the state machine.
//!
//! Invariants:
//! - A job is worked on only under a lease: the attempt named in `lease_attempt`. Every change that a worker stores names that attempt, so a
//!   worker whose job was cancelled or taken over stores nothing.
//! - One account has at most one leased job.
//! - `unsettled` is committed before an irreversible call is made, and goes only when that call's outcome is stored. A job that is unsettled is
//!   reconciled before anything else happens to it.
//! - A job that is not in a live state (`scheduled`, `publishing`, or `published` with a link still to be looked up) has no `next_at`.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attempt;
use crate::db::At;
use crate::ids::{AccountId, AttemptId, JobId, PostId, WorkspaceId};
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
    pub remote_id: Option<String>,
    pub permalink: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub last_error: Option<LastError>,
}

/// `FROM … ` of every query that reads jobs.
const SELECT: &str = "SELECT j.id, j.post_id, j.account_id, a.workspace_id, a.platform, j.kind, j.caption, j.options, j.state, j.held_by, j.publish_at, j.next_at, \
    j.progress_sealed, j.step, j.irreversible, j.long, j.unsettled, j.called_at, j.lease_attempt IS NOT NULL AS is_leased, j.tries, j.remote_id, j.permalink, \
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
        remote_id: row.get("remote_id")?,
        permalink: row.get("permalink")?,
        published_at: at("published_at")?,
        last_error: row.get::<_, Option<String>>("last_error")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
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
    /// When it is to be out, and when the engine begins with it; none for a draft.
    pub times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub held_by: Option<&'a str>,
}

pub fn create(tx: &Transaction<'_>, new: &NewJob<'_>) -> rusqlite::Result<JobId> {
    let (publish_at, next_at) = new.times.unzip();
    let options = serde_json::to_string(new.options).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    tx.prepare_cached(
        "INSERT INTO job (post_id, account_id, kind, caption, options, state, held_by, publish_at, next_at)
         VALUES (:post, :account, :kind, :caption, :options, :state, :held_by, :publish_at, :next_at) RETURNING id",
    )?
    .query_row(
        named_params! {
            ":post": new.post_id, ":account": new.account_id, ":kind": new.kind, ":caption": new.caption, ":options": options,
            ":state": if new.times.is_some() { "scheduled" } else { "draft" }, ":held_by": new.held_by,
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

/// Ends a post's jobs that have not begun their last call; the number of jobs ended.
pub fn cancel(tx: &Transaction<'_>, post: PostId) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE job SET state = 'cancelled', next_at = NULL, lease_attempt = NULL, lease_until = NULL, progress_sealed = NULL, held_by = NULL
         WHERE post_id = ?1 AND state IN ('draft', 'scheduled', 'publishing', 'missed', 'failed') AND unsettled = 0 AND called_at IS NULL",
        [post],
    )
}

/// Holds the live jobs of an account that are not in the middle of their last call.
pub fn hold_account(tx: &Transaction<'_>, account: AccountId, held_by: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE job SET held_by = ?2 WHERE account_id = ?1 AND held_by IS NULL AND state IN ('scheduled', 'publishing')", (account, held_by)).map(drop)
}

/// Lets the jobs go that [`hold_account`] held for this reason; they are looked at again at once.
pub fn let_go_account(tx: &Transaction<'_>, account: AccountId, held_by: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE job SET held_by = NULL WHERE account_id = ?1 AND held_by = ?2", (account, held_by)).map(drop)
}

/// `held_by` of a job that waits for a quota's window: the one reason that ends by itself, at `next_at`. It stays until the post is out, since it
/// is why the post is late: a job that waited for a window is never missed.
pub const LIMIT: &str = "limit";
/// `held_by` of a job whose account waits for a person to connect it again.
pub const NEEDS_RECONNECT: &str = "needs_reconnect";

/// Which share of the workers a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// A short last call that is due, or the question what became of one: any worker takes it.
    Call,
    /// What is done ahead, and last calls that carry a whole upload: some workers are kept free of these.
    Other,
    /// An upload ahead of its time: at most so many of the workers.
    Upload,
}

impl Share {
    fn of(irreversible: bool, long: bool, unsettled: bool) -> Share {
        match (irreversible, long) {
            _ if unsettled => Share::Call,
            (true, false) => Share::Call,
            (true, true) | (false, false) => Share::Other,
            (false, true) => Share::Upload,
        }
    }
}

impl Job {
    pub fn share(&self) -> Share {
        Share::of(self.irreversible, self.long, self.unsettled)
    }
}

/// How many more steps of each sort the workers can take.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Workers that are free.
    pub free: usize,
    /// How many of them may take a long step (an upload).
    pub long: usize,
    /// How many of them may take anything but a short last call that is due.
    pub staging: usize,
}

/// How long a lease lasts. A restart ends all leases; these are for a worker that hangs, and longer than the longest step: a short one makes a
/// few calls of at most 265 s each (`platform::http`), a long one sends at most 4 GB.
const LEASE: TimeDelta = TimeDelta::minutes(30);
const LEASE_LONG: TimeDelta = TimeDelta::hours(40);

/// Leases due jobs, last calls first; never one that was due before `late_before` and is not called yet: it is to be marked as missed, even when
/// the machine has just woken up and nobody has marked it. For each, an attempt is written, and `unsettled` where the step is irreversible. The jobs are told as they
/// were before, but for `called_at`, so that the first call and a look after an interruption can be told apart.
pub fn claim(tx: &Transaction<'_>, now: DateTime<Utc>, late_before: DateTime<Utc>, room: Room) -> rusqlite::Result<Vec<(Job, AttemptId)>> {
    if room.free == 0 {
        return Ok(Vec::new());
    }
    let due: Vec<(JobId, AccountId, bool, bool, bool)> = tx
        .prepare_cached(
            "SELECT j.id, j.account_id, j.irreversible, j.long, j.unsettled FROM job j
             WHERE j.next_at <= :now AND coalesce(j.held_by, 'limit') = 'limit' AND j.state IN ('scheduled', 'publishing', 'published')
               AND (j.publish_at >= :late_before OR j.unsettled OR j.called_at IS NOT NULL OR j.held_by = 'limit')
               AND (j.lease_until IS NULL OR j.lease_until <= :now)
               AND NOT EXISTS (SELECT 1 FROM job o WHERE o.account_id = j.account_id AND o.id <> j.id AND o.lease_until > :now)
             ORDER BY j.irreversible DESC, j.next_at, j.id LIMIT 400",
        )?
        .query_map(named_params! { ":now": At(now), ":late_before": At(late_before) }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::new();
    let mut accounts = std::collections::HashSet::new();
    let (mut long_left, mut staging_left) = (room.long, room.staging);
    for (id, account, irreversible, long, unsettled) in due {
        let share = Share::of(irreversible, long, unsettled);
        if claimed.len() == room.free {
            break;
        }
        if accounts.contains(&account) || (share == Share::Upload && long_left == 0) || (share != Share::Call && staging_left == 0) {
            continue;
        }
        accounts.insert(account);
        long_left -= usize::from(share == Share::Upload);
        staging_left -= usize::from(share != Share::Call);
        let Some(mut job) = get(tx, id)? else { continue };
        let step = match (job.unsettled, job.step.as_str()) {
            (true, step) => format!("settle: {step}"),
            (false, "") => "begin".to_owned(),
            (false, step) => step.to_owned(),
        };
        let attempt = attempt::begin(tx, id, &step, now)?;
        lease(tx, &job, attempt, now, long)?;
        if job.irreversible && !job.unsettled {
            job.called_at = job.called_at.or(Some(now));
        }
        claimed.push((job, attempt));
    }
    Ok(claimed)
}

fn lease(tx: &Transaction<'_>, job: &Job, attempt: AttemptId, now: DateTime<Utc>, long: bool) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE job SET lease_attempt = :attempt, lease_until = :until, state = iif(state = 'scheduled', 'publishing', state),
             called_at = iif(irreversible AND NOT unsettled, coalesce(called_at, :now), called_at), unsettled = unsettled OR irreversible
         WHERE id = :id",
    )?
    .execute(named_params! { ":id": job.id, ":attempt": attempt, ":until": At(now + if long { LEASE_LONG } else { LEASE }), ":now": At(now) })
    .map(drop)
}

/// A progress to be stored, with what the engine must know of it.
#[derive(Debug)]
pub struct Stored<'a> {
    /// None: back to the beginning.
    pub sealed: Option<&'a [u8]>,
    pub step: &'a str,
    pub irreversible: bool,
    pub long: bool,
}

/// Stores progress and goes on at once under a new attempt of the same lease. `call_at` is set where the step is irreversible and due: the job
/// is then unsettled from this commit on. None if the job is no longer this worker's.
pub fn go_on(
    tx: &Transaction<'_>,
    job: JobId,
    attempt: AttemptId,
    stored: &Stored<'_>,
    call_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<AttemptId>> {
    let next = attempt::begin(tx, job, stored.step, now)?;
    let changed = tx
        .prepare_cached(
            "UPDATE job SET progress_sealed = :sealed, step = :step, irreversible = :irreversible, long = :long, lease_attempt = :next, lease_until = :until,
                 unsettled = :call_at IS NOT NULL, called_at = coalesce(called_at, :call_at), held_by = iif(held_by = 'limit', held_by, NULL)
             WHERE id = :id AND lease_attempt = :attempt",
        )?
        .execute(named_params! {
            ":id": job, ":attempt": attempt, ":next": next, ":sealed": stored.sealed, ":step": stored.step, ":irreversible": stored.irreversible,
            ":long": stored.long, ":until": At(now + if stored.long { LEASE_LONG } else { LEASE }), ":call_at": call_at.map(At),
        })?;
    if changed == 0 {
        tx.execute("DELETE FROM attempt WHERE id = ?1", [next])?;
        return Ok(None);
    }
    Ok(Some(next))
}

/// Stores progress and gives the lease back until `next_at`. The outcome of any call made is known: the job is settled, unless `unsettled` says
/// that it must be asked about again.
pub fn wait(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, stored: &Stored<'_>, next_at: DateTime<Utc>, unsettled: bool) -> rusqlite::Result<bool> {
    Ok(tx
        .prepare_cached(
            "UPDATE job SET progress_sealed = :sealed, step = :step, irreversible = :irreversible, long = :long, next_at = :next_at, unsettled = :unsettled,
                 lease_attempt = NULL, lease_until = NULL
             WHERE id = :id AND lease_attempt = :attempt",
        )?
        .execute(named_params! {
            ":id": job, ":attempt": attempt, ":sealed": stored.sealed, ":step": stored.step, ":irreversible": stored.irreversible, ":long": stored.long,
            ":next_at": At(next_at), ":unsettled": unsettled,
        })?
        > 0)
}

/// What a published job stores.
#[derive(Debug)]
pub struct Done<'a> {
    pub remote_id: Option<&'a str>,
    pub permalink: Option<&'a str>,
    /// Goes on looking for what is missing, from then on.
    pub follow: Option<(Stored<'a>, DateTime<Utc>)>,
}

/// The post is out. Called again by a follow-up, it only adds what was missing.
pub fn done(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, done: &Done<'_>, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let follow = done.follow.as_ref();
    Ok(tx
        .prepare_cached(
            "UPDATE job SET state = 'published', published_at = coalesce(published_at, :now), remote_id = coalesce(:remote_id, remote_id),
                 permalink = coalesce(:permalink, permalink), progress_sealed = :sealed, step = :step, irreversible = 0, long = 0, next_at = :next_at,
                 unsettled = 0, held_by = NULL, last_error = NULL, tries = 0, lease_attempt = NULL, lease_until = NULL
             WHERE id = :id AND lease_attempt = :attempt",
        )?
        .execute(named_params! {
            ":id": job, ":attempt": attempt, ":now": At(now), ":remote_id": done.remote_id, ":permalink": done.permalink,
            ":sealed": follow.and_then(|(stored, _)| stored.sealed), ":step": follow.map_or("", |(stored, _)| stored.step),
            ":next_at": follow.map(|(_, at)| At(*at)),
        })?
        > 0)
}

/// What a failed try leaves.
#[derive(Debug)]
pub enum Failure<'a> {
    /// Try again then. `counts`: it is one more of the tries that are limited. `held_by`: [`LIMIT`] while a quota is used up.
    Later { next_at: DateTime<Utc>, start_over: bool, unsettled: bool, counts: bool, held_by: Option<&'a str> },
    /// Wait for a person: not looked at again before `held_by` is lifted.
    Held { by: &'a str, unsettled: bool },
    /// The end, for now.
    End(JobState),
    /// A published job's follow-up failed: forget it.
    GiveUpFollowing,
}

pub fn fail(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, error: &LastError, failure: &Failure<'_>) -> rusqlite::Result<bool> {
    let error = serde_json::to_string(error).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    let changed = match failure {
        Failure::Later { next_at, start_over, unsettled, counts, held_by } => tx
            .prepare_cached(
                "UPDATE job SET last_error = :error, next_at = :next_at, unsettled = :unsettled, tries = tries + :counts,
                     progress_sealed = iif(:start_over, NULL, progress_sealed), step = iif(:start_over, '', step),
                     irreversible = iif(:start_over, 0, irreversible), long = iif(:start_over, 0, long),
                     called_at = iif(:start_over OR (irreversible AND NOT :unsettled), NULL, called_at), held_by = coalesce(:held_by, iif(held_by = 'limit', held_by, NULL)),
                     lease_attempt = NULL, lease_until = NULL
                 WHERE id = :id AND lease_attempt = :attempt",
            )?
            .execute(named_params! {
                ":id": job, ":attempt": attempt, ":error": error, ":next_at": At(*next_at), ":unsettled": unsettled, ":counts": counts, ":start_over": start_over, ":held_by": held_by,
            })?,
        Failure::Held { by, unsettled } => tx.execute(
            "UPDATE job SET last_error = ?3, held_by = ?4, unsettled = ?5, called_at = iif(irreversible AND NOT ?5, NULL, called_at),
                 lease_attempt = NULL, lease_until = NULL
             WHERE id = ?1 AND lease_attempt = ?2",
            (job, attempt, error, by, unsettled),
        )?,
        Failure::End(state) => tx.execute(
            "UPDATE job SET last_error = ?3, state = ?4, unsettled = ?5, called_at = iif(?5, called_at, NULL), next_at = NULL, held_by = NULL,
                 lease_attempt = NULL, lease_until = NULL
             WHERE id = ?1 AND lease_attempt = ?2",
            (job, attempt, error, state.as_str(), *state == JobState::Unconfirmed),
        )?,
        Failure::GiveUpFollowing => tx.execute(
            "UPDATE job SET next_at = NULL, progress_sealed = NULL, step = '', lease_attempt = NULL, lease_until = NULL WHERE id = ?1 AND lease_attempt = ?2",
            (job, attempt),
        )?,
    };
    Ok(changed > 0)
}

/// Jobs that were not begun with, or not called, by `before`, become missed; nothing of theirs goes out any more. What waits for a quota's
/// window goes on waiting: its lateness is told, and wanted.
pub fn mark_missed(tx: &Transaction<'_>, now: DateTime<Utc>, before: DateTime<Utc>) -> rusqlite::Result<Vec<JobId>> {
    tx.prepare_cached(
        "UPDATE job SET state = 'missed', next_at = NULL, progress_sealed = NULL, step = '', irreversible = 0, long = 0, held_by = NULL,
             lease_attempt = NULL, lease_until = NULL
         WHERE next_at IS NOT NULL AND state IN ('scheduled', 'publishing') AND publish_at < ?1 AND unsettled = 0 AND called_at IS NULL
           AND coalesce(held_by, '') <> 'limit' AND (lease_until IS NULL OR lease_until <= ?2)
         RETURNING id",
    )?
    .query_map([At(before), At(now)], |row| row.get(0))?
    .collect()
}

/// Ends the leases of a process that is gone; its attempts are marked as interrupted. Only to be called by the holder of the publisher's lock.
pub fn void_leases(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE attempt SET finished_at = ?1, outcome = 'interrupted' WHERE finished_at IS NULL AND id IN (SELECT lease_attempt FROM job WHERE lease_attempt IS NOT NULL)",
        [At(now)],
    )?;
    tx.execute("UPDATE account SET renewing_until = NULL WHERE renewing_until IS NOT NULL", [])?;
    tx.execute("UPDATE job SET lease_attempt = NULL, lease_until = NULL WHERE lease_attempt IS NOT NULL", [])
}

/// When the engine has to look next; none if nothing is planned. A lease that ran out is something to look at.
pub fn next_at(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> = db
        .prepare_cached(
            "SELECT min(next_at) FROM job WHERE next_at IS NOT NULL AND coalesce(held_by, 'limit') = 'limit' AND (lease_until IS NULL OR lease_until <= ?1)",
        )?
        .query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

/// How many jobs there are in each state that occurs, for the metrics.
pub fn count_by_state(db: &Connection) -> rusqlite::Result<Vec<(JobState, u64)>> {
    let counts = db
        .prepare_cached("SELECT state, count(*) FROM job GROUP BY state")?
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(counts.into_iter().filter_map(|(state, count)| Some((JobState::parse(&state)?, u64::try_from(count).ok()?))).collect())
}

/// When the next job comes due after `now`: those that are due already wait for a worker or for their account, and whoever holds them up rings.
pub fn next_after(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> = db
        .prepare_cached("SELECT min(next_at) FROM job WHERE next_at > ?1 AND coalesce(held_by, 'limit') = 'limit' AND lease_until IS NULL")?
        .query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}
