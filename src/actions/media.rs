//! Uploading media: the bytes go to disk first, then are looked at, then get their row.

use std::io::{self, Read, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};

use super::{Actor, Error, api_keys};
use crate::app::App;
use crate::ids::{MediaId, WorkspaceId};
use crate::media::remote::{self, NotFetched};
use crate::media::{Incoming, Received, TooLarge, probe, thumbnail as small};
use crate::model::api_key::{self, Made};
use crate::model::media::{Media, thumbnail};
use crate::model::{audit, media, upload};
use crate::secret;

/// Opens a place for an upload that comes in one piece, if there is room. `length` is what the sender announced, if it did.
pub fn begin(app: &App, length: Option<u64>) -> Result<Incoming, Error> {
    let room = app.db.read(|db| room_for(app, db, length.unwrap_or(0)))?;
    // What is not announced is bounded by the room there is.
    Ok(app.store.begin(app.config.media.max_upload.min(room))?)
}

/// The room that is left for one more file, if it is enough for this one. What is promised to files that arrive in pieces is taken already.
pub(super) fn room_for(app: &App, db: &Connection, wanted: u64) -> Result<u64, Error> {
    let settings = &app.config.media;
    if wanted > settings.max_upload {
        return Err(too_large(settings.max_upload));
    }
    let pledged = upload::pledged(db)?;
    let used = media::bytes_on_disk(db)?.saturating_add(pledged.whole);
    if used.saturating_add(wanted) > settings.quota {
        return Err(Error::NoRoom(format!(
            "The media quota of {} is used up ({} are stored or being uploaded). Wait until posts are published and their media cleared, or raise media.quota.",
            bytesize::ByteSize(settings.quota),
            bytesize::ByteSize(used)
        )));
    }
    let free = app.store.free_space()?.saturating_sub(pledged.missing);
    if free < settings.free_space_floor.saturating_add(wanted) {
        return Err(Error::NoRoom(format!(
            "The server's disk has {} left{}, and {} must stay free (media.free_space_floor). Make room on the disk, then upload again.",
            bytesize::ByteSize(free),
            if pledged.missing > 0 { " beside what is being uploaded" } else { "" },
            bytesize::ByteSize(settings.free_space_floor)
        )));
    }
    Ok(settings.quota.saturating_sub(used).min(free.saturating_sub(settings.free_space_floor)))
}

/// An upload outgrew the `limit` that [`begin`] gave it: it is larger than any may be, or than there is room for.
pub fn outgrown(app: &App, limit: u64) -> Error {
    if limit < app.config.media.max_upload {
        return Error::NoRoom(format!(
            "There is room for {} more (media.quota, media.free_space_floor), and the file is larger. Wait until posts are published and their media cleared, or make room.",
            bytesize::ByteSize(limit)
        ));
    }
    too_large(limit)
}

pub fn too_large(limit: u64) -> Error {
    Error::invalid("file", "too_large", format!("The file is larger than {}, the most this installation takes (media.max_upload).", bytesize::ByteSize(limit)))
}

/// Where an upload belongs and what its sender says of it.
#[derive(Debug)]
pub struct Arrived<'a> {
    pub workspace: WorkspaceId,
    pub file_name: &'a str,
    /// The `Content-Type` sent with it.
    pub declared: Option<&'a str>,
    /// The `Idempotency-Key` sent with it, if any: the same key with the same bytes gives the same media.
    pub idempotency_key: Option<&'a str>,
}

/// Looks at a finished upload and stores it. A file that is broken or lies about itself is not kept.
pub fn store(app: &App, actor: Actor, arrived: &Arrived<'_>, received: Received, now: DateTime<Utc>) -> Result<MediaId, Error> {
    store_as(app, &actor.to_string(), arrived, received, &secret::random_word(), |_, _| Ok(()), now)
}

/// As [`store`], under the name `stem` (with the ending that fits), and with what else is to be said in the same transaction. If it fails, a file that
/// arrived in pieces is still there as it was.
pub(super) fn store_as(
    app: &App,
    actor: &str,
    arrived: &Arrived<'_>,
    received: Received,
    stem: &str,
    also: impl FnOnce(&Transaction<'_>, MediaId) -> rusqlite::Result<()>,
    now: DateTime<Utc>,
) -> Result<MediaId, Error> {
    let file_name = display_name(arrived.file_name);
    let found = probe::probe_named(&received.path, arrived.declared, Some(&file_name)).map_err(|broken| Error::invalid("file", broken.code, broken.message))?;
    let request_hash = secret::fingerprint(&received.sha256);
    let idempotency = arrived.idempotency_key.map(|key| (key, request_hash));
    if let Some(before) = app.db.read(|db| api_keys::made_before(db, arrived.workspace, idempotency))? {
        return Ok(before);
    }
    let stored_name = format!("{stem}.{}", found.extension());
    let (bytes, sha256) = (received.bytes, received.sha256.clone());
    let kept = received.keep_for_now(&stored_name)?;
    let made = app.db.write(|tx| {
        if let Some(before) = api_keys::made_before(tx, arrived.workspace, idempotency)? {
            return Ok((before, false));
        }
        let id = media::create(
            tx,
            &media::NewMedia {
                workspace_id: arrived.workspace,
                kind: found.kind().as_str(),
                file_name: &file_name,
                stored_name: &stored_name,
                bytes,
                sha256: &sha256,
                probe: &found,
            },
            now,
        )?;
        if let Some((key, request_hash)) = idempotency {
            api_key::remember(tx, arrived.workspace, key, &Made { request_hash, made: id.to_string() }, now)?;
        }
        audit::note(tx, Some(arrived.workspace), actor, "media.create", &id.to_string(), "", now)?;
        also(tx, id)?;
        Ok::<_, Error>((id, true))
    });
    if !matches!(made, Ok((_, true))) {
        // No row was written; without one the file is a stray.
        kept.undo()?;
    }
    made.map(|(id, _)| id)
}

/// What is written to the disk at once.
const PIECE: usize = 64 * 1024;

/// Why a file did not come in to its end.
#[derive(Debug)]
pub enum Halted {
    /// Its source failed; whose matter that is depends on the source.
    Source(io::Error),
    /// It is too large, or the disk failed.
    Here(Error),
}

/// Takes a file in, to its source's end.
pub fn pour(app: &App, from: &mut impl Read, into: &mut Incoming) -> Result<(), Halted> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece).map_err(Halted::Source)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        into.write_all(bytes).map_err(|e| {
            Halted::Here(match TooLarge::in_error(&e) {
                Some(refused) => outgrown(app, refused.limit),
                None => e.into(),
            })
        })?;
    }
}

