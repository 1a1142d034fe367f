//! Direct posts, drafts, chunks, status.

use serde_json::{Value, json};

use crate::support::{Reply, World, video, world};

fn call(world: &World, path: &str, token: &str, body: &Value) -> Reply {
    world.json(&format!("{}/v2/post/publish/{path}", world.urls.tiktok_api_url), token, body)
}

fn source(size: u64, chunk: u64, count: u64) -> Value {
    json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count})
}

fn post_info() -> Value {
    json!({"title": "hello #cats", "privacy_level": "PUBLIC_TO_EVERYONE", "disable_duet": true, "disable_stitch": true,
        "disable_comment": false, "video_cover_timestamp_ms": 1000, "brand_content_toggle": false, "brand_organic_toggle": false, "is_aigc": false})
}

fn init(world: &World, token: &str, post: Value, source: Value) -> Reply {
    call(world, "video/init/", token, &json!({"post_info": post, "source_info": source}))
}

fn put(world: &World, url: &str, bytes: &[u8], first: usize, total: usize) -> Reply {
    let range = format!("bytes {first}-{}/{total}", first + bytes.len() - 1);
    let length = bytes.len().to_string();
    let headers = [("content-type", "video/mp4"), ("content-range", range.as_str()), ("content-length", length.as_str())];
    world.send("PUT", url, &headers, bytes).unwrap()
}

fn status(world: &World, token: &str, publish_id: &str) -> Reply {
    call(world, "status/fetch/", token, &json!({"publish_id": publish_id}))
}

