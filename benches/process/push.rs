//! How fast a large file goes out through the publisher, held against `curl -T` of the same file into the same sink.
//!
//! The sink is the simulator, which hashes every byte; its own clock is read, from the arrival of the first request to the last byte of the last one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::Utc;
use pm3k::actions::posts::Schedule;
use pm3k::ids::AccountId;
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::media;
use serde_json::Value;
use simulator::{Call, Grant};

use crate::place::{LargeClip, Place, connect, schedule, store};
use crate::{megabytes, verdict, wait_until};

const SIZE: u64 = 2_000_000_000;
const ROUNDS: usize = 5;

pub fn push() {
    let place = Place::new();
    let (app, workspace) = place.open();
    let (maker, page) = (place.simulator.add_tiktok_user("push"), place.simulator.add_page("push"));
    let tiktok = connect(&app, workspace, (Platform::Tiktok, Login::Tiktok), &maker, Utc::now());
    let facebook = connect(&app, workspace, (Platform::Facebook, Login::Facebook), &page, Utc::now());
    let id = store(&app, workspace, "large.mp4", LargeClip::new(SIZE));
    let row = app.db.read(|db| media::get(db, id)).unwrap().unwrap();
    let file = app.store.root().join(row.stored_name.unwrap());
    // A draft needs the file to the end, so that publishing does not clear it.
    schedule(&app, workspace, facebook, Kind::Reel, id, Schedule::Draft);
    let server = place.serve();
    server.ready();
    let publish = |account: AccountId, kind: Kind, uploads: &[&str]| {
        let (calls, posts) = (place.simulator.calls().len(), place.simulator.posts().len());
        schedule(&app, workspace, account, kind, id, Schedule::Now);
        wait_until("the push", Duration::from_secs(300), || place.simulator.posts().len() > posts);
        took(&place.simulator.calls()[calls..], uploads)
    };
    let (mut bare, mut chunks, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(curl(&place, &page, &file));
        chunks.push(publish(tiktok, Kind::Video, &["tiktok.upload", "tiktok.upload_last"]));
        whole.push(publish(facebook, Kind::Reel, &["facebook.reel_upload"]));
    }
    let bare = median(bare);
    println!("2.0 GB by curl -T in one request: {} (median of {ROUNDS}, taken in turn with the others)", rate(bare));
    for (what, time) in [("to TikTok in 200 chunks", median(chunks)), ("to a Page's reel in one request", median(whole))] {
        let ratio = bare.as_secs_f64() / time.as_secs_f64();
        println!("2.0 GB through the publisher {what}: {}, {ratio:.2} of curl (goal: at least 0.9, {})", rate(time), verdict(ratio >= 0.9));
    }
}

/// From the arrival of the first of these calls to the last byte of the last one.
fn took(calls: &[Call], names: &[&str]) -> Duration {
    let uploads: Vec<&Call> = calls.iter().filter(|call| names.contains(&call.name)).collect();
    assert!(uploads.iter().all(|call| (200..300).contains(&call.status)), "{uploads:?}");
    let first = uploads.iter().map(|call| call.arrived).min().unwrap();
    uploads.iter().map(|call| call.last_byte).max().unwrap().duration_since(first).unwrap()
}

/// The same bytes into a reel's upload, by curl alone.
fn curl(place: &Place, page: &Grant, file: &Path) -> Duration {
    let start = format!("{}/v26.0/{}/video_reels", place.simulator.base_urls().facebook_graph_url, page.remote_id);
    let form = [("upload_phase", "start"), ("access_token", &page.access_token)];
    let answer = ureq::post(&start).send_form(form).unwrap().body_mut().read_to_string().unwrap();
    let begun: Value = serde_json::from_str(&answer).unwrap();
    let before = place.simulator.calls().len();
    let headers = [
        format!("Authorization: OAuth {}", page.access_token),
        "offset: 0".into(),
        format!("file_size: {SIZE}"),
        "Content-Type: application/octet-stream".into(),
    ];
    let mut command = Command::new("curl");
    // Without waiting for a word before the body, as the publisher does.
    command.args(["--silent", "--show-error", "--fail", "--output", "/dev/null", "--request", "POST", "--header", "Expect:", "--upload-file"]).arg(file);
    for header in &headers {
        command.args(["--header", header]);
    }
    assert!(command.arg(begun["upload_url"].as_str().unwrap()).status().unwrap().success(), "curl failed");
    took(&place.simulator.calls()[before..], &["facebook.reel_upload"])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn rate(time: Duration) -> String {
    format!("{:.0} MB/s ({time:.2?})", megabytes(SIZE) / time.as_secs_f64())
}
