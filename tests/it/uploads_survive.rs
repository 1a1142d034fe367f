//! Uploads in pieces through everything that can come between: broken pieces, wrong ones, restarts, crashes at each commit, bytes beyond what was
//! acknowledged. The file that arrives is always the one that was sent.

use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use pm3k::actions::Actor;
use pm3k::actions::uploads::{self, Announced, Error, Owner, Piece, View};
use pm3k::app::App;
use pm3k::db::Commit;
use pm3k::ids::WorkspaceId;
use pm3k::media::tus_headers::Checksum;
use pm3k::model::{media, workspace};
use pm3k::publisher::sweep;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::house::{House, file, start};
use crate::support::tus::sum;

/// A sender with a file, and an installation that may be opened anew at any moment.
struct Sending {
    house: House,
    app: App,
    owner: Owner,
    bytes: Vec<u8>,
}

fn open(house: &House) -> (App, WorkspaceId) {
    let (app, _) = App::open(house.config(), house.clock.clone()).unwrap();
    let id = app.db.write(|tx| workspace::first_or_create(tx, "UTC", start())).unwrap().id;
    (app, id)
}

impl Sending {
    fn of(bytes: Vec<u8>) -> Sending {
        let house = House::build();
        let (app, workspace) = open(&house);
        Sending { house, app, owner: Owner { workspace, actor: Actor::Cli }, bytes }
    }

    /// What a restart does.
    fn restart(&mut self) {
        self.app = open(&self.house).0;
    }

    fn create(&self) -> Result<View, Error> {
        let length = self.bytes.len() as u64;
        let announced = Announced { length, file_name: "clip.mp4", declared: Some("video/mp4"), metadata: "", idempotency_key: Some("once") };
        uploads::create(&self.app, self.owner, &announced, start()).map(|(view, _)| view)
    }

    fn send(&self, word: &str, piece: &Piece, body: &mut dyn Read) -> Result<View, Error> {
        let now: &dyn Fn() -> DateTime<Utc> = &start;
        uploads::append(&self.app, self.owner, word, piece, body, Arc::new(|| ()), now)
    }

    fn take_up(&self, word: &str) -> Result<View, Error> {
        uploads::take_up(&self.app, self.owner, word, start())
    }

    /// Sends everything from `offset` on, and looks at what is stored.
    fn send_rest(&self, word: &str, offset: u64) {
        let rest = &self.bytes[usize::try_from(offset).unwrap()..];
        let view = self.send(word, &Piece { offset, length: Some(rest.len() as u64), checksum: None }, &mut Cursor::new(rest)).unwrap();
        self.is_stored(&view);
    }

    fn is_stored(&self, view: &View) {
        let row = self.app.db.read(|db| media::get(db, view.media_id.unwrap())).unwrap().unwrap();
        let stored = std::fs::read(self.app.store.root().join(row.stored_name.unwrap())).unwrap();
        assert!(stored == self.bytes, "the stored file is another one");
        assert_eq!(row.sha256, pm3k::secret::hex(&Sha256::digest(&self.bytes)));
        assert_eq!(self.app.store.list().unwrap().len(), 1);
        assert_eq!(self.app.store.part_length(&view.word).unwrap(), None);
        let rows: i64 = self.app.db.read(|db| db.query_row("SELECT count(*) FROM media", [], |row| row.get(0))).unwrap();
        assert_eq!(rows, 1);
    }
}

fn clip() -> Vec<u8> {
    std::fs::read(file("clip.mp4")).unwrap()
}

