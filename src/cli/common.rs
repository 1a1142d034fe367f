//! What every command shares: the common flags, the way to the configuration and the data folder, and how answers are told.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{ArgAction, Args};

use super::failure::Failure;
use super::output::Output;
use crate::app::{App, Opened};
use crate::clock::Clock;
use crate::config::{self, Config, FlagValue, Sources};
use crate::logging::Detail;

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The configuration file [default: $PM3K_CONFIG, else config.toml in your configuration folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder of the database, the key file and the media; goes before the configuration
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Answer with one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing on stderr but warnings and errors
    #[arg(long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Log more; twice: everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// A command's surroundings.
#[derive(Debug)]
pub struct Context {
    pub common: Common,
    pub clock: Clock,
}

impl Context {
    pub fn new(common: Common) -> Context {
        Context { common, clock: Clock::system() }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// How much the log says, where `usual` is what this command says unasked.
    pub fn detail(&self, usual: Detail) -> Detail {
        match (self.common.quiet, self.common.verbose) {
            (true, _) => Detail::Warnings,
            (false, 0) => usual,
            (false, 1) => Detail::Debug,
            (false, _) => Detail::Trace,
        }
    }

    pub fn sources(&self) -> Sources {
        let data_dir = self.common.data_dir.as_ref().map(|dir| FlagValue { key: "data_dir", flag: "--data-dir", text: dir.to_string_lossy().into_owned() });
        Sources::of_process(self.common.config.clone(), data_dir.into_iter().collect())
    }

    pub fn config(&self) -> Result<Config, Failure> {
        config::load(&self.sources()).map_err(Failure::Config)
    }

    /// Opens the installation; makes what is missing, and says so.
    pub fn app(&self) -> Result<App, Failure> {
        self.open(self.config()?)
    }

    /// Opens an installation that must be there: a command that only looks has no business making one in a mistyped folder.
    pub fn existing_app(&self) -> Result<App, Failure> {
        let config = self.config()?;
        if !config.database_path().exists() {
            return Err(Failure::Failed(anyhow::anyhow!(
                "there is no installation in {}. `pm3k init` or `pm3k serve` makes one; --data-dir or --config names another folder",
                config.data_dir.display()
            )));
        }
        self.open(config)
    }

    pub fn open(&self, config: Config) -> Result<App, Failure> {
        let new_folder = !config.data_dir.exists();
        let (app, opened) = App::open(config, self.clock.clone())?;
        self.tell_opened(&app, &opened, new_folder);
        Ok(app)
    }

    fn tell_opened(&self, app: &App, opened: &Opened, new_folder: bool) {
        let config = &app.config;
        if new_folder {
            self.note(&format!("made the data folder {}", config.data_dir.display()));
        }
        if opened.new_key {
            self.note(&format!(
                "made the key file {}: keep a copy in a safe place, since without it the stored access to accounts is lost",
                config.key_path().display()
            ));
        }
        match (&opened.migrated.backup, opened.migrated.applied) {
            (_, 0) => {}
            (None, _) => self.note(&format!("made the database {}", config.database_path().display())),
            (Some(backup), _) => self.note(&format!("brought the database to this version; the one before is kept as {}", backup.display())),
        }
    }

    /// Tells the person something that is no answer.
    pub fn note(&self, text: &str) {
        if !self.common.quiet {
            self.always_note(text);
        }
    }

    /// Tells what must be told even with `--quiet`.
    pub fn always_note(&self, text: &str) {
        // A closed stderr leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Writes an answer to stdout.
    pub fn emit(&self, output: &Output) -> ExitCode {
        let text = match &output.json {
            serde_json::Value::Null => String::new(),
            json if self.common.json => format!("{json:#}\n"),
            _ => output.text.clone(),
        };
        match std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()) {
            Ok(()) => ExitCode::from(output.status),
            // Whoever read it (`| head`) has seen enough.
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(output.status),
            Err(e) => {
                self.always_note(&format!("error: the answer could not be written: {e}"));
                ExitCode::FAILURE
            }
        }
    }

    pub fn emit_failure(&self, failure: &Failure) -> ExitCode {
        self.always_note(&format!("error: {failure}"));
        if self.common.json {
            return self.emit(&Output { text: String::new(), json: failure.json(), status: failure.status() });
        }
        ExitCode::from(failure.status())
    }
}
