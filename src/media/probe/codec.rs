//! The first entry of a track's sample description (`stsd`): which codec, which size, which sound.

use super::avc;
use super::boxes::{child, children, descend};
use super::detail::{self, Detail};
use super::source::{be16, be32, be64, chunk};

/// What the entry of a picture track says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) codec: String,
    pub(super) codec_string: String,
    /// As displayed, before any rotation.
    pub(super) width: u32,
    pub(super) height: u32,
    /// Under lock (DRM): nobody but its owner's player can read it.
    pub(super) protected: bool,
    pub(super) detail: Detail,
}

/// What the entry of a sound track says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) codec: String,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
}

pub(super) fn picture(stsd: &[u8]) -> Option<Picture> {
    let (kind, entry) = children(stsd.get(8..)?).next()?;
    let (width, height) = (u32::from(be16(entry, 24)?), u32::from(be16(entry, 26)?));
    let inner = entry.get(78..).unwrap_or_default();
    let (codec, codec_string, detail) = match &kind {
        b"avc1" | b"avc3" => told("h264", child(inner, b"avcC"), |avcc| avc_string(kind, avcc), avc::detail),
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => told("hevc", child(inner, b"hvcC"), |hvcc| hevc_string(kind, hvcc), detail::hevc),
        b"vp08" => told("vp8", child(inner, b"vpcC"), |vpcc| vp_string(kind, vpcc), |_| Some(detail::vp8())),
        b"vp09" => told("vp9", child(inner, b"vpcC"), |vpcc| vp_string(kind, vpcc), detail::vp9),
        b"av01" => told("av1", child(inner, b"av1C"), av1_string, detail::av1),
        b"mp4v" => mp4v(child(inner, b"esds").and_then(|esds| decoder_config(esds.get(4..)?))),
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => ("prores", None, detail::prores(kind)),
        b"jpeg" | b"mjpa" | b"mjpb" => ("mjpeg", None, Detail::default()),
        _ => ("", None, Detail::default()),
    };
    let own = word(kind);
    let (width, height) = square_pixels(child(inner, b"pasp"), width, height);
    // QuickTime says it beside the codec, whichever it is.
    let fields = child(inner, b"fiel").and_then(|fiel| fiel.first()) == Some(&2);
    Some(Picture {
        codec: if codec.is_empty() { own.clone() } else { codec.to_owned() },
        codec_string: codec_string.unwrap_or(own),
        width,
        height,
        protected: &kind == b"encv",
        detail: Detail { interlaced: detail.interlaced || fields, ..detail },
    })
}

/// A codec, and what its configuration says, if there is one.
fn told(
    codec: &'static str,
    config: Option<&[u8]>,
    string: impl Fn(&[u8]) -> Option<String>,
    detail: impl Fn(&[u8]) -> Option<Detail>,
) -> (&'static str, Option<String>, Detail) {
    (codec, config.and_then(string), config.and_then(detail).unwrap_or_default())
}

/// An entry of MPEG's own: the codec is a number in the decoder's configuration.
fn mp4v(config: Option<&[u8]>) -> (&'static str, Option<String>, Detail) {
    let codec = match config.and_then(<[u8]>::first) {
        Some(0x60..=0x65) => "mpeg2video",
        Some(0x6a) => "mpeg1video",
        Some(0x6c) => "mjpeg",
        _ => "mpeg4",
    };
    let private = config.filter(|_| codec == "mpeg4").and_then(|config| descriptor(config.get(13..)?, 5));
    (codec, None, private.and_then(detail::mpeg4).unwrap_or_default())
}

/// Pixels need not be square; a player makes them so by stretching the width.
fn square_pixels(pasp: Option<&[u8]>, width: u32, height: u32) -> (u32, u32) {
    let shape = pasp.and_then(|pasp| be32(pasp, 0).zip(be32(pasp, 4)));
    let stretched = shape.and_then(|(across, down)| {
        let wide = u64::from(width) * u64::from(across);
        u32::try_from(wide.checked_div(u64::from(down))?).ok()
    });
    (stretched.filter(|width| (1..=65_535).contains(width)).unwrap_or(width), height)
}

fn avc_string(kind: [u8; 4], avcc: &[u8]) -> Option<String> {
    let [profile, flags, level] = chunk(avcc, 1)?;
    Some(format!("{}.{profile:02X}{flags:02X}{level:02X}", word(kind)))
}

/// ISO/IEC 14496-15, annex E.
fn hevc_string(kind: [u8; 4], hvcc: &[u8]) -> Option<String> {
    let [_, general] = chunk(hvcc, 0)?;
    let space = ["", "A", "B", "C"].get(usize::from(general >> 6))?;
    let profile = general & 0x1f;
    let compatible = be32(hvcc, 2)?.reverse_bits();
    let tier = if general & 0x20 == 0 { 'L' } else { 'H' };
    let constraints: [u8; 6] = chunk(hvcc, 6)?;
    let [level] = chunk(hvcc, 12)?;
    let mut text = format!("{}.{space}{profile}.{compatible:X}.{tier}{level}", word(kind));
    let told = constraints.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    for byte in constraints.iter().take(told) {
        text.push_str(&format!(".{byte:X}"));
    }
    Some(text)
}

fn vp_string(kind: [u8; 4], vpcc: &[u8]) -> Option<String> {
    let [profile, level, depth] = chunk(vpcc, 4)?;
    Some(format!("{}.{profile:02}.{level:02}.{:02}", word(kind), depth >> 4))
}

