//! What TikTok pulls: photos and videos by URL, drafts of both, cancelling, and lists of what came of it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Grant;

use crate::support::{Host, Reply, World, host, jpeg, video, world};

pub(crate) fn call(world: &World, path: &str, token: &str, body: &Value) -> Reply {
    world.json(&format!("{}/v2/{path}", world.urls.tiktok_api_url), token, body)
}

fn status(world: &World, grant: &Grant, id: &str) -> Value {
    call(world, "post/publish/status/fetch/", &grant.access_token, &json!({"publish_id": id})).json()["data"].clone()
}

fn photos(host: &Host, mode: &str, paths: &[&str]) -> Value {
    let urls: Vec<String> = paths.iter().map(|path| format!("{}{path}", host.url)).collect();
    let mut post = json!({"title": "Bread", "description": "Fresh #bread"});
    if mode == "DIRECT_POST" {
        post["privacy_level"] = json!("PUBLIC_TO_EVERYONE");
        post["disable_comment"] = json!(true);
        post["auto_add_music"] = json!(true);
    }
    json!({"media_type": "PHOTO", "post_mode": mode, "post_info": post,
        "source_info": {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 1}})
}

fn content(world: &World, grant: &Grant, body: &Value) -> Reply {
    call(world, "post/publish/content/init/", &grant.access_token, body)
}

fn begun(reply: &Reply) -> String {
    reply.json()["data"]["publish_id"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
}

fn bakery() -> Host {
    host(vec![
        ("/a.jpg", "image/jpeg", jpeg(1080, 1350)),
        ("/b.jpg", "image/jpeg", jpeg(941, 1672)),
        ("/wide.jpg", "image/jpeg", jpeg(1254, 1254)),
        ("/long.jpg", "image/jpeg", jpeg(1080, 1921)),
        ("/a.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0".to_vec()),
        ("/a.mp4", "video/mp4", video(50_000)),
        ("/a.txt", "video/mp4", vec![b'x'; 100]),
    ])
}

/// A pull of a video, direct or as a draft.
fn pull(world: &World, grant: &Grant, url: &str, draft: bool) -> Reply {
    let source = json!({"source": "PULL_FROM_URL", "video_url": url});
    if draft {
        return call(world, "post/publish/inbox/video/init/", &grant.access_token, &json!({"source_info": source}));
    }
    let post = json!({"title": "pulled", "privacy_level": "PUBLIC_TO_EVERYONE"});
    call(world, "post/publish/video/init/", &grant.access_token, &json!({"post_info": post, "source_info": source}))
}

#[test]
fn photos_are_pulled_and_posted_in_their_order() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("baker");
    let reply = content(&world, &grant, &photos(&host, "DIRECT_POST", &["/a.jpg", "/b.jpg"]));
    let id = begun(&reply);
    assert!(id.starts_with("p_pub_url~v2.") && reply.json()["data"].as_object().unwrap().len() == 1);
    let working = status(&world, &grant, &id);
    assert_eq!(working["status"], "PROCESSING_DOWNLOAD");
    assert!(world.sim.posts().is_empty());
    world.seconds(2);
    let published = status(&world, &grant, &id);
    assert_eq!(published["status"], "PUBLISH_COMPLETE");
    assert!(published["downloaded_bytes"].as_u64().unwrap() > 0 && published["uploaded_bytes"].is_null());
    let posts = world.sim.posts();
    assert_eq!((posts.len(), posts[0].kind, posts[0].caption.as_str(), posts[0].media_sha256.len()), (1, "photos", "Fresh #bread", 2));
    assert_ne!(posts[0].media_sha256[0], posts[0].media_sha256[1]);
    assert_eq!(posts[0].remote_id, published["publicaly_available_post_id"][0].to_string());
    assert!(posts[0].permalink.ends_with(&format!("/tiktok/@baker/photo/{}", posts[0].remote_id)));
    assert_eq!(world.get(&posts[0].permalink, "").status, 200);
    let told = world.sim.tiktok_posts();
    assert_eq!((told[0].kind, told[0].privacy_level.as_str(), told[0].info.title.as_str()), ("photos", "PUBLIC_TO_EVERYONE", "Bread"));
    assert!(told[0].info.disable_comment && told[0].info.auto_add_music && told[0].info.photo_cover_index == Some(1));
    assert_eq!(posts[0].details["title"], "Bread");
    assert_eq!((posts[0].details["photo_cover_index"].as_str(), posts[0].details.get("disable_duet")), ("1", None));
    assert_eq!(host.agents.lock().unwrap().len(), 2);
    world.all_documented();
}

