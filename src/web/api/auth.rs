//! Who calls: an API key, its workspace, and what it may do.
//!
//! What must always be true here: no handler gets to a workspace but through [`Caller::run`], which has checked the scope; a key that is unknown,
//! revoked or over is told the same as no key at all.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem::Request;
use poem::http::StatusCode;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use poem_openapi::error::AuthorizationError;

use super::problem::{Answer, Problem};
use crate::actions::Actor;
use crate::app::App;
use crate::ids::WorkspaceId;
use crate::model::api_key::{self, ApiKey};
use crate::web::blocking;

/// An API key: `Authorization: Bearer pm3k_…`. `pm3k api-key create` makes one. Each operation names the scope that a key needs for it; a key made
/// without scopes may do all of them, within its workspace.
#[derive(Debug, SecurityScheme)]
#[oai(ty = "bearer", rename = "api_key", checker = "check")]
pub struct Caller(Known);

/// A key that may be used, and the installation it belongs to.
#[derive(Debug, Clone)]
pub struct Known {
    pub app: Arc<App>,
    pub key: ApiKey,
    /// When the request came.
    pub now: DateTime<Utc>,
}

impl Known {
    pub fn workspace(&self) -> WorkspaceId {
        self.key.workspace_id
    }

    pub fn actor(&self) -> Actor {
        Actor::Key(self.key.id)
    }
}

impl Caller {
    /// Who it is, if the key has `scope`.
    pub fn allowed(self, scope: &str) -> Answer<Known> {
        allowed(self.0, scope)
    }

    /// Does `work` where it may block, if the key has `scope`.
    pub async fn run<T: Send + 'static>(self, scope: &str, work: impl FnOnce(&Known) -> Answer<T> + Send + 'static) -> Answer<T> {
        let known = self.allowed(scope)?;
        blocking::run(move || work(&known)).await?
    }

    /// As [`Caller::run`], for what every key may do.
    pub async fn run_any<T: Send + 'static>(self, work: impl FnOnce(&Known) -> Answer<T> + Send + 'static) -> Answer<T> {
        let known = self.0;
        blocking::run(move || work(&known)).await?
    }
}

pub(super) fn allowed(known: Known, scope: &str) -> Answer<Known> {
    if known.key.may(scope) {
        return Ok(known);
    }
    let detail = format!("This key does not have the scope {scope}. Make one that has it: pm3k api-key create --scopes {scope}");
    Err(Problem::new(StatusCode::FORBIDDEN, "scope", detail))
}

async fn check(request: &Request, bearer: Bearer) -> poem::Result<Known> {
    let app = request.data::<Arc<App>>().cloned().ok_or_else(|| Problem::internal(&"the API was mounted without its application"))?;
    let known = blocking::run(move || known(app, &bearer.token)).await.map_err(Problem::from)??;
    known.ok_or_else(|| AuthorizationError.into())
}

pub(super) fn known(app: Arc<App>, word: &str) -> Answer<Option<Known>> {
    let now = app.clock.now();
    let Some(key) = app.db.read(|db| api_key::by_key(db, word, now))? else { return Ok(None) };
    if key.is_stale(now) {
        // A full disk keeps nobody out.
        if let Err(e) = app.db.write(|tx| api_key::touch(tx, key.id, now)) {
            tracing::warn!(key = %key.id, "when the key was used could not be stored: {e}");
        }
    }
    Ok(Some(Known { app, key, now }))
}
