//! Renditions: copies of a media file that were converted for a platform, and which job sends which.
//!
//! Invariants:
//! - one row for each file and recipe, however many jobs need it; `ready` exactly while its copy is on disk under `stored_name`, which it gets for life
//!   before it is first made;
//! - a job whose renditions are not all ready has `held_by = 'media'` (or a stronger reason), and is not worked on; the commit that makes the last of
//!   them ready lets it go, the commit that gives one up fails it;
//! - a copy is made and flushed before its row says `ready`, and removed after the row says `cleared`: what a crash leaves is replaced when the copy is made
//!   anew, under the same name.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};

use super::Media;
use crate::db::At;
use crate::ids::{JobId, MediaId, PostId, RenditionId};
use crate::media::Probe;
use crate::media::rendition::Recipe;
use crate::model::job::LastError;

/// `held_by` of a job that waits for its converted files.
pub const MEDIA: &str = "media";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Making,
    Ready,
    Failed,
    Cleared,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Making => "making",
            State::Ready => "ready",
            State::Failed => "failed",
            State::Cleared => "cleared",
        }
    }

    fn parse(text: &str) -> Option<State> {
        [State::Waiting, State::Making, State::Ready, State::Failed, State::Cleared].into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a copy could not be made, as people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone)]
pub struct Rendition {
    pub id: RenditionId,
    pub media_id: MediaId,
    /// None only if a row of another version cannot be read.
    pub recipe: Option<Recipe>,
    pub state: State,
    /// In percent, while it is made.
    pub progress: u8,
    pub tries: u32,
    pub stored_name: Option<String>,
    pub bytes: u64,
    /// Once it was made.
    pub sha256: Option<String>,
    pub probe: Option<Probe>,
    /// The last trouble: final where the state is `failed`, else it is tried again.
    pub error: Option<Trouble>,
}

const COLUMNS: &str = "r.id, r.media_id, r.recipe, r.state, r.progress, r.tries, r.stored_name, r.bytes, r.sha256, r.probe, r.error";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Rendition> {
    let state: String = row.get("state")?;
    let json = |name: &str| row.get::<_, Option<String>>(name);
    Ok(Rendition {
        id: row.get("id")?,
        media_id: row.get("media_id")?,
        recipe: serde_json::from_str(&row.get::<_, String>("recipe")?).ok(),
        state: State::parse(&state).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, 0))?,
        progress: row.get("progress")?,
        tries: row.get("tries")?,
        stored_name: row.get("stored_name")?,
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
        sha256: row.get("sha256")?,
        probe: json("probe")?.and_then(|text| serde_json::from_str(&text).ok()),
        error: json("error")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Asks for a copy. One that is there or on its way is used; one that failed or was cleared is made anew.
pub fn want(tx: &Transaction<'_>, media: MediaId, recipe: &Recipe, now: DateTime<Utc>) -> rusqlite::Result<RenditionId> {
    let recipe = serde_json::to_string(recipe).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    tx.prepare_cached(
        "INSERT INTO rendition (media_id, recipe, state, next_at, created_at) VALUES (?1, ?2, 'waiting', ?3, ?3)
         ON CONFLICT (media_id, recipe) DO UPDATE SET
             next_at = iif(state IN ('failed', 'cleared'), ?3, next_at), tries = iif(state IN ('failed', 'cleared'), 0, tries),
             progress = iif(state IN ('failed', 'cleared'), 0, progress), state = iif(state IN ('failed', 'cleared'), 'waiting', state)
         RETURNING id",
    )?
    .query_row((media, recipe, At(now)), |row| row.get(0))
}

/// This job sends the copy instead of the file itself. To be called before the job is asked whether it must wait ([`hold`]).
pub fn link(tx: &Transaction<'_>, job: JobId, media: MediaId, rendition: RenditionId) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO job_rendition (job_id, media_id, rendition_id) VALUES (?1, ?2, ?3)")?.execute((job, media, rendition)).map(drop)
}

/// Jobs `j` that wait for a copy of theirs; for use in other queries of the tables.
pub(in crate::model) const PENDING: &str = "EXISTS (SELECT 1 FROM job_rendition jr JOIN rendition r ON r.id = jr.rendition_id
    WHERE jr.job_id = j.id AND r.state IN ('waiting', 'making'))";