#[test]
fn draft_photos_wait_in_the_inbox_until_their_creator_posts_them() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("baker");
    let id = begun(&content(&world, &grant, &photos(&host, "MEDIA_UPLOAD", &["/a.jpg", "/b.jpg"])));
    assert_eq!(world.sim.post_draft(&id, "SELF_ONLY"), None);
    world.seconds(2);
    assert_eq!(status(&world, &grant, &id)["status"], "SEND_TO_USER_INBOX");
    assert_eq!((world.sim.posts()[0].kind, world.sim.posts()[0].remote_id.as_str()), ("draft_photos", id.as_str()));
    let profile = world.get(&world.sim.posts()[0].permalink, "").text;
    assert!(
        profile.contains("<h2>Inbox</h2>")
            && profile.contains("Fresh <span class=\"tag\">#bread</span>")
            && profile.contains(&world.sim.posts()[0].media_sha256[1])
    );
    world.seconds(60);
    let first = world.sim.post_draft(&id, "PUBLIC_TO_EVERYONE").unwrap();
    let again = world.sim.post_draft(&id, "SELF_ONLY").unwrap();
    let data = status(&world, &grant, &id);
    assert_eq!((data["status"].clone(), data["publicaly_available_post_id"].to_string()), (json!("PUBLISH_COMPLETE"), format!("[{first}]")));
    let profile = world.get(&format!("{}/tiktok/@baker", world.sim.url()), "").text;
    assert!(
        profile.contains("public account")
            && profile.contains("<h2>Posts</h2>")
            && profile.contains("Only the creator sees it")
            && !profile.contains("<h2>Inbox</h2>")
    );
    let ids: Vec<String> = world.sim.posts().into_iter().map(|post| post.remote_id).collect();
    assert_eq!(ids, [first, again]);
    assert!(world.sim.posts().iter().all(|post| post.kind == "photos"));
    assert!(!world.sim.discard_draft(&id));
}

#[test]
fn a_draft_without_a_word_is_enough_and_can_be_thrown_away() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("baker");
    let mut body = photos(&host, "MEDIA_UPLOAD", &["/a.jpg", "/b.jpg"]);
    body.as_object_mut().unwrap().remove("post_info");
    let id = begun(&content(&world, &grant, &body));
    world.seconds(2);
    assert_eq!(world.sim.posts().len(), 1);
    assert!(world.sim.discard_draft(&id) && !world.sim.discard_draft(&id));
    assert!(world.sim.posts().is_empty());
    assert_eq!(world.sim.post_draft(&id, "SELF_ONLY"), None);
}

#[test]
fn one_bad_picture_fails_the_whole_post() {
    let (world, host) = (world(), bakery());
    world.sim.set(|settings| settings.rate_limits = false);
    let grant = world.sim.add_tiktok_user("baker");
    for (path, reason) in [
        ("/wide.jpg", "picture_size_check_failed"),
        ("/long.jpg", "picture_size_check_failed"),
        ("/a.png", "file_format_check_failed"),
        ("/a.mp4", "file_format_check_failed"),
        // The host answers everything else with a redirect.
        ("/moved.jpg", "photo_pull_failed"),
    ] {
        let id = begun(&content(&world, &grant, &photos(&host, "DIRECT_POST", &["/a.jpg", path])));
        world.seconds(2);
        assert_eq!(status(&world, &grant, &id), json!({"status": "FAILED", "fail_reason": reason}), "{path}");
    }
    assert!(world.sim.posts().is_empty());
}

