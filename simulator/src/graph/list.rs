//! Lists: `limit`, cursors, `since` and `until`.
//!
//! Always true: newest first where there is a time; `paging.next` carries the token, as Graph's does.

use chrono::DateTime;
use serde_json::{Value, json};

use super::{error::GraphError, fields::pick, put};
use crate::{
    http::{params::encode, request::Ask},
    world::{Now, World},
};

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 100;

/// One page of `nodes`, each with the asked fields.
pub fn page(world: &World, ask: &Ask, nodes: Vec<Value>, default: &[&str]) -> Result<Value, GraphError> {
    page_of(world, ask, nodes, default, MAX_LIMIT)
}

/// The same where an edge gives fewer at once.
pub fn page_of(world: &World, ask: &Ask, nodes: Vec<Value>, default: &[&str], most: usize) -> Result<Value, GraphError> {
    let limit = match ask.params.get("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => text.parse::<usize>().ok().filter(|limit| *limit > 0).ok_or_else(|| GraphError::bad("param limit must be a positive number"))?,
    };
    let limit = limit.min(most);
    let start: usize = match ask.params.get("after") {
        None => 0,
        Some(cursor) => cursor.strip_prefix("cursor").and_then(|n| n.parse().ok()).ok_or_else(|| GraphError::bad("Invalid cursor"))?,
    };
    let total = nodes.len();
    let end = total.min(start.saturating_add(limit));
    let data: Result<Vec<Value>, GraphError> = nodes.into_iter().skip(start).take(limit).map(|node| pick(node, ask.params.get("fields"), default)).collect();
    let data = data?;
    if data.is_empty() {
        return Ok(json!({"data": []}));
    }
    let mut paging = json!({"cursors": {"before": format!("cursor{start}"), "after": format!("cursor{end}")}});
    if end < total {
        put(&mut paging, "next", json!(next_url(world, ask, end)));
    }
    Ok(json!({"data": data, "paging": paging}))
}

fn next_url(world: &World, ask: &Ask, end: usize) -> String {
    let mut url = format!("{}{}?after=cursor{end}", world.base, ask.path);
    for (name, value) in ask.params.iter().filter(|(name, _)| *name != "after") {
        url.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    if let Some(token) = ask.authorization("Bearer") {
        url.push_str(&format!("&access_token={}", encode(token)));
    }
    url
}

/// The window that `since` and `until` open, in Unix seconds or as ISO 8601.
pub fn window(ask: &Ask) -> Result<impl Fn(Now) -> bool + use<>, GraphError> {
    let edge = |name: &str| -> Result<Option<i64>, GraphError> {
        let Some(text) = ask.params.get(name) else {
            return Ok(None);
        };
        let iso = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp());
        text.parse::<i64>().ok().or_else(iso).map(Some).ok_or_else(|| GraphError::bad(format!("param {name} must be a time")))
    };
    let (since, until) = (edge("since")?, edge("until")?);
    Ok(move |at: Now| since.is_none_or(|since| at.timestamp() >= since) && until.is_none_or(|until| at.timestamp() <= until))
}
