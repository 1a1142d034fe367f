//! For whoever watches the process: is it alive, is it ready, how is it doing.
//!
//! What must always be true here: nothing that these addresses tell concerns a person, an account or a post.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem::http::{StatusCode, header};
use poem::{Endpoint, EndpointExt, IntoResponse, Response, get};

use super::blocking;
use crate::app::App;
use crate::model::job::{self, JobState};
use crate::model::{media, user};

/// `/healthz`: the process answers.
pub fn alive() -> impl Endpoint<Output = Response> {
    get(poem::endpoint::make_sync(|_| plain(StatusCode::OK, "alive\n".into()))).map_to_response()
}

/// `/readyz`: it can do its work; 503 with the reasons when it cannot.
pub fn ready(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let answer = poem::endpoint::make(move |_| {
        let app = Arc::clone(&app);
        async move {
            match blocking::run(move || troubles(&app)).await {
                Ok(troubles) if troubles.is_empty() => plain(StatusCode::OK, "ready\n".into()),
                Ok(troubles) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{}\n", troubles.join("\n"))),
                Err(panicked) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{panicked}\n")),
            }
        }
    });
    get(answer).map_to_response()
}

/// `/metrics`, in Prometheus's text format.
pub fn metrics(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let started = app.clock.now();
    let answer = poem::endpoint::make(move |_| {
        let app = Arc::clone(&app);
        async move {
            match blocking::run(move || measure(&app)).await {
                Ok(Ok(measured)) => text(&measured, started).with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response(),
                Ok(Err(e)) => {
                    tracing::error!("the metrics could not be read: {e:#}");
                    plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be read; the log says why\n".into())
                }
                Err(panicked) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{panicked}\n")),
            }
        }
    });
    get(answer).map_to_response()
}

fn plain(status: StatusCode, text: String) -> Response {
    text.with_content_type("text/plain; charset=utf-8").with_header(header::CACHE_CONTROL, "no-store").with_status(status).into_response()
}

/// What keeps this installation from working, each in a sentence.
fn troubles(app: &App) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Err(e) = app.db.read(user::any) {
        tracing::error!("the database cannot be read: {e}");
        troubles.push("database: it cannot be read; the log says why".to_owned());
    }
    if !app.publisher.is_running() {
        troubles.push("publisher: it does not run in this process, or one of its threads has ended".to_owned());
    }
    let floor = app.config.media.free_space_floor;
    match app.store.free_space() {
        Ok(free) if free >= floor => {}
        Ok(free) => {
            troubles.push(format!("disk: {} are free, and {} must stay free (media.free_space_floor)", bytesize::ByteSize(free), bytesize::ByteSize(floor)));
        }
        Err(e) => {
            tracing::error!("the free space of the media folder cannot be read: {e}");
            troubles.push("disk: the free space of the media folder cannot be read; the log says why".to_owned());
        }
    }
    troubles
}

struct Measured {
    jobs: Vec<(JobState, u64)>,
    media_bytes: u64,
    free_bytes: u64,
    is_running: bool,
}

fn measure(app: &App) -> anyhow::Result<Measured> {
    let (jobs, media_bytes) = app.db.read(|db| Ok::<_, anyhow::Error>((job::count_by_state(db)?, media::bytes_on_disk(db)?)))?;
    Ok(Measured { jobs, media_bytes, free_bytes: app.store.free_space()?, is_running: app.publisher.is_running() })
}

fn text(measured: &Measured, started: DateTime<Utc>) -> String {
    let count = |state: JobState| measured.jobs.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, String)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: String| [(String::new(), value)];
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    metric("pm3k_build_info", "gauge", "The program's version.", &[(version, "1".into())]);
    metric("process_start_time_seconds", "gauge", "When the process began to serve, in seconds since 1970.", &one(started.timestamp().to_string()));
    metric("pm3k_publisher_running", "gauge", "1 while the publisher runs with all of its threads.", &one(u8::from(measured.is_running).to_string()));
    let jobs: Vec<_> = JobState::ALL.iter().map(|state| (format!("{{state=\"{}\"}}", state.as_str()), count(*state).to_string())).collect();
    metric("pm3k_jobs", "gauge", "Jobs kept, by state.", &jobs);
    metric("pm3k_published_total", "counter", "Jobs that were published and are kept.", &one(count(JobState::Published).to_string()));
    metric("pm3k_media_bytes", "gauge", "Bytes of media on disk.", &one(measured.media_bytes.to_string()));
    metric("pm3k_media_free_bytes", "gauge", "Bytes that are free on the disk of the media.", &one(measured.free_bytes.to_string()));
    text
}
