//! Comments on media: writing one, and reading them.
//!
//! Always true: each accepted call makes one more comment, also when its text is there already; stories and items take none.

use serde_json::{Value, json};

use super::{Need, captions, reach_through};
use crate::{
    graph::{error::GraphError, list, time},
    http::request::Ask,
    world::{
        Now, World,
        instagram::{Comment, Media},
    },
};

const AT_MOST: usize = 50;

/// Posts are commented on at once; reads lag.
fn commented(world: &World, ask: &Ask, now: Now, visible_at: Now) -> Result<Media, GraphError> {
    let media = world.instagram.media.get(ask.at(0)).filter(|media| media.at <= visible_at && !media.gone(now));
    let media = media.ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    Ok(media.clone())
}

fn takes_comments(media: &Media) -> Result<(), GraphError> {
    if media.content.kind.is_story() || media.parent.is_some() {
        return Err(GraphError::bad("Comments are not supported for this media"));
    }
    Ok(())
}

pub fn create(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let media = commented(world, ask, now, now)?;
    let (_, account) = reach_through(world, ask, now, &media.account, Need::Comment)?;
    takes_comments(&media)?;
    let text = ask.params.get("message").ok_or_else(|| GraphError::missing("message"))?.to_owned();
    captions::check_comment(&text, world.settings.instagram.comment_limits)?;
    if !media.comments_enabled {
        return Err(GraphError::bad("Comments are switched off for this media"));
    }
    let id = world.id(17_800_000_000_000_000);
    let comment = Comment { id: id.clone(), text, username: account.username, at: now };
    if let Some(media) = world.instagram.media.get_mut(&media.id) {
        media.comments.push(comment);
    }
    Ok(json!({"id": id}))
}

/// Newest first.
pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let seen_at = world.seen_at(now);
    let media = commented(world, ask, now, seen_at)?;
    let (auth, _) = reach_through(world, ask, now, &media.account, Need::Read)?;
    let scope = Need::Comment.scope(ask.is_instagram_host());
    if !auth.has(scope) {
        return Err(GraphError::new(10, format!("(#10) Application does not have permission for this action: {scope}")));
    }
    takes_comments(&media)?;
    let node = |comment: &Comment| json!({"id": comment.id, "text": comment.text, "timestamp": time(comment.at), "username": comment.username});
    let nodes = media.comments.iter().rev().filter(|comment| comment.at <= seen_at).map(node).collect();
    list::page_of(world, ask, nodes, &["text", "timestamp"], AT_MOST)
}
