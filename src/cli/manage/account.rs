//! `pm3k account`: the connected social accounts.

use serde_json::{Value, json};

use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, day, utc, utc_option};
use crate::ids::{AccountId, WorkspaceId};
use crate::model::account::{self, Account};

/// List the connected social accounts
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the connected accounts; they are connected on the accounts page of the server
    List {
        /// Only those of this workspace, such as ws_1
        #[arg(long, value_name = "W")]
        workspace: Option<WorkspaceId>,
    },
}

/// Accounts read at once.
const BATCH: u32 = 500;

pub fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    let Command::List { workspace } = command;
    let app = context.existing_app()?;
    let accounts = app.db.read(|db| {
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map_or(AccountId(0), |account| account.id);
            let batch = account::list(db, workspace, after, BATCH)?;
            if batch.is_empty() {
                return Ok::<_, rusqlite::Error>(all);
            }
            all.extend(batch);
        }
    })?;
    let rows = accounts.iter().map(|account| {
        let state = account.status_reason.as_ref().map_or_else(|| account.status.as_str().to_owned(), |why| format!("{}: {why}", account.status.as_str()));
        let ends = account.renew_by.or(account.expires_at).map(day).unwrap_or_default();
        vec![account.id.to_string(), account.platform.name().to_owned(), format!("@{}", account.username), account.display_name.clone(), state, ends]
    });
    Ok(Output::list(&["id", "platform", "username", "name", "state", "access ends"], rows.collect(), accounts.iter().map(view).collect()))
}

fn view(account: &Account) -> Value {
    json!({
        "id": account.id, "platform": account.platform, "remote_id": account.remote_id, "username": account.username, "display_name": account.display_name,
        "status": account.status.as_str(), "scopes": account.scopes, "expires_at": utc_option(account.expires_at),
        "workspace_id": account.workspace_id, "missing_scopes": account.missing_scopes, "connected_at": utc(account.connected_at),
    })
}
