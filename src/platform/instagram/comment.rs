//! The first comment under a post that is out.
//!
//! Invariants: the call is visible and is made once; whether it acted is found out by reading. A comment is the account's own only when its text
//! and its author are the same; a list that is too long to be read to its end answers nothing.

use serde::Deserialize;
use serde_json::Value;

use super::wire::unwrapped;
use super::{Instagram, errors};
use crate::kind::Login;
use crate::platform::meta::wire::{Created, Id, List, normalised};
use crate::platform::{ErrorClass, PlatformError, Work};

/// Instagram gives at most 50 comments at once.
const AT_ONCE: &str = "50";
const MAX_PAGES: usize = 40;

#[derive(Debug, Deserialize)]
struct Comment {
    id: Id,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    username: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    username: String,
}

impl Instagram {
    pub(super) fn post_comment(&self, work: &Work<'_>, media: &str, text: &str) -> Result<String, PlatformError> {
        let path = format!("{media}/comments");
        let created: Created = self.caller(work)?.publish(&path, &[("message", text.trim())]).map_err(|error| errors::of_comment(error, work.now))?;
        Ok(created.id.into_string())
    }

    pub(super) fn own_comment(&self, work: &Work<'_>, media: &str, text: &str) -> Result<Option<String>, PlatformError> {
        let (path, text) = (format!("{media}/comments"), normalised(text));
        let (mut same, mut after) = (Vec::<Comment>::new(), None::<String>);
        for page in 0.. {
            if page == MAX_PAGES {
                return Err(untold("The post has too many comments to look for one among them."));
            }
            let mut fields = vec![("fields", "id,text,username,timestamp"), ("limit", AT_ONCE)];
            fields.extend(after.as_deref().map(|after| ("after", after)));
            let list: List<Comment> = self.read(work, &path, &fields)?;
            after = list.after().map(str::to_owned);
            same.extend(list.data.into_iter().filter(|comment| comment.text.as_deref().map(normalised).as_ref() == Some(&text)));
            if after.is_none() {
                break;
            }
        }
        let by = |name: &str| same.iter().find(|comment| comment.username.as_deref().is_some_and(|author| author.eq_ignore_ascii_case(name)));
        if same.is_empty() {
            return Ok(None);
        }
        if same.iter().any(|comment| comment.username.is_none()) {
            return Err(untold("Instagram does not tell who wrote a comment with the same words."));
        }
        if let Some(comment) = by(&work.account.username) {
            return Ok(Some(comment.id.as_str().to_owned()));
        }
        // The account may have been renamed since it was connected.
        let now_called = self.username(work)?;
        Ok(by(&now_called).map(|comment| comment.id.as_str().to_owned()))
    }

    fn username(&self, work: &Work<'_>) -> Result<String, PlatformError> {
        let path = if work.account.login == Login::Instagram { "me" } else { work.account.remote_id.as_str() };
        let profile: Value = self.read(work, path, &[("fields", "username")])?;
        let named = unwrapped::<Named>(profile);
        named
            .map(|named| named.username)
            .ok_or_else(|| PlatformError::new(ErrorClass::Transient, "unreadable", "Instagram's answer about the account cannot be read."))
    }
}

fn untold(message: &str) -> PlatformError {
    PlatformError::new(ErrorClass::Transient, "comment_untold", message).remedy("Look at the post on Instagram.")
}
