//! Resumable uploads over HTTP: every part of tus 1.0 that is offered, every refusal, and what the description says of them.

use std::io::{Read, Write};

use chrono::TimeDelta;
use pm3k::media::tus_headers;
use pm3k::model::media;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::api::Served;
use crate::support::house::file;
use crate::support::tus::{PIECE, VERSION, create, head, metadata, offset, patch, sum, tus, tus_as};

fn clip() -> Vec<u8> {
    std::fs::read(file("clip.mp4")).unwrap()
}

/// The file behind a media id is this one, byte for byte, and its row says so.
#[track_caller]
fn is_stored(api: &Served, id: &str, bytes: &[u8]) {
    let row = api.app.db.read(|db| media::get(db, id.parse().unwrap())).unwrap().unwrap();
    assert_eq!(std::fs::read(api.app.store.root().join(row.stored_name.unwrap())).unwrap(), bytes);
    assert_eq!((row.sha256, row.bytes), (pm3k::secret::hex(&Sha256::digest(bytes)), bytes.len() as u64));
}

fn parts(api: &Served) -> usize {
    std::fs::read_dir(api.app.store.root().join("incoming")).unwrap().count()
}

#[test]
fn a_file_arrives_in_pieces_and_becomes_a_media() {
    let api = Served::start();
    let bytes = clip();
    let location = create(&api, "clip.mp4", "video/mp4", bytes.len());
    let (mut at, mut sizes) = (0, [1, 7, 64, 4096].iter().cycle());
    while at < bytes.len() {
        let end = (at + sizes.next().unwrap()).min(bytes.len());
        let reply = patch(&api, &location, at, &bytes[at..end]);
        assert_eq!((reply.status, reply.header("upload-offset")), (204, end.to_string().as_str()));
        assert_eq!(reply.header("media-id").is_empty(), end < bytes.len());
        at = end;
    }
    let asked = head(&api, &location);
    assert_eq!((asked.status, asked.header("cache-control")), (200, "no-store"));
    assert_eq!(asked.header("upload-length"), bytes.len().to_string());
    assert_eq!(asked.header("upload-metadata"), metadata("clip.mp4", "video/mp4"));
    let id = asked.header("media-id").to_owned();
    is_stored(&api, &id, &bytes);
    assert_eq!(parts(&api), 0);
    let shown = api.get(&location).ok(200);
    assert_eq!((&shown["media_id"], &shown["media"]["kind"], &shown["problem"]), (&json!(id), &json!("video"), &json!(null)));
    // The same last piece again, as after a lost answer, ends the same way.
    let again = patch(&api, &location, bytes.len(), b"");
    assert_eq!((again.status, again.header("media-id")), (204, id.as_str()));
    // Giving the upload up does not touch what it became.
    assert_eq!(tus(&api, "DELETE", &location, &[], b"").status, 204);
    assert_eq!(head(&api, &location).status, 404);
    is_stored(&api, &id, &bytes);
}

#[test]
fn the_first_piece_may_come_with_the_creation() {
    let api = Served::start();
    let bytes = clip();
    let length = bytes.len().to_string();
    let begin =
        |headers: &[(&str, &str)], body: &[u8]| tus(&api, "POST", "/api/v1/uploads", &[&[PIECE, ("upload-length", length.as_str())], headers].concat(), body);
    let half = begin(&[], &bytes[..500]);
    assert_eq!((half.status, half.header("upload-offset"), half.header("media-id")), (201, "500", ""));
    let rest = patch(&api, half.header("location"), 500, &bytes[500..]);
    is_stored(&api, rest.header("media-id"), &bytes);

    let whole = begin(&[("upload-checksum", &sum(&bytes))], &bytes);
    assert_eq!((whole.status, whole.header("upload-offset")), (201, length.as_str()));
    is_stored(&api, whole.header("media-id"), &bytes);

    // Of one that failed nothing stays: its sender was told no address.
    begin(&[("upload-checksum", &sum(b"other"))], &bytes).problem(460);
    let rows: i64 = api.app.db.read(|db| db.query_row("SELECT count(*) FROM upload", [], |row| row.get(0))).unwrap();
    assert_eq!((rows, parts(&api)), (2, 0));
}

