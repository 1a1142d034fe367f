//! The one integration binary.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail this way")]

mod web;
