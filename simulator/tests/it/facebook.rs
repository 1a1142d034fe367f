//! Pages: text, links, photos, and reading them back.

use serde_json::json;
use simulator::Grant;

use crate::support::{Reply, World, jpeg, world};

fn feed(world: &World, page: &Grant, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token, fields)
}

fn photo(world: &World, page: &Grant, bytes: &[u8], fields: &[(&str, &str)]) -> Reply {
    world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, fields, Some(bytes))
}

#[test]
fn a_text_post_is_visible_at_once_and_found_again() {
    let world = world();
    let page = world.sim.add_page("Corner Shop");
    let id = feed(&world, &page, &[("message", "Good morning")]).id();
    assert!(id.starts_with(&format!("{}_", page.remote_id)));
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.caption.as_str(), post.remote_id.as_str()), ("text", "Good morning", id.as_str()));
    assert_eq!(world.get(&post.permalink, "").status, 200);
    let fields = "id,message,created_time,permalink_url,application,attachments";
    let list = world.get(&world.graph(&format!("{}/published_posts?fields={fields}", page.remote_id)), &page.access_token).json();
    let found = &list["data"][0];
    assert_eq!((found["message"].clone(), found["created_time"].clone()), (json!("Good morning"), json!("2026-12-01T09:00:00+0000")));
    assert_eq!(found["application"]["id"], simulator::FACEBOOK_APP_ID);
    let one = world.get(&world.graph(&format!("{id}?fields=permalink_url")), &page.access_token).json();
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
        let list = world.get(&world.graph(&format!("{}/published_posts?{query}", page.remote_id)), &page.access_token).json();
        list["data"].as_array().unwrap().iter().map(|post| post["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ask(String::new()), ["three", "two", "one"]);
    assert_eq!(ask(format!("since={}", begin + 100)), ["three", "two"]);
    assert_eq!(ask(format!("since={begin}&until={}", begin + 150)), ["two", "one"]);
    assert_eq!(ask("limit=1".into()), ["three"]);
}

#[test]
fn several_photos_become_one_post_and_each_only_once() {
    let world = world();
    let page = world.sim.add_page("Gallery");
    let (a, b) = (jpeg(800, 800), jpeg(640, 800));
    let ids: Vec<String> = [&a, &b].map(|bytes| photo(&world, &page, bytes, &[("published", "false")]).id()).to_vec();
    assert!(world.sim.posts().is_empty());
    let media = json!([{"media_fbid": ids[0]}, {"media_fbid": ids[1]}]).to_string();
    let post = feed(&world, &page, &[("message", "two"), ("attached_media", &media)]).id();
    let seen = &world.sim.posts()[0];
    assert_eq!((seen.kind, seen.media_sha256.len()), ("photos", 2));
    let fields = "attachments%7Bsubattachments%7Btarget%7Bid%7D%7D%7D";
    let found = world.get(&world.graph(&format!("{post}?fields={fields}")), &page.access_token).json();
    let inner = &found["attachments"]["data"][0]["subattachments"]["data"];
    assert_eq!(inner, &json!([{"target": {"id": ids[0]}}, {"target": {"id": ids[1]}}]));
    assert_eq!(world.get(&world.graph(&format!("{}?fields=page_story_id", ids[0])), &page.access_token).json()["page_story_id"], json!(post));
    assert_eq!(feed(&world, &page, &[("message", "again"), ("attached_media", &media)]).graph(), (100, 1_366_051));
    assert_eq!(world.sim.posts().len(), 1);
    world.all_documented();
}

#[test]
fn attached_media_may_be_indexed_and_keeps_its_order() {
    let world = world();
    let page = world.sim.add_page("Indexed");
    let ids: Vec<String> = (0..2).map(|_| photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id()).collect();
    let items: Vec<String> = ids.iter().map(|id| json!({"media_fbid": id}).to_string()).collect();
    let post = feed(&world, &page, &[("attached_media[1]", &items[1]), ("attached_media[0]", &items[0])]).id();
    let found = world.get(&world.graph(&format!("{post}?fields=attachments")), &page.access_token).json();
    assert_eq!(found["attachments"]["data"][0]["subattachments"]["data"][0]["target"]["id"], json!(ids[0]));
    world.all_documented();
}

#[test]
fn a_published_photo_is_a_post() {
    let world = world();
    let page = world.sim.add_page("Single");
    let reply = photo(&world, &page, &jpeg(800, 800), &[("caption", "alone")]).json();
    let post = &world.sim.posts()[0];
    assert_eq!((post.kind, post.remote_id.as_str(), post.caption.as_str()), ("photos", reply["post_id"].as_str().unwrap(), "alone"));
    let found = world.get(&world.graph(&format!("{}?fields=attachments", post.remote_id)), &page.access_token).json();
    assert_eq!(found["attachments"]["data"][0]["target"]["id"], reply["id"]);
    assert_eq!(world.sim.calls()[0].name, "facebook.photo_publish");
}

#[test]
fn photos_are_checked_deleted_and_forgotten() {
    let world = world();
    let page = world.sim.add_page("Checked");
    assert_eq!(photo(&world, &page, b"<html></html>", &[("published", "false")]).graph().0, 324);
    let none = world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, &[("published", "false")], None);
    assert_eq!(none.graph().0, 324);
    let mut large = jpeg(800, 800);
    large.resize((10 << 20) + 1, 0);
    assert_eq!(photo(&world, &page, &large, &[("published", "false")]).graph(), (100, 1_366_046));
    let id = photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id();
    assert_eq!(world.delete(&world.graph(&id), &page.access_token).json(), json!({"success": true}));
    assert_eq!(world.delete(&world.graph(&id), &page.access_token).graph(), (100, 33));
    let id = photo(&world, &page, &jpeg(800, 800), &[("published", "false")]).id();
    world.seconds(86_400);
    let media = json!([{"media_fbid": id}]).to_string();
    assert_eq!(feed(&world, &page, &[("attached_media", &media)]).graph().0, 100);
}

