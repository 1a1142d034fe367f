//! Carousels and stories on both hosts, and what a post can say beside its caption.

use serde_json::json;
use simulator::{InstagramLogin, LOCATIONS};

use crate::{
    support::{video, world},
    support_instagram::{LOGINS, scene, user},
};

#[test]
fn a_mixed_carousel_is_one_post_with_its_items_in_order() {
    for login in LOGINS {
        let (world, host, user) = scene(login);
        let picture = format!("{}/a.jpg", host.url);
        let described = user.ready(&world, &[("image_url", &picture), ("is_carousel_item", "true"), ("alt_text", "a square")]);
        let more = user.items(&world, &host, &["/a.mp4", "/portrait.jpg"]);
        let children = format!("{described},{more}");
        let parent = user.create(&world, &[("media_type", "CAROUSEL"), ("children", &children), ("caption", "three")]).id();
        assert_eq!(user.publish(&world, &parent).graph(), (9_007, 2_207_027));
        world.seconds(2);
        let media = user.publish(&world, &parent).id();
        let posts = world.sim.posts();
        assert_eq!(posts.len(), 1);
        assert_eq!((posts[0].kind, posts[0].caption.as_str(), posts[0].media_sha256.len()), ("carousel", "three", 3));
        assert_ne!(posts[0].media_sha256[0], posts[0].media_sha256[1]);
        assert_eq!(posts[0].alt_texts, ["a square", "", ""]);
        let read = user.get(&world, &format!("{media}?fields=media_type,media_product_type,children{{media_type,alt_text}}")).json();
        assert_eq!((read["media_type"].clone(), read["media_product_type"].clone()), (json!("CAROUSEL_ALBUM"), json!("FEED")));
        let types: Vec<_> = read["children"]["data"].as_array().unwrap().iter().map(|item| item["media_type"].clone()).collect();
        assert_eq!(types, ["IMAGE", "VIDEO", "IMAGE"]);
        let edge = user.get(&world, &format!("{media}/children?fields=id,media_type,permalink")).json();
        assert_eq!(edge["data"][1]["permalink"], json!(posts[0].permalink));
        let list = user.get(&world, &format!("{}/media?fields=id", user.grant.remote_id)).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        // An item is no post of its own, and a published one is no item any more.
        assert_eq!(user.publish(&world, &described).graph(), (24, 2_207_006));
        assert_eq!(user.create(&world, &[("media_type", "CAROUSEL"), ("children", &children)]).graph().0, 100);
        assert_eq!(user.status(&world, &described), "PUBLISHED");
        world.all_documented();
    }
}

#[test]
fn finished_items_can_be_taken_by_a_later_parent() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let children = user.items(&world, &host, &["/a.jpg", "/portrait.jpg"]);
    let array = format!("[\"{}\"]", children.replace(',', "\",\""));
    let parent = |children: &str| user.ready(&world, &[("media_type", "CAROUSEL"), ("children", children)]);
    let (first, second) = (parent(&children), parent(&array));
    assert_ne!(first, second);
    user.publish(&world, &second).id();
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn a_carousel_counts_once_for_the_limit_and_each_container_for_its_own() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let children = user.items(&world, &host, &["/a.jpg", "/a.jpg"]);
    let parent = user.ready(&world, &[("media_type", "CAROUSEL"), ("children", &children)]);
    user.publish(&world, &parent).id();
    let limit = user.get(&world, &format!("{}/content_publishing_limit", user.grant.remote_id)).json();
    assert_eq!(limit["data"][0]["quota_usage"], 1);
    let url = format!("{}/a.jpg", host.url);
    for _ in 0..397 {
        user.create(&world, &[("image_url", &url)]).id();
    }
    assert_eq!(user.create(&world, &[("image_url", &url)]).graph().0, 80_002);
    world.seconds(86_400);
    assert_eq!(user.create(&world, &[("image_url", &url)]).graph().0, 0);
}

#[test]
fn stories_live_for_a_day_and_in_a_list_of_their_own() {
    for login in LOGINS {
        let (world, host, user) = scene(login);
        let mut media = Vec::new();
        // A story may be as tall as it likes, and its caption has no effect.
        for (source, path) in [("image_url", "/tall.jpg"), ("video_url", "/a.mp4")] {
            let url = format!("{}{path}", host.url);
            let container = user.ready(&world, &[("media_type", "STORIES"), (source, &url), ("caption", "unheard")]);
            media.push(user.publish(&world, &container).id());
        }
        let posts = world.sim.posts();
        assert_eq!((posts.len(), posts[0].kind, posts[0].caption.as_str()), (2, "story", ""));
        let read = user.get(&world, &format!("{}?fields=media_type,media_product_type,permalink", media[1])).json();
        assert_eq!((read["media_type"].clone(), read["media_product_type"].clone()), (json!("VIDEO"), json!("STORY")));
        assert!(read["permalink"].as_str().unwrap().ends_with(&format!("/stories/poster/{}", media[1])));
        assert_eq!(world.get(read["permalink"].as_str().unwrap(), "").status, 200);
        let count = |edge: &str| user.get(&world, &format!("{}/{edge}?fields=id", user.grant.remote_id)).json()["data"].as_array().unwrap().len();
        assert_eq!((count("stories"), count("media")), (2, 0));
        assert_eq!(user.post(&world, &format!("{}/comments", media[0]), &[("message", "first")]).graph().0, 100);
        world.seconds(86_400);
        assert_eq!((count("stories"), world.sim.posts().len(), world.sim.ever_posted().len()), (0, 0, 2));
        assert_eq!(user.get(&world, &media[0]).graph(), (100, 33));
        world.all_documented();
    }
}

