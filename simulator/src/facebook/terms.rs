//! The parameters that all kinds of posts share: when they are to be seen, by whom, and where.
//!
//! Always true: what is accepted here has the documented form; a post that is scheduled says so in all the documented ways.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

use crate::{
    address::{host, is_loopback, is_private},
    clock::delta,
    graph::{error::GraphError, is_false, is_true},
    http::request::Ask,
    world::{Now, World},
};

const CONTENT_TYPES: &[&str] =
    &["SCHEDULED", "SCHEDULED_RECURRING", "DRAFT", "PUBLISH_PENDING", "ADS_POST", "INLINE_CREATED", "PUBLISHED", "REVIEWABLE_BRANDED_CONTENT"];

/// A boolean as forms write it.
pub fn flag(ask: &Ask, name: &str, default: bool) -> Result<bool, GraphError> {
    match ask.params.get(name) {
        None => Ok(default),
        Some(text) if is_true(text) => Ok(true),
        Some(text) if is_false(text) => Ok(false),
        Some(_) => Err(GraphError::bad(format!("param {name} must be a boolean"))),
    }
}

/// Unix seconds or ISO 8601, with and without a colon in the zone.
pub fn moment(name: &str, text: &str) -> Result<Now, GraphError> {
    let seconds = || DateTime::from_timestamp(text.parse().ok()?, 0);
    let iso = || DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z")).ok();
    seconds().or_else(|| Some(iso()?.to_utc())).ok_or_else(|| GraphError::bad(format!("param {name} must be a time")))
}

/// From when on it is to be seen: now, a later moment, or never (unpublished).
pub fn release(ask: &Ask, now: Now, window: (Duration, Duration)) -> Result<Option<Now>, GraphError> {
    let published = flag(ask, "published", true)?;
    let kind = ask.params.get("unpublished_content_type");
    if kind.is_some_and(|kind| !CONTENT_TYPES.contains(&kind)) {
        return Err(GraphError::bad("param unpublished_content_type must be one of the known types"));
    }
    if published && kind.is_some() {
        return Err(GraphError::bad("unpublished_content_type needs published to be false"));
    }
    let Some(text) = ask.params.get("scheduled_publish_time") else {
        if kind == Some("SCHEDULED") {
            return Err(GraphError::missing("scheduled_publish_time"));
        }
        return Ok(published.then_some(now));
    };
    if published {
        return Err(GraphError::bad("scheduled_publish_time needs published to be false"));
    }
    scheduled(text, now, window).map(Some)
}

pub fn scheduled(text: &str, now: Now, (least, most): (Duration, Duration)) -> Result<Now, GraphError> {
    let at = moment("scheduled_publish_time", text)?;
    let ahead = at - now;
    if ahead < delta(least) || ahead > delta(most) {
        let message = format!("The specified scheduled publish time is invalid: it must be {} to {} minutes ahead", least.as_secs() / 60, most.as_secs() / 60);
        return Err(GraphError::bad(message));
    }
    Ok(at)
}

pub fn feed_release(world: &World, ask: &Ask, now: Now) -> Result<Option<Now>, GraphError> {
    release(ask, now, world.settings.facebook.schedule_window)
}

/// A parameter that is JSON text: one of `object` or `array`.
pub fn json(ask: &Ask, name: &str, array: bool) -> Result<Option<Value>, GraphError> {
    let Some(text) = ask.params.get(name) else {
        return Ok(None);
    };
    let value: Option<Value> = serde_json::from_str(text).ok().filter(|value: &Value| if array { value.is_array() } else { value.is_object() });
    let kind = if array { "array" } else { "object" };
    value.map(Some).ok_or_else(|| GraphError::bad(format!("param {name} must be an {kind}")))
}

/// Place, people, audience and date, which change nothing that can be seen here.
pub fn surroundings(ask: &Ask, now: Now) -> Result<(), GraphError> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let place = ask.params.get("place");
    if place.is_some_and(|place| !digits(place)) {
        return Err(GraphError::bad("param place must be the id of a Page with a location"));
    }
    for name in ["targeting", "feed_targeting"] {
        json(ask, name, false)?;
    }
    let Some(backdated) = ask.params.get("backdated_time") else {
        return match ask.params.get("backdated_time_granularity") {
            Some(_) => Err(GraphError::bad("backdated_time_granularity needs backdated_time")),
            None => Ok(()),
        };
    };
    if moment("backdated_time", backdated)? > now {
        return Err(GraphError::bad("param backdated_time must be in the past"));
    }
    let known = ["year", "month", "day", "hour", "min", "none"];
    if ask.params.get("backdated_time_granularity").is_some_and(|granularity| !known.contains(&granularity)) {
        return Err(GraphError::bad("param backdated_time_granularity must be one of the known words"));
    }
    Ok(())
}

/// No change in the last minutes before a scheduled time.
pub fn too_late_to_change(live: Option<Now>, now: Now) -> bool {
    live.is_some_and(|at| now < at && at - now < TimeDelta::minutes(3))
}

/// People who are tagged in a post, by id: needs a place.
pub fn tagged_people(ask: &Ask) -> Result<(), GraphError> {
    if ask.params.get("tags").is_some() && ask.params.get("place").is_none() {
        return Err(GraphError::bad("tags need a place"));
    }
    Ok(())
}

/// Whether the platform could reach this address: what lies in a private network cannot be, except this machine, for the sake of tests.
pub fn reachable(world: &World, url: &str) -> bool {
    let Some(host) = host(url) else {
        return false;
    };
    !is_private(&host) || (is_loopback(&host) && !world.settings.facebook.refuse_private_urls)
}