/// A body that breaks off.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the connection was lost")),
            n => Ok(n),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// The next so many bytes; with a sum, or broken off after a share of them.
    Piece {
        bytes: usize,
        sum: Option<bool>,
        broken_at: Option<usize>,
    },
    /// A piece that begins elsewhere.
    Elsewhere {
        by: u64,
    },
    Ask,
    Restart,
    /// The machine dies: bytes that nobody acknowledged are on the disk.
    Junk {
        bytes: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let piece = (0usize..30_000, prop::option::weighted(0.3, any::<bool>()), prop::option::weighted(0.3, 0usize..30_000));
    prop_oneof![
        6 => piece.prop_map(|(bytes, sum, broken_at)| Step::Piece { bytes, sum, broken_at }),
        1 => (1u64..50_000).prop_map(|by| Step::Elsewhere { by }),
        1 => Just(Step::Ask),
        1 => Just(Step::Restart),
        1 => (1usize..5000).prop_map(|bytes| Step::Junk { bytes }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_file_arrives_as_it_was(steps in prop::collection::vec(step(), 1..25)) {
        let mut sending = Sending::of(clip());
        let length = sending.bytes.len();
        let word = sending.create().unwrap().word;
        let mut at = 0usize;
        for step in steps {
            match step {
                Step::Piece { bytes, sum: with_sum, broken_at } => {
                    let end = (at + bytes).min(length);
                    let whole = sending.bytes[at..end].to_vec();
                    let checksum = with_sum.map(|right| Checksum::parse(&sum(if right { &whole } else { b"something else" })).unwrap());
                    let piece = Piece { offset: at as u64, length: Some(whole.len() as u64), checksum };
                    let sent = match broken_at.filter(|cut| *cut < whole.len()) {
                        Some(cut) => sending.send(&word, &piece, &mut Broken(Cursor::new(whole[..cut].to_vec()))).map(|_| ()),
                        None => sending.send(&word, &piece, &mut Cursor::new(whole.clone())).map(|_| ()),
                    };
                    match (sent, with_sum, broken_at.filter(|cut| *cut < whole.len())) {
                        (Ok(()), None | Some(true), None) => at = end,
                        (Err(Error::Body(_)), None, Some(cut)) => at += cut,
                        (Err(Error::Body(_)), Some(_), Some(_)) => {}
                        (Err(Error::Mismatch), Some(false), None) => {}
                        // It was whole before.
                        (Ok(()), Some(false), None) if at == length => {}
                        // Broken off before anything came: nothing was needed any more.
                        (other, ..) => prop_assert!(false, "{other:?}"),
                    }
                }
                Step::Elsewhere { by } => {
                    let offset = at as u64 + by;
                    let refused = sending.send(&word, &Piece { offset, length: None, checksum: None }, &mut Cursor::new(b"xxx"));
                    prop_assert!(matches!(refused, Err(Error::Offset { stands }) if stands == at as u64), "{refused:?}");
                }
                Step::Ask => {}
                Step::Restart => sending.restart(),
                Step::Junk { bytes } if at < length => {
                    let part = sending.app.store.root().join(format!("incoming/{word}.part"));
                    if let Ok(mut part) = std::fs::OpenOptions::new().append(true).open(part) {
                        io::Write::write_all(&mut part, &vec![b'?'; bytes]).unwrap();
                    }
                    sending.restart();
                }
                Step::Junk { .. } => {}
            }
            prop_assert_eq!(uploads::look(&sending.app, sending.owner, &word, start()).unwrap().offset, at as u64);
            prop_assert_eq!(sending.take_up(&word).unwrap().offset, at as u64);
        }
        sending.send_rest(&word, at as u64);
    }
}

/// The process ends before or after its 1st, 2nd, … commit; the sender asks where it stands and goes on.
#[test]
fn a_crash_at_any_commit_loses_nothing_that_was_acknowledged() {
    let mut commits = 0;
    for (nth, when) in (1..).flat_map(|nth| [(nth, Commit::Before), (nth, Commit::After)]) {
        let mut sending = Sending::of(clip());
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        sending.app.db.set_observer(Some(Arc::new(move |commit| {
            let n = if commit == Commit::Before { count.fetch_add(1, Ordering::Relaxed) + 1 } else { count.load(Ordering::Relaxed) };
            assert!((n, commit) != (nth, when), "the process ends here");
        })));
        let acknowledged = AtomicUsize::new(0);
        let whole = catch_unwind(AssertUnwindSafe(|| {
            let word = sending.create().unwrap().word;
            for piece in sending.bytes.chunks(30_000) {
                let offset = acknowledged.load(Ordering::Relaxed);
                sending.send(&word, &Piece { offset: offset as u64, length: None, checksum: None }, &mut Cursor::new(piece)).unwrap();
                acknowledged.store(offset + piece.len(), Ordering::Relaxed);
            }
        }));
        if whole.is_ok() {
            break;
        }
        commits += 1;
        sending.restart();
        // The same creation again: its answer may have been lost.
        let word = sending.create().unwrap().word;
        let view = sending.take_up(&word).unwrap();
        assert!(view.offset >= acknowledged.load(Ordering::Relaxed) as u64, "{nth} {when:?}: {view:?}");
        sending.send_rest(&word, view.offset);
        let swept = sweep::sweep(&sending.app.engine(), start()).unwrap();
        assert_eq!(swept, sweep::Swept::default(), "{nth} {when:?}: nothing is left behind");
    }
    assert!(commits >= 10, "creation, three pieces and the end are five commits: {commits}");
}

/// A crash between the rename into the store and the row is the one moment where the file lies under its new name and nothing says so.
#[test]
fn a_file_that_was_renamed_without_its_row_is_found() {
    let sending = Sending::of(clip());
    let word = sending.create().unwrap().word;
    let all_but_one = &sending.bytes[..sending.bytes.len() - 1];
    sending.send(&word, &Piece::default(), &mut Cursor::new(all_but_one)).unwrap();
    sending.app.db.set_observer(Some(Arc::new({
        let ended = AtomicUsize::new(0);
        move |commit| assert!(commit == Commit::After || ended.fetch_add(1, Ordering::Relaxed) == 0, "the process ends here")
    })));
    let piece = Piece { offset: all_but_one.len() as u64, length: None, checksum: None };
    let last = &sending.bytes[all_but_one.len()..];
    assert!(catch_unwind(AssertUnwindSafe(|| sending.send(&word, &piece, &mut Cursor::new(last)))).is_err());
    let sending = Sending { app: open(&sending.house).0, ..sending };
    assert_eq!(sending.app.store.list().unwrap().len(), 1, "it was renamed");
    // However old it is, the sweep leaves it.
    let renamed = sending.app.store.root().join(&sending.app.store.list().unwrap()[0].name);
    std::fs::File::open(&renamed).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(sweep::sweep(&sending.app.engine(), start()).unwrap(), sweep::Swept::default());
    let view = sending.take_up(&word).unwrap();
    sending.is_stored(&view);
}

/// A long piece is acknowledged to nobody before its end, but what a crash in the middle of it costs is bounded.
#[test]
fn a_long_piece_is_brought_to_the_disk_on_the_way() {
    struct Dying<'a> {
        left: usize,
        at: Box<dyn Fn() + 'a>,
    }
    impl Read for Dying<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                (self.at)();
                panic!("the process ends here");
            }
            let n = buffer.len().min(self.left);
            buffer[..n].fill(7);
            self.left -= n;
            Ok(n)
        }
    }
    const MIB: usize = 1 << 20;
    let sending = Sending::of(vec![7; 64 * MIB]);
    let word = sending.create().unwrap().word;
    let look = || uploads::look(&sending.app, sending.owner, &word, start()).unwrap().offset;
    let mut body = Dying { left: 50 * MIB, at: Box::new(|| assert!(look() >= 32 * MIB as u64, "{}", look())) };
    assert!(catch_unwind(AssertUnwindSafe(|| sending.send(&word, &Piece::default(), &mut body))).is_err());
    drop(body);
    let sending = Sending { app: open(&sending.house).0, ..sending };
    let stands = sending.take_up(&word).unwrap().offset;
    assert!(stands >= 34 * MIB as u64 && stands <= 50 * MIB as u64, "{stands}");
    // It goes on from there; being no video, it is refused in the end, with nothing left.
    let rest = vec![7; 64 * MIB - usize::try_from(stands).unwrap()];
    let refused = sending.send(&word, &Piece { offset: stands, length: None, checksum: None }, &mut Cursor::new(rest));
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(sending.app.store.part_length(&word).unwrap(), None);
}

