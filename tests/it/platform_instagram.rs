//! Instagram through both logins: images and reels, from nothing to exactly one visible post.

use std::time::Duration;

use chrono::TimeDelta;
use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::http::Http;
use pm3k::platform::instagram::Instagram;
use pm3k::platform::{Access, Account, Content, ErrorClass};
use serde_json::json;
use simulator::{Fault, FaultKind, InstagramLogin};

use crate::support::meta::{Ended, Job, World, account, content, faults, sha256, world};

const LOGINS: [Login; 2] = [Login::Facebook, Login::Instagram];

fn professional(world: &World, login: Login) -> (Account, Access) {
    let through = if login == Login::Instagram { InstagramLogin::Instagram } else { InstagramLogin::Facebook };
    account(Platform::Instagram, login, &world.sim.add_instagram("test.account", through))
}

fn publish(world: &World, (account, access): &(Account, Access), content: &Content, in_seconds: i64) -> Ended {
    let adapter = Instagram::new(Some(world.facebook_app()), Some(world.instagram_app()), Http::default());
    Job { world, adapter: &adapter, account, access, content, publish_at: world.later(in_seconds) }.run()
}

fn image(world: &mut World) -> Content {
    let item = world.photo(1);
    let item = world.public(item);
    content(Kind::Image, "Zwei Zeilen\nund ein é & ein #schild 😀", vec![item], json!({"alt_text": "a picture"}))
}

/// Through Facebook Login the video is pushed and needs no address.
fn reel(world: &mut World, login: Login) -> Content {
    let mut item = world.video(1);
    if login == Login::Instagram {
        item = world.public(item);
    }
    content(Kind::Reel, "Look #here", vec![item], json!({"share_to_feed": true, "thumb_offset": 500}))
}

fn some(world: &mut World, kind: Kind, login: Login) -> Content {
    if kind == Kind::Image { image(world) } else { reel(world, login) }
}

fn assert_published(world: &World, account: &Account, content: &Content, ended: &Ended) {
    let posts = world.posts(account);
    assert_eq!(posts.len(), 1, "{ended:?}");
    let post = &posts[0];
    assert_eq!(post.caption, content.caption);
    assert_eq!(post.media_sha256, [sha256(&content.media[0])]);
    let published = ended.published.as_ref().unwrap_or_else(|| panic!("{ended:?}"));
    assert_eq!(published.remote_id.as_deref(), Some(post.remote_id.as_str()));
    assert_eq!(published.permalink.as_deref(), Some(post.permalink.as_str()));
    world.assert_documented();
}

#[test]
fn both_kinds_are_staged_unseen_and_published_on_time_through_both_logins() {
    for login in LOGINS {
        for kind in [Kind::Image, Kind::Reel] {
            let mut world = world();
            let account = professional(&world, login);
            let content = some(&mut world, kind, login);
            let due = world.later(600);
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
            assert_eq!(world.posts(&account.0)[0].at, due);
            assert_eq!(ended.codes, [""; 0]);
            assert_eq!(world.calls("instagram.upload").len(), usize::from(kind == Kind::Reel && login == Login::Facebook));
        }
    }
}

#[test]
fn reads_that_the_pages_token_does_not_get_are_made_with_the_persons() {
    for kind in [Kind::Image, Kind::Reel] {
        for fault in [None, Some(FaultKind::ActThenDrop)] {
            let mut world = world();
            world.sim.set(|settings| settings.page_token_reads_fail = true);
            let account = professional(&world, Login::Facebook);
            let content = some(&mut world, kind, Login::Facebook);
            if let Some(fault) = fault {
                world.sim.fault(Fault::next("instagram.media_publish", fault));
            }
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
        }
    }
}

