//! Posts on Instagram tried without posting: what is found, and that nothing but reading is done.

use chrono::TimeDelta;
use pm3k::kind::Login;
use pm3k::platform::{Access, Account, Adapter, Content, Finding, Verdict, Work};
use serde_json::{Value, json};
use simulator::{Fault, FaultKind};

use crate::support::instagram::{FORMS, Form, LOGINS, adapter, post, professional, publish};
use crate::support::meta::{World, world};

fn rehearse(world: &World, (account, access): &(Account, Access), content: &Content) -> Vec<Finding> {
    let seen = world.sim.calls().len();
    let now = world.clock.now();
    let work = Work { account, access, content, publish_at: world.later(6 * 3600), called_at: None, taken: &[], addresses_closed: false, now };
    let findings = adapter(world).rehearse(&work);
    assert!(world.sim.calls().iter().skip(seen).all(|call| call.method == "GET"), "a rehearsal only reads");
    world.assert_documented();
    for finding in &findings {
        assert!(finding.message.ends_with(['.', '”']), "a sentence: {finding:?}");
        assert!(finding.verdict != Verdict::Blocking || !finding.remedy.is_empty(), "{finding:?}");
    }
    findings
}

/// What is not fine, as subject and code.
fn trouble(findings: &[Finding], verdict: Verdict) -> Vec<(&str, &str)> {
    findings.iter().filter(|finding| finding.verdict == verdict).map(|finding| (finding.subject.as_str(), finding.code.as_str())).collect()
}

#[test]
fn where_all_is_well_each_thing_that_was_looked_at_is_named() {
    for login in LOGINS {
        for form in FORMS {
            let mut world = world();
            let account = professional(&world, login);
            let mut content = post(&mut world, form, login);
            if !matches!(form, Form::ImageStory | Form::VideoStory) {
                content.options.insert("first_comment".into(), "Hello".into());
            }
            let findings = rehearse(&world, &account, &content);
            assert_eq!((trouble(&findings, Verdict::Warning), trouble(&findings, Verdict::Blocking)), (Vec::new(), Vec::new()), "{findings:?}");
            let subjects: Vec<&str> = findings.iter().map(|finding| finding.subject.as_str()).collect();
            let page: &[&str] = if login == Login::Facebook { &["page"] } else { &[] };
            assert_eq!(subjects, [&["access", "permissions"], page, &["limits"]].concat());
        }
    }
}

#[test]
fn an_access_that_has_ended_is_told_and_nothing_else() {
    for login in LOGINS {
        let mut world = world();
        let account = professional(&world, login);
        let content = post(&mut world, Form::Image, login);
        world.sim.expire_token(&account.0.remote_id);
        let findings = rehearse(&world, &account, &content);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].subject.as_str(), findings[0].verdict), ("access", Verdict::Blocking));
        assert!(findings[0].code.starts_with("190"), "{findings:?}");
    }
}

#[test]
fn what_facebook_says_of_a_token_is_read() {
    let now = world().clock.now();
    let all = ["instagram_basic", "instagram_content_publish", "pages_read_engagement", "pages_show_list", "instagram_manage_comments"];
    let at = |days: i64| (now + TimeDelta::days(days)).timestamp();
    let token = |change: Value| {
        let mut data = json!({"is_valid": true, "expires_at": 0, "data_access_expires_at": at(80), "scopes": all});
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({"data": data})
    };
    for (change, verdict, expected) in [
        (json!({}), Verdict::Blocking, None),
        (json!({"data_access_expires_at": 0}), Verdict::Warning, None),
        (json!({"data_access_expires_at": at(10)}), Verdict::Warning, Some(("access", "data_access_expires"))),
        (json!({"data_access_expires_at": at(-1)}), Verdict::Blocking, Some(("access", "data_access_expires"))),
        (json!({"expires_at": at(0) + 60}), Verdict::Blocking, Some(("access", "token_expires"))),
        (json!({"scopes": &all[..4]}), Verdict::Blocking, Some(("permissions", "missing_scope"))),
        (json!({"scopes": &all[1..]}), Verdict::Blocking, Some(("permissions", "missing_scope"))),
        (json!({"is_valid": false, "error": {"code": 190, "subcode": 460, "message": "m"}}), Verdict::Blocking, Some(("access", "190/460"))),
        (json!({"app_id": "12345"}), Verdict::Blocking, Some(("access", "other_app"))),
        (json!({"is_valid": false}), Verdict::Blocking, Some(("access", "190"))),
    ] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let mut content = post(&mut world, Form::Image, Login::Facebook);
        content.options.insert("first_comment".into(), "Hello".into());
        world.sim.fault(Fault::next("facebook.debug_token", FaultKind::Answer { status: 200, body: token(change.clone()).to_string() }));
        let findings = rehearse(&world, &account, &content);
        assert_eq!(trouble(&findings, verdict), expected.into_iter().collect::<Vec<_>>(), "{change}");
    }
}

