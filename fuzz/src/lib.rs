//! The rooms that read foreign bytes, and nothing else of the program, so that a change is fuzzed within a minute.
//!
//! What must always be true here: the rooms are those of the program, by path, and the targets are those that the tests
//! replay (`tests/it/fuzzed.rs`); no input makes them hold more than [`MOST`].

#![allow(dead_code, reason = "the rooms are written for the whole program")]

use std::sync::atomic::{AtomicUsize, Ordering};

// The targets name the rooms as the tests do.
extern crate self as pm3k;

#[path = "../../src/media"]
pub mod media {
    pub mod probe;
    pub mod public_url;
    pub mod tus_headers;
}

#[path = "../../src/web"]
pub mod web {
    pub mod paced;
    #[path = "media_files"]
    pub mod media_files {
        pub mod range;
    }
}

#[path = "../../tests/it/fuzzed.rs"]
pub mod fuzzed;

#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// The most that an input may make the code hold.
pub const MOST: usize = 64 * 1024 * 1024;

/// Runs a target on one input, and measures what it holds at most. A new record is told, in steps of a sixteenth.
pub fn measured(target: fn(&[u8]), data: &[u8]) {
    static RECORD: AtomicUsize = AtomicUsize::new(0);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    target(data);
    let held = MEMORY.peak_usage().saturating_sub(before);
    let record = RECORD.load(Ordering::Relaxed);
    if held > record + record / 16 {
        RECORD.store(held, Ordering::Relaxed);
        eprintln!("held at most: {held} bytes");
    }
    assert!(held <= MOST, "an input of {} bytes made the code hold {held}", data.len());
}
