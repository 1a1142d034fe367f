//! `pm3k doctor`: everything in an installation that can be wrong, each with what mends it.
//!
//! Invariant: it leaves everything as it was. It makes no key file and no database where there is none, migrates nothing, and holds no lock for longer than a look.

mod data;
mod files;
mod machine;
mod online;
mod report;
mod settings;

use serde_json::json;

use self::report::Report;
use super::common::Context;
use super::failure::Failure;
use super::output::Output;
use crate::config;

/// Check the installation; each finding says how to mend it
#[derive(Debug, clap::Args)]
#[command(after_help = "It changes nothing and may run beside a running server. Exit status 1 when anything is serious.")]
pub struct Args {
    /// Also ask the platforms and the public address, over the network
    #[arg(long)]
    online: bool,
}

pub fn run(context: &Context, args: &Args) -> Result<Output, Failure> {
    let mut report = Report::default();
    match config::read(&context.sources()).and_then(|settings| Ok((settings.config()?, settings))) {
        Err(problems) => problems.iter().for_each(|problem| {
            report.serious("configuration", problem.to_string(), "Mend it as the line says; `pm3k config example` shows all keys.");
        }),
        Ok((config, values)) => {
            settings::check(&config, &values, &mut report);
            files::check(&config, &values, &mut report);
            data::check(&config, context.now(), &mut report);
            machine::check(context.now(), &mut report);
            if args.online {
                online::check(&config, context.now(), &mut report);
            }
        }
    }
    let json = json!({ "serious": report.count(report::Level::Serious), "warnings": report.count(report::Level::Warning), "findings": report.findings });
    Ok(Output { text: report.text(), json, status: u8::from(report.count(report::Level::Serious) > 0) })
}
