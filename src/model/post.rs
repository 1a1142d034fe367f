//! What a person composes. A post's status is never stored: [`status`] derives it from its jobs.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::job::JobState;
use crate::db::At;
use crate::ids::{AccountId, MediaId, PostId, WorkspaceId};

#[derive(Debug, Clone)]
pub struct Post {
    pub id: PostId,
    pub workspace_id: WorkspaceId,
    pub caption: String,
    /// None for a draft.
    pub scheduled_at: Option<DateTime<Utc>>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The status words of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    Scheduled,
    Publishing,
    Published,
    PartlyPublished,
    Failed,
    Cancelled,
    Missed,
    Unconfirmed,
}

impl Status {
    pub const ALL: &'static [Status] = &[
        Status::Draft,
        Status::Scheduled,
        Status::Publishing,
        Status::Published,
        Status::PartlyPublished,
        Status::Failed,
        Status::Cancelled,
        Status::Missed,
        Status::Unconfirmed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Scheduled => "scheduled",
            Status::Publishing => "publishing",
            Status::Published => "published",
            Status::PartlyPublished => "partly_published",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
            Status::Missed => "missed",
            Status::Unconfirmed => "unconfirmed",
        }
    }
}

/// A post's status from its jobs: what still moves is told first, then what needs a person, then how it ended.
pub fn status(jobs: impl IntoIterator<Item = JobState>) -> Status {
    let jobs: Vec<JobState> = jobs.into_iter().collect();
    let has = |state: JobState| jobs.contains(&state);
    let moving = has(JobState::Scheduled) || has(JobState::Publishing);
    if jobs.is_empty() || has(JobState::Draft) {
        Status::Draft
    } else if moving && (has(JobState::Publishing) || has(JobState::Published)) {
        Status::Publishing
    } else if moving {
        Status::Scheduled
    } else if has(JobState::Unconfirmed) {
        Status::Unconfirmed
    } else if has(JobState::Published) {
        let others = jobs.iter().any(|j| !matches!(j, JobState::Published | JobState::Cancelled));
        if others { Status::PartlyPublished } else { Status::Published }
    } else if has(JobState::Failed) {
        Status::Failed
    } else if has(JobState::Missed) {
        Status::Missed
    } else {
        Status::Cancelled
    }
}

const COLUMNS: &str = "id, workspace_id, caption, scheduled_at, created_by, created_at, updated_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        caption: row.get("caption")?,
        scheduled_at: row.get::<_, Option<At>>("scheduled_at")?.map(|at| at.0),
        created_by: row.get("created_by")?,
        created_at: row.get::<_, At>("created_at")?.0,
        updated_at: row.get::<_, At>("updated_at")?.0,
    })
}

/// Writes a post and its media list. `created_by` is `user_1`, `key_2` or `cli`.
pub fn create(
    tx: &Transaction<'_>,
    workspace: WorkspaceId,
    caption: &str,
    media: &[MediaId],
    scheduled_at: Option<DateTime<Utc>>,
    created_by: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<PostId> {
    let id: PostId = tx.query_row(
        "INSERT INTO post (workspace_id, caption, scheduled_at, created_by, created_at, updated_at)
         VALUES (:workspace, :caption, :scheduled_at, :created_by, :now, :now) RETURNING id",
        named_params! { ":workspace": workspace, ":caption": caption, ":scheduled_at": scheduled_at.map(At), ":created_by": created_by, ":now": At(now) },
        |row| row.get(0),
    )?;
    let mut insert = tx.prepare_cached("INSERT INTO post_media (post_id, position, media_id) VALUES (?1, ?2, ?3)")?;
    for (position, media) in media.iter().enumerate() {
        insert.execute((id, i64::try_from(position).unwrap_or(i64::MAX), media))?;
    }
    Ok(id)
}

pub fn get(db: &Connection, id: PostId) -> rusqlite::Result<Option<Post>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM post WHERE id = ?1"))?.query_row([id], from_row).optional()
}

