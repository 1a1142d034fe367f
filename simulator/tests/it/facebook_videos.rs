//! `/videos` in all its ways, its status, its updates and covers.

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, Grant};

use crate::{
    clips::{CLIP, Clip},
    support::{Reply, World, host, jpeg, world},
};

/// What `/videos` publishes: wide.
const WIDE: Clip = Clip { width: 1280, height: 720, ..CLIP };

fn videos(world: &World, page: &Grant) -> String {
    format!("{}/v26.0/{}/videos", world.urls.facebook_video_url, page.remote_id)
}

fn send(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(&videos(world, page), &page.access_token, fields)
}

fn status(world: &World, page: &Grant, id: &str) -> Value {
    world.get(&world.graph(&format!("{id}?fields=status,published,permalink_url,post_id,description,title")), &page.access_token).json()
}

fn transfer(world: &World, page: &Grant, session: &str, start: &str, bytes: &[u8]) -> Reply {
    let fields = [("upload_phase", "transfer"), ("upload_session_id", session), ("start_offset", start)];
    world.files(&videos(world, page), &page.access_token, &fields, &[("video_file_chunk", bytes)]).unwrap()
}

#[test]
fn chunks_become_a_video_whose_id_is_known_from_the_start() {
    let world = world();
    world.sim.set(|settings| settings.facebook.video_chunk = 40_000);
    let page = world.sim.add_page("Chunks");
    let bytes = WIDE.bytes(100_000);
    let begun = send(&world, &page, &[("upload_phase", "start"), ("file_size", "100000")]).json();
    assert_eq!((begun["start_offset"].clone(), begun["end_offset"].clone()), (json!("0"), json!("40000")));
    let (id, session) = (begun["video_id"].as_str().unwrap(), begun["upload_session_id"].as_str().unwrap());
    let (mut start, mut end) = (0, 40_000);
    while start < end {
        let next = transfer(&world, &page, session, &start.to_string(), &bytes[start..end]).json();
        start = next["start_offset"].as_str().unwrap().parse().unwrap();
        end = next["end_offset"].as_str().unwrap().parse().unwrap();
    }
    assert_eq!((start, end), (100_000, 100_000));
    assert!(world.sim.posts().is_empty());
    let fields = [("upload_phase", "finish"), ("upload_session_id", session), ("title", "T"), ("description", "look")];
    let cover = jpeg(1280, 720);
    let done = world.files(&videos(&world, &page), &page.access_token, &fields, &[("thumb", &cover)]).unwrap();
    assert_eq!(done.json(), json!({"success": true}));
    assert_eq!(status(&world, &page, id)["status"]["video_status"], "processing");
    world.seconds(2);
    let seen = status(&world, &page, id);
    assert_eq!((seen["published"].clone(), seen["status"]["publishing_phase"]["publish_status"].clone()), (json!(true), json!("published")));
    let post = &world.sim.posts_of(&page.remote_id)[0];
    assert_eq!((post.kind, post.caption.as_str(), post.remote_id.as_str(), post.details["title"].as_str()), ("video", "look", id, "T"));
    assert_eq!(post.media_sha256, [crate::support::sha256(&bytes)]);
    assert_eq!(post.details["cover_sha256"], crate::support::sha256(&cover));
    let list = world.get(&world.graph(&format!("{}/videos?fields=id,description,created_time", page.remote_id)), &page.access_token).json();
    assert_eq!(list["data"][0]["id"], id);
    // It is among the posts, by a post id of its own, and can be read and commented on by both.
    let posts = world.get(&world.graph(&format!("{}/published_posts?fields=id,message,attachments", page.remote_id)), &page.access_token).json();
    let found = &posts["data"][0];
    assert_eq!((found["id"].clone(), found["message"].clone()), (seen["post_id"].clone(), json!("look")));
    assert_eq!(found["attachments"]["data"][0]["target"]["id"], id);
    let post_id = seen["post_id"].as_str().unwrap();
    for object in [post_id, id] {
        assert_eq!(world.form(&world.graph(&format!("{object}/comments")), &page.access_token, &[("message", object)]).status, 200);
    }
    assert_eq!(world.sim.posts()[0].comments.len(), 2);
    world.all_documented();
}

