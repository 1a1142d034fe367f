//! One leased job, step by step, until it waits, ends, or has to be leased anew.
//!
//! Invariants (architecture: "Two commits"):
//! - Before the visible call there is a commit that says `unsettled` ([`job::claim`] or [`job::go_on`]); after it one that stores its outcome.
//! - A job found unsettled is asked about ([`crate::platform::Publish::reconcile`]) and never called again before the platform said that it is not out.
//! - Every commit names the attempt that holds the lease; if it no longer does, what was learned is dropped and somebody else goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::refresh::{self, Renewed};
use super::retry::{self, Decision, Phase};
use super::surroundings::{self, Surroundings};
use super::{Claimed, Engine};
use crate::ids::AttemptId;
use crate::model::attempt::{self, Outcome};
use crate::model::job::{self, Done, Failure, Job, JobState, LastError, Stored};
use crate::model::{fetch, media};
use crate::platform::{Adapter, ErrorClass, PlatformError, Published, Settled, Step, Work};

/// What the worker does next.
enum Next {
    /// Under a new attempt of the same lease.
    GoOn(Box<Job>, AttemptId),
    /// The lease is given back.
    Rest,
}

/// Takes the job as far as it goes now. `stopping` is asked between steps: a stop leaves the job in its row, for the next start.
pub(super) fn run(engine: &Engine, claimed: Claimed, stopping: &dyn Fn() -> bool) {
    let (mut job, mut attempt) = claimed;
    loop {
        let id = job.id;
        match step(engine, job, attempt, stopping) {
            Ok(Next::GoOn(next, next_attempt)) => (job, attempt) = (*next, next_attempt),
            Ok(Next::Rest) => return,
            Err(e) => {
                // The database cannot be written: the row says what it said before, and the lease ends by itself or with a restart.
                tracing::error!(job = %id, "a step's outcome could not be stored: {e}");
                return;
            }
        }
    }
}

fn step(engine: &Engine, job: Job, attempt: AttemptId, stopping: &dyn Fn() -> bool) -> rusqlite::Result<Next> {
    let now = engine.clock.now();
    let at = Standing { phase: phase(&job), now };
    let Some(adapter) = engine.platforms.adapter(job.platform) else {
        return fail(engine, &job, attempt, &at.before_the_call(), refresh::not_configured(login_of(&job)));
    };
    let mut around = match surroundings::load(engine, &job, attempt, now) {
        Ok(around) => around,
        Err(error) => return fail(engine, &job, attempt, &at.before_the_call(), error),
    };
    // At the due second nothing stands between the job and its call: access was renewed while staging, unless it ends this minute.
    let good_for_the_call = at.phase == Phase::Calling && around.access.expires_at.is_none_or(|end| end - now > TimeDelta::minutes(2));
    if !good_for_the_call {
        let still_good = around.access.expires_at.is_none_or(|end| end - now > TimeDelta::minutes(30));
        around.access = match refresh::renew(engine, &around.account_row, around.access.clone(), false, now) {
            Renewed::Fresh(access) => *access,
            // Renewing begins long before the end: what fails today is tried again, and holds up no post meanwhile.
            Renewed::Failed(error) if still_good => {
                tracing::warn!(account = %job.account_id, "access could not be renewed yet: {error}");
                around.access
            }
            other => return access_trouble(engine, &job, attempt, &at, other),
        };
    }
    if at.phase == Phase::Settling && adapter.stage(&around.progress).is_ok_and(|stage| stage.pulls) {
        around.addresses_closed = engine.db.write(|tx| fetch::close(tx, job.id, attempt))?;
    }
    if job.progress_sealed.is_none()
        && let Some(problem) = adapter.check(&around.account, &around.content).into_iter().next()
    {
        let error = PlatformError::new(ErrorClass::Rejected, problem.code, problem.message).remedy("Change the post and schedule it again.");
        return fail(engine, &job, attempt, &at, error);
    }
    let work = Work {
        account: &around.account,
        access: &around.access,
        content: &around.content,
        publish_at: job.publish_at.unwrap_or(now),
        called_at: job.called_at,
        taken: &around.taken,
        addresses_closed: around.addresses_closed,
        now,
    };
    let progress = around.progress.clone();
    tracing::debug!(job = %job.id, platform = %job.platform, step = %job.step, phase = ?at.phase, "step");
    match act(adapter, at.phase, &work, progress) {
        Ok(Acted::Step(Step::Next(progress))) => go_on(engine, adapter, &job, attempt, progress, stopping),
        Ok(Acted::Step(Step::Wait(progress, until))) => rest(engine, adapter, &job, attempt, progress, until, false),
        Ok(Acted::Step(Step::Done(published)) | Acted::Settled(Settled::Published(published))) => finish(engine, adapter, &job, attempt, published),
        Ok(Acted::Settled(Settled::Continue(progress))) => go_on_settled(engine, adapter, &job, attempt, progress, stopping),
        Ok(Acted::Settled(Settled::LookAgain(..))) if job.called_at.is_some_and(|called| now - called > retry::ASK_FOR) => {
            let error =
                PlatformError::new(ErrorClass::UnknownOutcome, "unconfirmed", "The platform was asked for a day and did not tell what became of the post.")
                    .remedy("Look at the account itself before posting it again.");
            end(engine, &job, attempt, &error, JobState::Unconfirmed)
        }
        Ok(Acted::Settled(Settled::LookAgain(progress, until))) => rest(engine, adapter, &job, attempt, progress, until, true),
        Ok(Acted::Settled(Settled::Unknown(known))) => {
            let error = PlatformError::new(ErrorClass::UnknownOutcome, "unconfirmed", known)
                .remedy("Look at the account. If the post is there, say so; if it is not, publish it again.");
            end(engine, &job, attempt, &error, JobState::Unconfirmed)
        }
        // The platform's word on the post, not on the token that asked: with a new token it would be the same.
        Err(mut error) if error.class == ErrorClass::NeedsReconnect && error.of_the_post => {
            error.class = ErrorClass::Rejected;
            fail(engine, &job, attempt, &at, error)
        }
        Err(error) if error.class == ErrorClass::NeedsReconnect => refused_token(engine, &job, attempt, &at, around, error),
        Err(error) => fail(engine, &job, attempt, &at, error),
    }
}

