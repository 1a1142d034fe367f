//! Removing what is not needed any more. A job's own files go when it is done; this catches what a crash left in between, and forgets what is
//! older than the configured retention.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::model::{attempt, audit, connect, media, post, spend};

/// An upload that no post has used by then is abandoned.
const ABANDONED: TimeDelta = TimeDelta::hours(24);
/// A file without a row may be an upload that is being stored right now.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// An upload that has not grown for so long was cut off.
const STALE: TimeDelta = TimeDelta::hours(24);

/// What one sweep removed.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Files whose posts are all out, and uploads that no post used.
    pub cleared: usize,
    /// Files on disk that no row knows, and uploads cut off.
    pub strays: usize,
}

pub fn sweep(engine: &Engine, now: DateTime<Utc>) -> anyhow::Result<Swept> {
    let names = engine.db.write(|tx| media::clear_leftovers(tx, now - ABANDONED, now - engine.failed_retention, now))?;
    let mut swept = Swept { cleared: names.len(), strays: 0 };
    remove(engine, &names);
    let known: HashSet<String> = engine.db.read(media::stored_names)?;
    for file in engine.store.list()? {
        // The file's age by the machine's clock: a test's clock says nothing about the disk's times.
        let old = Utc::now() - file.modified > FRESH;
        // A crash between the commit that clears a file and its removal: the row says that nobody needs it.
        let is_cleared = |name: &str| names.iter().any(|cleared| cleared == name) || engine.db.read(|db| media::is_cleared(db, name)).unwrap_or(false);
        if !known.contains(&file.name) && (old || is_cleared(&file.name)) {
            engine.store.remove(&file.name)?;
            swept.strays += 1;
        }
    }
    for cut_off in engine.store.stale_incoming(Utc::now() - STALE)? {
        engine.store.remove_incoming(&cut_off.name)?;
        swept.strays += 1;
    }
    if swept != Swept::default() {
        tracing::info!(cleared = swept.cleared, strays = swept.strays, "media swept");
    }
    Ok(swept)
}

/// Forgets rows that are older than the retention of their kind. To be called after [`sweep`], so that no file outlives its row.
pub fn forget(engine: &Engine, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    engine.db.write(|tx| {
        let posts = post::forget_ended(tx, now - engine.retention.posts)?;
        let media = media::forget_cleared(tx, now - engine.retention.posts)?;
        let attempts = attempt::forget(tx, now - engine.retention.logs)?;
        let entries = audit::forget(tx, now - engine.retention.audit)?;
        let unfinished = connect::forget(tx, now)?;
        let spent = spend::forget(tx, now)?;
        Ok(posts + media + attempts + entries + unfinished + spent)
    })
}

/// Removes cleared files; one that cannot be removed now is a stray for the next sweep.
pub(super) fn remove(engine: &Engine, names: &[String]) {
    for name in names {
        match engine.store.remove(name) {
            Ok(()) => tracing::info!(file = %name, "media cleared"),
            Err(e) => tracing::warn!(file = %name, "cleared media could not be removed yet: {e}"),
        }
    }
}
