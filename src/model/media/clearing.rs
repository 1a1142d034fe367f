//! Which files go, and when: what no post needs any more at once, what nobody used after a day, what only failed posts keep after it was announced.
//!
//! Invariants: a row says `cleared` before its file is removed, in the commit that ends the need for it; nothing that failed posts hold is cleared
//! unless it was announced, and the whole notice has passed since. A file's renditions go in the same commit.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Transaction, named_params};

use super::rendition;
use crate::db::At;
use crate::ids::{MediaId, PostId, WorkspaceId};

/// A file is needed while a job of a post with it is not at its end, or while the post has no jobs yet (a draft without accounts). Failed, missed and
/// unconfirmed jobs keep theirs: a person may try again.
const NEEDED: &str = "EXISTS (SELECT 1 FROM post_media pm LEFT JOIN job j ON j.post_id = pm.post_id
                              WHERE pm.media_id = m.id AND coalesce(j.state, 'draft') NOT IN ('published', 'cancelled'))";

type Gone = Vec<(MediaId, Option<String>)>;

/// The names on disk of files that were just cleared, with those of their renditions.
fn names(tx: &Transaction<'_>, gone: Gone, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    let mut names = Vec::new();
    for (id, name) in gone {
        names.extend(name);
        names.extend(rendition::clear_of(tx, id, now)?);
    }
    Ok(names)
}