#[test]
fn a_video_is_pulled_as_a_post_and_as_a_draft() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("puller");
    let url = format!("{}/a.mp4", host.url);
    let direct = begun(&pull(&world, &grant, &url, false));
    let draft = begun(&pull(&world, &grant, &url, true));
    assert!(direct.starts_with("v_pub_url~v2-1.") && draft.starts_with("v_inbox_url~v2."));
    world.seconds(2);
    let kinds: Vec<_> = world.sim.posts().iter().map(|post| post.kind).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&"video") && kinds.contains(&"draft_video"));
    assert_eq!(world.sim.posts()[0].media_sha256, world.sim.posts()[1].media_sha256);
    assert_eq!(status(&world, &grant, &direct)["downloaded_bytes"], 50_000);
    for (path, reason) in [("/a.txt", "file_format_check_failed"), ("/moved.mp4", "video_pull_failed")] {
        let id = begun(&pull(&world, &grant, &format!("{}{path}", host.url), false));
        world.seconds(2);
        assert_eq!(status(&world, &grant, &id)["fail_reason"], reason, "{path}");
    }
    let names: Vec<_> = world.sim.calls().iter().filter(|call| call.name.ends_with("_init")).map(|call| call.name).collect();
    assert_eq!(names, ["tiktok.video_pull_init", "tiktok.inbox_pull_init", "tiktok.video_pull_init", "tiktok.video_pull_init"]);
}

#[test]
fn a_download_takes_its_time_and_is_given_up_after_an_hour() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("patient");
    let url = format!("{}/a.mp4", host.url);
    world.sim.set(|settings| settings.tiktok.pull_takes = Duration::from_secs(3_599));
    let id = begun(&pull(&world, &grant, &url, false));
    world.seconds(3_598);
    assert_eq!(status(&world, &grant, &id), json!({"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": 0}));
    world.seconds(3);
    assert_eq!(status(&world, &grant, &id)["status"], "PUBLISH_COMPLETE");
    world.sim.set(|settings| settings.tiktok.pull_takes = Duration::from_secs(3_600));
    let id = begun(&pull(&world, &grant, &url, false));
    world.seconds(3_602);
    assert_eq!(status(&world, &grant, &id)["fail_reason"], "video_pull_failed");
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn a_running_download_can_be_cancelled_and_nothing_else() {
    let (world, host) = (world(), bakery());
    let (grant, other) = (world.sim.add_tiktok_user("changer"), world.sim.add_tiktok_user("other"));
    let url = format!("{}/a.mp4", host.url);
    let cancel = |grant: &Grant, id: &str| call(&world, "post/publish/cancel/", &grant.access_token, &json!({"publish_id": id}));
    world.sim.set(|settings| settings.tiktok.pull_takes = Duration::from_secs(100));
    let id = begun(&pull(&world, &grant, &url, false));
    world.seconds(50);
    assert_eq!(cancel(&other, &id).tiktok(), (400, "token_not_authorized_for_specified_publish_id".into()));
    let cancelled = cancel(&grant, &id);
    assert_eq!(cancelled.tiktok(), (200, "ok".into()));
    assert!(cancelled.json()["data"].is_null());
    assert_eq!(status(&world, &grant, &id), json!({"status": "FAILED", "fail_reason": "publish_cancelled"}));
    assert_eq!(cancel(&grant, &id).tiktok(), (400, "publish_not_cancellable".into()));
    world.seconds(1_000);
    assert!(world.sim.posts().is_empty());
    let id = begun(&pull(&world, &grant, &url, true));
    world.seconds(91);
    assert_eq!(cancel(&grant, &id).tiktok(), (400, "publish_not_cancellable".into()));
    world.seconds(20);
    assert_eq!(world.sim.posts().len(), 1);
    assert_eq!(cancel(&grant, "p_pub_url~v2.1").tiktok(), (400, "invalid_publish_id".into()));
    world.all_documented();
}

