//! What an answer of the Graph API means: the value asked for, or an error with the class that helps.
//!
//! Invariants: the code decides, not the HTTP status. On a visible call everything that leaves the outcome open (a 5xx, no envelope, an answer
//! that cannot be read, codes 1 and 2, `is_transient`) is *unknown outcome*; a rate limit or another clear refusal is what it says.
//! Unknown codes stay visible. Meta's own words are quoted only for errors that are not about tokens: those quote the token.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::table;
use super::usage;
use crate::kind::Platform;
use crate::platform::http::Answer;
use crate::platform::{ErrorClass, PlatformError};

/// What a code asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Trying later helps; on a visible call a clear refusal all the same.
    Transient,
    /// Trying later helps; a visible call may have acted.
    Ambiguous,
    /// The call was refused because an earlier one acted: look for what it did.
    Evidence,
    /// What was staged is of no use: begin again.
    StartOver,
    /// So many minutes of rest at the least.
    Rate(i64),
    /// As `Rate`; a visible call may have acted.
    AmbiguousRate(i64),
    /// The account is blocked, for so many minutes at the least: no call of it that is seen may go out meanwhile.
    Block(i64),
    /// The quota of the day.
    Limit,
    Reconnect,
    Rejected,
    /// A request that this program should not have made.
    Bug,
}

/// One line of a table of codes.
#[derive(Debug)]
pub struct Row {
    /// None: the subcode alone decides (it may also come as the code), or the words do.
    pub code: Option<i64>,
    pub sub: Option<i64>,
    /// Words that the message must hold, in lower case, where one code stands for several things or the code says nothing.
    pub says: Option<&'static str>,
    pub class: Class,
    /// What happened; `{platform}` becomes the platform's name.
    pub sentence: &'static str,
    pub remedy: &'static str,
}

/// A row for a code, whatever its subcode.
pub const fn code(code: i64, class: Class, sentence: &'static str, remedy: &'static str) -> Row {
    Row { code: Some(code), sub: None, says: None, class, sentence, remedy }
}

/// A row for a subcode, whatever its code.
pub const fn sub(sub: i64, class: Class, sentence: &'static str, remedy: &'static str) -> Row {
    Row { code: None, sub: Some(sub), says: None, class, sentence, remedy }
}

/// A row for exactly this pair.
pub const fn pair(code: i64, sub: i64, class: Class, sentence: &'static str, remedy: &'static str) -> Row {
    Row { code: Some(code), sub: Some(sub), says: None, class, sentence, remedy }
}

/// A row for a code whose message holds these words.
pub const fn said(code: i64, says: &'static str, class: Class, sentence: &'static str, remedy: &'static str) -> Row {
    Row { code: Some(code), sub: None, says: Some(says), class, sentence, remedy }
}

/// A row for a refusal that is told in words, whatever its code.
pub const fn words(says: &'static str, class: Class, sentence: &'static str, remedy: &'static str) -> Row {
    Row { code: None, sub: None, says: Some(says), class, sentence, remedy }
}

/// Whose answers are read: the name in sentences, and its own codes, which come before the common ones.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    pub platform: Platform,
    pub rows: &'static [Row],
}

/// An error as Meta tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    pub code: Option<i64>,
    pub sub: Option<i64>,
    /// Meta's words for programs: what codes leave open is matched in them.
    pub message: String,
    /// Meta's words for the person, in the person's language: only ever shown.
    pub user_message: String,
    pub is_transient: bool,
    pub trace_id: Option<String>,
}

impl Told {
    /// Reads `{"error": {…}}`; also a bare error object, as phases of a video have it.
    pub fn read(value: &Value) -> Option<Told> {
        let error = value.get("error").filter(|error| error.is_object()).unwrap_or(value);
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let told = Told {
            code: number(error.get("code")),
            sub: number(error.get("error_subcode")),
            message: text("message").unwrap_or_default().to_owned(),
            user_message: text("error_user_msg").unwrap_or_default().to_owned(),
            is_transient: error.get("is_transient").and_then(Value::as_bool).unwrap_or(false),
            trace_id: text("fbtrace_id").map(|id| id.chars().take(64).collect()),
        };
        (told.code.is_some() || told.sub.is_some() || !told.words().is_empty()).then_some(told)
    }

