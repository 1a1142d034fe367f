//! The API, the media files and the health addresses on a port of their own, and a client that speaks to them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pm3k::actions::{Actor, api_keys};
use pm3k::app::App;
use pm3k::config::Config;
use pm3k::ids::WorkspaceId;
use pm3k::model::workspace;
use pm3k::web::{api, health, media_files};
use poem::listener::TcpAcceptor;
use poem::{Route, Server};
use serde_json::Value;
use tokio::runtime::Runtime;
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, SendBody};

use super::house::House;

pub struct Served {
    pub house: House,
    pub app: Arc<App>,
    pub workspace: WorkspaceId,
    /// A key that may do everything.
    pub key: String,
    address: SocketAddr,
    agent: Agent,
    _runtime: Runtime,
}

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{} is not JSON ({e}): {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        self.json()
    }

    /// The answer is a problem with this status; its last word of `type`, its problems' fields and codes, and its detail.
    #[track_caller]
    pub fn problem(&self, status: u16) -> (String, Vec<(String, String)>, String) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/problem+json");
        let json = self.json();
        assert_eq!(json["status"], status);
        assert!(json["title"].as_str().is_some_and(|title| !title.is_empty()), "{json}");
        let code = json["type"].as_str().unwrap().strip_prefix("urn:pm3k:problem:").unwrap().to_owned();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fields = json["problems"].as_array().map(|all| all.iter().map(|p| (text(&p["field"]), text(&p["code"]))).collect());
        (code, fields.unwrap_or_default(), text(&json["detail"]))
    }

    /// As [`Reply::problem`], for one field that must change.
    #[track_caller]
    pub fn refuses(&self, status: u16, field: &str, code: &str) -> String {
        let (_, fields, detail) = self.problem(status);
        assert_eq!(fields, [(field.to_owned(), code.to_owned())], "{detail}");
        detail
    }
}

impl Served {
    pub fn start() -> Served {
        Served::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Served {
        Served::built(change, |_| ())
    }

    pub fn built(change: impl FnOnce(&mut Config), equip: impl FnOnce(&mut App)) -> Served {
        let house = House::build();
        let mut config = house.config();
        change(&mut config);
        let (mut app, _) = App::open(config, house.clock.clone()).unwrap();
        app.tools = Arc::clone(&house.tools);
        equip(&mut app);
        let app = Arc::new(app);
        let workspace = app.db.write(|tx| workspace::first_or_create(tx, "Europe/Berlin", house.now())).unwrap().id;
        let (_, key) = api_keys::create(&app, Actor::Cli, workspace, "test", &[], None, house.now()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Route::new()
            .nest("/api", api::routes(Arc::clone(&app)))
            .at("/media/:token/:name", media_files::file(Arc::clone(&app)))
            .at("/robots.txt", media_files::robots())
            .at("/healthz", health::alive())
            .at("/readyz", health::ready(Arc::clone(&app)))
            .at("/metrics", health::metrics(Arc::clone(&app)));
        runtime.spawn(async move { Server::new_with_acceptor(TcpAcceptor::from_std(listener).unwrap()).run(routes).await });
        let agent = Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build().new_agent();
        Served { key: key.expose().to_owned(), house, app, workspace, address, agent, _runtime: runtime }
    }

    /// A second workspace with a key of its own.
    pub fn neighbour(&self) -> (WorkspaceId, String) {
        let now = self.house.now();
        let sql = "INSERT INTO workspace (name, time_zone, created_at) VALUES ('Neighbour', 'UTC', ?1) RETURNING id";
        let id = self.app.db.write(|tx| tx.query_row(sql, [now.timestamp_millis()], |row| row.get(0))).unwrap();
        (id, self.key_for(id, &[], None))
    }

    pub fn key_with(&self, scopes: &[&str]) -> String {
        self.key_for(self.workspace, scopes, None)
    }

    pub fn key_for(&self, workspace: WorkspaceId, scopes: &[&str], expires_at: Option<DateTime<Utc>>) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let (_, key) = api_keys::create(&self.app, Actor::Cli, workspace, "test", &scopes, expires_at, self.house.now()).unwrap();
        key.expose().to_owned()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Some(&self.key), &[], Vec::new())
    }

    pub fn get_as(&self, key: &str, path: &str) -> Reply {
        self.send("GET", path, Some(key), &[], Vec::new())
    }

    pub fn post(&self, path: &str, json: &Value) -> Reply {
        self.post_with(path, json, &[])
    }

    pub fn post_with(&self, path: &str, json: &Value, headers: &[(&str, &str)]) -> Reply {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send("POST", path, Some(&self.key), &headers, json.to_string().into_bytes())
    }

    pub fn send(&self, method: &str, path: &str, key: Option<&str>, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let length = body.len() as u64;
        let mut body = std::io::Cursor::new(body);
        self.send_stream(method, path, key, headers, (length > 0).then_some((&mut body, length)))
    }

    /// Sends a body of a known length as it is read.
    pub fn send_stream<R: Read>(&self, method: &str, path: &str, key: Option<&str>, headers: &[(&str, &str)], body: Option<(&mut R, u64)>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let answer = match body {
            Some((reader, length)) => self.agent.run(request.header("content-length", length).body(SendBody::from_reader(reader)).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let (parts, body) = answer.unwrap().into_parts();
        let mut bytes = Vec::new();
        body.into_with_config().limit(u64::MAX).reader().read_to_end(&mut bytes).unwrap();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body: bytes }
    }

    /// Writes bytes to a connection and gives it back, for requests that no client would send.
    pub fn raw(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }
}
