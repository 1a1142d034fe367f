//! First comments: said once, after their post, whatever happens; and whatever becomes of them, the post stays as it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::actions::{self, Actor};
use pm3k::db::Commit;
use pm3k::ids::PostId;
use pm3k::kind::Kind;
use pm3k::model::comment::{Comment, CommentState};
use pm3k::model::job::JobState;
use serde_json::json;
use simulator::{Fault, FaultKind};

use crate::support::house::{House, Inside, Who, start};

const TEXT: &str = "The first one. Ünïcode, too 😀";

/// Where a first comment can stand, with the call that makes it.
const PLACES: &[(Who, Kind, &str, &str)] = &[
    (Who::Page, Kind::Photos, "photo.jpg", "facebook.comment"),
    (Who::Page, Kind::Reel, "clip.mp4", "facebook.comment"),
    (Who::Page, Kind::Video, "landscape.mp4", "facebook.comment"),
    (Who::InstagramByFacebook, Kind::Image, "photo.jpg", "instagram.comment"),
    (Who::InstagramByItself, Kind::Image, "photo.jpg", "instagram.comment"),
];

fn due() -> DateTime<Utc> {
    start() + TimeDelta::minutes(10)
}

fn schedule(inside: &Inside<'_>, who: Who, kind: Kind, file: &str) -> PostId {
    let account_id = inside.connect(who, "maker");
    let media = vec![inside.upload(file)];
    let options = json!({ "first_comment": TEXT }).as_object().cloned().unwrap();
    let target = Target { account_id, kind: Some(kind), caption: None, options, adjust: Default::default() };
    let new = NewPost { caption: "caption #one".into(), media, schedule: Schedule::At(due()), targets: vec![target] };
    posts::create(&inside.app, Actor::Cli, inside.workspace, &new, None, inside.house.now()).unwrap()
}

fn comment(inside: &Inside<'_>, post: PostId) -> Option<Comment> {
    inside.view(post).comments.pop()
}

/// The post is out once, and holds the comment so many times.
fn assert_said(house: &House, inside: &Inside<'_>, post: PostId, times: usize, told: &str) {
    let job = &inside.view(post).jobs[0];
    assert_eq!(job.state, JobState::Published, "{told}: {:?}", job.last_error);
    let visible = house.visible();
    assert_eq!(visible.len(), 1, "{told}: {visible:?}");
    let said: Vec<&str> = visible[0].comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(said, vec![TEXT; times], "{told}: {:?}", comment(inside, post));
}

#[test]
fn it_is_said_once_after_the_post() {
    for (who, kind, file, call) in PLACES {
        let house = House::build();
        let inside = house.enter();
        let post = schedule(&inside, *who, *kind, file);
        inside.run_until(due() + TimeDelta::minutes(5));
        assert_said(&house, &inside, post, 1, &format!("{who:?} {kind}"));
        let kept = comment(&inside, post).unwrap();
        assert_eq!(kept.state, CommentState::Posted);
        assert_eq!(kept.remote_id.as_deref(), Some(house.visible()[0].comments[0].id.as_str()));
        assert_eq!(house.simulator.calls().iter().filter(|made| made.name == *call).count(), 1);
    }
}

#[test]
fn a_lost_answer_is_looked_for_and_not_said_twice() {
    let page = "<html><body>Bad gateway</body></html>";
    let faults = [
        ("dropped after acting", FaultKind::ActThenDrop, 1),
        ("500 after acting", FaultKind::ActThenStatus { status: 500, body: page.into() }, 1),
        ("empty 200 after acting", FaultKind::ActThenEmpty200, 1),
        ("dropped before acting", FaultKind::DropBefore, 1),
        ("500 three times", FaultKind::Answer { status: 500, body: page.into() }, 3),
    ];
    for (who, kind, file, call) in PLACES {
        for (told, fault, times) in &faults {
            let house = House::build();
            let inside = house.enter();
            let post = schedule(&inside, *who, *kind, file);
            house.simulator.fault(Fault { times: *times, ..Fault::next(call, fault.clone()) });
            inside.run_until(due() + TimeDelta::minutes(20));
            assert_said(&house, &inside, post, 1, &format!("{who:?} {kind}: {told}"));
        }
    }
}

