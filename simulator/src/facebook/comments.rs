//! Comments under posts and videos.
//!
//! Always true: the Page's own comments are always told; those of visitors only to whoever may read what users write.

use serde_json::{Value, json};

use super::terms::reachable;
use crate::{
    graph::{
        auth::{authenticate, page_content, page_engage},
        error::GraphError,
        fields::pick,
        list, time,
    },
    http::request::Ask,
    world::{Now, World, facebook::Comment},
};

/// The post or video behind the id, and its Page. What is not public yet has no comments.
fn object(world: &World, id: &str, now: Now) -> Result<(String, String), GraphError> {
    if let Some(post) = world.facebook.posts.get(id).filter(|post| post.is_live(now)) {
        return Ok((post.id.clone(), post.page.clone()));
    }
    let video = world.facebook.video(id).filter(|video| video.live_since().is_some_and(|at| at <= now));
    video.map(|video| (video.id.clone(), video.page.clone())).ok_or_else(|| GraphError::unseen(id))
}

pub fn create(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let (id, page) = object(world, ask.at(0), now)?;
    page_engage(world, &auth, &page)?;
    let message = ask.params.text("message").to_owned();
    let attachment = ask.params.get("attachment_url");
    if message.trim().is_empty() && attachment.is_none() {
        return Err(GraphError::missing("message"));
    }
    if attachment.is_some_and(|url| !reachable(world, url)) {
        return Err(GraphError::new(100, "(#100) The url you supplied is invalid").sub(2_061_006));
    }
    let comment = world.comment(&id, page, false, message, now);
    pick(json!({"id": comment.id, "message": comment.message, "created_time": time(now)}), ask.params.get("fields"), &[])
}

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let (id, page) = object(world, ask.at(0), now)?;
    page_content(world, &auth, &page)?;
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let strangers = auth.has("pages_read_user_content");
    let mut comments: Vec<&Comment> = world.facebook.comments.values().filter(|comment| comment.object == id && comment.at <= seen).collect();
    comments.retain(|comment| (strangers || !comment.visitor) && inside(comment.at));
    comments.sort_by_key(|comment| (comment.at, comment.id.clone()));
    let nodes = comments.into_iter().map(|comment| node(world, comment)).collect();
    list::page(world, ask, nodes, &["created_time", "from", "message"])
}

fn node(world: &World, comment: &Comment) -> Value {
    let from = if comment.visitor {
        json!({"id": "122900000000009", "name": comment.by})
    } else {
        json!({"id": comment.by, "name": world.facebook.pages.get(&comment.by).map(|page| &page.name)})
    };
    json!({"id": comment.id, "message": comment.message, "created_time": time(comment.at), "from": from, "permalink_url": world.facebook_link(&comment.object)})
}

impl World {
    pub fn comment(&mut self, object: &str, by: String, visitor: bool, message: String, now: Now) -> Comment {
        // Of a post's own id only the number behind the Page's comes in front.
        let front = object.rsplit('_').next().unwrap_or(object).to_owned();
        let id = format!("{front}_{}", self.id(122_600_000_000_000));
        let comment = Comment { id: id.clone(), object: object.to_owned(), by, visitor, message, at: now };
        self.facebook.comments.insert(id, comment.clone());
        comment
    }
}
