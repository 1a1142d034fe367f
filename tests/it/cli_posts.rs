//! `pm3k post`, through the real binary: posts are made, shown, rehearsed, tried again and cancelled.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::ids::JobId;
use pm3k::model::comment::{self, CommentState, Later};
use pm3k::model::job::LastError;
use serde_json::Value;

use crate::support::home::{Home, connected, path};
use crate::support::house::House;

#[test]
fn posts_are_made_shown_and_cancelled() {
    let (house, home) = connected();
    let accounts = home.run(&["account", "list", "--json"]).expect(0).json();
    assert_eq!(accounts["items"][0]["platform"], "tiktok");
    assert_eq!(accounts["items"][1]["username"], "bakery");
    assert!(home.run(&["account", "list"]).expect(0).stdout.contains("@studio"));

    let photo = path("photo.jpg");
    let made = home.run(&["post", "create", "--account", "acct_2", "--caption", "Open on Sunday", "--media", &photo, "--at", "2099-12-01 09:00"]).expect(0);
    assert_eq!(made.stdout, "post_1\n");
    assert!(made.stderr.contains("goes out to acct_2 on 2099-12-01 09:00 (UTC)"), "{made:?}");
    let shown = home.run(&["post", "show", "post_1", "--json"]).expect(0).json();
    assert_eq!(shown["status"], "scheduled");
    assert_eq!(shown["scheduled_at"], "2099-12-01T09:00:00Z");
    assert_eq!(shown["targets"][0]["kind"], "image", "what the media leaves as the one choice");
    assert_eq!(shown["media"], serde_json::json!(["media_1"]));
    assert_eq!(shown["jobs"][0]["state"], "scheduled");

    let options = "{\"privacy_level\": \"SELF_ONLY\"}";
    let clip = path("clip.mp4");
    let two =
        ["post", "create", "--account", "acct_1", "--media", &clip, "--kind", "video", "--options", options, "--at", "2099-12-01T09:00:00+01:00", "--json"];
    let two = home.run(&two).expect(0).json();
    assert_eq!(two["scheduled_at"], "2099-12-01T08:00:00Z");
    assert_eq!(two["targets"][0]["options"]["privacy_level"], "SELF_ONLY");
    let draft = home.run(&["post", "create", "--account", "acct_1", "acct_2", "--media", &clip, "--draft", "--caption", "Later"]).expect(0);
    assert_eq!((draft.stdout.as_str(), draft.stderr.contains("kept as a draft")), ("post_3\n", true), "{draft:?}");

    let list = home.run(&["post", "list", "--json", "--status", "scheduled"]).expect(0).json();
    let ids: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|post| &post["id"]).collect();
    assert_eq!(ids, ["post_2", "post_1"]);
    let some = home.run(&["post", "list", "--account", "acct_2", "--from", "2099-12-01 08:30", "--json"]).expect(0).json();
    assert_eq!(some["items"].as_array().unwrap().len(), 1);
    assert!(home.run(&["post", "list", "--limit", "1"]).expect(0).stderr.contains("there are more"));
    let text = home.run(&["post", "show", "post_1"]).expect(0);
    assert!(
        text.stdout.contains("Open on Sunday") && text.stdout.contains("photo.jpg") && text.stdout.contains("Instagram acct_2 as image: scheduled"),
        "{text:?}"
    );

    let files = || fs::read_dir(house.dir.path().join("media")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert_eq!(files(), 3);
    home.run(&["post", "cancel", "post_1"]).expect(0);
    assert_eq!(files(), 2, "its picture is gone");
    let again = home.run(&["post", "cancel", "post_1"]).expect(4);
    assert!(again.stderr.contains("cancelled already"), "{again:?}");
}