#[test]
fn a_fault_on_the_visible_call_ends_in_exactly_one_post() {
    for login in LOGINS {
        let blocked =
            |code, sub| json!({"error": {"message": "blocked", "type": "OAuthException", "code": code, "error_subcode": sub, "fbtrace_id": "T"}}).to_string();
        let more = [
            (FaultKind::ActThenStatus { status: 400, body: blocked(4, 2_207_051) }, true),
            (FaultKind::ActThenStatus { status: 400, body: blocked(-1, 2_207_001) }, true),
            (FaultKind::ActThenStatus { status: 400, body: blocked(24, 2_207_008) }, true),
            (FaultKind::Answer { status: 400, body: blocked(-1, 2_207_001) }, false),
            (FaultKind::Answer { status: 400, body: blocked(24, 2_207_008) }, false),
        ];
        for (fault, acted) in faults().into_iter().chain(more) {
            let mut world = world();
            let account = professional(&world, login);
            let content = image(&mut world);
            // A second publish would show as a second post.
            world.sim.set(|settings| settings.republishing_makes_another = true);
            world.sim.fault(Fault::next("instagram.media_publish", fault.clone()));
            let ended = publish(&world, &account, &content, 60);
            assert_published(&world, &account.0, &content, &ended);
            assert_eq!(world.calls("instagram.media_publish").len(), if acted { 1 } else { 2 }, "{fault:?}: {:?}", ended.steps);
            assert_eq!(world.calls("instagram.media").len(), 1, "one container: {fault:?}");
            assert!(ended.steps.contains(&"reconcile"), "{fault:?}");
        }
    }
}

#[test]
fn lagging_reads_do_not_make_a_second_post() {
    for lag in [10, 25] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = image(&mut world);
        world.sim.set(|settings| {
            settings.read_lag = Duration::from_secs(lag);
            settings.republishing_makes_another = true;
        });
        world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
    }
    // A longer lag is beyond what looking can tell; then the platform's refusal of a used container must not become a failure.
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = image(&mut world);
    world.sim.set(|settings| settings.read_lag = Duration::from_secs(100));
    world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
    let ended = publish(&world, &account, &content, 600);
    assert_published(&world, &account.0, &content, &ended);
}

#[test]
fn a_foreign_post_is_not_taken_for_ours() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = image(&mut world);
    let other = Content { caption: "somebody else's".into(), ..image(&mut world) };
    world.sim.fault(Fault { call: "instagram.media_publish".into(), account: None, nth: 2, times: 1, kind: FaultKind::ActThenDrop });
    assert!(publish(&world, &account, &other, 0).published.is_some());
    world.sim.fault(Fault {
        call: "instagram.media_list".into(),
        account: None,
        nth: 1,
        times: 2,
        kind: FaultKind::Answer { status: 200, body: r#"{"data":[]}"#.into() },
    });
    let ended = publish(&world, &account, &content, 0);
    let posts = world.posts(&account.0);
    assert_eq!(posts.len(), 2, "{ended:?}");
    assert_eq!(ended.published.unwrap().remote_id.as_deref(), Some(posts[1].remote_id.as_str()), "found on a later look");
}

