//! Imports go one way, rooms stay small: what ARCHITECTURE.md says of the house is checked against the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may use whom. `address`, `ids`, `kind`, `clock`, `zone` and `secret` are words and tools that everybody may use, and that use nobody but one another.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["app", "actions", "config", "db", "demo", "logging", "media", "model", "platform", "publisher", "rehearsal", "web"]),
    ("demo", &["app", "actions", "config", "model", "publisher", "web"]),
    ("web", &["app", "actions", "config", "media", "model", "platform", "rehearsal"]),
    ("actions", &["access", "app", "briefing", "media", "model", "platform", "preparing", "rehearsal", "standing"]),
    ("app", &["access", "config", "db", "media", "platform", "publisher"]),
    ("publisher", &["access", "config", "db", "media", "model", "platform", "rehearsal", "surroundings"]),
    ("rehearsal", &["access", "model", "platform", "standing", "surroundings"]),
    ("standing", &["access", "briefing", "model", "platform"]),
    ("surroundings", &["access", "briefing", "media", "model", "platform"]),
    ("preparing", &["briefing", "media", "model", "platform"]),
    ("access", &["db", "media", "model", "platform"]),
    ("briefing", &["media", "model", "platform"]),
    ("model", &["db", "media"]),
    ("platform", &["config"]),
    ("config", &[]),
    ("db", &[]),
    ("media", &[]),
    ("logging", &[]),
];
const EVERYBODYS: &[&str] = &["address", "ids", "kind", "clock", "zone", "secret"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            files.extend(rust_files(&entry.path()));
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            files.push(entry.path());
        }
    }
    files
}

/// The room a file belongs to: its first folder, or its own name.
fn room(file: &Path) -> String {
    let inside = file.strip_prefix(source()).unwrap();
    inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names after `crate::`.
fn named(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        if let Some(list) = rest.strip_prefix('{') {
            // `use crate::{a, b::c};`
            let mut depth = 1;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => {
                        rooms.insert(std::mem::take(&mut word));
                    }
                    c => word.push(c),
                }
                if depth == 0 {
                    break;
                }
            }
            rooms.insert(word);
        } else {
            rooms.insert(rest.to_owned());
        }
    }
    rooms
        .into_iter()
        .map(|path| path.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>())
        .filter(|room| !room.is_empty() && room.chars().next().is_some_and(|c| c.is_ascii_lowercase()))
        .collect()
}

#[test]
fn imports_go_one_way() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files(&source()) {
        let from = room(&file);
        if from == "lib" {
            continue;
        }
        let text: String = fs::read_to_string(&file).unwrap().lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for to in named(&text).into_iter().filter(|to| *to != from) {
            seen += 1;
            let allowed = EVERYBODYS.contains(&to.as_str()) || arrows.get(from.as_str()).is_some_and(|list| list.contains(&to.as_str()));
            if !allowed {
                wrong.push(format!("{}: {from} → {to}", file.display()));
            }
        }
    }
    assert!(seen > 50, "the scan found nothing");
    assert!(wrong.is_empty(), "arrows that are not listed:\n{}", wrong.join("\n"));
}

#[test]
fn adapters_do_not_know_one_another() {
    for adapter in ["tiktok", "facebook", "instagram"] {
        for file in rust_files(&source().join("platform").join(adapter)) {
            let text = fs::read_to_string(&file).unwrap();
            for other in ["tiktok", "facebook", "instagram"].into_iter().filter(|other| *other != adapter) {
                assert!(!text.contains(&format!("platform::{other}::")), "{} uses the adapter of {other}", file.display());
            }
        }
    }
}

#[test]
fn only_the_web_is_asynchronous() {
    for file in rust_files(&source()) {
        let text = fs::read_to_string(&file).unwrap();
        let from = room(&file);
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        if from != "web" {
            assert!(
                !code.iter().any(|line| line.contains("async fn")
                    || line.contains(".await;")
                    || line.contains(".await?")
                    || line.contains(".await)")
                    || line.contains("poem::")),
                "{}",
                file.display()
            );
        }
        if !file.ends_with("web/blocking.rs") {
            assert!(!code.iter().any(|line| line.contains("spawn_blocking")), "{}: only web/blocking.rs crosses to blocking threads", file.display());
        }
    }
}

#[test]
fn rooms_are_small() {
    let files = rust_files(&source());
    let mut lines: Vec<(usize, &PathBuf)> = files.iter().map(|file| (fs::read_to_string(file).unwrap().lines().count(), file)).collect();
    lines.sort();
    let (longest, file) = lines.last().unwrap();
    assert!(*longest <= 600, "{} has {longest} lines", file.display());
    let main = fs::read_to_string(source().join("main.rs")).unwrap().lines().count();
    assert!(main <= 60, "main.rs has {main} lines");
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.starts_with("//!"), "{} has no header that says what it is for", file.display());
    }
}
