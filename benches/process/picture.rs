//! A picture of 12 megapixels made into the JPEG that Instagram takes: how long it takes, and how much memory, beside ffmpeg at the same work. Needs ffmpeg.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use pm3k::kind::{Kind, Platform};
use pm3k::media::rendition::{Picture, Recipe, Tools, Watch, make};
use pm3k::media::{Store, probe};
use pm3k::platform::rules;

use crate::megabytes;
use crate::place::memory;

/// Names the folder that the process works in which makes one picture.
pub const PAINTER: &str = "PM3K_BENCH_PICTURE";

const ROUNDS: usize = 7;

struct Nobody;

impl Watch for Nobody {
    fn progress(&self, _: u8) {}

    fn stopped(&self) -> bool {
        false
    }
}

fn recipe() -> Recipe {
    let form = rules::for_kind(Platform::Instagram, Kind::Image).unwrap().image.as_ref().unwrap().form;
    Recipe::Picture(Picture { max_width: form.max_width, max_height: form.max_height, min_width: form.min_width, max_bytes: form.bytes, shape: None })
}

/// One picture, in a process of its own; says how much memory the process had at most.
pub fn paint(folder: &Path) {
    let source = folder.join("large.png");
    let store = Store::open_at(folder.join("store")).unwrap();
    let made = make(&recipe(), &source, &probe(&source).unwrap(), &store, &Tools::none(), &Nobody).unwrap();
    println!("{} {}", memory("self", "VmHWM"), made.received.bytes);
}

fn ffmpeg(folder: &Path, arguments: &str) -> String {
    let ran = Command::new("ffmpeg").args(["-nostdin", "-hide_banner", "-y"]).args(arguments.split_whitespace()).current_dir(folder).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{told}");
    told
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

pub fn picture() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Noise, as a sensor has it: without it a PNG is read in no time.
    ffmpeg(folder, "-f lavfi -i testsrc2=size=4000x3000:duration=0.04 -vf noise=alls=12:allf=t,format=rgb24 -frames:v 1 large.png");
    println!("source: 4000 x 3000 pixels, {:.1} MB as PNG", megabytes(folder.join("large.png").metadata().unwrap().len()));
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut peak, mut their_peak, mut bytes) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let ran = Command::new(std::env::current_exe().unwrap()).env(PAINTER, folder).output().unwrap();
        ours.push(begun.elapsed().as_secs_f64());
        let told = String::from_utf8(ran.stdout).unwrap();
        let (memory, size) = told.trim().split_once(' ').unwrap();
        peak = peak.max(memory.parse().unwrap());
        bytes = size.parse().unwrap();
        let begun = Instant::now();
        let told = ffmpeg(folder, "-benchmark -i large.png -vf scale=1440:-2:flags=lanczos,format=yuvj444p -q:v 2 -f mjpeg theirs.jpg");
        theirs.push(begun.elapsed().as_secs_f64());
        ratios.push(ours.last().unwrap() / theirs.last().unwrap());
        let kilobytes: u64 = told.split("maxrss=").nth(1).and_then(|rest| rest.split("kB").next()).and_then(|text| text.trim().parse().ok()).unwrap();
        their_peak = their_peak.max(kilobytes * 1024);
    }
    println!("PM3K: {:.2} s, peak memory of the process {:.1} MB, {:.2} MB as JPEG", median(ours), megabytes(peak), megabytes(bytes));
    println!("ffmpeg: {:.2} s, peak memory of the process {:.1} MB", median(theirs), megabytes(their_peak));
    println!("time, PM3K to ffmpeg, median of {ROUNDS} rounds: {:.2}", median(ratios));
}
