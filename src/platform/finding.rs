//! What a rehearsal found: a post tried without posting.

use serde::{Deserialize, Serialize};

use super::{ErrorClass, PlatformError};

/// What a finding means for the post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Looked at, and as it should be.
    Fine,
    /// It may still go out; somebody should look.
    Warning,
    /// It would fail as things are.
    Blocking,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Fine => "fine",
            Verdict::Warning => "warning",
            Verdict::Blocking => "blocking",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at: `access`, `permissions`, `creator`, `page`, `limits`, `media`, `media_url`, `post`.
    pub subject: String,
    pub verdict: Verdict,
    /// The platform's code, or a word of ours; `ok` where all is well.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// What to do; empty when nothing is needed.
    pub remedy: String,
}

impl Finding {
    pub fn fine(subject: &str, message: impl Into<String>) -> Finding {
        Finding { subject: subject.to_owned(), verdict: Verdict::Fine, code: "ok".into(), message: message.into(), remedy: String::new() }
    }

    pub fn warning(subject: &str, code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { subject: subject.to_owned(), verdict: Verdict::Warning, code: code.to_owned(), message: message.into(), remedy: remedy.into() }
    }

    pub fn blocking(subject: &str, code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Blocking, ..Finding::warning(subject, code, message, remedy) }
    }

    /// A question that was not answered, or answered with a refusal. What will pass by itself is a warning: there is time until the post is due.
    pub fn of_error(subject: &str, error: PlatformError) -> Finding {
        let verdict = match error.class {
            ErrorClass::NeedsReconnect | ErrorClass::Rejected | ErrorClass::Bug => Verdict::Blocking,
            ErrorClass::Transient | ErrorClass::RateLimited { .. } | ErrorClass::LimitReached { .. } | ErrorClass::UnknownOutcome => Verdict::Warning,
        };
        Finding { subject: subject.to_owned(), verdict, code: error.code, message: error.message, remedy: error.remedy }
    }
}
