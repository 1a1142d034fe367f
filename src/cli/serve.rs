//! `pm3k serve`: the server and the publisher in one process, until it is told to stop.

use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;

use super::common::Context;
use super::failure::Failure;
use super::output::Output;
use crate::publisher::Publisher;
use crate::web::Server;

/// Run the server and the publisher until SIGINT or SIGTERM
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Needs no preparation: it makes the data folder, the key file and the database where they are missing. While there is nobody who could sign in, \
it prints an address with which to make the first admin.

With --json one document with the address is printed once it answers.")]
pub struct Args {}

pub fn run(context: &Context, _args: &Args) -> Result<Output, Failure> {
    let app = Arc::new(context.app()?);
    // The address first: if it is taken, no publisher has begun anything. From here on a signal is heard.
    let server = Server::bind(Arc::clone(&app)).with_context(|| format!("the server cannot listen on {} (server.listen)", app.config.server.listen))?;
    let publisher = Publisher::start(app.engine(), app.publisher.clone(), &app.config.data_dir).map_err(|e| Failure::Failed(e.into()))?;
    let address = server.address()?;
    let setup = server.setup_link();
    context.note(&format!("listening on http://{address}, reached at {}", app.config.server.public_url));
    if let Some(link) = &setup {
        context.always_note(&format!("\nThere is nobody yet who could sign in. Make the first admin here (the link works until there is one):\n  {link}\n"));
    }
    if context.common.json {
        context.emit(&Output::new("", json!({ "address": address.to_string(), "public_url": app.config.server.public_url, "setup_url": setup })));
    }
    let served = server.run();
    context.note("stopping");
    if !publisher.stop() {
        context.always_note("some steps were still running; the next start takes them up");
    }
    served?;
    Ok(Output::nothing())
}
