//! An installation to measure: its folder, its simulated world, the binary that serves it, and what is put into it.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::actions::{self, Actor};
use pm3k::app::App;
use pm3k::clock::Clock;
use pm3k::config::{self, Sources};
use pm3k::ids::{AccountId, MediaId, PostId, WorkspaceId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::{account, workspace};
use pm3k::platform::Access;
use pm3k::secret::Secret;
use serde_json::{Map, json};
use simulator::{Grant, Options, Simulator};

use crate::BINARY;

/// An installation in a temporary folder, with a simulated world on the machine's clock.
pub struct Place {
    pub dir: tempfile::TempDir,
    pub simulator: Simulator,
    pub address: SocketAddr,
    pub config: PathBuf,
}

impl Place {
    pub fn new() -> Place {
        Place::with_processing(Duration::from_millis(500))
    }

    /// Where any media is processed for so long.
    pub fn with_processing(processing: Duration) -> Place {
        let dir = tempfile::tempdir_in(std::env::var("PM3K_BENCH_DIR").unwrap_or_else(|_| std::env::temp_dir().to_string_lossy().into_owned())).unwrap();
        let simulator = Simulator::start(Options { limits: false, processing, ..Options::default() }).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = dir.path().join("config.toml");
        let text = format!(
            "data_dir = {:?}\n[server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n[media]\nfree_space_floor = \"0B\"\n{}",
            dir.path(),
            simulator.config_toml(&format!("http://{address}"))
        );
        fs::write(&config, text).unwrap();
        Place { dir, simulator, address, config }
    }

    /// The installation's tables and files, beside the running server, as the command line uses them.
    pub fn open(&self) -> (App, WorkspaceId) {
        let app = open(&self.config, Clock::system());
        let id = app.db.write(|tx| workspace::first_or_create(tx, "UTC", Utc::now())).unwrap().id;
        (app, id)
    }

    pub fn serve(&self) -> Server {
        let log = fs::File::create(self.dir.path().join("log")).unwrap();
        let child = Command::new(BINARY)
            .arg("serve")
            .env("PM3K_CONFIG", &self.config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Server { child, address: self.address }
    }
}

/// The installation of a configuration.
pub fn open(config: &Path, clock: Clock) -> App {
    let config = config::load(&Sources { file: Some(config.to_owned()), ..Sources::default() }).unwrap();
    App::open(config, clock).unwrap().0
}

/// The running binary; killed when dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Waits for the first 200 of `/healthz`.
    pub fn ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !answers(self.address) {
            assert!(Instant::now() < deadline, "the server did not answer");
        }
    }

    pub fn memory(&self, field: &str) -> u64 {
        memory(&self.child.id().to_string(), field)
    }

    /// From now on the peak (`VmHWM`) is of what follows.
    pub fn reset_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
}

/// A line of `/proc/PID/status`, in bytes.
pub fn memory(process: &str, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).is_ok() && answer.ends_with(b"200")
}

pub fn connect(app: &App, workspace: WorkspaceId, (platform, login): (Platform, Login), grant: &Grant, now: DateTime<Utc>) -> AccountId {
    let access = Access {
        token: Secret::new(&*grant.access_token),
        user_token: grant.user_token.clone().map(Secret::new),
        refresh_token: grant.refresh_token.clone().map(Secret::new),
        issued_at: now,
        expires_at: grant.expires_at,
        refresh_expires_at: grant.refresh_expires_at,
    };
    let connected = account::Connected {
        workspace_id: workspace,
        platform,
        login,
        remote_id: &grant.remote_id,
        person_id: None,
        username: &grant.username,
        display_name: &grant.name,
        avatar: None,
        scopes: &grant.scopes,
        missing_scopes: &[],
        connected_by: None,
    };
    app.db
        .write(|tx| {
            let id = account::connect(tx, &connected, now)?;
            let sealed = app.keys.seal(&account::access_place(id), &serde_json::to_vec(&access).unwrap());
            account::store_access(tx, id, &sealed, access.expires_at, access.refresh_expires_at)?;
            Ok::<_, rusqlite::Error>(id)
        })
        .unwrap()
}

pub fn schedule(app: &App, workspace: WorkspaceId, account_id: AccountId, kind: Kind, media: MediaId, at: Schedule) -> PostId {
    let options = if kind == Kind::Video { json!({"privacy_level": "PUBLIC_TO_EVERYONE"}).as_object().cloned().unwrap() } else { Map::new() };
    let target = Target { account_id, kind: Some(kind), caption: None, options, adjust: Default::default() };
    let new = NewPost { caption: "x".into(), media: vec![media], schedule: at, targets: vec![target] };
    posts::create(app, Actor::Cli, workspace, &new, None, app.clock.now()).unwrap()
}

/// Takes a file in.
pub fn store(app: &App, workspace: WorkspaceId, name: &str, mut bytes: impl Read) -> MediaId {
    let mut incoming = actions::media::begin(app, None).unwrap();
    std::io::copy(&mut bytes, &mut incoming).unwrap();
    let arrived = actions::media::Arrived { workspace, file_name: name, declared: None, idempotency_key: None };
    actions::media::store(app, Actor::Cli, &arrived, incoming.finish().unwrap(), app.clock.now()).unwrap()
}

pub const PHOTO: &[u8] = include_bytes!("../../tests/data/media/photo.jpg");
pub const CLIP: &[u8] = include_bytes!("../../tests/data/media/clip.mp4");

pub fn photo(app: &App, workspace: WorkspaceId) -> MediaId {
    store(app, workspace, "photo.jpg", PHOTO)
}

/// A real clip, made as large as wanted by a padding box at its end.
pub struct LargeClip {
    head: std::io::Cursor<Vec<u8>>,
    padding: u64,
}

impl LargeClip {
    pub fn new(bytes: u64) -> LargeClip {
        let mut head = CLIP.to_vec();
        let padding = bytes - head.len() as u64;
        head.extend_from_slice(&1u32.to_be_bytes());
        head.extend_from_slice(b"free");
        head.extend_from_slice(&padding.to_be_bytes());
        LargeClip { head: std::io::Cursor::new(head), padding: padding - 16 }
    }
}

impl Read for LargeClip {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.head.read(buffer)?;
        if n > 0 {
            return Ok(n);
        }
        let n = buffer.len().min(usize::try_from(self.padding).unwrap_or(usize::MAX));
        buffer[..n].fill(0);
        self.padding -= n as u64;
        Ok(n)
    }
}
