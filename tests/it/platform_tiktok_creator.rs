//! What TikTok lets a creator post: asked for, stored, held against posts while they are composed, and rehearsed.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::http::Http;
use pm3k::platform::tiktok::{Standing, Tiktok};
use pm3k::platform::{Adapter, ErrorClass, Finding, Verdict};
use pm3k::secret::Secret;
use serde_json::{Value, json};
use simulator::{Fault, FaultKind};

use crate::support::tiktok::{Job, World, app, clip, map};

fn standing(world: &World, job: &Job<'_>) -> Option<Value> {
    Adapter::standing(&world.tiktok, &job.account, &job.access, world.now()).unwrap()
}

fn problems(world: &World, job: &Job<'_>) -> Vec<(String, &'static str)> {
    Adapter::check(&world.tiktok, &job.account, &job.content).into_iter().map(|p| (p.field, p.code)).collect()
}

#[test]
fn the_creators_settings_are_told_stored_and_held_against_a_post() {
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    job.account.standing = standing(&world, &job);
    assert!(Adapter::has_standing(&world.tiktok, &job.account));
    let told = Standing::of(&job.account).unwrap();
    assert_eq!((told.username.as_str(), told.nickname.as_str(), told.max_video_post_duration_sec), ("studio", "studio", Some(600)));
    assert_eq!(told.privacy_level_options, ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    assert_eq!((told.cannot_post_now, problems(&world, &job)), (None, vec![]));

    world.simulator.change_creator(&world.grant.remote_id, |creator| {
        (creator.private, creator.comment_disabled, creator.max_seconds) = (true, true, 2);
    });
    job.account.standing = standing(&world, &job);
    let expected =
        [("options.privacy_level", "not_offered"), ("options.disable_comment", "disabled_by_creator"), ("media.0", "too_long")].map(|(f, c)| (f.to_owned(), c));
    assert_eq!(problems(&world, &job), expected);
    assert!(Adapter::check(&world.tiktok, &job.account, &job.content)[0].message.contains("“Followers”, “Friends”, “Only me”"));

    // A creator who cannot post now keeps the settings that were told, and they are all that is held against the post.
    for (code, nth) in [("spam_risk_too_many_posts", 0), ("spam_risk_user_banned_from_posting", 1)] {
        world.simulator.change_creator(&world.grant.remote_id, |creator| (creator.posts_elsewhere, creator.banned) = (15, nth == 1));
        job.account.standing = standing(&world, &job);
        assert_eq!(Standing::of(&job.account).unwrap().cannot_post_now.as_deref(), Some(code));
        assert_eq!(problems(&world, &job), expected);
    }
}

#[test]
fn settings_that_cannot_be_had_are_no_settings() {
    let world = World::new();
    let mut job = world.job(Kind::DraftVideo, &clip());
    job.account.scopes.retain(|scope| scope != "video.publish");
    assert_eq!((standing(&world, &job), world.count("tiktok.creator_info")), (None, 0));
    assert!(!Adapter::has_standing(&world.tiktok, &job.account));
    let job = world.job(Kind::Video, &clip());
    for (fault, class) in [
        (FaultKind::DropBefore, ErrorClass::Transient),
        (FaultKind::Answer { status: 503, body: String::new() }, ErrorClass::Transient),
        (FaultKind::Answer { status: 401, body: String::new() }, ErrorClass::NeedsReconnect),
        (FaultKind::Answer { status: 200, body: r#"{"error":{"code":"a_new_code"}}"#.into() }, ErrorClass::Transient),
    ] {
        world.simulator.fault(Fault::next("tiktok.creator_info", fault));
        let error = Adapter::standing(&world.tiktok, &job.account, &job.access, world.now()).unwrap_err();
        assert_eq!(error.class, class, "{error:?}");
    }
}

#[test]
fn a_creator_who_cannot_post_now_holds_the_post_and_is_asked_again_later() {
    for kind in [Kind::Video, Kind::Photos] {
        let world = World::new();
        world.simulator.change_creator(&world.grant.remote_id, |creator| creator.posts_elsewhere = 15);
        let mut job = if kind == Kind::Photos { world.photos(kind) } else { world.job(kind, &clip()) };
        let error = job.run().failed();
        assert_eq!(error.code, "spam_risk_too_many_posts");
        let ErrorClass::LimitReached { until: Some(until) } = error.class else { panic!("{error:?}") };
        assert!(until - world.now() >= TimeDelta::hours(3));
        assert_eq!(world.count("tiktok.video_init") + world.count("tiktok.photos_init"), 0);
    }
}

#[test]
fn what_the_creator_turned_off_since_holds_photos_too() {
    for (options, code) in [
        (json!({"privacy_level": "PUBLIC_TO_EVERYONE"}), "not_offered"),
        (json!({"privacy_level": "SELF_ONLY", "disable_comment": false}), "disabled_by_creator"),
    ] {
        let world = World::new();
        world.simulator.change_creator(&world.grant.remote_id, |creator| (creator.private, creator.comment_disabled) = (true, true));
        let mut job = world.photos(Kind::Photos);
        job.content.options = map(options);
        assert_eq!(job.run().failed().code, code);
        assert_eq!(world.count("tiktok.photos_init"), 0);
        world.assert_visible(0);
    }
}

fn rehearsed(world: &World, job: &Job<'_>) -> Vec<(String, Verdict, String)> {
    let findings: Vec<Finding> = Adapter::rehearse(&world.tiktok, &job.work(false));
    for finding in &findings {
        assert!(!finding.message.is_empty() && (finding.verdict != Verdict::Blocking || !finding.remedy.is_empty()), "{finding:?}");
    }
    findings.into_iter().map(|f| (f.subject, f.verdict, f.code)).collect()
}

fn told(findings: &[(&str, Verdict, &str)]) -> Vec<(String, Verdict, String)> {
    findings.iter().map(|(subject, verdict, code)| ((*subject).to_owned(), *verdict, (*code).to_owned())).collect()
}

#[test]
fn a_rehearsal_looks_at_access_permissions_and_creator_and_posts_nothing() {
    use Verdict::Fine;
    for kind in [Kind::Video, Kind::DraftVideo, Kind::Photos, Kind::DraftPhotos] {
        let world = World::new();
        let job = if matches!(kind, Kind::Photos | Kind::DraftPhotos) { world.photos(kind) } else { world.job(kind, &clip()) };
        let mut expected = vec![("access", Fine, "ok"), ("permissions", Fine, "ok")];
        if matches!(kind, Kind::Video | Kind::Photos) {
            expected.push(("creator", Fine, "ok"));
        }
        assert_eq!(rehearsed(&world, &job), told(&expected), "{kind}");
        assert!(world.simulator.calls().iter().all(|call| ["tiktok.user_info", "tiktok.creator_info"].contains(&call.name)));
        world.assert_visible(0);
    }
}

#[test]
fn a_rehearsal_tells_what_would_fail() {
    use Verdict::{Blocking, Fine, Warning};
    let fine = [("access", Fine, "ok"), ("permissions", Fine, "ok")];
    let of_the_creator = |change: fn(&mut simulator::Creator)| {
        let world = World::new();
        world.simulator.change_creator(&world.grant.remote_id, change);
        let job = world.job(Kind::Video, &clip());
        rehearsed(&world, &job)
    };
    let banned = of_the_creator(|creator| creator.banned = true);
    assert_eq!(banned, told(&[fine[0], ("creator", Blocking, "spam_risk_user_banned_from_posting")]));
    // The day may have passed when the post is due.
    let full = of_the_creator(|creator| creator.posts_elsewhere = 15);
    assert_eq!(full, told(&[fine[0], ("limits", Warning, "spam_risk_too_many_posts")]));
    let closed = of_the_creator(|creator| (creator.private, creator.comment_disabled, creator.max_seconds) = (true, true, 2));
    let expected = [("creator", Blocking, "not_offered"), ("creator", Blocking, "disabled_by_creator"), ("creator", Blocking, "too_long")];
    assert_eq!(closed, told(&[&fine[..], &expected].concat()));

    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    let unaudited = Tiktok::new(pm3k::config::TiktokApp { audited: false, ..app(&world.simulator) }, Http::default());
    job.content.options = map(json!({"privacy_level": "SELF_ONLY"}));
    let code = "unaudited_client_can_only_post_to_private_accounts";
    let found = Adapter::rehearse(&unaudited, &job.work(false)).pop().unwrap();
    assert_eq!((found.subject.as_str(), found.verdict, found.code.as_str()), ("creator", Blocking, code));
    world.simulator.set_private(&world.grant.remote_id, true);
    let found = Adapter::rehearse(&unaudited, &job.work(false)).pop().unwrap();
    assert_eq!((found.verdict, found.code.as_str()), (Fine, "ok"));
}

#[test]
fn a_rehearsal_tells_whose_access_it_is_and_whether_it_lives() {
    use Verdict::{Blocking, Fine, Warning};
    let world = World::new();
    let mut job = world.job(Kind::Video, &clip());
    let other = world.simulator.add_tiktok_user("other");
    let own = std::mem::replace(&mut job.access.token, Secret::new(&other.access_token));
    assert_eq!(rehearsed(&world, &job), told(&[("access", Blocking, "other_account")]));
    job.access.token = own;
    world.simulator.fault(Fault::next("tiktok.user_info", FaultKind::DropBefore));
    assert_eq!(rehearsed(&world, &job), told(&[("access", Warning, "no_answer")]));
    // Nothing that posting needs.
    let body = r#"{"error":{"code":"scope_not_authorized"}}"#.to_owned();
    world.simulator.fault(Fault::next("tiktok.user_info", FaultKind::Answer { status: 401, body: body.clone() }));
    assert_eq!(rehearsed(&world, &job), told(&[("permissions", Fine, "ok"), ("creator", Fine, "ok")]));
    world.simulator.fault(Fault::next("tiktok.creator_info", FaultKind::Answer { status: 401, body }));
    assert_eq!(rehearsed(&world, &job), told(&[("access", Fine, "ok"), ("permissions", Blocking, "scope_not_authorized")]));
    world.simulator.expire_token(&world.grant.remote_id);
    assert_eq!(rehearsed(&world, &job), told(&[("access", Blocking, "access_token_invalid")]));
    let mut draft = world.job(Kind::DraftVideo, &clip());
    draft.account.scopes.retain(|scope| scope == "video.publish");
    assert_eq!(rehearsed(&world, &draft), told(&[("permissions", Blocking, "missing_scope")]));
}

#[test]
fn tiktok_takes_no_comments() {
    let world = World::new();
    let job = world.job(Kind::Video, &clip());
    for error in [
        Adapter::comment(&world.tiktok, &job.work(false), "1", "first").unwrap_err(),
        Adapter::find_comment(&world.tiktok, &job.work(false), "1", "first").unwrap_err(),
    ] {
        assert_eq!(error.class, ErrorClass::Bug);
    }
    assert!(world.simulator.calls().is_empty());
}
