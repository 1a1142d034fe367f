//! Codes that mean something for Instagram only, beside the common ones. In a container's status text only the subcode is named, and some refusals
//! come as a word in the message, under a code that says nothing.
//!
//! Invariants: a sentence says what happened; a remedy what the person can do. Of `media_publish` only a closed list of answers says that nothing was
//! published.

use chrono::{DateTime, TimeDelta, Utc};

use crate::platform::meta::errors::{Class, Row, Told, code, find, sub, words};
use crate::platform::{ErrorClass, PlatformError};

const FETCH: &str = "Check that this installation's public address can be reached from outside, without a login or a challenge page in front of it.";
const CONVERT: &str = "Export the video as MP4 (H.264, AAC, at most 60 frames a second) and upload it anew.";
const JPEG: &str = "Use a JPEG.";
const APP: &str = "Open the Instagram app and do what it asks there; then connect the account again if this stays.";
const OURS: &str = "Please report this, with the code.";

/// "Suspected spam": at times said of a post that went out.
const SUSPICION: i64 = 2_207_051;
/// How long an account rests then.
const REST: TimeDelta = TimeDelta::hours(3);

pub const TABLE: &[Row] = &[
    sub(2_207_003, Class::StartOver, "Instagram took too long to fetch the media", FETCH),
    // At publishing these say that the container is gone, which it also is after it was published.
    sub(2_207_020, Class::Evidence, "The prepared media has expired", ""),
    sub(2_207_006, Class::Evidence, "Instagram does not find the prepared media", ""),
    sub(2_207_008, Class::Evidence, "The prepared media does not exist any more", ""),
    sub(2_207_001, Class::Ambiguous, "Instagram had an internal error", ""),
    sub(2_207_032, Class::StartOver, "Instagram could not prepare the media", ""),
    sub(2_207_053, Class::StartOver, "Instagram could not take the video", CONVERT),
    sub(2_207_057, Class::Rejected, "The cover time lies outside the video", "Set a thumb_offset within the video's length."),
    sub(
        SUSPICION,
        Class::AmbiguousRate(240),
        "Instagram blocked the action because it suspects spam",
        "Post less often, and open the Instagram app to see whether it asks for something.",
    ),
    sub(2_207_042, Class::Limit, "Instagram's number of posts a day is used up", ""),
    sub(2_207_050, Class::Reconnect, "Instagram has restricted this account, or asks for a check", APP),
    sub(2_207_023, Class::Bug, "Instagram does not know this type of media", OURS),
    sub(2_207_028, Class::Bug, "A carousel has 2 to 10 items", OURS),
    sub(2_207_035, Class::Rejected, "Product tags may have no position here", "Remove the position."),
    sub(2_207_036, Class::Rejected, "Product tags need a position", "Add the position."),
    sub(2_207_037, Class::Rejected, "A tagged product is not valid", "Remove the product tag."),
    sub(2_207_040, Class::Rejected, "The caption mentions more than 20 accounts", "Remove some of the mentions."),
    sub(2_207_026, Class::Rejected, "Instagram does not take this video's format", CONVERT),
    sub(2_207_052, Class::StartOver, "Instagram could not fetch the media from this installation", FETCH),
    sub(2_207_027, Class::Transient, "The media is not ready yet", ""),
    sub(2_207_004, Class::Rejected, "The image has more than 8 MB", "Use a smaller image."),
    sub(2_207_005, Class::Rejected, "Instagram does not take this image's format", JPEG),
    sub(2_207_009, Class::Rejected, "The image is too narrow or too wide", "Crop it to between 4:5 and 1.91:1."),
    sub(2_207_010, Class::Rejected, "The caption is too long", "Shorten it to 2,200 characters and 30 hashtags."),
    sub(2_207_067, Class::StartOver, "Instagram could not prepare the media", CONVERT),
    sub(2_207_073, Class::Rejected, "Instagram does not delete this", "Delete it in the Instagram app."),
    sub(2_207_076, Class::StartOver, "Instagram could not take or fetch the video", CONVERT),
    sub(2_207_077, Class::StartOver, "Instagram could not download the video", FETCH),
    sub(2_207_081, Class::Rejected, "This account cannot publish trial reels", ""),
    sub(2_207_082, Class::StartOver, "Instagram could not take the upload", CONVERT),
    sub(2_207_083, Class::Rejected, "The address gave Instagram something that is not an image", FETCH),
    sub(2_207_085, Class::Rejected, "Instagram could not process the video", CONVERT),
    code(-2, Class::StartOver, "Instagram could not fetch the media in time", FETCH),
    code(-1, Class::Ambiguous, "Instagram had an internal error", ""),
    code(9, Class::Limit, "Instagram's number of posts a day is used up", ""),
    code(24, Class::Evidence, "Instagram does not find the prepared media", ""),
    code(25, Class::Reconnect, "Instagram has restricted this account, or asks for a check", APP),
    code(352, Class::Rejected, "Instagram does not take this video's format", CONVERT),
    code(9004, Class::StartOver, "Instagram could not fetch the media from this installation", FETCH),
    code(9007, Class::Transient, "The media is not ready yet", ""),
    code(36_000, Class::Rejected, "The image has more than 8 MB", "Use a smaller image."),
    code(36_001, Class::Rejected, "Instagram does not take this image's format", JPEG),
    code(36_003, Class::Rejected, "The image is too narrow or too wide", "Crop it to between 4:5 and 1.91:1."),
    code(36_004, Class::Rejected, "The caption is too long", "Shorten it to 2,200 characters and 30 hashtags."),
    // None of these passes by itself.
    words(
        "instagram_platform_api__invalid_location_id",
        Class::Rejected,
        "Instagram does not know this place",
        "Use the id of a Facebook Page that has a location, or leave location_id out.",
    ),
    words(
        "instagram_platform_api__permission",
        Class::Reconnect,
        "A permission for this is missing",
        "Connect the account again and allow everything that is asked for.",
    ),
    words("instagram_platform_api__invalid_param", Class::Rejected, "Instagram did not accept one of the options", "Change or remove the options."),
    words("not a confirmed user", Class::Rejected, "Instagram wants the account to be confirmed first", APP),
    words("user access is restricted", Class::Rejected, "Instagram has restricted this account", APP),
];

