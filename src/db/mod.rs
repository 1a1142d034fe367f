//! The database: one SQLite file, one writer, a few readers that cannot write.
//!
//! Invariants: every change goes through [`Db::write`], one IMMEDIATE transaction at a time, and is on disk (`synchronous=FULL`) when it returns,
//! because a crash must not forget that a post went out. Readers run with `query_only`, so that no read path can change anything by mistake.

mod look;
mod migrate;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use self::look::Schema;
pub use self::migrate::{Migrated, Unready};

/// A moment as the tables hold it: milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub DateTime<Utc>);

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_millis().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let millis = i64::column_result(value)?;
        DateTime::from_timestamp_millis(millis).map(At).ok_or(FromSqlError::OutOfRange(millis))
    }
}

/// Where a writing transaction stands when it is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    Before,
    After,
}

/// Told of every commit, on the thread that commits.
pub type Observer = Arc<dyn Fn(Commit) + Send + Sync>;

/// The open database.
pub struct Db {
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    path: std::path::PathBuf,
    observer: RwLock<Option<Observer>>,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Readers kept open between reads; more are opened when more read at once.
const IDLE_READERS: usize = 4;

impl Db {
    /// Opens the file, makes it if it is missing, and brings it to this program's version (after a backup, when that changes it).
    pub fn open(path: &Path, now: DateTime<Utc>) -> Result<(Db, Migrated), Unready> {
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        restrict(path)?;
        let migrated = migrate::run(&mut writer, path, now)?;
        let db = Db { writer: Mutex::new(writer), readers: Mutex::new(Vec::new()), path: path.to_owned(), observer: RwLock::new(None) };
        Ok((db, migrated))
    }

    /// Runs `f` on a connection that sees one moment of the database and cannot change it.
    pub fn read<T, E: From<rusqlite::Error>>(&self, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let idle = lock(&self.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.open_reader()?,
        };
        let snapshot = reader.transaction()?;
        let out = f(&snapshot);
        drop(snapshot);
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        out
    }

    /// Runs `f` in a transaction of its own; commits when it returns `Ok`, and leaves no trace otherwise.
    pub fn write<T, E: From<rusqlite::Error>>(&self, f: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut writer = lock(&self.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = f(&tx)?;
        self.observe(Commit::Before);
        tx.commit()?;
        drop(writer);
        self.observe(Commit::After);
        Ok(out)
    }

    /// Sets who is told of commits. A panic in `Before` undoes the transaction, a panic in `After` comes when it is on disk: this is how tests
    /// stop the engine between any two commits.
    pub fn set_observer(&self, observer: Option<Observer>) {
        *self.observer.write().unwrap_or_else(PoisonError::into_inner) = observer;
    }

    fn observe(&self, commit: Commit) {
        let observer = self.observer.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(observer) = observer {
            observer(commit);
        }
    }

    fn open_reader(&self) -> rusqlite::Result<Connection> {
        let reader = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // The CLI writes from another process; its transactions are short.
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Deleted rows held captions and names; "nothing left behind" includes free pages.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.pragma_update(None, "cache_size", -2_000)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The database holds captions, names and sealed tokens: nobody else on the machine may read it.
fn restrict(path: &Path) -> Result<(), Unready> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(Unready::File)?;
    Ok(())
}

/// A panic while a connection was held has rolled its transaction back, so the connection is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
