//! What trying a job without posting found.
//!
//! Invariant: a job has one row at the most: its newest rehearsal.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Transaction};
use serde_json::Value;

use crate::db::At;
use crate::ids::{JobId, PostId};

#[derive(Debug, Clone)]
pub struct Rehearsal {
    pub job_id: JobId,
    pub at: DateTime<Utc>,
    /// `fine`, `warning` or `blocking`: the gravest finding.
    pub verdict: String,
    /// The findings, as `platform::Finding` writes them.
    pub findings: Value,
}

pub fn store(tx: &Transaction<'_>, job: JobId, verdict: &str, findings: &Value, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO rehearsal (job_id, at, verdict, findings) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (job_id) DO UPDATE SET at = excluded.at, verdict = excluded.verdict, findings = excluded.findings",
        (job, At(now), verdict, findings.to_string()),
    )
    .map(drop)
}

/// The rehearsals of a post's jobs.
pub fn of_post(db: &Connection, post: PostId) -> rusqlite::Result<Vec<Rehearsal>> {
    db.prepare_cached("SELECT job_id, at, verdict, findings FROM rehearsal WHERE job_id IN (SELECT id FROM job WHERE post_id = ?1)")?
        .query_map([post], |row| {
            Ok(Rehearsal {
                job_id: row.get(0)?,
                at: row.get::<_, At>(1)?.0,
                verdict: row.get(2)?,
                findings: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
            })
        })?
        .collect()
}

/// Jobs that are due within `ahead`, are not begun with yet, and were not rehearsed within that time before they are due.
pub fn wanted(db: &Connection, now: DateTime<Utc>, ahead: TimeDelta, limit: u32) -> rusqlite::Result<Vec<JobId>> {
    db.prepare_cached(
        "SELECT j.id FROM job j JOIN account a ON a.id = j.account_id LEFT JOIN rehearsal r ON r.job_id = j.id
         WHERE j.next_at > ?1 AND j.state = 'scheduled' AND j.publish_at <= ?2 AND a.status = 'active' AND (r.at IS NULL OR r.at < j.publish_at - ?3)
         ORDER BY j.publish_at LIMIT ?4",
    )?
    .query_map((At(now), At(now + ahead), ahead.num_milliseconds(), limit), |row| row.get(0))?
    .collect()
}
