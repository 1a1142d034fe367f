//! People who sign in. A password is stored as an Argon2id hash; an instance admin may do everything everywhere.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::db::At;
use crate::ids::UserId;

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub is_admin: bool,
    pub created_at: DateTime<Utc>,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// A user to be made; `password_hash` comes from [`crate::actions::users`].
#[derive(Debug)]
pub struct NewUser<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub is_admin: bool,
}

const COLUMNS: &str = "id, email, name, password_hash, is_admin, created_at, disabled_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        is_admin: row.get("is_admin")?,
        created_at: row.get::<_, At>("created_at")?.0,
        disabled_at: row.get::<_, Option<At>>("disabled_at")?.map(|at| at.0),
    })
}

/// Makes a user; none if the address is taken.
pub fn create(tx: &Transaction<'_>, new: &NewUser<'_>, now: DateTime<Utc>) -> rusqlite::Result<Option<UserId>> {
    tx.prepare_cached(
        "INSERT INTO user (email, name, password_hash, is_admin, created_at) VALUES (:email, :name, :password_hash, :is_admin, :now)
         ON CONFLICT (email) DO NOTHING RETURNING id",
    )?
    .query_row(
        named_params! { ":email": new.email, ":name": new.name, ":password_hash": new.password_hash, ":is_admin": new.is_admin, ":now": At(now) },
        |row| row.get(0),
    )
    .optional()
}

pub fn by_email(db: &Connection, email: &str) -> rusqlite::Result<Option<User>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM user WHERE email = ?1"))?.query_row([email], from_row).optional()
}

pub fn get(db: &Connection, id: UserId) -> rusqlite::Result<Option<User>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM user WHERE id = ?1"))?.query_row([id], from_row).optional()
}

pub fn list(db: &Connection) -> rusqlite::Result<Vec<User>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM user ORDER BY email"))?.query_map([], from_row)?.collect()
}

/// Is there anybody at all? While there is not, the set-up page is open.
pub fn any(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT EXISTS (SELECT 1 FROM user)", [], |row| row.get(0))
}
