//! Facts that no file in tests/data/media shows: what decoders' configurations say, transparency and profiles of pictures, foreign formats under their
//! own names, and videos of hours.

use super::super::boxes::child;
use super::super::detail::{self, Detail};
use super::super::{avc, codec};
use super::*;

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn line_of(detail: Option<Detail>) -> String {
    let Some(Detail { profile, level, bit_depth, chroma, interlaced }) = detail else { return "nothing".to_owned() };
    let or = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    format!("{} {} {} {}{}", or(profile), or(level), or(bit_depth.map(|n| n.to_string())), or(chroma), if interlaced { " interlaced" } else { "" })
}

#[test]
fn configurations_of_decoders_are_understood() {
    type Reader = fn(&[u8]) -> Option<Detail>;
    let cases: [(Reader, &str, &str); 14] = [
        (avc::detail, "0142c00cffe100186742c00cda0a097ef0110000030001000003003c0f142aa01000468ce0fc8", "baseline 1.2 8 4:2:0"),
        (avc::detail, "014d4015ffe10017674d4015f40a087e5c0440000003004000000c87c50aa801000568de029c80", "main 2.1 8 4:2:0 interlaced"),
        (avc::detail, "017a000cffe10019677a000cb6cb41412fcb8088000003000800000301e078a15501000568ce029c80", "high422 1.2 10 4:2:2"),
        (avc::detail, "01f4000cffe1001967f4000c919682825f970110000003001000000303c0f142aa01000568ce029192", "high444 1.2 8 4:4:4"),
        // `avc3`: no set here. High may be grey, Main may not.
        (avc::detail, "01640028ffe0", "high 4.0 ? ?"),
        (avc::detail, "014d100bffe0", "main 1b 8 4:2:0"),
        (avc::detail, "0164", "nothing"),
        (detail::hevc, "0102200000009000000000003cf000fcfdfafa00000f04", "main10 2.0 10 4:2:0"),
        (detail::hevc, "0104080000009d08000000003cf000fcfefafa00000f04", "rext 2.0 10 4:2:2"),
        (detail::hevc, "0101600000004000000000005df000fcfdf8f800000f03", "main 3.1 8 4:2:0 interlaced"),
        (detail::vp9, "01000000020ba2020202", "profile2 1.1 10 4:2:0"),
        (detail::av1, "81004c000a0a0000", "main 2.0 10 4:2:0"),
        (detail::av1, "811f70", "main ? 12 4:0:0"),
        (detail::mpeg4, "000001b0f5000001b58913", "advanced-simple 5 8 4:2:0"),
    ];
    for (reader, config, expected) in cases {
        assert_eq!(line_of(reader(&unhex(config))), expected, "{config}");
        for cut in 0..config.len() / 2 {
            let _ = reader(&unhex(&config[..cut * 2]));
        }
    }
    assert_eq!(line_of(Some(detail::prores(*b"ap4h"))), "4444 ? 12 4:4:4");
    assert_eq!(line_of(Some(detail::prores(*b"apch"))), "hq ? 10 4:2:2");
}

#[test]
fn fields_beside_a_codec_are_seen() {
    let entry = |fields: u8| {
        let mut body = vec![0; 78];
        (body[24], body[25], body[27]) = (1, 64, 240);
        body.extend([0, 0, 0, 10]);
        body.extend(b"fiel");
        body.extend([fields, 9]);
        let mut stsd = vec![0, 0, 0, 0, 0, 0, 0, 1];
        stsd.extend(u32::try_from(body.len() + 8).unwrap().to_be_bytes());
        stsd.extend(b"apch");
        stsd.extend(body);
        codec::picture(&stsd).unwrap().detail.interlaced
    };
    assert!(entry(2) && !entry(1));
}

#[test]
fn rows_of_older_versions_still_read() {
    for (name, _) in GOOD {
        let mut row = serde_json::to_value(probe(&path(name)).unwrap()).unwrap();
        for new in ["alpha", "icc"] {
            row.as_object_mut().unwrap().remove(new).unwrap();
        }
        if let Some(video) = row["video"].as_object_mut() {
            for new in ["profile", "level", "bit_depth", "chroma", "interlaced"] {
                video.remove(new).unwrap();
            }
        }
        let read: Probe = serde_json::from_value(row).unwrap();
        assert!(!read.alpha && !read.icc && read.video.is_none_or(|video| video.profile.is_none() && !video.interlaced), "{name}");
    }
}

