//! Posts that are held back, changed, scheduled and removed; links; lists; comments.

use serde_json::{Value, json};
use simulator::Grant;

use crate::support::{Reply, World, host, jpeg, world};

fn feed(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token, fields)
}

fn photo(world: &World, page: &Grant, fields: &[(&str, &str)]) -> String {
    world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, fields, Some(&jpeg(800, 800))).id()
}

fn list(world: &World, page: &Grant, edge: &str) -> Vec<Value> {
    world.get(&world.graph(&format!("{}/{edge}", page.remote_id)), &page.access_token).json()["data"].as_array().unwrap().clone()
}

fn in_an_hour(world: &World) -> String {
    (world.clock.now() + chrono::TimeDelta::hours(1)).timestamp().to_string()
}

#[test]
fn a_link_is_a_post_if_it_can_be_scraped() {
    let world = world();
    let page = world.sim.add_page("Links");
    let site = host(vec![("/", "text/html", b"<html></html>".to_vec())]);
    let id = feed(&world, &page, &[("message", "look"), ("link", &format!("{}/", site.url))]).id();
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.remote_id.as_str(), post.details["link"].clone()), ("link", id.as_str(), format!("{}/", site.url)));
    assert!(site.agents.lock().unwrap()[0].starts_with("facebookexternalhit"));
    let node = world.get(&world.graph(&format!("{id}?fields=attachments,status_type")), &page.access_token).json();
    assert_eq!((node["status_type"].clone(), node["attachments"]["data"][0]["media_type"].clone()), (json!("shared_story"), json!("link")));
    // Nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(feed(&world, &page, &[("link", &format!("http://{closed}/"))]).graph(), (100, 1_609_005));
    assert_eq!(feed(&world, &page, &[("link", "https://www.unscrapable.example/a")]).graph(), (100, 1_609_005));
    assert_eq!(feed(&world, &page, &[("link", "https://example.org/a")]).status, 200);
    assert_eq!(world.sim.posts().len(), 2);
    world.all_documented();
}

#[test]
fn an_unpublished_post_is_published_by_its_id() {
    let world = world();
    let page = world.sim.add_page("Two steps");
    let id = feed(&world, &page, &[("message", "held"), ("published", "false")]).id();
    assert!(world.sim.posts().is_empty() && list(&world, &page, "published_posts").is_empty());
    assert_eq!(list(&world, &page, "feed?fields=is_published")[0]["is_published"], false);
    let publish = || world.form(&world.graph(&id), &page.access_token, &[("is_published", "true")]);
    world.seconds(60);
    assert_eq!(publish().json(), json!({"success": true}));
    // The same post, however often.
    assert_eq!(publish().json(), json!({"success": true}));
    let posts = world.sim.posts();
    assert_eq!((posts.len(), posts[0].remote_id.as_str(), posts[0].at), (1, id.as_str(), world.clock.now()));
    assert_eq!(world.form(&world.graph(&id), &page.access_token, &[("is_published", "false")]).graph().0, 100);
    let names: Vec<_> = world.sim.calls().iter().map(|call| call.name).collect();
    assert!(names.starts_with(&["facebook.feed_unpublished"]) && names.contains(&"facebook.post_set_published"));
    world.all_documented();
}

#[test]
fn photos_of_an_unpublished_post_are_lost_after_a_day() {
    let world = world();
    let page = world.sim.add_page("Slow");
    let media = json!([{"media_fbid": photo(&world, &page, &[("published", "false")])}]).to_string();
    let id = feed(&world, &page, &[("message", "held"), ("published", "false"), ("attached_media", &media)]).id();
    world.seconds(86_400);
    assert_eq!(world.form(&world.graph(&id), &page.access_token, &[("is_published", "true")]).graph().0, 100);
    assert!(world.sim.posts().is_empty());
}

