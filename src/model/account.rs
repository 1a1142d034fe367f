//! Connected social accounts.
//!
//! Invariants: within a workspace a platform's account is connected at most once; its access is stored sealed for the place
//! [`access_place`], and replaced as a whole, so that a rotated token is on disk before it is used; `access_version` grows with each
//! replacement, so that a renewal never overwrites a newer access.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::split_words;
use crate::db::At;
use crate::ids::{AccountId, UserId, WorkspaceId};
use crate::kind::{Login, Platform};

/// Is the account usable?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    NeedsReconnect,
    Disconnected,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::NeedsReconnect => "needs_reconnect",
            Status::Disconnected => "disconnected",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub workspace_id: WorkspaceId,
    pub platform: Platform,
    pub login: Login,
    pub remote_id: String,
    pub username: String,
    pub display_name: String,
    pub has_avatar: bool,
    pub status: Status,
    pub status_reason: Option<String>,
    pub scopes: Vec<String>,
    pub missing_scopes: Vec<String>,
    pub access_sealed: Option<Vec<u8>>,
    pub access_version: i64,
    /// When the token in use ends, and when renewing ends (the person must connect again by then).
    pub expires_at: Option<DateTime<Utc>>,
    pub renew_by: Option<DateTime<Utc>>,
    pub connected_by: Option<UserId>,
    pub connected_at: DateTime<Utc>,
    /// What the platform lets the account do, as its adapter reads it, and when it was last asked.
    pub standing: Option<serde_json::Value>,
    pub standing_at: Option<DateTime<Utc>>,
}

/// What connecting (again) stores. The access is sealed afterwards, since its place needs the row's id: see [`store_access`].
#[derive(Debug)]
pub struct Connected<'a> {
    pub workspace_id: WorkspaceId,
    pub platform: Platform,
    pub login: Login,
    pub remote_id: &'a str,
    pub person_id: Option<&'a str>,
    pub username: &'a str,
    pub display_name: &'a str,
    pub avatar: Option<(&'a str, &'a [u8])>,
    pub scopes: &'a [String],
    pub missing_scopes: &'a [String],
    pub connected_by: Option<UserId>,
}

const COLUMNS: &str = "id, workspace_id, platform, login, remote_id, username, display_name, avatar IS NOT NULL AS has_avatar, status, status_reason, \
    scopes, missing_scopes, access_sealed, access_version, expires_at, renew_by, connected_by, connected_at, standing, standing_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        platform: row.get("platform")?,
        login: row.get("login")?,
        remote_id: row.get("remote_id")?,
        username: row.get("username")?,
        display_name: row.get("display_name")?,
        has_avatar: row.get("has_avatar")?,
        status: match row.get::<_, String>("status")?.as_str() {
            "active" => Status::Active,
            "needs_reconnect" => Status::NeedsReconnect,
            _ => Status::Disconnected,
        },
        status_reason: row.get("status_reason")?,
        scopes: split_words(&row.get::<_, String>("scopes")?),
        missing_scopes: split_words(&row.get::<_, String>("missing_scopes")?),
        access_sealed: row.get("access_sealed")?,
        access_version: row.get("access_version")?,
        expires_at: row.get::<_, Option<At>>("expires_at")?.map(|at| at.0),
        renew_by: row.get::<_, Option<At>>("renew_by")?.map(|at| at.0),
        connected_by: row.get("connected_by")?,
        connected_at: row.get::<_, At>("connected_at")?.0,
        standing: row.get::<_, Option<String>>("standing")?.and_then(|text| serde_json::from_str(&text).ok()),
        standing_at: row.get::<_, Option<At>>("standing_at")?.map(|at| at.0),
    })
}

/// Where an account's access is sealed for.
pub fn access_place(id: AccountId) -> String {
    format!("account:{}:access", id.0)
}

/// Connects an account, or connects it again: the same account of the same workspace keeps its id, its jobs and its history.
pub fn connect(tx: &Transaction<'_>, new: &Connected<'_>, now: DateTime<Utc>) -> rusqlite::Result<AccountId> {
    tx.query_row(
        "INSERT INTO account (workspace_id, platform, login, remote_id, person_id, username, display_name, avatar, avatar_mime, status, scopes, missing_scopes,
                              connected_by, connected_at)
         VALUES (:workspace, :platform, :login, :remote_id, :person_id, :username, :display_name, :avatar, :avatar_mime, 'active', :scopes, :missing, :by, :now)
         ON CONFLICT (workspace_id, platform, remote_id) WHERE status <> 'disconnected' DO UPDATE SET
             login = excluded.login, person_id = excluded.person_id, username = excluded.username, display_name = excluded.display_name,
             avatar = coalesce(excluded.avatar, avatar), avatar_mime = coalesce(excluded.avatar_mime, avatar_mime), status = 'active', status_reason = NULL,
             scopes = excluded.scopes, missing_scopes = excluded.missing_scopes, connected_by = excluded.connected_by, connected_at = excluded.connected_at
         RETURNING id",
        named_params! {
            ":workspace": new.workspace_id, ":platform": new.platform, ":login": new.login, ":remote_id": new.remote_id, ":person_id": new.person_id,
            ":username": new.username, ":display_name": new.display_name, ":avatar": new.avatar.map(|(_, bytes)| bytes),
            ":avatar_mime": new.avatar.map(|(mime, _)| mime), ":scopes": new.scopes.join(" "), ":missing": new.missing_scopes.join(" "),
            ":by": new.connected_by, ":now": At(now),
        },
        |row| row.get(0),
    )
}

