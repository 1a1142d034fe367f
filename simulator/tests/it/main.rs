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
mod instagram_faults;
mod instagram_kinds;
mod instagram_login;
mod instagram_media;
mod pages;
mod reels;
mod refusals;
mod refusals_facebook;
mod refusals_instagram;
mod refusals_tiktok;
mod support;
mod support_instagram;
mod tiktok;
mod tiktok_login;
mod tiktok_media;
mod tiktok_pull;
mod tiktok_switches;
mod tiktok_webhooks;
