//! The upload host of Reels, of video stories, and of Instagram's resumable videos.
//!
//! Always true: everything that matters stands in headers; every byte that came is kept, and an upload goes on where it stopped.
//! Errors have the shape `debug_info`, not Graph's envelope.

use serde_json::json;

use super::auth::{Auth, by_text, grant_of};
use crate::{
    facebook::{terms::reachable, videos::judge},
    http::{answer::Answer, fetch::Far, request::Ask, upload::Target},
    instagram::video,
    world::{
        Now, World,
        facebook::{Uploaded, VideoKind},
        instagram::Container,
        sink::SharedSink,
        token::Kind,
    },
};

pub fn name(world: &World, ask: &Ask) -> (&'static str, Option<String>) {
    let id = ask.at(1);
    match ask.segments().as_slice() {
        [_, _, "video-upload", ..] => {
            let video = world.facebook.videos.get(last(ask));
            let story = video.is_some_and(|video| video.kind == VideoKind::Story);
            (if story { "facebook.story_upload" } else { "facebook.reel_upload" }, video.map(|video| video.page.clone()))
        }
        [_, _, "ig-api-upload", ..] => ("instagram.upload", world.instagram.containers.get(last(ask)).map(|container| container.account.clone())),
        _ => ("unknown", Some(id.to_owned()).filter(|id| !id.is_empty())),
    }
}

fn last(ask: &Ask) -> &str {
    ask.rest.last().map_or("", String::as_str)
}

fn refuse(kind: &'static str, message: &str) -> Answer {
    let body = json!({"debug_info": {"retriable": false, "type": kind, "message": message}});
    Answer::json(400, &body).noted(kind)
}

/// Instagram wraps the reason once more.
fn unauthorized(instagram: bool) -> Answer {
    let inner = json!({"success": false, "error": {"message": "unauthorized user request"}}).to_string();
    refuse("ProcessingFailedError", if instagram { &inner } else { "Request processing failed" })
}

/// Checks the headers. The bytes go to the returned target.
pub fn begin(world: &mut World, ask: &Ask, now: Now) -> Result<Target, Answer> {
    if ask.method != poem::http::Method::POST {
        return Err(Answer::empty(405));
    }
    let instagram = ask.at(0) == "ig-api-upload";
    let id = last(ask).to_owned();
    let Some(token) = ask.authorization("OAuth") else {
        return Err(unauthorized(instagram));
    };
    let Ok(auth) = by_text(world, token, now, false) else {
        return Err(unauthorized(instagram));
    };
    if let Some(url) = ask.header("file_url") {
        return by_url(world, &auth, &id, url, instagram, now);
    }
    let number = |header: &str| -> Result<u64, Answer> {
        let name = if header == "offset" { "Offset" } else { "File_size" };
        let message = format!("HeaderValuePredicate: Header {name} not convertable to unsigned long");
        ask.header(header).and_then(|text| text.parse().ok()).ok_or_else(|| refuse("ParameterValidationError", &message))
    };
    let (offset, size) = (number("offset")?, number("file_size")?);
    let (sink, known_size, done) = if instagram {
        let container = own_container(world, &auth, &id)?;
        (container.sink.clone(), &mut container.size, container.processed.is_some())
    } else {
        let video = world.facebook.videos.get_mut(&id).filter(|video| auth.is_page(&video.page) && video.session.is_none() && !video.expired(now));
        let Some(video) = video else {
            return Err(unauthorized(false));
        };
        (video.sink.clone(), &mut video.size, video.uploaded.is_some())
    };
    if done || known_size.is_some_and(|known| known != size) {
        return Err(refuse("ProcessingFailedError", "Request processing failed"));
    }
    if offset != sink.lock().length() {
        return Err(refuse("OffsetInvalidError", "Starting offset is invalid"));
    }
    *known_size = Some(size);
    let declared: Option<u64> = ask.header("content-length").and_then(|length| length.parse().ok());
    if declared.is_some_and(|length| offset.saturating_add(length) > size) {
        return Err(refuse("PartialRequestError", "Partial request (did not match length of file)"));
    }
    Ok(if instagram { Target::Container { id, sink } } else { Target::Reel { id, sink } })
}

