use serde_json::{Value, json};
use simulator::Grant;

use crate::support::{Reply, World, jpeg, video, world};

fn feed(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(
        &world.graph(&format!("{}/feed", page.remote_id)),
        &page.access_token,
        fields,
    )
}

fn photo(world: &World, page: &Grant, bytes: &[u8], fields: &[(&str, &str)]) -> Reply {
    world.multipart(
        &world.graph(&format!("{}/photos", page.remote_id)),
        &page.access_token,
        fields,
        Some(bytes),
    )
}

fn reels(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(
        &world.graph(&format!("{}/video_reels", page.remote_id)),
        &page.access_token,
        fields,
    )
}

fn start(world: &World, page: &Grant) -> (String, String) {
    let reply = reels(world, page, &[("upload_phase", "start")]).json();
    (
        reply["video_id"].as_str().unwrap().to_owned(),
        reply["upload_url"].as_str().unwrap().to_owned(),
    )
}

fn upload(
    world: &World,
    url: &str,
    authorization: &str,
    offset: &str,
    size: usize,
    bytes: &[u8],
) -> Reply {
    let size = size.to_string();
    let headers = [
        ("authorization", authorization),
        ("offset", offset),
        ("file_size", size.as_str()),
        ("content-type", "application/octet-stream"),
    ];
    world.send("POST", url, &headers, bytes).unwrap()
}

fn oauth(page: &Grant) -> String {
    format!("OAuth {}", page.access_token)
}

fn finish(world: &World, page: &Grant, id: &str) -> Reply {
    let fields = [
        ("upload_phase", "finish"),
        ("video_id", id),
        ("video_state", "PUBLISHED"),
        ("description", "look #reel"),
    ];
    reels(world, page, &fields)
}

fn status(world: &World, page: &Grant, id: &str) -> Value {
    world
        .get(
            &world.graph(&format!(
                "{id}?fields=status,post_id,permalink_url,published"
            )),
            &page.access_token,
        )
        .json()
}

fn debug_type(reply: &Reply) -> (u16, String) {
    (
        reply.status,
        reply.json()["debug_info"]["type"]
            .as_str()
            .unwrap_or("")
            .to_owned(),
    )
}

#[test]
fn a_text_post_is_visible_at_once_and_found_again() {
    let world = world();
    let page = world.sim.add_page("Corner Shop");
    let id = feed(&world, &page, &[("message", "Good morning")]).id();
    assert!(id.starts_with(&format!("{}_", page.remote_id)));
    let post = &world.sim.posts()[0];
    assert_eq!(
        (post.kind, post.caption.as_str(), post.remote_id.as_str()),
        ("text", "Good morning", id.as_str())
    );
    assert_eq!(world.get(&post.permalink, "").status, 200);
    let fields = "id,message,created_time,permalink_url,application,attachments";
    let list = world
        .get(
            &world.graph(&format!(
                "{}/published_posts?fields={fields}",
                page.remote_id
            )),
            &page.access_token,
        )
        .json();
    let found = &list["data"][0];
    assert_eq!(
        (found["message"].clone(), found["created_time"].clone()),
        (json!("Good morning"), json!("2026-12-01T09:00:00+0000"))
    );
    assert_eq!(found["application"]["id"], simulator::FACEBOOK_APP_ID);
    let one = world
        .get(
            &world.graph(&format!("{id}?fields=permalink_url")),
            &page.access_token,
        )
        .json();
    assert_eq!(one["permalink_url"], post.permalink);
    world.all_documented();
}