    /// What the person is shown.
    pub fn words(&self) -> &str {
        if self.user_message.is_empty() { &self.message } else { &self.user_message }
    }

    fn word(&self) -> String {
        match (self.code, self.sub.filter(|sub| *sub != 0)) {
            (Some(code), Some(sub)) => format!("{code}/{sub}"),
            (Some(code), None) => code.to_string(),
            (None, Some(sub)) => sub.to_string(),
            (None, None) => "unknown".to_owned(),
        }
    }
}

fn number(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The circumstances of a call that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub speaker: Speaker,
    pub visible: bool,
    pub now: DateTime<Utc>,
}

impl Call {
    /// Reads an answer as `T`, or says what is wrong.
    pub fn understand<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, PlatformError> {
        let value = answer.json::<Value>();
        if let Some(told) = value.as_ref().filter(|value| value.get("error").is_some_and(Value::is_object)).and_then(Told::read) {
            let wait = retry_after(answer, self.now).max(usage::read(&answer.headers).regain);
            return Err(self.error(&told, Some(answer.status), wait));
        }
        if answer.is_success()
            && let Some(value) = value.and_then(|value| serde_json::from_value(value).ok())
        {
            return Ok(value);
        }
        Err(self.unreadable(answer))
    }

    /// The error for what Meta told.
    pub fn error(&self, told: &Told, status: Option<u16>, wait: Option<TimeDelta>) -> PlatformError {
        let by_code = find(self.speaker.rows, told);
        let about_tokens = by_code.is_some_and(|row| row.class == Class::Reconnect) || matches!(told.code, Some(102 | 104 | 190 | 2500));
        let in_trouble = status.is_some_and(|status| status >= 500);
        // An answer of a server in trouble is no refusal, whatever it says.
        let in_words = if in_trouble || about_tokens { None } else { find_words(self.speaker.rows, told) };
        let is_transient = told.is_transient && in_words.is_none();
        let row = in_words.or(by_code);
        let mut class = row.map_or_else(|| class_by_status(status), |row| row.class);
        if is_transient && class == Class::Rejected {
            class = Class::Transient;
        }
        let open = self.visible
            && match class {
                Class::Ambiguous | Class::AmbiguousRate(_) | Class::Evidence => true,
                _ if in_trouble => true,
                Class::Rate(_) | Class::Block(_) | Class::Limit => false,
                _ => is_transient,
            };
        let name = self.speaker.platform.name();
        let sentence = row.map_or_else(|| format!("{name} refused the call"), |row| row.sentence.replace("{platform}", name));
        let about_tokens = about_tokens || (class == Class::Reconnect && in_words.is_none());
        let mut error = PlatformError::new(
            if open { ErrorClass::UnknownOutcome } else { self.plain_class(class, wait) },
            told.word(),
            if about_tokens || told.words().is_empty() { format!("{sentence}.") } else { format!("{sentence}. It said: “{}”", quoted(told.words())) },
        )
        .remedy(row.map_or("", |row| row.remedy))
        .trace_id(told.trace_id.clone());
        error.http_status = status;
        error.start_over = !open && class == Class::StartOver;
        error.of_the_account = matches!(class, Class::Block(_));
        error
    }

    fn plain_class(&self, class: Class, wait: Option<TimeDelta>) -> ErrorClass {
        let after = |minutes: i64| Some(self.now + wait.unwrap_or_default().max(TimeDelta::minutes(minutes)));
        match class {
            Class::Transient | Class::Ambiguous | Class::StartOver => match wait.filter(|wait| !wait.is_zero()) {
                Some(wait) => ErrorClass::RateLimited { until: Some(self.now + wait) },
                None => ErrorClass::Transient,
            },
            // Where Meta says how long, that counts; the minutes are for when it says nothing.
            Class::Rate(minutes) | Class::AmbiguousRate(minutes) => ErrorClass::RateLimited { until: after(if wait.is_some() { 5 } else { minutes }) },
            // The headers tell of calls, and not of how long a block lasts.
            Class::Block(minutes) => ErrorClass::RateLimited { until: after(minutes) },
            Class::Limit => ErrorClass::LimitReached { until: after(60) },
            Class::Reconnect => ErrorClass::NeedsReconnect,
            Class::Rejected | Class::Evidence => ErrorClass::Rejected,
            Class::Bug => ErrorClass::Bug,
        }
    }

