//! The publisher: plain threads that take each job from its row to the platform.
//!
//! Invariants:
//! - The dispatcher leases what is due and hands it to workers; a worker takes one step at a time, and each step's outcome is stored before the
//!   next begins. Nothing needed to finish a job lives only in memory, so any thread may die at any instruction.
//! - The visible call of a job is made only from a row that says `unsettled`, and only once before its outcome is stored ([`step`]).
//! - A data folder has one publisher: it holds an advisory lock for its life.

mod comment;
mod held;
pub mod maker;
mod outcome;
pub mod refresh;
pub mod rehearsals;
pub mod retry;
mod step;
pub mod sweep;
mod threads;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::threads::{Handle, Publisher, StartError};
use crate::access::Installation;
use crate::clock::Clock;
use crate::db::Db;
use crate::ids::AttemptId;
use crate::media::{Store, Workshop};
use crate::model::comment::{self as comments, Comment};
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
    pub tools: Arc<Workshop>,
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

/// What a worker takes up.
#[derive(Debug)]
pub enum Task {
    Job(Box<Job>, AttemptId),
    Comment(Box<Comment>, AttemptId),
}

impl Engine {
    pub fn installation(&self) -> Installation<'_> {
        Installation { db: &self.db, keys: &self.keys, store: &self.store, platforms: &self.platforms, public_url: &self.public_url }
    }

    /// Leases what is due, jobs before comments. Reads before it writes, so that an idle engine writes nothing.
    pub fn claim(&self, now: DateTime<Utc>, room: Room) -> rusqlite::Result<Vec<Task>> {
        let (job_at, comment_at) = self.db.read(|db| Ok::<_, rusqlite::Error>((job::next_at(db, now)?, comments::next_at(db, now)?)))?;
        let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
        let mut tasks: Vec<Task> = Vec::new();
        if is_due(job_at) {
            let jobs = self.db.write(|tx| job::claim(tx, now, now - self.settings.late_within, room))?;
            tasks.extend(jobs.into_iter().map(|(job, attempt)| Task::Job(Box::new(job), attempt)));
        }
        let left = room.staging.min(room.free).saturating_sub(tasks.len());
        if is_due(comment_at) && left > 0 {
            // The jobs are leased already: whatever happens to the comments, they are taken up.
            match self.db.write(|tx| comments::claim(tx, now, left)) {
                Ok(due) => tasks.extend(due.into_iter().map(|(comment, attempt)| Task::Comment(Box::new(comment), attempt))),
                Err(e) => tracing::error!("due comments could not be leased: {e}"),
            }
        }
        Ok(tasks)
    }

    /// Marks what is too late to go out; [`Engine::claim`] leaves it alone already.
    pub fn mark_missed(&self, now: DateTime<Utc>) -> rusqlite::Result<()> {
        let missed = self.db.write(|tx| job::mark_missed(tx, now, now - self.settings.late_within))?;
        let unconfirmed = self.db.write(|tx| job::mark_unconfirmed(tx, now - retry::ASK_FOR))?;
        for id in unconfirmed {
            tracing::warn!(job = %id, "unconfirmed: its account was not connected again within a day of its last call");
        }
        for id in missed {
            tracing::warn!(job = %id, "missed: it was due more than {} ago", humantime::format_duration(self.settings.late_within.to_std().unwrap_or_default()));
        }
        Ok(())
    }

    /// Takes a leased task as far as it goes now: until it waits, ends, or must be leased anew. An error is a lease that could not be given back.
    pub fn run(&self, task: Task, stopping: &dyn Fn() -> bool) -> Result<(), AttemptId> {
        match task {
            Task::Job(job, attempt) => step::run(self, (*job, attempt), stopping),
            Task::Comment(comment, attempt) => comment::run(self, &comment, attempt).map_err(|e| {
                tracing::error!(job = %comment.job_id, "a comment's outcome could not be stored: {e}");
                attempt
            }),
        }
    }

    /// Everything that is to be converted, and that is due now, one after the other on this thread; how many tasks were taken up. What the threads do, for tests.
    pub fn tick(&self) -> rusqlite::Result<usize> {
        let now = self.clock.now();
        while maker::convert_next(self, maker::Lane::Light, &|| false)? || maker::convert_next(self, maker::Lane::Heavy, &|| false)? {}
        self.mark_missed(now)?;
        let claimed = self.claim(now, Room { free: usize::MAX, long: usize::MAX, staging: usize::MAX })?;
        let count = claimed.len();
        for task in claimed {
            if let Err(lease) = self.run(task, &|| false) {
                self.db.write(|tx| job::give_back(tx, lease, now))?;
            }
        }
        Ok(count)
    }
}
