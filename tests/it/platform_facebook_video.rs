//! Videos of a Page: parts that are sent as they are asked for, what processing says, and what Facebook keeps for itself.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::{ErrorClass, Item};
use serde_json::json;
use simulator::{Fault, FaultKind, SpecErrors};

use crate::support::facebook::{PART, adapter, assert_published, landscape, page, post, publish, publish_by, world};
use crate::support::house::file;
use crate::support::meta::content;

fn graph(error: serde_json::Value) -> String {
    json!({ "error": error }).to_string()
}

#[test]
fn a_video_goes_out_in_the_parts_that_are_asked_for() {
    let world = world();
    let page = page(&world);
    let content = post(&world, Kind::Video);
    let ended = publish(&world, &page, &content, 600);
    assert_published(&world, &page.0, &content, &ended);
    let parts = content.media[0].bytes.div_ceil(PART);
    assert_eq!(world.calls("facebook.video_transfer").len() as u64, parts);
    assert!(parts >= 3, "several parts");
    for call in ["facebook.video_start", "facebook.video_transfer", "facebook.video_finish"] {
        assert!(world.calls(call).iter().all(|call| call.path.starts_with("/facebook/video/")), "{call} goes to the host for videos");
    }
}

#[test]
fn a_part_that_is_cut_off_is_sent_again_or_found_to_be_there() {
    let transient = graph(json!({"message": "wait", "type": "OAuthException", "code": 6001, "is_transient": true, "fbtrace_id": "T"}));
    let wrong_offset = graph(json!({"message": "offset", "type": "OAuthException", "code": 6001, "error_subcode": 1363037, "fbtrace_id": "T"}));
    let same_again = json!({"start_offset": PART.to_string(), "end_offset": (2 * PART).to_string()}).to_string();
    for fault in [
        FaultKind::DropBefore,
        FaultKind::BreakBody { after: 1000 },
        FaultKind::ActThenDrop,
        FaultKind::ActThenEmpty200,
        FaultKind::ActThenStatus { status: 502, body: "<html>".into() },
        FaultKind::Answer { status: 503, body: String::new() },
        FaultKind::Answer { status: 400, body: transient },
        FaultKind::Answer { status: 400, body: wrong_offset },
        FaultKind::Answer { status: 200, body: same_again },
    ] {
        let world = world();
        let page = page(&world);
        let content = post(&world, Kind::Video);
        world.sim.fault(Fault { nth: 2, ..Fault::next("facebook.video_transfer", fault.clone()) });
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.calls("facebook.video_start").len(), 1, "{fault:?}: no new session");
        assert!(!ended.codes.is_empty(), "{fault:?}");
    }
}

#[test]
fn an_upload_that_facebook_cannot_use_is_begun_anew() {
    let other_bytes = json!({"start_offset": "5", "end_offset": "99999999"}).to_string();
    for (call, fault) in [
        ("facebook.video_transfer", FaultKind::graph(6001, None)),
        ("facebook.video_transfer", FaultKind::Answer { status: 200, body: other_bytes }),
        ("facebook.video_finish", FaultKind::graph(6000, None)),
    ] {
        let world = world();
        let page = page(&world);
        let content = post(&world, Kind::Video);
        world.sim.fault(Fault::next(call, fault.clone()));
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.calls("facebook.video_start").len(), 2, "{fault:?}: another session");
    }
}

#[test]
fn an_upload_that_has_expired_is_found_out_by_its_refusal() {
    for (kind, call) in [(Kind::Video, "facebook.video_finish"), (Kind::Reel, "facebook.reel_finish"), (Kind::VideoStory, "facebook.story_finish")] {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.fault(Fault::next(call, FaultKind::graph(100, None)));
        let expired = json!({"id": "1", "status": {"video_status": "expired"}}).to_string();
        // The looks before the call are over by then.
        let looks = if kind == Kind::Video { 0 } else { processing_looks(kind) };
        world.sim.fault(Fault { nth: looks + 1, ..Fault::next("facebook.video_status", FaultKind::Answer { status: 200, body: expired }) });
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(ended.codes, ["staged_expired"], "{kind}");
    }
}

