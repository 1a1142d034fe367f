//! What several tests need.

pub mod tiktok;
