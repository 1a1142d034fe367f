//! Files that are converted for a platform: when, how often, what of it goes out, what becomes of a post whose file cannot be converted, and that
//! nothing is left behind.

use chrono::TimeDelta;
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::actions::{self, Actor};
use pm3k::ids::{AccountId, MediaId, PostId};
use pm3k::kind::Kind;
use pm3k::media::Probe;
use pm3k::model::job::{Adjust, Cut, Fit, JobState};
use pm3k::model::media::rendition::{Rendition, State, Trouble};
use pm3k::platform::Remedy;

use crate::support::house::{House, Inside, Who, assert_published, start};
use crate::support::picture;

fn files(inside: &Inside<'_>) -> usize {
    std::fs::read_dir(inside.app.store.root()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}

fn due() -> chrono::DateTime<chrono::Utc> {
    start() + TimeDelta::hours(3)
}

/// A picture that Instagram takes only as a copy, planned for then.
fn planned(inside: &Inside<'_>, at: chrono::DateTime<chrono::Utc>) -> PostId {
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let media = inside.upload_bytes("menu.png", &picture(1080, 1080));
    inside.schedule("x", &[media], at, &[(account, Kind::Image)])
}

/// The copy that a post's one job sends.
fn copy_of(inside: &Inside<'_>, post: PostId) -> Rendition {
    inside.view(post).renditions.remove(0).1
}

/// What the copy is, which must have been made.
fn made(inside: &Inside<'_>, post: PostId) -> Probe {
    let copy = copy_of(inside, post);
    copy.probe.unwrap_or_else(|| panic!("{:?}", copy.error))
}

fn adjusted(inside: &Inside<'_>, media: &[MediaId], account_id: AccountId, kind: Kind, adjust: Adjust) -> Result<PostId, actions::Error> {
    let target = Target { account_id, kind: Some(kind), caption: None, options: Default::default(), adjust };
    let new = NewPost { caption: "x".into(), media: media.to_vec(), schedule: Schedule::At(due()), targets: vec![target] };
    posts::create(&inside.app, Actor::Cli, inside.workspace, &new, None, inside.house.now())
}

#[test]
fn a_png_goes_out_as_a_jpeg_made_hours_before() {
    let house = House::build();
    let inside = house.enter();
    let post = planned(&inside, due());
    let view = inside.view(post);
    assert_eq!((view.jobs[0].state, view.jobs[0].held_by.as_deref()), (JobState::Scheduled, Some("media")));
    assert_eq!(view.renditions[0].1.state, State::Waiting);
    inside.engine.tick().unwrap();
    let view = inside.view(post);
    let copy = view.renditions[0].1.clone();
    assert_eq!((copy.state, view.jobs[0].held_by.as_deref()), (State::Ready, None), "{:?}", copy.error);
    assert_eq!(copy.probe.as_ref().map(|probe| (probe.mime(), probe.width)), Some(("image/jpeg", 1080)));
    assert!(house.now() < due() - TimeDelta::hours(2), "made ahead");
    assert_eq!(files(&inside), 2);
    let used = inside.app.db.read(pm3k::model::media::bytes_on_disk).unwrap();
    assert_eq!(used, view.media[0].bytes + copy.bytes, "the copy counts against the quota");
    let bytes = std::fs::read(inside.app.store.root().join(copy.stored_name.unwrap())).unwrap();
    assert_published(&inside.run_to_the_end(post));
    let out = house.visible();
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].media_sha256, [sha256(&bytes)]);
    assert_eq!(files(&inside), 0, "file and copy are cleared");
    assert_eq!(copy_of(&inside, post).state, State::Cleared);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_same_copy_serves_all_accounts_and_the_other_platforms_get_the_file_itself() {
    let house = House::build();
    let inside = house.enter();
    let accounts = [inside.connect(Who::InstagramByFacebook, "one"), inside.connect(Who::InstagramByItself, "two"), inside.connect(Who::Page, "page")];
    let png = picture(1080, 1080);
    let media = inside.upload_bytes("menu.png", &png);
    let post = inside.schedule("x", &[media], due(), &[(accounts[0], Kind::Image), (accounts[1], Kind::Image), (accounts[2], Kind::Photos)]);
    assert_published(&inside.run_to_the_end(post));
    let sha = |platform: &str| -> Vec<String> {
        house.visible().iter().filter(|post| post.platform == platform).flat_map(|post| post.media_sha256.clone()).collect()
    };
    let instagram = sha("instagram");
    assert_eq!(instagram.len(), 2);
    assert_eq!(instagram[0], instagram[1]);
    assert_eq!(sha("facebook"), [sha256(&png)], "a Page takes PNG as it is");
    assert_eq!(files(&inside), 0);
}

