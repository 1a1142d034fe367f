//! Tokens, app secrets, keys and passwords are never readable on disk and never in a log line: the raw bytes are searched.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use pm3k::actions::{self, Actor};
use pm3k::secret::Secret;
use simulator::{Fault, FaultKind};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::matrix::CASES;
use crate::support::house::{House, Who, start};

/// Everything that the log writes with the widest filter that `PM3K_LOG` can ask for.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_secret_is_readable_in_the_database_its_wal_or_any_log_line() {
    let log = Log::default();
    let writer = log.clone();
    pm3k::logging::subscriber(EnvFilter::new("trace"), move || writer.clone(), false).init();

    let house = House::build();
    let inside = house.enter();
    let mut secrets: Vec<(String, String)> = vec![
        ("TikTok's app secret".into(), simulator::TIKTOK_CLIENT_SECRET.into()),
        ("Facebook's app secret".into(), simulator::FACEBOOK_APP_SECRET.into()),
        ("Instagram's app secret".into(), simulator::INSTAGRAM_APP_SECRET.into()),
        ("the key file".into(), std::fs::read_to_string(house.dir.path().join("key")).unwrap().trim().to_owned()),
    ];
    let password = "correct horse battery staple";
    actions::users::create(
        &inside.app,
        Actor::Cli,
        &actions::users::NewUser { email: "a@example.org", name: "", password: &Secret::new(password), is_admin: true },
        house.now(),
    )
    .unwrap();
    secrets.push(("the password".into(), password.into()));
    let (word, session) = actions::users::sign_in(&inside.app, "a@example.org", &Secret::new(password), "test", house.now()).unwrap().unwrap();
    secrets.push(("the session's word".into(), word.expose().into()));
    let (_, key) = actions::api_keys::create(&inside.app, Actor::Cli, inside.workspace, "test", &[], None, house.now()).unwrap();
    secrets.push(("the API key".into(), key.expose().into()));
    let consent = actions::accounts::begin(&inside.app, session, inside.workspace, pm3k::kind::Login::Tiktok, house.now()).unwrap();
    let state = consent.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    secrets.push(("the state of a connecting".into(), state));

    for who in [Who::Tiktok, Who::Page, Who::InstagramByFacebook, Who::InstagramByItself] {
        let grant = house.grant(who, "maker");
        secrets.push((format!("the token of {who:?}"), grant.access_token.clone()));
        secrets.extend(grant.refresh_token.clone().map(|token| (format!("the refresh token of {who:?}"), token)));
        secrets.extend(grant.user_token.clone().map(|token| (format!("the user token of {who:?}"), token)));
        let account = inside.store(who, &grant);
        for (n, case) in CASES.iter().filter(|case| case.who == who).enumerate() {
            case.plan(&inside, account, &format!("number {n}"), start() + TimeDelta::minutes(20 + i64::try_from(n).unwrap()));
        }
    }
    // TikTok's upload addresses are credentials (tiktok.md, "Hosts"); they are stored while an upload waits for its last part.
    secrets.push(("an upload address".into(), "upload_token=".into()));
    // Errors are where texts leak: every call fails once, in every way.
    let made: Vec<&str> = CASES.iter().map(|case| case.visible_call).collect();
    for call in ["tiktok.video_init", "facebook.photo_upload", "facebook.video_start", "facebook.reel_start", "instagram.media"].into_iter().chain(made) {
        house.simulator.fault(Fault::next(call, FaultKind::DropBefore));
        house.simulator.fault(Fault { nth: 2, ..Fault::next(call, FaultKind::Answer { status: 500, body: "<html>".into() }) });
    }
    // In the middle, where upload addresses are stored, and at the end.
    inside.run_until(start() + TimeDelta::minutes(10));
    search(&house, &secrets, &log);
    inside.run_until(start() + TimeDelta::hours(2));
    search(&house, &secrets, &log);
    assert!(house.visible().len() >= CASES.len() / 2, "{:?}", house.visible());
    assert!(log.0.lock().unwrap().len() > 1000, "the log was not caught");
}

fn search(house: &House, secrets: &[(String, String)], log: &Log) {
    let mut places = vec![("the log".to_owned(), log.0.lock().unwrap().clone())];
    for name in ["pm3k.db", "pm3k.db-wal", "pm3k.db-shm"] {
        places.push((name.to_owned(), std::fs::read(house.dir.path().join(name)).unwrap()));
    }
    for (place, bytes) in &places {
        for (what, secret) in secrets {
            assert!(secret.len() >= 8, "{what} is too short to search for");
            let line = bytes.split(|b| *b == b'\n').find(|line| contains(line, secret.as_bytes()));
            assert!(line.is_none(), "{what} stands in {place}: {}", String::from_utf8_lossy(line.unwrap()));
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The search itself finds what is there.
#[test]
fn the_search_finds_a_secret_that_is_there() {
    assert!(contains(b"....hunter2....", b"hunter2"));
    assert!(!contains(b"....hunter....", b"hunter2"));
}
