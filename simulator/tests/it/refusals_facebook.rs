//! Documented misuses of Pages and of Facebook Login, and the documented answer to each. One world and one row a misuse.

use chrono::TimeDelta;
use serde_json::json;
use simulator::{FACEBOOK_APP_ID, FACEBOOK_APP_SECRET, Grant};

use crate::{
    clips::{CLIP, Clip},
    support::{PUBLIC, Reply, World, form, host, jpeg, world},
};

/// What is sent in a world with a Page of its own.
type Send = fn(&World, &Grant) -> Reply;

/// A name, the misuse, and the answer: status, code and subcode (0 where there is none).
struct Row(&'static str, Send, (u16, i64, i64));

pub(crate) fn count() -> usize {
    ROWS.len() + UPLOADS.len() + DIALOGS.len() + PHASES.len()
}

fn post(world: &World, page: &Grant, edge: &str, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{}/{edge}", page.remote_id)), &page.access_token, fields)
}

fn get(world: &World, page: &Grant, path: &str) -> Reply {
    world.get(&world.graph(path), &page.access_token)
}

fn photo(world: &World, page: &Grant, fields: &[(&str, &str)], bytes: &[u8]) -> Reply {
    world.multipart(&world.graph(&format!("{}/photos", page.remote_id)), &page.access_token, fields, Some(bytes))
}

fn staged(world: &World, page: &Grant) -> String {
    photo(world, page, &[("published", "false")], &jpeg(800, 800)).id()
}

fn attach(world: &World, page: &Grant, ids: &[&str]) -> Reply {
    let media: Vec<_> = ids.iter().map(|id| json!({"media_fbid": id})).collect();
    post(world, page, "feed", &[("message", "x"), ("attached_media", &json!(media).to_string())])
}

fn hours(world: &World, hours: i64) -> String {
    (world.clock.now() + TimeDelta::hours(hours)).timestamp().to_string()
}

fn text(world: &World, page: &Grant) -> String {
    post(world, page, "feed", &[("message", "a post")]).id()
}

/// Phase `start` of one of the edges that upload in phases: the video's id and where its bytes go.
fn begun(world: &World, page: &Grant, edge: &str) -> (String, String) {
    let reply = post(world, page, edge, &[("upload_phase", "start")]).json();
    (reply["video_id"].as_str().unwrap().to_owned(), reply["upload_url"].as_str().unwrap().to_owned())
}

fn push(world: &World, page: &Grant, url: &str, bytes: &[u8]) -> Reply {
    let (oauth, size) = (format!("OAuth {}", page.access_token), bytes.len().to_string());
    let headers = [("authorization", oauth.as_str()), ("offset", "0"), ("file_size", size.as_str())];
    world.send("POST", url, &headers, bytes).unwrap()
}

fn reel(world: &World, page: &Grant) -> String {
    let (id, url) = begun(world, page, "video_reels");
    assert_eq!(push(world, page, &url, &CLIP.bytes(3_000)).status, 200);
    id
}

fn finish(world: &World, page: &Grant, id: &str, fields: &[(&str, &str)]) -> Reply {
    post(world, page, "video_reels", &[&[("upload_phase", "finish"), ("video_id", id)], fields].concat())
}

fn session(world: &World, page: &Grant) -> String {
    let reply = post(world, page, "videos", &[("upload_phase", "start"), ("file_size", "3000")]).json();
    reply["upload_session_id"].as_str().unwrap().to_owned()
}

fn chunk(world: &World, page: &Grant, session: &str, offset: &str, bytes: &[u8]) -> Reply {
    let url = world.graph(&format!("{}/videos", page.remote_id));
    let fields = [("upload_phase", "transfer"), ("upload_session_id", session), ("start_offset", offset)];
    world.files(&url, &page.access_token, &fields, &[("video_file_chunk", bytes)]).unwrap()
}

fn whole(world: &World, page: &Grant, bytes: &[u8]) -> Reply {
    world.files(&world.graph(&format!("{}/videos", page.remote_id)), &page.access_token, &[], &[("source", bytes)]).unwrap()
}

fn file_start(world: &World, token: &str, fields: &[(&str, &str)]) -> Reply {
    world.form(&world.graph(&format!("{FACEBOOK_APP_ID}/uploads")), token, fields)
}

fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/facebook")
}

fn token(world: &World, fields: &[(&str, &str)]) -> Reply {
    world.get(&world.graph(&format!("oauth/access_token?{}", form(fields))), "")
}

fn code(world: &World) -> String {
    let fields = [("client_id", FACEBOOK_APP_ID), ("redirect_uri", &redirect()), ("state", "s"), ("scope", "pages_show_list")];
    world.get(&format!("{}/v26.0/dialog/oauth?{}", world.urls.facebook_dialog_url, form(&fields)), "").back("code")
}

