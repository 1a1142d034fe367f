//! An upload on its way from the socket to the disk.
//!
//! What must always be true here: memory holds a few chunks of a file, never the file; an upload that does not come to its end leaves nothing, because
//! the task that writes takes nothing but the sender's end for an end.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use poem::http::{HeaderMap, HeaderName, StatusCode, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::Deserialize;

use super::auth::Known;
use super::input;
use super::media::find;
use super::problem::{Answer, Problem};
use crate::actions::media::{self as action, Arrived, Halted};
use crate::model::media::Media;
use crate::web::blocking::{self, Chunks};
use crate::web::paced::{Held, Paced};

/// A connection that sends nothing for this long is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// What a form may add to the size of its file.
const FORM: u64 = 64 * 1024;

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
    url: String,
}

/// A file's name and declared type, as its sender gives them.
#[derive(Debug)]
struct Label {
    file_name: String,
    declared: Option<String>,
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
        let wanted = input::read::<Fetch>(upload.body).await?;
        return blocking::run(move || {
            let id = action::fetch(&known.app, known.actor(), known.workspace(), &wanted.value.url, key.as_deref(), known.app.clock.now())?;
            find(&known, id)
        })
        .await?;
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
    let chunks = stream::try_unfold(Box::pin(upload.body.into_bytes_stream()), async |mut body| {
        let chunk = heard(body.next()).await?.transpose().map_err(|_| broken_off())?;
        Ok::<_, Problem>(chunk.map(|chunk| (chunk, body)))
    });
    store(known, label, length, key, chunks).await
}

/// Takes the field `file` of a form, which must be its only one.
async fn take_form(known: Known, upload: Upload, length: Option<u64>, key: Option<String>) -> Answer<Media> {
    let boundary = multer::parse_boundary(&upload.content_type).map_err(|e| bad_form(&e))?;
    let (body, held) = Paced::new(upload.body.into_bytes_stream());
    let mut form = multer::Multipart::new(body, boundary);
    let Some(field) = heard(form.next_field()).await?.map_err(|e| bad_form(&e))? else {
        return Err(Problem::field("file", "required", "The form has no field “file”."));
    };
    only_file(field.name())?;
    let label = Label { file_name: field.file_name().unwrap_or_default().to_owned(), declared: field.content_type().map(ToString::to_string) };
    let chunks = stream::try_unfold((field, form, held), async |(mut field, mut form, held): (multer::Field<'static>, multer::Multipart<'static>, Held)| {
        if let Some(chunk) = heard(field.chunk()).await?.map_err(|e| bad_form(&e))? {
            held.taken(chunk.len());
            return Ok(Some((chunk, (field, form, held))));
        }
        drop(field);
        match heard(form.next_field()).await?.map_err(|e| bad_form(&e))? {
            Some(second) if second.name() == Some("file") => {
                Err(Problem::field("file", "too_many", "The form has two files; send each in a request of its own."))
            }
            Some(second) => only_file(second.name()).map(|()| None),
            None => Ok(None),
        }
    });
    store(known, label, length, key, chunks).await
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

async fn store(known: Known, label: Label, length: Option<u64>, key: Option<String>, chunks: impl Stream<Item = Answer<Bytes>> + Send) -> Answer<Media> {
    let chunks = chunks.map_err(io::Error::other);
    blocking::feed(chunks, move |chunks| write(&known, &label, length, key.as_deref(), chunks)).await?
}

/// The blocking side: bytes to the disk, and a whole file into the store.
fn write(known: &Known, label: &Label, length: Option<u64>, key: Option<&str>, chunks: &mut Chunks) -> Answer<Media> {
    let mut incoming = action::begin(&known.app, length)?;
    // What the sender's side failed with is its problem; what failed here is ours.
    action::pour(&known.app, chunks, &mut incoming).map_err(|cut| match cut {
        Halted::Source(e) => e.downcast::<Problem>().unwrap_or_else(|_| broken_off()),
        Halted::Here(e) => e.into(),
    })?;
    let received = incoming.finish().map_err(crate::actions::Error::from)?;
    let declared = label.declared.as_deref().filter(|mime| !mime.is_empty());
    let arrived = Arrived { workspace: known.workspace(), file_name: &label.file_name, declared, idempotency_key: key };
    let id = action::store(&known.app, known.actor(), &arrived, received, known.app.clock.now())?;
    find(known, id)
}