fn started(reply: &Reply) -> (String, String) {
    let data = reply.json()["data"].clone();
    (data["publish_id"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned(), data["upload_url"].as_str().unwrap().to_owned())
}

#[test]
fn a_direct_post_goes_public_after_its_processing() {
    let world = world();
    let grant = world.sim.add_tiktok_user("poster");
    let bytes = video(3_000_000);
    let (id, url) = started(&init(&world, &grant.access_token, post_info(), source(3_000_000, 3_000_000, 1)));
    assert!(id.starts_with("v_pub_file~v2-1."));
    assert!(world.sim.posts().is_empty());
    let done = put(&world, &url, &bytes, 0, bytes.len());
    assert_eq!((done.status, done.range.as_str()), (201, "bytes 0-3000000/3000000"));
    assert_eq!(status(&world, &grant.access_token, &id).json()["data"], json!({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 3_000_000}));
    assert!(world.sim.posts().is_empty());
    world.seconds(2);
    let published = status(&world, &grant.access_token, &id).json()["data"].clone();
    assert_eq!(published["status"], "PUBLISH_COMPLETE");
    let post_id = published["publicaly_available_post_id"][0].as_u64().unwrap();
    assert_eq!(post_id.to_string().len(), 19);
    let posts = world.sim.posts();
    assert_eq!(posts.len(), 1);
    assert_eq!((posts[0].kind, posts[0].caption.as_str(), posts[0].remote_id.clone()), ("video", "hello #cats", post_id.to_string()));
    assert_eq!(posts[0].at, world.clock.now());
    assert_eq!((posts[0].details["privacy_level"].as_str(), posts[0].details["video_cover_timestamp_ms"].as_str()), ("PUBLIC_TO_EVERYONE", "1000"));
    assert!(posts[0].labels.is_empty() && posts[0].comments.is_empty());
    assert_eq!(world.get(&posts[0].permalink, "").status, 200);
    world.all_documented();
}

#[test]
fn a_draft_lands_in_the_inbox() {
    let world = world();
    let grant = world.sim.add_tiktok_user("drafter");
    let begun = call(&world, "inbox/video/init/", &grant.access_token, &json!({"source_info": source(2_000, 2_000, 1)}));
    let (id, url) = started(&begun);
    assert!(id.starts_with("v_inbox_file~v2."));
    assert_eq!(put(&world, &url, &video(2_000), 0, 2_000).status, 201);
    world.seconds(2);
    assert_eq!(status(&world, &grant.access_token, &id).json()["data"]["status"], "SEND_TO_USER_INBOX");
    assert_eq!(world.sim.posts()[0].kind, "draft_video");
    let with_post = json!({"source_info": source(2_000, 2_000, 1), "post_info": post_info()});
    assert_eq!(call(&world, "inbox/video/init/", &grant.access_token, &with_post).tiktok(), (400, "invalid_params".into()));
}

#[test]
fn chunks_come_whole_and_in_order() {
    let world = world();
    let grant = world.sim.add_tiktok_user("chunker");
    let bytes = video(12_000_000);
    let (id, url) = started(&init(&world, &grant.access_token, post_info(), source(12_000_000, 6_000_000, 2)));
    let (first, second) = bytes.split_at(6_000_000);
    let early = put(&world, &url, second, 6_000_000, bytes.len());
    assert_eq!((early.status, early.range.as_str()), (416, "bytes 0-0/12000000"));
    assert_eq!(put(&world, &url, &first[..5_000_000], 0, bytes.len()).status, 400);
    let stored = put(&world, &url, first, 0, bytes.len());
    assert_eq!((stored.status, stored.range.as_str()), (206, "bytes 0-6000000/12000000"));
    assert_eq!(put(&world, &url, first, 0, bytes.len()).status, 416);
    world.sim.set(|settings| settings.repeated_chunk_refused = false);
    assert_eq!(put(&world, &url, first, 0, bytes.len()).status, 206);
    assert_eq!(status(&world, &grant.access_token, &id).json()["data"]["uploaded_bytes"], 6_000_000);
    assert_eq!(put(&world, &url, second, 6_000_000, bytes.len()).status, 201);
    assert_eq!(put(&world, &url, second, 6_000_000, bytes.len()).status, 404);
    world.seconds(2);
    let whole = world.sim.posts()[0].media_sha256[0].clone();
    let (_, url) = started(&init(&world, &grant.access_token, post_info(), source(12_000_000, 12_000_000, 1)));
    put(&world, &url, &bytes, 0, bytes.len());
    world.seconds(2);
    assert_eq!(world.sim.posts()[1].media_sha256[0], whole);
    let names: Vec<_> = world.sim.calls().iter().filter(|call| call.status == 206 || call.status == 201).map(|call| call.name).collect();
    assert_eq!(names, ["tiktok.upload", "tiktok.upload", "tiktok.upload_last", "tiktok.upload_last"]);
}

#[test]
fn an_upload_needs_its_headers_its_token_and_its_hour() {
    let world = world();
    let grant = world.sim.add_tiktok_user("header");
    let (_, url) = started(&init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)));
    let bytes = video(2_000);
    let send = |kind: &str, range: &str| {
        world.send("PUT", &url, &[("content-type", kind), ("content-range", range), ("content-length", "2000")], &bytes).unwrap().status
    };
    assert_eq!(send("application/octet-stream", "bytes 0-1999/2000"), 400);
    assert_eq!(send("video/mp4", "bytes 0-1999/2001"), 400);
    assert_eq!(send("video/mp4", "0-1999/2000"), 400);
    assert_eq!(put(&world, &url.replace("upload_token=", "upload_token=x"), &bytes, 0, 2_000).status, 404);
    world.seconds(3_600);
    assert_eq!(put(&world, &url, &bytes, 0, 2_000).status, 403);
}

