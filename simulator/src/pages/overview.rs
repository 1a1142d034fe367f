//! The world at a glance.
//!
//! Always true: each part is the beginning of a page of its own.

use super::{
    accounts, calls, faults,
    html::{frame, section},
    posts::wall,
    uploads,
};
use crate::world::{Now, World};

const POSTS: usize = 9;
const CALLS: usize = 30;

pub fn page(world: &World, now: Now) -> String {
    let posts = world.visible(now);
    let odd = world.calls.iter().filter(|call| call.undocumented).count();
    let (running, uploads) = uploads::table(world, now, 6, true);
    let waiting = world.faults.waiting();
    let number = |value: usize, one: &str, many: &str, address: &str, tone: &str| {
        format!("<li class=\"{tone}\"><a href=\"{address}\"><b>{value}</b> {}</a></li>", if value == 1 { one } else { many })
    };
    let numbers = [
        number(posts.len(), "post to be seen", "posts to be seen", "/simulator/posts", ""),
        number(accounts::count(world), "account", "accounts", "/simulator/accounts", ""),
        number(running, "upload under way", "uploads under way", "/simulator/uploads", ""),
        number(world.calls.len(), "call", "calls", "/simulator/calls", ""),
        number(odd, "undocumented call", "undocumented calls", "/simulator/calls?only=undocumented", if odd > 0 { "bad" } else { "" }),
        number(waiting, "fault waits", "faults wait", "/simulator/faults", if waiting > 0 { "wait" } else { "" }),
    ];
    let mut html = format!("<h1>The world at a glance</h1><ul class=\"numbers\">{}</ul>", numbers.concat());
    html.push_str(&section("Newest posts", Some(("/simulator/posts", "All posts")), &wall(world, &posts, POSTS, now)));
    html.push_str("<div class=\"halves\">");
    html.push_str(&section("Uploads under way", Some(("/simulator/uploads", "All uploads")), &uploads));
    html.push_str(&section("Faults that wait", Some(("/simulator/faults", "Set a fault")), &format!("<div class=\"panel\">{}</div>", faults::waiting(world))));
    html.push_str("</div>");
    html.push_str(&section("Last calls", Some(("/simulator/calls", "All calls")), &calls::table(world, world.calls.iter().rev().take(CALLS), now)));
    html.push_str(&super::tiktok::events(world, now));
    html.push_str(&section("Accounts", Some(("/simulator/accounts", "With their settings")), &accounts::row(world)));
    frame("A simulated world", "/", now, &html)
}
