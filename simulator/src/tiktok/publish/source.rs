//! `source_info`: bytes that will be uploaded, or addresses that TikTok pulls.
//!
//! Always true: the two ways do not mix, and a URL that is not the app's own is refused after everything that is wrong with its shape.

use serde_json::Value;

use super::{
    body::{Fields, count, only},
    chunks,
};
use crate::{
    clock::delta,
    http::request::Ask,
    tiktok::{error::Refusal, property},
    world::{
        World,
        sink::SharedSink,
        tiktok::{
            Source,
            task::{Pull, Upload},
        },
    },
};

const UPLOAD: &[&str] = &["source", "video_size", "chunk_size", "total_chunk_count"];
const PULL: &[&str] = &["source", "video_url"];
const PHOTOS: &[&str] = &["source", "photo_images", "photo_cover_index"];
const MOST_PHOTOS: usize = 35;

fn incorrect() -> Refusal {
    Refusal::params("The request source info is empty or incorrect")
}

fn source_info(ask: &Ask) -> Option<&Value> {
    ask.json.as_ref()?.get("source_info")
}

/// Which way it is, before its other fields are looked at.
fn way(ask: &Ask) -> &str {
    source_info(ask).and_then(|info| info.get("source")?.as_str()).unwrap_or("")
}

pub fn video(world: &mut World, ask: &Ask) -> Result<Source, Refusal> {
    match way(ask) {
        "FILE_UPLOAD" => {
            let fields = only(world, source_info(ask), UPLOAD, "source info")?;
            let (size, chunk_size, chunks) = (count(fields, "video_size")?, count(fields, "chunk_size")?, count(fields, "total_chunk_count")?);
            chunks::check(size, chunk_size, chunks)?;
            let token = world.mystery(36);
            Ok(Source::Upload(Upload { size, chunk_size, chunks, token, sink: SharedSink::default(), received: 0 }))
        }
        "PULL_FROM_URL" => {
            let fields = only(world, source_info(ask), PULL, "source info")?;
            let url = fields.get("video_url").and_then(Value::as_str).ok_or_else(incorrect)?;
            pull(world, vec![url.to_owned()])
        }
        _ => Err(incorrect()),
    }
}

/// The addresses of the pictures, and which of them is the cover.
pub fn photos(world: &mut World, ask: &Ask) -> Result<(Source, u64), Refusal> {
    if way(ask) != "PULL_FROM_URL" {
        return Err(incorrect());
    }
    let fields = only(world, source_info(ask), PHOTOS, "source info")?;
    let urls = images(fields).ok_or_else(incorrect)?;
    let cover = count(fields, "photo_cover_index")?;
    if usize::try_from(cover).map_or(true, |cover| cover >= urls.len()) {
        return Err(Refusal::params("The photo cover index is invalid"));
    }
    Ok((pull(world, urls)?, cover))
}

fn images(fields: &Fields) -> Option<Vec<String>> {
    let images = fields.get("photo_images")?.as_array()?;
    let urls: Option<Vec<String>> = images.iter().map(|url| url.as_str().map(str::to_owned)).collect();
    urls.filter(|urls| (1..=MOST_PHOTOS).contains(&urls.len()))
}

fn pull(world: &World, urls: Vec<String>) -> Result<Source, Refusal> {
    if !urls.iter().all(|url| property::is_address(url)) {
        return Err(incorrect());
    }
    if !urls.iter().all(|url| property::owned(&world.settings.tiktok, url)) {
        return Err(Refusal::unowned());
    }
    Ok(Source::Pull(Pull { urls, takes: delta(world.settings.tiktok.pull_takes), downloaded: 0 }))
}
