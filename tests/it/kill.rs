//! `kill -9` of the real binary at random moments, over all kinds and with faults on the visible calls: exactly one visible post for each job, and its
//! first comment once.
//!
//! `scripts/kill-rounds` makes a long run. Repeat one with `PM3K_KILL_SEED=…`, lengthen it with `PM3K_KILL_ROUNDS=…`; what it used is printed.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use pm3k::actions::Actor;
use pm3k::actions::posts::{self, NewPost, Schedule, Target};
use pm3k::clock::Clock;
use pm3k::ids::{AccountId, MediaId, PostId};
use pm3k::kind::Kind;
use pm3k::model::comment::{self, CommentState};
use pm3k::model::job::JobState;
use pm3k::model::media::Media;
use serde_json::json;
use simulator::{Fault, FaultKind, Options, VisiblePost};

use crate::matrix::{CASES, Case};
use crate::support::house::{House, Inside, Who, file};

/// Accounts of each sort: many, since an account's posts wait for its known limits, and go out spaced when the kills have made them late.
const ACCOUNTS: usize = 40;
/// Posts of a round, of random kinds.
const POSTS: u64 = 6;
const SORTS: [Who; 4] = [Who::Tiktok, Who::Page, Who::InstagramByFacebook, Who::InstagramByItself];

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
    let case = CASES[usize::try_from(dice.below(CASES.len() as u64)).unwrap()];
    let call = match dice.below(6) {
        0 => "facebook.comment",
        1 => "instagram.comment",
        _ => case.visible_call,
    };
    let kind = match dice.below(5) {
        0 => FaultKind::ActThenDrop,
        1 => FaultKind::ActThenStatus { status: 500, body: "<html>Sorry</html>".into() },
        2 => FaultKind::ActThenEmpty200,
        3 => FaultKind::DropBefore,
        _ => FaultKind::DelayAnswer(Duration::from_millis(400)),
    };
    Fault::next(call, kind)
}

/// A file of its own for each post, so that what is visible can be told apart by its bytes: a story has no words.
fn unique(name: &str, number: u64) -> Vec<u8> {
    let mut bytes = fs::read(file(name)).unwrap();
    let mark = number.to_be_bytes();
    if name.ends_with(".mp4") {
        bytes.extend([0, 0, 0, 16]);
        bytes.extend(b"free");
        bytes.extend(mark);
    } else {
        // A comment segment behind the start of the picture.
        let segment: Vec<u8> = [0xff, 0xfe, 0, 10].into_iter().chain(mark).collect();
        bytes.splice(2..2, segment);
    }
    bytes
}

/// One post of a run.
struct Made {
    case: &'static Case,
    post: PostId,
    caption: String,
    comment: bool,
}

impl Made {
    /// `sha256`: what was to go out.
    fn is_at(&self, seen: &VisiblePost, sha256: &[String]) -> bool {
        if sha256.is_empty() { seen.caption == self.caption && seen.media_sha256.is_empty() } else { seen.media_sha256 == sha256 }
    }
}

fn make(inside: &Inside<'_>, case: &'static Case, account_id: AccountId, number: u64, due: chrono::DateTime<Utc>, with_comment: bool) -> Made {
    let name = |file: &&'static str| if *file == "photo.png" || *file == "photo.webp" { "photo.jpg" } else { *file };
    let media: Vec<MediaId> =
        case.files.iter().enumerate().map(|(n, file)| inside.upload_bytes(name(file), &unique(name(file), number * 16 + n as u64))).collect();
    let mut options = (case.options)().as_object().cloned().unwrap();
    let can_have_one =
        matches!(case.kind, Kind::Text | Kind::Link | Kind::Reel | Kind::Image | Kind::Carousel) || (case.who == Who::Page && case.kind == Kind::Photos);
    let comment = with_comment && can_have_one;
    if comment {
        options.insert("first_comment".into(), json!(format!("first of {number}")));
    }
    let caption = format!("number {number}");
    let target = Target { account_id, kind: Some(case.kind), caption: None, options, adjust: Default::default() };
    let new = NewPost { caption: caption.clone(), media, schedule: Schedule::At(due), targets: vec![target] };
    let post = posts::create(&inside.app, Actor::Cli, inside.workspace, &new, None, Utc::now()).unwrap();
    Made { case, post, caption, comment }
}

/// What became of all posts of a run.
#[derive(Debug, Default)]
struct Tally {
    duplicates: usize,
    lost: usize,
    unconfirmed: usize,
    /// Nothing is out, and the job says so: TikTok came to fetch the photos three times, and the server was dead each time.
    not_fetched: usize,
    wrong: Vec<String>,
}

