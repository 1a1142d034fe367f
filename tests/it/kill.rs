//! `kill -9` of the real binary at random moments, over all kinds and with faults on the visible calls: exactly one visible post for each job.
//!
//! Repeat a run with `PM3K_KILL_SEED=…`, lengthen it with `PM3K_KILL_ROUNDS=…`; what it used is printed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pm3k::clock::Clock;
use pm3k::ids::{AccountId, PostId};
use pm3k::kind::{Kind, Login};
use pm3k::model::job::{self, JobState};
use simulator::{Fault, FaultKind, Options};

use crate::support::house::{House, KINDS, file_for, who_for};

/// Accounts of each platform: several, so that a long settling of one does not hold up the rounds.
const ACCOUNTS: usize = 4;

/// A small generator (SplitMix64), so that a seed repeats a run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn serve(config: &Path, log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(env!("CARGO_BIN_EXE_pm3k"))
        .args(["serve", "-v"])
        .env("PM3K_CONFIG", config)
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn random_fault(dice: &mut Dice) -> Fault {
    let calls = simulator::VISIBLE_CALLS;
    let call = calls[usize::try_from(dice.below(calls.len() as u64)).unwrap()];
    let kind = match dice.below(5) {
        0 => FaultKind::ActThenDrop,
        1 => FaultKind::ActThenStatus { status: 500, body: "<html>Sorry</html>".into() },
        2 => FaultKind::ActThenEmpty200,
        3 => FaultKind::DropBefore,
        _ => FaultKind::DelayAnswer(Duration::from_millis(400)),
    };
    Fault::next(call, kind)
}

#[test]
fn killed_at_random_moments_every_job_ends_in_exactly_one_post() {
    let rounds = number("PM3K_KILL_ROUNDS", 50);
    let seed = number("PM3K_KILL_SEED", 20_261_122);
    let mut dice = Dice(seed);
    let mut house = House::with(Options { clock: simulator::Clock::system(), limits: false, processing: Duration::from_millis(300), ..Options::default() });
    house.clock = Clock::system();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let public_url = format!("http://127.0.0.1:{port}");
    let config = house.dir.path().join("config.toml");
    let log = house.dir.path().join("log");
    let text = format!(
        "data_dir = {:?}\n[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"{public_url}\"\n[media]\nfree_space_floor = \"0B\"\n{}",
        house.dir.path(),
        house.simulator.config_toml(&public_url)
    );
    fs::write(&config, text).unwrap();

    // Beside the server, as the command line works beside it.
    let inside = house.enter();
    let mut accounts: BTreeMap<Login, Vec<AccountId>> = BTreeMap::new();
    let mut secrets: Vec<String> =
        [simulator::TIKTOK_CLIENT_SECRET, simulator::FACEBOOK_APP_SECRET, simulator::INSTAGRAM_APP_SECRET, "upload_token="].map(str::to_owned).to_vec();
    for login in [Login::Tiktok, Login::Facebook, Login::Instagram] {
        let grants: Vec<_> = (0..ACCOUNTS).map(|n| house.grant(who_for(login), &format!("maker{n}"))).collect();
        secrets.extend(grants.iter().map(|grant| grant.access_token.clone()));
        secrets.extend(grants.iter().filter_map(|grant| grant.refresh_token.clone()));
        accounts.insert(login, grants.iter().map(|grant| inside.store(who_for(login), grant)).collect());
    }
    let mut posts: Vec<(PostId, Login, Kind, String)> = Vec::new();
    for round in 0..rounds {
        for (login, kind) in KINDS {
            let account = accounts[login][usize::try_from(dice.below(ACCOUNTS as u64)).unwrap()];
            let caption = format!("round {round} {login} {kind}");
            let media = inside.upload(file_for(*kind));
            let due = Utc::now() + TimeDelta::from_std(dice.millis(200, 1500)).unwrap();
            posts.push((inside.schedule(&caption, &[media], due, &[(account, *kind)]), *login, *kind, caption));
        }
        if dice.below(3) == 0 {
            house.simulator.fault(random_fault(&mut dice));
        }
        let mut server = serve(&config, &log);
        std::thread::sleep(dice.millis(30, 1400));
        // On Unix this is SIGKILL: nothing of the process runs any more.
        server.kill().unwrap();
        server.wait().unwrap();
    }
    house.simulator.clear_faults();

    let mut server = serve(&config, &log);
    let deadline = Instant::now() + Duration::from_secs(420);
    let state = |post: PostId| inside.app.db.read(|db| job::of_post(db, post)).unwrap().remove(0);
    let hanging = loop {
        let hanging: Vec<_> = posts.iter().filter(|(post, ..)| state(*post).state.is_live()).collect();
        if hanging.is_empty() || Instant::now() > deadline {
            break hanging.len();
        }
        std::thread::sleep(Duration::from_millis(250));
    };
    let media_gone = || fs::read_dir(inside.app.store.root()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    let swept = Instant::now() + Duration::from_secs(60);
    while media_gone() > 0 && Instant::now() < swept {
        std::thread::sleep(Duration::from_millis(250));
    }
    server.kill().unwrap();
    server.wait().unwrap();

    let visible = house.visible();
    let (mut duplicates, mut lost, mut unconfirmed, mut wrong) = (0, 0, 0, Vec::new());
    for (post, login, kind, caption) in &posts {
        let job = state(*post);
        unconfirmed += usize::from(job.state == JobState::Unconfirmed);
        // A draft has no caption on the platform: drafts are counted together below.
        let times = if *kind == Kind::DraftVideo { 1 } else { visible.iter().filter(|seen| seen.caption == *caption).count() };
        duplicates += times.saturating_sub(1);
        lost += usize::from(times == 0);
        if times != 1 || job.state != JobState::Published {
            wrong.push(format!("{login} {kind} {post} ({caption}): {times} visible, {:?}, {:?}", job.state, job.last_error));
        }
    }
    let drafts = posts.iter().filter(|(_, _, kind, _)| *kind == Kind::DraftVideo).count();
    let drafts_seen = visible.iter().filter(|seen| seen.kind == "draft_video").count();
    duplicates += drafts_seen.saturating_sub(drafts);
    lost += drafts.saturating_sub(drafts_seen);
    println!(
        "{rounds} rounds of kill -9 with seed {seed}: {} jobs, {duplicates} duplicates, {lost} lost, {hanging} hanging, {unconfirmed} unconfirmed, {} media files left",
        posts.len(),
        media_gone()
    );
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    assert_eq!((duplicates, lost, hanging), (0, 0, 0), "seed {seed}");
    assert_eq!(visible.len(), posts.len(), "seed {seed}");
    assert_eq!(media_gone(), 0, "seed {seed}: media was left behind");
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("panicked"), "the server panicked:\n{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret stands in the log");
    }
}
