//! The integration tests: one binary, so that they are linked once.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod api;
mod api_decide;
mod api_media;
mod cli;
mod cli_posts;
mod config;
mod connect_meta;
mod connect_tiktok;
mod connect_web;
mod imports;
mod kill;
mod matrix;
mod media_files;
mod migrations;
mod platform_facebook;
mod platform_facebook_words;
mod platform_instagram;
mod platform_instagram_comment;
mod platform_instagram_rehearse;
mod platform_instagram_remake;
mod platform_tiktok;
mod platform_tiktok_access;
mod platform_tiktok_creator;
mod platform_tiktok_photos;
mod platform_tiktok_photos_settle;
mod publish_access;
mod publish_comments;
mod publish_confirm;
mod publish_life;
mod publish_order;
mod publish_rehearsal;
mod publish_time;
mod secrets;
mod support;
mod web;