/// Clears every file of a post that no job needs any more; the names are to be removed from disk once this is committed.
pub fn clear_unneeded(tx: &Transaction<'_>, post: PostId, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    let gone: Gone = tx
        .prepare_cached(&format!(
            "UPDATE media AS m SET state = 'cleared', cleared_at = ?2
             WHERE m.id IN (SELECT media_id FROM post_media WHERE post_id = ?1) AND m.state = 'ready' AND NOT {NEEDED} RETURNING id, stored_name"
        ))?
        .query_map((post, At(now)), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    names(tx, gone, now)
}

/// Clears one file on a person's word; none if it is unknown or a job still needs it.
pub fn clear(tx: &Transaction<'_>, workspace: WorkspaceId, id: MediaId, now: DateTime<Utc>) -> rusqlite::Result<Option<Vec<String>>> {
    let gone: Gone = tx
        .prepare_cached(&format!(
            "UPDATE media AS m SET state = 'cleared', cleared_at = ?3
             WHERE m.id = ?1 AND m.workspace_id = ?2 AND m.state = 'ready' AND NOT {NEEDED} RETURNING id, stored_name"
        ))?
        .query_map((id, workspace, At(now)), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if gone.is_empty() { Ok(None) } else { names(tx, gone, now).map(Some) }
}

/// How long before it goes a file is announced that posts hold which failed.
const NOTICE: TimeDelta = TimeDelta::days(3);

/// The notice where failed posts' files are kept for so long; never longer than that.
pub fn notice(failed_retention: TimeDelta) -> TimeDelta {
    NOTICE.min(failed_retention)
}

/// What the sweep goes by.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Uploads of before then that no post ever used are abandoned.
    pub abandoned_before: DateTime<Utc>,
    /// Files of which all jobs ended, some badly, before then may go.
    pub failed_before: DateTime<Utc>,
    /// But only if that was announced by then.
    pub announced_before: DateTime<Utc>,
}

/// The sweep's reading: clears what belongs to posts whose jobs have all ended well, what was uploaded and never used, and what only jobs keep that
/// failed, were missed or stayed unconfirmed, where that was announced.
pub fn clear_leftovers(tx: &Transaction<'_>, limits: Limits, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    let gone: Gone = tx
        .prepare_cached(
            "UPDATE media AS m SET state = 'cleared', cleared_at = :now
             WHERE m.state = 'ready' AND m.stored_name IS NOT NULL
               AND (m.created_at < :abandoned OR EXISTS (SELECT 1 FROM post_media pm WHERE pm.media_id = m.id))
               AND NOT EXISTS (SELECT 1 FROM post_media pm LEFT JOIN job j ON j.post_id = pm.post_id
                               WHERE pm.media_id = m.id AND coalesce(j.state, 'draft') NOT IN ('published', 'cancelled')
                                 AND NOT (coalesce(j.state, 'draft') IN ('failed', 'missed', 'unconfirmed') AND j.publish_at < :failed AND coalesce(m.announced_at <= :announced, 0)))
             RETURNING id, stored_name",
        )?
        .query_map(
            named_params! {
                ":now": At(now), ":abandoned": At(limits.abandoned_before), ":failed": At(limits.failed_before), ":announced": At(limits.announced_before),
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<Result<_, _>>()?;
    names(tx, gone, now)
}

/// A file whose going was just announced.
#[derive(Debug, Clone)]
pub struct Announced {
    pub id: MediaId,
    pub workspace_id: WorkspaceId,
    pub file_name: String,
}

/// Announces what [`clear_leftovers`] will clear later: files of which all jobs have ended, some badly, before then. What a job needs again is taken back.
pub fn announce(tx: &Transaction<'_>, ended_before: DateTime<Utc>, now: DateTime<Utc>) -> rusqlite::Result<Vec<Announced>> {
    const LIVE: &str = "EXISTS (SELECT 1 FROM post_media pm LEFT JOIN job j ON j.post_id = pm.post_id WHERE pm.media_id = m.id
                                AND coalesce(j.state, 'draft') NOT IN ('published', 'cancelled', 'failed', 'missed', 'unconfirmed'))";
    tx.execute(&format!("UPDATE media AS m SET announced_at = NULL WHERE m.announced_at IS NOT NULL AND m.state = 'ready' AND {LIVE}"), [])?;
    tx.prepare_cached(&format!(
        "UPDATE media AS m SET announced_at = ?1 WHERE m.state = 'ready' AND m.announced_at IS NULL AND NOT {LIVE}
             AND EXISTS (SELECT 1 FROM post_media pm JOIN job j ON j.post_id = pm.post_id WHERE pm.media_id = m.id AND j.state IN ('failed', 'missed', 'unconfirmed'))
             AND NOT EXISTS (SELECT 1 FROM post_media pm JOIN job j ON j.post_id = pm.post_id
                             WHERE pm.media_id = m.id AND j.state IN ('failed', 'missed', 'unconfirmed') AND j.publish_at >= ?2)
         RETURNING id, workspace_id, file_name"
    ))?
    .query_map((At(now), At(ended_before)), |row| Ok(Announced { id: row.get(0)?, workspace_id: row.get(1)?, file_name: row.get(2)? }))?
    .collect()
}

/// Forgets files that were cleared before then and belong to no post any more.
pub fn forget_cleared(tx: &Transaction<'_>, before: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "DELETE FROM media AS m WHERE m.state = 'cleared' AND m.cleared_at < ?1 AND NOT EXISTS (SELECT 1 FROM post_media pm WHERE pm.media_id = m.id)
             AND NOT EXISTS (SELECT 1 FROM job_rendition jr WHERE jr.media_id = m.id)",
        [At(before)],
    )
}

/// Is this the name of a file that was cleared?
pub fn is_cleared(db: &Connection, stored_name: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM media WHERE stored_name = ?1 AND state = 'cleared' UNION ALL SELECT 1 FROM rendition WHERE stored_name = ?1 AND state = 'cleared'",
    )?
    .exists([stored_name])
}

/// Every name that should be on disk.
pub fn stored_names(db: &Connection) -> rusqlite::Result<HashSet<String>> {
    db.prepare_cached(
        "SELECT stored_name FROM media WHERE state = 'ready' AND stored_name IS NOT NULL
         UNION ALL SELECT stored_name FROM rendition WHERE state = 'ready' AND stored_name IS NOT NULL",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}
