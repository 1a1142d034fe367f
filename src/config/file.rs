//! Reading the file: what each key was given, and everything in it that is no key. The file's text is never quoted in a message, since the line at
//! fault may hold a secret.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, SECTIONS};
use super::load::Given;
use super::source::{Origin, Problem};
use super::suggest;
use super::value::{Raw, Type};

/// No configuration is longer; what is, is some other file.
const LONGEST: u64 = 1024 * 1024;

/// Reads `path`. A file that is missing is a problem only where it `must_exist`.
pub(super) fn read(path: &Path, must_exist: bool, problems: &mut Vec<Problem>) -> Vec<Given> {
    let whole = |message: String| Problem::of(Origin::File { path: path.to_owned(), line: None }, message);
    match read_text(path) {
        Ok(text) => parse(path, &text, problems),
        Err(e) if e.kind() == io::ErrorKind::NotFound && !must_exist => Vec::new(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            problems.push(whole("there is no such file; `pm3k init` makes one, `pm3k config example` prints one".into()));
            Vec::new()
        }
        Err(e) => {
            problems.push(whole(format!("cannot be read: {e}")));
            Vec::new()
        }
    }
}

pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB and cannot be a configuration"));
    }
    Ok(text)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    given: Vec<Given>,
    problems: &'a mut Vec<Problem>,
}

fn parse(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Vec<Given> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path, text, given: Vec::new(), problems };
    if !errors.is_empty() {
        // What recovery made of the rest would only add noise.
        for error in errors {
            let origin = reader.origin(error.span().map_or(0, |span| span.start));
            reader.problems.push(Problem::of(origin, format!("this is not TOML: {}", error.message())));
        }
        return Vec::new();
    }
    for (name, value) in table.get_ref() {
        let at = name.span().start;
        let name = name.get_ref().as_ref();
        if SECTIONS.iter().any(|(section, _)| *section == name) {
            match value.get_ref() {
                DeValue::Table(section) => reader.section(name, section),
                _ => reader.problem(at, name, format!("is a section; it is written [{name}], with its keys below")),
            }
        } else if value.get_ref().is_table() {
            // Its keys are not looked at: their section has to be set right first.
            let meant = suggest::nearest(name, SECTIONS.iter().map(|(section, _)| *section));
            reader.problem(at, name, suggest::sentence("there is no such section", meant));
        } else {
            reader.key(name, at, value);
        }
    }
    reader.given
}

impl Reader<'_> {
    fn origin(&self, byte: usize) -> Origin {
        let line = self.text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1;
        Origin::File { path: self.path.to_owned(), line: Some(line) }
    }

    fn problem(&mut self, byte: usize, key: &str, message: impl Into<String>) {
        let origin = self.origin(byte);
        self.problems.push(Problem::new(key, origin, message));
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            self.key(&format!("{section}.{}", name.get_ref()), name.span().start, value);
        }
    }

    fn key(&mut self, path: &str, byte: usize, value: &Spanned<DeValue<'_>>) {
        let Some(key) = keys::find(path) else {
            let meant = suggest::nearest(path, keys::KEYS.iter().map(|key| key.path));
            return self.problem(byte, path, suggest::sentence("there is no such key", meant));
        };
        match raw(key.of, value.get_ref()) {
            Ok(raw) => {
                let origin = self.origin(byte);
                self.given.push(Given { key, origin, raw });
            }
            Err(message) => self.problem(byte, path, message),
        }
    }
}

/// The value, if it has the form that the type is written in.
fn raw(of: Type, value: &DeValue<'_>) -> Result<Raw, &'static str> {
    match (of, value) {
        (Type::Switch, DeValue::Boolean(on)) => Ok(Raw::Text(on.to_string())),
        (Type::Switch, _) => Err("must be true or false, without quotes"),
        (Type::Number { .. }, DeValue::Integer(number)) => Ok(Raw::Text(number.to_string())),
        (Type::Number { .. }, _) => Err("must be a whole number, without quotes"),
        (of, DeValue::Array(items)) if of.is_list() => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>();
            texts.map(Raw::List).ok_or("must be a list of texts in quotes, such as [\"a\", \"b\"]")
        }
        (of, _) if of.is_list() => Err("must be a list of texts in quotes, such as [\"a\", \"b\"]"),
        (_, DeValue::String(text)) => Ok(Raw::Text(text.to_string())),
        (Type::Duration { .. }, _) => Err("must be a length of time in quotes, such as \"45m\""),
        (Type::Size, _) => Err("must be a size in quotes, such as \"20GiB\""),
        _ => Err("must be a text in quotes"),
    }
}
