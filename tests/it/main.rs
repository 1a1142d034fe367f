//! The integration tests: one binary, so that they are linked once.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod connect_meta;
mod platform_facebook;
mod platform_instagram;
mod support;
