//! What nobody could tell by asking: a person looks and says so. And what failed or was missed: a person sends it on its way again.

use chrono::TimeDelta;
use pm3k::actions::jobs::{self, Seen};
use pm3k::actions::{self, Actor};
use pm3k::ids::{JobId, PostId};
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use pm3k::model::post::Status;
use pm3k::model::{attempt, fetch};
use simulator::{Fault, FaultKind};

use crate::support::house::{House, Inside, Who, assert_published, start};

/// TikTok has the post, has lost its answer, and no longer knows the upload when it is asked: nobody can tell.
fn unconfirmed(house: &House, inside: &Inside<'_>, acts: bool) -> (PostId, JobId) {
    let account = inside.connect(Who::Tiktok, "maker");
    let media = inside.upload("clip.mp4");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Video)]);
    house.simulator.fault(Fault::next("tiktok.upload_last", if acts { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
    let body = r#"{"error":{"code":"invalid_publish_id","message":"x","log_id":"L1"}}"#;
    house.simulator.fault(Fault { times: 1000, ..Fault::next("tiktok.status", FaultKind::Answer { status: 400, body: body.into() }) });
    let view = inside.run_to_the_end(post);
    let job = &view.jobs[0];
    assert_eq!(job.state, JobState::Unconfirmed, "{:?}", job.last_error);
    assert_eq!(view.status(), Status::Unconfirmed);
    let error = job.last_error.as_ref().unwrap();
    assert!(!error.message.is_empty() && error.remedy.contains("say so"), "what is known, and what to do: {error:?}");
    assert_eq!(view.media[0].state, "ready", "its media is kept until a person has looked");
    house.simulator.clear_faults();
    (post, job.id)
}

#[test]
fn it_is_there() {
    let house = House::build();
    let inside = house.enter();
    let (post, job) = unconfirmed(&house, &inside, true);
    assert_eq!(house.visible().len(), 1);
    for bad in ["javascript:alert(1)", "http://example.org/x", "https://"] {
        let seen = Seen::There { permalink: Some(bad.into()) };
        let refused = jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job, &seen, house.now()).unwrap_err();
        assert!(matches!(refused, actions::Error::Invalid(_)), "{bad}: {refused}");
    }
    let link = "https://www.tiktok.com/@maker/video/7512345678901234567";
    let seen = Seen::There { permalink: Some(link.into()) };
    jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job, &seen, house.now()).unwrap();
    let view = inside.view(post);
    assert_published(&view);
    assert_eq!(view.jobs[0].permalink.as_deref(), Some(link));
    assert_eq!(view.media[0].state, "cleared");
    inside.run_until(house.now() + TimeDelta::hours(3));
    assert_eq!(house.visible().len(), 1);
    // Once it is known, there is nothing to confirm.
    let refused = jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job, &Seen::NotThere, house.now()).unwrap_err();
    assert!(matches!(refused, actions::Error::Refused(_)), "{refused}");
}

#[test]
fn it_is_not_there_and_is_published_again() {
    let house = House::build();
    let inside = house.enter();
    let (post, job) = unconfirmed(&house, &inside, false);
    assert!(house.visible().is_empty());
    jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job, &Seen::NotThere, house.now()).unwrap();
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 1);
}