/// How often another container is made after one that failed so.
const REMAKES: &[(i64, u32)] = &[(2_207_053, 2), (2_207_076, 1), (2_207_082, 1)];
const MOST_REMAKES: u32 = 3;

pub fn remakes(code: &str) -> u32 {
    let sub = last_number(code);
    REMAKES.iter().find(|(known, _)| sub == Some(*known)).map_or(MOST_REMAKES, |(_, times)| *times)
}

/// An error of `media_publish`. What is not in the closed list of refusals leaves it open whether the post is out: the container tells, and what was
/// prepared is kept meanwhile.
pub fn of_publish(error: PlatformError) -> PlatformError {
    // Without an answer: not sent, or unknown already.
    if error.http_status.is_none() || is_definite(&told(&error.code)) {
        return error;
    }
    PlatformError { class: ErrorClass::UnknownOutcome, start_over: false, ..error }
}

fn is_definite(told: &Told) -> bool {
    match (told.code, told.sub) {
        (Some(9007), Some(2_207_027)) | (Some(25), Some(2_207_050)) | (Some(10 | 190 | 200..=299), _) => true,
        (Some(100), sub) => sub != Some(33),
        _ => find(TABLE, told).is_some_and(|row| matches!(row.class, Class::Rate(_) | Class::Block(_) | Class::Limit)),
    }
}

/// An error of a comment. Suspected spam is a block of the whole account, said at times of what went out: the publisher looks before it calls again.
pub fn of_comment(error: PlatformError, now: DateTime<Utc>) -> PlatformError {
    if !is_suspicion(&error.code) {
        return error;
    }
    PlatformError { class: ErrorClass::RateLimited { until: Some(now + REST) }, ..error }.of_the_account()
}

pub fn is_suspicion(code: &str) -> bool {
    last_number(code) == Some(SUSPICION)
}

