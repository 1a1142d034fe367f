//! What Facebook and Instagram share: the envelope of errors, tokens, field selection, lists, and the upload host.
//!
//! Always true: every refusal carries a code and an `fbtrace_id`, except on the upload host, whose errors have a shape of their own.

pub mod auth;
pub mod callback;
pub mod error;
pub mod fields;
pub mod list;
pub mod route;
pub mod rupload;
pub mod switches;
pub mod usage;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Graph's way to write a time: no colon in the zone.
pub fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// Adds a field to an object that is being made.
pub fn put(node: &mut Value, name: &str, value: Value) {
    if let Some(fields) = node.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Booleans as forms and JSON write them.
pub fn is_false(text: &str) -> bool {
    matches!(text, "false" | "0")
}

pub fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}
