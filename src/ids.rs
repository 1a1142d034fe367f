//! Typed ids. A row's id is a number in the table and a prefixed word everywhere outside (`post_12`), so that an id of the wrong kind is
//! refused where it is parsed and never reaches a query.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId {
    expected: &'static str,
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "is not an id of this kind; one looks like {}_12", self.expected)
    }
}

impl std::error::Error for BadId {}

macro_rules! id {
    ($(#[$doc:meta] $name:ident = $prefix:literal;)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl $name {
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map($name)
                    .ok_or(BadId { expected: $prefix })
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.0))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map($name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

id! {
    /// A client or brand.
    WorkspaceId = "ws";
    /// A person who signs in.
    UserId = "user";
    /// A signed-in browser.
    SessionId = "session";
    /// A key for the REST API.
    ApiKeyId = "key";
    /// One connected social account.
    AccountId = "acct";
    /// One connecting flow through a platform's consent pages.
    ConnectId = "connect";
    /// One uploaded file.
    MediaId = "media";
    /// What a person composed.
    PostId = "post";
    /// One post on one account.
    JobId = "job";
    /// One copy of a media file, converted for a platform.
    RenditionId = "rendition";
    /// One try at one step of a job.
    AttemptId = "attempt";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_a_foreign_one_is_refused() {
        assert_eq!("post_12".parse(), Ok(PostId(12)));
        assert_eq!(PostId(12).to_string(), "post_12");
        for bad in ["media_12", "12", "post_", "post_-1", "post_1x", "post_99999999999999999999"] {
            assert!(bad.parse::<PostId>().is_err(), "{bad}");
        }
    }
}