#[test]
fn a_wrong_offset_is_told_the_right_one() {
    let world = world();
    world.sim.set(|settings| settings.facebook.video_chunk = 40_000);
    let page = world.sim.add_page("Offsets");
    let bytes = WIDE.bytes(60_000);
    let begun = send(&world, &page, &[("upload_phase", "start"), ("file_size", "60000")]).json();
    let session = begun["upload_session_id"].as_str().unwrap();
    assert_eq!(transfer(&world, &page, session, "0", &bytes[..40_000]).status, 200);
    for (start, piece) in [("0", &bytes[..40_000]), ("50000", &bytes[50_000..]), ("40000", &bytes[40_000..59_000])] {
        let reply = transfer(&world, &page, session, start, piece);
        assert_eq!(reply.graph(), (6_001, 1_363_037), "{start}");
        assert_eq!(reply.json()["error"]["error_data"], json!({"start_offset": "40000", "end_offset": "60000"}));
    }
    let early = send(&world, &page, &[("upload_phase", "finish"), ("upload_session_id", session)]);
    assert_eq!(early.graph().0, 6_000);
    // A chunk that breaks off is not kept; sent again, it is.
    world.sim.fault(Fault::next("facebook.video_transfer", FaultKind::BreakBody { after: 5_000 }));
    let fields = [("upload_phase", "transfer"), ("upload_session_id", session), ("start_offset", "40000")];
    assert!(world.files(&videos(&world, &page), &page.access_token, &fields, &[("video_file_chunk", &bytes[40_000..])]).is_err());
    assert_eq!(transfer(&world, &page, session, "40000", &bytes[40_000..]).json(), json!({"start_offset": "60000", "end_offset": "60000"}));
}

#[test]
fn a_session_can_be_cancelled_and_ends_after_a_day() {
    let world = world();
    let page = world.sim.add_page("Sessions");
    let start = || send(&world, &page, &[("upload_phase", "start"), ("file_size", "60000")]).json();
    let first = start();
    let session = first["upload_session_id"].as_str().unwrap();
    let cancel = |session: &str| send(&world, &page, &[("upload_phase", "cancel"), ("upload_session_id", session)]);
    assert_eq!(cancel(session).json(), json!({"success": true}));
    assert_eq!(cancel(session).graph().0, 100);
    let second = start();
    world.seconds(86_400);
    let session = second["upload_session_id"].as_str().unwrap();
    assert_eq!(transfer(&world, &page, session, "0", &WIDE.bytes(60_000)).graph().0, 6_000);
    assert_eq!(status(&world, &page, second["video_id"].as_str().unwrap())["status"]["video_status"], "expired");
    world.all_documented();
}

#[test]
fn one_call_publishes_bytes_or_an_address() {
    let world = world();
    let page = world.sim.add_page("Whole");
    // Larger than what lies in memory.
    let bytes = WIDE.bytes(26_000_000);
    let reply = world.files(&videos(&world, &page), &page.access_token, &[("description", "bytes")], &[("source", &bytes)]).unwrap();
    assert!(!reply.id().is_empty());
    let small = WIDE.bytes(50_000);
    let site = host(vec![("/a.mp4", "video/mp4", small.clone())]);
    let reply = send(&world, &page, &[("file_url", &format!("{}/a.mp4", site.url)), ("description", "address")]);
    assert!(!reply.id().is_empty());
    world.seconds(2);
    let posts = world.sim.posts();
    let seen: Vec<_> = posts.iter().map(|post| (post.kind, post.caption.as_str(), post.media_sha256[0].clone())).collect();
    assert_eq!(seen, [("video", "bytes", crate::support::sha256(&bytes)), ("video", "address", crate::support::sha256(&small))]);
    assert_eq!(send(&world, &page, &[("file_url", &format!("{}/missing", site.url))]).graph().0, 389);
    world.all_documented();
}

