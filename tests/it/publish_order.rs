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
    for task in inside.engine.claim(house.now(), ROOM).unwrap() {
        inside.engine.run(task, &|| false).unwrap();
    }
    let uploading = inside.engine.claim(house.now(), ROOM).unwrap();
    assert!(matches!(uploading.as_slice(), [Task::Job(job, _)] if job.post_id == second && job.long), "{uploading:?}");
    house.go_to(due);
    let calling = inside.engine.claim(due, ROOM).unwrap();
    assert!(matches!(calling.as_slice(), [Task::Job(job, _)] if job.post_id == first), "{calling:?}");
    // A third post is begun with meanwhile, but its upload waits for the second's.
    let c = inside.upload("photo.jpg");
    let third = inside.schedule("third", &[c], due + TimeDelta::minutes(6), &[(account, Kind::Photos)]);
    let beginning = inside.engine.claim(due, ROOM).unwrap();
    assert!(matches!(beginning.as_slice(), [Task::Job(job, _)] if job.post_id == third), "{beginning:?}");
    for task in beginning {
        inside.engine.run(task, &|| false).unwrap();
    }
    assert!(inside.view(third).jobs[0].long, "its upload is next");
    assert!(inside.engine.claim(due, ROOM).unwrap().is_empty(), "one upload of an account at a time");
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

/// A window that was waited for long ago is no reason to go out days late.
#[test]
fn what_once_waited_for_a_limit_is_missed_like_anything_else_after_a_downtime() {
    let house = House::build();
    let due = start() + TimeDelta::minutes(40);
    let post;
    {
        let inside = house.enter();
        house.simulator.set(|s| {
            s.quotas = true;
            s.instagram_quota = 1;
        });
        let account = inside.connect(Who::InstagramByFacebook, "maker");
        let (a, b) = (inside.upload("photo.jpg"), inside.upload("photo.jpg"));
        inside.schedule("first", &[a], start() + TimeDelta::minutes(1), &[(account, Kind::Image)]);
        inside.run_until(start() + TimeDelta::minutes(3));
        post = inside.schedule("second", &[b], due, &[(account, Kind::Image)]);
        inside.run_until(start() + TimeDelta::minutes(5));
        assert_eq!(inside.view(post).jobs[0].held_by.as_deref(), Some("limit"));
        house.simulator.set(|s| s.instagram_quota = 50);
        inside.run_until(due - TimeDelta::minutes(1));
        let staged = inside.view(post).jobs.remove(0);
        assert!(staged.irreversible && staged.held_by.is_none(), "there was time enough: {:?}", staged.held_by);
    }
    house.go_to(due + TimeDelta::days(2));
    let inside = house.enter();
    inside.run_until(house.now() + TimeDelta::minutes(1));
    assert_eq!(inside.view(post).jobs[0].state, JobState::Missed);
    assert_eq!(house.visible().len(), 1, "the first one alone");
}

/// An upload that took longer than the grace time was no downtime: its post goes out when it is there.
#[test]
fn a_post_that_is_late_for_its_own_slow_upload_goes_out() {
    for slow in [false, true] {
        let house = House::build();
        let inside = house.enter();
        let account = inside.connect(Who::Page, "maker");
        let media = inside.upload("photo.jpg");
        let due = start() + TimeDelta::minutes(10);
        let post = inside.schedule("x", &[media], due, &[(account, Kind::Photos)]);
        inside.run_until(due - TimeDelta::minutes(1));
        let done = due + TimeDelta::minutes(75);
        if slow {
            let (began, ended, job) = (due.timestamp_millis(), done.timestamp_millis(), inside.view(post).jobs[0].id);
            let sql = "UPDATE attempt SET started_at = ?1, finished_at = ?2, outcome = 'ok' WHERE id = (SELECT max(id) FROM attempt WHERE job_id = ?3)";
            inside.app.db.write(|tx| tx.execute(sql, (began, ended, job))).unwrap();
        }
        house.go_to(done);
        inside.run_until(done + TimeDelta::minutes(1));
        let expected = if slow { JobState::Published } else { JobState::Missed };
        assert_eq!(inside.view(post).jobs[0].state, expected, "slow: {slow}");
    }
}

/// Blocked by the platform for a while: nothing of the account becomes visible before then, and nobody else waits.
#[test]
fn a_resting_account_sends_nothing_and_holds_up_nobody() {
    let house = House::build();
    let inside = house.enter();
    let (resting, other) = (inside.connect(Who::Page, "resting"), inside.connect(Who::Page, "other"));
    let due = start() + TimeDelta::minutes(10);
    let media = [inside.upload("photo.jpg"), inside.upload("photo.jpg")];
    let waits = inside.schedule("waits", &[media[0]], due, &[(resting, Kind::Photos)]);
    let goes = inside.schedule("goes", &[media[1]], due, &[(other, Kind::Photos)]);
    inside.run_until(due - TimeDelta::seconds(1));
    let until = due + TimeDelta::hours(3);
    inside.app.db.write(|tx| account::rest(tx, resting, until)).unwrap();
    inside.run_until(due + TimeDelta::minutes(1));
    assert_published(&inside.view(goes));
    let job = inside.view(waits).jobs.remove(0);
    assert_eq!((job.held_by.as_deref(), job.next_at, job.unsettled), (Some("limit:account"), Some(until), false));
    inside.run_until(until + TimeDelta::minutes(1));
    assert_published(&inside.view(waits));
    let called = inside.view(waits).jobs[0].called_at.unwrap();
    assert!(called >= until, "{called}");
}

/// A platform that is slow to tell what a creator may do does not keep a person waiting.
#[test]
fn a_slow_platform_holds_up_no_scheduling() {
    let house = House::build();
    let inside = house.enter();
    let accounts: Vec<_> = (0..3).map(|n| inside.connect(Who::Tiktok, &format!("maker{n}"))).collect();
    let slow = simulator::FaultKind::Delay(std::time::Duration::from_secs(20));
    house.simulator.fault(simulator::Fault { times: 100, ..simulator::Fault::next("tiktok.creator_info", slow) });
    let media = inside.upload("clip.mp4");
    let began = std::time::Instant::now();
    let targets: Vec<_> = accounts.iter().map(|account| (*account, Kind::Video)).collect();
    inside.schedule("x", &[media], start() + TimeDelta::hours(3), &targets);
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}