#[test]
fn the_server_says_what_it_can_do() {
    let api = Served::start();
    let reply = api.send("OPTIONS", "/api/v1/uploads", None, &[], Vec::new());
    assert_eq!(reply.status, 204);
    for (name, value) in [
        ("tus-version", "1.0.0"),
        ("tus-resumable", "1.0.0"),
        ("tus-extension", tus_headers::EXTENSIONS),
        ("tus-checksum-algorithm", "sha1,sha256"),
        ("tus-max-size", api.app.config.media.max_upload.to_string().as_str()),
    ] {
        assert_eq!(reply.header(name), value);
    }
}

#[test]
fn another_version_is_refused() {
    let api = Served::start();
    let location = create(&api, "clip.mp4", "video/mp4", 10);
    for (method, path) in [("POST", "/api/v1/uploads"), ("HEAD", location.as_str()), ("PATCH", location.as_str()), ("DELETE", location.as_str())] {
        for version in [&[][..], &[("tus-resumable", "0.2.2")]] {
            let reply = api.send(method, path, Some(&api.key), version, Vec::new());
            assert_eq!((reply.status, reply.header("tus-version")), (412, "1.0.0"), "{method}");
        }
    }
    assert_eq!(offset(&api, &location), 0);
}

#[test]
fn what_is_announced_wrongly_is_refused() {
    let api = Served::with(|config| config.media.max_upload = 1000);
    let begin = |headers: &[(&str, &str)]| tus(&api, "POST", "/api/v1/uploads", headers, b"");
    for bad in [
        &[][..],
        &[("upload-length", "-1")],
        &[("upload-length", "1e3")],
        &[("upload-length", "99999999999999999999")],
        &[("upload-length", "1"), ("upload-defer-length", "1")],
    ] {
        assert_eq!(begin(bad).problem(400).0, "bad_request", "{bad:?}");
    }
    for bad in ["filename", "filename !", "filename YQ==,filename YQ=="] {
        let reply = begin(&[("upload-length", "1"), ("upload-metadata", bad)]);
        assert_eq!(reply.status, if bad == "filename" { 201 } else { 400 }, "{bad}");
    }
    begin(&[("upload-length", "0")]).refuses(422, "file", "empty");
    begin(&[("upload-length", "1001")]).refuses(413, "file", "too_large");
    assert_eq!(begin(&[("upload-length", "1000")]).status, 201);
    begin(&[("upload-length", "1"), ("idempotency-key", &"x".repeat(300))]).refuses(422, "Idempotency-Key", "invalid");
    tus(&api, "POST", "/api/v1/uploads?x=1", &[("upload-length", "1")], b"").refuses(422, "query", "unknown_field");
    for (method, path, allow) in [("GET", "/api/v1/uploads", "OPTIONS, POST"), ("PUT", "/api/v1/uploads/x", "DELETE, GET, HEAD, OPTIONS, PATCH")] {
        let reply = tus(&api, method, path, &[], b"");
        assert_eq!((reply.problem(405).0.as_str(), reply.header("allow")), ("method_not_allowed", allow));
    }
}

#[test]
fn a_piece_that_does_not_fit_changes_nothing() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    assert_eq!(patch(&api, &location, 0, b"0123").status, 204);
    for wrong in [0, 3, 5, 10] {
        let reply = patch(&api, &location, wrong, b"45");
        assert_eq!((reply.problem(409).0.as_str(), reply.header("upload-offset")), ("offset", "4"), "{wrong}");
    }
    assert_eq!(patch(&api, &location, 4, b"456789X").problem(413).0, "too_large");
    assert_eq!(tus(&api, "PATCH", &location, &[("content-type", "video/mp4"), ("upload-offset", "4")], b"45").problem(415).0, "unsupported_type");
    assert_eq!(tus(&api, "PATCH", &location, &[PIECE], b"45").problem(400).0, "bad_request");
    assert_eq!(tus(&api, "PATCH", &location, &[PIECE, ("upload-offset", "four")], b"45").problem(400).0, "bad_request");
    assert_eq!(offset(&api, &location), 4);
    // A piece of nothing is a piece.
    assert_eq!(patch(&api, &location, 4, b"").header("upload-offset"), "4");
}

