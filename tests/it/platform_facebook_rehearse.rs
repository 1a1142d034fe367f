//! Rehearsals of a Page's posts, and what Meta's usage headers and limits hold back.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::platform::{Content, Finding, Publish, Verdict, Work};
use serde_json::json;
use simulator::{Limit, Usage};

use crate::support::facebook::{KINDS, Page, adapter, assert_published, page, post, publish_by, world};
use crate::support::meta::{World, content};

fn rehearse(world: &World, page: &Page, content: &Content, in_days: i64) -> Vec<Finding> {
    let now = world.clock.now();
    let publish_at = now + TimeDelta::days(in_days);
    let work = Work { account: &page.0, access: &page.1, content, publish_at, called_at: None, taken: &[], addresses_closed: false, now };
    let seen = world.sim.calls().len();
    let findings = adapter(world).rehearse(&work);
    assert!(world.sim.calls().iter().skip(seen).all(|call| call.method == "GET"), "a rehearsal only reads");
    world.assert_documented();
    for finding in &findings {
        assert!(finding.message.ends_with(['.', '”']), "a sentence: {finding:?}");
        assert_eq!(finding.verdict == Verdict::Fine, finding.remedy.is_empty(), "{finding:?}");
    }
    findings
}

/// What is not as it should be.
fn troubles(findings: &[Finding]) -> Vec<(&str, &str, Verdict)> {
    findings.iter().filter(|finding| finding.verdict != Verdict::Fine).map(|f| (f.subject.as_str(), f.code.as_str(), f.verdict)).collect()
}

#[test]
fn all_is_well_with_a_page_that_was_connected_properly() {
    for (kind, ..) in KINDS {
        let world = world();
        let page = page(&world);
        let findings = rehearse(&world, &page, &post(&world, kind), 1);
        assert_eq!(troubles(&findings), [], "{kind}");
        let subjects: Vec<&str> = findings.iter().map(|finding| finding.subject.as_str()).collect();
        assert!(["access", "permissions", "page", "limits"].iter().all(|subject| subjects.contains(subject)), "{kind}: {subjects:?}");
        assert_eq!(world.posts(&page.0), []);
    }
}

#[test]
fn what_would_stop_the_post_is_found() {
    use Verdict::{Blocking, Warning};
    type Change = fn(&World, &str);
    type Case<'a> = (Change, i64, Option<&'a str>, &'a [(&'a str, &'a str, Verdict)]);
    let cases: [Case<'_>; 8] = [
        (|world, page| world.sim.end_access(page, 460), 1, None, &[("access", "190/460", Blocking)]),
        (|world, page| world.sim.expire_token(page), 1, None, &[("access", "190/463", Blocking)]),
        (|_, _| {}, 200, None, &[("access", "data_access_expires", Warning)]),
        (|world, page| world.sim.withdraw_scope(page, "pages_manage_posts"), 1, None, &[("permissions", "missing_scope", Blocking)]),
        (|world, page| world.sim.withdraw_scope(page, "pages_manage_engagement"), 1, None, &[]),
        (|world, page| world.sim.withdraw_scope(page, "pages_manage_engagement"), 1, Some("x"), &[("permissions", "missing_scope", Blocking)]),
        (|world, page| world.sim.set_tasks(page, &["ANALYZE", "MODERATE"]), 1, Some("x"), &[("page", "missing_task", Blocking)]),
        (|world, page| world.sim.set_tasks(page, &["CREATE_CONTENT"]), 1, Some("x"), &[("page", "missing_task", Warning)]),
    ];
    for (index, (change, in_days, comment, expected)) in cases.into_iter().enumerate() {
        let world = world();
        let page = page(&world);
        change(&world, &page.0.remote_id);
        let options = comment.map_or(json!({}), |text| json!({"first_comment": text}));
        let findings = rehearse(&world, &page, &content(Kind::Text, "words", vec![], options), in_days);
        assert_eq!(troubles(&findings), expected, "case {index}");
    }
    let world = world();
    let page = page(&world);
    world.sim.withdraw_page(&page.0.remote_id);
    let findings = rehearse(&world, &page, &post(&world, Kind::Text), 1);
    assert!(troubles(&findings).contains(&("permissions", "not_for_this_page", Blocking)), "{findings:?}");
}

#[test]
fn what_facebook_may_refuse_and_a_used_allowance_are_told() {
    let world = world();
    let page = page(&world);
    let link = content(Kind::Link, "x", vec![], json!({"link": "https://www.facebook.com/somebody"}));
    assert_eq!(troubles(&rehearse(&world, &page, &link, 1)), [("post", "1609008", Verdict::Warning)]);
    let large = pm3k::platform::Item { bytes: 4_000_001, ..world.photo(1) };
    let photos = content(Kind::Photos, "x", vec![world.photo(0), large], json!({}));
    let findings = rehearse(&world, &page, &photos, 1);
    assert_eq!(troubles(&findings), [("media", "1366046", Verdict::Warning)]);
    assert!(findings.iter().any(|finding| finding.message.starts_with("Photo 2 has 4.0 MB")), "{findings:?}");
    world.sim.set(|settings| settings.graph.usage = Some(Usage { account: 90, ..Usage::default() }));
    assert_eq!(troubles(&rehearse(&world, &page, &post(&world, Kind::Text), 1)), [("limits", "usage", Verdict::Warning)]);
}

