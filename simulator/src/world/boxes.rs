//! The index of an MP4 or MOV: tracks, their tables, and what fragments add to them.
//!
//! Always true: every length is checked against the bytes that are there; a count is believed only as far as its rows exist.

use super::video::{Codec, Film, Sound, Unreadable};

#[derive(Clone, Debug, Default)]
pub struct Index {
    tracks: Vec<Track>,
}

#[derive(Clone, Debug, Default)]
struct Track {
    id: u32,
    picture: bool,
    entry: Vec<u8>,
    sideways: bool,
    edited: bool,
    timescale: u32,
    samples: u64,
    bytes: u64,
    /// In units of the time scale.
    lasts: u64,
    /// What a fragment's sample has when it does not say: duration and size.
    default: (u32, u32),
}

const MOST_TRACKS: usize = 32;
/// Where the children of a picture's or a sound's description begin does not matter here; its own fields lie in these.
const ENTRY: usize = 64;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// The boxes in a body. Ends at the first one that does not fit.
fn children(mut body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(word(body, 0)?).ok()?;
        let kind: [u8; 4] = body.get(4..8)?.try_into().ok()?;
        let content = body.get(8..size)?;
        body = body.get(size..)?;
        Some((kind, content))
    })
}

fn child<'a>(body: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    children(body).find(|(given, _)| given == kind).map(|(_, content)| content)
}

/// The rows of a table that has a count in front, `width` bytes each.
fn rows(table: &[u8], width: usize) -> Option<impl Iterator<Item = &[u8]>> {
    let count = usize::try_from(word(table, 4)?).ok()?;
    Some(table.get(8..8usize.checked_add(count.checked_mul(width)?)?)?.chunks_exact(width))
}

pub fn read_index(moov: &[u8]) -> Option<Index> {
    let mut tracks = Vec::new();
    for (_, trak) in children(moov).filter(|(kind, _)| kind == b"trak").take(MOST_TRACKS) {
        tracks.push(track(trak)?);
    }
    let extends = child(moov, b"mvex").into_iter().flat_map(children).filter(|(kind, _)| kind == b"trex");
    for (_, trex) in extends {
        let id = word(trex, 4)?;
        if let Some(track) = tracks.iter_mut().find(|track| track.id == id) {
            track.default = (word(trex, 12)?, word(trex, 16)?);
        }
    }
    Some(Index { tracks })
}

fn track(trak: &[u8]) -> Option<Track> {
    let header = child(trak, b"tkhd")?;
    let long = *header.first()? == 1;
    let matrix = if long { 52 } else { 40 };
    let media = child(trak, b"mdia")?;
    let media_header = child(media, b"mdhd")?;
    let timescale = word(media_header, if *media_header.first()? == 1 { 20 } else { 12 })?;
    let kind = child(media, b"hdlr")?.get(8..12)?;
    let tables = child(child(media, b"minf")?, b"stbl")?;
    let described = child(tables, b"stsd")?.get(8..)?;
    let mut track = Track {
        id: word(header, if long { 20 } else { 12 })?,
        picture: kind == b"vide",
        entry: described.get(..described.len().min(ENTRY))?.to_vec(),
        // A quarter turn has no share of x in x.
        sideways: word(header, matrix)? == 0 && word(header, matrix + 4)? != 0,
        edited: child(trak, b"edts").and_then(|edits| child(edits, b"elst")).is_some_and(edits),
        timescale,
        ..Track::default()
    };
    if !matches!(kind, b"vide" | b"soun") {
        return Some(track);
    }
    for row in rows(child(tables, b"stts")?, 8)? {
        track.lasts = track.lasts.saturating_add(u64::from(word(row, 0)?).saturating_mul(u64::from(word(row, 4)?)));
    }
    let sizes = child(tables, b"stsz")?;
    let (same, count) = (word(sizes, 4)?, word(sizes, 8)?);
    track.samples = u64::from(count);
    track.bytes = if same > 0 {
        u64::from(same).saturating_mul(u64::from(count))
    } else {
        let each = sizes.get(12..12usize.checked_add(usize::try_from(count).ok()?.checked_mul(4)?)?)?;
        each.chunks_exact(4).filter_map(|size| word(size, 0)).map(u64::from).sum()
    };
    Some(track)
}

/// Whether the list does more than play the track from its start.
fn edits(list: &[u8]) -> bool {
    let long = list.first() == Some(&1);
    let (width, time) = if long { (20, 8) } else { (12, 4) };
    let plain = |row: &[u8]| row.get(time..width - 4).is_some_and(|time| time.iter().all(|byte| *byte == 0));
    rows(list, width).is_none_or(|mut rows| !(rows.next().is_some_and(plain) && rows.next().is_none()))
}

