//! Answers: one text for people, one JSON document for programs.

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

/// What a command answers on stdout.
#[derive(Debug)]
pub struct Output {
    pub text: String,
    /// Null: everything was said before.
    pub json: Value,
    /// The exit status.
    pub status: u8,
}

impl Output {
    pub fn new(text: impl Into<String>, json: Value) -> Output {
        Output { text: text.into(), json, status: 0 }
    }

    /// Nothing more to say.
    pub fn nothing() -> Output {
        Output::new("", Value::Null)
    }

    /// A list: a table for people, `{"items": […]}` for programs.
    pub fn list(header: &[&str], rows: Vec<Vec<String>>, items: Vec<Value>) -> Output {
        Output::new(table(header, rows), json!({ "items": items }))
    }
}

/// A table with a header. Without rows it says so.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return "none\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)).collect::<Vec<_>>());
    }
    table.trim_fmt() + "\n"
}

/// Text from outside, without what could steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The first words of a text, for a table.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A time as the API writes it.
pub fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub fn utc_option(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(utc)
}

/// A day, for tables.
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
