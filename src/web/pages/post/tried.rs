//! What was tried for a job, as its timeline shows it.

use chrono::{DateTime, Utc};

use crate::model::attempt::Attempt;
use crate::web::when::{self, When};

pub struct Try {
    pub step: String,
    pub at: When,
    pub took: String,
    pub outcome: &'static str,
    pub tone: &'static str,
    pub icon: &'static str,
    pub message: String,
    pub code: String,
}

/// A job's tries, in order. Only one of them publishes it: what is done after that is a comment, or a look for its link.
pub fn all(attempts: &[Attempt], at: &dyn Fn(DateTime<Utc>) -> When) -> Vec<Try> {
    let first = attempts.iter().position(|attempt| attempt.outcome.as_deref() == Some("done"));
    attempts.iter().enumerate().map(|(place, attempt)| of(attempt, first == Some(place), at)).collect()
}

fn of(attempt: &Attempt, publishes: bool, at: &dyn Fn(DateTime<Utc>) -> When) -> Try {
    let (outcome, tone, icon) = match attempt.outcome.as_deref() {
        None => ("under way", "live", "loader-circle"),
        Some("done") if publishes => ("published", "good", "circle-check"),
        Some("ok" | "done") => ("done", "good", "circle-check"),
        Some("wait") => ("waits", "info", "clock"),
        Some("interrupted") => ("cut off", "warn", "triangle-alert"),
        Some("transient") => ("failed for now", "warn", "triangle-alert"),
        Some("rate_limited") => ("asked to slow down", "warn", "clock"),
        Some("limit_reached") => ("limit reached", "warn", "clock"),
        Some("needs_reconnect") => ("access has ended", "bad", "unlink"),
        Some("unknown_outcome") => ("outcome unknown", "warn", "circle-question-mark"),
        Some("rejected") => ("refused", "bad", "circle-x"),
        Some(_) => ("failed", "bad", "circle-x"),
    };
    let codes = [attempt.code.clone(), attempt.http_status.map(|status| format!("HTTP {status}")), attempt.trace_id.clone().map(|id| format!("trace {id}"))];
    Try {
        step: attempt.step.clone(),
        at: at(attempt.started_at),
        took: attempt.finished_at.map(|end| when::duration(end - attempt.started_at)).unwrap_or_default(),
        outcome,
        tone,
        icon,
        message: attempt.message.clone().unwrap_or_default(),
        code: codes.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}
