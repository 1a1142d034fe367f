//! A world with a Page or an Instagram account, and a little publisher that does what the real one promises: it stores every progress as JSON,
//! makes the visible call not before its time, and after an unknown outcome asks instead of calling again.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::config::{FacebookApp, InstagramApp};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::{Access, Account, Adapter, Content, ErrorClass, Item, PlatformError, Published, Settled, Step, Work};
use pm3k::secret::Secret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{Call, Clock, Grant, Options, Simulator, VISIBLE_CALLS, VisiblePost};
use tempfile::TempDir;

/// How long the account rests after what is said of all of it.
pub const REST: TimeDelta = TimeDelta::hours(3);

pub const PUBLIC: &str = "https://pm3k.example";

pub struct World {
    pub sim: Simulator,
    pub clock: Clock,
    folder: TempDir,
    site: Option<Site>,
}

pub fn world() -> World {
    world_with(|_| {})
}

pub fn world_with(change: impl FnOnce(&mut Options)) -> World {
    let clock = Clock::manual("2026-12-01T08:00:00Z".parse().unwrap());
    let mut options = Options { clock: clock.clone(), processing: Duration::from_secs(20), ..Options::default() };
    change(&mut options);
    let sim = Simulator::start(options).unwrap();
    sim.register_redirects(PUBLIC);
    sim.set(|settings| settings.require_proof = true);
    World { sim, clock, folder: tempfile::tempdir().unwrap(), site: None }
}

impl World {
    pub fn facebook_app(&self) -> FacebookApp {
        let urls = self.sim.base_urls();
        FacebookApp {
            app_id: simulator::FACEBOOK_APP_ID.into(),
            app_secret: Secret::new(simulator::FACEBOOK_APP_SECRET),
            graph_version: "v26.0".into(),
            login_config_id: String::new(),
            dialog_url: urls.facebook_dialog_url,
            graph_url: urls.facebook_graph_url,
            video_url: urls.facebook_video_url,
            upload_url: urls.facebook_upload_url,
        }
    }

    pub fn instagram_app(&self) -> InstagramApp {
        let urls = self.sim.base_urls();
        InstagramApp {
            app_id: simulator::INSTAGRAM_APP_ID.into(),
            app_secret: Secret::new(simulator::INSTAGRAM_APP_SECRET),
            graph_version: "v26.0".into(),
            authorize_url: urls.instagram_authorize_url,
            token_url: urls.instagram_token_url,
            graph_url: urls.instagram_graph_url,
        }
    }

