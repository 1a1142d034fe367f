//! Rehearsals: what would fail is told while there is time, and nothing is posted by trying.

use chrono::TimeDelta;
use pm3k::actions::{self, jobs};
use pm3k::ids::PostId;
use pm3k::kind::Kind;
use pm3k::model::account;
use pm3k::platform::{Finding, Verdict};
use pm3k::publisher::rehearsals;
use pm3k::rehearsal;

use crate::support::house::{House, Inside, Who, assert_published, start};

fn plan(inside: &Inside<'_>, who: Who, kind: Kind, file: &str, hours: i64) -> PostId {
    let account = inside.connect(who, "maker");
    let media = inside.upload(file);
    inside.schedule("x", &[media], inside.house.now() + TimeDelta::hours(hours), &[(account, kind)])
}

fn try_it(inside: &Inside<'_>, post: PostId) -> Vec<Finding> {
    jobs::rehearse(&inside.app, inside.workspace, post, inside.house.now()).unwrap().remove(0).1
}

/// The house's server is found at an address of its own, which the engine knows; the app is told here.
fn found(inside: &Inside<'_>, post: PostId) -> Vec<Finding> {
    let job = inside.view(post).jobs.remove(0);
    rehearsal::rehearse(inside.engine.installation(), &job, inside.house.now()).unwrap()
}

fn blocking(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.verdict == Verdict::Blocking).map(|finding| finding.subject.as_str()).collect()
}

const KINDS: &[(Who, Kind, &str)] = &[
    (Who::Tiktok, Kind::Video, "clip.mp4"),
    (Who::Tiktok, Kind::DraftVideo, "clip.mp4"),
    (Who::Tiktok, Kind::DraftPhotos, "photo.jpg"),
    (Who::Page, Kind::Photos, "photo.jpg"),
    (Who::Page, Kind::Reel, "clip.mp4"),
    (Who::InstagramByFacebook, Kind::Image, "photo.jpg"),
    (Who::InstagramByItself, Kind::Reel, "clip.mp4"),
];

#[test]
fn a_post_that_will_go_out_has_nothing_against_it_and_nothing_is_posted() {
    for (who, kind, file) in KINDS {
        let house = House::build();
        let inside = house.enter();
        let post = plan(&inside, *who, *kind, file, 8);
        let findings = found(&inside, post);
        assert_eq!(blocking(&findings), Vec::<&str>::new(), "{who:?} {kind}: {findings:?}");
        assert!(findings.iter().any(|finding| finding.verdict == Verdict::Fine), "what was looked at is told");
        assert!(findings.iter().all(|finding| !finding.message.is_empty()));
        let calls = house.simulator.calls();
        let made: Vec<_> = calls.iter().filter(|call| simulator::VISIBLE_CALLS.contains(&call.name)).collect();
        assert!(made.is_empty() && house.visible().is_empty(), "{made:?}");
        assert!(calls.iter().any(|call| call.status == 200), "{who:?} {kind}: the platform was asked");
        let kept = inside.view(post).rehearsals.remove(0);
        assert_eq!(rehearsal::read(&kept.findings), findings);
        assert_published(&inside.run_to_the_end(post));
    }
}

#[test]
fn lost_access_is_told_hours_before() {
    for (who, kind, file) in
        [(Who::Page, Kind::Photos, "photo.jpg"), (Who::InstagramByItself, Kind::Image, "photo.jpg"), (Who::InstagramByFacebook, Kind::Reel, "clip.mp4")]
    {
        let house = House::build();
        let inside = house.enter();
        let post = plan(&inside, who, kind, file, 8);
        let job = inside.view(post).jobs.remove(0);
        let remote = inside.app.db.read(|db| account::get(db, job.account_id)).unwrap().unwrap().remote_id;
        house.simulator.expire_token(&remote);
        let findings = found(&inside, post);
        assert!(blocking(&findings).contains(&"access"), "{who:?}: {findings:?}");
        let grave = findings.iter().find(|finding| finding.verdict == Verdict::Blocking).unwrap();
        assert!(!grave.remedy.is_empty());
    }
}

#[test]
fn media_that_cannot_be_fetched_is_told() {
    let house = House::build();
    let mut inside = house.enter();
    let post = plan(&inside, Who::InstagramByFacebook, Kind::Image, "photo.jpg", 8);
    assert!(found(&inside, post).iter().any(|finding| finding.subject == "media_url" && finding.verdict == Verdict::Fine));
    inside.engine.public_url = "http://127.0.0.1:1".into();
    let findings = found(&inside, post);
    assert!(blocking(&findings).contains(&"media_url"), "{findings:?}");
    // An address that answers with something else: the simulator's own front page.
    inside.engine.public_url = house.simulator.url();
    let findings = found(&inside, post);
    assert!(blocking(&findings).contains(&"media_url"), "{findings:?}");
}

#[test]
fn a_creator_who_changed_the_settings_is_told() {
    let house = House::build();
    let inside = house.enter();
    let post = plan(&inside, Who::Tiktok, Kind::Video, "clip.mp4", 8);
    let job = inside.view(post).jobs.remove(0);
    let remote = inside.app.db.read(|db| account::get(db, job.account_id)).unwrap().unwrap().remote_id;
    house.simulator.set_private(&remote, true);
    let findings = found(&inside, post);
    let grave = findings.iter().find(|finding| finding.verdict == Verdict::Blocking).unwrap_or_else(|| panic!("{findings:?}"));
    assert!(grave.code == "not_offered" && !grave.remedy.is_empty(), "{grave:?}");
}

#[test]
fn it_happens_by_itself_some_hours_ahead_and_once() {
    let house = House::build();
    let inside = house.enter();
    let post = plan(&inside, Who::Page, Kind::Photos, "photo.jpg", 24);
    assert_eq!(rehearsals::rehearse_ahead(&inside.engine, house.now()).unwrap(), 0, "too early");
    house.go_to(start() + TimeDelta::hours(18) + TimeDelta::minutes(1));
    assert_eq!(rehearsals::rehearse_ahead(&inside.engine, house.now()).unwrap(), 1);
    assert_eq!(inside.view(post).rehearsals[0].verdict, "fine", "{:?}", inside.view(post).rehearsals);
    house.go_to(house.now() + TimeDelta::minutes(5));
    assert_eq!(rehearsals::rehearse_ahead(&inside.engine, house.now()).unwrap(), 0, "not again");
    assert_published(&inside.run_to_the_end(post));
}

#[test]
fn what_has_ended_cannot_be_rehearsed() {
    let house = House::build();
    let inside = house.enter();
    let post = plan(&inside, Who::Page, Kind::Photos, "photo.jpg", 1);
    assert!(!try_it(&inside, post).is_empty());
    assert_published(&inside.run_to_the_end(post));
    let refused = jobs::rehearse(&inside.app, inside.workspace, post, house.now()).unwrap_err();
    assert!(matches!(refused, actions::Error::Refused(_)), "{refused}");
}
