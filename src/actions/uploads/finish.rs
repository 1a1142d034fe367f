//! What an upload is after a crash, and how it ends: everything has arrived, is looked at, and becomes a media or is refused.
//!
//! What must always be true: the row's word on what arrived is brought in line with the disk before anybody relies on it. Whatever happens between the
//! last byte and the media's row (a crash, a full disk), the next look at the upload ends it.

use std::io;

use chrono::{DateTime, Utc};

use super::{Error, View, view};
use crate::actions;
use crate::actions::media::{Arrived, store_as};
use crate::app::App;
use crate::media::{Saved, Turn};
use crate::model::upload::{self, Upload};

/// Looks at the disk, and ends the upload if everything has arrived. To be called by the holder of the turn.
pub(super) fn settle(app: &App, turn: &Turn, upload: Upload, now: DateTime<Utc>) -> Result<Upload, Error> {
    if upload.has_ended() {
        return Ok(upload);
    }
    let upload = as_on_disk(app, upload)?;
    if upload.is_whole() { end(app, turn, upload, now) } else { Ok(upload) }
}

/// A file that was taken away by hand begins anew; its sender is told so by the offset.
fn as_on_disk(app: &App, upload: Upload) -> Result<Upload, Error> {
    let is_there = |held: Option<u64>| held.unwrap_or(0) >= upload.saved.bytes;
    // Beyond its rename a crash came before its row.
    if is_there(app.store.part_length(&upload.word)?) || (upload.is_whole() && app.store.back_to_part(&upload.word)?) {
        return Ok(upload);
    }
    tracing::warn!(bytes = upload.saved.bytes, "what was stored of an upload is gone from the media folder: it begins anew");
    let nothing = Saved::default();
    app.db.write(|tx| upload::advance(tx, &upload.word, &nothing, upload.expires_at))?;
    Ok(Upload { saved: nothing, ..upload })
}

fn end(app: &App, _turn: &Turn, upload: Upload, now: DateTime<Utc>) -> Result<Upload, Error> {
    let received = app.store.resume(&upload.word, &upload.saved, upload.length)?.finish()?;
    let arrived = Arrived { workspace: upload.workspace_id, file_name: &upload.file_name, declared: upload.declared.as_deref(), idempotency_key: None };
    let word = upload.word.clone();
    match store_as(app, &upload.actor, &arrived, received, &word, |tx, id| upload::end(tx, &word, id), now) {
        Ok(media) => Ok(Upload { media_id: Some(media), ..upload }),
        Err(actions::Error::Invalid(problems)) => {
            let why = serde_json::to_string(&problems).map_err(|e| io::Error::other(e.to_string()))?;
            app.db.write(|tx| upload::refuse(tx, &word, &why))?;
            if let Err(e) = app.store.drop_part(&word) {
                // The row does not need it any more: the sweep finds it.
                tracing::warn!("a refused upload could not be removed yet: {e}");
            }
            Ok(Upload { refused: Some(why), ..upload })
        }
        Err(other) => Err(other.into()),
    }
}

/// How it ended, as the answer to its last piece.
pub(super) fn outcome(upload: &Upload) -> Result<View, Error> {
    match &upload.refused {
        Some(json) => Err(Error::Refused(super::reasons(json))),
        None => Ok(view(upload)),
    }
}
