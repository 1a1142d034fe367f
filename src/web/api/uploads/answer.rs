//! What is answered about an upload: the protocol's headers, and problems.
//!
//! What must always be true here: a refusal that a client can mend by itself has the status that the protocol gives it (409, 412, 415, 423, 460), so
//! that clients of others do the right thing.

use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Request, Response};
use serde_json::json;

use crate::actions::uploads::{Error, View};
use crate::app::App;
use crate::ids::WorkspaceId;
use crate::media::tus_headers::{self, ALGORITHMS, EXTENSIONS, VERSION};
use crate::model::media::{self, Media};
use crate::web::api::input;
use crate::web::api::problem::Problem;
use crate::web::upload::file_detail;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// A problem, and headers that go with it.
#[derive(Debug)]
pub struct Refusal {
    problem: Problem,
    headers: Vec<(HeaderName, String)>,
}

impl<P: Into<Problem>> From<P> for Refusal {
    fn from(problem: P) -> Refusal {
        Refusal { problem: problem.into(), headers: Vec::new() }
    }
}

impl Refusal {
    fn with(mut self, name: HeaderName, value: &str) -> Refusal {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn problem(status: u16, code: &'static str, detail: impl Into<String>) -> Refusal {
    Problem::new(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), code, detail).into()
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        match error {
            Error::NotFound => problem(404, "not_found", "There is no such upload. It may have ended or expired: begin another."),
            Error::Offset { stands } => {
                let detail = format!("The piece does not begin where the upload stands: {stands} bytes have arrived. Ask with HEAD, and go on from there.");
                problem(409, "offset", detail).with(OFFSET, &stands.to_string())
            }
            Error::TooMuch { left } => problem(413, "too_large", format!("The piece is longer than what is left of the file ({left} bytes).")),
            Error::Mismatch => problem(460, "checksum", "The piece is not what its Upload-Checksum says. It was dropped; send it again."),
            Error::TakenOver => problem(423, "taken_over", "Another request went on with this upload. What had arrived is kept."),
            Error::Busy => problem(423, "busy", "Another request is at work on this upload. Try again in a moment."),
            Error::Body(e) => {
                e.downcast::<Problem>().map_or_else(|_| problem(400, "broken_off", "The piece broke off. What had arrived is kept."), Refusal::from)
            }
            Error::Refused(problems) => Problem::fields(problems).into(),
            Error::Other(e) => Problem::from(e).into(),
        }
    }
}

/// The sender fell silent.
pub fn silent() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "silent", "Nothing arrived for a minute, so the connection was given up. What had arrived is kept.")
}

/// The client speaks another version of the protocol, or none.
pub fn other_version(spoken: &str) -> Refusal {
    let detail = if spoken.is_empty() {
        "This address speaks tus: say the version in Tus-Resumable: 1.0.0.".to_owned()
    } else {
        format!("This server speaks tus {VERSION}, and the request {}.", input::shown(spoken))
    };
    problem(412, "version", detail).with(HeaderName::from_static("tus-version"), VERSION)
}

pub fn not_allowed(allow: &str) -> Refusal {
    problem(405, "method_not_allowed", format!("This address does not take this method; it takes {allow}.")).with(header::ALLOW, allow)
}

/// What this server can do.
pub fn options(request: &Request) -> Response {
    let mut answer = Response::from(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    put(headers, HeaderName::from_static("tus-version"), VERSION);
    put(headers, HeaderName::from_static("tus-extension"), EXTENSIONS);
    put(headers, HeaderName::from_static("tus-checksum-algorithm"), ALGORITHMS);
    if let Some(app) = request.data::<std::sync::Arc<App>>() {
        put(headers, HeaderName::from_static("tus-max-size"), &app.config.media.max_upload.to_string());
    }
    answer
}

/// Every answer says the version.
pub fn versioned(answered: Result<Response, Refusal>) -> Response {
    let mut answer = answered.unwrap_or_else(|refusal| {
        let mut answer = refusal.problem.into_response();
        for (name, value) in refusal.headers {
            put(answer.headers_mut(), name, &value);
        }
        answer
    });
    put(answer.headers_mut(), RESUMABLE, VERSION);
    answer
}

/// It was begun: its address, and where it stands.
pub fn begun(view: &View) -> Response {
    let mut answer = with_standing(StatusCode::CREATED, view);
    put(answer.headers_mut(), header::LOCATION, &format!("/api/v1/uploads/{}", view.word));
    answer
}

pub fn with_standing(status: StatusCode, view: &View) -> Response {
    let mut answer = Response::from(status);
    let headers = answer.headers_mut();
    put(headers, OFFSET, &view.offset.to_string());
    put(headers, HeaderName::from_static("upload-length"), &view.length.to_string());
    put(headers, HeaderName::from_static("upload-expires"), &tus_headers::date(view.expires_at));
    if !view.metadata.is_empty() {
        put(headers, HeaderName::from_static("upload-metadata"), &view.metadata);
    }
    if let Some(media) = view.media_id {
        put(headers, HeaderName::from_static("media-id"), &media.to_string());
    }
    if let Some(first) = view.refused.as_ref().and_then(|problems| problems.first()) {
        put(headers, HeaderName::from_static("media-refused"), &first.code);
    }
    answer
}

/// Where an upload stands, as JSON.
#[derive(Debug)]
pub struct Standing {
    view: View,
    media: Option<Media>,
}

impl Standing {
    pub fn of(app: &App, workspace: WorkspaceId, view: View) -> Result<Standing, Error> {
        let media = match view.media_id {
            Some(id) => app.db.read(|db| media::in_workspace(db, workspace, id))?,
            None => None,
        };
        Ok(Standing { view, media })
    }

    pub fn into_answer(self) -> Response {
        let media = self.media.as_ref().map(|media| {
            json!({
                "id": media.id, "kind": media.kind, "mime": media.mime, "bytes": media.bytes, "width": media.width, "height": media.height,
                "duration_ms": media.duration_ms, "state": media.state, "detail": file_detail(media),
            })
        });
        let problem = self.view.refused.map(|problems| Problem::fields(problems).to_value());
        let body = json!({
            "offset": self.view.offset, "length": self.view.length, "expires_at": self.view.expires_at, "media_id": self.view.media_id,
            "media": media, "problem": problem,
        });
        Response::builder().content_type("application/json; charset=utf-8").body(body.to_string())
    }
}