#[test]
fn an_upload_that_has_expired_while_the_answer_was_missing_is_begun_anew() {
    for (kind, call) in [(Kind::Video, "facebook.video_finish"), (Kind::Reel, "facebook.reel_finish"), (Kind::VideoStory, "facebook.story_finish")] {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.fault(Fault::next(call, FaultKind::DropBefore));
        let expired = json!({"id": "1", "status": {"video_status": "expired", "publishing_phase": {"status": "not_started"}}}).to_string();
        let looks = if kind == Kind::Video { 0 } else { processing_looks(kind) };
        world.sim.fault(Fault { nth: looks + 1, ..Fault::next("facebook.video_status", FaultKind::Answer { status: 200, body: expired }) });
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(ended.steps.iter().filter(|step| **step == "begin").count(), 2, "{kind}: {:?}", ended.steps);
    }
}

/// The visible call of each kind whose video is known by its id.
const FINISHES: [(Kind, &str); 3] = [(Kind::Video, "facebook.video_finish"), (Kind::Reel, "facebook.reel_finish"), (Kind::VideoStory, "facebook.story_finish")];

#[test]
fn looks_that_say_nothing_do_not_repeat_the_last_call() {
    // A story that is out is in the Page's list, whatever is said of its video.
    for (kind, call) in FINISHES.into_iter().filter(|(kind, _)| *kind != Kind::VideoStory) {
        for told in [json!({"id": "1"}), json!({"id": "1", "status": {"publishing_phase": {"status": "queued"}}}), json!({"id": "1", "status": null})] {
            let world = world();
            let page = page(&world);
            let content = post(&world, kind);
            world.sim.fault(Fault::next(call, FaultKind::ActThenDrop));
            let looks = if kind == Kind::Video { 0 } else { processing_looks(kind) };
            let silence = FaultKind::Answer { status: 200, body: told.to_string() };
            world.sim.fault(Fault { nth: looks + 1, times: 6, ..Fault::next("facebook.video_status", silence) });
            let ended = publish(&world, &page, &content, 600);
            assert_published(&world, &page.0, &content, &ended);
            assert_eq!(world.calls(call).len(), 1, "{kind} {told}: {:?}", ended.steps);
        }
    }
}

#[test]
fn each_repeat_of_the_last_call_is_further_from_the_one_before() {
    for (kind, call) in FINISHES {
        let world = world();
        let page = page(&world);
        let content = post(&world, kind);
        world.sim.fault(Fault { times: 5, ..Fault::next(call, FaultKind::DropBefore) });
        let ended = publish(&world, &page, &content, 600);
        assert_published(&world, &page.0, &content, &ended);
        let calls: Vec<_> = world.calls(call).iter().map(|call| call.at).collect();
        let pauses: Vec<i64> = calls.windows(2).map(|pair| (pair[1] - pair[0]).num_seconds()).collect();
        assert_eq!(pauses, [60, 120, 300, 600, 900], "{kind}");
    }
}

#[test]
fn what_fails_after_the_last_call_is_final_whatever_the_code() {
    for (kind, call) in FINISHES {
        // Of those that pass by themselves: an internal error, and one that another upload would mend.
        for code in [2, 6000] {
            let world = world();
            world.sim.set(|settings| {
                settings.facebook.processing_fails = Some(code);
                settings.processing = std::time::Duration::from_secs(120);
            });
            let page = page(&world);
            let ended = publish(&world, &page, &post(&world, kind), 60);
            let error = ended.error.unwrap();
            assert_eq!((&error.class, error.code.as_str()), (&ErrorClass::Rejected, code.to_string().as_str()), "{kind} {code}");
            assert!(error.of_the_post && !error.start_over && error.remedy.contains("post it again"), "{error:?}");
            assert_eq!(world.calls(call).len(), 1, "{kind} {code}");
        }
    }
}

#[test]
fn an_upload_that_is_miscounted_again_and_again_is_begun_anew() {
    for (kind, start, upload) in
        [(Kind::Reel, "facebook.reel_start", "facebook.reel_upload"), (Kind::VideoStory, "facebook.story_start", "facebook.story_upload")]
    {
        for miscounted in ["OffsetInvalidError", "PartialRequestError"] {
            for (times, starts) in [(1, 1), (2, 1), (3, 2)] {
                let world = world();
                let page = page(&world);
                let content = post(&world, kind);
                world.sim.fault(Fault { times, ..Fault::next(upload, FaultKind::rupload(400, miscounted, false)) });
                let ended = publish(&world, &page, &content, 600);
                assert_published(&world, &page.0, &content, &ended);
                assert_eq!(world.calls(start).len(), starts, "{kind} {miscounted} {times}");
            }
        }
    }
}

