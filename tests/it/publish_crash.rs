//! Never twice, never lost: the engine is stopped at every commit, once right before it (what was learned is gone, the platform has acted) and
//! once right after it (nothing that follows was begun), and started again on the same data folder. Those two moments cover each network
//! boundary: before the call, after the platform acted but before the answer, after the answer but before the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use pm3k::db::Commit;
use pm3k::kind::Kind;

use crate::support::house::{House, Inside, Who, assert_published, file_for, start, who_for};

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

/// Runs one post from scheduled to the end, killing the engine at the `nth` commit. True if the run was long enough to be killed there.
fn round(who: Who, kind: Kind, nth: usize, when: Commit) -> bool {
    let house = House::build();
    // The worst platform that the contracts allow: a repeated call would make a second post.
    house.simulator.set(|s| s.republishing_makes_another = true);
    let (post, sha256);
    {
        let inside = house.enter();
        let account = inside.connect(who, "maker");
        let media = inside.upload(file_for(kind));
        post = inside.schedule("caption #one", &[media], start() + TimeDelta::minutes(10), &[(account, kind)]);
        sha256 = inside.view(post).media[0].sha256.clone();
        let count = kill_at(&inside, nth, when);
        let ran = catch_unwind(AssertUnwindSafe(|| inside.run_to_the_end(post)));
        inside.app.db.set_observer(None);
        if ran.is_ok() {
            assert!(count.load(Ordering::SeqCst) < nth);
            return false;
        }
    }
    let inside = house.enter();
    let view = inside.run_to_the_end(post);
    let told = format!("{who:?} {kind}, killed {when:?} commit {nth}");
    assert!(view.jobs.iter().all(|job| job.state == pm3k::model::job::JobState::Published), "{told}: {:?} {:?}", view.jobs[0].state, view.jobs[0].last_error);
    let visible = house.visible();
    assert_eq!(visible.len(), 1, "{told}: {visible:?}");
    assert_eq!(visible[0].media_sha256, [sha256], "{told}");
    assert!(view.media.iter().all(|media| media.state == "cleared"), "{told}");
    true
}

fn at_every_commit(who: Who, kind: Kind) {
    for when in [Commit::Before, Commit::After] {
        let rounds = (1..200).take_while(|nth| round(who, kind, *nth, when)).count();
        assert!(rounds >= 4, "only {rounds} commits were made: the test proves nothing");
    }
}

#[test]
fn tiktok_video() {
    at_every_commit(Who::Tiktok, Kind::Video);
}

#[test]
fn tiktok_draft_video() {
    at_every_commit(Who::Tiktok, Kind::DraftVideo);
}

#[test]
fn facebook_photos() {
    at_every_commit(Who::Page, Kind::Photos);
}

#[test]
fn facebook_reel() {
    at_every_commit(Who::Page, Kind::Reel);
}

#[test]
fn instagram_image() {
    at_every_commit(Who::InstagramByFacebook, Kind::Image);
}

#[test]
fn instagram_reel() {
    at_every_commit(Who::InstagramByFacebook, Kind::Reel);
}

#[test]
fn instagram_image_through_instagram_login() {
    at_every_commit(Who::InstagramByItself, Kind::Image);
}

/// The same house without a kill, so that a round's success is not the crash's doing.
#[test]
fn without_a_crash_everything_is_published_once() {
    for (login, kind) in crate::support::house::KINDS {
        let house = House::build();
        let inside = house.enter();
        let account = inside.connect(who_for(*login), "maker");
        let media = inside.upload(file_for(*kind));
        let post = inside.schedule("caption #one", &[media], start() + TimeDelta::minutes(10), &[(account, *kind)]);
        let view = inside.run_to_the_end(post);
        assert_published(&view);
        assert_eq!(house.visible().len(), 1, "{login} {kind}");
    }
}
