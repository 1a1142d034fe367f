//! The probe against real files, files cut at many places, files that lie, and files with random damage.

use std::fs::File;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

mod facts;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/media").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn of(bytes: &[u8]) -> Result<Probe, Broken> {
    probe_reader(&mut Cursor::new(bytes))
}

fn code(bytes: &[u8]) -> &'static str {
    of(bytes).map_or_else(|broken| broken.code, |_| "good")
}

/// All that tells one good file from another, on one line.
fn line(probe: &Probe) -> String {
    let Probe { width, height, orientation, .. } = probe;
    let mut line = format!("{} {width}x{height} o{orientation}", probe.mime());
    if let Some(ms) = probe.duration_ms {
        line += &format!(" {ms}ms");
    }
    if let Some(video) = &probe.video {
        line += &format!(" {} {} {}fps", video.codec, video.codec_string, video.fps);
        let known = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "?".to_owned());
        let depth = video.bit_depth.map(|depth| depth.to_string());
        line += &format!(" {}@{} {}bit {}", known(&video.profile), known(&video.level), known(&depth), known(&video.chroma));
    }
    if let Some(audio) = &probe.audio {
        line += &format!(" {} {}ch {}Hz", audio.codec, audio.channels, audio.sample_rate);
    }
    let flags = [
        (probe.fast_start, "fast-start"),
        (probe.fragmented, "fragmented"),
        (probe.edit_list, "edit-list"),
        (probe.animated, "animated"),
        (probe.alpha, "alpha"),
        (probe.icc, "icc"),
        (probe.video.as_ref().is_some_and(|video| video.interlaced), "interlaced"),
    ];
    for (_, flag) in flags.iter().filter(|(set, _)| *set) {
        line += &format!(" {flag}");
    }
    line
}

#[rustfmt::skip]
const GOOD: [(&str, &str); 15] = [
    ("photo.jpg", "image/jpeg 1080x1350 o1"),
    ("photo.png", "image/png 216x270 o1"),
    ("photo.webp", "image/webp 480x600 o1"),
    ("oriented.jpg", "image/jpeg 360x480 o6"),
    ("moving.gif", "image/gif 120x160 o1 animated"),
    ("clip.mp4", "video/mp4 1080x1920 o1 4024ms h264 avc1.640028 30fps high@4.0 8bit 4:2:0 aac 2ch 44100Hz fast-start"),
    ("clip.mov", "video/quicktime 1080x1920 o1 4024ms h264 avc1.640028 30fps high@4.0 8bit 4:2:0 aac 2ch 44100Hz fast-start"),
    ("moov-last.mp4", "video/mp4 1080x1920 o1 4024ms h264 avc1.640028 30fps high@4.0 8bit 4:2:0 aac 2ch 44100Hz"),
    ("noaudio.mp4", "video/mp4 1080x1920 o1 4000ms h264 avc1.640028 30fps high@4.0 8bit 4:2:0 fast-start"),
    ("landscape.mp4", "video/mp4 1280x720 o1 3024ms h264 avc1.64001F 25fps high@3.1 8bit 4:2:0 aac 2ch 44100Hz fast-start"),
    ("rotated.mp4", "video/mp4 720x1280 o6 1022ms h264 avc1.64001F 25fps high@3.1 8bit 4:2:0 aac 2ch 44100Hz fast-start"),
    ("hevc.mp4", "video/mp4 360x640 o1 3024ms hevc hvc1.1.6.L63.90 30fps main@2.1 8bit 4:2:0 aac 2ch 44100Hz fast-start"),
    ("fragmented.mp4", "video/mp4 360x640 o1 3023ms h264 avc1.64001E 30fps high@3.0 8bit 4:2:0 aac 2ch 44100Hz fast-start fragmented"),
    ("edited.mp4", "video/mp4 360x640 o1 2700ms h264 avc1.64001E 30fps high@3.0 8bit 4:2:0 fast-start edit-list"),
    ("clip.webm", "video/webm 360x640 o1 3008ms vp9 vp9 30fps profile0@? 8bit 4:2:0 opus 1ch 48000Hz fast-start"),
];