#[test]
fn a_container_that_is_gone_is_replaced_only_when_the_post_is_clearly_not_there() {
    let expired = || FaultKind::Answer { status: 200, body: r#"{"status_code":"EXPIRED","status":"Expired","id":"1"}"#.into() };
    for acted in [true, false] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = image(&mut world);
        let adapter = Instagram::new(Some(world.facebook_app()), None, Http::default());
        let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.later(60) };
        let container = create(&world, &job);
        // From the publish on, the status says expired.
        world.sim.fault(Fault::next("instagram.media_publish", if acted { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
        world.sim.fault(Fault { call: "instagram.container_status".into(), account: None, nth: 1, times: if acted { 9 } else { 2 }, kind: expired() });
        let ended = job.run_from(container);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(world.calls("instagram.media").len(), if acted { 1 } else { 2 });
    }
}

/// A progress that is ready to be published.
fn create(world: &World, job: &Job<'_>) -> serde_json::Value {
    let mut progress = serde_json::Value::Null;
    for _ in 0..50 {
        if job.adapter.stage(&progress).unwrap().irreversible {
            return progress;
        }
        match job.step(progress) {
            pm3k::platform::Step::Next(next) => progress = next,
            pm3k::platform::Step::Wait(next, until) => {
                world.clock.set(until);
                progress = next;
            }
            done => panic!("{done:?}"),
        }
    }
    panic!("never ready");
}

#[test]
fn a_broken_upload_goes_on_where_it_stopped() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = reel(&mut world, Login::Facebook);
    for after in [100_000, 250_000] {
        world.sim.fault(Fault::next("instagram.upload", FaultKind::BreakBody { after }));
    }
    let ended = publish(&world, &account, &content, 600);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!(world.calls("instagram.media").len(), 1, "no new container");
}

#[test]
fn faults_while_staging_are_tried_again_unseen() {
    for call in ["instagram.publishing_limit", "instagram.media", "instagram.upload", "instagram.container_status"] {
        for fault in [FaultKind::DropBefore, FaultKind::ActThenDrop, FaultKind::ActThenEmpty200, FaultKind::Answer { status: 503, body: "<html>".into() }] {
            let mut world = world();
            let account = professional(&world, Login::Facebook);
            let content = reel(&mut world, Login::Facebook);
            world.sim.fault(Fault::next(call, fault.clone()));
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
            assert!(!ended.codes.is_empty() || call == "instagram.upload", "{call} {fault:?}");
        }
    }
}

#[test]
fn a_container_is_made_again_when_it_failed_for_a_reason_that_passes() {
    for silent in [false, true] {
        let mut world = world();
        world.sim.set(|settings| settings.missing_status_code = silent);
        let account = professional(&world, Login::Facebook);
        let content = image(&mut world);
        let body =
            json!({"status_code": if silent { None } else { Some("ERROR") }, "status": "Error: Media upload has failed with error code 2207053", "id": "1"})
                .to_string();
        world.sim.fault(Fault::next("instagram.container_status", FaultKind::Answer { status: 200, body }));
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(ended.codes, ["2207053"]);
        assert_eq!(world.calls("instagram.media").len(), 2);
    }
}

#[test]
fn what_was_staged_too_long_ago_is_staged_again() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = image(&mut world);
    let ended = publish(&world, &account, &content, 30 * 3600);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!(ended.codes, ["staged_expired"]);
}

#[test]
fn a_used_up_limit_is_waited_for_before_anything_is_staged() {
    let mut world = world();
    world.sim.set(|settings| settings.instagram_quota = 1);
    let account = professional(&world, Login::Facebook);
    let first = Content { caption: "first".into(), ..image(&mut world) };
    assert!(publish(&world, &account, &first, 0).published.is_some());
    let adapter = Instagram::new(Some(world.facebook_app()), None, Http::default());
    let content = image(&mut world);
    let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.clock.now() };
    let error = job.try_step(serde_json::Value::Null).unwrap_err();
    assert_eq!(error.class, ErrorClass::LimitReached { until: Some(world.clock.now() + TimeDelta::hours(1)) });
    assert_eq!(world.calls("instagram.media").len(), 1);
}

#[test]
fn a_limit_at_publishing_keeps_the_container() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = image(&mut world);
    let body = json!({"error": {"message": "limit", "type": "OAuthException", "code": 9, "error_subcode": 2_207_042, "fbtrace_id": "T"}}).to_string();
    world.sim.fault(Fault::next("instagram.media_publish", FaultKind::Answer { status: 400, body }));
    let ended = publish(&world, &account, &content, 60);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!((ended.codes.as_slice(), world.calls("instagram.media").len()), (["9/2207042".to_owned()].as_slice(), 1));
}

#[test]
fn refusals_are_final_and_say_what_to_do() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let mut broken = world.video(3);
    std::fs::write(&broken.path, vec![7; 5000]).unwrap();
    broken.bytes = 5000;
    let error = publish(&world, &account, &content(Kind::Reel, "x", vec![broken], json!({})), 60).error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "2207026"));
    assert!(!error.remedy.is_empty());

    let mut nowhere = world.photo(4);
    nowhere.public_url = Some("http://127.0.0.1:9/nothing.jpg".into());
    let error = publish(&world, &account, &content(Kind::Image, "x", vec![nowhere], json!({})), 60).error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Transient, "9004/2207052"), "tried again until the tries are used up");
    assert!(error.remedy.contains("public address"));
    assert_eq!(world.posts(&account.0), []);

    world.sim.expire_token(&account.0.remote_id);
    let content = image(&mut world);
    let error = publish(&world, &account, &content, 60).error.unwrap();
    assert_eq!(error.class, ErrorClass::NeedsReconnect, "{error:?}");
}
