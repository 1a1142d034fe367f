//! Making and revoking keys for the REST API.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{Actor, Error};
use crate::app::App;
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::model::{api_key, audit, workspace};
use crate::secret::{self, Secret};

/// What a key can be allowed to do; a key without scopes may do all of it.
pub const SCOPES: &[&str] = &["accounts:read", "media:read", "media:write", "posts:read", "posts:write"];

/// Makes a key. It is shown this once: only its fingerprint is stored.
pub fn create(
    app: &App,
    actor: Actor,
    workspace: WorkspaceId,
    name: &str,
    scopes: &[String],
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(ApiKeyId, Secret), Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid("name", "invalid", "A key needs a name of at most 100 characters, by which you recognise it later."));
    }
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(Error::invalid("scopes", "unknown", format!("There is no scope {unknown}; the scopes are {}.", SCOPES.join(", "))));
    }
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid("expires", "past", "The key's end lies in the past."));
    }
    let key = Secret::new(format!("pm3k_{}", secret::random_word()));
    let id = app.db.write(|tx| {
        workspace::get(tx, workspace)?.ok_or(Error::NotFound("workspace"))?;
        let id = api_key::create(tx, workspace, name, key.expose(), scopes, expires_at, now)?;
        audit::note(tx, Some(workspace), &actor.to_string(), "api_key.create", &id.to_string(), name, now)?;
        Ok::<_, Error>(id)
    })?;
    Ok((id, key))
}

/// Ends a key at once.
pub fn revoke(app: &App, actor: Actor, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), Error> {
    app.db.write(|tx| {
        if !api_key::revoke(tx, id, now)? {
            return Err(Error::NotFound("API key"));
        }
        audit::note(tx, None, &actor.to_string(), "api_key.revoke", &id.to_string(), "", now)?;
        Ok(())
    })
}

/// What an earlier request with the same `Idempotency-Key` (and the fingerprint of the same request) made. Asked before the work, and again in the
/// transaction that ends it, since the same request may come twice at once.
pub(super) fn made_before<T: FromStr>(db: &Connection, workspace: WorkspaceId, key: Option<(&str, [u8; 32])>) -> Result<Option<T>, Error> {
    let Some((key, request_hash)) = key else { return Ok(None) };
    match api_key::made_before(db, workspace, key)? {
        None => Ok(None),
        Some(before) if before.request_hash == request_hash => before.made.parse().map(Some).map_err(|_| Error::KeyReused),
        Some(_) => Err(Error::KeyReused),
    }
}