/// Where the job stands while this step runs.
struct Standing {
    phase: Phase,
    now: DateTime<Utc>,
}

impl Standing {
    /// For errors that came up before the visible call could be made: nothing is public, whatever the row says.
    fn before_the_call(&self) -> Standing {
        Standing { phase: if self.phase == Phase::Calling { Phase::Staging } else { self.phase }, now: self.now }
    }
}

/// `job` tells `unsettled` as it was before its lease: see [`job::claim`].
fn phase(job: &Job) -> Phase {
    match job.state {
        JobState::Published => Phase::Following,
        _ if job.unsettled => Phase::Settling,
        _ if job.irreversible => Phase::Calling,
        _ if job.called_at.is_some() => Phase::Watching,
        _ => Phase::Staging,
    }
}

enum Acted {
    Step(Step<Value>),
    Settled(Settled<Value>),
}

/// Calls the adapter; its panic is an error like any other, and in the middle of the visible call an unknown outcome.
fn act(adapter: &dyn Adapter, phase: Phase, work: &Work<'_>, progress: Value) -> Result<Acted, PlatformError> {
    let acted = catch_unwind(AssertUnwindSafe(|| match phase {
        Phase::Settling => adapter.reconcile(work, progress).map(Acted::Settled),
        _ => adapter.advance(work, progress).map(Acted::Step),
    }));
    acted.unwrap_or_else(|_| Err(PlatformError::bug("the program failed inside a step; the log has the place")))
}

/// The next step follows at once, unless it is the visible call and its time has not come, or it needs another share of the workers.
fn go_on(engine: &Engine, adapter: &dyn Adapter, job: &Job, attempt: AttemptId, progress: Value, stopping: &dyn Fn() -> bool) -> rusqlite::Result<Next> {
    let now = engine.clock.now();
    let stage = match adapter.stage(&progress) {
        Ok(stage) => stage,
        Err(error) => return fail(engine, job, attempt, &Standing { phase: phase(job), now }, error),
    };
    let due = job.publish_at.unwrap_or(now);
    if stage.irreversible && due > now {
        return rest(engine, adapter, job, attempt, progress, due, false);
    }
    if (stage.long && !stage.irreversible && !job.long) || stopping() {
        return rest(engine, adapter, job, attempt, progress, now, false);
    }
    let sealed = seal(engine, job, &progress)?;
    let stored = Stored { sealed: Some(&sealed), step: stage.name, irreversible: stage.irreversible, long: stage.long };
    let next = engine.db.write(|tx| {
        let next = job::go_on(tx, job.id, attempt, &stored, stage.irreversible.then_some(now), now)?;
        attempt::finish(tx, attempt, &Outcome { outcome: "ok", ..Outcome::default() }, now)?;
        Ok::<_, rusqlite::Error>(next)
    })?;
    let Some(next) = next else { return Ok(Next::Rest) };
    let mut job = job.clone();
    job.progress_sealed = Some(sealed);
    job.step = stage.name.to_owned();
    job.long = stage.long;
    job.irreversible = stage.irreversible;
    job.unsettled = false;
    if stage.irreversible {
        job.called_at = job.called_at.or(Some(now));
    }
    Ok(Next::GoOn(Box::new(job), next))
}

