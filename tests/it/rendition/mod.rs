//! The rendition workshop on real files: what is asserted is in the bytes that come out, read by other decoders.

mod faststart;
mod orphan;
mod picture;
mod thumbnail;
mod video;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use jpeg_decoder::Decoder;
use pm3k::media::rendition::{Made, Recipe, Tools, Unmade, Watch, make, predict};
use pm3k::media::{Store, probe};

/// A store in a temporary folder, and sources beside it.
struct Workshop {
    dir: tempfile::TempDir,
    store: Store,
    tools: Tools,
}

impl Workshop {
    fn new() -> Workshop {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path().join("media")).unwrap();
        Workshop { dir, store, tools: Tools::none() }
    }

    /// With ffmpeg. None where it is not on this machine; but with `PM3K_NEED_FFMPEG=1` that fails.
    fn with_ffmpeg() -> Option<Workshop> {
        let tools = Tools::find();
        if !tools.can_transcode() {
            assert!(std::env::var_os("PM3K_NEED_FFMPEG").is_none_or(|need| need != "1"), "ffmpeg is needed and not there: {:?}", tools.describe());
            println!("skipped: ffmpeg is not on this machine");
            return None;
        }
        Some(Workshop { tools, ..Workshop::new() })
    }

    fn source(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A source that ffmpeg makes.
    fn source_by(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        let status = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(arguments.split_whitespace()).arg(&path).status().unwrap();
        assert!(status.success(), "{arguments}");
        path
    }

    /// Makes it, and holds it against what was predicted.
    fn make(&self, recipe: &Recipe, source: &Path) -> Result<Made, Unmade> {
        let seen = probe(source).unwrap();
        let planned = predict(recipe, &seen, std::fs::metadata(source).unwrap().len())?;
        let watch = Steps::default();
        let made = make(recipe, source, &seen, &self.store, &self.tools, &watch)?;
        assert_eq!(watch.last.load(Ordering::Relaxed), 100);
        assert!(made.received.bytes <= planned.bytes, "{} of {}", made.received.bytes, planned.bytes);
        assert_eq!((made.probe.width, made.probe.height, made.probe.format), (planned.probe.width, planned.probe.height, planned.probe.format));
        Ok(made)
    }

    fn refused(&self, recipe: &Recipe, source: &Path) -> Unmade {
        let unmade = self.make(recipe, source).unwrap_err();
        self.nothing_left();
        unmade
    }

    fn nothing_left(&self) {
        assert_eq!(std::fs::read_dir(self.store.root().join("incoming")).unwrap().count(), 0);
        assert_eq!(self.store.list().unwrap(), []);
    }
}

/// Checks that progress never falls.
#[derive(Default)]
struct Steps {
    last: AtomicU8,
    stop: AtomicBool,
    /// Stops at this percentage.
    stop_at: Option<u8>,
}

impl Watch for Steps {
    fn progress(&self, percent: u8) {
        let before = self.last.swap(percent, Ordering::Relaxed);
        assert!(before <= percent && percent <= 100, "{before} then {percent}");
        if self.stop_at.is_some_and(|stop| percent >= stop) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/media").join(name)
}

/// A decoded JPEG.
struct Seen {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Seen {
    fn jpeg(bytes: &[u8]) -> Seen {
        let mut decoder = Decoder::new(bytes);
        let rgb = decoder.decode().unwrap();
        let info = decoder.info().unwrap();
        assert_eq!(rgb.len(), usize::from(info.width) * usize::from(info.height) * 3);
        Seen { width: usize::from(info.width), height: usize::from(info.height), rgb }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        self.rgb[at..at + 3].try_into().unwrap()
    }

    /// The pixels at these shares of width and height.
    fn part(&self, x: f64, y: f64) -> [u8; 3] {
        self.at((self.width as f64 * x) as usize, (self.height as f64 * y) as usize)
    }

    /// The middles of the four quarters, row by row.
    fn quarters(&self) -> [[u8; 3]; 4] {
        [self.part(0.25, 0.25), self.part(0.75, 0.25), self.part(0.25, 0.75), self.part(0.75, 0.75)]
    }

    /// The mean difference of two pictures of the same size.
    fn difference(&self, other: &Seen) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let sum: u64 = self.rgb.iter().zip(&other.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.rgb.len() as f64
    }
}

fn near(found: [u8; 3], wanted: [u8; 3], by: u8) -> bool {
    found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= by)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}
