//! What people decide about posts through the API: rehearse, try again, publish now, say what they saw, and try a first comment again.

use chrono::TimeDelta;
use pm3k::ids::{JobId, PostId};
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use serde_json::{Value, json};
use simulator::{Fault, FaultKind};

use crate::support::api::{Reply, Served};
use crate::support::house::{Inside, Who, assert_published, start};

const REFUSAL: &str = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;

fn post(api: &Served, path: &str) -> Reply {
    api.send("POST", path, Some(&api.key), &[], Vec::new())
}

/// Photos for a Page, due in so many minutes.
fn photos(inside: &Inside<'_>, minutes: i64) -> PostId {
    let account = inside.connect(Who::Page, "Bakery");
    let media = inside.upload("photo.jpg");
    inside.schedule("Bread", &[media], inside.house.now() + TimeDelta::minutes(minutes), &[(account, Kind::Photos)])
}

fn always(call: &str, kind: FaultKind) -> Fault {
    Fault { times: u32::MAX, ..Fault::next(call, kind) }
}

/// A job whose last call had no answer, on a platform that has not told for a day what became of it.
fn unconfirmed(inside: &Inside<'_>, acted: bool) -> (PostId, JobId) {
    let post = photos(inside, 10);
    let simulator = &inside.house.simulator;
    simulator.fault(always("facebook.feed", if acted { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
    simulator.fault(always("facebook.published_posts", FaultKind::Answer { status: 500, body: String::new() }));
    inside.run_until(inside.house.now() + TimeDelta::minutes(11));
    inside.house.go_to(inside.house.now() + TimeDelta::hours(25));
    inside.run_until(inside.house.now());
    let job = inside.view(post).jobs.remove(0);
    assert_eq!(job.state, JobState::Unconfirmed, "{:?}", job.last_error);
    simulator.clear_faults();
    (post, job.id)
}

#[test]
fn a_rehearsal_is_told_and_kept() {
    let api = Served::start();
    let inside = api.house.enter();
    let post_id = photos(&inside, 24 * 60);
    let told = post(&api, &format!("/api/v1/posts/{post_id}/check")).ok(200);
    let job = &inside.view(post_id).jobs[0];
    let here = &told["jobs"][0];
    assert_eq!((&told["verdict"], &here["verdict"]), (&json!("fine"), &json!("fine")), "{told}");
    assert_eq!((&here["job_id"], &here["account_id"]), (&json!(job.id.to_string()), &json!(job.account_id.to_string())));
    let rules = here["findings"].as_array().unwrap().iter().find(|finding| finding["subject"] == "post").unwrap();
    assert_eq!((&rules["verdict"], &rules["code"], &rules["remedy"]), (&json!("fine"), &json!("ok"), &json!("")));
    let kept = &api.get(&format!("/api/v1/jobs/{}", job.id)).ok(200)["rehearsal"];
    assert_eq!((&kept["verdict"], &kept["findings"]), (&json!("fine"), &here["findings"]));
    assert!(kept["at"].is_string(), "{kept}");
    assert!(api.house.visible().is_empty() && job.state == JobState::Scheduled);
}

#[test]
fn a_rehearsal_says_what_would_fail() {
    let api = Served::start();
    let inside = api.house.enter();
    // Nobody answers at the public address of this installation, and Instagram has to fetch the picture there.
    let account = inside.connect(Who::InstagramByItself, "mira");
    let media = inside.upload("photo.jpg");
    let image = inside.schedule("x", &[media], start() + TimeDelta::days(1), &[(account, Kind::Image)]);
    let told = post(&api, &format!("/api/v1/posts/{image}/check")).ok(200);
    let blocking = |told: &Value, subject: &str| {
        let found = told["jobs"][0]["findings"].as_array().unwrap().iter().find(|finding| finding["subject"] == subject && finding["verdict"] == "blocking");
        found.cloned().unwrap_or_else(|| panic!("{subject} is not blocking: {told}"))
    };
    assert_eq!(told["verdict"], "blocking");
    let address = blocking(&told, "media_url");
    assert_eq!(address["code"], "unreachable");
    assert!(address["remedy"].as_str().unwrap().contains("server.public_url"), "{address}");

    let photos = photos(&inside, 24 * 60);
    let page = inside.view(photos).jobs[0].account_id;
    let reconnect = "UPDATE account SET status = 'needs_reconnect', status_reason = 'The password was changed.' WHERE id = ?1";
    inside.app.db.write(|tx| tx.execute(reconnect, [page])).unwrap();
    let told = post(&api, &format!("/api/v1/posts/{photos}/check")).ok(200);
    let access = blocking(&told, "access");
    assert_eq!((&access["code"], &access["message"]), (&json!("needs_reconnect"), &json!("The password was changed.")));
    assert!(api.house.visible().is_empty());
}

#[test]
fn what_is_out_is_neither_rehearsed_nor_tried_again_nor_made_due() {
    let api = Served::start();
    let inside = api.house.enter();
    let id = photos(&inside, 1);
    assert_published(&inside.run_to_the_end(id));
    for what in ["check", "retry", "publish-now"] {
        let (code, _, detail) = post(&api, &format!("/api/v1/posts/{id}/{what}")).problem(409);
        assert!(code == "refused" && detail.ends_with('.'), "{what}: {detail}");
    }
    let draft = api.post("/api/v1/posts", &json!({"caption": "x", "schedule": {"draft": true}})).ok(201);
    post(&api, &format!("/api/v1/posts/{}/publish-now", draft["id"].as_str().unwrap())).problem(409);
}

#[test]
fn what_has_failed_or_was_missed_is_tried_again() {
    let api = Served::start();
    let inside = api.house.enter();
    let failed = photos(&inside, 10);
    api.house.simulator.fault(Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: REFUSAL.into() }));
    assert_eq!(inside.run_to_the_end(failed).jobs[0].state, JobState::Failed);
    let retry = format!("/api/v1/posts/{failed}/retry");
    let again = post(&api, &retry).ok(200);
    assert_eq!((&again["status"], &again["jobs"][0]["error"], &again["jobs"][0]["tries"]), (&json!("scheduled"), &Value::Null, &json!(0)));
    assert_eq!(again["jobs"][0]["next_at"], again["jobs"][0]["publish_at"]);
    assert_published(&inside.run_to_the_end(failed));

    let missed = photos(&inside, 10);
    api.house.go_to(api.house.now() + TimeDelta::hours(2));
    inside.run_until(api.house.now());
    assert_eq!(inside.view(missed).jobs[0].state, JobState::Missed);
    post(&api, &format!("/api/v1/posts/{missed}/retry")).ok(200);
    assert_published(&inside.run_to_the_end(missed));
    assert_eq!(api.house.visible().len(), 2);
}

#[test]
fn a_post_is_not_tried_again_without_its_media() {
    let api = Served::start();
    let inside = api.house.enter();
    let id = photos(&inside, 10);
    api.house.simulator.fault(Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: REFUSAL.into() }));
    inside.run_to_the_end(id);
    inside.app.db.write(|tx| tx.execute("UPDATE media SET state = 'cleared', stored_name = NULL, cleared_at = 1", [])).unwrap();
    let (_, _, detail) = post(&api, &format!("/api/v1/posts/{id}/retry")).problem(409);
    assert!(detail.contains("cleared"), "{detail}");
}

