//! Graph's error envelope, and the version header.
//!
//! Always true: clients decide by code and subcode; the HTTP status follows the code as the contracts tell it.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::usage;
use crate::{
    http::{answer::Answer, request::Ask},
    world::{Now, World},
};

/// Year, month, day.
type Day = (i32, u32, u32);

/// The versions, and the first day on which each is no longer served. A call to an ended one is served by the oldest that is left, silently.
const VERSIONS: &[(u32, Option<Day>)] = &[
    (20, Some((2026, 9, 24))),
    (21, Some((2027, 1, 21))),
    (22, Some((2027, 5, 20))),
    (23, Some((2027, 10, 8))),
    (24, Some((2028, 2, 18))),
    (25, Some((2028, 7, 29))),
    (26, None),
];

#[derive(Debug)]
pub struct GraphError {
    pub status: u16,
    pub code: i32,
    pub subcode: Option<u32>,
    pub kind: &'static str,
    pub message: String,
    pub user: Option<(&'static str, &'static str)>,
    pub data: Option<Box<Value>>,
    /// For the list of calls only: what the platform would not say.
    pub why: Option<Box<str>>,
    /// Instagram's token endpoint has another shape.
    pub flat: bool,
}

impl GraphError {
    pub fn new(code: i32, message: impl Into<String>) -> GraphError {
        let status = match code {
            1 | 2 => 500,
            4 | 10 | 17 | 32 | 200..=299 | 368 => 403,
            190 | 102 => 401,
            _ => 400,
        };
        GraphError { status, code, subcode: None, kind: "OAuthException", message: message.into(), user: None, data: None, why: None, flat: false }
    }

    /// Status and body of an error that a fault tells.
    pub fn envelope(code: i32, subcode: Option<u32>) -> (u16, String) {
        let error = GraphError { subcode, ..GraphError::new(code, format!("(#{code}) Simulated")) };
        // Instagram's publishing errors all come with 400, and code 1 with a subcode was seen so, too, with the post made.
        let bad_request = code == 1 || subcode.is_some_and(|subcode| subcode / 1_000 == 2_207);
        let status = if subcode.is_some() && bad_request { 400 } else { error.status };
        (status, error.body("ASimulatedTrace".into()).to_string())
    }

    fn body(&self, trace: String) -> Value {
        let mut body = Map::new();
        body.insert("message".into(), json!(self.message));
        body.insert("type".into(), json!(self.kind));
        body.insert("code".into(), json!(self.code));
        if let Some(subcode) = self.subcode {
            body.insert("error_subcode".into(), json!(subcode));
        }
        if let Some((title, message)) = self.user {
            body.insert("error_user_title".into(), json!(title));
            body.insert("error_user_msg".into(), json!(message));
        }
        let transient = matches!(self.code, 1 | 2);
        if transient || self.user.is_some() {
            body.insert("is_transient".into(), json!(transient));
        }
        if let Some(data) = &self.data {
            body.insert("error_data".into(), data.as_ref().clone());
        }
        body.insert("fbtrace_id".into(), json!(trace));
        json!({"error": body})
    }

    /// What goes with the error for a program, as the offsets of an upload do.
    pub fn data(mut self, data: Value) -> GraphError {
        self.data = Some(Box::new(data));
        self
    }

    /// Where the status does not follow the code.
    pub fn at(mut self, status: u16) -> GraphError {
        self.status = status;
        self
    }

    pub fn sub(mut self, subcode: u32) -> GraphError {
        self.subcode = Some(subcode);
        self
    }

    pub fn user(mut self, title: &'static str, message: &'static str) -> GraphError {
        self.user = Some((title, message));
        self
    }

    pub fn because(mut self, why: impl Into<String>) -> GraphError {
        self.why = Some(why.into().into());
        self
    }

    /// The object does not exist, cannot be seen, or the token is the wrong one: Graph does not say which.
    pub fn unseen(id: &str) -> GraphError {
        let message = format!(
            "Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        );
        GraphError { kind: "GraphMethodException", ..GraphError::new(100, message).sub(33) }
    }

    pub fn missing(parameter: &str) -> GraphError {
        GraphError::new(100, format!("(#100) Missing parameter: {parameter}"))
    }

    pub fn bad(message: impl std::fmt::Display) -> GraphError {
        GraphError::new(100, format!("(#100) {message}"))
    }

    pub fn permission(scope: &str) -> GraphError {
        GraphError::new(200, format!("(#200) Requires {scope} permission to manage the object"))
    }
}

/// Turns outcomes into answers.
#[derive(Debug)]
pub struct Graph;

impl Graph {
    pub fn answer(world: &mut World, ask: &Ask, outcome: Result<Value, GraphError>, now: Now) -> Answer {
        let mut answer = match outcome {
            Ok(value) => Answer::json(200, &value),
            Err(error) if error.flat => {
                let body = json!({"error_type": error.kind, "code": error.status, "error_message": error.message});
                Answer::json(error.status, &body).noted(error.message)
            }
            Err(error) => Graph::refuse(world, &error),
        };
        answer.headers.extend(usage::headers(world, ask, now));
        match served_version(ask.version.as_deref(), now) {
            Some(version) => answer.with("facebook-api-version", version),
            None => answer,
        }
    }

    fn refuse(world: &mut World, error: &GraphError) -> Answer {
        let note = error.subcode.map_or(error.code.to_string(), |subcode| format!("{}/{subcode}", error.code));
        let note = error.why.as_ref().map_or(note.clone(), |why| format!("{note}: {why}"));
        Answer::json(error.status, &error.body(world.trace_id())).noted(note)
    }
}

fn served_version(asked: Option<&str>, now: Now) -> Option<String> {
    let (major, _) = asked?.strip_prefix('v')?.split_once('.')?;
    let today = now.date_naive();
    let served = |end: &Option<Day>| end.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day)).is_none_or(|end| today < end);
    let alive = || VERSIONS.iter().filter(|(_, end)| served(end)).map(|(major, _)| *major);
    let major = major.parse::<u32>().ok()?.clamp(alive().min()?, alive().max()?);
    Some(format!("v{major}.0"))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::served_version;

    #[test]
    fn an_ended_version_is_served_by_the_oldest_that_is_left() {
        let cases = [
            ((2026, 9, 23), "v20.0", "v20.0"),
            ((2026, 9, 24), "v20.0", "v21.0"),
            ((2027, 1, 20), "v21.0", "v21.0"),
            ((2027, 1, 21), "v21.0", "v22.0"),
            ((2028, 7, 28), "v3.1", "v25.0"),
            ((2028, 7, 29), "v25.0", "v26.0"),
            ((2026, 12, 1), "v26.0", "v26.0"),
        ];
        for ((year, month, day), asked, served) in cases {
            let now = Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap();
            assert_eq!(served_version(Some(asked), now).as_deref(), Some(served), "{asked} on {now}");
        }
        assert_eq!(served_version(None, Utc::now()), None);
    }
}
