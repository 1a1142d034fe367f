//! The bytes of a medium, as a browser asks for them: whole, or one range.
//!
//! Always true: what a file is follows from its bytes; nothing that came from outside is served as a page.

use crate::{
    http::{answer::Answer, request::Ask},
    world::{World, image},
};

pub fn show(world: &World, ask: &Ask, sha256: &str) -> Answer {
    let Some(bytes) = world.gallery.bytes(sha256) else {
        return Answer::empty(404);
    };
    let content_type = kind(&bytes);
    let range = ask.header("range").and_then(|range| bounds(range, bytes.len()));
    let answer = match range {
        None => Answer { content_type, body: bytes, ..Answer::empty(200) },
        Some((first, last)) => {
            let part = bytes.get(first..=last).unwrap_or(&[]).to_vec();
            let header = format!("bytes {first}-{last}/{}", bytes.len());
            Answer { content_type, body: part, ..Answer::empty(206) }.with("content-range", header)
        }
    };
    answer.with("accept-ranges", "bytes".into()).with("cache-control", "private, max-age=3600".into()).with("x-content-type-options", "nosniff".into())
}

/// The type of a file that begins so.
pub fn kind(head: &[u8]) -> &'static str {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "video/webm",
        head if image::is_video(head) && !image::is_modern(head) => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// `bytes=0-99`, `bytes=100-` or `bytes=-50` within a file that is not empty.
fn bounds(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first, last) {
        ("", last) => (length.saturating_sub(last.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stay_inside_the_file() {
        let cases =
            [("bytes=0-99", Some((0, 9))), ("bytes=3-", Some((3, 9))), ("bytes=-4", Some((6, 9))), ("bytes=10-", None), ("bytes=5-2", None), ("x", None)];
        for (range, expected) in cases {
            assert_eq!(bounds(range, 10), expected, "{range}");
        }
        assert_eq!(bounds("bytes=0-", 0), None);
    }
}
