//! What can happen to a post. Each function publishes one post of the case's kind through it and asserts that exactly one came out, with the right
//! bytes, not before its time, and that no media is left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::View;
use pm3k::db::Commit;
use pm3k::ids::PostId;
use pm3k::model::account;
use pm3k::model::job::JobState;
use pm3k::model::media::Media;
use pm3k::model::media::rendition::State;
use simulator::{ANY_CALL, Fault, FaultKind, Grant};

use super::Case;
use crate::support::house::{House, Inside, start};

const CAPTION: &str = "caption #one";

fn due() -> DateTime<Utc> {
    start() + TimeDelta::minutes(10)
}

/// The worst platform that the contracts allow: a repeated call would make a second post.
fn house() -> House {
    let house = House::build();
    house.simulator.set(|s| s.republishing_makes_another = true);
    house
}

/// Connects the account and schedules the post.
fn schedule(case: &Case, inside: &Inside<'_>) -> (Grant, PostId) {
    let grant = inside.house.grant(case.who, "maker");
    let account_id = inside.store(case.who, &grant);
    (grant, case.plan(inside, account_id, CAPTION, due()))
}

/// One post, with the right bytes in the right order, not before its time, and no media left. A post that nobody can settle may end unconfirmed: then
/// there is one at the most, and its media is kept.
fn assert_one(case: &Case, house: &House, view: &View, told: &str) {
    let job = &view.jobs[0];
    let visible = house.visible();
    if case.may_stay_unconfirmed && job.state == JobState::Unconfirmed {
        assert!(visible.len() <= 1, "{told}: {visible:?}");
        return;
    }
    assert_eq!(job.state, JobState::Published, "{told}: {:?}", job.last_error);
    assert_eq!(visible.len(), 1, "{told}: {visible:?}");
    let copy = |media: &Media| view.renditions(job.id).find(|copy| copy.media_id == media.id).map(|copy| copy.sha256.clone().unwrap_or_default());
    let sha256: Vec<String> = view.media.iter().map(|media| copy(media).unwrap_or_else(|| media.sha256.clone())).collect();
    assert_eq!(visible[0].media_sha256, sha256, "{told}");
    assert_eq!(visible[0].kind, case.kind.as_str(), "{told}");
    assert!(visible[0].at >= due(), "{told}: it went out early");
    assert!(view.media.iter().all(|media| media.state == "cleared"), "{told}: media was left behind");
    assert!(view.renditions.iter().all(|(_, copy)| copy.state == State::Cleared), "{told}: a converted copy was left behind");
    let undocumented: Vec<_> = house.simulator.calls().into_iter().filter(|call| call.undocumented).collect();
    assert!(undocumented.is_empty(), "{told}: {undocumented:?}");
}

/// Publishes through one fault of the visible call.
fn with_fault(case: &Case, told: &str, fault: FaultKind, times: u32, lag: Duration) {
    let house = house();
    house.simulator.set(|s| s.read_lag = lag);
    let inside = house.enter();
    let (_, post) = schedule(case, &inside);
    house.simulator.fault(Fault { times, ..Fault::next(case.visible_call, fault) });
    let view = inside.run_to_the_end(post);
    assert_one(case, &house, &view, told);
    assert!(house.simulator.calls().iter().any(|call| call.name == case.visible_call), "{told}: the call was never made");
}

pub fn happy_path(case: &Case) {
    let house = house();
    let inside = house.enter();
    let (_, post) = schedule(case, &inside);
    let view = inside.run_to_the_end(post);
    assert_one(&Case { may_stay_unconfirmed: false, ..*case }, &house, &view, "happy path");
    assert!(view.jobs[0].permalink.is_some() || case.visible_call.starts_with("tiktok"), "it has a link");
}

/// Everything but the last call is done before the due time; at the due time only that one remains, and nothing shows before it.
pub fn staging(case: &Case) {
    let house = house();
    let inside = house.enter();
    let (_, post) = schedule(case, &inside);
    inside.run_until(due() - TimeDelta::milliseconds(1));
    let staged = inside.view(post).jobs.remove(0);
    assert!(house.visible().is_empty(), "nothing is visible before its time");
    assert!(staged.irreversible, "it waits in front of its last call: {}", staged.step);
    assert_eq!(staged.next_at, Some(due()));
    let before = house.simulator.calls().len();
    let view = inside.run_to_the_end(post);
    assert_one(&Case { may_stay_unconfirmed: false, ..*case }, &house, &view, "staging");
    let calls = house.simulator.calls();
    let first = calls.get(before).map(|call| (call.name, call.at));
    assert_eq!(first, Some((case.visible_call, due())), "at the due second the last call goes out, and nothing before it");
}

/// How the test stops the engine: unwinding without a word, as a process that is killed says nothing.
struct Killed;

