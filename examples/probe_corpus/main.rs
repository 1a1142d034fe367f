//! Compares what our probe says of each file in a folder with what ffprobe says. `scripts/probe-corpus` makes the files and runs this.
//!
//! What must always be true here: each fact of ours is held against one that ffprobe read by itself; a difference ends the program with 1, unless it
//! is one of the few that `explained` gives a reason for, and those are shown.
#![expect(clippy::indexing_slicing, reason = "what a JSON value does not hold is null")]

mod theirs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use pm3k::media::{MediaKind, Probe, probe_named};

use theirs::Theirs;

/// Files that must be refused, and why; every other file must be taken.
const REFUSED: [(&str, &str); 20] = [
    ("refused-cut.mp4", "truncated"),
    ("refused-cut-index-last.mp4", "truncated"),
    ("refused-cut-fragments.mp4", "truncated"),
    ("refused-cut.webm", "truncated"),
    ("refused-cut.jpg", "truncated"),
    ("refused-cut.png", "truncated"),
    ("refused-cut.webp", "truncated"),
    ("refused-cut.gif", "truncated"),
    ("refused-wrong-name.mp4", "wrong_type"),
    ("refused-wrong-name.jpg", "wrong_type"),
    ("refused-wrong-name.mov", "wrong_type"),
    ("refused-sound-only.mp4", "no_video"),
    ("refused.heic", "heic"),
    ("refused.avif", "unknown_type"),
    ("refused.mkv", "unknown_type"),
    ("refused.ts", "unknown_type"),
    ("refused.avi", "unknown_type"),
    ("refused-live.webm", "unfinished"),
    ("refused.bmp", "unknown_type"),
    ("refused.tiff", "unknown_type"),
];

/// One fact of one file, as both say it.
struct Row {
    file: String,
    fact: &'static str,
    ours: String,
    theirs: String,
    verdict: Verdict,
}

enum Verdict {
    Same,
    Explained(&'static str),
    Different,
}

fn main() -> Result<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    let folder = PathBuf::from(args.next().context("say which folder holds the files")?);
    let all = args.next().is_some_and(|arg| arg == "--all");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut rows = Vec::new();
    for path in &files {
        rows.extend(compare(path).with_context(|| path.display().to_string())?);
    }
    ensure!(files.len() >= 60, "only {} files", files.len());
    println!("{:<28} {:<12} {:<30} {:<30}", "file", "fact", "ours", "ffprobe's");
    for row in rows.iter().filter(|row| all || !matches!(row.verdict, Verdict::Same)) {
        let verdict = match row.verdict {
            Verdict::Same => "",
            Verdict::Explained(why) => why,
            Verdict::Different => "DIFFERENT",
        };
        println!("{:<28} {:<12} {:<30} {:<30} {verdict}", row.file, row.fact, row.ours, row.theirs);
    }
    let count = |is: fn(&Verdict) -> bool| rows.iter().filter(|row| is(&row.verdict)).count();
    let (same, explained, different) =
        (count(|v| matches!(v, Verdict::Same)), count(|v| matches!(v, Verdict::Explained(_))), count(|v| matches!(v, Verdict::Different)));
    println!("{} files, {} facts: {same} the same, {explained} differ for a reason, {different} differ", files.len(), rows.len());
    Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compare(path: &Path) -> Result<Vec<Row>> {
    let file = path.file_name().and_then(|name| name.to_str()).context("its name is not text")?.to_owned();
    let ours = probe_named(path, None, Some(&file));
    let expected = REFUSED.iter().find(|(name, _)| *name == file).map_or("taken", |(_, code)| *code);
    let said = ours.as_ref().map_or_else(|broken| broken.code, |_| "taken");
    let verdict = if said == expected { Verdict::Same } else { Verdict::Different };
    let mut rows = vec![Row { file: file.clone(), fact: "refusal", ours: said.to_owned(), theirs: expected.to_owned(), verdict }];
    if let (Ok(ours), "taken") = (ours, expected) {
        let theirs = Theirs::of(path)?;
        for (fact, ours, theirs) in facts(&ours, &theirs) {
            let verdict = match theirs {
                _ if theirs == ours => Verdict::Same,
                _ => explained(&file, fact, &ours, &theirs).map_or(Verdict::Different, Verdict::Explained),
            };
            rows.push(Row { file: file.clone(), fact, ours, theirs, verdict });
        }
    }
    Ok(rows)
}

/// Where the two may differ, and why that is right.
fn explained(file: &str, fact: &str, ours: &str, theirs: &str) -> Option<&'static str> {
    Some(match (fact, ours, theirs) {
        ("alpha", ..) if file.starts_with("gif") && ours == (file == "gif-transparent.gif").to_string() => {
            "ffprobe decodes every one into a form with transparency"
        }
        ("alpha", "false", "true") if file == "webp-lossless.webp" => "ffprobe decodes every one into a form with transparency",
        ("alpha", "true", "false") if file == "png-palette.png" => "ffmpeg writes a table of transparency with every palette; ffprobe does not look into it",
        ("alpha", "false", "true") if file == "jpeg-cmyk.jpg" => "ffprobe takes the fourth colour for transparency",
        ("size" | "animated" | "alpha", ..) if file == "webp-moving.webp" => "this ffprobe cannot read moving WebP",
        ("chroma", "4:0:0", "4:2:0") if file == "h264-gray.mp4" => "ffprobe decodes grey into a form with colour",
        ("profile" | "bit depth" | "chroma", "?", _) if file.starts_with("mjpeg") || file.starts_with("mpeg2") => {
            "it stands in no header of the file, only in the pictures"
        }
        _ => return None,
    })
}

