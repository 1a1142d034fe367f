//! One leased job, step by step, until it waits, ends, or has to be leased anew.
//!
//! Invariants (architecture: "Two commits"):
//! - Before the visible call there is a commit that says `unsettled` ([`job::claim`] or [`job::go_on`]); after it one that stores its outcome.
//! - A job found unsettled is asked about ([`crate::platform::Publish::reconcile`]) and never called again before the platform said that it is not out.
//! - Every commit names the attempt that holds the lease; if it no longer does, what was learned is dropped and somebody else goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::held::{access_trouble, refused_token};
use super::outcome::{end, fail, finish, store_failure};
use super::retry::{self, Phase};
use super::{Claimed, Engine};
use crate::access::{self, Renewed};
use crate::ids::AttemptId;
use crate::model::attempt::{self, Outcome};
use crate::model::job::{self, Failure, Job, JobState, Stored, Until};
use crate::model::{fetch, spend};
use crate::platform::{Adapter, Budget, ErrorClass, PlatformError, Settled, Step, Work};
use crate::surroundings;

/// What the worker does next.
pub(super) enum Next {
    /// Under a new attempt of the same lease.
    GoOn(Box<Job>, AttemptId),
    /// The lease is given back.
    Rest,
}

/// Takes the job as far as it goes now. `stopping` is asked between steps: a stop leaves the job in its row, for the next start. An error is a lease
/// that could not be given back, since the database cannot be written; the row says what it said before the step.
pub(super) fn run(engine: &Engine, claimed: Claimed, stopping: &dyn Fn() -> bool) -> Result<(), AttemptId> {
    let (mut job, mut attempt) = claimed;
    loop {
        let id = job.id;
        match step(engine, job, attempt, stopping) {
            Ok(Next::GoOn(next, next_attempt)) => (job, attempt) = (*next, next_attempt),
            Ok(Next::Rest) => return Ok(()),
            Err(e) => {
                tracing::error!(job = %id, "a step's outcome could not be stored: {e}");
                return Err(attempt);
            }
        }
    }
}

