//! Photos: handing their addresses over, and settling a hand-over whose answer was lost (tiktok.md §5.4, §10).
//!
//! Always true: from the call on TikTok fetches the photos by itself, so that the call is never repeated while it may have made a post. It cannot
//! have made one if nobody had asked for the addresses it gave away before they were closed for good; each repetition gives away new ones. A post
//! is recognised by its caption and its time together, and only if exactly one fits.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::check::{Options, PUBLIC, has_scope, is_draft};
use super::watch::{AT_MOST, Sent, permalink};
use super::wire::Video;
use super::{Progress, Tiktok, chosen_options, growing, held, pause};
use crate::kind::Kind;
use crate::platform::{ErrorClass, PlatformError, Published, Settled, Step, Work};

/// Calls without an answer that certainly came to nothing, before the job fails: about an hour of them.
const MAX_LOST: u32 = 16;
/// Pages of twenty posts that are looked through. Who posts more than that after the call cannot be told apart from it.
const MAX_PAGES: usize = 5;
/// How long a post that fits is doubted while other jobs' posts have no id yet: it may be one of theirs, which TikTok shows before it names it.
const NAMED_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// What TikTok leaves of a caption in its list of posts.
const CUT: usize = 150;

/// Photos that are ready to be handed over, or may have been.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HandOver {
    pub creator: String,
    /// Calls without an answer whose addresses were closed before anybody asked for one.
    pub lost: u32,
    /// The pause before the next call is over when it is looked at again.
    pub resting: bool,
    /// Looks for the post of a call whose addresses were asked for.
    pub looks: u32,
}

impl HandOver {
    pub(super) fn new(creator: String) -> HandOver {
        HandOver { creator, ..HandOver::default() }
    }
}

impl Tiktok {
    pub(super) fn hand_over(&self, work: &Work<'_>, photos: HandOver) -> Result<Step<Progress>, PlatformError> {
        if photos.lost >= MAX_LOST {
            let message = format!("TikTok gave no clear answer {} times. Nothing was posted: it never fetched a photo.", photos.lost);
            return Err(held("no_answer", message, "Retry when TikTok answers again."));
        }
        let content = work.content;
        let options = chosen_options(content)?;
        let Some(addresses) = content.media.iter().map(|item| item.public_url.as_deref()).collect::<Option<Vec<_>>>() else {
            let message = "TikTok fetches photos itself, and this installation has no public address.";
            return Err(held("needs_public_address", message, "Set server.public_url to an https address that can be reached from outside, and retry."));
        };
        let mut body = json!({
            "media_type": "PHOTO",
            "post_mode": if is_draft(content.kind) { "MEDIA_UPLOAD" } else { "DIRECT_POST" },
            "post_info": options.photo_info(&content.caption, is_draft(content.kind)),
            "source_info": { "source": "PULL_FROM_URL", "photo_images": addresses, "photo_cover_index": options.photo_cover_index },
        });
        // Older versions of the API do not know it.
        if let (true, Some(fields)) = (options.is_aigc, body.as_object_mut()) {
            fields.insert("is_aigc".into(), json!(true));
        }
        let accepted = self.init_photos(&work.access.token, &body, work.now)?;
        let sent = Sent::new(accepted.publish_id, photos.creator, work.now);
        Ok(Step::Wait(Progress::Processing(sent), work.now + pause(0, TimeDelta::zero())))
    }

    /// The call may have acted. Without the number that its answer held, TikTok has no call that tells what became of it.
    pub(super) fn settle_photos(&self, work: &Work<'_>, mut photos: HandOver) -> Result<Settled<Progress>, PlatformError> {
        if work.addresses_closed {
            if photos.resting || photos.lost == 0 {
                photos.lost += u32::from(!photos.resting);
                photos.resting = false;
                return Ok(Settled::Continue(Progress::Photos(photos)));
            }
            photos.lost += 1;
            photos.resting = true;
            let until = work.now + growing(photos.lost);
            return Ok(Settled::LookAgain(Progress::Photos(photos), until));
        }
        let options = chosen_options(work.content)?;
        let since = match recognisable(work, &options) {
            Ok(since) => since,
            Err(known) => return Ok(Settled::Unknown(known.to_owned())),
        };
        let found = match self.posts_since(work, since) {
            Ok(posts) => posts.into_iter().filter(|post| is_the_post(post, work, since)).collect::<Vec<_>>(),
            // Asking for the list is optional: an account is not held back because the permission for it is gone.
            Err(e) if matches!(e.code.as_str(), "scope_not_authorized" | "scope_permission_missed") => return Ok(Settled::Unknown(NO_PERMISSION.to_owned())),
            Err(e) if matches!(e.class, ErrorClass::NeedsReconnect | ErrorClass::RateLimited { .. }) => return Err(e),
            Err(e) => return Err(PlatformError { class: ErrorClass::Transient, ..e }),
        };
        let waited = work.now - since;
        let is_named = |id: &String| id.bytes().all(|b| b.is_ascii_digit());
        let doubted = waited < NAMED_WITHIN && !work.taken.iter().all(is_named);
        match found.as_slice() {
            [post] if !doubted => {
                let permalink = permalink(work.content.kind, &photos.creator, &post.id);
                Ok(Settled::Published(Published { remote_id: Some(post.id.clone()), permalink, follow: None }))
            }
            [] | [_] if waited < AT_MOST => {
                let until = (work.now + pause(photos.looks, waited)).min(since + AT_MOST);
                photos.looks = photos.looks.saturating_add(1);
                Ok(Settled::LookAgain(Progress::Photos(photos), until))
            }
            [] | [_] => Ok(Settled::Unknown(NOT_SHOWN.to_owned())),
            [_, _, ..] => Ok(Settled::Unknown(SEVERAL.to_owned())),
        }
    }