/// Numbers that are close enough are written alike: as ffprobe's.
fn near(ours: f64, theirs: Option<f64>, part: f64, least: f64) -> (String, String) {
    match theirs {
        Some(theirs) if (ours - theirs).abs() <= (theirs * part).max(least) => (format!("{theirs:.2}"), format!("{theirs:.2}")),
        Some(theirs) => (format!("{ours:.2}"), format!("{theirs:.2}")),
        None => ("-".to_owned(), "-".to_owned()),
    }
}

fn or_unknown<T: ToString>(fact: Option<&T>) -> String {
    fact.map_or_else(|| "?".to_owned(), ToString::to_string)
}

fn facts(ours: &Probe, theirs: &Theirs) -> Vec<(&'static str, String, String)> {
    let mut facts = vec![
        ("format", ours.extension().to_owned(), theirs.format()),
        ("size", format!("{}x{}", ours.width, ours.height), theirs.size(ours.orientation)),
        ("orientation", ours.orientation.to_string(), theirs.orientation().to_string()),
    ];
    let mut add = |fact, (ours, theirs): (String, String)| facts.push((fact, ours, theirs));
    if ours.kind() == MediaKind::Image {
        add("animated", (ours.animated.to_string(), theirs.moves().to_string()));
        add("alpha", (ours.alpha.to_string(), theirs.alpha().to_string()));
        return facts;
    }
    add("milliseconds", near(ours.duration_ms.unwrap_or_default() as f64, theirs.milliseconds(), 0.0, 1.0));
    add("fast start", (ours.fast_start.to_string(), theirs.fast_start().to_string()));
    add("fragmented", (ours.fragmented.to_string(), theirs.fragmented().to_string()));
    add("edit list", (ours.edit_list.to_string(), theirs.edit_list().to_string()));
    if let Some(video) = &ours.video {
        add("codec", (video.codec.clone(), theirs.codec("video")));
        add("frame rate", near(video.fps, theirs.frame_rate(), 0.001, 0.01));
        add("bit rate", near(video.bitrate as f64, theirs.bit_rate("video"), 0.01, 10.0));
        add("profile", known(or_unknown(video.profile.as_ref()), theirs.profile()));
        add("level", known(or_unknown(video.level.as_ref()), theirs.level()));
        add("bit depth", known(or_unknown(video.bit_depth.as_ref()), theirs.bit_depth().map(|n| n.to_string())));
        add("chroma", known(or_unknown(video.chroma.as_ref()), theirs.chroma().map(str::to_owned)));
        add("interlaced", (video.interlaced.to_string(), theirs.interlaced().to_string()));
    }
    let sound = ours.audio.as_ref();
    add("sound", (sound.map_or("none".to_owned(), |s| s.codec.clone()), theirs.codec("audio")));
    if let Some(sound) = sound {
        add("channels", (sound.channels.to_string(), theirs.number("audio", "channels")));
        add("sample rate", (sound.sample_rate.to_string(), theirs.number("audio", "sample_rate")));
        if ours.extension() != "webm" {
            add("sound rate", near(sound.bitrate as f64, theirs.bit_rate("audio"), 0.01, 10.0));
        }
    }
    facts
}

/// What ffprobe does not know is no difference.
fn known(ours: String, theirs: Option<String>) -> (String, String) {
    let theirs = theirs.unwrap_or_else(|| ours.clone());
    (ours, theirs)
}