#[test]
fn init_refuses_in_its_order() {
    let world = world();
    world.sim.set(|settings| settings.rate_limits = false);
    let grant = world.sim.add_tiktok_user("refused");
    let token = grant.access_token.as_str();
    let good = source(2_000, 2_000, 1);
    let with = |name: &str, value: Value| {
        let mut post = post_info();
        post[name] = value;
        post
    };
    let invalid = (400, "invalid_params".to_owned());
    assert_eq!(init(&world, "nobody", post_info(), good.clone()).tiktok(), (401, "access_token_invalid".into()));
    assert_eq!(init(&world, token, json!({}), good.clone()).tiktok(), invalid);
    assert_eq!(init(&world, token, with("cover", json!(1)), good.clone()).tiktok(), invalid);
    assert_eq!(init(&world, token, with("is_aigc", json!("true")), good.clone()).tiktok(), invalid);
    assert_eq!(init(&world, token, with("title", json!("😀".repeat(1_101))), good.clone()).tiktok(), invalid);
    let mut branded = with("brand_content_toggle", json!(true));
    branded["privacy_level"] = json!("SELF_ONLY");
    assert_eq!(init(&world, token, branded, good.clone()).tiktok(), invalid);
    let ceil = init(&world, token, post_info(), source(12_000_000, 5_500_000, 3));
    assert_eq!(ceil.json()["error"]["message"], "The total chunk count is invalid");
    let single = init(&world, token, post_info(), source(66_000_000, 64_000_000, 1));
    assert_eq!(single.json()["error"]["message"], "The chunk size is invalid");
    let pull = json!({"source": "PULL_FROM_URL", "video_url": "https://media.example/a.mp4"});
    assert_eq!(init(&world, token, post_info(), pull).tiktok(), (403, "url_ownership_unverified".into()));
    let hidden = with("privacy_level", json!("FOLLOWER_OF_CREATOR"));
    assert_eq!(init(&world, token, hidden, good.clone()).tiktok(), (403, "privacy_level_option_mismatch".into()));
    let missing = json!({"title": "x"});
    assert_eq!(init(&world, token, missing, good).tiktok(), (403, "privacy_level_option_mismatch".into()));
    assert!(world.sim.posts().is_empty());
}

#[test]
fn an_unaudited_app_posts_only_to_private_accounts() {
    let world = world();
    world.sim.set(|settings| settings.audited = false);
    let grant = world.sim.add_tiktok_user("unaudited");
    let only_me = |privacy: &str| {
        let mut post = post_info();
        post["privacy_level"] = json!(privacy);
        init(&world, &grant.access_token, post, source(2_000, 2_000, 1))
    };
    let refused = (403, "unaudited_client_can_only_post_to_private_accounts".to_owned());
    assert_eq!(only_me("SELF_ONLY").tiktok(), refused);
    world.sim.set_private(&grant.remote_id, true);
    assert_eq!(only_me("FOLLOWER_OF_CREATOR").tiktok(), refused);
    let (id, url) = started(&only_me("SELF_ONLY"));
    put(&world, &url, &video(2_000), 0, 2_000);
    world.seconds(2);
    let data = status(&world, &grant.access_token, &id).json()["data"].clone();
    assert_eq!((data["status"].clone(), data["publicaly_available_post_id"].clone()), (json!("PUBLISH_COMPLETE"), json!([])));
    // Drafts are not touched by the audit.
    let draft = call(&world, "inbox/video/init/", &grant.access_token, &json!({"source_info": source(2_000, 2_000, 1)}));
    assert_eq!(draft.tiktok(), (200, "ok".into()));
}

#[test]
fn the_creator_info_tells_what_is_allowed() {
    let world = world();
    let grant = world.sim.add_tiktok_user("informed");
    let ask = || call(&world, "creator_info/query/", &grant.access_token, &json!({})).json()["data"].clone();
    assert_eq!(ask()["privacy_level_options"], json!(["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]));
    assert_eq!((ask()["creator_username"].clone(), ask()["duet_disabled"].clone()), (json!("informed"), json!(false)));
    world.sim.set_private(&grant.remote_id, true);
    assert_eq!(ask()["privacy_level_options"][0], "FOLLOWER_OF_CREATOR");
    assert_eq!(ask()["duet_disabled"], true);
}

#[test]
fn rates_are_counted_by_token_and_minute() {
    let world = world();
    let (one, other) = (world.sim.add_tiktok_user("one"), world.sim.add_tiktok_user("other"));
    let mut codes: Vec<String> = (0..7).map(|_| init(&world, &one.access_token, post_info(), source(2_000, 2_000, 1)).tiktok().1).collect();
    assert_eq!(codes.pop().unwrap(), "rate_limit_exceeded");
    assert!(codes.iter().all(|code| code == "ok"));
    assert_eq!(init(&world, &other.access_token, post_info(), source(2_000, 2_000, 1)).status, 200);
    world.seconds(60);
    assert_eq!(init(&world, &one.access_token, post_info(), source(2_000, 2_000, 1)).status, 200);
    let asked: Vec<u16> = (0..21).map(|_| call(&world, "creator_info/query/", &other.access_token, &json!({})).status).collect();
    assert_eq!((asked[19], asked[20]), (200, 429));
}

#[test]
fn a_day_has_its_posts_and_drafts() {
    let world = world();
    world.sim.set(|settings| settings.rate_limits = false);
    let grant = world.sim.add_tiktok_user("eager");
    for _ in 0..15 {
        let (_, url) = started(&init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)));
        put(&world, &url, &video(2_000), 0, 2_000);
    }
    assert_eq!(init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)).tiktok(), (403, "spam_risk_too_many_posts".into()));
    let info = call(&world, "creator_info/query/", &grant.access_token, &json!({}));
    assert_eq!(info.tiktok(), (200, "spam_risk_too_many_posts".into()));
    for _ in 0..5 {
        let (_, url) = started(&call(&world, "inbox/video/init/", &grant.access_token, &json!({"source_info": source(2_000, 2_000, 1)})));
        put(&world, &url, &video(2_000), 0, 2_000);
    }
    let sixth = call(&world, "inbox/video/init/", &grant.access_token, &json!({"source_info": source(2_000, 2_000, 1)}));
    assert_eq!(sixth.tiktok(), (403, "spam_risk_too_many_pending_share".into()));
}

