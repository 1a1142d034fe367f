//! The REST API: keys, problems, posts, jobs and the description. Uploads are in `api_media`.

use chrono::{TimeDelta, Utc};
use pm3k::actions::{Actor, api_keys};
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use pm3k::model::{api_key, comment};
use pm3k::secret::Secret;
use serde_json::{Value, json};

use crate::support::api::Served;
use crate::support::house::{Who, start};

fn draft(caption: &str) -> Value {
    json!({"caption": caption, "schedule": {"draft": true}})
}

#[test]
fn the_description_is_what_it_was() {
    let mut document = pm3k::web::api::document();
    document["info"]["version"] = "(the program's)".into();
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn the_description_and_its_pages_are_served_without_a_key() {
    let api = Served::start();
    let described = api.send("GET", "/api/openapi.json", None, &[], Vec::new());
    assert_eq!((described.status, described.header("content-type")), (200, "application/json"));
    assert!(described.json()["paths"]["/posts"]["post"].is_object());

    let page = api.send("GET", "/api/docs", None, &[], Vec::new());
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(html.contains("spec-url=\"/api/openapi.json\"") && !html.contains("http://") && !html.contains("https://"), "{html}");
    assert!(page.header("content-security-policy").contains("script-src 'self';"));

    let script = api.send("GET", "/api/docs/rapidoc.js", None, &[], Vec::new());
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(script.body.len() > 500_000);
    let script = String::from_utf8(script.body).unwrap();
    assert!(script.contains("rapi-doc") && !script.contains("<body>"));
}

/// The description is held against real answers: each has the fields that its schema requires, no others, and null only where that is said.
#[test]
fn answers_are_as_described() {
    let api = Served::start();
    let document = pm3k::web::api::document();
    let inside = api.house.enter();
    let account = inside.connect(Who::Page, "Bakery");
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("Bread", &[media], start(), &[(account, Kind::Photos)]);
    let job = inside.run_to_the_end(post).jobs[0].id;
    inside.app.db.write(|tx| comment::want(tx, job, "Thanks!", start())).unwrap();
    let later = inside.schedule("Cake", &[inside.upload("photo.jpg")], start() + TimeDelta::days(1), &[(account, Kind::Photos)]);
    let check = api.send("POST", &format!("/api/v1/posts/{later}/check"), Some(&api.key), &[], Vec::new()).ok(200);
    let draft = api.post("/api/v1/posts", &draft("x")).ok(201);
    for (schema, answer) in [
        ("Me", api.get("/api/v1/me").ok(200)),
        ("AccountPage", api.get("/api/v1/accounts").ok(200)),
        ("Media", api.get(&format!("/api/v1/media/{media}")).ok(200)),
        ("PostPage", api.get("/api/v1/posts").ok(200)),
        ("Post", draft),
        ("Post", api.get(&format!("/api/v1/posts/{later}")).ok(200)),
        ("Check", check),
        ("JobWithAttempts", api.get(&format!("/api/v1/jobs/{job}")).ok(200)),
        ("Problem", api.get("/api/v1/posts?limit=0").json()),
    ] {
        fits(&document, &document["components"]["schemas"][schema], &answer, schema);
    }
}

fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    if value.is_null() {
        return assert_eq!(schema["nullable"], true, "{place} is null");
    }
    // A field that refers to an object and says something of its own beside.
    if let Some(named) = schema["allOf"].get(0) {
        return fits(document, named, value, place);
    }
    if let Some(name) = schema["$ref"].as_str() {
        return fits(document, document.pointer(&name[1..]).unwrap(), value, place);
    }
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "integer",
        _ => "boolean",
    };
    assert_eq!(schema["type"], kind, "{place}: {value}");
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item, place);
    }
    let Some(object) = value.as_object().filter(|_| schema["properties"].is_object()) else { return };
    for (name, field) in object {
        let described = schema["properties"].get(name).unwrap_or_else(|| panic!("{place}.{name} is not described"));
        fits(document, described, field, &format!("{place}.{name}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(name.as_str().unwrap()), "{place}.{name} is missing");
    }
}

#[test]
fn only_a_key_that_may_be_used_gets_in() {
    let api = Served::start();
    let ended = api.key_for(api.workspace, &[], Some(start() + TimeDelta::hours(1)));
    assert_eq!(api.get_as(&ended, "/api/v1/me").status, 200);
    api.house.clock.set(start() + TimeDelta::hours(1));
    let (revoked_id, revoked) = api_keys::create(&api.app, Actor::Cli, api.workspace, "old", &[], None, start()).unwrap();
    api_keys::revoke(&api.app, Actor::Cli, revoked_id, start()).unwrap();

    for (what, key) in [("none", None), ("unknown", Some("pm3k_unknown")), ("ended", Some(ended.as_str())), ("revoked", Some(revoked.expose()))] {
        for (method, path) in [("GET", "/api/v1/me"), ("GET", "/api/v1/posts"), ("GET", "/api/v1/posts/post_1"), ("POST", "/api/v1/media")] {
            let refused = api.send(method, path, key, &[], Vec::new());
            assert_eq!(refused.problem(401).0, "unauthorized", "{what} {path}");
            assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"PM3K API\"");
        }
        let refused = api.send("POST", "/api/v1/posts", key, &[("content-type", "application/json")], b"{}".to_vec());
        assert_eq!(refused.problem(401).0, "unauthorized", "{what}: the key comes before the body");
    }
    assert_eq!(api.send("GET", "/api/v1/me", None, &[("authorization", "Basic YTpi")], Vec::new()).problem(401).0, "unauthorized");
}