/// The platform said that the call did not make the post public. If the adapter goes back to the beginning, so does the row.
fn go_on_settled(
    engine: &Engine,
    adapter: &dyn Adapter,
    job: &Job,
    attempt: AttemptId,
    progress: Value,
    stopping: &dyn Fn() -> bool,
) -> rusqlite::Result<Next> {
    let begins_anew = match (adapter.stage(&progress), adapter.stage(&Value::Null)) {
        (Ok(stage), Ok(first)) => stage.name == first.name,
        _ => false,
    };
    if begins_anew {
        let error =
            PlatformError::new(ErrorClass::Transient, "not_published", "The platform says that the post did not go out; it is prepared anew.").start_over();
        let failure = Failure::Later { next_at: engine.clock.now(), start_over: true, unsettled: false, counts: true, held_by: None };
        return store_failure(engine, job, attempt, &error, &failure);
    }
    go_on(engine, adapter, job, attempt, progress, stopping)
}

/// Stores progress and gives the lease back until `until`.
fn rest(
    engine: &Engine,
    adapter: &dyn Adapter,
    job: &Job,
    attempt: AttemptId,
    progress: Value,
    until: DateTime<Utc>,
    unsettled: bool,
) -> rusqlite::Result<Next> {
    let now = engine.clock.now();
    let stage = match adapter.stage(&progress) {
        Ok(stage) => stage,
        Err(error) => return fail(engine, job, attempt, &Standing { phase: phase(job), now }, error),
    };
    let due = job.publish_at.unwrap_or(now);
    let until = if stage.irreversible && !unsettled { until.max(due) } else { until };
    let sealed = seal(engine, job, &progress)?;
    let stored = Stored { sealed: Some(&sealed), step: stage.name, irreversible: stage.irreversible, long: stage.long };
    engine.db.write(|tx| {
        job::wait(tx, job.id, attempt, &stored, until, unsettled)?;
        attempt::finish(tx, attempt, &Outcome { outcome: if stage.irreversible && !unsettled { "ok" } else { "wait" }, ..Outcome::default() }, now)
    })?;
    Ok(Next::Rest)
}

/// The post is out: the row says so, and media that no job needs any more is cleared.
fn finish(engine: &Engine, adapter: &dyn Adapter, job: &Job, attempt: AttemptId, published: Published<Value>) -> rusqlite::Result<Next> {
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
        media::clear_unneeded(tx, job.post_id, now)
    })?;
    super::sweep::remove(engine, &names);
    if job.state != JobState::Published {
        let late = job.publish_at.map_or(0, |at| (job.called_at.unwrap_or(now) - at).num_milliseconds());
        tracing::info!(job = %job.id, platform = %job.platform, kind = %job.kind, late_ms = late, "published");
    }
    Ok(Next::Rest)
}

/// The platform refused the token: renew it once and take the same step again, or hold the account for a person.
fn refused_token(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, around: Surroundings, error: PlatformError) -> rusqlite::Result<Next> {
    if at.phase == Phase::Following {
        return fail(engine, job, attempt, at, error);
    }
    // A token that was renewed for this very reason a moment ago and is refused again will not get better by renewing.
    let refused_before = job.last_error.as_ref().is_some_and(|last| last.class == error.class.as_str());
    let just_renewed = refused_before && at.now - around.access.issued_at < TimeDelta::minutes(1);
    let renewable = around.access.refresh_token.is_some();
    if renewable && !just_renewed {
        return match refresh::renew(engine, &around.account_row, around.access, true, at.now) {
            Renewed::Fresh(_) => {
                let failure = Failure::Later { next_at: at.now, start_over: false, unsettled: at.phase == Phase::Settling, counts: false, held_by: None };
                store_failure(engine, job, attempt, &error, &failure)
            }
            other => access_trouble(engine, job, attempt, at, other),
        };
    }
    hold(engine, job, attempt, at, &error)
}

