//! Reels: start, upload, finish, status.

use serde_json::{Value, json};
use simulator::Grant;

use crate::{
    clips::{CLIP, Clip},
    support::{Reply, World, host, sha256, video, world},
};

fn reels(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{}/video_reels", page.remote_id)), &page.access_token, fields)
}

fn start(world: &World, page: &Grant) -> (String, String) {
    let reply = reels(world, page, &[("upload_phase", "start")]).json();
    (reply["video_id"].as_str().unwrap().to_owned(), reply["upload_url"].as_str().unwrap().to_owned())
}

fn upload(world: &World, url: &str, authorization: &str, offset: &str, size: usize, bytes: &[u8]) -> Reply {
    let size = size.to_string();
    let headers = [("authorization", authorization), ("offset", offset), ("file_size", size.as_str()), ("content-type", "application/octet-stream")];
    world.send("POST", url, &headers, bytes).unwrap()
}

fn oauth(page: &Grant) -> String {
    format!("OAuth {}", page.access_token)
}

fn finish(world: &World, page: &Grant, id: &str) -> Reply {
    let fields = [("upload_phase", "finish"), ("video_id", id), ("video_state", "PUBLISHED"), ("description", "look #reel")];
    reels(world, page, &fields)
}

fn status(world: &World, page: &Grant, id: &str) -> Value {
    world.get(&world.graph(&format!("{id}?fields=status,post_id,permalink_url,published")), &page.access_token).json()
}

fn debug_type(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["debug_info"]["type"].as_str().unwrap_or("").to_owned())
}

#[test]
fn a_reel_is_published_when_processing_and_finish_are_done() {
    let world = world();
    let page = world.sim.add_page("Reels");
    let (id, url) = start(&world, &page);
    assert!(url.contains("/video-upload/v26.0/"));
    let bytes = video(200_000);
    assert_eq!(upload(&world, &url, &oauth(&page), "0", bytes.len(), &bytes).json(), json!({"success": true}));
    assert_eq!(status(&world, &page, &id)["status"]["video_status"], "processing");
    assert_eq!(finish(&world, &page, &id).json(), json!({"success": true}));
    assert_eq!(status(&world, &page, &id)["status"]["publishing_phase"]["status"], "in_progress");
    assert!(world.sim.posts().is_empty());
    world.seconds(2);
    let seen = status(&world, &page, &id);
    assert_eq!((seen["status"]["video_status"].clone(), seen["status"]["publishing_phase"]["publish_status"].clone()), (json!("ready"), json!("published")));
    assert_eq!(seen["published"], true);
    let posts = world.sim.posts();
    assert_eq!((posts[0].kind, posts[0].remote_id.as_str(), posts[0].at), ("reel", id.as_str(), world.clock.now()));
    assert_eq!(seen["permalink_url"], posts[0].permalink);
    let list = world.get(&world.graph(&format!("{}/video_reels", page.remote_id)), &page.access_token).json();
    assert_eq!(list["data"][0]["id"], json!(id));
    let feed = world.get(&world.graph(&format!("{}/published_posts", page.remote_id)), &page.access_token).json();
    assert_eq!(feed["data"], json!([]));
    world.all_documented();
}

#[test]
fn a_staged_reel_goes_live_at_finish() {
    let world = world();
    let page = world.sim.add_page("Staged");
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 2_000, &video(2_000));
    world.seconds(600);
    assert_eq!(status(&world, &page, &id)["status"]["publishing_phase"]["status"], "not_started");
    finish(&world, &page, &id);
    assert_eq!(world.sim.posts()[0].at, world.clock.now());
    assert_eq!(finish(&world, &page, &id).graph().0, 100);
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.set(|settings| settings.republishing_makes_another = true);
    assert_eq!(finish(&world, &page, &id).status, 200);
    assert_eq!(world.sim.posts().len(), 2);
}

