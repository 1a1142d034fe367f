//! The post behind a permalink, or the profile behind a handle.
//!
//! Always true: only what can be seen now has a page.

use super::{
    html::{avatar, escape, frame},
    post::{card, particulars, platform},
    posts::wall,
};
use crate::world::{Now, World, visible::VisiblePost};

pub fn page(world: &World, path: &str, now: Now) -> Option<String> {
    let posts = world.visible(now);
    let wanted = format!("{}{}", world.base, path);
    // Clients build TikTok's links by themselves, and a reel may be opened by its post.
    let same = |post: &&VisiblePost| post.permalink.trim_end_matches('/') == wanted.trim_end_matches('/');
    // A draft has no page: its link is that of its creator.
    if let Some(post) = posts.iter().filter(|post| !super::post::is_draft(post)).find(same) {
        let html = format!(
            "<div class=\"alone\"><h1 class=\"hidden\">A post on simulated {}</h1>{}<section class=\"panel\"><h2>Said with it</h2>{}</section></div>",
            platform(post.platform),
            card(world, post, now),
            particulars(post),
        );
        return Some(frame("A simulated post", "/simulator/posts", now, &html));
    }
    let username = path.strip_prefix("/tiktok/@")?.trim_end_matches('/');
    let creator = world.tiktok.creators.values().find(|creator| creator.username == username)?;
    let own: Vec<VisiblePost> = posts.iter().filter(|post| post.account_id == creator.open_id).cloned().collect();
    let html = format!(
        "<div class=\"profile\">{}<div><h1>{}</h1><p class=\"soft\">@{} on simulated TikTok</p></div></div>{}",
        avatar(&creator.open_id),
        escape(&creator.nickname),
        escape(username),
        wall(world, &own, 60, now),
    );
    Some(frame(&creator.nickname, "/simulator/accounts", now, &html))
}