    /// The account's public posts since then.
    fn posts_since(&self, work: &Work<'_>, since: DateTime<Utc>) -> Result<Vec<Video>, PlatformError> {
        let mut posts = Vec::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let page = self.videos(&work.access.token, cursor, work.now)?;
            let reached = page.videos.last().is_none_or(|oldest| oldest.create_time < since.timestamp());
            posts.extend(page.videos);
            cursor = page.cursor;
            if reached || !page.has_more || cursor.is_none() {
                break;
            }
        }
        Ok(posts)
    }
}

const NO_PERMISSION: &str = "TikTok has fetched the photos, and its answer was lost. Without the permission video.list it does not tell which posts the account \
                             has, so that only a look at TikTok can tell whether the post is there.";
const IN_THE_INBOX: &str = "TikTok has fetched the photos, and its answer was lost. Most likely the draft is in the creator's inbox in the TikTok app; TikTok has \
                            no call that tells.";
const NOT_PUBLIC: &str = "TikTok has fetched the photos, and its answer was lost. It tells only of public posts, so that only a look at TikTok can tell \
                          whether the post is there.";
const NO_CAPTION: &str = "TikTok has fetched the photos, and its answer was lost. A post without a caption cannot be told from others, so that only a look at \
                          TikTok can tell whether it is there.";
const SEVERAL: &str = "TikTok has fetched the photos, and its answer was lost. Several posts of the account since then have this caption: look on TikTok \
                       whether one of them is this post.";
const NOT_SHOWN: &str = "TikTok has fetched the photos, and its answer was lost. No public post with this caption has appeared on the account for a day: most \
                         likely TikTok did not post it. Look on TikTok, also for a notice about the post.";

/// Since when a post of this job would be in the account's list; or why it could not be recognised there.
fn recognisable(work: &Work<'_>, options: &Options) -> Result<DateTime<Utc>, &'static str> {
    match work.called_at {
        _ if work.content.kind != Kind::Photos => Err(IN_THE_INBOX),
        _ if options.privacy_level != PUBLIC => Err(NOT_PUBLIC),
        _ if work.content.caption.trim().is_empty() => Err(NO_CAPTION),
        Some(called) if has_scope(work.account, "video.list") => Ok(called),
        _ => Err(NO_PERMISSION),
    }
}

fn is_the_post(post: &Video, work: &Work<'_>, since: DateTime<Utc>) -> bool {
    // It becomes part of a link.
    let is_id = !post.id.is_empty() && post.id.len() <= 32 && post.id.bytes().all(|b| b.is_ascii_digit());
    is_id && post.create_time >= since.timestamp() && is_cut_of(&post.video_description, &work.content.caption) && !work.taken.contains(&post.id)
}

/// Is `shown` what TikTok shows of `caption`: all of it, or its first 150 characters, however it counts them?
fn is_cut_of(shown: &str, caption: &str) -> bool {
    let (shown, caption) = (shown.trim(), caption.trim());
    let by_characters: String = caption.chars().take(CUT).collect();
    // A character that takes two units is not cut in half.
    let mut units = 0;
    let by_units: String = caption
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= CUT
        })
        .collect();
    !shown.is_empty() && (shown == by_characters.trim_end() || shown == by_units.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_is_recognised_as_tiktok_cuts_it() {
        let long = "word ".repeat(60);
        let emoji = "😀".repeat(100);
        for (shown, caption, same) in [
            ("hello #cats 😀", "hello #cats 😀", true),
            ("hello #cats 😀", " hello #cats 😀\n", true),
            ("hello", "hello #cats", false),
            ("hello #cats!", "hello #cats", false),
            ("Hello", "hello", false),
            ("", "hello", false),
            ("", "", false),
            (&long[..150], &long, true),
            (&long[..149], &long, true),
            (&long[..148], &long, false),
            (&long, &long, false),
            (&"😀".repeat(75), &emoji, true),
            (&"😀".repeat(100), &emoji, true),
            (&"😀".repeat(76), &emoji, false),
        ] {
            assert_eq!(is_cut_of(shown, caption), same, "{shown} of {caption}");
        }
    }
}
