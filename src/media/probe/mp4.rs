//! MP4 and MOV: the index (`moov`) says what is in the file and where; the walk over the top level says what is there.

use super::boxes::{Layout, child, children, layout};
use super::codec::{self, Picture, Sound};
use super::fragments::{Defaults, add_fragment};
use super::source::{Source, be32, be64, chunk};
use super::tables::{Samples, plain, rearranges};
use super::tree::{Boxes, Span};
use super::{AGAIN, AudioTrack, Broken, Format, Probe, VideoTrack, turned};

const LARGEST_INDEX: u64 = 64 << 20;
/// A fragment's index covers seconds, not hours.
const LARGEST_FRAGMENT: u64 = 4 << 20;
const LARGEST_FRAGMENTS: u64 = 256 << 20;
const MOST_TRACKS: usize = 64;
/// How the samples of a track are stored is said in a few hundred bytes.
const LARGEST_ENTRY: u64 = 64 << 10;
const LARGEST_HEADER: u64 = 4096;

pub(super) fn read(source: &mut Source<'_>, format: Format) -> Result<Probe, Broken> {
    let layout = layout(source)?;
    let (place, length) = layout.moov.ok_or_else(|| no_index(&layout))?;
    if length > LARGEST_INDEX {
        return Err(Broken::new("index_too_large", format!("The video's index is larger than 64 MiB, which no real video needs. {AGAIN}")));
    }
    let moov = Boxes::of(source, Span { at: place, len: length })?;
    let mvhd = moov.bytes(source, b"mvhd", LARGEST_HEADER)?;
    let mvex = moov.bytes(source, b"mvex", LARGEST_ENTRY)?;
    let mut tracks = tracks(source, &moov)?;
    if let Some(mvex) = &mvex {
        add_fragments(source, &layout, mvex, &mut tracks)?;
    }
    let end = tracks.iter().map(|track| track.samples.end).max().unwrap_or_default();
    if end > source.len() {
        return Err(Broken::truncated("its video data", source.len(), end));
    }
    if layout.last_mdat.is_none() {
        return Err(Broken::cut_off());
    }
    // A cover picture may be stored as a track of its own, of one sample. Of two that are as long, the first is shown.
    let pictures = tracks.iter().rev().filter(|track| track.is(b"vide"));
    let picture = pictures.max_by_key(|track| track.samples.count);
    let Some(picture) = picture else {
        return Err(Broken::new("no_video", "There is no picture in this file, only sound or data. Upload a video that has one."));
    };
    let entry = picture.picture.as_ref().ok_or_else(|| Broken::damaged("it does not say how its picture is stored"))?;
    if entry.protected {
        return Err(Broken::new("protected", "The video is copy-protected, and no platform can play it. Upload one without protection."));
    }
    if picture.samples.count == 0 || entry.width == 0 || entry.height == 0 {
        return Err(Broken::new("no_video", format!("There is not a single picture in the video. {AGAIN}")));
    }
    let (width, height) = turned(picture.orientation, entry.width, entry.height);
    let sound = tracks.iter().find(|track| track.is(b"soun"));
    let fragmented = mvex.is_some();
    let first_data = layout.first_mdat.into_iter().chain(layout.moofs.first().map(|(moof, _)| *moof)).min();
    Ok(Probe {
        orientation: picture.orientation,
        duration_ms: Some(duration_ms(mvhd.as_deref(), &tracks, fragmented)),
        video: Some(VideoTrack {
            codec: entry.codec.clone(),
            codec_string: entry.codec_string.clone(),
            fps: per_second(picture.samples.count, picture),
            bitrate: bitrate(picture),
            profile: entry.detail.profile.clone(),
            level: entry.detail.level.clone(),
            bit_depth: entry.detail.bit_depth,
            chroma: entry.detail.chroma.clone(),
            interlaced: entry.detail.interlaced,
        }),
        audio: sound.map_or(Ok(None), |sound| audio(source, sound))?,
        fast_start: first_data.is_none_or(|data| place < data),
        fragmented,
        edit_list: tracks.iter().any(|track| track.rearranged),
        ..Probe::plain(format, width, height)
    })
}