pub(super) fn av1_string(av1c: &[u8]) -> Option<String> {
    let [general, depth] = chunk(av1c, 1)?;
    let tier = if depth & 0x80 == 0 { 'M' } else { 'H' };
    let bits = detail::av1_depth(depth);
    Some(format!("av01.{}.{:02}{tier}.{bits:02}", general >> 5, general & 0x1f))
}

pub(super) fn sound(stsd: &[u8]) -> Option<Sound> {
    let (kind, entry) = children(stsd.get(8..)?).next()?;
    // QuickTime has three generations of this entry; MP4 uses the first.
    let generation = be16(entry, 8)?;
    let (header, mut channels, mut sample_rate) = match generation {
        2 => {
            let rate = be64(entry, 32).map(f64::from_bits).unwrap_or_default();
            let channels = be32(entry, 40).and_then(|n| u16::try_from(n).ok());
            (64, channels.unwrap_or_default(), whole(rate))
        }
        _ => (if generation == 1 { 44 } else { 28 }, be16(entry, 16)?, u32::from(be16(entry, 24)?)),
    };
    let inner = entry.get(header..).unwrap_or_default();
    channels = child(inner, b"dac3").and_then(ac3).or_else(|| child(inner, b"dec3").and_then(eac3)).unwrap_or(channels);
    let mut codec = match &kind {
        b"mp4a" => "aac",
        b".mp3" | b"ms\0U" => "mp3",
        b"Opus" => "opus",
        b"fLaC" => "flac",
        b"alac" => "alac",
        b"ac-3" => "ac3",
        b"ec-3" => "eac3",
        b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"fpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " => "pcm",
        _ => "",
    };
    let esds = child(inner, b"esds").or_else(|| descend(inner, &[b"wave", b"esds"]));
    if let Some(config) = esds.and_then(|esds| decoder_config(esds.get(4..)?)) {
        codec = match config.first() {
            Some(0x69 | 0x6b) => "mp3",
            Some(0xa5) => "ac3",
            Some(0xa6) => "eac3",
            Some(0xad) => "opus",
            Some(0xdd) => "vorbis",
            _ => codec,
        };
        // The entry often says "stereo" of mono sound; the decoder's own words are right.
        if let Some((own_channels, own_rate)) = descriptor(config.get(13..).unwrap_or_default(), 5).and_then(aac) {
            channels = own_channels.unwrap_or(channels);
            sample_rate = own_rate.unwrap_or(sample_rate);
        }
    }
    Some(Sound { codec: if codec.is_empty() { word(kind) } else { codec.to_owned() }, channels, sample_rate })
}

/// The decoder's configuration within an elementary stream descriptor.
fn decoder_config(esds: &[u8]) -> Option<&[u8]> {
    let stream = descriptor(esds, 3)?;
    let [_, _, flags] = chunk(stream, 0)?;
    let mut at = 3;
    if flags & 0x80 != 0 {
        at += 2;
    }
    if flags & 0x40 != 0 {
        at += 1 + usize::from(*stream.get(at)?);
    }
    if flags & 0x20 != 0 {
        at += 2;
    }
    descriptor(stream.get(at..)?, 4)
}

/// The contents of the descriptor at the start of `bytes`, if it has this tag.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (found, mut rest) = bytes.split_first()?;
    let mut length = 0usize;
    for _ in 0..4 {
        let (byte, behind) = rest.split_first()?;
        rest = behind;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (*found == tag).then(|| rest.get(..length).unwrap_or(rest))
}

/// Speakers without the one for low tones, as AC-3 numbers their arrangements; 0 is two channels apart.
const AC3: [u16; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// ETSI TS 102 366, F.4.
fn ac3(dac3: &[u8]) -> Option<u16> {
    let bits = be16(dac3, 0)?;
    Some(AC3.get(usize::from(bits >> 3 & 7))? + (bits >> 2 & 1))
}

/// ETSI TS 102 366, F.6: the first stream of possibly several.
fn eac3(dec3: &[u8]) -> Option<u16> {
    let [bits] = chunk(dec3, 3)?;
    Some(AC3.get(usize::from(bits >> 1 & 7))? + u16::from(bits & 1))
}

/// The channels that the header of an MP3 frame tells.
pub(super) fn mp3_channels(header: [u8; 4]) -> Option<u16> {
    let [sync, version, _, mode] = header;
    (sync == 0xff && version & 0xe0 == 0xe0).then_some(if mode >> 6 == 3 { 1 } else { 2 })
}

/// Channels and sample rate, where an AAC decoder's configuration says them plainly.
fn aac(config: &[u8]) -> Option<(Option<u16>, Option<u32>)> {
    const RATES: [u32; 13] = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
    let bits = chunk(config, 0).map(u16::from_be_bytes)?;
    // Object types above 30 and free sample rates shift everything; then the entry's word has to do.
    if bits >> 11 == 31 || bits >> 7 & 0xf == 15 {
        return None;
    }
    let rate = RATES.get(usize::from(bits >> 7 & 0xf)).copied();
    let channels = match bits >> 3 & 0xf {
        0 | 8.. => None,
        7 => Some(8),
        channels => Some(channels),
    };
    Some((channels, rate))
}

fn whole(rate: f64) -> u32 {
    if (0.0..=1_000_000.0).contains(&rate) { rate as u32 } else { 0 }
}

/// The file's own word for a codec, as far as it can be shown.
fn word(kind: [u8; 4]) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._".contains(b);
    let word: String = kind.iter().filter(|b| plain(b)).map(|b| char::from(*b)).collect();
    if word.is_empty() { "unknown".to_owned() } else { word }
}
