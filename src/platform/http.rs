//! HTTP to the platforms: one blocking call at a time, with bounded answers and a clear word on whether a failed call may have acted.
//!
//! Invariants: no redirects are followed; no answer of more than [`MAX_ANSWER`] bytes is read; error texts never hold a URL's query or a header,
//! so that a token cannot reach a log. A call that makes a post public goes over a fresh connection: on a pooled one, a connection that the other
//! side had closed meanwhile could not be told from a call that was cut off after it acted.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::{Method, Request as HttpRequest};
use ureq::{Agent, SendBody, Timeout};

use super::{ErrorClass, PlatformError};

/// Bytes of an answer that are read at the most.
pub const MAX_ANSWER: u64 = 2 * 1024 * 1024;

/// How long a body may take to be sent, and how much longer for each byte: a peer that stopped reading must not hold a worker for ever, and a
/// slow line must not be cut off. Bytes a second.
const SEND_WITHIN: Duration = Duration::from_secs(60);
const SLOWEST_LINE: u64 = 32 * 1024;

/// What a call sends.
pub enum Body<'a> {
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(&'a [(&'a str, &'a str)]),
    Json(&'a serde_json::Value),
    /// Exactly `length` bytes of `reader`; its type goes into the headers.
    Stream {
        reader: &'a mut dyn Read,
        length: u64,
    },
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Body::Empty => "Empty",
            Body::Form(_) => "Form",
            Body::Json(_) => "Json",
            Body::Stream { .. } => "Stream",
        })
    }
}

/// One call.
#[derive(Debug)]
pub struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Body<'a>,
    /// Does it make a post public? Then it gets a connection of its own.
    pub visible: bool,
}

/// An answer that arrived whole.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may hold tokens.
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish()
    }
}

impl Answer {
    /// The body as JSON; none when it is something else (an error page, nothing at all).
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A call without an answer.
#[derive(Debug, Clone)]
pub struct NoAnswer {
    /// Can the other side have acted? False only where the connection was never made.
    pub sent: bool,
    pub message: String,
}

impl NoAnswer {
    /// The failure as an adapter's error. For a visible call that may have been sent, the outcome is unknown; anything else can be tried again.
    pub fn into_error(self, visible: bool) -> PlatformError {
        let class = if visible && self.sent { ErrorClass::UnknownOutcome } else { ErrorClass::Transient };
        PlatformError::new(class, "no_answer", self.message)
    }
}

/// The two connection pools of the installation: one that keeps connections, one that never does.
#[derive(Debug, Clone)]
pub struct Http {
    pooled: Agent,
    fresh: Agent,
}

impl Default for Http {
    fn default() -> Http {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("PM3K/", env!("CARGO_PKG_VERSION")))
                .timeout_resolve(Some(Duration::from_secs(10)))
                .timeout_connect(Some(Duration::from_secs(15)))
                // The wait for an answer's first byte: Instagram fetches an image within the call that creates its container.
                .timeout_recv_response(Some(Duration::from_secs(120)))
                .timeout_recv_body(Some(Duration::from_secs(60)))
                .proxy(ureq::Proxy::try_from_env())
        };
        Http {
            pooled: Agent::new_with_config(config().max_idle_connections_per_host(4).max_idle_age(Duration::from_secs(20)).build()),
            fresh: Agent::new_with_config(config().max_idle_connections(0).max_idle_connections_per_host(0).build()),
        }
    }
}