    /// An answer without an envelope: an error page, nothing at all, or a success that lacks what was asked for.
    pub fn unreadable(&self, answer: &Answer) -> PlatformError {
        let name = self.speaker.platform.name();
        let class = match answer.status {
            _ if self.visible => ErrorClass::UnknownOutcome,
            413 => ErrorClass::Rejected,
            429 => ErrorClass::RateLimited { until: Some(self.now + retry_after(answer, self.now).unwrap_or(TimeDelta::minutes(5))) },
            _ => match retry_after(answer, self.now).filter(|wait| !wait.is_zero()) {
                Some(wait) => ErrorClass::RateLimited { until: Some(self.now + wait) },
                None => ErrorClass::Transient,
            },
        };
        let remedy = if class == ErrorClass::Rejected { "Use a smaller file." } else { "" };
        let message = if answer.is_success() {
            format!("{name} gave an answer that cannot be read.")
        } else {
            format!("{name} answered with HTTP {} and no reason.", answer.status)
        };
        PlatformError::new(class, format!("http_{}", answer.status), message).remedy(remedy).http_status(answer.status)
    }
}

fn class_by_status(status: Option<u16>) -> Class {
    match status {
        Some(401) => Class::Reconnect,
        Some(429) => Class::Rate(5),
        Some(500..) => Class::Ambiguous,
        _ => Class::Rejected,
    }
}

