//! The addresses under which platforms fetch media, and the addresses for whoever watches the process.

use chrono::{DateTime, TimeDelta, Utc};
use pm3k::ids::{JobId, MediaId};
use pm3k::kind::Kind;
use pm3k::media::public_url::{self, Claim};
use pm3k::model::job::{self, Room};
use pm3k::model::media;

use crate::support::api::{Reply, Served};
use crate::support::house::{Who, file, start};

struct Shared {
    api: Served,
    media: MediaId,
    job: JobId,
    name: String,
    bytes: Vec<u8>,
}

impl Shared {
    /// A clip that a job needs, which is being published.
    fn publishing() -> Shared {
        let shared = Shared::scheduled();
        shared.begin();
        shared
    }

    fn scheduled() -> Shared {
        let api = Served::start();
        let inside = api.house.enter();
        let account = inside.connect(Who::InstagramByItself, "Mira");
        let media = inside.upload("clip.mp4");
        let post = inside.schedule("Hello", &[media], start(), &[(account, Kind::Reel)]);
        let job = inside.view(post).jobs[0].id;
        let name = api.app.db.read(|db| media::get(db, media)).unwrap().unwrap().stored_name.unwrap();
        drop(inside);
        Shared { api, media, job, name, bytes: std::fs::read(file("clip.mp4")).unwrap() }
    }

    /// Leases the job, as the publisher does before its first step.
    fn begin(&self) {
        let claimed = self.api.app.db.write(|tx| job::claim(tx, start(), start(), Room { free: 1, long: 1, staging: 1 })).unwrap();
        assert_eq!(claimed.len(), 1);
    }

    fn token(&self, expires_at: DateTime<Utc>) -> String {
        let claim = Claim { media_id: self.media.0, job_id: self.job.0, attempt: 1, expires_at };
        public_url::sign(&self.api.app.keys.derive("media-url"), &claim)
    }

    fn path(&self) -> String {
        format!("/media/{}/{}", self.token(start() + TimeDelta::hours(1)), self.name)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.api.send(method, path, None, headers, Vec::new())
    }
}

#[test]
fn a_platform_fetches_a_whole_file() {
    let shared = Shared::publishing();
    let whole = shared.ask("GET", &shared.path(), &[]);
    assert_eq!((whole.status, whole.header("content-type")), (200, "video/mp4"));
    assert_eq!(whole.header("content-length"), shared.bytes.len().to_string());
    assert_eq!((whole.header("accept-ranges"), whole.header("x-content-type-options")), ("bytes", "nosniff"));
    assert!(whole.header("cache-control").contains("no-store"));
    assert!(whole.body == shared.bytes, "the bytes differ");

    let head = shared.ask("HEAD", &shared.path(), &[]);
    assert_eq!((head.status, head.header("content-type"), head.body.len()), (200, "video/mp4", 0));
    assert_eq!(head.header("content-length"), shared.bytes.len().to_string());
}

