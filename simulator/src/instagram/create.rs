//! `POST /{ig-user}/media`: containers.
//!
//! Always true: a container is seen by nobody. An image, and a reel's cover, are fetched and judged during the call; a video comes
//! later, by URL or by upload, and its container tells how that went.

use serde_json::{Value, json};

use super::{
    Need, carousel, judge, reach, refuse,
    rules::{self, Draft, Source},
};
use crate::{
    graph::error::GraphError,
    http::{
        fetch::{Fetched, Wanted},
        request::Ask,
    },
    world::{
        Now, World,
        instagram::{Account, Container},
        sink::SharedSink,
        token::DAY,
    },
};

const CONTAINERS_PER_DAY: usize = 400;

fn draft(world: &World, ask: &Ask, now: Now) -> Result<(Account, Draft), GraphError> {
    let (auth, account) = reach(world, ask, now, ask.at(0), Need::Publish)?;
    let recent = world.instagram.containers.values().filter(|container| container.account == account.id && container.created + DAY > now);
    if world.settings.quotas && recent.count() >= CONTAINERS_PER_DAY {
        return Err(GraphError::new(80_002, "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.").at(400));
    }
    let draft = rules::check(world, ask, &auth, &account.gates)?;
    if let Source::Children(children) = &draft.source {
        carousel::check(world, &account.id, children, now)?;
    }
    Ok((account, draft))
}

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Wanted>, GraphError> {
    let (_, draft) = draft(world, ask, now)?;
    let url = match draft.source {
        Source::Image(url) => {
            if let Some(subcode) = world.next_fetch_failure() {
                return Err(judge::failure(subcode));
            }
            Some(url)
        }
        _ => draft.cover_url,
    };
    Ok(url.map(|url| Wanted { url, cap: judge::LARGEST_IMAGE }))
}

pub fn create(world: &mut World, ask: &Ask, now: Now, fetched: Option<Fetched>) -> Result<Value, GraphError> {
    let (account, Draft { mut content, source, .. }) = draft(world, ask, now)?;
    if let Some(fetched) = fetched {
        let sha256 = judge::image(world, content.kind, fetched)?;
        if content.kind.is_image() {
            content.sha256 = sha256;
        } else {
            content.cover_sha256 = Some(sha256);
        }
    } else if content.kind.is_image() {
        return Err(refuse(9_004, 2_207_052, "Only photo or video can be accepted as media type."));
    }
    let id = world.id(17_900_000_000_000_000);
    let mut container = Container {
        id: id.clone(),
        account: account.id,
        content,
        created: now,
        resumable: source == Source::Resumable,
        pull: None,
        sink: SharedSink::default(),
        size: None,
        processed: None,
        failure: None,
        why: String::new(),
        published: None,
    };
    match source {
        Source::Image(_) => container.processed = Some(world.processed_at(now)),
        Source::Children(children) => {
            container.content.children = children;
            container.processed = Some(world.processed_at(now));
        }
        Source::Video(url) => match world.next_fetch_failure() {
            Some(subcode) => {
                container.failure = Some(subcode);
                container.processed = Some(world.processed_at(now));
            }
            None => container.pull = Some(url),
        },
        Source::Resumable => {}
    }
    if container.processed.is_some() && container.failure.is_none() {
        container.failure = world.next_processing_failure();
    }
    let resumable = container.resumable;
    world.instagram.containers.insert(id.clone(), container);
    if !resumable {
        return Ok(json!({"id": id}));
    }
    let version = ask.version.as_deref().unwrap_or("v26.0");
    Ok(json!({"id": id, "uri": format!("{}/facebook/upload/ig-api-upload/{version}/{id}", world.base)}))
}