/// How many looks are made before the last call, where nothing goes wrong.
fn processing_looks(kind: Kind) -> u32 {
    let world = world();
    let page = page(&world);
    let ended = publish(&world, &page, &post(&world, kind), 600);
    let called = ended.called_at.unwrap();
    world.calls("facebook.video_status").iter().filter(|call| call.at < called).count().try_into().unwrap()
}

#[test]
fn a_plain_refusal_of_the_last_call_is_final() {
    for (kind, call) in [(Kind::Video, "facebook.video_finish"), (Kind::Reel, "facebook.reel_finish"), (Kind::VideoStory, "facebook.story_finish")] {
        let world = world();
        let page = page(&world);
        world.sim.fault(Fault::next(call, FaultKind::graph(368, None)));
        let error = publish(&world, &page, &post(&world, kind), 60).error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "368"), "{kind}");
        assert_eq!(world.posts(&page.0), []);
    }
}

#[test]
fn what_facebook_keeps_as_a_draft_is_told() {
    let world = world();
    let page = page(&world);
    // Upright, whatever is said of it.
    let wide = landscape(&world, 1);
    let path = wide.path.with_file_name("upright.mp4");
    std::fs::copy(file("clip.mp4"), &path).unwrap();
    let upright = Item { bytes: std::fs::metadata(&path).unwrap().len(), path, ..wide };
    let error = publish(&world, &page, &content(Kind::Video, "x", vec![upright], json!({})), 60).error.unwrap();
    assert_eq!((&error.class, error.code.as_str(), error.of_the_post), (&ErrorClass::Rejected, "not_published", true), "{error:?}");
    assert!(error.message.contains("draft") && !error.remedy.is_empty());
    assert_eq!(world.posts(&page.0), []);
}

#[test]
fn what_processing_says_is_told_wherever_it_says_it() {
    for (spec, code) in [(SpecErrors::Phase, "1363128"), (SpecErrors::Code, "1363128"), (SpecErrors::Subcode, "100/1363128")] {
        for kind in [Kind::Reel, Kind::VideoStory] {
            let world = world();
            world.sim.set(|settings| {
                settings.facebook.processing_fails = Some(1_363_128);
                settings.facebook.spec_errors = spec;
                // So that the last call comes before the end of processing.
                settings.processing = std::time::Duration::from_secs(120);
            });
            let page = page(&world);
            let error = publish(&world, &page, &post(&world, kind), 60).error.unwrap();
            assert_eq!((&error.class, error.code.as_str()), (&ErrorClass::Rejected, code), "{kind} {spec:?}");
            assert!(error.message.contains("shorter than 3"), "{error:?}");
            assert_eq!(world.posts(&page.0), []);
        }
    }
}

#[test]
fn a_failure_without_a_known_reason_is_tried_again_only_before_the_last_call() {
    for (processing, starts) in [(20, 12), (120, 1)] {
        let world = world();
        world.sim.set(|settings| {
            settings.facebook.processing_fails = Some(4_242_424);
            settings.facebook.spec_errors = SpecErrors::QuietPhase;
            settings.processing = std::time::Duration::from_secs(processing);
        });
        let page = page(&world);
        let error = publish(&world, &page, &post(&world, Kind::Reel), if processing == 20 { 6 * 3600 } else { 60 }).error.unwrap();
        assert_eq!(error.code, "processing_failed", "{error:?}");
        assert!(error.message.contains("could not be processed"), "Facebook's own words: {error:?}");
        assert!(world.calls("facebook.reel_start").len() >= starts, "{processing}");
        assert_eq!(world.posts(&page.0), []);
    }
}

#[test]
fn a_reel_over_the_limit_waits_for_the_next_day() {
    let world = world();
    let page = page(&world);
    let adapter = adapter(&world);
    let reel = post(&world, Kind::Reel);
    let started = world.clock.now();
    for _ in 0..30 {
        assert!(publish_by(&adapter, &world, &page, &reel, 0).published.is_some());
    }
    world.clock.set(started + TimeDelta::minutes(22 * 60 + 30));
    let ended = publish_by(&adapter, &world, &page, &reel, 0);
    assert!(ended.published.is_some() && world.clock.now() > started + TimeDelta::hours(24), "{ended:?}");
    assert_eq!(ended.codes, ["80001", "80001"], "it asked again each hour");
}
