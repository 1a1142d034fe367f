//! `/uploads`: files in pieces, as tus 1.0 has it (<https://tus.io/protocols/resumable-upload>), for API keys and for pages of a signed-in browser.
//!
//! What must always be true here: an answer that names an offset names bytes that are on the disk; whoever asks is known ([`who`]) before anything of
//! the body is read; every answer says the version of the protocol, and every refusal is a problem.

mod answer;
mod describe;
mod who;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use poem::http::{HeaderName, Method, StatusCode};
use poem::{Body, Endpoint, EndpointExt, Request, Response};
use tokio::sync::Notify;

use self::answer::{Refusal, Standing};
pub use self::describe::describe;
use self::who::Who;
use super::input;
use super::problem::Problem;
use crate::actions::uploads::{self as action, Announced, Error, Piece};
use crate::media::turns::Wake;
use crate::media::tus_headers::{self, BadChecksum, Checksum, Metadata};
use crate::web::blocking;
use crate::web::middleware::session;

/// A connection that sends nothing for this long is given up; what it sent is kept.
const SILENCE: Duration = Duration::from_secs(60);
/// The type of a body that is a piece of a file.
const PIECE: &str = "application/offset+octet-stream";
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

type Answered = Result<Response, Refusal>;

/// The collection, where uploads are begun.
pub fn collection() -> impl Endpoint<Output = Response> {
    poem::endpoint::make(|request: Request| async move {
        let answered = match method(&request) {
            Method::OPTIONS => Ok(answer::options(&request)),
            Method::POST => begin(request).await,
            _ => Err(answer::not_allowed("OPTIONS, POST")),
        };
        Ok::<_, poem::Error>(answer::versioned(answered))
    })
    .around(session::load)
    .map_to_response()
}

/// One upload.
pub fn upload() -> impl Endpoint<Output = Response> {
    poem::endpoint::make(|request: Request| async move {
        let answered = match method(&request) {
            Method::OPTIONS => Ok(answer::options(&request)),
            Method::GET => look(request).await,
            Method::HEAD => offset(request).await,
            Method::PATCH => patch(request).await,
            Method::DELETE => remove(request).await,
            _ => Err(answer::not_allowed("DELETE, GET, HEAD, OPTIONS, PATCH")),
        };
        Ok::<_, poem::Error>(answer::versioned(answered))
    })
    .around(session::load)
    .map_to_response()
}

/// Some clients can send GET and POST only, and say what they mean in a header.
fn method(request: &Request) -> Method {
    let meant = request.headers().get(OVERRIDE).filter(|_| request.method() == Method::POST);
    meant.and_then(|meant| Method::from_bytes(meant.as_bytes()).ok()).unwrap_or_else(|| request.method().clone())
}

/// The version the client speaks must be ours.
fn check(request: &Request) -> Result<(), Refusal> {
    if request.uri().query().is_some_and(|query| !query.is_empty()) {
        return Err(Problem::field("query", "unknown_field", "This address takes no parameters.").into());
    }
    match request.header("tus-resumable") {
        Some(tus_headers::VERSION) => Ok(()),
        Some(other) => Err(answer::other_version(other)),
        None => Err(answer::other_version("")),
    }
}

fn word(request: &Request) -> String {
    request.raw_path_param("word").unwrap_or_default().to_owned()
}

fn number(request: &Request, name: &'static str) -> Result<Option<u64>, Refusal> {
    let bad = || Problem::new(StatusCode::BAD_REQUEST, "bad_request", format!("{name} must be a count of bytes, in digits.")).into();
    request.header(name).map(|text| tus_headers::count(text).ok_or_else(bad)).transpose()
}

fn checksum(request: &Request) -> Result<Option<Checksum>, Refusal> {
    let refused = |bad| match bad {
        BadChecksum::Algorithm => {
            Problem::new(StatusCode::BAD_REQUEST, "checksum_algorithm", format!("Upload-Checksum can be made with {}.", tus_headers::ALGORITHMS))
        }
        BadChecksum::Form => Problem::new(StatusCode::BAD_REQUEST, "bad_request", "Upload-Checksum must be an algorithm, a space, and its sum in base64."),
    };
    request.header("upload-checksum").map(Checksum::parse).transpose().map_err(|bad| refused(bad).into())
}

fn is_piece(request: &Request) -> bool {
    request.content_type().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(PIECE))
}

