//! The types of configuration values: how people write them, and what makes one wrong.
//!
//! Invariant: an error's sentence never holds the value of a secret.

use std::net::{IpAddr, SocketAddr};

use chrono::TimeDelta;
use ipnet::IpNet;

use super::urls;
use crate::secret::Secret;

/// What a key's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    /// One word without spaces; may be empty.
    Id,
    Secret,
    Email,
    Folder,
    Switch,
    Number {
        least: u64,
        most: u64,
    },
    /// `most` in seconds.
    Duration {
        most: u64,
    },
    Size,
    Address,
    /// Where people reach the server; http is allowed, a path is not.
    PublicUrl,
    /// Base of a platform's addresses; kept without a slash at its end.
    BaseUrl,
    /// A page of a platform; kept as it is.
    PageUrl,
    GraphVersion,
    Tls,
    Scopes,
    Hosts,
    Networks,
}

/// A value as it was given: in the environment and in flags always text, in the file text or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    Text(String),
    List(Vec<String>),
}

/// A checked value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Secret(Secret),
    Switch(bool),
    Number(u64),
    Duration(TimeDelta),
    Size(u64),
    Address(SocketAddr),
    List(Vec<String>),
    Networks(Vec<IpNet>),
}

impl Type {
    pub fn is_list(self) -> bool {
        matches!(self, Type::Scopes | Type::Hosts | Type::Networks)
    }

    /// The text of an environment variable or a flag as a value of this type.
    pub fn raw(self, text: &str) -> Raw {
        if self.is_list() {
            Raw::List(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        } else {
            Raw::Text(text.to_owned())
        }
    }

    /// The value, or the sentence that says what is wrong with it and how it is written right.
    pub fn check(self, raw: &Raw) -> Result<Value, String> {
        match raw {
            Raw::Text(text) => self.check_text(text),
            Raw::List(items) => self.check_list(items),
        }
    }

    fn check_text(self, text: &str) -> Result<Value, String> {
        match self {
            Type::Text => match text.chars().find(|c| c.is_control() && *c != '\n') {
                Some(_) => Err("must not contain control characters".into()),
                None => Ok(Value::Text(text.trim().to_owned())),
            },
            Type::Id => one_word(text).map(|()| Value::Text(text.to_owned())),
            Type::Secret => one_word(text).map(|()| Value::Secret(Secret::new(text))),
            Type::Email => email(text),
            Type::Folder => folder(text),
            Type::Switch => text.parse().map(Value::Switch).map_err(|_| format!("{text:?} must be true or false")),
            Type::Number { least, most } => match text.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
                _ => Err(format!("{text:?} must be a whole number from {least} to {most}")),
            },
            Type::Duration { most } => duration(text, most),
            Type::Size => size(text),
            Type::Address => text.parse().map(Value::Address).map_err(|_| {
                format!("{text:?} must be an IP address and a port, such as \"127.0.0.1:8080\", \"0.0.0.0:8080\" for all of this machine's addresses, or \"[::1]:8080\"")
            }),
            Type::PublicUrl => urls::public(text).map(Value::Text),
            Type::BaseUrl => urls::base(text).map(Value::Text),
            Type::PageUrl => urls::page(text).map(Value::Text),
            Type::GraphVersion => graph_version(text),
            Type::Tls => match text {
                "off" => Ok(Value::Text(text.to_owned())),
                "files" | "acme" => Err(format!(
                    "{text:?} is not in this version yet: serving HTTPS from certificate files or by ACME comes later. Keep \"off\" and put a reverse proxy in front"
                )),
                _ => Err(format!("{text:?} must be \"off\"")),
            },
            Type::Scopes | Type::Hosts | Type::Networks => Err("must be a list".into()),
        }
    }

    fn check_list(self, items: &[String]) -> Result<Value, String> {
        match self {
            Type::Scopes => scopes(items),
            Type::Hosts => hosts(items),
            Type::Networks => items.iter().map(|item| network(item)).collect::<Result<_, _>>().map(Value::Networks),
            _ => Err("must be one value, not a list".into()),
        }
    }
}

