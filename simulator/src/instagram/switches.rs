//! The switches of Instagram alone: in which of the ways that were seen, or feared, Instagram behaves.
//!
//! Always true: the defaults are the strictest reading of the contract that a correct client passes.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct InstagramSwitches {
    /// How long a container says FINISHED after it was published.
    pub status_lag: Duration,
    /// How long a fresh medium answers 100/33 when its permalink is asked for.
    pub permalink_delay: Duration,
    /// The next fetches of images and videos fail with these subcodes, one each, such as 2207052 or 2207003.
    pub fetch_failures: Vec<u32>,
    /// The next containers whose media is in end in ERROR with these subcodes, one each.
    pub processing_failures: Vec<u32>,
    /// Videos without sound end in ERROR, as has been reported.
    pub silent_videos_fail: bool,
    /// Comments are held to 300 characters, 4 hashtags and 1 link, as older pages of Meta's say.
    pub comment_limits: bool,
    /// Instagram's own host leaves out `caption` and `media_product_type`.
    pub own_host_hides_captions: bool,
    /// A refresh answers the same token with a new end, else a new one.
    pub refresh_keeps_token: bool,
    /// Somebody else posts to the account right after each `media_publish`, whatever became of that call.
    pub others_post_too: bool,
}

impl Default for InstagramSwitches {
    fn default() -> InstagramSwitches {
        InstagramSwitches {
            status_lag: Duration::ZERO,
            permalink_delay: Duration::ZERO,
            fetch_failures: Vec::new(),
            processing_failures: Vec::new(),
            silent_videos_fail: false,
            comment_limits: true,
            own_host_hides_captions: false,
            refresh_keeps_token: false,
            others_post_too: false,
        }
    }
}
