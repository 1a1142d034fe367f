//! Instagram through both logins: every form of post, from nothing to exactly one visible post.

use std::time::Duration;

use chrono::TimeDelta;
use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::http::Http;
use pm3k::platform::instagram::Instagram;
use pm3k::platform::{Access, Account, Content, ErrorClass};
use serde_json::json;
use simulator::{Fault, FaultKind, InstagramLogin, LOCATIONS};

use crate::support::instagram::{FORMS, Form, LOGINS, adapter, assert_published, post, professional, publish};
use crate::support::meta::{Job, REST, account, content, faults, world};

fn videos(content: &Content) -> usize {
    content.media.iter().filter(|item| item.is_video).count()
}

#[test]
fn every_form_is_staged_unseen_and_published_on_time_through_both_logins() {
    for login in LOGINS {
        for form in FORMS {
            let mut world = world();
            let account = professional(&world, login);
            let content = post(&mut world, form, login);
            let due = world.later(600);
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
            assert_eq!(world.posts(&account.0)[0].at, due);
            assert_eq!(ended.codes, [""; 0]);
            let pushed = if login == Login::Facebook { videos(&content) } else { 0 };
            assert_eq!(world.calls("instagram.upload").len(), pushed);
            let containers = if form == Form::Carousel { content.media.len() + 1 } else { 1 };
            assert_eq!(world.calls("instagram.media").len(), containers);
        }
    }
}

#[test]
fn reads_that_the_pages_token_does_not_get_are_made_with_the_persons() {
    for form in FORMS {
        for fault in [None, Some(FaultKind::ActThenDrop)] {
            let mut world = world();
            world.sim.set(|settings| settings.page_token_reads_fail = true);
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, form, Login::Facebook);
            if let Some(fault) = fault {
                world.sim.fault(Fault::next("instagram.media_publish", fault));
            }
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
        }
    }
}

fn a_fault_ends_in_exactly_one_post(form: Form, login: Login) {
    let more = [
        (FaultKind::act_then_graph(-1, Some(2_207_001)), true),
        (FaultKind::act_then_graph(24, Some(2_207_008)), true),
        (FaultKind::graph(-1, Some(2_207_001)), false),
        (FaultKind::graph(24, Some(2_207_008)), false),
    ];
    for (fault, acted) in faults().into_iter().chain(more) {
        let mut world = world();
        let account = professional(&world, login);
        let content = post(&mut world, form, login);
        // A second publish would show as a second post.
        world.sim.set(|settings| settings.republishing_makes_another = true);
        world.sim.fault(Fault::next("instagram.media_publish", fault.clone()));
        let ended = publish(&world, &account, &content, 60);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(world.calls("instagram.media_publish").len(), if acted { 1 } else { 2 }, "{fault:?}: {:?}", ended.steps);
        let containers = if form == Form::Carousel { content.media.len() + 1 } else { 1 };
        assert_eq!(world.calls("instagram.media").len(), containers, "nothing is prepared anew: {fault:?}");
        assert!(ended.steps.contains(&"reconcile"), "{fault:?}");
    }
}

#[test]
fn a_fault_on_the_visible_call_of_an_image() {
    LOGINS.iter().for_each(|login| a_fault_ends_in_exactly_one_post(Form::Image, *login));
}

#[test]
fn a_fault_on_the_visible_call_of_a_reel() {
    LOGINS.iter().for_each(|login| a_fault_ends_in_exactly_one_post(Form::Reel, *login));
}

#[test]
fn a_fault_on_the_visible_call_of_a_carousel() {
    LOGINS.iter().for_each(|login| a_fault_ends_in_exactly_one_post(Form::Carousel, *login));
}

#[test]
fn a_fault_on_the_visible_call_of_a_story() {
    LOGINS.iter().for_each(|login| a_fault_ends_in_exactly_one_post(Form::ImageStory, *login));
    LOGINS.iter().for_each(|login| a_fault_ends_in_exactly_one_post(Form::VideoStory, *login));
}

