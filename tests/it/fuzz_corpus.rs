//! The inputs that fuzzing kept, taken in again: those that reach far into the code, and those that broke it once. `scripts/fuzz` adds to them.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::fuzzed;

/// Far more than any of them needs in a build without optimisation, and far less than a loop that trusts a count.
const PATIENCE: Duration = Duration::from_secs(20);
/// So that the corpus stays something to keep in a repository.
const LARGEST: u64 = 64 * 1024;

fn replay(target: &str, take: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{} holds only {} inputs", folder.display(), files.len());
    for file in files {
        let data = std::fs::read(&file).unwrap();
        assert!(data.len() as u64 <= LARGEST, "{} is too large to be kept", file.display());
        println!("{}", file.display());
        let begun = Instant::now();
        take(&data);
        assert!(begun.elapsed() < PATIENCE, "{} takes {:?}", file.display(), begun.elapsed());
    }
}

#[test]
fn probe() {
    replay("probe", fuzzed::probe);
}

#[test]
fn media_url() {
    replay("media_url", fuzzed::media_url);
}

#[test]
fn multipart() {
    replay("multipart", fuzzed::multipart);
}

#[test]
fn tus_headers() {
    replay("tus_headers", fuzzed::tus_headers);
}
