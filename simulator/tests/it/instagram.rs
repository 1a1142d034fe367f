//! Containers and publishing on both hosts.

use serde_json::json;
use simulator::InstagramLogin;

use crate::{
    support::{video, world},
    support_instagram::{User, media_host, user},
};

#[test]
fn an_image_goes_live_at_media_publish_on_both_hosts() {
    for login in [InstagramLogin::Facebook, InstagramLogin::Instagram] {
        let world = world();
        let (host, user) = (media_host(), user(&world, login));
        let container = user.image(&world, &host, "/a.jpg").id();
        assert!(host.agents.lock().unwrap()[0].starts_with("facebookexternalhit/1.1"));
        assert_eq!(user.status(&world, &container), "IN_PROGRESS");
        assert_eq!(user.publish(&world, &container).graph(), (9_007, 2_207_027));
        world.seconds(2);
        assert_eq!(user.status(&world, &container), "FINISHED");
        assert!(world.sim.posts().is_empty());
        let media = user.publish(&world, &container).id();
        assert_ne!(media, container);
        let posts = world.sim.posts();
        assert_eq!((posts[0].kind, posts[0].caption.as_str(), posts[0].at), ("image", "hello #cats", world.clock.now()));
        assert_eq!(user.status(&world, &container), "PUBLISHED");
        assert_eq!(user.publish(&world, &container).graph(), (24, 2_207_008));
        let fields = "id,permalink,shortcode,media_type,media_product_type,timestamp,caption,username";
        let read = world.get(&user.url(&format!("{media}?fields={fields}")), &user.grant.access_token).json();
        assert_eq!(
            (read["permalink"].clone(), read["media_type"].clone(), read["media_product_type"].clone()),
            (json!(posts[0].permalink), json!("IMAGE"), json!("FEED"))
        );
        assert_eq!(world.get(&posts[0].permalink, "").status, 200);
        let list = world.get(&user.url(&format!("{}/media?fields=id,caption,timestamp", user.grant.remote_id)), &user.grant.access_token).json();
        assert_eq!((list["data"][0]["id"].clone(), list["data"].as_array().unwrap().len()), (json!(media), 1));
        world.all_documented();
    }
}

#[test]
fn images_are_judged_during_the_call() {
    let world = world();
    let (host, user) = (media_host(), user(&world, InstagramLogin::Facebook));
    let code = |path: &str| user.image(&world, &host, path).graph();
    assert_eq!(code("/a.png"), (36_001, 2_207_005));
    assert_eq!(code("/page"), (9_004, 2_207_052));
    assert_eq!(code("/large.jpg"), (36_000, 2_207_004));
    assert_eq!(code("/tall.jpg"), (36_003, 2_207_009));
    assert_eq!(code("/wide.jpg"), (36_003, 2_207_009));
    assert_eq!(code("/portrait.jpg"), (0, 0));
    // Redirects are not followed.
    assert_eq!(code("/elsewhere"), (9_004, 2_207_052));
    assert_eq!(user.create(&world, &[("image_url", "http://127.0.0.1:9/a.jpg")]).graph(), (9_004, 2_207_052));
    assert_eq!(user.create(&world, &[("image_url", "http://127.0.0.1/ä.jpg")]).graph(), (9_004, 2_207_052));
}

