//! Who and what a post names: a place, tagged people, collaborators, products.
//!
//! Always true: only what exists in this world can be named; nothing here changes it.

use serde_json::Value;

use super::{
    refuse,
    rules::{array, list},
};
use crate::{
    graph::error::GraphError,
    http::request::Ask,
    world::{
        World,
        instagram::{
            Kind::{self, Image, ItemImage, Reel},
            LOCATIONS, PRIVATE_USERNAME,
        },
    },
};

const MOST_COLLABORATORS: usize = 3;
const MOST_PRODUCTS: usize = 5;

pub fn location(world: &World, ask: &Ask) -> Result<Option<String>, GraphError> {
    let Some(id) = ask.params.get("location_id") else {
        return Ok(None);
    };
    let known = LOCATIONS.iter().any(|place| place.0 == id) || world.facebook.pages.contains_key(id);
    if known { Ok(Some(id.to_owned())) } else { Err(GraphError::bad("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")) }
}

fn is_username(text: &str) -> bool {
    (1..=30).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte))
}

pub fn user_tags(ask: &Ask, kind: Kind) -> Result<Vec<String>, GraphError> {
    let mut tagged = Vec::new();
    for tag in array(ask, "user_tags")? {
        let name = tag.get("username").and_then(Value::as_str).filter(|name| is_username(name));
        let name = name.ok_or_else(|| GraphError::bad("param user_tags needs a username in each tag"))?;
        if name == PRIVATE_USERNAME {
            return Err(GraphError::bad("param user_tags can name public accounts only"));
        }
        let share = |axis: &str| tag.get(axis).map(|share| share.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)));
        let given = [share("x"), share("y")];
        if given.contains(&Some(false)) {
            return Err(GraphError::bad("param user_tags needs x and y between 0.0 and 1.0"));
        }
        if matches!(kind, Image | ItemImage) && given.contains(&None) {
            return Err(GraphError::bad("param user_tags needs x and y for images"));
        }
        if kind == Reel && given != [None, None] {
            return Err(GraphError::bad("param user_tags takes no x and y for videos"));
        }
        tagged.push(name.to_owned());
    }
    Ok(tagged)
}

pub fn collaborators(ask: &Ask) -> Result<Vec<String>, GraphError> {
    let names = list(ask, "collaborators")?;
    if names.len() > MOST_COLLABORATORS {
        return Err(GraphError::bad("param collaborators must have at most 3 usernames"));
    }
    match names.iter().find(|name| !is_username(name)) {
        Some(name) => Err(GraphError::bad(format!("param collaborators: {name} is no username"))),
        None => Ok(names),
    }
}

/// Nobody here has a shop: a tag that is well-formed names no product.
pub fn products(ask: &Ask, kind: Kind) -> Result<(), GraphError> {
    let tags = array(ask, "product_tags")?;
    if tags.len() > MOST_PRODUCTS {
        return Err(GraphError::bad("param product_tags must have at most 5 tags"));
    }
    for tag in &tags {
        let given = [tag.get("x"), tag.get("y")];
        if kind.is_video() && given.iter().any(Option::is_some) {
            return Err(refuse(100, 2_207_035, "Product tag positions should not be specified for video media."));
        }
        if kind.is_image() && given.iter().any(Option::is_none) {
            return Err(refuse(100, 2_207_036, "Product tag positions are required for photo media."));
        }
    }
    if tags.is_empty() { Ok(()) } else { Err(refuse(100, 2_207_037, "Product tag is invalid.")) }
}
