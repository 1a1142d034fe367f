//! The index at the front: the same video, to the byte and to the picture.

use std::process::Command;

use pm3k::media::rendition::{Recipe, make};
use pm3k::media::{Format, Probe, probe};
use proptest::prelude::*;

use super::{Steps, Workshop, data};

/// Kind and contents of the boxes at the top.
fn boxes(bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((bytes[at + 4..at + 8].try_into().unwrap(), &bytes[at + 8..at + size]));
        at += size;
    }
    found
}

#[test]
fn only_the_index_moves() {
    let workshop = Workshop::new();
    let source = data("moov-last.mp4");
    let before = std::fs::read(&source).unwrap();
    let made = workshop.make(&Recipe::FastStart, &source).unwrap();
    assert_eq!(made.probe, Probe { fast_start: true, ..probe(&source).unwrap() });
    assert!(!probe(&source).unwrap().fast_start);
    let after = std::fs::read(&made.received.path).unwrap();
    assert_eq!(after.len(), before.len());
    let (before, after) = (boxes(&before), boxes(&after));
    let kinds = |boxes: &[([u8; 4], &[u8])]| boxes.iter().map(|(kind, _)| String::from_utf8_lossy(kind).into_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(&before).last().unwrap(), "moov");
    assert_eq!(kinds(&after)[..2], ["ftyp", "moov"]);
    let rest =
        |boxes: Vec<([u8; 4], &[u8])>| boxes.into_iter().filter(|(kind, _)| kind != b"moov").map(|(kind, body)| (kind, body.to_vec())).collect::<Vec<_>>();
    assert_eq!(rest(after), rest(before));
}

/// Other people's decoder and parser see the same pictures and sounds at their new places.
#[test]
fn every_frame_is_found_again() {
    let workshop = Workshop::new();
    let source = data("moov-last.mp4");
    let made = workshop.make(&Recipe::FastStart, &source).unwrap();
    let samples = |path: &std::path::Path| {
        let bytes = std::fs::read(path).unwrap();
        let (mp4, _) = re_mp4::Mp4::read_file(path).unwrap();
        let samples = mp4.tracks().values().flat_map(|track| &track.samples);
        samples.map(|sample| bytes[sample.offset as usize..][..sample.size as usize].to_vec()).collect::<Vec<_>>()
    };
    let (before, after) = (samples(&source), samples(&made.received.path));
    assert!(before.len() > 200, "{}", before.len());
    assert!(before == after);
    let Some(_) = Workshop::with_ffmpeg() else { return };
    let frames = |path: &std::path::Path| Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(path).args(["-f", "framemd5", "-"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8(frames(&made.received.path)).unwrap(), String::from_utf8(frames(&source)).unwrap());
}

/// A QuickTime file without a type box, with room that is free, and padding behind its end.
#[test]
fn unusual_orders_are_kept() {
    let workshop = Workshop::new();
    let before = std::fs::read(data("moov-last.mp4")).unwrap();
    let parts = boxes(&before);
    let whole = |(kind, body): &([u8; 4], &[u8])| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], kind, body].concat();
    let ftyp = whole(&parts[0]).len();
    assert_eq!(&parts[0].0, b"ftyp");
    // As long as the type box it takes the place of, so that no address changes.
    let wide = [&u32::try_from(ftyp).unwrap().to_be_bytes()[..], b"wide", &vec![7; ftyp - 8]].concat();
    let unusual = [wide, before[ftyp..].to_vec(), [&16u32.to_be_bytes()[..], b"free", b"whatever", &[0; 11]].concat()].concat();
    let source = workshop.source("unusual.mov", &unusual);
    assert_eq!(probe(&source).unwrap().format, Format::Mov);
    let made = workshop.make(&Recipe::FastStart, &source);
    // Without a type box at its front the index would be the first thing, which is a MOV as well.
    let made = made.unwrap();
    let after = std::fs::read(&made.received.path).unwrap();
    assert_eq!((&after[4..8], after.len()), (&b"moov"[..], unusual.len()));
    assert!(after.ends_with(&[&b"whatever"[..], &[0; 11]].concat()));
}

#[test]
fn what_is_built_otherwise_is_refused() {
    let workshop = Workshop::new();
    for name in ["fragmented.mp4", "clip.webm"] {
        assert_eq!(workshop.refused(&Recipe::FastStart, &data(name)).code, "no_single_index", "{name}");
    }
    let before = std::fs::read(data("moov-last.mp4")).unwrap();
    let meta = [&24u32.to_be_bytes()[..], b"meta", &[0; 8], b"\0\0\0\x08iloc"].concat();
    let with_addresses = workshop.source("meta.mp4", &[&before[..], &meta].concat());
    assert_eq!(workshop.refused(&Recipe::FastStart, &with_addresses).code, "index_cannot_be_moved");
    let source = data("moov-last.mp4");
    let stopped = Steps { stop: true.into(), ..Steps::default() };
    let unmade = make(&Recipe::FastStart, &source, &probe(&source).unwrap(), &workshop.store, &workshop.tools, &stopped).unwrap_err();
    assert_eq!(unmade.code, "stopped");
    // The file is there, but the probe was of another.
    let unmade = make(&Recipe::FastStart, &data("photo.jpg"), &probe(&source).unwrap(), &workshop.store, &workshop.tools, &Steps::default()).unwrap_err();
    assert_eq!(unmade.code, "damaged");
    workshop.nothing_left();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Damage in the index: made and as planned, or refused; never a panic, and nothing left.
    #[test]
    fn damage_is_survived(places in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..5)) {
        let workshop = Workshop::new();
        let mut bytes = std::fs::read(data("moov-last.mp4")).unwrap();
        let index = bytes.windows(4).rposition(|word| word == b"moov").unwrap();
        for (place, value) in places {
            let at = index + ((bytes.len() - index) as f64 * place) as usize;
            bytes[at] = value;
        }
        let source = workshop.source("damaged.mp4", &bytes);
        // The probe of the whole file: what the workshop must bear when somebody changes the file behind our back.
        let seen = probe(&source).unwrap_or_else(|_| probe(&data("moov-last.mp4")).unwrap());
        let _ = make(&Recipe::FastStart, &source, &seen, &workshop.store, &workshop.tools, &Steps::default());
        workshop.nothing_left();
    }
}