#[test]
fn a_window_and_a_limit_cut_the_list() {
    let world = world();
    let page = world.sim.add_page("Busy");
    let begin = world.clock.now().timestamp();
    for text in ["one", "two", "three"] {
        feed(&world, &page, &[("message", text)]);
        world.seconds(100);
    }
    let ask = |query: String| {
        let list = world
            .get(
                &world.graph(&format!("{}/published_posts?{query}", page.remote_id)),
                &page.access_token,
            )
            .json();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["message"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ask(String::new()), ["three", "two", "one"]);
    assert_eq!(ask(format!("since={}", begin + 100)), ["three", "two"]);
    assert_eq!(
        ask(format!("since={begin}&until={}", begin + 150)),
        ["two", "one"]
    );
    assert_eq!(ask("limit=1".into()), ["three"]);
}

#[test]
fn several_photos_become_one_post_and_each_only_once() {
    let world = world();
    let page = world.sim.add_page("Gallery");
    let (a, b) = (jpeg(800, 800), jpeg(640, 800));
    let ids: Vec<String> = [&a, &b]
        .map(|bytes| photo(&world, &page, bytes, &[("published", "false")]).id())
        .to_vec();
    assert!(world.sim.posts().is_empty());
    let media = json!([{"media_fbid": ids[0]}, {"media_fbid": ids[1]}]).to_string();
    let post = feed(
        &world,
        &page,
        &[("message", "two"), ("attached_media", &media)],
    )
    .id();
    let seen = &world.sim.posts()[0];
    assert_eq!((seen.kind, seen.media_sha256.len()), ("photos", 2));
    let fields = "attachments%7Bsubattachments%7Btarget%7Bid%7D%7D%7D";
    let found = world
        .get(
            &world.graph(&format!("{post}?fields={fields}")),
            &page.access_token,
        )
        .json();
    let inner = &found["attachments"]["data"][0]["subattachments"]["data"];
    assert_eq!(
        inner,
        &json!([{"target": {"id": ids[0]}}, {"target": {"id": ids[1]}}])
    );
    assert_eq!(
        world
            .get(
                &world.graph(&format!("{}?fields=page_story_id", ids[0])),
                &page.access_token
            )
            .json()["page_story_id"],
        json!(post)
    );
    assert_eq!(
        feed(
            &world,
            &page,
            &[("message", "again"), ("attached_media", &media)]
        )
        .graph(),
        (100, 1_366_051)
    );
    assert_eq!(world.sim.posts().len(), 1);
    world.all_documented();
}

#[test]
fn attached_media_may_be_indexed_and_keeps_its_order() {
    let world = world();
    let page = world.sim.add_page("Indexed");
    let ids: Vec<String> = (0..2)
        .map(|_| photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id())
        .collect();
    let items: Vec<String> = ids
        .iter()
        .map(|id| json!({"media_fbid": id}).to_string())
        .collect();
    let post = feed(
        &world,
        &page,
        &[
            ("attached_media[1]", &items[1]),
            ("attached_media[0]", &items[0]),
        ],
    )
    .id();
    let found = world
        .get(
            &world.graph(&format!("{post}?fields=attachments")),
            &page.access_token,
        )
        .json();
    assert_eq!(
        found["attachments"]["data"][0]["subattachments"]["data"][0]["target"]["id"],
        json!(ids[0])
    );
    world.all_documented();
}

#[test]
fn a_published_photo_is_a_post() {
    let world = world();
    let page = world.sim.add_page("Single");
    let reply = photo(&world, &page, &jpeg(800, 800), &[("caption", "alone")]).json();
    let post = &world.sim.posts()[0];
    assert_eq!(
        (post.kind, post.remote_id.as_str(), post.caption.as_str()),
        ("photos", reply["post_id"].as_str().unwrap(), "alone")
    );
    let found = world
        .get(
            &world.graph(&format!("{}?fields=attachments", post.remote_id)),
            &page.access_token,
        )
        .json();
    assert_eq!(found["attachments"]["data"][0]["target"]["id"], reply["id"]);
    assert_eq!(world.sim.calls()[0].name, "facebook.photo_publish");
}

#[test]
fn photos_are_checked_deleted_and_forgotten() {
    let world = world();
    let page = world.sim.add_page("Checked");
    assert_eq!(
        photo(&world, &page, b"<html></html>", &[("published", "false")])
            .graph()
            .0,
        324
    );
    let none = world.multipart(
        &world.graph(&format!("{}/photos", page.remote_id)),
        &page.access_token,
        &[("published", "false")],
        None,
    );
    assert_eq!(none.graph().0, 324);
    let mut large = jpeg(800, 800);
    large.resize((10 << 20) + 1, 0);
    assert_eq!(
        photo(&world, &page, &large, &[("published", "false")]).graph(),
        (100, 1_366_046)
    );
    let id = photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id();
    assert_eq!(
        world.delete(&world.graph(&id), &page.access_token).json(),
        json!({"success": true})
    );
    assert_eq!(
        world.delete(&world.graph(&id), &page.access_token).graph(),
        (100, 33)
    );
    let id = photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id();
    world.seconds(86_400);
    let media = json!([{"media_fbid": id}]).to_string();
    assert_eq!(
        feed(&world, &page, &[("attached_media", &media)]).graph().0,
        100
    );
}

#[test]
fn the_feed_refuses_what_it_must() {
    let world = world();
    let (page, other) = (world.sim.add_page("Mine"), world.sim.add_page("Other"));
    assert_eq!(feed(&world, &page, &[("message", "")]).graph().0, 100);
    assert_eq!(
        feed(&world, &page, &[("link", "https://www.facebook.com/x")]).graph(),
        (100, 1_609_008)
    );
    assert_eq!(
        feed(&world, &page, &[("link", "nowhere")]).graph(),
        (100, 2_061_006)
    );
    let foreign = photo(&world, &other, &jpeg(800, 800), &[("published", "false")]).id();
    let media = json!([{"media_fbid": foreign}]).to_string();
    assert_eq!(
        feed(&world, &page, &[("attached_media", &media)]).graph().0,
        100
    );
    let url = world.graph(&format!("{}/feed", page.remote_id));
    assert_eq!(
        world
            .form(&url, page.user_token.as_ref().unwrap(), &[("message", "x")])
            .graph(),
        (190, 2_069_032)
    );
    assert_eq!(
        world
            .form(&url, &other.access_token, &[("message", "x")])
            .graph()
            .0,
        200
    );
    world.sim.set(|settings| settings.refuse_duplicates = true);
    feed(&world, &page, &[("message", "twice")]);
    assert_eq!(feed(&world, &page, &[("message", "twice")]).graph().0, 506);
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.expire_token(&page.remote_id);
    assert_eq!(
        feed(&world, &page, &[("message", "late")]).graph(),
        (190, 463)
    );
    assert_eq!(
        feed(
            &world,
            &other,
            &[("message", "other"), ("link", "https://example.org/a")]
        )
        .status,
        200
    );
    assert_eq!(world.sim.posts().last().unwrap().kind, "link");
}

#[test]
fn a_reel_is_published_when_processing_and_finish_are_done() {
    let world = world();
    let page = world.sim.add_page("Reels");
    let (id, url) = start(&world, &page);
    assert!(url.contains("/video-upload/v26.0/"));
    let bytes = video(200_000);
    assert_eq!(
        upload(&world, &url, &oauth(&page), "0", bytes.len(), &bytes).json(),
        json!({"success": true})
    );
    assert_eq!(
        status(&world, &page, &id)["status"]["video_status"],
        "processing"
    );
    assert_eq!(finish(&world, &page, &id).json(), json!({"success": true}));
    assert_eq!(
        status(&world, &page, &id)["status"]["publishing_phase"]["status"],
        "in_progress"
    );
    assert!(world.sim.posts().is_empty());
    world.seconds(2);
    let seen = status(&world, &page, &id);
    assert_eq!(
        (
            seen["status"]["video_status"].clone(),
            seen["status"]["publishing_phase"]["publish_status"].clone()
        ),
        (json!("ready"), json!("published"))
    );
    assert_eq!(seen["published"], true);
    let posts = world.sim.posts();
    assert_eq!(
        (posts[0].kind, posts[0].remote_id.as_str(), posts[0].at),
        ("reel", id.as_str(), world.clock.now())
    );
    assert_eq!(seen["permalink_url"], posts[0].permalink);
    let list = world
        .get(
            &world.graph(&format!("{}/video_reels", page.remote_id)),
            &page.access_token,
        )
        .json();
    assert_eq!(list["data"][0]["id"], json!(id));
    let feed = world
        .get(
            &world.graph(&format!("{}/published_posts", page.remote_id)),
            &page.access_token,
        )
        .json();
    assert_eq!(feed["data"], json!([]));
    world.all_documented();
}

#[test]
fn a_staged_reel_goes_live_at_finish() {
    let world = world();
    let page = world.sim.add_page("Staged");
    let (id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 1_000, &video(1_000));
    world.seconds(600);
    assert_eq!(
        status(&world, &page, &id)["status"]["publishing_phase"]["status"],
        "not_started"
    );
    finish(&world, &page, &id);
    assert_eq!(world.sim.posts()[0].at, world.clock.now());
    assert_eq!(finish(&world, &page, &id).graph().0, 100);
    assert_eq!(world.sim.posts().len(), 1);
    world
        .sim
        .set(|settings| settings.republishing_makes_another = true);
    assert_eq!(finish(&world, &page, &id).status, 200);
    assert_eq!(world.sim.posts().len(), 2);
}

#[test]
fn an_upload_resumes_where_it_stopped() {
    let world = world();
    let page = world.sim.add_page("Resume");
    let bytes = video(300_000);
    let (id, url) = start(&world, &page);
    let partial = upload(
        &world,
        &url,
        &oauth(&page),
        "0",
        bytes.len(),
        &bytes[..100_000],
    );
    assert_eq!(debug_type(&partial), (400, "PartialRequestError".into()));
    assert_eq!(
        status(&world, &page, &id)["status"]["uploading_phase"]["bytes_transfered"],
        100_000
    );
    assert_eq!(finish(&world, &page, &id).graph().0, 6_000);
    assert_eq!(
        debug_type(&upload(
            &world,
            &url,
            &oauth(&page),
            "0",
            bytes.len(),
            &bytes
        )),
        (400, "OffsetInvalidError".into())
    );
    assert_eq!(
        upload(
            &world,
            &url,
            &oauth(&page),
            "100000",
            bytes.len(),
            &bytes[100_000..]
        )
        .status,
        200
    );
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
    let (page, other) = (
        world.sim.add_page("Headers"),
        world.sim.add_page("Stranger"),
    );
    let (_, url) = start(&world, &page);
    let bytes = video(1_000);
    let send = |authorization: &str, offset: &str| {
        debug_type(&upload(&world, &url, authorization, offset, 1_000, &bytes))
    };
    assert_eq!(
        send(&format!("Bearer {}", page.access_token), "0"),
        (400, "ProcessingFailedError".into())
    );
    assert_eq!(
        send(&oauth(&other), "0"),
        (400, "ProcessingFailedError".into())
    );
    assert_eq!(
        send(&oauth(&page), "zero"),
        (400, "ParameterValidationError".into())
    );
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
fn reads_may_lag_behind() {
    let world = world();
    let page = world.sim.add_page("Lagging");
    world
        .sim
        .set(|settings| settings.read_lag = std::time::Duration::from_secs(10));
    let id = feed(&world, &page, &[("message", "fresh")]).id();
    let read = || world.get(&world.graph(&id), &page.access_token).graph();
    let listed = || {
        let list = world
            .get(
                &world.graph(&format!("{}/published_posts", page.remote_id)),
                &page.access_token,
            )
            .json();
        list["data"].as_array().unwrap().len()
    };
    assert_eq!((read(), listed()), ((100, 33), 0));
    assert_eq!(world.sim.posts().len(), 1);
    world.seconds(10);
    assert_eq!((read(), listed()), ((0, 0), 1));
    let (video_id, url) = start(&world, &page);
    upload(&world, &url, &oauth(&page), "0", 100, &video(100));
    world.seconds(60);
    finish(&world, &page, &video_id);
    assert_eq!(
        status(&world, &page, &video_id)["status"]["publishing_phase"]["status"],
        "not_started"
    );
    world.seconds(10);
    assert_eq!(
        status(&world, &page, &video_id)["status"]["publishing_phase"]["publish_status"],
        "published"
    );
}

#[test]
fn thirty_reels_fill_a_day() {
    let world = world();
    let page = world.sim.add_page("Thirty");
    let codes: Vec<i64> = (0..31)
        .map(|_| {
            let (id, url) = start(&world, &page);
            upload(&world, &url, &oauth(&page), "0", 100, &video(100));
            finish(&world, &page, &id).graph().0
        })
        .collect();
    assert_eq!((codes[29], codes[30]), (0, 80_001));
}