/// Holds a job while copies of it are not ready.
pub fn hold(tx: &Transaction<'_>, job: JobId) -> rusqlite::Result<()> {
    tx.prepare_cached(&format!("UPDATE job AS j SET held_by = '{MEDIA}' WHERE id = ?1 AND held_by IS NULL AND state = 'scheduled' AND {PENDING}"))?
        .execute([job])
        .map(drop)
}

/// Lets the jobs go that waited for copies and do not any more.
fn let_go(tx: &Transaction<'_>, rendition: RenditionId) -> rusqlite::Result<usize> {
    tx.execute(
        &format!(
            "UPDATE job AS j SET held_by = NULL WHERE held_by = '{MEDIA}' AND NOT {PENDING}
                 AND EXISTS (SELECT 1 FROM job_rendition jr WHERE jr.job_id = j.id AND jr.rendition_id = ?1)"
        ),
        [rendition],
    )
}

/// The copies that a job sends.
pub fn of_job(db: &Connection, job: JobId) -> rusqlite::Result<Vec<Rendition>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM job_rendition jr JOIN rendition r ON r.id = jr.rendition_id WHERE jr.job_id = ?1"))?
        .query_map([job], from_row)?
        .collect()
}

/// The copies that a post's jobs send.
pub fn of_post(db: &Connection, post: PostId) -> rusqlite::Result<Vec<(JobId, Rendition)>> {
    db.prepare_cached(&format!(
        "SELECT jr.job_id, {COLUMNS} FROM job j JOIN job_rendition jr ON jr.job_id = j.id JOIN rendition r ON r.id = jr.rendition_id
         WHERE j.post_id = ?1 ORDER BY jr.job_id, jr.media_id"
    ))?
    .query_map([post], |row| Ok((row.get("job_id")?, from_row(row)?)))?
    .collect()
}

/// The copies of a file that are on disk or on their way.
pub fn of_media(db: &Connection, media: MediaId) -> rusqlite::Result<Vec<Rendition>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM rendition r WHERE r.media_id = ?1 AND r.state <> 'cleared' ORDER BY r.id"))?
        .query_map([media], from_row)?
        .collect()
}

/// The copy of a file that a job sends instead of it, by its name on disk.
pub fn for_platform(db: &Connection, job: JobId, media: MediaId, stored_name: &str) -> rusqlite::Result<Option<Rendition>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM job_rendition jr JOIN rendition r ON r.id = jr.rendition_id
         WHERE jr.job_id = ?1 AND jr.media_id = ?2 AND r.stored_name = ?3 AND r.state = 'ready'"
    ))?
    .query_row((job, media, stored_name), from_row)
    .optional()
}

/// What is to be made now, the earliest due first; with when it is needed. Copies that no job waits for are passed over.
pub fn due(db: &Connection, now: DateTime<Utc>, limit: u32) -> rusqlite::Result<Vec<(Rendition, DateTime<Utc>)>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, min(j.publish_at) AS needed_at FROM rendition r JOIN job_rendition jr ON jr.rendition_id = r.id JOIN job j ON j.id = jr.job_id
         WHERE r.state = 'waiting' AND r.next_at <= ?1 AND j.state = 'scheduled' GROUP BY r.id ORDER BY needed_at, r.id LIMIT ?2"
    ))?
    .query_map((At(now), limit), |row| Ok((from_row(row)?, row.get::<_, At>("needed_at")?.0)))?
    .collect()
}

/// Does a job still wait for it?
pub fn is_needed(db: &Connection, id: RenditionId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM job_rendition jr JOIN job j ON j.id = jr.job_id WHERE jr.rendition_id = ?1 AND j.state = 'scheduled'")?.exists([id])
}

/// Somebody begins to make it, under this name unless it had one before; the name. None if it is not waiting any more.
pub fn begin(tx: &Transaction<'_>, id: RenditionId, name: &str) -> rusqlite::Result<Option<String>> {
    tx.query_row(
        "UPDATE rendition SET state = 'making', progress = 0, stored_name = coalesce(stored_name, ?2) WHERE id = ?1 AND state = 'waiting' RETURNING stored_name",
        (id, name),
        |row| row.get(0),
    )
    .optional()
}

pub fn progress(tx: &Transaction<'_>, id: RenditionId, percent: u8) -> rusqlite::Result<()> {
    tx.execute("UPDATE rendition SET progress = ?2 WHERE id = ?1 AND state = 'making'", (id, percent.min(100))).map(drop)
}

