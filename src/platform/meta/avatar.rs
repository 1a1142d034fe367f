//! An account's picture: its address expires, so its bytes are fetched when the account is found.
//!
//! Invariant: a picture is a nicety. Whatever goes wrong here, the account is found without one.

use ureq::http::Method;

use crate::address::is_loopback;
use crate::platform::Avatar;
use crate::platform::http::{Body, Call, Http};

const MAX_BYTES: usize = 1024 * 1024;
const TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// Only over https; from this machine only when the platform itself is simulated here (`base_url`).
pub fn fetch(http: &Http, base_url: &str, url: &str) -> Option<Avatar> {
    let local = is_loopback(url);
    if local != is_loopback(base_url) || (!local && !url.starts_with("https://")) {
        return None;
    }
    let answer = http.send(Call { method: Method::GET, url, headers: &[], body: Body::Empty, visible: false }).ok()?;
    let mime = answer.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
    let fits = answer.status == 200 && (1..=MAX_BYTES).contains(&answer.body.len()) && TYPES.contains(&mime.as_str());
    fits.then_some(Avatar { mime, bytes: answer.body })
}
