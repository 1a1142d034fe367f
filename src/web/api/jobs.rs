//! `/jobs`: one post on one account, with all that was tried.

use chrono::{DateTime, Utc};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::auth::{Caller, Known};
use super::input;
use super::problem::{Answer, Problem};
use crate::ids::JobId;
use crate::model::{attempt, job};

/// One post on one account.
#[derive(Debug, Object)]
pub(super) struct Job {
    id: String,
    account_id: String,
    /// `tiktok`, `facebook` or `instagram`.
    platform: String,
    /// The form of the post on its platform.
    kind: String,
    /// `draft`, `scheduled`, `publishing`, `published`, `failed`, `cancelled`, `missed` or `unconfirmed`.
    state: String,
    /// What holds it back: `needs_reconnect` waits for a person, `limit` for the platform's window; null if nothing does.
    held_by: Option<String>,
    /// When it is to be out.
    publish_at: Option<DateTime<Utc>>,
    published_at: Option<DateTime<Utc>>,
    /// The platform's own id of the published post.
    remote_id: Option<String>,
    permalink: Option<String>,
    /// Failed tries since the last success.
    tries: u32,
    /// When it is taken up next.
    next_at: Option<DateTime<Utc>>,
    /// Why it failed last; null if it did not.
    error: Option<JobError>,
}

/// Why a job failed last.
#[derive(Debug, Object)]
struct JobError {
    /// What sort of failure it is, which decides whether it is tried again.
    class: String,
    /// The platform's own code.
    code: String,
    /// What happened, in plain words.
    message: String,
    /// What the person can do.
    remedy: String,
    /// For the platform's support.
    trace_id: Option<String>,
}

/// One try at one step of a job.
#[derive(Debug, Object)]
struct Attempt {
    id: String,
    step: String,
    started_at: DateTime<Utc>,
    /// Null while it runs.
    finished_at: Option<DateTime<Utc>>,
    /// `ok`, `wait`, `done`, `interrupted`, or the class of the error.
    outcome: Option<String>,
    code: Option<String>,
    message: Option<String>,
    trace_id: Option<String>,
    /// The status of the platform's answer.
    http_status: Option<u16>,
}

/// A job and all that was tried.
#[derive(Debug, Object)]
struct JobWithAttempts {
    post_id: String,
    #[oai(flatten)]
    job: Job,
    /// Oldest first.
    attempts: Vec<Attempt>,
}

#[derive(Debug)]
pub struct JobsApi;

#[OpenApi]
impl JobsApi {
    /// A job with its attempts
    ///
    /// Needs the scope `posts:read`.
    #[oai(path = "/jobs/:id", method = "get", operation_id = "get_job")]
    async fn get(&self, caller: Caller, id: Path<String>) -> Answer<Json<JobWithAttempts>> {
        caller.run("posts:read", move |known| get(known, &id.0)).await.map(Json)
    }
}

fn get(known: &Known, id: &str) -> Answer<JobWithAttempts> {
    let id: JobId = input::id_in_path(id, "job")?;
    let found = known.app.db.read(|db| {
        let found = job::in_workspace(db, known.workspace(), id)?;
        found.map(|job| attempt::of_job(db, id).map(|attempts| (job, attempts))).transpose()
    })?;
    let (job, attempts) = found.ok_or_else(|| Problem::not_found("job"))?;
    Ok(JobWithAttempts { post_id: job.post_id.to_string(), job: answer(&job), attempts: attempts.into_iter().map(attempt_answer).collect() })
}

pub(super) fn answer(job: &job::Job) -> Job {
    Job {
        id: job.id.to_string(),
        account_id: job.account_id.to_string(),
        platform: job.platform.to_string(),
        kind: job.kind.to_string(),
        state: job.state.as_str().to_owned(),
        held_by: job.held_by.clone(),
        publish_at: job.publish_at,
        published_at: job.published_at,
        remote_id: job.remote_id.clone(),
        permalink: job.permalink.clone(),
        tries: job.tries,
        next_at: job.next_at,
        error: job.last_error.clone().map(|error| JobError {
            class: error.class,
            code: error.code,
            message: error.message,
            remedy: error.remedy,
            trace_id: error.trace_id,
        }),
    }
}

fn attempt_answer(attempt: attempt::Attempt) -> Attempt {
    Attempt {
        id: attempt.id.to_string(),
        step: attempt.step,
        started_at: attempt.started_at,
        finished_at: attempt.finished_at,
        outcome: attempt.outcome,
        code: attempt.code,
        message: attempt.message,
        trace_id: attempt.trace_id,
        http_status: attempt.http_status,
    }
}
