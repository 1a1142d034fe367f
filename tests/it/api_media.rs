//! Uploads through the API: what arrives is on disk byte for byte, what is broken is refused with a reason, and memory stays small.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::model::media;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::api::{Reply, Served};
use crate::support::house::{Who, file, start};

fn raw(api: &Served, name: &str, kind: &str, headers: &[(&str, &str)]) -> Reply {
    let headers = [&[("content-type", kind), ("x-filename", name)], headers].concat();
    api.send("POST", "/api/v1/media", Some(&api.key), &headers, std::fs::read(file(name)).unwrap())
}

/// A form as browsers and curl send it: the parts with their headers, and the line that ends it.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, bytes) in parts {
        body.extend_from_slice(format!("--b0undary\r\n{headers}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    body
}

fn send_form(api: &Served, body: Vec<u8>) -> Reply {
    api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "multipart/form-data; boundary=b0undary")], body)
}

fn file_part(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream")
}

fn on_disk(api: &Served) -> Vec<String> {
    let incoming = std::fs::read_dir(api.app.store.root().join("incoming")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    api.app.store.list().unwrap().into_iter().map(|stored| stored.name).chain(incoming).collect()
}

fn sha256_on_disk(api: &Served, id: &Value) -> String {
    let id = id.as_str().unwrap().parse().unwrap();
    let row = api.app.db.read(|db| media::get(db, id)).unwrap().unwrap();
    let stored = std::fs::read(api.app.store.root().join(row.stored_name.unwrap())).unwrap();
    let on_disk = pm3k::secret::hex(&Sha256::digest(stored));
    assert_eq!(on_disk, row.sha256);
    on_disk
}

fn sha256_of(name: &str) -> String {
    pm3k::secret::hex(&Sha256::digest(std::fs::read(file(name)).unwrap()))
}

#[test]
fn every_good_file_arrives_whole_both_ways() {
    let api = Served::start();
    for (name, kind, media_kind) in [
        ("photo.jpg", "image/jpeg", "image"),
        ("photo.png", "image/png", "image"),
        ("photo.webp", "image/webp", "image"),
        ("moving.gif", "image/gif", "image"),
        ("clip.mp4", "video/mp4", "video"),
        ("moov-last.mp4", "application/octet-stream", "video"),
        ("clip.mov", "video/quicktime", "video"),
        ("clip.webm", "video/webm", "video"),
    ] {
        let bytes = std::fs::read(file(name)).unwrap();
        let by_body = raw(&api, name, kind, &[]);
        let by_form = send_form(&api, form(&[(&file_part(name), &bytes)]));
        for answer in [by_body, by_form] {
            let made = answer.ok(201);
            assert_eq!(answer.header("location"), format!("/api/v1/media/{}", made["id"].as_str().unwrap()));
            assert_eq!((&made["kind"], &made["state"], &made["bytes"]), (&json!(media_kind), &json!("ready"), &json!(bytes.len())), "{name}");
            assert!(made["width"].as_u64() > Some(0) && made["height"].as_u64() > Some(0), "{made}");
            assert_eq!(made["duration_ms"].is_u64(), media_kind == "video", "{made}");
            assert_eq!(sha256_on_disk(&api, &made["id"]), sha256_of(name), "{name}");
            assert_eq!(api.get(answer.header("location")).ok(200), made);
        }
    }
    let mut fields: Vec<String> = raw(&api, "photo.jpg", "image/jpeg", &[]).ok(201).as_object().unwrap().keys().cloned().collect();
    fields.sort_unstable();
    assert_eq!(fields.join(" "), "bytes clears_at duration_ms height id kind mime state width");
}

#[test]
fn a_broken_file_is_refused_with_what_is_wrong_and_leaves_nothing() {
    let api = Served::start();
    for (name, kind, code) in [
        ("truncated.mp4", "video/mp4", "truncated"),
        ("truncated.jpg", "image/jpeg", "truncated"),
        ("renamed.mp4", "video/mp4", "wrong_type"),
        ("photo.jpg", "image/png", "wrong_type"),
    ] {
        let detail = raw(&api, name, kind, &[]).refuses(422, "file", code);
        assert!(detail.len() > 40 && detail.ends_with('.'), "{name}: {detail}");
    }
    for name in ["truncated.mp4", "truncated.jpg", "renamed.mp4"] {
        let answer = send_form(&api, form(&[(&file_part(name), &std::fs::read(file(name)).unwrap())]));
        assert_eq!(answer.problem(422).1[0].0, "file", "{name}");
    }
    let (_, fields, _) = api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "image/jpeg")], Vec::new()).problem(422);
    assert_eq!(fields[0].0, "file", "no bytes at all");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn a_form_has_one_field_and_its_end() {
    let api = Served::start();
    let photo = std::fs::read(file("photo.jpg")).unwrap();
    let other = "Content-Disposition: form-data; name=\"caption\"";
    send_form(&api, form(&[])).refuses(422, "file", "required");
    send_form(&api, form(&[(other, b"x")])).refuses(422, "caption", "unknown_field");
    send_form(&api, form(&[(&file_part("photo.jpg"), &photo), (other, b"x")])).refuses(422, "caption", "unknown_field");
    send_form(&api, form(&[(&file_part("photo.jpg"), &photo), (&file_part("photo.jpg"), &photo)])).refuses(422, "file", "too_many");
    let mut cut = form(&[(&file_part("photo.jpg"), &photo)]);
    cut.truncate(cut.len() - 20);
    assert_eq!(send_form(&api, cut).problem(400).0, "broken_off");
    let no_boundary = api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "multipart/form-data")], photo.clone());
    assert_eq!(no_boundary.problem(400).0, "broken_off");
    let endless_header = format!("--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}", "x".repeat(6 << 20));
    assert_eq!(send_form(&api, endless_header.into_bytes()).problem(400).0, "broken_off");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn an_address_comes_alone() {
    let api = Served::start();
    api.post("/api/v1/media", &json!({"url": "https://media.example/clip.mp4", "name": "x"})).refuses(422, "name", "unknown_field");
}