#[test]
fn an_upload_resumes_where_it_stopped() {
    let world = world();
    let page = world.sim.add_page("Resume");
    let bytes = video(300_000);
    let (id, url) = start(&world, &page);
    let partial = upload(&world, &url, &oauth(&page), "0", bytes.len(), &bytes[..100_000]);
    assert_eq!(debug_type(&partial), (400, "PartialRequestError".into()));
    assert_eq!(status(&world, &page, &id)["status"]["uploading_phase"]["bytes_transfered"], 100_000);
    assert_eq!(finish(&world, &page, &id).graph().0, 6_000);
    assert_eq!(debug_type(&upload(&world, &url, &oauth(&page), "0", bytes.len(), &bytes)), (400, "OffsetInvalidError".into()));
    assert_eq!(upload(&world, &url, &oauth(&page), "100000", bytes.len(), &bytes[100_000..]).status, 200);
    finish(&world, &page, &id);
    let (other, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", bytes.len(), &bytes);
    finish(&world, &page, &other);
    world.seconds(2);
    let posts = world.sim.posts();
    assert_eq!(posts[0].media_sha256, posts[1].media_sha256);
}

#[test]
fn the_upload_host_wants_its_headers() {
    let world = world();
    let (page, other) = (world.sim.add_page("Headers"), world.sim.add_page("Stranger"));
    let (_, url) = start(&world, &page);
    let bytes = video(2_000);
    let send = |authorization: &str, offset: &str| debug_type(&upload(&world, &url, authorization, offset, 2_000, &bytes));
    assert_eq!(send(&format!("Bearer {}", page.access_token), "0"), (400, "ProcessingFailedError".into()));
    assert_eq!(send(&oauth(&other), "0"), (400, "ProcessingFailedError".into()));
    assert_eq!(send(&oauth(&page), "zero"), (400, "ParameterValidationError".into()));
    assert_eq!(send(&oauth(&page), "5"), (400, "OffsetInvalidError".into()));
    let too_much = upload(&world, &url, &oauth(&page), "0", 500, &bytes);
    assert_eq!(debug_type(&too_much), (400, "PartialRequestError".into()));
}

#[test]
fn what_is_no_video_ends_in_a_phase_error() {
    let world = world();
    let page = world.sim.add_page("Wrong");
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 500, &[1; 500]);
    finish(&world, &page, &id);
    world.seconds(2);
    let seen = status(&world, &page, &id);
    assert_eq!(seen["status"]["video_status"], "error");
    assert!(seen["status"]["processing_phase"]["errors"][0]["message"].is_string());
    assert!(world.sim.posts().is_empty());
}

#[test]
fn thirty_reels_fill_a_day() {
    let world = world();
    let page = world.sim.add_page("Thirty");
    let codes: Vec<i64> = (0..31)
        .map(|_| {
            let (id, url) = start(&world, &page);
            upload(&world, &url, &oauth(&page), "0", 2_000, &video(2_000));
            finish(&world, &page, &id).graph().0
        })
        .collect();
    assert_eq!((codes[29], codes[30]), (0, 80_001));
}

#[test]
fn the_status_of_a_fresh_reel_may_lag_behind() {
    let world = world();
    let page = world.sim.add_page("Lagging");
    world.sim.set(|settings| settings.read_lag = std::time::Duration::from_secs(10));
    let (video_id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 2_000, &video(2_000));
    world.seconds(60);
    finish(&world, &page, &video_id);
    assert_eq!(status(&world, &page, &video_id)["status"]["publishing_phase"]["status"], "not_started");
    world.seconds(10);
    assert_eq!(status(&world, &page, &video_id)["status"]["publishing_phase"]["publish_status"], "published");
}

#[test]
fn the_bytes_may_be_fetched_from_an_address_that_robots_are_allowed_to() {
    let world = world();
    let page = world.sim.add_page("Fetched");
    let bytes = video(30_000);
    let robots = b"User-agent: *\nDisallow: /\n\nUser-agent: facebookexternalhit\nDisallow: /private/\n".to_vec();
    let files = vec![("/robots.txt", "text/plain", robots), ("/a.mp4", "video/mp4", bytes.clone()), ("/private/a.mp4", "video/mp4", bytes.clone())];
    let site = host(files);
    let oauth = oauth(&page);
    let fetch = |url: &str, path: &str| {
        let file = format!("{}{path}", site.url);
        world.send("POST", url, &[("authorization", oauth.as_str()), ("file_url", file.as_str())], &[]).unwrap()
    };
    let (id, url) = start(&world, &page);
    assert_eq!(debug_type(&fetch(&url, "/private/a.mp4")), (400, "ProcessingFailedError".into()));
    assert_eq!(debug_type(&fetch(&url, "/missing.mp4")), (400, "ProcessingFailedError".into()));
    assert_eq!(finish(&world, &page, &id).graph().0, 6_000);
    assert_eq!(fetch(&url, "/a.mp4").json(), json!({"success": true}));
    finish(&world, &page, &id);
    world.seconds(2);
    assert_eq!(world.sim.posts()[0].media_sha256, [sha256(&bytes)]);
    let agents = site.agents.lock().unwrap();
    assert!(agents.iter().all(|agent| agent.starts_with("facebookexternalhit/1.1 (+http")));
    world.all_documented();
}

