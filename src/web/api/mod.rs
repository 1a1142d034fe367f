//! The REST API under `/api/v1`, its description at `/api/openapi.json`, and its pages at `/api/docs`.
//!
//! What must always be true here: the description is made from the handlers, so it cannot lag behind them; every refusal is a problem
//! ([`problem`]); no handler reaches data but through the caller's key ([`auth`]).

mod accounts;
mod auth;
mod composed;
mod input;
mod jobs;
mod me;
mod media;
mod posts;
mod problem;
mod rehearsals;
mod strict;
mod upload;
mod uploads;

use std::sync::Arc;

use poem::http::{HeaderValue, header};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response, Route, get};
use poem_openapi::OpenApiService;
use serde::Deserialize;
use serde_json::Value;

use self::strict::Described;
use crate::app::App;
use crate::web::middleware::linger;

type Operations = (me::MeApi, accounts::AccountsApi, media::MediaApi, posts::PostsApi, jobs::JobsApi);

const OPERATIONS: Operations = (me::MeApi, accounts::AccountsApi, media::MediaApi, posts::PostsApi, jobs::JobsApi);

/// To be mounted at `/api`.
pub fn routes(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let described = Arc::new(Described::by::<Operations>());
    let operations = service().around(move |next, request: Request| {
        let described = Arc::clone(&described);
        async move {
            match described.refuse(&request) {
                Some(refusal) => Ok(refusal),
                None => next.call(request).await,
            }
        }
    });
    Route::new()
        .at("/v1/uploads", uploads::collection())
        .at("/v1/uploads/:word", uploads::upload())
        .nest("/v1", operations)
        .at("/openapi.json", get(poem::endpoint::make_sync(|_| document().to_string().with_content_type("application/json"))))
        .at("/docs", get(poem::endpoint::make_sync(|_| docs())))
        .at("/docs/rapidoc.js", get(poem::endpoint::make_sync(|_| rapidoc())))
        .data(app)
        .around(linger::hear_out)
        .catch_all_error(problem::answer)
        .after(|answer| async move { answer.map(uncached) })
}

/// The description: OpenAPI 3 as JSON.
pub fn document() -> Value {
    let spec = service().spec();
    let mut document: Value = serde_json::from_str(&spec).unwrap_or_default();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    schemas.into_iter().flat_map(|schemas| schemas.values_mut()).for_each(mark_nullable);
    uploads::describe(&mut document);
    document
}

/// What a schema does not require is null where there is nothing; the framework's description leaves that out. A field with a default is never null.
fn mark_nullable(schema: &mut Value) {
    let required: Vec<String> = schema.get("required").and_then(|names| Deserialize::deserialize(names).ok()).unwrap_or_default();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if let (false, Some(property)) = (required.contains(name), property.as_object_mut())
            && !property.contains_key("default")
        {
            property.insert("nullable".to_owned(), true.into());
        }
    }
}

fn service() -> OpenApiService<Operations, ()> {
    OpenApiService::new(OPERATIONS, "PM3K", env!("CARGO_PKG_VERSION"))
        .description(
            "Schedules posts to TikTok, Facebook Pages and Instagram. Ids are opaque strings; times are RFC 3339, in answers UTC. Errors are problem details \
             (RFC 9457). Lists come in pages: send `next_cursor` back as `cursor`. Unknown fields are errors.",
        )
        .server("/api/v1")
}

/// What a key reads is nobody else's, and old as soon as it is sent.
fn uncached(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The description's pages load nothing from other hosts and run no inline script; RapiDoc styles its own elements inline.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCS: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PM3K: REST API</title>
<script type="module" src="/api/docs/rapidoc.js"></script>
</head>
<body>
<rapi-doc spec-url="/api/openapi.json" render-style="read" show-header="false" load-fonts="false" allow-server-selection="false" theme="light"
 regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"></rapi-doc>
<noscript><p>These pages need JavaScript. The description itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</p></noscript>
</body>
</html>
"#;

fn docs() -> Response {
    DOCS.with_content_type("text/html; charset=utf-8").with_header(header::CONTENT_SECURITY_POLICY, DOCS_POLICY).into_response()
}

/// The script is in the binary as part of a page that a strict policy forbids; it is cut out of that page when somebody asks for it.
fn rapidoc() -> Response {
    let page = service().rapidoc_html();
    let script = page.split_once("<script charset=\"UTF-8\">").and_then(|(_, rest)| rest.split_once("</script>")).map_or("", |(script, _)| script);
    script.to_owned().with_content_type("text/javascript; charset=utf-8").with_header(header::CACHE_CONTROL, "public, max-age=86400").into_response()
}