#[test]
fn too_large_is_said_before_a_byte_is_read() {
    let api = Served::with(|config| config.media.max_upload = 1000);
    // Nothing follows these headers: an answer can only come before the body is read.
    for kind in ["video/mp4", "multipart/form-data; boundary=b0undary"] {
        let head = format!(
            "POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: 5000000000\r\n\r\n",
            api.key
        );
        let mut connection = api.raw(head.as_bytes());
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = [0; 15];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413 Pa", "{kind}");
    }
    // Without a length, or with one that a form hides, it is noticed on the way.
    let photo = std::fs::read(file("photo.jpg")).unwrap();
    send_form(&api, form(&[(&file_part("photo.jpg"), &photo)])).refuses(413, "file", "too_large");
    assert_eq!(raw(&api, "photo.jpg", "image/jpeg", &[]).problem(413).0, "too_large");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn a_client_that_is_still_sending_gets_to_read_why_it_was_refused() {
    let api = Served::with(|config| config.media.max_upload = 1000);
    let body = || vec![0; 20 << 20];
    let refused = api.send("POST", "/api/v1/media", Some("pm3k_unknown"), &[("content-type", "video/mp4")], body());
    assert_eq!(refused.problem(401).0, "unauthorized");
    let refused = api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "video/mp4")], body());
    refused.refuses(413, "file", "too_large");
    // In chunks, so that no length is announced and it is noticed on the way.
    let head = format!("POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n", api.key);
    let mut connection = api.raw(head.as_bytes());
    for _ in 0..20 {
        connection.write_all(&[b"100000\r\n", &vec![0; 1 << 20][..], b"\r\n"].concat()).unwrap();
    }
    connection.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413 Pa");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn a_full_disk_or_quota_is_said() {
    let api = Served::with(|config| config.media.quota = 1000);
    let (code, _, detail) = raw(&api, "photo.jpg", "image/jpeg", &[]).problem(507);
    assert!(code == "no_room" && detail.contains("media.quota"), "{detail}");
    // A sender that does not say how much it sends is stopped where the room ends.
    let chunked = format!(
        "POST /api/v1/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: image/jpeg\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        api.key,
        "x".repeat(2000)
    );
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut api.raw(chunked.replace("\r\nhost: x", "\r\nhost: x\r\nconnection: close").as_bytes()), &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 507"), "{answer}");
    assert_eq!(on_disk(&api), [""; 0]);
    let api = Served::with(|config| config.media.free_space_floor = 1 << 60);
    let (code, _, detail) = raw(&api, "photo.jpg", "image/jpeg", &[]).problem(507);
    assert!(code == "no_room" && detail.contains("media.free_space_floor"), "{detail}");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let api = Served::start();
    let clip = std::fs::read(file("clip.mp4")).unwrap();
    let half = &clip[..clip.len() / 2];
    let start_of_form = [format!("--b0undary\r\n{}\r\n\r\n", file_part("clip.mp4")).as_bytes(), half].concat();
    for (kind, body) in [("video/mp4", half), ("multipart/form-data; boundary=b0undary", &start_of_form)] {
        let head = format!(
            "POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            api.key,
            clip.len() + 1000
        );
        let connection = api.raw(&[head.as_bytes(), body].concat());
        wait_until(|| on_disk(&api).len() == 1);
        drop(connection);
        wait_until(|| on_disk(&api).is_empty());
    }
}

