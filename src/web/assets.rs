//! The files of `assets/web`, embedded. Their address holds a fingerprint of them all, so that browsers may keep them for ever.

use std::sync::LazyLock;

use poem::http::{StatusCode, header};
use poem::{IntoResponse, Request, Response};
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use crate::secret;

#[derive(Embed)]
#[folder = "assets/web/"]
struct Files;

/// `/assets/` and the fingerprint.
static BASE: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut all = Sha256::new();
    for name in names {
        all.update(name.as_bytes());
        if let Some(file) = Files::get(&name) {
            all.update(file.metadata.sha256_hash());
        }
    }
    let digest: [u8; 32] = all.finalize().into();
    format!("/assets/{}", secret::hex(&digest).chars().take(12).collect::<String>())
});

pub fn base() -> &'static str {
    &BASE
}

pub fn serve(request: Request) -> Response {
    let Some(file) = request.raw_path_param("path").and_then(Files::get) else { return StatusCode::NOT_FOUND.into_response() };
    let is_this_build = request.raw_path_param("build").is_some_and(|build| BASE.ends_with(build));
    // In debug builds files are read from disk, and may change under the same address.
    let caching = if is_this_build && !cfg!(debug_assertions) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let etag = format!("\"{}\"", secret::hex(&file.metadata.sha256_hash()));
    let answer = Response::builder().header(header::CACHE_CONTROL, caching).header(header::ETAG, &etag);
    if request.header(header::IF_NONE_MATCH) == Some(etag.as_str()) {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    let kind = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    answer.content_type(kind).header(header::CONTENT_LENGTH, file.data.len()).body(file.data.into_owned())
}
