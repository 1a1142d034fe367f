//! The tables as structs, each in one file with its queries and its invariants. No SQL stands anywhere else.
//!
//! Invariants: every query that takes an id from outside also takes the workspace it must belong to; times are [`crate::db::At`];
//! functions that change something take a transaction, so that what belongs together is committed together.

pub mod account;
pub mod api_key;
pub mod attempt;
pub mod audit;
pub mod comment;
pub mod connect;
pub mod fetch;
pub mod job;
pub mod media;
pub mod post;
pub mod rehearsal;
pub mod session;
pub mod spend;
pub mod upload;
pub mod user;
pub mod workspace;

/// Did this fail because the disk is full? The database is as it was before; the same works again once there is room.
pub fn is_full(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMSIZE};
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return false };
    // Growing the index of the write-ahead log, or a sync, meets a full disk where SQLite has no word of its own for it.
    failure.code == rusqlite::ErrorCode::DiskFull || [SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMSIZE].contains(&failure.extended_code)
}

/// Space-separated words in one column.
pub(crate) fn split_words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
