//! `pm3k api-key`: keys for the REST API.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{when, workspace_or_first};
use crate::actions::{Actor, api_keys};
use crate::cli::common::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, day, utc, utc_option};
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::model::api_key::{self, ApiKey};

/// Make, list and revoke keys for the REST API
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key; it is printed this once, alone on stdout
    #[command(after_help = "\
Scopes: accounts:read, media:read, media:write, posts:read, posts:write

Examples:
  pm3k api-key create --name 'nightly import'
  pm3k api-key create --name dashboard --scopes accounts:read,posts:read --expires 90d")]
    Create {
        /// What it is for, so that you recognise it later
        #[arg(long)]
        name: String,
        /// The workspace it works in, such as ws_1 [default: the first one]
        #[arg(long, value_name = "W")]
        workspace: Option<WorkspaceId>,
        /// What it may do, comma-separated [default: everything]
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<String>,
        /// When it ends: a length of time (90d) or a day (2027-01-31) [default: never]
        #[arg(long, value_name = "D")]
        expires: Option<String>,
    },
    /// List the keys (never their secret part)
    List,
    /// End a key at once
    Revoke {
        /// The key's id, such as key_1
        id: ApiKeyId,
    },
}

pub fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    match command {
        Command::Create { name, workspace, scopes, expires } => create(context, &name, workspace, &scopes, expires.as_deref()),
        Command::List => list(context),
        Command::Revoke { id } => {
            let app = context.existing_app()?;
            api_keys::revoke(&app, Actor::Cli, id, context.now())?;
            context.note(&format!("{id} does not work any more"));
            Ok(Output::new("", json!({ "id": id, "revoked": true })))
        }
    }
}

fn create(context: &Context, name: &str, id: Option<WorkspaceId>, scopes: &[String], expires: Option<&str>) -> Result<Output, Failure> {
    let app = context.app()?;
    let workspace = workspace_or_first(&app, id)?;
    let now = context.now();
    let ends = expires.map(|text| when::end(&app.zones, &workspace.time_zone, text, now)).transpose()?;
    let scopes: Vec<String> = scopes.iter().map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect();
    let (id, key) = api_keys::create(&app, Actor::Cli, workspace.id, name, &scopes, ends, now)?;
    context.note(&format!("{id} works in the workspace {}. This is the only time the key is shown:", workspace.name));
    let json = json!({ "id": id, "key": key.expose(), "name": name, "workspace_id": workspace.id, "scopes": scopes, "expires_at": utc_option(ends) });
    Ok(Output::new(format!("{}\n", key.expose()), json))
}

fn list(context: &Context) -> Result<Output, Failure> {
    let app = context.existing_app()?;
    let keys = app.db.read(api_key::list)?;
    let now = context.now();
    let rows = keys.iter().map(|key| {
        let scopes = if key.scopes.is_empty() { "everything".to_owned() } else { key.scopes.join(" ") };
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), day);
        vec![key.id.to_string(), key.name.clone(), format!("{}…", key.hint), key.workspace_id.to_string(), scopes, state(key, now), used]
    });
    Ok(Output::list(&["id", "name", "begins with", "workspace", "may", "state", "last used"], rows.collect(), keys.iter().map(view).collect()))
}

fn state(key: &ApiKey, now: DateTime<Utc>) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(at)) if at <= now => "ended".to_owned(),
        (None, Some(at)) => format!("works until {}", day(at)),
        (None, None) => "works".to_owned(),
    }
}

fn view(key: &ApiKey) -> Value {
    json!({
        "id": key.id, "name": key.name, "hint": key.hint, "workspace_id": key.workspace_id, "scopes": key.scopes,
        "created_at": utc(key.created_at), "expires_at": utc_option(key.expires_at),
        "last_used_at": utc_option(key.last_used_at), "revoked_at": utc_option(key.revoked_at),
    })
}
