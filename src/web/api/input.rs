//! What callers send: JSON bodies, ids and page sizes.
//!
//! What must always be true here: a body is bounded before it is parsed; what does not fit is told with the field it stands in; an id of another
//! kind is as unknown as one that does not exist.

use std::str::FromStr;

use poem::http::{StatusCode, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{Answer, Problem};
use crate::actions::FieldProblem;
use crate::secret;

/// Largest JSON body, in bytes: a post with its captions is far smaller.
const LARGEST_BODY: usize = 1024 * 1024;
/// Items of a page when the caller does not say, and at the most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
/// Longest `Idempotency-Key`, in bytes.
const LONGEST_KEY: usize = 255;

/// A JSON body. `T` must deny unknown fields.
#[derive(Debug)]
pub struct Body<T> {
    pub value: T,
    /// Tells two requests apart; the same JSON gives the same one, however it is laid out.
    pub fingerprint: [u8; 32],
}

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest { description: None, content: vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }], required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let said = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_json(said) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", "Send JSON, with Content-Type: application/json.").into());
        }
        Ok(read(body.take()?).await?)
    }
}

pub fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
}

/// Reads a body as JSON.
pub async fn read<T: DeserializeOwned>(body: poem::Body) -> Answer<Body<T>> {
    let bytes = body.into_bytes_limit(LARGEST_BODY).await.map_err(|e| Problem::from(poem::Error::from(e)))?;
    let json: Value = serde_json::from_slice(&bytes).map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "not_json", format!("The body is not JSON: {e}.")))?;
    let fingerprint = secret::fingerprint(&json.to_string());
    let value = serde_path_to_error::deserialize(json).map_err(|e| wrong_field(&e))?;
    Ok(Body { value, fingerprint })
}

fn wrong_field(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let place = error.path().to_string().replace('[', ".").replace(']', "");
    let place = if place == "." { String::new() } else { place.trim_start_matches('.').to_owned() };
    let message = error.inner().to_string();
    let (field, code) = match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        Some(missing) if place.is_empty() => (missing.to_owned(), "required"),
        Some(missing) => (format!("{place}.{missing}"), "required"),
        None if message.starts_with("unknown field") => (place, "unknown_field"),
        None => (place, "invalid"),
    };
    Problem::field(field, code, format!("The body does not fit: {message}."))
}

/// The id in an address.
pub fn id_in_path<T: FromStr>(text: &str, what: &str) -> Answer<T> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// An id in a body or a query: what is wrong is added to `problems`.
pub fn id_in<T: FromStr<Err: std::fmt::Display>>(text: &str, field: impl Into<String>, problems: &mut Vec<FieldProblem>) -> Option<T> {
    text.parse().map_err(|e| problems.push(FieldProblem::new(field, "not_found", format!("{} {e}.", shown(text))))).ok()
}

/// The size of a page.
pub fn page_size(limit: Option<u32>) -> Answer<u32> {
    match limit.unwrap_or(PAGE) {
        limit @ 1..=LARGEST_PAGE => Ok(limit),
        _ => Err(Problem::field("limit", "invalid", format!("A page has 1 to {LARGEST_PAGE} items."))),
    }
}

/// Where the page before ended; it is that page's last id.
pub fn cursor<T: FromStr>(cursor: Option<&str>) -> Answer<Option<T>> {
    let wrong = |_| Problem::field("cursor", "invalid", "Send the next_cursor of the page before, as it was given.");
    cursor.map(|text| text.parse().map_err(wrong)).transpose()
}

/// An `Idempotency-Key` that can be remembered.
pub fn idempotency_key(key: Option<String>) -> Answer<Option<String>> {
    match key {
        Some(key) if key.is_empty() || key.len() > LONGEST_KEY => {
            Err(Problem::field("Idempotency-Key", "invalid", format!("An Idempotency-Key has 1 to {LONGEST_KEY} bytes; a UUID serves well.")))
        }
        key => Ok(key),
    }
}

/// A foreign text, short enough to be repeated in a message.
pub fn shown(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("“{short}”")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only parsed")]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only parsed")]
        word: String,
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (json, field, code) in [
            (r#"{}"#, "list", "required"),
            (r#"{"list":[],"other":1}"#, "other", "unknown_field"),
            (r#"{"list":[{"word":"a"},{}]}"#, "list.1.word", "required"),
            (r#"{"list":[{"word":1}]}"#, "list.0.word", "invalid"),
            (r#"{"list":[{"word":"a","more":1}]}"#, "list.0.more", "unknown_field"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            let problem = wrong_field(&serde_path_to_error::deserialize::<_, Outer>(value).unwrap_err());
            assert_eq!((problem.problems[0].field.as_str(), problem.problems[0].code.as_str()), (field, code), "{json}");
        }
    }
}
