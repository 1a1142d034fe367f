//! The integration tests, in one binary: adapters against the simulated platforms.

mod connect_meta;
mod meta_support;
mod platform_facebook;
mod platform_instagram;
