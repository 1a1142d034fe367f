//! What a visible call can answer although it acted, and the other way round: exactly one post comes out, by itself.

use std::time::Duration;

use chrono::TimeDelta;
use pm3k::kind::{Kind, Login};
use pm3k::model::job::JobState;
use simulator::{Fault, FaultKind};

use crate::support::house::{House, KINDS, file_for, start, who_for};

fn visible_call(login: Login, kind: Kind) -> &'static str {
    match (login, kind) {
        (Login::Tiktok, _) => "tiktok.upload_last",
        (Login::Facebook, Kind::Photos) => "facebook.feed",
        (Login::Facebook, _) => "facebook.reel_finish",
        (Login::Instagram, _) => "instagram.media_publish",
    }
}

/// Publishes one post of each kind with this fault on its visible call, and asserts that exactly one came out, not before its time.
fn exactly_one(told: &str, fault: impl Fn(&'static str) -> Fault, world: impl Fn(&House)) {
    for (login, kind) in KINDS {
        let house = House::build();
        house.simulator.set(|s| s.republishing_makes_another = true);
        world(&house);
        let inside = house.enter();
        let account = inside.connect(who_for(*login), "maker");
        let media = inside.upload(file_for(*kind));
        let due = start() + TimeDelta::minutes(10);
        let post = inside.schedule("caption #one", &[media], due, &[(account, *kind)]);
        house.simulator.fault(fault(visible_call(*login, *kind)));
        let view = inside.run_to_the_end(post);
        let job = &view.jobs[0];
        assert_eq!(job.state, JobState::Published, "{told}: {login} {kind}: {:?}", job.last_error);
        let visible = house.visible();
        assert_eq!(visible.len(), 1, "{told}: {login} {kind}: {visible:?}");
        assert!(visible[0].at >= due, "{told}: {login} {kind} went out early");
        let faulted = house.simulator.calls().iter().filter(|call| call.name == visible_call(*login, *kind)).count();
        assert!(faulted >= 1, "{told}: the call was never made");
    }
}

#[test]
fn connection_dropped_after_acting() {
    exactly_one("dropped after acting", |call| Fault::next(call, FaultKind::ActThenDrop), |_| {});
}

#[test]
fn connection_dropped_after_acting_and_reads_lag_behind() {
    let lag = |house: &House| house.simulator.set(|s| s.read_lag = Duration::from_secs(10));
    exactly_one("dropped after acting, reads lag 10 s", |call| Fault::next(call, FaultKind::ActThenDrop), lag);
}

#[test]
fn status_500_after_acting() {
    let body = r#"{"error":{"message":"An unknown error occurred","type":"OAuthException","code":2,"is_transient":true,"fbtrace_id":"A1"}}"#;
    exactly_one("500 after acting", |call| Fault::next(call, FaultKind::ActThenStatus { status: 500, body: body.into() }), |_| {});
}

#[test]
fn status_502_page_after_acting() {
    let body = "<html><body>Bad gateway</body></html>";
    exactly_one("502 page after acting", |call| Fault::next(call, FaultKind::ActThenStatus { status: 502, body: body.into() }), |_| {});
}

#[test]
fn empty_200_after_acting() {
    exactly_one("empty 200 after acting", |call| Fault::next(call, FaultKind::ActThenEmpty200), |_| {});
}

#[test]
fn connection_dropped_before_acting() {
    exactly_one("dropped before acting", |call| Fault::next(call, FaultKind::DropBefore), |_| {});
}

#[test]
fn status_500_without_acting() {
    exactly_one("500 without acting", |call| Fault::next(call, FaultKind::Answer { status: 500, body: String::new() }), |_| {});
}

#[test]
fn status_500_without_acting_three_times() {
    exactly_one("500 three times", |call| Fault { times: 3, ..Fault::next(call, FaultKind::Answer { status: 500, body: String::new() }) }, |_| {});
}
