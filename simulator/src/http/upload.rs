//! Uploads: TikTok's chunks, and Meta's resumable uploads. Bytes are hashed as they come.
//!
//! Always true: memory does not grow with an upload. TikTok keeps whole chunks only; Meta keeps every byte that arrived, also when
//! the connection breaks. A refused upload is read to its end before it is answered, so that the client can hear the answer.

use std::{sync::Arc, time::SystemTime};

use futures_util::{Stream, StreamExt};
use poem::{Request, Response};

use super::{Record, after, answer::Answer, before, request::Ask};
use crate::{
    calls::foreign_parameter,
    fault::FaultKind,
    graph::rupload,
    running::Shared,
    tiktok,
    world::{
        World,
        sink::{SharedSink, Sink},
    },
};

/// Where the bytes of one call go.
#[derive(Debug)]
pub enum Target {
    /// A copy that becomes the task's own when the chunk is whole.
    Chunk {
        publish_id: String,
        sink: Box<Sink>,
        length: u64,
    },
    Reel {
        id: String,
        sink: SharedSink,
    },
    Container {
        id: String,
        sink: SharedSink,
    },
}

pub fn is_upload(path: &str) -> bool {
    path.starts_with("/tiktok/upload/") || path.starts_with("/facebook/upload/")
}

fn is_tiktok(ask: &Ask) -> bool {
    ask.path.starts_with("/tiktok/")
}

fn name_of(world: &World, ask: &Ask) -> (&'static str, Option<String>) {
    if is_tiktok(ask) { tiktok::upload::name(world, ask) } else { rupload::name(world, ask) }
}

pub async fn life(shared: Arc<Shared>, request: Request) -> Response {
    let arrived = SystemTime::now();
    let ask = Ask::head(&request);
    let mut record = Record::new(&shared, "unknown", &ask, arrived);
    let fault = {
        let mut world = shared.world();
        let (name, account) = name_of(&world, &ask);
        record.call.name = name;
        record.call.account = account;
        world.faults.take(name, record.call.account.as_deref())
    };
    record.call.undocumented = record.call.name == "unknown";
    if let Some(foreign) = is_tiktok(&ask).then(|| foreign_parameter(record.call.name, ask.query.names())).flatten() {
        record.call.undocumented = true;
        record.call.note = foreign;
    }
    if is_tiktok(&ask) && ask.header("authorization").is_some() {
        // The URL is signed; a token has no business there.
        record.call.undocumented = true;
        record.call.note = "Authorization on a signed upload URL".into();
    }
    let mut stream = Box::pin(request.into_body().into_bytes_stream());
    if let Some(answer) = before(&shared, &mut record, &fault).await {
        drain(&mut stream).await;
        return record.answer(&shared, answer);
    }
    let begun = {
        let now = shared.clock.now();
        let mut world = shared.world();
        if is_tiktok(&ask) { tiktok::upload::begin(&mut world, &ask, now) } else { rupload::begin(&mut world, &ask, now) }
    };
    let mut target = match begun {
        Ok(target) => target,
        Err(answer) => {
            drain(&mut stream).await;
            record.call.last_byte = SystemTime::now();
            return after(&shared, record, fault, answer).await;
        }
    };
    let limit = match &fault {
        Some(FaultKind::BreakBody { after }) => *after,
        _ => u64::MAX,
    };
    let (read, whole) = fill(&mut stream, &mut target, limit).await;
    record.call.last_byte = SystemTime::now();
    let answer = {
        let now = shared.clock.now();
        let mut world = shared.world();
        match target {
            Target::Chunk { publish_id, sink, length } => tiktok::upload::end(&mut world, &publish_id, sink, read == length, now),
            Target::Reel { id, .. } => rupload::end_reel(&mut world, &id, now),
            Target::Container { id, .. } => rupload::end_container(&mut world, &id, now),
        }
    };
    if !whole {
        record.drop_connection(&shared);
    }
    after(&shared, record, fault, answer).await
}

/// Reads up to `limit` bytes into the target: how many came, and whether the body ended well.
async fn fill<B: AsRef<[u8]>>(stream: &mut (impl Stream<Item = std::io::Result<B>> + Unpin), target: &mut Target, limit: u64) -> (u64, bool) {
    let mut read = 0u64;
    while let Some(piece) = stream.next().await {
        let Ok(piece) = piece else {
            return (read, false);
        };
        let piece = piece.as_ref();
        let room = usize::try_from(limit.saturating_sub(read)).unwrap_or(usize::MAX);
        let kept = piece.get(..room.min(piece.len())).unwrap_or(&[]);
        match target {
            Target::Chunk { sink, .. } => sink.write(kept),
            Target::Reel { sink, .. } | Target::Container { sink, .. } => sink.lock().write(kept),
        }
        read = read.saturating_add(u64::try_from(kept.len()).unwrap_or(u64::MAX));
        if kept.len() < piece.len() || read >= limit {
            return (read, limit == u64::MAX);
        }
    }
    (read, true)
}

async fn drain<B>(stream: &mut (impl Stream<Item = std::io::Result<B>> + Unpin)) {
    while let Some(Ok(_)) = stream.next().await {}
}

/// For answers that are only a status, as TikTok's upload host gives them.
pub fn bare(status: u16, note: &str) -> Answer {
    Answer::empty(status).noted(note)
}