#[test]
fn a_scheduled_post_is_published_now() {
    let api = Served::start();
    let inside = api.house.enter();
    let id = photos(&inside, 24 * 60);
    inside.run_until(start() + TimeDelta::hours(1));
    let due = post(&api, &format!("/api/v1/posts/{id}/publish-now")).ok(200);
    assert_eq!(due["jobs"][0]["publish_at"], "2027-01-15T09:00:00+00:00");
    let view = inside.run_to_the_end(id);
    assert_published(&view);
    assert!(view.jobs[0].published_at.unwrap() < start() + TimeDelta::hours(2));
}

#[test]
fn a_person_says_that_an_unconfirmed_post_is_there() {
    let api = Served::start();
    let inside = api.house.enter();
    let (id, job) = unconfirmed(&inside, true);
    let (_, _, detail) = post(&api, &format!("/api/v1/posts/{id}/retry")).problem(409);
    assert!(detail.contains("say whether it is there"), "{detail}");
    let confirm = format!("/api/v1/jobs/{job}/confirm");
    for (body, field, code) in [
        (json!({}), "published", "required"),
        (json!({"published": "yes"}), "published", "invalid"),
        (json!({"published": true, "link": "https://example.org/1"}), "link", "unknown_field"),
        (json!({"published": true, "permalink": "javascript:alert(1)"}), "permalink", "invalid"),
        (json!({"published": true, "permalink": format!("https://example.org/{}", "x".repeat(3000))}), "permalink", "invalid"),
        (json!({"published": false, "permalink": "https://example.org/1"}), "permalink", "invalid"),
    ] {
        api.post(&confirm, &body).refuses(422, field, code);
    }
    let told = api.post(&confirm, &json!({"published": true, "permalink": "https://www.facebook.com/1/posts/2"})).ok(200);
    assert_eq!((&told["state"], &told["permalink"], &told["error"]), (&json!("published"), &json!("https://www.facebook.com/1/posts/2"), &Value::Null));
    assert_eq!((&told["post_id"], told["attempts"].as_array().unwrap().is_empty()), (&json!(id.to_string()), false));
    assert_eq!(api.get(&format!("/api/v1/media/{}", inside.view(id).media[0].id)).ok(200)["state"], "cleared");
    api.post(&confirm, &json!({"published": false})).problem(409);
    inside.run_until(api.house.now() + TimeDelta::hours(2));
    assert_eq!(api.house.visible().len(), 1);
}

