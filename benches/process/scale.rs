//! A large installation: 1,000 accounts with 10,000 posts that are due within one hour.
//!
//! The hour is simulated and the work is real. While anything is due or under way the clocks run as the machine's does; while nothing is, they jump to
//! the next moment at which something is. So lag is what it would be in a real hour, and only the waiting is left out.
//!
//! The engine runs in a process of its own (this program again, as it is told by [`ENGINE`]), with its server and all of its threads, on a clock that it
//! sets by hand; the simulator runs in this one. The engine says each jump on its stdout and waits until the simulator's clock has followed.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::Schedule;
use pm3k::clock::Clock;
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::job::JobState;
use pm3k::model::{job, workspace};
use pm3k::publisher::Publisher;
use pm3k::web::Server;
use simulator::{Fault, FaultKind, InstagramLogin};

use crate::lag::{LATENCY, percentiles};
use crate::megabytes;
use crate::place::{CLIP, PHOTO, Place, connect, memory, open, schedule, store};

/// Names the configuration that the engine's process works with.
pub const ENGINE: &str = "PM3K_BENCH_ENGINE";

const ACCOUNTS: i64 = 1_000;
const POSTS: i64 = 10;
/// The calls that make posts visible, one for each kind that is posted here.
const LAST_CALLS: [&str; 3] = ["facebook.feed", "instagram.media_publish", "tiktok.upload_last"];
/// How often it is looked whether anything is left to do now.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const AT_MOST: Duration = Duration::from_secs(1800);

fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// When an account's post is due: on a whole minute, as people plan, each account every six minutes of the hour.
fn due(account: i64, post: i64) -> DateTime<Utc> {
    begin() + TimeDelta::hours(1) + TimeDelta::minutes(post * 6 + account % 6)
}

pub fn scale() {
    let place = Place::with_processing(Duration::from_secs(5));
    place.simulator.clock().set(begin());
    for call in LAST_CALLS {
        place.simulator.fault(Fault { times: u32::MAX, ..Fault::next(call, FaultKind::Delay(LATENCY)) });
    }
    let planned = plan(&place);
    let used = run_engine(&place);
    let mut lags: Vec<Duration> = Vec::new();
    let mut worst: HashMap<&str, Vec<Duration>> = HashMap::new();
    let mut arrivals: HashMap<(&str, String), Vec<DateTime<Utc>>> = HashMap::new();
    for call in place.simulator.calls().into_iter().filter(|call| LAST_CALLS.contains(&call.name)) {
        arrivals.entry((call.name, call.account.unwrap())).or_default().push(call.at);
    }
    for ((name, account), mut at) in arrivals {
        at.sort();
        let due: Vec<DateTime<Utc>> = (0..POSTS).map(|post| due(planned[&account], post)).collect();
        assert_eq!(at.len(), due.len(), "{name}: each post has one last call");
        for (at, due) in at.into_iter().zip(due) {
            let lag = (at - due).to_std().unwrap_or_default();
            lags.push(lag);
            worst.entry(name).or_default().push(lag);
        }
    }
    assert_eq!(lags.len(), planned.len() * usize::try_from(POSTS).unwrap(), "every post has had its last call");
    let slowest = lags.iter().max().copied().unwrap();
    let ((p50, p99), calls) = (percentiles(lags), place.simulator.calls().len());
    println!("{ACCOUNTS} accounts, {} posts due within an hour, about 167 in the same second each minute; last calls take {LATENCY:?}", ACCOUNTS * POSTS);
    println!("lag of the last calls: p50 {p50:?}, p99 {p99:?}, at the most {slowest:?}");
    for (name, lags) in worst {
        let count = lags.len();
        let (p50, p99) = percentiles(lags);
        println!("  {name}: {count} calls, p50 {p50:?}, p99 {p99:?}");
    }
    println!("calls made: {calls}; {used}");
}

