//! Pages: every kind, from nothing to exactly one visible post, through everything that can go wrong with a call.

use std::time::Duration;

use pm3k::kind::Kind;
use pm3k::platform::{Content, ErrorClass};
use serde_json::json;
use simulator::{Fault, FaultKind};

use crate::support::facebook::{KINDS, assert_published, page, post, publish, world};
use crate::support::meta::{content, faults};

/// What is read afterwards, and how often processing is looked at, is the simulator's pace and not the adapter's.
fn made(steps: &[&'static str]) -> Vec<&'static str> {
    let mut steps: Vec<_> = steps.iter().copied().filter(|step| *step != "follow").collect();
    steps.dedup();
    steps
}

#[test]
fn each_kind_is_staged_unseen_and_published_on_time() {
    for (kind, visible, _) in KINDS {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        let due = world.later(600);
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        let steps: &[&str] = match kind {
            Kind::Text | Kind::Link => &["begin", "publish post"],
            Kind::Photos => &["begin", "push photo", "publish photos"],
            Kind::Video => &["begin", "upload part", "publish video", "wait until the video is out"],
            Kind::Reel => &["begin", "upload reel", "wait for processing", "publish reel", "wait until the reel is out"],
            Kind::PhotoStory => &["begin", "push photo", "publish story"],
            _ => &["begin", "upload story", "wait for processing", "publish story", "wait until the story is out"],
        };
        assert_eq!(made(&ended.steps), steps, "{kind}");
        assert_eq!(ended.codes, [""; 0], "{kind}");
        let called: Vec<_> = world.calls(visible).iter().map(|call| call.at).collect();
        assert_eq!(called, [due], "{kind}: one call, at its second");
        // Only the feed's videos are processed after their last call.
        let out = if kind == Kind::Video { due + Duration::from_secs(20) } else { due };
        assert_eq!(world.posts(&page.0)[0].at, out, "{kind}");
    }
}

#[test]
fn up_to_ten_photos_become_one_post_with_their_texts() {
    for count in [1, 3, 10] {
        let world = world();
        let page = page(&world);
        let media = (0..count).map(|seed| world.photo(seed)).collect();
        let content = content(Kind::Photos, "words", media, json!({"alt_text": ["first", null]}));
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(ended.steps.iter().filter(|step| **step == "push photo").count(), usize::from(count));
        assert_eq!(world.posts(&page.0)[0].alt_texts.first().map(String::as_str), Some("first"));
    }
}

#[test]
fn a_reel_or_story_that_is_still_processing_is_finished_at_its_time_all_the_same() {
    for (kind, visible, _) in KINDS.into_iter().filter(|(kind, ..)| matches!(kind, Kind::Reel | Kind::VideoStory)) {
        let world = world();
        world.sim.set(|settings| {
            settings.processing = Duration::from_secs(300);
            settings.phases_say_completed = true;
        });
        let page = page(&world);
        let content = post(&world, kind);
        let (start, due) = (world.clock.now(), world.later(60));
        let ended = publish(&world, &page, &content, 60);
        assert_eq!(world.calls(visible)[0].at, due, "finish is called at the due time");
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.posts(&page.0)[0].at, start + Duration::from_secs(300));
    }
}

#[test]
fn a_fault_on_the_visible_call_ends_in_exactly_one_post() {
    for (kind, call, _) in KINDS {
        for (fault, acted) in faults() {
            let world = world();
            // The worst platform that the documents allow.
            world.sim.set(|settings| settings.republishing_makes_another = true);
            let page = page(&world);
            let content = post(&world, kind);
            world.sim.fault(Fault::next(call, fault.clone()));
            let ended = publish(&world, &page, &content, 60);
            assert_published(&world, &page.0, &content, &ended);
            assert_eq!(world.calls(call).len(), if acted { 1 } else { 2 }, "{kind} {fault:?}: {:?}", ended.steps);
            assert!(ended.steps.contains(&"reconcile"), "{kind} {fault:?}");
        }
    }
}

#[test]
fn lagging_reads_do_not_make_a_second_post() {
    for (kind, call, _) in KINDS {
        // Words alone are told apart by a look only; everything else has an id that cannot be used twice.
        let lags: &[u64] = if matches!(kind, Kind::Text | Kind::Link) { &[5, 20, 39] } else { &[20, 50, 100] };
        for lag in lags {
            let world = world();
            let page = page(&world);
            let content = post(&world, kind);
            world.sim.fault(Fault::next(call, FaultKind::ActThenDrop));
            world.sim.set(|settings| settings.read_lag = Duration::from_secs(*lag));
            let ended = publish(&world, &page, &content, 600);
            assert_eq!(world.posts(&page.0).len(), 1, "{kind} {lag}: {ended:?}");
            assert!(ended.published.is_some(), "{kind} {lag}: {ended:?}");
        }
    }
}

#[test]
fn several_faults_in_a_row_still_end_in_one_post() {
    for (kind, call, read) in KINDS {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.fault(Fault { times: 3, ..Fault::next(call, FaultKind::DropBefore) });
        world.sim.fault(Fault { nth: 3, times: 2, ..Fault::next(read, FaultKind::Answer { status: 503, body: String::new() }) });
        let ended = publish(&world, &page, &content, 60);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.calls(call).len(), 4, "{kind}: {:?}", ended.steps);
    }
}

