//! A user's home in which the real binary is run: for tests of the command line.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pm3k::clock::Clock;
use serde_json::Value;
use simulator::Options;

use super::house::{House, Who, file};

pub const PASSWORD: &str = "correct horse battery";

/// A user's home, where nothing is installed yet.
pub struct Home {
    pub dir: tempfile::TempDir,
    pub env: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn expect(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl Home {
    pub fn new() -> Home {
        Home { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    pub fn with(env: &[(&str, &str)]) -> Home {
        Home { env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), ..Home::new() }
    }

    /// A home where `init` was run.
    pub fn settled() -> Home {
        let home = Home::new();
        home.run_with(&["init", "--email", "ada@example.org", "--password-stdin", "--listen", "127.0.0.1:0"], PASSWORD).expect(0);
        home
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join(".local/share/pm3k")
    }

    pub fn config_file(&self) -> PathBuf {
        self.dir.path().join(".config/pm3k/config.toml")
    }

    pub fn write_config(&self, toml: &str) {
        fs::create_dir_all(self.config_file().parent().unwrap()).unwrap();
        fs::write(self.config_file(), toml).unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pm3k"));
        command.args(args).env_clear().env("HOME", self.dir.path()).env("PATH", std::env::var_os("PATH").unwrap()).current_dir(self.dir.path());
        command.envs(self.env.iter().cloned()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut child = self.command(args).spawn().unwrap();
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran { status: output.status.code().unwrap_or(-1), stdout: String::from_utf8(output.stdout).unwrap(), stderr: String::from_utf8(output.stderr).unwrap() }
    }
}

/// A home whose configuration speaks to a simulated world in which two accounts are connected.
pub fn connected() -> (House, Home) {
    let mut house = House::with(Options { clock: simulator::Clock::system(), limits: false, ..Options::default() });
    house.clock = Clock::system();
    let inside = house.enter();
    inside.connect(Who::Tiktok, "studio");
    inside.connect(Who::InstagramByItself, "bakery");
    drop(inside);
    let home = Home::new();
    let data_dir = format!("data_dir = {:?}\n\n[publisher]\nworkers = 2\n\n[media]\nfree_space_floor = \"0B\"\n\n", house.dir.path());
    home.write_config(&format!("{data_dir}{}", house.simulator.config_toml("http://127.0.0.1:1")));
    (house, home)
}

pub fn path(name: &str) -> String {
    file(name).to_str().unwrap().to_owned()
}
