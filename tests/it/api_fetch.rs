//! Files that the server fetches by their address: from a small server of files on this machine, which also misbehaves.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use pm3k::media::remote::Reach;
use serde_json::json;

use crate::support::api::Served;
use crate::support::house::file;

/// Answers each request with what `answer` makes of its path, and closes.
fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
            let first = lines.next().unwrap_or_else(|| Ok(String::new())).unwrap_or_default();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = connection.write_all(&answer(&path));
        }
    });
    format!("http://{address}")
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).as_bytes(), body].concat()
}

fn files(path: &str) -> Vec<u8> {
    let photo = std::fs::read(file("photo.jpg")).unwrap();
    match path.split('?').next().unwrap_or_default() {
        "/my%20photo.jpg" => answer("200 OK", "Content-Type: image/jpeg\r\n", &photo),
        "/untold" => answer("200 OK", "Content-Type: application/octet-stream\r\n", &photo),
        "/moved" => answer("302 Found", "Location: /my%20photo.jpg\r\n", b""),
        "/inside" => answer("302 Found", "Location: http://10.0.0.1/secret\r\n", b""),
        "/scheme" => answer("302 Found", "Location: file:///etc/passwd\r\n", b""),
        "/round" => answer("302 Found", "Location: /round\r\n", b""),
        "/page" => answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", b"<html>sign in</html>"),
        "/lie.png" => answer("200 OK", "Content-Type: image/png\r\n", &photo),
        "/large" => b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 99999999999\r\n\r\n".to_vec(),
        "/endless" => [b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n".to_vec(), vec![0; 3 << 20]].concat(),
        "/cut" => [b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 90000\r\n\r\n".to_vec(), photo[..1000].to_vec()].concat(),
        _ => answer("404 Not Found", "", b""),
    }
}

fn fetching() -> Served {
    Served::built(|config| config.media.max_upload = 2 << 20, |app| app.reach = Reach::Loopback)
}

fn on_disk(api: &Served) -> usize {
    std::fs::read_dir(api.app.store.root()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
        + std::fs::read_dir(api.app.store.root().join("incoming")).unwrap().count()
}

#[test]
fn a_file_is_fetched_by_its_address() {
    let (api, base) = (fetching(), serve(files));
    let fetch = |path: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("content-type", "application/json")].iter().chain(headers).copied().collect();
        api.send("POST", "/api/v1/media", Some(&api.key), &headers, json!({ "url": format!("{base}{path}") }).to_string().into_bytes())
    };
    let made = fetch("/my%20photo.jpg?token=secret", &[]).ok(201);
    assert_eq!((made["kind"].as_str(), made["mime"].as_str(), made["state"].as_str()), (Some("image"), Some("image/jpeg"), Some("ready")));
    let name: String = api.app.db.read(|db| db.query_row("SELECT file_name FROM media", [], |row| row.get(0))).unwrap();
    assert_eq!(name, "my photo.jpg");
    for path in ["/moved", "/untold"] {
        assert_eq!(fetch(path, &[]).ok(201)["bytes"], made["bytes"], "{path}");
    }
    let key = [("idempotency-key", "once")];
    assert_eq!(fetch("/moved", &key).ok(201)["id"], fetch("/moved", &key).ok(201)["id"]);
    assert_eq!(on_disk(&api), 4);
}

#[test]
fn what_is_no_file_or_too_much_of_one_leaves_nothing() {
    let (api, base) = (fetching(), serve(files));
    for (path, code, word) in [
        ("/gone", "not_a_file", "404"),
        ("/round", "too_many_redirects", "5 times"),
        ("/scheme", "invalid", "https://"),
        ("/inside", "private_address", "10.0.0.1"),
        ("/page", "wrong_type", "web page"),
        ("/large", "too_large", "larger"),
        ("/cut", "broken_off", "try again"),
    ] {
        let detail = api.post("/api/v1/media", &json!({ "url": format!("{base}{path}") })).refuses(422, "url", code);
        assert!(detail.contains(word), "{path}: {detail}");
    }
    for (path, status, code) in [("/lie.png", 422, "wrong_type"), ("/endless", 413, "too_large")] {
        api.post("/api/v1/media", &json!({ "url": format!("{base}{path}") })).refuses(status, "file", code);
    }
    assert_eq!(on_disk(&api), 0);
}

#[test]
fn nothing_of_this_machine_or_its_network_is_asked_for() {
    // As it is outside of tests.
    let (api, base) = (Served::start(), serve(|_| panic!("it was asked")));
    let port = base.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0.0.0.0", "169.254.169.254", "192.168.0.1"] {
        let detail = api.post("/api/v1/media", &json!({ "url": format!("http://{host}:{port}/photo.jpg") })).refuses(422, "url", "private_address");
        assert!(detail.contains("public addresses"), "{detail}");
    }
    for url in ["ftp://example.org/a", "clip.mp4", "http://me:word@127.0.0.1/"] {
        api.post("/api/v1/media", &json!({ "url": url })).refuses(422, "url", "invalid");
    }
    let (_, _, detail) = api
        .send(
            "POST",
            "/api/v1/media",
            Some(&api.key_with(&["media:read"])),
            &[("content-type", "application/json")],
            br#"{"url":"http://127.0.0.1/"}"#.to_vec(),
        )
        .problem(403);
    assert!(detail.contains("media:write"), "{detail}");
}