#[test]
fn a_suspicion_of_spam_is_looked_into_and_followed_by_hours_of_rest() {
    for form in [Form::Image, Form::ImageStory] {
        for acted in [true, false] {
            let mut world = world();
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, form, Login::Facebook);
            world.sim.set(|settings| settings.republishing_makes_another = true);
            let fault = if acted { FaultKind::act_then_graph(4, Some(2_207_051)) } else { FaultKind::graph(4, Some(2_207_051)) };
            world.sim.fault(Fault::next("instagram.media_publish", fault));
            let due = world.later(60);
            let ended = publish(&world, &account, &content, 60);
            assert_published(&world, &account.0, &content, &ended);
            assert!(ended.steps.contains(&"reconcile"), "{:?}", ended.steps);
            let late = world.posts(&account.0)[0].at - due;
            if acted {
                assert_eq!(late, TimeDelta::zero());
            } else {
                assert_eq!(late, REST);
            }
            assert_eq!(ended.codes, ["4/2207051"], "a person is told why it waits");
            assert_eq!(world.calls("instagram.media").len(), 1);
        }
    }
}

#[test]
fn a_limit_after_an_unknown_outcome_is_waited_for_and_then_looked_into() {
    for acted in [true, false] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, Form::Image, Login::Facebook);
        world.sim.set(|settings| {
            settings.republishing_makes_another = true;
            // The first call acted, and nothing shows it for longer than two looks.
            settings.read_lag = Duration::from_secs(if acted { 60 } else { 0 });
        });
        world.sim.fault(Fault::next("instagram.media_publish", if acted { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
        world.sim.fault(Fault { nth: 2, ..Fault::next("instagram.media_publish", FaultKind::graph(9, Some(2_207_042))) });
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(world.calls("instagram.media_publish").len(), if acted { 2 } else { 3 }, "{:?}", ended.steps);
        let rested = if acted { vec!["no_answer"] } else { vec!["no_answer", "9/2207042"] };
        assert_eq!(ended.codes, rested, "a person is told why it waits");
    }
}

#[test]
fn every_option_arrives() {
    let tags = json!([{"username": "friend.one", "x": 0.25, "y": 1.0}]);
    let place = LOCATIONS[0].0;
    for login in LOGINS {
        let together = json!({"collaborators": ["a.b", "c_d"], "location_id": place});
        for (form, options, expected) in [
            (Form::Image, json!({"alt_text": "seen", "user_tags": tags}), [("alt_text", "seen"), ("user_tags", "friend.one")].as_slice()),
            (
                Form::Reel,
                json!({"share_to_feed": false, "thumb_offset": 1500, "user_tags": [{"username": "friend.two"}]}),
                &[("share_to_feed", "false"), ("thumb_offset", "1500"), ("user_tags", "friend.two")],
            ),
            (Form::Carousel, json!({"user_tags": [tags, null, null], "alt_text": ["one", null, "three"]}), &[]),
            (Form::ImageStory, json!({"user_tags": [{"username": "friend.two"}]}), &[("user_tags", "friend.two")]),
            (Form::VideoStory, json!({"user_tags": [{"username": "friend.two"}]}), &[("user_tags", "friend.two")]),
        ] {
            let mut world = world();
            let account = professional(&world, login);
            let mut content = post(&mut world, form, login);
            content.options = options.as_object().unwrap().clone();
            if content.kind != Kind::Story {
                content.options.extend(together.as_object().unwrap().clone());
            }
            let ended = publish(&world, &account, &content, 60);
            assert_published(&world, &account.0, &content, &ended);
            let seen = &world.posts(&account.0)[0];
            for (name, value) in expected {
                assert_eq!(seen.details.get(name).map(String::as_str), Some(*value), "{form:?} {name}: {:?}", seen.details);
            }
            if content.kind != Kind::Story {
                assert_eq!((seen.details["collaborators"].as_str(), seen.details["location_id"].as_str()), ("a.b,c_d", place), "{form:?}");
            }
            if form == Form::Carousel {
                assert_eq!(seen.alt_texts, ["one", "", "three"]);
            }
        }
    }
}

#[test]
fn lagging_reads_do_not_make_a_second_post() {
    for form in [Form::Image, Form::ImageStory] {
        for lag in [10, 25] {
            let mut world = world();
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, form, Login::Facebook);
            world.sim.set(|settings| {
                settings.read_lag = Duration::from_secs(lag);
                settings.republishing_makes_another = true;
            });
            world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
        }
        // A longer lag is beyond what looking can tell; then the platform's refusal of a used container must not become a failure.
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, form, Login::Facebook);
        world.sim.set(|settings| settings.read_lag = Duration::from_secs(100));
        world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
    }
}

