//! An upload on its way from the socket to the disk.
//!
//! What must always be true here: memory holds a few chunks of a file, never the file; one blocking task writes it, fed through a bounded channel; an
//! upload that does not come to its end leaves nothing, because the task is told of the end and takes silence for a break.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use poem::http::{HeaderMap, HeaderName, StatusCode, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::auth::Known;
use super::input;
use super::media::find;
use super::problem::{Answer, Problem};
use crate::actions::media::{self as action, Arrived};
use crate::media::{Incoming, TooLarge};
use crate::model::media::Media;
use crate::web::blocking;

/// Chunks between the socket and the disk.
const CHUNKS: usize = 4;
/// A connection that sends nothing for this long is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// What a form may add to the size of its file.
const FORM: u64 = 64 * 1024;
/// Most bytes that the form's reader may hold back, looking for an end of a header.
const HELD: usize = 2 * 1024 * 1024;

/// The body of an upload, not read yet.
pub struct Upload {
    content_type: String,
    file_name: Option<String>,
    length: Option<u64>,
    body: poem::Body,
}

/// What is sent when the server is to fetch the file itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetch {
    #[expect(dead_code, reason = "only its shape is checked: fetching is not offered")]
    url: String,
}

/// A file's name and declared type, as its sender gives them.
#[derive(Debug)]
struct Label {
    file_name: String,
    declared: Option<String>,
}

enum Piece {
    Bytes(Bytes),
    /// The file is whole.
    End,
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let binary = || MetaSchemaRef::Inline(Box::new(MetaSchema { format: Some("binary"), ..MetaSchema::new("string") }));
        let object = |name, schema| {
            let schema = MetaSchema { required: vec![name], properties: vec![(name, schema)], ..MetaSchema::new("object") };
            MetaSchemaRef::Inline(Box::new(schema))
        };
        let url = MetaSchemaRef::Inline(Box::new(MetaSchema { format: Some("uri"), ..MetaSchema::new("string") }));
        let content = vec![
            MetaMediaType { content_type: "image/*", schema: binary() },
            MetaMediaType { content_type: "video/*", schema: binary() },
            MetaMediaType { content_type: "multipart/form-data", schema: object("file", binary()) },
            MetaMediaType { content_type: "application/json", schema: object("url", url) },
        ];
        Some(MetaRequest { description: Some("The file."), content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let headers = request.headers();
        Ok(Upload {
            content_type: text(headers, &header::CONTENT_TYPE).unwrap_or_default(),
            file_name: text(headers, &HeaderName::from_static("x-filename")),
            length: text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok()),
            body: body.take()?,
        })
    }
}

/// A header's text; names of files are UTF-8 in practice.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Takes an upload in.
pub(super) async fn take(known: Known, upload: Upload, key: Option<String>) -> Answer<Media> {
    if input::is_json(&upload.content_type) {
        input::read::<Fetch>(upload.body).await?;
        return Err(Problem::field("url", "not_supported", "Fetching a file from an address is not offered here. Send the file itself."));
    }
    let is_form = upload.content_type.trim_start().to_ascii_lowercase().starts_with("multipart/");
    let length = upload.length.map(|length| if is_form { length.saturating_sub(FORM) } else { length });
    let limit = known.app.config.media.max_upload;
    if length.is_some_and(|length| length > limit) {
        return Err(action::too_large(limit).into());
    }
    if is_form {
        return take_form(known, upload, length, key).await;
    }
    let label = Label { file_name: upload.file_name.unwrap_or_default(), declared: Some(upload.content_type) };
    let mut body = std::pin::pin!(upload.body.into_bytes_stream());
    take_stream(known, label, length, key, async |to_disk| send_all(&mut body, to_disk, |_| ()).await).await
}

/// Takes the field `file` of a form, which must be its only one.
async fn take_form(known: Known, upload: Upload, length: Option<u64>, key: Option<String>) -> Answer<Media> {
    let boundary = multer::parse_boundary(&upload.content_type).map_err(|e| bad_form(&e))?;
    let held = Arc::new(AtomicUsize::new(0));
    let mut form = multer::Multipart::new(paced(upload.body.into_bytes_stream(), Arc::clone(&held)), boundary);
    let Some(mut field) = heard(form.next_field()).await?.map_err(|e| bad_form(&e))? else {
        return Err(Problem::field("file", "required", "The form has no field “file”."));
    };
    only_file(field.name())?;
    let label = Label { file_name: field.file_name().unwrap_or_default().to_owned(), declared: field.content_type().map(ToString::to_string) };
    take_stream(known, label, length, key, async |to_disk| {
        send_all(&mut field, to_disk, |sent| _ = held.fetch_sub(sent, Ordering::Relaxed)).await?;
        drop(field);
        if to_disk.is_closed() {
            return Ok(());
        }
        match heard(form.next_field()).await?.map_err(|e| bad_form(&e))? {
            Some(second) if second.name() == Some("file") => {
                Err(Problem::field("file", "too_many", "The form has two files; send each in a request of its own."))
            }
            Some(second) => only_file(second.name()),
            None => Ok(()),
        }
    })
    .await
}