/// A PNG's block, put behind its header.
fn png_with(colour: u8, kind: &[u8; 4], body: &[u8]) -> Probe {
    let mut file = bytes("photo.png");
    file[25] = colour;
    let block = [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], kind, body, &[0; 4]].concat();
    file.splice(33..33, block);
    of(&file).unwrap()
}

#[test]
fn transparency_and_profiles_of_png() {
    for (colour, kind, body, alpha, icc) in [
        (2, b"tEXt", &b"a\0b"[..], false, false),
        (6, b"tEXt", b"a\0b", true, false),
        (4, b"tEXt", b"a\0b", true, false),
        (3, b"tRNS", b"\xff\0", true, false),
        (2, b"iCCP", b"Display P3\0\0x", false, true),
        (2, b"iCCP", b"sRGB IEC61966-2.1\0\0x", false, false),
        (2, b"iCCP", b"ICC profile\0\0x", false, true),
        (2, b"cICP", &[12, 13, 0, 1], false, true),
        (2, b"cICP", &[1, 13, 0, 1], false, false),
        (2, b"sRGB", &[0], false, false),
    ] {
        let probe = png_with(colour, kind, body);
        assert_eq!((probe.alpha, probe.icc), (alpha, icc), "{colour} {}", String::from_utf8_lossy(body));
    }
}

#[test]
fn transparency_of_webp_and_gif() {
    let photo = bytes("photo.webp");
    let with = |chunks: &[u8]| {
        let mut file = photo.clone();
        file.splice(12..12, chunks.iter().copied());
        let size = u32::try_from(file.len() - 8).unwrap();
        file.splice(4..8, size.to_le_bytes());
        of(&file).unwrap()
    };
    let extended = |flags: u8| with(&[b"VP8X\x0a\0\0\0", &[flags, 0, 0, 0, 0xdf, 1, 0, 0x57, 2, 0][..]].concat());
    assert!(extended(0x10).alpha && !extended(0).alpha);
    assert!(with(b"ALPH\x02\0\0\0\0\0").alpha);
    assert!(with(b"ICCP\x04\0\0\0\0\0\0\0").icc && !extended(0x20).icc, "a profile that is announced and missing harms nothing");
    // The picture as VP8L, whose header has a bit for it.
    let lossless = |alpha: u8| of(&[b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\x0f\xc0\x03", &[alpha << 4][..], b"\0"].concat()).unwrap();
    assert_eq!((lossless(1).alpha, lossless(0).alpha, lossless(0).width, lossless(0).height), (true, false, 16, 16));
    let frame = b"\x2c\0\0\0\0\x08\0\x08\0\0\x02\x01\0\0";
    let gif = |before: &[u8], between: &[u8]| of(&[b"GIF89a\x08\0\x08\0\0\0\0", before, frame, between, frame, b"\x3b"].concat()).unwrap().alpha;
    let (clear, full) = (b"\x21\xf9\x04\x01\0\0\0\0", b"\x21\xf9\x04\0\0\0\0\0");
    assert!(gif(clear, full) && !gif(full, clear) && !gif(b"", clear));
}

#[test]
fn a_profile_in_a_jpeg_is_seen() {
    let photo = bytes("photo.jpg");
    for (body, icc) in [(&b"ICC_PROFILE\0\x01\x02"[..], true), (b"ICC_PROFILE\0\x02\x02", false), (b"ICC_PROFIL", false)] {
        let segment = [&[0xff, 0xe2, 0, u8::try_from(body.len() + 2).unwrap()], body].concat();
        assert_eq!(of(&[&photo[..2], &segment, &photo[2..]].concat()).unwrap().icc, icc);
    }
}

#[test]
fn pictures_of_phones_are_named() {
    for (brands, word) in [("heic", "HEIC"), ("heix", "HEIC"), ("mif1miafheic", "HEIC"), ("mif1avifmiaf", "AVIF"), ("avis", "AVIF"), ("mif1miaf", "HEIF")] {
        let (main, others) = brands.split_at(4);
        let length = u32::try_from(16 + others.len()).unwrap().to_be_bytes();
        let broken = of(&[&length[..], b"ftyp", main.as_bytes(), &[0; 4], others.as_bytes(), b"\0\0\0\x08mdat"].concat()).unwrap_err();
        assert!(broken.message.contains(word) && broken.message.contains("Most Compatible"), "{brands}: {broken}");
    }
    let matroska = patched("clip.webm", b"webm", -2, b"\x88matroska");
    let broken = sniff::sniff(&mut Source::new(&mut Cursor::new(&matroska)).unwrap()).unwrap_err();
    assert!(broken.message.contains("MKV"), "before anything is said of its name: {broken}");
}

/// A box.
fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], kind, body].concat()
}

