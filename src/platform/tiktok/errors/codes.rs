//! The codes of refused calls (tiktok.md §6) and the reasons of failed posts (§5.7), as data: what each means for the job, and what a person can do.
//!
//! Always true: each code stands here once for each of its spellings, with a sentence; and with a remedy unless it passes by itself.

/// [`crate::platform::ErrorClass`] before it is known when the answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Transient,
    RateLimited,
    /// A quota of a rolling day; the hours after which to look again.
    Limit {
        hours: i64,
    },
    NeedsReconnect,
    Rejected,
}

use Sort::{Limit, NeedsReconnect, RateLimited, Rejected, Transient};

#[derive(Debug)]
pub(super) struct Row {
    pub code: &'static str,
    pub sort: Sort,
    pub message: &'static str,
    pub remedy: &'static str,
    /// What helps where the post is one of photos.
    pub for_photos: &'static str,
    /// Is TikTok's own message part of the diagnosis?
    pub quoted: bool,
}

const fn row(code: &'static str, sort: Sort, message: &'static str, remedy: &'static str) -> Row {
    Row { code, sort, message, remedy, for_photos: remedy, quoted: false }
}

const fn quoting(code: &'static str, sort: Sort, message: &'static str, remedy: &'static str) -> Row {
    Row { quoted: true, ..row(code, sort, message, remedy) }
}

/// A refusal of the files themselves.
const fn media(code: &'static str, message: &'static str) -> Row {
    Row { for_photos: OTHER_PHOTOS, ..row(code, Rejected, message, OTHER_VIDEO) }
}

const OTHER_VIDEO: &str =
    "Re-encode the video (MP4, H.264, 23 to 60 frames a second, sides of 360 to 4096 pixels, at most 10 minutes), upload it again, and retry.";
const OTHER_PHOTOS: &str =
    "TikTok does not say which photo it means. Use JPEG or WebP of up to 20 MB, 1080 pixels on the shorter side and 1920 on the longer one, and retry.";
const BANNED: &str = "TikTok has banned this account from posting.";
const BANNED_REMEDY: &str = "Look into TikTok's app for the reason, and appeal there.";
const DAILY: &str = "This account has reached TikTok's limit of posts in 24 hours, counted over all apps.";
const DAILY_REMEDY: &str = "Nothing has to be done: the post is tried again when the day has passed.";
const CONTENT: &str = "TikTok refused the request's content.";
const CONTENT_REMEDY: &str = "Check the post's caption, options and media, then retry it.";
const AGAIN: &str = "Connect the account again and allow everything.";

/// What a refused call's code means.
pub(super) const CODES: &[Row] = &[
    // The reference pages have the first spelling, the live endpoints the second.
    quoting("invalid_param", Rejected, CONTENT, CONTENT_REMEDY),
    quoting("invalid_params", Rejected, CONTENT, CONTENT_REMEDY),
    Row { quoted: true, ..media("invalid_file_upload", "TikTok does not take this file.") },
    row("scope_permission_missed", NeedsReconnect, "The account was connected without a permission that this needs.", AGAIN),
    row(
        "app_version_check_failed",
        Rejected,
        "The TikTok app on the creator's phone is too old to receive photos as a draft.",
        "Update the TikTok app (31.8 or newer), then retry.",
    ),
    row("invalid_publish_id", Transient, "TikTok does not know this post's number (yet).", ""),
    row(
        "token_not_authorized_for_specified_publish_id",
        Rejected,
        "This post belongs to another TikTok account or app.",
        "The account was reconnected as somebody else, or the TikTok app's key was changed. Look on TikTok whether the post is there.",
    ),
    row("publish_not_cancellable", Transient, "TikTok can no longer cancel this post.", ""),
    row("access_token_invalid", NeedsReconnect, "TikTok no longer accepts this account's access.", "Connect the account again."),
    row("scope_not_authorized", NeedsReconnect, "The account was connected without the permission that this needs.", AGAIN),
    row("spam_risk_too_many_posts", Limit { hours: 6 }, DAILY, DAILY_REMEDY),
    row("spam_risk_user_banned_from_posting", Rejected, BANNED, BANNED_REMEDY),
    row(
        "spam_risk_too_many_pending_share",
        Limit { hours: 3 },
        "Too many drafts are waiting in this account's TikTok inbox (at most 5 in 24 hours).",
        "Finish or discard the drafts in the TikTok app; the post is tried again later.",
    ),
    row(
        "reached_active_user_cap",
        Limit { hours: 6 },
        "This installation's TikTok app has reached its number of accounts that may post in 24 hours (5 until TikTok has audited the app).",
        "Nothing has to be done: the post is tried again later. An audited app has a higher limit.",
    ),
    row(
        "unaudited_client_can_only_post_to_private_accounts",
        Rejected,
        "TikTok has not audited this installation's app, and such an app may post directly only to an account that is itself private.",
        "Make the TikTok account private (its own setting, not the post's), or send the post as a draft, or have the app audited. Then retry.",
    ),
    row(
        "url_ownership_unverified",
        Rejected,
        "TikTok has not verified that the media's address belongs to this installation.",
        "Verify the host of server.public_url as a URL property of the app in TikTok's developer portal, then retry.",
    ),
    row(
        "privacy_level_option_mismatch",
        Rejected,
        "The chosen audience is not one that this creator can choose now.",
        "Open the post, choose who can view it from the creator's present options, and retry.",
    ),
    row("rate_limit_exceeded", RateLimited, "TikTok asks to slow down.", ""),
    row("internal_error", Transient, "TikTok had an error of its own.", ""),
];

/// What the reason of a failed post means. Nothing of it is public.
pub(super) const REASONS: &[Row] = &[
    media("file_format_check_failed", "TikTok could not use the media's format."),
    Row { remedy: "Shorten the video to what this creator may post, and retry.", ..media("duration_check_failed", "TikTok refused the video for its length.") },
    media("frame_rate_check_failed", "TikTok refused the video for its frame rate."),
    media("picture_size_check_failed", "TikTok refused the media for its dimensions."),
    row("video_pull_failed", Transient, "TikTok could not fetch the video.", PULL_REMEDY),
    row("photo_pull_failed", Transient, "TikTok could not fetch the photos.", PULL_REMEDY),
    row("internal", Transient, "TikTok failed while processing the post. Nothing was posted.", ""),
    row("publish_cancelled", Rejected, "The post was cancelled at TikTok.", "Retry it if it should be posted after all."),
    row(
        "auth_removed",
        NeedsReconnect,
        "The creator took this installation's access away while TikTok was processing the post.",
        "Connect the account again, then retry.",
    ),
    row("spam_risk_too_many_posts", Limit { hours: 24 }, DAILY, DAILY_REMEDY),
    row("spam_risk_user_banned_from_posting", Rejected, BANNED, BANNED_REMEDY),
    row("spam_risk_text", Rejected, "TikTok refused the caption as spam or against its rules.", "Change the caption, and retry."),
    row(
        "spam_risk",
        Rejected,
        "TikTok refused the post as spam or against its rules.",
        "Look into TikTok's app for the reason; posting the same again will be refused again.",
    ),
];

const PULL_REMEDY: &str = "See that server.public_url is reachable from outside, quickly and without a redirect.";
