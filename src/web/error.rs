//! Why a request was not done, as a page that says what to do.

use askama::Template;
use chrono::TimeDelta;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};

use super::assets;
use crate::actions;

/// Why there is no other answer.
#[derive(Debug)]
pub enum Error {
    NotFound(&'static str),
    /// Nobody is signed in; come back to this address afterwards.
    SignIn {
        next: String,
    },
    Forbidden(String),
    CrossOrigin,
    /// The form's token is not the browser's: it was open for long, or somebody signed in or out meanwhile.
    Stale,
    BadRequest(String),
    Method,
    TooLarge,
    TooMany(TimeDelta),
    /// A rule forbids it; the sentence says why.
    Refused(String),
    NoRoom(String),
    Internal(anyhow::Error),
}

impl Error {
    pub fn panicked() -> Error {
        Error::Internal(anyhow::anyhow!("a handler panicked"))
    }

    fn words(&self) -> (StatusCode, &'static str, String, &'static str) {
        match self {
            Error::NotFound(what) => {
                (StatusCode::NOT_FOUND, "Not found", format!("There is no such {what} here."), "It may have been removed, or belong to another workspace.")
            }
            Error::SignIn { .. } => (StatusCode::UNAUTHORIZED, "Signed out", "You are not signed in.".into(), "Sign in, then try again."),
            Error::Forbidden(why) => (StatusCode::FORBIDDEN, "Not allowed", why.clone(), "Ask an admin of this installation."),
            Error::CrossOrigin => (
                StatusCode::FORBIDDEN,
                "Sent from another site",
                "This request came from another site than this one, so it was not carried out.".into(),
                "If you meant it, open the page here and do it there. If it happens on this very site, the admin should compare server.public_url with the address you use.",
            ),
            Error::Stale => (
                StatusCode::FORBIDDEN,
                "The form is out of date",
                "This form was open for long, or somebody signed in or out in this browser meanwhile.".into(),
                "Nothing was changed. Load the page again and send it once more.",
            ),
            Error::BadRequest(why) => (StatusCode::BAD_REQUEST, "Not understood", why.clone(), "Go back and try again."),
            Error::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "Not that way",
                "This address does not take this kind of request.".into(),
                "Use the links and buttons of the pages.",
            ),
            Error::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "Too large", "What was sent is larger than this page takes.".into(), "Send less at once; nothing was changed.")
            }
            Error::TooMany(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tries",
                format!("There were too many tries. Wait {} seconds.", wait.num_seconds().max(1)),
                "Then try again.",
            ),
            Error::Refused(why) => (StatusCode::CONFLICT, "Not possible now", why.clone(), ""),
            Error::NoRoom(why) => (StatusCode::INSUFFICIENT_STORAGE, "No room", why.clone(), ""),
            Error::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The server could not do this, through no fault of yours.".into(),
                "Try again. If it happens again, tell the admin the number below: the server's log has a line with it.",
            ),
        }
    }

    /// One sentence, for answers that are no pages.
    pub fn sentence(&self) -> String {
        self.words().2
    }

    pub fn status(&self) -> StatusCode {
        self.words().0
    }

    pub fn into_response(self, request_id: &str) -> Response {
        if let Error::Internal(e) = &self {
            tracing::error!(request = request_id, "{e:#}");
        }
        if let Error::SignIn { next } = &self {
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            return see_other(&format!("/sign-in?{query}"));
        }
        let (status, title, text, remedy) = self.words();
        let page = ErrorPage { assets: assets::base(), title, text: &text, remedy, request_id, status: status.as_u16() };
        let mut answer = html(&page).unwrap_or_else(|_| text.clone().into_response());
        answer.set_status(status);
        if let Error::TooMany(wait) = self {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.num_seconds().max(1)));
        }
        answer
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    assets: &'a str,
    title: &'a str,
    text: &'a str,
    remedy: &'a str,
    request_id: &'a str,
    status: u16,
}

/// A page.
pub fn html(template: &impl Template) -> Result<Response, Error> {
    let text = template.render().map_err(|e| Error::Internal(e.into()))?;
    // Said explicitly, so that an answer to HEAD says it too.
    let length = text.len();
    Ok(Response::builder().content_type("text/html; charset=utf-8").header(header::CONTENT_LENGTH, length).body(text))
}

/// Go there, with GET.
pub fn see_other(to: &str) -> Response {
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, to).finish()
}

/// What the router or an endpoint refused on its own: a page, or for programs poem's own answer.
pub fn refused(e: poem::Error, for_programs: bool, request_id: &str) -> Response {
    if for_programs || e.is_from_response() {
        return e.into_response();
    }
    let error = match e.status() {
        StatusCode::NOT_FOUND => Error::NotFound("page"),
        StatusCode::METHOD_NOT_ALLOWED => Error::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        status if status.is_client_error() => Error::BadRequest(e.to_string()),
        _ => Error::Internal(anyhow::anyhow!("{e}")),
    };
    error.into_response(request_id)
}

impl From<actions::Error> for Error {
    fn from(e: actions::Error) -> Error {
        match e {
            actions::Error::NotFound(what) => Error::NotFound(what),
            actions::Error::Invalid(problems) => Error::BadRequest(problems.into_iter().map(|p| p.message).collect::<Vec<_>>().join(" ")),
            actions::Error::Refused(why) => Error::Refused(why),
            actions::Error::KeyReused => Error::Refused(actions::Error::KeyReused.to_string()),
            actions::Error::NoRoom(why) => Error::NoRoom(why),
            actions::Error::Internal(e) => Error::Internal(e),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Error {
        actions::Error::from(e).into()
    }
}
