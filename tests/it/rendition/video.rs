//! Videos converted by the real ffmpeg: what comes out is looked at by ffmpeg's own reader and by our probe.

use std::path::Path;
use std::process::Command;

use pm3k::media::rendition::{Fit, Made, Recipe, Shape, Tools, Video, make, predict};
use pm3k::media::{Format, probe};

use super::{Seen, Steps, Workshop, contains, data, near};

pub(super) const PLAIN: Video = Video {
    short_side: 1080,
    long_side: 1920,
    max_fps: 60,
    video_bits: 5_000_000,
    audio_bits: 128_000,
    audio_rate: 48_000,
    channels: 2,
    max_bytes: 100_000_000,
    silent_track: true,
    trim_ms: None,
    shape: None,
};

/// What ffmpeg says of the file's tracks.
fn described(path: &Path) -> String {
    let said = Command::new("ffmpeg").args(["-hide_banner", "-i"]).arg(path).output().unwrap().stderr;
    String::from_utf8(said).unwrap().lines().filter(|line| !line.contains("file:") && !line.contains("from '")).collect::<Vec<_>>().join("\n")
}

fn frame(path: &Path, at: &str, made: &pm3k::media::Probe) -> Seen {
    let output =
        Command::new("ffmpeg").args(["-v", "error", "-ss", at, "-i"]).arg(path).args("-frames:v 1 -f rawvideo -pix_fmt rgb24 -".split(' ')).output().unwrap();
    let (width, height) = (made.width as usize, made.height as usize);
    assert_eq!(output.stdout.len(), width * height * 3, "{}", String::from_utf8_lossy(&output.stderr));
    Seen { width, height, rgb: output.stdout }
}

/// What every result must be.
fn is_plain(made: &Made) {
    let video = made.probe.video.as_ref().unwrap();
    let audio = made.probe.audio.as_ref().unwrap();
    assert_eq!((made.probe.format, made.probe.orientation, video.codec.as_str()), (Format::Mp4, 1, "h264"));
    assert!(video.codec_string.starts_with("avc1.6400"), "{}", video.codec_string);
    assert_eq!((audio.codec.as_str(), audio.channels, audio.sample_rate), ("aac", 2, 48_000));
    assert!(made.probe.fast_start && !made.probe.fragmented && !made.probe.edit_list);
    let bytes = std::fs::read(&made.received.path).unwrap();
    assert!(!contains(&bytes, b"elst") && !contains(&bytes, b"Lavf"), "an edit list or a signature");
    let described = described(&made.received.path);
    for word in ["yuv420p(tv, bt709, progressive)", "h264 (High)", "aac (LC)", "[SAR 1:1"] {
        assert!(described.contains(word), "{word} is not in {described}");
    }
    assert!(!described.contains("rotat") && !described.contains("displaymatrix") && !described.contains("Chapter"), "{described}");
    assert_eq!(described.matches("Stream #").count(), 2, "{described}");
}

#[test]
fn every_source_becomes_the_same_form() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let small = Video { short_side: 360, long_side: 640, ..PLAIN };
    for (name, sides, fps) in [
        ("clip.mp4", (360, 640), 30.0),
        ("moov-last.mp4", (360, 640), 30.0),
        ("landscape.mp4", (640, 360), 25.0),
        ("rotated.mp4", (360, 640), 25.0),
        ("noaudio.mp4", (360, 640), 30.0),
        ("hevc.mp4", (360, 640), 30.0),
        ("clip.webm", (360, 640), 30.0),
        ("fragmented.mp4", (360, 640), 30.0),
        ("edited.mp4", (360, 640), 30.0),
        ("clip.mov", (360, 640), 30.0),
    ] {
        let made = workshop.make(&Recipe::Video(small.clone()), &data(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((made.probe.width, made.probe.height), sides, "{name}");
        assert!((made.probe.video.as_ref().unwrap().fps - fps).abs() < 0.2, "{name}: {:?}", made.probe.video);
        is_plain(&made);
    }
}

#[test]
fn a_turned_video_is_upright_and_the_same_picture() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let source = data("rotated.mp4");
    let made = workshop.make(&Recipe::Video(PLAIN), &source).unwrap();
    assert_eq!((made.probe.width, made.probe.height), (720, 1280));
    let before = frame(&source, "0.5", &probe(&source).unwrap());
    let after = frame(&made.received.path, "0.5", &made.probe);
    assert!(before.difference(&after) < 12.0, "{}", before.difference(&after));
}

