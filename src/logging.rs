//! The log: lines for people, on stderr.
//!
//! Invariant: the libraries below speak only from warnings up, whatever filter is asked for: what an HTTP client tells while debugging holds
//! addresses with tokens in them.

use std::io::IsTerminal as _;

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt;

/// How much this program says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Warnings,
    Info,
    Debug,
    Trace,
}

impl Detail {
    fn directive(self) -> &'static str {
        match self {
            Detail::Warnings => "warn",
            Detail::Info => "warn,pm3k=info",
            Detail::Debug => "warn,pm3k=debug",
            Detail::Trace => "warn,pm3k=trace",
        }
    }
}

/// Starts the log. `filter` (from `PM3K_LOG`) goes before `detail`.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(detail: Detail, filter: Option<&str>) -> Result<(), String> {
    let filter = match filter {
        Some(text) if !text.trim().is_empty() => {
            EnvFilter::try_new(text).map_err(|e| format!("PM3K_LOG cannot be read: {e}; it is written like \"debug\" or \"pm3k::publisher=debug\""))?
        }
        _ => EnvFilter::new(detail.directive()),
    };
    let lines = subscriber(filter, std::io::stderr, std::io::stderr().is_terminal());
    // A log that is there already (a test that runs two commands in one process) goes on.
    let _ = lines.try_init();
    Ok(())
}

/// What writes the lines that pass `filter`, and of the libraries nothing below a warning.
pub fn subscriber<W>(filter: EnvFilter, writer: W, ansi: bool) -> impl SubscriberInitExt
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours_or_serious = filter_fn(|event| event.target().starts_with("pm3k") || *event.level() <= Level::WARN);
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(ansi).with_filter(filter.and(ours_or_serious)))
}
