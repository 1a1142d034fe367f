//! `pm3k config`: is it right, what is in force, what could stand there.

use serde_json::{Map, Value, json};

use super::common::Context;
use super::failure::Failure;
use super::output::Output;
use crate::config::keys::KEYS;
use crate::config::value::Raw;
use crate::config::{self, Settings, example};

/// Check, show, or print an example of the configuration
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Tell everything that is wrong with the configuration
    #[command(after_help = "Exit status 2 when something is wrong. Each line names the place, the key and what to write instead.")]
    Check,
    /// Show the values in force and where each comes from; secrets are hidden
    Show,
    /// Print a configuration with all keys, their defaults and what they mean
    #[command(after_help = "Example:\n  pm3k config example > config.toml")]
    Example,
}

pub fn run(context: &Context, command: &Command) -> Result<Output, Failure> {
    match command {
        Command::Check => check(context),
        Command::Show => {
            let settings = read(context)?;
            Ok(Output::new(example::in_force(&settings), show(&settings)))
        }
        Command::Example => Ok(Output::new(example::example(), json!({ "toml": example::example() }))),
    }
}

fn read(context: &Context) -> Result<Settings, Failure> {
    config::read(&context.sources()).map_err(Failure::Config)
}

fn check(context: &Context) -> Result<Output, Failure> {
    let settings = read(context)?;
    let config = settings.config().map_err(Failure::Config)?;
    let from = match (&settings.file, context.sources().chosen_file()) {
        (Some(file), _) => format!("{} is right", file.display()),
        (None, Some((path, _))) => format!("there is no file {}; the defaults are right", path.display()),
        (None, None) => "the defaults are right".to_owned(),
    };
    let text = format!("{from}; the data folder is {}\n", config.data_dir.display());
    Ok(Output::new(text, json!({ "ok": true, "file": settings.file, "data_dir": config.data_dir })))
}

fn show(settings: &Settings) -> Value {
    let mut values = Map::new();
    for key in KEYS {
        let Some(setting) = settings.setting(key.path) else { continue };
        let value = match &setting.raw {
            Raw::Text(text) if key.is_secret() => json!({ "set": !text.is_empty() }),
            raw => serde_json::from_str(&example::shown(key, raw)).unwrap_or(Value::Null),
        };
        values.insert(key.path.to_owned(), json!({ "value": value, "from": setting.origin.to_string() }));
    }
    json!({ "file": settings.file, "values": values })
}
