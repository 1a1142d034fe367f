//! Who goes when: a call that is due beside an upload, what is late one after another, limits that are known, and leases that could not be given back.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::model::job::{self, JobState, Room};
use pm3k::model::{account, spend};
use pm3k::publisher::Task;

use crate::support::house::{House, Who, assert_published, start};

const ROOM: Room = Room { free: 16, long: 8, staging: 14 };

#[test]
fn an_upload_for_later_does_not_hold_back_the_accounts_own_call_that_is_due() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let (a, b) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"));
    let due = start() + TimeDelta::minutes(10);
    let first = inside.schedule("first", &[a], due, &[(account, Kind::Photos)]);
    inside.run_until(due - TimeDelta::minutes(1));
    assert!(inside.view(first).jobs[0].irreversible, "staged");
    // Another post of the account is just being uploaded by a worker that is not done yet.
    let second = inside.schedule("second", &[b], due + TimeDelta::minutes(5), &[(account, Kind::Photos)]);
    let uploading = inside.engine.claim(house.now(), ROOM).unwrap();
    assert!(matches!(uploading.as_slice(), [Task::Job(job, _)] if job.post_id == second));
    house.go_to(due);
    let calling = inside.engine.claim(due, ROOM).unwrap();
    assert!(matches!(calling.as_slice(), [Task::Job(job, _)] if job.post_id == first), "{calling:?}");
    // And only one step of a lane: a third post's upload waits for the second's.
    let c = inside.upload("photo.jpg");
    inside.schedule("third", &[c], due + TimeDelta::minutes(6), &[(account, Kind::Photos)]);
    assert!(inside.engine.claim(due, ROOM).unwrap().is_empty());
    for task in calling.into_iter().chain(uploading) {
        inside.engine.run(task, &|| false).unwrap();
    }
    assert_published(&inside.view(first));
    assert_eq!(house.visible()[0].at, due);
}

#[test]
fn what_a_downtime_heaped_up_goes_out_spaced_by_account() {
    let house = House::build();
    let mut posts = Vec::new();
    let (one, other);
    let due = start() + TimeDelta::minutes(10);
    {
        let inside = house.enter();
        one = inside.connect(Who::Page, "one");
        other = inside.connect(Who::Page, "other");
        for (n, account) in [one, one, one, other].into_iter().enumerate() {
            let media = inside.upload("photo.jpg");
            posts.push(inside.schedule(&format!("number {n}"), &[media], due + TimeDelta::seconds(i64::try_from(n).unwrap()), &[(account, Kind::Photos)]));
        }
    }
    // Off from before the staging until half an hour after the time.
    house.go_to(due + TimeDelta::minutes(30));
    let inside = house.enter();
    inside.run_until(house.now() + TimeDelta::minutes(5));
    for post in &posts {
        assert_published(&inside.view(*post));
    }
    let mut called: Vec<_> = posts.iter().take(3).map(|post| inside.view(*post).jobs[0].called_at.unwrap()).collect();
    called.sort();
    assert!(called.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::seconds(30)), "{called:?}");
    assert!(called[0] - (due + TimeDelta::minutes(30)) < TimeDelta::seconds(5), "the first one at once: {called:?}");
    let beside = inside.view(posts[3]).jobs[0].called_at.unwrap();
    assert!(beside - (due + TimeDelta::minutes(30)) < TimeDelta::seconds(5), "another account waits for nobody");
    assert_eq!(house.visible().len(), 4);
}

#[test]
fn what_is_on_time_is_never_spaced() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let due = start() + TimeDelta::minutes(10);
    let posts: Vec<_> = (0..3)
        .map(|n| {
            let media = inside.upload("photo.jpg");
            inside.schedule(&format!("number {n}"), &[media], due, &[(account, Kind::Photos)])
        })
        .collect();
    inside.run_until(due + TimeDelta::seconds(1));
    for post in posts {
        assert_published(&inside.view(post));
    }
}

