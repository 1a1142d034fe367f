//! Calls to one Graph API host.
//!
//! Invariants: the token travels in a header, the `appsecret_proof` with every call of a host that takes it; no call is without a version.

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use ureq::http::Method;

use super::errors::{Call as Circumstances, Speaker};
use super::usage;
use crate::platform::PlatformError;
use crate::platform::http::{Answer, Body, Call, Http};
use crate::secret::{Secret, hex, hmac_sha256};

/// From this percentage on a warning is logged.
const MUCH_USED: u32 = 80;

/// One host with its version and its app.
#[derive(Debug, Clone)]
pub struct Graph {
    pub http: Http,
    pub speaker: Speaker,
    /// Base URL with the version.
    root: String,
    version: String,
    /// The app secret, where the host takes `appsecret_proof`.
    proof_key: Option<Secret>,
}

impl Graph {
    pub fn new(http: Http, speaker: Speaker, base_url: &str, version: &str, proof_key: Option<Secret>) -> Graph {
        Graph { http, speaker, root: format!("{}/{version}", base_url.trim_end_matches('/')), version: version.to_owned(), proof_key }
    }

    /// Calls with one token, at one moment.
    pub fn with<'a>(&'a self, token: &'a Secret, now: DateTime<Utc>) -> Caller<'a> {
        Caller { graph: self, token: Some(token), now }
    }

    /// Calls that carry their credentials among the fields (token exchanges).
    pub fn without_token(&self, now: DateTime<Utc>) -> Caller<'_> {
        Caller { graph: self, token: None, now }
    }

    /// Lower-case hex of HMAC-SHA256 over the token, under the app secret.
    fn proof(&self, token: &Secret) -> Option<String> {
        self.proof_key.as_ref().map(|key| hex(&hmac_sha256(key.expose().as_bytes(), token.expose().as_bytes())))
    }

    fn watch(&self, answer: &Answer) {
        let used = usage::read(&answer.headers).highest;
        if used >= MUCH_USED {
            tracing::warn!(platform = %self.speaker.platform, percent = used, "most of Meta's allowance for calls is used");
        }
        if let Some(served) = answer.header("facebook-api-version")
            && served != self.version
        {
            tracing::warn!(platform = %self.speaker.platform, wanted = self.version, served, "Meta answered with another API version than the configured one");
        }
    }
}

/// A host, a token, a moment.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    graph: &'a Graph,
    token: Option<&'a Secret>,
    now: DateTime<Utc>,
}

impl Caller<'_> {
    pub fn get<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)]) -> Result<T, PlatformError> {
        let proof = self.proof();
        let proof = proof.as_deref().map(|proof| ("appsecret_proof", proof));
        let url = self.url(path, fields.iter().copied().chain(proof));
        self.send(Call { method: Method::GET, url: &url, headers: &headers(&self.bearer(), None), body: Body::Empty, visible: false })
    }

    /// A change that nobody sees.
    pub fn post<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)]) -> Result<T, PlatformError> {
        self.form(path, fields, false)
    }

    /// The call that makes a post public.
    pub fn publish<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)]) -> Result<T, PlatformError> {
        self.form(path, fields, true)
    }

    /// A body of its own (multipart) that nobody sees yet.
    pub fn push<T: DeserializeOwned>(&self, path: &str, content_type: &str, reader: &mut dyn Read, length: u64) -> Result<T, PlatformError> {
        let url = self.url(path, std::iter::empty());
        let bearer = self.bearer();
        let headers = headers(&bearer, Some(content_type));
        self.send(Call { method: Method::POST, url: &url, headers: &headers, body: Body::Stream { reader, length }, visible: false })
    }

    /// For a multipart body, which carries the proof itself.
    pub fn proof(&self) -> Option<String> {
        self.token.and_then(|token| self.graph.proof(token))
    }

    fn form<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)], visible: bool) -> Result<T, PlatformError> {
        let proof = self.proof();
        let proof = proof.as_deref().map(|proof| ("appsecret_proof", proof));
        let all: Vec<_> = fields.iter().copied().chain(proof).collect();
        let url = self.url(path, std::iter::empty());
        self.send(Call { method: Method::POST, url: &url, headers: &headers(&self.bearer(), None), body: Body::Form(&all), visible })
    }

    fn url<'f>(&self, path: &str, fields: impl Iterator<Item = (&'f str, &'f str)>) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{query}", self.graph.root)
    }

    fn bearer(&self) -> Option<String> {
        self.token.map(|token| format!("Bearer {}", token.expose()))
    }

    fn send<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, PlatformError> {
        let visible = call.visible;
        let answer = self.graph.http.send(call).map_err(|failure| failure.into_error(visible))?;
        self.graph.watch(&answer);
        Circumstances { speaker: self.graph.speaker, visible, now: self.now }.understand(&answer)
    }
}

fn headers<'a>(bearer: &'a Option<String>, content_type: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    let token = bearer.as_deref().map(|bearer| ("authorization", bearer));
    token.into_iter().chain(content_type.map(|content_type| ("content-type", content_type))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Platform;

    fn graph(key: Option<Secret>) -> Graph {
        Graph::new(Http::default(), Speaker { platform: Platform::Facebook, rows: &[] }, "https://graph.example/", "v26.0", key)
    }

    #[test]
    fn the_proof_is_the_documented_one() {
        // RFC 4231, test case 2.
        let token = Secret::new("what do ya want for nothing?");
        assert_eq!(graph(Some(Secret::new("Jefe"))).proof(&token).as_deref(), Some("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
        assert_eq!(graph(None).proof(&token), None);
    }

    #[test]
    fn addresses_have_a_version_and_encoded_fields() {
        let (graph, token) = (graph(None), Secret::new("t"));
        let caller = graph.with(&token, DateTime::UNIX_EPOCH);
        assert_eq!(caller.url("1/feed", [("a", "x y#&")].into_iter()), "https://graph.example/v26.0/1/feed?a=x+y%23%26");
        assert_eq!(caller.url("me", std::iter::empty()), "https://graph.example/v26.0/me");
    }
}