/// A copy that lies on disk under its name.
#[derive(Debug)]
pub struct Made<'a> {
    pub bytes: u64,
    pub sha256: &'a str,
    pub probe: &'a Probe,
}

/// It is there; jobs that waited for it go on. False if nobody waits for it any more (its file was cleared meanwhile).
pub fn made(tx: &Transaction<'_>, id: RenditionId, made: &Made<'_>, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let probe = serde_json::to_string(made.probe).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    let changed = tx.execute(
        "UPDATE rendition SET state = 'ready', progress = 100, bytes = :bytes, sha256 = :sha256, probe = :probe, error = NULL,
             next_at = NULL, made_at = :now WHERE id = :id AND state = 'making'",
        named_params! {
            ":id": id, ":bytes": i64::try_from(made.bytes).unwrap_or(i64::MAX), ":sha256": made.sha256, ":probe": probe,
            ":now": At(now),
        },
    )?;
    if changed > 0 {
        let_go(tx, id)?;
    }
    Ok(changed > 0)
}

/// It could not be made now, and is tried again then; what was the trouble is shown meanwhile. Without a trouble it was only interrupted.
pub fn again(tx: &Transaction<'_>, id: RenditionId, trouble: Option<&Trouble>, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let error = trouble.map(serde_json::to_string).transpose().map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    tx.execute(
        "UPDATE rendition SET state = 'waiting', progress = 0, tries = tries + (?2 IS NOT NULL), error = coalesce(?2, error), next_at = ?3
         WHERE id = ?1 AND state = 'making'",
        (id, error, At(at)),
    )
    .map(drop)
}

/// It cannot be made. The jobs that wait for it fail with that; the number of them.
pub fn failed(tx: &Transaction<'_>, id: RenditionId, trouble: &Trouble, error: &LastError) -> rusqlite::Result<usize> {
    let to_json = |e: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(e.into());
    let trouble = serde_json::to_string(trouble).map_err(to_json)?;
    let error = serde_json::to_string(error).map_err(to_json)?;
    tx.execute("UPDATE rendition SET state = 'failed', error = ?2, next_at = NULL WHERE id = ?1 AND state IN ('waiting', 'making')", (id, trouble))?;
    tx.execute(
        "UPDATE job AS j SET state = 'failed', last_error = ?2, next_at = NULL, held_by = NULL WHERE state = 'scheduled' AND lease_attempt IS NULL
             AND EXISTS (SELECT 1 FROM job_rendition jr WHERE jr.job_id = j.id AND jr.rendition_id = ?1)",
        (id, error),
    )
}

/// A post's jobs begin anew: copies of theirs that failed or are gone are made again. To be called when the jobs are scheduled already.
pub fn want_again(tx: &Transaction<'_>, post: PostId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE rendition SET state = 'waiting', tries = 0, progress = 0, next_at = ?2 WHERE state IN ('failed', 'cleared')
             AND id IN (SELECT jr.rendition_id FROM job_rendition jr JOIN job j ON j.id = jr.job_id WHERE j.post_id = ?1 AND j.state = 'scheduled')",
        (post, At(now)),
    )?;
    tx.execute(&format!("UPDATE job AS j SET held_by = '{MEDIA}' WHERE post_id = ?1 AND held_by IS NULL AND state = 'scheduled' AND {PENDING}"), [post])
        .map(drop)
}

/// What somebody is at, or was.
pub fn making(db: &Connection) -> rusqlite::Result<Vec<Rendition>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM rendition r WHERE r.state = 'making'"))?.query_map([], from_row)?.collect()
}

/// Clears the copies of a file that was cleared; their names on disk.
pub fn clear_of(tx: &Transaction<'_>, media: MediaId, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(
        "UPDATE rendition SET state = 'cleared', cleared_at = ?2, next_at = NULL WHERE media_id = ?1 AND state <> 'cleared' RETURNING stored_name",
    )?
    .query_map((media, At(now)), |row| row.get::<_, Option<String>>(0))?
    .filter_map(Result::transpose)
    .collect()
}

/// How long the maker waits before the next try, after so many.
pub fn pause(tries: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(15u32.saturating_mul(1 << tries.min(6))).min(600))
}

/// A file with the copy that is to be made of it.
#[derive(Debug)]
pub struct Order {
    pub rendition: Rendition,
    pub recipe: Recipe,
    pub media: Media,
}
