//! A full disk, for real: a small file system of its own, filled up to a few pages, so that each write in turn is the one that finds no room. Nothing that
//! was acknowledged is lost, nothing is published twice or never, the database stays whole, and all goes on by itself once there is room again.
//!
//! Each test runs in a process of its own inside a mount namespace (`unshare`, `mount -t tmpfs`). Where the machine does not permit that, it says so and
//! passes; with `PM3K_NEED_TMPFS=1` it fails there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::process::Command;
use std::sync::Arc;

use chrono::TimeDelta;
use pm3k::actions::uploads::{self, Announced, Error, Owner, Piece};
use pm3k::actions::{self, Actor};
use pm3k::kind::Kind;
use pm3k::model::job::JobState;
use pm3k::model::media;
use pm3k::publisher::maker::{self, Lane};
use pm3k::publisher::sweep;

use crate::support::api::Served;
use crate::support::house::{House, Inside, Who, assert_published, file, start};
use crate::support::picture;
use crate::support::tus::{create, offset, patch, tus};

const INSIDE: &str = "PM3K_TEST_SMALL_DISK";
const PAGE: u64 = 4096;

/// Runs the test of this name again with its temporary folder on a small file system of its own. True: this is the process where that is so.
fn on_a_small_disk(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=24m,mode=700 none \"$TMPDIR\" || exit 77; exec \"$0\" \"$@\"";
    let again = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("TMPDIR", folder.path())
        .env(INSIDE, "1")
        .status();
    match again {
        Ok(status) if status.success() => {}
        Ok(status) if status.code() != Some(77) && may_unshare() => panic!("{test} failed on the small disk: {status}"),
        other => {
            assert!(std::env::var_os("PM3K_NEED_TMPFS").is_none(), "no file system of its own could be mounted: {other:?}");
            println!("{test}: skipped, since this machine does not permit a file system of its own ({other:?})");
        }
    }
    false
}

fn may_unshare() -> bool {
    Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).status().is_ok_and(|status| status.success())
}

/// Fills the disk up to so many pages, until it is dropped.
struct Ballast(std::path::PathBuf);

