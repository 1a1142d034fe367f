//! Facebook: login, Pages, and what is published on them.
//!
//! Always true: a Page is written to with its own token only, and only while the person's grant holds it.

pub mod accounts;
pub mod comments;
pub mod dialog;
pub mod edit;
pub mod feed;
pub mod login;
pub mod photos;
pub mod posts;
pub mod stories;
pub mod switches;
pub mod terms;
pub mod videos;
mod visible;
