//! WebM: a tree of elements, of which only the head is read. The length of the whole is in it, so a cut shows.

use super::detail::{self, Detail};
use super::source::Source;
use super::{AudioTrack, Broken, Format, Probe, VideoTrack, codec as entry, vp9};

const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const LARGEST_HEAD: u64 = 1 << 20;
const MOST_ELEMENTS: usize = 300_000;

pub(super) fn read(source: &mut Source<'_>) -> Result<Probe, Broken> {
    let (id, size) = head(source)?;
    let Some(size) = size.filter(|_| id == EBML) else {
        return Err(Broken::damaged("its header cannot be read"));
    };
    let ebml = source.vec(size, 4096)?;
    let doc_type = elements(&ebml).find(|(id, _)| *id == DOC_TYPE).map(|(_, body)| body);
    if doc_type.is_none_or(|name| !name.starts_with(b"webm")) {
        return Err(matroska());
    }
    let (id, size) = head(source)?;
    if id != SEGMENT {
        return Err(Broken::damaged("its video does not begin"));
    }
    let size = size.ok_or_else(unfinished)?;
    let end = source.at().saturating_add(size);
    if end > source.len() {
        return Err(Broken::truncated("its video data", source.len(), end));
    }
    let (mut info, mut tracks) = (None, None);
    for _ in 0..MOST_ELEMENTS {
        if source.at() >= end || (info.is_some() && tracks.is_some()) {
            break;
        }
        let (id, size) = head(source)?;
        let size = size.ok_or_else(unfinished)?;
        if size > source.left() {
            return Err(Broken::cut_off());
        }
        let next = source.at() + size;
        match id {
            INFO => info = Some(source.vec(size, LARGEST_HEAD)?),
            TRACKS => tracks = Some(source.vec(size, LARGEST_HEAD)?),
            _ => {}
        }
        source.seek(next)?;
    }
    let (Some(info), Some(tracks)) = (info, tracks) else {
        return Err(Broken::damaged("it does not say what is in it"));
    };
    let mut probe = describe(&info, &tracks, source.len())?;
    if let Some(video) = probe.video.as_mut().filter(|video| video.codec == "vp9") {
        let number = of_type(&tracks, 1).and_then(|track| uint(track, 0xd7)).unwrap_or_default();
        if let Some(detail) = vp9::first_picture(source, end, number)? {
            (video.profile, video.bit_depth, video.chroma) = (detail.profile, detail.bit_depth, detail.chroma);
        }
    }
    Ok(probe)
}

/// WebM's elder sibling, with which it shares its first bytes.
pub(super) fn matroska() -> Broken {
    Broken::new("unknown_type", "This is a Matroska (MKV) video, which cannot be posted. Export it as MP4 or MOV.")
}

/// What a browser's recorder writes while it does not know yet how long the recording gets.
fn unfinished() -> Broken {
    Broken::new("unfinished", "The WebM was recorded live and its length was never written into it. Export it as MP4 or MOV.")
}

fn describe(info: &[u8], tracks: &[u8], file: u64) -> Result<Probe, Broken> {
    let scale = uint(info, 0x2a_d7b1).unwrap_or(1_000_000);
    let ms = float(info, 0x4489).ok_or_else(unfinished)? * scale as f64 / 1_000_000.0;
    if !ms.is_finite() || ms < 1.0 {
        return Err(unfinished());
    }
    let track = of_type(tracks, 1).ok_or_else(|| Broken::new("no_video", "There is no picture in this file, only sound. Upload a video that has one."))?;
    let shape = element(track, 0xe0).unwrap_or_default();
    let side = |display: u32, stored: u32| {
        // The display size may also be a mere ratio (unit 3).
        let display = uint(shape, display).filter(|_| uint(shape, 0x54b2).unwrap_or(0) == 0);
        display.or(uint(shape, stored)).and_then(|side| u32::try_from(side).ok())
    };
    let (Some(width @ 1..), Some(height @ 1..)) = (side(0x54b0, 0xb0), side(0x54ba, 0xba)) else {
        return Err(Broken::damaged("its size is given as nothing"));
    };
    let frame_ns = uint(track, 0x23_e383).filter(|ns| *ns > 0);
    let codec = codec(track);
    let private = element(track, 0x63a2);
    let detail = match codec.as_str() {
        "av1" => private.and_then(detail::av1).unwrap_or_default(),
        "vp8" => detail::vp8(),
        _ => Detail::default(),
    };
    let named = private.filter(|_| codec == "av1").and_then(entry::av1_string);
    Ok(Probe {
        duration_ms: Some(ms as u64),
        video: Some(VideoTrack {
            codec_string: named.unwrap_or_else(|| codec.clone()),
            codec,
            fps: frame_ns.map_or(0.0, |ns| (1e12 / ns as f64).round() / 1000.0),
            bitrate: (file as f64 * 8000.0 / ms) as u64,
            profile: detail.profile,
            level: detail.level,
            bit_depth: detail.bit_depth,
            chroma: detail.chroma,
            interlaced: uint(shape, 0x9a) == Some(1),
        }),
        audio: of_type(tracks, 2).map(sound),
        fast_start: true,
        ..Probe::plain(Format::Webm, width, height)
    })
}

