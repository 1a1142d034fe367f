//! The outermost piece: a panic below becomes an answer, and the connection lives on.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use super::headers;
use crate::web::error::Error;

pub async fn catch<E: Endpoint>(next: Arc<E>, request: Request) -> Result<Response> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer.map(IntoResponse::into_response),
        Err(_) => {
            let mut answer = Error::Internal(anyhow::anyhow!("a request panicked")).into_response("");
            headers::harden(&mut answer, false);
            Ok(answer)
        }
    }
}
