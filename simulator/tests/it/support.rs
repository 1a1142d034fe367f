//! A client that shows everything: no redirects, no errors for statuses, no shared connections.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use serde_json::Value;
use simulator::{BaseUrls, Clock, Options, Settings, Simulator};

use crate::clips::CLIP;

pub const PUBLIC: &str = "https://pm3k.example";

pub struct World {
    pub sim: Simulator,
    pub clock: Clock,
    pub urls: BaseUrls,
    agent: ureq::Agent,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub location: String,
    pub range: String,
    pub version: String,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A header, or "" when it was not sent.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    /// TikTok: status and `error.code`.
    pub fn tiktok(&self) -> (u16, String) {
        (self.status, self.json()["error"]["code"].as_str().unwrap_or("").to_owned())
    }

    /// Graph: code and subcode.
    pub fn graph(&self) -> (i64, i64) {
        let error = &self.json()["error"];
        assert!(error.is_null() || error["fbtrace_id"].is_string(), "{}", self.text);
        (error["code"].as_i64().unwrap_or(0), error["error_subcode"].as_i64().unwrap_or(0))
    }

    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    /// A parameter of the redirect.
    pub fn back(&self, name: &str) -> String {
        let query = self.location.split_once('?').map_or("", |(_, query)| query).split('#').next().unwrap();
        let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(given, _)| *given == name);
        pair.map_or(String::new(), |(_, value)| value.to_owned())
    }
}

pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 9, 0, 0).unwrap()
}

pub fn world() -> World {
    let clock = Clock::manual(start());
    let options = Options { clock: clock.clone(), auto_consent: true, ..Options::default() };
    let sim = Simulator::start(options).unwrap();
    sim.register_redirects(PUBLIC);
    World { urls: sim.base_urls(), clock, agent: agent(), sim }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect::<String>()
    };
    fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}

impl World {
    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply, ureq::Error> {
        let mut builder = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let mut answer = if body.is_empty() && method != "POST" && method != "PUT" {
            self.agent.run(builder.body(()).unwrap())?
        } else {
            self.agent.run(builder.body(body).unwrap())?
        };
        let header = |name: &str| answer.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned());
        let (location, range, version) = (header("location"), header("content-range"), header("facebook-api-version"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut bytes = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut bytes).map_err(ureq::Error::Io)?;
        Ok(Reply { status, location, range, version, headers, text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    pub fn get(&self, url: &str, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers: &[(&str, &str)] = if token.is_empty() { &[] } else { &[("authorization", &bearer)] };
        self.send("GET", url, headers, &[]).unwrap()
    }

    pub fn delete(&self, url: &str, token: &str) -> Reply {
        self.send("DELETE", url, &[("authorization", &format!("Bearer {token}"))], &[]).unwrap()
    }

    pub fn form(&self, url: &str, token: &str, fields: &[(&str, &str)]) -> Reply {
        self.try_form(url, token, fields).unwrap()
    }

    pub fn try_form(&self, url: &str, token: &str, fields: &[(&str, &str)]) -> Result<Reply, ureq::Error> {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        self.send("POST", url, &headers, form(fields).as_bytes())
    }

    pub fn json(&self, url: &str, token: &str, body: &Value) -> Reply {
        self.try_json(url, token, body).unwrap()
    }

    pub fn try_json(&self, url: &str, token: &str, body: &Value) -> Result<Reply, ureq::Error> {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json; charset=UTF-8"), ("authorization", bearer.as_str())];
        self.send("POST", url, &headers, body.to_string().as_bytes())
    }

    pub fn multipart(&self, url: &str, token: &str, fields: &[(&str, &str)], file: Option<&[u8]>) -> Reply {
        let files: Vec<(&str, &[u8])> = file.into_iter().map(|bytes| ("source", bytes)).collect();
        self.files(url, token, fields, &files).unwrap()
    }

    pub fn files(&self, url: &str, token: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Result<Reply, ureq::Error> {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, file) in files {
            let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n");
            body.extend(head.bytes());
            body.extend(*file);
            body.extend(b"\r\n");
        }
        body.extend(b"--XX--\r\n");
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "multipart/form-data; boundary=XX"), ("authorization", bearer.as_str())];
        self.send("POST", url, &headers, &body)
    }

    pub fn graph(&self, path: &str) -> String {
        format!("{}/v26.0/{path}", self.urls.facebook_graph_url)
    }

    pub fn settings(&self) -> Settings {
        let mut found = None;
        self.sim.set(|settings| found = Some(settings.clone()));
        found.unwrap()
    }

    pub fn seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Nothing that no contract knows was sent.
    pub fn all_documented(&self) {
        let foreign: Vec<_> = self.sim.calls().into_iter().filter(|call| call.undocumented).collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
    }
}

/// A reel of this many bytes; of fewer than a whole one has, only its head.
pub fn video(length: usize) -> Vec<u8> {
    let mut bytes = CLIP.bytes(length.max(2_000));
    bytes.truncate(length);
    bytes
}

pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The head of a JPEG of this size.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 17, 8];
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD9]);
    bytes
}

/// A place that media are fetched from. Remembers the user agents and the ranges that came.
#[derive(Clone)]
pub struct Host {
    pub url: String,
    pub agents: Arc<Mutex<Vec<String>>>,
    pub ranges: Arc<Mutex<Vec<String>>>,
}

/// What is not among the files is a redirect; a `robots.txt` is not there unless it is given.
pub fn host(files: Vec<(&'static str, &'static str, Vec<u8>)>) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (agents, ranges) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let host = Host { url, agents: agents.clone(), ranges: ranges.clone() };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned);
            agents.lock().unwrap().push(header("user-agent").unwrap_or_default());
            let path = head.split(' ').nth(1).unwrap_or("");
            let range = header("range");
            ranges.lock().unwrap().extend(range.clone());
            let found = files.iter().find(|(name, _, _)| *name == path);
            let _ = stream.write_all(&file_answer(found, path, range.as_deref()));
        }
    });
    host
}

fn file_answer(found: Option<&(&'static str, &'static str, Vec<u8>)>, path: &str, range: Option<&str>) -> Vec<u8> {
    let Some((_, kind, bytes)) = found else {
        let line = if path == "/robots.txt" { "404 Not Found" } else { "302 Found\r\nlocation: /a.jpg" };
        return format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes();
    };
    // A host that does not know ranges.
    let range = range.filter(|_| !path.starts_with("/no-range"));
    let asked = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let end = bytes.len().saturating_sub(1);
    let (line, part) = match asked {
        Some((first, last)) => {
            let (first, last) = (first.parse().unwrap(), last.parse::<usize>().unwrap_or(end).min(end));
            (format!("206 Partial Content\r\ncontent-range: bytes {first}-{last}/{}", bytes.len()), &bytes[first..=last])
        }
        None => ("200 OK".to_owned(), bytes.as_slice()),
    };
    let mut answer = format!("HTTP/1.1 {line}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", part.len()).into_bytes();
    answer.extend(part);
    answer
}
