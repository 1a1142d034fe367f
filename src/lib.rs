//! PM3K: a self-hosted scheduler for TikTok, Facebook Pages and Instagram. `ARCHITECTURE.md` is the map of this house.

pub mod access;
pub mod actions;
pub mod address;
pub mod app;
pub mod briefing;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod ids;
pub mod kind;
pub mod logging;
pub mod media;
pub mod model;
pub mod platform;
pub mod preparing;
pub mod publisher;
pub mod rehearsal;
pub mod secret;
pub mod standing;
pub mod surroundings;
pub mod web;
pub mod zone;
