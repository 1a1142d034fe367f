//! PM3K: a self-hosted scheduler for TikTok, Facebook Pages and Instagram.

pub mod media;
