//! The life of a post and of its media: cancelled, edited out, missed, shared, failed, cleared; nothing is left behind, and nothing goes too early.

use chrono::TimeDelta;
use pm3k::actions::{self, Actor};
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use pm3k::model::post::Status;
use pm3k::publisher::sweep;
use simulator::{Fault, FaultKind};

use crate::support::house::{House, Inside, Who, assert_published, start};

fn files(inside: &Inside<'_>) -> usize {
    std::fs::read_dir(inside.app.store.root()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}

#[test]
fn a_cancelled_post_never_goes_out_even_when_it_was_staged() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let due = start() + TimeDelta::minutes(10);
    for staged in [false, true] {
        let media = inside.upload("photo.jpg");
        let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
        if staged {
            inside.run_until(start() + TimeDelta::minutes(5));
            assert!(inside.view(post).jobs[0].irreversible, "staged up to its last call");
        }
        actions::posts::cancel(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap();
        inside.run_until(house.now());
        assert_eq!(inside.view(post).status(), Status::Cancelled);
        assert_eq!(files(&inside), 0, "its media is cleared");
    }
    inside.run_until(due + TimeDelta::hours(2));
    assert!(house.visible().is_empty());
}

#[test]
fn a_published_post_cannot_be_cancelled_and_says_why() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], start() + TimeDelta::minutes(1), &[(account, Kind::Photos)]);
    assert_published(&inside.run_to_the_end(post));
    let refused = actions::posts::cancel(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap_err();
    assert!(refused.to_string().contains("out already"), "{refused}");
}

#[test]
fn what_was_due_more_than_an_hour_ago_is_missed_and_what_was_due_less_goes_out() {
    let house = House::build();
    let (late, in_time);
    {
        let inside = house.enter();
        let account = inside.connect(Who::Page, "maker");
        let (a, b) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"));
        late = inside.schedule("late", &[a], start() + TimeDelta::minutes(50), &[(account, Kind::Photos)]);
        in_time = inside.schedule("in time", &[b], start() + TimeDelta::minutes(70), &[(account, Kind::Photos)]);
    }
    // The machine was off until two hours later.
    house.go_to(start() + TimeDelta::hours(2));
    let inside = house.enter();
    inside.run_until(house.now() + TimeDelta::minutes(10));
    assert_eq!(inside.view(late).jobs[0].state, JobState::Missed);
    assert_published(&inside.view(in_time));
    assert_eq!(house.visible().len(), 1);
    assert_eq!(inside.view(late).media[0].state, "ready", "a person may still want it");
}

#[test]
fn a_machine_that_wakes_up_late_publishes_nothing_before_it_has_looked() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
    inside.run_until(due - TimeDelta::minutes(1));
    assert!(inside.view(post).jobs[0].irreversible, "staged");
    // The lid was closed for three hours, and the first thing that happens is a claim.
    let now = due + TimeDelta::hours(3);
    let room = pm3k::model::job::Room { free: 16, long: 8, staging: 14 };
    assert!(inside.engine.claim(now, room).unwrap().is_empty());
    house.go_to(now);
    inside.run_until(now);
    assert_eq!(inside.view(post).jobs[0].state, JobState::Missed);
    assert!(house.visible().is_empty());
}

#[test]
fn a_refused_post_can_be_cancelled_and_its_media_goes() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let body = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;
    house.simulator.fault(Fault { times: 100, ..Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: body.into() }) });
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], start() + TimeDelta::minutes(10), &[(account, Kind::Photos)]);
    assert_eq!(inside.run_to_the_end(post).status(), Status::Failed);
    actions::posts::cancel(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap();
    assert_eq!(inside.view(post).status(), Status::Cancelled);
    assert_eq!(files(&inside), 0);
}