#[test]
fn a_scheduled_post_with_photos_comes_out_by_itself() {
    let world = world();
    let page = world.sim.add_page("Scheduled");
    let at = in_an_hour(&world);
    let scheduled = [("message", "later"), ("published", "false"), ("scheduled_publish_time", at.as_str()), ("unpublished_content_type", "SCHEDULED")];
    let media = json!([{"media_fbid": photo(&world, &page, &[("published", "false"), ("temporary", "true")])}]).to_string();
    let id = feed(&world, &page, &[&scheduled[..], &[("attached_media", media.as_str())]].concat()).id();
    let found = list(&world, &page, "scheduled_posts?fields=id,scheduled_publish_time,is_published");
    assert_eq!(found, [json!({"id": id, "scheduled_publish_time": at.parse::<i64>().unwrap(), "is_published": false})]);
    world.seconds(3_600);
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.remote_id.as_str(), post.media_sha256.len()), ("photos", id.as_str(), 1));
    assert!(list(&world, &page, "scheduled_posts").is_empty());
    assert_eq!(list(&world, &page, "published_posts?fields=created_time")[0]["created_time"], "2026-12-01T10:00:00+0000");
    // Of a photo on its own.
    let at = in_an_hour(&world);
    let reply = world.multipart(
        &world.graph(&format!("{}/photos", page.remote_id)),
        &page.access_token,
        &[("published", "false"), ("scheduled_publish_time", &at)],
        Some(&jpeg(800, 800)),
    );
    assert!(reply.json()["post_id"].is_string());
    world.seconds(3_600);
    assert_eq!(world.sim.posts().len(), 2);
    world.all_documented();
}

#[test]
fn a_scheduled_post_can_be_moved_until_it_is_near() {
    let world = world();
    let page = world.sim.add_page("Moved");
    let at = in_an_hour(&world);
    let id = feed(&world, &page, &[("message", "x"), ("published", "false"), ("scheduled_publish_time", &at)]).id();
    let change = |fields: &[(&str, &str)]| world.form(&world.graph(&id), &page.access_token, fields);
    assert_eq!(change(&[("scheduled_publish_time", "2026-12-01T11:00:00+0000"), ("message", "y")]).status, 200);
    world.seconds(3_600);
    assert!(world.sim.posts().is_empty());
    world.seconds(3_600 - 179);
    assert_eq!(change(&[("scheduled_publish_time", &in_an_hour(&world))]).graph().0, 100);
    world.seconds(179);
    assert_eq!(world.sim.posts()[0].caption, "y");
}

#[test]
fn posts_are_changed_and_removed_by_their_own_app_only() {
    let world = world();
    let page = world.sim.add_page("Own");
    let id = feed(&world, &page, &[("message", "first")]).id();
    let foreign = world.sim.add_foreign_post(&page.remote_id, "first");
    let url = world.graph(&id);
    assert_eq!(world.form(&url, &page.access_token, &[("message", "second"), ("is_pinned", "true")]).json(), json!({"success": true}));
    let added = photo(&world, &page, &[("published", "false")]);
    let media = json!([{"media_fbid": added}]).to_string();
    assert_eq!(world.form(&url, &page.access_token, &[("attached_media", &media)]).status, 200);
    let own = world.sim.posts().into_iter().find(|post| !post.foreign).unwrap();
    assert_eq!((own.caption.as_str(), own.kind), ("second", "photos"));
    world.form(&url, &page.access_token, &[("is_hidden", "true")]);
    assert_eq!(world.sim.posts().len(), 1);
    assert_eq!(world.form(&world.graph(&foreign), &page.access_token, &[("message", "x")]).graph().0, 200);
    let apps: Vec<_> = list(&world, &page, "published_posts?fields=application").iter().map(|post| post["application"]["id"].clone()).collect();
    assert_eq!(apps, [json!("900000000000009"), json!(simulator::FACEBOOK_APP_ID)]);
    assert_eq!(world.delete(&url, &page.access_token).json(), json!({"success": true}));
    assert_eq!(world.delete(&url, &page.access_token).graph(), (100, 33));
    assert_eq!(world.get(&world.graph(&added), &page.access_token).graph(), (100, 33));
    world.all_documented();
}

