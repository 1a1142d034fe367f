//! The publisher: plain threads that take each job from its row to the platform.
//!
//! Invariants:
//! - The dispatcher leases what is due and hands it to workers; a worker takes one step at a time, and each step's outcome is stored before the
//!   next begins. Nothing needed to finish a job lives only in memory, so any thread may die at any instruction.
//! - The visible call of a job is made only from a row that says `unsettled`, and only once before its outcome is stored ([`step`]).
//! - A data folder has one publisher: it holds an advisory lock for its life.

pub mod refresh;
pub mod retry;
mod step;
mod surroundings;
pub mod sweep;
mod threads;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::threads::{Handle, Publisher, StartError};
use crate::clock::Clock;
use crate::db::Db;
use crate::ids::AttemptId;
use crate::media::Store;
use crate::model::job::{self, Job, Room};
use crate::platform::Platforms;
use crate::secret::Keys;

/// What publishing needs. The threads share one; tests drive one by hand.
#[derive(Debug)]
pub struct Engine {
    pub db: Arc<Db>,
    pub keys: Keys,
    pub store: Store,
    pub platforms: Arc<Platforms>,
    pub clock: Clock,
    pub settings: crate::config::Publisher,
    /// How long what has ended is kept.
    pub retention: crate::config::Retention,
    /// How long the media of jobs that failed is kept.
    pub failed_retention: TimeDelta,
    /// Base of the signed URLs that platforms fetch media from.
    pub public_url: String,
}

/// A job that is leased to this process, with the attempt that holds the lease.
pub type Claimed = (Job, AttemptId);

impl Engine {
    /// Leases what is due. Reads before it writes, so that an idle engine writes nothing.
    pub fn claim(&self, now: DateTime<Utc>, room: Room) -> rusqlite::Result<Vec<Claimed>> {
        match self.db.read(|db| job::next_at(db, now))? {
            Some(next) if next <= now => self.db.write(|tx| job::claim(tx, now, now - self.settings.late_within, room)),
            _ => Ok(Vec::new()),
        }
    }

    /// Marks what is too late to go out; [`Engine::claim`] leaves it alone already.
    pub fn mark_missed(&self, now: DateTime<Utc>) -> rusqlite::Result<()> {
        let missed = self.db.write(|tx| job::mark_missed(tx, now, now - self.settings.late_within))?;
        for id in missed {
            tracing::warn!(job = %id, "missed: it was due more than {} ago", humantime::format_duration(self.settings.late_within.to_std().unwrap_or_default()));
        }
        Ok(())
    }

    /// Takes a leased job as far as it goes now: until it waits, ends, or must be leased anew.
    pub fn run(&self, claimed: Claimed) {
        step::run(self, claimed, &|| false);
    }

    /// Everything that is due now, one after the other on this thread; how many jobs were taken up. What the threads do, for tests.
    pub fn tick(&self) -> rusqlite::Result<usize> {
        let now = self.clock.now();
        self.mark_missed(now)?;
        let claimed = self.claim(now, Room { free: usize::MAX, long: usize::MAX, staging: usize::MAX })?;
        let count = claimed.len();
        for job in claimed {
            self.run(job);
        }
        Ok(count)
    }
}
