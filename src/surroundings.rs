//! Everything a step needs, read from the tables and opened from its seals: the other side of [`crate::platform::Work`].

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::access::{self, Installation};
use crate::briefing;
use crate::ids::AttemptId;
use crate::media::public_url::{self, Claim};
use crate::media::rendition::predict;
use crate::model::media::rendition::{self, Rendition, State};
use crate::model::{account, job, media, post};
use crate::platform::{self, Access, Content, ErrorClass, Item, PlatformError};

/// How long a platform may fetch a media file by one URL.
const URL_LIFE: TimeDelta = TimeDelta::hours(24);
/// Posts are looked for among those since a call, which is settled within a day.
const TAKEN_SINCE: TimeDelta = TimeDelta::days(3);

/// A job's account, access and content as its adapter sees them.
#[derive(Debug)]
pub struct Surroundings {
    pub account: platform::Account,
    pub account_row: account::Account,
    pub access: Access,
    pub content: Content,
    pub progress: Value,
    /// A file is still to be converted; the content tells how it will be.
    pub converting: bool,
    /// The ids of the account's posts that belong to other jobs; read where a post is looked for.
    pub taken: Vec<String>,
    /// See [`crate::platform::Work::addresses_closed`].
    pub addresses_closed: bool,
}

/// Reads them. An error here is one of this installation, not of the platform.
pub fn load(installation: Installation<'_>, job: &job::Job, attempt: AttemptId, now: DateTime<Utc>) -> Result<Surroundings, PlatformError> {
    let (account_row, post, files, renditions) = installation
        .db
        .read(|db| {
            let (account_row, post) = (account::get(db, job.account_id)?, post::get(db, job.post_id)?);
            Ok::<_, rusqlite::Error>((account_row, post, media::of_post(db, job.post_id)?, rendition::of_job(db, job.id)?))
        })
        .map_err(unreadable)?;
    let (Some(account_row), Some(post)) = (account_row, post) else {
        return Err(PlatformError::bug("the job's post or account is gone"));
    };
    let access = access::open(installation, &account_row)?;
    let progress = match &job.progress_sealed {
        None => Value::Null,
        Some(sealed) => installation
            .keys
            .open(&job::progress_place(job.id), sealed)
            .map_err(|e| PlatformError::bug(e.to_string()))
            .and_then(|plain| serde_json::from_slice(&plain).map_err(|e| PlatformError::bug(format!("the job's progress cannot be read: {e}"))))?,
    };
    let reachable = installation.platforms.can_fetch(account_row.login, installation.public_url);
    let address = |file: &media::Media, name: &str| {
        reachable.then(|| {
            let claim = Claim { media_id: file.id.0, job_id: job.id.0, attempt: attempt.0, expires_at: now + URL_LIFE };
            format!("{}/media/{}/{name}", installation.public_url, public_url::sign(&installation.keys.derive("media-url"), &claim))
        })
    };
    let media = files
        .iter()
        .map(|file| {
            let copy = renditions.iter().find(|copy| copy.media_id == file.id);
            item(installation.store.root(), file, copy, |name| address(file, name))
        })
        .collect::<Result<_, _>>()?;
    let taken = if job.called_at.is_some() { installation.db.read(|db| job::taken_ids(db, job, now - TAKEN_SINCE)).map_err(unreadable)? } else { Vec::new() };
    Ok(Surroundings {
        taken,
        addresses_closed: false,
        converting: renditions.iter().any(|copy| copy.state != State::Ready),
        account: briefing::account(&account_row),
        content: Content { kind: job.kind, caption: job.caption.clone().unwrap_or(post.caption), options: job.options.clone(), media },
        account_row,
        access,
        progress,
    })
}

fn unreadable(e: rusqlite::Error) -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "database", format!("The job's rows cannot be read: {e}."))
}

/// The file itself, or the copy that the job sends instead of it: as it is, or as it will be.
fn item(folder: &Path, file: &media::Media, copy: Option<&Rendition>, address: impl Fn(&str) -> Option<String>) -> Result<Item, PlatformError> {
    let name = file.stored_name.as_deref().unwrap_or("cleared");
    let Some(copy) = copy else { return Ok(briefing::item(file, folder, address(name))) };
    if let (State::Ready, Some(name), Some(probe)) = (copy.state, &copy.stored_name, &copy.probe) {
        return Ok(briefing::of_probe(probe, copy.bytes, folder.join(name), address(name)));
    }
    let planned = copy.recipe.as_ref().zip(file.probe.as_ref()).and_then(|(recipe, probe)| predict(recipe, probe, file.bytes).ok());
    let planned = planned.ok_or_else(|| PlatformError::bug(format!("how {} is to be converted cannot be read", file.id)))?;
    Ok(briefing::of_probe(&planned.probe, planned.bytes, folder.join(name), address(name)))
}
