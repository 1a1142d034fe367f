//! What a post says about itself: trial reels, partnerships, polls and prompts, audio.
//!
//! Always true: these read a request only; what they let through is complete.

use serde_json::Value;

use super::{
    captions, refuse,
    rules::{flag, list, object},
};
use crate::{
    graph::{auth::Auth, error::GraphError},
    http::request::Ask,
    world::instagram::{Content, Gates},
};

const MOST_SPONSORS: usize = 2;
const OPTION_UNITS: usize = 25;

pub fn trial(ask: &Ask, gates: &Gates) -> Result<Option<String>, GraphError> {
    let Some(params) = object(ask, "trial_params")? else {
        return Ok(None);
    };
    let strategy = params.get("graduation_strategy").and_then(Value::as_str);
    let Some(strategy @ ("MANUAL" | "SS_PERFORMANCE")) = strategy else {
        return Err(GraphError::bad("trial_params.graduation_strategy must be MANUAL or SS_PERFORMANCE"));
    };
    if !gates.trial_reels {
        return Err(refuse(100, 2_207_081, "This account cannot publish trial reels."));
    }
    Ok(Some(strategy.to_owned()))
}

pub fn partnership(ask: &Ask, auth: &Auth, content: &mut Content) -> Result<(), GraphError> {
    content.paid_partnership = flag(ask, "is_paid_partnership")? == Some(true);
    content.sponsors = list(ask, "branded_content_sponsor_ids")?;
    if content.sponsors.is_empty() {
        return Ok(());
    }
    let permitted = ["instagram_branded_content_creator", "instagram_basic", "instagram_business_basic"];
    if !permitted.iter().any(|scope| auth.has(scope)) {
        return Err(GraphError::new(10, "INSTAGRAM_PLATFORM_API__PERMISSION"));
    }
    let numbers = content.sponsors.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    if content.sponsors.len() > MOST_SPONSORS || !numbers {
        return Err(GraphError::bad("INSTAGRAM_PLATFORM_API__INVALID_PARAM: branded_content_sponsor_ids"));
    }
    Ok(())
}

/// A poll or a prompt for comments. The poll's JSON is that of Threads, as long as nobody has seen Instagram's own.
pub fn add_ons(ask: &Ask, content: &mut Content) -> Result<(), GraphError> {
    let extended = flag(ask, "is_poll_duration_extended")?;
    content.comment_prompt = flag(ask, "is_comment_prompt_used")? == Some(true);
    let Some(poll) = object(ask, "poll_attachment")? else {
        return if extended.is_some() { Err(GraphError::bad("is_poll_duration_extended needs a poll_attachment")) } else { Ok(()) };
    };
    if content.comment_prompt {
        return Err(GraphError::bad("A poll and a comment prompt cannot be combined"));
    }
    let names = ["option_a", "option_b", "option_c", "option_d"];
    let foreign = poll.as_object().is_some_and(|fields| fields.keys().any(|name| !names.contains(&name.as_str())));
    let given: Vec<String> = names.iter().map_while(|name| poll.get(name)).filter_map(Value::as_str).map(str::to_owned).collect();
    let complete = given.len() == poll.as_object().map_or(0, serde_json::Map::len);
    let fitting = given.iter().all(|text| (1..=OPTION_UNITS).contains(&captions::units(text)));
    if foreign || !complete || given.len() < 2 || !fitting {
        return Err(GraphError::bad("poll_attachment needs 2 to 4 options of 1 to 25 characters"));
    }
    content.poll = given;
    Ok(())
}

pub fn audio(ask: &Ask) -> Result<(), GraphError> {
    let Some(given) = object(ask, "audio_configuration")? else {
        return Ok(());
    };
    let known = ["audio_id", "audio_volume", "video_volume"];
    let foreign = given.as_object().is_some_and(|fields| fields.keys().any(|name| !known.contains(&name.as_str())));
    if foreign || given.get("audio_id").is_none() {
        return Err(GraphError::bad("audio_configuration needs audio_id, and may have audio_volume and video_volume"));
    }
    Ok(())
}
