//! Against forged requests, twice: what another site sends is refused by what the browser says of it, and every form carries a word that only
//! this browser's pages know.

use std::sync::Arc;

use poem::http::{Method, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use subtle::ConstantTimeEq;

use crate::secret::{self, Keys, Secret};
use crate::web::Edge;
use crate::web::error::Error;
use crate::web::middleware::log::Traced;

/// Stands for a browser that is not signed in, so that the sign-in form has a token too.
pub const ANONYMOUS: &str = "pm3k_anonymous";
/// How long such a browser may take to sign in, in seconds.
pub const ANONYMOUS_LIFE: i64 = 3600;

/// Refuses what another site sent, before its body is read.
pub async fn same_origin<E: Endpoint>(next: Arc<E>, request: Request) -> Result<Response> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let public_url = request.data::<Arc<Edge>>().map(|edge| edge.app.config.server.public_url.clone()).unwrap_or_default();
    if !safe && !is_of_this_site(&request, &public_url) {
        let id = request.data::<Traced>().map(|traced| traced.id.clone()).unwrap_or_default();
        return Ok(Error::CrossOrigin.into_response(&id));
    }
    next.call(request).await.map(IntoResponse::into_response)
}

/// Does it come from our own pages, as far as the browser tells?
pub fn is_of_this_site(request: &Request, public_url: &str) -> bool {
    is_ours(request.header("sec-fetch-site"), request.header(header::ORIGIN), request.header(header::HOST), public_url)
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`; over plain http, and older ones, only in `Origin`. A client that says neither is no
/// browser that could be misled, and still needs the form token.
fn is_ours(fetch_site: Option<&str>, origin: Option<&str>, host: Option<&str>, public_url: &str) -> bool {
    match (fetch_site, origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let public = url::Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization());
            let ours = host.is_some_and(|host| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host));
            ours || public.as_deref() == Some(origin)
        }
    }
}

/// The token of the forms shown to the browser that holds `word` in its cookie.
pub fn token(keys: &Keys, word: &Secret) -> String {
    secret::hex(&secret::hmac_sha256(&keys.derive("form token"), word.expose().as_bytes()))
}

pub fn is_right(keys: &Keys, word: &Secret, sent: &str) -> bool {
    token(keys, word).as_bytes().ct_eq(sent.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_site_sends_is_told_apart() {
        let ours = |site, origin| is_ours(site, origin, Some("127.0.0.1:8080"), "https://pm3k.example.org/");
        assert!(ours(Some("same-origin"), None));
        assert!(ours(None, None));
        assert!(ours(None, Some("https://pm3k.example.org")));
        assert!(ours(None, Some("http://127.0.0.1:8080")));
        for (site, origin) in [
            (Some("cross-site"), None),
            (Some("same-site"), Some("https://pm3k.example.org")),
            (None, Some("null")),
            (None, Some("https://evil.example")),
            (None, Some("https://pm3k.example.org.evil.example")),
            (None, Some("http://127.0.0.1:8081")),
            (None, Some("http://pm3k.example.org")),
        ] {
            assert!(!ours(site, origin), "{site:?} {origin:?}");
        }
    }

    #[test]
    fn a_token_belongs_to_one_browser_and_one_installation() {
        let (keys, other) = (Keys::new([1; 32]), Keys::new([2; 32]));
        let (a, b) = (Secret::new("a"), Secret::new("b"));
        let sent = token(&keys, &a);
        assert!(is_right(&keys, &a, &sent));
        assert!(!is_right(&keys, &b, &sent) && !is_right(&other, &a, &sent) && !is_right(&keys, &a, ""));
    }
}
