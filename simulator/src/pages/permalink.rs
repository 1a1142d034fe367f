//! The post behind a permalink, or the profile behind a handle.
//!
//! Always true: only what can be seen now has a page.

use super::{
    html::frame,
    post::{card, particulars, platform},
    tiktok,
};
use crate::world::{Now, World, visible::VisiblePost};

pub fn page(world: &World, path: &str, now: Now) -> Option<String> {
    // A draft has no page: its link is its creator's profile.
    if let Some(username) = path.strip_prefix("/tiktok/@").map(|rest| rest.trim_end_matches('/')).filter(|rest| !rest.contains('/')) {
        return tiktok::profile(world, username, now);
    }
    let posts = world.visible(now);
    let wanted = format!("{}{}", world.base, path);
    // Clients build TikTok's links by themselves, and a reel may be opened by its post.
    let same = |post: &&VisiblePost| post.permalink.trim_end_matches('/') == wanted.trim_end_matches('/');
    if let Some(post) = posts.iter().find(same) {
        let html = format!(
            "<div class=\"alone\"><h1 class=\"hidden\">A post on simulated {}</h1>{}<section class=\"panel\"><h2>Said with it</h2>{}</section></div>",
            platform(post.platform),
            card(world, post, now),
            particulars(post),
        );
        return Some(frame("A simulated post", "/simulator/posts", now, &html));
    }
    None
}