#[test]
fn a_post_that_is_refused_leaves_no_media() {
    let (house, home) = connected();
    let (photo, clip, broken) = (path("photo.jpg"), path("clip.mp4"), path("truncated.mp4"));
    for (args, status, said) in [
        (&["--account", "acct_2", "--now"][..], 4, "kind"),
        (&["--account", "acct_2", "--media", &photo, "--at", "2020-01-01 09:00"], 4, "This time is in the past"),
        (&["--account", "acct_2", "--media", &photo, "--at", "tomorrow"], 2, "is not a time"),
        (&["--account", "acct_2", "--media", &photo, "--kind", "reel", "--now"], 4, "acct_2: targets.0."),
        (&["--account", "acct_1", "--media", &photo, &clip, "--now"], 4, "acct_1: targets.0."),
        (&["--account", "acct_2", "--media", &photo, "missing.jpg", "--now"], 3, "missing.jpg: there is no such file"),
        (&["--account", "acct_2", "--media", &photo, "/", "--now"], 2, "/: it is not a file"),
        (&["--account", "acct_2", "--media", &photo, &broken, "--now"], 4, "truncated.mp4: "),
        (&["--account", "acct_2", "acct_9", "--media", &photo, "--now"], 3, "there is no account acct_9"),
        (&["--account", "acct_2", "acct_2", "--media", &photo, "--now"], 4, "chosen twice"),
        (&["--account", "acct_2", "--queue"], 4, "no weekly slots"),
    ] {
        let ran = home.run(&[&["post", "create"][..], args].concat()).expect(status);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(said), "{args:?} {ran:?}");
    }
    let wide = house.dir.path().join("wide.png");
    fs::write(&wide, crate::support::picture(900, 300)).unwrap();
    let wide = wide.to_str().unwrap();
    let refused = home.run(&["post", "create", "--account", "acct_2", "--media", wide, "--now", "--json"]).expect(4).json();
    let problem = &refused["error"]["problems"][0];
    assert_eq!((&problem["code"], &problem["remedy"]), (&Value::from("wrong_aspect"), &Value::from("crop")), "{refused:#}");
    let early = home.run(&["post", "create", "--account", "acct_2", "--media", &photo, "--at", "2020-01-01 09:00", "--json"]).expect(4).json();
    assert!(early["error"]["problems"][0].get("remedy").is_none(), "{early:#}");
    let left: Vec<PathBuf> = fs::read_dir(house.dir.path().join("media")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(home.run(&["post", "list", "--json"]).expect(0).json()["items"], serde_json::json!([]));
}

/// Makes the first post of an installation: a TikTok draft, due in two hours.
fn tiktok_draft(home: &Home) {
    let (clip, at) = (path("clip.mp4"), (Utc::now() + TimeDelta::hours(2)).to_rfc3339());
    let made = home.run(&["post", "create", "--account", "acct_1", "--kind", "draft_video", "--media", &clip, "--at", &at]).expect(0);
    assert_eq!(made.stdout, "post_1\n");
}

/// Brings the first job to where hours of failing would have brought it.
fn put(house: &House, columns: &str) {
    house.enter().app.db.write(|tx| tx.execute(&format!("UPDATE job SET {columns} WHERE id = 1"), [])).unwrap();
}

#[test]
fn a_post_is_rehearsed_and_what_would_fail_ends_with_status_4() {
    let (house, home) = connected();
    tiktok_draft(&home);
    let fine = home.run(&["post", "check", "post_1"]).expect(0);
    assert!(fine.stdout.starts_with("job_1  TikTok acct_1 as draft video\n") && fine.stdout.contains("  ok       post "), "{fine:?}");
    assert!(fine.stdout.ends_with("It would go out.\n") && fine.stderr.is_empty(), "{fine:?}");
    let json = home.run(&["post", "check", "post_1", "--json"]).expect(0).json();
    assert_eq!((&json["verdict"], &json["jobs"][0]["account_id"]), (&"fine".into(), &"acct_1".into()));
    let shown = home.run(&["post", "show", "post_1"]).expect(0);
    assert!(shown.stdout.contains("  rehearsed ") && shown.stdout.contains(": fine\n"), "{shown:?}");

    // Instagram has to fetch the picture, and nobody answers at this installation's address.
    home.run(&["post", "create", "--account", "acct_2", "--media", &path("photo.jpg"), "--at", "2099-12-01 09:00"]).expect(0);
    let blocked = home.run(&["post", "check", "post_2"]).expect(4);
    let (first, rest) = blocked.stdout.split_once('\n').unwrap().1.split_once('\n').unwrap();
    assert!(first.starts_with("  BLOCKING media_url ") && first.ends_with(" (unreachable)"), "the gravest first: {blocked:?}");
    assert!(rest.trim_start().starts_with("→ Check that server.public_url leads to this server"), "{blocked:?}");
    assert!(blocked.stdout.contains("It would not go out everywhere: 1 blocking"), "{blocked:?}");
    let json = home.run(&["post", "check", "post_2", "--json"]).expect(4);
    assert_eq!((&json.json()["verdict"], json.stderr.as_str()), (&"blocking".into(), ""));
    let shown = home.run(&["post", "show", "post_2"]).expect(0);
    assert!(shown.stdout.contains(": blocking\n  BLOCKING media_url ") && !shown.stdout.contains("  ok "), "{shown:?}");
    let json = home.run(&["post", "show", "post_2", "--json"]).expect(0).json();
    assert_eq!(json["jobs"][0]["rehearsal"]["verdict"], "blocking");
    assert!(house.visible().is_empty());

    put(&house, "state = 'published', next_at = NULL");
    let out = home.run(&["post", "check", "post_1"]).expect(4);
    assert!(out.stdout.is_empty() && out.stderr.contains("nothing to rehearse"), "{out:?}");
}

