//! The tables as structs, each in one file with its queries and its invariants. No SQL stands anywhere else.
//!
//! Invariants: every query that takes an id from outside also takes the workspace it must belong to; times are [`crate::db::At`];
//! functions that change something take a transaction, so that what belongs together is committed together.

pub mod account;
pub mod api_key;
pub mod attempt;
pub mod audit;
pub mod comment;
pub mod connect;
pub mod fetch;
pub mod job;
pub mod media;
pub mod post;
pub mod rehearsal;
pub mod session;
pub mod spend;
pub mod user;
pub mod workspace;

/// Space-separated words in one column.
pub(crate) fn split_words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
