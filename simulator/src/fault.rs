//! Faults as data: which call goes wrong, when, and how.
//!
//! Always true: a fault is matched by the call's name (`calls.rs`) and, when given, by the account's remote id.
//! Each fault counts the matching calls by itself; the first one in the list that is due acts, alone.

use std::time::Duration;

use serde_json::json;

use crate::graph::error::GraphError;

/// The name that matches every call made with an account's token.
pub const ANY_CALL: &str = "*";

/// `call` from its `nth` matching call on (1 = the next one), `times` times.
#[derive(Clone, Debug)]
pub struct Fault {
    pub call: String,
    pub account: Option<String>,
    pub nth: u32,
    pub times: u32,
    pub kind: FaultKind,
}

impl Fault {
    /// The next such call of any account, once.
    pub fn next(call: &str, kind: FaultKind) -> Fault {
        Fault { call: call.to_owned(), account: None, nth: 1, times: 1, kind }
    }

    /// Whether it will still act, after so many matching calls.
    pub(crate) fn left(&self, seen: u32) -> bool {
        seen.saturating_add(1) < self.nth.max(1).saturating_add(self.times)
    }
}

#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The connection is dropped and nothing is done.
    DropBefore,
    /// Done, but the connection is dropped without an answer.
    ActThenDrop,
    /// Done, but answered with this instead.
    ActThenStatus { status: u16, body: String },
    /// Done, but answered with an empty 200.
    ActThenEmpty200,
    /// Answered with this; nothing is done.
    Answer { status: u16, body: String },
    /// Waits in real time, then acts.
    Delay(Duration),
    /// Acts, waits in real time, then answers.
    DelayAnswer(Duration),
    /// The account's access token ends right before this call, which then meets a dead token. Refresh tokens live on.
    ExpireToken,
    /// Acts, and lets TikTok's events that are due then reach the webhook before the answer leaves.
    WebhooksFirst,
    /// Uploads: reads so many bytes of the body, keeps them where the platform would, drops the connection.
    BreakBody { after: u64 },
}

impl FaultKind {
    /// For the list of calls.
    pub fn in_words(&self) -> &'static str {
        match self {
            FaultKind::DropBefore => "dropped before it acted",
            FaultKind::ActThenDrop => "acted, then dropped",
            FaultKind::ActThenStatus { .. } => "acted, then answered with an error",
            FaultKind::ActThenEmpty200 => "acted, then answered with nothing",
            FaultKind::Answer { .. } => "answered without acting",
            FaultKind::Delay(_) => "delayed",
            FaultKind::DelayAnswer(_) => "acted, answered late",
            FaultKind::ExpireToken => "its token ended",
            FaultKind::WebhooksFirst => "its webhooks came first",
            FaultKind::BreakBody { .. } => "its body broke off",
        }
    }

    /// Nothing is done, and Graph says why in its own envelope.
    pub fn graph(code: i32, subcode: Option<u32>) -> FaultKind {
        let (status, body) = GraphError::envelope(code, subcode);
        FaultKind::Answer { status, body }
    }

    /// Done, but Graph answers with this error.
    pub fn act_then_graph(code: i32, subcode: Option<u32>) -> FaultKind {
        let (status, body) = GraphError::envelope(code, subcode);
        FaultKind::ActThenStatus { status, body }
    }

    /// An error of Meta's upload host, whose shape is another; nothing is kept.
    pub fn rupload(status: u16, kind: &str, retriable: bool) -> FaultKind {
        let body = json!({"debug_info": {"retriable": retriable, "type": kind, "message": "Request processing failed"}});
        FaultKind::Answer { status, body: body.to_string() }
    }
}

/// The faults that were set, each with how many calls it has seen.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many have not acted for the last time.
    pub(crate) fn waiting(&self) -> usize {
        self.0.iter().filter(|(fault, seen)| fault.left(*seen)).count()
    }

    /// Each with how many calls it has seen.
    pub(crate) fn list(&self) -> impl Iterator<Item = &(Fault, u32)> {
        self.0.iter()
    }

    /// What this call meets. Counts it for every fault that it matches.
    pub(crate) fn take(&mut self, call: &str, account: Option<&str>) -> Option<FaultKind> {
        let mut due = None;
        for (fault, seen) in &mut self.0 {
            let other_account = fault.account.is_some() && fault.account.as_deref() != account;
            let is_meant = fault.call == call || (fault.call == ANY_CALL && account.is_some());
            if !is_meant || other_account {
                continue;
            }
            *seen = seen.saturating_add(1);
            let first = fault.nth.max(1);
            if due.is_none() && *seen >= first && *seen < first.saturating_add(fault.times) {
                due = Some(fault.kind.clone());
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_its_turn_and_its_account() {
        let mut faults = Faults::default();
        faults.add(Fault { call: "a".into(), account: Some("1".into()), nth: 2, times: 2, kind: FaultKind::DropBefore });
        let mut hit = |call, account| faults.take(call, account).is_some();
        assert!(!hit("a", Some("1")));
        assert!(!hit("b", Some("1")));
        assert!(!hit("a", Some("2")));
        assert!(!hit("a", None));
        assert!(hit("a", Some("1")));
        assert!(hit("a", Some("1")));
        assert!(!hit("a", Some("1")));
    }
}
