//! An answer before it becomes HTTP.
//!
//! Always true: an answer is plain data, so that a fault can replace it after the act.

use poem::{Response, http::StatusCode};
use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// For the list of calls: the platform's own code, or nothing.
    pub note: String,
}

impl Answer {
    pub fn json(status: u16, value: &Value) -> Answer {
        Answer::text(status, "application/json; charset=utf-8", value.to_string())
    }

    pub fn html(status: u16, body: String) -> Answer {
        Answer::text(status, "text/html; charset=utf-8", body)
    }

    pub fn empty(status: u16) -> Answer {
        Answer::text(status, "text/plain", String::new())
    }

    pub fn redirect(to: String) -> Answer {
        Answer::empty(302).with("location", to)
    }

    pub fn text(status: u16, content_type: &'static str, body: String) -> Answer {
        Answer { status, content_type, headers: Vec::new(), body: body.into_bytes(), note: String::new() }
    }

    pub fn with(mut self, name: &'static str, value: String) -> Answer {
        self.headers.push((name, value));
        self
    }

    pub fn noted(mut self, note: impl Into<String>) -> Answer {
        self.note = note.into();
        self
    }

    pub fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut builder = Response::builder().status(status).content_type(self.content_type);
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        builder.body(self.body)
    }
}
