//! Measurements of the real binary as a whole process, against the simulated platforms in this one: `cargo bench --bench process [-- NAME…]`.
//!
//! Every figure is printed with what it was measured from. Absolute times depend on the machine; where a goal is a ratio, both sides are measured
//! in the same run. `docs/benchmarks.md` holds a run and says which goals are met.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that cannot go on has failed; printing is what this is for")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::actions::{self, Actor};
use pm3k::app::App;
use pm3k::clock::Clock;
use pm3k::config::{self, Sources};
use pm3k::ids::{AccountId, PostId, WorkspaceId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::{account, job, workspace};
use pm3k::platform::Access;
use pm3k::secret::Secret;
use serde_json::{Map, json};
use simulator::{Fault, FaultKind, Grant, Options, Simulator};

const BINARY: &str = env!("CARGO_BIN_EXE_pm3k");
const MEASURES: &[(&str, fn())] = &[("size", size), ("start", start), ("idle", idle), ("lag", lag), ("upload", upload)];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            println!("\n== {name}");
            measure();
        }
    }
}

/// An installation in a temporary folder, with a simulated world on the machine's clock.
struct Place {
    dir: tempfile::TempDir,
    simulator: Simulator,
    address: SocketAddr,
    config: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir_in(std::env::var("PM3K_BENCH_DIR").unwrap_or_else(|_| std::env::temp_dir().to_string_lossy().into_owned())).unwrap();
        let simulator = Simulator::start(Options { limits: false, processing: Duration::from_millis(500), ..Options::default() }).unwrap();
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
    fn open(&self) -> (App, WorkspaceId) {
        let config = config::load(&Sources { file: Some(self.config.clone()), ..Sources::default() }).unwrap();
        let (app, _) = App::open(config, Clock::system()).unwrap();
        let id = app.db.write(|tx| workspace::first_or_create(tx, "UTC", Utc::now())).unwrap().id;
        (app, id)
    }

