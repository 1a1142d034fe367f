//! First comments: said once a post is out, with tries of their own.
//!
//! Invariants: a comment never touches its post. The call is made only from a row that says `unsettled`; a comment found unsettled is looked for, and
//! called again only after two looks, some time apart, did not find it. A look that fails is no answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use super::outcome::{last_error, outcome_of, rest_account};
use crate::access::{self, Renewed};
use crate::ids::AttemptId;
use crate::model::attempt::{self, Outcome};
use crate::model::comment::{self, Comment, CommentState, Later};
use crate::model::job::{self, Job};
use crate::platform::{Adapter, ErrorClass, PlatformError, Work};
use crate::surroundings;

/// Calls that certainly did not act, before the comment has failed.
const MAX_TRIES: u32 = 8;
/// How long a comment waits for its post's id, for access, or for an answer to what became of it.
const WAIT_FOR: TimeDelta = TimeDelta::hours(24);
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(2);
/// Reads lag behind writes.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(30);

/// What a try led to.
enum Told {
    Posted(String),
    /// Two looks did not find it: it may be said again.
    NotThere,
    LookAgain,
    Failed(PlatformError),
}

/// One try at a leased comment. `comment` tells `unsettled` as it was before its lease.
pub(super) fn run(engine: &Engine, comment: &Comment, attempt: AttemptId) -> rusqlite::Result<()> {
    let now = engine.clock.now();
    let Some(job) = engine.db.read(|db| job::get(db, comment.job_id))? else { return Ok(()) };
    let told = match &job.remote_id {
        Some(remote_id) => ask(engine, comment, attempt, &job, remote_id, now),
        None => Told::Failed(without_id(&job)),
    };
    let (later, error) = match told {
        Told::Posted(id) => {
            return engine.db.write(|tx| {
                attempt::finish(tx, attempt, &Outcome { outcome: "done", ..Outcome::default() }, now)?;
                comment::posted(tx, comment.job_id, attempt, &id, now)
            });
        }
        Told::NotThere if comment.tries + 1 >= MAX_TRIES => {
            let error = PlatformError::new(ErrorClass::Rejected, "no_clear_answer", "Several calls had no clear answer, and the comment is not there.")
                .remedy("Open the post and write the comment there, or try it again here later.");
            (Next { state: CommentState::Failed, tries: comment.tries + 1, ..Next::at(now) }, Some(error))
        }
        Told::NotThere => (Next { unsettled: false, tries: comment.tries + 1, ..Next::at(now) }, None),
        Told::LookAgain => (Next { unsettled: true, looks: comment.looks + 1, tries: comment.tries, ..Next::at(now + BETWEEN_LOOKS) }, None),
        Told::Failed(error) => (after(comment, &job, &error, now), Some(error)),
    };
    if let Some(error) = error.as_ref().filter(|_| later.state != CommentState::Waiting) {
        tracing::warn!(job = %comment.job_id, code = %error.code, "first comment {}: {}", later.state.as_str(), error.message);
    }
    let last = error.as_ref().map(last_error);
    engine.db.write(|tx| {
        let outcome = error.as_ref().map_or(Outcome { outcome: "wait", ..Outcome::default() }, outcome_of);
        attempt::finish(tx, attempt, &outcome, now)?;
        if let Some(error) = &error {
            rest_account(tx, &job, error, now)?;
        }
        let next_at = (later.state == CommentState::Waiting).then_some(later.at);
        let Next { state, unsettled, looks, tries, .. } = later;
        comment::later(tx, comment.job_id, attempt, &Later { state, next_at, unsettled, looks, tries, error: last.as_ref() })
    })
}

/// A post whose id is still looked for gets its comment later.
fn without_id(job: &Job) -> PlatformError {
    let class = if job.next_at.is_some() { ErrorClass::Transient } else { ErrorClass::Rejected };
    PlatformError::new(class, "no_post_id", "The post is out, but the platform has not told under which id, so it cannot be commented on.")
        .remedy("Open the post and write the comment there.")
}

