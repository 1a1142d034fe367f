//! The configuration as text: the example, what `pm3k init` writes, and what `pm3k config show` prints.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::keys::{KEYS, Key, SECTIONS};
use super::load::Settings;
use super::value::{Raw, Type};

/// The longest line of the texts; longer comments are wrapped.
const WIDTH: usize = 118;

/// All keys with their defaults: `config.example.toml`.
pub fn example() -> String {
    let head = "# PM3K: all keys with their defaults. Keep what you change and leave the rest out.\n\
                # Each key can also be set by an environment variable: PM3K_SERVER__LISTEN, PM3K_DATA_DIR. Lists are comma-separated there.\n\
                # Secrets can be read from a file too: PM3K_TIKTOK__CLIENT_SECRET_FILE=/run/secrets/tiktok.\n";
    render(head, |key| format!("{} = {}", key.name(), literal(key.of, &key.of.raw(key.default))))
}

/// A first configuration: what was given stands, all other keys are there as comments with their defaults.
pub fn first(given: &BTreeMap<&str, String>) -> String {
    let head = "# PM3K: made by `pm3k init`. Keys behind a # have their default; remove the # to change one. `pm3k config check` tells what is wrong.\n";
    render(head, |key| match given.get(key.path) {
        Some(text) => format!("{} = {}", key.name(), literal(key.of, &key.of.raw(text))),
        None => format!("# {} = {}", key.name(), literal(key.of, &key.of.raw(key.default))),
    })
}

/// The values in force and where each came from, as TOML with comments.
pub fn in_force(settings: &Settings) -> String {
    let mut out = String::new();
    for (section, _) in std::iter::once(&("", "")).chain(SECTIONS) {
        let keys: Vec<&Key> = KEYS.iter().filter(|key| key.section() == *section).collect();
        if !section.is_empty() && !keys.is_empty() {
            let _ = writeln!(out, "\n[{section}]");
        }
        for key in keys {
            if let Some(setting) = settings.setting(key.path) {
                let _ = writeln!(out, "{} = {}  # {}", key.name(), shown(key, &setting.raw), setting.origin);
            }
        }
    }
    out
}

/// A value as it may be shown: secrets are hidden.
pub fn shown(key: &Key, raw: &Raw) -> String {
    let hide = key.is_secret() && *raw != Raw::Text(String::new());
    if hide { "\"(secret)\"".to_owned() } else { literal(key.of, raw) }
}

/// A value as TOML (and JSON) writes it.
fn literal(of: Type, raw: &Raw) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match raw {
        Raw::Text(text) if matches!(of, Type::Switch | Type::Number { .. }) => text.clone(),
        Raw::Text(text) => quoted(text),
        Raw::List(items) => format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")),
    }
}

fn render(head: &str, line: impl Fn(&Key) -> String) -> String {
    let mut out = String::from(head);
    for (section, purpose) in std::iter::once(&("", "")).chain(SECTIONS) {
        if !section.is_empty() {
            let _ = write!(out, "\n# {purpose}\n[{section}]\n");
        }
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            if section.is_empty() {
                out.push('\n');
            }
            wrap(&mut out, key.comment);
            out.push_str(&line(key));
            out.push('\n');
        }
    }
    out
}

fn wrap(out: &mut String, comment: &str) {
    let mut length = 0;
    for word in comment.split(' ') {
        if length == 0 || length + 1 + word.len() > WIDTH {
            out.push_str(if length == 0 { "#" } else { "\n#" });
            length = 1;
        }
        out.push(' ');
        out.push_str(word);
        length += 1 + word.len();
    }
    out.push('\n');
}
