//! What Instagram's adapter asks of the whole engine: rests that are told, look-ups that know what other jobs published, and reasons that are final.

use chrono::TimeDelta;
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use simulator::{Fault, FaultKind};

use crate::support::house::{House, Inside, Who, start};

fn worst_house() -> House {
    let house = House::build();
    house.simulator.set(|settings| settings.republishing_makes_another = true);
    house
}

fn an_hour(inside: &Inside<'_>) {
    inside.run_until(inside.house.now() + TimeDelta::hours(1));
}

#[test]
fn a_suspicion_of_spam_is_told_and_rested_out() {
    for acted in [true, false] {
        let house = worst_house();
        let inside = house.enter();
        let account = inside.connect(Who::InstagramByFacebook, "maker");
        let due = start() + TimeDelta::minutes(10);
        let post = inside.schedule("one #two", &[inside.upload("photo.jpg")], due, &[(account, Kind::Image)]);
        let fault = if acted { FaultKind::act_then_graph(4, Some(2_207_051)) } else { FaultKind::graph(4, Some(2_207_051)) };
        house.simulator.fault(Fault::next("instagram.media_publish", fault));
        inside.run_until(due);
        an_hour(&inside);
        let job = inside.view(post).jobs.remove(0);
        if acted {
            assert_eq!((job.state, house.visible().len()), (JobState::Published, 1));
            assert_eq!(job.remote_id.as_deref(), Some(house.visible()[0].remote_id.as_str()));
            continue;
        }
        assert_eq!((job.state, house.visible().len()), (JobState::Publishing, 0));
        assert!(job.held_by.as_deref().is_some_and(|by| by.starts_with("limit")), "{:?}", job.held_by);
        assert!(job.last_error.is_some_and(|error| error.code == "4/2207051" && error.message.contains("spam")));
        let view = inside.run_to_the_end(post);
        assert_eq!(view.jobs[0].state, JobState::Published, "{:?}", view.jobs[0].last_error);
        assert_eq!(house.visible().len(), 1);
        assert!((3..4).contains(&(house.visible()[0].at - due).num_hours()), "{}", house.visible()[0].at);
    }
}

#[test]
fn a_suspicion_of_spam_holds_back_the_accounts_other_posts_also_where_this_one_went_out() {
    let house = worst_house();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByItself, "maker");
    let due = start() + TimeDelta::minutes(10);
    let posts = [0, 10].map(|later| inside.schedule("one #two", &[inside.upload("photo.jpg")], due + TimeDelta::minutes(later), &[(account, Kind::Image)]));
    house.simulator.fault(Fault::next("instagram.media_publish", FaultKind::act_then_graph(4, Some(2_207_051))));
    inside.run_until(due);
    an_hour(&inside);
    assert_eq!(posts.map(|post| inside.view(post).jobs[0].state), [JobState::Published, JobState::Publishing]);
    assert_eq!(inside.run_to_the_end(posts[1]).jobs[0].state, JobState::Published);
    let visible = house.visible();
    assert_eq!(visible.len(), 2);
    assert!(visible.iter().any(|post| (3..4).contains(&(post.at - due).num_hours())), "{visible:?}");
}

#[test]
fn stories_seconds_apart_whose_answers_are_lost_are_told_from_each_other() {
    let house = worst_house();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let due = start() + TimeDelta::minutes(10);
    // Within the seconds that clocks may differ by: only what the first job published tells them apart.
    let posts = [0, 4].map(|later| inside.schedule("", &[inside.upload("photo.jpg")], due + TimeDelta::seconds(later), &[(account, Kind::Story)]));
    house.simulator.fault(Fault { times: 2, ..Fault::next("instagram.media_publish", FaultKind::ActThenDrop) });
    let mut told: Vec<_> = posts.iter().map(|post| inside.run_to_the_end(*post).jobs[0].remote_id.clone().unwrap()).collect();
    inside.run_until(due + TimeDelta::hours(1));
    let mut visible: Vec<_> = house.visible().into_iter().map(|post| post.remote_id).collect();
    told.sort();
    visible.sort();
    assert_eq!((told, visible.len()), (visible.clone(), 2));
}

#[test]
fn an_installation_that_cannot_be_reached_fails_with_the_reason_before_the_post_is_due() {
    let house = worst_house();
    let mut inside = house.enter();
    inside.engine.public_url = "http://127.0.0.1:9".into();
    let account = inside.connect(Who::InstagramByItself, "maker");
    let due = start() + TimeDelta::minutes(40);
    let media = [inside.upload("photo.jpg"), inside.upload("clip.mp4")];
    let post = inside.schedule("one #two", &media, due, &[(account, Kind::Carousel)]);
    inside.run_until(due);
    let job = inside.view(post).jobs.remove(0);
    let error = job.last_error.unwrap();
    assert_eq!((job.state, error.code.as_str()), (JobState::Failed, "9004/2207052"));
    assert!(error.remedy.contains("public address"), "{error:?}");
    let tried = house.simulator.calls().into_iter().filter(|call| call.name == "instagram.media").count();
    assert_eq!(tried, 4, "the first file, and three more tries");
}

#[test]
fn a_first_comment_follows_the_post_and_stands_there_once() {
    for acted in [true, false] {
        let house = worst_house();
        let inside = house.enter();
        let account = inside.connect(Who::InstagramByItself, "maker");
        let due = start() + TimeDelta::minutes(10);
        let options = serde_json::json!({"first_comment": "More here #three"}).as_object().cloned().unwrap();
        let target = pm3k::actions::posts::Target { account_id: account, kind: Some(Kind::Image), caption: None, options, adjust: Default::default() };
        let new = pm3k::actions::posts::NewPost {
            caption: "one #two".into(),
            media: vec![inside.upload("photo.jpg")],
            schedule: pm3k::actions::posts::Schedule::At(due),
            targets: vec![target],
        };
        let post = pm3k::actions::posts::create(&inside.app, pm3k::actions::Actor::Cli, inside.workspace, &new, None, house.now()).unwrap();
        house.simulator.fault(Fault::next("instagram.comment", if acted { FaultKind::ActThenDrop } else { FaultKind::DropBefore }));
        inside.run_until(due + TimeDelta::hours(2));
        assert_eq!(inside.view(post).jobs[0].state, JobState::Published);
        let comments: Vec<_> = house.visible()[0].comments.iter().map(|comment| comment.text.clone()).collect();
        assert_eq!(comments, ["More here #three"], "acted: {acted}");
    }
}
