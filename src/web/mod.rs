//! The web edge: pages, API and everything else that answers HTTP. Only this folder contains `async`, and only it knows poem.
//!
//! Invariants:
//! - A handler is a plain function on a thread that may block; it is reached through [`blocking`], once a request.
//! - No change is made for a signed-in browser without the session's form token; a request that another site sent is refused before its body is read.
//! - A page loads nothing from other hosts, and runs no script and no style that is not a file of ours.
//! - Query strings are never logged: they carry codes and states.

pub mod api;
mod assets;
pub mod blocking;
mod body;
mod error;
pub mod health;
pub mod media_files;
mod middleware;
pub mod paced;
mod pages;
mod server;
mod upload;
mod visit;
mod when;

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route, get, post};

use self::middleware::{form_token, headers, linger, log, panic, rate::Rates, session};
pub use self::server::{Server, Stopper};
use self::visit::{page, taking_files};
use crate::app::App;
use crate::secret::Secret;

/// What the handlers share.
#[derive(Debug)]
pub struct Edge {
    pub app: Arc<App>,
    /// Opens `/setup` while there is nobody; printed by the server, held nowhere else.
    setup_token: Option<Secret>,
    rates: Rates,
}

/// Every address, and what a request passes on its way there (the last line first).
fn routes(edge: &Arc<Edge>) -> impl Endpoint<Output = Response> + use<> {
    let pages = Route::new()
        .at("/", get(page(pages::posts::home)))
        .at("/setup", get(page(pages::setup::show)).post(page(pages::setup::submit)))
        .at("/sign-in", get(page(pages::sign_in::show)).post(page(pages::sign_in::submit)))
        .at("/sign-out", post(page(pages::sign_in::sign_out)))
        .at("/posts", get(page(pages::posts::list)))
        .at("/posts/list", get(page(pages::posts::fragment)))
        .at("/posts/new", get(page(pages::compose::show)).post(taking_files(pages::compose::submit)))
        .at("/posts/check", post(page(pages::compose::check)))
        .at("/posts/:id", get(page(pages::post::show)))
        .at("/posts/:id/live", get(page(pages::post::fragment)))
        .at("/posts/:id/cancel", post(page(pages::post::cancel)))
        .at("/posts/:id/retry", post(page(pages::post::retry)))
        .at("/posts/:id/publish-now", post(page(pages::post::publish_now)))
        .at("/posts/:id/rehearse", post(page(pages::post::rehearse)))
        .at("/jobs/:id/confirm", post(page(pages::post::confirm)))
        .at("/jobs/:id/retry-comment", post(page(pages::post::retry_comment)))
        .at("/media/remove", post(page(pages::media::remove)))
        .at("/media", get(page(pages::media::list)))
        .at("/media/:id", get(page(pages::pictures::upload)))
        .at("/thumbnails/:id", get(page(pages::pictures::thumbnail)).post(page(pages::pictures::take_frame)))
        .at("/accounts", get(page(pages::accounts::list)))
        .at("/accounts/:id/avatar", get(page(pages::pictures::avatar)))
        .at("/accounts/connect/:login", get(page(pages::connect::begin)))
        .at("/accounts/callback/:login", get(page(pages::connect::callback)))
        .at("/accounts/choose/:id", get(page(pages::connect::show_choices)).post(page(pages::connect::choose)))
        .at("/accounts/choose/:id/avatar/:number", get(page(pages::pictures::choice)))
        .at("/privacy", get(page(pages::legal::privacy)))
        .at("/terms", get(page(pages::legal::terms)))
        .at("/data-deletion", get(page(pages::legal::deletion)))
        .at("/data-deletion/:platform", get(page(pages::legal::deletion_platform)))
        .around(form_token::same_origin)
        .around(session::load)
        .around(linger::hear_out);

    let app = || Arc::clone(&edge.app);
    Route::new()
        .nest("/api", api::routes(app()))
        .at("/media/:token/:name", media_files::file(app()))
        .at("/robots.txt", media_files::robots())
        .at("/healthz", health::alive())
        .at("/readyz", health::ready(app()))
        .at("/metrics", health::metrics(app()))
        .at("/assets/:build/*path", get(poem::endpoint::make_sync(assets::serve)))
        .nest("/", pages)
        .around(headers::add)
        .around(log::line)
        .around(panic::catch)
        .data(Arc::clone(edge))
        .map_to_response()
}
