//! TikTok's photos after a hand-over whose outcome is not known: each fault on the call, a crash before and after it, and what may be found in the
//! creator's list of posts.

use pm3k::kind::Kind;
use pm3k::platform::{Adapter, ErrorClass, Settled};
use serde_json::json;
use simulator::{Fault, FaultKind};

use crate::support::tiktok::{End, Job, World, map};

const CALLS: [(Kind, &str); 2] = [(Kind::Photos, "tiktok.photos_init"), (Kind::DraftPhotos, "tiktok.draft_photos_init")];

/// Each with: has the call acted?
fn every_fault() -> Vec<(FaultKind, bool)> {
    let body = || "<html>oops</html>".to_owned();
    vec![
        (FaultKind::ActThenDrop, true),
        (FaultKind::ActThenStatus { status: 500, body: body() }, true),
        (FaultKind::ActThenStatus { status: 404, body: body() }, true),
        (FaultKind::ActThenStatus { status: 200, body: r#"{"data":{},"error":{"code":"ok"}}"#.into() }, true),
        (FaultKind::ActThenStatus { status: 503, body: r#"{"error":{"code":"internal_error","log_id":"L"}}"#.into() }, true),
        (FaultKind::ActThenEmpty200, true),
        (FaultKind::DropBefore, false),
        (FaultKind::Answer { status: 502, body: body() }, false),
        (FaultKind::Answer { status: 500, body: String::new() }, false),
        (FaultKind::Answer { status: 403, body: body() }, false),
        (FaultKind::Answer { status: 404, body: body() }, false),
        (FaultKind::Answer { status: 200, body: String::new() }, false),
        (FaultKind::Answer { status: 429, body: String::new() }, false),
        (FaultKind::Answer { status: 401, body: String::new() }, false),
    ]
}

fn once(call: &str, kind: FaultKind) -> Fault {
    Fault::next(call, kind)
}

#[test]
fn every_fault_that_did_not_act_ends_in_exactly_one_post() {
    for (kind, call) in CALLS {
        for (fault, _) in every_fault().into_iter().filter(|(_, acted)| !acted) {
            for times in [1, 3] {
                let world = World::new();
                world.simulator.fault(Fault { times, ..once(call, fault.clone()) });
                let mut job = world.photos(kind);
                job.renews = true;
                let end = job.run();
                assert!(matches!(end, End::Published(_)), "{kind} {fault:?} × {times}: {end:?} after {:#?}", job.errors);
                assert_eq!(world.count(call), usize::try_from(times).unwrap() + 1);
                let mut asked = world.host.asked();
                asked.dedup();
                assert_eq!(asked.len(), 1, "only the addresses of the call that made the post were ever fetched");
                world.assert_visible(1);
            }
        }
    }
}

#[test]
fn every_fault_that_acted_is_settled_by_the_creators_list() {
    for (fault, _) in every_fault().into_iter().filter(|(_, acted)| *acted) {
        for lag in [0, 300] {
            let world = World::with_list();
            world.simulator.set(|settings| settings.read_lag = std::time::Duration::from_secs(lag));
            world.simulator.fault(once("tiktok.photos_init", fault.clone()));
            let mut job = world.photos(Kind::Photos);
            let published = job.run().published();
            let posts = world.simulator.posts();
            assert_eq!(published.remote_id.as_ref(), Some(&posts[0].remote_id), "{fault:?}");
            assert_eq!(published.permalink, Some(format!("https://www.tiktok.com/@studio/photo/{}", posts[0].remote_id)));
            assert_eq!(world.count("tiktok.photos_init"), 1, "{fault:?}: what may have acted is not repeated");
            world.assert_visible(1);
        }
    }
}

#[test]
fn what_cannot_be_told_by_asking_is_told_to_a_person_and_never_repeated() {
    let public = json!({"privacy_level": "PUBLIC_TO_EVERYONE"});
    let private = json!({"privacy_level": "SELF_ONLY"});
    for (kind, listed, options, caption, says) in [
        (Kind::Photos, false, &public, "hello", "video.list"),
        (Kind::Photos, true, &private, "hello", "only of public posts"),
        (Kind::Photos, true, &public, " ", "without a caption"),
        (Kind::DraftPhotos, true, &json!({}), "hello", "inbox"),
        (Kind::DraftPhotos, false, &json!({}), "hello", "inbox"),
    ] {
        let world = if listed { World::with_list() } else { World::new() };
        let call = CALLS.iter().find(|(of, _)| *of == kind).unwrap().1;
        world.simulator.fault(once(call, FaultKind::ActThenDrop));
        let mut job = world.photos(kind);
        job.content.caption = caption.into();
        job.content.options = map(options.clone());
        match job.run() {
            End::Unknown(known) => assert!(known.contains(says) && known.contains("fetched"), "{known}"),
            other => panic!("{kind}: {other:?}"),
        }
        assert_eq!((world.count(call), world.count("tiktok.video_list")), (1, 0));
        world.assert_visible(1);
    }
}

/// A job whose hand-over acted without an answer, before anything was settled.
fn lost<'a>(world: &'a World, caption: &str) -> Job<'a> {
    world.simulator.fault(once("tiktok.photos_init", FaultKind::ActThenDrop));
    let mut job = world.photos(Kind::Photos);
    job.content.caption = caption.into();
    job.stage();
    assert!(job.step().is_none() && job.unsettled);
    world.simulator.clock().advance(std::time::Duration::from_secs(10));
    job
}

#[test]
fn a_post_is_recognised_by_caption_and_time_and_only_if_it_is_the_only_one() {
    // An older post with the same words is another one.
    let world = World::with_list();
    world.photos(Kind::Photos).run().published();
    world.simulator.clock().advance(std::time::Duration::from_secs(5));
    let published = lost(&world, "hello #cats 😀").run().published();
    assert_eq!(published.remote_id.as_ref(), Some(&world.simulator.posts()[1].remote_id));
    world.assert_visible(2);

    // A later one with other words is another one, and so is one that belongs to another job.
    let world = World::with_list();
    let mut job = lost(&world, "the same words");
    for caption in ["other words", "the same words, and more", "the same words"] {
        let mut other = world.photos(Kind::Photos);
        other.content.caption = caption.into();
        other.publish_at = world.now();
        other.run().published();
    }
    let posts = world.simulator.posts();
    job.taken = vec![posts[3].remote_id.clone()];
    let taken = job.run().published();
    assert_eq!(taken.remote_id.as_ref(), Some(&posts[0].remote_id));
    world.assert_visible(4);

    // Another job's post has no id yet: for a while the one that fits may be that.
    let world = World::with_list();
    let mut job = lost(&world, "hello");
    job.taken = vec!["p_pub_url~v2.7400000000000000001".into()];
    let called = job.called_at.unwrap();
    let published = job.run().published();
    assert_eq!(published.remote_id.as_ref(), Some(&world.simulator.posts()[0].remote_id));
    assert!(world.now() - called >= chrono::TimeDelta::minutes(10) && world.now() - called < chrono::TimeDelta::minutes(12));
    world.assert_visible(1);

    // Two of them, and nobody knows whose they are.
    let world = World::with_list();
    let mut job = lost(&world, "the same words");
    let mut other = world.photos(Kind::Photos);
    other.content.caption = "the same words".into();
    other.publish_at = world.now();
    other.run().published();
    assert!(matches!(job.run(), End::Unknown(known) if known.contains("Several")));
    world.assert_visible(2);
}

#[test]
fn a_long_caption_is_recognised_by_its_beginning_and_a_post_behind_forty_others_is_found() {
    let world = World::with_list();
    world.simulator.set(|settings| settings.quotas = false);
    let mut job = lost(&world, &"a long caption 😀 ".repeat(40));
    for nth in 0..41 {
        let mut other = world.photos(Kind::Photos);
        other.content.caption = format!("post number {nth}");
        other.publish_at = world.now();
        other.run().published();
        world.simulator.clock().advance(std::time::Duration::from_secs(11));
    }
    let published = job.run().published();
    assert_eq!(published.remote_id.as_ref(), Some(&world.simulator.posts()[0].remote_id));
    assert_eq!(world.count("tiktok.video_list"), 3);
    world.assert_visible(42);
}

#[test]
fn a_post_that_never_appears_is_asked_for_during_a_day() {
    let world = World::with_list();
    world.simulator.set(|settings| settings.tiktok.fail_reason = Some("spam_risk"));
    let mut job = lost(&world, "hello");
    job.renews = true;
    let called = job.called_at.unwrap();
    assert!(matches!(job.run(), End::Unknown(known) if known.contains("for a day")));
    assert_eq!(world.now() - called, chrono::TimeDelta::days(1));
    assert!(world.count("tiktok.video_list") < 300 && world.count("tiktok.photos_init") == 1);
    world.assert_visible(0);
}

#[test]
fn a_list_that_fails_is_no_answer_and_one_that_is_refused_holds_no_account_back() {
    for fault in [
        FaultKind::DropBefore,
        FaultKind::Answer { status: 500, body: "<html>".into() },
        FaultKind::Answer { status: 400, body: r#"{"error":{"code":"invalid_params","message":"x"}}"#.into() },
        FaultKind::Answer { status: 429, body: String::new() },
        FaultKind::Answer { status: 401, body: r#"{"error":{"code":"access_token_invalid"}}"#.into() },
    ] {
        let world = World::with_list();
        world.simulator.fault(Fault { times: 3, ..once("tiktok.video_list", fault.clone()) });
        let mut job = lost(&world, "hello");
        job.renews = true;
        assert!(matches!(job.run(), End::Published(_)), "{fault:?}");
        assert_eq!(job.errors.len(), 4, "{fault:?} {:?}", job.errors);
        world.assert_visible(1);
    }
    for (status, code) in [(401, "scope_not_authorized"), (400, "scope_permission_missed")] {
        let world = World::with_list();
        let body = json!({"error": {"code": code, "log_id": "L"}}).to_string();
        world.simulator.fault(once("tiktok.video_list", FaultKind::Answer { status, body }));
        assert!(matches!(lost(&world, "hello").run(), End::Unknown(known) if known.contains("video.list")), "{code}");
        world.assert_visible(1);
    }
}

#[test]
fn a_platform_that_never_answers_clearly_ends_in_a_failure_that_says_so() {
    for (kind, call) in CALLS {
        let world = World::new();
        world.simulator.fault(Fault { times: 1000, ..once(call, FaultKind::Answer { status: 500, body: "<html>".into() }) });
        let mut job = world.photos(kind);
        let error = job.run().failed();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "no_answer"));
        assert!(error.message.contains("Nothing was posted"), "{}", error.message);
        let lasted = world.now() - job.publish_at;
        assert!(lasted > chrono::TimeDelta::minutes(50) && lasted < chrono::TimeDelta::hours(2), "{lasted}");
        // The person retries when TikTok answers again.
        world.simulator.clear_faults();
        job.progress = serde_json::Value::Null;
        job.run().published();
        world.assert_visible(1);
    }
}

#[test]
fn a_crash_before_the_call_or_after_it_leaves_exactly_one_post() {
    for (kind, call) in CALLS {
        for crash_at in 0..6 {
            for after in [false, true] {
                let world = World::with_list();
                let mut job = world.photos(kind);
                let mut ended = None;
                for _ in 0..crash_at {
                    ended = ended.or_else(|| job.step());
                }
                if ended.is_some() {
                    continue;
                }
                let (stored, irreversible) = (job.progress.clone(), job.is_irreversible());
                if after {
                    let _lost = job.step();
                } else if irreversible {
                    world.simulator.clock().set(job.publish_at.max(world.now()));
                    job.called_at = Some(world.now());
                }
                (job.progress, job.unsettled) = (stored, irreversible);
                let end = job.run();
                let unclear = irreversible && after && kind == Kind::DraftPhotos;
                assert_eq!(matches!(end, End::Unknown(_)), unclear, "{kind} {crash_at} {after}: {end:?}");
                assert!(unclear || matches!(end, End::Published(_)), "{kind} {crash_at} {after}: {end:?}");
                assert_eq!(world.count(call), 1);
                world.assert_visible(1);
            }
        }
    }
}

#[test]
fn addresses_that_were_asked_for_are_never_taken_for_closed() {
    let world = World::with_list();
    let mut job = lost(&world, "hello");
    world.simulator.settle();
    assert!(!world.host.close(job.attempt + 1));
    // Whatever the reads say: without the platform's word the call is not made again.
    world.simulator.set(|settings| settings.read_lag = std::time::Duration::from_secs(3600));
    for _ in 0..5 {
        let settled = Adapter::reconcile(&world.tiktok, &job.work(false), job.progress.clone()).unwrap();
        let Settled::LookAgain(progress, _) = settled else { panic!("{settled:?}") };
        job.progress = progress;
    }
    assert_eq!(world.count("tiktok.photos_init"), 1);
}
