//! Where the bytes are: what each workspace has on disk, and what for.

use rusqlite::{Connection, Row, named_params};

use super::{COLUMNS, Media, from_row};
use crate::ids::{MediaId, PostId, WorkspaceId};

/// What a file is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Posts that are still to go out.
    Scheduled,
    /// Posts that failed, were missed or are unconfirmed: a person may try again.
    Failed,
    /// Drafts.
    Draft,
    /// No post has it yet.
    Unused,
}

impl Kept {
    fn parse(word: &str) -> Kept {
        match word {
            "scheduled" => Kept::Scheduled,
            "failed" => Kept::Failed,
            "draft" => Kept::Draft,
            _ => Kept::Unused,
        }
    }

    /// As people read it beside a file or a sum.
    pub fn words(self) -> &'static str {
        match self {
            Kept::Scheduled => "For a post that is to go out",
            Kept::Failed => "For a post that failed",
            Kept::Draft => "For a draft",
            Kept::Unused => "In no post yet",
        }
    }
}

/// The strongest reason to keep the file `m`.
const KEPT: &str =
    "coalesce((SELECT CASE min(CASE coalesce(j.state, 'draft') WHEN 'scheduled' THEN 1 WHEN 'publishing' THEN 1 WHEN 'failed' THEN 2 WHEN 'missed' THEN 2
        WHEN 'unconfirmed' THEN 2 WHEN 'draft' THEN 3 ELSE 4 END) WHEN 1 THEN 'scheduled' WHEN 2 THEN 'failed' WHEN 3 THEN 'draft' END
    FROM post_media pm LEFT JOIN job j ON j.post_id = pm.post_id WHERE pm.media_id = m.id), 'unused')";

/// The bytes of a file's copies that are on disk.
const COPIES: &str = "(SELECT coalesce(sum(r.bytes), 0) FROM rendition r WHERE r.media_id = m.id AND r.state = 'ready')";

/// What one workspace keeps for one reason.
#[derive(Debug, Clone)]
pub struct Share {
    pub workspace_id: WorkspaceId,
    pub workspace: String,
    pub kept: Kept,
    pub files: u64,
    pub bytes: u64,
    /// Of the copies converted for the platforms.
    pub copies: u64,
}

/// All of it, by workspace and reason; only one workspace's, if one is named.
pub fn shares(db: &Connection, workspace: Option<WorkspaceId>) -> rusqlite::Result<Vec<Share>> {
    let number = |row: &Row<'_>, name: &str| row.get::<_, i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
    db.prepare_cached(&format!(
        "SELECT f.workspace_id, w.name, f.kept, count(*) AS files, sum(f.bytes) AS bytes, sum(f.copies) AS copies
         FROM (SELECT m.workspace_id, {KEPT} AS kept, m.bytes, {COPIES} AS copies FROM media m WHERE m.state = 'ready') f JOIN workspace w ON w.id = f.workspace_id
         WHERE :workspace IS NULL OR f.workspace_id = :workspace GROUP BY f.workspace_id, f.kept ORDER BY f.workspace_id, f.kept"
    ))?
    .query_map(named_params! { ":workspace": workspace }, |row| {
        Ok(Share {
            workspace_id: row.get("workspace_id")?,
            workspace: row.get("name")?,
            kept: Kept::parse(&row.get::<_, String>("kept")?),
            files: number(row, "files")?,
            bytes: number(row, "bytes")?,
            copies: number(row, "copies")?,
        })
    })?
    .collect()
}

/// A file with what it is kept for.
#[derive(Debug, Clone)]
pub struct Held {
    pub media: Media,
    pub kept: Kept,
    /// Bytes of its converted copies.
    pub copies: u64,
    /// The newest post that has it.
    pub post: Option<PostId>,
}

/// Files, newest first, those before `before`; also those that are gone, if asked for.
pub fn list(db: &Connection, workspace: Option<WorkspaceId>, gone_too: bool, before: Option<MediaId>, limit: u32) -> rusqlite::Result<Vec<Held>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, {KEPT} AS kept, {COPIES} AS copies, (SELECT max(pm.post_id) FROM post_media pm WHERE pm.media_id = m.id) AS post
         FROM media m WHERE (m.state = 'ready' OR :gone) AND (:workspace IS NULL OR m.workspace_id = :workspace) AND (:before IS NULL OR m.id < :before)
         ORDER BY m.id DESC LIMIT :limit"
    ))?
    .query_map(named_params! { ":gone": gone_too, ":workspace": workspace, ":before": before, ":limit": limit }, |row| {
        Ok(Held {
            media: from_row(row)?,
            kept: Kept::parse(&row.get::<_, String>("kept")?),
            copies: u64::try_from(row.get::<_, i64>("copies")?).unwrap_or(0),
            post: row.get("post")?,
        })
    })?
    .collect()
}