#[test]
fn good_files_are_described() {
    for (name, expected) in GOOD {
        let probe = probe_named(&path(name), None, Some(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(line(&probe), expected, "{name}");
        let stored = serde_json::to_string(&probe).unwrap();
        assert_eq!(serde_json::from_str::<Probe>(&stored).unwrap(), probe, "{name}");
    }
}

#[test]
fn a_jpeg_of_several_pictures_is_told_from_one() {
    let photo = bytes("photo.jpg");
    for (marker, name, several) in [(0xe2, "MPF\0", true), (0xe3, "_JPSJPS_", true), (0xe2, "ICC_PROFILE\0", false), (0xe2, "M", false)] {
        let mut segment = vec![0xff, marker, 0, u8::try_from(name.len() + 2).unwrap()];
        segment.extend(name.as_bytes());
        let with = [&photo[..2], &segment, &photo[2..]].concat();
        assert_eq!(of(&with).unwrap().multi_picture, several, "{name}");
    }
}

#[test]
fn bit_rates_are_those_of_the_tracks() {
    let probe = of(&bytes("clip.mp4")).unwrap();
    let (video, audio) = (probe.video.unwrap(), probe.audio.unwrap());
    assert!((90_000..150_000).contains(&video.bitrate), "{}", video.bitrate);
    assert!((40_000..56_000).contains(&audio.bitrate), "{}", audio.bitrate);
}

/// Other people's parsers must see the same; they are not used on foreign files, as damage makes some of them panic.
#[test]
fn other_parsers_agree() {
    for (name, _) in GOOD {
        let ours = probe(&path(name)).unwrap();
        if ours.kind() == MediaKind::Image {
            let theirs = imagesize::size(path(name)).unwrap();
            let exif = nom_exif::read_exif(path(name)).ok();
            let turn = exif.and_then(|exif| exif.get(nom_exif::ExifTag::Orientation)?.as_u16());
            assert_eq!(u16::from(ours.orientation), turn.unwrap_or(1), "{name}");
            let stored = turned(ours.orientation, ours.width, ours.height);
            assert_eq!((stored.0 as usize, stored.1 as usize), (theirs.width, theirs.height), "{name}");
        } else if ours.format != Format::Webm {
            let (theirs, _) = re_mp4::Mp4::read_file(path(name)).unwrap();
            let video = theirs.tracks().values().find(|t| t.kind == Some(re_mp4::TrackKind::Video));
            let video = video.unwrap();
            let ours = ours.video.unwrap();
            assert_eq!(Some(ours.codec_string), video.codec_string(&theirs), "{name}");
            let seconds = video.samples.iter().map(|s| s.duration).sum::<u64>() as f64 / video.timescale as f64;
            assert!((ours.fps - video.samples.len() as f64 / seconds).abs() < 0.01, "{name}");
        }
    }
}

#[test]
fn spoilt_files_say_what_is_wrong() {
    for (name, code, message) in [
        ("truncated.mp4", "truncated", "The file ends before its video data does (39.0 of 86.8 kB are there). Export or upload it again."),
        ("truncated.jpg", "truncated", "The file ends too early: its last part is missing. Export or upload it again."),
        (
            "renamed.mp4",
            "wrong_type",
            "The file is named like an MP4 video, but it is a JPEG picture. Rename it to .jpg, or upload the file that \
             was meant.",
        ),
        (
            "photo.heic",
            "heic",
            "This is a HEIC photo, which the platforms do not take. Save or share it as JPEG and upload that (on an \
             iPhone: Settings, Camera, Formats, Most Compatible).",
        ),
        ("sound-only.mp4", "no_video", "There is no picture in this file, only sound or data. Upload a video that has one."),
    ] {
        let broken = probe_named(&path(name), None, Some(name)).unwrap_err();
        assert_eq!((broken.code, broken.message.as_str()), (code, message), "{name}");
    }
    assert_eq!(probe(&path("not-there.mp4")).unwrap_err().code, "unreadable");
}

#[test]
fn large_files_are_counted_in_megabytes() {
    let broken = Broken::truncated("its video data", 4_100_000, 9_049_999);
    assert!(broken.message.contains("(4.1 of 9.0 MB are there)"), "{broken}");
}

#[test]
fn names_and_types_may_be_missing_but_not_lie() {
    let mp4 = path("clip.mp4");
    let mov = path("clip.mov");
    for (file, mime, name, expected) in [
        (&mp4, None, None, "good"),
        (&mp4, Some("application/octet-stream"), Some("clip"), "good"),
        (&mp4, Some(""), Some("CLIP.MP4"), "good"),
        (&mp4, Some("Video/MP4; codecs=avc1"), Some("holiday.final"), "good"),
        (&mp4, Some("video/quicktime"), Some("clip.mov"), "good"),
        (&mov, Some("video/mp4"), Some("clip.m4v"), "good"),
        (&mp4, Some("image/jpeg"), None, "wrong_type"),
        (&mp4, Some("text/html"), Some("clip.mp4"), "wrong_type"),
        (&mp4, Some("video/webm"), None, "wrong_type"),
        (&mp4, None, Some("clip.webm"), "wrong_type"),
        (&mp4, None, Some("clip.mp4.exe"), "wrong_type"),
        (&mp4, Some("video/mp4"), Some("clip.jpg"), "wrong_type"),
    ] {
        let code = probe_named(file, mime, name).map_or_else(|broken| broken.code, |_| "good");
        assert_eq!(code, expected, "{mime:?} {name:?}");
    }
    let hostile = format!("<script>{}", "x".repeat(10_000));
    let broken = probe_named(&mp4, Some(&hostile), None).unwrap_err();
    assert!(broken.message.len() < 200 && !broken.message.contains('<'), "{broken}");
}

/// Places to cut a file: each within its head and tail, many between.
fn cuts(len: usize) -> impl Iterator<Item = usize> {
    let step = len / 211 + 1;
    (0..len).filter(move |cut| *cut < 300 || len - cut < 40 || cut % step == 0)
}

#[test]
fn a_cut_file_is_refused() {
    for (name, _) in GOOD {
        let whole = bytes(name);
        // Fragments are each complete: a file cut between two of them is a shorter video, and nothing tells.
        let seams: Vec<usize> =
            whole.windows(4).enumerate().filter(|(_, word)| [b"moof", b"mfra"].iter().any(|kind| word == *kind)).map(|(at, _)| at - 4).collect();
        for cut in cuts(whole.len()) {
            // Up to three bytes of the next fragment's length are zeros, and look like padding.
            let seam = name == "fragmented.mp4" && seams.iter().any(|seam| (*seam..*seam + 4).contains(&cut));
            if !seam {
                let result = of(whole.get(..cut).unwrap());
                assert!(result.is_err(), "{name} cut at {cut} of {}: {result:?}", whole.len());
            }
        }
    }
}

#[test]
fn what_follows_a_picture_does_not_matter() {
    for name in ["photo.jpg", "photo.png", "photo.webp", "moving.gif"] {
        let mut padded = bytes(name);
        padded.extend([0; 100]);
        padded.extend(b"a motion photo's video");
        assert_eq!(of(&padded), of(&bytes(name)), "{name}");
    }
    let mut padded = bytes("clip.mp4");
    padded.extend([0; 5]);
    assert_eq!(of(&padded), of(&bytes("clip.mp4")));
    padded.extend([0; 500]);
    assert_eq!(of(&padded), of(&bytes("clip.mp4")));
}

/// Writes `new` at `offset` bytes behind the first `marker`.
fn patched(name: &str, marker: &[u8], offset: isize, new: &[u8]) -> Vec<u8> {
    let mut file = bytes(name);
    let found = file.windows(marker.len()).position(|word| word == marker).unwrap();
    let at = found.checked_add_signed(offset).unwrap();
    file.splice(at..at + new.len(), new.iter().copied());
    file
}

#[test]
fn lies_in_an_index_are_found() {
    let all = [0xff; 4];
    for (what, file, expected) in [
        ("huge data", patched("clip.mp4", b"mdat", -4, &all), "truncated"),
        ("tiny box", patched("clip.mp4", b"mdat", -4, &[0, 0, 0, 7]), "damaged"),
        ("index is not one", patched("clip.mp4", b"moov", 0, b"voom"), "no_index"),
        ("index is all", patched("clip.mp4", b"moov", -4, &[0; 4]), "truncated"),
        ("no tracks", patched("noaudio.mp4", b"trak", 0, b"kart"), "no_tracks"),
        ("more samples", patched("clip.mp4", b"stsz", 12, &all), "damaged"),
        ("samples of 4 GB", patched("clip.mp4", b"stsz", 8, &all), "truncated"),
        ("4 G samples of 4 GB", patched("clip.mp4", b"stsz", 8, &[0xff; 8]), "damaged"),
        ("no samples", patched("clip.mp4", b"stsz", 12, &[0; 4]), "no_video"),
        ("more chunks", patched("clip.mp4", b"stco", 8, &all), "damaged"),
        ("chunk outside", patched("clip.mp4", b"stco", 12, &all), "truncated"),
        ("no size", patched("clip.mp4", b"avc1\0\0\0\0\0\0\0\x01", 28, &[0; 4]), "no_video"),
        ("locked", patched("clip.mp4", b"avc1\0\0\0\0\0\0\0\x01", 0, b"encv"), "protected"),
        ("no time scale", patched("clip.mp4", b"mdhd", 16, &[0; 4]), "good"),
        ("endless fragment", patched("fragmented.mp4", b"trun", 8, &all), "good"),
        ("Matroska", patched("clip.webm", b"webm", 0, b"matr"), "unknown_type"),
        ("101 megapixels", patched("photo.png", b"IHDR", 4, &[0, 0, 0x40, 0, 0, 0, 0x40, 0]), "too_many_pixels"),
        ("no pixels", patched("photo.png", b"IHDR", 4, &[0; 4]), "damaged"),
        ("nonsense for a turn", patched("oriented.jpg", b"\x01\x12\0\x03\0\0\0\x01", 8, &[9, 9]), "good"),
    ] {
        assert_eq!(code(&file), expected, "{what}: {:?}", of(&file).err());
    }
}

#[test]
fn a_large_box_is_jumped_over_and_a_large_index_refused() {
    let mut file = tempfile::tempfile().unwrap();
    let mut sparse = |kind: &[u8; 4], size: u64| {
        file.set_len(0).unwrap();
        file.seek(std::io::SeekFrom::Start(0)).unwrap();
        file.write_all(b"\0\0\0\x10ftypisom\0\0\0\0").unwrap();
        file.write_all(&1u32.to_be_bytes()).unwrap();
        file.write_all(kind).unwrap();
        file.write_all(&size.to_be_bytes()).unwrap();
        file.set_len(16 + size.clamp(64, 8 << 30)).unwrap();
        probe_reader(&mut file).unwrap_err().code
    };
    assert_eq!(sparse(b"mdat", 8 << 30), "no_index");
    assert_eq!(sparse(b"moov", 65 << 20), "index_too_large");
    assert_eq!(sparse(b"mdat", u64::MAX), "damaged");
    assert_eq!(sparse(b"mdat", 8), "damaged");
    assert_eq!(sparse(b"mdat", 9 << 30), "truncated");
}

#[test]
fn foreign_files_are_named() {
    for (head, word) in [
        (&b"RIFF\0\0\0\0AVI LIST"[..], "AVI"),
        (b"%PDF-1.7 and the rest", "PDF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"II*\0\x08\0\0\0\0\0\0\0", "TIFF"),
        (b"<html>hello</html>", "not known"),
        (b"x", "not known"),
    ] {
        let broken = of(head).unwrap_err();
        assert_eq!(broken.code, "unknown_type");
        assert!(broken.message.contains(word), "{broken}");
    }
    assert_eq!(code(b""), "empty");
}

#[test]
fn a_probe_reads_little_of_a_large_video() {
    /// Counts what is read through it.
    struct Counted(File, u64);
    impl Read for Counted {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buf)?;
            self.1 += read as u64;
            Ok(read)
        }
    }
    impl Seek for Counted {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let mut file = tempfile::tempfile().unwrap();
    // The data box grows to 3 GiB of nothing; the index stays as it is.
    let grown = 3u32 << 30;
    file.write_all(&patched("clip.mp4", b"mdat", -4, &grown.to_be_bytes())).unwrap();
    file.set_len(u64::from(grown) + 64 * 1024).unwrap();
    let mut counted = Counted(file, 0);
    assert!(probe_reader(&mut counted).is_ok());
    assert!(counted.1 < 256 * 1024, "{} bytes read", counted.1);
}

/// Most damage that matters sits in headers, so half of it is aimed at the first 4 KiB.
fn damage() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let place = prop_oneof![0usize..4096, any::<usize>()];
    let byte = prop_oneof![Just(0), Just(0xff), any::<u8>()];
    proptest::collection::vec((place, byte), 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damage_never_panics(which in 0..GOOD.len(), damage in damage(), cut in proptest::option::of(any::<usize>())) {
        let (name, _) = GOOD[which];
        let mut file = bytes(name);
        for (place, byte) in damage {
            let at = place % file.len();
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut % file.len());
        }
        if let Err(broken) = of(&file) {
            prop_assert!(broken.message.ends_with('.'), "{broken}");
        }
    }

    #[test]
    fn noise_behind_a_head_never_panics(which in 0..GOOD.len(), head in 4usize..600, noise: Vec<u8>) {
        let (name, _) = GOOD[which];
        let mut file = bytes(name);
        file.truncate(head);
        file.extend(noise);
        let _ = of(&file);
    }
}