#[test]
fn a_status_that_lags_behind_the_list_of_media_makes_no_second_post() {
    for form in FORMS {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, form, Login::Facebook);
        world.sim.set(|settings| {
            settings.instagram.status_lag = Duration::from_secs(150);
            settings.republishing_makes_another = true;
        });
        world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
    }
}

#[test]
fn a_link_that_is_not_readable_at_once_is_read_later() {
    for form in [Form::Reel, Form::Carousel, Form::VideoStory] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, form, Login::Facebook);
        world.sim.set(|settings| settings.instagram.permalink_delay = Duration::from_secs(90));
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
        assert!(ended.steps.iter().filter(|step| **step == "follow").count() > 3);
    }
}

#[test]
fn a_foreign_post_is_not_taken_for_ours() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Image, Login::Facebook);
    let other = Content { caption: "somebody else's".into(), ..post(&mut world, Form::Image, Login::Facebook) };
    world.sim.fault(Fault { call: "instagram.media_publish".into(), account: None, nth: 2, times: 1, kind: FaultKind::ActThenDrop });
    assert!(publish(&world, &account, &other, 0).published.is_some());
    world.sim.fault(Fault {
        call: "instagram.media_list".into(),
        account: None,
        nth: 1,
        times: 2,
        kind: FaultKind::Answer { status: 200, body: r#"{"data":[]}"#.into() },
    });
    let ended = publish(&world, &account, &content, 0);
    let posts = world.posts(&account.0);
    assert_eq!(posts.len(), 2, "{ended:?}");
    assert_eq!(ended.published.unwrap().remote_id.as_deref(), Some(posts[1].remote_id.as_str()), "found on a later look");
}

#[test]
fn when_several_posts_have_the_same_words_it_is_out_and_its_link_unknown() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Image, Login::Facebook);
    world.clock.set(world.later(1000));
    world.sim.post_as_somebody_else(&account.0.remote_id, &content.caption).unwrap();
    let adapter = adapter(&world);
    let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.clock.now() };
    world.sim.fault(Fault::next("instagram.media_publish", FaultKind::ActThenDrop));
    // Whoever else posts does it in the same second.
    let ready = create(&job);
    world.sim.post_as_somebody_else(&account.0.remote_id, &content.caption).unwrap();
    let ended = job.run_from(ready);
    let published = ended.published.unwrap();
    assert_eq!((published.remote_id, published.permalink.as_deref()), (None, Some("https://www.instagram.com/test.account/")));
    assert_eq!(world.posts(&account.0).iter().filter(|post| !post.foreign).count(), 1);
}