/// The container of a resumable upload, if the token reaches its account.
fn own_container<'a>(world: &'a mut World, auth: &Auth, id: &str) -> Result<&'a mut Container, Answer> {
    let grant = grant_of(world, &auth.token).cloned();
    let (linked, containers) = (&world.instagram.accounts, &mut world.instagram.containers);
    let container = containers.get_mut(id).filter(|container| container.resumable).ok_or_else(|| unauthorized(true))?;
    let granted = grant.is_some_and(|grant| grant.instagram.contains(&container.account));
    let page = linked.get(&container.account).and_then(|account| account.page.clone());
    let own = auth.token.kind == Kind::FacebookUser || page.as_deref() == Some(auth.token.account.as_str());
    if granted && own { Ok(container) } else { Err(unauthorized(true)) }
}

/// A reel's bytes by address. Whatever came before is forgotten: the whole file is fetched.
fn by_url(world: &mut World, auth: &Auth, id: &str, url: &str, instagram: bool, now: Now) -> Result<Target, Answer> {
    let failed = || refuse("ProcessingFailedError", "Request processing failed");
    if instagram {
        let container = own_container(world, auth, id)?;
        if container.processed.is_some() {
            return Err(failed());
        }
        container.sink = SharedSink::default();
        let far = Far { url: url.to_owned(), cap: video::LARGEST, redirects: false };
        return Ok(Target::ContainerByUrl { id: id.to_owned(), sink: container.sink.clone(), far });
    }
    if !reachable(world, url) {
        return Err(failed());
    }
    let cap = world.settings.facebook.uploaded_bytes;
    let video = world.facebook.videos.get_mut(id).filter(|video| auth.is_page(&video.page) && video.session.is_none());
    let video = video.filter(|video| video.uploaded.is_none() && !video.expired(now)).ok_or_else(|| unauthorized(false))?;
    video.sink = SharedSink::default();
    Ok(Target::ReelByUrl { id: id.to_owned(), sink: video.sink.clone(), far: Far { url: url.to_owned(), cap, redirects: false } })
}

pub fn end_by_url(world: &mut World, id: &str, fetched: Result<(), String>, now: Now) -> Answer {
    let length = world.facebook.videos.get(id).map(|video| video.sink.lock().length());
    match (fetched, world.facebook.videos.get_mut(id)) {
        (Ok(()), Some(video)) => video.size = length,
        (Err(why), Some(video)) => {
            video.sink = SharedSink::default();
            return refuse("ProcessingFailedError", "Request processing failed").noted(why);
        }
        (_, None) => {}
    }
    end_reel(world, id, now)
}

fn partial() -> Answer {
    refuse("PartialRequestError", "Partial request (did not match length of file)")
}

pub fn end_reel(world: &mut World, id: &str, now: Now) -> Answer {
    let processed = world.processed_at(now);
    let Some(video) = world.facebook.videos.get(id) else {
        return unauthorized(false);
    };
    let sink = video.sink.lock().clone();
    if Some(sink.length()) != video.size {
        return partial();
    }
    let failures = judge::failures(world, video.kind, &sink, None);
    if let Some(video) = world.facebook.videos.get_mut(id) {
        world.gallery.keep_stream(&mut video.sink.lock());
        video.uploaded = Some(Uploaded { processed, failures, sha256: sink.sha256() });
    }
    Answer::json(200, &json!({"success": true}))
}

pub fn end_container(world: &mut World, id: &str, now: Now) -> Answer {
    let Some(container) = world.instagram.containers.get(id) else {
        return unauthorized(true);
    };
    let (sink, size) = (container.sink.clone(), container.size);
    if Some(sink.lock().length()) != size {
        return partial();
    }
    video::arrived(world, id, &sink, Ok(()), now);
    uploaded()
}

pub fn end_container_by_url(world: &mut World, id: &str, fetched: Result<(), String>, now: Now) -> Answer {
    let Some(container) = world.instagram.containers.get_mut(id) else {
        return unauthorized(true);
    };
    if let Err(why) = fetched {
        container.sink = SharedSink::default();
        let inner = json!({"success": false, "error": {"message": "Unable to fetch video file from URL."}}).to_string();
        return refuse("ProcessingFailedError", &inner).noted(why);
    }
    let sink = container.sink.clone();
    container.size = Some(sink.lock().length());
    video::arrived(world, id, &sink, Ok(()), now);
    uploaded()
}

fn uploaded() -> Answer {
    Answer::json(200, &json!({"success": true, "message": "Upload successful. The upload session has ended."}))
}
