//! `pm3k demo`: see it work, without an account anywhere.

use std::net::SocketAddr;

use super::common::Context;
use super::failure::Failure;
use super::output::Output;
use crate::demo;

/// Show everything at work: a temporary installation with the three platforms simulated
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Makes an installation in a temporary folder, connects three accounts of the simulated platforms, schedules posts with real media, and shows them \
being published and their media being cleared. Nothing is sent anywhere, and the folder is removed at the end.")]
pub struct Args {
    /// Address to listen on [default: 127.0.0.1:8080, or any free port if that is taken]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Leave when all posts are published (status 0), or cannot be (status 1)
    #[arg(long)]
    exit_when_done: bool,
}

pub fn run(_context: &Context, args: &Args) -> Result<Output, Failure> {
    let all_out = demo::run(args.listen, args.exit_when_done)?;
    if args.exit_when_done && !all_out {
        return Err(Failure::Failed(anyhow::anyhow!("not every post was published")));
    }
    Ok(Output::nothing())
}
