//! What a carousel may be made of.
//!
//! Always true: each item is a finished, unexpired container of the same account that was made to be one; it can stand in any number of
//! parents until one of them is published.

use super::refuse;
use crate::{
    graph::error::GraphError,
    world::{Now, World, instagram::Status},
};

const ITEMS: std::ops::RangeInclusive<usize> = 2..=10;

pub fn check(world: &World, account: &str, children: &[String], now: Now) -> Result<(), GraphError> {
    if !ITEMS.contains(&children.len()) {
        return Err(refuse(100, 2_207_028, "The carousel needs at least 2 and at most 10 items.").user(
            "Carousel validation failed",
            "Your post won't work as a carousel. Carousels need at least 2 photos/videos and no more than 10 photos/videos.",
        ));
    }
    for (index, id) in children.iter().enumerate() {
        if children.iter().take(index).any(|earlier| earlier == id) {
            return Err(GraphError::bad(format!("param children names {id} twice")));
        }
        let container = world.instagram.containers.get(id).filter(|container| container.account == account);
        let Some(container) = container else {
            return Err(refuse(24, 2_207_006, "The media could not be found."));
        };
        if !container.content.kind.is_item() {
            return Err(GraphError::bad(format!("param children: {id} was not made with is_carousel_item")));
        }
        match container.status(now, now) {
            Status::Finished => {}
            Status::InProgress => return Err(refuse(9_007, 2_207_027, "Media ID is not available")),
            Status::Error(_) => return Err(refuse(-1, 2_207_032, "The media could not be created.")),
            Status::Expired => return Err(refuse(24, 2_207_008, "The media builder does not exist or has expired.")),
            Status::Published => return Err(GraphError::bad(format!("param children: {id} is already part of a post"))),
        }
    }
    Ok(())
}
