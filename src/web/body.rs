//! What a form sends: fields, and files that go to disk as they arrive. Everything is counted while it streams.

use std::io;

use futures_util::stream;
use poem::http::header;
use poem::web::Multipart;
use poem::{Body, FromRequest, Request};
use tokio::io::AsyncReadExt;

use super::blocking::{self, Chunks};
use super::error::Error;
use super::paced::Paced;

/// Most bytes in all fields of a form together.
const FIELDS: usize = 1024 * 1024;
/// Most parts of a form, fields and files.
const PARTS: usize = 4000;
const CHUNK: usize = 64 * 1024;

/// Names and values in the order sent.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn parse(encoded: &[u8]) -> Fields {
        Fields(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of this name; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }
}

/// A file of a form, as its sender names it.
#[derive(Debug, Clone)]
pub struct FileName {
    pub name: String,
    pub declared: Option<String>,
}

/// The fields of a form without files.
pub async fn fields(request: &Request, body: Body) -> Result<Fields, Error> {
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    if announced > FIELDS {
        return Err(Error::TooLarge);
    }
    let bytes = body.into_bytes_limit(FIELDS).await.map_err(|e| match e {
        poem::error::ReadBodyError::PayloadTooLarge => Error::TooLarge,
        other => Error::BadRequest(other.to_string()),
    })?;
    Ok(Fields::parse(&bytes))
}

/// Is this a form that may hold files?
pub fn is_multipart(request: &Request) -> bool {
    request.content_type().is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// The fields of a form with files. `take` gets each file as it arrives, on a thread that may block, with the fields before it; what it makes is
/// returned in order. A file input that was left empty is no file.
pub async fn fields_and_files<T, F>(request: &Request, body: Body, take: F) -> Result<(Fields, Vec<T>), Error>
where
    T: Send + 'static,
    F: Fn(&Fields, FileName, &mut Chunks) -> Result<T, Error> + Clone + Send + 'static,
{
    let broken = |e: poem::error::ParseMultipartError| Error::BadRequest(format!("The form could not be read: {e}"));
    let (paced, held) = Paced::new(body.into_bytes_stream());
    let mut whole = poem::RequestBody::new(Body::from_bytes_stream(paced));
    let mut parts = Multipart::from_request(request, &mut whole).await.map_err(|e| Error::BadRequest(e.to_string()))?;
    let (mut fields, mut made, mut room) = (Fields::default(), Vec::new(), FIELDS);
    for _ in 0..PARTS {
        let Some(part) = parts.next_field().await.map_err(broken)? else { return Ok((fields, made)) };
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let declared = part.content_type().map(str::to_owned);
        let mut reader = Box::pin(part.into_async_read());
        match file_name {
            Some(file_name) if file_name.is_empty() => {}
            Some(file_name) => {
                let (before, take) = (fields.clone(), take.clone());
                let file = FileName { name: file_name, declared };
                let chunks = stream::unfold(&mut reader, |reader| async {
                    let mut chunk = Vec::with_capacity(CHUNK);
                    match reader.read_buf(&mut chunk).await {
                        Ok(0) => None,
                        Ok(read) => {
                            held.taken(read);
                            Some((Ok(chunk), reader))
                        }
                        Err(e) => Some((Err(e), reader)),
                    }
                });
                made.push(blocking::feed(chunks, move |chunks| take(&before, file, chunks)).await.map_err(|_| Error::panicked())??);
                // What was not taken (a file that was refused) is passed over here, where it is counted as gone: the rest of the form is read.
                let mut rest = vec![0; CHUNK];
                while let Ok(read @ 1..) = reader.read(&mut rest).await {
                    held.taken(read);
                }
            }
            None => {
                let mut value = Vec::new();
                let most = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
                AsyncReadExt::take(&mut reader, most).read_to_end(&mut value).await.map_err(|e: io::Error| Error::BadRequest(e.to_string()))?;
                held.taken(value.len());
                room = room.checked_sub(value.len() + name.len()).ok_or(Error::TooLarge)?;
                fields.push(name, String::from_utf8_lossy(&value));
            }
        }
    }
    Err(Error::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_their_repeats() {
        let fields = Fields::parse(b"a=1&b=%C3%A4+x&a=2&empty=");
        assert_eq!(fields.get("a"), "1");
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("b"), "ä x");
        assert!(fields.has("empty") && !fields.has("c"));
        assert_eq!(fields.get("c"), "");
    }
}