#[test]
fn nothing_is_cut_off_without_a_word_from_the_person() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let media = inside.upload_bytes("wide.png", &picture(1500, 500));
    let refused = adjusted(&inside, &[media], account, Kind::Image, Adjust::default()).unwrap_err();
    let actions::Error::Invalid(problems) = refused else { panic!("{refused:?}") };
    assert_eq!(problems.iter().map(|problem| (problem.code.as_str(), problem.remedy)).collect::<Vec<_>>(), [("wrong_aspect", Remedy::Crop)]);
    assert!(problems[0].message.contains("crop"), "{}", problems[0].message);
    for (fit, (width, height)) in [(Fit::Crop, (955, 500)), (Fit::Pad, (1440, 754))] {
        let media = inside.upload_bytes("wide.png", &picture(1500, 500));
        let post = adjusted(&inside, &[media], account, Kind::Image, Adjust { aspect: Some(fit), length: None }).unwrap();
        inside.engine.tick().unwrap();
        let probe = made(&inside, post);
        assert!(probe.width.abs_diff(width) <= 2 && probe.height.abs_diff(height) <= 2, "{fit:?}: {} x {}", probe.width, probe.height);
        assert_published(&inside.run_to_the_end(post));
    }
    assert_eq!(house.visible().len(), 2);
}

#[test]
fn an_index_at_the_end_is_moved_without_any_tool() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByItself, "maker");
    let media = inside.upload("moov-last.mp4");
    let post = inside.schedule("x", &[media], due(), &[(account, Kind::Reel)]);
    inside.engine.tick().unwrap();
    assert!(made(&inside, post).fast_start);
    assert_published(&inside.run_to_the_end(post));
    assert_eq!(files(&inside), 0);
}

#[test]
fn what_cannot_be_converted_fails_before_its_time_and_can_be_tried_again() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let png = picture(1080, 1080);
    let media = inside.upload_bytes("menu.png", &png);
    let post = inside.schedule("x", &[media], due(), &[(account, Kind::Image)]);
    let path = inside.app.store.root().join(inside.view(post).media[0].stored_name.clone().unwrap());
    // The disk lost half of it.
    std::fs::write(&path, &png[..png.len() / 2]).unwrap();
    inside.engine.tick().unwrap();
    let view = inside.view(post);
    let error = view.jobs[0].last_error.clone().expect("it says why");
    assert_eq!((view.jobs[0].state, view.renditions[0].1.state), (JobState::Failed, State::Failed), "{error:?}");
    assert!(!error.message.is_empty() && error.remedy.contains("Try again"), "{error:?}");
    assert_eq!(house.now(), start(), "hours before it is due");
    std::fs::write(&path, &png).unwrap();
    actions::jobs::retry(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap();
    assert_eq!(inside.view(post).jobs[0].held_by.as_deref(), Some("media"));
    assert_published(&inside.run_to_the_end(post));
    assert_eq!((house.visible().len(), files(&inside)), (1, 0));
}

#[test]
fn a_cancelled_post_needs_no_copy() {
    let house = House::build();
    let inside = house.enter();
    let post = planned(&inside, due());
    actions::posts::cancel(&inside.app, Actor::Cli, inside.workspace, post, house.now()).unwrap();
    inside.engine.tick().unwrap();
    assert_eq!((copy_of(&inside, post).state, files(&inside)), (State::Cleared, 0));
}

#[test]
fn an_account_that_is_connected_again_does_not_let_a_post_go_before_its_files_are_ready() {
    let house = House::build();
    let inside = house.enter();
    let post = planned(&inside, start() + TimeDelta::minutes(5));
    let account = inside.view(post).jobs[0].account_id;
    let held = |inside: &Inside<'_>| inside.view(post).jobs[0].held_by.clone();
    inside.app.db.write(|tx| pm3k::model::job::hold_account(tx, account, "needs_reconnect")).unwrap();
    assert_eq!(held(&inside).as_deref(), Some("needs_reconnect"));
    inside.app.db.write(|tx| pm3k::model::job::let_go_account(tx, account, "needs_reconnect")).unwrap();
    assert_eq!(held(&inside).as_deref(), Some("media"));
    inside.engine.tick().unwrap();
    assert_eq!(held(&inside), None);
    assert_published(&inside.run_to_the_end(post));
}