fn step(engine: &Engine, job: Job, attempt: AttemptId, stopping: &dyn Fn() -> bool) -> rusqlite::Result<Next> {
    let now = engine.clock.now();
    let mut at = Standing { phase: phase(&job), now, seen: None };
    let Some(adapter) = engine.platforms.adapter(job.platform) else {
        return fail(engine, &job, attempt, &at.before_the_call(), access::not_configured(login_of(&job), now));
    };
    let mut around = match surroundings::load(engine.installation(), &job, attempt, now) {
        Ok(around) => around,
        Err(error) => return fail(engine, &job, attempt, &at.before_the_call(), error),
    };
    at.seen = Some(around.account_row.access_version);
    // At the due second nothing stands between the job and its call: access was renewed while staging, unless it ends this minute.
    let good_for_the_call = at.phase == Phase::Calling && around.access.expires_at.is_none_or(|end| end - now > TimeDelta::minutes(2));
    if !good_for_the_call {
        let still_good = around.access.expires_at.is_none_or(|end| end - now > TimeDelta::minutes(30));
        around.access = match access::renew(engine.installation(), &around.account_row, around.access.clone(), false, now) {
            Renewed::Fresh(access) => *access,
            // Renewing begins long before the end: what fails today is tried again, and holds up no post meanwhile.
            Renewed::Failed(error) if still_good => {
                tracing::warn!(account = %job.account_id, "access could not be renewed yet: {error}");
                around.access
            }
            // Somebody else is at it, perhaps for minutes.
            Renewed::Busy if still_good => around.access,
            other => return access_trouble(engine, &job, attempt, &at, other),
        };
    }
    // What the account may do was asked when the post was made; the adapter asks anew before it begins.
    around.account.standing = None;
    if job.progress_sealed.is_none()
        && let Some(problem) = adapter.check(&around.account, &around.content).into_iter().next()
    {
        let error = PlatformError::new(ErrorClass::Rejected, problem.code, problem.message).remedy("Change the post and schedule it again.");
        return fail(engine, &job, attempt, &at, error);
    }
    let stage = match adapter.stage(&around.progress) {
        Ok(stage) => stage,
        Err(error) => return fail(engine, &job, attempt, &at, error),
    };
    if at.phase == Phase::Settling && stage.pulls {
        around.addresses_closed = engine.db.write(|tx| fetch::close(tx, job.id, attempt))?;
    }
    // Looking and settling are free of the limits on what is made, but a look may have one of its own.
    if at.phase != Phase::Settling
        && !stage.spends.is_empty()
        && let Some((free_at, budget)) = engine.db.write(|tx| spend(tx, &job, stage.spends, now))?
    {
        let error = PlatformError::new(ErrorClass::LimitReached { until: Some(free_at) }, budget.name, format!("{}.", budget.rule));
        let held_by = format!("{}:{}", job::LIMIT, budget.name);
        // What is out is not held back by a look that waits.
        let held_by = (at.phase != Phase::Following).then_some(held_by.as_str());
        let failure = Failure::Later { next_at: free_at, start_over: false, unsettled: false, counts: false, repost: false, held_by };
        return store_failure(engine, &job, attempt, &error, &failure);
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
pub(super) struct Standing {
    pub phase: Phase,
    pub now: DateTime<Utc>,
    /// The version of the access in use; none before it was read.
    pub seen: Option<i64>,
}

impl Standing {
    /// For errors that came up before the visible call could be made: nothing is public, whatever the row says.
    pub(super) fn before_the_call(&self) -> Standing {
        Standing { phase: if self.phase == Phase::Calling { Phase::Staging } else { self.phase }, ..*self }
    }
}

/// Enters the next call into the ledger of each limit that it counts against; or says when the first full one has room again.
fn spend(
    tx: &rusqlite::Transaction<'_>,
    job: &Job,
    budgets: &'static [Budget],
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<(DateTime<Utc>, &'static Budget)>> {
    for budget in budgets {
        if let Some(at) = spend::free_at(tx, job.account_id, budget.name, budget.most, budget.window, now)? {
            return Ok(Some((at, budget)));
        }
    }
    for budget in budgets {
        spend::enter(tx, job.account_id, budget.name, now)?;
    }
    Ok(None)
}

/// `job` tells `unsettled` as it was before its lease: see [`job::claim`].
pub(super) fn phase(job: &Job) -> Phase {
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
        Err(error) => return fail(engine, job, attempt, &Standing { phase: phase(job), now, seen: None }, error),
    };
    let due = job.publish_at.unwrap_or(now);
    if stage.irreversible && due > now {
        return rest(engine, adapter, job, attempt, progress, due, false);
    }
    // What is late goes out spaced: the lease is given back, and the next one comes when the account's last call is a while ago.
    if stage.irreversible && now - due > job::LATE && !job.unsettled {
        return rest(engine, adapter, job, attempt, progress, now, false);
    }
    // A settled call that is to be made again, or an upload, takes the share of the workers that it belongs to.
    let changes_share = stage.long && (job.unsettled || (!stage.irreversible && !job.long));
    if changes_share || stopping() {
        return rest(engine, adapter, job, attempt, progress, now, false);
    }
    let sealed = seal(engine, job, &progress)?;
    let stored = Stored { sealed: Some(&sealed), step: stage.name, irreversible: stage.irreversible, long: stage.long };
    let next = engine.db.write(|tx| {
        if stage.irreversible && job::must_wait(tx, job, now)? {
            // One last call of an account at a time: two posts with the same words could not be told apart.
            job::wait(tx, job.id, attempt, &stored, Until::At(now), false, now)?;
            attempt::finish(tx, attempt, &Outcome { outcome: "ok", ..Outcome::default() }, now)?;
            return Ok(None);
        }
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
        let failure = Failure::Later { next_at: engine.clock.now(), start_over: true, unsettled: false, counts: true, repost: false, held_by: None };
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
        Err(error) => return fail(engine, job, attempt, &Standing { phase: phase(job), now, seen: None }, error),
    };
    let due = job.publish_at.unwrap_or(now);
    let until = if stage.irreversible && !unsettled && until <= due { Until::Due } else { Until::At(until) };
    let sealed = seal(engine, job, &progress)?;
    let stored = Stored { sealed: Some(&sealed), step: stage.name, irreversible: stage.irreversible, long: stage.long };
    engine.db.write(|tx| {
        job::wait(tx, job.id, attempt, &stored, until, unsettled, now)?;
        attempt::finish(tx, attempt, &Outcome { outcome: if stage.irreversible && !unsettled { "ok" } else { "wait" }, ..Outcome::default() }, now)
    })?;
    Ok(Next::Rest)
}

pub(super) fn seal(engine: &Engine, job: &Job, progress: &Value) -> rusqlite::Result<Vec<u8>> {
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