#[test]
fn what_is_not_due_soon_waits_when_the_allowance_is_nearly_used() {
    for malformed in [false, true] {
        let world = world();
        let page = page(&world);
        world.sim.set(|settings| settings.graph.usage = Some(Usage { account: 97, malformed, ..Usage::default() }));
        let content = post(&world, Kind::Photos);
        let (start, due) = (world.clock.now(), world.later(1800));
        let ended = publish_by(&adapter(&world), &world, &page, &content, 1800);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.calls("facebook.feed")[0].at, due, "publishing goes out in time");
        let pushed: Vec<i64> = world.calls("facebook.photo_upload").iter().map(|call| (call.at - start).num_seconds()).collect();
        if malformed {
            assert_eq!((pushed, ended.codes), (vec![0, 0], vec![]), "a header that cannot be read says nothing");
        } else {
            assert_eq!(pushed, [0, 300], "one call each five minutes asks again");
            assert_eq!(ended.codes, ["usage"]);
        }
    }
}

#[test]
fn looks_are_rarer_when_much_of_the_allowance_is_used() {
    let looks = |account: u32| {
        let world = world();
        world.sim.set(|settings| {
            settings.graph.usage = Some(Usage { account, page_header: true, ..Usage::default() });
            settings.processing = std::time::Duration::from_secs(600);
        });
        let page = page(&world);
        let content = post(&world, Kind::Reel);
        let ended = publish_by(&adapter(&world), &world, &page, &content, 1200);
        assert_published(&world, &page.0, &content, &ended);
        assert_eq!(world.posts(&page.0)[0].at, ended.called_at.unwrap());
        world.calls("facebook.video_status").len()
    };
    let (few, many) = (looks(85), looks(20));
    assert!(few * 2 < many, "{few} looks instead of {many}");
}

#[test]
fn a_limit_of_the_app_holds_every_page_and_is_tried_with_one_call() {
    let world = world();
    let (one, two) = (page(&world), page(&world));
    let adapter = adapter(&world);
    let words = post(&world, Kind::Text);
    world.sim.set(|settings| settings.graph.limit = Some(Limit { code: 4, subcode: None, account: None }));
    let limited = first_refusal(&adapter, &world, &one, &words);
    assert_eq!(limited, Some(world.later(3600)), "nothing is said, so an hour");
    let calls = world.sim.calls().len();
    world.sim.set(|settings| settings.graph.limit = None);
    world.clock.set(world.later(60));
    assert_eq!(first_refusal(&adapter, &world, &two, &words), limited, "the other Page waits as well");
    assert_eq!(world.sim.calls().len(), calls, "and nothing was asked for it");
    world.clock.set(limited.unwrap());
    assert_eq!(first_refusal(&adapter, &world, &two, &words), None);
    assert_eq!(world.posts(&two.0).len(), 1);
}

#[test]
fn a_limit_of_one_page_holds_no_other() {
    for (code, minutes) in [(17, 5), (32, 5), (80_001, 5), (613, 15)] {
        let world = world();
        let (one, two) = (page(&world), page(&world));
        let adapter = adapter(&world);
        let words = post(&world, Kind::Text);
        let account = Some(one.0.remote_id.clone());
        world.sim.set(|settings| settings.graph.limit = Some(Limit { code, subcode: None, account }));
        assert_eq!(first_refusal(&adapter, &world, &one, &words), Some(world.later(60 * minutes)), "{code}");
        assert_eq!(first_refusal(&adapter, &world, &two, &words), None, "{code}");
    }
}

#[test]
fn the_wait_that_meta_estimates_is_kept() {
    let world = world();
    let page = page(&world);
    world.sim.set(|settings| settings.graph.usage = Some(Usage { account: 100, minutes: 42, ..Usage::default() }));
    assert_eq!(first_refusal(&adapter(&world), &world, &page, &post(&world, Kind::Text)), Some(world.later(42 * 60)));
}

/// Makes the one call of a post of words; until when it has to wait, if it does.
fn first_refusal(adapter: &pm3k::platform::facebook::Facebook, world: &World, page: &Page, words: &Content) -> Option<chrono::DateTime<chrono::Utc>> {
    let now = world.clock.now();
    let work = Work { account: &page.0, access: &page.1, content: words, publish_at: now, called_at: None, taken: &[], addresses_closed: false, now };
    let pm3k::platform::Step::Next(progress) = Publish::advance(adapter, &work, Default::default()).unwrap() else { panic!("words begin with nothing") };
    match Publish::advance(adapter, &work, progress) {
        Ok(_) => None,
        Err(error) => match error.class {
            pm3k::platform::ErrorClass::RateLimited { until } => until,
            _ => panic!("{error:?}"),
        },
    }
}
