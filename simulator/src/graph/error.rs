//! Graph's error envelope, and the version header.
//!
//! Always true: clients decide by code and subcode; the HTTP status follows the code as the contracts tell it.

use serde_json::{Map, Value, json};

use crate::{
    http::{answer::Answer, request::Ask},
    world::World,
};

/// The oldest version that is still served; a call to an older one is served by it, silently.
const OLDEST: (u32, u32) = (21, 0);
const NEWEST: (u32, u32) = (26, 0);

#[derive(Debug)]
pub struct GraphError {
    pub status: u16,
    pub code: i32,
    pub subcode: Option<u32>,
    pub kind: &'static str,
    pub message: String,
    pub user: Option<(&'static str, &'static str)>,
    pub data: Option<Value>,
    /// For the list of calls only: what the platform would not say.
    pub why: String,
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
        GraphError { status, code, subcode: None, kind: "OAuthException", message: message.into(), user: None, data: None, why: String::new(), flat: false }
    }

    /// Status and body of an error that a fault tells.
    pub fn envelope(code: i32, subcode: Option<u32>) -> (u16, String) {
        let error = GraphError { subcode, ..GraphError::new(code, format!("(#{code}) Simulated")) };
        let (status, body) = (error.status, error.body("ASimulatedTrace".into()));
        (status, body.to_string())
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
            body.insert("error_data".into(), data.clone());
        }
        body.insert("fbtrace_id".into(), json!(trace));
        json!({"error": body})
    }

    /// What goes with the error for a program, as the offsets of an upload do.
    pub fn data(mut self, data: Value) -> GraphError {
        self.data = Some(data);
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
        self.why = why.into();
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
    pub fn answer(world: &mut World, ask: &Ask, outcome: Result<Value, GraphError>) -> Answer {
        let answer = match outcome {
            Ok(value) => Answer::json(200, &value),
            Err(error) if error.flat => {
                let body = json!({"error_type": error.kind, "code": error.status, "error_message": error.message});
                Answer::json(error.status, &body).noted(error.message)
            }
            Err(error) => Graph::refuse(world, &error),
        };
        match served_version(ask.version.as_deref()) {
            Some(version) => answer.with("facebook-api-version", version),
            None => answer,
        }
    }

    fn refuse(world: &mut World, error: &GraphError) -> Answer {
        let note = error.subcode.map_or(error.code.to_string(), |subcode| format!("{}/{subcode}", error.code));
        let note = if error.why.is_empty() { note } else { format!("{note}: {}", error.why) };
        Answer::json(error.status, &error.body(world.trace_id())).noted(note)
    }
}

fn served_version(asked: Option<&str>) -> Option<String> {
    let (major, minor) = asked?.strip_prefix('v')?.split_once('.')?;
    let asked = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?);
    let (major, minor) = asked.clamp(OLDEST, NEWEST);
    Some(format!("v{major}.{minor}"))
}
