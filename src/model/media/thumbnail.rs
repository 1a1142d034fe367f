//! Small pictures of uploaded files. They outlive the file: a published post still shows what it had.
//!
//! Invariants: at most 20 kB each, JPEG, made here and never stored as somebody sent them; a row without bytes says that none can be made.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{COLUMNS, Media, from_row};
use crate::db::At;
use crate::ids::{MediaId, WorkspaceId};

/// Stores a file's small picture; one that is there stays.
pub fn store(tx: &Transaction<'_>, media: MediaId, mime: &str, bytes: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO thumbnail (media_id, mime, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (media_id) DO UPDATE SET mime = ?2, bytes = ?3 WHERE mime = ''",
    )?
    .execute((media, mime, bytes))
    .map(drop)
}

/// Notes that no small picture can be made of this file.
pub fn none(tx: &Transaction<'_>, media: MediaId) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO thumbnail (media_id, mime, bytes) VALUES (?1, '', x'') ON CONFLICT (media_id) DO NOTHING")?.execute([media]).map(drop)
}

/// Type and bytes.
pub fn of(db: &Connection, workspace: WorkspaceId, media: MediaId) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
    db.prepare_cached(
        "SELECT t.mime, t.bytes FROM thumbnail t JOIN media m ON m.id = t.media_id WHERE t.media_id = ?1 AND m.workspace_id = ?2 AND t.mime <> ''",
    )?
    .query_row((media, workspace), |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// Does the file have none yet, and may one still be sent for it?
pub fn is_wanted(db: &Connection, workspace: WorkspaceId, media: MediaId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM media m WHERE m.id = ?1 AND m.workspace_id = ?2 AND m.state = 'ready' AND NOT EXISTS (SELECT 1 FROM thumbnail t WHERE t.media_id = m.id AND t.mime <> '')",
    )?
    .exists((media, workspace))
}

/// The newest file of this kind on disk that has no small picture yet and was stored by then.
pub fn missing(db: &Connection, kind: &str, stored_before: DateTime<Utc>) -> rusqlite::Result<Option<Media>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM media m WHERE m.state = 'ready' AND m.kind = ?1 AND m.created_at <= ?2
             AND NOT EXISTS (SELECT 1 FROM thumbnail t WHERE t.media_id = m.id) ORDER BY m.id DESC LIMIT 1"
    ))?
    .query_row((kind, At(stored_before)), from_row)
    .optional()
}
