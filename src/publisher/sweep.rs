//! Removing what is not needed any more. A job's own files go when it is done; this catches what a crash left in between, and forgets what is
//! older than the configured retention.

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::media::resumed::stem;
use crate::model::media::Limits;
use crate::model::{attempt, audit, connect, media, post, spend, upload};

/// An upload that no post has used by then is abandoned.
const ABANDONED: TimeDelta = TimeDelta::hours(24);
/// A file without a row may be an upload that is being stored right now.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// What one sweep removed.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Files whose posts are all out, and uploads that no post used.
    pub cleared: usize,
    /// Files of posts that failed, which will be cleared when the notice has passed.
    pub announced: usize,
    /// Files on disk that no row knows, and uploads cut off.
    pub strays: usize,
    /// Uploads in pieces that nobody went on with.
    pub expired: usize,
}

/// What can be removed is removed even where something else cannot: on a full disk nothing can be stored, and what goes makes room. The first failure is
/// returned at the end.
pub fn sweep(engine: &Engine, now: DateTime<Utc>) -> anyhow::Result<Swept> {
    let mut swept = Swept::default();
    let cleared = clear(engine, now, &mut swept);
    let announced = announce(engine, now, &mut swept);
    let expired = expire(engine, now, &mut swept);
    let strays = remove_strays(engine, &mut swept);
    if swept != Swept::default() {
        tracing::info!(cleared = swept.cleared, announced = swept.announced, strays = swept.strays, expired = swept.expired, "media swept");
    }
    cleared.and(announced).and(expired).and(strays).map(|()| swept)
}

/// Tells of files that will go although posts that failed still hold them.
fn announce(engine: &Engine, now: DateTime<Utc>, swept: &mut Swept) -> anyhow::Result<()> {
    let notice = media::notice(engine.failed_retention);
    let announced = engine.db.write(|tx| {
        let announced = media::announce(tx, now - engine.failed_retention + notice, now)?;
        let goes_at = (now + notice).format("%Y-%m-%d %H:%M UTC").to_string();
        for file in &announced {
            audit::note(tx, Some(file.workspace_id), "publisher", "media.announce", &file.id.to_string(), &goes_at, now)?;
        }
        Ok::<_, rusqlite::Error>(announced)
    })?;
    swept.announced = announced.len();
    let notice = humantime::format_duration(notice.to_std().unwrap_or_default());
    for file in &announced {
        tracing::warn!(media = %file.id, file = %file.file_name, "a post with it failed and nobody tried it again: the file is cleared in {notice}");
    }
    Ok(())
}

fn clear(engine: &Engine, now: DateTime<Utc>, swept: &mut Swept) -> anyhow::Result<()> {
    let announced_before = now - media::notice(engine.failed_retention);
    let limits = Limits { abandoned_before: now - ABANDONED, failed_before: now - engine.failed_retention, announced_before };
    let names = engine.db.write(|tx| media::clear_leftovers(tx, limits, now))?;
    swept.cleared = names.len();
    remove(engine, &names);
    Ok(())
}

/// Uploads in pieces to which nothing was added for a day.
fn expire(engine: &Engine, now: DateTime<Utc>, swept: &mut Swept) -> anyhow::Result<()> {
    if engine.db.read(|db| upload::any_expired(db, now))? {
        let words = engine.db.write(|tx| upload::expire(tx, now))?;
        swept.expired = words.len();
        for word in words {
            // One that cannot be removed now is a stray from here on.
            if let Err(e) = engine.store.drop_part(&word) {
                tracing::warn!("an upload that expired could not be removed yet: {e}");
            }
        }
    }
    Ok(())
}

fn remove_strays(engine: &Engine, swept: &mut Swept) -> anyhow::Result<()> {
    // Both in one look: an upload that ends is in one of them at any moment, under its word or with its name.
    let (going_on, known) = engine.db.read(|db| Ok::<_, rusqlite::Error>((upload::going_on(db)?, media::stored_names(db)?)))?;
    // The files' ages by the machine's clock: a test's clock says nothing about the disk's times.
    let fresh = Utc::now() - FRESH;
    for file in engine.store.list()? {
        let is_cleared = |name: &str| engine.db.read(|db| media::is_cleared(db, name)).unwrap_or(false);
        if known.contains(&file.name) || going_on.contains(stem(&file.name)) {
            continue;
        }
        // A crash between the commit that clears a file and its removal: the row says that nobody needs it.
        if file.modified < fresh || is_cleared(&file.name) {
            engine.store.remove(&file.name)?;
            swept.strays += 1;
        }
    }
    for part in engine.store.stale_incoming(fresh)? {
        if !going_on.contains(stem(&part.name)) {
            engine.store.remove_incoming(&part.name)?;
            swept.strays += 1;
        }
    }
    Ok(())
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
