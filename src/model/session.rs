//! Signed-in browsers. Only the fingerprint of the cookie's word is stored, so a stolen database signs nobody in.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::db::At;
use crate::ids::{SessionId, UserId};
use crate::secret;

/// How long a session lives without being used.
pub const IDLE_DAYS: i64 = 14;
/// How long it lives at the most.
pub const LIFE_DAYS: i64 = 90;
/// `last_seen_at` is written at most this often, so that reading pages does not mean writing.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        created_at: row.get::<_, At>("created_at")?.0,
        last_seen_at: row.get::<_, At>("last_seen_at")?.0,
        expires_at: row.get::<_, At>("expires_at")?.0,
    })
}

impl Session {
    /// Should [`touch`] be called?
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.last_seen_at > SEEN_EVERY
    }
}

/// Starts a session for the cookie word `word`.
pub fn create(tx: &Transaction<'_>, user_id: UserId, word: &str, user_agent: &str, now: DateTime<Utc>) -> rusqlite::Result<SessionId> {
    tx.execute("DELETE FROM session WHERE expires_at < ?1", [At(now)])?;
    tx.query_row(
        "INSERT INTO session (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
         VALUES (:hash, :user, :now, :now, :expires, :agent) RETURNING id",
        named_params! {
            ":hash": secret::fingerprint(word),
            ":user": user_id,
            ":now": At(now),
            ":expires": At(now + TimeDelta::days(LIFE_DAYS)),
            ":agent": user_agent.chars().take(200).collect::<String>(),
        },
        |row| row.get(0),
    )
}

/// The living session of a cookie word.
pub fn by_word(db: &Connection, word: &str, now: DateTime<Utc>) -> rusqlite::Result<Option<Session>> {
    db.prepare_cached(
        "SELECT id, user_id, created_at, last_seen_at, expires_at FROM session
         WHERE token_hash = :hash AND expires_at > :now AND last_seen_at > :idle",
    )?
    .query_row(named_params! { ":hash": secret::fingerprint(word), ":now": At(now), ":idle": At(now - TimeDelta::days(IDLE_DAYS)) }, from_row)
    .optional()
}

pub fn touch(tx: &Transaction<'_>, id: SessionId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE session SET last_seen_at = ?2 WHERE id = ?1", (id, At(now))).map(drop)
}

pub fn delete(tx: &Transaction<'_>, id: SessionId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM session WHERE id = ?1", [id]).map(drop)
}
