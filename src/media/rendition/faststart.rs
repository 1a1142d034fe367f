//! The index (`moov`) of an MP4 or MOV moved to its front, without touching anything else.
//!
//! What must always be true: every byte but the index' is copied as it was, in its order; an address that cannot be moved for sure makes
//! the whole be refused. Memory: the index twice, and a buffer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::index::rebuilt;
use super::{Unmade, Watch};
use crate::media::{Received, Store, TooLarge};

const LARGEST_INDEX: u64 = 64 << 20;
const MOST_BOXES: usize = 100_000;
/// Of a `meta` box beside the index: it may hold addresses of its own.
const LARGEST_META: u64 = 16 << 20;

pub(super) fn make(source: &Path, max_bytes: u64, store: &Store, watch: &dyn Watch) -> Result<Received, Unmade> {
    let unreadable = |e: io::Error| Unmade::once_more("unreadable", format!("The file cannot be read from the disk: {e}."));
    let mut file = File::open(source).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let places = places(&mut file, length)?;
    let (start, end) = places.index;
    let index = read(&mut file, places.contents, end)?;
    let front = rebuilt(&index, &|address, new_length| match address {
        // Data before the place where the index comes to stand stays where it is.
        address if address < places.head => Some(address),
        address if address < start => address.checked_add(new_length),
        address if address < end => None,
        address => (address - (end - start)).checked_add(new_length),
    })?;
    drop(index);
    let mut to = store.begin(max_bytes).map_err(|e| Unmade::disk(&e))?;
    let mut copied = 0;
    let mut copy = |from: u64, until: u64, to: &mut dyn Write| -> Result<(), Unmade> {
        file.seek(SeekFrom::Start(from)).map_err(unreadable)?;
        let mut left = until - from;
        let mut buffer = vec![0; 1 << 20];
        while left > 0 {
            if watch.stopped() {
                return Err(Unmade::stopped());
            }
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let piece = buffer.get_mut(..size).unwrap_or_default();
            file.read_exact(piece).map_err(unreadable)?;
            to.write_all(piece).map_err(|e| not_written(&e))?;
            left -= size as u64;
            copied += size as u64;
            watch.progress(u8::try_from(copied.saturating_mul(95) / length.max(1)).unwrap_or(95).min(95));
        }
        Ok(())
    };
    copy(0, places.head, &mut to)?;
    to.write_all(&front).map_err(|e| not_written(&e))?;
    copy(places.head, start, &mut to)?;
    copy(end, length, &mut to)?;
    to.finish().map_err(|e| Unmade::disk(&e))
}

fn not_written(error: &io::Error) -> Unmade {
    match TooLarge::in_error(error) {
        Some(refused) => Unmade::not_as_planned(&refused.to_string()),
        None => Unmade::disk(error),
    }
}

/// Where the parts lie, in the whole file.
struct Places {
    /// Behind the file's type: where the index comes to stand.
    head: u64,
    /// Of the index: its box, and where its contents begin.
    index: (u64, u64),
    contents: u64,
}

fn places(file: &mut File, length: u64) -> Result<Places, Unmade> {
    let mut at = 0;
    let (mut head, mut index) = (0, None);
    for _ in 0..MOST_BOXES {
        let Some((kind, contents, end)) = header(file, at, length)? else {
            let (index, contents) = index.ok_or_else(|| Unmade::damaged("it has no index"))?;
            return Ok(Places { head, index, contents });
        };
        match &kind {
            b"ftyp" if at == 0 => head = end,
            b"moov" if index.is_none() => index = Some(((at, end), contents)),
            b"moov" | b"moof" | b"sidx" | b"mfra" => return Err(cannot_be_moved()),
            b"meta" if end - contents > LARGEST_META || read(file, contents, end)?.windows(4).any(|word| word == b"iloc") => return Err(cannot_be_moved()),
            _ => {}
        }
        at = end;
    }
    Err(cannot_be_moved())
}

/// Kind, contents and end of the box at `at`; None behind the last one.
fn header(file: &mut File, at: u64, length: u64) -> Result<Option<([u8; 4], u64, u64)>, Unmade> {
    if length.saturating_sub(at) < 8 {
        return Ok(None);
    }
    let damaged = || Unmade::damaged("one of its parts has an impossible length");
    let head = read(file, at, (at + 16).min(length))?;
    let Some(([a, b, c, d], rest)) = head.split_first_chunk() else { return Ok(None) };
    let kind = *rest.first_chunk().ok_or_else(damaged)?;
    let (header, size) = match u32::from_be_bytes([*a, *b, *c, *d]) {
        // Zeros at the end are padding.
        0 if kind == [0; 4] => return Ok(None),
        0 => (8, length - at),
        1 => (16, head.get(8..).and_then(|wide| wide.first_chunk().copied()).map(u64::from_be_bytes).ok_or_else(damaged)?),
        size => (8, u64::from(size)),
    };
    let end = at.checked_add(size).filter(|end| size >= header && *end <= length).ok_or_else(damaged)?;
    Ok(Some((kind, at + header, end)))
}

fn read(file: &mut File, from: u64, until: u64) -> Result<Vec<u8>, Unmade> {
    let size = until.checked_sub(from).filter(|size| *size <= LARGEST_INDEX).and_then(|size| usize::try_from(size).ok()).ok_or_else(cannot_be_moved)?;
    let mut bytes = vec![0; size];
    file.seek(SeekFrom::Start(from))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|e| Unmade::once_more("unreadable", format!("The file cannot be read from the disk: {e}.")))?;
    Ok(bytes)
}

pub(super) fn cannot_be_moved() -> Unmade {
    Unmade::new("index_cannot_be_moved", "The video's index cannot be moved to its front as it is built in an unusual way. It must be converted as a whole.")
}