#[test]
fn a_file_of_the_upload_api_becomes_a_video() {
    let world = world();
    let page = world.sim.add_page("Files");
    let user = page.user_token.clone().unwrap();
    let bytes = WIDE.bytes(90_000);
    let uploads = world.graph(&format!("{}/uploads?file_name=a.mp4&file_length=90000&file_type=video%2Fmp4", simulator::FACEBOOK_APP_ID));
    let session = world.form(&uploads, &user, &[]).id();
    assert!(session.starts_with("upload:"));
    let oauth = format!("OAuth {user}");
    let put = |offset: &str, piece: &[u8]| {
        let headers = [("authorization", oauth.as_str()), ("file_offset", offset), ("content-type", "application/octet-stream")];
        world.send("POST", &world.graph(&session), &headers, piece)
    };
    let offset = || world.send("GET", &world.graph(&session), &[("authorization", &oauth)], &[]).unwrap().json()["file_offset"].clone();
    world.sim.fault(Fault::next("facebook.file_upload", FaultKind::BreakBody { after: 30_000 }));
    assert!(put("0", &bytes).is_err());
    assert_eq!(offset(), 30_000);
    assert_eq!(put("0", &bytes).unwrap().graph().0, 100);
    let handle = put("30000", &bytes[30_000..]).unwrap().json()["h"].as_str().unwrap().to_owned();
    let id = send(&world, &page, &[("fbuploader_video_file_chunk", &handle), ("title", "From a file")]).id();
    world.seconds(2);
    let post = &world.sim.posts()[0];
    assert_eq!((post.remote_id.as_str(), post.media_sha256[0].clone()), (id.as_str(), crate::support::sha256(&bytes)));
    world.all_documented();
}

#[test]
fn an_unpublished_video_is_published_by_its_node() {
    let world = world();
    let page = world.sim.add_page("Node");
    let site = host(vec![("/a.mp4", "video/mp4", WIDE.bytes(50_000))]);
    let url = format!("{}/a.mp4", site.url);
    let id = send(&world, &page, &[("file_url", &url), ("published", "false"), ("description", "before")]).id();
    world.seconds(10);
    assert!(world.sim.posts().is_empty());
    assert_eq!(status(&world, &page, &id)["status"]["publishing_phase"]["publish_status"], "draft");
    let update = |fields: &[(&str, &str)]| world.form(&world.graph(&id), &page.access_token, fields);
    assert_eq!(update(&[("published", "true"), ("description", "after"), ("title", "T")]).json(), json!({"success": true}));
    let post = &world.sim.posts()[0];
    assert_eq!((post.caption.as_str(), post.at), ("after", world.clock.now()));
    assert_eq!(update(&[("published", "false")]).graph().0, 100);
    assert_eq!(world.delete(&world.graph(&id), &page.access_token).json(), json!({"success": true}));
    assert_eq!(world.delete(&world.graph(&id), &page.access_token).graph(), (100, 33));
    assert!(world.sim.posts().is_empty());
    let names: Vec<&str> = world.sim.calls().iter().map(|call| call.name).filter(|name| name.contains("video_")).collect();
    assert_eq!(names[..3], ["facebook.video_upload", "facebook.video_status", "facebook.video_set_published"]);
    world.all_documented();
}