/// The other side of a connection acts in its own time.
#[track_caller]
fn wait_until(done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "it did not happen");
        std::thread::yield_now();
    }
}

#[test]
fn the_same_key_with_the_same_bytes_makes_one_file() {
    let api = Served::start();
    let key = [("idempotency-key", "upload-1")];
    let first = raw(&api, "photo.jpg", "image/jpeg", &key).ok(201);
    assert_eq!(raw(&api, "photo.jpg", "image/jpeg", &key).ok(201), first);
    raw(&api, "photo.png", "image/png", &key).refuses(422, "Idempotency-Key", "key_reused");
    assert_eq!(on_disk(&api).len(), 1);
}

#[test]
fn a_file_is_removed_unless_a_post_needs_it() {
    let api = Served::start();
    let inside = api.house.enter();
    let account = inside.connect(Who::Page, "Bakery");
    let made = raw(&api, "photo.jpg", "image/jpeg", &[]).ok(201);
    let path = format!("/api/v1/media/{}", made["id"].as_str().unwrap());
    let post = inside.schedule("Bread", &[made["id"].as_str().unwrap().parse().unwrap()], start() + TimeDelta::days(1), &[(account, Kind::Photos)]);
    let delete = || api.send("DELETE", &path, Some(&api.key), &[], Vec::new());
    assert_eq!(delete().problem(409).0, "refused");
    assert_eq!(on_disk(&api).len(), 1);
    api.send("POST", &format!("/api/v1/posts/{post}/cancel"), Some(&api.key), &[], Vec::new()).ok(200);
    assert_eq!((delete().status, delete().status), (204, 204), "gone is gone, however often it is said");
    assert_eq!(api.get(&path).ok(200)["state"], "cleared");
    assert_eq!(on_disk(&api), [""; 0]);
}

#[test]
fn a_drafts_files_stay() {
    let api = Served::start();
    let made = raw(&api, "photo.jpg", "image/jpeg", &[]).ok(201);
    api.post("/api/v1/posts", &json!({"media": [made["id"]], "schedule": {"draft": true}})).ok(201);
    let now = start() + TimeDelta::minutes(5);
    let limits = media::Limits { abandoned_before: start() - TimeDelta::days(1), failed_before: start() - TimeDelta::days(30), announced_before: start() };
    let cleared = api.app.db.write(|tx| media::clear_leftovers(tx, limits, now)).unwrap();
    assert_eq!(cleared, [""; 0]);
}

/// A clip followed by a box of nothing: a whole, valid file as large as is wanted.
fn large_clip(bytes: u64) -> (impl Read, u64) {
    let clip = std::fs::read(file("clip.mp4")).unwrap();
    let filler = bytes - clip.len() as u64;
    let header = [&u32::try_from(filler).unwrap().to_be_bytes()[..], b"free"].concat();
    (Cursor::new(clip).chain(Cursor::new(header)).chain(std::io::repeat(0).take(filler - 8)), bytes)
}

/// The most memory that this process has used, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_an_upload() {
    const LARGE: u64 = 300 << 20;
    let api = Served::start();
    raw(&api, "clip.mp4", "video/mp4", &[]).ok(201);
    let before = peak();

    let (mut body, length) = large_clip(LARGE);
    let made = api.send_stream("POST", "/api/v1/media", Some(&api.key), &[("content-type", "video/mp4")], Some((&mut body, length))).ok(201);
    assert_eq!(made["bytes"], LARGE);
    let by_body = peak() - before;

    let head = format!("--b0undary\r\n{}\r\n\r\n", file_part("clip.mp4"));
    let tail = "\r\n--b0undary--\r\n";
    let (clip, _) = large_clip(LARGE);
    let mut body = Cursor::new(head.clone()).chain(clip).chain(Cursor::new(tail));
    let length = LARGE + (head.len() + tail.len()) as u64;
    let headers = [("content-type", "multipart/form-data; boundary=b0undary")];
    let made = api.send_stream("POST", "/api/v1/media", Some(&api.key), &headers, Some((&mut body, length))).ok(201);
    assert_eq!(made["bytes"], LARGE);
    let by_form = peak() - before;

    println!("peak memory grew by {by_body} KiB for a body, {by_form} KiB for a form");
    assert!(by_body < 32 << 10 && by_form < 32 << 10, "{by_body} KiB, {by_form} KiB");
}