#[test]
fn the_feed_refuses_what_it_must() {
    let world = world();
    let (page, other) = (world.sim.add_page("Mine"), world.sim.add_page("Other"));
    assert_eq!(feed(&world, &page, &[("message", "")]).graph().0, 100);
    assert_eq!(feed(&world, &page, &[("link", "https://www.facebook.com/x")]).graph(), (100, 1_609_008));
    assert_eq!(feed(&world, &page, &[("link", "nowhere")]).graph(), (100, 2_061_006));
    let foreign = photo(&world, &other, &jpeg(800, 800), &[("published", "false")]).id();
    let media = json!([{"media_fbid": foreign}]).to_string();
    assert_eq!(feed(&world, &page, &[("attached_media", &media)]).graph().0, 100);
    let url = world.graph(&format!("{}/feed", page.remote_id));
    assert_eq!(world.form(&url, page.user_token.as_ref().unwrap(), &[("message", "x")]).graph(), (190, 2_069_032));
    assert_eq!(world.form(&url, &other.access_token, &[("message", "x")]).graph().0, 200);
    world.sim.set(|settings| settings.refuse_duplicates = true);
    feed(&world, &page, &[("message", "twice")]);
    assert_eq!(feed(&world, &page, &[("message", "twice")]).graph().0, 506);
    assert_eq!(world.sim.posts().len(), 1);
    world.sim.expire_token(&page.remote_id);
    assert_eq!(feed(&world, &page, &[("message", "late")]).graph(), (190, 463));
    assert_eq!(feed(&world, &other, &[("message", "other"), ("link", "https://example.org/a")]).status, 200);
    assert_eq!(world.sim.posts().last().unwrap().kind, "link");
}

#[test]
fn reads_may_lag_behind() {
    let world = world();
    let page = world.sim.add_page("Lagging");
    world.sim.set(|settings| settings.read_lag = std::time::Duration::from_secs(10));
    let id = feed(&world, &page, &[("message", "fresh")]).id();
    let read = || world.get(&world.graph(&id), &page.access_token).graph();
    let listed = || {
        let list = world.get(&world.graph(&format!("{}/published_posts", page.remote_id)), &page.access_token).json();
        list["data"].as_array().unwrap().len()
    };
    assert_eq!((read(), listed()), ((100, 33), 0));
    assert_eq!(world.sim.posts().len(), 1);
    world.seconds(10);
    assert_eq!((read(), listed()), ((0, 0), 1));
}

#[test]
fn a_photo_may_be_fetched_by_url() {
    let world = world();
    let page = world.sim.add_page("Fetched");
    let host = crate::support::host(vec![("/a.jpg", "image/jpeg", jpeg(800, 800)), ("/page", "text/html", jpeg(800, 800))]);
    let url = world.graph(&format!("{}/photos", page.remote_id));
    let send = |path: &str| world.form(&url, &page.access_token, &[("published", "false"), ("url", &format!("{}{path}", host.url))]);
    assert!(!send("/a.jpg").id().is_empty());
    assert_eq!(send("/page").graph().0, 324);
    assert!(world.sim.posts().is_empty());
}