fn only_file(name: Option<&str>) -> Answer<()> {
    match name.unwrap_or_default() {
        "file" => Ok(()),
        other => Err(Problem::field(other, "unknown_field", format!("The form has a field {}; it takes only “file”.", input::shown(other)))),
    }
}

fn bad_form(error: &multer::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "broken_off", format!("The form could not be read to its end: {error}. Nothing was stored."))
}

fn broken_off() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "broken_off", "The upload broke off. Nothing was stored; send it again.")
}

/// Waits for the sender, but not forever.
async fn heard<T>(next: impl Future<Output = T>) -> Answer<T> {
    let silent = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "silent", "Nothing arrived for a minute, so the upload was given up. Nothing was stored.");
    tokio::time::timeout(SILENCE, next).await.map_err(silent)
}

/// Sends a stream's chunks on; `sent` is told the size of each.
async fn send_all<S, E>(chunks: &mut S, to_disk: &mpsc::Sender<Piece>, sent: impl Fn(usize)) -> Answer<()>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    while let Some(chunk) = heard(chunks.next()).await? {
        let chunk = chunk.map_err(|_| broken_off())?;
        sent(chunk.len());
        if to_disk.send(Piece::Bytes(chunk)).await.is_err() {
            // The task has ended, and says itself why.
            break;
        }
    }
    Ok(())
}

/// Runs the blocking task, and beside it `send`, which feeds it.
async fn take_stream(
    known: Known,
    label: Label,
    length: Option<u64>,
    key: Option<String>,
    send: impl AsyncFnOnce(&mpsc::Sender<Piece>) -> Answer<()>,
) -> Answer<Media> {
    let (to_disk, pieces) = mpsc::channel(CHUNKS);
    let taking = blocking::run(move || write(&known, &label, length, key.as_deref(), pieces));
    let sending = async move {
        send(&to_disk).await?;
        // An error here means that the task has ended, and it says itself why.
        drop(to_disk.send(Piece::End).await);
        Ok(())
    };
    let (taken, sent) = futures_util::future::join(taking, sending).await;
    // A task that failed is no error of the sender's side; so where that has one, it is the cause.
    sent.and(taken?)
}

/// The blocking side: bytes to the disk, and a whole file into the store.
fn write(known: &Known, label: &Label, length: Option<u64>, key: Option<&str>, mut pieces: mpsc::Receiver<Piece>) -> Answer<Media> {
    let mut incoming = action::begin(&known.app, length)?;
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Bytes(bytes)) => write_chunk(&mut incoming, &bytes)?,
            Some(Piece::End) => break,
            None => return Err(broken_off()),
        }
    }
    drop(pieces);
    let received = incoming.finish().map_err(crate::actions::Error::from)?;
    let arrived = Arrived {
        workspace: known.workspace(),
        file_name: &label.file_name,
        declared: label.declared.as_deref().filter(|mime| !mime.is_empty()),
        idempotency_key: key,
    };
    let id = action::store(&known.app, known.actor(), &arrived, received, known.app.clock.now())?;
    find(known, id)
}

fn write_chunk(incoming: &mut Incoming, bytes: &[u8]) -> Answer<()> {
    incoming.write_all(bytes).map_err(|e| match TooLarge::in_error(&e) {
        Some(refused) => action::too_large(refused.limit).into(),
        None => crate::actions::Error::from(e).into(),
    })
}

/// The form's reader takes all that its source has ready, into memory. So this source has one chunk ready at a time, and an end where the reader
/// holds back more than any header needs.
fn paced<E>(body: impl Stream<Item = Result<Bytes, E>> + Send, held: Arc<AtomicUsize>) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let mut body = Box::pin(body);
    let mut rest = false;
    stream::poll_fn(move |cx| {
        rest = !rest;
        if !rest {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = body.as_mut().poll_next(cx);
        let Poll::Ready(Some(chunk)) = next else {
            rest = false;
            return next.map(|end| end.map(|chunk| chunk.map_err(std::io::Error::other)));
        };
        Poll::Ready(Some(chunk.map_err(std::io::Error::other).and_then(|bytes| {
            let holds = held.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
            if holds > HELD { Err(std::io::Error::other("a part's headers are too long")) } else { Ok(bytes) }
        })))
    })
}
