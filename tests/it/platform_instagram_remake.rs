//! Containers that fail: another one is made for a reason that may pass, a few times and no more, and what is finished already is kept.

use pm3k::kind::Login;
use pm3k::platform::{ErrorClass, Step};
use serde_json::{Value, json};
use simulator::{Fault, FaultKind};

use crate::support::instagram::{FORMS, Form, LOGINS, adapter, assert_published, post, professional, publish};
use crate::support::meta::{Job, world};

const COULD_NOT_FETCH: u32 = 2_207_052;
const TOOK_TOO_LONG: u32 = 2_207_003;

#[test]
fn a_fetch_that_fails_is_tried_again_three_times() {
    for login in LOGINS {
        for form in FORMS {
            // Through Facebook Login a post of one video is pushed: nothing is fetched.
            if login == Login::Facebook && matches!(form, Form::Reel | Form::VideoStory) {
                continue;
            }
            for (failures, ends) in [(1, true), (3, true), (4, false)] {
                let mut world = world();
                let account = professional(&world, login);
                let content = post(&mut world, form, login);
                let first = [COULD_NOT_FETCH, TOOK_TOO_LONG].into_iter().cycle().take(failures).collect();
                world.sim.set(|settings| settings.instagram.fetch_failures = first);
                let ended = publish(&world, &account, &content, 3600);
                if ends {
                    assert_published(&world, &account.0, &content, &ended);
                    assert_eq!(ended.codes, [""; 0], "{form:?} {login}");
                    continue;
                }
                // In a carousel of three files they meet the first file or all of them, as the fetches come.
                if let Some(error) = ended.error {
                    assert_eq!(error.class, ErrorClass::Rejected, "{form:?} {login}");
                    assert!(error.remedy.contains("public address"), "{error:?}");
                    assert_eq!(world.posts(&account.0), []);
                } else {
                    assert_eq!(form, Form::Carousel);
                }
            }
        }
    }
}

#[test]
fn an_address_that_leads_nowhere_is_given_up_with_the_reason() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let mut content = post(&mut world, Form::Carousel, Login::Facebook);
    content.media[2].public_url = Some("http://127.0.0.1:9/nothing.jpg".into());
    let error = publish(&world, &account, &content, 3600).error.unwrap();
    assert_eq!((&error.class, error.code.as_str()), (&ErrorClass::Rejected, "9004/2207052"));
    assert!(error.message.starts_with("File 3 of the carousel: ") && error.remedy.contains("public address"), "{error:?}");
    assert_eq!(world.calls("instagram.media").len(), 2 + 4, "the first two files are prepared once");
}

#[test]
fn a_container_is_made_again_when_processing_failed_for_a_reason_that_passes() {
    for form in FORMS {
        for silent in [false, true] {
            let mut world = world();
            world.sim.set(|settings| {
                settings.missing_status_code = silent;
                settings.instagram.processing_failures = vec![2_207_053];
            });
            let account = professional(&world, Login::Facebook);
            let content = post(&mut world, form, Login::Facebook);
            let ended = publish(&world, &account, &content, 600);
            assert_published(&world, &account.0, &content, &ended);
            let containers = if form == Form::Carousel { 4 } else { 1 };
            assert_eq!(world.calls("instagram.media").len(), containers + 1, "one more, and no other is made again");
        }
    }
}

#[test]
fn a_reason_that_stays_is_final() {
    for (subcode, code) in [(2_207_026, "2207026"), (2_207_085, "2207085")] {
        let mut world = world();
        world.sim.set(|settings| settings.instagram.processing_failures = vec![subcode]);
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, Form::Reel, Login::Facebook);
        let error = publish(&world, &account, &content, 600).error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, code));
        assert_eq!(world.calls("instagram.media").len(), 1);
    }
}

/// Steps until the next one has this name.
fn until(job: &Job<'_>, name: &str) -> Value {
    let mut progress = Value::Null;
    for _ in 0..100 {
        if job.adapter.stage(&progress).unwrap().name == name {
            return progress;
        }
        progress = match job.step(progress) {
            Step::Next(next) => next,
            Step::Wait(next, until) => {
                job.world.sim.settle();
                job.world.clock.set(until);
                next
            }
            done => panic!("{done:?}"),
        };
    }
    panic!("never at {name}");
}

#[test]
fn when_the_whole_of_a_carousel_fails_its_files_are_used_again() {
    for fault in [None, Some(FaultKind::graph(-1, Some(2_207_032)))] {
        let mut world = world();
        let account = professional(&world, Login::Facebook);
        let content = post(&mut world, Form::Carousel, Login::Facebook);
        let adapter = adapter(&world);
        let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.later(3600) };
        let files_are_ready = until(&job, "create container of the carousel");
        match fault {
            Some(fault) => world.sim.fault(Fault::next("instagram.media", fault)),
            None => world.sim.set(|settings| settings.instagram.processing_failures = vec![2_207_032]),
        }
        let ended = job.run_from(files_are_ready);
        assert_published(&world, &account.0, &content, &ended);
        assert_eq!(world.calls("instagram.media").len(), 3 + 2);
        assert_eq!(world.calls("instagram.upload").len(), 1);
    }
}

#[test]
fn files_of_a_carousel_that_are_too_old_are_made_again_and_the_others_are_not() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Carousel, Login::Facebook);
    let adapter = adapter(&world);
    let job = Job { world: &world, adapter: &adapter, account: &account.0, access: &account.1, content: &content, publish_at: world.later(25 * 3600) };
    // The first file is ready; the second and third are made a day later.
    let Step::Next(one_made) = job.step(Value::Null) else { panic!() };
    world.clock.set(world.later(24 * 3600));
    let ended = job.run_from(one_made);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!(world.calls("instagram.media").len(), 1 + 3 + 1);
}

#[test]
fn a_container_that_is_not_shown_is_given_up_after_a_while() {
    let mut world = world();
    let account = professional(&world, Login::Facebook);
    let content = post(&mut world, Form::Carousel, Login::Facebook);
    let unseen = json!({"error": {"message": "Unsupported get request.", "type": "GraphMethodException", "code": 100, "error_subcode": 33, "fbtrace_id": "T"}});
    // The person's token does not see it either.
    let kind = FaultKind::Answer { status: 400, body: unseen.to_string() };
    world.sim.fault(Fault { call: "instagram.container_status".into(), account: None, nth: 2, times: 22, kind });
    let ended = publish(&world, &account, &content, 3600);
    assert_published(&world, &account.0, &content, &ended);
    assert_eq!(world.calls("instagram.media").len(), 4 + 1);
}
