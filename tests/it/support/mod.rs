//! What several tests need.

pub mod api;
pub mod facebook;
pub mod fetched;
pub mod home;
pub mod house;
pub mod instagram;
pub mod meta;
pub mod site;
pub mod tiktok;
pub mod tus;