#[test]
fn a_key_knows_its_workspace_and_its_scopes() {
    let api = Served::start();
    let me = api.get("/api/v1/me").ok(200);
    assert_eq!(me["workspace"], json!({"id": api.workspace.to_string(), "name": "Main", "time_zone": "Europe/Berlin"}));
    assert_eq!(me["scopes"], json!(["accounts:read", "media:read", "media:write", "posts:read", "posts:write"]));
    assert_eq!(me["key"]["name"], "test");

    let narrow = api.key_with(&["posts:read"]);
    assert_eq!(api.get_as(&narrow, "/api/v1/me").ok(200)["scopes"], json!(["posts:read"]));
}

#[test]
fn each_operation_needs_its_scope() {
    let api = Served::start();
    let operations = [
        ("GET", "/api/v1/accounts", "accounts:read"),
        ("POST", "/api/v1/media", "media:write"),
        ("GET", "/api/v1/media/media_1", "media:read"),
        ("DELETE", "/api/v1/media/media_1", "media:write"),
        ("POST", "/api/v1/posts", "posts:write"),
        ("GET", "/api/v1/posts", "posts:read"),
        ("GET", "/api/v1/posts/post_1", "posts:read"),
        ("POST", "/api/v1/posts/post_1/cancel", "posts:write"),
        ("POST", "/api/v1/posts/post_1/check", "posts:write"),
        ("POST", "/api/v1/posts/post_1/retry", "posts:write"),
        ("POST", "/api/v1/posts/post_1/publish-now", "posts:write"),
        ("GET", "/api/v1/jobs/job_1", "posts:read"),
        ("POST", "/api/v1/jobs/job_1/confirm", "posts:write"),
        ("POST", "/api/v1/jobs/job_1/retry-comment", "posts:write"),
    ];
    for (method, path, scope) in operations {
        let body = || match path {
            "/api/v1/posts" if method == "POST" => draft("x").to_string().into_bytes(),
            "/api/v1/jobs/job_1/confirm" => b"{\"published\": true}".to_vec(),
            _ => Vec::new(),
        };
        let headers: &[(&str, &str)] = if body().is_empty() { &[] } else { &[("content-type", "application/json")] };
        let others: Vec<&str> = api_keys::SCOPES.iter().copied().filter(|s| *s != scope).collect();
        let (code, _, detail) = api.send(method, path, Some(&api.key_with(&others)), headers, body()).problem(403);
        assert!(code == "scope" && detail.contains(scope), "{method} {path}: {detail}");
        assert_ne!(api.send(method, path, Some(&api.key_with(&[scope])), headers, body()).status, 403, "{method} {path}");
    }
}

