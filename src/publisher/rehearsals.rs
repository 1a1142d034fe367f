//! Rehearsing posts some hours ahead, by itself.

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::model::{job, rehearsal};
use crate::platform::Verdict;
use crate::rehearsal as trial;

/// So long before its time a post is tried without posting.
pub const AHEAD: TimeDelta = TimeDelta::hours(6);
/// At most so many at once: the sweep waits meanwhile.
const AT_ONCE: u32 = 5;

/// Rehearses what is due within the next hours and was not rehearsed in them.
pub fn rehearse_ahead(engine: &Engine, now: DateTime<Utc>) -> rusqlite::Result<usize> {
    let wanted = engine.db.read(|db| rehearsal::wanted(db, now, AHEAD, AT_ONCE))?;
    for id in &wanted {
        let Some(job) = engine.db.read(|db| job::get(db, *id))? else { continue };
        let findings = trial::rehearse(engine.installation(), &job, now)?;
        if let Some(grave) = findings.iter().find(|finding| finding.verdict == Verdict::Blocking) {
            tracing::warn!(job = %job.id, code = %grave.code, "would fail as things are: {}", grave.message);
        }
    }
    Ok(wanted.len())
}