/// Fetches the file at an address and stores it. `idempotency_key` as in [`Arrived`].
pub fn fetch(app: &App, actor: Actor, workspace: WorkspaceId, url: &str, idempotency_key: Option<&str>, now: DateTime<Utc>) -> Result<MediaId, Error> {
    let not_fetched = |why: NotFetched| Error::invalid("url", why.code, why.message);
    // What there is room for, before anything is asked of anybody.
    drop(begin(app, None)?);
    let found = remote::open(url, app.reach, app.config.media.max_upload).map_err(not_fetched)?;
    let mut incoming = begin(app, found.length)?;
    let (file_name, declared) = (found.file_name.clone(), found.declared.clone());
    pour(app, &mut found.reader(), &mut incoming).map_err(|cut| match cut {
        Halted::Source(e) => not_fetched(remote::broken_off(&e)),
        Halted::Here(e) => e,
    })?;
    let arrived = Arrived { workspace, file_name: &file_name, declared: declared.as_deref(), idempotency_key };
    store(app, actor, &arrived, incoming.finish()?, now)
}

/// The most that a browser's frame may have, as base64: a picture of 640 pixels has a tenth of it.
const LARGEST_FRAME: usize = 350 * 1024;

/// Takes a video's frame that the uploading browser drew, as a `data:` address of a JPEG. The small picture is made anew from it; one that is there stays.
pub fn take_frame(app: &App, workspace: WorkspaceId, id: MediaId, frame: &str) -> Result<(), Error> {
    if !app.db.read(|db| thumbnail::is_wanted(db, workspace, id))? {
        let found = app.db.read(|db| media::in_workspace(db, workspace, id))?;
        return found.map(drop).ok_or(Error::NotFound("media"));
    }
    let bad = |message: &str| Error::invalid("frame", "invalid", message);
    let encoded = frame.strip_prefix("data:image/jpeg;base64,").filter(|encoded| encoded.len() <= LARGEST_FRAME);
    let encoded = encoded.ok_or_else(|| bad("A frame is a JPEG of at most 256 kB, as a data: address."))?;
    let jpeg = STANDARD.decode(encoded).map_err(|_| bad("The frame is not base64."))?;
    let picture = small::of_frame(&jpeg).map_err(|unmade| bad(&unmade.message))?;
    Ok(app.db.write(|tx| thumbnail::store(tx, id, picture.mime, &picture.bytes))?)
}

/// When a file goes that only posts hold which failed; none unless that is announced, or if it is gone already.
pub fn clears_at(app: &App, file: &Media) -> Option<DateTime<Utc>> {
    file.announced_at.filter(|_| file.is_ready()).map(|at| at + media::notice(app.config.media.failed_retention))
}

/// Removes a file that no post needs any more.
pub fn remove(app: &App, actor: Actor, workspace: WorkspaceId, id: MediaId, now: DateTime<Utc>) -> Result<(), Error> {
    let names = app.db.write(|tx| {
        let found = media::in_workspace(tx, workspace, id)?.ok_or(Error::NotFound("media"))?;
        if !found.is_ready() {
            return Ok(Vec::new());
        }
        let names = media::clear(tx, workspace, id, now)?.ok_or_else(|| Error::Refused("A post still needs this file. Cancel the post first.".into()))?;
        audit::note(tx, Some(workspace), &actor.to_string(), "media.clear", &id.to_string(), "", now)?;
        Ok::<_, Error>(names)
    })?;
    for name in names {
        app.store.remove(&name)?;
    }
    Ok(())
}

/// The last part of a name sent from outside, without control characters, at most 200 characters. It is shown, never used as a path.
pub(super) fn display_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.trim().is_empty() { "upload".to_owned() } else { clean.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::display_name;

    #[test]
    fn a_name_from_outside_is_only_a_label() {
        assert_eq!(display_name("C:\\Users\\me\\clip.mp4"), "clip.mp4");
        assert_eq!(display_name("../../etc/passwd"), "passwd");
        assert_eq!(display_name("a\r\nb.jpg"), "ab.jpg");
        assert_eq!(display_name("  "), "upload");
        assert_eq!(display_name(&"x".repeat(500)).len(), 200);
    }
}
