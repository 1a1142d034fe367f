//! Refusals as problem details (RFC 9457).
//!
//! What must always be true here: every answer of the API that is not a success is `application/problem+json`, also those that the framework
//! makes; what went wrong inside is told to the log, never to the caller.

use std::fmt;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Enum, Object};

use crate::actions::{self, FieldProblem};
use crate::platform::Remedy;
use crate::web::blocking::Panicked;

const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    /// For programs: the last part of `type`.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub detail: String,
    pub problems: Vec<FieldProblem>,
}

/// What a handler answers.
pub type Answer<T> = Result<T, Problem>;

/// A refusal, as RFC 9457 has it.
#[derive(Debug, Object)]
#[oai(rename = "Problem")]
struct Body {
    /// Which sort of problem this is, for programs: `urn:pm3k:problem:` and a word.
    r#type: String,
    /// The status in words.
    title: String,
    status: u16,
    /// What is wrong, and what to do about it.
    detail: String,
    /// With status 422 (and 413): each thing that has to change.
    #[oai(skip_serializing_if_is_none)]
    problems: Option<Vec<BodyField>>,
}

/// One thing that has to change.
#[derive(Debug, Object)]
#[oai(rename = "FieldProblem")]
struct BodyField {
    /// Where it stands in the request: `caption`, `media.0`, `targets.1.options.privacy_level`.
    field: String,
    /// The account that it concerns, where it concerns one.
    #[oai(skip_serializing_if_is_none)]
    account_id: Option<String>,
    /// For programs; stays the same when the message is reworded.
    code: String,
    message: String,
    /// What would cure it; nothing where a person has to choose other words, files or settings.
    #[oai(skip_serializing_if_is_none)]
    remedy: Option<BodyRemedy>,
}

/// What would cure a problem: `convert`, a copy of the file in the platform's form; `crop`, another shape, cut or filled up as the person chooses;
/// `trim`, ending the video earlier; `shorten`, fewer characters.
#[derive(Debug, Enum)]
#[oai(rename = "Remedy", rename_all = "snake_case")]
enum BodyRemedy {
    Convert,
    Crop,
    Trim,
    Shorten,
}

impl BodyRemedy {
    fn of(remedy: Remedy) -> Option<BodyRemedy> {
        match remedy {
            Remedy::None => None,
            Remedy::Convert => Some(BodyRemedy::Convert),
            Remedy::Crop => Some(BodyRemedy::Crop),
            Remedy::Trim => Some(BodyRemedy::Trim),
            Remedy::Shorten => Some(BodyRemedy::Shorten),
        }
    }
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, code, detail: detail.into(), problems: Vec::new() }
    }

    /// Fields of the request have to change.
    pub fn fields(problems: Vec<FieldProblem>) -> Problem {
        let detail = match problems.as_slice() {
            [only] => only.message.clone(),
            several => format!("{} things have to change; see problems.", several.len()),
        };
        Problem { status: StatusCode::UNPROCESSABLE_ENTITY, code: "invalid", detail, problems }
    }

    pub fn field(field: impl Into<String>, code: &str, message: impl Into<String>) -> Problem {
        Problem::fields(vec![FieldProblem::new(field, code, message)])
    }

    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what} in this key's workspace."))
    }

    /// Something is wrong with the installation: the log is told what.
    pub fn internal(error: &dyn fmt::Display) -> Problem {
        tracing::error!("a request failed: {error:#}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on the server. Its log says what; ask its admin, or try again later.")
    }

    pub fn unauthorized() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Send an API key: Authorization: Bearer pm3k_…")
    }

    /// As it is sent.
    pub fn to_value(&self) -> serde_json::Value {
        self.body().to_json().unwrap_or_default()
    }

    fn body(&self) -> Body {
        let fields = self.problems.iter().map(|problem| BodyField {
            field: problem.field.clone(),
            account_id: problem.account_id.map(|id| id.to_string()),
            code: problem.code.clone(),
            message: problem.message.clone(),
            remedy: BodyRemedy::of(problem.remedy),
        });
        Body {
            r#type: format!("urn:pm3k:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            problems: (!self.problems.is_empty()).then(|| fields.collect()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<actions::Error> for Problem {
    fn from(error: actions::Error) -> Problem {
        use actions::Error as E;
        match error {
            E::NotFound(what) => Problem::not_found(what),
            E::Invalid(problems) => {
                let too_large = problems.iter().any(|problem| problem.field == "file" && problem.code == "too_large");
                let found = Problem::fields(problems);
                if too_large { Problem { status: StatusCode::PAYLOAD_TOO_LARGE, code: "too_large", ..found } } else { found }
            }
            E::Refused(why) => Problem::new(StatusCode::CONFLICT, "refused", why),
            E::KeyReused => Problem {
                code: "key_reused",
                ..Problem::field("Idempotency-Key", "key_reused", "This Idempotency-Key was used for another request. Use a new key for a new request.")
            },
            E::NoRoom(why) => Problem::new(StatusCode::INSUFFICIENT_STORAGE, "no_room", why),
            E::Internal(error) => Problem::internal(&error),
        }
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Problem {
        Problem::from(actions::Error::from(error))
    }
}

impl From<Panicked> for Problem {
    fn from(error: Panicked) -> Problem {
        Problem::internal(&error)
    }
}

/// What the framework refused by itself.
impl From<poem::Error> for Problem {
    fn from(error: poem::Error) -> Problem {
        if error.is::<AuthorizationError>() {
            return Problem::unauthorized();
        }
        if let Some(bad) = error.downcast_ref::<ParseParamError>() {
            return Problem::field(bad.name, "invalid", format!("{}: {}", bad.name, bad.reason));
        }
        if error.is::<ParsePathError>() {
            return Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.");
        }
        if let Some(bad) = error.downcast_ref::<ContentTypeError>() {
            return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", bad.to_string());
        }
        match error.status() {
            StatusCode::NOT_FOUND => Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address. /api/docs lists what there is."),
            StatusCode::METHOD_NOT_ALLOWED => Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not take this method. /api/docs says which ones it takes.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The request is larger than this address takes."),
            status if status.is_client_error() => Problem::new(status, "bad_request", format!("The request could not be read: {error}.")),
            _ => Problem::internal(&error),
        }
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> poem::Error {
        poem::Error::from_response(problem.into_response())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status).content_type(CONTENT_TYPE).body(self.body().to_json_string());
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"PM3K API\""));
        }
        response
    }
}

/// For `catch_all_error`: whatever comes up from below as an error leaves as a problem.
pub async fn answer(error: poem::Error) -> Response {
    if error.is_from_response() { error.into_response() } else { Problem::from(error).into_response() }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: CONTENT_TYPE, schema: Body::schema_ref() }];
        let description = "Not done. The status says why, `detail` says it in a sentence.";
        MetaResponses { responses: vec![MetaResponse { description, status: None, status_range: None, content, headers: Vec::new() }] }
    }

    fn register(registry: &mut Registry) {
        Body::register(registry);
    }
}
