//! What several tests need.

pub mod api;
pub mod house;
pub mod tiktok;
