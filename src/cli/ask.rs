//! Asking the person at the terminal, and reading a password from stdin. Questions go to stderr, so that stdout stays the answer's.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::failure::Failure;
use crate::secret::Secret;

/// No answer is longer, in bytes.
const LONGEST: u64 = 4096;

/// Is there somebody to ask?
pub fn somebody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for one line until `check` is content with it; an empty one means `usual`.
pub fn line(question: &str, usual: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<String, Failure> {
    loop {
        if usual.is_empty() {
            eprint!("{question}: ");
        } else {
            eprint!("{question} [{usual}]: ");
        }
        io::stderr().flush()?;
        let given = read_line()?.ok_or_else(|| Failure::Failed(anyhow::anyhow!("the answers ended too early; nothing was made")))?;
        let answer = if given.trim().is_empty() { usual } else { given.trim() };
        match check(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(why) => eprintln!("  {why}"),
        }
    }
}

/// Asks for a password twice, without showing it.
pub fn new_password() -> Result<Secret, Failure> {
    let first = hidden("Password (at least 10 characters): ")?;
    let again = hidden("The same again: ")?;
    if first != again {
        return Err(Failure::Refused("the two passwords differ; nothing was made".into()));
    }
    Ok(first)
}

/// The password on stdin: its first line.
pub fn password_from_stdin() -> Result<Secret, Failure> {
    match read_line()? {
        Some(password) if !password.is_empty() => Ok(Secret::new(password)),
        _ => Err(Failure::Usage("--password-stdin was given, but stdin holds no password; write: echo 'the password' | pm3k …".into())),
    }
}

/// The password from stdin when the flag says so, else from the person.
pub fn password(from_stdin: bool) -> Result<Secret, Failure> {
    match (from_stdin, somebody()) {
        (true, _) => password_from_stdin(),
        (false, true) => new_password(),
        (false, false) => Err(Failure::Usage("there is no terminal to ask for the password on; give it on stdin, with --password-stdin".into())),
    }
}

/// One line; none at the end of the input.
fn read_line() -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut text)?;
    Ok((read > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Gives the terminal its echo back, however the reading ends.
struct Echo(rustix::termios::Termios);

impl Drop for Echo {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        eprintln!();
    }
}

fn hidden(question: &str) -> Result<Secret, Failure> {
    eprint!("{question}");
    io::stderr().flush()?;
    let before = tcgetattr(io::stdin()).map_err(io::Error::from)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    let _echo = Echo(before);
    tcsetattr(io::stdin(), OptionalActions::Now, &silent).map_err(io::Error::from)?;
    Ok(Secret::new(read_line()?.unwrap_or_default()))
}
