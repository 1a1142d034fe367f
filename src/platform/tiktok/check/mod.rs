//! What TikTok would refuse, found before anything is sent (tiktok.md §5.2-5.4, §8). Pure.
//!
//! The creator's settings are held against the post as they were last told; they are asked for again when the job begins. That a creator can post
//! nothing now is no problem of the post: it is said by a rehearsal, and by the first call.

mod options;
mod standing;
#[cfg(test)]
mod tests;

pub use self::standing::Standing;

pub(super) use self::options::{Options, PUBLIC, SELF_ONLY};
use crate::config::TiktokApp;
use crate::kind::{Kind, Platform};
use crate::platform::{Account, Content, Problem, Remedy, rules};

/// UTF-16 code units in the caption of a video, and in that of photos (TikTok's description).
const MAX_VIDEO_CAPTION: usize = 2200;
const MAX_PHOTO_CAPTION: usize = 4000;

/// How long this creator's videos may be, in milliseconds, as far as it was asked.
pub(super) fn longest_video_ms(account: &Account) -> Option<u64> {
    Standing::of(account)?.longest_video_ms()
}

pub(super) fn check(app: &TiktokApp, account: &Account, content: &Content) -> Vec<Problem> {
    let kind = content.kind;
    let mut problems = Vec::new();
    let Some(scope) = scope(kind) else {
        let message = format!("TikTok takes videos and photos, directly or as drafts: not this kind of post ({}).", kind.name());
        return vec![Problem::new("kind", "unsupported_kind", message)];
    };
    if !has_scope(account, scope) {
        let message = format!("The account was connected without the permission {scope}, which this needs. Connect it again and allow everything.");
        problems.push(Problem::new("account", "missing_scope", message));
    }
    let longest = match kind {
        Kind::Video => MAX_VIDEO_CAPTION,
        Kind::Photos | Kind::DraftPhotos => MAX_PHOTO_CAPTION,
        // The caption of a draft video is not sent.
        _ => usize::MAX,
    };
    let units = content.caption.encode_utf16().count();
    if units > longest {
        let message = format!("The caption has {units} characters as TikTok counts (most emoji count as two); at most {longest} are allowed.");
        problems.push(Problem::new("caption", "too_long", message).remedy(Remedy::Shorten));
    }
    match Options::read(kind, &content.options) {
        Err(found) => problems.extend(found),
        Ok(options) => chosen(app, account, content, &options, &mut problems),
    }
    if let Some(rules) = rules::for_kind(Platform::Tiktok, kind) {
        rules::check(rules, &content.media, &mut problems);
    }
    if is_photos(kind) && content.media.iter().any(|item| item.public_url.is_none()) {
        let message = "TikTok fetches photos itself, and this installation has no public address. Set server.public_url to an https address that can be \
                       reached from outside by a name (a bare IP address is not taken), and verify it in TikTok's developer portal.";
        problems.push(Problem::new("media", "needs_public_address", message));
    }
    if let (Kind::Video, [item]) = (kind, content.media.as_slice())
        && !problems.iter().any(|problem| problem.field == "media.0" && problem.code == "too_long")
    {
        problems.extend(Standing::of(account).and_then(|standing| standing.too_long(item)));
    }
    problems
}

/// What only the rest of the post, the app or the creator can tell of the options.
fn chosen(app: &TiktokApp, account: &Account, content: &Content, options: &Options, problems: &mut Vec<Problem>) {
    if !is_draft(content.kind) {
        if !app.audited && options.privacy_level != SELF_ONLY {
            let message = "TikTok has not audited this installation's app: it may post directly only with the audience “Only me”, and only to an account that is \
                           itself private. Choose “Only me”, or send the post as a draft.";
            problems.push(options::problem("privacy_level", "app_not_audited", message));
        } else if let Some(standing) = Standing::of(account) {
            problems.extend(standing.misfits(options));
        }
    }
    let cover = options.video_cover_timestamp_ms.and_then(|ms| u64::try_from(ms).ok());
    let duration = content.media.first().and_then(|item| item.duration_ms);
    if let Some((cover, duration)) = cover.zip(duration)
        && cover > duration
    {
        problems.push(options::problem("video_cover_timestamp_ms", "out_of_range", "The cover's time lies behind the video's end."));
    }
    if options.photo_cover_index > 0 && options.photo_cover_index >= content.media.len() {
        let message = format!("The post has {} photos; the cover must be one of them, and the first one is 0.", content.media.len());
        problems.push(options::problem("photo_cover_index", "out_of_range", message));
    }
}

pub(super) fn is_photos(kind: Kind) -> bool {
    matches!(kind, Kind::Photos | Kind::DraftPhotos)
}

pub(super) fn is_draft(kind: Kind) -> bool {
    matches!(kind, Kind::DraftVideo | Kind::DraftPhotos)
}

pub(super) fn has_scope(account: &Account, scope: &str) -> bool {
    account.scopes.iter().any(|granted| granted == scope)
}

/// The permission that posting this needs; none for what TikTok does not take.
pub(super) fn scope(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Video | Kind::Photos => Some("video.publish"),
        Kind::DraftVideo | Kind::DraftPhotos => Some("video.upload"),
        _ => None,
    }
}
