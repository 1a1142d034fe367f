//! `/jobs`: one post on one account, with all that was tried, and what a person says of it.

use chrono::{DateTime, Utc};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use serde::Deserialize;

use super::auth::{Caller, Known};
use super::input::{self, Body};
use super::problem::{Answer, Problem};
use super::rehearsals::{self, Rehearsal};
use crate::actions::jobs::{self, Seen};
use crate::actions::posts::{self, View};
use crate::ids::JobId;
use crate::media::rendition::Recipe;
use crate::model::media::rendition;
use crate::model::{attempt, comment, job};

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
    /// What holds it back; null if nothing does. `needs_reconnect`: the account waits for a person to connect it again. `limit`: the platform has said
    /// that its window is used up. `media`: its files are still being converted; see `renditions`. `limit:` and a name, such as `limit:tiktok_inits`: a limit that is known beforehand would be passed. A limit ends by
    /// itself, at `next_at`. The word stays while the job is late for it.
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
    /// What is said under the post once it is out; null before, and where the option `first_comment` is not given.
    first_comment: Option<FirstComment>,
    /// The newest rehearsal; null if there was none.
    rehearsal: Option<Rehearsal>,
    /// The copies of files that are converted for it; a file without one goes out as it is.
    renditions: Vec<Rendition>,
}

/// A copy of a file, converted for the platform.
#[derive(Debug, Object)]
struct Rendition {
    media_id: String,
    /// What is done to the file, in words.
    what: String,
    /// `waiting`, `making`, `ready`, `failed` or `cleared`.
    state: String,
    /// While it is made: how far, in percent.
    progress: u8,
    /// In bytes, once it is made.
    bytes: Option<u64>,
    /// Why it could not be made, or not yet; null if nothing was wrong.
    error: Option<RenditionError>,
}

/// Why a copy could not be made.
#[derive(Debug, Object)]
struct RenditionError {
    code: String,
    /// What happened and what to do, in plain words.
    message: String,
}

/// A first comment. Whatever becomes of it, its post stays published.
#[derive(Debug, Object)]
struct FirstComment {
    /// `waiting`, `posted`, `failed` or `unconfirmed`.
    state: String,
    text: String,
    /// The platform's own id of the comment.
    remote_id: Option<String>,
    /// Why it failed last; null if it did not.
    error: Option<JobError>,
}

/// What a person saw on the account.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
struct Confirmation {
    /// Is the post there? If it is not, it is published again.
    published: bool,
    /// Its address, if it is there.
    permalink: Option<String>,
}

/// Why a job, or its first comment, failed last.
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
        caller.run("posts:read", move |known| one(known, input::id_in_path(&id.0, "job")?)).await.map(Json)
    }

    /// Say whether an unconfirmed post is there
    ///
    /// Only a job in the state `unconfirmed` can be confirmed. `{"published": true}` ends it as `published`; `{"published": false}` publishes it again, now.
    /// Needs the scope `posts:write`.
    #[oai(path = "/jobs/:id/confirm", method = "post", operation_id = "confirm_job")]
    async fn confirm(&self, caller: Caller, id: Path<String>, body: Body<Confirmation>) -> Answer<Json<JobWithAttempts>> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "job")?;
                let seen = seen(body.value)?;
                jobs::confirm(&known.app, known.actor(), known.workspace(), id, &seen, known.now)?;
                one(known, id)
            })
            .await
            .map(Json)
    }

    /// Try a first comment again
    ///
    /// Only one that is `failed` or `unconfirmed`; if it is `unconfirmed`, look at the post first: the comment may be there. Needs the scope `posts:write`.
    #[oai(path = "/jobs/:id/retry-comment", method = "post", operation_id = "retry_comment")]
    async fn retry_comment(&self, caller: Caller, id: Path<String>) -> Answer<Json<JobWithAttempts>> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "job")?;
                jobs::retry_comment(&known.app, known.actor(), known.workspace(), id, known.now)?;
                one(known, id)
            })
            .await
            .map(Json)
    }
}

fn seen(said: Confirmation) -> Answer<Seen> {
    match (said.published, said.permalink) {
        (true, permalink) => Ok(Seen::There { permalink }),
        (false, None) => Ok(Seen::NotThere),
        (false, Some(_)) => Err(Problem::field("permalink", "invalid", "A post that is not there has no address: leave permalink out.")),
    }
}

fn one(known: &Known, id: JobId) -> Answer<JobWithAttempts> {
    let missing = || Problem::not_found("job");
    let job = known.app.db.read(|db| job::in_workspace(db, known.workspace(), id))?.ok_or_else(missing)?;
    let view = posts::view(&known.app, known.workspace(), job.post_id)?;
    let attempts = known.app.db.read(|db| attempt::of_job(db, id))?;
    let job = view.jobs.iter().find(|job| job.id == id).ok_or_else(missing)?;
    Ok(JobWithAttempts { post_id: job.post_id.to_string(), job: answer(&view, job), attempts: attempts.into_iter().map(attempt_answer).collect() })
}

pub(super) fn answer(view: &View, job: &job::Job) -> Job {
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
        error: job.last_error.as_ref().map(error_answer),
        first_comment: view.comment(job.id).map(comment_answer),
        rehearsal: view.rehearsal(job.id).map(rehearsals::answer),
        renditions: view.renditions(job.id).map(rendition_answer).collect(),
    }
}

fn rendition_answer(rendition: &rendition::Rendition) -> Rendition {
    Rendition {
        media_id: rendition.media_id.to_string(),
        what: rendition.recipe.as_ref().map(Recipe::in_words).unwrap_or_default(),
        state: rendition.state.as_str().to_owned(),
        progress: rendition.progress,
        bytes: rendition.probe.is_some().then_some(rendition.bytes),
        error: rendition.error.as_ref().map(|trouble| RenditionError { code: trouble.code.clone(), message: trouble.message.clone() }),
    }
}

fn comment_answer(comment: &comment::Comment) -> FirstComment {
    FirstComment {
        state: comment.state.as_str().to_owned(),
        text: comment.text.clone(),
        remote_id: comment.remote_id.clone(),
        error: comment.last_error.as_ref().map(error_answer),
    }
}

fn error_answer(error: &job::LastError) -> JobError {
    JobError {
        class: error.class.clone(),
        code: error.code.clone(),
        message: error.message.clone(),
        remedy: error.remedy.clone(),
        trace_id: error.trace_id.clone(),
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
