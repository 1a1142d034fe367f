//! Bringing the database to this program's version, after a backup of the file when that changes it. A database of a later version is refused.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use refinery::Target;
use rusqlite::Connection;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What opening did to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// How many migrations were applied.
    pub applied: usize,
    /// The copy made before, when there was something to copy.
    pub backup: Option<PathBuf>,
}

/// Why the database cannot be used.
#[derive(Debug)]
pub enum Unready {
    Sql(rusqlite::Error),
    File(io::Error),
    Migration(refinery::Error),
    /// The file belongs to a later version of the program.
    Newer {
        found: i32,
        known: i32,
    },
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unready::Sql(e) => write!(f, "the database cannot be opened: {e}"),
            Unready::File(e) => write!(f, "the database file cannot be used: {e}"),
            Unready::Migration(e) => write!(f, "the database could not be brought to this version: {e}; the backup made before is beside it"),
            Unready::Newer { found, known } => write!(
                f,
                "the database has schema {found}, this program knows {known}: it was used by a later version. Install that version again, or restore a backup"
            ),
        }
    }
}

impl std::error::Error for Unready {}

impl From<rusqlite::Error> for Unready {
    fn from(e: rusqlite::Error) -> Self {
        Unready::Sql(e)
    }
}

pub(super) fn run(connection: &mut Connection, path: &Path, now: DateTime<Utc>) -> Result<Migrated, Unready> {
    let runner = embedded::migrations::runner();
    let known = known();
    let found = version(connection)?;
    if found > known {
        return Err(Unready::Newer { found, known });
    }
    if found == known {
        return Ok(Migrated { applied: 0, backup: None });
    }
    let backup = if found > 0 { Some(back_up(connection, path, found, now)?) } else { None };
    let report = runner.set_target(Target::Latest).set_grouped(true).run(connection).map_err(Unready::Migration)?;
    Ok(Migrated { applied: report.applied_migrations().len(), backup })
}

/// The schema's version that this program makes.
pub(super) fn known() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The schema's version; 0 for a new file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i32> {
    let exists: bool =
        connection.query_row("SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'refinery_schema_history'", [], |row| row.get(0))?;
    if !exists {
        return Ok(0);
    }
    connection.query_row("SELECT coalesce(max(version), 0) FROM refinery_schema_history", [], |row| row.get(0))
}

fn back_up(connection: &Connection, path: &Path, found: i32, now: DateTime<Utc>) -> Result<PathBuf, Unready> {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-before-migration-{}-{found}.db", now.format("%Y%m%dT%H%M%SZ")));
    let copy = path.with_file_name(name);
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    #[cfg(unix)]
    std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(Unready::File)?;
    Ok(copy)
}