fn ask(engine: &Engine, comment: &Comment, attempt: AttemptId, job: &Job, remote_id: &str, now: DateTime<Utc>) -> Told {
    let Some(adapter) = engine.platforms.adapter(job.platform) else {
        return Told::Failed(PlatformError::new(ErrorClass::Transient, "not_configured", "This platform is not configured any more."));
    };
    let around = match surroundings::load(engine.installation(), job, attempt, now) {
        Ok(around) => around,
        Err(error) => return Told::Failed(error),
    };
    let access = match access::renew(engine.installation(), &around.account_row, around.access.clone(), false, now) {
        Renewed::Fresh(access) => *access,
        Renewed::Busy => {
            return Told::Failed(PlatformError::new(ErrorClass::RateLimited { until: Some(now + TimeDelta::seconds(2)) }, "renewing", "Just being renewed."));
        }
        // It was good for the post a moment ago.
        Renewed::Failed(_) | Renewed::Refused(_) => around.access.clone(),
    };
    let work = Work {
        account: &around.account,
        access: &access,
        content: &around.content,
        publish_at: job.publish_at.unwrap_or(now),
        called_at: comment.called_at,
        taken: &[],
        addresses_closed: false,
        now,
    };
    if comment.unsettled { look(adapter, comment, &work, remote_id) } else { say(adapter, comment, &work, remote_id) }
}

fn say(adapter: &dyn Adapter, comment: &Comment, work: &Work<'_>, remote_id: &str) -> Told {
    match adapter.comment(work, remote_id, &comment.text) {
        Ok(id) => Told::Posted(id),
        Err(error) => Told::Failed(error),
    }
}

fn look(adapter: &dyn Adapter, comment: &Comment, work: &Work<'_>, remote_id: &str) -> Told {
    match adapter.find_comment(work, remote_id, &comment.text) {
        Ok(Some(id)) => Told::Posted(id),
        Ok(None) if comment.looks == 0 => Told::LookAgain,
        Ok(None) => Told::NotThere,
        // A look that is refused is no answer, whatever it is refused for.
        Err(error) => Told::Failed(PlatformError { class: ErrorClass::UnknownOutcome, ..error }),
    }
}

/// What becomes of a comment next.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    state: CommentState,
    at: DateTime<Utc>,
    unsettled: bool,
    looks: u32,
    tries: u32,
}

impl Next {
    fn at(at: DateTime<Utc>) -> Next {
        Next { state: CommentState::Waiting, at, unsettled: false, looks: 0, tries: 0 }
    }
}

