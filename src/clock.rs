//! The clock. Only the publisher's loop, the web's edge and the commands read it; everything else takes `now` as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// A source of the present: the machine's clock, or one that a test sets by hand.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    pub fn system() -> Clock {
        Clock(None)
    }

    /// A clock that stands still until it is set.
    pub fn manual(start: DateTime<Utc>) -> Clock {
        Clock(Some(Arc::new(AtomicI64::new(start.timestamp_millis()))))
    }

    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now(),
            Some(millis) => DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH),
        }
    }

    /// Sets a manual clock; the machine's clock is left alone.
    pub fn set(&self, now: DateTime<Utc>) {
        if let Some(millis) = &self.0 {
            millis.store(now.timestamp_millis(), Ordering::SeqCst);
        }
    }
}
