//! Keys for the REST API, and what was already made under an `Idempotency-Key`. Only a key's fingerprint is stored; the key itself is shown once.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::split_words;
use crate::db::At;
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::secret;

#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// The key's first characters, by which people tell keys apart.
    pub hint: String,
    /// What it may do; empty: all that its workspace allows.
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// `last_used_at` is written at most this often.
const USED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How long an `Idempotency-Key` is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

const COLUMNS: &str = "id, workspace_id, name, hint, scopes, created_at, expires_at, last_used_at, revoked_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let at = |name: &str| row.get::<_, Option<At>>(name).map(|at| at.map(|at| at.0));
    Ok(ApiKey {
        id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        name: row.get("name")?,
        hint: row.get("hint")?,
        scopes: split_words(&row.get::<_, String>("scopes")?),
        created_at: row.get::<_, At>("created_at")?.0,
        expires_at: at("expires_at")?,
        last_used_at: at("last_used_at")?,
        revoked_at: at("revoked_at")?,
    })
}

impl ApiKey {
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|s| s == scope)
    }

    /// Should [`touch`] be called?
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|at| now - at > USED_EVERY)
    }
}

pub fn create(
    tx: &Transaction<'_>,
    workspace: WorkspaceId,
    name: &str,
    key: &str,
    scopes: &[String],
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> rusqlite::Result<ApiKeyId> {
    tx.query_row(
        "INSERT INTO api_key (workspace_id, name, hint, key_hash, scopes, created_at, expires_at)
         VALUES (:workspace, :name, :hint, :hash, :scopes, :now, :expires) RETURNING id",
        named_params! {
            ":workspace": workspace, ":name": name, ":hint": key.chars().take(9).collect::<String>(), ":hash": secret::fingerprint(key),
            ":scopes": scopes.join(" "), ":now": At(now), ":expires": expires_at.map(At),
        },
        |row| row.get(0),
    )
}

/// The key that may be used now.
pub fn by_key(db: &Connection, key: &str, now: DateTime<Utc>) -> rusqlite::Result<Option<ApiKey>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key WHERE key_hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"))?
        .query_row((secret::fingerprint(key), At(now)), from_row)
        .optional()
}

pub fn touch(tx: &Transaction<'_>, id: ApiKeyId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE api_key SET last_used_at = ?2 WHERE id = ?1", (id, At(now))).map(drop)
}

pub fn list(db: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key ORDER BY id"))?.query_map([], from_row)?.collect()
}

/// Ends a key; false if there is none of this id that still worked.
pub fn revoke(tx: &Transaction<'_>, id: ApiKeyId, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute("UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", (id, At(now)))? > 0)
}

/// What an earlier request with this `Idempotency-Key` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub request_hash: [u8; 32],
    pub made: String,
}

pub fn made_before(db: &Connection, workspace: WorkspaceId, key: &str) -> rusqlite::Result<Option<Made>> {
    db.prepare_cached("SELECT request_hash, made FROM idempotency WHERE workspace_id = ?1 AND key = ?2")?
        .query_row((workspace, key), |row| Ok(Made { request_hash: row.get(0)?, made: row.get(1)? }))
        .optional()
}

/// To be called in the transaction that makes the thing.
pub fn remember(tx: &Transaction<'_>, workspace: WorkspaceId, key: &str, made: &Made, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM idempotency WHERE created_at < ?1", [At(now - REMEMBERED)])?;
    tx.execute(
        "INSERT INTO idempotency (workspace_id, key, request_hash, made, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        (workspace, key, made.request_hash, &made.made, At(now)),
    )
    .map(drop)
}
