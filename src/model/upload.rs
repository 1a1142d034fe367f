//! Files that arrive in pieces. The bytes lie in the folder of incoming media under the row's word.
//!
//! Invariants: `received` and `hash_state` speak of bytes that were on the disk before the row said so; a row has a media, or a refusal, or goes on,
//! never two of these; it goes when it expires, and its bytes with it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::db::At;
use crate::ids::{MediaId, WorkspaceId};
use crate::media::Saved;

#[derive(Debug, Clone)]
pub struct Upload {
    /// Unguessable; the last part of its address, and the name of its file.
    pub word: String,
    pub workspace_id: WorkspaceId,
    /// Who may go on with it: `user_1`, `key_2`.
    pub actor: String,
    pub file_name: String,
    /// The type that the sender named.
    pub declared: Option<String>,
    /// What the sender said of the file, as sent.
    pub metadata: String,
    pub length: u64,
    pub saved: Saved,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub media_id: Option<MediaId>,
    /// Why it was not taken, as JSON.
    pub refused: Option<String>,
}

impl Upload {
    /// Has everything arrived?
    pub fn is_whole(&self) -> bool {
        self.saved.bytes == self.length
    }

    /// Has something become of it?
    pub fn has_ended(&self) -> bool {
        self.media_id.is_some() || self.refused.is_some()
    }
}

const COLUMNS: &str = "word, workspace_id, actor, file_name, declared, metadata, length, received, hash_state, created_at, expires_at, media_id, refused";

fn bytes_of(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

fn column_of(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        word: row.get("word")?,
        workspace_id: row.get("workspace_id")?,
        actor: row.get("actor")?,
        file_name: row.get("file_name")?,
        declared: row.get("declared")?,
        metadata: row.get("metadata")?,
        length: bytes_of(row, "length")?,
        saved: Saved { bytes: bytes_of(row, "received")?, hash_state: row.get::<_, Option<Vec<u8>>>("hash_state")?.unwrap_or_default() },
        created_at: row.get::<_, At>("created_at")?.0,
        expires_at: row.get::<_, At>("expires_at")?.0,
        media_id: row.get("media_id")?,
        refused: row.get("refused")?,
    })
}

/// An upload of which nothing has arrived.
#[derive(Debug)]
pub struct NewUpload<'a> {
    pub word: &'a str,
    pub workspace_id: WorkspaceId,
    pub actor: &'a str,
    pub file_name: &'a str,
    pub declared: Option<&'a str>,
    pub metadata: &'a str,
    pub length: u64,
}

pub fn create(tx: &Transaction<'_>, new: &NewUpload<'_>, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO upload (word, workspace_id, actor, file_name, declared, metadata, length, created_at, expires_at)
         VALUES (:word, :workspace, :actor, :file_name, :declared, :metadata, :length, :now, :expires)",
        named_params! {
            ":word": new.word, ":workspace": new.workspace_id, ":actor": new.actor, ":file_name": new.file_name, ":declared": new.declared,
            ":metadata": new.metadata, ":length": column_of(new.length), ":now": At(now), ":expires": At(expires_at),
        },
    )
    .map(drop)
}

/// An upload that this actor began in this workspace and that has not expired.
pub fn find(db: &Connection, workspace: WorkspaceId, actor: &str, word: &str, now: DateTime<Utc>) -> rusqlite::Result<Option<Upload>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM upload WHERE word = ?1 AND workspace_id = ?2 AND actor = ?3 AND expires_at > ?4"))?
        .query_row((word, workspace, actor, At(now)), from_row)
        .optional()
}

/// More is on the disk. False if the row has gone meanwhile.
pub fn advance(tx: &Transaction<'_>, word: &str, saved: &Saved, expires_at: DateTime<Utc>) -> rusqlite::Result<bool> {
    tx.prepare_cached("UPDATE upload SET received = ?2, hash_state = ?3, expires_at = ?4 WHERE word = ?1 AND media_id IS NULL AND refused IS NULL")?
        .execute((word, column_of(saved.bytes), &saved.hash_state, At(expires_at)))
        .map(|rows| rows == 1)
}

/// It has become a media.
pub fn end(tx: &Transaction<'_>, word: &str, media: MediaId) -> rusqlite::Result<()> {
    tx.execute("UPDATE upload SET media_id = ?2 WHERE word = ?1", (word, media)).map(drop)
}

/// It was not taken: `why` is JSON.
pub fn refuse(tx: &Transaction<'_>, word: &str, why: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE upload SET refused = ?2 WHERE word = ?1", (word, why)).map(drop)
}

/// Forgets it; its bytes are to be removed once this is committed.
pub fn delete(tx: &Transaction<'_>, word: &str) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM upload WHERE word = ?1", [word]).map(drop)
}

/// Forgets what expired; the bytes of these words are to be removed once this is committed.
pub fn expire(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached("DELETE FROM upload WHERE expires_at <= ?1 RETURNING word")?.query_map([At(now)], |row| row.get(0))?.collect()
}

/// Is there anything that [`expire`] would forget?
pub fn any_expired(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM upload WHERE expires_at <= ?1")?.exists([At(now)])
}

/// The words of all that goes on: their bytes are needed.
pub fn going_on(db: &Connection) -> rusqlite::Result<HashSet<String>> {
    db.prepare_cached("SELECT word FROM upload WHERE media_id IS NULL AND refused IS NULL")?.query_map([], |row| row.get(0))?.collect()
}

/// What is promised to those who are sending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pledged {
    /// The sizes of their files.
    pub whole: u64,
    /// What of it has not arrived.
    pub missing: u64,
}

pub fn pledged(db: &Connection) -> rusqlite::Result<Pledged> {
    db.prepare_cached(
        "SELECT coalesce(sum(length), 0) AS whole, coalesce(sum(length - received), 0) AS missing FROM upload
         WHERE media_id IS NULL AND refused IS NULL",
    )?
    .query_row([], |row| Ok(Pledged { whole: bytes_of(row, "whole")?, missing: bytes_of(row, "missing")? }))
}
