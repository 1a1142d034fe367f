//! Uploads: TikTok's chunks, Meta's resumable uploads, and files for the upload API. Bytes are hashed as they come.
//!
//! Always true: memory does not grow with an upload. TikTok keeps whole chunks only; Meta keeps every byte that arrived, also when
//! the connection breaks. A refused upload is read to its end before it is answered, so that the client can hear the answer.

use std::{sync::Arc, time::SystemTime};

use futures_util::{Stream, StreamExt};
use poem::{Request, Response, http::Method};

use super::{
    Record, after,
    answer::Answer,
    before,
    fetch::{self, Far},
    request::Ask,
};
use crate::{
    calls::foreign_parameter,
    facebook::videos::files,
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
    /// The same, but the bytes come from an address.
    ReelByUrl {
        id: String,
        sink: SharedSink,
        far: Far,
    },
    Container {
        id: String,
        sink: SharedSink,
    },
    ContainerByUrl {
        id: String,
        sink: SharedSink,
        far: Far,
    },
    File {
        id: String,
        sink: SharedSink,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    TikTok,
    Rupload,
    /// The Graph host itself: `POST /upload:{session}`.
    Files,
}

fn host(path: &str) -> Option<Host> {
    if path.starts_with("/tiktok/upload/") {
        return Some(Host::TikTok);
    }
    if path.starts_with("/facebook/upload/") {
        return Some(Host::Rupload);
    }
    let last = path.rsplit('/').next().map(super::params::decode)?;
    (path.starts_with("/facebook/graph/") && last.starts_with("upload:")).then_some(Host::Files)
}

pub fn is_upload(request: &Request) -> bool {
    match host(request.uri().path()) {
        Some(Host::Files) => request.method() == Method::POST,
        other => other.is_some(),
    }
}

fn name_of(world: &World, ask: &Ask, host: Host) -> (&'static str, Option<String>) {
    match host {
        Host::TikTok => tiktok::upload::name(world, ask),
        Host::Rupload => rupload::name(world, ask),
        Host::Files => files::name(world, ask),
    }
}

pub async fn life(shared: Arc<Shared>, request: Request) -> Response {
    let arrived = SystemTime::now();
    let ask = Ask::head(&request);
    let mut record = Record::new(&shared, "unknown", &ask, arrived);
    let host = host(&ask.path).unwrap_or(Host::Rupload);
    let fault = {
        let mut world = shared.world();
        let (name, account) = name_of(&world, &ask, host);
        record.call.name = name;
        record.call.account = account;
        let fault = world.faults.take(name, record.call.account.as_deref());
        record.call.fault = fault.as_ref().map(FaultKind::in_words);
        fault
    };
    record.call.undocumented = record.call.name == "unknown";
    if let Some(foreign) = (host == Host::TikTok).then(|| foreign_parameter(record.call.name, ask.query.names())).flatten() {
        record.call.undocumented = true;
        record.call.note = foreign;
    }
    if (host == Host::TikTok) && ask.header("authorization").is_some() {
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
        match host {
            Host::TikTok => tiktok::upload::begin(&mut world, &ask, now),
            Host::Rupload => rupload::begin(&mut world, &ask, now),
            Host::Files => files::begin(&mut world, &ask, now),
        }
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
    let fetched = match &mut target {
        Target::ReelByUrl { sink, far, .. } | Target::ContainerByUrl { sink, far, .. } => {
            let far = Far { url: std::mem::take(&mut far.url), ..*far };
            fetch::reach_politely(Arc::clone(&shared), far, sink.clone()).await
        }
        _ => Ok(()),
    };
    let answer = {
        let now = shared.clock.now();
        let mut world = shared.world();
        match target {
            Target::Chunk { publish_id, sink, length } => tiktok::upload::end(&mut world, &publish_id, sink, read == length, now),
            Target::Reel { id, .. } => rupload::end_reel(&mut world, &id, now),
            Target::ReelByUrl { id, .. } => rupload::end_by_url(&mut world, &id, fetched, now),
            Target::Container { id, .. } => rupload::end_container(&mut world, &id, now),
            Target::ContainerByUrl { id, .. } => rupload::end_container_by_url(&mut world, &id, fetched, now),
            Target::File { id, .. } => files::end(&mut world, &ask, &id, now),
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
            Target::Reel { sink, .. } | Target::Container { sink, .. } | Target::File { sink, .. } => sink.lock().write(kept),
            // A body beside an address is not looked at.
            Target::ReelByUrl { .. } | Target::ContainerByUrl { .. } => {}
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