/// Where the length of a piece is not announced, it is counted as it comes.
#[test]
fn a_chunked_piece_cannot_outgrow_the_file() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    let send = |body: &str| {
        let head = format!(
            "PATCH {location} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\ncontent-type: {}\r\nupload-offset: 0\r\n\
             transfer-encoding: chunked\r\nconnection: close\r\n\r\n{body}",
            api.key, PIECE.1
        );
        let mut answer = String::new();
        api.raw(head.as_bytes()).read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(send("b\r\n0123456789X\r\n0\r\n\r\n").starts_with("HTTP/1.1 413"));
    assert_eq!(offset(&api, &location), 0);
    assert!(send("4\r\n0123\r\n0\r\n\r\n").starts_with("HTTP/1.1 204"));
    assert_eq!(offset(&api, &location), 4);
}

#[test]
fn a_wrong_sum_drops_its_piece_and_no_other() {
    let api = Served::start();
    let bytes = clip();
    let location = create(&api, "clip.mp4", "video/mp4", bytes.len());
    let send = |offset: usize, sum: &str, piece: &[u8]| {
        tus(&api, "PATCH", &location, &[PIECE, ("upload-offset", &offset.to_string()), ("upload-checksum", sum)], piece)
    };
    assert_eq!(send(0, &sum(&bytes[..600]), &bytes[..600]).status, 204);
    assert_eq!(send(600, &sum(b"other"), &bytes[600..900]).problem(460).0, "checksum");
    assert_eq!(offset(&api, &location), 600);
    assert_eq!(send(600, "md5 kAFQmDzST7DWlj99KOF/cg==", &bytes[600..]).problem(400).0, "checksum_algorithm");
    assert_eq!(send(600, "sha1 nonsense", &bytes[600..]).problem(400).0, "bad_request");
    // SHA-1 of the rest, as every server of this kind must know it.
    let sha1 = <sha1::Sha1 as sha1::Digest>::digest(&bytes[600..]);
    let sha1 = format!("sha1 {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, sha1));
    let reply = send(600, &sha1, &bytes[600..]);
    assert_eq!(reply.status, 204);
    is_stored(&api, reply.header("media-id"), &bytes);
}

/// A piece with a sum that breaks off cannot be checked: it is sent again from its beginning.
#[test]
fn a_broken_piece_counts_unless_it_has_a_sum() {
    let api = Served::start();
    for (with_sum, kept) in [(false, 5), (true, 0)] {
        let location = create(&api, "x.mp4", "video/mp4", 10);
        let sum = if with_sum { format!("upload-checksum: {}\r\n", sum(b"0123456789")) } else { String::new() };
        let head = format!(
            "PATCH {location} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\ncontent-type: {}\r\nupload-offset: 0\r\n{sum}content-length: 10\r\n\r\n01234",
            api.key, PIECE.1
        );
        let stream = api.raw(head.as_bytes());
        // Nothing more may be on its way when it breaks: the server has what was sent once it can be read from the part.
        let word = location.rsplit('/').next().unwrap();
        while api.app.store.part_length(word).unwrap() != Some(5) {
            std::thread::yield_now();
        }
        drop(stream);
        assert_eq!(offset(&api, &location), kept);
        assert_eq!(patch(&api, &location, kept, &b"0123456789"[kept..9]).status, 204);
    }
}

#[test]
fn an_upload_that_is_given_up_is_gone() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    patch(&api, &location, 0, b"0123");
    assert_eq!(parts(&api), 1);
    assert_eq!(tus(&api, "DELETE", &location, &[], b"").status, 204);
    assert_eq!(parts(&api), 0);
    for method in ["HEAD", "PATCH", "DELETE"] {
        assert_eq!(tus(&api, method, &location, &[PIECE, ("upload-offset", "4")], b"").status, 404, "{method}");
    }
}

#[test]
fn methods_can_be_said_in_a_header() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    let post =
        |method: &str, headers: &[(&str, &str)], body: &[u8]| tus(&api, "POST", &location, &[&[("x-http-method-override", method)], headers].concat(), body);
    assert_eq!(post("PATCH", &[PIECE, ("upload-offset", "0")], b"0123").header("upload-offset"), "4");
    assert_eq!(post("HEAD", &[], b"").header("upload-offset"), "4");
    assert_eq!(post("DELETE", &[], b"").status, 204);
    assert_eq!(head(&api, &location).status, 404);
}