/// Counts the engine's commits (not those of the server, which notes what platforms fetch), and stops the engine at the `nth`.
fn kill_at(inside: &Inside<'_>, nth: usize, when: Commit) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let engine = std::thread::current().id();
    inside.app.db.set_observer(Some(Arc::new(move |commit| {
        if commit == when && std::thread::current().id() == engine && counter.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            std::panic::resume_unwind(Box::new(Killed));
        }
    })));
    count
}

/// Runs one post to the end, killing the engine at the `nth` commit. False if the run was too short to be killed there.
fn killed_once(case: &Case, nth: usize, when: Commit) -> bool {
    let house = house();
    let post = {
        let inside = house.enter();
        let (_, post) = schedule(case, &inside);
        let count = kill_at(&inside, nth, when);
        let ran = catch_unwind(AssertUnwindSafe(|| inside.run_to_the_end(post)));
        inside.app.db.set_observer(None);
        if ran.is_ok() {
            assert!(count.load(Ordering::SeqCst) < nth);
            return false;
        }
        post
    };
    let inside = house.enter();
    let view = inside.run_to_the_end(post);
    assert_one(case, &house, &view, &format!("killed {when:?} commit {nth}"));
    true
}

/// The engine is stopped at every commit, once right before it (what was learned is gone, the platform has acted) and once right after it (nothing that
/// follows was begun), and started again on the same data folder. Those two moments cover each network boundary: before the call, after the platform
/// acted but before the answer, after the answer but before the commit.
pub fn crash_between_commits(case: &Case) {
    for when in [Commit::Before, Commit::After] {
        let rounds = (1..200).take_while(|nth| killed_once(case, *nth, when)).count();
        assert!(rounds >= 3, "only {rounds} commits were made: the test proves nothing");
    }
}

pub fn dropped_after_acting(case: &Case) {
    with_fault(case, "dropped after acting", FaultKind::ActThenDrop, 1, Duration::ZERO);
}

pub fn dropped_after_acting_reads_lag(case: &Case) {
    with_fault(case, "dropped after acting, reads lag 10 s", FaultKind::ActThenDrop, 1, Duration::from_secs(10));
}

pub fn status_500_after_acting(case: &Case) {
    let body = r#"{"error":{"message":"An unknown error occurred","type":"OAuthException","code":2,"is_transient":true,"fbtrace_id":"A1"}}"#;
    with_fault(case, "500 after acting", FaultKind::ActThenStatus { status: 500, body: body.into() }, 1, Duration::ZERO);
}

pub fn page_502_after_acting(case: &Case) {
    let body = "<html><body>Bad gateway</body></html>";
    with_fault(case, "502 page after acting", FaultKind::ActThenStatus { status: 502, body: body.into() }, 1, Duration::ZERO);
}

pub fn empty_200_after_acting(case: &Case) {
    with_fault(case, "empty 200 after acting", FaultKind::ActThenEmpty200, 1, Duration::ZERO);
}

pub fn dropped_before_acting(case: &Case) {
    with_fault(case, "dropped before acting", FaultKind::DropBefore, 1, Duration::ZERO);
}

pub fn status_500_without_acting(case: &Case) {
    with_fault(case, "500 without acting", FaultKind::Answer { status: 500, body: String::new() }, 1, Duration::ZERO);
}

pub fn status_500_three_times(case: &Case) {
    with_fault(case, "500 three times", FaultKind::Answer { status: 500, body: String::new() }, 3, Duration::ZERO);
}

/// The access token ends right before the first, the second, … call of the job. Where it can be renewed, the job goes on by itself; where a person is
/// needed, it waits for the account to be connected again and then goes on.
pub fn token_ends_at_each_call(case: &Case) {
    let rounds = (1..200).take_while(|nth| ended_once(case, *nth)).count();
    assert!(rounds >= 1, "no call was made with the token");
}

/// False if the job made fewer calls.
fn ended_once(case: &Case, nth: u32) -> bool {
    let told = format!("the token ended at call {nth}");
    let house = house();
    let inside = house.enter();
    let (grant, post) = schedule(case, &inside);
    house.simulator.fault(Fault { nth, ..Fault::next(ANY_CALL, FaultKind::ExpireToken) });
    let mut view = inside.run_to_the_end(post);
    let refused = house.simulator.calls().iter().any(|call| (400..404).contains(&call.status));
    if !refused {
        assert_one(case, &house, &view, &told);
        return false;
    }
    for _ in 0..2 {
        let account = inside.app.db.read(|db| account::get(db, view.jobs[0].account_id)).unwrap().unwrap();
        if account.status != account::Status::NeedsReconnect {
            break;
        }
        assert!(view.jobs[0].state.is_live() || view.jobs[0].state == JobState::Published, "{told}: the job waits: {:?}", view.jobs[0].last_error);
        inside.store(case.who, &house.simulator.grant_again(&grant));
        view = inside.run_to_the_end(post);
    }
    assert_one(case, &house, &view, &told);
    true
}
