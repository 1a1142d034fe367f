//! Where configuration comes from, and what is told when something in it is wrong.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File {
        path: PathBuf,
        /// Counted from 1; none where the whole file is meant.
        line: Option<usize>,
    },
    Variable(String),
    /// The file that a `…_FILE` variable names.
    SecretFile {
        variable: String,
        path: PathBuf,
    },
    Flag(&'static str),
}

impl Origin {
    /// The order in which problems are told: down the file, then the environment, then the flags.
    pub(super) fn rank(&self) -> (u8, usize) {
        match self {
            Origin::Default => (0, 0),
            Origin::File { line, .. } => (1, line.unwrap_or(0)),
            Origin::Variable(_) | Origin::SecretFile { .. } => (2, 0),
            Origin::Flag(_) => (3, 0),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line: None } => write!(f, "{}", path.display()),
            Origin::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => write!(f, "environment variable {name}"),
            Origin::SecretFile { variable, path } => write!(f, "{} (named by {variable})", path.display()),
            Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `server.listen`; none where no key can be named.
    pub key: Option<String>,
    pub origin: Origin,
    pub message: String,
}

impl Problem {
    pub fn new(key: impl Into<String>, origin: Origin, message: impl Into<String>) -> Problem {
        Problem { key: Some(key.into()), origin, message: message.into() }
    }

    /// A problem of a whole source.
    pub fn of(origin: Origin, message: impl Into<String>) -> Problem {
        Problem { key: None, origin, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: {key}: {}", self.origin, self.message),
            None => write!(f, "{}: {}", self.origin, self.message),
        }
    }
}

impl std::error::Error for Problem {}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut fields = to.serialize_struct("Problem", 3)?;
        fields.serialize_field("key", &self.key)?;
        fields.serialize_field("from", &self.origin.to_string())?;
        fields.serialize_field("message", &self.message)?;
        fields.end()
    }
}

/// A key set by a flag of the command line.
#[derive(Debug, Clone)]
pub struct FlagValue {
    /// `data_dir`.
    pub key: &'static str,
    /// `--data-dir`.
    pub flag: &'static str,
    pub text: String,
}

/// Everything that configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file of `--config`; it must be there. Without it, the one that `PM3K_CONFIG` names must be.
    pub file: Option<PathBuf>,
    /// The file to read when neither names one; it may be missing.
    pub usual_file: Option<PathBuf>,
    pub env: Vec<(String, String)>,
    pub flags: Vec<FlagValue>,
}

impl Sources {
    /// Those of this process: its environment, and the file in the user's configuration folder.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<FlagValue>) -> Sources {
        let env = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
        Sources { file, usual_file: usual_file(), env: env.filter(|(name, _)| name.starts_with("PM3K_")).collect(), flags }
    }

    /// Which file would be read, and whether it must be there.
    pub fn chosen_file(&self) -> Option<(PathBuf, bool)> {
        let named = || self.env.iter().find(|(name, value)| name == "PM3K_CONFIG" && !value.is_empty()).map(|(_, path)| PathBuf::from(path));
        self.file.clone().or_else(named).map(|path| (path, true)).or_else(|| self.usual_file.clone().map(|path| (path, false)))
    }
}

/// `config.toml` in the configuration folder of the user.
fn usual_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "pm3k").map(|dirs| dirs.config_dir().join("config.toml"))
}

/// The data folder of the user.
pub(super) fn usual_data_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "pm3k").map(|dirs| dirs.data_dir().to_owned())
}