#[test]
fn the_last_use_of_a_key_is_noted_once_a_minute() {
    let api = Served::start();
    let key = Secret::new(&*api.key);
    let last_used = || api.app.db.read(|db| api_key::by_key(db, key.expose(), start())).unwrap().unwrap().last_used_at;
    assert_eq!(last_used(), None);
    for (after, noted) in [(0, 0), (59, 0), (61, 61), (100, 61)] {
        api.house.clock.set(start() + TimeDelta::seconds(after));
        api.get("/api/v1/me").ok(200);
        assert_eq!(last_used(), Some(start() + TimeDelta::seconds(noted)), "after {after} s");
    }
}

#[test]
fn what_the_framework_refuses_is_a_problem_too() {
    let api = Served::start();
    assert_eq!(api.get("/api/v1/nothing").problem(404).0, "not_found");
    assert_eq!(api.get("/api/nothing").problem(404).0, "not_found");
    let refused = api.send("PUT", "/api/v1/posts", Some(&api.key), &[], Vec::new());
    assert_eq!((refused.problem(405).0.as_str(), refused.header("allow")), ("method_not_allowed", "POST, GET"));
    assert_eq!(api.send("POST", "/api/openapi.json", None, &[], Vec::new()).problem(405).0, "method_not_allowed");

    let post = |kind: &str, body: &[u8]| api.send("POST", "/api/v1/posts", Some(&api.key), &[("content-type", kind)], body.to_vec());
    assert_eq!(post("text/plain", b"{}").problem(415).0, "unsupported_type");
    assert_eq!(post("application/json", b"{\"caption\":").problem(400).0, "not_json");
    assert_eq!(post("application/json", &vec![b' '; 2 << 20]).problem(413).0, "too_large");
}

#[test]
fn unknown_and_wrong_fields_are_told_with_their_place() {
    let api = Served::start();
    for (body, field, code) in [
        (json!({"schedule": {"draft": true}, "captoin": "x"}), "captoin", "unknown_field"),
        (json!({"schedule": {"draft": true, "soon": 1}}), "schedule.soon", "unknown_field"),
        (json!({"schedule": {"draft": true}, "targets": [{"account_id": "acct_1", "captions": "x"}]}), "targets.0.captions", "unknown_field"),
        (json!({"caption": "x"}), "schedule", "required"),
        (json!({"schedule": {"draft": true}, "targets": [{}]}), "targets.0.account_id", "required"),
        (json!({"schedule": {"draft": true}, "caption": 7}), "caption", "invalid"),
        (json!({"schedule": {}}), "schedule", "invalid"),
        (json!({"schedule": {"now": false}}), "schedule", "invalid"),
        (json!({"schedule": {"now": true, "draft": true}}), "schedule", "invalid"),
        (json!({"schedule": {"queue": true}}), "schedule.queue", "no_slots"),
        (json!({"schedule": {"at": "2026-12-01 09:00"}}), "schedule.at", "invalid"),
        (json!({"schedule": {"draft": true}, "media": ["post_1"]}), "media.0", "not_found"),
        (json!({"schedule": {"draft": true}, "media": ["media_77"]}), "media.0", "not_found"),
        (json!({"schedule": {"draft": true}, "targets": [{"account_id": "17"}]}), "targets.0.account_id", "not_found"),
        (json!({"schedule": {"draft": true}, "targets": [{"account_id": "acct_17"}]}), "targets.0.account_id", "not_found"),
        (json!({"schedule": {"draft": true}, "targets": [{"account_id": "acct_1", "kind": "tweet"}]}), "targets.0.kind", "unknown"),
        (json!({"schedule": {"now": true}}), "targets", "required"),
        (json!({"schedule": {"at": "2020-01-01T00:00:00Z"}}), "targets", "required"),
    ] {
        let answer = api.post("/api/v1/posts", &body);
        let (_, fields, _) = answer.problem(422);
        assert_eq!(fields[0], (field.to_owned(), code.to_owned()), "{body}");
    }
    let (_, fields, _) = api.post("/api/v1/posts", &json!({"schedule": {"draft": true}, "media": ["a", "b"], "targets": [{"account_id": "c"}]})).problem(422);
    assert_eq!(fields.len(), 3, "all that is wrong is told at once");

    assert_eq!(api.get("/api/v1/posts?limt=3&stauts=draft").problem(422).1.len(), 2);
    api.get("/api/v1/posts/post_1?x=1").refuses(422, "x", "unknown_field");
    for (query, field) in
        [("limit=0", "limit"), ("limit=201", "limit"), ("limit=many", "limit"), ("cursor=x", "cursor"), ("status=gone", "status"), ("from=yesterday", "from")]
    {
        api.get(&format!("/api/v1/posts?{query}")).refuses(422, field, "invalid");
    }
    api.get("/api/v1/posts?account_id=post_1").refuses(422, "account_id", "not_found");
}