#[test]
fn the_ledger_says_when_a_full_window_has_room_again() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let minute = TimeDelta::minutes(1);
    let free_at = |now| inside.app.db.read(|db| spend::free_at(db, account, "calls", 3, minute, now)).unwrap();
    let at = |seconds| start() + TimeDelta::seconds(seconds);
    for second in [0, 10, 20] {
        assert_eq!(free_at(at(second)), None);
        inside.app.db.write(|tx| spend::enter(tx, account, "calls", at(second))).unwrap();
    }
    assert_eq!(free_at(at(25)), Some(at(60)), "the oldest of the three leaves the window");
    assert_eq!(free_at(at(60)), None);
    inside.app.db.write(|tx| spend::enter(tx, account, "calls", at(60))).unwrap();
    assert_eq!(free_at(at(61)), Some(at(70)));
    let other = inside.connect(Who::Page, "other");
    assert_eq!(inside.app.db.read(|db| spend::free_at(db, other, "calls", 3, minute, at(61))).unwrap(), None, "each account has its own");
}

/// The platform has acted, and the outcome cannot be stored because another program holds the database: the lease is given back as soon as that works,
/// and the post is settled, not made again.
#[test]
fn an_outcome_that_could_not_be_stored_is_settled_later() {
    let house = House::build();
    house.simulator.set(|s| s.republishing_makes_another = true);
    let inside = house.enter();
    let account = inside.connect(Who::Page, "maker");
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
    inside.run_until(due - TimeDelta::seconds(1));
    house.go_to(due);
    let task = inside.engine.claim(due, ROOM).unwrap().remove(0);
    let beside = rusqlite::Connection::open(house.dir.path().join("pm3k.db")).unwrap();
    beside.execute_batch("BEGIN IMMEDIATE").unwrap();
    let owed = inside.engine.run(task, &|| false).unwrap_err();
    assert_eq!(house.visible().len(), 1, "the call was made");
    beside.execute_batch("ROLLBACK").unwrap();
    assert!(inside.view(post).jobs[0].is_leased);
    inside.app.db.write(|tx| job::give_back(tx, owed, house.now())).unwrap();
    let view = inside.run_to_the_end(post);
    assert_published(&view);
    assert_eq!(house.visible().len(), 1);
}

/// What is said of an access is said of the version in use: an account that was connected again meanwhile stays connected.
#[test]
fn a_refusal_of_the_old_access_does_not_disconnect_the_new_one() {
    let house = House::build();
    let inside = house.enter();
    let grant = house.grant(Who::Page, "maker");
    let account = inside.store(Who::Page, &grant);
    let seen = inside.app.db.read(|db| account::get(db, account)).unwrap().unwrap().access_version;
    inside.store(Who::Page, &house.simulator.grant_again(&grant));
    assert!(!inside.app.db.write(|tx| pm3k::access::needs_reconnect(tx, account, seen, "x")).unwrap());
    let row = inside.app.db.read(|db| account::get(db, account)).unwrap().unwrap();
    assert_eq!(row.status, account::Status::Active);
    assert!(!inside.app.db.write(|tx| account::replace_access(tx, account, seen, b"old", None, None)).unwrap(), "nor is it replaced by a late renewal");
    assert!(inside.app.db.write(|tx| pm3k::access::needs_reconnect(tx, account, row.access_version, "x")).unwrap());
}

/// A token is refused while its account is being connected again: the job is not held, and goes on with the new access.
#[test]
fn connecting_again_while_a_call_is_under_way_leaves_no_job_held() {
    let house = House::build();
    let inside = house.enter();
    let grant = house.grant(Who::Page, "maker");
    let account = inside.store(Who::Page, &grant);
    let media = inside.upload("photo.jpg");
    let due = start() + TimeDelta::minutes(10);
    let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
    inside.run_until(due - TimeDelta::seconds(1));
    house.simulator.expire_token(&grant.remote_id);
    house.go_to(due);
    let slow = simulator::FaultKind::DelayAnswer(std::time::Duration::from_millis(700));
    house.simulator.fault(simulator::Fault::next("facebook.feed", slow));
    let task = inside.engine.claim(due, ROOM).unwrap().remove(0);
    std::thread::scope(|threads| {
        let running = threads.spawn(|| inside.engine.run(task, &|| false));
        while house.simulator.faults_waiting() > 0 {
            std::thread::yield_now();
        }
        inside.store(Who::Page, &house.simulator.grant_again(&grant));
        running.join().unwrap().unwrap();
    });
    let job = inside.view(post).jobs.remove(0);
    assert_eq!((job.held_by, job.state), (None, JobState::Publishing));
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(house.visible().len(), 1);
}
