//! What several tests need.

pub mod house;
pub mod meta;
pub mod tiktok;