#[test]
fn neither_retry_nor_cancel_touches_what_nobody_could_tell() {
    let house = House::build();
    let inside = house.enter();
    let (post, _) = unconfirmed(&house, &inside, true);
    let refused = jobs::retry(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap_err();
    assert!(refused.to_string().contains("say whether it is there"), "{refused}");
    let refused = actions::posts::cancel(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap_err();
    assert!(refused.to_string().contains("not known"), "{refused}");
    inside.run_until(house.now() + TimeDelta::hours(3));
    assert_eq!(house.visible().len(), 1);
}

#[test]
fn what_failed_or_was_missed_can_be_tried_again() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let body = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;
    house.simulator.fault(Fault { times: 100, ..Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: body.into() }) });
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let failed = inside.schedule("failed", &[media], due, &[(account, Kind::Photos)]);
    assert_eq!(inside.run_to_the_end(failed).status(), Status::Failed);
    house.simulator.clear_faults();
    jobs::retry(&inside.app, Actor::Cli, inside.workspace, failed, house.now()).unwrap();
    assert_published(&inside.run_to_the_end(failed));

    let media = inside.upload("photo.jpg");
    let missed = inside.schedule("missed", &[media], house.now() + TimeDelta::minutes(10), &[(account, Kind::Photos)]);
    house.go_to(house.now() + TimeDelta::hours(3));
    inside.run_until(house.now());
    assert_eq!(inside.view(missed).status(), Status::Missed);
    jobs::retry(&inside.app, Actor::Cli, inside.workspace, missed, house.now()).unwrap();
    assert_published(&inside.run_to_the_end(missed));
    let refused = jobs::retry(&inside.app, Actor::Cli, inside.workspace, missed, house.now()).unwrap_err();
    assert!(refused.to_string().contains("nothing to try again"), "{refused}");
    assert_eq!(house.visible().len(), 2);
}

/// A post that is staged and waits for its time goes out at once when a person says so, with what was staged.
#[test]
fn a_planned_post_can_go_out_now() {
    for staged in [false, true] {
        let house = House::build();
        let inside = house.enter();
        let account = inside.connect(Who::Page, "maker");
        let media = inside.upload("photo.jpg");
        let due = start() + TimeDelta::minutes(40);
        let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
        if staged {
            inside.run_until(start() + TimeDelta::minutes(5));
            assert!(inside.view(post).jobs[0].irreversible);
        }
        let now = house.now();
        jobs::publish_now(&inside.app, Actor::Cli, inside.workspace, post, now).unwrap();
        inside.run_until(now + TimeDelta::seconds(5));
        assert_published(&inside.view(post));
        assert_eq!(house.visible().len(), 1);
        assert_eq!(house.simulator.calls().iter().filter(|call| call.name == "facebook.photo_upload").count(), 1, "what was staged is used");
        let refused = jobs::publish_now(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap_err();
        assert!(matches!(refused, actions::Error::Refused(_)), "{refused}");
    }
}

/// Cut off in its last call, and its access withdrawn: if nobody connects the account again, a person can say what became of it after a day.
#[test]
fn what_waits_for_its_account_after_the_call_is_a_persons_after_a_day() {
    let house = House::build();
    let inside = house.enter();
    let grant = house.grant(Who::Page, "maker");
    let account = inside.store(Who::Page, &grant);
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
    inside.run_until(due - TimeDelta::seconds(1));
    house.simulator.fault(Fault::next("facebook.feed", FaultKind::ActThenDrop));
    house.simulator.fault(Fault { nth: 1, ..Fault::next("facebook.published_posts", FaultKind::ExpireToken) });
    inside.run_until(due + TimeDelta::hours(1));
    let job = inside.view(post).jobs.remove(0);
    assert_eq!((job.held_by.as_deref(), job.state), (Some("needs_reconnect"), JobState::Publishing), "{:?}", job.last_error);
    house.go_to(due + TimeDelta::hours(25));
    inside.run_until(house.now());
    assert_eq!(inside.view(post).jobs[0].state, JobState::Unconfirmed);
    jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job.id, &Seen::There { permalink: None }, house.now()).unwrap();
    assert_published(&inside.view(post));
}

/// Publishing again closes the addresses that were handed out before: what the platform was given then can make no second post.
#[test]
fn publishing_again_closes_the_addresses_of_before() {
    let house = House::build();
    let inside = house.enter();
    let (post, job) = unconfirmed(&house, &inside, false);
    let attempts = inside.app.db.read(|db| attempt::of_job(db, job)).unwrap();
    let media = inside.view(post).media[0].id;
    let last = attempts.last().unwrap().id;
    let open = |attempt| inside.app.db.write(|tx| fetch::note(tx, job, attempt, media, house.now())).unwrap();
    assert!(open(last), "open until then");
    jobs::confirm(&inside.app, Actor::Cli, inside.workspace, job, &Seen::NotThere, house.now()).unwrap();
    assert!(!open(last) && !inside.app.db.read(|db| fetch::is_noted(db, job, last, media)).unwrap(), "closed, although it was asked for");
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 1);
}
