//! Simulated time.
//!
//! Always true: every decision of the world uses the `now` of one clock, so a test that holds it still
//! sees nothing change by itself. A system clock can be moved too; it then runs on from there.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// A cloneable handle: all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<Hands>>);

#[derive(Debug)]
enum Hands {
    Running { ahead: TimeDelta },
    Held(DateTime<Utc>),
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Clock {
        Clock(Arc::new(Mutex::new(Hands::Running { ahead: TimeDelta::zero() })))
    }

    /// Stands still until it is moved.
    pub fn manual(start: DateTime<Utc>) -> Clock {
        Clock(Arc::new(Mutex::new(Hands::Held(start))))
    }

    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Hands::Running { ahead } => Utc::now() + *ahead,
            Hands::Held(now) => *now,
        }
    }

    pub fn set(&self, to: DateTime<Utc>) {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Hands::Running { ahead } => *ahead = to - Utc::now(),
            Hands::Held(now) => *now = to,
        }
    }

    pub fn advance(&self, by: std::time::Duration) {
        let by = delta(by);
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Hands::Running { ahead } => *ahead += by,
            Hands::Held(now) => *now += by,
        }
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::system()
    }
}

/// A standard duration as chrono counts it; centuries are cut to what chrono can hold.
pub(crate) fn delta(by: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX)
}
