//! The boxes of MP4 and MOV: the top level of a file, walked without reading what is in it, and boxes within a box.

use super::source::{Source, chunk};
use super::{AGAIN, Broken};

/// A day of one-second fragments has fewer.
const MOST_BOXES: usize = 300_000;
/// Above this, a box's size is nonsense rather than the size of something that is missing.
const LARGEST_FILE: u64 = 1 << 50;

/// Where the parts of a file lie. All ranges lie within the file.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Place of the index' contents, and their length.
    pub(super) moov: Option<(u64, u64)>,
    pub(super) first_mdat: Option<u64>,
    pub(super) last_mdat: Option<u64>,
    /// Place and length of the contents of each fragment's index.
    pub(super) moofs: Vec<(u64, u64)>,
}

pub(super) fn layout(source: &mut Source<'_>) -> Result<Layout, Broken> {
    let mut layout = Layout::default();
    for _ in 0..MOST_BOXES {
        let start = source.at();
        if source.left() < 8 {
            // Some tools pad with zeros. Anything else is the beginning of a box that is not there.
            let rest = source.vec(source.left(), 8)?;
            return if rest.iter().all(|b| *b == 0) { Ok(layout) } else { Err(Broken::cut_off()) };
        }
        let short = u32::from_be_bytes(source.array()?);
        let kind: [u8; 4] = source.array()?;
        let size = match short {
            0 if kind == [0; 4] => return Ok(layout),
            0 => source.len() - start,
            1 => u64::from_be_bytes(source.array()?),
            short => u64::from(short),
        };
        let header = source.at() - start;
        let end = start.checked_add(size).filter(|end| *end < LARGEST_FILE);
        let (Some(end), Some(body)) = (end, size.checked_sub(header)) else {
            return Err(Broken::damaged("one of its parts has an impossible length"));
        };
        if end > source.len() {
            let part = match &kind {
                b"mdat" => "its video data",
                b"moov" => "its index",
                _ => "its last part",
            };
            return Err(Broken::truncated(part, source.len(), end));
        }
        match &kind {
            b"moov" if layout.moov.is_none() => layout.moov = Some((start + header, body)),
            b"moof" => layout.moofs.push((start + header, body)),
            b"mdat" => {
                layout.first_mdat.get_or_insert(start);
                layout.last_mdat = Some(start);
            }
            _ => {}
        }
        source.seek(end)?;
    }
    Err(Broken::new("too_many_parts", format!("The file has more parts than any video has. {AGAIN}")))
}

/// The boxes in `bytes`, one after the other. Stops quietly at the first that is not whole: what was needed and is
/// missing then is noticed by whoever needed it.
pub(super) fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let short = chunk(bytes, 0).map(u32::from_be_bytes)?;
        let kind = chunk(bytes, 4)?;
        let (header, size) = match short {
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(chunk(bytes, 8).map(u64::from_be_bytes)?).ok()?),
            short => (8, usize::try_from(short).ok()?),
        };
        let body = bytes.get(header..size)?;
        bytes = bytes.get(size..)?;
        Some((kind, body))
    })
}

/// The first box of this kind in `bytes`.
pub(super) fn child<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    children(bytes).find(|(found, _)| found == kind).map(|(_, body)| body)
}

/// The first box at the end of this path of kinds.
pub(super) fn descend<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, kind| child(bytes, kind))
}
