//! Bringing the database to this program's version, after a backup of the file when that changes it. A database of a later version is refused.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use refinery::{Runner, Target};
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
    run_with(embedded::migrations::runner(), connection, path, now)
}

fn run_with(runner: Runner, connection: &mut Connection, path: &Path, now: DateTime<Utc>) -> Result<Migrated, Unready> {
    let known = runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0);
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

#[cfg(test)]
mod tests {
    use refinery::Migration;

    use super::*;

    fn migrations(sql: &[&str]) -> Runner {
        let list: Vec<Migration> = sql.iter().enumerate().map(|(i, sql)| Migration::unapplied(&format!("V{}__step", i + 1), sql).unwrap()).collect();
        Runner::new(&list)
    }

    fn rows(path: &Path) -> i64 {
        Connection::open(path).unwrap().query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_database_is_copied_before_it_is_changed_and_kept_when_that_fails() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let mut connection = Connection::open(&path).unwrap();
        let one = "CREATE TABLE a (x INTEGER)";
        assert_eq!(run_with(migrations(&[one]), &mut connection, &path, Utc::now()).unwrap(), Migrated { applied: 1, backup: None });
        connection.execute("INSERT INTO a VALUES (1)", []).unwrap();

        let changed = run_with(migrations(&[one, "DELETE FROM a"]), &mut connection, &path, Utc::now()).unwrap();
        assert_eq!(changed.applied, 1);
        assert_eq!(rows(&path), 0);
        assert_eq!(rows(&changed.backup.unwrap()), 1, "the copy has what was there before");

        connection.execute("INSERT INTO a VALUES (2)", []).unwrap();
        let failed = run_with(migrations(&[one, "DELETE FROM a", "DELETE FROM a; NOT SQL"]), &mut connection, &path, Utc::now());
        assert!(matches!(failed, Err(Unready::Migration(_))));
        assert_eq!(rows(&path), 1, "a migration that fails changes nothing");
        assert_eq!(version(&connection).unwrap(), 2);
    }
}
