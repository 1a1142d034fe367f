//! Faults, and what the simulator is beside the platforms.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;
use simulator::{CALLS, Fault, FaultKind, Options, Simulator, VISIBLE_CALLS};

use crate::support::{PUBLIC, World, video, world};

fn feed(world: &World, page: &simulator::Grant) -> Result<crate::support::Reply, ureq::Error> {
    world.try_form(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token, &[("message", "hello")])
}

#[test]
fn a_dropped_connection_has_not_a_byte_of_an_answer() {
    let world = world();
    world.sim.fault(Fault::next("facebook.me", FaultKind::DropBefore));
    let address = world.sim.url().replace("http://", "");
    let ask = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(b"GET /facebook/graph/v26.0/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(ask(), b"");
    assert!(ask().starts_with(b"HTTP/1.1 400"));
    let statuses: Vec<u16> = world.sim.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [0, 400]);
}

#[test]
fn acting_and_dropping_leaves_the_post() {
    let world = world();
    let page = world.sim.add_page("Faulty");
    world.sim.fault(Fault::next("facebook.feed", FaultKind::ActThenDrop));
    assert!(feed(&world, &page).is_err());
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.fault(Fault::next("facebook.feed", FaultKind::DropBefore));
    assert!(feed(&world, &page).is_err());
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn other_answers_with_and_without_the_act() {
    let world = world();
    let page = world.sim.add_page("Faulty");
    let body = json!({"error": {"message": "x", "type": "OAuthException", "code": 2, "fbtrace_id": "A"}}).to_string();
    world.sim.fault(Fault::next("facebook.feed", FaultKind::ActThenStatus { status: 500, body: body.clone() }));
    assert_eq!(feed(&world, &page).unwrap().graph().0, 2);
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.fault(Fault::next("facebook.feed", FaultKind::ActThenEmpty200));
    let empty = feed(&world, &page).unwrap();
    assert_eq!((empty.status, empty.text.as_str(), world.sim.posts().len()), (200, "", 2));
    world.sim.fault(Fault::next("facebook.feed", FaultKind::Answer { status: 500, body }));
    assert_eq!(feed(&world, &page).unwrap().status, 500);
    assert_eq!(world.sim.posts().len(), 2);
}

#[test]
fn faults_are_for_one_account_its_nth_call_and_can_be_cleared() {
    let world = world();
    let (one, other) = (world.sim.add_page("One"), world.sim.add_page("Other"));
    let kind = FaultKind::Answer { status: 503, body: String::new() };
    world.sim.fault(Fault { call: "facebook.feed".into(), account: Some(one.remote_id.clone()), nth: 2, times: 2, kind });
    let status = |page| feed(&world, page).unwrap().status;
    assert_eq!((status(&one), status(&other), status(&one), status(&other)), (200, 200, 503, 200));
    assert_eq!((status(&one), status(&one)), (503, 200));
    world.sim.fault(Fault::next("facebook.feed", FaultKind::DropBefore));
    world.sim.clear_faults();
    assert_eq!(status(&one), 200);
}

#[test]
fn delays_are_real_time() {
    let world = world();
    let page = world.sim.add_page("Slow");
    for kind in [FaultKind::Delay(Duration::from_millis(120)), FaultKind::DelayAnswer(Duration::from_millis(120))] {
        world.sim.fault(Fault::next("facebook.feed", kind));
        let begin = Instant::now();
        feed(&world, &page).unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(120));
    }
}

#[test]
fn a_broken_reel_upload_keeps_its_bytes() {
    let world = world();
    let page = world.sim.add_page("Broken");
    let reels = world.graph(&format!("{}/video_reels", page.remote_id));
    let begun = world.form(&reels, &page.access_token, &[("upload_phase", "start")]).json();
    let (id, url) = (begun["video_id"].as_str().unwrap(), begun["upload_url"].as_str().unwrap());
    let bytes = video(2_000_000);
    let oauth = format!("OAuth {}", page.access_token);
    let send = |offset: usize| {
        let offset_text = offset.to_string();
        let headers = [("authorization", oauth.as_str()), ("offset", offset_text.as_str()), ("file_size", "2000000")];
        world.send("POST", url, &headers, &bytes[offset..])
    };
    world.sim.fault(Fault::next("facebook.reel_upload", FaultKind::BreakBody { after: 700_000 }));
    assert!(send(0).is_err());
    let status = world.get(&world.graph(&format!("{id}?fields=status")), &page.access_token).json();
    assert_eq!(status["status"]["uploading_phase"]["bytes_transfered"], 700_000);
    assert_eq!(send(700_000).unwrap().status, 200);
}

