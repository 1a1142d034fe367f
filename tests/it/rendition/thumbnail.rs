//! Small pictures: small enough, of the right thing, and never what was sent.

use jpeg_encoder::{ColorType, Encoder};
use pm3k::media::rendition::Tools;
use pm3k::media::{probe, thumbnail};

use super::{Seen, Workshop, contains, data, near};

const NEVER: fn() -> bool = || false;

#[test]
fn every_picture_has_a_small_one() {
    for (name, sides) in
        [("photo.jpg", (256, 320)), ("photo.png", (216, 270)), ("photo.webp", (256, 320)), ("oriented.jpg", (240, 320)), ("moving.gif", (120, 160))]
    {
        let path = data(name);
        let small = thumbnail::of_picture(&path, &probe(&path).unwrap()).unwrap();
        assert_eq!(small.mime, "image/jpeg");
        assert!(small.bytes.len() <= 20_000, "{name}: {}", small.bytes.len());
        let seen = Seen::jpeg(&small.bytes);
        assert_eq!((seen.width, seen.height), sides, "{name}");
    }
    let path = data("truncated.jpg");
    assert!(thumbnail::of_picture(&path, &probe(&data("photo.jpg")).unwrap()).is_err() || probe(&path).is_err());
}

#[test]
fn a_frame_from_a_browser_is_made_anew() {
    let mut sent = Vec::new();
    let mut encoder = Encoder::new(&mut sent, 90);
    encoder.add_app_segment(1, b"Exif\0\0a secret place".to_vec()).unwrap();
    encoder.encode(&[10, 180, 60].repeat(720 * 1280), 720, 1280, ColorType::Rgb).unwrap();
    sent.extend(b"<script>something behind the picture</script>");
    let small = thumbnail::of_frame(&sent).unwrap();
    let seen = Seen::jpeg(&small.bytes);
    assert_eq!((seen.width, seen.height), (180, 320));
    assert!(near(seen.at(90, 160), [10, 180, 60], 4));
    assert!(!contains(&small.bytes, b"secret") && !contains(&small.bytes, b"script"));
}

#[test]
fn noise_fits_as_well() {
    let mut state = 1u32;
    let noise: Vec<u8> = (0..640 * 640 * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let mut sent = Vec::new();
    Encoder::new(&mut sent, 30).encode(&noise, 640, 640, ColorType::Rgb).unwrap();
    assert!(thumbnail::of_frame(&sent).unwrap().bytes.len() <= 20_000);
}

#[test]
fn what_is_no_frame_is_refused() {
    let code = |bytes: &[u8]| thumbnail::of_frame(bytes).unwrap_err().code;
    assert_eq!(code(b""), "bad_frame");
    assert_eq!(code(b"GIF89a"), "bad_frame");
    assert_eq!(code(&std::fs::read(data("photo.png")).unwrap()), "bad_frame");
    assert_eq!(code(&[&std::fs::read(data("photo.jpg")).unwrap()[..], &[0; 300_000]].concat()), "bad_frame");
    let mut wide = Vec::new();
    Encoder::new(&mut wide, 1).encode(&vec![0; 5000 * 4000], 5000, 4000, ColorType::Luma).unwrap();
    assert_eq!((wide.len() < 262_144, code(&wide)), (true, "bad_frame"));
}

#[test]
fn a_video_shows_a_frame_of_itself() {
    let path = data("rotated.mp4");
    let seen = probe(&path).unwrap();
    assert_eq!(thumbnail::of_video(&path, &seen, &Tools::none(), &NEVER).unwrap_err().code, "no_ffmpeg");
    let Some(workshop) = Workshop::with_ffmpeg() else { return };
    for (name, sides) in
        [("rotated.mp4", (180, 320)), ("clip.webm", (180, 320)), ("hevc.mp4", (180, 320)), ("fragmented.mp4", (180, 320)), ("landscape.mp4", (320, 180))]
    {
        let path = data(name);
        let small = thumbnail::of_video(&path, &probe(&path).unwrap(), &workshop.tools, &NEVER).unwrap();
        let seen = Seen::jpeg(&small.bytes);
        assert_eq!((seen.width, seen.height, small.bytes.len() <= 20_000), (sides.0, sides.1, true), "{name}");
    }
    // The first half second is black; what is shown is from behind it.
    let late = workshop.source_by(
        "late.mp4",
        "-f lavfi -i color=black:s=160x120:d=0.5:r=20 -f lavfi -i color=red:s=160x120:d=9.5:r=20 -filter_complex concat=n=2:v=1:a=0 -pix_fmt yuv420p",
    );
    let small = thumbnail::of_video(&late, &probe(&late).unwrap(), &workshop.tools, &NEVER).unwrap();
    let pixel = Seen::jpeg(&small.bytes).part(0.5, 0.5);
    assert!(near(pixel, [254, 0, 0], 8), "{pixel:?}");
    assert_eq!(thumbnail::of_video(&late, &probe(&late).unwrap(), &workshop.tools, &|| true).unwrap_err().code, "stopped");
}
