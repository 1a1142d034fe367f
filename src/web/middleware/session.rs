//! The session cookie, and who it stands for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem::http::header;
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use crate::app::App;
use crate::ids::SessionId;
use crate::model::user::User;
use crate::model::workspace::{self, Role, Workspace};
use crate::model::{session, user};
use crate::secret::Secret;
use crate::web::Edge;
use crate::web::blocking;
use crate::web::error::Error;
use crate::web::middleware::log::Traced;

pub const COOKIE: &str = "pm3k_session";

/// A signed-in person, in the workspace that they look at.
#[derive(Debug, Clone)]
pub struct Current {
    pub session: SessionId,
    pub word: Secret,
    pub user: User,
    /// None for somebody who is a member of nothing.
    pub place: Option<(Workspace, Role)>,
}

/// Looks the cookie's session up; a request without one, or with one that is over, goes on as nobody's.
pub async fn load<E: Endpoint>(next: Arc<E>, mut request: Request) -> Result<Response> {
    let edge = request.data::<Arc<Edge>>().cloned();
    if let (Some(edge), Some(word)) = (edge, cookie(&request, COOKIE)) {
        let app = Arc::clone(&edge.app);
        let now = app.clock.now();
        match blocking::run(move || find(&app, Secret::new(word), now)).await {
            Ok(Ok(Some(current))) => request.set_data(current),
            Ok(Ok(None)) => {}
            failed => {
                let id = request.data::<Traced>().map(|traced| traced.id.clone()).unwrap_or_default();
                return Ok(Error::Internal(anyhow::anyhow!("the session could not be read: {failed:?}")).into_response(&id));
            }
        }
    }
    next.call(request).await.map(IntoResponse::into_response)
}

fn find(app: &App, word: Secret, now: DateTime<Utc>) -> rusqlite::Result<Option<Current>> {
    let found = app.db.read(|db| {
        let Some(session) = session::by_word(db, word.expose(), now)? else { return Ok::<_, rusqlite::Error>(None) };
        let Some(user) = user::get(db, session.user_id)?.filter(|user| user.disabled_at.is_none()) else { return Ok(None) };
        let place = workspace::of_user(db, user.id, user.is_admin)?.into_iter().next();
        Ok(Some((session, user, place)))
    })?;
    let Some((session, user, place)) = found else { return Ok(None) };
    if session.is_stale(now) {
        // A full disk keeps nobody out.
        if let Err(e) = app.db.write(|tx| session::touch(tx, session.id, now)) {
            tracing::warn!("when the session was used could not be stored: {e}");
        }
    }
    Ok(Some(Current { session: session.id, word, user, place }))
}

/// One cookie's value. Of several with the same name the first counts, as browsers send the most specific one first.
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    let all = request.headers().get_all(header::COOKIE);
    let mut pairs = all.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, value)| *found == name && !value.is_empty() && value.len() <= 128).map(|(_, value)| value.to_owned())
}

/// A `Set-Cookie` value. Lax, since Strict would not be sent when a platform's consent page sends the person back.
pub fn set_cookie(name: &str, value: &str, max_age: i64, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}
