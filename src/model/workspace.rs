//! Workspaces and who may do what in them. One exists from the start; everything a person makes belongs to exactly one.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::db::At;
use crate::ids::{UserId, WorkspaceId};

#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    /// IANA name of the zone in which its times are entered and shown.
    pub time_zone: String,
    pub created_at: DateTime<Utc>,
}

/// What a member may do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Viewer,
    Contributor,
    Publisher,
    Admin,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Contributor => "contributor",
            Role::Publisher => "publisher",
            Role::Admin => "admin",
        }
    }

    fn parse(text: &str) -> Role {
        match text {
            "admin" => Role::Admin,
            "publisher" => Role::Publisher,
            "contributor" => Role::Contributor,
            // The table's CHECK leaves nothing else; the least right is the safe reading.
            _ => Role::Viewer,
        }
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    Ok(Workspace { id: row.get("id")?, name: row.get("name")?, time_zone: row.get("time_zone")?, created_at: row.get::<_, At>("created_at")?.0 })
}

/// The first workspace; made when there is none.
pub fn first_or_create(tx: &Transaction<'_>, time_zone: &str, now: DateTime<Utc>) -> rusqlite::Result<Workspace> {
    if let Some(first) = first(tx)? {
        return Ok(first);
    }
    tx.query_row(
        "INSERT INTO workspace (name, time_zone, created_at) VALUES ('Main', ?1, ?2) RETURNING id, name, time_zone, created_at",
        (time_zone, At(now)),
        from_row,
    )
}

pub fn first(db: &Connection) -> rusqlite::Result<Option<Workspace>> {
    db.query_row("SELECT id, name, time_zone, created_at FROM workspace ORDER BY id LIMIT 1", [], from_row).optional()
}

pub fn get(db: &Connection, id: WorkspaceId) -> rusqlite::Result<Option<Workspace>> {
    db.prepare_cached("SELECT id, name, time_zone, created_at FROM workspace WHERE id = ?1")?.query_row([id], from_row).optional()
}

pub fn add_member(tx: &Transaction<'_>, id: WorkspaceId, user: UserId, role: Role) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO member (workspace_id, user_id, role) VALUES (?1, ?2, ?3) ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
        (id, user, role.as_str()),
    )
    .map(drop)
}

/// The workspaces a person sees, with their role; an instance admin is admin of all.
pub fn of_user(db: &Connection, user: UserId, is_admin: bool) -> rusqlite::Result<Vec<(Workspace, Role)>> {
    db.prepare_cached(
        "SELECT w.id, w.name, w.time_zone, w.created_at, m.role FROM workspace w LEFT JOIN member m ON m.workspace_id = w.id AND m.user_id = ?1
         WHERE ?2 OR m.user_id IS NOT NULL ORDER BY w.id",
    )?
    .query_map((user, is_admin), |row| {
        let role = row.get::<_, Option<String>>("role")?;
        Ok((from_row(row)?, if is_admin { Role::Admin } else { Role::parse(role.as_deref().unwrap_or("")) }))
    })?
    .collect()
}
