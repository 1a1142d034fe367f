//! One piece of a file, from its sender to the disk.
//!
//! What must always be true: the row is told of bytes only after they were brought to the disk. A piece with a sum counts only once the sum was found
//! right. However a piece ends (a lost connection, a full disk, another request), the bytes that count are kept and the others are not.

use std::fs::File;
use std::io::{Read, Write as _};
use std::thread::{self, JoinHandle};

use chrono::{DateTime, Utc};

use super::{Error, LIFE, Owner, View, find, finish, take_turn, view};
use crate::actions;
use crate::app::App;
use crate::media::turns::Wake;
use crate::media::tus_headers::Checksum;
use crate::media::{Incoming, Saved, Turn};
use crate::model::upload;

/// What is written to the disk at once.
const PIECE: usize = 64 * 1024;
/// What arrived is brought to the disk and told to the row this often, while the next so many bytes are written: at most twice as much is sent again
/// when the process dies.
const CHECKPOINT: u64 = 8 * 1024 * 1024;

const FULL: &str = "The server's disk is full. What had arrived is kept, and the upload goes on from there once the admin has made room.";

/// What a sender says of the piece it sends.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    pub offset: u64,
    /// Its length, if that was announced.
    pub length: Option<u64>,
    pub checksum: Option<Checksum>,
}

/// Takes a piece in. `wake` must make `body` fail soon: it is called when another request wants to go on with this upload.
pub fn append(app: &App, owner: Owner, word: &str, piece: &Piece, body: &mut dyn Read, wake: Wake, now: &dyn Fn() -> DateTime<Utc>) -> Result<View, Error> {
    let turn = take_turn(app, owner, word, wake, now())?;
    let upload = finish::settle(app, &turn, find(app, owner, word, now())?, now())?;
    if upload.has_ended() && piece.offset == upload.length {
        return finish::outcome(&upload);
    }
    if upload.has_ended() || piece.offset != upload.saved.bytes {
        return Err(Error::Offset { stands: upload.saved.bytes });
    }
    let left = upload.length - upload.saved.bytes;
    if piece.length.is_some_and(|length| length > left) {
        return Err(Error::TooMuch { left });
    }
    let mut incoming = app.store.resume(word, &upload.saved, upload.length)?;
    let mut taking = Taking { app, word, turn: &turn, now, told: upload.saved.clone(), behind: None };
    let end = taking.take(&mut incoming, piece, body);
    // A piece with a sum that did not come to its end cannot be checked: nothing of it counts.
    let counts = !matches!(end, Err(Error::Mismatch | Error::TooMuch { .. })) && (piece.checksum.is_none() || end.is_ok());
    let told = if counts { taking.tell_all(&mut incoming) } else { taking.settle_behind() };
    let reached = taking.told.clone();
    drop(incoming);
    end.and(told).map_err(|e| match e {
        Error::Other(actions::Error::NoRoom(_)) => Error::Other(actions::Error::NoRoom(FULL.into())),
        other => other,
    })?;
    let upload = upload::Upload { saved: reached, expires_at: now() + LIFE, ..upload };
    if !upload.is_whole() {
        return Ok(view(&upload));
    }
    finish::outcome(&finish::settle(app, &turn, upload, now())?)
}

struct Taking<'a> {
    app: &'a App,
    word: &'a str,
    turn: &'a Turn,
    now: &'a dyn Fn() -> DateTime<Utc>,
    /// What the row knows.
    told: Saved,
    /// A checkpoint on its way to the disk while more is written.
    behind: Option<(Saved, JoinHandle<std::io::Result<()>>)>,
}

impl Taking<'_> {
    fn take(&mut self, incoming: &mut Incoming, piece: &Piece, body: &mut dyn Read) -> Result<(), Error> {
        let mut sum = piece.checksum.as_ref().map(Checksum::begin);
        let mut bytes = vec![0; PIECE];
        let left = incoming.room();
        let mut at_checkpoint = incoming.bytes();
        loop {
            let read = body.read(&mut bytes).map_err(|e| if self.turn.is_wanted() { Error::TakenOver } else { Error::Body(e) })?;
            let Some(read) = bytes.get(..read).filter(|read| !read.is_empty()) else { break };
            if read.len() as u64 > incoming.room() {
                return Err(Error::TooMuch { left });
            }
            incoming.write_all(read)?;
            if let Some(sum) = &mut sum {
                sum.add(read);
            } else if incoming.bytes() - at_checkpoint >= CHECKPOINT {
                at_checkpoint = incoming.bytes();
                self.checkpoint(incoming)?;
            }
            if self.behind.as_ref().is_some_and(|(_, syncing)| syncing.is_finished()) {
                self.settle_behind()?;
            }
            if self.turn.is_wanted() {
                return Err(Error::TakenOver);
            }
        }
        if sum.is_some_and(|sum| !sum.is_right()) { Err(Error::Mismatch) } else { Ok(()) }
    }

    /// Begins to bring what was written so far to the disk, after the checkpoint before it is there and told.
    fn checkpoint(&mut self, incoming: &Incoming) -> Result<(), Error> {
        self.settle_behind()?;
        let (saved, file) = (incoming.unsaved(), incoming.handle()?);
        let syncing = thread::Builder::new().name("sync".into()).spawn(move || File::sync_data(&file))?;
        self.behind = Some((saved, syncing));
        Ok(())
    }

    fn settle_behind(&mut self) -> Result<(), Error> {
        let Some((saved, syncing)) = self.behind.take() else { return Ok(()) };
        syncing.join().map_err(|_| std::io::Error::other("the thread that syncs ended by a fault"))??;
        self.tell(saved)
    }

    /// Everything that was written counts.
    fn tell_all(&mut self, incoming: &mut Incoming) -> Result<(), Error> {
        self.settle_behind()?;
        let saved = incoming.save()?;
        if saved.bytes == self.told.bytes { Ok(()) } else { self.tell(saved) }
    }

    fn tell(&mut self, saved: Saved) -> Result<(), Error> {
        let known = self.app.db.write(|tx| upload::advance(tx, self.word, &saved, (self.now)() + LIFE))?;
        if !known {
            return Err(Error::NotFound);
        }
        self.told = saved;
        Ok(())
    }
}
