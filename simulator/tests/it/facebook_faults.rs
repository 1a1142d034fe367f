//! Every visible call of Pages, with every way in which its answer can be lost: what became visible is counted.

use chrono::TimeDelta;
use serde_json::json;
use simulator::{Fault, FaultKind, Grant, VISIBLE_CALLS};

use crate::{
    clips::{CLIP, Clip},
    support::{Reply, World, host, jpeg, world},
};

type Sent = Result<Reply, ureq::Error>;

/// A visible call: what is prepared for it, and the call itself.
struct Row(&'static str, fn(&World, &Grant) -> String, fn(&World, &Grant, &str) -> Sent);

fn nothing(_: &World, _: &Grant) -> String {
    String::new()
}

fn post(world: &World, page: &Grant, edge: &str, fields: &[(&str, &str)]) -> Sent {
    world.try_form(&world.graph(&format!("{}/{edge}", page.remote_id)), &page.access_token, fields)
}

fn soon(world: &World) -> String {
    (world.clock.now() + TimeDelta::minutes(20)).timestamp().to_string()
}

fn photo(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Sent {
    world.files(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, fields, &[("source", &jpeg(800, 800))])
}

fn text(world: &World, page: &Grant) -> String {
    post(world, page, "feed", &[("message", "x"), ("published", "false")]).unwrap().id()
}

fn uploaded(world: &World, page: &Grant, edge: &str) -> String {
    let begun = post(world, page, edge, &[("upload_phase", "start")]).unwrap().json();
    let oauth = format!("OAuth {}", page.access_token);
    let headers = [("authorization", oauth.as_str()), ("offset", "0"), ("file_size", "3000")];
    world.send("POST", begun["upload_url"].as_str().unwrap(), &headers, &CLIP.bytes(3_000)).unwrap();
    begun["video_id"].as_str().unwrap().to_owned()
}

fn wide() -> Vec<u8> {
    Clip { width: 1280, height: 720, ..CLIP }.bytes(3_000)
}

fn chunked(world: &World, page: &Grant) -> String {
    let begun = post(world, page, "videos", &[("upload_phase", "start"), ("file_size", "3000")]).unwrap().json();
    let session = begun["upload_session_id"].as_str().unwrap().to_owned();
    let fields = [("upload_phase", "transfer"), ("upload_session_id", session.as_str()), ("start_offset", "0")];
    let url = world.graph(&format!("{}/videos", page.remote_id));
    world.files(&url, &page.access_token, &fields, &[("video_file_chunk", &wide())]).unwrap();
    session
}

fn hidden_video(world: &World, page: &Grant) -> String {
    let site = host(vec![("/a.mp4", "video/mp4", wide())]);
    post(world, page, "videos", &[("file_url", &format!("{}/a.mp4", site.url)), ("published", "false")]).unwrap().id()
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("facebook.feed", nothing, |w, p, _| post(w, p, "feed", &[("message", "x")])),
    Row("facebook.feed_schedule", nothing, |w, p, _| post(w, p, "feed", &[("message", "x"), ("published", "false"), ("scheduled_publish_time", &soon(w))])),
    Row("facebook.photo_publish", nothing, |w, p, _| photo(w, p, &[("caption", "x")])),
    Row("facebook.photo_schedule", nothing, |w, p, _| photo(w, p, &[("published", "false"), ("scheduled_publish_time", &soon(w))])),
    Row("facebook.post_set_published", text, |w, p, id| w.try_form(&w.graph(id), &p.access_token, &[("is_published", "true")])),
    Row("facebook.video_publish", nothing, |w, p, _|
        w.files(&w.graph(&format!("{}/videos", p.remote_id)), &p.access_token, &[("description", "x")], &[("source", &wide())])),
    Row("facebook.video_finish", chunked, |w, p, id| post(w, p, "videos", &[("upload_phase", "finish"), ("upload_session_id", id)])),
    Row("facebook.video_set_published", hidden_video, |w, p, id| w.try_form(&w.graph(id), &p.access_token, &[("published", "true")])),
    Row("facebook.reel_finish", |w, p| uploaded(w, p, "video_reels"), |w, p, id|
        post(w, p, "video_reels", &[("upload_phase", "finish"), ("video_id", id), ("video_state", "PUBLISHED")])),
    Row("facebook.photo_story", |w, p| photo(w, p, &[("published", "false")]).unwrap().id(), |w, p, id| post(w, p, "photo_stories", &[("photo_id", id)])),
    Row("facebook.story_finish", |w, p| uploaded(w, p, "video_stories"), |w, p, id|
        post(w, p, "video_stories", &[("upload_phase", "finish"), ("video_id", id)])),
    Row("facebook.comment", |w, p| post(w, p, "feed", &[("message", "x")]).unwrap().id(), |w, p, id|
        w.try_form(&w.graph(&format!("{id}/comments")), &p.access_token, &[("message", "first")])),
];

/// Each fault, and whether the call acts.
fn faults() -> Vec<(FaultKind, bool)> {
    vec![
        (FaultKind::ActThenDrop, true),
        (FaultKind::ActThenEmpty200, true),
        (FaultKind::act_then_graph(2, None), true),
        (FaultKind::act_then_graph(1, Some(99)), true),
        (FaultKind::ActThenStatus { status: 502, body: "<html>Bad gateway</html>".into() }, true),
        (FaultKind::DelayAnswer(std::time::Duration::from_millis(5)), true),
        (FaultKind::DropBefore, false),
        (FaultKind::graph(2, None), false),
        (FaultKind::graph(368, Some(1_390_008)), false),
        (FaultKind::Answer { status: 503, body: String::new() }, false),
    ]
}

/// Posts, and the comments under them.
fn visible(world: &World) -> usize {
    world.seconds(1_800);
    world.sim.posts().iter().map(|post| 1 + post.comments.len()).sum()
}

#[test]
fn every_visible_call_is_here() {
    let rows: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
    let wanted: Vec<&str> = VISIBLE_CALLS.iter().copied().filter(|name| name.starts_with("facebook.")).collect();
    assert_eq!(rows, wanted);
}

#[test]
fn a_lost_answer_leaves_one_post_and_a_refused_call_none() {
    for Row(name, prepare, send) in ROWS {
        for (kind, acts) in faults() {
            let world = world();
            let page = world.sim.add_page("Faulty");
            let prepared = prepare(&world, &page);
            let before = world.sim.posts().len();
            world.sim.fault(Fault::next(name, kind.clone()));
            let answer = send(&world, &page, &prepared);
            assert_eq!(world.sim.calls().last().map(|call| call.name), Some(*name));
            let clear = answer.is_ok_and(|reply| reply.status == 200 && !reply.text.is_empty());
            assert_eq!(clear, matches!(kind, FaultKind::DelayAnswer(_)), "{name} {kind:?}");
            let expected = if acts { before + 1 } else { before };
            assert_eq!(visible(&world), expected, "{name} {kind:?}");
        }
    }
}

#[test]
fn errors_of_faults_have_graphs_own_envelope() {
    let world = world();
    let page = world.sim.add_page("Envelopes");
    for (kind, expected) in [
        (FaultKind::graph(2, None), (500, 2, 0, true)),
        (FaultKind::act_then_graph(1, Some(99)), (400, 1, 99, true)),
        (FaultKind::graph(368, Some(1_404_006)), (403, 368, 1_404_006, false)),
        (FaultKind::graph(190, Some(460)), (401, 190, 460, false)),
    ] {
        world.sim.fault(Fault::next("facebook.feed", kind));
        let reply = post(&world, &page, "feed", &[("message", "x")]).unwrap();
        let (code, subcode) = reply.graph();
        assert_eq!((reply.status, code, subcode, reply.json()["error"]["is_transient"] == true), expected);
    }
    let begun = post(&world, &page, "video_reels", &[("upload_phase", "start")]).unwrap().json();
    world.sim.fault(Fault::next("facebook.reel_upload", FaultKind::rupload(500, "ProcessingFailedError", true)));
    let oauth = format!("OAuth {}", page.access_token);
    let headers = [("authorization", oauth.as_str()), ("offset", "0"), ("file_size", "3000")];
    let reply = world.send("POST", begun["upload_url"].as_str().unwrap(), &headers, &CLIP.bytes(3_000)).unwrap();
    assert_eq!(
        (reply.status, reply.json()["debug_info"].clone()),
        (500, json!({"retriable": true, "type": "ProcessingFailedError", "message": "Request processing failed"}))
    );
}
