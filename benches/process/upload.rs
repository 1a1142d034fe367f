//! What a file as large as TikTok takes costs in memory, on its way in and out.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pm3k::actions::posts::Schedule;
use pm3k::actions::{self, Actor};
use pm3k::kind::{Kind, Login, Platform};

use crate::place::{LargeClip, Place, connect, schedule};
use crate::{megabytes, verdict, wait_until};

const LARGE: u64 = 4_000_000_000;

/// Growth of resident memory while 4 GB come in through the API and go out to TikTok.
pub fn upload() {
    let place = Place::new();
    let (app, workspace) = place.open();
    let tiktok = connect(&app, workspace, (Platform::Tiktok, Login::Tiktok), &place.simulator.add_tiktok_user("large"), Utc::now());
    let (_, key) = actions::api_keys::create(&app, Actor::Cli, workspace, "bench", &[], None, Utc::now()).unwrap();
    let server = place.serve();
    server.ready();
    std::thread::sleep(Duration::from_secs(3));
    let idle = server.memory("VmRSS");

    server.reset_peak();
    let begun = Instant::now();
    let mut clip = LargeClip::new(LARGE);
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
    schedule(&app, workspace, tiktok, Kind::Video, media, Schedule::At(Utc::now() + TimeDelta::seconds(5)));
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
