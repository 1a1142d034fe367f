//! Who asked for a media address, and which addresses are closed.
//!
//! Invariant: closing and the first request for an address are decided in one transaction each, so that an address is either closed and was never
//! asked for, or was asked for and stays open. A platform that was given an address and never asked for it cannot have made a post of it.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::db::At;
use crate::ids::{AttemptId, JobId, MediaId};

/// Is this address open, and has it been asked for before? Then the request need not be noted again.
pub fn is_noted(db: &Connection, job: JobId, attempt: AttemptId, media: MediaId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM fetch f JOIN job j ON j.id = f.job_id WHERE f.job_id = ?1 AND f.attempt_id = ?2 AND f.media_id = ?3 AND f.attempt_id >= j.open_from",
    )?
    .exists((job, attempt, media))
}

/// Notes a request for an address; false if the address is closed.
pub fn note(tx: &Transaction<'_>, job: JobId, attempt: AttemptId, media: MediaId, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let open_from: Option<i64> = tx.query_row("SELECT open_from FROM job WHERE id = ?1", [job], |row| row.get(0)).optional()?;
    if open_from.is_none_or(|from| attempt.0 < from) {
        return Ok(false);
    }
    tx.execute("INSERT INTO fetch (job_id, attempt_id, media_id, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", (job, attempt, media, At(now)))?;
    Ok(true)
}

/// Closes a job's addresses of before attempt `now_at` for good, unless one of them that is still open was asked for. True if they are closed.
pub fn close(tx: &Transaction<'_>, job: JobId, now_at: AttemptId) -> rusqlite::Result<bool> {
    let asked_for =
        tx.prepare_cached("SELECT 1 FROM fetch f JOIN job j ON j.id = f.job_id WHERE f.job_id = ?1 AND f.attempt_id >= j.open_from")?.exists([job])?;
    if asked_for {
        return Ok(false);
    }
    tx.execute("UPDATE job SET open_from = ?2 WHERE id = ?1 AND open_from < ?2", (job, now_at))?;
    Ok(true)
}
