//! Tries at a job's steps, kept as history. An attempt is written before its step acts and finished after; one without an end was cut off.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction, named_params};

use crate::db::At;
use crate::ids::{AttemptId, JobId};

#[derive(Debug, Clone)]
pub struct Attempt {
    pub id: AttemptId,
    pub job_id: JobId,
    pub step: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// `ok`, `wait`, `done`, `interrupted`, or the class of the error.
    pub outcome: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub trace_id: Option<String>,
    pub http_status: Option<u16>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Default)]
pub struct Outcome<'a> {
    pub outcome: &'a str,
    pub code: Option<&'a str>,
    pub message: Option<&'a str>,
    pub trace_id: Option<&'a str>,
    pub http_status: Option<u16>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        id: row.get("id")?,
        job_id: row.get("job_id")?,
        step: row.get("step")?,
        started_at: row.get::<_, At>("started_at")?.0,
        finished_at: row.get::<_, Option<At>>("finished_at")?.map(|at| at.0),
        outcome: row.get("outcome")?,
        code: row.get("code")?,
        message: row.get("message")?,
        trace_id: row.get("trace_id")?,
        http_status: row.get("http_status")?,
    })
}

pub fn begin(tx: &Transaction<'_>, job: JobId, step: &str, now: DateTime<Utc>) -> rusqlite::Result<AttemptId> {
    tx.prepare_cached("INSERT INTO attempt (job_id, step, started_at) VALUES (?1, ?2, ?3) RETURNING id")?.query_row((job, step, At(now)), |row| row.get(0))
}

pub fn finish(tx: &Transaction<'_>, id: AttemptId, end: &Outcome<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE attempt SET finished_at = :now, outcome = :outcome, code = :code, message = :message, trace_id = :trace_id, http_status = :status WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":now": At(now), ":outcome": end.outcome, ":code": end.code, ":message": end.message, ":trace_id": end.trace_id, ":status": end.http_status,
    })
    .map(drop)
}

/// Forgets attempts of before then, of jobs that have ended.
pub fn forget(tx: &Transaction<'_>, before: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "DELETE FROM attempt WHERE finished_at < ?1 AND job_id IN (SELECT id FROM job WHERE state NOT IN ('scheduled', 'publishing') AND next_at IS NULL)",
        [At(before)],
    )
}

/// How often a job's steps ended with this code since one of them led further.
pub fn in_a_row(db: &Connection, job: JobId, code: &str) -> rusqlite::Result<u32> {
    db.prepare_cached(
        "SELECT count(*) FROM attempt
         WHERE job_id = ?1 AND code = ?2 AND id > (SELECT coalesce(max(id), 0) FROM attempt WHERE job_id = ?1 AND outcome = 'ok')",
    )?
    .query_row((job, code), |row| row.get(0))
}

pub fn of_job(db: &Connection, job: JobId) -> rusqlite::Result<Vec<Attempt>> {
    db.prepare_cached(
        "SELECT id, job_id, step, started_at, finished_at, outcome, code, message, trace_id, http_status FROM attempt WHERE job_id = ?1 ORDER BY id",
    )?
    .query_map([job], from_row)?
    .collect()
}