#[test]
fn ids_of_other_workspaces_and_bad_ids_are_not_found() {
    let api = Served::start();
    let inside = api.house.enter();
    let account = inside.connect(Who::Page, "Bakery");
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("Bread", &[media], start() + TimeDelta::days(1), &[(account, Kind::Photos)]);
    let job = inside.view(post).jobs[0].id;
    let (_, stranger) = api.neighbour();
    let paths = |media: &str, post: &str, job: &str| [format!("/api/v1/media/{media}"), format!("/api/v1/posts/{post}"), format!("/api/v1/jobs/{job}")];
    for path in paths(&media.to_string(), &post.to_string(), &job.to_string()) {
        assert_eq!(api.get(&path).status, 200, "{path}");
        assert_eq!(api.get_as(&stranger, &path).problem(404).0, "not_found", "{path}");
    }
    for bad in ["17", "x", "user_1", "..%2f", "%00", "post_99999999999999999999"] {
        for path in paths(bad, bad, bad) {
            assert_eq!(api.get(&path).problem(404).0, "not_found", "{path}");
        }
    }
    let cancel = format!("/api/v1/posts/{post}/cancel");
    assert_eq!(api.send("POST", &cancel, Some(&stranger), &[], Vec::new()).problem(404).0, "not_found");
    assert_eq!(api.send("DELETE", &format!("/api/v1/media/{media}"), Some(&stranger), &[], Vec::new()).problem(404).0, "not_found");
    let theirs = json!({"caption": "x", "media": [media.to_string()], "schedule": {"draft": true}, "targets": [{"account_id": account.to_string()}]});
    let refused = api.send("POST", "/api/v1/posts", Some(&stranger), &[("content-type", "application/json")], theirs.to_string().into_bytes());
    let (_, fields, _) = refused.problem(422);
    assert_eq!(fields, [("media.0".to_owned(), "not_found".to_owned()), ("targets.0.account_id".to_owned(), "not_found".to_owned())]);
    assert_eq!(api.get_as(&stranger, "/api/v1/posts").ok(200)["items"], json!([]));
    assert_eq!(api.get_as(&stranger, "/api/v1/accounts").ok(200)["items"], json!([]));
}

