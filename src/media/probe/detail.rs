//! Profile, level, depth, colour sampling and fields of a video's picture, from the configuration that its container keeps
//! for the decoder. H.264 has a room of its own (`avc`).

use super::source::chunk;

/// What is not said there is not known.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    pub(super) profile: Option<String>,
    pub(super) level: Option<String>,
    pub(super) bit_depth: Option<u8>,
    pub(super) chroma: Option<String>,
    pub(super) interlaced: bool,
}

/// The standards count colour sampling alike: 0 is grey.
pub(super) fn chroma(format: u8) -> Option<String> {
    ["4:0:0", "4:2:0", "4:2:2", "4:4:4"].get(usize::from(format)).map(|word| (*word).to_owned())
}

/// ISO/IEC 14496-15, 8.3.3.1.
pub(super) fn hevc(hvcc: &[u8]) -> Option<Detail> {
    let [general] = chunk(hvcc, 1)?;
    let [sources] = chunk(hvcc, 6)?;
    let [level] = chunk(hvcc, 12)?;
    let [format, depth] = chunk(hvcc, 16)?;
    let profile = match general & 0x1f {
        1 => Some("main"),
        2 => Some("main10"),
        3 => Some("main-still"),
        4 => Some("rext"),
        _ => None,
    };
    Some(Detail {
        profile: profile.map(str::to_owned),
        level: (level > 0).then(|| format!("{}.{}", level / 30, level % 30 / 3)),
        bit_depth: Some(8 + (depth & 7)),
        chroma: chroma(format & 3),
        // Both flags set leaves it to each picture.
        interlaced: sources & 0xc0 == 0x40,
    })
}

/// VP8 has one way only.
pub(super) fn vp8() -> Detail {
    Detail { bit_depth: Some(8), chroma: chroma(1), ..Detail::default() }
}

/// The box `vpcC` of VP9.
pub(super) fn vp9(vpcc: &[u8]) -> Option<Detail> {
    let [profile, level, shape] = chunk(vpcc, 4)?;
    Some(Detail {
        profile: Some(format!("profile{profile}")),
        level: (level > 0).then(|| format!("{}.{}", level / 10, level % 10)),
        bit_depth: Some(shape >> 4),
        chroma: chroma(match shape >> 1 & 7 {
            0 | 1 => 1,
            format => format,
        }),
        interlaced: false,
    })
}

/// The box `av1C`, which is also WebM's private data.
pub(super) fn av1(av1c: &[u8]) -> Option<Detail> {
    let [general, shape] = chunk(av1c, 1)?;
    let level = general & 0x1f;
    let bit = |mask| shape & mask != 0;
    let sampling = match (bit(0x10), bit(0x08), bit(0x04)) {
        (true, ..) => 0,
        (_, true, true) => 1,
        (_, true, false) => 2,
        _ => 3,
    };
    Some(Detail {
        profile: ["main", "high", "professional"].get(usize::from(general >> 5)).map(|word| (*word).to_owned()),
        level: (level < 24).then(|| format!("{}.{}", 2 + level / 4, level % 4)),
        bit_depth: Some(av1_depth(shape)),
        chroma: chroma(sampling),
        interlaced: false,
    })
}

pub(super) fn av1_depth(shape: u8) -> u8 {
    match (shape & 0x40 != 0, shape & 0x20 != 0) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    }
}

/// ProRes' profile is its name, and gives the rest.
pub(super) fn prores(kind: [u8; 4]) -> Detail {
    let (profile, depth, format) = match &kind {
        b"apco" => ("proxy", 10, 2),
        b"apcs" => ("lt", 10, 2),
        b"apcn" => ("standard", 10, 2),
        b"apch" => ("hq", 10, 2),
        b"ap4h" => ("4444", 12, 3),
        _ => ("4444xq", 12, 3),
    };
    Detail { profile: Some(profile.to_owned()), level: None, bit_depth: Some(depth), chroma: chroma(format), interlaced: false }
}

/// MPEG-4 part 2: its decoder's configuration begins with a sequence header that names profile and level in one number.
pub(super) fn mpeg4(config: &[u8]) -> Option<Detail> {
    let start = config.windows(4).position(|word| word == [0, 0, 1, 0xb0])?;
    let [named] = chunk(config, start + 4)?;
    let profile = match named {
        0x01..=0x03 | 0x08 => "simple",
        0xf0..=0xf7 => "advanced-simple",
        _ => return None,
    };
    let level = named & 0xf;
    Some(Detail {
        profile: Some(profile.to_owned()),
        level: Some(if named == 0x08 { "0".to_owned() } else { level.to_string() }),
        bit_depth: Some(8),
        chroma: chroma(1),
        interlaced: false,
    })
}