#[test]
fn the_matrix_of_parameters_is_strict() {
    let world = world();
    let user = user(&world, InstagramLogin::Facebook);
    let code = |fields: &[(&str, &str)]| user.create(&world, fields).graph();
    let url = ("image_url", "http://127.0.0.1:9/a.jpg");
    let long = "x".repeat(2_201);
    assert_eq!(code(&[]).0, 100);
    assert_eq!(code(&[url, ("video_url", "http://127.0.0.1:9/a.mp4")]).0, 100);
    assert_eq!(code(&[("media_type", "VIDEO"), ("video_url", "http://127.0.0.1:9/a.mp4")]), (100, 2_207_023));
    assert_eq!(code(&[("media_type", "REELS")]).0, 100);
    assert_eq!(code(&[("media_type", "REELS"), ("upload_type", "simple")]).0, 100);
    assert_eq!(code(&[url, ("share_to_feed", "true")]).0, 100);
    assert_eq!(code(&[("media_type", "REELS"), ("upload_type", "resumable"), ("alt_text", "x")]).0, 100);
    assert_eq!(code(&[url, ("caption", &long)]), (36_004, 2_207_010));
    assert_eq!(code(&[url, ("caption", &"#a ".repeat(31))]), (36_004, 2_207_010));
    assert_eq!(code(&[url, ("caption", &"@a ".repeat(21))]), (100, 2_207_040));
    assert_eq!(code(&[url, ("user_tags", r#"[{"username":"a"}]"#)]).0, 100);
    assert_eq!(code(&[url, ("collaborators", r#"["a","b","c","d"]"#)]).0, 100);
    assert_eq!(code(&[url, ("media_type", "IMAGE"), ("media_type", "REELS")]).0, 100);
    user.create(&world, &[url, ("colour", "red")]);
    let last = world.sim.calls().last().unwrap().clone();
    assert!(last.undocumented && last.note == "colour");
}

#[test]
fn a_resumable_reel_goes_the_whole_way() {
    let world = world();
    let user = user(&world, InstagramLogin::Facebook);
    let made = user.create(&world, &[("media_type", "REELS"), ("upload_type", "resumable"), ("caption", "moving")]).json();
    let (id, uri) = (made["id"].as_str().unwrap(), made["uri"].as_str().unwrap());
    assert!(uri.contains("/ig-api-upload/v26.0/"));
    let bytes = video(250_000);
    let send = |authorization: &str, offset: &str, bytes: &[u8]| {
        let headers = [("authorization", authorization), ("offset", offset), ("file_size", "250000")];
        world.send("POST", uri, &headers, bytes).unwrap()
    };
    let oauth = format!("OAuth {}", user.grant.access_token);
    let refused = send(&format!("Bearer {}", user.grant.access_token), "0", &bytes).json();
    let inner: serde_json::Value = serde_json::from_str(refused["debug_info"]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["message"], "unauthorized user request");
    assert_eq!(send(&oauth, "0", &bytes[..100_000]).json()["debug_info"]["type"], "PartialRequestError");
    let phases = world.get(&user.url(&format!("{id}?fields=video_status")), &user.grant.access_token).json();
    assert_eq!(phases["video_status"]["uploading_phase"]["bytes_transfered"], 100_000);
    assert_eq!(send(&oauth, "100000", &bytes[100_000..]).json()["success"], true);
    assert_eq!(user.status(&world, id), "IN_PROGRESS");
    world.seconds(2);
    assert_eq!(user.status(&world, id), "FINISHED");
    user.publish(&world, id).id();
    let posts = world.sim.posts();
    assert_eq!((posts[0].kind, posts[0].caption.as_str()), ("reel", "moving"));
    world.all_documented();
}

#[test]
fn a_reel_by_url_is_fetched_in_the_background() {
    let world = world();
    let (host, user) = (media_host(), user(&world, InstagramLogin::Instagram));
    let reel = |path: &str| user.create(&world, &[("media_type", "REELS"), ("video_url", &format!("{}{path}", host.url))]).id();
    let good = reel("/a.mp4");
    world.sim.settle();
    world.seconds(2);
    assert_eq!(user.status(&world, &good), "FINISHED");
    user.publish(&world, &good).id();
    let bad = reel("/bad.mp4");
    world.sim.settle();
    world.seconds(2);
    let read = world.get(&user.url(&format!("{bad}?fields=status_code,status")), &user.grant.access_token).json();
    assert_eq!((read["status_code"].clone(), read["status"].as_str().unwrap().ends_with("2207026")), (json!("ERROR"), true));
    let missing = reel("/missing.mp4");
    world.sim.settle();
    world.seconds(2);
    let read = world.get(&user.url(&format!("{missing}?fields=status")), &user.grant.access_token).json();
    assert!(read["status"].as_str().unwrap().ends_with("2207052"));
    assert_eq!(user.publish(&world, &bad).graph(), (9_007, 2_207_027));
    world.sim.set(|settings| settings.missing_status_code = true);
    assert!(world.get(&user.url(&format!("{bad}?fields=status_code,status")), &user.grant.access_token).json()["status_code"].is_null());
}

#[test]
fn the_own_host_knows_no_resumable_upload() {
    let world = world();
    let user = user(&world, InstagramLogin::Instagram);
    assert_eq!(user.create(&world, &[("media_type", "REELS"), ("upload_type", "resumable")]).graph().0, 100);
}

#[test]
fn the_hosts_refuse_each_others_tokens() {
    let world = world();
    let (linked, alone) = (user(&world, InstagramLogin::Facebook), user(&world, InstagramLogin::Instagram));
    let read = |user: &User, id: &str, token: &str| world.get(&user.url(&format!("{id}?fields=username")), token).graph();
    assert_eq!(read(&linked, &linked.grant.remote_id, &alone.grant.access_token), (190, 0));
    assert_eq!(read(&alone, &alone.grant.remote_id, &linked.grant.access_token), (190, 0));
    assert_eq!(read(&linked, &alone.grant.remote_id, &linked.grant.access_token), (100, 33));
    assert_eq!(read(&linked, &linked.grant.remote_id, &linked.grant.access_token), (0, 0));
    assert_eq!(read(&linked, &linked.grant.remote_id, linked.grant.user_token.as_ref().unwrap()), (0, 0));
    world.sim.set(|settings| settings.page_token_reads_fail = true);
    assert_eq!(read(&linked, &linked.grant.remote_id, &linked.grant.access_token), (100, 33));
    assert_eq!(read(&linked, &linked.grant.remote_id, linked.grant.user_token.as_ref().unwrap()), (0, 0));
}

#[test]
fn a_container_expires_and_belongs_to_its_account() {
    let world = world();
    let (host, one, other) = (media_host(), user(&world, InstagramLogin::Instagram), user(&world, InstagramLogin::Instagram));
    let id = one.image(&world, &host, "/a.jpg").id();
    assert_eq!(other.publish(&world, &id).graph(), (24, 2_207_008));
    assert_eq!(world.get(&other.url(&id), &other.grant.access_token).graph(), (100, 33));
    world.seconds(86_400);
    assert_eq!(one.status(&world, &id), "EXPIRED");
    assert_eq!(one.publish(&world, &id).graph(), (24, 2_207_008));
}

#[test]
fn the_publishing_limit_is_told_and_kept() {
    let world = world();
    let (host, user) = (media_host(), user(&world, InstagramLogin::Facebook));
    world.sim.set(|settings| settings.instagram_quota = 1);
    let make = || {
        let id = user.image(&world, &host, "/a.jpg").id();
        world.seconds(2);
        user.publish(&world, &id)
    };
    assert_eq!(make().status, 200);
    let limit = |query: &str| world.get(&user.url(&format!("{}/content_publishing_limit{query}", user.grant.remote_id)), &user.grant.access_token).json();
    assert_eq!(limit("?fields=quota_usage,config"), json!({"data": [{"quota_usage": 1, "config": {"quota_total": 1, "quota_duration": 86_400}}]}));
    assert_eq!(limit(""), json!({"data": [{"quota_usage": 1}]}));
    assert_eq!(make().graph(), (9, 2_207_042));
    world.seconds(86_400);
    assert_eq!(make().status, 200);
}

#[test]
fn a_repeat_may_make_another_and_reads_may_lag() {
    let world = world();
    let (host, user) = (media_host(), user(&world, InstagramLogin::Facebook));
    world.sim.set(|settings| {
        settings.republishing_makes_another = true;
        settings.read_lag = std::time::Duration::from_secs(20);
    });
    let id = user.image(&world, &host, "/a.jpg").id();
    world.seconds(2);
    let media = user.publish(&world, &id).id();
    assert_eq!(user.status(&world, &id), "FINISHED");
    assert_eq!(world.get(&user.url(&media), &user.grant.access_token).graph(), (100, 33));
    user.publish(&world, &id).id();
    assert_eq!(world.sim.posts().len(), 2);
    world.seconds(20);
    assert_eq!(user.status(&world, &id), "PUBLISHED");
    assert_eq!(world.get(&user.url(&media), &user.grant.access_token).status, 200);
}
