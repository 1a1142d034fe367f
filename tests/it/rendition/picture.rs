//! Pictures: which pixel comes where, in which colour, and what is no longer in the file.

use std::io::Cursor;

use jpeg_encoder::{ColorType, Encoder};
use moxcms::ColorProfile;
use pm3k::media::probe;
use pm3k::media::rendition::{Fit, Picture, Recipe, Shape, make};
use proptest::prelude::*;

use super::{Seen, Steps, Workshop, contains, data, near};

const INSTAGRAM: Picture = Picture { max_width: 1440, max_height: 1800, min_width: 320, max_bytes: 8_000_000, shape: None };
const AS_IT_IS: Picture = Picture { max_width: 4096, max_height: 4096, min_width: 0, max_bytes: 4_000_000, shape: None };

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 200, 40];
const BLUE: [u8; 3] = [30, 40, 220];
const YELLOW: [u8; 3] = [230, 220, 40];

fn quarters(width: usize, height: usize) -> Vec<u8> {
    let colour = |x, y| match (x * 2 < width, y * 2 < height) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => YELLOW,
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect()
}

/// An EXIF block with an orientation and a place on earth.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0]);
    tiff.extend(b"GPS 52.5200 13.4050");
    tiff
}

fn jpeg(rgb: &[u8], (width, height): (u16, u16), orientation: u8, profile: Option<&ColorProfile>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    encoder.add_exif_metadata(&exif(orientation)).unwrap();
    encoder.add_app_segment(13, b"Photoshop 3.0\0caption".to_vec()).unwrap();
    if let Some(profile) = profile {
        encoder.add_icc_profile(&profile.encode().unwrap()).unwrap();
    }
    encoder.encode(rgb, width, height, ColorType::Rgb).unwrap();
    bytes
}

