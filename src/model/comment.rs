//! First comments: what is to be said under a post once it is out. A comment has a state of its own.
//!
//! Invariants:
//! - A comment's row never changes its job's row: whatever becomes of the comment, the post stays published.
//! - `unsettled` is committed before the call, and goes only when its outcome is stored. An unsettled comment is looked for before it is tried again.
//! - It is worked on under a lease: every change a worker stores names the attempt that holds it.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::attempt;
use super::job::LastError;
use crate::db::At;
use crate::ids::{AttemptId, JobId, PostId};

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentState {
    Waiting,
    Posted,
    Failed,
    Unconfirmed,
}

impl CommentState {
    pub fn as_str(self) -> &'static str {
        match self {
            CommentState::Waiting => "waiting",
            CommentState::Posted => "posted",
            CommentState::Failed => "failed",
            CommentState::Unconfirmed => "unconfirmed",
        }
    }

    fn parse(text: &str) -> CommentState {
        match text {
            "waiting" => CommentState::Waiting,
            "posted" => CommentState::Posted,
            "failed" => CommentState::Failed,
            _ => CommentState::Unconfirmed,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub job_id: JobId,
    pub state: CommentState,
    pub text: String,
    pub next_at: Option<DateTime<Utc>>,
    pub unsettled: bool,
    pub called_at: Option<DateTime<Utc>>,
    /// Looks since the call that found nothing.
    pub looks: u32,
    pub tries: u32,
    pub remote_id: Option<String>,
    pub posted_at: Option<DateTime<Utc>>,
    pub last_error: Option<LastError>,
}

const COLUMNS: &str = "job_id, state, text, next_at, unsettled, called_at, looks, tries, remote_id, posted_at, last_error";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Comment> {
    let at = |name: &str| row.get::<_, Option<At>>(name).map(|at| at.map(|at| at.0));
    Ok(Comment {
        job_id: row.get("job_id")?,
        state: CommentState::parse(&row.get::<_, String>("state")?),
        text: row.get("text")?,
        next_at: at("next_at")?,
        unsettled: row.get("unsettled")?,
        called_at: at("called_at")?,
        looks: row.get("looks")?,
        tries: row.get("tries")?,
        remote_id: row.get("remote_id")?,
        posted_at: at("posted_at")?,
        last_error: row.get::<_, Option<String>>("last_error")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// To be said as soon as the engine comes to it. A comment that was made before stays as it is.
pub fn want(tx: &Transaction<'_>, job: JobId, text: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO comment (job_id, state, text, next_at) VALUES (?1, 'waiting', ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((job, text, At(now)))
        .map(drop)
}

pub fn of_job(db: &Connection, job: JobId) -> rusqlite::Result<Option<Comment>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM comment WHERE job_id = ?1"))?.query_row([job], from_row).optional()
}

pub fn of_post(db: &Connection, post: PostId) -> rusqlite::Result<Vec<Comment>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM comment WHERE job_id IN (SELECT id FROM job WHERE post_id = ?1)"))?.query_map([post], from_row)?.collect()
}

/// A person wants a comment tried again that failed, or that is not there. True if there was one.
pub fn retry(tx: &Transaction<'_>, job: JobId, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute(
        "UPDATE comment SET state = 'waiting', next_at = ?2, unsettled = 0, called_at = NULL, looks = 0, tries = 0, last_error = NULL
         WHERE job_id = ?1 AND state IN ('failed', 'unconfirmed')",
        (job, At(now)),
    )? > 0)
}

/// A comment makes a few short calls.
const LEASE: TimeDelta = TimeDelta::minutes(30);

/// When a comment is due next; none if none is.
pub fn next_at(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> = db
        .prepare_cached(
            "SELECT min(max(c.next_at, coalesce(a.rest_until, 0))) FROM comment c JOIN job j ON j.id = c.job_id JOIN account a ON a.id = j.account_id
             WHERE c.next_at IS NOT NULL AND (c.lease_until IS NULL OR c.lease_until <= ?1) AND a.status = 'active'",
        )?
        .query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

/// When the next comment comes due after `now`.
pub fn next_after(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> =
        db.prepare_cached("SELECT min(next_at) FROM comment WHERE next_at > ?1 AND lease_until IS NULL")?.query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

/// Leases due comments, one an account. They are told as they were before: `unsettled` says whether a call was made earlier.
/// A comment whose account waits for a person waits with it.
pub fn claim(tx: &Transaction<'_>, now: DateTime<Utc>, most: usize) -> rusqlite::Result<Vec<(Comment, AttemptId)>> {
    let due: Vec<Comment> = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM comment c WHERE c.next_at <= ?1 AND (c.lease_until IS NULL OR c.lease_until <= ?1)
               AND EXISTS (SELECT 1 FROM job j JOIN account a ON a.id = j.account_id WHERE j.id = c.job_id AND a.status = 'active' AND coalesce(a.rest_until, 0) <= ?1
                           AND NOT EXISTS (SELECT 1 FROM comment o JOIN job p ON p.id = o.job_id
                                           WHERE p.account_id = a.id AND o.job_id <> c.job_id AND o.lease_until > ?1))
             ORDER BY c.next_at LIMIT ?2"
        ))?
        .query_map((At(now), i64::try_from(most).unwrap_or(i64::MAX)), from_row)?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::new();
    for mut comment in due {
        let step = if comment.unsettled { "look for the first comment" } else { "post the first comment" };
        let attempt = attempt::begin(tx, comment.job_id, step, now)?;
        tx.execute(
            "UPDATE comment SET lease_attempt = ?2, lease_until = ?3, unsettled = 1, called_at = coalesce(called_at, ?4) WHERE job_id = ?1",
            (comment.job_id, attempt, At(now + LEASE), At(now)),
        )?;
        comment.called_at = comment.called_at.or(Some(now));
        claimed.push((comment, attempt));
    }
    Ok(claimed)
}

/// It is there.
pub fn posted(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, remote_id: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE comment SET state = 'posted', remote_id = ?3, posted_at = ?4, next_at = NULL, unsettled = 0, last_error = NULL, lease_attempt = NULL, lease_until = NULL
         WHERE job_id = ?1 AND lease_attempt = ?2",
        (job, attempt, remote_id, At(now)),
    )
    .map(drop)
}

/// What a try that did not end in a comment leaves.
#[derive(Debug)]
pub struct Later<'a> {
    pub state: CommentState,
    /// None for a comment that has come to an end.
    pub next_at: Option<DateTime<Utc>>,
    pub unsettled: bool,
    pub looks: u32,
    pub tries: u32,
    pub error: Option<&'a LastError>,
}

pub fn later(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, later: &Later<'_>) -> rusqlite::Result<()> {
    let error = later.error.map(serde_json::to_string).transpose().map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    tx.execute(
        "UPDATE comment SET state = :state, next_at = :next_at, unsettled = :unsettled, looks = :looks, tries = :tries, last_error = coalesce(:error, last_error),
             called_at = iif(:unsettled, called_at, NULL), lease_attempt = NULL, lease_until = NULL
         WHERE job_id = :job AND lease_attempt = :attempt",
        named_params! {
            ":job": job, ":attempt": attempt, ":state": later.state.as_str(), ":next_at": later.next_at.map(At), ":unsettled": later.unsettled,
            ":looks": later.looks, ":tries": later.tries, ":error": error,
        },
    )
    .map(drop)
}

/// Ends the leases of a process that is gone.
pub fn void_leases(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("UPDATE comment SET lease_attempt = NULL, lease_until = NULL WHERE lease_attempt IS NOT NULL", []).map(drop)
}