/// Stores sealed access and ends any renewal under way.
pub fn store_access(
    tx: &Transaction<'_>,
    id: AccountId,
    sealed: &[u8],
    expires_at: Option<DateTime<Utc>>,
    renew_by: Option<DateTime<Utc>>,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE account SET access_sealed = ?2, access_version = access_version + 1, expires_at = ?3, renew_by = ?4, renewing_until = NULL WHERE id = ?1",
        (id, sealed, expires_at.map(At), renew_by.map(At)),
    )
    .map(drop)
}

/// Takes the right to ask for the account's standing; false if it was asked for since `before`.
pub fn begin_asking(tx: &Transaction<'_>, id: AccountId, now: DateTime<Utc>, before: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute("UPDATE account SET standing_at = ?2 WHERE id = ?1 AND (standing_at IS NULL OR standing_at <= ?3)", (id, At(now), At(before)))? > 0)
}

/// Stores what the platform told of the account's standing.
pub fn store_standing(tx: &Transaction<'_>, id: AccountId, standing: &serde_json::Value, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE account SET standing = ?2, standing_at = ?3 WHERE id = ?1", (id, standing.to_string(), At(now))).map(drop)
}

/// Lets nothing of the account become visible before `until`.
pub fn rest(tx: &Transaction<'_>, id: AccountId, until: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.execute("UPDATE account SET rest_until = max(coalesce(rest_until, 0), ?2) WHERE id = ?1", (id, At(until))).map(drop)
}

/// When a resting account goes on.
pub fn rests_until(db: &Connection, id: AccountId, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let until: Option<At> = db.prepare_cached("SELECT rest_until FROM account WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    Ok(until.map(|at| at.0).filter(|at| *at > now))
}

/// Takes the right to renew an account's access, until `until`: one renewal at a time, across processes. `seen` is the version that the caller
/// wants to replace; false if somebody else renews, or has renewed since.
pub fn begin_renewal(tx: &Transaction<'_>, id: AccountId, seen: i64, now: DateTime<Utc>, until: DateTime<Utc>) -> rusqlite::Result<bool> {
    Ok(tx.execute(
        "UPDATE account SET renewing_until = ?4 WHERE id = ?1 AND access_version = ?2 AND status = 'active' AND (renewing_until IS NULL OR renewing_until <= ?3)",
        (id, seen, At(now), At(until)),
    )? > 0)
}

/// Stores renewed access in the place of version `seen`; false if that is not the one any more.
pub fn replace_access(
    tx: &Transaction<'_>,
    id: AccountId,
    seen: i64,
    sealed: &[u8],
    expires_at: Option<DateTime<Utc>>,
    renew_by: Option<DateTime<Utc>>,
) -> rusqlite::Result<bool> {
    let is_the_one = tx.prepare_cached("SELECT 1 FROM account WHERE id = ?1 AND access_version = ?2")?.exists((id, seen))?;
    if is_the_one {
        store_access(tx, id, sealed, expires_at, renew_by)?;
    }
    Ok(is_the_one)
}

/// Gives the right to renew version `seen` back after a failure.
pub fn end_renewal(tx: &Transaction<'_>, id: AccountId, seen: i64) -> rusqlite::Result<()> {
    tx.execute("UPDATE account SET renewing_until = NULL WHERE id = ?1 AND access_version = ?2", (id, seen)).map(drop)
}

/// The access of version `seen` has ended: the account waits for a person, and so do its jobs (see [`super::job::hold_account`]). False if there is
/// another access by now. The reason that was told first stays.
pub fn needs_reconnect(tx: &Transaction<'_>, id: AccountId, seen: i64, reason: &str) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE account SET status = 'needs_reconnect', status_reason = iif(status = 'active', ?3, status_reason), renewing_until = NULL
         WHERE id = ?1 AND access_version = ?2 AND status IN ('active', 'needs_reconnect')",
        (id, seen, reason),
    )?;
    Ok(changed > 0)
}

pub fn get(db: &Connection, id: AccountId) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE id = ?1"))?.query_row([id], from_row).optional()
}

pub fn in_workspace(db: &Connection, workspace: WorkspaceId, id: AccountId) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE id = ?1 AND workspace_id = ?2"))?.query_row((id, workspace), from_row).optional()
}

/// The accounts of a workspace (or of all), disconnected ones left out, after id `after`.
pub fn list(db: &Connection, workspace: Option<WorkspaceId>, after: AccountId, limit: u32) -> rusqlite::Result<Vec<Account>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM account WHERE (?1 IS NULL OR workspace_id = ?1) AND status <> 'disconnected' AND id > ?2 ORDER BY id LIMIT ?3"
    ))?
    .query_map((workspace, after, limit), from_row)?
    .collect()
}

/// Type and bytes of an account's picture.
pub fn avatar(db: &Connection, workspace: WorkspaceId, id: AccountId) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
    db.query_row("SELECT avatar_mime, avatar FROM account WHERE id = ?1 AND workspace_id = ?2 AND avatar IS NOT NULL", (id, workspace), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
}

/// Active accounts whose access ends within a while (or is due for its yearly look), for the daily renewal.
pub fn ending_before(db: &Connection, before: DateTime<Utc>) -> rusqlite::Result<Vec<Account>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE status = 'active' AND expires_at IS NOT NULL AND expires_at < ?1 ORDER BY expires_at"))?
        .query_map([At(before)], from_row)?
        .collect()
}
