//! Who sends a file: an API key with the scope for it, or a page of a signed-in browser.
//!
//! What must always be true here: a browser changes nothing without its form token, and nothing that another site sent; an upload is reached only by the
//! key or the person that began it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem::Request;
use poem::http::{StatusCode, header};

use crate::actions::Actor;
use crate::actions::uploads::Owner;
use crate::app::App;
use crate::model::workspace::Role;
use crate::web::Edge;
use crate::web::api::auth;
use crate::web::api::problem::{Answer, Problem};
use crate::web::blocking;
use crate::web::middleware::form_token;
use crate::web::middleware::session::Current;

const SCOPE: &str = "media:write";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Who {
    pub app: Arc<App>,
    pub owner: Owner,
    /// When the request came.
    pub now: DateTime<Utc>,
}

impl Who {
    /// `changes`: the request may change something, so that a browser must prove that it comes from one of our pages.
    pub async fn of(request: &Request, changes: bool) -> Answer<Who> {
        if let Some(sent) = request.header(header::AUTHORIZATION) {
            let word = sent.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer")).map(|(_, word)| word.trim().to_owned());
            let app = request.data::<Arc<App>>().cloned().ok_or_else(|| Problem::internal(&"the API was mounted without its application"))?;
            let known = match word {
                Some(word) => blocking::run(move || auth::known(app, &word)).await??,
                None => None,
            };
            let known = auth::allowed(known.ok_or_else(Problem::unauthorized)?, SCOPE)?;
            return Ok(Who { owner: Owner { workspace: known.workspace(), actor: known.actor() }, now: known.now, app: known.app });
        }
        let (Some(edge), Some(current)) = (request.data::<Arc<Edge>>(), request.data::<Current>()) else { return Err(signed_out()) };
        if changes {
            from_our_page(request, &edge.app, current)?;
        }
        let member = current.place.as_ref().filter(|(_, role)| *role >= Role::Contributor);
        let (workspace, _) = member.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "role", "You may not upload files in this workspace. Ask an admin."))?;
        let owner = Owner { workspace: workspace.id, actor: Actor::User(current.user.id) };
        Ok(Who { app: Arc::clone(&edge.app), owner, now: edge.app.clock.now() })
    }
}

fn signed_out() -> Problem {
    let detail =
        "You are not signed in. Sign in, then choose the file again: it goes on where it stopped. (Programs send an API key: Authorization: Bearer pm3k_…)";
    Problem { detail: detail.to_owned(), ..Problem::unauthorized() }
}

fn from_our_page(request: &Request, app: &App, current: &Current) -> Answer<()> {
    if !form_token::is_of_this_site(request, &app.config.server.public_url) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_origin", "This request came from another site, so it was not carried out."));
    }
    let sent = request.header("x-form-token").unwrap_or_default();
    if !form_token::is_right(&app.keys, &current.word, sent) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "form_token", "The page is out of date. Load it again, then choose the file once more."));
    }
    Ok(())
}