#[test]
fn a_draft_is_public_when_it_is_finished_again() {
    let world = world();
    let page = world.sim.add_page("Draft");
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 3_000, &video(3_000));
    let draft = [("upload_phase", "finish"), ("video_id", id.as_str()), ("video_state", "DRAFT")];
    assert_eq!(reels(&world, &page, &draft).status, 200);
    world.seconds(10);
    assert_eq!(status(&world, &page, &id)["status"]["publishing_phase"]["publish_status"], "draft");
    assert!(world.sim.posts().is_empty());
    assert_eq!(finish(&world, &page, &id).status, 200);
    assert_eq!(world.sim.posts().len(), 1);
    assert_eq!(world.delete(&world.graph(&id), &page.access_token).json(), json!({"success": true}));
    assert!(world.sim.posts().is_empty());
}

#[test]
fn a_scheduled_reel_comes_out_at_its_time() {
    let world = world();
    let page = world.sim.add_page("Later");
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 3_000, &video(3_000));
    let at = (world.clock.now() + chrono::TimeDelta::minutes(30)).timestamp().to_string();
    let fields = [("upload_phase", "finish"), ("video_id", id.as_str()), ("video_state", "SCHEDULED"), ("scheduled_publish_time", at.as_str())];
    assert_eq!(reels(&world, &page, &fields).status, 200);
    world.seconds(1_799);
    let seen = status(&world, &page, &id);
    assert_eq!((seen["published"].clone(), seen["status"]["publishing_phase"]["publish_status"].clone()), (json!(false), json!("scheduled")));
    assert!(world.sim.posts().is_empty());
    world.seconds(1);
    assert_eq!(world.sim.posts()[0].at.timestamp().to_string(), at);
}

#[test]
fn words_addresses_and_errors_come_in_their_other_forms() {
    let world = world();
    let page = world.sim.add_page("Other forms");
    world.sim.set(|settings| {
        settings.phases_say_completed = true;
        settings.facebook.upload_url_without_version = true;
        settings.facebook.spec_errors = simulator::SpecErrors::QuietPhase;
    });
    let (id, url) = start(&world, &page);
    assert!(url.ends_with(&format!("/video-upload/{id}")), "{url}");
    upload(&world, &url, &oauth(&page), "0", 3_000, &Clip { milliseconds: 100_000, ..CLIP }.bytes(3_000));
    finish(&world, &page, &id);
    world.seconds(2);
    let seen = status(&world, &page, &id)["status"].clone();
    assert_eq!((seen["video_status"].clone(), seen["uploading_phase"]["status"].clone()), (json!("processing"), json!("completed")));
    assert_eq!(seen["processing_phase"]["status"], "not_started");
    assert!(seen["processing_phase"]["error"]["message"].is_string());
    world.sim.set(|settings| settings.facebook.processing_fails = Some(2_069_019));
    world.sim.set(|settings| settings.facebook.spec_errors = simulator::SpecErrors::Phase);
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 3_000, &video(3_000));
    world.seconds(2);
    assert_eq!(status(&world, &page, &id)["status"]["processing_phase"]["errors"][0]["code"], 2_069_019);
    world.all_documented();
}

#[test]
fn a_session_that_nobody_finishes_expires() {
    let world = world();
    let page = world.sim.add_page("Expired");
    let (id, url) = start(&world, &page);
    world.seconds(86_400);
    assert_eq!(status(&world, &page, &id)["status"]["video_status"], "expired");
    assert_eq!(debug_type(&upload(&world, &url, &oauth(&page), "0", 3_000, &video(3_000))), (400, "ProcessingFailedError".into()));
}

#[test]
fn the_reels_of_a_day_are_counted_in_a_moving_window() {
    let world = world();
    let page = world.sim.add_page("Window");
    let publish = || {
        let (id, url) = start(&world, &page);
        upload(&world, &url, &oauth(&page), "0", 2_000, &video(2_000));
        finish(&world, &page, &id).graph().0
    };
    assert_eq!(publish(), 0);
    world.seconds(3_600);
    assert!((0..29).all(|_| publish() == 0));
    assert_eq!(publish(), 80_001);
    world.seconds(86_400 - 3_600);
    // The first one is a day old, the others are not.
    assert_eq!((publish(), publish()), (0, 80_001));
}