impl Http {
    pub fn send(&self, call: Call<'_>) -> Result<Answer, NoAnswer> {
        let is_post = call.method == Method::POST;
        let mut request = HttpRequest::builder().method(call.method).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let agent = if call.visible { &self.fresh } else { &self.pooled };
        let patience = match call.body {
            Body::Stream { length, .. } => SEND_WITHIN + Duration::from_secs(length / SLOWEST_LINE),
            _ => SEND_WITHIN,
        };
        let (mut form, mut json, mut empty, mut exactly);
        let (request, body) = match call.body {
            // A POST without a length is refused by some servers (411).
            Body::Empty if is_post => {
                empty = io::empty();
                (request.header("content-length", 0), Some(SendBody::from_reader(&mut empty)))
            }
            Body::Empty => (request, None),
            Body::Form(fields) => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let request = request.header("content-type", "application/x-www-form-urlencoded").header("content-length", text.len());
                form = io::Cursor::new(text);
                (request, Some(SendBody::from_reader(&mut form)))
            }
            Body::Json(value) => {
                let text = value.to_string();
                let request = request.header("content-type", "application/json; charset=UTF-8").header("content-length", text.len());
                json = io::Cursor::new(text);
                (request, Some(SendBody::from_reader(&mut json)))
            }
            Body::Stream { reader, length } => {
                exactly = Exactly { reader, left: length };
                (request.header("content-length", length), Some(SendBody::from_reader(&mut exactly)))
            }
        };
        let unbuilt = |e| NoAnswer { sent: false, message: format!("the call could not be built: {e}") };
        let answer = match body {
            Some(body) => agent.run(agent.configure_request(request.body(body).map_err(unbuilt)?).timeout_send_body(Some(patience)).build()),
            None => agent.run(request.body(()).map_err(unbuilt)?),
        };
        let answer = answer.map_err(no_answer)?;
        let (parts, body) = answer.into_parts();
        let mut bytes = Vec::new();
        let read = body.into_reader().take(MAX_ANSWER + 1).read_to_end(&mut bytes);
        match read {
            Err(e) => Err(NoAnswer { sent: true, message: format!("the answer broke off: {e}") }),
            Ok(_) if bytes.len() as u64 > MAX_ANSWER => Err(NoAnswer { sent: true, message: "the answer was too long".into() }),
            Ok(_) => Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes }),
        }
    }
}

/// Reads exactly the bytes promised in `Content-Length`: a file that became shorter is an error of ours before it is a broken call of theirs.
struct Exactly<'a> {
    reader: &'a mut dyn Read,
    left: u64,
}

impl Read for Exactly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let room = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let Some(room) = buffer.get_mut(..room) else { return Ok(0) };
        let n = self.reader.read(room)?;
        if n == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the media file is shorter than it was"));
        }
        self.left -= n as u64;
        Ok(n)
    }
}

fn no_answer(error: ureq::Error) -> NoAnswer {
    use ureq::Error as E;
    let (sent, message) = match &error {
        E::HostNotFound => (false, "the platform's host name could not be resolved".to_owned()),
        E::ConnectionFailed => (false, "the platform could not be reached".to_owned()),
        E::Timeout(Timeout::Resolve | Timeout::Connect) => (false, "connecting to the platform took too long".to_owned()),
        E::Timeout(_) => (true, "the platform did not answer in time".to_owned()),
        E::Tls(why) => (false, format!("no secure connection to the platform: {why}")),
        E::Rustls(why) => (false, format!("no secure connection to the platform: {why}")),
        E::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused => (false, "the platform could not be reached".to_owned()),
        E::Io(e) => (true, format!("the connection to the platform broke: {e}")),
        E::BadUri(_) => (false, "the platform's address in the configuration is not a URL".to_owned()),
        // Everything else may have happened after the request was out.
        _ => (true, "the platform's answer could not be read".to_owned()),
    };
    NoAnswer { sent, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_without_a_body_says_so() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            io::Write::write_all(&mut connection, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
            String::from_utf8(request).unwrap().to_ascii_lowercase()
        });
        let answer = Http::default().send(Call { method: Method::POST, url: &url, headers: &[], body: Body::Empty, visible: false }).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
        let request = served.join().unwrap();
        assert!(request.contains("\r\ncontent-length: 0\r\n") && !request.contains("transfer-encoding"), "{request}");
    }
}
