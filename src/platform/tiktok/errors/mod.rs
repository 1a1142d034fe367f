//! What a failed answer of TikTok's means for the job (tiktok.md §5.7, §6). The codes themselves are data, in `codes.rs`.
//!
//! Always true: the code alone carries the diagnosis and stays visible, also one that is not in the table (then the HTTP status decides); a
//! message never holds an address. On a call that makes a post, only a refusal in TikTok's own words is one.

mod codes;

use chrono::{DateTime, TimeDelta, Utc};

use self::codes::Sort::{Limit, NeedsReconnect, RateLimited, Rejected, Transient};
use self::codes::{CODES, REASONS, Sort};
use super::wire::ApiError;
use crate::platform::http::Answer;
use crate::platform::{ErrorClass, PlatformError};

/// The error in an answer that is not a success.
pub(super) fn of_answer(answer: &Answer, error: Option<ApiError>, now: DateTime<Utc>) -> PlatformError {
    let error = error.unwrap_or_default();
    let wait = retry_after(answer, now);
    let found = match CODES.iter().find(|row| row.code == error.code) {
        Some(row) => {
            let message = match quote(&error.message) {
                Some(quote) if row.quoted => format!("{} It says: {quote}", row.message),
                _ => row.message.to_owned(),
            };
            PlatformError::new(class(row.sort, wait, now), row.code, message).remedy(row.remedy)
        }
        None => unknown(answer, &error, now),
    };
    found.trace_id(error.log_id).http_status(answer.status)
}

/// The same for a call that makes a post. A 5xx, an answer without TikTok's envelope, and what would otherwise be tried again leave it open whether
/// the call has acted; only 401 and 429 are refusals also where nothing else is said.
pub(super) fn of_visible(answer: &Answer, error: Option<ApiError>, now: DateTime<Utc>) -> PlatformError {
    let told = error.as_ref().is_some_and(|error| !error.code.is_empty() && error.code != "ok");
    let found = of_answer(answer, error, now);
    let refused = matches!(answer.status, 401 | 429) || (told && answer.status < 500);
    match found.class {
        // To be told how long to wait is not to be refused.
        ErrorClass::RateLimited { .. } if answer.status == 429 => found,
        ErrorClass::Transient | ErrorClass::RateLimited { .. } => PlatformError { class: ErrorClass::UnknownOutcome, ..found },
        _ if !refused => PlatformError { class: ErrorClass::UnknownOutcome, ..found },
        _ => found,
    }
}

/// The error that ends a post whose status is FAILED. That is TikTok's word that nothing was posted, so that the next try may begin anew.
pub(super) fn of_reason(reason: &str, photos: bool, log_id: Option<String>, now: DateTime<Utc>) -> PlatformError {
    let error = match REASONS.iter().find(|row| row.code == reason) {
        Some(row) => {
            let remedy = if photos { row.for_photos } else { row.remedy };
            PlatformError::new(class(row.sort, None, now), row.code, row.message).remedy(remedy)
        }
        None => {
            let code = word(reason);
            let code = if code.is_empty() { "failed".to_owned() } else { code };
            PlatformError::new(ErrorClass::Rejected, code, "TikTok could not publish the post, for a reason that this program does not know.")
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
    let known_as = word(&error.code);
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
    PlatformError::new(class(sort, retry_after(answer, now), now), code, message).remedy(remedy)
}

/// `wait` is what TikTok itself asks for; a minute where it names none is the publisher's to choose.
fn class(sort: Sort, wait: Option<DateTime<Utc>>, now: DateTime<Utc>) -> ErrorClass {
    match sort {
        Transient if wait.is_some() => ErrorClass::RateLimited { until: wait },
        Transient => ErrorClass::Transient,
        RateLimited => ErrorClass::RateLimited { until: wait },
        Limit { hours } => ErrorClass::LimitReached { until: Some(wait.unwrap_or(now + TimeDelta::hours(hours))) },
        NeedsReconnect => ErrorClass::NeedsReconnect,
        Rejected => ErrorClass::Rejected,
    }
}

/// `Retry-After`, in seconds or as a date; more than a day is not believed.
pub(super) fn retry_after(answer: &Answer, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let value = answer.header("retry-after")?.trim();
    let wait = match value.parse::<i64>() {
        Ok(seconds) => TimeDelta::try_seconds(seconds)?,
        Err(_) => DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now,
    };
    (wait > TimeDelta::zero() && wait <= TimeDelta::days(1)).then(|| now + wait)
}

/// A code as it may be shown and stored.
fn word(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || "_-./".contains(*c)).take(64).collect()
}

/// TikTok's own words, short and without addresses.
pub(super) fn quote(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().map(|word| if word.contains("://") { "(link)" } else { word }).collect();
    let text: String = words.join(" ").chars().filter(|c| !c.is_control()).take(200).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