/// The first track of this kind: 1 is picture, 2 is sound.
fn of_type(tracks: &[u8], kind: u64) -> Option<&[u8]> {
    elements(tracks).filter(|(id, _)| *id == 0xae).map(|(_, track)| track).find(|track| uint(track, 0x83) == Some(kind))
}

fn sound(track: &[u8]) -> AudioTrack {
    let shape = element(track, 0xe1).unwrap_or_default();
    AudioTrack {
        codec: codec(track),
        channels: uint(shape, 0x9f).and_then(|n| u16::try_from(n).ok()).unwrap_or(1),
        sample_rate: float(shape, 0xb5).unwrap_or(8000.0) as u32,
        bitrate: 0,
    }
}

fn codec(track: &[u8]) -> String {
    match element(track, 0x86).unwrap_or_default() {
        b"V_VP8" => "vp8",
        b"V_VP9" => "vp9",
        b"V_AV1" => "av1",
        b"A_OPUS" => "opus",
        b"A_VORBIS" => "vorbis",
        _ => "unknown",
    }
    .to_owned()
}

/// Id and length of the element that begins here; no length when it is left open.
pub(super) fn head(source: &mut Source<'_>) -> Result<(u32, Option<u64>), Broken> {
    let place = source.at();
    let bytes = source.vec(source.left().min(12), 12)?;
    let (id, size, length) =
        parse_head(&bytes).ok_or_else(|| if bytes.len() < 12 { Broken::cut_off() } else { Broken::damaged("its parts do not follow each other") })?;
    source.seek(place + length as u64)?;
    Ok((id, size))
}

fn parse_head(bytes: &[u8]) -> Option<(u32, Option<u64>, usize)> {
    let width = bytes.first()?.leading_zeros() as usize + 1;
    if width > 4 {
        return None;
    }
    let id = u32::try_from(number(bytes.get(..width)?)?).ok()?;
    let rest = bytes.get(width..)?;
    let size_width = rest.first()?.leading_zeros() as usize + 1;
    let bits = u32::try_from(7 * size_width).ok().filter(|bits| *bits <= 56)?;
    let open = (1u64 << bits) - 1;
    let size = number(rest.get(..size_width)?)? & open;
    Some((id, (size != open).then_some(size), width + size_width))
}

/// The elements in `bytes`, one after the other, up to the first that is not whole.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let (id, size, header) = parse_head(bytes)?;
        let end = header.checked_add(usize::try_from(size?).ok()?)?;
        let body = bytes.get(header..end)?;
        bytes = bytes.get(end..)?;
        Some((id, body))
    })
}

fn element(bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    elements(bytes).find(|(id, _)| *id == wanted).map(|(_, body)| body)
}

fn uint(bytes: &[u8], id: u32) -> Option<u64> {
    number(element(bytes, id)?)
}

fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn float(bytes: &[u8], id: u32) -> Option<f64> {
    let bits = element(bytes, id)?;
    match bits.len() {
        4 => bits.first_chunk().map(|b| f64::from(f32::from_be_bytes(*b))),
        8 => bits.first_chunk().map(|b| f64::from_be_bytes(*b)),
        _ => None,
    }
}
