//! `/posts`: making, listing and reading posts, and sending them on their way or taking them off it.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::auth::{Caller, Known};
use super::composed::{self, NewPost};
use super::input::{self, Body};
use super::jobs::{self, Job};
use super::problem::{Answer, Problem};
use super::rehearsals::{self, Check};
use crate::actions;
use crate::actions::posts::{self, View};
use crate::ids::PostId;
use crate::model::post::{Filter, Status};
use crate::secret;

/// A post with its jobs.
#[derive(Debug, Object)]
struct Post {
    id: String,
    /// Follows from its jobs: `draft`, `awaiting_approval`, `scheduled`, `publishing`, `published`, `partly_published`, `failed`, `cancelled`, `missed` or
    /// `unconfirmed`.
    status: String,
    #[oai(flatten)]
    composed: NewPost,
    /// When it is to be out; null for a draft.
    scheduled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// One for each target.
    jobs: Vec<Job>,
}

/// A page of posts.
#[derive(Debug, Object)]
struct PostPage {
    items: Vec<Post>,
    /// Send it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

#[derive(Debug, ApiResponse)]
enum Made {
    /// The post was made, or (with the same `Idempotency-Key`) had been made before.
    #[oai(status = 201)]
    Post(Json<Post>, #[oai(header = "Location")] String, #[oai(header = "ETag")] String),
}

#[derive(Debug, ApiResponse)]
enum One {
    /// The post.
    #[oai(status = 200)]
    Post(Json<Post>, #[oai(header = "ETag")] String),
}

#[derive(Debug)]
pub struct PostsApi;

#[OpenApi]
impl PostsApi {
    /// Make a post
    ///
    /// Needs the scope `posts:write`. Everything that a platform would refuse later is told now, in `problems`.
    #[oai(path = "/posts", method = "post", operation_id = "create_post")]
    async fn create(
        &self,
        caller: Caller,
        /// The same key with the same request makes one post, however often it is sent; it is remembered for seven days.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Body<NewPost>,
    ) -> Answer<Made> {
        caller
            .run("posts:write", move |known| {
                let new = composed::understand(body.value)?;
                let key = input::idempotency_key(key.0)?;
                let idempotency = key.as_deref().map(|key| (key, body.fingerprint));
                let made = posts::create(&known.app, known.actor(), known.workspace(), &new, idempotency, known.now);
                let id = made.map_err(|refusal| composed::placed(refusal, &new))?;
                let view = posts::view(&known.app, known.workspace(), id)?;
                Ok(Made::Post(Json(answer(&view)), format!("/api/v1/posts/{id}"), version(&view)))
            })
            .await
    }

    /// Posts, newest first
    ///
    /// Needs the scope `posts:read`.
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the address")]
    #[oai(path = "/posts", method = "get", operation_id = "list_posts")]
    async fn list(
        &self,
        caller: Caller,
        /// Only posts that are to be out at this time or later (RFC 3339).
        from: Query<Option<String>>,
        /// Only posts that are to be out before this time.
        to: Query<Option<String>>,
        /// Only posts with this status.
        status: Query<Option<String>>,
        /// Only posts to this account.
        account_id: Query<Option<String>>,
        /// How many items a page has: 1 to 200, 50 if it is left out.
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Json<PostPage>> {
        let asked = Asked { from: from.0, to: to.0, status: status.0, account_id: account_id.0, limit: limit.0, cursor: cursor.0 };
        caller.run("posts:read", move |known| list(known, &asked)).await.map(Json)
    }

    /// A post with its jobs
    ///
    /// Needs the scope `posts:read`.
    #[oai(path = "/posts/:id", method = "get", operation_id = "get_post")]
    async fn get(&self, caller: Caller, id: Path<String>) -> Answer<One> {
        caller.run("posts:read", move |known| one(known, input::id_in_path(&id.0, "post")?)).await
    }

    /// Cancel a post
    ///
    /// Ends every job that is not out and not in the middle of its last call. What is out can only be deleted on the platform itself. Needs the scope
    /// `posts:write`.
    #[oai(path = "/posts/:id/cancel", method = "post", operation_id = "cancel_post")]
    async fn cancel(&self, caller: Caller, id: Path<String>) -> Answer<One> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "post")?;
                posts::cancel(&known.app, known.actor(), known.workspace(), id, known.now)?;
                one(known, id)
            })
            .await
    }

