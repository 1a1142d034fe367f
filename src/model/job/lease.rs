//! Leases: which due jobs are worked on, by whom, and until when.
//!
//! Invariants: a step is leased only while nobody else works in the same lane of its account; last calls have lanes of their own, and so have long
//! steps. So an upload that is under way for tomorrow holds back neither a call that is due now nor the preparing of another post.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Transaction, named_params};

use super::{Job, get};
use crate::db::At;
use crate::ids::{AccountId, AttemptId, JobId};
use crate::model::{account, attempt, comment};

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
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(30);
pub(super) const LEASE_LONG: TimeDelta = TimeDelta::hours(40);

/// A last call that comes this long after its time is late: the engine was down, or the post was held.
pub const LATE: TimeDelta = TimeDelta::minutes(1);
/// An account's late calls keep this distance, so that what a downtime has heaped up does not go out in one burst.
const SPACING: TimeDelta = TimeDelta::seconds(30);
/// A step that took so long was at work, not away: a post that is late for a slow upload is not missed.
const SLOW: TimeDelta = TimeDelta::minutes(10);
/// `held_by` of a late job that keeps its distance: it was not too late when its turn came, and is not missed for waiting.
const SPACED: &str = "limit:spacing";
/// `held_by` of a job whose account the platform has blocked for a while.
const RESTS: &str = "limit:account";

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
             WHERE j.next_at <= :now AND (j.held_by IS NULL OR j.held_by LIKE 'limit%') AND j.state IN ('scheduled', 'publishing', 'published')
               AND (j.publish_at >= :late_before OR j.unsettled OR j.called_at IS NOT NULL OR (j.held_by LIKE 'limit%' AND j.next_at >= :late_before)
                    OR EXISTS (SELECT 1 FROM attempt t WHERE t.job_id = j.id AND t.outcome = 'ok' AND t.finished_at >= :late_before
                               AND t.finished_at - t.started_at >= :slow))
               AND (j.lease_until IS NULL OR j.lease_until <= :now)
               AND NOT EXISTS (SELECT 1 FROM job o INDEXED BY job_account_leased WHERE o.account_id = j.account_id AND o.id <> j.id AND o.lease_until > :now
                               AND o.irreversible = j.irreversible AND o.long = j.long)
             ORDER BY j.irreversible DESC, j.next_at, j.id LIMIT 400",
        )?
        .query_map(named_params! { ":now": At(now), ":late_before": At(late_before), ":slow": SLOW.num_milliseconds() }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::new();
    let mut lanes = HashSet::new();
    let (mut long_left, mut staging_left) = (room.long, room.staging);
    for (id, account, irreversible, long, unsettled) in due {
        let share = Share::of(irreversible, long, unsettled);
        if claimed.len() == room.free {
            break;
        }
        if lanes.contains(&(account, irreversible, long)) || (share == Share::Upload && long_left == 0) || (share != Share::Call && staging_left == 0) {
            continue;
        }
        let Some(mut job) = get(tx, id)? else { continue };
        if irreversible
            && !unsettled
            && let Some((at, why)) = put_off(tx, &job, now)?
        {
            tx.execute("UPDATE job SET next_at = ?2, held_by = coalesce(held_by, ?3) WHERE id = ?1", (id, At(at), why))?;
            continue;
        }
        lanes.insert((account, irreversible, long));
        long_left -= usize::from(share == Share::Upload);
        staging_left -= usize::from(share != Share::Call);
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

/// When a job may be called, if not now, and why.
fn put_off(tx: &Transaction<'_>, job: &Job, now: DateTime<Utc>) -> rusqlite::Result<Option<(DateTime<Utc>, &'static str)>> {
    if let Some(at) = account::rests_until(tx, job.account_id, now)? {
        return Ok(Some((at, RESTS)));
    }
    if job.publish_at.is_none_or(|at| now - at <= LATE) {
        return Ok(None);
    }
    let last: Option<At> =
        tx.prepare_cached("SELECT max(called_at) FROM job WHERE account_id = ?1 AND id <> ?2")?.query_row((job.account_id, job.id), |row| row.get(0))?;
    Ok(last.map(|at| (at.0 + SPACING, SPACED)).filter(|(at, _)| *at > now))
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

/// Jobs that were not begun with, or not called, by `before`, become missed; nothing of theirs goes out any more. What waits for a quota's
/// window that ended only then, and what a slow upload has made late, is late without the engine having been away: it goes on.
pub fn mark_missed(tx: &Transaction<'_>, now: DateTime<Utc>, before: DateTime<Utc>) -> rusqlite::Result<Vec<JobId>> {
    tx.prepare_cached(
        "UPDATE job SET state = 'missed', next_at = NULL, progress_sealed = NULL, step = '', irreversible = 0, long = 0, held_by = NULL,
             lease_attempt = NULL, lease_until = NULL
         WHERE next_at IS NOT NULL AND state IN ('scheduled', 'publishing') AND publish_at < ?1 AND unsettled = 0 AND called_at IS NULL
           AND NOT (coalesce(held_by, '') LIKE 'limit%' AND next_at >= ?1)
           AND NOT EXISTS (SELECT 1 FROM attempt t WHERE t.job_id = job.id AND t.outcome = 'ok' AND t.finished_at >= ?1 AND t.finished_at - t.started_at >= ?3)
           AND (lease_until IS NULL OR lease_until <= ?2)
         RETURNING id",
    )?
    .query_map((At(before), At(now), SLOW.num_milliseconds()), |row| row.get(0))?
    .collect()
}

/// Jobs whose last call was made, and which have waited for a day since then for a person to connect their account again: nobody will tell what became
/// of them but a person who looks.
pub fn mark_unconfirmed(tx: &Transaction<'_>, called_before: DateTime<Utc>) -> rusqlite::Result<Vec<JobId>> {
    tx.prepare_cached(
        "UPDATE job SET state = 'unconfirmed', unsettled = 1, next_at = NULL, held_by = NULL, lease_attempt = NULL, lease_until = NULL
         WHERE next_at IS NOT NULL AND state = 'publishing' AND held_by = 'needs_reconnect' AND called_at < ?1 RETURNING id",
    )?
    .query_map([At(called_before)], |row| row.get(0))?
    .collect()
}

/// Must this job give its lease back in front of its last call: because another job of the account is in its own, or because the account rests?
pub fn must_wait(tx: &Transaction<'_>, job: &Job, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    if account::rests_until(tx, job.account_id, now)?.is_some() {
        return Ok(true);
    }
    tx.prepare_cached("SELECT 1 FROM job o INDEXED BY job_account_leased WHERE o.account_id = ?1 AND o.id <> ?2 AND o.lease_until > ?3 AND o.irreversible")?
        .exists((job.account_id, job.id, At(now)))
}

/// Ends the leases of a process that is gone; its attempts are marked as interrupted. Only to be called by the holder of the publisher's lock.
pub fn void_leases(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE attempt SET finished_at = ?1, outcome = 'interrupted' WHERE finished_at IS NULL AND id IN (SELECT lease_attempt FROM job WHERE lease_attempt IS NOT NULL UNION SELECT lease_attempt FROM comment WHERE lease_attempt IS NOT NULL)",
        [At(now)],
    )?;
    tx.execute("UPDATE account SET renewing_until = NULL WHERE renewing_until IS NOT NULL", [])?;
    comment::void_leases(tx)?;
    tx.execute("UPDATE job SET lease_attempt = NULL, lease_until = NULL WHERE lease_attempt IS NOT NULL", [])
}

/// Gives a lease back whose outcome could not be stored; the row says what it said before the step, so an irreversible call is settled next.
pub fn give_back(tx: &Transaction<'_>, attempt: AttemptId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE attempt SET finished_at = ?2, outcome = 'interrupted' WHERE id = ?1 AND finished_at IS NULL", (attempt, At(now)))?;
    tx.execute("UPDATE job SET lease_attempt = NULL, lease_until = NULL WHERE lease_attempt = ?1", [attempt])?;
    tx.execute("UPDATE comment SET lease_attempt = NULL, lease_until = NULL WHERE lease_attempt = ?1", [attempt]).map(drop)
}

/// When the engine has to look next; none if nothing is planned. A lease that ran out is something to look at.
pub fn next_at(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> = db
        .prepare_cached(
            "SELECT min(next_at) FROM job WHERE next_at IS NOT NULL AND (held_by IS NULL OR held_by LIKE 'limit%') AND (lease_until IS NULL OR lease_until <= ?1)",
        )?
        .query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

/// When the next job comes due after `now`: those that are due already wait for a worker or for their account, and whoever holds them up rings.
pub fn next_after(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<At> = db
        .prepare_cached("SELECT min(next_at) FROM job WHERE next_at > ?1 AND (held_by IS NULL OR held_by LIKE 'limit%') AND lease_until IS NULL")?
        .query_row([At(now)], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}
