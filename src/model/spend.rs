//! The ledger of calls that count against a known limit of an account.
//!
//! Invariant: a call is entered before it is made. A call that was cut off counts all the same: the platform may have counted it.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Transaction};

use crate::db::At;
use crate::ids::AccountId;

/// When the next call against this limit may be made; none if it may be made now. `most` calls in any `window`.
pub fn free_at(db: &Connection, account: AccountId, budget: &str, most: u32, window: TimeDelta, now: DateTime<Utc>) -> rusqlite::Result<Option<DateTime<Utc>>> {
    // The window is full while the call that lies `most` back is in it.
    let nth: Option<At> = db
        .prepare_cached("SELECT at FROM spend WHERE account_id = ?1 AND budget = ?2 AND at > ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4")?
        .query_map((account, budget, At(now - window), most.saturating_sub(1)), |row| row.get(0))?
        .next()
        .transpose()?;
    Ok(nth.map(|at| at.0 + window))
}

/// How many calls stand in the ledger since then.
pub fn count(db: &Connection, account: AccountId, budget: &str, since: DateTime<Utc>) -> rusqlite::Result<u32> {
    db.prepare_cached("SELECT count(*) FROM spend WHERE account_id = ?1 AND budget = ?2 AND at > ?3")?.query_row((account, budget, At(since)), |row| row.get(0))
}

pub fn enter(tx: &Transaction<'_>, account: AccountId, budget: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO spend (account_id, budget, at) VALUES (?1, ?2, ?3)")?.execute((account, budget, At(now))).map(drop)
}

/// No window is longer than two days.
pub fn forget(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    tx.execute("DELETE FROM spend WHERE at < ?1", [At(now - TimeDelta::days(2))])
}