fn png(pixels: &[u8], (width, height): (u32, u32), colour: png::ColorType, depth: png::BitDepth, change: impl FnOnce(&mut png::Info<'_>)) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = colour;
    info.bit_depth = depth;
    change(&mut info);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    encoder.add_text_chunk("Author".to_owned(), "somebody".to_owned()).unwrap();
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

fn made(workshop: &Workshop, recipe: &Picture, name: &str, bytes: &[u8]) -> Vec<u8> {
    let source = workshop.source(name, bytes);
    let made = workshop.make(&Recipe::Picture(recipe.clone()), &source).unwrap();
    std::fs::read(&made.received.path).unwrap()
}

fn seen(workshop: &Workshop, recipe: &Picture, name: &str, bytes: &[u8]) -> Seen {
    Seen::jpeg(&made(workshop, recipe, name, bytes))
}

/// Where the four colours of the stored picture are displayed, by EXIF's own table: row 0 is stored at the …, column 0 at the ….
#[test]
fn every_orientation_comes_out_upright() {
    let workshop = Workshop::new();
    let stored = quarters(96, 64);
    for (orientation, wanted) in [
        (1, [RED, GREEN, BLUE, YELLOW]),
        (2, [GREEN, RED, YELLOW, BLUE]),
        (3, [YELLOW, BLUE, GREEN, RED]),
        (4, [BLUE, YELLOW, RED, GREEN]),
        (5, [RED, BLUE, GREEN, YELLOW]),
        (6, [BLUE, RED, YELLOW, GREEN]),
        (7, [YELLOW, GREEN, BLUE, RED]),
        (8, [GREEN, YELLOW, RED, BLUE]),
    ] {
        let seen = seen(&workshop, &AS_IT_IS, "turned.jpg", &jpeg(&stored, (96, 64), orientation, None));
        let sides = if orientation >= 5 { (64, 96) } else { (96, 64) };
        assert_eq!((seen.width, seen.height), sides, "{orientation}");
        for (found, wanted) in seen.quarters().into_iter().zip(wanted) {
            assert!(near(found, wanted, 6), "{orientation}: {found:?} and not {wanted:?}");
        }
    }
}

/// A crop and a pad must turn with the picture.
#[test]
fn a_turned_picture_is_cropped_and_padded_as_displayed() {
    let workshop = Workshop::new();
    // Lies on its side; displayed it is 300 x 600: blue and red above, yellow and green below.
    let source = jpeg(&quarters(600, 300), (600, 300), 6, None);
    let crop = Picture { shape: Some(Shape { how: Fit::Crop, width: 4, height: 5 }), ..AS_IT_IS };
    let seen_crop = seen(&workshop, &crop, "crop.jpg", &source);
    assert_eq!((seen_crop.width, seen_crop.height), (300, 375));
    for (found, wanted) in seen_crop.quarters().into_iter().zip([BLUE, RED, YELLOW, GREEN]) {
        assert!(near(found, wanted, 6), "{found:?} and not {wanted:?}");
    }
    let pad = Picture { shape: Some(Shape { how: Fit::Pad, width: 4, height: 5 }), ..AS_IT_IS };
    let seen_pad = seen(&workshop, &pad, "pad.jpg", &source);
    assert_eq!((seen_pad.width, seen_pad.height), (480, 600));
    for (x, y, wanted) in [
        (10, 10, [255; 3]),
        (470, 590, [255; 3]),
        (80, 300, [255; 3]),
        (400, 300, [255; 3]),
        (110, 20, BLUE),
        (370, 20, RED),
        (110, 580, YELLOW),
        (370, 580, GREEN),
    ] {
        assert!(near(seen_pad.at(x, y), wanted, 8), "{x},{y}: {:?}", seen_pad.at(x, y));
    }
}

#[test]
fn nothing_but_the_picture_is_in_the_file() {
    let workshop = Workshop::new();
    let source = jpeg(&quarters(400, 400), (400, 400), 1, Some(&ColorProfile::new_srgb()));
    for word in [&b"Exif"[..], b"GPS", b"ICC_PROFILE", b"Photoshop"] {
        assert!(contains(&source, word));
    }
    let jpeg = made(&workshop, &INSTAGRAM, "full.jpg", &source);
    let mut at = 2;
    let mut markers = Vec::new();
    loop {
        assert_eq!(jpeg[at], 0xff);
        markers.push(jpeg[at + 1]);
        if jpeg[at + 1] == 0xda {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    // JFIF, tables, one baseline frame, one scan; no other APP segment and no comment.
    assert!(markers.iter().all(|marker| matches!(marker, 0xe0 | 0xdb | 0xc4 | 0xc0 | 0xda)), "{markers:x?}");
    let png = png(&quarters(8, 8), (8, 8), png::ColorType::Rgb, png::BitDepth::Eight, |_| {});
    assert!(contains(&png, b"somebody"));
    assert!(!contains(&made(&workshop, &INSTAGRAM, "text.png", &png), b"somebody"));
}

#[test]
fn profiles_lead_to_srgb() {
    let workshop = Workshop::new();
    let p3 = ColorProfile::new_display_p3();
    let flat = [200u8, 100, 50].repeat(64 * 64);
    let from_jpeg = seen(&workshop, &AS_IT_IS, "p3.jpg", &jpeg(&flat, (64, 64), 1, Some(&p3)));
    assert!(near(from_jpeg.at(32, 32), [215, 93, 31], 3), "{:?}", from_jpeg.at(32, 32));
    let icc = p3.encode().unwrap();
    let bytes = png(&flat, (64, 64), png::ColorType::Rgb, png::BitDepth::Eight, |info| info.icc_profile = Some(icc.into()));
    let from_png = seen(&workshop, &AS_IT_IS, "p3.png", &bytes);
    assert!(near(from_png.at(32, 32), [215, 93, 31], 2), "{:?}", from_png.at(32, 32));
    let gray = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let bytes = png(&[55; 64 * 64], (64, 64), png::ColorType::Grayscale, png::BitDepth::Eight, |info| info.icc_profile = Some(gray.into()));
    let from_gray = seen(&workshop, &AS_IT_IS, "gray.png", &bytes);
    assert!(near(from_gray.at(32, 32), [128; 3], 2), "{:?}", from_gray.at(32, 32));
}

#[test]
fn print_colours_are_mixed() {
    let workshop = Workshop::new();
    // Ink as Adobe's programs store it: 255 is none. Half cyan, full yellow, no black; and a little black.
    for (kind, name) in [(ColorType::Cmyk, "cmyk.jpg"), (ColorType::CmykAsYcck, "ycck.jpg")] {
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 95).encode(&[128, 0, 255, 51].repeat(64 * 64), 64, 64, kind).unwrap();
        let seen = seen(&workshop, &AS_IT_IS, name, &bytes);
        assert!(near(seen.at(32, 32), [102, 204, 0], 4), "{name}: {:?}", seen.at(32, 32));
    }
}

#[test]
fn every_sort_of_png_is_read() {
    use png::{BitDepth, ColorType};
    let workshop = Workshop::new();
    let sixteen: Vec<u8> = [0x80ff_u16, 0x4000, 0xffff].iter().flat_map(|v| v.to_be_bytes()).collect();
    let cases: [(&str, Vec<u8>, [u8; 3]); 7] = [
        ("rgba", png(&[100, 0, 200, 51].repeat(256), (16, 16), ColorType::Rgba, BitDepth::Eight, |_| {}), [224, 204, 244]),
        ("clear", png(&[9, 9, 9, 0].repeat(256), (16, 16), ColorType::Rgba, BitDepth::Eight, |_| {}), [255; 3]),
        ("gray and alpha", png(&[0, 128].repeat(256), (16, 16), ColorType::GrayscaleAlpha, BitDepth::Eight, |_| {}), [127; 3]),
        ("sixteen bits", png(&sixteen.repeat(256), (16, 16), ColorType::Rgb, BitDepth::Sixteen, |_| {}), [128, 64, 255]),
        ("one bit", png(&[0xff; 32], (16, 16), ColorType::Grayscale, BitDepth::One, |_| {}), [255; 3]),
        (
            "a palette",
            png(&[1; 256], (16, 16), ColorType::Indexed, BitDepth::Eight, |info| info.palette = Some(vec![0, 0, 0, 10, 200, 90].into())),
            [10, 200, 90],
        ),
        (
            "a palette with a clear colour",
            png(&[1; 256], (16, 16), ColorType::Indexed, BitDepth::Eight, |info| {
                info.palette = Some(vec![0, 0, 0, 10, 200, 90].into());
                info.trns = Some(vec![255, 0].into());
            }),
            [255; 3],
        ),
    ];
    for (name, bytes, wanted) in cases {
        let seen = seen(&workshop, &AS_IT_IS, "sort.png", &bytes);
        assert!(near(seen.at(8, 8), wanted, 3), "{name}: {:?}", seen.at(8, 8));
    }
}

#[test]
fn of_what_moves_the_first_picture_is_taken() {
    let workshop = Workshop::new();
    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 20, 10, &[200, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0]).unwrap();
    for colour in [0, 1] {
        let mut frame = gif::Frame::from_indexed_pixels(10, 10, vec![colour; 100], None);
        frame.left = 10;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let seen = seen(&workshop, &AS_IT_IS, "moves.gif", &gif);
    assert_eq!((seen.width, seen.height), (20, 10));
    assert!(near(seen.at(15, 5), [200, 0, 0], 6), "{:?}", seen.at(15, 5));
    // Where the first picture is not, there is nothing.
    assert!(near(seen.at(3, 5), [255; 3], 6), "{:?}", seen.at(3, 5));
}

/// The same picture as JPEG, PNG and WebP, made small.
#[test]
fn formats_agree() {
    let workshop = Workshop::new();
    let small = Recipe::Picture(Picture { max_width: 216, max_height: 270, ..AS_IT_IS });
    let [jpeg, png, webp] = ["photo.jpg", "photo.png", "photo.webp"].map(|name| {
        let made = workshop.make(&small, &data(name)).unwrap();
        Seen::jpeg(&std::fs::read(made.received.path).unwrap())
    });
    assert!(jpeg.difference(&png) < 3.0 && jpeg.difference(&webp) < 4.0, "{} {}", jpeg.difference(&png), jpeg.difference(&webp));
}

#[test]
fn sides_and_bytes_are_kept_to() {
    let workshop = Workshop::new();
    let large = jpeg(&quarters(3000, 2000), (3000, 2000), 1, None);
    let result = seen(&workshop, &INSTAGRAM, "large.jpg", &large);
    assert_eq!((result.width, result.height), (1440, 960));
    for (found, wanted) in result.quarters().into_iter().zip([RED, GREEN, BLUE, YELLOW]) {
        assert!(near(found, wanted, 4), "{found:?} and not {wanted:?}");
    }
    let small = seen(&workshop, &INSTAGRAM, "small.jpg", &jpeg(&quarters(100, 80), (100, 80), 1, None));
    assert_eq!((small.width, small.height), (320, 256));
    // Averaged down seven times before it is scaled: edges stay where they were.
    let tiny = seen(&workshop, &Picture { max_width: 200, max_height: 200, ..AS_IT_IS }, "tiny.jpg", &large);
    assert_eq!((tiny.width, tiny.height), (200, 133));
    assert!(near(tiny.at(95, 60), RED, 8) && near(tiny.at(104, 72), YELLOW, 8), "{:?} {:?}", tiny.at(95, 60), tiny.at(104, 72));
    let tight = made(&workshop, &Picture { max_bytes: 30_000, ..INSTAGRAM }, "tight.jpg", &std::fs::read(data("photo.jpg")).unwrap());
    assert!(tight.len() <= 30_000);
    // So few bytes that the sides must give way, and did so in the prediction.
    let few = seen(&workshop, &Picture { max_bytes: 6_000, ..AS_IT_IS }, "few.jpg", &std::fs::read(data("photo.jpg")).unwrap());
    assert!(few.width < 150 && few.width > 60, "{}", few.width);
}

#[test]
fn a_stop_leaves_nothing() {
    let workshop = Workshop::new();
    let source = workshop.source("large.jpg", &jpeg(&quarters(3000, 2000), (3000, 2000), 1, None));
    let seen = probe(&source).unwrap();
    for at in [0, 30, 80, 95] {
        let watch = Steps { stop_at: Some(at), ..Steps::default() };
        let result = make(&Recipe::Picture(INSTAGRAM), &source, &seen, &workshop.store, &workshop.tools, &watch);
        // Behind the last look it is done instead.
        if at < 95 {
            let unmade = result.unwrap_err();
            assert_eq!((unmade.code, unmade.again), ("stopped", true), "{at}");
        } else {
            drop(result.unwrap());
        }
        workshop.nothing_left();
    }
}

#[test]
fn what_cannot_be_made_says_why() {
    let workshop = Workshop::new();
    let recipe = Recipe::Picture(INSTAGRAM);
    assert_eq!(workshop.refused(&recipe, &data("clip.mp4")).code, "not_a_picture");
    let thin = jpeg(&quarters(1, 30_000), (1, 30_000), 1, None);
    let crop = Recipe::Picture(Picture { shape: Some(Shape { how: Fit::Crop, width: 191, height: 1 }), min_width: 0, ..INSTAGRAM });
    assert_eq!(workshop.refused(&crop, &workshop.source("thin.jpg", &thin)).code, "impossible_shape");
    // The file is another one than the probe saw.
    let seen = probe(&data("photo.png")).unwrap();
    let other = workshop.source("other.png", &png(&[0; 64], (8, 8), png::ColorType::Grayscale, png::BitDepth::Eight, |_| {}));
    let unmade = make(&recipe, &other, &seen, &workshop.store, &workshop.tools, &Steps::default()).unwrap_err();
    assert_eq!(unmade.code, "damaged");
    assert!(unmade.message.starts_with("The file cannot be converted: it gives its size in two ways."), "{unmade}");
    workshop.nothing_left();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Damage anywhere: something is made, or it is said why not. Nothing panics through, and nothing is left.
    #[test]
    fn damage_is_survived(name in prop::sample::select(vec!["photo.png", "photo.webp", "moving.gif", "oriented.jpg", "photo.jpg"]), places in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..6)) {
        let workshop = Workshop::new();
        let mut bytes = std::fs::read(data(name)).unwrap();
        for (place, value) in places {
            let at = (bytes.len() as f64 * place) as usize;
            bytes[at] = value;
        }
        let Ok(seen) = pm3k::media::probe::probe_reader(&mut Cursor::new(&bytes)) else { return Ok(()) };
        let source = workshop.source("damaged", &bytes);
        let recipe = Recipe::Picture(Picture { max_width: 64, max_height: 64, ..AS_IT_IS });
        if let Ok(made) = make(&recipe, &source, &seen, &workshop.store, &workshop.tools, &Steps::default()) {
            prop_assert!(made.probe.width <= 64 && made.probe.height <= 64);
        }
        workshop.nothing_left();
    }
}