#[test]
fn accounts_are_listed_in_pages_without_their_tokens() {
    let api = Served::start();
    let inside = api.house.enter();
    let ids: Vec<String> = [Who::Tiktok, Who::Page, Who::InstagramByItself].map(|who| inside.connect(who, "Mira").to_string()).to_vec();
    let first = api.get("/api/v1/accounts?limit=2").ok(200);
    let second = api.get(&format!("/api/v1/accounts?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).ok(200);
    assert_eq!((&first["items"][0]["id"], &first["items"][1]["id"], &second["items"][0]["id"]), (&json!(ids[0]), &json!(ids[1]), &json!(ids[2])));
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (1, &Value::Null));

    let tiktok = first["items"][0].as_object().unwrap();
    let fields: Vec<&str> = tiktok.keys().map(String::as_str).collect();
    let mut expected = ["id", "platform", "remote_id", "username", "display_name", "status", "scopes", "expires_at"];
    expected.sort_unstable();
    let mut fields = fields;
    fields.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!((&tiktok["platform"], &tiktok["status"]), (&json!("tiktok"), &json!("active")));
}

#[test]
fn a_post_is_made_read_published_and_answers_as_described() {
    let api = Served::start();
    let inside = api.house.enter();
    let page = inside.connect(Who::Page, "Bakery");
    let media = inside.upload("photo.jpg");
    let body = json!({
        "caption": "Fresh bread", "media": [media.to_string()], "schedule": {"at": "2027-01-15T10:00:00+01:00"},
        "targets": [{"account_id": page.to_string(), "caption": "Only here"}],
    });
    let made = api.post("/api/v1/posts", &body);
    let post = made.ok(201);
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    assert!(made.header("etag").starts_with('"'));
    assert_eq!((&post["caption"], &post["media"], &post["status"]), (&json!("Fresh bread"), &json!([media.to_string()]), &json!("scheduled")));
    assert_eq!(post["schedule"], json!({"at": "2027-01-15T09:00:00+00:00"}));
    assert_eq!(post["scheduled_at"], "2027-01-15T09:00:00+00:00");
    assert_eq!(post["targets"], json!([{"account_id": page.to_string(), "kind": "photos", "caption": "Only here", "options": {}, "adjust": {}}]));
    let job = &post["jobs"][0];
    let mut fields: Vec<&str> = job.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let expected =
        "account_id error first_comment held_by id kind next_at permalink platform publish_at published_at rehearsal remote_id renditions state tries";
    assert_eq!(fields.join(" "), expected);
    assert_eq!((&job["state"], &job["error"], &job["held_by"], &job["tries"]), (&json!("scheduled"), &Value::Null, &Value::Null, &json!(0)));

    let id = post["id"].as_str().unwrap().parse().unwrap();
    let view = inside.run_to_the_end(id);
    assert_eq!(view.jobs[0].state, JobState::Published, "{:?}", view.jobs[0].last_error);
    let read = api.get(&path);
    assert_eq!(read.header("etag"), made.header("etag"), "publishing changes nothing that a person composed");
    let post = read.ok(200);
    assert_eq!(post["status"], "published");
    assert!(post["jobs"][0]["permalink"].is_string() && post["jobs"][0]["published_at"].is_string(), "{post}");

    let job = api.get(&format!("/api/v1/jobs/{}", post["jobs"][0]["id"].as_str().unwrap())).ok(200);
    assert_eq!((&job["post_id"], &job["state"]), (&post["id"], &json!("published")));
    let attempts = job["attempts"].as_array().unwrap();
    assert!(attempts.len() >= 2 && attempts.iter().all(|a| a["finished_at"].is_string() && a["outcome"].is_string()), "{attempts:?}");
    assert_eq!(api.send("POST", &format!("{path}/cancel"), Some(&api.key), &[], Vec::new()).problem(409).0, "refused");
}

#[test]
fn a_platforms_rules_are_told_when_the_post_is_made() {
    let api = Served::start();
    let inside = api.house.enter();
    let account = inside.connect(Who::InstagramByItself, "Mira");
    let body = json!({"caption": "words only", "schedule": {"now": true}, "targets": [{"account_id": account.to_string(), "kind": "image"}]});
    let answer = api.post("/api/v1/posts", &body);
    let (code, fields, _) = answer.problem(422);
    assert_eq!((code.as_str(), fields), ("invalid", vec![("media".to_owned(), "wrong_count".to_owned())]));
    assert_eq!(answer.json()["problems"][0]["account_id"], account.to_string());
    assert_eq!(api.get("/api/v1/posts").ok(200)["items"], json!([]), "nothing was made");

    let mut as_draft = body;
    as_draft["schedule"] = json!({"draft": true});
    let draft = api.post("/api/v1/posts", &as_draft).ok(201);
    assert_eq!((&draft["status"], &draft["targets"][0]["kind"], &draft["schedule"]), (&json!("draft"), &json!("image"), &json!({"draft": true})));
}

#[test]
fn a_scheduled_post_is_cancelled() {
    let api = Served::start();
    let inside = api.house.enter();
    let account = inside.connect(Who::Tiktok, "mira");
    let media = inside.upload("clip.mp4");
    let post = inside.schedule("Hello", &[media], start() + TimeDelta::days(1), &[(account, Kind::Video)]);
    let cancel = format!("/api/v1/posts/{post}/cancel");
    let cancelled = api.send("POST", &cancel, Some(&api.key), &[], Vec::new()).ok(200);
    assert_eq!((&cancelled["status"], &cancelled["jobs"][0]["state"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!(api.get(&format!("/api/v1/media/{media}")).ok(200)["state"], "cleared");
    let (_, _, detail) = api.send("POST", &cancel, Some(&api.key), &[], Vec::new()).problem(409);
    assert_eq!(detail, "This post is cancelled already.");
}

#[test]
fn the_same_key_with_the_same_request_makes_one_post() {
    let api = Served::start();
    let key = [("idempotency-key", "order-1")];
    let first = api.post_with("/api/v1/posts", &draft("One"), &key).ok(201);
    let again = api.post_with("/api/v1/posts", &draft("One"), &key).ok(201);
    assert_eq!(first, again);
    api.post_with("/api/v1/posts", &draft("Two"), &key).refuses(422, "Idempotency-Key", "key_reused");
    assert_ne!(api.post_with("/api/v1/posts", &draft("One"), &[("idempotency-key", "order-2")]).ok(201)["id"], first["id"]);
    assert_eq!(api.get("/api/v1/posts").ok(200)["items"].as_array().unwrap().len(), 2);
    api.post_with("/api/v1/posts", &draft("x"), &[("idempotency-key", &"k".repeat(300))]).refuses(422, "Idempotency-Key", "invalid");

    // Another workspace's keys are its own.
    let (_, neighbour) = api.neighbour();
    let headers = [("content-type", "application/json"), ("idempotency-key", "order-1")];
    let theirs = api.send("POST", "/api/v1/posts", Some(&neighbour), &headers, draft("One").to_string().into_bytes()).ok(201);
    assert_ne!(theirs["id"], first["id"]);
}

#[test]
fn the_same_request_twice_at_once_makes_one_post() {
    let api = Served::start();
    let key = [("idempotency-key", "order-1")];
    let ids: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| api.post_with("/api/v1/posts", &draft("One"), &key).ok(201)["id"].clone())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn posts_come_in_pages_and_are_filtered() {
    let api = Served::start();
    let inside = api.house.enter();
    let account = inside.connect(Who::Page, "Bakery");
    let media = inside.upload("photo.jpg");
    for i in 0..120 {
        match i % 10 {
            0 => drop(inside.schedule(&format!("{i}"), &[media], start() + TimeDelta::days(i), &[(account, Kind::Photos)])),
            _ => drop(api.post("/api/v1/posts", &draft(&format!("{i}"))).ok(201)),
        }
    }
    let all = |query: &str| {
        let (mut captions, mut pages, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = api.get(&format!("/api/v1/posts?{query}{cursor}")).ok(200);
            pages += 1;
            captions.extend(page["items"].as_array().unwrap().iter().map(|post| post["caption"].as_str().unwrap().parse::<i64>().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (captions, pages),
            }
        }
    };
    assert_eq!(all(""), ((0..120).rev().collect(), 3));
    assert_eq!(all("limit=40"), ((0..120).rev().collect(), 3), "a full last page is the last");
    assert_eq!(all("status=scheduled&limit=5"), ((0..120).rev().filter(|i| i % 10 == 0).collect(), 3));
    assert_eq!(all("status=draft&limit=200").0.len(), 108);
    assert_eq!(all(&format!("account_id={account}&limit=12")).0.len(), 12);
    let day = |days: i64| (start() + TimeDelta::days(days)).with_timezone(&chrono::FixedOffset::east_opt(3600).unwrap()).to_rfc3339();
    assert_eq!(all(&format!("from={}&to={}", day(20), day(40))).0, [30, 20], "from is included, to is not; the + may stand unescaped");
    assert_eq!(all(&format!("from={}", (Utc::now() + TimeDelta::days(36500)).to_rfc3339().replace('+', "%2B"))).0, Vec::<i64>::new());
    assert_eq!(all("status=failed"), (Vec::new(), 1));
}