/// Connects the accounts and makes the posts; the remote id of each account with its place in the plan.
fn plan(place: &Place) -> HashMap<String, i64> {
    let app = open(&place.config, Clock::manual(begin()));
    let workspace = app.db.write(|tx| workspace::first_or_create(tx, "UTC", begin())).unwrap().id;
    let mut planned = HashMap::new();
    for n in 0..ACCOUNTS {
        let name = format!("account{n}");
        let (grant, login, kind, file, bytes) = match n % 10 {
            0..=3 => (place.simulator.add_page(&name), (Platform::Facebook, Login::Facebook), Kind::Photos, "photo.jpg", PHOTO),
            4..=6 => (place.simulator.add_instagram(&name, InstagramLogin::Facebook), (Platform::Instagram, Login::Facebook), Kind::Image, "photo.jpg", PHOTO),
            _ => (place.simulator.add_tiktok_user(&name), (Platform::Tiktok, Login::Tiktok), Kind::Video, "clip.mp4", CLIP),
        };
        let account = connect(&app, workspace, login, &grant, begin());
        let media = store(&app, workspace, file, bytes);
        for post in 0..POSTS {
            schedule(&app, workspace, account, kind, media, Schedule::At(due(n, post)));
        }
        planned.insert(grant.remote_id, n);
    }
    planned
}

/// Runs the engine's process and lets the simulator's clock follow it; what it says of itself at its end.
fn run_engine(place: &Place) -> String {
    let log = fs::File::create(place.dir.path().join("log")).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.env(ENGINE, &place.config).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut answers = child.stdin.take().unwrap();
    let mut end = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        match line.parse().ok().and_then(DateTime::from_timestamp_millis) {
            Some(moment) => {
                place.simulator.clock().set(moment);
                answers.write_all(b"\n").unwrap();
            }
            None => end = line,
        }
    }
    assert!(child.wait().unwrap().success(), "the engine failed: {}", fs::read_to_string(place.dir.path().join("log")).unwrap());
    end
}

/// The engine's process.
pub fn engine(config: &Path) {
    let clock = Clock::manual(begin());
    let app = Arc::new(open(config, clock.clone()));
    let server = Server::bind(Arc::clone(&app)).unwrap();
    let stopper = server.stopper();
    let serving = thread::spawn(move || server.run().unwrap());
    let publisher = Publisher::start(app.engine(), app.publisher.clone(), &app.config.data_dir).unwrap();
    let (started, before) = (Instant::now(), cpu_seconds());
    let (mut from, mut since, mut looked) = (begin(), Instant::now(), Instant::now());
    loop {
        assert!(started.elapsed() < AT_MOST, "the hour did not end");
        let now = from + TimeDelta::from_std(since.elapsed()).unwrap();
        clock.set(now);
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            // What is under way keeps the time at which it was due until its outcome is stored.
            let next: Option<i64> = app.db.read(|db| db.query_row("SELECT min(next_at) FROM job WHERE next_at IS NOT NULL", [], |row| row.get(0))).unwrap();
            match next.and_then(DateTime::from_timestamp_millis) {
                None => break,
                Some(next) if next > now => {
                    jump(next);
                    (from, since) = (next, Instant::now());
                    clock.set(next);
                    app.publisher.wake();
                }
                Some(_) => {}
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    let (busy, cpu) = (started.elapsed(), cpu_seconds() - before);
    let states = app.db.read(job::count_by_state).unwrap();
    assert!(matches!(states.as_slice(), [(JobState::Published, _)]), "{states:?}");
    assert!(publisher.stop(), "the publisher stops");
    stopper.stop();
    serving.join().unwrap();
    println!("the engine's process: {cpu:.1} CPU seconds in {busy:.1?} that were not skipped, peak memory {:.1} MB", megabytes(memory("self", "VmHWM")));
}

/// Tells the simulator where its clock has to be, and waits until it is there.
fn jump(to: DateTime<Utc>) {
    println!("{}", to.timestamp_millis());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).unwrap();
}

/// Of this process, in user and system mode.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: u32 = fields.split(' ').skip(11).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / 100.0
}