fn one_word(text: &str) -> Result<(), String> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not contain spaces or line breaks; copy it again from the developer portal".into());
    }
    Ok(())
}

fn email(text: &str) -> Result<Value, String> {
    let text = text.trim();
    let looks_right = text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if text.is_empty() || (looks_right && !text.contains(char::is_whitespace)) {
        Ok(Value::Text(text.to_owned()))
    } else {
        Err(format!("{text:?} is not an e-mail address; one looks like \"name@example.org\""))
    }
}

fn folder(text: &str) -> Result<Value, String> {
    if text == "~" || text.starts_with("~/") {
        return Err(format!("{text:?}: the sign ~ is not understood here; write the whole path"));
    }
    if text.contains('\0') {
        return Err("must be a path".into());
    }
    Ok(Value::Text(text.to_owned()))
}

fn duration(text: &str, most: u64) -> Result<Value, String> {
    let wrong = || format!("{text:?} is not a length of time; one is written like \"45m\", \"1h 30m\" or \"30d\"");
    let span = humantime::parse_duration(text.trim()).map_err(|_| wrong())?;
    if span.as_secs() > most {
        let most = std::time::Duration::from_secs(most);
        return Err(format!("{text:?} must be at most {}", humantime::format_duration(most)));
    }
    TimeDelta::from_std(span).map(Value::Duration).map_err(|_| wrong())
}

fn size(text: &str) -> Result<Value, String> {
    let wrong = || format!("{text:?} is not a size; one is written like \"20GiB\" or \"500MB\"");
    // A number alone leaves open whether somebody meant bytes or gigabytes.
    if !text.trim().ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(wrong());
    }
    let size: bytesize::ByteSize = text.trim().parse().map_err(|_| wrong())?;
    if i64::try_from(size.as_u64()).is_err() {
        return Err(format!("{text:?} is larger than any disk"));
    }
    Ok(Value::Size(size.as_u64()))
}

/// The oldest Graph API version whose answers the program understands.
const OLDEST_GRAPH: u32 = 21;

fn graph_version(text: &str) -> Result<Value, String> {
    let major = text.strip_prefix('v').and_then(|rest| rest.split_once('.')).and_then(|(major, minor)| {
        let digits = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        (digits(major) && digits(minor)).then(|| major.parse::<u32>().ok()).flatten()
    });
    match major {
        None => Err(format!("{text:?} must be a version like \"v26.0\"")),
        Some(major) if major < OLDEST_GRAPH => Err(format!("{text:?} is too old; the oldest version that works is \"v{OLDEST_GRAPH}.0\"")),
        Some(_) => Ok(Value::Text(text.to_owned())),
    }
}

fn scopes(items: &[String]) -> Result<Value, String> {
    if items.is_empty() {
        return Err("must name at least one scope".into());
    }
    for scope in items {
        if scope == "video.create" {
            return Err("there is no scope \"video.create\", although older documents name it; direct posts need \"video.publish\"".into());
        }
        if scope.is_empty() || !scope.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b)) {
            return Err(format!("{scope:?} is not a scope; one looks like \"video.publish\""));
        }
    }
    Ok(Value::List(items.to_vec()))
}

fn hosts(items: &[String]) -> Result<Value, String> {
    if items.is_empty() {
        return Err("must name at least one host".into());
    }
    let plain =
        |host: &String| !host.is_empty() && !host.starts_with('.') && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    match items.iter().find(|host| !plain(host)) {
        Some(host) => Err(format!("{host:?} is not a host name; one looks like \"tiktokapis.com\", in small letters, without https:// and without a port")),
        None => Ok(Value::List(items.to_vec())),
    }
}

fn network(item: &str) -> Result<IpNet, String> {
    item.parse::<IpNet>()
        .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{item:?} is not a network; one is written like \"10.0.0.0/8\" or \"127.0.0.1\""))
}
