//! The `oauth2` crate over the program's own HTTP: bounded answers, no redirects, one pool.

use std::fmt;
use std::io::Cursor;

use oauth2::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::http::Response;

use super::http::{Body, Call, Http, NoAnswer};

/// What `oauth2` sends its requests with.
#[derive(Debug)]
pub struct OauthHttp<'a>(pub &'a Http);

/// A token call without an answer.
#[derive(Debug)]
pub struct OauthFailure(pub NoAnswer);

impl fmt::Display for OauthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for OauthFailure {}

impl SyncHttpClient for OauthHttp<'_> {
    type Error = OauthFailure;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, OauthFailure> {
        let (parts, body) = request.into_parts();
        let headers: Vec<(&str, &str)> = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let length = body.len() as u64;
        let mut reader = Cursor::new(body);
        let url = parts.uri.to_string();
        let body = Body::Stream { reader: &mut reader, length };
        let answer = self.0.send(Call { method: parts.method, url: &url, headers: &headers, body, visible: false }).map_err(OauthFailure)?;
        let mut response = Response::new(answer.body);
        *response.status_mut() = ureq::http::StatusCode::from_u16(answer.status).unwrap_or_default();
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
