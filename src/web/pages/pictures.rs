//! Pictures that only signed-in people see: avatars, and the uploaded images of posts.

use std::io::Read;

use poem::Response;
use poem::http::{StatusCode, header};

use crate::actions::{accounts, media as media_actions};
use crate::ids::{AccountId, ConnectId, MediaId};
use crate::model::media::thumbnail;
use crate::model::workspace::Role;
use crate::model::{account, media};
use crate::web::error::Error;
use crate::web::visit::Visit;

/// Larger images are shown as an icon: this is held in memory while it is sent.
pub const LARGEST_SHOWN: u64 = 12 << 20;
/// The kinds of image that a browser shows and that cannot hold script.
const SAFE: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

pub fn avatar(visit: &Visit) -> Result<Response, Error> {
    let id: AccountId = visit.param("id", "account")?;
    let found = visit.app().db.read(|db| account::avatar(db, visit.workspace()?.id, id).map_err(Error::from))?;
    let (mime, bytes) = found.ok_or(Error::NotFound("picture"))?;
    picture(&mime, bytes)
}

/// The picture of an account that is being chosen, before it is connected.
pub fn choice(visit: &Visit) -> Result<Response, Error> {
    let id: ConnectId = visit.param("id", "picture")?;
    let number: usize = visit.param("number", "picture")?;
    let found = accounts::choices(visit.app(), visit.me()?.session, id, visit.now)?;
    let avatar = found.into_iter().nth(number).and_then(|found| found.avatar).ok_or(Error::NotFound("picture"))?;
    picture(&avatar.mime, avatar.bytes)
}

/// An uploaded image, while it is on disk.
pub fn upload(visit: &Visit) -> Result<Response, Error> {
    let id: MediaId = visit.param("id", "media")?;
    let found = visit.app().db.read(|db| media::in_workspace(db, visit.workspace()?.id, id).map_err(Error::from))?;
    let found = found.filter(can_be_shown).ok_or(Error::NotFound("picture"))?;
    let mut bytes = Vec::new();
    let name = found.stored_name.unwrap_or_default();
    match visit.app().store.open(&name) {
        Ok(file) => file.take(LARGEST_SHOWN).read_to_end(&mut bytes).map_err(|e| Error::Internal(e.into()))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Error::NotFound("picture")),
        Err(e) => return Err(Error::Internal(e.into())),
    };
    picture(&found.mime, bytes)
}

/// The small picture of an upload, also when its file is gone.
pub fn thumbnail(visit: &Visit) -> Result<Response, Error> {
    let id: MediaId = visit.param("id", "media")?;
    let found = visit.app().db.read(|db| thumbnail::of(db, visit.workspace()?.id, id).map_err(Error::from))?;
    let (mime, bytes) = found.ok_or(Error::NotFound("picture"))?;
    picture(&mime, bytes)
}

/// `POST /thumbnails/:id`: a video's frame as the browser that uploads it has drawn it. What it sent is made anew, never stored as it came.
pub fn take_frame(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Contributor)?;
    let id: MediaId = visit.param("id", "media")?;
    media_actions::take_frame(visit.app(), visit.workspace()?.id, id, visit.form.get("frame"))?;
    Ok(Response::builder().status(StatusCode::NO_CONTENT).finish())
}

/// Larger images are not loaded into a list of posts.
const LARGEST_IN_LIST: u64 = 2 << 20;

/// The address of what shows this file in a list, if there is anything.
pub fn small(media: &media::Media) -> Option<String> {
    if media.has_thumbnail {
        return Some(format!("/thumbnails/{}", media.id));
    }
    (can_be_shown(media) && media.bytes <= LARGEST_IN_LIST).then(|| format!("/media/{}", media.id))
}

pub fn can_be_shown(media: &media::Media) -> bool {
    media.is_ready() && media.bytes <= LARGEST_SHOWN && SAFE.contains(&media.mime.as_str())
}

fn picture(mime: &str, bytes: Vec<u8>) -> Result<Response, Error> {
    if !SAFE.contains(&mime) {
        return Err(Error::NotFound("picture"));
    }
    Ok(Response::builder().content_type(mime).header(header::CACHE_CONTROL, "private, max-age=300").header(header::CONTENT_LENGTH, bytes.len()).body(bytes))
}