fn access_trouble(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, renewed: Renewed) -> rusqlite::Result<Next> {
    match renewed {
        Renewed::Refused(error) => hold(engine, job, attempt, at, &error),
        Renewed::Failed(mut error) => {
            // Renewing made nothing public, whatever came of it.
            if error.class == ErrorClass::UnknownOutcome {
                error.class = ErrorClass::Transient;
            }
            fail(engine, job, attempt, &at.before_the_call(), error)
        }
        Renewed::Busy | Renewed::Fresh(_) => {
            let error = PlatformError::new(ErrorClass::Transient, "renewing", "The account's access is just being renewed.");
            let next_at = at.now + TimeDelta::seconds(1);
            let failure = Failure::Later { next_at, start_over: false, unsettled: at.phase == Phase::Settling, counts: false, held_by: None };
            store_failure(engine, job, attempt, &error, &failure)
        }
    }
}

/// The account waits for a person, and this job and the others of the account with it.
fn hold(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, error: &PlatformError) -> rusqlite::Result<Next> {
    engine.db.write(|tx| refresh::needs_reconnect(tx, job.account_id, &error.message))?;
    tracing::warn!(job = %job.id, account = %job.account_id, code = %error.code, "held: the account needs to be connected again");
    store_failure(engine, job, attempt, error, &Failure::Held { by: job::NEEDS_RECONNECT, unsettled: at.phase == Phase::Settling })
}

fn fail(engine: &Engine, job: &Job, attempt: AttemptId, at: &Standing, error: PlatformError) -> rusqlite::Result<Next> {
    let since_call = job.called_at.map_or(TimeDelta::zero(), |called| at.now - called);
    let jitter = f64::from(crate::secret::random::<1>()[0]) / 255.0;
    let unsettled = at.phase == Phase::Settling;
    let decision = match retry::decide(&error, at.phase, job.tries, since_call, at.now, jitter) {
        // An outage that began while there was time costs no post: it is tried until it would be missed.
        Decision::Fail
            if error.class == ErrorClass::Transient
                && !error.start_over
                && matches!(at.phase, Phase::Staging | Phase::Calling)
                && job.publish_at.is_some_and(|due| at.now < due + engine.settings.late_within) =>
        {
            Decision::Later { at: at.now + TimeDelta::minutes(1), start_over: false, counts: false, limit: false }
        }
        other => other,
    };
    match decision {
        Decision::Later { at: next_at, start_over, counts, limit } => {
            let held_by = limit.then_some(job::LIMIT);
            store_failure(engine, job, attempt, &error, &Failure::Later { next_at, start_over, unsettled: unsettled && !start_over, counts, held_by })
        }
        Decision::Settle { at: next_at } => {
            store_failure(engine, job, attempt, &error, &Failure::Later { next_at, start_over: false, unsettled: true, counts: false, held_by: None })
        }
        Decision::Renew => hold(engine, job, attempt, at, &error),
        Decision::Fail => end(engine, job, attempt, &error, JobState::Failed),
        Decision::Unconfirmed => end(engine, job, attempt, &error, JobState::Unconfirmed),
        Decision::GiveUp => store_failure(engine, job, attempt, &error, &Failure::GiveUpFollowing),
    }
}

fn end(engine: &Engine, job: &Job, attempt: AttemptId, error: &PlatformError, state: JobState) -> rusqlite::Result<Next> {
    tracing::warn!(job = %job.id, platform = %job.platform, code = %error.code, "{}: {}", state.as_str(), error.message);
    store_failure(engine, job, attempt, error, &Failure::End(state))
}

fn store_failure(engine: &Engine, job: &Job, attempt: AttemptId, error: &PlatformError, failure: &Failure<'_>) -> rusqlite::Result<Next> {
    let last = LastError {
        class: error.class.as_str().to_owned(),
        code: error.code.clone(),
        message: error.message.clone(),
        remedy: error.remedy.clone(),
        trace_id: error.trace_id.clone(),
    };
    let outcome = Outcome {
        outcome: error.class.as_str(),
        code: Some(&error.code),
        message: Some(&error.message),
        trace_id: error.trace_id.as_deref(),
        http_status: error.http_status,
    };
    let now = engine.clock.now();
    engine.db.write(|tx| {
        attempt::finish(tx, attempt, &outcome, now)?;
        job::fail(tx, job.id, attempt, &last, failure)
    })?;
    Ok(Next::Rest)
}

fn seal(engine: &Engine, job: &Job, progress: &Value) -> rusqlite::Result<Vec<u8>> {
    let plain = serde_json::to_vec(progress).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok(engine.keys.seal(&job::progress_place(job.id), &plain))
}

fn login_of(job: &Job) -> crate::kind::Login {
    match job.platform {
        crate::kind::Platform::Tiktok => crate::kind::Login::Tiktok,
        crate::kind::Platform::Facebook => crate::kind::Login::Facebook,
        crate::kind::Platform::Instagram => crate::kind::Login::Instagram,
    }
}
