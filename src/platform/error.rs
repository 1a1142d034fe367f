//! What went wrong, sorted by what helps. Adapters classify; `publisher::retry` decides.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What helps against an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum ErrorClass {
    /// Trying later helps, and is harmless.
    Transient,
    /// The platform asks to slow down; not before `until`, if it says.
    RateLimited { until: Option<DateTime<Utc>> },
    /// A quota of the account is used up (posts a day): the job waits for its window.
    LimitReached { until: Option<DateTime<Utc>> },
    /// The access has ended: renew it, or a person connects again.
    NeedsReconnect,
    /// Final until a person changes something; `remedy` says what.
    Rejected,
    /// The call may have acted. Never repeat it blindly: reconcile first.
    UnknownOutcome,
    /// This program is at fault (or its installation is).
    Bug,
}

impl ErrorClass {
    /// The class's word in the API and the table.
    pub fn as_str(&self) -> &'static str {
        match self {
            ErrorClass::Transient => "transient",
            ErrorClass::RateLimited { .. } => "rate_limited",
            ErrorClass::LimitReached { .. } => "limit_reached",
            ErrorClass::NeedsReconnect => "needs_reconnect",
            ErrorClass::Rejected => "rejected",
            ErrorClass::UnknownOutcome => "unknown_outcome",
            ErrorClass::Bug => "bug",
        }
    }
}

/// One failed step. Never holds a token: adapters build `message` from the platform's own message, not from URLs or headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformError {
    pub class: ErrorClass,
    /// The platform's own code (`190/460`, `rate_limit_exceeded`), or a word of ours where it gave none.
    pub code: String,
    /// What happened, in a sentence for the person.
    pub message: String,
    /// What the person can do; empty when nothing is needed.
    pub remedy: String,
    /// The platform's trace id (`fbtrace_id`, `log_id`).
    pub trace_id: Option<String>,
    pub http_status: Option<u16>,
    /// What was staged is of no use any more: the next try begins from the start. Only ever set when nothing is public.
    pub start_over: bool,
    /// It is the platform's word on the post itself (it failed), not on the call that asked. After the visible call, nothing else ends a job.
    pub of_the_post: bool,
    /// It is said of the whole account (a block for posting too fast): none of its posts and comments is sent before the time in the class.
    pub of_the_account: bool,
}

impl PlatformError {
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> PlatformError {
        PlatformError {
            class,
            code: code.into(),
            message: message.into(),
            remedy: String::new(),
            trace_id: None,
            http_status: None,
            start_over: false,
            of_the_post: false,
            of_the_account: false,
        }
    }

    pub fn bug(message: impl Into<String>) -> PlatformError {
        PlatformError::new(ErrorClass::Bug, "internal", message).remedy("Please report this, with the lines of the log around it.")
    }

    pub fn remedy(mut self, remedy: impl Into<String>) -> PlatformError {
        self.remedy = remedy.into();
        self
    }

    pub fn trace_id(mut self, trace_id: Option<String>) -> PlatformError {
        self.trace_id = trace_id;
        self
    }

    pub fn http_status(mut self, status: u16) -> PlatformError {
        self.http_status = Some(status);
        self
    }

    pub fn of_the_post(mut self) -> PlatformError {
        self.of_the_post = true;
        self
    }

    pub fn of_the_account(mut self) -> PlatformError {
        self.of_the_account = true;
        self
    }

    pub fn start_over(mut self) -> PlatformError {
        self.start_over = true;
        self
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for PlatformError {}