#[test]
fn the_feed_shows_visitors_and_the_published_posts_do_not() {
    let world = world();
    let page = world.sim.add_page("Visited");
    feed(&world, &page, &[("message", "ours")]);
    world.sim.add_visitor_post(&page.remote_id, "A visitor", "theirs");
    assert_eq!(list(&world, &page, "published_posts").len(), 1);
    let all = list(&world, &page, "feed?fields=message,from,application");
    assert_eq!(all.len(), 2);
    assert!(all.iter().any(|post| post["from"]["name"] == "A visitor" && post["application"].is_null()));
    assert_eq!(world.sim.posts().len(), 1);
    let too_many = world.get(&world.graph(&format!("{}/feed?limit=101", page.remote_id)), &page.access_token);
    assert_eq!(too_many.graph().0, 100);
    world.sim.withdraw_scope(&page.remote_id, "pages_read_user_content");
    assert_eq!(world.get(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token).graph().0, 283);
}

#[test]
fn a_comment_by_the_page_is_found_among_those_of_visitors() {
    let world = world();
    let page = world.sim.add_page("Talks");
    let id = feed(&world, &page, &[("message", "post")]).id();
    let url = world.graph(&format!("{id}/comments"));
    world.sim.add_visitor_comment(&id, "A visitor", "first!");
    let comment = world.form(&url, &page.access_token, &[("message", "more here")]).id();
    assert!(comment.starts_with(id.split('_').nth(1).unwrap()));
    let found = world.get(&format!("{url}?fields=id,message,from&limit=50"), &page.access_token).json()["data"].clone();
    assert_eq!((found[0]["from"]["name"].clone(), found[1]["from"]["id"].clone()), (json!("A visitor"), json!(page.remote_id)));
    assert_eq!(found[1]["id"], comment);
    let seen: Vec<_> = world.sim.posts()[0].comments.iter().map(|comment| (comment.by.clone(), comment.text.clone())).collect();
    assert_eq!(seen, [("A visitor".to_owned(), "first!".to_owned()), (page.remote_id.clone(), "more here".to_owned())]);
    world.sim.withdraw_scope(&page.remote_id, "pages_read_user_content");
    assert_eq!(world.get(&url, &page.access_token).json()["data"].as_array().unwrap().len(), 1);
    world.sim.set(|settings| settings.read_lag = std::time::Duration::from_secs(10));
    world.seconds(10);
    world.form(&url, &page.access_token, &[("message", "fresh")]);
    assert_eq!(world.get(&url, &page.access_token).json()["data"].as_array().unwrap().len(), 1);
    world.all_documented();
}

#[test]
fn a_photo_without_a_story_is_public_and_no_post() {
    let world = world();
    let page = world.sim.add_page("Album");
    let reply = world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, &[("no_story", "true")], Some(&jpeg(800, 800))).json();
    assert!(reply["id"].is_string() && reply["post_id"].is_null());
    assert_eq!((world.sim.posts().len(), list(&world, &page, "published_posts").len()), (1, 0));
}

#[test]
fn requests_may_be_json() {
    let world = world();
    let page = world.sim.add_page("Json");
    let staged = photo(&world, &page, &[("published", "false"), ("caption", "waiting")]);
    let body = json!({"message": "as <json>", "published": false, "attached_media": [{"media_fbid": staged}]});
    let id = world.json(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token, &body).id();
    assert!(world.sim.posts().is_empty());
    assert_eq!(world.json(&world.graph(&id), &page.access_token, &json!({"is_published": true})).json(), json!({"success": true}));
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.caption.as_str(), post.remote_id.as_str()), ("photos", "as <json>", id.as_str()));
    world.all_documented();
}
