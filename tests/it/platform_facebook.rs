//! Pages: photos and reels, from nothing to exactly one visible post.

use std::time::Duration;

use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::facebook::Facebook;
use pm3k::platform::http::Http;
use pm3k::platform::{Access, Account, Content, ErrorClass};
use serde_json::json;
use simulator::{Fault, FaultKind};

use crate::support::meta::{Ended, Job, World, account, content, faults, sha256, world};

fn page(world: &World) -> (Account, Access) {
    account(Platform::Facebook, Login::Facebook, &world.sim.add_page("Test Page"))
}

fn publish(world: &World, (account, access): &(Account, Access), content: &Content, in_seconds: i64) -> Ended {
    let adapter = Facebook::new(world.facebook_app(), Http::default());
    Job { world, adapter: &adapter, account, access, content, publish_at: world.later(in_seconds) }.run()
}

fn photos(world: &World, count: u8) -> Content {
    let media = (0..count).map(|seed| world.photo(seed)).collect();
    content(Kind::Photos, "Zwei Zeilen\nund ein é & ein # 😀", media, json!({"alt_text": ["first", null]}))
}

fn reel(world: &World) -> Content {
    content(Kind::Reel, "Look #here", vec![world.video(1)], json!({"title": "A title"}))
}

/// Exactly one post, with these bytes, at this link.
fn assert_published(world: &World, account: &Account, content: &Content, ended: &Ended) {
    let posts = world.posts(account);
    assert_eq!(posts.len(), 1, "{ended:?}");
    let post = &posts[0];
    assert_eq!(post.caption, content.caption);
    assert_eq!(post.media_sha256, content.media.iter().map(sha256).collect::<Vec<_>>());
    let published = ended.published.as_ref().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!(published.remote_id.as_deref(), Some(post.remote_id.as_str()));
    assert_eq!(published.permalink.as_deref(), Some(post.permalink.as_str()));
    world.assert_documented();
}

#[test]
fn photos_are_staged_unseen_and_published_on_time() {
    for count in [1, 3, 10] {
        let world = world();
        let page = page(&world);
        let content = photos(&world, count);
        let due = world.later(600);
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.posts(&page.0)[0].at, due);
        let mut steps = vec!["begin"];
        steps.extend(vec!["push photo"; count.into()]);
        steps.push("publish photos");
        assert_eq!(ended.steps, steps, "the link comes with the answer");
    }
}

#[test]
fn a_reel_is_staged_unseen_and_published_on_time() {
    let world = world();
    let page = page(&world);
    let content = reel(&world);
    let due = world.later(600);
    let ended = publish(&world, &page, &content, 600);
    assert_published(&world, &page.0, &content, &ended);
    assert_eq!(world.posts(&page.0)[0].at, due);
    assert_eq!(ended.codes, [""; 0]);
}

#[test]
fn a_reel_that_is_still_processing_is_finished_at_its_time_all_the_same() {
    let world = world();
    world.sim.set(|settings| {
        settings.processing = Duration::from_secs(300);
        settings.phases_say_completed = true;
    });
    let page = page(&world);
    let content = reel(&world);
    let (start, due) = (world.clock.now(), world.later(60));
    let ended = publish(&world, &page, &content, 60);
    assert_eq!(ended.called_at, Some(due), "finish is called at the due time");
    assert_published(&world, &page.0, &content, &ended);
    assert_eq!(world.posts(&page.0)[0].at, start + Duration::from_secs(300));
}

#[test]
fn a_fault_on_the_visible_call_ends_in_exactly_one_post() {
    for kind in [Kind::Photos, Kind::Reel] {
        let call = if kind == Kind::Photos { "facebook.feed" } else { "facebook.reel_finish" };
        for (fault, acted) in faults() {
            let world = world();
            let page = page(&world);
            let content = if kind == Kind::Photos { photos(&world, 2) } else { reel(&world) };
            world.sim.fault(Fault::next(call, fault.clone()));
            let ended = publish(&world, &page, &content, 60);
            assert_published(&world, &page.0, &content, &ended);
            assert_eq!(world.calls(call).len(), if acted { 1 } else { 2 }, "{fault:?}: {:?}", ended.steps);
            assert!(ended.steps.contains(&"reconcile"), "{fault:?}");
        }
    }
}

#[test]
fn lagging_reads_do_not_make_a_second_post() {
    for kind in [Kind::Photos, Kind::Reel] {
        let call = if kind == Kind::Photos { "facebook.feed" } else { "facebook.reel_finish" };
        for lag in [20, 50, 100] {
            let world = world();
            let page = page(&world);
            let content = if kind == Kind::Photos { photos(&world, 2) } else { reel(&world) };
            world.sim.fault(Fault::next(call, FaultKind::ActThenDrop));
            world.sim.set(|settings| settings.read_lag = Duration::from_secs(lag));
            let ended = publish(&world, &page, &content, 600);
            assert_eq!(world.posts(&page.0).len(), 1, "{lag}: {ended:?}");
            assert!(ended.published.is_some(), "{lag}: {ended:?}");
        }
    }
}

