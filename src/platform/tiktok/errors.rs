//! TikTok's error codes (tiktok.md §6) and reasons of failed posts (§5.7) as data: what each means for the job, and what a person can do.
//!
//! Always true: the code alone carries the diagnosis and stays visible, also one that is not in the table (then the HTTP status decides); a
//! message never holds an address.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::ApiError;
use crate::platform::http::Answer;
use crate::platform::{ErrorClass, PlatformError};

/// [`ErrorClass`] before it is known when the answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
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

struct Row {
    code: &'static str,
    sort: Sort,
    message: &'static str,
    remedy: &'static str,
    /// Is TikTok's own message part of the diagnosis?
    quoted: bool,
}

const fn row(code: &'static str, sort: Sort, message: &'static str, remedy: &'static str) -> Row {
    Row { code, sort, message, remedy, quoted: false }
}

const fn quoting(code: &'static str, sort: Sort, message: &'static str, remedy: &'static str) -> Row {
    Row { code, sort, message, remedy, quoted: true }
}

const BANNED: &str = "TikTok has banned this account from posting.";
const BANNED_REMEDY: &str = "Look into TikTok's app for the reason, and appeal there.";
const DAILY: &str = "This account has reached TikTok's limit of posts in 24 hours, counted over all apps.";
const DAILY_REMEDY: &str = "Nothing has to be done: the post is tried again when the day has passed.";

