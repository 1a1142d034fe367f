//! What the platforms fetch: media by URL.
//!
//! Always true: fetching follows no redirect, says who it is as Meta's fetcher does, keeps to `robots.txt`, and is bounded in size and
//! time. Loopback addresses are allowed: the client under test serves its media there.

use std::{io::Read, sync::Arc, time::Duration};

use poem::http::{Uri, header::CONTENT_TYPE};

use super::robots;
use crate::{
    address,
    running::Shared,
    world::sink::{SharedSink, Sink},
};

pub const USER_AGENT: &str = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

const MAX_ROBOTS: u64 = 512 << 10;

#[derive(Debug)]
pub struct Wanted {
    pub url: String,
    /// Reading stops one byte behind it.
    pub cap: u64,
}

/// Why there are no bytes.
#[derive(Debug)]
pub enum Miss {
    Unreachable(String),
    /// It took too long.
    Slow,
    /// The host answers a range with something else.
    NoRange,
}

impl Miss {
    pub fn in_words(self) -> String {
        match self {
            Miss::Unreachable(why) => why,
            Miss::Slow => "it took too long".into(),
            Miss::NoRange => "the host does not answer ranges".into(),
        }
    }
}

/// Bytes and content type, or why there are none.
pub type Fetched = Result<(Vec<u8>, String), Miss>;

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(USER_AGENT)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

pub fn miss(error: &ureq::Error) -> Miss {
    if matches!(error, ureq::Error::Timeout(_)) { Miss::Slow } else { Miss::Unreachable(error.to_string()) }
}

fn broken(error: std::io::Error) -> Miss {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(inner) => miss(inner),
        None => Miss::Unreachable(error.to_string()),
    }
}

/// An address that may be fetched at all: what it says, and what its host allows.
pub fn permitted(agent: &ureq::Agent, url: &str) -> Result<(), Miss> {
    let unusable = || Miss::Unreachable("not an http address in ASCII".into());
    if !url.is_ascii() || url.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
        return Err(unusable());
    }
    let uri: Uri = url.parse().map_err(|_| unusable())?;
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(unusable());
    };
    let answer = agent.get(format!("{scheme}://{authority}/robots.txt")).call().map_err(|error| miss(&error))?;
    let text = match answer.status().as_u16() {
        200 => {
            let mut text = Vec::new();
            answer.into_body().into_reader().take(MAX_ROBOTS).read_to_end(&mut text).map_err(broken)?;
            String::from_utf8_lossy(&text).into_owned()
        }
        // A host that cannot answer is one that forbids everything; one that has no such file allows everything.
        500.. => return Err(Miss::Unreachable("robots.txt cannot be read".into())),
        _ => String::new(),
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if robots::allows(&text, "facebookexternalhit/1.1", path) { Ok(()) } else { Err(Miss::Unreachable("robots.txt forbids it".into())) }
}

/// Something that is looked at whole: a picture.
pub async fn small(shared: Arc<Shared>, wanted: Wanted) -> Fetched {
    let work = move || {
        permitted(&shared.agent, &wanted.url)?;
        let answer = shared.agent.get(&wanted.url).call().map_err(|error| miss(&error))?;
        if answer.status() != 200 {
            return Err(Miss::Unreachable(format!("answered {}", answer.status())));
        }
        let kind = content_type(&answer);
        let mut bytes = Vec::new();
        answer.into_body().into_reader().take(wanted.cap.saturating_add(1)).read_to_end(&mut bytes).map_err(broken)?;
        Ok((bytes, kind))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Miss::Unreachable("the fetch ended early".into())))
}

pub fn content_type(answer: &ureq::http::Response<ureq::Body>) -> String {
    answer.headers().get(CONTENT_TYPE.as_str()).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned()
}

/// What is too large to be kept, or only has to be there.
#[derive(Debug)]
pub struct Far {
    pub url: String,
    /// Reading stops one byte behind it.
    pub cap: u64,
    /// A redirect is as good as an answer.
    pub redirects: bool,
}

pub type Reached = Result<Sink, String>;

/// Hashed while it comes.
pub async fn reach(shared: Arc<Shared>, far: Far) -> Reached {
    let work = move || {
        let sink = SharedSink::default();
        read_into(&shared.agent, &far, &sink).map_err(Miss::in_words)?;
        let bytes = sink.lock().clone();
        Ok(bytes)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("the fetch ended early".into()))
}

/// As the upload host takes a file by its address: what robots.txt forbids is not fetched, and neither is Meta's own network.
pub async fn reach_politely(shared: Arc<Shared>, far: Far, sink: SharedSink) -> Result<(), String> {
    let work = move || {
        if address::host(&far.url).is_some_and(|host| host.ends_with("fbcdn.net") || host.contains("fbcdn.")) {
            return Err("an address of Meta's own network".into());
        }
        permitted(&shared.agent, &far.url).and_then(|()| read_into(&shared.agent, &far, &sink)).map_err(Miss::in_words)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("the fetch ended early".into()))
}

fn read_into(agent: &ureq::Agent, far: &Far, sink: &SharedSink) -> Result<(), Miss> {
    if !far.url.is_ascii() {
        return Err(Miss::Unreachable("not an address in ASCII".into()));
    }
    let answer = agent.get(&far.url).call().map_err(|error| miss(&error))?;
    if answer.status() != 200 && !(far.redirects && answer.status().is_redirection()) {
        return Err(Miss::Unreachable(format!("answered {}", answer.status())));
    }
    copy(answer.into_body().into_reader().take(far.cap.saturating_add(1)), sink)
}

/// All that comes. Nothing that is read waits in memory.
pub fn copy(mut reader: impl Read, sink: &SharedSink) -> Result<(), Miss> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = reader.read(&mut buffer).map_err(broken)?;
        if read == 0 {
            return Ok(());
        }
        sink.lock().write(buffer.get(..read).unwrap_or(&[]));
    }
}
