//! The command line: parse, one action, answer.
//!
//! Invariants: what a command answers goes to stdout, everything else to stderr; with `--json` stdout holds exactly one JSON document, also when
//! the command failed. The exit status is 0 done, 1 failed, 2 usage (and configuration), 3 not found, 4 refused by a rule.

mod ask;
mod common;
mod completions;
mod config;
mod demo;
mod doctor;
mod failure;
mod init;
mod manage;
mod output;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::common::{Common, Context};
use self::failure::Failure;
use self::output::Output;
use crate::logging::{self, Detail};

/// Plan and publish posts on TikTok, Facebook Pages and Instagram from your own machine.
#[derive(Debug, Parser)]
#[command(name = "pm3k", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
First steps:
  pm3k demo      shows everything at work, with the three platforms simulated
  pm3k init      makes a configuration, a key file and the first admin
  pm3k serve     runs the server; then open the address it prints
  pm3k doctor    checks the installation and says how to mend what is wrong

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found, 4 refused by a rule.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Init(init::Args),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand)]
    User(manage::user::Command),
    #[command(subcommand)]
    ApiKey(manage::api_key::Command),
    #[command(subcommand)]
    Account(manage::account::Command),
    #[command(subcommand)]
    Post(manage::post::Command),
    #[command(subcommand)]
    Media(manage::media::Command),
    Completions(completions::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let Cli { common, command } = Cli::parse();
    let context = Context::new(common);
    let answer = start_log(&context, &command).and_then(|()| run(&context, command));
    match answer {
        Ok(output) => context.emit(&output),
        Err(failure) => context.emit_failure(&failure),
    }
}

fn start_log(context: &Context, command: &Command) -> Result<(), Failure> {
    // A server's log is its story; a command's messages are its own.
    let usual = if matches!(command, Command::Serve(_)) { Detail::Info } else { Detail::Warnings };
    logging::start(context.detail(usual), std::env::var("PM3K_LOG").ok().as_deref()).map_err(Failure::Usage)
}

fn run(context: &Context, command: Command) -> Result<Output, Failure> {
    match command {
        Command::Serve(args) => serve::run(context, &args),
        Command::Demo(args) => demo::run(context, &args),
        Command::Init(args) => init::run(context, args),
        Command::Doctor(args) => doctor::run(context, &args),
        Command::Config(command) => config::run(context, &command),
        Command::User(command) => manage::user::run(context, command),
        Command::ApiKey(command) => manage::api_key::run(context, command),
        Command::Account(command) => manage::account::run(context, command),
        Command::Post(command) => manage::post::run(context, command),
        Command::Media(command) => manage::media::run(context, command),
        Command::Completions(args) => completions::run(&args),
    }
}

/// The whole help, command by command, as a test keeps it.
pub fn help() -> String {
    fn collect(command: &mut clap::Command, path: &str, out: &mut String) {
        out.push_str(&format!("$ {path} --help\n{}\n", command.render_long_help()));
        let names: Vec<String> = command.get_subcommands().filter(|c| c.get_name() != "help").map(|c| c.get_name().to_owned()).collect();
        for name in names {
            if let Some(sub) = command.find_subcommand_mut(&name) {
                collect(sub, &format!("{path} {name}"), out);
            }
        }
    }
    let mut command = <Cli as clap::CommandFactory>::command().term_width(110);
    command.build();
    let mut out = String::new();
    collect(&mut command, "pm3k", &mut out);
    out
}
