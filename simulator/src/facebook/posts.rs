//! Reading posts back: what reconciliation lives on.
//!
//! Always true: fresh posts are invisible for as long as reads lag; reels and stories are not among the posts, plain videos are.

use serde_json::{Value, json};

use crate::{
    address::FACEBOOK_APP_ID,
    graph::{
        auth::{authenticate, page_content, permitted},
        error::GraphError,
        fields::pick,
        list, time,
    },
    http::request::Ask,
    world::{
        Now, World,
        facebook::{Author, Post, Video, VideoKind},
    },
};

const DEFAULT: &[&str] = &["created_time", "message"];

/// Posts by the Page that everybody sees.
pub fn published(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let page = page(world, ask, now)?;
    listed(world, ask, &page, now, |post| post.live.is_some_and(|at| at <= now) && !matches!(post.author, Author::Visitor(_)))
}

/// All posts, unpublished ones and those of visitors too.
pub fn feed(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page(world, ask, now)?;
    permitted(world, &auth, "pages_read_user_content")?;
    if ask.params.get("limit").and_then(|limit| limit.parse::<u32>().ok()).is_some_and(|limit| limit > 100) {
        return Err(GraphError::bad("param limit must be at most 100"));
    }
    listed(world, ask, &page, now, |_| true)
}

pub fn scheduled(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let page = page(world, ask, now)?;
    listed(world, ask, &page, now, |post| post.live.is_some_and(|at| at > now))
}

fn page(world: &World, ask: &Ask, now: Now) -> Result<String, GraphError> {
    let auth = authenticate(world, ask, now)?;
    Ok(page_content(world, &auth, ask.at(0))?.id.clone())
}

fn listed(world: &World, ask: &Ask, page: &str, now: Now, wanted: impl Fn(&Post) -> bool) -> Result<Value, GraphError> {
    let (seen, inside) = (world.seen_at(now), list::window(ask)?);
    let own = world.facebook.posts.values().filter(|post| post.page == page).cloned();
    let videos = world.facebook.videos.values().filter(|video| video.page == page).filter_map(post_of_video);
    let mut posts: Vec<Post> = own.chain(videos).filter(|post| post.on_timeline && wanted(post)).collect();
    // A scheduled post counts from the moment it is public.
    posts.retain(|post| shown_at(post, now) <= seen && inside(shown_at(post, now)));
    posts.sort_by(|a, b| (shown_at(b, now), &b.id).cmp(&(shown_at(a, now), &a.id)));
    let nodes = posts.iter().map(|post| node(world, post, now)).collect();
    list::page(world, ask, nodes, DEFAULT)
}

fn shown_at(post: &Post, now: Now) -> Now {
    post.live.filter(|at| *at <= now).unwrap_or(post.created)
}

/// A plain video, as the post that shows it.
fn post_of_video(video: &Video) -> Option<Post> {
    let finish = video.finish.as_ref().filter(|_| video.kind == VideoKind::Video)?;
    let live = video.live_since()?;
    Some(Post {
        id: finish.post_id.clone(),
        page: video.page.clone(),
        message: finish.description.clone(),
        link: None,
        photos: Vec::new(),
        created: live,
        live: Some(live),
        author: Author::App,
        hidden: false,
        pinned: false,
        on_timeline: true,
    })
}

pub fn read(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let own = world.facebook.posts.get(ask.at(0)).cloned();
    let post = own.or_else(|| world.facebook.video(ask.at(0)).and_then(post_of_video));
    let post = post.filter(|post| shown_at(post, now) <= world.seen_at(now)).ok_or_else(|| GraphError::unseen(ask.at(0)))?;
    page_content(world, &auth, &post.page)?;
    pick(node(world, &post, now), ask.params.get("fields"), DEFAULT)
}

fn attachments(world: &World, post: &Post) -> Value {
    let item = |kind: &str, id: &str| {
        json!({"media_type": kind, "type": if kind == "video" { "video_inline" } else { kind }, "target": {"id": id, "url": world.facebook_link(id)},
            "url": world.facebook_link(id), "subattachments": null})
    };
    if let Some(video) = world.facebook.video(&post.id) {
        return json!({"data": [item("video", &video.id)]});
    }
    match (post.photos.as_slice(), &post.link) {
        ([], None) => Value::Null,
        ([], Some(link)) => {
            json!({"data": [{"media_type": "link", "type": "share", "target": {"id": null, "url": link}, "url": link, "subattachments": null}]})
        }
        ([one], _) => json!({"data": [item("photo", one)]}),
        (many, _) => {
            let inner: Vec<Value> = many.iter().map(|id| item("photo", id)).collect();
            json!({"data": [{"media_type": "album", "type": "album", "target": {"id": post.id, "url": world.facebook_link(&post.id)},
                "url": world.facebook_link(&post.id), "subattachments": {"data": inner}}]})
        }
    }
}

fn node(world: &World, post: &Post, now: Now) -> Value {
    let attachments = attachments(world, post);
    let status_type = match (&post.link, post.photos.is_empty()) {
        _ if world.facebook.video(&post.id).is_some() => "added_video",
        (_, false) => "added_photos",
        (Some(_), true) => "shared_story",
        (None, true) => "mobile_status_update",
    };
    let application = match post.author {
        Author::App => json!({"id": FACEBOOK_APP_ID, "name": "PM3K in a simulation"}),
        Author::OtherApp => json!({"id": "900000000000009", "name": "Another app"}),
        Author::Visitor(_) => Value::Null,
    };
    let from = match &post.author {
        Author::Visitor(name) => json!({"id": "122900000000009", "name": name}),
        _ => json!({"id": post.page, "name": world.facebook.pages.get(&post.page).map(|page| &page.name)}),
    };
    json!({
        "id": post.id,
        "message": Some(&post.message).filter(|message| !message.is_empty()),
        "created_time": time(shown_at(post, now)),
        "permalink_url": world.facebook_link(&post.id),
        "status_type": status_type,
        "is_published": post.is_live(now),
        "is_hidden": post.hidden,
        "scheduled_publish_time": post.live.filter(|at| *at > now).map(|at| at.timestamp()),
        "application": application,
        "from": from,
        "full_picture": post.photos.first().map(|id| world.avatar_url(id)),
        "attachments": attachments,
    })
}