/// The best row: the exact pair, then the subcode, then the code with its words, then the code; the platform's own rows before the common ones.
pub fn find(own: &'static [Row], told: &Told) -> Option<&'static Row> {
    let (code, sub) = (told.code, told.sub.filter(|sub| *sub != 0));
    let rows = || own.iter().chain(table::COMMON).filter(|row| row.says.is_none());
    let message = told.message.to_ascii_lowercase();
    let by_words = || own.iter().chain(table::COMMON).find(|row| row.code.is_some() && row.code == code && row.says.is_some_and(|says| message.contains(says)));
    let family = code.and_then(|code| match code {
        200..=299 => Some(200),
        80_000..=80_014 => Some(80_000),
        _ => None,
    });
    rows()
        .find(|row| row.code.is_some() && row.code == code && row.sub.is_some() && row.sub == sub)
        .or_else(|| rows().find(|row| row.code.is_none() && row.sub.is_some() && (row.sub == sub || row.sub == code)))
        .or_else(by_words)
        .or_else(|| rows().find(|row| row.sub.is_none() && row.code.is_some() && row.code == code))
        .or_else(|| rows().find(|row| row.sub.is_none() && row.code.is_some() && row.code == family))
}

/// The row whose words alone decide.
fn find_words(own: &'static [Row], told: &Told) -> Option<&'static Row> {
    let message = told.message.to_ascii_lowercase();
    own.iter().find(|row| row.code.is_none() && row.sub.is_none() && row.says.is_some_and(|says| message.contains(says)))
}

/// When a visible call is repeated after look-ups that found nothing, a refusal may come from the first one having acted after all:
/// it has to be looked up as well.
pub fn doubted(mut error: PlatformError, repeats: u32) -> PlatformError {
    if repeats > 0 && error.class != ErrorClass::Bug {
        error.class = ErrorClass::UnknownOutcome;
        error.start_over = false;
    }
    error
}

/// `Retry-After`, in seconds or as a date; more than two days are not believed.
pub(super) fn retry_after(answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = answer.header("retry-after")?.trim();
    let wait = match text.parse::<i64>() {
        Ok(seconds) => TimeDelta::try_seconds(seconds)?,
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    (TimeDelta::zero()..=TimeDelta::days(2)).contains(&wait).then_some(wait)
}

/// Meta's words, bounded, on one line, and with nothing in them that could be a token or an address with a query.
pub fn quoted(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let plain = word.split(['?', '#']).next().unwrap_or_default();
        if word.len() > 60 && !plain.contains("://") {
            "…"
        } else if word.contains("://") {
            plain
        } else {
            word
        }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}

/// For the tests that walk a platform's documented codes.
#[cfg(test)]
pub(in crate::platform) mod walk {
    use serde_json::json;

    use super::*;
    use crate::platform::meta::upload::refused;

    /// The lines of a table of codes: the code, the section that names it, what helps.
    pub fn codes(table: &str) -> Vec<(&str, &str, &str)> {
        let lines = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines
            .map(|line| match line.split('\t').collect::<Vec<_>>().as_slice() {
                [code, section, helps] => (*code, *section, *helps),
                _ => panic!("three columns: {line}"),
            })
            .collect()
    }

    /// What the tables make of a code (`190/460`, or `368 already posted`), on a call that nobody sees and on a visible one.
    pub fn helps(speaker: Speaker, code: &str) -> String {
        let (number, words) = code.split_once(' ').unwrap_or((code, "words"));
        let (number, sub) = number.split_once('/').unwrap_or((number, "0"));
        let told = Told { code: number.parse().ok(), sub: sub.parse().ok(), message: words.to_owned(), ..Told::default() };
        assert!(find(speaker.rows, &told).is_some(), "{code} is in no table");
        let error = |visible| Call { speaker, visible, now: DateTime::UNIX_EPOCH }.error(&told, Some(400), None);
        let (unseen, visible) = (error(false), error(true));
        assert!(!matches!(unseen.class, ErrorClass::Rejected | ErrorClass::NeedsReconnect) || !unseen.remedy.is_empty(), "{code} leaves a person alone");
        word(&unseen, &visible)
    }

    /// The same for an upload's refusals, which have words instead of numbers.
    pub fn helps_with_an_upload(kind: &str) -> String {
        let error = refused(&json!({"retriable": false, "type": kind, "message": "m"}));
        word(&error, &error)
    }

    fn word(unseen: &PlatformError, visible: &PlatformError) -> String {
        let minutes = |until: &Option<DateTime<Utc>>| until.map_or(0, |until| until.timestamp() / 60);
        match (&unseen.class, &visible.class) {
            (ErrorClass::Transient, ErrorClass::UnknownOutcome) => "verify".into(),
            (ErrorClass::Rejected, ErrorClass::UnknownOutcome) => "look".into(),
            (ErrorClass::Transient, ErrorClass::Transient) if unseen.start_over && visible.start_over => "anew".into(),
            (ErrorClass::Transient, ErrorClass::Transient) if !unseen.start_over => "retry".into(),
            (ErrorClass::RateLimited { until }, ErrorClass::RateLimited { .. }) => format!("wait {}", minutes(until)),
            (ErrorClass::LimitReached { until }, ErrorClass::LimitReached { .. }) => format!("limit {}", minutes(until)),
            (ErrorClass::NeedsReconnect, ErrorClass::NeedsReconnect) => "reconnect".into(),
            (ErrorClass::Rejected, ErrorClass::Rejected) => "fix".into(),
            (ErrorClass::Bug, ErrorClass::Bug) => "report".into(),
            other => format!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const SPEAKER: Speaker = Speaker { platform: Platform::Facebook, rows: &[] };

    fn answer(status: u16, body: impl ToString) -> Answer {
        Answer { status, headers: Default::default(), body: body.to_string().into_bytes() }
    }

    fn error(visible: bool, status: u16, error: Value) -> PlatformError {
        Call { speaker: SPEAKER, visible, now: NOW }.understand::<Value>(&answer(status, json!({ "error": error }))).unwrap_err()
    }

    #[test]
    fn each_code_has_its_class_seen_and_unseen() {
        let rate = |minutes| ErrorClass::RateLimited { until: Some(NOW + TimeDelta::minutes(minutes)) };
        let unknown = ErrorClass::UnknownOutcome;
        for (code, sub, status, read, visible) in [
            (1, 0, 500, ErrorClass::Transient, unknown.clone()),
            (1, 99, 400, ErrorClass::Transient, unknown.clone()),
            (2, 0, 503, ErrorClass::Transient, unknown.clone()),
            (4, 0, 403, rate(60), rate(60)),
            (17, 0, 400, rate(5), rate(5)),
            (80_001, 0, 400, rate(5), rate(5)),
            (80_009, 0, 400, rate(5), rate(5)),
            (10, 0, 403, ErrorClass::NeedsReconnect, ErrorClass::NeedsReconnect),
            (200, 0, 403, ErrorClass::NeedsReconnect, ErrorClass::NeedsReconnect),
            (283, 0, 400, ErrorClass::NeedsReconnect, ErrorClass::NeedsReconnect),
            (190, 460, 401, ErrorClass::NeedsReconnect, ErrorClass::NeedsReconnect),
            (190, 2069032, 400, ErrorClass::Bug, ErrorClass::Bug),
            (190, 460, 500, ErrorClass::NeedsReconnect, unknown.clone()),
            (100, 0, 400, ErrorClass::Rejected, ErrorClass::Rejected),
            (100, 33, 400, ErrorClass::Transient, unknown.clone()),
            (506, 0, 400, ErrorClass::Rejected, unknown.clone()),
            (368, 0, 400, ErrorClass::Rejected, ErrorClass::Rejected),
            (368, 1390008, 400, rate(60), rate(60)),
            (987_654, 0, 400, ErrorClass::Rejected, ErrorClass::Rejected),
            (987_654, 0, 500, ErrorClass::Transient, unknown),
        ] {
            let body = json!({"message": "m", "type": "OAuthException", "code": code, "error_subcode": sub, "fbtrace_id": "Abc"});
            assert_eq!(error(false, status, body.clone()).class, read, "read {code}/{sub}");
            let seen = error(true, status, body);
            assert_eq!(seen.class, visible, "visible {code}/{sub}");
            assert_eq!((seen.trace_id.as_deref(), seen.http_status), (Some("Abc"), Some(status)));
        }
    }

    #[test]
    fn what_leaves_the_outcome_open_is_unknown_only_on_a_visible_call() {
        for (status, body) in [(200, ""), (200, "<html>"), (502, "<html>"), (400, "<html>"), (200, "[]")] {
            for (visible, class) in [(true, ErrorClass::UnknownOutcome), (false, ErrorClass::Transient)] {
                let call = Call { speaker: SPEAKER, visible, now: NOW };
                assert_eq!(call.understand::<super::super::wire::Created>(&answer(status, body)).unwrap_err().class, class, "{status} {body}");
            }
        }
        let transient = json!({"message": "m", "code": 100, "is_transient": true});
        assert_eq!(error(true, 400, transient.clone()).class, ErrorClass::UnknownOutcome);
        assert_eq!(error(false, 400, transient).class, ErrorClass::Transient);
        assert_eq!(error(true, 400, json!({"message": "(#368) You already posted this", "code": 368})).class, ErrorClass::UnknownOutcome);
    }

    #[test]
    fn waits_that_meta_names_are_honoured() {
        let mut answer = answer(400, json!({"error": {"message": "m", "code": 80_001}}));
        answer.headers.insert("x-business-use-case-usage", r#"{"1":[{"estimated_time_to_regain_access":42}]}"#.parse().unwrap());
        let class = |answer: &Answer| Call { speaker: SPEAKER, visible: false, now: NOW }.understand::<Value>(answer).unwrap_err().class;
        assert_eq!(class(&answer), ErrorClass::RateLimited { until: Some(NOW + TimeDelta::minutes(42)) });
        answer.headers.insert("retry-after", "7200".parse().unwrap());
        assert_eq!(class(&answer), ErrorClass::RateLimited { until: Some(NOW + TimeDelta::hours(2)) });
    }

    #[test]
    fn a_retry_after_is_honoured_with_any_error_that_passes() {
        let minute = ErrorClass::RateLimited { until: Some(NOW + TimeDelta::minutes(1)) };
        for (status, body, header, unseen) in [
            (503, "", "60", &minute),
            (503, "", "Thu, 01 Jan 1970 00:01:00 GMT", &minute),
            (502, "<html>", "60", &minute),
            (429, "", "60", &minute),
            (500, r#"{"error":{"message":"m","code":2}}"#, "60", &minute),
            (503, "", "0", &ErrorClass::Transient),
            (503, "", "-5", &ErrorClass::Transient),
            (503, "", "soon", &ErrorClass::Transient),
            (503, "", "99999999999999", &ErrorClass::Transient),
            (400, r#"{"error":{"message":"m","code":100}}"#, "60", &ErrorClass::Rejected),
        ] {
            let mut answer = answer(status, body);
            answer.headers.insert("retry-after", header.parse().unwrap());
            let class = |visible| Call { speaker: SPEAKER, visible, now: NOW }.understand::<Value>(&answer).unwrap_err().class;
            assert_eq!(&class(false), unseen, "{status} {header}");
            assert_eq!(class(true), if status == 400 { ErrorClass::Rejected } else { ErrorClass::UnknownOutcome }, "{status} {header}");
        }
    }

    #[test]
    fn no_token_gets_into_a_message() {
        let token = "EAA".to_owned() + &"x9".repeat(60);
        for (code, message) in [(190, format!("Malformed access token {token}")), (100, format!("bad {token} in https://x.example/?access_token={token}"))] {
            let text = error(false, 400, json!({"message": message, "code": code})).message;
            assert!(!text.contains("x9x9"), "{text}");
        }
        assert!(quoted(&"long ".repeat(200)).chars().count() <= 301);
    }

    #[test]
    fn codes_are_told_apart_by_the_words_for_programs_and_the_words_for_people_are_shown() {
        let told = |message: &str, shown: &str| json!({"message": message, "error_user_title": "Titel", "error_user_msg": shown, "code": 368});
        let posted = error(true, 400, told("(#368) You already posted this", "Das wurde schon gepostet."));
        assert_eq!(posted.class, ErrorClass::UnknownOutcome, "evidence, whatever the person's language");
        assert!(posted.message.ends_with("It said: “Das wurde schon gepostet.”"), "{posted:?}");
        let blocked = error(true, 400, told("(#368) The action is deemed abusive", "This was not already posted"));
        assert_eq!(blocked.class, ErrorClass::Rejected, "what is shown is not parsed");
        assert!(error(false, 400, json!({"code": 1, "error_user_msg": "Nur das."})).message.contains("“Nur das.”"));
    }

    #[test]
    fn a_block_is_of_the_account_and_lasts_at_least_as_long_as_is_known_of_it() {
        let block = |code: i64, sub: i64| error(true, 403, json!({"message": "m", "code": code, "error_subcode": sub}));
        for (code, sub, minutes, whole) in [(368, 1_390_008, 60, true), (100, 1_404_112, 24 * 60, true), (80_001, 0, 5, false), (368, 0, 0, false)] {
            let error = block(code, sub);
            assert_eq!(error.of_the_account, whole, "{code}/{sub}");
            if minutes > 0 {
                assert_eq!(error.class, ErrorClass::RateLimited { until: Some(NOW + TimeDelta::minutes(minutes)) }, "{code}/{sub}");
            }
            assert!(!whole || !error.remedy.is_empty(), "{code}/{sub}");
        }
        let mut answer = answer(400, json!({"error": {"message": "m", "code": 368, "error_subcode": 1_390_008}}));
        answer.headers.insert("retry-after", "60".parse().unwrap());
        let class = Call { speaker: SPEAKER, visible: false, now: NOW }.understand::<Value>(&answer).unwrap_err().class;
        assert_eq!(class, ErrorClass::RateLimited { until: Some(NOW + TimeDelta::hours(1)) });
    }

    #[test]
    fn unknown_codes_stay_visible() {
        let error = error(false, 400, json!({"message": "Strange things", "code": 4711, "error_subcode": "12"}));
        assert_eq!((error.code.as_str(), error.message.as_str()), ("4711/12", "Facebook refused the call. It said: “Strange things”"));
    }
}
