//! H.264's own words on a video: the configuration (`avcC`) and the first sequence parameter set in it.
//!
//! What must always be true here: each loop is bounded by the standard's own limits, and by the bits that are there.

use super::bits::Bits;
use super::detail::{Detail, chroma};
use super::source::{be16, chunk};

/// ISO/IEC 14496-15: profile, flags, level; then the parameter sets, each with its length.
pub(super) fn detail(avcc: &[u8]) -> Option<Detail> {
    let [profile, flags, level] = chunk(avcc, 1)?;
    let set = be16(avcc, 6).and_then(|length| avcc.get(8..8 + usize::from(length)));
    let sequence = set.and_then(|set| Sequence::read(set.get(1..)?));
    // Without a set of its own (`avc3` keeps them among the pictures), only the small profiles are sure to be plain.
    let plain = matches!(profile, 66 | 77 | 88).then_some((1, 8));
    let (format, depth) = sequence.as_ref().map(|s| (s.chroma, s.depth)).or(plain).unzip();
    Some(Detail {
        profile: word(profile).map(str::to_owned),
        level: Some(level_in_words(profile, flags, level)),
        bit_depth: depth,
        chroma: format.and_then(chroma),
        interlaced: sequence.is_some_and(|s| s.fields),
    })
}

fn word(profile: u8) -> Option<&'static str> {
    Some(match profile {
        66 => "baseline",
        77 => "main",
        88 => "extended",
        100 => "high",
        110 => "high10",
        122 => "high422",
        244 => "high444",
        44 => "cavlc444",
        118 => "multiview-high",
        128 => "stereo-high",
        _ => return None,
    })
}

fn level_in_words(profile: u8, flags: u8, level: u8) -> String {
    let between = level == 9 || (level == 11 && flags & 0x10 != 0 && matches!(profile, 66 | 77 | 88));
    if between { "1b".to_owned() } else { format!("{}.{}", level / 10, level % 10) }
}

struct Sequence {
    chroma: u8,
    depth: u8,
    /// Pictures may be stored as two fields.
    fields: bool,
}

impl Sequence {
    /// ISO/IEC 14496-10, 7.3.2.1.1, as far as `frame_mbs_only_flag`.
    fn read(set: &[u8]) -> Option<Sequence> {
        let mut bits = Bits::unescaped(set);
        let profile = bits.take(8)?;
        bits.take(16)?;
        bits.number()?;
        let (mut chroma, mut depth) = (1, 8);
        if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
            chroma = u8::try_from(bits.number()?).ok()?;
            if chroma == 3 {
                bits.take(1)?;
            }
            depth = u8::try_from(bits.number()?).ok()?.checked_add(8)?;
            bits.number()?;
            bits.take(1)?;
            if bits.take(1)? == 1 {
                for list in 0..if chroma == 3 { 12 } else { 8 } {
                    if bits.take(1)? == 1 {
                        skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                    }
                }
            }
        }
        bits.number()?;
        match bits.number()? {
            0 => drop(bits.number()?),
            1 => {
                bits.take(1)?;
                bits.number()?;
                bits.number()?;
                for _ in 0..bits.number().filter(|frames| *frames <= 255)? {
                    bits.number()?;
                }
            }
            _ => {}
        }
        bits.number()?;
        bits.take(1)?;
        bits.number()?;
        bits.number()?;
        Some(Sequence { chroma, depth, fields: bits.take(1)? == 0 })
    }
}

fn skip_scaling_list(bits: &mut Bits, length: u32) -> Option<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.signed()? + 256) % 256;
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}