#[test]
fn the_persons_task_on_the_page_is_looked_at() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Image, Login::Facebook);
    let pages = json!({"data": [{"id": "1", "name": "Page", "tasks": ["ANALYZE"], "instagram_business_account": {"id": account.0.remote_id}}]});
    world.sim.fault(Fault::next("facebook.accounts", FaultKind::Answer { status: 200, body: pages.to_string() }));
    assert_eq!(trouble(&rehearse(&world, &account, &content), Verdict::Blocking), [("page", "missing_task")]);
    world.sim.fault(Fault::next("facebook.accounts", FaultKind::graph(190, Some(463))));
    let findings = rehearse(&world, &account, &content);
    assert_eq!((trouble(&findings, Verdict::Blocking), trouble(&findings, Verdict::Warning)), (vec![], vec![("page", "190/463")]), "posts still go out");
}

#[test]
fn instagram_login_is_asked_whose_access_it_is() {
    let profile = |id: &str, kind: &str| json!({"user_id": id, "username": "test.account", "account_type": kind}).to_string();
    for (body, expected) in [
        (profile("OWN", "Media_Creator"), None),
        (format!("{{\"data\":[{}]}}", profile("OWN", "Business")), None),
        (profile("17841400000000000", "Business"), Some(("access", "another_account"))),
        (profile("OWN", "Personal"), Some(("access", "not_professional"))),
    ] {
        let mut world = world();
        let account = professional(&world, Login::Instagram);
        let content = post(&mut world, Form::Image, Login::Instagram);
        let body = body.replace("OWN", &account.0.remote_id);
        world.sim.fault(Fault::next("instagram.me", FaultKind::Answer { status: 200, body: body.clone() }));
        assert_eq!(trouble(&rehearse(&world, &account, &content), Verdict::Blocking), expected.into_iter().collect::<Vec<_>>(), "{body}");
    }
}

#[test]
fn an_access_that_could_not_be_renewed_for_weeks_is_told() {
    for (left, verdict) in [(TimeDelta::days(6), Verdict::Warning), (TimeDelta::hours(5), Verdict::Blocking)] {
        let mut world = world();
        let mut account = professional(&world, Login::Instagram);
        let content = post(&mut world, Form::Image, Login::Instagram);
        account.1.expires_at = Some(world.clock.now() + left);
        assert_eq!(trouble(&rehearse(&world, &account, &content), verdict), [("access", "not_renewed")]);
    }
}

#[test]
fn limits_comments_and_silent_videos_are_warned_of() {
    let mut world = world();
    world.sim.set(|settings| settings.instagram_quota = 1);
    let account = professional(&world, Login::Facebook);
    let first = post(&mut world, Form::Image, Login::Facebook);
    assert!(publish(&world, &account, &first, 0).published.is_some());
    let mut content = post(&mut world, Form::Reel, Login::Facebook);
    content.media[0].audio_codec = None;
    content.media[0].silent = true;
    content.options.insert("first_comment".into(), "#a #b #c #d #e".into());
    let findings = rehearse(&world, &account, &content);
    assert_eq!(trouble(&findings, Verdict::Warning), [("limits", "content_publishing_limit"), ("post", "long_comment"), ("media", "no_sound")]);
    assert_eq!(trouble(&findings, Verdict::Blocking), []);
}
