//! The bytes of a video to rupload: one POST from an offset to the end, for reels of Pages and resumable containers of Instagram alike.
//!
//! Invariants: the token is sent only to an address that [`is_expected_upload_url`] accepts; nothing here makes a post visible, so every
//! failure can be tried again, from the offset that a status read tells.

use chrono::{DateTime, Utc};
use serde_json::Value;
use ureq::http::Method;

use super::errors::{Call as Circumstances, Speaker, Told, quoted, retry_after};
use crate::address::is_expected_upload_url;
use crate::platform::http::{Body, Call, Http};
use crate::platform::{ErrorClass, Item, PlatformError};
use crate::secret::Secret;

const HOST: &str = "rupload.facebook.com";

const OFFSET: &str = "OffsetInvalidError";
const LENGTH: &str = "PartialRequestError";

/// Where to, and in whose name.
#[derive(Debug)]
pub struct Upload<'a> {
    pub http: &'a Http,
    pub speaker: Speaker,
    /// The configured base URL of the upload host.
    pub base_url: &'a str,
    pub url: &'a Secret,
    pub token: &'a Secret,
}

impl Upload<'_> {
    /// Is the address that Meta gave one to send a token to?
    pub fn expected(&self) -> Result<(), PlatformError> {
        if is_expected_upload_url(self.url.expose(), self.base_url, &[HOST.to_owned()]) {
            return Ok(());
        }
        Err(PlatformError::new(ErrorClass::Bug, "upload_address", "The upload address that was given is not one of Meta's, so nothing was sent there.")
            .remedy("Check facebook.upload_url in the configuration."))
    }

    /// Sends everything from `offset` on.
    pub fn push(&self, item: &Item, offset: u64, now: DateTime<Utc>) -> Result<(), PlatformError> {
        self.expected()?;
        let length = item.bytes.saturating_sub(offset);
        let mut file = item.read_range(offset, length).map_err(|e| {
            PlatformError::new(ErrorClass::Rejected, "media_unreadable", format!("The media file cannot be read: {e}.")).remedy("Upload the media again.")
        })?;
        let (authorization, from, size) = (format!("OAuth {}", self.token.expose()), offset.to_string(), item.bytes.to_string());
        let headers = [("authorization", authorization.as_str()), ("offset", &from), ("file_size", &size), ("content-type", "application/octet-stream")];
        let body = Body::Stream { reader: &mut file, length };
        let answer = self
            .http
            .send(Call { method: Method::POST, url: self.url.expose(), headers: &headers, body, visible: false })
            .map_err(|failure| failure.into_error(false))?;
        let told = answer.json::<Value>().unwrap_or(Value::Null);
        // Without the plain word nothing is known: the next try asks how far the upload got.
        if answer.is_success() && told.get("success").and_then(Value::as_bool) == Some(true) && told.get("debug_info").is_none() && told.get("error").is_none()
        {
            return Ok(());
        }
        let circumstances = Circumstances { speaker: self.speaker, visible: false, now };
        if let Some(error) = told.get("error").filter(|error| error.is_object()).and_then(Told::read) {
            return Err(circumstances.error(&error, Some(answer.status), None));
        }
        match told.get("debug_info") {
            Some(info) => {
                let mut error = refused(info).http_status(answer.status);
                if let Some(wait) = retry_after(&answer, now).filter(|wait| !wait.is_zero() && error.class == ErrorClass::Transient) {
                    error.class = ErrorClass::RateLimited { until: Some(now + wait) };
                }
                Err(error)
            }
            None => Err(circumstances.unreadable(&answer)),
        }
    }
}

/// Does the host count the bytes differently? The same upload can go on, if its status tells from where.
pub fn is_miscounted(error: &PlatformError) -> bool {
    matches!(error.code.as_str(), OFFSET | LENGTH)
}

/// rupload's own form of an error.
pub(super) fn refused(info: &Value) -> PlatformError {
    let text = |name: &str| info.get(name).and_then(Value::as_str).unwrap_or_default();
    let (kind, said) = (text("type"), quoted(text("message")));
    let message = format!("The upload was refused. Meta said: “{said}”");
    match kind {
        // The next try reads how far the upload got, and goes on from there.
        OFFSET | LENGTH => PlatformError::new(ErrorClass::Transient, kind, message),
        "ProcessingFailedError" if info.get("retriable").and_then(Value::as_bool) == Some(true) => PlatformError::new(ErrorClass::Transient, kind, message),
        "ParameterValidationError" => PlatformError::new(ErrorClass::Bug, kind, message),
        _ => PlatformError::new(ErrorClass::Transient, if kind.is_empty() { "upload" } else { kind }, message).start_over(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_helps_against_each_refusal() {
        for (kind, class, start_over) in [
            ("OffsetInvalidError", ErrorClass::Transient, false),
            ("PartialRequestError", ErrorClass::Transient, false),
            ("ProcessingFailedError", ErrorClass::Transient, true),
            ("SomethingNewError", ErrorClass::Transient, true),
            ("ParameterValidationError", ErrorClass::Bug, false),
        ] {
            let error = refused(&json!({"retriable": false, "type": kind, "message": "{\"success\":false}"}));
            assert_eq!((error.class, error.start_over, error.code.as_str()), (class, start_over, kind));
        }
        let again = refused(&json!({"retriable": true, "type": "ProcessingFailedError", "message": "m"}));
        assert_eq!((again.class, again.start_over), (ErrorClass::Transient, false), "the same upload can be sent again");
    }
}
