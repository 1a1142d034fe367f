//! TikTok's own pages: a creator's profile with posts and inbox, and the events that the app's webhook was sent.
//!
//! Always true: the profile shows what its creator sees; drafts are told apart from posts.

use super::{
    html::{avatar, chip, escape, frame, section, time},
    posts::wall,
};
use crate::world::{Now, World, tiktok::Creator, visible::VisiblePost};

const MOST: usize = 60;

pub fn profile(world: &World, username: &str, now: Now) -> Option<String> {
    let creator = world.tiktok.creators.values().find(|creator| creator.username == username)?;
    let theirs = world.visible(now).into_iter().filter(|post| post.account_id == creator.open_id);
    let (drafts, posts): (Vec<VisiblePost>, Vec<VisiblePost>) = theirs.partition(super::post::is_draft);
    let inbox = if drafts.is_empty() { String::new() } else { section("Inbox", None, &wall(world, &drafts, MOST, now)) };
    let html = format!(
        "<div class=\"profile\">{}<div><h1>{}</h1><p class=\"soft\">@{} on simulated TikTok</p><p class=\"chips\">{}</p></div></div>{inbox}{}",
        avatar(&creator.open_id),
        escape(&creator.nickname),
        escape(username),
        facts(creator).iter().map(|(tone, fact)| chip(tone, fact)).collect::<String>(),
        section("Posts", None, &wall(world, &posts, MOST, now)),
    );
    Some(frame(&creator.nickname, "/simulator/accounts", now, &html))
}

fn facts(creator: &Creator) -> Vec<(&'static str, &'static str)> {
    let said = [
        (creator.private, "wait", "private account"),
        (!creator.private, "good", "public account"),
        (creator.comment_disabled, "quiet", "no comments"),
        (creator.duet_disabled, "quiet", "no duets"),
        (creator.stitch_disabled, "quiet", "no stitches"),
        (creator.banned, "bad", "banned from posting"),
    ];
    said.into_iter().filter(|(is, ..)| *is).map(|(_, tone, words)| (tone, words)).collect()
}

/// What was sent, the latest first; nothing where nothing was.
pub fn events(world: &World, now: Now) -> String {
    if world.tiktok.delivered.is_empty() {
        return String::new();
    }
    let rows = world.tiktok.delivered.iter().rev().take(50).map(|delivery| {
        let answer = match delivery.status {
            0 => chip("bad", "none"),
            status @ 200..300 => chip("good", &status.to_string()),
            status => chip("wait", &status.to_string()),
        };
        format!(
            "<tr><td>{}</td><td><b>{}</b><code>{}</code></td><td>{answer}</td></tr>",
            time(delivery.at, now),
            escape(delivery.event),
            escape(&delivery.body)
        )
    });
    let table = format!(
        "<div class=\"scroll\"><table><thead><tr><th>Time</th><th>Event</th><th>Answer</th></tr></thead><tbody>{}</tbody></table></div>",
        rows.collect::<String>()
    );
    section("TikTok's events", None, &table)
}
