//! A program that dies by `kill -9` while a video is converted leaves no ffmpeg behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pm3k::media::rendition::{Recipe, Tools, make};
use pm3k::media::{Store, probe};

use super::video::PLAIN;
use super::{Steps, Workshop, data};

const FOLDER: &str = "PM3K_TEST_CONVERT_IN";

/// The processes that have this path in their arguments.
fn busy_with(path: &Path) -> usize {
    let word = path.to_str().unwrap().as_bytes();
    let lines = std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(word.len()).any(|part| part == word)).count()
}

/// Not a test of its own: what the process that is killed does.
#[test]
fn converts_when_asked() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let source = folder.join("long.mp4");
    let store = Store::open_at(folder.join("media")).unwrap();
    let _ = make(&Recipe::Video(PLAIN), &source, &probe(&source).unwrap(), &store, &Tools::find(), &Steps::default());
}

#[test]
fn a_killed_program_leaves_no_child() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    // Minutes of work.
    let source = workshop.source_by("long.mp4", &format!("-stream_loop 150 -i {} -c copy", data("landscape.mp4").display()));
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "rendition::orphan::converts_when_asked", "--nocapture"])
        .env(FOLDER, workshop.dir.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let growing =
        || std::fs::read_dir(workshop.store.root().join("incoming")).unwrap().any(|file| file.unwrap().metadata().is_ok_and(|meta| meta.len() > 1000));
    while !(growing() && busy_with(&source) > 0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "the conversion does not begin");
        assert!(program.try_wait().unwrap().is_none(), "the conversion ended by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    // SIGKILL: not even its destructors run.
    program.kill().unwrap();
    program.wait().unwrap();
    let killed = Instant::now();
    while busy_with(&source) > 0 {
        assert!(killed.elapsed() < Duration::from_secs(10), "ffmpeg goes on without its program");
        std::thread::sleep(Duration::from_millis(50));
    }
}