fn by_code(world: &World, code: &str, redirect: &str) -> Reply {
    token(world, &[("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET), ("code", code), ("redirect_uri", redirect)])
}

/// The answer to the last of so many calls.
fn the_last(times: usize, send: impl Fn() -> Reply) -> Reply {
    (1..times).for_each(|_| drop(send()));
    send()
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // --- who may do what ---
    Row("a post with the user's token", |w, p|
        w.form(&w.graph(&format!("{}/feed", p.remote_id)), p.user_token.as_ref().unwrap(), &[("message", "x")]), (401, 190, 2_069_032)),
    Row("a video with the user's token", |w, p| {
        let start = [("upload_phase", "start"), ("file_size", "3000")];
        w.form(&w.graph(&format!("{}/videos", p.remote_id)), p.user_token.as_ref().unwrap(), &start)
    }, (400, 100, 0)),
    Row("published posts with the user's token", |w, p|
        w.get(&w.graph(&format!("{}/published_posts", p.remote_id)), p.user_token.as_ref().unwrap()), (401, 190, 2_069_032)),
    Row("a post with another Page's token", |w, p|
        { let other = w.sim.add_page("Other"); w.form(&w.graph(&format!("{}/feed", p.remote_id)), &other.access_token, &[("message", "x")]) }, (403, 200, 0)),
    Row("a post without pages_manage_posts", |w, p|
        { w.sim.withdraw_scope(&p.remote_id, "pages_manage_posts"); post(w, p, "feed", &[("message", "x")]) }, (403, 200, 0)),
    Row("a post without pages_read_engagement", |w, p|
        { w.sim.withdraw_scope(&p.remote_id, "pages_read_engagement"); post(w, p, "feed", &[("message", "x")]) }, (403, 283, 0)),
    Row("a photo without pages_show_list", |w, p| { w.sim.withdraw_scope(&p.remote_id, "pages_show_list"); photo(w, p, &[], &jpeg(800, 800)) }, (403, 200, 0)),
    Row("a permission that is lacking, told as 10", |w, p| {
        w.sim.set(|settings| settings.graph.lacking_permission_is_10 = true); w.sim.withdraw_scope(&p.remote_id, "pages_manage_posts");
        post(w, p, "feed", &[("message", "x")])
    }, (403, 10, 0)),
    Row("a post on a Page that is no longer granted", |w, p| { w.sim.withdraw_page(&p.remote_id); post(w, p, "feed", &[("message", "x")]) }, (403, 10, 0)),
    Row("a post without the task CREATE_CONTENT", |w, p|
        { w.sim.set_tasks(&p.remote_id, &["ANALYZE", "MODERATE"]); post(w, p, "feed", &[("message", "x")]) }, (403, 200, 0)),
    Row("a comment without the task MODERATE", |w, p| {
        let id = text(w, p); w.sim.set_tasks(&p.remote_id, &["CREATE_CONTENT"]);
        w.form(&w.graph(&format!("{id}/comments")), &p.access_token, &[("message", "x")])
    }, (403, 200, 0)),
    Row("a comment without pages_manage_engagement", |w, p| {
        let id = text(w, p); w.sim.withdraw_scope(&p.remote_id, "pages_manage_engagement");
        w.form(&w.graph(&format!("{id}/comments")), &p.access_token, &[("message", "x")])
    }, (403, 200, 0)),
    Row("the feed without pages_read_user_content", |w, p|
        { w.sim.withdraw_scope(&p.remote_id, "pages_read_user_content"); get(w, p, &format!("{}/feed", p.remote_id)) }, (403, 283, 0)),
    Row("no token at all", |w, p| w.get(&w.graph(&p.remote_id), ""), (400, 2_500, 0)),
    Row("a token that is none", |w, p| w.form(&w.graph(&format!("{}/feed", p.remote_id)), "EAAnonsense", &[("message", "x")]), (401, 190, 0)),
    Row("a removed app", |w, p| { w.sim.end_access(&p.remote_id, 458); post(w, p, "feed", &[("message", "x")]) }, (401, 190, 458)),
    Row("a person in a checkpoint", |w, p| { w.sim.end_access(&p.remote_id, 459); get(w, p, &p.remote_id) }, (401, 190, 459)),
    Row("a changed password", |w, p| { w.sim.end_access(&p.remote_id, 460); post(w, p, "feed", &[("message", "x")]) }, (401, 190, 460)),
    Row("an expired token", |w, p| { w.sim.expire_token(&p.remote_id); post(w, p, "feed", &[("message", "x")]) }, (401, 190, 463)),
    Row("an unconfirmed person", |w, p| { w.sim.end_access(&p.remote_id, 464); get(w, p, &p.remote_id) }, (401, 190, 464)),
    Row("a person who logged out", |w, p| { w.sim.end_access(&p.remote_id, 467); get(w, p, &p.remote_id) }, (401, 190, 467)),
    Row("a lost role", |w, p| { w.sim.end_access(&p.remote_id, 492); post(w, p, "feed", &[("message", "x")]) }, (401, 190, 492)),
    Row("a proof of another secret", |w, p| get(w, p, &format!("{}?appsecret_proof=00", p.remote_id)), (400, 100, 0)),
    Row("a proof of another secret, told as 104", |w, p|
        { w.sim.set(|settings| settings.graph.wrong_proof_is_104 = true); get(w, p, &format!("{}?appsecret_proof=00", p.remote_id)) }, (400, 104, 0)),
    Row("no proof where one is required", |w, p| { w.sim.set(|settings| settings.require_proof = true); get(w, p, &p.remote_id) }, (400, 100, 0)),
    // --- text and links ---
    Row("an empty post", |w, p| post(w, p, "feed", &[("message", "")]), (400, 100, 0)),
    Row("a text of 63,207 units", |w, p| post(w, p, "feed", &[("message", &"a".repeat(63_207))]), (400, 100, 0)),
    Row("a link that is no address", |w, p| post(w, p, "feed", &[("link", "nowhere")]), (400, 100, 2_061_006)),
    Row("a link to facebook.com", |w, p| post(w, p, "feed", &[("link", "https://www.facebook.com/x")]), (400, 100, 1_609_008)),
    Row("a link that cannot be scraped", |w, p| post(w, p, "feed", &[("link", "https://unscrapable.example/")]), (400, 100, 1_609_005)),
    Row("a link to a missing page of this machine", |w, p| {
        let site = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); post(w, p, "feed", &[("link", &format!("http://{site}/"))])
    }, (400, 100, 1_609_005)),
    Row("a link and photos", |w, p| {
        let media = json!([{"media_fbid": staged(w, p)}]).to_string(); post(w, p, "feed", &[("link", "https://example.org/"), ("attached_media", &media)])
    }, (400, 100, 0)),
    Row("a card of a link that the Page does not own", |w, p| post(w, p, "feed", &[("link", "https://example.org/"), ("name", "Mine")]), (400, 100, 0)),
    Row("one card only", |w, p|
        post(w, p, "feed", &[("link", "https://example.org/"), ("child_attachments", r#"[{"link":"https://example.org/1"}]"#)]), (400, 100, 0)),
    Row("a card without a link", |w, p|
        post(w, p, "feed", &[("link", "https://example.org/"), ("child_attachments", r#"[{"name":"a"},{"link":"https://example.org/1"}]"#)]), (400, 100, 0)),
    Row("people without a place", |w, p| post(w, p, "feed", &[("message", "x"), ("tags", "1,2")]), (400, 100, 0)),
    Row("an audience that is no object", |w, p| post(w, p, "feed", &[("message", "x"), ("targeting", "CA")]), (400, 100, 0)),
    Row("a date that is still to come", |w, p| post(w, p, "feed", &[("message", "x"), ("backdated_time", &hours(w, 1))]), (400, 100, 0)),
    Row("a withdrawn background", |w, p| post(w, p, "feed", &[("message", "x"), ("text_format_preset_id", "1")]), (400, 100, 0)),
    Row("the same text twice", |w, p|
        { w.sim.set(|settings| settings.refuse_duplicates = true); text(w, p); post(w, p, "feed", &[("message", "a post")]) }, (400, 506, 0)),
    // --- time ---
    Row("a time without published=false", |w, p| post(w, p, "feed", &[("message", "x"), ("scheduled_publish_time", &hours(w, 1))]), (400, 100, 0)),
    Row("a time that is too near", |w, p|
        post(w, p, "feed", &[("message", "x"), ("published", "false"), ("scheduled_publish_time", &hours(w, 0))]), (400, 100, 0)),
    Row("a time that is too far", |w, p|
        post(w, p, "feed", &[("message", "x"), ("published", "false"), ("scheduled_publish_time", &hours(w, 31 * 24))]), (400, 100, 0)),
    Row("a time that is none", |w, p| post(w, p, "feed", &[("message", "x"), ("published", "false"), ("scheduled_publish_time", "soon")]), (400, 100, 0)),
    Row("a content type that is none", |w, p|
        post(w, p, "feed", &[("message", "x"), ("published", "false"), ("unpublished_content_type", "LATER")]), (400, 100, 0)),
    Row("scheduled without a time", |w, p|
        post(w, p, "feed", &[("message", "x"), ("published", "false"), ("unpublished_content_type", "SCHEDULED")]), (400, 100, 0)),
    Row("a scheduled post with a photo that is not temporary", |w, p| {
        let media = json!([{"media_fbid": staged(w, p)}]).to_string(); let at = hours(w, 1);
        post(w, p, "feed", &[("published", "false"), ("scheduled_publish_time", &at), ("unpublished_content_type", "SCHEDULED"), ("attached_media", &media)])
    }, (400, 100, 0)),
    // --- photos ---
    Row("a photo that is no picture", |w, p| photo(w, p, &[], b"<html></html>"), (400, 324, 0)),
    Row("no photo at all", |w, p| post(w, p, "photos", &[("published", "false")]), (400, 324, 0)),
    Row("a WebP", |w, p| photo(w, p, &[], b"RIFF\x10\0\0\0WEBPVP8 "), (400, 100, 1_366_046)),
    Row("a HEIC", |w, p| photo(w, p, &[], b"\0\0\0\x18ftypheic\0\0\0\0"), (400, 100, 1_366_046)),
    Row("a photo of more than 10 MB", |w, p|
        { let mut bytes = jpeg(800, 800); bytes.resize((10 << 20) + 1, 0); photo(w, p, &[], &bytes) }, (400, 100, 1_366_046)),
    Row("a photo of more than 4 MB, where that is the limit", |w, p| {
        w.sim.set(|settings| settings.facebook.photos_under_4_mb = true); let mut bytes = jpeg(800, 800); bytes.resize((4 << 20) + 1, 0);
        photo(w, p, &[], &bytes)
    }, (400, 100, 1_366_046)),
    Row("a photo's address that answers HTML", |w, p|
        { let site = host(vec![("/a.jpg", "text/html", jpeg(800, 800))]); post(w, p, "photos", &[("url", &format!("{}/a.jpg", site.url))]) }, (400, 324, 0)),
    Row("a photo's address in a private network", |w, p| post(w, p, "photos", &[("url", "http://192.168.1.2/a.jpg")]), (400, 324, 0)),
    Row("a photo's address on this machine, in the strict mode", |w, p| {
        w.sim.set(|settings| settings.facebook.refuse_private_urls = true); let site = host(vec![("/a.jpg", "image/jpeg", jpeg(800, 800))]);
        post(w, p, "photos", &[("url", &format!("{}/a.jpg", site.url))])
    }, (400, 324, 0)),
    Row("a temporary photo that is published", |w, p| photo(w, p, &[("temporary", "true")], &jpeg(800, 800)), (400, 100, 0)),
    Row("a photo that does not exist", |w, p| attach(w, p, &["123"]), (400, 100, 0)),
    Row("another Page's photo", |w, p| { let other = w.sim.add_page("Other"); let id = staged(w, &other); attach(w, p, &[&id]) }, (400, 100, 0)),
    Row("a video among the photos", |w, p| { let (id, _) = begun(w, p, "video_reels"); attach(w, p, &[&id]) }, (400, 100, 0)),
    Row("the same photo twice in a post", |w, p| { let id = staged(w, p); attach(w, p, &[&id, &id]) }, (400, 100, 0)),
    Row("a photo that was posted", |w, p| { let id = staged(w, p); attach(w, p, &[&id]); attach(w, p, &[&id]) }, (400, 100, 1_366_051)),
    Row("a photo that was published by itself", |w, p| { let id = photo(w, p, &[], &jpeg(800, 800)).id(); attach(w, p, &[&id]) }, (400, 100, 1_366_051)),
    Row("an unpublished photo after a day", |w, p| { let id = staged(w, p); w.seconds(86_400); attach(w, p, &[&id]) }, (400, 100, 0)),
    Row("a photo that was deleted", |w, p|
        { let id = staged(w, p); w.delete(&w.graph(&id), &p.access_token); w.delete(&w.graph(&id), &p.access_token) }, (400, 100, 33)),
    // --- videos ---
    Row("no video at all", |w, p| post(w, p, "videos", &[("description", "x")]), (400, 100, 0)),
    Row("an address and a phase", |w, p|
        post(w, p, "videos", &[("upload_phase", "start"), ("file_size", "3000"), ("file_url", "https://example.org/a.mp4")]), (400, 100, 0)),
    Row("an address and a handle", |w, p|
        post(w, p, "videos", &[("file_url", "https://example.org/a.mp4"), ("fbuploader_video_file_chunk", "4::x")]), (400, 100, 0)),
    Row("an address that cannot be fetched", |w, p|
        { let site = host(vec![]); post(w, p, "videos", &[("file_url", &format!("{}/a.mp4", site.url))]) }, (400, 389, 0)),
    Row("an address in a private network", |w, p| post(w, p, "videos", &[("file_url", "http://10.1.2.3/a.mp4")]), (400, 389, 0)),
    Row("a handle that is none", |w, p| post(w, p, "videos", &[("fbuploader_video_file_chunk", "4::x")]), (400, 100, 0)),
    Row("a file that is no video", |w, p| whole(w, p, &[1; 5_000]), (400, 6_000, 0)),
    Row("a file that is too small", |w, p| whole(w, p, &[1; 100]), (400, 382, 0)),
    Row("a session without a size", |w, p| post(w, p, "videos", &[("upload_phase", "start")]), (400, 100, 0)),
    Row("a session for nothing", |w, p| post(w, p, "videos", &[("upload_phase", "start"), ("file_size", "0")]), (400, 382, 0)),
    Row("a session that is none", |w, p| chunk(w, p, "1", "0", &[7; 10]), (400, 100, 0)),
    Row("another Page's session", |w, p|
        { let other = w.sim.add_page("Other"); let id = session(w, &other); chunk(w, p, &id, "0", &CLIP.bytes(3_000)) }, (400, 100, 0)),
    Row("a chunk from a wrong offset", |w, p| { let id = session(w, p); chunk(w, p, &id, "5", &CLIP.bytes(3_000)[5..]) }, (400, 6_001, 1_363_037)),
    Row("a chunk that is too short", |w, p| { let id = session(w, p); chunk(w, p, &id, "0", &CLIP.bytes(3_000)[..2_999]) }, (400, 6_001, 1_363_037)),
    Row("a finish without all bytes", |w, p|
        { let id = session(w, p); post(w, p, "videos", &[("upload_phase", "finish"), ("upload_session_id", &id)]) }, (400, 6_000, 0)),
    Row("a chunk after a day", |w, p| { let id = session(w, p); w.seconds(86_400); chunk(w, p, &id, "0", &CLIP.bytes(3_000)) }, (400, 6_000, 0)),
    Row("a phase that is none", |w, p| post(w, p, "videos", &[("upload_phase", "end"), ("upload_session_id", "1")]), (400, 100, 0)),
    Row("an upload of a type that is not allowed", |w, p|
        file_start(w, p.user_token.as_ref().unwrap(), &[("file_length", "10"), ("file_type", "video/webm")]), (400, 100, 0)),
    Row("an upload with a Page's token", |w, p| file_start(w, &p.access_token, &[("file_length", "10"), ("file_type", "video/mp4")]), (400, 100, 0)),
    // --- reels ---
    Row("a reel without its id", |w, p| post(w, p, "video_reels", &[("upload_phase", "finish"), ("video_state", "PUBLISHED")]), (400, 100, 0)),
    Row("a reel without its state", |w, p| { let id = reel(w, p); finish(w, p, &id, &[]) }, (400, 100, 0)),
    Row("a reel in a state that is none", |w, p| { let id = reel(w, p); finish(w, p, &id, &[("video_state", "PUBLIC")]) }, (400, 100, 0)),
    Row("a reel's phase as the table has it", |w, p|
        { let id = reel(w, p); post(w, p, "video_reels", &[("upload_phase", "complete"), ("video_id", &id), ("video_state", "PUBLISHED")]) }, (400, 100, 0)),
    Row("another Page's reel", |w, p|
        { let other = w.sim.add_page("Other"); let id = reel(w, &other); finish(w, p, &id, &[("video_state", "PUBLISHED")]) }, (400, 100, 0)),
    Row("a reel without its bytes", |w, p| { let (id, _) = begun(w, p, "video_reels"); finish(w, p, &id, &[("video_state", "PUBLISHED")]) }, (400, 6_000, 0)),
    Row("a reel after a day", |w, p| { let id = reel(w, p); w.seconds(86_400); finish(w, p, &id, &[("video_state", "PUBLISHED")]) }, (400, 6_000, 0)),
    Row("a reel that is published", |w, p|
        { let id = reel(w, p); finish(w, p, &id, &[("video_state", "PUBLISHED")]); finish(w, p, &id, &[("video_state", "PUBLISHED")]) }, (400, 100, 0)),
    Row("a scheduled reel without a time", |w, p| { let id = reel(w, p); finish(w, p, &id, &[("video_state", "SCHEDULED")]) }, (400, 100, 0)),
    Row("a reel's time without the state", |w, p|
        { let id = reel(w, p); finish(w, p, &id, &[("video_state", "PUBLISHED"), ("scheduled_publish_time", &hours(w, 1))]) }, (400, 100, 0)),
    Row("a reel in exactly ten minutes", |w, p| {
        let id = reel(w, p); let at = (w.clock.now() + TimeDelta::minutes(10)).timestamp().to_string();
        finish(w, p, &id, &[("video_state", "SCHEDULED"), ("scheduled_publish_time", &at)])
    }, (400, 100, 0)),
    Row("a reel in thirty days", |w, p|
        { let id = reel(w, p); finish(w, p, &id, &[("video_state", "SCHEDULED"), ("scheduled_publish_time", &hours(w, 30 * 24))]) }, (400, 100, 0)),
    Row("the 31st reel of a day", |w, p|
        { the_last(31, || { let id = reel(w, p); finish(w, p, &id, &[("video_state", "PUBLISHED")]) }) }, (400, 80_001, 0)),
    Row("a reel that is too long, told as a code", |w, p| spec_error(w, p, simulator::SpecErrors::Code), (400, 1_363_128, 0)),
    Row("a reel that is too long, told as a subcode", |w, p| spec_error(w, p, simulator::SpecErrors::Subcode), (400, 100, 1_363_128)),
    Row("the eleventh invitation of a day", |w, p| {
        let (other, id) = (w.sim.add_page("Other"), reel(w, p));
        the_last(11, || w.form(&w.graph(&format!("{id}/collaborators")), &p.access_token, &[("target_id", &other.remote_id)]))
    }, (403, 368, 0)),
    // --- stories ---
    Row("a story without its photo", |w, p| post(w, p, "photo_stories", &[]), (400, 100, 0)),
    Row("a story of another Page's photo", |w, p|
        { let other = w.sim.add_page("Other"); let id = staged(w, &other); post(w, p, "photo_stories", &[("photo_id", &id)]) }, (400, 100, 0)),
    Row("a story of a posted photo", |w, p|
        { let id = photo(w, p, &[], &jpeg(800, 800)).id(); post(w, p, "photo_stories", &[("photo_id", &id)]) }, (400, 100, 1_366_051)),
    Row("a photo that was a story, as a post", |w, p|
        { let id = staged(w, p); post(w, p, "photo_stories", &[("photo_id", &id)]); attach(w, p, &[&id]) }, (400, 100, 1_366_051)),
    Row("a video story by address", |w, p| post(w, p, "video_stories", &[("file_url", "https://example.org/a.mp4")]), (400, 6_000, 0)),
    Row("a video story without its bytes", |w, p|
        { let (id, _) = begun(w, p, "video_stories"); post(w, p, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]) }, (400, 6_000, 0)),
    Row("a reel as a video story", |w, p|
        { let id = reel(w, p); post(w, p, "video_stories", &[("upload_phase", "finish"), ("video_id", &id)]) }, (400, 100, 0)),
    Row("stories in a state that is none", |w, p| get(w, p, &format!("{}/stories?status=%5BGONE%5D", p.remote_id)), (400, 100, 0)),
    // --- comments, reads, changes ---
    Row("an empty comment", |w, p| { let id = text(w, p); w.form(&w.graph(&format!("{id}/comments")), &p.access_token, &[("message", " ")]) }, (400, 100, 0)),
    Row("a comment under nothing", |w, p| w.form(&w.graph(&format!("{}_1/comments", p.remote_id)), &p.access_token, &[("message", "x")]), (400, 100, 33)),
    Row("a comment under what is not public yet", |w, p| {
        let id = post(w, p, "feed", &[("message", "x"), ("published", "false")]).id();
        w.form(&w.graph(&format!("{id}/comments")), &p.access_token, &[("message", "x")])
    }, (400, 100, 33)),
    Row("a post that does not exist", |w, p| get(w, p, &format!("{}_1", p.remote_id)), (400, 100, 33)),
    Row("an alias that nobody has", |w, p| get(w, p, "nobody.has.this"), (400, 803, 0)),
    Row("a fresh post while reads lag", |w, p|
        { w.sim.set(|settings| settings.read_lag = std::time::Duration::from_secs(9)); let id = text(w, p); get(w, p, &id) }, (400, 100, 33)),
    Row("a field that does not exist", |w, p| { let id = text(w, p); get(w, p, &format!("{id}?fields=mesage")) }, (400, 100, 0)),
    Row("more of the feed than there may be", |w, p| get(w, p, &format!("{}/feed?limit=101", p.remote_id)), (400, 100, 0)),
    Row("a window that is none", |w, p| get(w, p, &format!("{}/published_posts?since=yesterday", p.remote_id)), (400, 100, 0)),
    Row("unpublishing a post", |w, p| { let id = text(w, p); w.form(&w.graph(&id), &p.access_token, &[("is_published", "false")]) }, (400, 100, 0)),
    Row("changing another app's post", |w, p|
        { let id = w.sim.add_foreign_post(&p.remote_id, "x"); w.form(&w.graph(&id), &p.access_token, &[("message", "y")]) }, (403, 200, 0)),
    Row("moving a post in its last three minutes", |w, p| {
        let id = post(w, p, "feed", &[("message", "x"), ("published", "false"), ("scheduled_publish_time", &hours(w, 1))]).id(); w.seconds(3_600 - 170);
        w.form(&w.graph(&id), &p.access_token, &[("scheduled_publish_time", &hours(w, 1))])
    }, (400, 100, 0)),
    Row("deleting a post twice", |w, p|
        { let id = text(w, p); w.delete(&w.graph(&id), &p.access_token); w.delete(&w.graph(&id), &p.access_token) }, (400, 100, 33)),
    // --- login ---
    Row("a code that was used", |w, _| { let code = code(w); by_code(w, &code, &redirect()); by_code(w, &code, &redirect()) }, (400, 100, 36_009)),
    Row("a code for another address", |w, _| by_code(w, &code(w), "https://pm3k.example/other"), (400, 100, 36_008)),
    Row("a code that is too old", |w, _| { let code = code(w); w.seconds(600); by_code(w, &code, &redirect()) }, (400, 100, 36_007)),
    Row("a wrong app secret", |w, _|
        token(w, &[("client_id", FACEBOOK_APP_ID), ("client_secret", "wrong"), ("code", "x"), ("redirect_uri", &redirect())]), (400, 1, 0)),
    Row("an exchange of an expired token", |w, p| {
        w.sim.expire_token(&p.remote_id);
        let app = [("grant_type", "fb_exchange_token"), ("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET)];
        token(w, &[&app[..], &[("fb_exchange_token", p.user_token.as_ref().unwrap())]].concat())
    }, (401, 190, 463)),
    Row("revoking twice", |w, p|
        { let user = p.user_token.as_ref().unwrap(); w.delete(&w.graph("me/permissions"), user); w.delete(&w.graph("me/permissions"), user) }, (401, 190, 458)),
    Row("portfolios without business_management", |w, p|
        { w.sim.withdraw_scope(&p.remote_id, "business_management"); w.get(&w.graph("me/businesses"), p.user_token.as_ref().unwrap()) }, (403, 200, 0)),
    // --- limits ---
    Row("an app that called too often", |w, p| { limit(w, 4, None); get(w, p, &p.remote_id) }, (403, 4, 0)),
    Row("a person who called too often", |w, p| { limit(w, 17, None); get(w, p, &p.remote_id) }, (403, 17, 0)),
    Row("a Page that was called too often by a user token", |w, p| { limit(w, 32, None); get(w, p, &p.remote_id) }, (403, 32, 0)),
    Row("a custom limit", |w, p| { limit(w, 613, Some(1_996)); get(w, p, &p.remote_id) }, (400, 613, 1_996)),
    Row("a Page that was called too often, by usage", |w, p| {
        w.sim.set(|settings| settings.graph.usage = Some(simulator::Usage { account: 100,..Default::default() })); get(w, p, &p.remote_id)
    }, (400, 80_001, 0)),
    Row("an app that was used up, by usage", |w, p| {
        w.sim.set(|settings| settings.graph.usage = Some(simulator::Usage { app: 100,..Default::default() }));
        w.get(&w.graph("me"), p.user_token.as_ref().unwrap())
    }, (403, 4, 0)),
    Row("more calls of a Page than a day allows", |w, p|
        { w.sim.set(|settings| settings.graph.account_calls_per_day = 3); the_last(4, || get(w, p, &p.remote_id)) }, (400, 80_001, 0)),
];

fn limit(world: &World, code: i32, subcode: Option<u32>) {
    world.sim.set(|settings| settings.graph.limit = Some(simulator::Limit { code, subcode, account: None }));
}

fn spec_error(world: &World, page: &Grant, told: simulator::SpecErrors) -> Reply {
    world.sim.set(|settings| settings.facebook.spec_errors = told);
    let (id, url) = begun(world, page, "video_reels");
    push(world, page, &url, &Clip { milliseconds: 91_000, ..CLIP }.bytes(3_000));
    finish(world, page, &id, &[("video_state", "PUBLISHED")])
}

#[test]
fn every_misuse_is_refused_as_documented() {
    let mut wrong = Vec::new();
    for Row(name, send, expected) in ROWS {
        let world = world();
        let page = world.sim.add_page("A Page");
        let reply = send(&world, &page);
        let (code, subcode) = reply.graph();
        let known = world.sim.calls().last().is_some_and(|call| call.name != "unknown");
        if !known || (reply.status, code, subcode) != *expected {
            wrong.push(format!("{name}: {} {code}/{subcode} instead of {expected:?}: {}", reply.status, reply.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let names: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.0).collect();
    assert_eq!(names.len(), ROWS.len());
}

/// Refusals of the upload host: what is changed in a right request, and the type of the error.
type Headers = &'static [(&'static str, &'static str)];

const UPLOADS: &[(&str, Headers, &str)] = &[
    ("the word Bearer", &[("authorization", "Bearer {token}")], "ProcessingFailedError"),
    ("no token", &[("authorization", "")], "ProcessingFailedError"),
    ("a token that is none", &[("authorization", "OAuth nonsense")], "ProcessingFailedError"),
    ("no offset", &[("offset", "")], "ParameterValidationError"),
    ("an offset that is no number", &[("offset", "zero")], "ParameterValidationError"),
    ("no size", &[("file_size", "")], "ParameterValidationError"),
    ("an offset that was not reached", &[("offset", "5")], "OffsetInvalidError"),
    ("more bytes than the size says", &[("file_size", "2000")], "PartialRequestError"),
    ("fewer bytes than the size says", &[("file_size", "4000")], "PartialRequestError"),
    ("an address of Meta's own network", &[("file_url", "https://video.xx.fbcdn.net/a.mp4")], "ProcessingFailedError"),
    ("an address in a private network", &[("file_url", "http://192.168.0.9/a.mp4")], "ProcessingFailedError"),
];

#[test]
fn the_upload_host_refuses_in_its_own_shape() {
    for (name, changes, expected) in UPLOADS {
        let world = world();
        let page = world.sim.add_page("A Page");
        let (_, url) = begun(&world, &page, "video_reels");
        let mut headers = vec![("authorization", format!("OAuth {}", page.access_token)), ("offset", "0".into()), ("file_size", "3000".into())];
        for (header, value) in *changes {
            headers.retain(|(given, _)| given != header);
            if !value.is_empty() {
                headers.push((header, value.replace("{token}", &page.access_token)));
            }
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = world.send("POST", &url, &headers, &CLIP.bytes(3_000)).unwrap();
        assert_eq!((reply.status, reply.json()["debug_info"]["type"].as_str()), (400, Some(*expected)), "{name}: {}", reply.text);
    }
}

/// What the dialog shows instead of leading back: the parameter that is wrong.
const DIALOGS: &[(&str, &str, &str)] = &[
    ("another app", "client_id", "1"),
    ("an address that is not registered", "redirect_uri", "https://pm3k.example/elsewhere"),
    ("a registered address with a query", "redirect_uri", "https://pm3k.example/accounts/callback/facebook?a=1"),
    ("a registered address with another slash", "redirect_uri", "https://pm3k.example/accounts/callback/facebook/"),
    ("a registered address without https", "redirect_uri", "http://insecure.example/accounts/callback/facebook"),
    ("no state", "state", ""),
    ("a permission that is none", "scope", "pages_manage_post"),
    ("another answer than a code", "response_type", "token"),
    ("a configuration that no Business login has", "config_id", "300000000000003"),
    ("an auth_type that is none", "auth_type", "again"),
];

#[test]
fn the_dialog_shows_what_is_wrong_and_leads_nowhere() {
    for (name, parameter, value) in DIALOGS {
        let world = world();
        world.sim.register_redirects("http://insecure.example");
        let redirect = redirect();
        let mut fields = vec![("client_id", FACEBOOK_APP_ID), ("redirect_uri", redirect.as_str()), ("state", "s"), ("scope", "pages_show_list")];
        fields.retain(|(given, _)| given != parameter);
        fields.push((parameter, value));
        let reply = world.get(&format!("{}/v26.0/dialog/oauth?{}", world.urls.facebook_dialog_url, form(&fields)), "");
        assert_eq!((reply.status, reply.location.as_str()), (400, ""), "{name}");
    }
}

/// Reels that processing refuses: the code in the phase.
const PHASES: &[(&str, Clip, i64)] = &[
    ("too short", Clip { milliseconds: 2_900, ..CLIP }, 1_363_128),
    ("too long", Clip { milliseconds: 91_000, ..CLIP }, 1_363_128),
    ("too slow", Clip { frames_per_second: 20, ..CLIP }, 1_363_129),
    ("too fast", Clip { frames_per_second: 90, ..CLIP }, 1_363_129),
    ("too small", Clip { width: 360, height: 640, ..CLIP }, 1_363_127),
    ("too narrow", Clip { width: 600, height: 1920, ..CLIP }, 1_363_040),
    ("too wide", Clip { width: 2400, height: 1000, ..CLIP }, 1_363_040),
    ("a codec of long ago", Clip { codec: *b"mp4v", ..CLIP }, 1_349_125),
    ("sound that is not AAC", Clip { sound: Some(*b"sowt"), ..CLIP }, 1_349_125),
];

#[test]
fn processing_looks_at_the_reel_itself() {
    for (name, clip, expected) in PHASES {
        let world = world();
        let page = world.sim.add_page("A Page");
        let (id, url) = begun(&world, &page, "video_reels");
        assert_eq!(push(&world, &page, &url, &clip.bytes(3_000)).status, 200);
        finish(&world, &page, &id, &[("video_state", "PUBLISHED")]);
        world.seconds(2);
        let status = get(&world, &page, &format!("{id}?fields=status")).json()["status"].clone();
        assert_eq!(status["video_status"], "error", "{name}");
        assert_eq!(status["processing_phase"]["errors"][0]["code"], *expected, "{name}: {status}");
        assert!(world.sim.posts().is_empty());
    }
}

#[test]
fn there_are_enough_rows() {
    assert!(count() >= 55, "{}", count());
}
