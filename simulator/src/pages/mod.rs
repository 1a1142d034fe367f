//! What people see of the world: consent pages, the world itself, and the pages behind permalinks.
//!
//! Always true: every page says at its top that it is simulated; everything foreign is escaped; pages need no script and load nothing from
//! elsewhere. Reading a page changes nothing; forms are sent by POST and only from these pages.

mod accounts;
mod act;
mod bytes;
mod calls;
pub mod consent;
mod faults;
mod html;
mod medium;
mod overview;
mod permalink;
mod post;
mod posts;
mod switches;
mod tiktok;
mod uploads;

pub use act::act;
pub use html::{escape, plain};

use crate::{
    http::{answer::Answer, request::Ask, route::nothing_here},
    world::{Now, World, image::avatar},
};

const STYLE: &str = include_str!("style.css");
/// What a page may load and where its forms may go. A consent page's form leads on to the client.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The simulator's own addresses: the world, pictures, and what permalinks lead to.
pub fn show(world: &mut World, ask: &Ask, now: Now) -> Answer {
    let page = match ask.segments().as_slice() {
        [] => overview::page(world, now),
        ["simulator", "posts"] => posts::page(world, ask, now),
        ["simulator", "accounts"] => accounts::page(world, now),
        ["simulator", "uploads"] => uploads::page(world, now),
        ["simulator", "calls"] => calls::page(world, ask, now),
        ["simulator", "faults"] => faults::page(world, now),
        ["simulator", "style.css"] => return Answer::text(200, "text/css; charset=utf-8", STYLE.into()).with("cache-control", "max-age=60".into()),
        ["avatars", file] => return picture(file.strip_suffix(".png").unwrap_or(file)),
        ["bytes", sha256] => return bytes::show(world, ask, sha256),
        ["p", ..] | ["tiktok", ..] => match permalink::page(world, &ask.path, now) {
            Some(page) => page,
            None => return secured(Answer::html(404, plain("Not here", "<h1>Nothing to see here</h1><p><a href=\"/\">The simulated world</a></p>")), true),
        },
        _ => return nothing_here(world, ask, now),
    };
    secured(Answer::html(200, page), true)
}

/// Pages of ours take forms back to us alone.
pub fn secured(answer: Answer, own: bool) -> Answer {
    let policy = if own { format!("{POLICY}; form-action 'self'") } else { POLICY.to_owned() };
    answer.with("content-security-policy", policy).with("referrer-policy", "same-origin".into()).with("x-content-type-options", "nosniff".into())
}

fn picture(seed: &str) -> Answer {
    Answer { content_type: "image/png", body: avatar(seed), ..Answer::empty(200) }.with("cache-control", "max-age=3600".into())
}