#[test]
fn rate_length_and_size_are_limited() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    // Noise is the hardest there is to encode.
    let source = workshop.source_by(
        "noise.mp4",
        "-f lavfi -i nullsrc=s=640x360:r=60:d=6,format=yuv420p,geq=random(1)*255:128:128 -f lavfi -i anoisesrc=d=6:c=white -c:v libx264 -preset ultrafast -crf 20 -c:a aac -b:a 256k",
    );
    let size = std::fs::metadata(&source).unwrap().len();
    let recipe = Video { max_fps: 30, max_bytes: 900_000, trim_ms: Some(4_500), ..PLAIN };
    let planned = predict(&Recipe::Video(recipe.clone()), &probe(&source).unwrap(), size).unwrap();
    assert!(size > 3_000_000 && planned.bytes <= 900_000);
    let made = workshop.make(&Recipe::Video(recipe.clone()), &source).unwrap();
    assert!(made.received.bytes <= planned.bytes && made.received.bytes > 300_000, "{}", made.received.bytes);
    assert!(made.probe.duration_ms.unwrap().abs_diff(4_500) < 100, "{:?}", made.probe.duration_ms);
    assert!((made.probe.video.as_ref().unwrap().fps - 30.0).abs() < 0.1);
    is_plain(&made);
    let refused = workshop.make(&Recipe::Video(Video { max_bytes: 200_000, ..recipe }), &source).unwrap_err();
    assert_eq!(refused.code, "too_long_for_its_size");
    // Seen from the other end: what is simple does not swell to the rate allowed.
    let calm = workshop.make(&Recipe::Video(PLAIN), &data("landscape.mp4")).unwrap();
    assert!(calm.received.bytes < 500_000, "{}", calm.received.bytes);
}

#[test]
fn a_crop_keeps_the_middle_and_a_pad_adds_black() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    // Green between red at the left and blue at the right.
    let source = workshop.source_by(
        "stripes.mp4",
        "-f lavfi -i color=0x00c000:s=800x400:d=1:r=25,drawbox=w=200:h=400:c=0xc00000:t=fill,drawbox=x=600:w=200:h=400:c=0x0000c0:t=fill -pix_fmt yuv420p -c:v libx264",
    );
    let shape = |how| Some(Shape { how, width: 1, height: 1 });
    let crop = workshop.make(&Recipe::Video(Video { shape: shape(Fit::Crop), ..PLAIN }), &source).unwrap();
    assert_eq!((crop.probe.width, crop.probe.height), (400, 400));
    is_plain(&crop);
    let seen = frame(&crop.received.path, "0.5", &crop.probe);
    for x in [10, 200, 390] {
        assert!(near(seen.at(x, 200), [0, 192, 0], 12), "{x}: {:?}", seen.at(x, 200));
    }
    let pad = workshop.make(&Recipe::Video(Video { shape: shape(Fit::Pad), ..PLAIN }), &source).unwrap();
    assert_eq!((pad.probe.width, pad.probe.height), (800, 800));
    is_plain(&pad);
    let seen = frame(&pad.received.path, "0.5", &pad.probe);
    for (x, y, wanted) in
        [(400, 100, [0; 3]), (400, 700, [0; 3]), (400, 400, [0, 192, 0]), (100, 400, [192, 0, 0]), (700, 400, [0, 0, 192]), (100, 210, [192, 0, 0])]
    {
        assert!(near(seen.at(x, y), wanted, 12), "{x},{y}: {:?}", seen.at(x, y));
    }
}

#[test]
fn odd_sides_and_oblong_pixels_become_even_and_square() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let odd = workshop.source_by("odd.webm", "-f lavfi -i testsrc=s=321x241:d=1:r=10 -c:v libvpx -b:v 500k");
    let made = workshop.make(&Recipe::Video(PLAIN), &odd).unwrap();
    assert_eq!((made.probe.width, made.probe.height), (320, 240));
    is_plain(&made);
    let oblong = workshop.source_by("oblong.mp4", "-f lavfi -i testsrc=s=720x576:d=1:r=25 -vf setsar=64/45 -c:v libx264 -pix_fmt yuv420p");
    let made = workshop.make(&Recipe::Video(PLAIN), &oblong).unwrap();
    assert_eq!((made.probe.width, made.probe.height), (1024, 576));
    is_plain(&made);
}

