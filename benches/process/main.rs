//! Measurements of the real binary as a whole process, against the simulated platforms in this one: `cargo bench --bench process [-- NAME…]`.
//!
//! Every figure is printed with what it was measured from. Absolute times depend on the machine; where a goal is a ratio, both sides are measured
//! in the same run. `docs/benchmarks.md` holds a run and says which goals are met.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that cannot go on has failed; printing is what this is for")]

mod incoming;
mod lag;
mod picture;
mod place;
mod push;
mod scale;
mod upload;

use std::fs;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pm3k::actions::posts::Schedule;
use pm3k::kind::{Kind, Login, Platform};

use self::place::{Place, connect, photo, schedule};

const BINARY: &str = env!("CARGO_BIN_EXE_pm3k");
const MEASURES: &[(&str, fn())] = &[
    ("size", size),
    ("start", start),
    ("idle", idle),
    ("lag", lag::lag),
    ("upload", upload::upload),
    ("incoming", incoming::incoming),
    ("picture", picture::picture),
    ("push", push::push),
    ("scale", scale::scale),
];

fn main() {
    if let Some(config) = std::env::var_os(scale::ENGINE) {
        return scale::engine(config.as_ref());
    }
    if let Some(folder) = std::env::var_os(picture::PAINTER) {
        return picture::paint(folder.as_ref());
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            println!("\n== {name}");
            measure();
        }
    }
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
    let page = connect(&app, workspace, (Platform::Facebook, Login::Facebook), &place.simulator.add_page("idle"), Utc::now());
    for n in 0..100 {
        let media = photo(&app, workspace);
        schedule(&app, workspace, page, Kind::Photos, media, Schedule::At(Utc::now() + TimeDelta::days(1 + n)));
    }
    let server = place.serve();
    server.ready();
    std::thread::sleep(Duration::from_secs(10));
    let bytes = server.memory("VmRSS");
    println!("idle resident memory, 100 posts planned: {:.1} MB (goal: at most 20 MB, {})", megabytes(bytes), verdict(bytes <= 20_000_000));
}
