//! The platform refuses the access in use: it is renewed and the same step taken again, or the account waits for a person and its jobs with it.

use chrono::TimeDelta;

use super::Engine;
use super::outcome::{fail, last_error, outcome_of, store_failure};
use super::retry::Phase;
use super::step::{Next, Standing};
use crate::access::{self, Renewed};
use crate::ids::AttemptId;
use crate::model::attempt;
use crate::model::job::{self, Failure, Job};
use crate::platform::{ErrorClass, PlatformError};
use crate::surroundings::Surroundings;

/// The platform refused the token: renew it once and take the same step again, or hold the account for a person.
pub(super) fn refused_token(
    engine: &Engine,
    job: &Job,
    attempt: AttemptId,
    at: &Standing,
    around: Surroundings,
    error: PlatformError,
) -> rusqlite::Result<Next> {
    if at.phase == Phase::Following {
        return fail(engine, job, attempt, at, error);
    }
    // A token that was renewed for this very reason a moment ago and is refused again will not get better by renewing.
    let refused_before = job.last_error.as_ref().is_some_and(|last| last.class == error.class.as_str());
    let just_renewed = refused_before && at.now - around.access.issued_at < TimeDelta::minutes(1);
    let renewable = around.access.refresh_token.is_some();
    if renewable && !just_renewed {
        return match access::renew(engine.installation(), &around.account_row, around.access, true, at.now) {
            Renewed::Fresh(_) => {
                let failure =
                    Failure::Later { next_at: at.now, start_over: false, unsettled: at.phase == Phase::Settling, counts: false, repost: false, held_by: None };
                store_failure(engine, job, attempt, &error, &failure)
            }
            other => access_trouble(engine, job, attempt, at, other),
        };
    }
    hold(engine, job, attempt, at, &error)
}

pub(super) fn access_trouble(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, renewed: Renewed) -> rusqlite::Result<Next> {
    match renewed {
        // What is out is not held back.
        Renewed::Refused(error) if at.phase == Phase::Following => fail(engine, job, attempt, at, error),
        Renewed::Refused(error) => hold(engine, job, attempt, at, &error),
        Renewed::Failed(mut error) => {
            // Renewing made nothing public, whatever came of it.
            if matches!(error.class, ErrorClass::UnknownOutcome | ErrorClass::Bug) {
                error.class = ErrorClass::Transient;
            }
            fail(engine, job, attempt, &at.before_the_call(), error)
        }
        Renewed::Busy | Renewed::Fresh(_) => {
            let error = PlatformError::new(ErrorClass::Transient, "renewing", "The account's access is just being renewed.");
            let next_at = at.now + TimeDelta::seconds(1);
            let failure = Failure::Later { next_at, start_over: false, unsettled: at.phase == Phase::Settling, counts: false, repost: false, held_by: None };
            store_failure(engine, job, attempt, &error, &failure)
        }
    }
}

/// The account waits for a person, and this job and the others of the account with it; all in one transaction. If there is a newer access than the
/// one that was in use, the step is taken again with that.
pub(super) fn hold(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, error: &PlatformError) -> rusqlite::Result<Next> {
    let (unsettled, now) = (at.phase == Phase::Settling, engine.clock.now());
    let last = last_error(error);
    let held = engine.db.write(|tx| {
        attempt::finish(tx, attempt, &outcome_of(error), now)?;
        let held = match at.seen {
            Some(seen) => access::needs_reconnect(tx, job.account_id, seen, &error.message)?,
            None => false,
        };
        let failure = if held {
            Failure::Held { by: job::NEEDS_RECONNECT, unsettled }
        } else {
            Failure::Later { next_at: now + TimeDelta::seconds(1), start_over: false, unsettled, counts: false, repost: false, held_by: None }
        };
        job::fail(tx, job.id, attempt, &last, &failure)?;
        Ok::<_, rusqlite::Error>(held)
    })?;
    if held {
        tracing::warn!(job = %job.id, account = %job.account_id, code = %error.code, "held: the account needs to be connected again");
    }
    Ok(Next::Rest)
}