    fn serve(&self) -> Server {
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

/// The running binary; killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Waits for the first 200 of `/healthz`.
    fn ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !answers(self.address) {
            assert!(Instant::now() < deadline, "the server did not answer");
        }
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn memory(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// From now on the peak (`VmHWM`) is of what follows.
    fn reset_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
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

fn connect(app: &App, workspace: WorkspaceId, login: Login, grant: &Grant) -> AccountId {
    let platform = if login == Login::Tiktok { Platform::Tiktok } else { Platform::Facebook };
    let now = Utc::now();
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

fn schedule(app: &App, workspace: WorkspaceId, account_id: AccountId, kind: Kind, media: pm3k::ids::MediaId, at: DateTime<Utc>) -> PostId {
    let options = if kind == Kind::Video { json!({"privacy_level": "PUBLIC_TO_EVERYONE"}).as_object().cloned().unwrap() } else { Map::new() };
    let target = Target { account_id, kind: Some(kind), caption: None, options };
    let new = NewPost { caption: "x".into(), media: vec![media], schedule: Schedule::At(at), targets: vec![target] };
    posts::create(app, Actor::Cli, workspace, &new, None, Utc::now()).unwrap()
}

fn photo(app: &App, workspace: WorkspaceId) -> pm3k::ids::MediaId {
    let mut incoming = actions::media::begin(app, None).unwrap();
    incoming.write_all(include_bytes!("../tests/data/media/photo.jpg")).unwrap();
    let arrived = actions::media::Arrived { workspace, file_name: "photo.jpg", declared: None, idempotency_key: None };
    actions::media::store(app, Actor::Cli, &arrived, incoming.finish().unwrap(), Utc::now()).unwrap()
}

fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !done() {
        assert!(Instant::now() < deadline, "{what} did not happen within {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn megabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let bytes = bytes as f64;
    bytes / 1e6
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT met" }
}

/// Size of the stripped binary, simulator and pages included.
fn size() {
    let bytes = fs::metadata(BINARY).unwrap().len();
    println!("binary: {:.1} MB (goal: at most 20 MB, {})", megabytes(bytes), verdict(bytes <= 20_000_000));
}

/// From starting the process to the first 200, with a database that exists.
fn start() {
    let place = Place::new();
    drop(place.open());
    place.serve().ready();
    let mut times: Vec<Duration> = (0..30)
        .map(|_| {
            let begun = Instant::now();
            let server = place.serve();
            server.ready();
            begun.elapsed()
        })
        .collect();
    times.sort();
    let median = times[times.len() / 2];
    println!(
        "cold start to the first 200, 30 starts: min {:?}, median {median:?}, max {:?} (goal: at most 25 ms, {})",
        times[0],
        times[29],
        verdict(median <= Duration::from_millis(25))
    );
}

/// Resident memory ten seconds after a start, with accounts and a calendar of posts.
fn idle() {
    let place = Place::new();
    let (app, workspace) = place.open();
    let page = connect(&app, workspace, Login::Facebook, &place.simulator.add_page("idle"));
    for n in 0..100 {
        let media = photo(&app, workspace);
        schedule(&app, workspace, page, Kind::Photos, media, Utc::now() + TimeDelta::days(1 + n));
    }
    let server = place.serve();
    server.ready();
    std::thread::sleep(Duration::from_secs(10));
    let bytes = server.memory("VmRSS");
    println!("idle resident memory, 100 posts planned: {:.1} MB (goal: at most 20 MB, {})", megabytes(bytes), verdict(bytes <= 20_000_000));
}

const LATENCY: Duration = Duration::from_millis(20);
const WORKERS: usize = 16;

/// From the due second to the arrival of each last call, for 1 and for 200 staged jobs; and the same calls made by 16 threads that do nothing else.
fn lag() {
    let place = Place::new();
    let (app, workspace) = place.open();
    place.simulator.fault(Fault { times: u32::MAX, ..Fault::next("facebook.feed", FaultKind::Delay(LATENCY)) });
    let grants: Vec<Grant> = (0..200).map(|n| place.simulator.add_page(&format!("page{n}"))).collect();
    let accounts: Vec<AccountId> = grants.iter().map(|grant| connect(&app, workspace, Login::Facebook, grant)).collect();
    let server = place.serve();
    server.ready();
    for count in [1, 200] {
        let (mut worst, mut best_possible) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let due = Utc::now() + TimeDelta::seconds(if count == 1 { 4 } else { 15 });
            let posts: Vec<PostId> =
                accounts[..count].iter().map(|account| schedule(&app, workspace, *account, Kind::Photos, photo(&app, workspace), due)).collect();
            let before = place.simulator.calls().len();
            wait_until("staging", Duration::from_secs(60), || Utc::now() > due);
            wait_until("publishing", Duration::from_secs(60), || {
                place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed" && call.status == 200).count() >= count
            });
            let staged = posts.iter().all(|post| app.db.read(|db| job::of_post(db, *post)).unwrap()[0].called_at.is_some());
            assert!(staged, "not every job was called");
            let arrivals = place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed").map(|call| since(call.arrived, due)).collect();
            worst.push(percentiles(arrivals));
            best_possible.push(percentiles(reference(&place, &grants[0].remote_id, count)));
        }
        worst.sort_by_key(|(_, p99)| *p99);
        best_possible.sort_by_key(|(_, p99)| *p99);
        let ((p50, p99), (reference50, reference99)) = (worst[1], best_possible[1]);
        let ratio = p99.as_secs_f64() / reference99.as_secs_f64();
        let goal = if count == 1 { String::new() } else { format!(" (goal: at most 1.3, {})", verdict(ratio <= 1.3)) };
        println!(
            "{count} job(s) due in one second, {LATENCY:?} latency, median of 3: lag p50 {p50:?}, p99 {p99:?}; {WORKERS} bare threads: p50 {reference50:?}, p99 {reference99:?}; ratio of p99 {ratio:.2}{goal}"
        );
    }
}

fn since(arrived: SystemTime, due: DateTime<Utc>) -> Duration {
    // Times are stored in whole milliseconds, so a call may come a fraction of one before.
    arrived.duration_since(due.into()).unwrap_or_default()
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[(times.len() * 99).div_ceil(100).saturating_sub(1)])
}

/// What the workers can do at best: threads that only make the same call, each on a fresh connection, as a visible call is made. The calls are
/// refused after the same latency (their token is unknown), so the world stays as it is.
fn reference(place: &Place, page: &str, count: usize) -> Vec<Duration> {
    let url = format!("{}/v26.0/{page}/feed", place.simulator.base_urls().facebook_graph_url);
    let before = place.simulator.calls().len();
    let queue = std::sync::Mutex::new(0..count);
    let begun = SystemTime::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build());
                while queue.lock().unwrap().next().is_some() {
                    agent.post(&url).send_form([("message", "x"), ("access_token", "nobody")]).unwrap();
                }
            });
        }
    });
    place.simulator.calls()[before..].iter().filter(|call| call.name == "facebook.feed").map(|call| call.arrived.duration_since(begun).unwrap()).collect()
}