#[test]
fn a_person_says_that_an_unconfirmed_post_is_not_there_and_it_goes_out() {
    let api = Served::start();
    let inside = api.house.enter();
    let (id, job) = unconfirmed(&inside, false);
    let told = api.post(&format!("/api/v1/jobs/{job}/confirm"), &json!({"published": false})).ok(200);
    assert_eq!((&told["state"], &told["error"]), (&json!("scheduled"), &Value::Null));
    assert_published(&inside.run_to_the_end(id));
    assert_eq!(api.house.visible().len(), 1);
}

#[test]
fn a_first_comment_that_failed_is_tried_again() {
    let api = Served::start();
    let inside = api.house.enter();
    let (page, media) = (inside.connect(Who::Page, "Bakery"), inside.upload("photo.jpg"));
    let target = json!({"account_id": page.to_string(), "options": {"first_comment": "Thanks!"}});
    let made = api.post("/api/v1/posts", &json!({"caption": "Bread", "media": [media.to_string()], "schedule": {"now": true}, "targets": [target]})).ok(201);
    let (id, job) = (made["id"].as_str().unwrap(), made["jobs"][0]["id"].as_str().unwrap());
    let retry = format!("/api/v1/jobs/{job}/retry-comment");
    assert_eq!(made["jobs"][0]["first_comment"], Value::Null, "not before the post is out");
    post(&api, &retry).problem(409);

    api.house.simulator.fault(Fault::next("facebook.comment", FaultKind::Answer { status: 400, body: REFUSAL.into() }));
    inside.run_until(api.house.now() + TimeDelta::minutes(5));
    let failed = api.get(&format!("/api/v1/posts/{id}")).ok(200);
    assert_eq!(failed["status"], "published", "whatever becomes of its comment");
    let said = &failed["jobs"][0]["first_comment"];
    assert_eq!((&said["state"], &said["text"], &said["remote_id"]), (&json!("failed"), &json!("Thanks!"), &Value::Null));
    assert_eq!((&said["error"]["code"], said["error"]["remedy"].as_str().unwrap().is_empty()), (&json!("100"), false));
    let again = post(&api, &retry).ok(200);
    assert_eq!(again["first_comment"], json!({"state": "waiting", "text": "Thanks!", "remote_id": null, "error": null}));
    post(&api, &retry).problem(409);

    inside.run_until(api.house.now() + TimeDelta::minutes(5));
    let posted = api.get(&format!("/api/v1/jobs/{job}")).ok(200);
    assert_eq!(posted["first_comment"]["state"], "posted");
    assert!(posted["first_comment"]["remote_id"].is_string(), "{posted}");
    let visible = api.house.visible();
    assert_eq!((visible.len(), visible[0].comments.len()), (1, 1));
    post(&api, &retry).problem(409);
}

#[test]
fn nobody_decides_about_what_is_not_theirs() {
    let api = Served::start();
    let inside = api.house.enter();
    let id = photos(&inside, 24 * 60);
    let job = inside.view(id).jobs[0].id;
    let (_, stranger) = api.neighbour();
    for (post, job) in [(id.to_string(), job.to_string()), ("post_77".into(), "job_77".into()), ("job_1".into(), "post_1".into()), ("x".into(), "%00".into())] {
        for path in ["check", "retry", "publish-now"]
            .map(|what| format!("/api/v1/posts/{post}/{what}"))
            .into_iter()
            .chain([format!("/api/v1/jobs/{job}/retry-comment")])
        {
            assert_eq!(api.send("POST", &path, Some(&stranger), &[], Vec::new()).problem(404).0, "not_found", "{path}");
        }
        let (path, json) = (format!("/api/v1/jobs/{job}/confirm"), [("content-type", "application/json")]);
        let confirmed = api.send("POST", &path, Some(&stranger), &json, b"{\"published\": true}".to_vec());
        assert_eq!(confirmed.problem(404).0, "not_found", "{path}");
    }
}
