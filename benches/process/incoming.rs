//! How fast a file comes in, raw and in pieces, beside what the disk alone can do; and what eight at once cost in memory.

use std::io::Read;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use pm3k::actions::{self, Actor};

use crate::place::{LargeClip, Place};
use crate::{megabytes, verdict};

const LARGE: u64 = 2_000_000_000;
const ROUNDS: usize = 5;
/// As the compose form sends them.
const PIECE: u64 = 32 * 1024 * 1024;
const AT_ONCE: u64 = 8;

struct Client {
    agent: ureq::Agent,
    base: String,
    key: String,
}

impl Client {
    fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: Option<&mut dyn Read>) -> ureq::http::Response<ureq::Body> {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base)).header("authorization", format!("Bearer {}", self.key));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut none: &[u8] = &[];
        let answer = self.agent.run(request.body(ureq::SendBody::from_reader(body.unwrap_or(&mut none))).unwrap()).unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
        answer
    }

    /// The file in one request; the id of its media.
    fn raw(&self, bytes: u64) -> String {
        let headers = [("content-type", "video/mp4".into()), ("x-filename", "large.mp4".into()), ("content-length", bytes.to_string())];
        let answer = self.send("POST", "/api/v1/media", &headers, Some(&mut LargeClip::new(bytes))).into_body().read_to_string().unwrap();
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn tus(&self, bytes: u64, piece: u64) -> String {
        let version = ("tus-resumable", "1.0.0".to_owned());
        let begun = self.send("POST", "/api/v1/uploads", &[version.clone(), ("upload-length", bytes.to_string()), ("content-length", "0".into())], None);
        let location = begun.headers()["location"].to_str().unwrap().to_owned();
        let (mut clip, mut at) = (LargeClip::new(bytes), 0);
        loop {
            let length = piece.min(bytes - at);
            let kind = ("content-type", "application/offset+octet-stream".to_owned());
            let headers = [version.clone(), kind, ("upload-offset", at.to_string()), ("content-length", length.to_string())];
            let answer = self.send("PATCH", &location, &headers, Some(&mut (&mut clip).take(length)));
            at += length;
            if let Some(id) = answer.headers().get("media-id") {
                assert_eq!(at, bytes);
                return id.to_str().unwrap().to_owned();
            }
        }
    }

    fn forget(&self, media: &str) {
        self.send("DELETE", &format!("/api/v1/media/{media}"), &[("content-length", "0".into())], None);
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let made = work();
    (begun.elapsed(), made)
}

fn median(mut all: Vec<f64>) -> (f64, f64, f64) {
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[0], all[all.len() - 1])
}

pub fn incoming() {
    let place = Place::new();
    let (app, workspace) = place.open();
    let (_, key) = actions::api_keys::create(&app, Actor::Cli, workspace, "bench", &[], None, Utc::now()).unwrap();
    let server = place.serve();
    server.ready();
    let agent = ureq::Agent::config_builder().allow_non_standard_methods(true).build().new_agent();
    let client = Client { agent, base: format!("http://{}", place.address), key: key.expose().to_owned() };

    let alone = place.dir.path().join("dd");
    let dd = || {
        let out = format!("of={}", alone.display());
        let done = Command::new("dd")
            .args(["if=/dev/zero", &out, "bs=1M", "iflag=fullblock,count_bytes", &format!("count={LARGE}"), "conv=fsync", "status=none"])
            .status();
        assert!(done.unwrap().success());
    };
    let mut speeds: Vec<[f64; 4]> = Vec::new();
    // The first round warms up.
    for round in 0..=ROUNDS {
        let (dd, ()) = timed(dd);
        std::fs::remove_file(&alone).unwrap();
        let ways: [&dyn Fn() -> String; 3] = [&|| client.raw(LARGE), &|| client.tus(LARGE, PIECE), &|| client.tus(LARGE, LARGE)];
        let mut times = vec![dd];
        for way in ways {
            let (took, media) = timed(way);
            client.forget(&media);
            times.push(took);
        }
        let [dd, raw, pieces, one] = [0, 1, 2, 3].map(|n| megabytes(LARGE) / times[n].as_secs_f64());
        println!("round {round}: dd {dd:.0} MB/s, raw {raw:.0}, tus in pieces of 32 MiB {pieces:.0}, tus in one piece {one:.0}");
        if round > 0 {
            speeds.push([dd, raw, pieces, one]);
        }
    }
    for (n, name) in [(1, "raw"), (2, "tus in pieces of 32 MiB"), (3, "tus in one piece")] {
        let (ratio, least, most) = median(speeds.iter().map(|round| round[n] / round[0]).collect());
        let (speed, ..) = median(speeds.iter().map(|round| round[n]).collect());
        println!("2.0 GB {name}: {speed:.0} MB/s, {ratio:.2} of dd conv=fsync ({least:.2} to {most:.2}) (goal: at least 0.7, {})", verdict(ratio >= 0.7));
    }

    drop(server);
    for (name, piece) in [("raw", None), ("tus", Some(PIECE))] {
        // A server of its own for each way: what the allocator keeps of one must not count for the other.
        let server = place.serve();
        server.ready();
        thread::sleep(Duration::from_secs(3));
        let idle = server.memory("VmRSS");
        server.reset_peak();
        let media: Vec<String> = thread::scope(|scope| {
            let one = || piece.map_or_else(|| client.raw(LARGE / AT_ONCE), |piece| client.tus(LARGE / AT_ONCE, piece));
            let all: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|sender| sender.join().unwrap()).collect()
        });
        let growth = server.memory("VmHWM").saturating_sub(idle);
        media.iter().for_each(|media| client.forget(media));
        println!(
            "8 uploads of 250 MB at once, {name}: {:.1} MB above {:.1} MB before them (goal: at most 16 MB, {})",
            megabytes(growth),
            megabytes(idle),
            verdict(growth <= 16_000_000)
        );
    }
}
