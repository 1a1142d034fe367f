//! What the platforms fetch: media by URL.
//!
//! Always true: fetching follows no redirect, says who it is as Meta's fetcher does, and is bounded in size and time. Loopback
//! addresses are allowed: the client under test serves its media there.

use std::{io::Read, sync::Arc, time::Duration};

use poem::http::header::CONTENT_TYPE;
use serde_json::Value;

use super::{request::Ask, robots};
use crate::{
    address,
    running::Shared,
    world::sink::{SharedSink, Sink},
};

pub const USER_AGENT: &str = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

/// Instagram's reels may have 300 MB.
const MAX_VIDEO: u64 = 300_000_000;

#[derive(Debug)]
pub struct Wanted {
    pub url: String,
    /// Reading stops one byte behind it.
    pub cap: u64,
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

/// Bytes and content type, or why there are none.
pub type Fetched = Result<(Vec<u8>, String), String>;

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

fn open(agent: &ureq::Agent, url: &str, redirects: bool) -> Result<(ureq::BodyReader<'static>, String), String> {
    if !url.is_ascii() || !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err("not an http address in ASCII".into());
    }
    let answer = agent.get(url).call().map_err(|error| error.to_string())?;
    if answer.status() != 200 && !(redirects && answer.status().is_redirection()) {
        return Err(format!("answered {}", answer.status()));
    }
    let kind = answer.headers().get(CONTENT_TYPE.as_str()).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
    Ok((answer.into_body().into_reader(), kind))
}

/// Something that is looked at whole: a picture.
pub async fn small(shared: Arc<Shared>, wanted: Wanted) -> Fetched {
    let work = move || {
        let (reader, kind) = open(&shared.agent, &wanted.url, false)?;
        let mut bytes = Vec::new();
        reader.take(wanted.cap.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok((bytes, kind))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("the fetch ended early".into()))
}

/// A container made with `video_url`: its bytes come later, as at Instagram.
pub fn in_background(shared: &Arc<Shared>, ask: &Ask, made: &Value) {
    let (Some(url), Some(id)) = (ask.params.get("video_url"), made.get("id").and_then(Value::as_str)) else {
        return;
    };
    let (shared, url, id) = (Arc::clone(shared), url.to_owned(), id.to_owned());
    tokio::task::spawn_blocking(move || {
        let sink = SharedSink::default();
        let complete = into_sink(&shared.agent, &url, &sink);
        let now = shared.clock.now();
        shared.world().container_filled(&id, &sink, complete.is_ok(), now);
    });
}

/// Hashed while it comes.
pub async fn reach(shared: Arc<Shared>, far: Far) -> Reached {
    let work = move || {
        let sink = SharedSink::default();
        read_into(&shared.agent, &far, &sink)?;
        let bytes = sink.lock().clone();
        Ok(bytes)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("the fetch ended early".into()))
}

/// As the upload host takes a file by its address: what robots.txt forbids is not fetched, and neither is Meta's own network.
pub async fn reach_politely(shared: Arc<Shared>, far: Far, sink: SharedSink) -> Result<(), String> {
    let work = move || {
        let (origin, path) = split_origin(&far.url).ok_or("not an http address")?;
        if address::host(&far.url).is_some_and(|host| host.ends_with("fbcdn.net") || host.contains("fbcdn.")) {
            return Err("an address of Meta's own network".into());
        }
        let robots = Far { url: format!("{origin}/robots.txt"), cap: 512 << 10, redirects: false };
        if let Ok((reader, _)) = open(&shared.agent, &robots.url, false) {
            let mut text = String::new();
            // What cannot be read forbids nothing.
            let _ = reader.take(robots.cap).read_to_string(&mut text);
            if !robots::allows(&text, &path) {
                return Err("forbidden by robots.txt".into());
            }
        }
        read_into(&shared.agent, &far, &sink)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err("the fetch ended early".into()))
}

/// `https://host` and `/path?query`.
fn split_origin(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    Some((format!("{scheme}://{host}"), if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

fn into_sink(agent: &ureq::Agent, url: &str, sink: &SharedSink) -> Result<(), String> {
    read_into(agent, &Far { url: url.to_owned(), cap: MAX_VIDEO, redirects: false }, sink)
}

fn read_into(agent: &ureq::Agent, far: &Far, sink: &SharedSink) -> Result<(), String> {
    let (reader, _) = open(agent, &far.url, far.redirects)?;
    let mut reader = reader.take(far.cap.saturating_add(1));
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = reader.read(&mut buffer).map_err(|error| error.to_string())?;
        if read == 0 {
            return Ok(());
        }
        sink.lock().write(buffer.get(..read).unwrap_or(&[]));
    }
}