/// Pure.
fn after(comment: &Comment, job: &Job, error: &PlatformError, now: DateTime<Utc>) -> Next {
    let waited = now - job.published_at.unwrap_or(now);
    let growing = TimeDelta::seconds(5 * (1 << comment.tries.min(8)));
    let again = |at| Next { tries: comment.tries + 1, ..Next::at(at) };
    if comment.unsettled {
        // The look failed. What was called stays open.
        let asked = comment.called_at.map_or(TimeDelta::zero(), |called| now - called);
        let state = if asked > WAIT_FOR { CommentState::Unconfirmed } else { CommentState::Waiting };
        let pause = (asked / 4).clamp(BETWEEN_LOOKS, TimeDelta::minutes(15));
        return Next { state, at: now + pause, unsettled: true, looks: comment.looks, tries: comment.tries };
    }
    match &error.class {
        // What an adapter would begin anew for a post is no clear refusal of a comment.
        ErrorClass::Transient if error.start_over => Next { unsettled: true, tries: comment.tries, ..Next::at(now + FIRST_LOOK) },
        ErrorClass::UnknownOutcome | ErrorClass::Bug => Next { unsettled: true, tries: comment.tries, ..Next::at(now + FIRST_LOOK) },
        ErrorClass::RateLimited { until } | ErrorClass::LimitReached { until } if waited < WAIT_FOR => {
            // A block of the account is at times said of what went out.
            Next { tries: comment.tries, unsettled: error.of_the_account, ..Next::at(until.unwrap_or(now + TimeDelta::minutes(5))) }
        }
        // Access and ids may come back; the call was refused, so that nothing is said twice.
        ErrorClass::NeedsReconnect if waited < WAIT_FOR => again(now + growing.max(TimeDelta::minutes(10))),
        ErrorClass::Transient if error.code == "no_post_id" && waited < WAIT_FOR => Next::at(now + TimeDelta::minutes(1)),
        ErrorClass::Transient if comment.tries + 1 < MAX_TRIES => again(now + growing),
        _ => Next { state: CommentState::Failed, ..Next::at(now) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AccountId, JobId, PostId, WorkspaceId};
    use crate::kind::{Kind, Platform};
    use crate::model::job::JobState;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn comment(unsettled: bool, called: Option<DateTime<Utc>>, tries: u32) -> Comment {
        let text = "first".to_owned();
        Comment {
            job_id: JobId(1),
            state: CommentState::Waiting,
            text,
            next_at: None,
            unsettled,
            called_at: called,
            looks: 0,
            tries,
            remote_id: None,
            posted_at: None,
            last_error: None,
        }
    }

    fn job(published_at: DateTime<Utc>) -> Job {
        Job {
            id: JobId(1),
            post_id: PostId(1),
            account_id: AccountId(1),
            workspace_id: WorkspaceId(1),
            platform: Platform::Facebook,
            kind: Kind::Text,
            caption: None,
            options: serde_json::Map::new(),
            adjust: Default::default(),
            state: JobState::Published,
            held_by: None,
            publish_at: Some(published_at),
            next_at: None,
            progress_sealed: None,
            step: String::new(),
            irreversible: false,
            long: false,
            unsettled: false,
            called_at: None,
            is_leased: false,
            tries: 0,
            reposts: 0,
            remote_id: None,
            permalink: None,
            published_at: Some(published_at),
            last_error: None,
        }
    }

    fn on(comment: &Comment, published_at: DateTime<Utc>, class: ErrorClass) -> Next {
        after(comment, &job(published_at), &PlatformError::new(class, "x", "x"), NOW)
    }

    #[test]
    fn an_unknown_outcome_is_looked_for_and_a_failed_look_changes_nothing() {
        for class in [ErrorClass::UnknownOutcome, ErrorClass::Bug] {
            assert!(on(&comment(false, None, 0), NOW, class).unsettled);
        }
        for class in [ErrorClass::UnknownOutcome, ErrorClass::Transient, ErrorClass::Rejected, ErrorClass::NeedsReconnect] {
            let next = on(&comment(true, Some(NOW), 30), NOW, class.clone());
            assert!(next.unsettled && next.state == CommentState::Waiting, "{class:?}");
            let next = on(&comment(true, Some(NOW - TimeDelta::hours(25)), 30), NOW, class.clone());
            assert_eq!(next.state, CommentState::Unconfirmed, "{class:?}");
        }
    }

    #[test]
    fn a_block_of_the_account_is_waited_for_and_then_looked_into() {
        let until = NOW + TimeDelta::hours(4);
        let error = PlatformError::new(ErrorClass::RateLimited { until: Some(until) }, "4/2207051", "x");
        let (comment, job) = (comment(false, None, 3), job(NOW));
        assert_eq!(after(&comment, &job, &error, NOW), Next { tries: 3, ..Next::at(until) });
        assert_eq!(after(&comment, &job, &error.of_the_account(), NOW), Next { tries: 3, unsettled: true, ..Next::at(until) });
    }

    #[test]
    fn a_refused_call_is_tried_again_where_that_helps_and_only_so_often() {
        for (class, tries, published_at, state) in [
            (ErrorClass::Transient, 0, NOW, CommentState::Waiting),
            (ErrorClass::Transient, MAX_TRIES, NOW, CommentState::Failed),
            (ErrorClass::Rejected, 0, NOW, CommentState::Failed),
            (ErrorClass::NeedsReconnect, 5, NOW, CommentState::Waiting),
            (ErrorClass::NeedsReconnect, 5, NOW - TimeDelta::hours(25), CommentState::Failed),
            (ErrorClass::RateLimited { until: None }, 50, NOW, CommentState::Waiting),
            (ErrorClass::LimitReached { until: None }, 0, NOW - TimeDelta::hours(25), CommentState::Failed),
        ] {
            let next = on(&comment(false, None, tries), published_at, class.clone());
            assert_eq!((next.state, next.unsettled), (state, false), "{class:?} {tries}");
        }
    }
}
