//! What several tests need.

pub mod house;
pub mod tiktok;
