//! Videos by URL, as Instagram fetches them: behind an answer that was already given, in ranges.
//!
//! Always true: a host that does not answer ranges is no host for videos; a fetch is bounded in size, and whoever looks at its container
//! waits for it.

use std::{io::Read, sync::Arc};

use serde_json::Value;

use super::fetch::{Miss, content_type, copy, miss, permitted};
use crate::{
    instagram,
    running::Shared,
    world::{World, sink::SharedSink},
};

const PIECE: u64 = 4 << 20;

/// A container made with `video_url`: its bytes come later, as at Instagram.
pub fn begin(shared: &Arc<Shared>, world: &mut World, made: &Value) {
    let Some(id) = made.get("id").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    let Some(container) = world.instagram.containers.get_mut(&id) else {
        return;
    };
    let (Some(url), sink) = (container.pull.take(), container.sink.clone()) else {
        return;
    };
    shared.pulls.change(1);
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || {
        let outcome = permitted(&shared.agent, &url).and_then(|()| in_pieces(&shared.agent, &url, &sink));
        let now = shared.clock.now();
        let mut world = shared.world();
        instagram::video::arrived(&mut world, &id, &sink, outcome, now);
        drop(world);
        shared.pulls.change(-1);
    });
}

/// One range after the other. A host that does not know ranges is refused, as Instagram refuses it.
fn in_pieces(agent: &ureq::Agent, url: &str, sink: &SharedSink) -> Result<(), Miss> {
    let mut at = 0u64;
    loop {
        let last = at + PIECE - 1;
        let answer = agent.get(url).header("range", format!("bytes={at}-{last}")).call().map_err(|error| miss(&error))?;
        match answer.status().as_u16() {
            206 => {}
            200 => return Err(Miss::NoRange),
            other => return Err(Miss::Unreachable(format!("answered {other}"))),
        }
        let kind = content_type(&answer);
        if !kind.starts_with("video/") && kind != "application/octet-stream" {
            return Err(Miss::Unreachable(format!("not a video but {kind}")));
        }
        let range = answer.headers().get("content-range").and_then(|range| range.to_str().ok()).and_then(content_range);
        let Some((first, end, total)) = range.filter(|range| range.0 == at && range.1 >= at && range.1 <= last && range.1 < range.2) else {
            return Err(Miss::NoRange);
        };
        let before = sink.lock().length();
        copy(answer.into_body().into_reader().take(end - first + 1), sink)?;
        let length = sink.lock().length();
        if length - before != end - first + 1 {
            return Err(Miss::Unreachable("a range was cut short".into()));
        }
        at = end + 1;
        if at >= total || length > instagram::video::LARGEST {
            return Ok(());
        }
    }
}

/// `bytes 0-99/1000`
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()?))
}
