//! Reading what an init was sent: objects, and fields of one kind.
//!
//! Always true: a field of the wrong kind is refused, and so is one that no document knows, because TikTok drops those without a
//! word (a switch does the same).

use serde_json::{Map, Value};

use crate::{tiktok::error::Refusal, world::World};

pub type Fields = Map<String, Value>;

/// The longest caption of a video, title of photos and description of photos, in UTF-16 units.
pub const VIDEO_TITLE: usize = 2_200;
pub const PHOTO_TITLE: usize = 90;
pub const DESCRIPTION: usize = 4_000;

fn incorrect(what: &str) -> Refusal {
    Refusal::params(format!("The request {what} is empty or incorrect"))
}

/// An object with at least one field, and with none that is not known.
pub fn only<'a>(world: &World, value: Option<&'a Value>, known: &[&str], what: &str) -> Result<&'a Fields, Refusal> {
    let fields = value.and_then(Value::as_object).filter(|fields| !fields.is_empty()).ok_or_else(|| incorrect(what))?;
    let foreign = fields.keys().find(|name| !known.contains(&name.as_str()));
    match foreign.filter(|_| !world.settings.tiktok.drops_unknown_fields) {
        Some(foreign) => Err(Refusal::params(format!("The request {what} has the unknown field {foreign}"))),
        None => Ok(fields),
    }
}

pub fn flag(fields: &Fields, name: &str) -> Result<bool, Refusal> {
    match fields.get(name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(incorrect("post info")),
    }
}

/// A text of so many UTF-16 units at most; "" when it is absent.
pub fn text(fields: &Fields, name: &str, units: usize) -> Result<String, Refusal> {
    let text = match fields.get(name) {
        None => "",
        Some(value) => value.as_str().ok_or_else(|| incorrect("post info"))?,
    };
    if text.encode_utf16().count() > units {
        return Err(Refusal::params(format!("The {name} is too long")));
    }
    Ok(text.to_owned())
}

pub fn count(fields: &Fields, name: &str) -> Result<u64, Refusal> {
    fields.get(name).and_then(Value::as_u64).ok_or_else(|| incorrect("source info"))
}

/// Branded content can be public or for friends; which code refuses it otherwise is documented nowhere.
pub fn branding(branded: bool, privacy_level: &str) -> Result<(), Refusal> {
    if branded && privacy_level == "SELF_ONLY" {
        return Err(Refusal::params("Branded content visibility cannot be set to private"));
    }
    Ok(())
}