/// `POST`: room for a file is promised, and it gets an address; the file's beginning may be sent along.
async fn begin(mut request: Request) -> Answered {
    check(&request)?;
    let who = Who::of(&request, true).await?;
    if request.header("upload-defer-length").is_some() {
        let detail = "Upload-Defer-Length is not offered: say how long the file is in Upload-Length.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail).into());
    }
    let missing = || Problem::new(StatusCode::BAD_REQUEST, "bad_request", "Say how long the file is in Upload-Length.");
    let length = number(&request, "upload-length")?.ok_or_else(missing)?;
    let sent = request.header("upload-metadata").unwrap_or_default().to_owned();
    let bad_metadata = |why: String| Problem::new(StatusCode::BAD_REQUEST, "bad_request", format!("Upload-Metadata could not be read. {why}"));
    let metadata = Metadata::parse(&sent).map_err(bad_metadata)?;
    let key = input::idempotency_key(request.header("idempotency-key").map(str::to_owned))?;
    let announced = move |app: &crate::app::App| {
        let announced = Announced {
            length,
            file_name: metadata.text(&["filename", "name"]).unwrap_or_default(),
            declared: metadata.text(&["filetype", "type"]),
            metadata: &sent,
            idempotency_key: key.as_deref(),
        };
        action::create(app, who.owner, &announced, who.now).map(|(view, is_new)| (view, is_new, key.is_some()))
    };
    let app = Arc::clone(&who.app);
    let body = request.take_body();
    if !is_piece(&request) || body.is_empty() {
        let (view, ..) = blocking::run(move || announced(&app)).await??;
        return Ok(answer::begun(&view));
    }
    let piece = Piece { offset: 0, length: number(&request, "content-length")?, checksum: checksum(&request)? };
    let (chunks, wake) = hear(body);
    let view = blocking::feed(chunks, move |chunks| {
        let (view, is_new, is_keyed) = announced(&app)?;
        if !is_new {
            return Ok(view);
        }
        let taken = action::append(&app, who.owner, &view.word, &piece, chunks, wake, &|| app.clock.now());
        if taken.is_err() && !is_keyed {
            // Its sender never learns the address.
            action::remove(&app, who.owner, &view.word, app.clock.now())?;
        }
        taken
    })
    .await??;
    Ok(answer::begun(&view))
}

/// `PATCH`: the next piece.
async fn patch(mut request: Request) -> Answered {
    check(&request)?;
    let who = Who::of(&request, true).await?;
    if !is_piece(&request) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", format!("A piece is sent as {PIECE}.")).into());
    }
    let missing = || Problem::new(StatusCode::BAD_REQUEST, "bad_request", "Say where the piece begins in Upload-Offset.");
    let offset = number(&request, "upload-offset")?.ok_or_else(missing)?;
    let piece = Piece { offset, length: number(&request, "content-length")?, checksum: checksum(&request)? };
    let word = word(&request);
    let (chunks, wake) = hear(request.take_body());
    let view = blocking::feed(chunks, move |chunks| {
        let app = &who.app;
        action::append(app, who.owner, &word, &piece, chunks, wake, &|| app.clock.now())
    })
    .await??;
    Ok(answer::with_standing(StatusCode::NO_CONTENT, &view))
}

/// `HEAD`: where the next piece begins.
async fn offset(request: Request) -> Answered {
    check(&request)?;
    let view = on_it(&request, true, |who, word| action::take_up(&who.app, who.owner, word, who.now)).await?;
    Ok(answer::with_standing(StatusCode::OK, &view))
}

/// `GET`: the same for people and programs, as JSON; nobody who sends is disturbed.
async fn look(request: Request) -> Answered {
    let standing = on_it(&request, false, |who, word| {
        let view = action::look(&who.app, who.owner, word, who.now)?;
        Standing::of(&who.app, who.owner.workspace, view)
    })
    .await?;
    Ok(standing.into_answer())
}

/// `DELETE`: it is given up.
async fn remove(request: Request) -> Answered {
    check(&request)?;
    on_it(&request, true, |who, word| action::remove(&who.app, who.owner, word, who.now)).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

async fn on_it<T: Send + 'static>(request: &Request, changes: bool, work: impl FnOnce(&Who, &str) -> Result<T, Error> + Send + 'static) -> Result<T, Refusal> {
    let who = Who::of(request, changes).await?;
    let word = word(request);
    Ok(blocking::run(move || work(&who, &word)).await??)
}

/// A body as it arrives, until it ends, falls silent or is to make way for another request.
fn hear(body: Body) -> (impl Stream<Item = io::Result<Bytes>> + Send, Wake) {
    let make_way = Arc::new(Notify::new());
    let wake: Wake = {
        let make_way = Arc::clone(&make_way);
        Arc::new(move || make_way.notify_one())
    };
    let chunks = stream::unfold((Box::pin(body.into_bytes_stream()), make_way), |(mut body, make_way)| async {
        let next = tokio::select! {
            biased;
            () = make_way.notified() => Some(Err(io::Error::other("another request came for this upload"))),
            next = tokio::time::timeout(SILENCE, body.next()) => match next {
                Ok(next) => next,
                Err(_) => Some(Err(io::Error::other(answer::silent()))),
            },
        };
        next.map(|chunk| (chunk, (body, make_way)))
    });
    (chunks, wake)
}
