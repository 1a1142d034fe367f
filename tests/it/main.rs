//! The integration tests: one binary, so that they are linked once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod api;
mod api_media;
mod connect_tiktok;
mod media_files;
mod platform_tiktok;
mod publish_crash;
mod publish_faults;
mod publish_time;
mod support;
