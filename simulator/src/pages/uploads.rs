//! What is on its way to the platforms: TikTok's tasks, Pages' videos and photos, Instagram's containers.
//!
//! Always true: newest first; each says what it is, how far its bytes are, and what will become of it.

use super::html::{bytes, chip, escape, frame, nothing, owner, time};
use crate::world::{
    Now, World,
    facebook::VideoKind,
    instagram::{Kind, Status},
    tiktok::{Source, Stage},
};

struct Line {
    what: String,
    id: String,
    account: String,
    at: Now,
    has: u64,
    of: Option<u64>,
    tone: &'static str,
    state: String,
    why: String,
}

impl Line {
    fn under_way(&self) -> bool {
        self.tone == "wait"
    }
}

fn tiktok(world: &World, now: Now) -> impl Iterator<Item = Line> {
    world.tiktok.tasks.values().map(move |task| {
        let (tone, state) = match task.stage(now) {
            Stage::Uploading if task.url_expired(now) => ("quiet", "given up".to_owned()),
            Stage::Uploading => ("wait", "uploading".to_owned()),
            Stage::Downloading => ("wait", "being fetched".to_owned()),
            Stage::Processing => ("wait", "processing".to_owned()),
            Stage::Failed(reason) => ("bad", reason.to_owned()),
            Stage::Inbox => ("good", "in the inbox".to_owned()),
            Stage::Published { .. } => ("good", "published".to_owned()),
        };
        let (has, of) = match &task.source {
            Source::Upload(upload) => (upload.received, Some(upload.size)),
            Source::Pull(pull) => (pull.downloaded, None),
        };
        let what = format!("TikTok {}", task.form.name().replace('_', " "));
        Line { what, id: task.publish_id.clone(), account: task.open_id.clone(), at: task.created, has, of, tone, state, why: String::new() }
    })
}

fn facebook(world: &World, now: Now) -> impl Iterator<Item = Line> {
    world.facebook.videos.values().map(move |video| {
        let failures = video.uploaded.as_ref().map(|uploaded| uploaded.failures.as_slice()).unwrap_or_default();
        let live = video.live_since().is_some_and(|at| at <= now);
        let processed = video.uploaded.as_ref().is_some_and(|uploaded| uploaded.processed <= now);
        let (tone, state) = match () {
            () if !failures.is_empty() => ("bad", "refused"),
            () if live => ("good", "published"),
            () if video.expired(now) => ("quiet", "given up"),
            () if video.uploaded.is_none() => ("wait", "uploading"),
            () if !processed => ("wait", "processing"),
            () => ("wait", "waits for its last call"),
        };
        let what = match video.kind {
            VideoKind::Video => "Facebook video",
            VideoKind::Reel => "Facebook reel",
            VideoKind::Story => "Facebook story",
        };
        Line {
            what: what.into(),
            id: video.id.clone(),
            account: video.page.clone(),
            at: video.created,
            has: video.sink.lock().length(),
            of: video.size,
            tone,
            state: state.into(),
            why: failures.iter().map(|failure| format!("{} {}", failure.code, failure.message)).collect::<Vec<_>>().join("; "),
        }
    })
}

fn instagram(world: &World, now: Now) -> impl Iterator<Item = Line> {
    world.instagram.containers.values().map(move |container| {
        let (tone, state) = match container.status(now, now) {
            Status::InProgress => ("wait", "in progress".to_owned()),
            Status::Finished => ("wait", "ready to be published".to_owned()),
            Status::Error(subcode) => ("bad", format!("error {subcode}")),
            Status::Expired => ("quiet", "expired".to_owned()),
            Status::Published => ("good", "published".to_owned()),
        };
        let what = match container.content.kind {
            Kind::Image => "Instagram image",
            Kind::Reel => "Instagram reel",
            Kind::StoryImage | Kind::StoryVideo => "Instagram story",
            Kind::ItemImage | Kind::ItemVideo => "Instagram carousel item",
            Kind::Carousel => "Instagram carousel",
        };
        let children = container.content.children.len();
        let why = if children > 0 { format!("{children} items") } else { container.why.clone() };
        Line {
            what: what.into(),
            id: container.id.clone(),
            account: container.account.clone(),
            at: container.created,
            has: container.sink.lock().length(),
            of: container.size,
            tone,
            state,
            why,
        }
    })
}

fn progress(line: &Line) -> String {
    match line.of {
        Some(of) if line.has < of => {
            format!("<progress max=\"{of}\" value=\"{}\"></progress><span>{} of {}</span>", line.has, bytes(line.has), bytes(of))
        }
        Some(of) => format!("<span>{}</span>", bytes(of)),
        None if line.has > 0 => format!("<span>{}</span>", bytes(line.has)),
        None => String::new(),
    }
}

/// How many are under way, and the table.
pub fn table(world: &World, now: Now, most: usize, only_under_way: bool) -> (usize, String) {
    let mut lines: Vec<Line> = tiktok(world, now).chain(facebook(world, now)).chain(instagram(world, now)).collect();
    let running = lines.iter().filter(|line| line.under_way()).count();
    if only_under_way {
        lines.retain(Line::under_way);
    }
    lines.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let row = |line: &Line| {
        format!(
            "<tr><td>{}</td><td><b>{}</b><code>{}</code></td><td>{}</td><td class=\"progress\">{}</td><td>{} <span class=\"soft\">{}</span></td></tr>",
            time(line.at, now),
            escape(&line.what),
            escape(&line.id),
            escape(&owner(world, &line.account).0),
            progress(line),
            chip(line.tone, &line.state),
            escape(&line.why),
        )
    };
    let rows: String = lines.iter().take(most).map(row).collect();
    if rows.is_empty() {
        return (running, nothing(if only_under_way { "Nothing is under way." } else { "Nothing was uploaded yet." }));
    }
    let html = format!(
        "<div class=\"scroll\"><table class=\"uploads\"><thead><tr><th>Begun</th><th>What</th><th>For</th><th>Bytes</th><th>State</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    );
    (running, html)
}

pub fn page(world: &World, now: Now) -> String {
    let (running, table) = table(world, now, 200, false);
    let html = format!("<h1>Uploads</h1><p class=\"lead\">Uploads and containers, newest first. {running} under way: nobody sees these yet.</p>{table}");
    frame("Uploads in the simulated world", "/simulator/uploads", now, &html)
}