#[test]
fn a_container_that_is_gone_is_replaced_only_when_the_post_is_clearly_not_there() {
    let expired = || FaultKind::Answer { status: 200, body: r#"{"status_code":"EXPIRED","status":"Expired","id":"1"}"#.into() };
    for form in [Form::Image, Form::Carousel, Form::ImageStory] {
        for acted in [true, false] {
            let mut world = world();
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, form, Login::Facebook);
            let adapter = adapter(&world);
            let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.later(60) };
            let container = create(&job);
            let made = world.calls("instagram.media").len();
            // From the publish on, the status says expired.
            world.sim.fault(Fault::next("instagram.media_publish", if acted { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
            world.sim.fault(Fault { call: "instagram.container_status".into(), account: None, nth: 1, times: if acted { 9 } else { 2 }, kind: expired() });
            let ended = job.run_from(container);
            if acted && form == Form::ImageStory {
                assert!(ended.unknown.as_deref().is_some_and(|known| known.contains("could be this one")), "a story has no words: {ended:?}");
                assert_eq!(world.posts(&account.0).len(), 1);
                continue;
            }
            assert_published(&world, &account.0, &content, &ended);
            assert_eq!(world.calls("instagram.media").len(), if acted { made } else { 2 * made });
        }
    }
}

#[test]
fn a_foreign_post_without_words_is_not_taken_for_ours() {
    let expired = || FaultKind::Answer { status: 200, body: r#"{"status_code":"EXPIRED","status":"Expired","id":"1"}"#.into() };
    for gone in [true, false] {
        let mut world = world();
        world.sim.set(|settings| settings.instagram.own_host_hides_captions = true);
        let account = professional(&world, Login::Instagram);
        let content = post(&mut world, Form::Image, Login::Instagram);
        let adapter = adapter(&world);
        let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.clock.now() };
        let ready = create(&job);
        world.sim.post_as_somebody_else(&account.0.remote_id, "somebody else's").unwrap();
        world.sim.fault(Fault::next("instagram.media_publish", if gone { FaultKind::DropBefore } else { FaultKind::ActThenDrop }));
        if gone {
            world.sim.fault(Fault { times: 9, ..Fault::next("instagram.container_status", expired()) });
        }
        let ended = job.run_from(ready);
        let own = world.posts(&account.0).iter().filter(|post| !post.foreign).count();
        if gone {
            assert!(ended.unknown.as_deref().is_some_and(|known| known.contains("without words")), "{ended:?}");
            assert_eq!((own, world.calls("instagram.media").len()), (0, 1));
        } else {
            let published = ended.published.unwrap();
            assert_eq!((published.remote_id, published.permalink.as_deref(), own), (None, Some("https://www.instagram.com/test.account/"), 1));
        }
    }
}

#[test]
fn an_unclear_refusal_at_publishing_keeps_the_container() {
    for (code, sub) in [(-1, Some(2_207_032)), (-2, Some(2_207_003)), (9004, Some(2_207_052)), (4711, None)] {
        for acted in [true, false] {
            let mut world = world();
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, Form::Image, Login::Facebook);
            world.sim.set(|settings| settings.republishing_makes_another = true);
            let fault = if acted { FaultKind::act_then_graph(code, sub) } else { FaultKind::graph(code, sub) };
            world.sim.fault(Fault::next("instagram.media_publish", fault));
            let ended = publish(&world, &account, &content, 60);
            assert_published(&world, &account.0, &content, &ended);
            assert_eq!((world.calls("instagram.media").len(), world.posts(&account.0).len()), (1, 1), "{code}/{sub:?}");
        }
    }
}

/// A progress that is ready to be published.
fn create(job: &Job<'_>) -> serde_json::Value {
    let mut progress = serde_json::Value::Null;
    for _ in 0..50 {
        if job.adapter.stage(&progress).unwrap().irreversible {
            return progress;
        }
        match job.step(progress) {
            pm3k::platform::Step::Next(next) => progress = next,
            pm3k::platform::Step::Wait(next, until) => {
                job.world.clock.set(until);
                progress = next;
            }
            done => panic!("{done:?}"),
        }
    }
    panic!("never ready");
}

#[test]
fn a_broken_upload_goes_on_where_it_stopped() {
    for form in [Form::Reel, Form::Carousel, Form::VideoStory] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, form, Login::Facebook);
        for after in [100_000, 250_000] {
            world.sim.fault(Fault::next("instagram.upload", FaultKind::BreakBody { after }));
        }
        let ended = publish(&world, &account, &content, 600);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(world.calls("instagram.media").len(), if form == Form::Carousel { 4 } else { 1 }, "no new container");
    }
}

#[test]
fn faults_while_staging_are_tried_again_unseen() {
    for form in [Form::Reel, Form::Carousel] {
        for call in ["instagram.publishing_limit", "instagram.media", "instagram.upload", "instagram.container_status"] {
            for fault in [FaultKind::DropBefore, FaultKind::ActThenDrop, FaultKind::ActThenEmpty200, FaultKind::Answer { status: 503, body: "<html>".into() }] {
                let mut world = world();
                let account = professional(&world, Login::Facebook);
                let content = post(&mut world, form, Login::Facebook);
                world.sim.fault(Fault::next(call, fault.clone()));
                let ended = publish(&world, &account, &content, 600);
                assert_published(&world, &account.0, &content, &ended);
                assert!(!ended.codes.is_empty() || call == "instagram.upload", "{call} {fault:?}");
            }
        }
    }
}