    /// A JPEG of 1080 x 1350 with so many bytes of picture.
    pub fn photo(&self, seed: u8) -> Item {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
        bytes.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        bytes.extend([0xFF, 0xC0, 0, 17, 8, 0x05, 0x46, 0x04, 0x38, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        bytes.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
        bytes.extend(noise(seed, 40_000));
        bytes.extend([0xFF, 0xD9]);
        let item = self.item(&format!("{seed}.jpg"), &bytes);
        Item { mime: "image/jpeg".into(), width: 1080, height: 1350, ..item }
    }

    pub fn video(&self, seed: u8) -> Item {
        // A real clip, made different and larger by a box that players skip.
        let mut bytes = include_bytes!("../../data/media/clip.mp4").to_vec();
        bytes.extend(700_008u32.to_be_bytes());
        bytes.extend(b"free");
        bytes.extend(noise(seed, 700_000));
        let item = self.item(&format!("{seed}.mp4"), &bytes);
        Item {
            is_video: true,
            mime: "video/mp4".into(),
            width: 1080,
            height: 1920,
            duration_ms: Some(4_024),
            video_codec: Some("h264".into()),
            frame_rate: Some(30.0),
            audio_codec: Some("aac".into()),
            ..item
        }
    }

    fn item(&self, name: &str, bytes: &[u8]) -> Item {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Item {
            path,
            is_video: false,
            mime: String::new(),
            bytes: bytes.len() as u64,
            width: 0,
            height: 0,
            duration_ms: None,
            video_codec: None,
            frame_rate: None,
            audio_codec: None,
            public_url: None,
            ..Item::default()
        }
    }

    /// The item, at an address that the platform can fetch it from.
    pub fn public(&mut self, item: Item) -> Item {
        let site = self.site.get_or_insert_with(|| Site::start(self.folder.path().to_owned()));
        let name = item.path.file_name().unwrap().to_str().unwrap();
        Item { public_url: Some(format!("{}/{name}", site.url)), ..item }
    }

    /// What is visible of one account.
    pub fn posts(&self, account: &Account) -> Vec<VisiblePost> {
        self.sim.posts().into_iter().filter(|post| post.account_id == account.remote_id).collect()
    }

    pub fn calls(&self, name: &str) -> Vec<Call> {
        self.sim.calls().into_iter().filter(|call| call.name == name).collect()
    }

    /// Fails on calls and parameters that no contract knows.
    pub fn assert_documented(&self) {
        let foreign: Vec<_> = self.sim.calls().into_iter().filter(|call| call.undocumented).map(|call| (call.name, call.path, call.note)).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }

    pub fn later(&self, seconds: i64) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::seconds(seconds)
    }
}

fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // No 0xFF, so that nothing in a picture looks like a marker.
        (state >> 24) as u8 & 0x7F
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub fn sha256(item: &Item) -> String {
    Sha256::digest(std::fs::read(&item.path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn account(platform: Platform, login: Login, grant: &Grant) -> (Account, Access) {
    let account =
        Account { platform, login, remote_id: grant.remote_id.clone(), username: grant.username.clone(), scopes: grant.scopes.clone(), standing: None };
    let access = Access {
        token: Secret::new(&grant.access_token),
        user_token: grant.user_token.as_deref().map(Secret::new),
        refresh_token: None,
        issued_at: DateTime::UNIX_EPOCH,
        expires_at: grant.expires_at,
        refresh_expires_at: grant.refresh_expires_at,
    };
    (account, access)
}

pub fn content(kind: Kind, caption: &str, media: Vec<Item>, options: Value) -> Content {
    Content { kind, caption: caption.into(), options: options.as_object().unwrap().clone(), media }
}

/// How a job ended, and what happened on the way.
#[derive(Debug, Default)]
pub struct Ended {
    pub published: Option<Published<Value>>,
    pub error: Option<PlatformError>,
    /// For a person to look.
    pub unknown: Option<String>,
    /// The names of the steps that were made.
    pub steps: Vec<&'static str>,
    /// The codes of the errors on the way.
    pub codes: Vec<String>,
    /// Set when the first visible call was made.
    pub called_at: Option<DateTime<Utc>>,
    /// Where it stood when it failed.
    pub stopped_at: Value,
}

pub struct Job<'a> {
    pub world: &'a World,
    pub adapter: &'a dyn Adapter,
    pub account: &'a Account,
    pub access: &'a Access,
    pub content: &'a Content,
    pub publish_at: DateTime<Utc>,
}

impl Job<'_> {
    fn work(&self, called_at: Option<DateTime<Utc>>) -> Work<'_> {
        let now = self.world.clock.now();
        Work {
            account: self.account,
            access: self.access,
            content: self.content,
            publish_at: self.publish_at,
            called_at,
            taken: &[],
            addresses_closed: false,
            now,
        }
    }

    pub fn try_step(&self, progress: Value) -> Result<Step<Value>, PlatformError> {
        self.adapter.advance(&self.work(None), progress)
    }

    pub fn step(&self, progress: Value) -> Step<Value> {
        self.try_step(progress).unwrap()
    }

    pub fn run(&self) -> Ended {
        self.run_from(Value::Null)
    }

    /// Until it is published, has failed, or cannot be told.
    pub fn run_from(&self, mut progress: Value) -> Ended {
        assert_eq!(self.adapter.check(self.account, self.content), [], "the content has problems");
        let mut ended = Ended::default();
        let before = self.world.posts(self.account).len();
        let mut rests_until = DateTime::UNIX_EPOCH;
        for _ in 0..200 {
            let stage = self.adapter.stage(&progress).unwrap();
            ended.steps.push(stage.name);
            if stage.irreversible {
                self.world.clock.set(self.world.clock.now().max(self.publish_at).max(rests_until));
                ended.called_at.get_or_insert(self.world.clock.now());
            } else if ended.called_at.is_none() {
                assert_eq!(self.world.posts(self.account).len(), before, "visible before its time, at {}", stage.name);
            }
            let seen = self.world.sim.calls().len();
            let result = self.adapter.advance(&self.work(ended.called_at), progress.clone());
            self.assert_one_change(seen, stage.irreversible);
            match result {
                Ok(Step::Next(next)) => progress = stored(next),
                Ok(Step::Wait(next, until)) => {
                    assert!(until > self.world.clock.now(), "a wait that is over: {}", stage.name);
                    // Videos are fetched in the background and in real time, while the simulated time stands still.
                    self.world.sim.settle();
                    self.world.clock.set(until);
                    progress = stored(next);
                }
                Ok(Step::Done(published)) => return self.follow(ended, published),
                Err(error) => {
                    ended.codes.push(error.code.clone());
                    if error.of_the_account {
                        rests_until = self.world.clock.now() + REST;
                    }
                    assert!(error.code == "no_answer" || error.message.ends_with(['.', '”']), "a sentence: {error:?}");
                    let pause = match error.class {
                        ErrorClass::UnknownOutcome => {
                            assert!(stage.irreversible, "{} is not visible: {error:?}", stage.name);
                            match self.settle(progress.clone(), &mut ended) {
                                Some(next) => {
                                    progress = next;
                                    continue;
                                }
                                None => return ended,
                            }
                        }
                        ErrorClass::Transient => self.world.later(30),
                        ErrorClass::RateLimited { until } | ErrorClass::LimitReached { until } => until.unwrap_or(self.world.later(60)),
                        _ => {
                            ended.error = Some(error);
                            ended.stopped_at = progress;
                            return ended;
                        }
                    };
                    self.world.clock.set(pause);
                    if error.start_over {
                        progress = Value::Null;
                    }
                    if ended.codes.len() > 12 {
                        ended.error = Some(error);
                        return ended;
                    }
                }
            }
        }
        panic!("no end: {:?}", ended.steps);
    }

    /// As after a crash within the visible call, or after an answer that left it open.
    pub fn settle(&self, mut progress: Value, ended: &mut Ended) -> Option<Value> {
        for _ in 0..200 {
            ended.steps.push("reconcile");
            let seen = self.world.sim.calls().len();
            let settled = self.adapter.reconcile(&self.work(ended.called_at), progress.clone());
            assert!(self.world.sim.calls().iter().skip(seen).all(|call| call.method == "GET"), "reconcile only reads");
            match settled {
                Ok(Settled::Published(published)) => {
                    let done = self.follow(std::mem::take(ended), published);
                    *ended = done;
                    return None;
                }
                Ok(Settled::Continue(next)) => return Some(stored(next)),
                Ok(Settled::LookAgain(next, until)) => {
                    assert!(until > self.world.clock.now());
                    self.world.clock.set(until);
                    progress = stored(next);
                }
                Ok(Settled::Unknown(known)) => {
                    ended.unknown = Some(known);
                    return None;
                }
                Err(error) => {
                    assert_eq!(error.class, ErrorClass::Transient, "{error:?}");
                    ended.codes.push(error.code);
                    self.world.clock.set(self.world.later(30));
                }
            }
        }
        panic!("never settled: {:?}", ended.steps);
    }

    fn follow(&self, mut ended: Ended, mut published: Published<Value>) -> Ended {
        for _ in 0..20 {
            let Some((next, at)) = published.follow.take() else {
                ended.published = Some(published);
                return ended;
            };
            self.world.clock.set(at.max(self.world.clock.now()));
            assert!(!self.adapter.stage(&next).unwrap().irreversible);
            ended.steps.push("follow");
            match self.adapter.advance(&self.work(ended.called_at), stored(next)) {
                Ok(Step::Done(done)) => published = done,
                other => panic!("following ends a post that is out: {other:?}"),
            }
        }
        panic!("follows for ever");
    }

    /// One step makes at most one change; a visible one only where it was announced.
    fn assert_one_change(&self, seen: usize, irreversible: bool) {
        let calls = self.world.sim.calls();
        let changes: Vec<_> = calls.iter().skip(seen).filter(|call| call.method != "GET").collect();
        assert!(changes.len() <= 1, "{changes:?}");
        assert!(irreversible || changes.iter().all(|call| !VISIBLE_CALLS.contains(&call.name)), "{changes:?}");
    }
}

/// Through the text that the table holds.
fn stored(progress: Value) -> Value {
    serde_json::from_str(&progress.to_string()).unwrap()
}

/// Every way in which a visible call can go wrong without a clear word: the first ones did act, the last ones did not.
pub fn faults() -> Vec<(simulator::FaultKind, bool)> {
    use simulator::FaultKind::*;
    let code = |code: i64, sub: i64| {
        json!({"error": {"message": "An unknown error occurred", "type": "OAuthException", "code": code, "error_subcode": sub, "fbtrace_id": "Trace"}})
            .to_string()
    };
    vec![
        (ActThenDrop, true),
        (ActThenEmpty200, true),
        (ActThenStatus { status: 500, body: code(2, 0) }, true),
        (ActThenStatus { status: 400, body: code(1, 99) }, true),
        (ActThenStatus { status: 502, body: "<html>Bad gateway</html>".into() }, true),
        (ActThenStatus { status: 200, body: "{}".into() }, true),
        (DropBefore, false),
        (Answer { status: 500, body: code(2, 0) }, false),
        (Answer { status: 503, body: String::new() }, false),
    ]
}

/// A folder's files for a platform to fetch.
struct Site {
    url: String,
}

impl Site {
    fn start(folder: std::path::PathBuf) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = Arc::new(folder);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = Arc::clone(&folder);
                std::thread::spawn(move || answer(stream, &folder));
            }
        });
        Site { url }
    }
}

fn answer(mut stream: std::net::TcpStream, folder: &std::path::Path) {
    let mut request = Vec::new();
    let mut byte = [0u8; 1];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let name = request.split_whitespace().nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let Ok(bytes) = std::fs::read(folder.join(&name)) else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
    };
    let mime = if name.ends_with("jpg") { "image/jpeg" } else { "video/mp4" };
    let range = request.lines().find_map(|line| line.strip_prefix("range: bytes=")?.split_once('-'));
    let (status, first, last) = match range {
        Some((first, last)) => ("206 Partial Content", first.parse().unwrap_or(0), last.trim().parse().unwrap_or(usize::MAX).min(bytes.len() - 1)),
        None => ("200 OK", 0, bytes.len() - 1),
    };
    let part = &bytes[first..=last];
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {mime}\r\ncontent-length: {}\r\ncontent-range: bytes {first}-{last}/{}\r\naccept-ranges: bytes\r\nconnection: close\r\n\r\n",
        part.len(),
        bytes.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| if request.starts_with("head") { Ok(()) } else { stream.write_all(part) });
}