/// An error's code as Meta told it.
pub fn told(code: &str) -> Told {
    let (code, sub) = code.split_once('/').unwrap_or((code, ""));
    Told { code: code.parse().ok(), sub: sub.parse().ok(), ..Told::default() }
}

/// The subcode of `4/2207051`, or a code alone.
fn last_number(code: &str) -> Option<i64> {
    code.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::platform::http::Answer;
    use crate::platform::instagram::{SPEAKER, watch};
    use crate::platform::meta::errors::{Call, find};
    use crate::platform::{Access, Account, Content, Work};

    const CODES: &str = include_str!("../../../tests/data/codes/instagram.tsv");
    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn rows() -> impl Iterator<Item = &'static str> {
        CODES.lines().filter(|line| !line.starts_with('#')).skip(1)
    }

    fn word(error: &PlatformError) -> &'static str {
        match (&error.class, error.start_over) {
            (ErrorClass::Transient, true) => "another container",
            (ErrorClass::Transient, false) => "try again",
            (ErrorClass::RateLimited { .. }, _) => "slow down",
            (ErrorClass::LimitReached { .. }, _) => "wait for the window",
            (ErrorClass::NeedsReconnect, _) => "reconnect",
            (ErrorClass::Rejected, _) => "change the post",
            (ErrorClass::UnknownOutcome, _) => "look first",
            (ErrorClass::Bug, _) => "report",
        }
    }

    fn answered(visible: bool, code: Option<i64>, sub: Option<i64>, message: &str) -> PlatformError {
        let body = serde_json::json!({"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": sub, "fbtrace_id": "T"}});
        let answer = Answer { status: 400, headers: Default::default(), body: body.to_string().into_bytes() };
        let error = Call { speaker: SPEAKER, visible, now: NOW }.understand::<crate::platform::meta::wire::Created>(&answer).unwrap_err();
        if visible { of_publish(error) } else { error }
    }

    #[test]
    fn every_documented_code_is_known_and_leads_to_what_helps() {
        let access = Access { token: Default::default(), user_token: None, refresh_token: None, issued_at: NOW, expires_at: None, refresh_expires_at: None };
        let account = Account {
            platform: crate::kind::Platform::Instagram,
            login: crate::kind::Login::Facebook,
            remote_id: "1".into(),
            username: "a".into(),
            scopes: Vec::new(),
            standing: None,
        };
        let content = Content { kind: crate::kind::Kind::Reel, caption: String::new(), options: Default::default(), media: Vec::new() };
        let work =
            Work { account: &account, access: &access, content: &content, publish_at: NOW, called_at: None, taken: &[], addresses_closed: false, now: NOW };
        let mut lines = 0;
        for line in rows() {
            let [code, sub, places, helps] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let number = |text: &str| (text != "-").then(|| text.parse::<i64>().unwrap());
            let (code, sub) = (number(code), number(sub));
            let told = Told { code, sub, ..Told::default() };
            let row = find(TABLE, &told).unwrap_or_else(|| panic!("not known: {line}"));
            assert!(!row.sentence.is_empty() && !row.sentence.ends_with('.'), "{line}");
            for place in places.chars() {
                let error = match place {
                    'S' => watch::failed(&work, sub, &format!("Error: Media upload has failed with error code {}", sub.unwrap())),
                    'C' | 'R' => answered(false, code, sub, "m"),
                    'P' => answered(true, code, sub, "m"),
                    other => panic!("{other} in {line}"),
                };
                assert_eq!(word(&error), helps, "{place} of {line}");
                if helps == "change the post" {
                    assert!(!error.remedy.is_empty() || sub == Some(2_207_081), "{line}");
                }
            }
            lines += 1;
        }
        assert!(lines >= 50, "{lines}");
    }

    #[test]
    fn a_subcode_alone_and_a_subcode_as_the_code_are_the_same() {
        for line in rows().filter(|line| line.contains("\t22")) {
            let sub: i64 = line.split('\t').nth(1).unwrap().parse().unwrap();
            let as_code = find(TABLE, &Told { code: Some(sub), ..Told::default() });
            let as_sub = find(TABLE, &Told { sub: Some(sub), ..Told::default() });
            assert!(as_code.is_some() && as_code.map(|row| row.sentence) == as_sub.map(|row| row.sentence), "{line}");
        }
    }

    #[test]
    fn refusals_in_words_are_understood_whatever_their_code() {
        for (code, message, helps) in [
            (100, "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID", "change the post"),
            (4711, "(#4711) INSTAGRAM_PLATFORM_API__PERMISSION", "reconnect"),
            (100, "INSTAGRAM_PLATFORM_API__INVALID_PARAM: partnership", "change the post"),
            (1, "The user is not a confirmed user", "change the post"),
            (2, "Sorry, user access is restricted.", "change the post"),
            (4711, "something else", "change the post"),
            (1, "something else", "try again"),
        ] {
            let error = answered(false, Some(code), None, message);
            assert_eq!(word(&error), helps, "{message}");
            assert!(error.message.contains(message), "{}", error.message);
        }
        assert_eq!(word(&answered(true, Some(100), None, "INSTAGRAM_PLATFORM_API__INVALID_PARAM")), "change the post", "nothing was published");
        assert_eq!(word(&answered(true, Some(1), None, "The user is not a confirmed user")), "look first", "of code 1 nobody knows");
    }

    #[test]
    fn of_publishing_only_the_closed_list_says_that_nothing_is_out() {
        for (code, sub, helps) in [
            (-1, Some(2_207_032), "look first"),
            (-2, Some(2_207_003), "look first"),
            (-2, Some(4711), "look first"),
            (-2, None, "look first"),
            (9004, Some(2_207_052), "look first"),
            (1, Some(2_207_053), "look first"),
            (1, Some(2_207_076), "look first"),
            (1, Some(2_207_077), "look first"),
            (1, Some(2_207_082), "look first"),
            (352, Some(2_207_026), "look first"),
            (36_003, Some(2_207_009), "look first"),
            (4711, None, "look first"),
            (100, Some(4711), "change the post"),
            (190, Some(4711), "reconnect"),
            (80_002, Some(4711), "slow down"),
            (613, None, "slow down"),
            (368, Some(1_390_008), "slow down"),
            (9, Some(2_207_042), "wait for the window"),
        ] {
            let error = answered(true, Some(code), sub, "m");
            assert_eq!(word(&error), helps, "{code}/{sub:?}");
            assert!(error.message.contains('m') && !error.start_over, "{error:?}");
        }
        let refused = PlatformError::new(ErrorClass::Transient, "no_answer", "The connection was refused.");
        assert_eq!(of_publish(refused.clone()), refused);
        // A wait that comes with an answer tells nothing of the post.
        let mut waits = Answer { status: 400, headers: Default::default(), body: br#"{"error":{"message":"m","code":-2,"error_subcode":2207003}}"#.to_vec() };
        waits.headers.insert("retry-after", "60".parse().unwrap());
        let error = Call { speaker: SPEAKER, visible: true, now: NOW }.understand::<crate::platform::meta::wire::Created>(&waits).unwrap_err();
        assert_eq!(of_publish(error).class, ErrorClass::UnknownOutcome);
    }

    #[test]
    fn what_is_shown_to_people_is_not_parsed() {
        let shown = |message: &str, shown: &str| {
            let body = serde_json::json!({"error": {"message": message, "error_user_msg": shown, "code": 4711}});
            let answer = Answer { status: 400, headers: Default::default(), body: body.to_string().into_bytes() };
            Call { speaker: SPEAKER, visible: false, now: NOW }.understand::<crate::platform::meta::wire::Created>(&answer).unwrap_err()
        };
        let found = shown("INSTAGRAM_PLATFORM_API__PERMISSION", "Das darf die App nicht.");
        assert!(word(&found) == "reconnect" && found.message.contains("Das darf die App nicht."), "{found:?}");
        assert_eq!(word(&shown("no", "INSTAGRAM_PLATFORM_API__PERMISSION")), "change the post", "what is shown is not parsed");
    }
}