/// A file that cannot be used is refused when it is whole, and the reason can be asked for afterwards, since that answer may have been lost.
#[test]
fn a_useless_file_is_refused_and_says_why() {
    let api = Served::start();
    for bytes in [b"not a video at all".to_vec(), clip()[..1000].to_vec(), std::fs::read(file("photo.jpg")).unwrap()] {
        let location = create(&api, "clip.mp4", "video/mp4", bytes.len());
        let reply = patch(&api, &location, 0, &bytes);
        let (_, fields, detail) = reply.problem(422);
        assert_eq!(fields[0].0, "file");
        assert_eq!(parts(&api), 0, "nothing of it stays");
        let asked = head(&api, &location);
        assert_eq!((asked.status, asked.header("upload-offset"), asked.header("media-id")), (200, bytes.len().to_string().as_str(), ""));
        assert_eq!(asked.header("media-refused"), fields[0].1);
        assert_eq!(api.get(&location).ok(200)["problem"]["detail"], detail);
        assert_eq!(patch(&api, &location, bytes.len(), b"").problem(422).2, detail);
        assert_eq!(patch(&api, &location, 0, &bytes).problem(409).0, "offset");
    }
    assert_eq!(api.app.store.list().unwrap(), []);
}

#[test]
fn an_upload_is_reached_only_by_whoever_began_it() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    let (_, neighbour) = api.neighbour();
    let colleague = api.key_with(&[]);
    for key in [&neighbour, &colleague] {
        for method in ["HEAD", "PATCH", "DELETE"] {
            assert_eq!(tus_as(&api, key, method, &location, &[PIECE, ("upload-offset", "0")], b"").status, 404, "{method}");
        }
        assert_eq!(api.get_as(key, &location).problem(404).0, "not_found");
    }
    let reader = api.key_with(&["media:read", "posts:write"]);
    assert_eq!(tus_as(&api, &reader, "POST", "/api/v1/uploads", &[("upload-length", "1")], b"").problem(403).0, "scope");
    for nobody in [None, Some("pm3k_nobody")] {
        for (method, path) in [("POST", "/api/v1/uploads"), ("PATCH", location.as_str()), ("GET", location.as_str())] {
            let reply = api.send(method, path, nobody, &[VERSION], Vec::new());
            assert_eq!(reply.problem(401).0, "unauthorized");
        }
    }
    assert_eq!(offset(&api, &location), 0);
}

#[test]
fn the_same_key_begins_one_upload() {
    let api = Served::start();
    let begin = |length: &str| tus(&api, "POST", "/api/v1/uploads", &[("upload-length", length), ("idempotency-key", "once")], b"");
    let first = begin("10");
    patch(&api, first.header("location"), 0, b"0123");
    let second = begin("10");
    assert_eq!((second.status, second.header("location"), second.header("upload-offset")), (201, first.header("location"), "4"));
    assert_eq!(begin("11").problem(422).0, "key_reused");
    tus(&api, "DELETE", first.header("location"), &[], b"");
    assert_eq!(begin("10").problem(409).0, "refused");
}

#[test]
fn an_upload_expires_a_day_after_its_last_byte() {
    let api = Served::start();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    let expires = |at| tus_headers::date(at + TimeDelta::hours(24));
    assert_eq!(head(&api, &location).header("upload-expires"), expires(api.house.now()));
    api.house.go_to(api.house.now() + TimeDelta::hours(23));
    assert_eq!(patch(&api, &location, 0, b"0123").header("upload-expires"), expires(api.house.now()));
    api.house.go_to(api.house.now() + TimeDelta::hours(23));
    assert_eq!(offset(&api, &location), 4);
    api.house.go_to(api.house.now() + TimeDelta::hours(1));
    assert_eq!(head(&api, &location).status, 404);
    assert_eq!(parts(&api), 1);
    let swept = pm3k::publisher::sweep::sweep(&api.app.engine(), api.house.now()).unwrap();
    assert_eq!((swept.expired, parts(&api)), (1, 0));
}

