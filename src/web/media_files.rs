//! `/media/{token}/{name}`: the files that platforms fetch.
//!
//! What must always be true here: a file is handed out only to a token that this installation signed, and only while the job that the token names is
//! being published; everything else is a plain 404 that does not tell one reason from another. The first request for an address is on record before
//! it is answered, since an address that nobody asked for can be closed and proves that nothing was made of it. A file passes through memory chunk by chunk, and a
//! reader that stalls holds no thread.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Body, Endpoint, EndpointExt, IntoResponse, Request, Response, get};

use self::range::Wanted;
use super::blocking;
use crate::app::App;
use crate::ids::{AttemptId, JobId, MediaId};
use crate::media::public_url;
use crate::model::media::rendition;
use crate::model::{fetch, media};
use crate::rehearsal;

pub mod range;

/// What is read from the disk at once.
const CHUNK: u64 = 128 * 1024;

/// To be mounted at `/media/:token/:name`.
pub fn file(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let answer = move |request: Request| {
        let app = Arc::clone(&app);
        async move { serve(app, &request).await }
    };
    get(poem::endpoint::make(answer.clone())).head(poem::endpoint::make(answer)).map_to_response()
}

/// `/robots.txt`. Facebook's fetcher asks it before it takes a video by its address; there is nothing here for anybody else.
pub fn robots() -> impl Endpoint<Output = Response> {
    const ROBOTS: &str = "User-agent: facebookexternalhit\nAllow: /media/\nDisallow: /\n\nUser-agent: *\nDisallow: /\n";
    get(poem::endpoint::make_sync(|_| ROBOTS.with_content_type("text/plain; charset=utf-8"))).map_to_response()
}

/// An open file and what its answer says of it.
struct Open {
    file: File,
    mime: String,
    bytes: u64,
}

async fn serve(app: Arc<App>, request: &Request) -> Response {
    let (token, name) = (request.raw_path_param("token").unwrap_or_default().to_owned(), request.raw_path_param("name").unwrap_or_default().to_owned());
    let headers_only = request.method() == Method::HEAD;
    let open = match blocking::run(move || open(&app, &token, &name, headers_only)).await {
        Ok(Some(open)) => open,
        Ok(None) | Err(_) => return not_found(),
    };
    let mut answer = Response::builder()
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let (first, length) = match range(request.headers(), open.bytes) {
        Wanted::All => (0, open.bytes),
        Wanted::Part(first, last) => {
            answer = answer.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", open.bytes));
            (first, last - first + 1)
        }
        Wanted::Nothing => {
            return answer.status(StatusCode::RANGE_NOT_SATISFIABLE).header(header::CONTENT_RANGE, format!("bytes */{}", open.bytes)).finish();
        }
    };
    let answer = answer.content_type(&open.mime).header(header::CONTENT_LENGTH, length);
    if headers_only { answer.finish() } else { answer.body(Body::from_bytes_stream(chunks(open.file, first, length))) }
}

fn not_found() -> Response {
    "There is nothing here.\n".with_content_type("text/plain; charset=utf-8").with_status(StatusCode::NOT_FOUND).into_response()
}

fn open(app: &App, token: &str, name: &str, headers_only: bool) -> Option<Open> {
    let claim = public_url::verify(&app.keys.derive("media-url"), token, app.clock.now()).ok()?;
    let is_rehearsal = AttemptId(claim.attempt) == rehearsal::REHEARSAL;
    if is_rehearsal && !headers_only {
        return None;
    }
    let found = app.db.read(|db| media::for_platform(db, MediaId(claim.media_id), JobId(claim.job_id), is_rehearsal));
    let media = found.inspect_err(|e| tracing::error!("a media file's row could not be read: {e}")).ok()??;
    let mime = if media.stored_name.as_deref() == Some(name) {
        media.mime.clone()
    } else {
        // A copy that was converted for the platform, if this job sends one.
        let copy = app.db.read(|db| rendition::for_platform(db, JobId(claim.job_id), media.id, name));
        let copy = copy.inspect_err(|e| tracing::error!("a converted file's row could not be read: {e}")).ok()??;
        copy.probe.as_ref()?.mime().to_owned()
    };
    if !is_rehearsal {
        let noted = note(app, &claim, &media);
        noted.inspect_err(|e| tracing::error!("a request for a media file could not be noted: {e}")).ok()?.then_some(())?;
    }
    let opened = app.store.open(name).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened.inspect_err(|e| tracing::error!(media = %media.id, "a media file cannot be read: {e}")).ok()?;
    Some(Open { file, mime, bytes })
}

/// False if this address is closed.
fn note(app: &App, claim: &public_url::Claim, media: &media::Media) -> rusqlite::Result<bool> {
    let (job, attempt) = (JobId(claim.job_id), AttemptId(claim.attempt));
    if app.db.read(|db| fetch::is_noted(db, job, attempt, media.id))? {
        return Ok(true);
    }
    app.db.write(|tx| fetch::note(tx, job, attempt, media.id, app.clock.now()))
}

/// What `Range` asks for. One that is to hold only for a certain version counts as none, because none is given out here.
fn range(headers: &HeaderMap, bytes: u64) -> Wanted {
    let text = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    text.filter(|_| !headers.contains_key(header::IF_RANGE)).map_or(Wanted::All, |text| range::wanted(text, bytes))
}

/// The bytes of a part, read as they are asked for.
fn chunks(file: File, first: u64, length: u64) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold((file, first, length), |(mut file, at, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = blocking::run(move || {
            let wanted = left.min(CHUNK);
            let mut chunk = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
            file.seek(SeekFrom::Start(at))?;
            (&mut file).take(wanted).read_to_end(&mut chunk)?;
            Ok::<_, io::Error>((file, chunk))
        });
        let (file, chunk) = read.await.map_err(io::Error::other)??;
        let got = chunk.len() as u64;
        if got == 0 {
            // The length was promised; an answer that ends early must not look whole.
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than it was"));
        }
        Ok(Some((Bytes::from(chunk), (file, at + got, left - got))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, bytes, wanted) in [
            ("bytes=0-0", 10, Wanted::Part(0, 0)),
            ("bytes=2-5", 10, Wanted::Part(2, 5)),
            ("bytes=2-", 10, Wanted::Part(2, 9)),
            ("bytes=-3", 10, Wanted::Part(7, 9)),
            ("bytes=-30", 10, Wanted::Part(0, 9)),
            ("bytes=5-500", 10, Wanted::Part(5, 9)),
            ("bytes=10-", 10, Wanted::Nothing),
            ("bytes=10-12", 10, Wanted::Nothing),
            ("bytes=-0", 10, Wanted::Nothing),
            ("bytes=0-", 0, Wanted::Nothing),
            ("bytes=5-2", 10, Wanted::All),
            ("bytes=0-1,3-4", 10, Wanted::All),
            ("bytes=a-b", 10, Wanted::All),
            ("bytes=+1-2", 10, Wanted::All),
            ("bytes=-", 10, Wanted::All),
            ("items=0-1", 10, Wanted::All),
            ("bytes=0-99999999999999999999999", 10, Wanted::All),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, text.parse().unwrap())]);
            assert_eq!(range(&headers, bytes), wanted, "{text}");
        }
        let mut headers = HeaderMap::from_iter([(header::RANGE, "bytes=0-1".parse().unwrap())]);
        headers.insert(header::IF_RANGE, "\"old\"".parse().unwrap());
        assert_eq!(range(&headers, 10), Wanted::All);
    }
}
