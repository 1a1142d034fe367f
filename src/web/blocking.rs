//! The bridge from the asynchronous edge to everything else, which blocks. No other file names `spawn_blocking`.

use std::fmt;

/// The work panicked; what it said went to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the work was ended by a fault in the program")
    }
}

impl std::error::Error for Panicked {}

/// Runs `work` on a thread that may block. Work that has begun is finished even if nobody waits for it any more.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Panicked)
}
