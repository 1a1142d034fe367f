//! Looking at a database without changing it: no migration, no new file. What `pm3k doctor` reads with.

use std::path::Path;
use std::sync::{Mutex, RwLock};

use rusqlite::OpenFlags;

use super::{Db, Unready, connect, migrate};

/// Which schema a database has, and which one this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    pub found: i32,
    pub known: i32,
}

impl Db {
    /// Opens a file that is there, as it is. Nothing can be written through it.
    pub fn look(path: &Path) -> Result<(Db, Schema), Unready> {
        let writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        writer.pragma_update(None, "query_only", true)?;
        let schema = Schema { found: migrate::version(&writer)?, known: migrate::known() };
        Ok((Db { writer: Mutex::new(writer), readers: Mutex::new(Vec::new()), path: path.to_owned(), observer: RwLock::new(None) }, schema))
    }

    /// What SQLite's quick check finds damaged; empty when all is well.
    pub fn damage(&self) -> rusqlite::Result<Vec<String>> {
        self.read(|db| {
            let lines: Vec<String> = db.prepare("PRAGMA quick_check(10)")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
    }
}