/// Room is promised to an upload when it begins, and then nobody else gets it.
#[test]
fn room_is_promised_to_what_goes_on() {
    let api = Served::with(|config| config.media.quota = 20_000);
    let first = create(&api, "x.mp4", "video/mp4", 15_000);
    let begin = |length: &str| tus(&api, "POST", "/api/v1/uploads", &[("upload-length", length)], b"");
    let (code, _, detail) = begin("5001").problem(507);
    assert_eq!(code, "no_room");
    assert!(detail.contains("media.quota"), "{detail}");
    let raw = api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "video/mp4")], vec![0; 5001]);
    assert_eq!(raw.problem(507).0, "no_room");
    // What runs is not hurt, and what is given up makes room.
    assert_eq!(patch(&api, &first, 0, &[0; 14_000]).status, 204);
    assert_eq!(begin("5000").status, 201);
    assert_eq!(patch(&api, &first, 14_000, &[0; 999]).status, 204);
    assert_eq!(tus(&api, "DELETE", &first, &[], b"").status, 204);
    assert_eq!(begin("15000").status, 201);
}

/// The floor of free disk counts what is promised and has not arrived.
#[test]
fn the_floor_of_free_space_counts_what_is_promised() {
    let api = Served::start();
    let free = api.app.store.free_space().unwrap();
    let api = Served::with(|config| {
        config.media.max_upload = u64::MAX / 4;
        config.media.quota = u64::MAX / 2;
        config.media.free_space_floor = 0;
    });
    let most = free - free / 8;
    create(&api, "x.mp4", "video/mp4", usize::try_from(most).unwrap());
    let (code, _, detail) = tus(&api, "POST", "/api/v1/uploads", &[("upload-length", &most.to_string())], b"").problem(507);
    assert_eq!(code, "no_room");
    assert!(detail.contains("beside what is being uploaded"), "{detail}");
}

/// A second request for the same upload ends the first, which may hang on a dead connection; nothing that had arrived is lost.
#[test]
fn a_newer_request_takes_over() {
    let api = Served::start();
    let bytes = clip();
    let location = create(&api, "clip.mp4", "video/mp4", bytes.len());
    let word = location.rsplit('/').next().unwrap();
    let head = format!(
        "PATCH {location} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\ncontent-type: {}\r\nupload-offset: 0\r\ncontent-length: {}\r\n\r\n",
        api.key,
        PIECE.1,
        bytes.len()
    );
    let mut dead = api.raw(head.as_bytes());
    dead.write_all(&bytes[..700]).unwrap();
    while api.app.store.part_length(word).unwrap() != Some(700) {
        std::thread::yield_now();
    }
    // Looking does not disturb it, and tells what is known.
    assert_eq!(api.get(&location).ok(200)["offset"], 0);
    assert_eq!(offset(&api, &location), 700);
    let reply = patch(&api, &location, 700, &bytes[700..]);
    assert_eq!(reply.status, 204);
    is_stored(&api, reply.header("media-id"), &bytes);
    let mut answer = [0; 12];
    dead.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 423");
}

/// What the description says of uploads is what the server takes.
#[test]
fn the_description_names_every_method() {
    let api = Served::start();
    let document = pm3k::web::api::document();
    let location = create(&api, "x.mp4", "video/mp4", 10);
    let described = |path: &str| -> Vec<String> {
        let methods = document["paths"][path].as_object().unwrap().keys().filter(|name| *name != "parameters");
        methods.map(|name| name.to_uppercase()).collect()
    };
    for (path, address, tried) in [("/uploads", "/api/v1/uploads", "PUT"), ("/uploads/{word}", location.as_str(), "PUT")] {
        let methods = described(path);
        for method in methods.iter().filter(|method| *method != "DELETE") {
            assert_ne!(tus(&api, method, address, &[], b"").status, 405, "{method} {path}");
        }
        let refused = tus(&api, tried, address, &[], b"");
        let mut allowed: Vec<&str> = refused.header("allow").split(", ").filter(|method| *method != "OPTIONS").collect();
        let mut described: Vec<&str> = methods.iter().map(String::as_str).filter(|method| *method != "OPTIONS").collect();
        allowed.sort_unstable();
        described.sort_unstable();
        assert_eq!(allowed, described);
    }
}