/// A real clip, made as large as TikTok takes by a padding box at its end.
struct LargeClip {
    head: std::io::Cursor<Vec<u8>>,
    padding: u64,
}

const LARGE: u64 = 4_000_000_000;

impl LargeClip {
    fn new() -> LargeClip {
        let mut head = include_bytes!("../tests/data/media/clip.mp4").to_vec();
        let padding = LARGE - head.len() as u64;
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

/// Growth of resident memory while 4 GB come in through the API and go out to TikTok.
fn upload() {
    let place = Place::new();
    let (app, workspace) = place.open();
    let tiktok = connect(&app, workspace, Login::Tiktok, &place.simulator.add_tiktok_user("large"));
    let (_, key) = actions::api_keys::create(&app, Actor::Cli, workspace, "bench", &[], None, Utc::now()).unwrap();
    let server = place.serve();
    server.ready();
    std::thread::sleep(Duration::from_secs(3));
    let idle = server.memory("VmRSS");

    server.reset_peak();
    let begun = Instant::now();
    let mut clip = LargeClip::new();
    let answer = ureq::post(format!("http://{}/api/v1/media", place.address))
        .header("authorization", format!("Bearer {}", key.expose()))
        .header("content-type", "video/mp4")
        .header("x-filename", "large.mp4")
        .header("content-length", LARGE)
        .send(ureq::SendBody::from_reader(&mut clip))
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let made: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(made["bytes"], LARGE);
    let (took, incoming) = (begun.elapsed(), server.memory("VmHWM"));
    println!("4.0 GB in through the API: {took:.1?}, peak {:.1} MB, {:.1} MB above idle", megabytes(incoming), megabytes(incoming.saturating_sub(idle)));

    server.reset_peak();
    let begun = Instant::now();
    let media = made["id"].as_str().unwrap().parse().unwrap();
    schedule(&app, workspace, tiktok, Kind::Video, media, Utc::now() + TimeDelta::seconds(5));
    wait_until("the push", Duration::from_secs(900), || !place.simulator.posts().is_empty());
    let (took, outgoing) = (begun.elapsed(), server.memory("VmHWM"));
    println!(
        "4.0 GB out to TikTok in 400 chunks: {took:.1?}, peak {:.1} MB, {:.1} MB above idle",
        megabytes(outgoing),
        megabytes(outgoing.saturating_sub(idle))
    );
    let growth = incoming.max(outgoing).saturating_sub(idle);
    println!(
        "growth of resident memory: {:.1} MB from {:.1} MB idle (goal: at most 16 MB, {})",
        megabytes(growth),
        megabytes(idle),
        verdict(growth <= 16_000_000)
    );
    wait_until("the clearing", Duration::from_secs(90), || files(app.store.root()) == 0);
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}
