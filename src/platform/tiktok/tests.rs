//! What is pure about the steps: their stages, their stored form, and their pauses. The steps themselves run against the simulator (`tests/it`).

use chrono::DateTime;

use super::wire::Opened;
use super::*;
use crate::secret::Secret;

fn upload(total: u64) -> Upload {
    let opened = Opened { publish_id: "v_pub_file~v2-1.1".into(), upload_url: Secret::new("https://up.tiktokapis.com/?upload_token=t") };
    Upload::new(opened, Plan::of(total).unwrap(), "creator".into(), DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

fn every_progress() -> Vec<(Progress, bool, bool)> {
    let sent = Sent::new("v_pub_file~v2-1.1".into(), "creator".into(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    vec![
        (Progress::Begin, false, false),
        (Progress::Init { creator: "creator".into() }, false, false),
        (upload(150_000_000).at(0), false, true),
        (upload(150_000_000).at(13), false, true),
        (upload(150_000_000).at(14), true, true),
        (upload(1).at(0), true, true),
        (Progress::Processing(sent.clone()), false, false),
        (Progress::Follow(sent), false, false),
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
fn only_the_last_chunk_is_irreversible() {
    for (progress, irreversible, long) in every_progress() {
        let stage = tiktok().stage(&progress);
        assert_eq!((stage.irreversible, stage.long), (irreversible, long), "{progress:?}");
    }
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