pub fn in_workspace(db: &Connection, workspace: WorkspaceId, id: PostId) -> rusqlite::Result<Option<Post>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM post WHERE id = ?1 AND workspace_id = ?2"))?.query_row((id, workspace), from_row).optional()
}

/// Which posts a list shows. Newest first by id.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub workspace_id: Option<WorkspaceId>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub account_id: Option<AccountId>,
    /// Only posts with a smaller id (the cursor).
    pub before: Option<PostId>,
}

pub fn list(db: &Connection, filter: &Filter, limit: u32) -> rusqlite::Result<Vec<Post>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM post p
         WHERE (:workspace IS NULL OR workspace_id = :workspace)
           AND (:from IS NULL OR scheduled_at >= :from) AND (:to IS NULL OR scheduled_at < :to)
           AND (:account IS NULL OR EXISTS (SELECT 1 FROM job j WHERE j.post_id = p.id AND j.account_id = :account))
           AND (:before IS NULL OR id < :before)
         ORDER BY id DESC LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":workspace": filter.workspace_id, ":from": filter.from.map(At), ":to": filter.to.map(At), ":account": filter.account_id,
            ":before": filter.before, ":limit": limit,
        },
        from_row,
    )?
    .collect()
}

/// Posts that wait for a person: nobody could tell whether one is out, its account needs to be connected again, or its rehearsal found that it would
/// fail. The earliest due first.
pub fn waiting_for_person(db: &Connection, workspace: WorkspaceId, limit: u32) -> rusqlite::Result<Vec<Post>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM post p
         WHERE workspace_id = ?1 AND id IN (
             SELECT j.post_id FROM job j LEFT JOIN rehearsal r ON r.job_id = j.id
             WHERE j.state = 'unconfirmed' OR (j.state IN ('scheduled', 'publishing') AND j.held_by = 'needs_reconnect')
                 OR (j.state = 'scheduled' AND r.verdict = 'blocking'))
         ORDER BY scheduled_at, id LIMIT ?2"
    ))?
    .query_map((workspace, limit), from_row)?
    .collect()
}

/// Forgets posts that were due before then and have come to an end, with their jobs and attempts. Drafts have no end.
pub fn forget_ended(tx: &Transaction<'_>, before: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute(
        "DELETE FROM post AS p WHERE p.scheduled_at < ?1
         AND NOT EXISTS (SELECT 1 FROM job j WHERE j.post_id = p.id AND (j.state IN ('draft', 'scheduled', 'publishing') OR j.next_at IS NOT NULL))",
        [At(before)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobState as J;

    #[test]
    fn a_posts_status_follows_from_its_jobs() {
        let table: &[(&[J], Status)] = &[
            (&[], Status::Draft),
            (&[J::Draft, J::Draft], Status::Draft),
            (&[J::Scheduled], Status::Scheduled),
            (&[J::Scheduled, J::Cancelled], Status::Scheduled),
            (&[J::Scheduled, J::Failed], Status::Scheduled),
            (&[J::Scheduled, J::Publishing], Status::Publishing),
            (&[J::Scheduled, J::Published], Status::Publishing),
            (&[J::Publishing, J::Unconfirmed], Status::Publishing),
            (&[J::Published], Status::Published),
            (&[J::Published, J::Cancelled], Status::Published),
            (&[J::Published, J::Failed], Status::PartlyPublished),
            (&[J::Published, J::Missed], Status::PartlyPublished),
            (&[J::Published, J::Unconfirmed], Status::Unconfirmed),
            (&[J::Failed, J::Cancelled], Status::Failed),
            (&[J::Failed, J::Missed], Status::Failed),
            (&[J::Missed, J::Cancelled], Status::Missed),
            (&[J::Cancelled], Status::Cancelled),
        ];
        for (jobs, expected) in table {
            assert_eq!(status(jobs.iter().copied()), *expected, "{jobs:?}");
        }
    }
}