#[test]
fn a_platform_fetches_parts() {
    let shared = Shared::publishing();
    let size = shared.bytes.len();
    for (range, first, last) in [("bytes=0-0", 0, 0), ("bytes=100-1099", 100, 1099), ("bytes=1000-", 1000, size - 1), ("bytes=-10", size - 10, size - 1)] {
        for method in ["GET", "HEAD"] {
            let part = shared.ask(method, &shared.path(), &[("range", range)]);
            assert_eq!(part.status, 206, "{range}");
            assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{size}"));
            assert_eq!(part.header("content-length"), (last - first + 1).to_string());
            assert!(part.body == if method == "GET" { &shared.bytes[first..=last] } else { &[][..] }, "{method} {range}");
        }
    }
    let beyond = shared.ask("GET", &shared.path(), &[("range", &format!("bytes={size}-"))]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{size}").as_str()));
    assert_eq!(shared.ask("GET", &shared.path(), &[("range", "bytes=0-1,5-6")]).body.len(), size);
}

#[test]
fn everything_else_is_a_plain_404() {
    let shared = Shared::publishing();
    let good = shared.token(start() + TimeDelta::hours(1));
    let mut forged = good.clone();
    forged.replace_range(0..1, if good.starts_with('0') { "1" } else { "0" });
    let other_job = {
        let claim = Claim { media_id: shared.media.0, job_id: shared.job.0 + 1, attempt: 1, expires_at: start() + TimeDelta::hours(1) };
        public_url::sign(&shared.api.app.keys.derive("media-url"), &claim)
    };
    let other_key = {
        let claim = Claim { media_id: shared.media.0, job_id: shared.job.0, attempt: 1, expires_at: start() + TimeDelta::hours(1) };
        public_url::sign(&[7; 32], &claim)
    };
    let name = &shared.name;
    let addresses = [
        ("expired", format!("/media/{}/{name}", shared.token(start()))),
        ("forged", format!("/media/{forged}/{name}")),
        ("another job's", format!("/media/{other_job}/{name}")),
        ("another installation's", format!("/media/{other_key}/{name}")),
        ("another name", format!("/media/{good}/other.mp4")),
        ("a way out", format!("/media/{good}/..%2f..%2fkey")),
        ("no token", format!("/media/x/{name}")),
        ("capitals", format!("/media/{}/{name}", good.to_ascii_uppercase())),
    ];
    assert_eq!(shared.ask("GET", &format!("/media/{good}/{name}"), &[]).status, 200);
    for (what, address) in addresses {
        for method in ["GET", "HEAD"] {
            let answer = shared.ask(method, &address, &[]);
            assert_eq!((answer.status, answer.header("content-type")), (404, "text/plain; charset=utf-8"), "{what}");
        }
    }
}

#[test]
fn a_file_is_shown_only_while_its_job_is_being_published() {
    let shared = Shared::scheduled();
    assert_eq!(shared.ask("GET", &shared.path(), &[]).status, 404, "not begun");
    shared.begin();
    assert_eq!(shared.ask("GET", &shared.path(), &[]).status, 200);
    let post = shared.api.app.db.read(|db| job::get(db, shared.job)).unwrap().unwrap().post_id;
    pm3k::actions::posts::cancel(&shared.api.app, pm3k::actions::Actor::Cli, shared.api.workspace, post, start()).unwrap();
    assert_eq!(shared.ask("GET", &shared.path(), &[]).status, 404, "cancelled");
}

#[test]
fn robots_are_told_what_is_theirs() {
    let api = Served::start();
    let robots = api.send("GET", "/robots.txt", None, &[], Vec::new());
    let text = String::from_utf8(robots.body).unwrap();
    assert_eq!(text, "User-agent: facebookexternalhit\nAllow: /media/\nDisallow: /\n\nUser-agent: *\nDisallow: /\n");
}

#[test]
fn health_says_what_is_wrong() {
    let api = Served::start();
    assert_eq!(api.send("GET", "/healthz", None, &[], Vec::new()).status, 200);
    let ready = || {
        let answer = api.send("GET", "/readyz", None, &[], Vec::new());
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, reasons) = ready();
    assert!(status == 503 && reasons.contains("publisher:") && !reasons.contains("disk:") && !reasons.contains("database:"), "{reasons}");
    let publisher = pm3k::publisher::Publisher::start(api.app.engine(), api.app.publisher.clone(), &api.app.config.data_dir).unwrap();
    assert_eq!(ready(), (200, "ready\n".to_owned()));
    assert!(publisher.stop());
    assert_eq!(ready().0, 503);

    let full = Served::with(|config| config.media.free_space_floor = 1 << 60);
    let answer = full.send("GET", "/readyz", None, &[], Vec::new());
    assert!(answer.status == 503 && String::from_utf8(answer.body).unwrap().contains("disk:"));
}

#[test]
fn the_metrics_count_jobs_and_bytes() {
    let shared = Shared::publishing();
    let answer = shared.ask("GET", "/metrics", &[]);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "pm3k_jobs{state=\"publishing\"} 1".to_owned(),
        "pm3k_jobs{state=\"failed\"} 0".to_owned(),
        "pm3k_published_total 0".to_owned(),
        format!("pm3k_media_bytes {}", shared.bytes.len()),
        format!("process_start_time_seconds {}", start().timestamp()),
        "pm3k_publisher_running 0".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
