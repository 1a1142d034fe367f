//! Why a command was not done, and which exit status says so.

use std::fmt;

use serde_json::{Value, json};

use crate::actions::{self, FieldProblem};
use crate::config::Problem;

/// A command's failure.
#[derive(Debug)]
pub enum Failure {
    /// The command line itself is wrong.
    Usage(String),
    Config(Vec<Problem>),
    NotFound(String),
    /// A rule forbids it; the sentence says which and what to do.
    Refused(String),
    /// As refused, with the fields that have to change.
    Invalid(Vec<FieldProblem>),
    Failed(anyhow::Error),
}

impl Failure {
    pub fn status(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Usage(_) | Failure::Config(_) => 2,
            Failure::NotFound(_) => 3,
            Failure::Refused(_) | Failure::Invalid(_) => 4,
        }
    }

    pub fn json(&self) -> Value {
        let problems = match self {
            Failure::Config(problems) => json!(problems),
            Failure::Invalid(problems) => json!(problems),
            _ => json!([]),
        };
        json!({ "error": { "status": self.status(), "message": self.to_string(), "problems": problems } })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(text) | Failure::NotFound(text) | Failure::Refused(text) => f.write_str(text),
            Failure::Failed(e) => write!(f, "{e:#}"),
            Failure::Config(problems) => {
                f.write_str("the configuration is wrong")?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Failure::Invalid(problems) => {
                f.write_str("this cannot be done as it is")?;
                problems.iter().try_for_each(|problem| match problem.account_id {
                    Some(account) => write!(f, "\n  {account}: {}: {}", problem.field, problem.message),
                    None => write!(f, "\n  {}: {}", problem.field, problem.message),
                })
            }
        }
    }
}

impl From<actions::Error> for Failure {
    fn from(e: actions::Error) -> Failure {
        match e {
            actions::Error::NotFound(what) => Failure::NotFound(format!("there is no such {what}")),
            actions::Error::Invalid(problems) => Failure::Invalid(problems),
            actions::Error::Refused(why) | actions::Error::NoRoom(why) => Failure::Refused(why),
            e @ actions::Error::KeyReused => Failure::Refused(e.to_string()),
            actions::Error::Internal(e) => Failure::Failed(e),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(e: anyhow::Error) -> Failure {
        Failure::Failed(e)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Failure {
        Failure::Failed(anyhow::Error::new(e).context("the database"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Failure {
        Failure::Failed(e.into())
    }
}
