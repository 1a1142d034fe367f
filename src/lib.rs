//! PM3K: a self-hosted scheduler for TikTok, Facebook Pages and Instagram. `ARCHITECTURE.md` is the map of this house.

pub mod clock;
pub mod config;
pub mod ids;
pub mod kind;
pub mod platform;
pub mod secret;
