//! A file that somebody else's server holds, opened for reading: the server fetches it so that the caller need not send it.
//!
//! What must always be true here: nothing is asked of this machine, its network or any other private address. That is decided by the numeric addresses
//! that the very connection is made to (so a name cannot lead elsewhere a moment later), and anew for each redirect. Answers are bounded in size and
//! time, redirects in number; an address from outside never reaches a log with its query.

use std::fmt;
use std::io::{self, Read};
use std::net::IpAddr;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{StatusCode, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};
use url::Url;

use crate::address::is_public_ip;

const MOST_REDIRECTS: usize = 5;
const LONGEST_URL: usize = 4096;
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The whole of one answer: 4 GiB over a line of 40 Mbit/s.
const WHOLE_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Those that everybody can reach.
    #[default]
    Public,
    /// This machine besides: for tests, whose traffic stays here.
    Loopback,
}

impl Reach {
    fn allows(self, ip: IpAddr) -> bool {
        (self == Reach::Loopback && ip.is_loopback()) || is_public_ip(ip)
    }
}

/// Why there is no file: a stable word, and a sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFetched {
    pub code: &'static str,
    pub message: String,
}

impl NotFetched {
    fn new(code: &'static str, message: impl Into<String>) -> NotFetched {
        NotFetched { code, message: message.into() }
    }
}

impl fmt::Display for NotFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An answer whose body is a file.
pub struct Remote {
    body: Body,
    /// What the server calls it: the last part of the final address.
    pub file_name: String,
    /// Its `Content-Type`, unless that says nothing.
    pub declared: Option<String>,
    /// Bytes, if the server said so.
    pub length: Option<u64>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("file_name", &self.file_name).field("declared", &self.declared).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Remote {
    pub fn reader(self) -> impl Read {
        self.body.into_reader()
    }
}

/// Asks for the file at `url`. `most`: how many bytes it may have; the reader gives no more than the server said, but is to be counted all the same.
///
/// # Errors
/// [`NotFetched`] for an address that is none, leads inside, or does not answer with a file.
pub fn open(url: &str, reach: Reach, most: u64) -> Result<Remote, NotFetched> {
    let agent = agent(reach);
    let mut url = parse(url)?;
    for _ in 0..=MOST_REDIRECTS {
        let answer = agent.get(url.as_str()).call().map_err(|e| failed(&url, &e))?;
        let status = answer.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok());
            url = parse(to.ok_or_else(|| NotFetched::new("not_a_file", "The address leads on to another one that cannot be read."))?.as_str())?;
            continue;
        }
        if status != StatusCode::OK {
            let message =
                format!("{} answers with HTTP status {} instead of the file. Check that the address opens without signing in.", host(&url), status.as_u16());
            return Err(NotFetched::new("not_a_file", message));
        }
        return remote(&url, answer, most);
    }
    Err(NotFetched::new("too_many_redirects", format!("The address leads on more than {MOST_REDIRECTS} times. Give the address of the file itself.")))
}

fn remote(url: &Url, answer: ureq::http::Response<Body>, most: u64) -> Result<Remote, NotFetched> {
    let text = |name: header::HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(|text| text.trim().to_ascii_lowercase());
    let declared = text(header::CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim().to_owned());
    let declared = declared.filter(|kind| !kind.is_empty() && !matches!(kind.as_str(), "application/octet-stream" | "binary/octet-stream"));
    if let Some(kind) = declared.as_deref().filter(|kind| !kind.starts_with("image/") && !kind.starts_with("video/")) {
        let page = if kind == "text/html" { " It leads to a web page: give the address of the file itself." } else { "" };
        return Err(NotFetched::new("wrong_type", format!("{} answers with {kind}, which is neither a picture nor a video.{page}", host(url))));
    }
    let length = answer.body().content_length();
    if length.is_some_and(|length| length > most) {
        return Err(NotFetched::new("too_large", format!("The file is larger than {}, the most that fits.", bytesize::ByteSize(most))));
    }
    let file_name = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let file_name = percent_decoded(file_name);
    Ok(Remote { body: answer.into_body(), file_name, declared, length })
}

fn percent_decoded(text: &str) -> String {
    // The form decoder reads `+` as a space; in a path it is a plus.
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(name, value)| if value.is_empty() { name.into_owned() } else { format!("{name}={value}") })
        .unwrap_or_default()
}

