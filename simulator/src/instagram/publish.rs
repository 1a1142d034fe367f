//! `media_publish`, and the limit on it.
//!
//! Always true: publishing looks at the present, whatever reads see; a container becomes a medium once, unless the switch says that
//! repeating makes another.

use serde_json::{Value, json};

use super::{Need, reach, refuse};
use crate::{
    graph::{error::GraphError, fields::pick},
    http::request::Ask,
    world::{
        Now, World,
        instagram::{Content, Media, Status},
        token::DAY,
    },
};

pub fn publish(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let (_, account) = reach(world, ask, now, ask.at(0), Need::Publish)?;
    let id = ask.params.get("creation_id").ok_or_else(|| GraphError::missing("creation_id"))?.to_owned();
    let none = || refuse(24, 2_207_008, "The media builder does not exist or has expired.");
    let container = world.instagram.containers.get(&id).filter(|container| container.account == account.id).ok_or_else(none)?;
    if container.content.kind.is_item() {
        return Err(refuse(24, 2_207_006, "The media could not be found: it is an item of a carousel."));
    }
    match container.status(now, now) {
        Status::Finished => {}
        Status::Published if world.settings.republishing_makes_another => {}
        Status::Published | Status::Expired => return Err(none()),
        Status::InProgress | Status::Error(_) => {
            return Err(refuse(9_007, 2_207_027, "Media ID is not available")
                .user("Media not ready", "The media is not ready for publishing, please wait for a moment"));
        }
    }
    let container = container.clone();
    if world.settings.quotas && usage(world, &account.id, now) >= world.settings.instagram_quota {
        return Err(refuse(9, 2_207_042, "Application request limit reached")
            .user("Publishing limit", "You reached the maximum number of posts that is allowed to be published."));
    }
    let media_id = medium(world, &account.id, container.content, now);
    if let Some(container) = world.instagram.containers.get_mut(&id) {
        container.published.get_or_insert(now);
    }
    Ok(json!({"id": media_id}))
}

/// Makes what a visitor sees of a container, and of its items.
fn medium(world: &mut World, account: &str, mut content: Content, now: Now) -> String {
    let (id, shortcode) = (world.id(18_000_000_000_000_000), format!("C{}", world.mystery(10)));
    let mut items = Vec::new();
    for child in std::mem::take(&mut content.children) {
        let Some(container) = world.instagram.containers.get_mut(&child) else { continue };
        container.published.get_or_insert(now);
        let item_content = container.content.clone();
        let (item, shortcode) = (world.id(18_000_000_000_000_000), format!("C{}", world.mystery(10)));
        let media = Media { parent: Some(id.clone()), ..Media::new(item.clone(), account, item_content, shortcode, now) };
        world.instagram.media.insert(item.clone(), media);
        items.push(item);
    }
    content.children = items;
    world.instagram.media.insert(id.clone(), Media::new(id.clone(), account, content, shortcode, now));
    id
}

/// A carousel counts once; what somebody else posted, or what was deleted since, does not change that.
pub fn usage(world: &World, account: &str, now: Now) -> u32 {
    let of_app = |media: &&Media| media.account == account && media.parent.is_none() && !media.foreign;
    let recent = world.instagram.media.values().filter(of_app).filter(|media| media.at + DAY > now);
    u32::try_from(recent.count()).unwrap_or(u32::MAX)
}

pub fn limit(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let (_, account) = reach(world, ask, now, ask.at(0), Need::Read)?;
    if let Some(since) = ask.params.get("since") {
        let since: Option<i64> = since.parse().ok();
        if since.is_none_or(|since| now.timestamp().saturating_sub(since) > 86_400) {
            return Err(GraphError::bad("param since must be a Unix time of the last 24 hours"));
        }
    }
    let node = json!({
        "quota_usage": usage(world, &account.id, now),
        "config": {"quota_total": world.settings.instagram_quota, "quota_duration": 86_400},
    });
    Ok(json!({"data": [pick(node, ask.params.get("fields"), &["quota_usage"])?]}))
}
