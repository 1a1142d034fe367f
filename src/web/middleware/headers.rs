//! The headers of every answer. A handler that needs another one sets it itself; what is set already is left alone.

use std::sync::Arc;

use poem::http::HeaderValue;
use poem::http::header::{self, HeaderName};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use super::log::Traced;
use crate::web::{Edge, error};

/// Nothing from anywhere but here, nothing inline, no frame. `blob:` shows pictures that are just being uploaded. Forms may go nowhere else,
/// redirects included: ways to other hosts are plain links.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Browsers leave the Origin of a form out under no-referrer, and we look at it.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds them, also to what the router or an endpoint refused on its own.
pub async fn add<E: Endpoint>(next: Arc<E>, request: Request) -> Result<Response> {
    let https = request.data::<Arc<Edge>>().is_some_and(|edge| edge.app.config.server.public_url.starts_with("https://"));
    let id = request.data::<Traced>().map(|traced| traced.id.clone()).unwrap_or_default();
    let for_programs = request.uri().path().starts_with("/api/");
    let mut answer = match next.call(request).await {
        Ok(answer) => answer.into_response(),
        Err(e) => error::refused(e, for_programs, &id),
    };
    harden(&mut answer, https);
    Ok(answer)
}

pub fn harden(answer: &mut Response, https: bool) {
    for (name, value) in ALWAYS {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        answer.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static("max-age=31536000"));
    }
}
