//! What is pure about the steps: their stages, their stored form, and their pauses. The steps themselves run against the simulator (`tests/it`).

use chrono::DateTime;

use super::wire::Opened;
use super::*;
use crate::secret::Secret;

fn upload(total: u64) -> Upload {
    let opened = Opened { publish_id: "v_pub_file~v2-1.1".into(), upload_url: Secret::new("https://up.tiktokapis.com/?upload_token=t") };
    Upload::new(opened, Plan::of(total).unwrap(), "creator".into(), DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

/// Each with: is it irreversible, is it long, does TikTok fetch; and what it counts against, with how many a minute.
fn every_progress() -> Vec<(Progress, [bool; 3], &'static str)> {
    let sent = Sent::new("v_pub_file~v2-1.1".into(), "creator".into(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    vec![
        (Progress::Begin, [false, false, false], "tiktok_creator_info 20"),
        (Progress::Init { creator: "creator".into() }, [false, false, false], "tiktok_video_inits 6"),
        (Progress::InitDraft, [false, false, false], "tiktok_draft_inits 6"),
        (Progress::Photos(HandOver { creator: "creator".into(), lost: 1, resting: true, looks: 2 }), [true, false, true], "tiktok_photo_inits 6"),
        (upload(150_000_000).at(0), [false, true, false], ""),
        (upload(150_000_000).at(13), [false, true, false], ""),
        (upload(150_000_000).at(14), [true, true, false], ""),
        (upload(1).at(0), [true, true, false], ""),
        (Progress::Processing(sent.clone()), [false, false, false], "tiktok_status_reads 30"),
        (Progress::Follow(sent), [false, false, false], "tiktok_status_reads 30"),
    ]
}

fn tiktok() -> Tiktok {
    let app = TiktokApp {
        client_key: "ck".into(),
        client_secret: Secret::new("cs"),
        scopes: Vec::new(),
        audited: true,
        authorize_url: String::new(),
        api_url: String::new(),
        upload_hosts: Vec::new(),
    };
    Tiktok::new(app, Http::default())
}

#[test]
fn only_the_last_chunk_and_the_hand_over_are_irreversible() {
    for (progress, expected, spends) in every_progress() {
        let stage = tiktok().stage(&progress);
        assert_eq!([stage.irreversible, stage.long, stage.pulls], expected, "{progress:?}");
        let budgets: Vec<String> = stage.spends.iter().map(|budget| format!("{} {}", budget.name, budget.most)).collect();
        assert_eq!(budgets.join(", "), spends, "{progress:?}");
        assert!(stage.spends.iter().all(|budget| budget.window >= TimeDelta::minutes(1) && budget.window < TimeDelta::minutes(2)));
    }
}

/// The engine tells by the name whether a job begins anew.
#[test]
fn no_other_step_has_the_first_ones_name() {
    let first = tiktok().stage(&Progress::Begin).name;
    assert_eq!(every_progress().iter().filter(|(progress, ..)| tiktok().stage(progress).name == first).count(), 1);
}

#[test]
fn what_the_version_before_stored_is_understood() {
    for (stored, expected) in [
        (r#"{"step":"begin"}"#, Progress::Begin),
        (r#"{"step":"init","creator":"c"}"#, Progress::Init { creator: "c".into() }),
        (
            r#"{"step":"follow","publish_id":"p","creator":"c","since":"1970-01-01T00:00:00Z","looks":1,"misses":2}"#,
            Progress::Follow(Sent { looks: 1, misses: 2, ..Sent::new("p".into(), "c".into(), DateTime::UNIX_EPOCH) }),
        ),
    ] {
        assert_eq!(serde_json::from_str::<Progress>(stored).unwrap(), expected);
    }
}

#[test]
fn growing_pauses_end_at_five_minutes() {
    assert_eq!([0, 1, 2, 6, 40].map(|step| growing(step).num_seconds()), [5, 10, 20, 300, 300]);
}

#[test]
fn every_progress_survives_storage_and_prints_no_address() {
    for (progress, ..) in every_progress() {
        let stored = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<Progress>(&stored).unwrap(), progress, "{stored}");
        assert!(!format!("{progress:?}").contains("upload_token"));
    }
}

#[test]
fn pauses_stay_under_tiktoks_rate() {
    let mut looks = Vec::new();
    let mut waited = TimeDelta::zero();
    while waited < TimeDelta::hours(24) {
        waited += pause(u32::try_from(looks.len()).unwrap(), waited);
        looks.push(waited);
    }
    assert_eq!(looks.iter().take(4).map(TimeDelta::num_seconds).collect::<Vec<_>>(), [3, 8, 18, 38]);
    assert!(looks.windows(10).all(|ten| ten[9] - ten[0] > TimeDelta::seconds(60)), "at most nine looks a minute");
    assert!(looks.len() < 250, "{}", looks.len());
}