#[test]
fn an_access_that_ends_on_the_way_loses_nothing_that_was_staged() {
    for (login, through) in [(Login::Facebook, InstagramLogin::Facebook), (Login::Instagram, InstagramLogin::Instagram)] {
        for form in [Form::Reel, Form::Carousel, Form::ImageStory] {
            for call in ["instagram.media", "instagram.upload", "instagram.container_status", "instagram.media_publish"] {
                let mut world = world();
                let grant = world.sim.add_instagram("test.account", through);
                let before = account(Platform::Instagram, login, &grant);
                let content = post(&mut world, form, login);
                if call == "instagram.upload" && (login == Login::Instagram || videos(&content) == 0) {
                    continue;
                }
                world.sim.fault(Fault::next(call, FaultKind::ExpireToken));
                let ended = publish(&world, &before, &content, 600);
                let error = ended.error.unwrap_or_else(|| panic!("{call}"));
                assert_eq!(error.class, ErrorClass::NeedsReconnect, "{call}: {error:?}");
                let made = world.calls("instagram.media").iter().filter(|call| call.status == 200).count();

                let after = account(Platform::Instagram, login, &world.sim.grant_again(&grant));
                let adapter = adapter(&world);
                let job = Job { world: &world, adapter: &adapter, account: &after.0, access: &after.1, content: &content, publish_at: world.later(600) };
                let ended = job.run_from(ended.stopped_at);
                assert_published(&world, &after.0, &content, &ended);
                let containers = if form == Form::Carousel { content.media.len() + 1 } else { 1 };
                let all = world.calls("instagram.media").iter().filter(|call| call.status == 200).count();
                assert_eq!(all, containers, "{made} were made before {call} met the end of the access");
            }
        }
    }
}

#[test]
fn what_was_staged_too_long_ago_is_staged_again() {
    for form in [Form::Image, Form::Carousel] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, form, Login::Facebook);
        let ended = publish(&world, &account, &content, 30 * 3600);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(ended.codes, ["staged_expired"]);
    }
}

#[test]
fn a_used_up_limit_is_waited_for_before_anything_is_staged() {
    for form in [Form::Image, Form::Carousel] {
        let mut world = world();
        world.sim.set(|settings| settings.instagram_quota = 1);
        let account = professional(&world, Login::Facebook);
        let first = Content { caption: "first".into(), ..post(&mut world, Form::Image, Login::Facebook) };
        assert!(publish(&world, &account, &first, 0).published.is_some());
        let adapter = Instagram::new(Some(world.facebook_app()), None, Http::default());
        let content = post(&mut world, form, Login::Facebook);
        let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.clock.now() };
        let error = job.try_step(serde_json::Value::Null).unwrap_err();
        assert_eq!(error.class, ErrorClass::LimitReached { until: Some(world.clock.now() + TimeDelta::hours(1)) });
        assert_eq!(world.calls("instagram.media").len(), 1);
    }
}

#[test]
fn a_limit_at_publishing_keeps_the_container() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Image, Login::Facebook);
    world.sim.fault(Fault::next("instagram.media_publish", FaultKind::graph(9, Some(2_207_042))));
    let ended = publish(&world, &account, &content, 60);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!((ended.codes.as_slice(), world.calls("instagram.media").len()), (["9/2207042".to_owned()].as_slice(), 1));
}

#[test]
fn refusals_are_final_and_say_what_to_do() {
    let mut world = world();
    let account: (Account, Access) = professional(&world, Login::Facebook);
    let mut broken = world.video(3);
    std::fs::write(&broken.path, vec![7; 5000]).unwrap();
    broken.bytes = 5000;
    let error = publish(&world, &account, &content(Kind::Reel, "x", vec![broken], json!({})), 60).error.unwrap();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "2207026"));
    assert!(!error.remedy.is_empty());

    let elsewhere = content(Kind::Reel, "x", vec![world.video(5)], json!({"location_id": "1"}));
    let error = publish(&world, &account, &elsewhere, 60).error.unwrap();
    assert_eq!(error.class, ErrorClass::Rejected);
    assert!(error.message.starts_with("Instagram does not know this place") && error.remedy.contains("location_id"), "{error:?}");

    world.sim.set_instagram(&account.0.remote_id, |gates| gates.restricted = true);
    let image = post(&mut world, Form::Image, Login::Facebook);
    let error = publish(&world, &account, &image, 60).error.unwrap();
    assert_eq!(error.class, ErrorClass::NeedsReconnect);
    assert!(error.remedy.contains("Instagram app"), "{error:?}");
    assert_eq!(world.posts(&account.0), []);
}