#[test]
fn story_and_item_videos_can_be_pushed_and_resumed_through_facebooks_host() {
    for fields in [
        [("media_type", "STORIES"), ("upload_type", "resumable")].as_slice(),
        &[("media_type", "VIDEO"), ("is_carousel_item", "true"), ("upload_type", "resumable")],
    ] {
        let world = world();
        let user = user(&world, InstagramLogin::Facebook);
        let made = user.create(&world, fields).json();
        let (id, uri) = (made["id"].as_str().unwrap(), made["uri"].as_str().unwrap());
        let bytes = video(90_000);
        let oauth = format!("OAuth {}", user.grant.access_token);
        let send = |offset: &str, part: &[u8]| world.send("POST", uri, &[("authorization", &oauth), ("offset", offset), ("file_size", "90000")], part).unwrap();
        assert_eq!(send("0", &bytes[..40_000]).status, 400);
        assert_eq!(send("30000", &bytes[30_000..]).json()["debug_info"]["type"], "OffsetInvalidError");
        assert_eq!(send("40000", &bytes[40_000..]).json()["success"], true);
        world.seconds(2);
        assert_eq!(user.status(&world, id), "FINISHED");
        world.all_documented();
    }
}

#[test]
fn what_a_post_says_beside_its_caption_can_be_seen() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let (video_url, cover) = (format!("{}/a.mp4", host.url), format!("{}/a.jpg", host.url));
    let reel = user.ready(
        &world,
        &[
            ("media_type", "REELS"),
            ("video_url", &video_url),
            ("cover_url", &cover),
            ("thumb_offset", "500"),
            ("share_to_feed", "false"),
            ("audio_name", "Rain"),
            ("is_ai_generated", "true"),
            ("is_paid_partnership", "true"),
            ("trial_params", r#"{"graduation_strategy":"MANUAL"}"#),
            ("collaborators", r#"["friend.one"]"#),
            ("user_tags", r#"[{"username":"friend.two"}]"#),
            ("location_id", LOCATIONS[0].0),
            ("poll_attachment", r#"{"option_a":"yes","option_b":"no"}"#),
        ],
    );
    let media = user.publish(&world, &reel).id();
    let expected = [
        "AI info",
        "Paid partnership",
        "Trial reel",
        "Reels tab only",
        "Audio: Rain",
        "At Sim Harbour",
        "With friend.one",
        "Tagged: friend.two",
        "Poll: yes / no",
    ];
    assert_eq!(world.sim.posts()[0].labels, expected);
    let read = user.get(&world, &format!("{media}?fields=is_ai_generated,is_shared_to_feed,thumbnail_url,media_url")).json();
    assert_eq!((read["is_ai_generated"].clone(), read["is_shared_to_feed"].clone()), (json!(true), json!(false)));
    // The cover, not the video, is its thumbnail, and both can be looked at.
    assert_ne!(read["thumbnail_url"], read["media_url"]);
    for name in ["thumbnail_url", "media_url"] {
        assert_eq!(world.get(read[name].as_str().unwrap(), "").status, 200, "{name}");
    }
    world.all_documented();
}

#[test]
fn an_upload_may_name_an_address_instead_of_bytes() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let made = user.create(&world, &[("media_type", "REELS"), ("upload_type", "resumable")]).json();
    let (id, uri) = (made["id"].as_str().unwrap(), made["uri"].as_str().unwrap());
    let oauth = format!("OAuth {}", user.grant.access_token);
    let send = |path: &str| world.send("POST", uri, &[("authorization", &oauth), ("file_url", &format!("{}{path}", host.url))], &[]).unwrap();
    let refused = send("/missing.mp4").json();
    let inner: serde_json::Value = serde_json::from_str(refused["debug_info"]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["success"], false);
    assert_eq!(send("/a.mp4").json()["success"], true);
    assert_eq!(send("/a.mp4").json()["debug_info"]["type"], "ProcessingFailedError", "it has its bytes");
    world.seconds(2);
    user.publish(&world, id).id();
    assert_eq!(world.sim.posts().len(), 1);
    world.all_documented();
}
