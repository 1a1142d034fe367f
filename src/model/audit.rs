//! What people (and programs with a key) did: who, what, to which thing. Never holds a secret; a caption is never copied here.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};

use crate::db::At;
use crate::ids::WorkspaceId;

#[derive(Debug, Clone)]
pub struct Entry {
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
}

/// Writes one entry. `actor` is `user_1`, `key_2` or `cli`.
pub fn note(
    tx: &Transaction<'_>,
    workspace: Option<WorkspaceId>,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO audit (at, workspace_id, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute((At(now), workspace, actor, action, subject, detail))
        .map(drop)
}

/// The newest entries.
pub fn newest(db: &Connection, limit: u32) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached("SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?1")?
        .query_map([limit], |row| Ok(Entry { at: row.get::<_, At>(0)?.0, actor: row.get(1)?, action: row.get(2)?, subject: row.get(3)?, detail: row.get(4)? }))?
        .collect()
}

/// Forgets entries of before then.
pub fn forget(tx: &Transaction<'_>, before: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute("DELETE FROM audit WHERE at < ?1", [At(before)])
}
