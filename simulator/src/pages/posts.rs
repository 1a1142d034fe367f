//! All posts that can be seen, newest first, of one platform where that is asked.
//!
//! Always true: what is shown is what `Simulator::posts` gives, except that there is a bound to how many.

use super::{
    html::{escape, frame, nothing},
    post::{card, platform},
};
use crate::{
    http::request::Ask,
    world::{Now, World, visible::VisiblePost},
};

const MOST: usize = 120;

/// The cards of some posts, newest first.
pub fn wall(world: &World, posts: &[VisiblePost], most: usize, now: Now) -> String {
    if posts.is_empty() {
        return nothing("Nothing has been posted yet.");
    }
    let cards: String = posts.iter().rev().take(most).map(|post| card(world, post, now)).collect();
    format!("<div class=\"wall\">{cards}</div>")
}

pub fn page(world: &World, ask: &Ask, now: Now) -> String {
    let wanted = ask.query.text("platform");
    let all = world.visible(now);
    let count = |name: &str| all.iter().filter(|post| post.platform == name).count();
    let pill = |name: &str, title: &str, count: usize| {
        let current = if wanted == name { " aria-current=\"true\"" } else { "" };
        let query = if name.is_empty() { String::new() } else { format!("?platform={name}") };
        format!("<a href=\"/simulator/posts{query}\"{current}>{} <b>{count}</b></a>", escape(title))
    };
    let pills: String = ["tiktok", "facebook", "instagram"].iter().map(|name| pill(name, platform(name), count(name))).collect();
    let shown: Vec<VisiblePost> = all.iter().filter(|post| wanted.is_empty() || post.platform == wanted).cloned().collect();
    let more = if shown.len() > MOST { format!("<p class=\"soft\">The newest {MOST} of {}.</p>", shown.len()) } else { String::new() };
    let html = format!(
        "<h1>Posts</h1><p class=\"lead\">What a visitor sees now; drafts are seen by their creator alone.</p>\
         <nav class=\"pills\" aria-label=\"Platforms\">{}{pills}</nav>{more}{}",
        pill("", "All", all.len()),
        wall(world, &shown, MOST, now),
    );
    frame("Posts in the simulated world", "/simulator/posts", now, &html)
}
