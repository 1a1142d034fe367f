//! The table in `docs/platforms.md`: made from the names of the tests, so that it cannot say more than they do.
//!
//! `PM3K_WRITE_TABLE=1 cargo nextest run matrix::table` writes it; without that the test compares.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{COLUMNS, ROWS};

const BEGIN: &str = "<!-- the table is made by tests/it/matrix/table.rs -->\n";
const END: &str = "<!-- end of the table -->\n";

/// The tests of this binary, by their own word.
fn listed() -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap()).args(["--list", "--format", "terse"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_suffix(": test")).filter(|name| name.starts_with("matrix::")).map(str::to_owned).collect()
}

fn table(tests: &[String]) -> String {
    let mut text = String::from(BEGIN);
    let headings: Vec<String> = COLUMNS.iter().map(|(column, heading)| format!("{heading}<br>`{column}`")).collect();
    let _ = writeln!(text, "| `matrix` | {} |", headings.join(" | "));
    let _ = writeln!(text, "| --- |{}", " :-: |".repeat(headings.len()));
    for row in ROWS {
        let cells = COLUMNS.iter().map(|(column, _)| {
            let name = format!("matrix::{row}::{column}");
            if tests.contains(&name) { "✓" } else { "—" }
        });
        let _ = writeln!(text, "| `{row}` | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text.push_str(END);
    text
}

#[test]
fn the_table_in_the_documentation_is_the_tests() {
    let tests = listed();
    assert!(tests.len() > ROWS.len() * COLUMNS.len() - 1, "{} tests are listed", tests.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/platforms.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the mark of the table's beginning");
    let (_, after) = rest.split_once(END).expect("the mark of the table's end");
    let wanted = format!("{before}{}{after}", table(&tests));
    if std::env::var_os("PM3K_WRITE_TABLE").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == wanted,
        "docs/platforms.md tells another table; write it with: PM3K_WRITE_TABLE=1 cargo nextest run matrix::table"
    );
}
