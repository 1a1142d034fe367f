//! The ends of a step: the post is out, or the step failed and is tried again, settled, or ends the job.
//!
//! Invariant: each stores one outcome under the attempt that holds the lease; if it no longer does, nothing is stored.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::Engine;
use super::held::hold;
use super::retry::{self, Decision, Phase};
use super::step::{Next, Standing, seal};
use crate::ids::AttemptId;
use crate::model::attempt::{self, Outcome};
use crate::model::job::{self, Done, Failure, Job, JobState, LastError, Stored};
use crate::model::{account, comment, media};
use crate::platform::{Adapter, ErrorClass, PlatformError, Published};

/// The post is out: the row says so, and media that no job needs any more is cleared.
pub(super) fn finish(engine: &Engine, adapter: &dyn Adapter, job: &Job, attempt: AttemptId, published: Published<Value>) -> rusqlite::Result<Next> {
    let now = engine.clock.now();
    let follow = match published.follow {
        None => None,
        Some((progress, at)) => match adapter.stage(&progress) {
            Ok(stage) => Some((seal(engine, job, &progress)?, stage, at)),
            Err(_) => None,
        },
    };
    let done = Done {
        remote_id: published.remote_id.as_deref(),
        permalink: published.permalink.as_deref(),
        follow: follow.as_ref().map(|(sealed, stage, at)| (Stored { sealed: Some(sealed), step: stage.name, irreversible: false, long: false }, *at)),
    };
    let names = engine.db.write(|tx| {
        attempt::finish(tx, attempt, &Outcome { outcome: "done", ..Outcome::default() }, now)?;
        if !job::done(tx, job.id, attempt, &done, now)? {
            return Ok(Vec::new());
        }
        if let Some(text) = job.first_comment() {
            comment::want(tx, job.id, text, now)?;
        }
        media::clear_unneeded(tx, job.post_id, now)
    })?;
    super::sweep::remove(engine, &names);
    if job.state != JobState::Published {
        let late = job.publish_at.map_or(0, |at| (job.called_at.unwrap_or(now) - at).num_milliseconds());
        tracing::info!(job = %job.id, platform = %job.platform, kind = %job.kind, late_ms = late, "published");
    }
    Ok(Next::Rest)
}

pub(super) fn fail(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, error: PlatformError) -> rusqlite::Result<Next> {
    let since_call = job.called_at.map_or(TimeDelta::zero(), |called| at.now - called);
    let jitter = f64::from(crate::secret::random::<1>()[0]) / 255.0;
    let unsettled = at.phase == Phase::Settling;
    let blocks = if error.of_the_account { engine.db.read(|db| attempt::in_a_row(db, job.id, &error.code))? } else { 0 };
    let before = retry::Tries { tries: job.tries, reposts: job.reposts, blocks };
    let decision = match retry::decide(&error, at.phase, before, since_call, at.now, jitter) {
        // An outage that began while there was time costs no post: it is tried until it would be missed.
        Decision::Fail
            if error.class == ErrorClass::Transient
                && !error.start_over
                && matches!(at.phase, Phase::Staging | Phase::Calling)
                && job.publish_at.is_some_and(|due| at.now < due + engine.settings.late_within) =>
        {
            Decision::Later { at: at.now + TimeDelta::minutes(1), start_over: false, counts: false, limit: false, repost: false }
        }
        other => other,
    };
    match decision {
        Decision::Later { at: next_at, start_over, counts, limit, repost } => {
            let held_by = limit.then_some(job::LIMIT);
            store_failure(engine, job, attempt, &error, &Failure::Later { next_at, start_over, unsettled: unsettled && !start_over, counts, repost, held_by })
        }
        Decision::Settle { at: next_at } => store_failure(
            engine,
            job,
            attempt,
            &error,
            &Failure::Later { next_at, start_over: false, unsettled: true, counts: false, repost: false, held_by: None },
        ),
        Decision::Renew => hold(engine, job, attempt, at, &error),
        Decision::Fail => end(engine, job, attempt, &error, JobState::Failed),
        Decision::Unconfirmed => end(engine, job, attempt, &error, JobState::Unconfirmed),
        Decision::GiveUp => store_failure(engine, job, attempt, &error, &Failure::GiveUpFollowing),
    }
}

pub(super) fn end(engine: &Engine, job: &Job, attempt: AttemptId, error: &PlatformError, state: JobState) -> rusqlite::Result<Next> {
    tracing::warn!(job = %job.id, platform = %job.platform, code = %error.code, "{}: {}", state.as_str(), error.message);
    store_failure(engine, job, attempt, error, &Failure::End(state))
}

pub(super) fn store_failure(engine: &Engine, job: &Job, attempt: AttemptId, error: &PlatformError, failure: &Failure<'_>) -> rusqlite::Result<Next> {
    let (last, outcome) = (last_error(error), outcome_of(error));
    let now = engine.clock.now();
    engine.db.write(|tx| {
        rest_account(tx, job, error, now)?;
        attempt::finish(tx, attempt, &outcome, now)?;
        job::fail(tx, job.id, attempt, &last, failure)
    })?;
    Ok(Next::Rest)
}

/// How long an account rests when the platform does not say.
const REST: TimeDelta = TimeDelta::hours(3);

/// What is said of the whole account keeps its other posts and comments from going out, too.
pub(super) fn rest_account(tx: &rusqlite::Transaction<'_>, job: &Job, error: &PlatformError, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let until = match error.class {
        _ if !error.of_the_account => return Ok(()),
        ErrorClass::RateLimited { until } | ErrorClass::LimitReached { until } => until.unwrap_or(now + REST),
        _ => now + REST,
    };
    account::rest(tx, job.account_id, until)
}

/// An error as it is kept with a job.
pub(super) fn last_error(error: &PlatformError) -> LastError {
    LastError {
        class: error.class.as_str().to_owned(),
        code: error.code.clone(),
        message: error.message.clone(),
        remedy: error.remedy.clone(),
        trace_id: error.trace_id.clone(),
    }
}

/// An error as it is kept in the history.
pub(super) fn outcome_of(error: &PlatformError) -> Outcome<'_> {
    Outcome {
        outcome: error.class.as_str(),
        code: Some(&error.code),
        message: Some(&error.message),
        trace_id: error.trace_id.as_deref(),
        http_status: error.http_status,
    }
}