/// Adds what a fragment (`moof`) holds. None: it cannot be understood, or comes before the index.
pub fn read_fragment(moof: &[u8], index: Option<&mut Index>) -> Option<()> {
    let index = index?;
    for (_, traf) in children(moof).filter(|(kind, _)| kind == b"traf") {
        let header = child(traf, b"tfhd")?;
        let (flags, id) = (word(header, 0)?, word(header, 4)?);
        let track = index.tracks.iter_mut().find(|track| track.id == id)?;
        let mut at = 8usize + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
        let mut default = track.default;
        for (flag, value) in [(8, &mut default.0), (16, &mut default.1)] {
            if flags & flag != 0 {
                *value = word(header, at)?;
                at += 4;
            }
        }
        for (_, run) in children(traf).filter(|(kind, _)| kind == b"trun") {
            add_run(track, run, default)?;
        }
    }
    Some(())
}

fn add_run(track: &mut Track, run: &[u8], default: (u32, u32)) -> Option<()> {
    let (flags, count) = (word(run, 0)?, word(run, 4)?);
    let start = 8usize + if flags & 1 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
    let has = |flag: u32| flags & flag != 0;
    let width = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|flag| has(*flag)).count() * 4;
    let size_at = if has(0x100) { 4 } else { 0 };
    track.samples = track.samples.saturating_add(u64::from(count));
    if width == 0 {
        track.lasts = track.lasts.saturating_add(u64::from(count).saturating_mul(u64::from(default.0)));
        track.bytes = track.bytes.saturating_add(u64::from(count).saturating_mul(u64::from(default.1)));
        return Some(());
    }
    let table = run.get(start..start.checked_add(usize::try_from(count).ok()?.checked_mul(width)?)?)?;
    for row in table.chunks_exact(width) {
        let lasts = if has(0x100) { word(row, 0)? } else { default.0 };
        let bytes = if has(0x200) { word(row, size_at)? } else { default.1 };
        track.lasts = track.lasts.saturating_add(u64::from(lasts));
        track.bytes = track.bytes.saturating_add(u64::from(bytes));
    }
    Some(())
}

impl Track {
    fn seconds(&self) -> f64 {
        if self.timescale == 0 { 0.0 } else { self.lasts as f64 / f64::from(self.timescale) }
    }

    fn codec(&self) -> Codec {
        match self.entry.get(4..8) {
            Some(b"avc1" | b"avc3") => Codec::H264,
            Some(b"hvc1" | b"hev1") => Codec::H265,
            Some(b"vp08") => Codec::Vp8,
            Some(b"vp09") => Codec::Vp9,
            Some(b"av01") => Codec::Av1,
            _ => Codec::Other,
        }
    }

    fn sound(&self) -> Option<Sound> {
        Some(Sound { aac: self.entry.get(4..8) == Some(b"mp4a"), channels: half(&self.entry, 24)?, rate: word(&self.entry, 32)? >> 16 })
    }
}

impl Index {
    pub fn film(&self, quicktime: bool, index_first: bool) -> Result<Film, Unreadable> {
        // A cover picture may be a track of its own, of one sample.
        let picture = self.tracks.iter().filter(|track| track.picture && track.samples > 0).max_by_key(|track| track.samples);
        let picture = picture.ok_or(Unreadable::NoPicture)?;
        let sound = self.tracks.iter().filter(|track| !track.picture && track.samples > 0).find_map(Track::sound);
        let size = half(&picture.entry, 32).zip(half(&picture.entry, 34)).filter(|size| size.0 > 0 && size.1 > 0);
        let (width, height) = size.map(|(width, height)| (u32::from(width), u32::from(height))).ok_or(Unreadable::Damaged)?;
        let seconds = picture.seconds();
        if seconds <= 0.0 {
            return Err(Unreadable::Damaged);
        }
        let longest = self.tracks.iter().map(Track::seconds).fold(seconds, f64::max);
        Ok(Film {
            quicktime,
            width: if picture.sideways { height } else { width },
            height: if picture.sideways { width } else { height },
            milliseconds: (longest * 1000.0).round() as u64,
            codec: picture.codec(),
            frames_per_second: picture.samples as f64 / seconds,
            sound,
            index_first,
            edited: self.tracks.iter().any(|track| track.edited),
            bits_per_second: (picture.bytes as f64 * 8.0 / seconds).round() as u64,
        })
    }
}
