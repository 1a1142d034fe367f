//! The edge: HTTP in, actions called, HTTP out. The only room with `async` in it.

pub mod api;
pub mod blocking;
pub mod health;
pub mod media_files;
