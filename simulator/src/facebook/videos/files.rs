//! The resumable upload API: `POST /{app}/uploads`, then the bytes to `/upload:{session}`, then a handle.
//!
//! Always true: it is the person's own token that uploads; every byte that came is kept; a session is worth nothing after a day.

use serde_json::{Value, json};

use crate::{
    graph::{
        auth::{authenticate, by_text},
        error::{Graph, GraphError},
    },
    http::{answer::Answer, request::Ask, upload::Target},
    world::{
        Now, World,
        facebook::File,
        sink::SharedSink,
        token::{DAY, Kind},
    },
};

const TYPES: &[&str] = &["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

pub fn start(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    if auth.token.kind != Kind::FacebookUser {
        return Err(GraphError::bad("The upload needs a user access token"));
    }
    let length = ask.params.get("file_length").ok_or_else(|| GraphError::missing("file_length"))?;
    let length: u64 = length.parse().ok().filter(|length| *length > 0).ok_or_else(|| GraphError::bad("param file_length must be a positive number"))?;
    let kind = ask.params.get("file_type").ok_or_else(|| GraphError::missing("file_type"))?;
    if !TYPES.contains(&kind) {
        return Err(GraphError::bad("param file_type must be one of the allowed types"));
    }
    if length > world.settings.facebook.uploaded_bytes {
        return Err(GraphError::bad("param file_length is larger than files may be"));
    }
    let id = format!("upload:{}", world.mystery(40));
    let file = File { id: id.clone(), person: auth.token.account, length, created: now, sink: SharedSink::default(), handle: None };
    world.facebook.files.insert(id.clone(), file);
    Ok(json!({"id": id}))
}

/// The session that this token may go on with.
fn session<'a>(world: &'a World, ask: &Ask, now: Now) -> Result<&'a File, GraphError> {
    let token = ask.authorization("OAuth").ok_or_else(|| GraphError::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
    let auth = by_text(world, token, now, false)?;
    let file = world.facebook.files.get(ask.at(0)).filter(|file| file.person == auth.token.account && file.created + DAY > now);
    file.ok_or_else(|| GraphError::unseen(ask.at(0)))
}

pub fn status(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let file = session(world, ask, now)?;
    let offset = file.sink.lock().length();
    Ok(json!({"id": file.id, "file_offset": offset}))
}

pub fn name(world: &World, ask: &Ask) -> (&'static str, Option<String>) {
    ("facebook.file_upload", world.facebook.files.get(ask.at(0)).map(|file| file.person.clone()))
}

/// Checks the headers. The bytes go to the returned target.
pub fn begin(world: &mut World, ask: &Ask, now: Now) -> Result<Target, Answer> {
    let checked = check(world, ask, now);
    checked.map_err(|error| Graph::answer(world, ask, Err(error), now))
}

fn check(world: &World, ask: &Ask, now: Now) -> Result<Target, GraphError> {
    let file = session(world, ask, now)?;
    let offset = ask.header("file_offset").ok_or_else(|| GraphError::missing("file_offset"))?;
    let offset: u64 = offset.parse().map_err(|_| GraphError::bad("header file_offset must be a number"))?;
    let has = file.sink.lock().length();
    if offset != has || file.handle.is_some() {
        return Err(GraphError::bad(format!("header file_offset must be {has}")));
    }
    let declared: Option<u64> = ask.header("content-length").and_then(|length| length.parse().ok());
    if declared.is_some_and(|length| offset.saturating_add(length) > file.length) {
        return Err(GraphError::bad("The file is longer than file_length"));
    }
    Ok(Target::File { id: file.id.clone(), sink: file.sink.clone() })
}

pub fn end(world: &mut World, ask: &Ask, id: &str, now: Now) -> Answer {
    let handle = format!("4::{}", world.mystery(48));
    let outcome = match world.facebook.files.get_mut(id) {
        Some(file) if file.sink.lock().length() == file.length => {
            file.handle = Some(handle.clone());
            Ok(json!({"h": handle}))
        }
        Some(_) => Err(GraphError::new(6001, "(#6001) There was a problem uploading your file.")),
        None => Err(GraphError::unseen(id)),
    };
    Graph::answer(world, ask, outcome, now)
}