#[test]
fn a_copy_that_was_being_made_when_the_process_died_is_made_anew() {
    let house = House::build();
    let post = {
        let inside = house.enter();
        let post = planned(&inside, due());
        let id = copy_of(&inside, post).id;
        inside.app.db.write(|tx| pm3k::model::media::rendition::begin(tx, id, "being-made.jpg")).unwrap().unwrap();
        assert_eq!(copy_of(&inside, post).state, State::Making);
        post
    };
    let inside = house.enter();
    assert_published(&inside.run_to_the_end(post));
    assert_eq!((house.visible().len(), files(&inside)), (1, 0));
}

#[test]
fn what_is_still_not_converted_an_hour_after_its_time_is_missed() {
    let house = House::build();
    let inside = house.enter();
    let post = planned(&inside, due());
    let id = copy_of(&inside, post).id;
    inside.app.db.write(|tx| pm3k::model::media::rendition::begin(tx, id, "being-made.jpg")).unwrap().unwrap();
    let trouble = Trouble { code: "disk".into(), message: "There is no room.".into() };
    inside.app.db.write(|tx| pm3k::model::media::rendition::again(tx, id, Some(&trouble), due() + TimeDelta::hours(2))).unwrap();
    inside.run_until(due() + TimeDelta::minutes(59));
    inside.engine.mark_missed(house.now()).unwrap();
    assert_eq!(inside.view(post).jobs[0].state, JobState::Scheduled);
    inside.engine.mark_missed(due() + TimeDelta::minutes(61)).unwrap();
    assert_eq!(inside.view(post).jobs[0].state, JobState::Missed);
    assert!(house.visible().is_empty());
}

#[test]
fn a_video_that_no_tool_is_there_for_is_refused_with_what_to_do() {
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByItself, "maker");
    let media = inside.upload("clip.webm");
    let refused = adjusted(&inside, &[media], account, Kind::Reel, Adjust { aspect: None, length: Some(Cut::Trim) }).unwrap_err();
    assert!(refused.to_string().contains("With ffmpeg on the server"), "{refused}");
}

#[test]
fn with_ffmpeg_a_video_is_cut_to_what_its_creator_may_post_if_the_person_says_so() {
    let mut house = House::build();
    if !house.look_for_tools() {
        return;
    }
    let inside = house.enter();
    let account = inside.connect(Who::Tiktok, "maker");
    let limited = serde_json::json!({"privacy_level_options": ["SELF_ONLY"], "max_video_post_duration_sec": 3});
    inside.app.db.write(|tx| pm3k::model::account::store_standing(tx, account, &limited, house.now())).unwrap();
    let media = inside.upload("clip.mp4");
    let options = serde_json::json!({"privacy_level": "SELF_ONLY"}).as_object().cloned().unwrap();
    let post = |adjust| {
        let target = Target { account_id: account, kind: Some(Kind::Video), caption: None, options: options.clone(), adjust };
        let new = NewPost { caption: "x".into(), media: vec![media], schedule: Schedule::At(due()), targets: vec![target] };
        posts::create(&inside.app, Actor::Cli, inside.workspace, &new, None, house.now())
    };
    let refused = post(Adjust::default()).unwrap_err();
    assert!(refused.to_string().contains("lets this creator post 3 at most. Choose to cut off its end"), "{refused}");
    let post = post(Adjust { aspect: None, length: Some(Cut::Trim) }).unwrap();
    inside.engine.tick().unwrap();
    let length = made(&inside, post).duration_ms.unwrap();
    assert!((2800..=3000).contains(&length), "{length} ms");
}

#[test]
fn with_ffmpeg_a_webm_goes_out_as_a_reel() {
    let mut house = House::build();
    if !house.look_for_tools() {
        return;
    }
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByItself, "maker");
    let media = inside.upload("clip.webm");
    let post = inside.schedule("x", &[media], due(), &[(account, Kind::Reel)]);
    assert_eq!(inside.view(post).jobs[0].held_by.as_deref(), Some("media"));
    inside.engine.tick().unwrap();
    let probe = made(&inside, post);
    assert_eq!((probe.mime(), probe.video.as_ref().map(|track| track.codec.as_str()), probe.fast_start), ("video/mp4", Some("h264"), true));
    assert_published(&inside.run_to_the_end(post));
    assert_eq!((house.visible().len(), files(&inside)), (1, 0));
}
