//! What every request passes before its handler, and every answer after it: small pieces of our own, each with one rule.

pub mod client;
pub mod form_token;
pub mod headers;
pub mod linger;
pub mod log;
pub mod panic;
pub mod rate;
pub mod session;