fn parse(text: &str) -> Result<Url, NotFetched> {
    let bad = |message: &str| NotFetched::new("invalid", message);
    if text.len() > LONGEST_URL {
        return Err(bad("The address is too long."));
    }
    let url = Url::parse(text).map_err(|_| bad("This is no web address; one looks like https://files.example.org/clip.mp4."))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad("The address must begin with https:// or http://."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("The address must not hold a user name or a password."));
    }
    Ok(url)
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn agent(reach: Reach) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy of the environment would look up the name itself, and could be led anywhere.
        .proxy(None)
        .accept_encoding("identity")
        .user_agent(concat!("pm3k/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT_WITHIN))
        .timeout_connect(Some(CONNECT_WITHIN))
        .timeout_recv_response(Some(ANSWER_WITHIN))
        .timeout_global(Some(WHOLE_WITHIN))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Guard { reach, names: DefaultResolver::default() })
}

/// Looks names up and leaves out what may not be asked.
#[derive(Debug)]
struct Guard {
    reach: Reach,
    names: DefaultResolver,
}

/// All addresses of a name are closed ones.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address leads to this server's own network")
    }
}

impl std::error::Error for Closed {}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut open = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(address.ip())) {
            open.push(*address);
        }
        // One closed address among open ones is how a name is made to lead inside now and then.
        if open.len() < found.len() { Err(ureq::Error::Other(Box::new(Closed))) } else { Ok(open) }
    }
}

fn failed(url: &Url, error: &ureq::Error) -> NotFetched {
    match error {
        ureq::Error::Other(e) if e.is::<Closed>() => NotFetched::new(
            "private_address",
            format!("{} leads to this server's own network or to a private one; only public addresses are fetched.", host(url)),
        ),
        ureq::Error::HostNotFound => NotFetched::new("unreachable", format!("The name {} is not known. Check the address.", host(url))),
        ureq::Error::Timeout(_) => NotFetched::new("unreachable", format!("{} does not answer in time. Try again later, or send the file itself.", host(url))),
        other => NotFetched::new("unreachable", format!("{} cannot be reached: {other}.", host(url))),
    }
}

/// A read that failed in the middle of the file, in a sentence.
pub fn broken_off(error: &io::Error) -> NotFetched {
    NotFetched::new("broken_off", format!("The file broke off while it was fetched: {error}. Nothing was stored; try again."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_everybody_can_reach_are_open() {
        for closed in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "ff02::1",
            "::127.0.0.1",
        ] {
            assert!(!Reach::Public.allows(closed.parse().unwrap()), "{closed}");
        }
        for open in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1", "2400:cb00::1"] {
            assert!(Reach::Public.allows(open.parse().unwrap()), "{open}");
        }
        assert!(Reach::Loopback.allows("127.0.0.1".parse().unwrap()));
        assert!(!Reach::Loopback.allows("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn an_address_must_be_a_plain_one() {
        for bad in ["clip.mp4", "ftp://example.org/a", "file:///etc/passwd", "https://", "https://user:word@example.org/a", "javascript:alert(1)"] {
            assert_eq!(parse(bad).map(drop).unwrap_err().code, "invalid", "{bad}");
        }
        assert_eq!(parse(&format!("https://example.org/{}", "a".repeat(5000))).map(drop).unwrap_err().code, "invalid");
        assert!(parse("http://example.org:8080/a?b=c#d").is_ok());
    }

    #[test]
    fn numbers_in_disguise_are_numbers() {
        // The parser turns these into 127.0.0.1 before they are asked for.
        for url in ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://localhost/"] {
            let url = parse(url).unwrap();
            let refused = agent(Reach::Public).get(url.as_str()).call().map_err(|e| failed(&url, &e)).map(drop).unwrap_err();
            assert_eq!(refused.code, "private_address", "{url}: {refused}");
        }
    }

    #[test]
    fn a_name_is_the_last_part_of_the_path() {
        for (text, name) in [("clip.mp4", "clip.mp4"), ("my%20clip.mp4", "my clip.mp4"), ("a+b.jpg", "a+b.jpg"), ("a=b.jpg", "a=b.jpg"), ("", "")] {
            assert_eq!(percent_decoded(text), name);
        }
    }
}
