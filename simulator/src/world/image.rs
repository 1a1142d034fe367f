//! Pictures: what the world makes (avatars) and what it checks (the size in a JPEG, the kind of a file).
//!
//! Always true: foreign bytes are only looked at through bounds; a broken file is an answer, never a panic.

/// A picture's kind and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: &'static str,
    pub width: u32,
    pub height: u32,
}

/// Whether the head is one of MP4, MOV or WebM.
pub fn is_video(head: &[u8]) -> bool {
    let boxed = [&b"ftyp"[..], b"moov", b"mdat", b"wide", b"free"];
    head.get(4..8).is_some_and(|word| boxed.contains(&word)) || head.starts_with(&[0x1A, 0x45, 0xDF, 0xA3])
}

/// Pictures that cameras and browsers make and platforms do not take: WebP, HEIC, AVIF.
pub fn is_modern(bytes: &[u8]) -> bool {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let brands = [&b"heic"[..], b"heix", b"mif1", b"msf1", b"avif"];
    webp || (bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| brands.contains(&brand)))
}

pub fn picture(bytes: &[u8]) -> Option<Picture> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return jpeg_size(bytes).map(|(width, height)| Picture { kind: "jpeg", width, height });
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some(Picture { kind: "png", width: word(16)?, height: word(20)? });
    }
    if let Some((width, height)) = super::webp::size(bytes) {
        return Some(Picture { kind: "webp", width, height });
    }
    if bytes.starts_with(b"GIF8") {
        let word = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return Some(Picture { kind: "gif", width: word(6)?, height: word(8)? });
    }
    let other = bytes.starts_with(b"BM") || bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*");
    other.then_some(Picture { kind: "other", width: 0, height: 0 })
}

/// Walks the segments up to the frame header (SOF0 to SOF15 without the tables between them).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let half = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2usize;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                return Some((u32::from(half(at + 7)?), u32::from(half(at + 5)?)));
            }
            0xD9 | 0xDA => return None,
            _ => at += 2 + usize::from(half(at + 2)?).max(2),
        }
    }
}

/// A square PNG of one colour with a lighter disc, different for every seed.
pub fn avatar(seed: &str) -> Vec<u8> {
    const SIDE: u32 = 160;
    /// Each pixel is looked at in so many places in both directions, so that edges are smooth.
    const FINE: u32 = 3;
    let hash = seed.bytes().fold(0x811C_9DC5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, _] = hash.rotate_left(9).to_be_bytes();
    let dark = [a / 3 + 40, b / 3 + 50, c / 3 + 70];
    let light = dark.map(|channel| channel.saturating_add(90));
    let side = SIDE * FINE;
    let inside = |x: u32, y: u32| {
        let across = x.abs_diff(side / 2).pow(2);
        let within = |center: u32, radius: u32| across + y.abs_diff(center).pow(2) < radius.pow(2);
        (within(side / 3, side / 6) || within(side, side * 3 / 8)) && within(side / 2, side / 2)
    };
    let mut rows = Vec::new();
    for y in 0..SIDE {
        rows.push(0);
        for x in 0..SIDE {
            let places = (0..FINE * FINE).filter(|place| inside(x * FINE + place % FINE, y * FINE + place / FINE)).count();
            let places = u16::try_from(places).unwrap_or(0);
            let all = u16::try_from(FINE * FINE).unwrap_or(1);
            let mixed = |dark: u8, light: u8| u8::try_from((u16::from(dark) * (all - places) + u16::from(light) * places) / all).unwrap_or(dark);
            rows.extend(dark.iter().zip(light).map(|(dark, light)| mixed(*dark, light)));
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &zlib_stored(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let crc = crc32(png.get(start..).unwrap_or(&[]));
    png.extend(crc.to_be_bytes());
}

/// Deflate without compressing: avatars are small, and a compressor is not.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xFFFF).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_avatar_is_a_png_of_its_size() {
        assert_eq!(picture(&avatar("a")), Some(Picture { kind: "png", width: 160, height: 160 }));
        assert!(avatar("a") != avatar("b"));
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }

    #[test]
    fn a_jpeg_is_measured_behind_its_other_segments() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC4, 0, 3, 9];
        bytes.extend([0xFF, 0xC2, 0, 17, 8, 0x04, 0x38, 0x07, 0x80, 3]);
        assert_eq!(picture(&bytes), Some(Picture { kind: "jpeg", width: 1920, height: 1080 }));
        assert_eq!(picture(&[0xFF, 0xD8, 0xFF]), None);
        assert_eq!(picture(b"<html>"), None);
    }
}
