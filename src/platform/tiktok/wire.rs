//! TikTok's JSON calls and their answers (tiktok.md §4, §5.1-5.4, §5.6). Facts only: what an answer means for the job is decided in `mod.rs`.
//!
//! Always true: a call succeeded if its answer is a 2xx with `error.code` = `ok` and the data asked for, and in no other case.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::Tiktok;
use super::errors;
use super::plan::Plan;
use crate::platform::http::{Answer, Body, Call};
use crate::platform::{ErrorClass, PlatformError};
use crate::secret::Secret;

/// `error` in every JSON answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ApiError {
    pub code: String,
    pub message: String,
    pub log_id: Option<String>,
}

/// What the creator may do at this moment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreatorInfo {
    pub creator_avatar_url: String,
    pub creator_username: String,
    pub creator_nickname: String,
    pub privacy_level_options: Vec<String>,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    pub max_video_post_duration_sec: Option<u64>,
}

/// An upload that TikTok is ready for.
#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    pub publish_id: String,
    pub upload_url: Secret,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub status: String,
    pub fail_reason: Option<String>,
    /// TikTok's own spelling.
    #[serde(rename = "publicaly_available_post_id")]
    post_ids: Option<Vec<PostId>>,
    pub uploaded_bytes: Option<u64>,
    #[serde(skip)]
    pub log_id: Option<String>,
}

/// 19 digits: never a float.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PostId {
    Number(u64),
    Text(String),
}

impl Status {
    /// The public post's id, once moderation has let it through.
    pub(super) fn post_id(&self) -> Option<String> {
        self.post_ids.as_deref()?.iter().find_map(|id| match id {
            PostId::Number(id) => Some(id.to_string()),
            // It becomes part of a link.
            PostId::Text(id) => (!id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.clone()),
        })
    }
}

/// Photos that TikTok has taken on.
#[derive(Debug, Deserialize)]
pub(super) struct Accepted {
    pub publish_id: String,
}

/// One of the account's public posts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Video {
    pub id: String,
    /// Seconds.
    pub create_time: i64,
    /// Cut to 150 characters.
    pub video_description: String,
}

/// A part of the account's public posts, newest first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Videos {
    pub videos: Vec<Video>,
    pub cursor: Option<i64>,
    pub has_more: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub open_id: String,
    pub avatar_url: String,
    pub display_name: String,
    pub username: String,
}

impl Tiktok {
    pub(super) fn creator_info(&self, token: &Secret, now: DateTime<Utc>) -> Result<CreatorInfo, PlatformError> {
        self.post_json("/v2/post/publish/creator_info/query/", token, None, now).map(|(info, _)| info)
    }

    /// Opens an upload for a post that is to be published as `post_info` says.
    pub(super) fn init_video(&self, token: &Secret, post_info: &Map<String, Value>, plan: &Plan, now: DateTime<Utc>) -> Result<Opened, PlatformError> {
        let body = json!({ "post_info": post_info, "source_info": source_info(plan) });
        self.post_json("/v2/post/publish/video/init/", token, Some(&body), now).map(|(opened, _)| opened)
    }

    /// Opens an upload for a draft in the creator's inbox.
    pub(super) fn init_draft(&self, token: &Secret, plan: &Plan, now: DateTime<Utc>) -> Result<Opened, PlatformError> {
        let body = json!({ "source_info": source_info(plan) });
        self.post_json("/v2/post/publish/inbox/video/init/", token, Some(&body), now).map(|(opened, _)| opened)
    }

    /// Hands over the addresses of photos. TikTok begins by itself: from here on there may be a post.
    pub(super) fn init_photos(&self, token: &Secret, body: &Value, now: DateTime<Utc>) -> Result<Accepted, PlatformError> {
        let url = format!("{}/v2/post/publish/content/init/", self.config.api_url);
        let authorization = bearer(token);
        let headers = [("authorization", authorization.as_str())];
        self.call(Call { method: Method::POST, url: &url, headers: &headers, body: Body::Json(body), visible: true }, now).map(|(accepted, _)| accepted)
    }

    /// The account's public posts; `cursor` is where the last answer ended.
    pub(super) fn videos(&self, token: &Secret, cursor: Option<i64>, now: DateTime<Utc>) -> Result<Videos, PlatformError> {
        let mut body = json!({ "max_count": 20 });
        if let (Some(cursor), Some(fields)) = (cursor, body.as_object_mut()) {
            fields.insert("cursor".into(), json!(cursor));
        }
        self.post_json("/v2/video/list/?fields=id,create_time,video_description", token, Some(&body), now).map(|(videos, _)| videos)
    }

    pub(super) fn status(&self, token: &Secret, publish_id: &str, now: DateTime<Utc>) -> Result<Status, PlatformError> {
        let body = json!({ "publish_id": publish_id });
        let (mut status, log_id): (Status, _) = self.post_json("/v2/post/publish/status/fetch/", token, Some(&body), now)?;
        status.log_id = log_id;
        Ok(status)
    }

