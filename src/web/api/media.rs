//! `/media`: uploading, reading and removing files.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::auth::{Caller, Known};
use super::input;
use super::problem::{Answer, Problem};
use super::upload::{self, Upload};
use crate::actions;
use crate::app::App;
use crate::ids::MediaId;
use crate::model::media;

/// An uploaded file.
#[derive(Debug, Object)]
struct Media {
    id: String,
    /// `image` or `video`.
    kind: String,
    /// What it is, read from its bytes.
    mime: String,
    bytes: u64,
    /// Pixels across, as displayed.
    width: Option<u32>,
    /// Pixels down, as displayed.
    height: Option<u32>,
    /// Videos only.
    duration_ms: Option<u64>,
    /// `uploading`, `ready`, `cleared` (the file is gone: every post that needed it is out) or `broken`.
    state: String,
    /// When the file goes although a post that failed still holds it; null unless that is announced. Publishing the post again keeps it.
    clears_at: Option<DateTime<Utc>>,
}

#[derive(Debug, ApiResponse)]
enum Made {
    /// The file is stored, or (with the same `Idempotency-Key`) had been stored before.
    #[oai(status = 201)]
    Media(Json<Media>, #[oai(header = "Location")] String),
}

#[derive(Debug, ApiResponse)]
enum Removed {
    /// The file is gone.
    #[oai(status = 204)]
    Done,
}

#[derive(Debug)]
pub struct MediaApi;

#[OpenApi]
impl MediaApi {
    /// Upload a file
    ///
    /// The file as the whole body (with its `Content-Type` and an `X-Filename`), or as the field `file` of a form; or its address as
    /// `{"url": "https://…"}`: then the server fetches it (from public addresses only, at most five redirects and 15 minutes), and answers when it is
    /// stored. It is looked at as soon as it is
    /// whole: a file that is broken, or is something else than it is named, is refused with a sentence that says why. Needs the scope `media:write`.
    #[oai(path = "/media", method = "post", operation_id = "create_media")]
    async fn create(
        &self,
        caller: Caller,
        /// The same key with the same bytes makes one media, however often it is sent; it is remembered for seven days.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// What the person's file is called, where the file is the whole body. Shown, and never believed.
        #[oai(name = "X-Filename")]
        _name: Header<Option<String>>,
        upload: Upload,
    ) -> Answer<Made> {
        let known = caller.allowed("media:write")?;
        let key = input::idempotency_key(key.0)?;
        let app = Arc::clone(&known.app);
        let media = upload::take(known, upload, key).await?;
        let location = format!("/api/v1/media/{}", media.id);
        Ok(Made::Media(Json(answer(&app, media)), location))
    }

    /// A file
    ///
    /// Needs the scope `media:read`.
    #[oai(path = "/media/:id", method = "get", operation_id = "get_media")]
    async fn get(&self, caller: Caller, id: Path<String>) -> Answer<Json<Media>> {
        caller.run("media:read", move |known| find(known, input::id_in_path(&id.0, "media")?).map(|media| answer(&known.app, media))).await.map(Json)
    }

    /// Remove a file
    ///
    /// Refused (409) while a post needs it. Needs the scope `media:write`.
    #[oai(path = "/media/:id", method = "delete", operation_id = "delete_media")]
    async fn delete(&self, caller: Caller, id: Path<String>) -> Answer<Removed> {
        caller
            .run("media:write", move |known| {
                let id = input::id_in_path(&id.0, "media")?;
                actions::media::remove(&known.app, known.actor(), known.workspace(), id, known.now)?;
                Ok(Removed::Done)
            })
            .await
    }
}

pub(super) fn find(known: &Known, id: MediaId) -> Answer<media::Media> {
    known.app.db.read(|db| media::in_workspace(db, known.workspace(), id))?.ok_or_else(|| Problem::not_found("media"))
}

fn answer(app: &App, media: media::Media) -> Media {
    Media {
        clears_at: actions::media::clears_at(app, &media),
        id: media.id.to_string(),
        kind: media.kind,
        mime: media.mime,
        bytes: media.bytes,
        width: media.width,
        height: media.height,
        duration_ms: media.duration_ms,
        state: media.state,
    }
}