#[test]
fn a_refused_one_leaves_the_post_alone_and_can_be_tried_again() {
    let body = r#"{"error":{"message":"(#368) The action attempted has been deemed abusive","type":"OAuthException","code":368,"error_subcode":1404102,"fbtrace_id":"A7"}}"#;
    for (who, kind, file, call) in PLACES {
        let house = House::build();
        let inside = house.enter();
        let post = schedule(&inside, *who, *kind, file);
        house.simulator.fault(Fault::next(call, FaultKind::Answer { status: 400, body: body.into() }));
        inside.run_until(due() + TimeDelta::minutes(5));
        assert_said(&house, &inside, post, 0, "refused");
        let kept = comment(&inside, post).unwrap();
        assert_eq!(kept.state, CommentState::Failed);
        let error = kept.last_error.unwrap();
        assert_eq!(error.trace_id.as_deref(), Some("A7"));
        assert!(!error.message.is_empty() && !error.remedy.is_empty(), "{error:?}");
        actions::jobs::retry_comment(&inside.app, Actor::Cli, inside.workspace, kept.job_id, house.now()).unwrap();
        inside.run_until(house.now() + TimeDelta::minutes(1));
        assert_said(&house, &inside, post, 1, "tried again");
        let refused = actions::jobs::retry_comment(&inside.app, Actor::Cli, inside.workspace, kept.job_id, house.now()).unwrap_err();
        assert!(matches!(refused, actions::Error::Refused(_)), "{refused}");
    }
}

#[test]
fn the_looks_that_fail_are_no_answer() {
    let house = House::build();
    let inside = house.enter();
    let post = schedule(&inside, Who::Page, Kind::Photos, "photo.jpg");
    house.simulator.fault(Fault::next("facebook.comment", FaultKind::ActThenDrop));
    house.simulator.fault(Fault { times: 3, ..Fault::next("facebook.comments", FaultKind::Answer { status: 500, body: String::new() }) });
    inside.run_until(due() + TimeDelta::minutes(20));
    assert_said(&house, &inside, post, 1, "the looks failed three times");
}

/// Stopped at every commit from the post's own call on, and started again.
#[test]
fn a_crash_between_any_two_commits_says_it_once() {
    struct Killed;
    for (who, kind, file, _) in PLACES.iter().filter(|(_, kind, ..)| matches!(kind, Kind::Photos | Kind::Image)) {
        for when in [Commit::Before, Commit::After] {
            let mut rounds = 0;
            loop {
                let house = House::build();
                let post;
                let killed = {
                    let inside = house.enter();
                    post = schedule(&inside, *who, *kind, file);
                    inside.run_until(due() - TimeDelta::seconds(1));
                    let (count, nth, engine) = (AtomicUsize::new(0), rounds + 1, std::thread::current().id());
                    inside.app.db.set_observer(Some(Arc::new(move |commit| {
                        if commit == when && std::thread::current().id() == engine && count.fetch_add(1, Ordering::SeqCst) + 1 == nth {
                            std::panic::resume_unwind(Box::new(Killed));
                        }
                    })));
                    let ran = catch_unwind(AssertUnwindSafe(|| inside.run_until(due() + TimeDelta::minutes(5))));
                    inside.app.db.set_observer(None);
                    ran.is_err()
                };
                if !killed {
                    break;
                }
                let inside = house.enter();
                inside.run_until(due() + TimeDelta::minutes(30));
                assert_said(&house, &inside, post, 1, &format!("{who:?} {kind}, killed {when:?} commit {}", rounds + 1));
                rounds += 1;
            }
            assert!(rounds >= 4, "only {rounds} commits were made: the test proves nothing");
        }
    }
}
