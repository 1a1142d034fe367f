//! TikTok's pages: a creator's profile with posts and inbox, and the events that the app's webhook was sent.
//!
//! Always true: the profile shows what its creator sees; drafts are told apart from posts.

use super::{escape, frame, glance::table};
use crate::world::{Now, World, tiktok::Creator, visible::VisiblePost};

pub fn profile(world: &World, username: &str, now: Now) -> Option<String> {
    let creator = world.tiktok.creators.values().find(|creator| creator.username == username)?;
    let mut body = format!(
        "<div class=\"card\"><img src=\"{}\" alt=\"\" style=\"border-radius:50%\"><h1>{}</h1><p class=\"soft\">@{} · {}</p></div>",
        escape(&world.avatar_url(&creator.open_id)),
        escape(&creator.nickname),
        escape(username),
        facts(creator).join(" · "),
    );
    let theirs = world.visible(now).into_iter().rev().filter(|post| post.account_id == creator.open_id);
    let (drafts, posts): (Vec<VisiblePost>, Vec<VisiblePost>) = theirs.partition(|post| post.kind.starts_with("draft_"));
    for (title, list) in [("Inbox", drafts), ("Posts", posts)] {
        if !list.is_empty() {
            body.push_str(&format!("<h2>{title}</h2>"));
            list.iter().for_each(|post| body.push_str(&card(world, post)));
        }
    }
    Some(frame(&creator.nickname, "Simulated TikTok", false, &body))
}

fn facts(creator: &Creator) -> Vec<&'static str> {
    let said = [
        (creator.private, "private account"),
        (!creator.private, "public account"),
        (creator.comment_disabled, "no comments"),
        (creator.duet_disabled, "no duets"),
        (creator.stitch_disabled, "no stitches"),
        (creator.banned, "banned from posting"),
    ];
    said.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect()
}

fn card(world: &World, post: &VisiblePost) -> String {
    let mut out = String::from("<article class=\"card\">");
    for sha256 in &post.media_sha256 {
        let source = format!("{}/bytes/{sha256}", world.base);
        out.push_str(&match post.kind {
            "photos" | "draft_photos" => format!("<img src=\"{source}\" alt=\"\" style=\"max-width:100%\">"),
            _ => format!("<video src=\"{source}\" controls preload=\"metadata\" style=\"max-width:100%\"></video>"),
        });
    }
    if let Some(title) = post.details.get("title") {
        out.push_str(&format!("<h2>{}</h2>", escape(title)));
    }
    let mut notes: Vec<&str> = post.labels.iter().map(String::as_str).collect();
    notes.extend(post.details.get("privacy_level").map(String::as_str));
    out.push_str(&format!(
        "<p>{}</p><p class=\"soft\"><a href=\"{}\">{} UTC</a> {}</p></article>",
        escape(&post.caption).replace('\n', "<br>"),
        escape(&post.permalink),
        post.at.format("%Y-%m-%d %H:%M:%S"),
        escape(&notes.join(" · ")),
    ));
    out
}

/// What was sent, the latest first.
pub fn events(world: &World) -> String {
    let rows = world.tiktok.delivered.iter().rev().take(50).map(|delivery| {
        let status = if delivery.status == 0 { "no answer".to_owned() } else { delivery.status.to_string() };
        vec![delivery.at.format("%H:%M:%S").to_string(), delivery.event.to_owned(), status, format!("<code>{}</code>", escape(&delivery.body))]
    });
    table(&["Time", "Event", "Answer", "Body"], rows.collect())
}