    pub(super) fn user_info(&self, token: &Secret, fields: &str, now: DateTime<Utc>) -> Result<User, PlatformError> {
        #[derive(Deserialize)]
        struct Data {
            user: User,
        }
        let url = format!("{}/v2/user/info/?fields={fields}", self.config.api_url);
        let authorization = bearer(token);
        let headers = [("authorization", authorization.as_str())];
        self.call(Call { method: Method::GET, url: &url, headers: &headers, body: Body::Empty, visible: false }, now).map(|(data, _): (Data, _)| data.user)
    }

    fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &Secret,
        body: Option<&Value>,
        now: DateTime<Utc>,
    ) -> Result<(T, Option<String>), PlatformError> {
        let url = format!("{}{path}", self.config.api_url);
        let authorization = bearer(token);
        // A call without a body is told its type all the same, as TikTok's reference does.
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json; charset=UTF-8")];
        let (headers, body) = match body {
            Some(body) => (headers.get(..1).unwrap_or_default(), Body::Json(body)),
            None => (headers.as_slice(), Body::Empty),
        };
        self.call(Call { method: Method::POST, url: &url, headers, body, visible: false }, now)
    }

    fn call<T: DeserializeOwned>(&self, call: Call<'_>, now: DateTime<Utc>) -> Result<(T, Option<String>), PlatformError> {
        let visible = call.visible;
        let answer = self.http.send(call).map_err(|e| e.into_error(visible))?;
        data(&answer, visible, now)
    }
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.expose())
}

fn source_info(plan: &Plan) -> Value {
    json!({ "source": "FILE_UPLOAD", "video_size": plan.total, "chunk_size": plan.chunk_size, "total_chunk_count": plan.count })
}

/// The data of a successful answer, and its log id. On errors `data` may be missing or empty, so the error is read first.
fn data<T: DeserializeOwned>(answer: &Answer, visible: bool, now: DateTime<Utc>) -> Result<(T, Option<String>), PlatformError> {
    #[derive(Deserialize)]
    struct Failure {
        error: ApiError,
    }
    #[derive(Deserialize)]
    struct Success<T> {
        data: T,
    }
    let error = answer.json::<Failure>().map(|failure| failure.error);
    match error {
        Some(error) if answer.is_success() && error.code == "ok" => match answer.json::<Success<T>>() {
            Some(success) => Ok((success.data, error.log_id)),
            None => {
                let class = if visible { ErrorClass::UnknownOutcome } else { ErrorClass::Transient };
                Err(PlatformError::new(class, "unreadable_answer", "TikTok's answer could not be read.").trace_id(error.log_id).http_status(answer.status))
            }
        },
        error if visible => Err(errors::of_visible(answer, error, now)),
        error => Err(errors::of_answer(answer, error, now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(status: u16, body: &str) -> Result<(T, Option<String>), PlatformError> {
        data(&Answer { status, headers: ureq::http::HeaderMap::new(), body: body.as_bytes().to_vec() }, false, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_post_id_keeps_all_its_digits() {
        for (id, expected) in [
            ("[7512345678901234567]", Some("7512345678901234567")),
            ("[\"7512345678901234567\"]", Some("7512345678901234567")),
            ("[7512345678901234567, 7512345678901234568]", Some("7512345678901234567")),
            ("[\"../x\"]", None),
            ("[]", None),
            ("null", None),
        ] {
            let body =
                format!(r#"{{"data":{{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":{id}}},"error":{{"code":"ok","message":"","log_id":"L"}}}}"#);
            let (status, log_id) = read::<Status>(200, &body).unwrap();
            assert_eq!((status.post_id().as_deref(), log_id.as_deref()), (expected, Some("L")), "{id}");
        }
    }

    #[test]
    fn everything_but_the_status_may_be_missing() {
        let (status, _) = read::<Status>(200, r#"{"data":{"status":"FAILED","fail_reason":"internal"},"error":{"code":"ok"}}"#).unwrap();
        assert_eq!((status.status.as_str(), status.fail_reason.as_deref(), status.uploaded_bytes, status.post_id()), ("FAILED", Some("internal"), None, None));
    }

    #[test]
    fn success_is_a_2xx_with_ok_and_data() {
        for (status, body, code) in [
            (200, r#"{"data":{},"error":{"code":"ok"}}"#, "unreadable_answer"),
            (200, r#"{"error":{"code":"ok"}}"#, "unreadable_answer"),
            (200, r#"{"data":{},"error":{"code":"reached_active_user_cap","message":"","log_id":"L"}}"#, "reached_active_user_cap"),
            (400, r#"{"error":{"code":"invalid_params","message":"x","log_id":"L"}}"#, "invalid_params"),
            (500, r#"{"data":{"publish_id":"p","upload_url":"u"},"error":{"code":"ok"}}"#, "ok"),
            (200, "", "http_200"),
            (502, "<html>bad gateway</html>", "http_502"),
            (200, r#"{"data":{"publish_id":"p","upload_url":"u"}}"#, "http_200"),
        ] {
            assert_eq!(read::<Opened>(status, body).err().map(|e| e.code).as_deref(), Some(code), "{status} {body}");
        }
        assert_eq!(
            read::<Opened>(200, r#"{"data":{"publish_id":"v_pub_file~v2-1.1","upload_url":"u"},"error":{"code":"ok"}}"#).unwrap().0.publish_id,
            "v_pub_file~v2-1.1"
        );
    }
}
