//! Stories of Pages: photos, videos, the list.

use serde_json::{Value, json};
use simulator::Grant;

use crate::{
    clips::{CLIP, Clip},
    support::{Reply, World, jpeg, world},
};

fn send(world: &World, page: &Grant, edge: &str, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{}/{edge}", page.remote_id)), &page.access_token, fields)
}

fn photo(world: &World, page: &Grant) -> String {
    world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, &[("published", "false")], Some(&jpeg(1080, 1920))).id()
}

fn stories(world: &World, page: &Grant, query: &str) -> Value {
    world.get(&world.graph(&format!("{}/stories?{query}", page.remote_id)), &page.access_token).json()["data"].clone()
}

fn uploaded(world: &World, page: &Grant, clip: &Clip) -> String {
    let begun = send(world, page, "video_stories", &[("upload_phase", "start")]).json();
    let bytes = clip.bytes(20_000);
    let oauth = format!("OAuth {}", page.access_token);
    let headers = [("authorization", oauth.as_str()), ("offset", "0"), ("file_size", "20000"), ("content-type", "application/octet-stream")];
    let reply = world.send("POST", begun["upload_url"].as_str().unwrap(), &headers, &bytes).unwrap();
    assert_eq!(reply.json(), json!({"success": true}));
    begun["video_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_photo_is_a_story_for_a_day() {
    let world = world();
    let page = world.sim.add_page("Day");
    let id = photo(&world, &page);
    let reply = send(&world, &page, "photo_stories", &[("photo_id", &id)]).json();
    let post_id = reply["post_id"].as_u64().unwrap().to_string();
    let post = &world.sim.posts()[0];
    assert_eq!(
        (post.kind, post.remote_id.as_str(), post.media_sha256.clone()),
        ("photo_story", post_id.as_str(), vec![crate::support::sha256(&jpeg(1080, 1920))])
    );
    let found = stories(&world, &page, "status=%5BPUBLISHED%5D");
    let expected = json!({"post_id": post_id, "status": "PUBLISHED", "creation_time": world.clock.now().timestamp().to_string(),
        "media_type": "photo", "media_id": id, "url": post.permalink});
    assert_eq!(found, json!([expected]));
    assert_eq!(send(&world, &page, "photo_stories", &[("photo_id", &id)]).graph(), (100, 1_366_051));
    world.seconds(86_400);
    assert!(world.sim.posts().is_empty());
    assert_eq!(stories(&world, &page, ""), json!([]));
    world.sim.set(|settings| settings.facebook.story_archive = true);
    assert_eq!(stories(&world, &page, "")[0]["status"], "ARCHIVED");
    assert_eq!(stories(&world, &page, "status=%5B%22PUBLISHED%22%5D"), json!([]));
    world.all_documented();
}

#[test]
fn a_video_is_a_story_when_it_is_processed() {
    let world = world();
    let page = world.sim.add_page("Moving");
    let id = uploaded(&world, &page, &CLIP);
    let reply = send(&world, &page, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]).json();
    assert_eq!(reply["success"], true);
    assert!(world.sim.posts().is_empty());
    world.seconds(2);
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.remote_id.clone()), ("video_story", reply["post_id"].as_u64().unwrap().to_string()));
    assert_eq!(stories(&world, &page, "")[0]["media_id"], id);
    let again = send(&world, &page, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]);
    assert_eq!(again.graph().0, 100);
    world.sim.set(|settings| settings.republishing_makes_another = true);
    assert_eq!(send(&world, &page, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]).status, 200);
    assert_eq!(world.sim.posts().len(), 2);
    world.all_documented();
}

#[test]
fn a_story_of_more_than_a_minute_ends_in_a_phase_error() {
    let world = world();
    let page = world.sim.add_page("Long");
    let id = uploaded(&world, &page, &Clip { milliseconds: 61_000, ..CLIP });
    send(&world, &page, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]);
    world.seconds(2);
    let status = world.get(&world.graph(&format!("{id}?fields=status")), &page.access_token).json();
    assert_eq!(status["status"]["processing_phase"]["errors"][0]["code"], 1_363_128);
    assert!(world.sim.posts().is_empty());
}

#[test]
fn what_was_a_story_is_no_post_and_the_reverse() {
    let world = world();
    let page = world.sim.add_page("Once");
    let (story, posted) = (photo(&world, &page), photo(&world, &page));
    send(&world, &page, "photo_stories", &[("photo_id", &story)]);
    let media = json!([{"media_fbid": story}]).to_string();
    assert_eq!(send(&world, &page, "feed", &[("attached_media", &media)]).graph(), (100, 1_366_051));
    let media = json!([{"media_fbid": posted}]).to_string();
    assert_eq!(send(&world, &page, "feed", &[("attached_media", &media)]).status, 200);
    assert_eq!(send(&world, &page, "photo_stories", &[("photo_id", &posted)]).graph(), (100, 1_366_051));
    let id = uploaded(&world, &page, &CLIP);
    let finish = [("upload_phase", "finish"), ("video_id", id.as_str()), ("video_state", "PUBLISHED")];
    assert_eq!(send(&world, &page, "video_reels", &finish).graph().0, 100);
}