fn no_index(layout: &Layout) -> Broken {
    let message = if layout.last_mdat.is_some() {
        "The video has no index (moov): its recording, export or upload broke off before the end."
    } else {
        "There is no video in this file, only its header."
    };
    Broken::new("no_index", format!("{message} {AGAIN}"))
}

struct Track {
    id: u32,
    kind: [u8; 4],
    picture: Option<Picture>,
    sound: Option<Sound>,
    time_scale: u32,
    orientation: u8,
    rearranged: bool,
    samples: Samples,
}

impl Track {
    fn is(&self, kind: &[u8; 4]) -> bool {
        &self.kind == kind
    }
}

fn tracks(source: &mut Source<'_>, moov: &Boxes) -> Result<Vec<Track>, Broken> {
    let mut tracks = Vec::new();
    for trak in moov.all(b"trak") {
        if tracks.len() == MOST_TRACKS {
            return Err(Broken::damaged("it has more tracks than any video has"));
        }
        let unreadable = || Broken::damaged("one of its tracks cannot be read");
        let trak = Boxes::of(source, trak)?;
        let mdia = trak.within(source, b"mdia")?;
        let hdlr = mdia.bytes(source, b"hdlr", LARGEST_HEADER)?.unwrap_or_default();
        let kind = chunk(&hdlr, 8).ok_or_else(unreadable)?;
        // Phones add tracks of positions and moods. They need not be understood.
        if &kind == b"vide" || &kind == b"soun" {
            tracks.push(track(source, &trak, &mdia, kind)?.ok_or_else(unreadable)?);
        }
    }
    if tracks.is_empty() {
        return Err(Broken::new("no_tracks", format!("The file says that it is a video, but there is neither picture nor sound in it. {AGAIN}")));
    }
    Ok(tracks)
}

/// None where a part is missing that every track has.
fn track(source: &mut Source<'_>, trak: &Boxes, mdia: &Boxes, kind: [u8; 4]) -> Result<Option<Track>, Broken> {
    let elst = trak.within(source, b"edts")?.bytes(source, b"elst", LARGEST_HEADER)?;
    let stbl = mdia.within(source, b"minf")?.within(source, b"stbl")?;
    let (Some(tkhd), Some(mdhd), Some(stsd)) =
        (trak.bytes(source, b"tkhd", LARGEST_HEADER)?, mdia.bytes(source, b"mdhd", LARGEST_HEADER)?, stbl.bytes(source, b"stsd", LARGEST_ENTRY)?)
    else {
        return Ok(None);
    };
    let wide = tkhd.first() == Some(&1);
    let time_scale = be32(&mdhd, if mdhd.first() == Some(&1) { 20 } else { 12 });
    let id = be32(&tkhd, if wide { 20 } else { 12 });
    let (Some(id), Some(matrix), Some(time_scale)) = (id, tkhd.get(if wide { 52 } else { 40 }..), time_scale) else { return Ok(None) };
    Ok(Some(Track {
        id,
        kind,
        picture: if &kind == b"vide" { codec::picture(&stsd) } else { None },
        sound: if &kind == b"soun" { codec::sound(&stsd) } else { None },
        time_scale,
        orientation: orientation(matrix),
        rearranged: elst.is_some_and(|elst| rearranges(&elst, time_scale)),
        samples: plain(source, &stbl)?,
    }))
}

/// A track's matrix as one of EXIF's eight. Whatever turns by other angles is displayed as it is.
fn orientation(matrix: &[u8]) -> u8 {
    let cell = |at| be32(matrix, at).map_or(0, |cell| cell.cast_signed().signum());
    match [cell(0), cell(4), cell(12), cell(16)] {
        [-1, 0, 0, 1] => 2,
        [-1, 0, 0, -1] => 3,
        [1, 0, 0, -1] => 4,
        [0, 1, 1, 0] => 5,
        [0, 1, -1, 0] => 6,
        [0, -1, -1, 0] => 7,
        [0, -1, 1, 0] => 8,
        _ => 1,
    }
}

