//! `/accounts`: the connected accounts of the key's workspace.

use chrono::{DateTime, Utc};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::auth::{Caller, Known};
use super::input;
use super::problem::Answer;
use crate::ids::AccountId;
use crate::model::account;

/// A connected social account.
#[derive(Debug, Object)]
struct Account {
    id: String,
    /// `tiktok`, `facebook` or `instagram`.
    platform: String,
    /// The platform's own id of the account.
    remote_id: String,
    username: String,
    display_name: String,
    /// `active`, `needs_reconnect` (its posts wait until a person connects it again) or `disconnected`.
    status: String,
    /// What was granted when it was connected, in the platform's words.
    scopes: Vec<String>,
    /// When its access ends if it is not renewed; renewing happens by itself.
    expires_at: Option<DateTime<Utc>>,
}

/// A page of accounts.
#[derive(Debug, Object)]
struct AccountPage {
    items: Vec<Account>,
    /// Send it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

#[derive(Debug)]
pub struct AccountsApi;

#[OpenApi]
impl AccountsApi {
    /// The connected accounts
    ///
    /// Oldest first. Needs the scope `accounts:read`.
    #[oai(path = "/accounts", method = "get", operation_id = "list_accounts")]
    async fn list(
        &self,
        caller: Caller,
        /// How many items a page has: 1 to 200, 50 if it is left out.
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Json<AccountPage>> {
        caller.run("accounts:read", move |known| list(known, limit.0, cursor.0.as_deref())).await.map(Json)
    }
}

fn list(known: &Known, limit: Option<u32>, cursor: Option<&str>) -> Answer<AccountPage> {
    let limit = input::page_size(limit)?;
    let after = input::cursor(cursor)?.unwrap_or(AccountId(0));
    // One more than asked for tells whether there is a next page.
    let mut found = known.app.db.read(|db| account::list(db, Some(known.workspace()), after, limit + 1))?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next_cursor = found.last().filter(|_| more).map(|account| account.id.to_string());
    Ok(AccountPage { items: found.into_iter().map(answer).collect(), next_cursor })
}

fn answer(account: account::Account) -> Account {
    Account {
        id: account.id.to_string(),
        platform: account.platform.to_string(),
        remote_id: account.remote_id,
        username: account.username,
        display_name: account.display_name,
        status: account.status.as_str().to_owned(),
        scopes: account.scopes,
        expires_at: account.expires_at,
    }
}