#[test]
fn a_broken_chunk_is_not_kept_and_a_whole_one_is() {
    let world = world();
    let grant = world.sim.add_tiktok_user("broken");
    let init = format!("{}/v2/post/publish/inbox/video/init/", world.urls.tiktok_api_url);
    let body = json!({"source_info": {"source": "FILE_UPLOAD", "video_size": 100_000, "chunk_size": 100_000, "total_chunk_count": 1}});
    let data = world.json(&init, &grant.access_token, &body).json()["data"].clone();
    let put = || {
        let headers = [("content-type", "video/mp4"), ("content-range", "bytes 0-99999/100000"), ("content-length", "100000")];
        world.send("PUT", data["upload_url"].as_str().unwrap(), &headers, &video(100_000))
    };
    let uploaded = || {
        let url = format!("{}/v2/post/publish/status/fetch/", world.urls.tiktok_api_url);
        world.json(&url, &grant.access_token, &json!({"publish_id": data["publish_id"]})).json()["data"]["uploaded_bytes"].clone()
    };
    world.sim.fault(Fault::next("tiktok.upload_last", FaultKind::BreakBody { after: 50_000 }));
    assert!(put().is_err());
    assert_eq!(uploaded(), 0);
    world.sim.fault(Fault::next("tiktok.upload_last", FaultKind::ActThenDrop));
    assert!(put().is_err());
    assert_eq!(uploaded(), 100_000);
    world.seconds(2);
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn an_init_whose_answer_is_lost_makes_nothing_visible() {
    let world = world();
    let grant = world.sim.add_tiktok_user("lost");
    world.sim.fault(Fault::next("tiktok.inbox_init", FaultKind::ActThenDrop));
    let init = format!("{}/v2/post/publish/inbox/video/init/", world.urls.tiktok_api_url);
    let body = json!({"source_info": {"source": "FILE_UPLOAD", "video_size": 100, "chunk_size": 100, "total_chunk_count": 1}});
    assert!(world.try_json(&init, &grant.access_token, &body).is_err());
    world.seconds(86_400);
    assert!(world.sim.posts().is_empty());
}

#[test]
fn every_visible_call_has_a_row() {
    assert!(VISIBLE_CALLS.iter().all(|name| CALLS.iter().any(|row| row.0 == *name)));
}

#[test]
fn unknown_addresses_are_undocumented() {
    let world = world();
    assert_eq!(world.get(&format!("{}/v2/video/delete/", world.urls.tiktok_api_url), "").status, 404);
    let call = &world.sim.calls()[0];
    assert!(call.undocumented && call.name == "unknown");
}

#[test]
fn dropping_the_simulator_frees_its_port() {
    let first = Simulator::start(Options::default()).unwrap();
    let address = first.url().replace("http://", "");
    assert!(TcpStream::connect(&address).is_ok());
    drop(first);
    let again = Simulator::start(Options { listen: address.parse().unwrap(), ..Options::default() });
    assert_eq!(again.unwrap().url(), format!("http://{address}"));
}

#[test]
fn the_world_shows_itself() {
    let world = world();
    let page = world.sim.add_page("Shown <b>");
    feed(&world, &page).unwrap();
    let shown = world.get(&world.sim.url(), "").text;
    assert!(shown.contains("Shown &lt;b&gt;") && shown.contains("hello") && shown.contains("facebook.feed"));
    let config = world.sim.config_toml(PUBLIC);
    assert!(config.contains(&format!("api_url = \"{}/tiktok/api\"", world.sim.url())) && config.contains("audited = true"));
}
