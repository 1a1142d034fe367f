//! Pictures and videos of a post, from the world's own bytes.
//!
//! Always true: a medium whose bytes are not kept is said to be one; nothing is loaded from anywhere else.

use super::{bytes::kind, html::escape};
use crate::world::{World, visible::VisiblePost};

/// How the media of a post lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    One,
    /// To be pushed sideways, with places to stop at.
    Strip,
    /// Side by side, as Pages show photos.
    Tiles,
}

/// The most tiles that are shown; the last one says how many more there are.
const TILES: usize = 4;

pub fn gallery(world: &World, post: &VisiblePost) -> String {
    let count = post.media_sha256.len();
    let layout = match (count, post.platform) {
        (0, _) => return String::new(),
        (1, _) => Layout::One,
        (_, "facebook") => Layout::Tiles,
        _ => Layout::Strip,
    };
    let cover = post.details.get("cover_sha256").map(String::as_str);
    let alt = |index: usize| post.alt_texts.get(index).map_or("", String::as_str);
    let media = || post.media_sha256.iter().enumerate().map(|(index, sha256)| one(world, sha256, cover, alt(index)));
    match layout {
        Layout::One => format!("<div class=\"media\">{}</div>", media().collect::<String>()),
        Layout::Strip => {
            let cells: String = media().enumerate().map(|(index, html)| format!("<li>{html}<span class=\"index\">{}/{count}</span></li>", index + 1)).collect();
            format!("<ul class=\"media strip\" tabindex=\"0\" aria-label=\"{count} media, in order\">{cells}</ul>")
        }
        Layout::Tiles => {
            let shown = count.min(TILES);
            let more =
                |index: usize| if index + 1 == TILES && count > TILES { format!("<span class=\"more\">+{}</span>", count - TILES) } else { String::new() };
            let cells: String = media().take(TILES).enumerate().map(|(index, html)| format!("<li>{html}{}</li>", more(index))).collect();
            format!("<ul class=\"media tiles n{shown}\">{cells}</ul>")
        }
    }
}

fn one(world: &World, sha256: &str, cover: Option<&str>, alt: &str) -> String {
    let Some(head) = world.gallery.head(sha256) else {
        let short = sha256.get(..12).unwrap_or("unknown");
        return format!("<div class=\"absent\"><span>These bytes are not kept</span><code>{}</code></div>", escape(short));
    };
    let address = format!("/bytes/{}", escape(sha256));
    if kind(&head).starts_with("image/") {
        return format!("<img src=\"{address}\" alt=\"{}\" loading=\"lazy\">", escape(alt));
    }
    // Without a cover of its own, a moment of the video is one.
    let (moment, poster) = match cover {
        Some(cover) => ("", format!(" poster=\"/bytes/{}\"", escape(cover))),
        None => ("#t=0.1", String::new()),
    };
    format!("<video src=\"{address}{moment}\" controls playsinline preload=\"metadata\"{poster}></video>")
}

/// The texts for those who do not see the media.
pub fn descriptions(post: &VisiblePost) -> String {
    let described = post.alt_texts.iter().enumerate().filter(|(_, text)| !text.is_empty());
    let items: String = described.map(|(index, text)| format!("<li value=\"{}\">{}</li>", index + 1, escape(text))).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("<details class=\"alt\"><summary>Alt text</summary><ol>{items}</ol></details>")
}