#[test]
fn a_scheduled_video_comes_out_by_itself() {
    let world = world();
    let page = world.sim.add_page("Later");
    let site = host(vec![("/a.mp4", "video/mp4", WIDE.bytes(50_000))]);
    let at = (world.clock.now() + chrono::TimeDelta::hours(1)).timestamp().to_string();
    let fields = [("file_url", format!("{}/a.mp4", site.url)), ("published", "false".into()), ("scheduled_publish_time", at.clone())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let id = send(&world, &page, &fields).id();
    world.seconds(3_599);
    assert!(world.sim.posts().is_empty());
    let phase = status(&world, &page, &id)["status"]["publishing_phase"].clone();
    assert_eq!(phase, json!({"status": "complete", "publish_status": "scheduled", "publish_time": at.parse::<i64>().unwrap()}));
    world.seconds(1);
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn a_short_upright_video_stops_as_a_draft() {
    let world = world();
    let page = world.sim.add_page("Upright");
    let site = host(vec![("/a.mp4", "video/mp4", CLIP.bytes(50_000))]);
    let url = format!("{}/a.mp4", site.url);
    let id = send(&world, &page, &[("file_url", &url)]).id();
    world.seconds(2);
    let seen = status(&world, &page, &id);
    assert_eq!((seen["published"].clone(), seen["status"]["publishing_phase"]["publish_status"].clone()), (json!(false), json!("draft")));
    assert!(world.sim.posts().is_empty());
    world.sim.set(|settings| settings.facebook.upright_clips_stay_drafts = false);
    send(&world, &page, &[("file_url", &url)]);
    world.seconds(2);
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn links_may_be_relative_and_post_ids_late() {
    let world = world();
    let page = world.sim.add_page("Relative");
    world.sim.set(|settings| {
        settings.facebook.relative_permalinks = true;
        settings.facebook.post_id_after = std::time::Duration::from_secs(30);
    });
    let site = host(vec![("/a.mp4", "video/mp4", WIDE.bytes(50_000))]);
    let id = send(&world, &page, &[("file_url", &format!("{}/a.mp4", site.url))]).id();
    world.seconds(2);
    let seen = status(&world, &page, &id);
    assert_eq!((seen["permalink_url"].clone(), seen["post_id"].clone()), (json!(format!("/{}/videos/{id}/", page.remote_id)), Value::Null));
    world.seconds(30);
    assert!(status(&world, &page, &id)["post_id"].is_string());
}

#[test]
fn covers_are_kept_and_one_is_preferred() {
    let world = world();
    let page = world.sim.add_page("Covers");
    let begun = world.form(&world.graph(&format!("{}/video_reels", page.remote_id)), &page.access_token, &[("upload_phase", "start")]).json();
    let url = world.graph(&format!("{}/thumbnails", begun["video_id"].as_str().unwrap()));
    for _ in 0..2 {
        let reply = world.multipart(&url, &page.access_token, &[("is_preferred", "true")], Some(&jpeg(1080, 1920)));
        assert_eq!(reply.json(), json!({"success": true}));
    }
    assert_eq!(world.multipart(&url, &page.access_token, &[], Some(b"GIF89a")).graph().0, 324);
    let list = world.get(&format!("{url}?fields=is_preferred"), &page.access_token).json();
    let preferred: Vec<_> = list["data"].as_array().unwrap().iter().map(|cover| cover["is_preferred"].as_bool().unwrap()).collect();
    assert_eq!(preferred, [false, true]);
    world.all_documented();
}

#[test]
fn more_than_one_call_may_carry_is_refused_before_it_acts() {
    let world = world();
    let page = world.sim.add_page("Large");
    world.sim.set(|settings| settings.facebook.one_call_bytes = 40_000);
    let bytes = WIDE.bytes(50_000);
    let reply = world.files(&videos(&world, &page), &page.access_token, &[], &[("source", &bytes)]).unwrap();
    assert_eq!(reply.status, 413);
    assert!(reply.text.starts_with("<html>"));
    let site = host(vec![("/a.mp4", "video/mp4", bytes)]);
    assert_eq!(send(&world, &page, &[("file_url", &format!("{}/a.mp4", site.url))]).graph().0, 6_000);
    world.seconds(2);
    assert!(world.sim.posts().is_empty());
}

#[test]
fn a_video_that_is_too_long_or_too_narrow_fails_in_its_phase() {
    let world = world();
    let page = world.sim.add_page("Odd");
    for (clip, code) in [(Clip { milliseconds: 1_201_000, frames_per_second: 1, ..WIDE }, 1_363_128), (Clip { width: 2000, height: 500, ..WIDE }, 1_363_040)] {
        let site = host(vec![("/a.mp4", "video/mp4", clip.bytes(50_000))]);
        let id = send(&world, &page, &[("file_url", &format!("{}/a.mp4", site.url))]).id();
        world.seconds(2);
        assert_eq!(status(&world, &page, &id)["status"]["processing_phase"]["errors"][0]["code"], code);
    }
    assert!(world.sim.posts().is_empty());
}