#[test]
fn lists_show_public_posts_only_and_newest_first() {
    let (world, host) = (world(), bakery());
    world.sim.set(|settings| {
        settings.tiktok_scopes.push("video.list".into());
        settings.rate_limits = false;
        settings.moderation = Duration::from_secs(30);
    });
    let grant = world.sim.add_tiktok_user("lister");
    let mut ids = Vec::new();
    for n in 0..3 {
        let post = json!({"title": format!("{n} {}", "x".repeat(200)), "privacy_level": if n == 1 { "SELF_ONLY" } else { "PUBLIC_TO_EVERYONE" }});
        let source = json!({"source": "PULL_FROM_URL", "video_url": format!("{}/a.mp4", host.url)});
        begun(&call(&world, "post/publish/video/init/", &grant.access_token, &json!({"post_info": post, "source_info": source})));
        world.seconds(10);
        ids.push(world.sim.posts().last().unwrap().remote_id.clone());
    }
    let list = |body: Value| call(&world, "video/list/?fields=id,title,create_time,share_url", &grant.access_token, &body).json()["data"].clone();
    assert_eq!(list(json!({}))["videos"], json!([]));
    world.seconds(60);
    let all = list(json!({"max_count": 20}));
    let found: Vec<&str> = all["videos"].as_array().unwrap().iter().map(|video| video["id"].as_str().unwrap()).collect();
    assert_eq!(found, [ids[2].as_str(), ids[0].as_str()]);
    assert_eq!((all["videos"][0]["title"].as_str().unwrap().len(), all["has_more"].clone()), (150, json!(false)));
    assert_eq!(world.get(all["videos"][0]["share_url"].as_str().unwrap(), "").status, 200);
    let first = list(json!({"max_count": 1}));
    assert_eq!((first["videos"][0]["id"].as_str(), first["has_more"].clone()), (Some(ids[2].as_str()), json!(true)));
    let second = list(json!({"max_count": 1, "cursor": first["cursor"]}));
    assert_eq!((second["videos"][0]["id"].as_str(), second["has_more"].clone()), (Some(ids[0].as_str()), json!(false)));
    let asked = json!({"filters": {"video_ids": [ids[0], ids[1]]}});
    let queried = call(&world, "video/query/?fields=id", &grant.access_token, &asked).json();
    assert_eq!(queried["data"]["videos"], json!([{"id": ids[0]}]));
    assert!(world.sim.show_tiktok_post(&ids[0], false) && world.sim.show_tiktok_post(&ids[1], true));
    let shown = list(json!({}));
    let found: Vec<&str> = shown["videos"].as_array().unwrap().iter().map(|video| video["id"].as_str().unwrap()).collect();
    assert_eq!(found, [ids[2].as_str(), ids[1].as_str()]);
    world.all_documented();
}

#[test]
fn a_lost_answer_to_a_pull_is_a_post_all_the_same() {
    let (world, host) = (world(), bakery());
    let grant = world.sim.add_tiktok_user("lost");
    world.sim.fault(simulator::Fault::next("tiktok.photos_init", simulator::FaultKind::ActThenDrop));
    let body = photos(&host, "DIRECT_POST", &["/a.jpg", "/b.jpg"]);
    let url = format!("{}/v2/post/publish/content/init/", world.urls.tiktok_api_url);
    assert!(world.try_json(&url, &grant.access_token, &body).is_err());
    world.sim.settle();
    world.seconds(2);
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.fault(simulator::Fault::next("tiktok.photos_init", simulator::FaultKind::DropBefore));
    assert!(world.try_json(&url, &grant.access_token, &body).is_err());
    world.seconds(2);
    assert_eq!((world.sim.posts().len(), host.agents.lock().unwrap().len()), (1, 2));
}
