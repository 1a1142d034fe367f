//! TikTok's envelope `{data, error}`, and the flat errors of its OAuth endpoints.
//!
//! Always true: success is `error.code == "ok"`; only the code carries the diagnosis, and every answer has a `log_id`.

use serde_json::{Value, json};

use crate::{
    fault::FaultKind,
    http::answer::Answer,
    world::{Now, World},
};

#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into() }
    }

    /// The spelling that the live init endpoints use.
    pub fn params(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "invalid_params", message)
    }

    /// Refusals whose message says nothing but where to read.
    pub fn guidelines(code: &'static str) -> Refusal {
        Refusal::new(403, code, "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/")
    }

    pub fn unowned() -> Refusal {
        let message = "Please review our URL ownership verification rules at \
                       https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide#pull_from_url";
        Refusal::new(403, "url_ownership_unverified", message)
    }
}

pub fn envelope(world: &mut World, outcome: Result<Value, Refusal>, now: Now) -> Answer {
    let log_id = world.log_id(now);
    match outcome {
        // A call that has nothing to tell has no data at all.
        Ok(Value::Null) => Answer::json(200, &json!({"error": {"code": "ok", "message": "", "log_id": log_id}})),
        Ok(data) => Answer::json(200, &json!({"data": data, "error": {"code": "ok", "message": "", "log_id": log_id}})),
        Err(refusal) => {
            let code = if refusal.code == "invalid_params" && world.settings.tiktok.singular_param { "invalid_param" } else { refusal.code };
            let body = json!({"error": {"code": code, "message": refusal.message, "log_id": log_id}});
            Answer::json(refusal.status, &body).noted(code)
        }
    }
}

impl FaultKind {
    /// Nothing is done, and TikTok says why in its own envelope.
    pub fn tiktok(status: u16, code: &str) -> FaultKind {
        let body = json!({"error": {"code": code, "message": "Simulated", "log_id": "20261201090000SIMULATED"}});
        FaultKind::Answer { status, body: body.to_string() }
    }

    /// Nothing is done, and TikTok's token endpoint says why, flat and with a 200 as it was seen to do.
    pub fn tiktok_oauth(error: &str) -> FaultKind {
        let body = json!({"error": error, "error_description": "Simulated", "log_id": "20261201090000SIMULATED"});
        FaultKind::Answer { status: 200, body: body.to_string() }
    }

    /// Done, but TikTok answers with this error.
    pub fn act_then_tiktok(status: u16, code: &str) -> FaultKind {
        let body = json!({"error": {"code": code, "message": "Simulated", "log_id": "20261201090000SIMULATED"}});
        FaultKind::ActThenStatus { status, body: body.to_string() }
    }
}

/// An error of the OAuth endpoints. Their HTTP status is 200 unless the switch says otherwise.
pub fn flat(world: &mut World, code: &'static str, description: &str, now: Now) -> Answer {
    let log_id = world.log_id(now);
    let status = match code {
        _ if world.settings.tiktok_oauth_errors_with_200 => 200,
        "invalid_client" => 401,
        _ => 400,
    };
    Answer::json(status, &json!({"error": code, "error_description": description, "log_id": log_id})).noted(code)
}