#[test]
fn a_publish_id_belongs_to_its_user() {
    let world = world();
    let (one, other) = (world.sim.add_tiktok_user("one"), world.sim.add_tiktok_user("other"));
    let (id, _) = started(&init(&world, &one.access_token, post_info(), source(2_000, 2_000, 1)));
    let foreign = status(&world, &other.access_token, &id);
    assert_eq!(foreign.tiktok(), (400, "token_not_authorized_for_specified_publish_id".into()));
    assert_eq!(status(&world, &one.access_token, "v_pub_file~v2-1.1").tiktok(), (400, "invalid_publish_id".into()));
}

#[test]
fn what_is_no_video_fails_after_the_upload() {
    let world = world();
    let grant = world.sim.add_tiktok_user("liar");
    let (id, url) = started(&init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)));
    assert_eq!(put(&world, &url, &[9; 2_000], 0, 2_000).status, 201);
    world.seconds(2);
    let data = status(&world, &grant.access_token, &id).json()["data"].clone();
    assert_eq!(data, json!({"status": "FAILED", "fail_reason": "file_format_check_failed"}));
    assert!(world.sim.posts().is_empty());
}

#[test]
fn an_id_may_come_late_or_never() {
    let world = world();
    world.sim.set(|settings| settings.moderation = std::time::Duration::from_secs(30));
    let grant = world.sim.add_tiktok_user("moderated");
    let (id, url) = started(&init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)));
    put(&world, &url, &video(2_000), 0, 2_000);
    world.seconds(2);
    let ids = || status(&world, &grant.access_token, &id).json()["data"]["publicaly_available_post_id"].as_array().unwrap().len();
    assert_eq!(ids(), 0);
    world.seconds(30);
    assert_eq!(ids(), 1);
    world.sim.set(|settings| settings.never_finishes = true);
    let (id, url) = started(&init(&world, &grant.access_token, post_info(), source(2_000, 2_000, 1)));
    put(&world, &url, &video(2_000), 0, 2_000);
    world.seconds(80_000);
    assert_eq!(status(&world, &grant.access_token, &id).json()["data"]["status"], "PROCESSING_UPLOAD");
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn fields_of_the_user_need_their_scopes() {
    let world = world();
    let grant = world.sim.add_tiktok_user("fields");
    let ask = |fields: &str| world.get(&format!("{}/v2/user/info/?fields={fields}", world.urls.tiktok_api_url), &grant.access_token);
    assert_eq!(ask("username,is_verified").json()["data"]["user"]["username"], "fields");
    assert_eq!(ask("follower_count").tiktok(), (400, "scope_permission_missed".into()));
    assert_eq!(ask("nickname").tiktok(), (400, "invalid_params".into()));
    assert_eq!(ask("").tiktok(), (400, "invalid_params".into()));
}
