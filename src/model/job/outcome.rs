//! What a worker stores: each function names the attempt that holds the lease, and changes nothing if it no longer does.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, named_params};

use super::lease::{LEASE, LEASE_LONG};
use super::{JobState, LastError};
use crate::db::At;
use crate::ids::{AttemptId, JobId};
use crate::model::attempt;

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
                 unsettled = :call_at IS NOT NULL, called_at = coalesce(called_at, :call_at), held_by = iif(held_by LIKE 'limit%' AND publish_at >= :now, NULL, held_by)
             WHERE id = :id AND lease_attempt = :attempt",
        )?
        .execute(named_params! {
            ":id": job, ":attempt": attempt, ":next": next, ":sealed": stored.sealed, ":step": stored.step, ":irreversible": stored.irreversible,
            ":long": stored.long, ":until": At(now + if stored.long { LEASE_LONG } else { LEASE }), ":call_at": call_at.map(At), ":now": At(now),
        })?;
    if changed == 0 {
        tx.execute("DELETE FROM attempt WHERE id = ?1", [next])?;
        return Ok(None);
    }
    Ok(Some(next))
}

/// When a job is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    At(DateTime<Utc>),
    /// At the post's own time, as the row has it: a person may have moved it meanwhile.
    Due,
}

/// Stores progress and gives the lease back until then. A limit that was waited for is forgotten where there is still time. The outcome of any call made is known: the job is settled, unless `unsettled` says
/// that it must be asked about again.
pub fn wait(
    tx: &Transaction<'_>,
    job: JobId,
    attempt: AttemptId,
    stored: &Stored<'_>,
    until: Until,
    unsettled: bool,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let next_at = match until {
        Until::At(at) => Some(At(at)),
        Until::Due => None,
    };
    Ok(tx
        .prepare_cached(
            "UPDATE job SET progress_sealed = :sealed, step = :step, irreversible = :irreversible, long = :long, next_at = coalesce(:next_at, publish_at), unsettled = :unsettled,
                 held_by = iif(held_by LIKE 'limit%' AND publish_at >= :now, NULL, held_by),
                 lease_attempt = NULL, lease_until = NULL
             WHERE id = :id AND lease_attempt = :attempt",
        )?
        .execute(named_params! {
            ":id": job, ":attempt": attempt, ":sealed": stored.sealed, ":step": stored.step, ":irreversible": stored.irreversible, ":long": stored.long,
            ":next_at": next_at, ":unsettled": unsettled, ":now": At(now),
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
    /// Try again then. `counts`: it is one more of the tries that are limited; `repost`: it is posted anew after the platform had failed it. `held_by`:
    /// [`super::LIMIT`], or that and the limit's name, while a window is waited for.
    Later { next_at: DateTime<Utc>, start_over: bool, unsettled: bool, counts: bool, repost: bool, held_by: Option<&'a str> },
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
        Failure::Later { next_at, start_over, unsettled, counts, repost, held_by } => tx
            .prepare_cached(
                "UPDATE job SET last_error = :error, next_at = :next_at, unsettled = :unsettled, tries = iif(:repost, 0, tries + :counts), reposts = reposts + :repost,
                     progress_sealed = iif(:start_over, NULL, progress_sealed), open_from = iif(:start_over, :attempt + 1, open_from), step = iif(:start_over, '', step),
                     irreversible = iif(:start_over, 0, irreversible), long = iif(:start_over, 0, long),
                     called_at = iif(:start_over OR (irreversible AND NOT :unsettled), NULL, called_at), held_by = coalesce(:held_by, iif(held_by LIKE 'limit%', held_by, NULL)),
                     lease_attempt = NULL, lease_until = NULL
                 WHERE id = :id AND lease_attempt = :attempt",
            )?
            .execute(named_params! {
                ":id": job, ":attempt": attempt, ":error": error, ":next_at": At(*next_at), ":unsettled": unsettled, ":counts": counts, ":start_over": start_over, ":held_by": held_by, ":repost": repost,
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
