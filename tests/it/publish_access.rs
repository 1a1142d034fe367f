//! Access: renewed ahead of time, one renewal at a time, stored before it is used; what cannot be renewed waits for a person and then goes on.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::model::job::{self, JobState};
use pm3k::model::{account, attempt};
use simulator::{Fault, FaultKind};

use crate::support::house::{House, Inside, Who, assert_published, start};

fn count(house: &House, name: &str) -> usize {
    house.simulator.calls().iter().filter(|call| call.name == name).count()
}

fn tiktok_post(inside: &Inside<'_>, due_in: TimeDelta) -> (pm3k::ids::AccountId, pm3k::ids::PostId) {
    let account = inside.connect(Who::Tiktok, "maker");
    let media = inside.upload("clip.mp4");
    let post = inside.schedule("x", &[media], start() + due_in, &[(account, Kind::Video)]);
    (account, post)
}

#[test]
fn a_token_that_ends_soon_is_renewed_before_publishing_and_the_rotated_pair_is_kept() {
    let house = House::build();
    let inside = house.enter();
    // TikTok's token lives 24 h; the post is due when 30 minutes of it are left.
    let (id, post) = tiktok_post(&inside, TimeDelta::hours(23) + TimeDelta::minutes(30));
    let before = inside.app.db.read(|db| account::get(db, id)).unwrap().unwrap();
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(count(&house, "tiktok.refresh"), 1);
    let after = inside.app.db.read(|db| account::get(db, id)).unwrap().unwrap();
    assert_ne!(before.access_sealed, after.access_sealed);
    assert!(after.expires_at > before.expires_at);
    // The next one uses what was stored: the old refresh token is dead in this world.
    let media = inside.upload("clip.mp4");
    let next = inside.schedule("y", &[media], house.now() + TimeDelta::hours(25), &[(id, Kind::Video)]);
    assert_published(&inside.run_to_the_end(next));
    assert_eq!(count(&house, "tiktok.refresh"), 2);
}

#[test]
fn a_token_refused_in_mid_flight_is_renewed_and_the_same_upload_goes_on() {
    for (when, told) in
        [(TimeDelta::zero(), "before anything"), (TimeDelta::minutes(5), "staged"), (TimeDelta::minutes(10) + TimeDelta::seconds(4), "processing")]
    {
        let house = House::build();
        house.simulator.set(|s| s.processing = std::time::Duration::from_secs(60));
        let inside = house.enter();
        let (id, post) = tiktok_post(&inside, TimeDelta::minutes(10));
        inside.run_until(start() + when);
        let remote = inside.app.db.read(|db| account::get(db, id)).unwrap().unwrap().remote_id;
        house.simulator.expire_token(&remote);
        assert_published(&inside.run_to_the_end(post));
        assert_eq!(house.visible().len(), 1, "{told}");
        assert_eq!(count(&house, "tiktok.upload_last"), 1, "{told}: uploaded again");
        assert_eq!(count(&house, "tiktok.refresh"), 1, "{told}");
    }
}

#[test]
fn access_is_not_renewed_at_the_due_second() {
    let house = House::build();
    let inside = house.enter();
    // Staged with 2 h 40 min left, due with 1 h 55 min left: a renewal is due then, but can wait until the call is made.
    let (_, post) = tiktok_post(&inside, TimeDelta::hours(22) + TimeDelta::minutes(5));
    assert_published(&inside.run_to_the_end(post));
    let calls = house.simulator.calls();
    let place = |name: &str| calls.iter().position(|call| call.name == name);
    assert!(place("tiktok.refresh").is_none_or(|refresh| refresh > place("tiktok.upload_last").unwrap()));
}

#[test]
fn a_failing_renewal_disconnects_nobody() {
    let house = House::build();
    let inside = house.enter();
    let (id, post) = tiktok_post(&inside, TimeDelta::hours(23) + TimeDelta::minutes(30));
    house.simulator.fault(Fault { times: 3, ..Fault::next("tiktok.refresh", FaultKind::Answer { status: 503, body: "<html>".into() }) });
    assert_published(&inside.run_to_the_end(post));
    let row = inside.app.db.read(|db| account::get(db, id)).unwrap().unwrap();
    assert_eq!(row.status, account::Status::Active);
}