fn add_fragments(source: &mut Source<'_>, layout: &Layout, mvex: &[u8], tracks: &mut [Track]) -> Result<(), Broken> {
    let defaults: Vec<_> = tracks.iter().map(|track| Defaults::of(mvex, track.id)).collect();
    let mut read = 0;
    for (place, length) in &layout.moofs {
        read += length;
        if *length > LARGEST_FRAGMENT || read > LARGEST_FRAGMENTS {
            return Err(Broken::damaged("its fragments are longer than any video's"));
        }
        source.seek(*place)?;
        let moof = source.vec(*length, LARGEST_FRAGMENT)?;
        for (_, traf) in children(&moof).filter(|(kind, _)| kind == b"traf") {
            let tfhd = child(traf, b"tfhd").unwrap_or_default();
            let mut known = tracks.iter_mut().zip(&defaults);
            if let Some((track, defaults)) = known.find(|(track, _)| Some(track.id) == be32(tfhd, 4)) {
                add_fragment(&mut track.samples, traf, tfhd, *defaults);
            }
        }
    }
    // Each fragment's data follows its index: an index at the end has lost its data.
    match layout.moofs.last() {
        Some((moof, _)) if layout.last_mdat.is_none_or(|data| data < *moof) => Err(Broken::cut_off()),
        _ => Ok(()),
    }
}

fn duration_ms(mvhd: Option<&[u8]>, tracks: &[Track], fragmented: bool) -> u64 {
    let of_tracks = tracks.iter().map(|track| ms(track.samples.duration, track.time_scale)).max();
    let of_tracks = of_tracks.unwrap_or_default();
    // The header's word counts, as it knows of edit lists. In fragments it is about the part before them.
    match mvhd.and_then(header_ms) {
        Some(said) if said > 0 && !fragmented => said,
        _ => of_tracks,
    }
}

fn header_ms(mvhd: &[u8]) -> Option<u64> {
    if mvhd.first() == Some(&1) {
        let duration = be64(mvhd, 24).filter(|d| *d != u64::MAX)?;
        Some(ms(duration, be32(mvhd, 20)?))
    } else {
        let duration = be32(mvhd, 16).filter(|d| *d != u32::MAX)?;
        Some(ms(u64::from(duration), be32(mvhd, 12)?))
    }
}

fn ms(duration: u64, time_scale: u32) -> u64 {
    let ms = u128::from(duration) * 1000 / u128::from(time_scale.max(1));
    u64::try_from(ms).unwrap_or(u64::MAX)
}

/// An amount over a track's length. The length is that of its samples, which no header can lie about.
fn per_second(amount: u64, track: &Track) -> f64 {
    if track.samples.duration == 0 {
        return 0.0;
    }
    let rate = amount as f64 * f64::from(track.time_scale) / track.samples.duration as f64;
    (rate * 1000.0).round() / 1000.0
}

fn bitrate(track: &Track) -> u64 {
    // A cast from f64 saturates.
    per_second(track.samples.bytes.saturating_mul(8), track) as u64
}

fn audio(source: &mut Source<'_>, track: &Track) -> Result<Option<AudioTrack>, Broken> {
    let Some(sound) = &track.sound else { return Ok(None) };
    let (mut channels, mut sample_rate) = (sound.channels, sound.sample_rate);
    // An entry for MP3 says "stereo" of everything; its first frame is right.
    if let (b"mp3", Some(first)) = (sound.codec.as_bytes(), track.samples.first.filter(|first| first + 4 <= source.len())) {
        source.seek(first)?;
        channels = codec::mp3_channels(source.array()?).unwrap_or(channels);
    }
    // 96 kHz does not fit into the entry's 16 bits; sound is timed in samples.
    if sample_rate == 0 {
        sample_rate = track.time_scale;
    }
    Ok(Some(AudioTrack { codec: sound.codec.clone(), channels, sample_rate, bitrate: bitrate(track) }))
}