#[test]
fn a_refused_read_after_the_last_call_fails_nothing() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let body = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;
    let media = inside.upload("clip.mp4");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Reel)]);
    inside.run_until(due - TimeDelta::seconds(1));
    house.simulator.fault(Fault { times: 3, ..Fault::next("facebook.video_status", FaultKind::Answer { status: 400, body: body.into() }) });
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.simulator.calls().iter().filter(|call| call.name == "facebook.video_status" && call.status == 400).count(), 3);
    assert_eq!(house.visible().len(), 1);
}

#[test]
fn a_used_up_limit_is_waited_for_however_long_its_window_is() {
    let house = House::build();
    let inside = house.enter();
    house.simulator.set(|s| {
        s.quotas = true;
        s.instagram_quota = 1;
    });
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let (a, b) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"));
    let first = inside.schedule("first", &[a], start() + TimeDelta::minutes(10), &[(account, Kind::Image)]);
    let second = inside.schedule("second", &[b], start() + TimeDelta::minutes(20), &[(account, Kind::Image)]);
    inside.run_until(start() + TimeDelta::hours(5));
    assert_published(&inside.view(first));
    let job = inside.view(second).jobs.remove(0);
    assert_eq!((job.state, job.held_by.as_deref()), (JobState::Publishing, Some("limit")), "{:?}", job.last_error);
    assert_published(&inside.run_to_the_end(second));
    assert_eq!(house.visible().len(), 2);
}

#[test]
fn a_lease_that_ran_out_is_taken_up_again() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], start() + TimeDelta::minutes(10), &[(account, Kind::Photos)]);
    let room = pm3k::model::job::Room { free: 1, long: 1, staging: 1 };
    // A worker takes it, and is never heard of again.
    assert_eq!(inside.engine.claim(start(), room).unwrap().len(), 1);
    assert!(inside.engine.claim(start() + TimeDelta::minutes(1), room).unwrap().is_empty());
    house.go_to(start() + TimeDelta::minutes(31));
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 1);
}

#[test]
fn a_file_stays_until_the_last_post_that_needs_it_is_out() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let first = inside.schedule("one", &[media], start() + TimeDelta::minutes(10), &[(account, Kind::Photos)]);
    let second = inside.schedule("two", &[media], start() + TimeDelta::hours(3), &[(account, Kind::Photos)]);
    assert_published(&inside.run_to_the_end(first));
    assert_eq!(files(&inside), 1);
    assert_published(&inside.run_to_the_end(second));
    assert_eq!(files(&inside), 0);
    assert_eq!(inside.view(second).media[0].state, "cleared");
}

#[test]
fn one_accounts_refusal_fails_its_job_alone_and_keeps_the_media() {
    let house = House::build();
    let inside = house.enter();
    let (bad, good) = (inside.connect(Who::Page, "bad"), inside.connect(Who::Page, "good"));
    let remote = inside.app.db.read(|db| pm3k::model::account::get(db, bad)).unwrap().unwrap().remote_id;
    let body = r#"{"error":{"message":"(#368) The action attempted has been deemed abusive","type":"OAuthException","code":368,"error_subcode":1346003,"fbtrace_id":"A7"}}"#;
    house.simulator.fault(Fault { account: Some(remote), times: 100, ..Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: body.into() }) });
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], start() + TimeDelta::minutes(10), &[(bad, Kind::Photos), (good, Kind::Photos)]);
    let view = inside.run_to_the_end(post);
    assert_eq!(view.status(), Status::PartlyPublished, "{:?}", view.jobs);
    let error = view.jobs[0].last_error.as_ref().unwrap();
    assert_eq!((error.code.as_str(), error.trace_id.as_deref()), ("368/1346003", Some("A7")));
    assert!(!error.message.is_empty() && !error.remedy.is_empty(), "{error:?}");
    assert_eq!(view.media[0].state, "ready");
    assert_eq!(files(&inside), 1);
}

