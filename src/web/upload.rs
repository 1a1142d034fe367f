//! Files that come with the compose form itself, from browsers without script (with it they come in pieces, see `api/uploads`).

use chrono::TimeDelta;
use poem::Response;
use serde_json::json;

use crate::actions::media::Halted;
use crate::actions::{self, media as media_actions};
use crate::ids::MediaId;
use crate::model::media::Media;
use crate::model::workspace::Role;
use crate::web::blocking::Chunks;
use crate::web::body::FileName;
use crate::web::error::Error;
use crate::web::visit::Visit;
use crate::web::when;

/// Stores one file as it arrives. What is wrong with the file is a sentence for its place in the form; other errors end the request.
pub fn take(visit: &Visit, file: &FileName, chunks: &mut Chunks) -> Result<Result<MediaId, String>, Error> {
    visit.may(Role::Contributor)?;
    let stored = store(visit, file, chunks)?;
    Ok(match stored {
        Ok(id) => Ok(id),
        Err(actions::Error::Invalid(problems)) => Err(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(" ")),
        Err(actions::Error::NoRoom(why) | actions::Error::Refused(why)) => Err(why),
        Err(other) => return Err(other.into()),
    })
}

fn store(visit: &Visit, file: &FileName, chunks: &mut Chunks) -> Result<Result<MediaId, actions::Error>, Error> {
    let app = visit.app();
    let mut incoming = match media_actions::begin(app, None) {
        Ok(incoming) => incoming,
        Err(e) => return Ok(Err(e)),
    };
    match media_actions::pour(app, chunks, &mut incoming) {
        Ok(()) => {}
        Err(Halted::Here(e)) => return Ok(Err(e)),
        Err(Halted::Source(e)) => return Err(Error::BadRequest(format!("The upload was cut off: {e}"))),
    }
    let received = match incoming.finish() {
        Ok(received) => received,
        Err(e) => return Ok(Err(e.into())),
    };
    let arrived = media_actions::Arrived { workspace: visit.workspace()?.id, file_name: &file.name, declared: file.declared.as_deref(), idempotency_key: None };
    Ok(media_actions::store(app, visit.actor()?, &arrived, received, visit.now))
}

/// An error as the script reads it.
pub fn explain(error: Error, request_id: &str) -> Response {
    if let Error::Internal(e) = &error {
        tracing::error!(request = request_id, "{e:#}");
    }
    let body = json!({ "message": error.sentence() });
    Response::builder().status(error.status()).content_type("application/json").body(body.to_string())
}

/// A file in a few words: `1080 × 1920, 12.0 s, 3.4 MB`.
pub fn file_detail(media: &Media) -> String {
    let mut words = Vec::new();
    if let (Some(width), Some(height)) = (media.width, media.height) {
        words.push(format!("{width} × {height}"));
    }
    if let Some(ms) = media.duration_ms {
        words.push(when::duration(TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX))));
    }
    words.push(bytesize::ByteSize(media.bytes).display().si().to_string());
    words.join(", ")
}