#[test]
fn a_post_is_made_due_and_tried_again() {
    let (house, home) = connected();
    tiktok_draft(&home);
    let due = home.run(&["post", "publish-now", "post_1"]).expect(0);
    assert!(due.stdout.is_empty() && due.stderr.contains("post_1 is due now"), "{due:?}");
    let job = home.run(&["post", "show", "post_1", "--json"]).expect(0).json()["jobs"][0].clone();
    assert!(job["publish_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() <= Utc::now(), "{job}");
    let again = home.run(&["post", "publish-now", "post_1"]).expect(4);
    assert!(again.stderr.contains("Nothing of this post waits for its time"), "{again:?}");
    let nothing = home.run(&["post", "retry", "post_1"]).expect(4);
    assert!(nothing.stderr.contains("there is nothing to try again"), "{nothing:?}");

    put(&house, "state = 'failed', next_at = NULL, tries = 12");
    let retried = home.run(&["post", "retry", "post_1", "--json"]).expect(0);
    assert_eq!(retried.json(), serde_json::json!({"id": "post_1", "status": "scheduled"}));
    assert!(retried.stderr.contains("post_1 is tried again"), "{retried:?}");

    put(&house, "held_by = 'limit:tiktok_inits'");
    let held = home.run(&["post", "show", "post_1"]).expect(0);
    assert!(held.stdout.contains("  waits: a limit of the platform would be passed (tiktok_inits); it goes on by itself\n"), "{held:?}");
    put(&house, "held_by = 'needs_reconnect'");
    assert!(home.run(&["post", "show", "post_1"]).expect(0).stdout.contains("  waits: the account has to be connected again"));
}

#[test]
fn a_person_says_what_became_of_a_post() {
    let (house, home) = connected();
    tiktok_draft(&home);
    let early = home.run(&["post", "confirm", "job_1", "--there"]).expect(4);
    assert!(early.stderr.contains("This is known already"), "{early:?}");
    put(&house, "state = 'unconfirmed', next_at = NULL");
    let shown = home.run(&["post", "show", "post_1"]).expect(0);
    assert!(shown.stdout.contains("pm3k post confirm job_1 --there, or --not-there"), "{shown:?}");
    let retried = home.run(&["post", "retry", "post_1"]).expect(4);
    assert!(retried.stderr.contains("say whether it is there"), "{retried:?}");
    let bad = home.run(&["post", "confirm", "job_1", "--there", "--link", "http://example.org/1"]).expect(4);
    assert!(bad.stderr.contains("permalink: The link must begin with https://"), "{bad:?}");

    let again = home.run(&["post", "confirm", "job_1", "--not-there", "--json"]).expect(0);
    assert_eq!((&again.json()["state"], &again.json()["post_id"]), (&"scheduled".into(), &"post_1".into()));
    assert!(again.stderr.contains("job_1 is published again by the running server"), "{again:?}");

    put(&house, "state = 'unconfirmed', next_at = NULL");
    let link = "https://www.tiktok.com/@studio/video/1";
    let there = home.run(&["post", "confirm", "job_1", "--there", "--link", link]).expect(0);
    assert!(there.stdout.is_empty() && there.stderr.contains("job_1 is published"), "{there:?}");
    let shown = home.run(&["post", "show", "post_1"]).expect(0);
    assert!(shown.stdout.starts_with("post_1  published\n") && shown.stdout.contains(link), "{shown:?}");
    let late = home.run(&["post", "confirm", "job_1", "--not-there"]).expect(4);
    assert!(late.stderr.contains("This is known already"), "{late:?}");
}

#[test]
fn a_first_comment_is_shown_and_tried_again() {
    let (house, home) = connected();
    tiktok_draft(&home);
    put(&house, "state = 'published', next_at = NULL, remote_id = 'x'");
    let none = home.run(&["post", "retry-comment", "job_1"]).expect(4);
    assert!(none.stderr.contains("no first comment that failed"), "{none:?}");

    let error =
        LastError { class: "rejected".into(), code: "368".into(), message: "Blocked.".into(), remedy: "Wait a day.".into(), trace_id: Some("T1".into()) };
    let failed = Later { state: CommentState::Failed, next_at: None, unsettled: false, looks: 0, tries: 1, error: Some(&error) };
    let now = Utc::now();
    let inside = house.enter();
    inside
        .app
        .db
        .write(|tx| {
            comment::want(tx, JobId(1), "Thanks for watching!", now)?;
            let (_, attempt) = comment::claim(tx, now, 1)?.remove(0);
            comment::later(tx, JobId(1), attempt, &failed)
        })
        .unwrap();
    drop(inside);
    let shown = home.run(&["post", "show", "post_1"]).expect(0);
    let expected =
        "  first comment failed: Thanks for watching!\n    Blocked. Wait a day. (368, trace T1)\n    to try it again: pm3k post retry-comment job_1\n";
    assert!(shown.stdout.contains(expected), "{shown:?}");
    let json = home.run(&["post", "show", "post_1", "--json"]).expect(0).json();
    assert_eq!((&json["jobs"][0]["first_comment"]["state"], &json["status"]), (&"failed".into(), &"published".into()));
    let again = home.run(&["post", "retry-comment", "job_1", "--json"]).expect(0);
    assert_eq!((&again.json()["first_comment"]["state"], &again.json()["first_comment"]["error"]), (&"waiting".into(), &Value::Null));
    assert!(again.stderr.contains("the first comment of job_1 is tried again"), "{again:?}");
    home.run(&["post", "retry-comment", "job_1"]).expect(4);
}

#[test]
fn the_media_commands_tell_where_the_bytes_are_and_remove_what_nobody_needs() {
    let (house, home) = connected();
    let (photo, clip) = (path("photo.jpg"), path("clip.mp4"));
    home.run(&["post", "create", "--account", "acct_2", "--media", &photo, "--at", "2099-12-01 09:00"]).expect(0);
    home.run(&["post", "create", "--account", "acct_2", "--media", &clip, "--draft"]).expect(0);
    let list = home.run(&["media", "list", "--json"]).expect(0).json();
    let kept: Vec<(&Value, &Value)> = list["items"].as_array().unwrap().iter().map(|file| (&file["file_name"], &file["kept_for"])).collect();
    assert_eq!(kept, [(&Value::from("clip.mp4"), &Value::from("draft")), (&Value::from("photo.jpg"), &Value::from("scheduled"))]);
    assert!(home.run(&["media", "list"]).expect(0).stdout.contains("For a post that is to go out"));
    let usage = home.run(&["media", "usage", "--json"]).expect(0).json();
    let bytes: u64 = [&photo, &clip].iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert_eq!((&usage["used_bytes"], usage["shares"].as_array().unwrap().len()), (&Value::from(bytes), 2), "{usage:#}");
    let text = home.run(&["media", "usage"]).expect(0).stdout;
    assert!(text.contains("For a draft") && text.contains("media.quota") && text.contains("room for uploads"), "{text}");
    // Killed between the commit that clears a file and its removal.
    let stray = house.dir.path().join("media").join("stray.jpg");
    fs::write(&stray, b"x").unwrap();
    fs::File::options().write(true).open(&stray).unwrap().set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    assert_eq!(home.run(&["media", "sweep"]).expect(0).stdout, "0 cleared, 0 announced, 1 leftovers removed\n");
    assert!(!stray.exists());
    home.run(&["post", "cancel", "post_1"]).expect(0);
    assert_eq!(home.run(&["media", "list", "--json"]).expect(0).json()["items"].as_array().unwrap().len(), 1);
    let all = home.run(&["media", "list", "--all", "--json"]).expect(0).json();
    assert_eq!((&all["items"][1]["state"], &all["items"][1]["kept_for"]), (&Value::from("cleared"), &Value::Null));
}
