//! `/me`: what a key is good for.

use chrono::{DateTime, Utc};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::auth::{Caller, Known};
use super::problem::{Answer, Problem};
use crate::actions::api_keys::SCOPES;
use crate::model::workspace;

/// The key that the request was made with.
#[derive(Debug, Object)]
struct Me {
    key: Key,
    workspace: Workspace,
    /// What the key may do; a key made without scopes may do all of it.
    scopes: Vec<String>,
}

#[derive(Debug, Object)]
struct Key {
    id: String,
    name: String,
    /// When the key ends; null if it does not.
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Object)]
struct Workspace {
    id: String,
    name: String,
    /// The IANA name of the zone in which people enter and see its times.
    time_zone: String,
}

#[derive(Debug)]
pub struct MeApi;

#[OpenApi]
impl MeApi {
    /// The key's workspace and scopes
    #[oai(path = "/me", method = "get", operation_id = "me")]
    async fn me(&self, caller: Caller) -> Answer<Json<Me>> {
        caller.run_any(me).await.map(Json)
    }
}

fn me(known: &Known) -> Answer<Me> {
    let workspace = known.app.db.read(|db| workspace::get(db, known.workspace()))?.ok_or_else(|| Problem::not_found("workspace"))?;
    let key = &known.key;
    Ok(Me {
        key: Key { id: key.id.to_string(), name: key.name.clone(), expires_at: key.expires_at },
        workspace: Workspace { id: workspace.id.to_string(), name: workspace.name, time_zone: workspace.time_zone },
        scopes: SCOPES.iter().filter(|scope| key.may(scope)).map(|scope| (*scope).to_owned()).collect(),
    })
}