#[test]
fn faults_while_staging_are_tried_again_unseen() {
    let calls = [
        (Kind::Photos, "facebook.photo_upload"),
        (Kind::PhotoStory, "facebook.photo_upload"),
        (Kind::Video, "facebook.video_start"),
        (Kind::Video, "facebook.video_transfer"),
        (Kind::Reel, "facebook.reel_start"),
        (Kind::Reel, "facebook.reel_upload"),
        (Kind::Reel, "facebook.video_status"),
        (Kind::VideoStory, "facebook.story_start"),
        (Kind::VideoStory, "facebook.story_upload"),
        (Kind::VideoStory, "facebook.video_status"),
    ];
    for (kind, call) in calls {
        for fault in [
            FaultKind::DropBefore,
            FaultKind::ActThenDrop,
            FaultKind::ActThenEmpty200,
            FaultKind::Answer { status: 503, body: "<html>".into() },
            FaultKind::Answer { status: 200, body: "<html>".into() },
        ] {
            let world = world();
            let page = page(&world);
            let content = post(&world, kind);
            world.sim.fault(Fault::next(call, fault.clone()));
            let due = world.later(600);
            let ended = publish(&world, &page, &content, 600);
            assert_published(&world, &page.0, &content, &ended);
            assert!(!ended.codes.is_empty(), "{call} {fault:?}");
            assert!(world.posts(&page.0)[0].at <= due + Duration::from_secs(20), "{call} {fault:?}: in time");
        }
    }
}

#[test]
fn what_was_staged_too_long_ago_is_staged_again() {
    for (kind, ..) in KINDS.into_iter().filter(|(kind, ..)| !matches!(kind, Kind::Text | Kind::Link)) {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        let ended = publish(&world, &page, &content, 30 * 3600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(ended.codes, ["staged_expired"], "{kind}");
    }
}

#[test]
fn an_ended_access_is_told_as_such() {
    for (kind, ..) in KINDS {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.expire_token(&page.0.remote_id);
        let error = publish(&world, &page, &content, 0).error.unwrap();
        assert_eq!(error.class, ErrorClass::NeedsReconnect, "{error:?}");
        assert!(error.code.starts_with("190"), "{error:?}");
        assert!(!error.message.contains(page.1.token.expose()));
    }
}

#[test]
fn a_limit_is_waited_for() {
    for (kind, call, _) in KINDS {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        let start = world.clock.now();
        world.sim.fault(Fault::next(call, FaultKind::graph(80_001, None)));
        let ended = publish(&world, &page, &content, 60);
        assert_published(&world, &page.0, &content, &ended);
        assert!(!ended.steps.contains(&"reconcile"), "a limit is a clear answer");
        assert_eq!(world.calls(call)[1].at - start, chrono::TimeDelta::seconds(360), "{kind}: five minutes later");
    }
}

#[test]
fn refusals_are_final_and_say_what_to_do() {
    let world = world();
    let page = page(&world);
    let broken = |kind: Kind, mut media: pm3k::platform::Item| {
        std::fs::write(&media.path, vec![7; 5000]).unwrap();
        media.bytes = 5000;
        content(kind, "x", vec![media], json!({}))
    };
    let cases: [(Content, &str); 4] = [
        (broken(Kind::Reel, world.video(3)), "2069019"),
        (broken(Kind::VideoStory, world.video(4)), "2069019"),
        (broken(Kind::Photos, world.photo(3)), "324"),
        (broken(Kind::PhotoStory, world.photo(4)), "324"),
    ];
    for (content, code) in cases {
        let error = publish(&world, &page, &content, 0).error.unwrap();
        assert_eq!((&error.class, error.code.as_str()), (&ErrorClass::Rejected, code), "{}", content.kind);
        assert!(!error.remedy.is_empty(), "{}", content.kind);
    }
    assert_eq!(world.posts(&page.0), []);
}

#[test]
fn links_that_come_late_or_without_a_host_are_completed() {
    for kind in [Kind::Video, Kind::Reel] {
        let world = world();
        world.sim.set(|settings| settings.facebook.relative_permalinks = true);
        let page = page(&world);
        let ended = publish(&world, &page, &post(&world, kind), 0);
        let link = ended.published.unwrap().permalink.unwrap();
        assert!(link.starts_with("https://www.facebook.com/"), "{link}");
    }
}
