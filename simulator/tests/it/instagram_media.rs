//! Media after they are live: comments, switching them off, deletion, what reads see and when.

use serde_json::json;
use simulator::InstagramLogin;

use crate::support_instagram::{LOGINS, scene};

#[test]
fn comments_are_read_newest_first_and_a_repeat_makes_another() {
    for login in LOGINS {
        let (world, host, user) = scene(login);
        let media = user.posted(&world, &host);
        let comments = format!("{media}/comments");
        for text in ["first", "second", "second"] {
            world.seconds(1);
            user.post(&world, &comments, &[("message", text)]).id();
        }
        let read = user.get(&world, &format!("{comments}?fields=id,text,username,timestamp")).json();
        let texts: Vec<_> = read["data"].as_array().unwrap().iter().map(|comment| comment["text"].clone()).collect();
        assert_eq!(texts, ["second", "second", "first"]);
        assert_eq!((read["data"][2]["username"].clone(), read["data"][2]["timestamp"].clone()), (json!("poster"), json!("2026-12-01T09:00:03+0000")));
        let plain = user.get(&world, &comments).json();
        let keys: Vec<_> = plain["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "text", "timestamp"]);
        let posts = world.sim.posts();
        let shown: Vec<&str> = posts[0].comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(shown, ["first", "second", "second"]);
        assert_eq!(posts[0].comments[0].by, user.grant.remote_id);
        world.all_documented();
    }
}

#[test]
fn at_most_fifty_comments_come_at_once() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let comments = format!("{}/comments", user.posted(&world, &host));
    for number in 0..52 {
        user.post(&world, &comments, &[("message", &number.to_string())]).id();
    }
    let read = user.get(&world, &format!("{comments}?limit=100")).json();
    assert_eq!((read["data"].as_array().unwrap().len(), read["data"][0]["text"].clone()), (50, json!("51")));
    let rest = world.get(read["paging"]["next"].as_str().unwrap(), "").json();
    assert_eq!(rest["data"].as_array().unwrap().len(), 2);
}

#[test]
fn comments_can_be_switched_off_and_on() {
    let (world, host, user) = scene(InstagramLogin::Instagram);
    let media = user.posted(&world, &host);
    let switch = |to: &str| user.post(&world, &media, &[("comment_enabled", to)]).json();
    let comment = || user.post(&world, &format!("{media}/comments"), &[("message", "hello")]).graph().0;
    assert_eq!(switch("false"), json!({"success": true}));
    assert_eq!(user.get(&world, &format!("{media}?fields=is_comment_enabled")).json()["is_comment_enabled"], false);
    assert_eq!(comment(), 100);
    switch("true");
    assert_eq!(comment(), 0);
    world.all_documented();
}

#[test]
fn only_facebooks_host_deletes_and_the_quota_remembers() {
    let (world, host, user) = scene(InstagramLogin::Facebook);
    let media = user.posted(&world, &host);
    let deleted = world.delete(&user.url(&media), &user.grant.access_token).json();
    assert_eq!(deleted, json!({"success": true, "deleted_id": media}));
    assert!(world.sim.posts().is_empty());
    assert_eq!(user.get(&world, &media).graph(), (100, 33));
    let limit = user.get(&world, &format!("{}/content_publishing_limit", user.grant.remote_id)).json();
    assert_eq!(limit["data"][0]["quota_usage"], 1);
    let (world, host, user) = scene(InstagramLogin::Instagram);
    let media = user.posted(&world, &host);
    assert_eq!(world.delete(&user.url(&media), &user.grant.access_token).graph(), (100, 33));
    assert_eq!(world.sim.posts().len(), 1);
}
