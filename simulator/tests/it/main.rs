//! The simulator over HTTP: each flow, and each refusal with its documented code.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected should stop there")]

mod clips;
mod facebook;
mod facebook_access;
mod facebook_faults;
mod facebook_login;
mod facebook_posts;
mod facebook_stories;
mod facebook_videos;
mod faults;
mod instagram;
mod instagram_login;
mod reels;
mod refusals_facebook;
mod support;
mod tiktok;
mod tiktok_login;
