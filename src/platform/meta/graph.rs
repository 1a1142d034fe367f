//! Calls to one Graph API host.
//!
//! Invariants: the token travels in a header, the `appsecret_proof` with every call of a host that takes it; no call is without a version, and none
//! goes out where [`Allowance`] says that it has to wait.

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use ureq::http::Method;

use super::allowance::{Allowance, MUCH};
use super::errors::{Call as Circumstances, Speaker};
use super::usage;
use crate::platform::http::{Answer, Body, Call, Http};
use crate::platform::{ErrorClass, PlatformError};
use crate::secret::{Secret, hex, hmac_sha256};

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
    allowance: Allowance,
}

impl Graph {
    pub fn new(http: Http, speaker: Speaker, base_url: &str, version: &str, proof_key: Option<Secret>) -> Graph {
        let root = format!("{}/{version}", base_url.trim_end_matches('/'));
        Graph { http, speaker, root, version: version.to_owned(), proof_key, allowance: Allowance::default() }
    }

    /// For hosts and adapters that call as the same app: what one is told, the others know.
    pub fn sharing(self, allowance: &Allowance) -> Graph {
        Graph { allowance: allowance.clone(), ..self }
    }

    pub fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    /// Calls with one token, at one moment.
    pub fn with<'a>(&'a self, token: &'a Secret, now: DateTime<Utc>) -> Caller<'a> {
        Caller { graph: self, token: Some(token), account: None, can_wait: false, now }
    }

    /// Calls that carry their credentials among the fields (token exchanges).
    pub fn without_token(&self, now: DateTime<Utc>) -> Caller<'_> {
        Caller { graph: self, token: None, account: None, can_wait: false, now }
    }

    /// Lower-case hex of HMAC-SHA256 over the token, under the app secret.
    fn proof(&self, token: &Secret) -> Option<String> {
        self.proof_key.as_ref().map(|key| hex(&hmac_sha256(key.expose().as_bytes(), token.expose().as_bytes())))
    }

    fn watch(&self, answer: &Answer, account: Option<&str>, now: DateTime<Utc>) {
        let before = self.allowance.used(account, now);
        self.allowance.note(&usage::read(&answer.headers), account, now);
        let used = self.allowance.used(account, now);
        if used >= MUCH && before < MUCH {
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
    account: Option<&'a str>,
    can_wait: bool,
    now: DateTime<Utc>,
}

impl<'a> Caller<'a> {
    /// Calls that count against this Page's or Instagram account's allowance.
    pub fn of(self, account: &'a str) -> Caller<'a> {
        Caller { account: Some(account), ..self }
    }

    /// Calls that are neither publishing nor its verification: they wait when the allowance is nearly used.
    pub fn in_the_background(self) -> Caller<'a> {
        Caller { can_wait: true, ..self }
    }

    /// How many times as long the pauses between looks should be.
    pub fn patience(&self) -> i32 {
        self.graph.allowance.patience(self.account, self.now)
    }
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
        self.understand(&self.push_for_answer(path, content_type, reader, length)?, false)
    }

    /// The same for calls whose errors tell more than what went wrong. What is not dealt with goes to [`Caller::understand`].
    pub fn push_for_answer(&self, path: &str, content_type: &str, reader: &mut dyn Read, length: u64) -> Result<Answer, PlatformError> {
        let url = self.url(path, std::iter::empty());
        let bearer = self.bearer();
        let headers = headers(&bearer, Some(content_type));
        self.exchange(Call { method: Method::POST, url: &url, headers: &headers, body: Body::Stream { reader, length }, visible: false })
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
        self.understand(&self.exchange(call)?, visible)
    }

    fn exchange(&self, call: Call<'_>) -> Result<Answer, PlatformError> {
        self.graph.allowance.admit(self.account, self.can_wait, self.now).map_err(|until| self.held_back(until))?;
        let visible = call.visible;
        let answer = self.graph.http.send(call).map_err(|failure| failure.into_error(visible))?;
        self.graph.watch(&answer, self.account, self.now);
        Ok(answer)
    }

    /// Reads an answer as `T`, or says what is wrong.
    pub fn understand<T: DeserializeOwned>(&self, answer: &Answer, visible: bool) -> Result<T, PlatformError> {
        let understood = Circumstances { speaker: self.graph.speaker, visible, now: self.now }.understand(answer);
        match &understood {
            Err(error) if matches!(error.class, ErrorClass::RateLimited { .. }) => self.graph.allowance.refused(error, self.account, self.now),
            // Any other refusal says as well that calls are taken.
            _ if answer.status < 500 => self.graph.allowance.taken(self.account),
            _ => {}
        }
        understood
    }

    /// The call was not made.
    fn held_back(&self, until: DateTime<Utc>) -> PlatformError {
        let message = "Meta's allowance for calls is used up or nearly so; this waits until some of it is free again.";
        PlatformError::new(ErrorClass::RateLimited { until: Some(until) }, "usage", message)
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
