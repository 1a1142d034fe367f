//! What Facebook and Instagram share: calls to the Graph API, what their answers mean, uploads to rupload, and when to look again.
//!
//! Invariants: every Graph call goes through [`Caller`], so that each carries its token in a header (never in an address) and its
//! `appsecret_proof`, and waits where Meta's allowance asks for it; every answer goes through [`errors`], so that one table decides what helps
//! against which code.

pub mod allowance;
pub mod avatar;
pub mod errors;
pub mod graph;
pub mod multipart;
pub mod pace;
pub mod rules;
pub mod table;
pub mod upload;
pub mod usage;
pub mod wire;

pub use self::allowance::Allowance;
pub use self::errors::{Class, Row};
pub use self::graph::{Caller, Graph};
