//! What people can do, shared by the pages, the API and the command line: check, one transaction, wake the publisher.
//!
//! Invariants: every action takes the workspace it acts in and checks each id against it; what it changes it changes in one transaction, with
//! its audit entry; it never speaks to a platform while it holds one.

pub mod accounts;
pub mod api_keys;
pub mod disk;
pub mod jobs;
pub mod media;
pub mod posts;
pub mod uploads;
pub mod users;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, ApiKeyId, UserId};
use crate::platform::Remedy;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    Key(ApiKeyId),
    Cli,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::User(id) => id.fmt(f),
            Actor::Key(id) => id.fmt(f),
            Actor::Cli => f.write_str("cli"),
        }
    }
}

/// One thing that has to change before the action can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// As the API names it: `caption`, `media.0`, `targets.1.options.privacy_level`, `schedule.at`.
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Remedy::is_none")]
    pub remedy: Remedy,
}

impl FieldProblem {
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> FieldProblem {
        FieldProblem { field: field.into(), account_id: None, code: code.to_owned(), message: message.into(), remedy: Remedy::None }
    }
}

/// Why an action was not done. Nothing was changed.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing in this workspace; the word says what (`post`).
    NotFound(&'static str),
    /// Fields have to change.
    Invalid(Vec<FieldProblem>),
    /// A rule forbids it now; the sentence says why and what to do.
    Refused(String),
    /// The same `Idempotency-Key` came with another request.
    KeyReused,
    /// There is no room: the quota or the disk's floor.
    NoRoom(String),
    /// Something is wrong with the installation.
    Internal(anyhow::Error),
}

impl Error {
    pub fn invalid(field: impl Into<String>, code: &str, message: impl Into<String>) -> Error {
        Error::Invalid(vec![FieldProblem::new(field, code, message)])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound(what) => write!(f, "there is no such {what}"),
            Error::Invalid(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    let separator = if i == 0 { "" } else { "\n" };
                    write!(f, "{separator}{}: {}", problem.field, problem.message)?;
                }
                Ok(())
            }
            Error::Refused(why) | Error::NoRoom(why) => f.write_str(why),
            Error::KeyReused => f.write_str("this Idempotency-Key was used for another request; use a new key"),
            Error::Internal(e) => write!(f, "{e:#}"),
        }
    }
}

impl std::error::Error for Error {}

/// What a full disk means for whoever just asked for something.
pub const DISK_FULL: &str = "The server's disk is full. Nothing was changed; ask the admin to make room, then try again.";

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        if crate::model::is_full(&e) { Error::NoRoom(DISK_FULL.into()) } else { Error::Internal(e.into()) }
    }
}

impl From<anyhow::Error> for Error {
    fn from(e: anyhow::Error) -> Self {
        Error::Internal(e)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        if e.kind() == std::io::ErrorKind::StorageFull || e.kind() == std::io::ErrorKind::QuotaExceeded {
            return Error::NoRoom(DISK_FULL.into());
        }
        Error::Internal(e.into())
    }
}