#[test]
fn nothing_personal_is_in_the_file() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let source = workshop.source_by(
        "personal.mov",
        &format!(
            "-i {} -c copy -metadata title=Ourholiday -metadata location=+52.5+013.4/ -metadata:s:v handler_name=Ourphone -movflags use_metadata_tags",
            data("landscape.mp4").display()
        ),
    );
    let before = std::fs::read(&source).unwrap();
    assert!(contains(&before, b"Ourholiday") && contains(&before, b"+52.5+013.4") && contains(&before, b"Ourphone"));
    let made = workshop.make(&Recipe::Video(PLAIN), &source).unwrap();
    let after = std::fs::read(&made.received.path).unwrap();
    assert!(!contains(&after, b"Ourholiday") && !contains(&after, b"+52.5+013.4") && !contains(&after, b"Ourphone"));
}

#[test]
fn sound_that_begins_late_stays_where_it_was() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let source = workshop.source_by(
        "late.mp4",
        "-f lavfi -i color=gray:s=320x240:r=25:d=3 -itsoffset 1.5 -f lavfi -i sine=frequency=440:d=1.5 -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p -c:a aac",
    );
    let made = workshop.make(&Recipe::Video(PLAIN), &source).unwrap();
    let output =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&made.received.path).args("-map 0:a -ac 1 -ar 1000 -f s16le -".split(' ')).output().unwrap();
    let samples: Vec<i16> = output.stdout.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let begins = samples.iter().position(|sample| sample.abs() > 500).unwrap();
    assert!((1_400..1_600).contains(&begins), "{begins} ms");
}

#[test]
fn hdr_is_brought_into_the_ordinary_range() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let source = workshop.source_by(
        "hdr.mp4",
        "-f lavfi -i color=0x808080:s=320x240:r=25:d=1 -vf format=yuv420p10le -c:v libx265 -x265-params log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -tag:v hvc1 -pix_fmt yuv420p10le",
    );
    assert!(described(&source).contains("smpte2084"));
    let made = workshop.make(&Recipe::Video(PLAIN), &source).unwrap();
    is_plain(&made);
    let gray = frame(&made.received.path, "0.5", &made.probe).at(160, 120);
    if workshop.tools.describe().unwrap().contains("zscale") {
        println!("this ffmpeg cannot map tones");
    } else {
        // Half of the PQ curve is about 92 cd/m2: not far below white, and far above half.
        assert!(gray[0] > 150 && gray[0].abs_diff(gray[1]) < 4, "{gray:?}");
    }
}

#[test]
fn a_stop_kills_the_child_and_leaves_nothing() {
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    let source = workshop.source_by("long.mp4", &format!("-stream_loop 100 -i {} -c copy", data("landscape.mp4").display()));
    let seen = probe(&source).unwrap();
    let watch = Steps { stop_at: Some(1), ..Steps::default() };
    let begun = std::time::Instant::now();
    let unmade = make(&Recipe::Video(PLAIN), &source, &seen, &workshop.store, &workshop.tools, &watch).unwrap_err();
    assert_eq!((unmade.code, unmade.again), ("stopped", true));
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    workshop.nothing_left();
}

#[test]
fn what_cannot_be_converted_says_why() {
    let workshop = Workshop::new();
    let recipe = Recipe::Video(PLAIN);
    assert_eq!(workshop.refused(&recipe, &data("photo.jpg")).code, "not_a_video");
    let unmade = workshop.refused(&recipe, &data("clip.mp4"));
    assert_eq!((unmade.code, unmade.again), ("no_ffmpeg", false));
    assert!(!Tools::at("/bin/true".into()).can_transcode());
    assert_eq!(Tools::at("/nowhere/ffmpeg".into()).describe(), None);
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    assert!(workshop.tools.describe().unwrap().starts_with("ffmpeg "));
    // A good index, and nonsense where the pictures are.
    let mut bytes = std::fs::read(data("clip.mp4")).unwrap();
    let data_at = bytes.windows(4).position(|word| word == b"mdat").unwrap() + 4;
    bytes[data_at..].fill(0xa5);
    let unmade = workshop.refused(&recipe, &workshop.source("nonsense.mp4", &bytes));
    assert!(["not_converted", "not_as_planned"].contains(&unmade.code), "{unmade:?}");
    assert!(!unmade.message.contains(workshop.dir.path().to_str().unwrap()), "{unmade}");
}