fn tally(inside: &Inside<'_>, made: &[Made], visible: &[VisiblePost]) -> Tally {
    let mut tally = Tally::default();
    for made in made {
        let mut view = inside.view(made.post);
        let job = view.jobs.remove(0);
        // What was converted goes out as the copy.
        let copy = |media: &Media| view.renditions(job.id).find(|copy| copy.media_id == media.id).and_then(|copy| copy.sha256.clone());
        let sha256: Vec<String> = view.media.iter().map(|media| copy(media).unwrap_or_else(|| media.sha256.clone())).collect();
        let found: Vec<&VisiblePost> = visible.iter().filter(|seen| made.is_at(seen, &sha256)).collect();
        tally.duplicates += found.len().saturating_sub(1);
        let unconfirmed = job.state == JobState::Unconfirmed;
        tally.unconfirmed += usize::from(unconfirmed);
        let not_fetched = job.state == JobState::Failed && found.is_empty() && job.last_error.as_ref().is_some_and(|error| error.code == "photo_pull_failed");
        tally.not_fetched += usize::from(not_fetched);
        tally.lost += usize::from(found.is_empty() && !unconfirmed && !not_fetched);
        let may_be = not_fetched || (unconfirmed && made.case.may_stay_unconfirmed && found.len() <= 1);
        if !may_be && (found.len() != 1 || job.state != JobState::Published) {
            tally.wrong.push(format!(
                "{:?} {} ({}): {} visible, {:?}, {:?}",
                made.case.who,
                made.case.kind,
                made.caption,
                found.len(),
                job.state,
                job.last_error
            ));
        }
        let said = found.first().map_or(0, |seen| seen.comments.len());
        if made.comment && job.state == JobState::Published && said != 1 {
            let kept = inside.app.db.read(|db| comment::of_job(db, job.id)).unwrap();
            tally.wrong.push(format!("{:?} {} ({}): {said} comments, {kept:?}", made.case.who, made.case.kind, made.caption));
        }
    }
    tally
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
    let mut secrets: Vec<String> =
        [simulator::TIKTOK_CLIENT_SECRET, simulator::FACEBOOK_APP_SECRET, simulator::INSTAGRAM_APP_SECRET, "upload_token="].map(str::to_owned).to_vec();
    let mut accounts: Vec<(Who, Vec<AccountId>)> = Vec::new();
    for who in SORTS {
        let grants: Vec<_> = (0..ACCOUNTS).map(|n| house.grant(who, &format!("maker{n}"))).collect();
        secrets.extend(grants.iter().map(|grant| grant.access_token.clone()));
        secrets.extend(grants.iter().filter_map(|grant| grant.refresh_token.clone()));
        accounts.push((who, grants.iter().map(|grant| inside.store(who, grant)).collect()));
    }
    let mut made: Vec<Made> = Vec::new();
    for _ in 0..rounds {
        for _ in 0..POSTS {
            let case = CASES[usize::try_from(dice.below(CASES.len() as u64)).unwrap()];
            let of_this_sort = &accounts.iter().find(|(who, _)| *who == case.who).unwrap().1;
            let account = of_this_sort[usize::try_from(dice.below(ACCOUNTS as u64)).unwrap()];
            let due = Utc::now() + TimeDelta::from_std(dice.millis(200, 1500)).unwrap();
            let with_comment = dice.below(2) == 0;
            made.push(make(&inside, case, account, made.len() as u64, due, with_comment));
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
    let deadline = Instant::now() + Duration::from_secs(420 + rounds * 2);
    let is_hanging = |made: &&Made| {
        let view = inside.view(made.post);
        view.jobs[0].state.is_live() || view.comments.iter().any(|comment| comment.state == CommentState::Waiting)
    };
    let hanging = loop {
        let hanging = made.iter().filter(is_hanging).count();
        if hanging == 0 || Instant::now() > deadline {
            break hanging;
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    // What nobody could tell, and what failed, keeps its media until a person has looked.
    let kept: usize =
        made.iter().map(|made| inside.view(made.post)).filter(|view| view.jobs[0].state != JobState::Published).map(|view| view.media.len()).sum();
    let media_left = || fs::read_dir(inside.app.store.root()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    let swept = Instant::now() + Duration::from_secs(60);
    while media_left() > kept && Instant::now() < swept {
        std::thread::sleep(Duration::from_millis(250));
    }
    server.kill().unwrap();
    server.wait().unwrap();

    let visible = house.simulator.ever_posted();
    let Tally { duplicates, lost, unconfirmed, not_fetched, wrong } = tally(&inside, &made, &visible);
    println!(
        "{rounds} rounds of kill -9 with seed {seed}: {} jobs of {} forms, {duplicates} duplicates, {lost} lost, {hanging} hanging, {unconfirmed} unconfirmed, \
         {not_fetched} failed since the server was dead whenever their photos were fetched, {} media files left ({kept} of them kept for these)",
        made.len(),
        CASES.len(),
        media_left()
    );
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    assert_eq!((duplicates, lost, hanging), (0, 0, 0), "seed {seed}");
    assert!(visible.len() <= made.len(), "seed {seed}: {} posts are visible", visible.len());
    assert_eq!(media_left(), kept, "seed {seed}: media was left behind");
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("panicked"), "the server panicked:\n{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret stands in the log");
    }
}
