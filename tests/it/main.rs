//! The integration tests: one binary, so that they are linked once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod config;
mod web;