#[test]
fn what_was_taken_away_by_hand_begins_anew() {
    let sending = Sending::of(clip());
    let word = sending.create().unwrap().word;
    sending.send(&word, &Piece::default(), &mut Cursor::new(&sending.bytes[..5000])).unwrap();
    sending.app.store.drop_part(&word).unwrap();
    assert_eq!(sending.take_up(&word).unwrap().offset, 0);
    sending.send_rest(&word, 0);
}

/// The sweep removes what nobody needs, and never what goes on, however old it is.
#[test]
fn the_sweep_leaves_what_goes_on() {
    let sending = Sending::of(clip());
    let word = sending.create().unwrap().word;
    sending.send(&word, &Piece::default(), &mut Cursor::new(&sending.bytes[..5000])).unwrap();
    let incoming = sending.app.store.root().join("incoming");
    let age = |name: &str, minutes: u64| {
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(incoming.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60 * minutes)).unwrap();
    };
    age(&format!("{word}.part"), 60 * 20);
    age("cutoff.part", 16);
    age("growing.part", 14);
    let swept = sweep::sweep(&sending.app.engine(), start()).unwrap();
    assert_eq!((swept.strays, swept.expired), (1, 0));
    let mut left: Vec<_> = std::fs::read_dir(&incoming).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    let mut wanted = [format!("{word}.part"), "growing.part".to_owned()];
    wanted.sort();
    assert_eq!(left, wanted);
    sending.send_rest(&word, 5000);
}
