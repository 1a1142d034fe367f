//! Bodies of `multipart/form-data`: texts, small files, and the one file that is too large for memory.
//!
//! Always true: what lies in memory is bounded, part by part; a whole video is hashed while it comes and its bytes are let go.

use poem::{
    FromRequest, Request, RequestBody,
    web::{Field, Multipart},
};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{answer::Answer, request::Ask};
use crate::world::sink::Sink;

/// Photos and chunks of videos are the largest things that lie in memory.
pub const MAX_BODY: usize = 24 << 20;

/// A file that came whole.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: String,
    pub bytes: Vec<u8>,
}

fn broken() -> Answer {
    Answer::empty(400).noted("broken multipart body")
}

pub fn too_large() -> Answer {
    Answer::html(413, "<html><body>413 Request Entity Too Large</body></html>".into())
}

/// Only a video in one call is streamed: its thumbnail and the chunks of others are small.
fn is_streamed(ask: &Ask, name: &str) -> bool {
    ask.is_whole_video() && !matches!(name, "thumb" | "video_file_chunk")
}

/// Adds the parts to what is asked. `largest` bounds the file that is streamed.
pub async fn read(ask: &mut Ask, request: &Request, body: &mut RequestBody, largest: u64) -> Result<(), Answer> {
    let mut form = Multipart::from_request(request, body).await.map_err(|_| broken())?;
    let mut room = MAX_BODY;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or("").to_owned();
        let is_file = field.file_name().is_some() || field.content_type().is_some_and(|kind| !kind.starts_with("text/"));
        if is_file && is_streamed(ask, &name) {
            ask.streamed = Some(stream(field.into_async_read(), largest).await?);
            continue;
        }
        let bytes = whole(field, room).await?;
        room = room.saturating_sub(bytes.len());
        if is_file {
            ask.files.push(Part { name, bytes });
        } else {
            ask.params.push(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}

async fn whole(field: Field, room: usize) -> Result<Vec<u8>, Answer> {
    let mut bytes = Vec::new();
    let mut reader = std::pin::pin!(field.into_async_read().take(room as u64 + 1));
    reader.read_to_end(&mut bytes).await.map_err(|_| broken())?;
    if bytes.len() > room { Err(too_large()) } else { Ok(bytes) }
}

async fn stream(reader: impl AsyncRead, largest: u64) -> Result<Sink, Answer> {
    let mut reader = std::pin::pin!(reader);
    let mut sink = Sink::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = reader.read(&mut buffer).await.map_err(|_| broken())?;
        if read == 0 {
            return Ok(sink);
        }
        sink.write(buffer.get(..read).unwrap_or(&[]));
        if sink.length() > largest {
            return Err(too_large());
        }
    }
}