#[test]
fn the_sweep_removes_what_a_crash_left_and_nothing_else() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let kept = inside.upload("photo.jpg");
    inside.schedule("x", &[kept], start() + TimeDelta::days(3), &[(account, Kind::Photos)]);
    let abandoned = inside.upload("clip.mp4");
    // A crash between storing the file and writing its row, some time ago.
    let stray = inside.app.store.root().join("stray.jpg");
    std::fs::write(&stray, b"x").unwrap();
    std::fs::File::options().write(true).open(&stray).unwrap().set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    let fresh = inside.app.store.root().join("fresh.jpg");
    std::fs::write(&fresh, b"x").unwrap();

    let swept = sweep::sweep(&inside.engine, house.now() + TimeDelta::hours(25)).unwrap();
    assert_eq!((swept.cleared, swept.strays), (1, 1));
    assert!(!stray.exists());
    assert!(fresh.exists(), "an upload that is being stored is left alone");
    let media = inside.app.db.read(|db| pm3k::model::media::get(db, abandoned)).unwrap().unwrap();
    assert_eq!(media.state, "cleared");
    assert_eq!(files(&inside), 2, "the planned post's file and the fresh one");
}

/// Killed between the commit that clears a file and its removal: the next sweep takes it, however fresh it is.
#[test]
fn a_cleared_file_that_a_crash_left_goes_with_the_next_sweep() {
    let house = House::build();
    let inside = house.enter();
    let (cleared, kept) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"));
    inside.app.db.write(|tx| tx.execute("UPDATE media SET state = 'cleared', cleared_at = 1 WHERE id = ?1", [cleared])).unwrap();
    assert_eq!(files(&inside), 2);
    let swept = sweep::sweep(&inside.engine, house.now()).unwrap();
    assert_eq!((swept.strays, files(&inside)), (1, 1));
    assert_eq!(inside.app.db.read(|db| pm3k::model::media::get(db, kept)).unwrap().unwrap().state, "ready");
}

/// The machine was off for two months: the file was due to go long ago, but nobody was told.
#[test]
fn nothing_of_a_failed_post_is_cleared_unannounced_and_trying_again_keeps_it() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let body = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;
    house.simulator.fault(Fault { times: 1, ..Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: body.into() }) });
    let media = inside.upload("photo.jpg");
    let post = inside.schedule("x", &[media], start() + TimeDelta::minutes(5), &[(account, Kind::Photos)]);
    assert_eq!(inside.run_to_the_end(post).status(), Status::Failed);

    house.go_to(start() + TimeDelta::days(60));
    let swept = sweep::sweep(&inside.engine, house.now()).unwrap();
    assert_eq!((swept.announced, swept.cleared), (1, 0));
    let file = inside.view(post).media.remove(0);
    assert_eq!(actions::media::clears_at(&inside.app, &file), Some(house.now() + TimeDelta::days(3)));
    let told = inside.app.db.read(|db| pm3k::model::audit::newest(db, 1)).unwrap().remove(0);
    assert_eq!((told.actor.as_str(), told.action.as_str(), told.subject), ("publisher", "media.announce", media.to_string()));
    house.go_to(start() + TimeDelta::days(62));
    assert_eq!(sweep::sweep(&inside.engine, house.now()).unwrap().cleared, 0, "the notice has not passed");

    actions::jobs::retry(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap();
    sweep::sweep(&inside.engine, house.now()).unwrap();
    assert_eq!(inside.view(post).media[0].announced_at, None, "it is needed again");
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(files(&inside), 0);
}

