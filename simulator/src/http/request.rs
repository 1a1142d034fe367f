//! A request after its body was read: everything but uploads, whose bytes are streamed (`upload.rs`).
//!
//! Always true: a body is bounded before it is parsed, and query and body parameters lie in one list, as Graph treats them.

use poem::{
    Request,
    http::{HeaderMap, Method},
};
use serde_json::Value;

use super::{
    answer::Answer,
    multipart::{self, MAX_BODY, Part},
    params::Params,
};
use crate::world::sink::Sink;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    None,
    Form,
    Multipart,
    Json,
    Other,
}

/// What a platform is asked.
#[derive(Debug)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub query: Params,
    /// Query and body.
    pub params: Params,
    /// The files of a multipart body.
    pub files: Vec<Part>,
    /// The one that was too large to be kept.
    pub streamed: Option<Sink>,
    pub body: BodyKind,
    /// The body as JSON, when it says that it is and can be read as such.
    pub json: Option<Value>,
    /// Graph hosts: the version in the path, and what follows it.
    pub version: Option<String>,
    pub rest: Vec<String>,
}

impl Ask {
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token behind `Authorization: {scheme} …`. The scheme's word must be this one.
    pub fn authorization(&self, scheme: &str) -> Option<&str> {
        let (word, token) = self.header("authorization")?.split_once(' ')?;
        (word == scheme).then(|| token.trim())
    }

    /// A versioned call to a Graph host that names no version: it would be served by whatever the dashboard says.
    pub fn version_missing(&self) -> bool {
        let unversioned = ["access_token", "refresh_access_token", "oauth"];
        let first = self.rest.first().map_or("", String::as_str);
        self.is_graph() && self.version.is_none() && !unversioned.contains(&first)
    }

    pub fn is_graph(&self) -> bool {
        matches!(self.segments().as_slice(), ["facebook", "graph" | "video", ..] | ["instagram", "graph", ..])
    }

    /// Whether the host is Instagram's own.
    pub fn is_instagram_host(&self) -> bool {
        self.path.starts_with("/instagram/")
    }

    /// The n-th segment behind the version, or "".
    pub fn at(&self, index: usize) -> &str {
        self.rest.get(index).map_or("", String::as_str)
    }

    /// Without its body: what an upload begins with.
    pub fn head(request: &Request) -> Ask {
        let query = Params::parse(request.uri().query().unwrap_or(""));
        let path = request.uri().path();
        let mut rest: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).skip(2).map(super::params::decode).collect();
        let is_version = |text: &String| text.strip_prefix('v').is_some_and(|number| number.parse::<f32>().is_ok());
        let version = rest.first().filter(|first| is_version(first)).cloned();
        if version.is_some() {
            rest.remove(0);
        }
        Ask {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            headers: request.headers().clone(),
            params: query.clone(),
            query,
            files: Vec::new(),
            streamed: None,
            body: BodyKind::None,
            json: None,
            version,
            rest,
        }
    }

    /// Whether the body may hold a video that is published in one call.
    pub fn is_whole_video(&self) -> bool {
        matches!(self.segments().as_slice(), ["facebook", "graph" | "video", .., "videos"])
    }

    /// `largest` bounds a video in one call.
    pub async fn read(request: Request, largest: u64) -> Result<Ask, Answer> {
        let mut ask = Ask::head(&request);
        let declared = ask.header("content-length").and_then(|length| length.parse::<u64>().ok());
        let room = if ask.is_whole_video() { largest.saturating_add(MAX_BODY as u64) } else { MAX_BODY as u64 };
        if declared.is_some_and(|length| length > room) {
            return Err(multipart::too_large());
        }
        let kind = ask.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let (request, mut body) = request.split();
        if kind == "multipart/form-data" {
            ask.body = BodyKind::Multipart;
            multipart::read(&mut ask, &request, &mut body, largest).await?;
            return Ok(ask);
        }
        let bytes = match body.take() {
            Ok(body) => body.into_bytes_limit(MAX_BODY).await.map_err(|_| Answer::empty(400).noted("unreadable body"))?,
            Err(_) => Default::default(),
        };
        if bytes.is_empty() {
            return Ok(ask);
        }
        match kind.as_str() {
            "application/json" => {
                ask.body = BodyKind::Json;
                ask.json = serde_json::from_slice(&bytes).ok();
                if let Some(Value::Object(fields)) = &ask.json {
                    for (name, value) in fields {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        ask.params.push(name.clone(), text);
                    }
                }
            }
            "application/x-www-form-urlencoded" => {
                ask.body = BodyKind::Form;
                ask.params.extend(Params::parse(&String::from_utf8_lossy(&bytes)));
            }
            _ => ask.body = BodyKind::Other,
        }
        Ok(ask)
    }
}