impl Ballast {
    fn leaving(app: &pm3k::app::App, pages: u64) -> Ballast {
        // What the write-ahead log holds already can be written over without room: it is emptied first, so that each commit needs pages.
        app.db.write(|_| Ok::<_, rusqlite::Error>(())).unwrap();
        let log = rusqlite::Connection::open(app.config.database_path()).unwrap();
        log.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
        drop(log);
        let path = app.config.data_dir.join("ballast");
        let mut ballast = fs::File::create(&path).unwrap();
        loop {
            let free = app.store.free_space().unwrap();
            if free <= pages * PAGE {
                return Ballast(path);
            }
            let more = usize::try_from((free - pages * PAGE).min(1 << 20)).unwrap();
            ballast.write_all(&vec![0; more]).unwrap();
        }
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

#[track_caller]
fn is_whole(app: &pm3k::app::App) {
    let verdict: String = app.db.read(|db| db.query_row("PRAGMA integrity_check", [], |row| row.get(0))).unwrap();
    assert_eq!(verdict, "ok");
}

/// An upload that meets a full disk anywhere is told so in a sentence, and goes on from what was acknowledged.
#[test]
fn an_upload_goes_on_when_there_is_room_again() {
    if !on_a_small_disk("uploads_disk::an_upload_goes_on_when_there_is_room_again") {
        return;
    }
    let house = House::build();
    let inside = house.enter();
    let app = &inside.app;
    let owner = Owner { workspace: inside.workspace, actor: Actor::Cli };
    let bytes = fs::read(file("clip.mp4")).unwrap();
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for pages in 0..45 {
        let length = bytes.len() as u64;
        let announced = Announced { length, file_name: "clip.mp4", declared: None, metadata: "", idempotency_key: None };
        let word = uploads::create(app, owner, &announced, start()).unwrap().0.word;
        let first = &bytes[..20_000];
        uploads::append(app, owner, &word, &Piece::default(), &mut Cursor::new(first), Arc::new(|| ()), &start).unwrap();
        {
            let _full = Ballast::leaving(app, pages);
            let mut stands = first.len() as u64;
            // As a client that does not give up at once.
            for _ in 0..3 {
                let rest = Cursor::new(&bytes[usize::try_from(stands).unwrap()..]);
                match uploads::append(app, owner, &word, &Piece { offset: stands, length: None, checksum: None }, &mut { rest }, Arc::new(|| ()), &start) {
                    Ok(view) => assert!(view.media_id.is_some()),
                    Err(Error::Other(actions::Error::NoRoom(why))) => {
                        assert!(why.contains("disk is full"), "{why}");
                        *met.entry("piece").or_default() += 1;
                    }
                    Err(other) => panic!("{pages} pages: {other:?}"),
                }
                match uploads::take_up(app, owner, &word, start()) {
                    Ok(view) => {
                        assert!(view.offset >= stands, "{pages} pages: what was acknowledged is lost");
                        if view.offset > stands {
                            *met.entry("kept a part").or_default() += 1;
                        }
                        stands = view.offset;
                        if view.media_id.is_some() {
                            *met.entry("done on the full disk").or_default() += 1;
                            break;
                        }
                    }
                    // Everything has arrived, and its row cannot be written.
                    Err(Error::Other(actions::Error::NoRoom(_))) => *met.entry("end").or_default() += 1,
                    Err(other) => panic!("{pages} pages: {other:?}"),
                }
            }
        }
        is_whole(app);
        let view = uploads::take_up(app, owner, &word, start()).unwrap();
        let rest = &bytes[usize::try_from(view.offset).unwrap()..];
        let done =
            uploads::append(app, owner, &word, &Piece { offset: view.offset, length: None, checksum: None }, &mut Cursor::new(rest), Arc::new(|| ()), &start)
                .unwrap();
        let row = app.db.read(|db| media::get(db, done.media_id.unwrap())).unwrap().unwrap();
        assert!(fs::read(app.store.root().join(row.stored_name.unwrap())).unwrap() == bytes, "{pages} pages");
        actions::media::remove(app, Actor::Cli, inside.workspace, row.id, start()).unwrap();
        assert_eq!(app.store.list().unwrap(), [], "{pages} pages: nothing is left behind");
    }
    println!("met: {met:?}");
    assert_eq!(sweep::sweep(&inside.engine, start()).unwrap(), sweep::Swept::default());
    for kind in ["piece", "kept a part", "end", "done on the full disk"] {
        assert!(met.contains_key(kind), "the disk was never full at {kind}: {met:?}");
    }
}

/// Over HTTP: 507 with a sentence at the beginning, in the middle and for raw uploads; what runs is not hurt.
#[test]
fn a_full_disk_is_a_507() {
    if !on_a_small_disk("uploads_disk::a_full_disk_is_a_507") {
        return;
    }
    let api = Served::start();
    let bytes = fs::read(file("clip.mp4")).unwrap();
    let location = create(&api, "clip.mp4", "video/mp4", bytes.len());
    assert_eq!(patch(&api, &location, 0, &bytes[..1000]).status, 204);
    {
        let _full = Ballast::leaving(&api.app, 8);
        let (code, _, detail) = patch(&api, &location, 1000, &bytes[1000..]).problem(507);
        assert!(code == "no_room" && detail.contains("kept") && detail.contains("goes on from there"), "{detail}");
        assert_eq!(tus(&api, "POST", "/api/v1/uploads", &[("upload-length", "100000")], b"").problem(507).0, "no_room");
        let raw = api.send("POST", "/api/v1/media", Some(&api.key), &[("content-type", "video/mp4")], bytes.clone());
        assert_eq!(raw.problem(507).0, "no_room");
        assert!(offset(&api, &location) >= 1000);
        assert_eq!(api.get(&location).ok(200)["problem"], serde_json::Value::Null);
    }
    let stands = offset(&api, &location);
    let reply = patch(&api, &location, stands, &bytes[stands..]);
    assert!(reply.status == 204 && reply.header("media-id").starts_with("media_"));
    assert_eq!(fs::read_dir(api.app.store.root().join("incoming")).unwrap().count(), 0);
    is_whole(&api.app);
}

/// What becomes of the rest of the attempt does not matter: the row is what counts, and it is read once there is room.
fn tick_until(inside: &Inside<'_>, minutes: i64) -> usize {
    let mut refused = 0;
    for _ in 0..minutes * 2 {
        refused += usize::from(inside.engine.tick().is_err());
        inside.house.go_to(inside.house.now() + TimeDelta::seconds(30));
    }
    refused
}

/// Posts that come due while nothing can be stored go out once there is room, and once only.
#[test]
fn posts_due_on_a_full_disk_go_out_exactly_once() {
    if !on_a_small_disk("uploads_disk::posts_due_on_a_full_disk_go_out_exactly_once") {
        return;
    }
    let mut refused = 0;
    for (restarts, pages) in [true, false].into_iter().flat_map(|restarts| (0..24).map(move |pages| (restarts, pages))) {
        let house = House::build();
        let mut inside = house.enter();
        let page = inside.connect(Who::Page, "maker");
        let gram = inside.connect(Who::InstagramByItself, "gram");
        let photo = inside.upload("photo.jpg");
        let due = start() + TimeDelta::minutes(2);
        let post = inside.schedule("due while the disk is full", &[photo], due, &[(page, Kind::Photos), (gram, Kind::Image)]);
        {
            let _full = Ballast::leaving(&inside.app, pages);
            refused += tick_until(&inside, 6);
            is_whole(&inside.app);
        }
        if restarts {
            drop(inside);
            inside = house.enter();
        }
        // A lease whose outcome could not be stored ends by itself after half an hour.
        inside.run_until(house.now() + TimeDelta::minutes(45));
        let view = inside.run_to_the_end(post);
        for job in &view.jobs {
            assert_eq!(job.state, JobState::Published, "{pages} pages, restart {restarts}: {:?}", job.last_error);
        }
        assert_eq!(house.visible().len(), 2, "{pages} pages, restart {restarts}: {:?}", house.visible());
        is_whole(&inside.app);
        assert_eq!(inside.app.store.list().unwrap(), [], "its media is cleared");
    }
    println!("commits that found no room stopped {refused} rounds");
    assert!(refused > 20, "the disk was never full when it mattered: {refused}");
}

/// A copy that finds no room, or whose row cannot be stored, is made when there is room again; its post waits for it and goes out once.
#[test]
fn a_conversion_waits_for_room_and_its_post_goes_out_once() {
    if !on_a_small_disk("uploads_disk::a_conversion_waits_for_room_and_its_post_goes_out_once") {
        return;
    }
    let house = House::build();
    let inside = house.enter();
    let account = inside.connect(Who::InstagramByFacebook, "maker");
    let png = picture(500, 500);
    let (mut refused, mut told) = (0, 0);
    for pages in 0..24 {
        let media = inside.upload_bytes("menu.png", &png);
        let post = inside.schedule("x", &[media], house.now() + TimeDelta::hours(1), &[(account, Kind::Image)]);
        {
            let _ballast = Ballast::leaving(&inside.app, pages);
            let made = maker::convert_next(&inside.engine, Lane::Light, &|| false);
            let copy = inside.view(post).renditions.remove(0).1;
            refused += usize::from(made.is_err());
            if let Some(trouble) = copy.error {
                assert!(trouble.message.contains("Make room on the disk"), "{trouble:?}");
                told += 1;
            }
        }
        is_whole(&inside.app);
        // As the threads do, which look again by themselves.
        house.go_to(house.now() + TimeDelta::minutes(1));
        assert_published(&inside.run_to_the_end(post));
        assert_eq!(inside.app.store.list().unwrap(), []);
    }
    assert!(refused > 0 && told > 0, "{refused} commits and {told} files found no room");
    assert_eq!(house.visible().len(), 24);
}