#[test]
fn what_has_ended_is_forgotten_after_its_retention_and_a_failed_jobs_media_before_that() {
    let house = House::build();
    let inside = house.enter();
    let (good, bad) = (inside.connect(Who::Page, "good"), inside.connect(Who::Page, "bad"));
    let remote = inside.app.db.read(|db| pm3k::model::account::get(db, bad)).unwrap().unwrap().remote_id;
    let body = r#"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"fbtrace_id":"A7"}}"#;
    house.simulator.fault(Fault { account: Some(remote), times: 100, ..Fault::next("facebook.feed", FaultKind::Answer { status: 400, body: body.into() }) });
    let (first, second, third) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"), inside.upload("photo.jpg"));
    let out = inside.schedule("out", &[first], start() + TimeDelta::minutes(5), &[(good, Kind::Photos)]);
    let failed = inside.schedule("failed", &[second], start() + TimeDelta::minutes(5), &[(bad, Kind::Photos)]);
    let planned = inside.schedule("planned", &[third], start() + TimeDelta::days(400), &[(good, Kind::Photos)]);
    inside.run_until(start() + TimeDelta::minutes(30));
    assert_eq!(inside.view(failed).status(), Status::Failed);

    let swept = |days| sweep::sweep(&inside.engine, start() + TimeDelta::days(days)).unwrap();
    assert_eq!((swept(26).announced, swept(28).announced, swept(29).announced), (0, 1, 0), "announced once, three days before");
    assert_eq!(inside.view(failed).media[0].state, "ready", "kept for failed_retention");
    assert_eq!(swept(31).cleared, 1);
    assert_eq!(inside.view(failed).media[0].state, "cleared");
    assert_eq!(inside.view(planned).media[0].state, "ready");

    sweep::forget(&inside.engine, start() + TimeDelta::days(364)).unwrap();
    let attempts = |post| inside.app.db.read(|db| pm3k::model::attempt::of_job(db, inside.view(post).jobs[0].id)).unwrap().len();
    assert_eq!((attempts(out), attempts(failed)), (0, 0), "what was tried is forgotten after retention.logs");
    assert!(sweep::forget(&inside.engine, start() + TimeDelta::days(366)).unwrap() > 0);
    for gone in [out, failed] {
        let err = actions::posts::view(&inside.app, inside.workspace, gone).unwrap_err();
        assert!(matches!(err, actions::Error::NotFound(_)), "{err}");
    }
    assert!(inside.view(planned).jobs[0].state.is_live());
}

#[test]
fn problems_are_told_before_anything_is_sent() {
    let house = House::build();
    let inside = house.enter();
    let (page, tiktok) = (inside.connect(Who::Page, "page"), inside.connect(Who::Tiktok, "tok"));
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let refused = inside.try_schedule("x", &[media], due, &[(page, Kind::Reel), (tiktok, Kind::Video)]).unwrap_err();
    let actions::Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert!(problems.iter().any(|p| p.account_id == Some(page)) && problems.iter().any(|p| p.account_id == Some(tiktok)), "{problems:?}");
    let refused = inside.try_schedule("x", &[media], start() - TimeDelta::hours(1), &[(page, Kind::Photos)]).unwrap_err();
    assert!(refused.to_string().contains("past"), "{refused}");
    let calls = house.simulator.calls();
    assert!(calls.iter().all(|call| call.name == "tiktok.creator_info"), "nothing was sent but the question what the creator may do: {calls:?}");
}

#[test]
fn a_block_of_the_account_is_called_into_five_times_at_the_most() {
    for (refusals, calls, state) in [(4, 5, JobState::Published), (20, 5, JobState::Failed)] {
        let house = House::build();
        let inside = house.enter();
        let account = inside.connect(Who::Page, "maker");
        house.simulator.fault(Fault { times: refusals, ..Fault::next("facebook.feed", FaultKind::graph(368, Some(1_390_008))) });
        let due = start() + TimeDelta::minutes(5);
        let post = inside.schedule("x", &[], due, &[(account, Kind::Text)]);
        inside.run_until(due + TimeDelta::hours(12));
        let view = inside.view(post);
        assert_eq!(view.jobs[0].state, state, "{:?}", view.jobs[0].last_error);
        let called: Vec<_> = house.simulator.calls().into_iter().filter(|call| call.name == "facebook.feed").map(|call| call.at).collect();
        assert_eq!(called.len(), calls);
        assert!(called.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::hours(1)), "{called:?}");
        assert_eq!(house.visible().len(), usize::from(state == JobState::Published));
    }
}
