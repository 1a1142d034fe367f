//! Uploaded files. The row outlives the file: a published post still shows what it had.
//!
//! Invariants: `state` is `ready` exactly while the file is (or was just now) on disk under `stored_name`; the file is made before the row and
//! removed after the row says `cleared`, so a crash leaves at worst a file without a row, which the sweep removes. A file's copies for the platforms
//! ([`rendition`]) are cleared with it; its small picture ([`thumbnail`]) stays.

mod clearing;
pub mod rendition;
pub mod thumbnail;
pub mod usage;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

pub use self::clearing::{Announced, Limits, announce, clear, clear_leftovers, clear_unneeded, forget_cleared, is_cleared, notice, stored_names};
use crate::db::At;
use crate::ids::{JobId, MediaId, PostId, WorkspaceId};
use crate::media::Probe;

#[derive(Debug, Clone)]
pub struct Media {
    pub id: MediaId,
    pub workspace_id: WorkspaceId,
    /// `uploading`, `ready`, `cleared` or `broken`.
    pub state: String,
    /// `image` or `video`.
    pub kind: String,
    pub mime: String,
    pub file_name: String,
    pub stored_name: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u64>,
    /// What the probe found; none only if a row of another version cannot be read.
    pub probe: Option<Probe>,
    pub created_at: DateTime<Utc>,
    pub cleared_at: Option<DateTime<Utc>>,
    /// When it was announced that the file will go although posts that failed still hold it.
    pub announced_at: Option<DateTime<Utc>>,
    /// There is a small picture of it.
    pub has_thumbnail: bool,
}

impl Media {
    pub fn is_ready(&self) -> bool {
        self.state == "ready"
    }
}

const COLUMNS: &str = "m.id, m.workspace_id, m.state, m.kind, m.mime, m.file_name, m.stored_name, m.bytes, m.sha256, m.width, m.height, m.duration_ms, m.probe, m.created_at, m.cleared_at, m.announced_at, \
    EXISTS (SELECT 1 FROM thumbnail t WHERE t.media_id = m.id AND t.mime <> '') AS has_thumbnail";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Media> {
    Ok(Media {
        id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        state: row.get("state")?,
        kind: row.get("kind")?,
        mime: row.get("mime")?,
        file_name: row.get("file_name")?,
        stored_name: row.get("stored_name")?,
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
        sha256: row.get("sha256")?,
        width: row.get("width")?,
        height: row.get("height")?,
        duration_ms: row.get::<_, Option<i64>>("duration_ms")?.and_then(|ms| u64::try_from(ms).ok()),
        probe: serde_json::from_str(&row.get::<_, String>("probe")?).ok(),
        created_at: row.get::<_, At>("created_at")?.0,
        cleared_at: row.get::<_, Option<At>>("cleared_at")?.map(|at| at.0),
        announced_at: row.get::<_, Option<At>>("announced_at")?.map(|at| at.0),
        has_thumbnail: row.get("has_thumbnail")?,
    })
}

/// A file that is on disk already.
#[derive(Debug)]
pub struct NewMedia<'a> {
    pub workspace_id: WorkspaceId,
    pub kind: &'a str,
    pub file_name: &'a str,
    pub stored_name: &'a str,
    pub bytes: u64,
    pub sha256: &'a str,
    pub probe: &'a Probe,
}

pub fn create(tx: &Transaction<'_>, new: &NewMedia<'_>, now: DateTime<Utc>) -> rusqlite::Result<MediaId> {
    let probe = serde_json::to_string(new.probe).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    tx.query_row(
        "INSERT INTO media (workspace_id, state, kind, mime, file_name, stored_name, bytes, sha256, width, height, duration_ms, probe, created_at)
         VALUES (:workspace, 'ready', :kind, :mime, :file_name, :stored_name, :bytes, :sha256, :width, :height, :duration_ms, :probe, :now) RETURNING id",
        named_params! {
            ":workspace": new.workspace_id, ":kind": new.kind, ":mime": new.probe.mime(), ":file_name": new.file_name, ":stored_name": new.stored_name,
            ":bytes": i64::try_from(new.bytes).unwrap_or(i64::MAX), ":sha256": new.sha256, ":width": new.probe.width, ":height": new.probe.height,
            ":duration_ms": new.probe.duration_ms.and_then(|ms| i64::try_from(ms).ok()), ":probe": probe, ":now": At(now),
        },
        |row| row.get(0),
    )
}

pub fn get(db: &Connection, id: MediaId) -> rusqlite::Result<Option<Media>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM media m WHERE m.id = ?1"))?.query_row([id], from_row).optional()
}

pub fn in_workspace(db: &Connection, workspace: WorkspaceId, id: MediaId) -> rusqlite::Result<Option<Media>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM media m WHERE m.id = ?1 AND m.workspace_id = ?2"))?.query_row((id, workspace), from_row).optional()
}

/// A post's files, in order.
pub fn of_post(db: &Connection, post: PostId) -> rusqlite::Result<Vec<Media>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM post_media pm JOIN media m ON m.id = pm.media_id WHERE pm.post_id = ?1 ORDER BY pm.position"))?
        .query_map([post], from_row)?
        .collect()
}

/// Bytes on disk, of all workspaces, with the copies made for the platforms.
pub fn bytes_on_disk(db: &Connection) -> rusqlite::Result<u64> {
    let bytes: i64 = db.query_row(
        "SELECT (SELECT coalesce(sum(bytes), 0) FROM media WHERE stored_name IS NOT NULL AND state = 'ready')
              + (SELECT coalesce(sum(bytes), 0) FROM rendition WHERE state = 'ready')",
        [],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// The file behind a signed URL: only while this job has work to do with it, or nobody can tell whether the platform still fetches it; in a rehearsal,
/// also before that.
pub fn for_platform(db: &Connection, media: MediaId, job: JobId, is_rehearsal: bool) -> rusqlite::Result<Option<Media>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM media m JOIN post_media pm ON pm.media_id = m.id JOIN job j ON j.post_id = pm.post_id
         WHERE m.id = ?1 AND j.id = ?2 AND m.state = 'ready' AND (j.state IN ('publishing', 'unconfirmed') OR (?3 AND j.state IN ('draft', 'scheduled', 'failed', 'missed')))"
    ))?
    .query_row((media, job, is_rehearsal), from_row)
    .optional()
}
