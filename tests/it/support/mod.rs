//! What several tests need.

pub mod meta;
