//! MP4 and MOV: the index (`moov`) says what is in the file and where; the walk over the top level says what is there.

use super::boxes::{Layout, child, children, descend, layout};
use super::source::{Source, be32, be64, chunk};
use super::tables::{Defaults, Samples, add_fragment, plain, rearranges};
use super::{AGAIN, AudioTrack, Broken, Format, Probe, VideoTrack, codec, turned};

const LARGEST_INDEX: u64 = 64 << 20;
/// A fragment's index covers seconds, not hours.
const LARGEST_FRAGMENT: u64 = 4 << 20;
const LARGEST_FRAGMENTS: u64 = 256 << 20;
const MOST_TRACKS: usize = 64;

pub(super) fn read(source: &mut Source<'_>, format: Format) -> Result<Probe, Broken> {
    let layout = layout(source)?;
    let (place, length) = layout.moov.ok_or_else(|| no_index(&layout))?;
    if length > LARGEST_INDEX {
        return Err(Broken::new("index_too_large", format!("The video's index is larger than 64 MiB, which no real video needs. {AGAIN}")));
    }
    source.seek(place)?;
    let moov = source.vec(length, LARGEST_INDEX)?;
    let mvex = child(&moov, b"mvex");
    let mut tracks = tracks(&moov)?;
    if let Some(mvex) = mvex {
        add_fragments(source, &layout, mvex, &mut tracks)?;
    }
    let end = tracks.iter().map(|track| track.samples.end).max().unwrap_or_default();
    if end > source.len() {
        return Err(Broken::truncated("its video data", source.len(), end));
    }
    if layout.last_mdat.is_none() {
        return Err(Broken::cut_off());
    }
    // A cover picture may be stored as a track of its own, of one sample.
    let pictures = tracks.iter().filter(|track| track.kind == *b"vide");
    let picture = pictures.max_by_key(|track| track.samples.count);
    let Some(picture) = picture else {
        return Err(Broken::new("no_video", "There is no picture in this file, only sound or data. Upload a video that has one."));
    };
    let entry = codec::picture(picture.stsd).ok_or_else(|| Broken::damaged("it does not say how its picture is stored"))?;
    if entry.protected {
        return Err(Broken::new("protected", "The video is copy-protected, and no platform can play it. Upload one without protection."));
    }
    if picture.samples.count == 0 || entry.width == 0 || entry.height == 0 {
        return Err(Broken::new("no_video", format!("There is not a single picture in the video. {AGAIN}")));
    }
    let (width, height) = turned(picture.orientation, entry.width, entry.height);
    let sound = tracks.iter().find(|track| track.kind == *b"soun");
    let fragmented = mvex.is_some();
    let first_data = layout.first_mdat.into_iter().chain(layout.moofs.first().map(|(moof, _)| *moof)).min();
    Ok(Probe {
        format,
        width,
        height,
        orientation: picture.orientation,
        animated: false,
        duration_ms: Some(duration_ms(&moov, &tracks, fragmented)),
        video: Some(VideoTrack {
            codec: entry.codec,
            codec_string: entry.codec_string,
            fps: per_second(picture.samples.count, picture),
            bitrate: bitrate(picture),
        }),
        audio: sound.and_then(audio),
        fast_start: first_data.is_none_or(|data| place < data),
        fragmented,
        edit_list: tracks.iter().any(|track| track.rearranged),
        multi_picture: false,
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

struct Track<'a> {
    id: u32,
    kind: [u8; 4],
    stsd: &'a [u8],
    time_scale: u32,
    orientation: u8,
    rearranged: bool,
    samples: Samples,
}

fn tracks(moov: &[u8]) -> Result<Vec<Track<'_>>, Broken> {
    let mut tracks = Vec::new();
    for (_, trak) in children(moov).filter(|(kind, _)| kind == b"trak") {
        if tracks.len() == MOST_TRACKS {
            return Err(Broken::damaged("it has more tracks than any video has"));
        }
        let unreadable = || Broken::damaged("one of its tracks cannot be read");
        let Some(kind) = descend(trak, &[b"mdia", b"hdlr"]).and_then(|hdlr| chunk(hdlr, 8)) else {
            return Err(unreadable());
        };
        // Phones add tracks of positions and moods. They need not be understood.
        if kind == *b"vide" || kind == *b"soun" {
            tracks.push(track(trak, kind).ok_or_else(unreadable)??);
        }
    }
    if tracks.is_empty() {
        return Err(Broken::new("no_tracks", format!("The file says that it is a video, but there is neither picture nor sound in it. {AGAIN}")));
    }
    Ok(tracks)
}

fn track(trak: &[u8], kind: [u8; 4]) -> Option<Result<Track<'_>, Broken>> {
    let tkhd = child(trak, b"tkhd")?;
    let wide = tkhd.first() == Some(&1);
    let id = be32(tkhd, if wide { 20 } else { 12 })?;
    let matrix = tkhd.get(if wide { 52 } else { 40 }..)?;
    let mdhd = descend(trak, &[b"mdia", b"mdhd"])?;
    let time_scale = be32(mdhd, if mdhd.first() == Some(&1) { 20 } else { 12 })?;
    let stbl = descend(trak, &[b"mdia", b"minf", b"stbl"])?;
    let stsd = child(stbl, b"stsd")?;
    let elst = descend(trak, &[b"edts", b"elst"]);
    Some(plain(stbl).map(|samples| Track {
        id,
        kind,
        stsd,
        time_scale,
        orientation: orientation(matrix),
        rearranged: elst.is_some_and(|elst| rearranges(elst, time_scale)),
        samples,
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

fn add_fragments(source: &mut Source<'_>, layout: &Layout, mvex: &[u8], tracks: &mut [Track<'_>]) -> Result<(), Broken> {
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

fn duration_ms(moov: &[u8], tracks: &[Track<'_>], fragmented: bool) -> u64 {
    let of_tracks = tracks.iter().map(|track| ms(track.samples.duration, track.time_scale)).max();
    let of_tracks = of_tracks.unwrap_or_default();
    // The header's word counts, as it knows of edit lists. In fragments it is about the part before them.
    match child(moov, b"mvhd").and_then(header_ms) {
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
fn per_second(amount: u64, track: &Track<'_>) -> f64 {
    if track.samples.duration == 0 {
        return 0.0;
    }
    let rate = amount as f64 * f64::from(track.time_scale) / track.samples.duration as f64;
    (rate * 1000.0).round() / 1000.0
}

fn bitrate(track: &Track<'_>) -> u64 {
    // A cast from f64 saturates.
    per_second(track.samples.bytes.saturating_mul(8), track) as u64
}

fn audio(track: &Track<'_>) -> Option<AudioTrack> {
    let sound = codec::sound(track.stsd)?;
    Some(AudioTrack {
        codec: sound.codec,
        channels: sound.channels,
        // 96 kHz does not fit into the entry's 16 bits; sound is timed in samples.
        sample_rate: if sound.sample_rate == 0 { track.time_scale } else { sound.sample_rate },
        bitrate: bitrate(track),
    })
}
