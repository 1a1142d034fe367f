//! A request's id, and one line about it when it is answered. Query strings, and paths that are secrets, are never written.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use poem::http::HeaderValue;
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use super::client;
use crate::secret;
use crate::web::Edge;

/// What every handler may want to know of its request.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Shown to the person when something fails, and written with the line: eight bytes, so that it can be read out.
    pub id: String,
    pub client: IpAddr,
}

pub async fn line<E: Endpoint>(next: Arc<E>, mut request: Request) -> Result<Response> {
    let began = Instant::now();
    let id = secret::hex(&secret::random::<8>());
    let trusted = request.data::<Arc<Edge>>().map(|edge| edge.app.config.server.trusted_proxies.clone()).unwrap_or_default();
    let client = client::address(&request, &trusted);
    let method = request.method().clone();
    let path = shown(request.uri().path());
    request.set_data(Traced { id: id.clone(), client });
    let mut answer = match next.call(request).await {
        Ok(answer) => answer.into_response(),
        Err(e) => e.into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("x-request-id", value);
    }
    let (status, ms) = (answer.status().as_u16(), began.elapsed().as_millis());
    if status >= 500 {
        tracing::error!(request = id, %method, path, status, ms, %client, "answered");
    } else {
        tracing::info!(request = id, %method, path, status, ms, %client, "answered");
    }
    Ok(answer)
}

/// A path as it may be written: those that open something end at the part that does.
fn shown(path: &str) -> String {
    const SECRET_AFTER: [&str; 2] = ["/media/", "/data-deletion/status/"];
    for prefix in SECRET_AFTER {
        if let Some(rest) = path.strip_prefix(prefix)
            && rest.len() > 24
        {
            return format!("{prefix}…");
        }
    }
    path.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn signed_addresses_are_not_written() {
        assert_eq!(shown("/media/0123456789abcdef0123456789abcdef/clip.mp4"), "/media/…");
        assert_eq!(shown("/posts/post_1"), "/posts/post_1");
        assert_eq!(shown("/media/media_12"), "/media/media_12");
    }
}
