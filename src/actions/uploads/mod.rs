//! Files that arrive in pieces, and may be taken up again after a lost connection or a restart of the server.
//!
//! Invariants: what is said to have arrived is on the disk; one writer at a time, and the newest has the right of way; an upload is reached only by
//! whoever began it, in its workspace; nothing that was acknowledged is lost before the upload ends, expires or is given up by its sender.

mod append;
mod finish;

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::append::{Piece, append};
use super::media::{display_name, room_for};
use super::{Actor, FieldProblem, api_keys};
use crate::app::App;
use crate::ids::{MediaId, WorkspaceId};
use crate::media::Turn;
use crate::media::turns::Wake;
use crate::model::api_key::{self, Made};
use crate::model::upload::{self, Upload};
use crate::secret;

/// An upload to which nothing is added for so long is forgotten.
pub const LIFE: TimeDelta = TimeDelta::hours(24);
/// How long a writer may take to make way for another one.
const MAKE_WAY: Duration = Duration::from_secs(20);

/// Whose upload it is.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub workspace: WorkspaceId,
    pub actor: Actor,
}

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub word: String,
    /// So much of it is on the disk.
    pub offset: u64,
    pub length: u64,
    pub metadata: String,
    pub expires_at: DateTime<Utc>,
    pub media_id: Option<MediaId>,
    /// Everything arrived, and it was not taken for these reasons.
    pub refused: Option<Vec<FieldProblem>>,
}

/// Why a piece was not taken, or an upload not begun.
#[derive(Debug)]
pub enum Error {
    /// There is no such upload, or it expired, or it is somebody else's.
    NotFound,
    /// The piece does not begin where the upload stands.
    Offset {
        stands: u64,
    },
    /// The piece goes beyond the length that was announced.
    TooMuch {
        left: u64,
    },
    /// The piece is not what its sum says. It was dropped.
    Mismatch,
    /// Another request for the same upload came meanwhile; what had arrived is kept.
    TakenOver,
    /// Another request is at work on it, and did not make way.
    Busy,
    /// The sender's side failed; what had arrived is kept.
    Body(io::Error),
    /// The file is whole, and no file that can be used.
    Refused(Vec<FieldProblem>),
    Other(super::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Body(e) => e.fmt(f),
            Error::Other(e) => e.fmt(f),
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::error::Error for Error {}

impl<E: Into<super::Error>> From<E> for Error {
    fn from(e: E) -> Self {
        Error::Other(e.into())
    }
}

/// What a sender announces.
#[derive(Debug, Clone, Copy)]
pub struct Announced<'a> {
    pub length: u64,
    pub file_name: &'a str,
    pub declared: Option<&'a str>,
    /// All that it says of the file, to be told back.
    pub metadata: &'a str,
    /// The same key with the same announcement gives the same upload.
    pub idempotency_key: Option<&'a str>,
}

/// Promises room for a file. True: it was begun just now, and not by an earlier request with the same key.
pub fn create(app: &App, owner: Owner, announced: &Announced<'_>, now: DateTime<Utc>) -> Result<(View, bool), Error> {
    if announced.length == 0 {
        return Err(super::Error::invalid("file", "empty", "The file is empty.").into());
    }
    let request_hash = secret::fingerprint(&format!("upload {} {}", announced.length, announced.metadata));
    let idempotency = announced.idempotency_key.map(|key| (key, request_hash));
    let word = secret::random_word();
    let actor = owner.actor.to_string();
    let (word, is_new) = app.db.write(|tx| {
        if let Some(before) = api_keys::made_before::<String>(tx, owner.workspace, idempotency)? {
            return Ok((before, false));
        }
        room_for(app, tx, announced.length)?;
        let new = upload::NewUpload {
            word: &word,
            workspace_id: owner.workspace,
            actor: &actor,
            file_name: &display_name(announced.file_name),
            declared: announced.declared,
            metadata: announced.metadata,
            length: announced.length,
        };
        upload::create(tx, &new, now, now + LIFE)?;
        if let Some((key, request_hash)) = idempotency {
            api_key::remember(tx, owner.workspace, key, &Made { request_hash, made: word.clone() }, now)?;
        }
        Ok::<_, super::Error>((word.clone(), true))
    })?;
    match find(app, owner, &word, now) {
        Err(Error::NotFound) if !is_new => {
            Err(super::Error::Refused("The upload that was begun with this Idempotency-Key has ended. Use a new key to begin another.".into()).into())
        }
        found => Ok((view(&found?), is_new)),
    }
}

/// Where it stands, without disturbing whoever is sending.
pub fn look(app: &App, owner: Owner, word: &str, now: DateTime<Utc>) -> Result<View, Error> {
    find(app, owner, word, now).map(|upload| view(&upload))
}

/// Where it stands for somebody who wants to go on with it: whoever was sending has stopped, and if everything had arrived, it is brought to its end.
pub fn take_up(app: &App, owner: Owner, word: &str, now: DateTime<Utc>) -> Result<View, Error> {
    let turn = take_turn(app, owner, word, Arc::new(|| ()), now)?;
    let upload = finish::settle(app, &turn, find(app, owner, word, now)?, now)?;
    Ok(view(&upload))
}

/// Gives it up: nothing of it stays. What it has become by then is not touched.
pub fn remove(app: &App, owner: Owner, word: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let _turn = take_turn(app, owner, word, Arc::new(|| ()), now)?;
    find(app, owner, word, now)?;
    app.db.write(|tx| upload::delete(tx, word))?;
    app.store.drop_part(word)?;
    Ok(())
}

/// Nobody is disturbed by somebody who has no upload of this word.
fn take_turn(app: &App, owner: Owner, word: &str, wake: Wake, now: DateTime<Utc>) -> Result<Turn, Error> {
    find(app, owner, word, now)?;
    app.turns.take(word, wake, MAKE_WAY).ok_or(Error::Busy)
}

fn find(app: &App, owner: Owner, word: &str, now: DateTime<Utc>) -> Result<Upload, Error> {
    app.db.read(|db| upload::find(db, owner.workspace, &owner.actor.to_string(), word, now))?.ok_or(Error::NotFound)
}

fn view(upload: &Upload) -> View {
    View {
        word: upload.word.clone(),
        offset: upload.saved.bytes,
        length: upload.length,
        metadata: upload.metadata.clone(),
        expires_at: upload.expires_at,
        media_id: upload.media_id,
        refused: upload.refused.as_deref().map(reasons),
    }
}

/// Why a file was not taken, as its row has it. A row of another version still says that it was not.
fn reasons(json: &str) -> Vec<FieldProblem> {
    serde_json::from_str(json).unwrap_or_else(|_| vec![FieldProblem::new("file", "refused", "The file was not taken. Send it again to learn why.")])
}
