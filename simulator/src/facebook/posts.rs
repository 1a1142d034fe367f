//! Reading posts back: what reconciliation lives on.
//!
//! Always true: fresh posts are invisible for as long as reads lag; reels are not among the posts.

use serde_json::{Value, json};

use crate::{
    address::FACEBOOK_APP_ID,
    graph::{
        auth::{authenticate, page_read},
        error::GraphError,
        fields::pick,
        list, time,
    },
    http::request::Ask,
    world::{Now, World, facebook::Post},
};

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_read(world, &auth, ask.at(0))?.id.clone();
    auth.needs("pages_read_engagement")?;
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let mut posts: Vec<&Post> = world.facebook.posts.values().filter(|post| post.page == page && post.created <= seen).collect();
    posts.retain(|post| inside(post.created));
    posts.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    let nodes = posts.into_iter().map(|post| node(world, post)).collect();
    list::page(world, ask, nodes, &["created_time", "message"])
}

pub fn read(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let seen = world.seen_at(now);
    let post = world.facebook.posts.get(ask.at(0)).filter(|post| post.created <= seen);
    let post = post.ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_read(world, &auth, &post.page)?;
    pick(node(world, post), ask.params.get("fields"), &["created_time", "message"])
}

fn node(world: &World, post: &Post) -> Value {
    let photo = |id: &String| {
        json!({"media_type": "photo", "type": "photo", "target": {"id": id, "url": world.facebook_link(id)},
            "url": world.facebook_link(id), "subattachments": null})
    };
    let attachments = match (post.photos.as_slice(), &post.link) {
        ([], None) => Value::Null,
        ([], Some(link)) => {
            json!({"data": [{"media_type": "link", "type": "share", "target": {"id": null, "url": link}, "url": link, "subattachments": null}]})
        }
        ([one], _) => json!({"data": [photo(one)]}),
        (many, _) => {
            let inner: Vec<Value> = many.iter().map(photo).collect();
            json!({"data": [{"media_type": "album", "type": "album", "target": {"id": post.id, "url": world.facebook_link(&post.id)},
                "url": world.facebook_link(&post.id), "subattachments": {"data": inner}}]})
        }
    };
    let status_type = match (&post.link, post.photos.is_empty()) {
        (_, false) => "added_photos",
        (Some(_), true) => "shared_story",
        (None, true) => "mobile_status_update",
    };
    json!({
        "id": post.id,
        "message": Some(&post.message).filter(|message| !message.is_empty()),
        "created_time": time(post.created),
        "permalink_url": world.facebook_link(&post.id),
        "status_type": status_type,
        "is_published": true,
        "application": {"id": FACEBOOK_APP_ID, "name": "PM3K in a simulation"},
        "from": {"id": post.page, "name": world.facebook.pages.get(&post.page).map(|page| &page.name)},
        "full_picture": null,
        "attachments": attachments,
    })
}