#[test]
fn refused_access_holds_the_accounts_jobs_and_connecting_again_lets_them_go() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let other = inside.connect(Who::Page, "other");
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos), (other, Kind::Photos)]);
    let body = r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190,"error_subcode":460,"fbtrace_id":"A9"}}"#;
    let remote = inside.app.db.read(|db| account::get(db, account)).unwrap().unwrap().remote_id;
    house.simulator.fault(Fault { account: Some(remote), ..Fault::next("facebook.photo_upload", FaultKind::Answer { status: 400, body: body.into() }) });
    inside.run_until(due + TimeDelta::minutes(5));

    let row = inside.app.db.read(|db| account::get(db, account)).unwrap().unwrap();
    assert_eq!(row.status, account::Status::NeedsReconnect);
    let jobs = inside.view(post).jobs;
    assert_eq!(jobs[0].held_by.as_deref(), Some(job::NEEDS_RECONNECT));
    assert_eq!(jobs[0].last_error.as_ref().unwrap().code, "190/460");
    assert_eq!(jobs[1].state, JobState::Published, "the other account is not held up");
    assert_eq!(inside.view(post).media[0].state, "ready", "a job still needs it");

    // The same person connects the same account again: what the connect action does.
    inside
        .app
        .db
        .write(|tx| {
            let row = account::get(tx, account)?.unwrap();
            let again = account::Connected {
                workspace_id: row.workspace_id,
                platform: row.platform,
                login: row.login,
                remote_id: &row.remote_id,
                person_id: None,
                username: &row.username,
                display_name: &row.display_name,
                avatar: None,
                scopes: &row.scopes,
                missing_scopes: &[],
                connected_by: None,
            };
            assert_eq!(account::connect(tx, &again, house.now())?, account, "the same account keeps its id");
            job::let_go_account(tx, account, job::NEEDS_RECONNECT)
        })
        .unwrap();
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 2);
}

#[test]
fn a_post_that_failed_for_lost_access_ends_and_leaves_the_account_as_it_is() {
    let house = House::build();
    let inside = house.enter();
    let (id, post) = tiktok_post(&inside, TimeDelta::minutes(10));
    let body = r#"{"data":{"status":"FAILED","fail_reason":"auth_removed"},"error":{"code":"ok","message":"","log_id":"L2"}}"#;
    house.simulator.fault(Fault { times: 1000, ..Fault::next("tiktok.status", FaultKind::Answer { status: 200, body: body.into() }) });
    let view = inside.run_to_the_end(post);
    assert_eq!(view.jobs[0].state, JobState::Failed, "{:?}", view.jobs[0].last_error);
    let row = inside.app.db.read(|db| account::get(db, id)).unwrap().unwrap();
    assert_eq!(row.status, account::Status::Active);
}

#[test]
fn an_outage_that_ends_before_the_due_time_costs_no_post() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(45);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
    house.simulator.fault(Fault { times: 100_000, ..Fault::next("facebook.photo_upload", FaultKind::DropBefore) });
    inside.run_until(start() + TimeDelta::minutes(40));
    assert!(inside.view(post).jobs[0].state.is_live());
    house.simulator.clear_faults();
    assert_published(&inside.run_to_the_end(post));
    assert!(house.visible()[0].at - due < TimeDelta::seconds(1));
}

#[test]
fn every_step_leaves_an_attempt_with_its_outcome() {
    let house = House::build();
    let inside = house.enter();
    let (_, post) = tiktok_post(&inside, TimeDelta::minutes(10));
    house.simulator.fault(Fault::next("tiktok.video_init", FaultKind::Answer { status: 500, body: String::new() }));
    let view = inside.run_to_the_end(post);
    let attempts = inside.app.db.read(|db| attempt::of_job(db, view.jobs[0].id)).unwrap();
    assert!(attempts.iter().all(|attempt| attempt.finished_at.is_some() && attempt.outcome.is_some()), "{attempts:?}");
    assert!(attempts.iter().any(|attempt| attempt.outcome.as_deref() == Some("transient") && attempt.http_status == Some(500)), "{attempts:?}");
    assert!(attempts.iter().any(|attempt| attempt.outcome.as_deref() == Some("done")));
}