#[test]
fn several_faults_in_a_row_still_end_in_one_post() {
    for call in ["facebook.feed", "facebook.reel_finish"] {
        let world = world();
        let page = page(&world);
        let content = if call == "facebook.feed" { photos(&world, 2) } else { reel(&world) };
        world.sim.fault(Fault { call: call.into(), account: None, nth: 1, times: 3, kind: FaultKind::DropBefore });
        let read = if call == "facebook.feed" { "facebook.published_posts" } else { "facebook.video_status" };
        world.sim.fault(Fault { call: read.into(), account: None, nth: 9, times: 2, kind: FaultKind::Answer { status: 503, body: String::new() } });
        let ended = publish(&world, &page, &content, 60);
        assert_published(&world, &page.0, &content, &ended);
    }
}

#[test]
fn foreign_posts_are_not_taken_for_ours() {
    let world = world();
    let page = page(&world);
    let content = photos(&world, 2);
    let other = Content { caption: "somebody else's".into(), ..photos(&world, 3) };
    assert!(publish(&world, &page, &other, 0).published.is_some());
    world.sim.fault(Fault::next("facebook.feed", FaultKind::DropBefore));
    let ended = publish(&world, &page, &content, 0);
    assert_eq!(world.posts(&page.0).len(), 2, "{ended:?}");
    assert_eq!(world.posts(&page.0)[1].caption, content.caption);
    let same_words = Content { caption: content.caption.clone(), ..photos(&world, 3) };
    world.sim.fault(Fault::next("facebook.feed", FaultKind::DropBefore));
    assert!(publish(&world, &page, &same_words, 0).published.is_some());
    assert_eq!(world.posts(&page.0).len(), 3, "the same words with other photos are another post");
}

#[test]
fn a_broken_upload_goes_on_where_it_stopped() {
    let world = world();
    let page = page(&world);
    let content = reel(&world);
    for after in [100_000, 250_000] {
        world.sim.fault(Fault::next("facebook.reel_upload", FaultKind::BreakBody { after }));
    }
    let ended = publish(&world, &page, &content, 600);
    assert_published(&world, &page.0, &content, &ended);
    assert_eq!(world.calls("facebook.reel_start").len(), 1, "no new session");
    assert!(world.calls("facebook.reel_upload").len() >= 2);
}

#[test]
fn faults_while_staging_are_tried_again_unseen() {
    for call in ["facebook.photo_upload", "facebook.reel_start", "facebook.reel_upload", "facebook.video_status"] {
        for fault in [FaultKind::DropBefore, FaultKind::ActThenDrop, FaultKind::ActThenEmpty200, FaultKind::Answer { status: 503, body: "<html>".into() }] {
            let world = world();
            let page = page(&world);
            let content = if call == "facebook.photo_upload" { photos(&world, 2) } else { reel(&world) };
            world.sim.fault(Fault::next(call, fault.clone()));
            let ended = publish(&world, &page, &content, 600);
            assert_published(&world, &page.0, &content, &ended);
            assert!(call == "facebook.reel_upload" || !ended.codes.is_empty(), "{call} {fault:?}");
        }
    }
}

#[test]
fn what_was_staged_too_long_ago_is_staged_again() {
    for kind in [Kind::Photos, Kind::Reel] {
        let world = world();
        let page = page(&world);
        let content = if kind == Kind::Photos { photos(&world, 2) } else { reel(&world) };
        let ended = publish(&world, &page, &content, 30 * 3600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(ended.codes, ["staged_expired"]);
    }
}

#[test]
fn refusals_are_final_and_say_what_to_do() {
    let world = world();
    let page = page(&world);
    // An MP4 by its name only.
    let mut broken = world.video(3);
    std::fs::write(&broken.path, vec![7; 5000]).unwrap();
    broken.bytes = 5000;
    let ended = publish(&world, &page, &content(Kind::Reel, "x", vec![broken], json!({})), 60);
    let error = ended.error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "2069019"));
    assert!(!error.remedy.is_empty());

    let mut broken = world.photo(3);
    std::fs::write(&broken.path, vec![7; 5000]).unwrap();
    broken.bytes = 5000;
    let error = publish(&world, &page, &content(Kind::Photos, "x", vec![broken], json!({})), 0).error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "324"));
    assert!(error.trace_id.is_some());
    assert_eq!(world.posts(&page.0), []);
}

#[test]
fn an_ended_access_is_told_as_such() {
    let world = world();
    let page = page(&world);
    let content = photos(&world, 1);
    world.sim.expire_token(&page.0.remote_id);
    let error = publish(&world, &page, &content, 0).error.unwrap();
    assert_eq!(error.class, ErrorClass::NeedsReconnect, "{error:?}");
    assert!(error.code.starts_with("190"), "{error:?}");
    assert!(!error.message.contains(page.1.token.expose()));
}

#[test]
fn a_limit_is_waited_for() {
    let world = world();
    let page = page(&world);
    let content = photos(&world, 1);
    let body = json!({"error": {"message": "limit", "type": "OAuthException", "code": 80001, "fbtrace_id": "T"}}).to_string();
    world.sim.fault(Fault::next("facebook.feed", FaultKind::Answer { status: 400, body }));
    let ended = publish(&world, &page, &content, 60);
    assert_published(&world, &page.0, &content, &ended);
    assert!(!ended.steps.contains(&"reconcile"), "a limit is a clear answer");
}
