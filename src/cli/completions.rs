//! `pm3k completions`: completion scripts for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use super::failure::Failure;
use super::output::Output;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pm3k completions bash > ~/.local/share/bash-completion/completions/pm3k
  pm3k completions zsh > ~/.zfunc/_pm3k
  pm3k completions fish > ~/.config/fish/completions/pm3k.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result<Output, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "pm3k", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Ok(Output::new(script.clone(), json!({ "shell": args.shell.to_string(), "script": script })))
}
