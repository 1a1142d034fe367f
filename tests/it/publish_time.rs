//! On time, and alone: what is due goes out at its second, whatever was slow before it and whoever else is slow beside it. Real threads and the
//! real clock; these are the tests that take real seconds.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pm3k::clock::Clock;
use pm3k::kind::Kind;
use pm3k::model::job::{self, JobState};
use pm3k::publisher::Publisher;
use simulator::{Fault, FaultKind, Options};

use crate::support::house::{House, Inside, Who, assert_published, start};

/// With the clock in the test's hand: processing takes 30 s, the post is due in a minute.
#[test]
fn processing_of_30_seconds_does_not_delay_a_post_due_in_a_minute() {
    for (who, kind, file) in [
        (Who::Page, Kind::Reel, "clip.mp4"),
        (Who::InstagramByFacebook, Kind::Reel, "clip.mp4"),
        (Who::InstagramByFacebook, Kind::Image, "photo.jpg"),
        (Who::Page, Kind::Photos, "photo.jpg"),
    ] {
        let house = House::build();
        house.simulator.set(|s| s.processing = Duration::from_secs(30));
        let inside = house.enter();
        let account = inside.connect(who, "maker");
        let media = inside.upload(file);
        let due = start() + TimeDelta::minutes(1);
        let post = inside.schedule("on time", &[media], due, &[(account, kind)]);
        inside.run_until(due - TimeDelta::milliseconds(1));
        assert!(house.visible().is_empty(), "{who:?} {kind} went out early");
        let view = inside.run_to_the_end(post);
        assert_published(&view);
        let visible = house.visible();
        assert_eq!(visible.len(), 1);
        let late = visible[0].at - due;
        assert!(late >= TimeDelta::zero() && late < TimeDelta::seconds(1), "{who:?} {kind} was {late} late");
    }
}

/// TikTok has no call that publishes what is processed already (tiktok.md §5.5): its last bytes are the last call, and they leave at the second.
#[test]
fn tiktoks_last_bytes_leave_at_the_second() {
    for kind in [Kind::Video, Kind::DraftVideo] {
        let house = House::build();
        house.simulator.set(|s| s.processing = Duration::from_secs(30));
        let inside = house.enter();
        let account = inside.connect(Who::Tiktok, "maker");
        let media = inside.upload("clip.mp4");
        let due = start() + TimeDelta::minutes(1);
        let post = inside.schedule("on time", &[media], due, &[(account, kind)]);
        assert_published(&inside.run_to_the_end(post));
        let last = house.simulator.calls().into_iter().find(|call| call.name == "tiktok.upload_last").unwrap();
        let late = last.at - due;
        assert!(late >= TimeDelta::zero() && late < TimeDelta::seconds(1), "{kind} was {late} late");
    }
}

fn real_house() -> House {
    let mut house = House::with(Options { clock: simulator::Clock::system(), limits: false, processing: Duration::from_millis(200), ..Options::default() });
    house.clock = Clock::system();
    house
}

fn wait_until(inside: &Inside<'_>, what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = inside;
}

/// Two accounts, one of which answers after 30 s: the other one's posts are not late.
#[test]
fn a_slow_account_delays_nobody_else() {
    let house = real_house();
    let inside = house.enter();
    let slow = inside.connect(Who::Page, "slow");
    let quick = inside.connect(Who::Page, "quick");
    let slow_remote = inside.app.db.read(|db| pm3k::model::account::get(db, slow)).unwrap().unwrap().remote_id;
    for call in ["facebook.photo_upload", "facebook.feed", "facebook.reel_start"] {
        house.simulator.fault(Fault { account: Some(slow_remote.clone()), times: 1000, ..Fault::next(call, FaultKind::Delay(Duration::from_secs(30))) });
    }
    let mut quick_posts = Vec::new();
    // Times are stored in whole milliseconds.
    let first = chrono::DurationRound::duration_trunc(Utc::now() + TimeDelta::seconds(2), TimeDelta::milliseconds(1)).unwrap();
    for n in 0..4 {
        let due = first + TimeDelta::seconds(n);
        for account in [slow, quick] {
            let media = inside.upload("photo.jpg");
            let post = inside.schedule(&format!("number {n}"), &[media], due, &[(account, Kind::Photos)]);
            if account == quick {
                quick_posts.push((post, due));
            }
        }
    }
    let publisher = Publisher::start(inside.app.engine(), inside.app.publisher.clone(), house.dir.path()).unwrap();
    let state = |post| inside.app.db.read(|db| job::of_post(db, post)).unwrap()[0].state;
    wait_until(&inside, "the quick account's posts", || quick_posts.iter().all(|(post, _)| state(*post) == JobState::Published));
    for (post, due) in &quick_posts {
        let called = inside.app.db.read(|db| job::of_post(db, *post)).unwrap()[0].called_at.unwrap();
        let late = called - *due;
        assert!(late >= TimeDelta::zero() && late < TimeDelta::seconds(1), "late by {late}");
    }
    // The slow ones are in the middle of a call; a stop does not wait for them for ever, and a restart takes them up. Not part of this test.
    std::mem::drop(std::thread::spawn(move || publisher.stop()));
}

/// A stop lets the last call that is running finish and be stored; what waits is taken up by the next start.
#[test]
fn a_stop_lets_a_running_call_finish() {
    let house = real_house();
    let inside = house.enter();
    let (first, second) = (inside.connect(Who::Page, "first"), inside.connect(Who::Page, "second"));
    house.simulator.fault(Fault { times: 1000, ..Fault::next("facebook.feed", FaultKind::DelayAnswer(Duration::from_secs(2))) });
    let media = [inside.upload("photo.jpg"), inside.upload("photo.jpg")];
    let due = Utc::now() + TimeDelta::seconds(1);
    let running = inside.schedule("running", &[media[0]], due, &[(first, Kind::Photos)]);
    let later = inside.schedule("later", &[media[1]], due + TimeDelta::seconds(5), &[(second, Kind::Photos)]);
    let publisher = Publisher::start(inside.app.engine(), inside.app.publisher.clone(), house.dir.path()).unwrap();
    wait_until(&inside, "the call", || house.simulator.calls().iter().any(|call| call.name == "facebook.feed") || !house.visible().is_empty());
    assert!(publisher.stop(), "the stop waited for it");
    assert_published(&inside.view(running));
    assert_eq!(house.visible().len(), 1);
    assert!(inside.view(later).jobs[0].state.is_live());

    let publisher = Publisher::start(inside.app.engine(), pm3k::publisher::Handle::default(), house.dir.path()).unwrap();
    wait_until(&inside, "the later post", || inside.view(later).jobs[0].state == JobState::Published);
    assert!(publisher.stop());
    assert_eq!(house.visible().len(), 2);
}

/// A data folder has one publisher.
#[test]
fn a_second_publisher_on_the_same_folder_refuses_to_start() {
    let house = House::build();
    let inside = house.enter();
    let first = Publisher::start(inside.app.engine(), inside.app.publisher.clone(), house.dir.path()).unwrap();
    let other = house.enter();
    let refused = Publisher::start(other.app.engine(), other.app.publisher.clone(), house.dir.path()).unwrap_err();
    assert!(refused.to_string().contains("another server"), "{refused}");
    assert!(first.stop());
    let again = Publisher::start(other.app.engine(), pm3k::publisher::Handle::default(), house.dir.path()).unwrap();
    assert!(again.stop());
}