/// What a refused call's code means.
const CODES: &[Row] = &[
    quoting("invalid_param", Rejected, "TikTok refused the request's content.", "Check the post's caption, options and video, then retry it."),
    quoting("invalid_params", Rejected, "TikTok refused the request's content.", "Check the post's caption, options and video, then retry it."),
    quoting(
        "invalid_file_upload",
        Rejected,
        "TikTok does not take this file.",
        "Use an MP4 with H.264 video, 23 to 60 frames a second and sides of 360 to 4096 pixels.",
    ),
    row(
        "scope_permission_missed",
        NeedsReconnect,
        "The account was connected without a permission that this needs.",
        "Connect the account again and allow everything.",
    ),
    row(
        "app_version_check_failed",
        Rejected,
        "The TikTok app on the creator's phone is too old to receive drafts.",
        "Update the TikTok app (31.8 or newer), then retry.",
    ),
    row("invalid_publish_id", Transient, "TikTok does not know this upload (yet).", ""),
    row(
        "token_not_authorized_for_specified_publish_id",
        Rejected,
        "This upload belongs to another TikTok account or app.",
        "The account was reconnected as somebody else, or the TikTok app's key was changed. Look on TikTok whether the video is there.",
    ),
    row("access_token_invalid", NeedsReconnect, "TikTok no longer accepts this account's access.", "Connect the account again."),
    row(
        "scope_not_authorized",
        NeedsReconnect,
        "The account was connected without the permission that this needs.",
        "Connect the account again and allow everything.",
    ),
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
        "Make the TikTok account private (its own setting, not the post's), or send the video as a draft, or have the app audited. Then retry.",
    ),
    row(
        "url_ownership_unverified",
        Rejected,
        "TikTok has not verified that the media's address belongs to this installation.",
        "Verify the address in TikTok's developer portal.",
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

const REENCODE: &str =
    "Re-encode the video (MP4, H.264, 23 to 60 frames a second, sides of 360 to 4096 pixels, at most 10 minutes), upload it again, and retry.";

/// What the reason of a failed post means. Nothing of it is public.
const REASONS: &[Row] = &[
    row("file_format_check_failed", Rejected, "TikTok could not use the video's format.", REENCODE),
    row("duration_check_failed", Rejected, "TikTok refused the video for its length.", "Shorten the video to what this creator may post, and retry."),
    row("frame_rate_check_failed", Rejected, "TikTok refused the video for its frame rate.", REENCODE),
    row("picture_size_check_failed", Rejected, "TikTok refused the video for its dimensions.", REENCODE),
    row("video_pull_failed", Transient, "TikTok could not fetch the video.", ""),
    row("photo_pull_failed", Transient, "TikTok could not fetch the photos.", ""),
    row("internal", Transient, "TikTok failed while processing the video. Nothing was posted.", ""),
    row("publish_cancelled", Rejected, "The post was cancelled at TikTok.", "Retry it if it should be posted after all."),
    row(
        "auth_removed",
        NeedsReconnect,
        "The creator took this installation's access away while TikTok was processing the video.",
        "Connect the account again.",
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

/// The error in an answer that is not a success.
pub(super) fn of_answer(answer: &Answer, error: Option<ApiError>, now: DateTime<Utc>) -> PlatformError {
    let error = error.unwrap_or_default();
    let found = match CODES.iter().find(|row| row.code == error.code) {
        Some(row) => {
            let message = match quote(&error.message) {
                Some(quote) if row.quoted => format!("{} It says: {quote}", row.message),
                _ => row.message.to_owned(),
            };
            PlatformError::new(class(row.sort, retry_after(answer), now), row.code, message).remedy(row.remedy)
        }
        None => unknown(answer, &error, now),
    };
    found.trace_id(error.log_id).http_status(answer.status)
}

/// The error that ends a post whose status is FAILED. That is TikTok's word that nothing was posted, so that the next try may begin anew.
pub(super) fn of_reason(reason: &str, log_id: Option<String>, now: DateTime<Utc>) -> PlatformError {
    let error = match REASONS.iter().find(|row| row.code == reason) {
        Some(row) => PlatformError::new(class(row.sort, None, now), row.code, row.message).remedy(row.remedy),
        None => {
            let code: String = reason.chars().filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(64).collect();
            let code = if code.is_empty() { "failed".to_owned() } else { code };
            PlatformError::new(ErrorClass::Rejected, code, "TikTok could not publish the video, for a reason that this program does not know.")
                .remedy("Look into TikTok's app, then retry.")
        }
    };
    error.trace_id(log_id).start_over().of_the_post()
}

/// A code that is not in the table, or no code at all: the status decides.
fn unknown(answer: &Answer, error: &ApiError, now: DateTime<Utc>) -> PlatformError {
    let sort = match answer.status {
        401 => NeedsReconnect,
        429 => RateLimited,
        400..=499 => Rejected,
        // A 2xx without its "ok" is a failure too, and so is a redirect; neither says that trying again would be wrong.
        _ => Transient,
    };
    let known_as: String = error.code.chars().filter(|c| c.is_ascii_alphanumeric() || "_-./".contains(*c)).take(64).collect();
    let code = if known_as.is_empty() { format!("http_{}", answer.status) } else { known_as };
    let message = match (sort, quote(&error.message)) {
        (_, Some(quote)) => format!("TikTok refused the call. It says: {quote}"),
        (Transient, None) => format!("TikTok answered with an error of its own (HTTP status {}).", answer.status),
        (_, None) => format!("TikTok refused the call (HTTP status {}).", answer.status),
    };
    let remedy = match sort {
        NeedsReconnect => "Connect the account again.",
        Rejected => "Check the post, then retry it. If it fails again, the code tells TikTok's support what happened.",
        _ => "",
    };
    PlatformError::new(class(sort, retry_after(answer), now), code, message).remedy(remedy)
}

fn class(sort: Sort, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> ErrorClass {
    match sort {
        Transient => ErrorClass::Transient,
        RateLimited => ErrorClass::RateLimited { until: Some(now + retry_after.unwrap_or(TimeDelta::seconds(60))) },
        Limit { hours } => ErrorClass::LimitReached { until: Some(now + retry_after.unwrap_or(TimeDelta::hours(hours))) },
        NeedsReconnect => ErrorClass::NeedsReconnect,
        Rejected => ErrorClass::Rejected,
    }
}

/// `Retry-After` in seconds; more than a day is not believed.
fn retry_after(answer: &Answer) -> Option<TimeDelta> {
    let seconds: i64 = answer.header("retry-after")?.trim().parse().ok()?;
    (1..=86_400).contains(&seconds).then(|| TimeDelta::seconds(seconds))
}

/// TikTok's own words, short and without addresses.
pub(super) fn quote(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().map(|word| if word.contains("://") { "(link)" } else { word }).collect();
    let text: String = words.join(" ").chars().filter(|c| !c.is_control()).take(200).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        let mut headers = ureq::http::HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert("retry-after", value.parse().unwrap());
        }
        Answer { status, headers, body: Vec::new() }
    }

    fn error(code: &str, message: &str) -> Option<ApiError> {
        Some(ApiError { code: code.into(), message: message.into(), log_id: Some("20260101".into()) })
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn every_code_has_its_class() {
        let hours = |hours| ErrorClass::LimitReached { until: Some(now() + TimeDelta::hours(hours)) };
        for (status, code, class) in [
            (400, "invalid_param", ErrorClass::Rejected),
            (400, "invalid_params", ErrorClass::Rejected),
            (400, "invalid_publish_id", ErrorClass::Transient),
            (401, "access_token_invalid", ErrorClass::NeedsReconnect),
            (401, "scope_not_authorized", ErrorClass::NeedsReconnect),
            (200, "spam_risk_too_many_posts", hours(6)),
            (403, "spam_risk_too_many_posts", hours(6)),
            (403, "spam_risk_user_banned_from_posting", ErrorClass::Rejected),
            (403, "spam_risk_too_many_pending_share", hours(3)),
            (200, "reached_active_user_cap", hours(6)),
            (403, "unaudited_client_can_only_post_to_private_accounts", ErrorClass::Rejected),
            (403, "privacy_level_option_mismatch", ErrorClass::Rejected),
            (429, "rate_limit_exceeded", ErrorClass::RateLimited { until: Some(now() + TimeDelta::seconds(60)) }),
            (500, "internal_error", ErrorClass::Transient),
            (418, "a_new_code", ErrorClass::Rejected),
            (401, "a_new_code", ErrorClass::NeedsReconnect),
            (429, "a_new_code", ErrorClass::RateLimited { until: Some(now() + TimeDelta::seconds(60)) }),
            (503, "a_new_code", ErrorClass::Transient),
            (200, "a_new_code", ErrorClass::Transient),
        ] {
            let found = of_answer(&answer(status, None), error(code, ""), now());
            assert_eq!((found.class, found.code.as_str(), found.trace_id.as_deref()), (class, code, Some("20260101")), "{status} {code}");
            assert_eq!(found.http_status, Some(status));
            assert!(!found.start_over);
        }
    }

    #[test]
    fn every_reason_has_its_class_and_lets_the_next_try_begin_anew() {
        for (reason, class) in [
            ("file_format_check_failed", ErrorClass::Rejected),
            ("duration_check_failed", ErrorClass::Rejected),
            ("frame_rate_check_failed", ErrorClass::Rejected),
            ("picture_size_check_failed", ErrorClass::Rejected),
            ("internal", ErrorClass::Transient),
            ("video_pull_failed", ErrorClass::Transient),
            ("publish_cancelled", ErrorClass::Rejected),
            ("auth_removed", ErrorClass::NeedsReconnect),
            ("spam_risk_too_many_posts", ErrorClass::LimitReached { until: Some(now() + TimeDelta::hours(24)) }),
            ("spam_risk_user_banned_from_posting", ErrorClass::Rejected),
            ("spam_risk_text", ErrorClass::Rejected),
            ("spam_risk", ErrorClass::Rejected),
            ("a_new_reason", ErrorClass::Rejected),
        ] {
            let found = of_reason(reason, None, now());
            assert_eq!((found.class, found.code.as_str(), found.start_over), (class, reason, true), "{reason}");
        }
        assert_eq!(of_reason("", None, now()).code, "failed");
    }

    #[test]
    fn an_answer_without_an_envelope_goes_by_its_status() {
        let found = of_answer(&answer(502, None), None, now());
        assert_eq!((found.class, found.code.as_str()), (ErrorClass::Transient, "http_502"));
        let found = of_answer(&answer(403, None), None, now());
        assert_eq!((found.class, found.code.as_str()), (ErrorClass::Rejected, "http_403"));
    }

    #[test]
    fn tiktoks_own_wait_is_honoured() {
        let until = |header| match of_answer(&answer(429, Some(header)), error("rate_limit_exceeded", ""), now()).class {
            ErrorClass::RateLimited { until } => until.map(|until| (until - now()).num_seconds()),
            other => panic!("{other:?}"),
        };
        assert_eq!(until("120"), Some(120));
        for nonsense in ["-1", "0", "soon", "99999999999999999999", "999999999"] {
            assert_eq!(until(nonsense), Some(60), "{nonsense}");
        }
    }

    #[test]
    fn tiktoks_words_are_quoted_without_addresses() {
        let found = of_answer(&answer(400, None), error("invalid_params", "The total chunk count is invalid"), now());
        assert_eq!(found.message, "TikTok refused the request's content. It says: The total chunk count is invalid");
        let found = of_answer(&answer(400, None), error("odd\u{0} code", "see https://up.example/?upload_token=abc\nplease"), now());
        assert_eq!((found.code.as_str(), found.message.as_str()), ("oddcode", "TikTok refused the call. It says: see (link) please"));
        assert!(quote(&"x".repeat(5_000)).is_some_and(|text| text.len() == 200));
    }
}
