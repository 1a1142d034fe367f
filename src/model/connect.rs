//! Ways through a platform's consent pages. The state is single-use, bound to the session that began, and ends after ten minutes; what was found
//! waits (sealed) for the person's choice for as long again.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::db::At;
use crate::ids::{ConnectId, SessionId, WorkspaceId};
use crate::kind::Login;
use crate::secret;

/// How long a state is good for, and then how long a choice may take.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug, Clone)]
pub struct Connect {
    pub id: ConnectId,
    pub session_id: SessionId,
    pub workspace_id: WorkspaceId,
    pub login: Login,
    pub verifier_sealed: Vec<u8>,
    pub found_sealed: Option<Vec<u8>>,
}

const COLUMNS: &str = "id, session_id, workspace_id, login, verifier_sealed, found_sealed";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Connect> {
    Ok(Connect {
        id: row.get("id")?,
        session_id: row.get("session_id")?,
        workspace_id: row.get("workspace_id")?,
        login: row.get("login")?,
        verifier_sealed: row.get("verifier_sealed")?,
        found_sealed: row.get("found_sealed")?,
    })
}

/// Forgets what nobody finished, and the access that was found and not chosen.
pub fn forget(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute("DELETE FROM connect WHERE expires_at < ?1", [At(now)])
}

/// Begins. `verifier_sealed` is sealed for the place `connect:{state fingerprint}`, since the row has no id yet.
pub fn begin(
    tx: &Transaction<'_>,
    session: SessionId,
    workspace: WorkspaceId,
    login: Login,
    state: &str,
    verifier_sealed: &[u8],
    now: DateTime<Utc>,
) -> rusqlite::Result<ConnectId> {
    forget(tx, now)?;
    tx.query_row(
        "INSERT INTO connect (session_id, workspace_id, login, state_hash, verifier_sealed, created_at, expires_at)
         VALUES (:session, :workspace, :login, :state, :verifier, :now, :expires) RETURNING id",
        named_params! {
            ":session": session, ":workspace": workspace, ":login": login, ":state": secret::fingerprint(state),
            ":verifier": verifier_sealed, ":now": At(now), ":expires": At(now + LIFE),
        },
        |row| row.get(0),
    )
}

/// Takes the state out of circulation and tells what it was for; none if it is unknown, used, too old, or of another session.
pub fn use_state(tx: &Transaction<'_>, session: SessionId, login: Login, state: &str, now: DateTime<Utc>) -> rusqlite::Result<Option<Connect>> {
    tx.query_row(
        &format!(
            "UPDATE connect SET used_at = :now WHERE state_hash = :state AND session_id = :session AND login = :login AND used_at IS NULL AND expires_at > :now
             RETURNING {COLUMNS}"
        ),
        named_params! { ":state": secret::fingerprint(state), ":session": session, ":login": login, ":now": At(now) },
        from_row,
    )
    .optional()
}

/// Keeps what was found until the person has chosen.
pub fn keep_found(tx: &Transaction<'_>, id: ConnectId, found_sealed: &[u8], now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE connect SET found_sealed = ?2, expires_at = ?3 WHERE id = ?1", (id, found_sealed, At(now + LIFE))).map(drop)
}

/// A choice that is still open for this session.
pub fn open_choice(db: &Connection, id: ConnectId, session: SessionId, now: DateTime<Utc>) -> rusqlite::Result<Option<Connect>> {
    db.query_row(
        &format!("SELECT {COLUMNS} FROM connect WHERE id = ?1 AND session_id = ?2 AND expires_at > ?3 AND found_sealed IS NOT NULL"),
        (id, session, At(now)),
        from_row,
    )
    .optional()
}

pub fn delete(tx: &Transaction<'_>, id: ConnectId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM connect WHERE id = ?1", [id]).map(drop)
}