    /// Rehearse a post
    ///
    /// Tries what is still to go out without posting: access, permissions, the platform's limits, the rules for media and words, and whether the media can
    /// be fetched by its public address. It asks the platforms, and changes nothing there. What is found is kept with each job. Needs the scope `posts:write`.
    #[oai(path = "/posts/:id/check", method = "post", operation_id = "check_post")]
    async fn check(&self, caller: Caller, id: Path<String>) -> Answer<Json<Check>> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "post")?;
                Ok(rehearsals::check(actions::jobs::rehearse(&known.app, known.workspace(), id, known.now)?))
            })
            .await
            .map(Json)
    }

    /// Try again what failed or was missed
    ///
    /// Begins each job in the state `failed` or `missed` anew, due now. What is out stays as it is. Needs the scope `posts:write`.
    #[oai(path = "/posts/:id/retry", method = "post", operation_id = "retry_post")]
    async fn retry(&self, caller: Caller, id: Path<String>) -> Answer<One> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "post")?;
                actions::jobs::retry(&known.app, known.actor(), known.workspace(), id, known.now)?;
                one(known, id)
            })
            .await
    }

    /// Publish a scheduled post now
    ///
    /// Makes each job due now that waits for its time; what was prepared stays prepared. A draft has no time yet. Needs the scope `posts:write`.
    #[oai(path = "/posts/:id/publish-now", method = "post", operation_id = "publish_post_now")]
    async fn publish_now(&self, caller: Caller, id: Path<String>) -> Answer<One> {
        caller
            .run("posts:write", move |known| {
                let id = input::id_in_path(&id.0, "post")?;
                actions::jobs::publish_now(&known.app, known.actor(), known.workspace(), id, known.now)?;
                one(known, id)
            })
            .await
    }
}

/// The query of a list.
struct Asked {
    from: Option<String>,
    to: Option<String>,
    status: Option<String>,
    account_id: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

fn list(known: &Known, asked: &Asked) -> Answer<PostPage> {
    let limit = input::page_size(asked.limit)?;
    let mut problems = Vec::new();
    let filter = Filter {
        workspace_id: Some(known.workspace()),
        from: time("from", asked.from.as_deref())?,
        to: time("to", asked.to.as_deref())?,
        account_id: asked.account_id.as_deref().and_then(|id| input::id_in(id, "account_id", &mut problems)),
        before: input::cursor(asked.cursor.as_deref())?,
    };
    let status = asked.status.as_deref().map(status).transpose()?;
    if !problems.is_empty() {
        return Err(Problem::fields(problems));
    }
    let (views, next) = posts::list(&known.app, &filter, status, limit)?;
    Ok(PostPage { items: views.iter().map(answer).collect(), next_cursor: next.map(|id| id.to_string()) })
}

/// A time in a query, where a `+` that nobody escaped arrives as a space.
fn time(field: &str, text: Option<&str>) -> Answer<Option<DateTime<Utc>>> {
    text.map(|text| composed::read_time(&text.replace(' ', "+")).map_err(|e| Problem::field(field, "invalid", format!("{e}.")))).transpose()
}

fn status(word: &str) -> Answer<Status> {
    Status::ALL.iter().copied().find(|status| status.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        Problem::field("status", "invalid", format!("There is no status {}; it must be one of {}.", input::shown(word), words.join(", ")))
    })
}

fn one(known: &Known, id: PostId) -> Answer<One> {
    let view = posts::view(&known.app, known.workspace(), id)?;
    Ok(One::Post(Json(answer(&view)), version(&view)))
}

fn answer(view: &View) -> Post {
    Post {
        id: view.post.id.to_string(),
        status: view.status().as_str().to_owned(),
        composed: composed::composed(view),
        scheduled_at: view.post.scheduled_at,
        created_at: view.post.created_at,
        jobs: view.jobs.iter().map(|job| jobs::answer(view, job)).collect(),
    }
}

/// The `ETag`: changes with what people composed, and not with the publisher's progress, so that an edit is not refused because a step was taken.
fn version(view: &View) -> String {
    let composed = poem_openapi::types::ToJSON::to_json_string(&composed::composed(view));
    let words = format!("{} {} {composed}", view.post.id, view.post.updated_at.timestamp_millis());
    let digest = secret::hex(&secret::fingerprint(&words));
    format!("\"{}\"", digest.get(..20).unwrap_or(&digest))
}