fn table(head: &[u32], rows: impl Iterator<Item = u32>) -> Vec<u8> {
    head.iter().copied().chain(rows).flat_map(u32::to_be_bytes).collect()
}

/// Four hours at 60 pictures a second, each picture a chunk of its own: an index of megabytes, read through a small window.
#[test]
fn a_video_of_hours_is_counted() {
    const PICTURES: u32 = 4 * 3600 * 60;
    let clip = bytes("noaudio.mp4");
    let moov = child(&clip, b"moov").unwrap();
    let trak = child(moov, b"trak").unwrap();
    let mdia = child(trak, b"mdia").unwrap();
    let minf = child(mdia, b"minf").unwrap();
    let stsd = boxed(b"stsd", child(child(minf, b"stbl").unwrap(), b"stsd").unwrap());
    let mut mdhd = child(mdia, b"mdhd").unwrap().to_vec();
    mdhd[12..16].copy_from_slice(&60u32.to_be_bytes());
    let stbl = [
        stsd,
        boxed(b"stts", &table(&[0, PICTURES], (0..PICTURES).flat_map(|_| [1, 1]))),
        boxed(b"ctts", &table(&[0, PICTURES], (0..PICTURES).flat_map(|n| [1, n % 3]))),
        boxed(b"stsc", &table(&[0, 1, 1, 1, 1], std::iter::empty())),
        boxed(b"stsz", &table(&[0, 0, PICTURES], (0..PICTURES).map(|n| 1 + n % 2))),
        boxed(b"co64", &table(&[0, PICTURES], (0..PICTURES).flat_map(|n| [0, 16 + n]))),
    ];
    let mdia = [boxed(b"mdhd", &mdhd), boxed(b"hdlr", child(mdia, b"hdlr").unwrap()), boxed(b"minf", &boxed(b"stbl", &stbl.concat()))].concat();
    let trak = [boxed(b"tkhd", child(trak, b"tkhd").unwrap()), boxed(b"mdia", &mdia)].concat();
    let moov = boxed(b"moov", &boxed(b"trak", &trak));
    let data = boxed(b"mdat", &vec![0; PICTURES as usize + 8]);
    let file = [boxed(b"ftyp", b"isom\0\0\0\0"), data, moov].concat();
    assert!(file.len() > 20 << 20, "{} bytes", file.len());
    let probe = of(&file).unwrap();
    let video = probe.video.unwrap();
    assert_eq!((probe.duration_ms, video.fps), (Some(4 * 3600 * 1000), 60.0));
    assert_eq!(video.bitrate, 60 * 8 * 3 / 2);
    // The same with one picture too many: the last chunk's end lies behind the file.
    let short = file.len() - 8;
    assert_eq!(code(&file[..short]), "truncated");
}

/// Some writers do not know yet how long a picture lasts, and say 0; the next fragment's time tells. And a recording may begin at any time.
#[test]
fn fragments_are_timed_by_their_beginnings() {
    let whole = bytes("fragmented.mp4");
    let expected = of(&whole).unwrap();
    let mut late = whole.clone();
    for at in 0..late.len() - 12 {
        if late[at..].starts_with(b"tfdt\x01") {
            // 2^32 units later than it was.
            late[at + 11] += 1;
        }
    }
    assert_ne!(late, whole);
    assert_eq!(of(&late).unwrap(), expected);
}
