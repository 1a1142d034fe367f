//! How many pictures a track has, how long they last, how many bytes they are and where the last of them ends, from the
//! sample tables of a plain file.
//!
//! What must always be true: the work is bounded by the size of the tables, never by a count that a table claims; and of
//! each table no more than a window is held, since those of a film are megabytes.

use super::Broken;
use super::source::{Source, be32, be64, chunk};
use super::tree::{Boxes, Span};

/// What is held of a table at a time.
const WINDOW: u64 = 48 * 1024;

/// Totals over the samples of one track.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Samples {
    pub(super) count: u64,
    pub(super) bytes: u64,
    /// In units of the track's time scale.
    pub(super) duration: u64,
    /// The place in the file behind the last byte of any sample.
    pub(super) end: u64,
    /// Where the first sample begins, if there is any outside of fragments.
    pub(super) first: Option<u64>,
    /// The time from which the fragments count.
    pub(super) zero: Option<u64>,
}

/// Reads the tables in an `stbl`.
pub(super) fn plain(source: &mut Source<'_>, stbl: &Boxes) -> Result<Samples, Broken> {
    read_plain(source, stbl)?.ok_or_else(|| Broken::damaged("its index cannot be read"))
}

fn read_plain(source: &mut Source<'_>, stbl: &Boxes) -> Result<Option<Samples>, Broken> {
    let (Some(sizes), Some(times), Some(runs)) = (Sizes::of(source, stbl)?, Rows::<2>::of(source, stbl, b"stts", 4)?, Rows::<3>::of(source, stbl, b"stsc", 4)?)
    else {
        return Ok(None);
    };
    let (short, long) = (Rows::<1>::of(source, stbl, b"stco", 4)?, Rows::<2>::of(source, stbl, b"co64", 4)?);
    let Some(mut places) = short.map(Places::Short).or(long.map(Places::Long)) else { return Ok(None) };
    let mut samples = Samples { count: sizes.count, duration: duration(source, times)?, ..Samples::default() };
    let (mut sizes, mut runs) = (sizes, runs);
    let mut run = runs.next(source)?;
    let mut per_chunk = 0;
    let mut chunk = 0;
    let mut placed = 0u64;
    while let Some(place) = places.next(source)? {
        chunk += 1;
        while let Some([_, count, _]) = run.filter(|[first, _, _]| u64::from(*first) <= chunk) {
            per_chunk = u64::from(count);
            run = runs.next(source)?;
        }
        let bytes = sizes.sum(source, per_chunk)?;
        placed = placed.saturating_add(per_chunk);
        samples.bytes = samples.bytes.saturating_add(bytes);
        if bytes > 0 {
            samples.first.get_or_insert(place);
            samples.end = samples.end.max(place.saturating_add(bytes));
        }
    }
    Ok((placed >= samples.count).then_some(samples))
}

fn duration(source: &mut Source<'_>, mut times: Rows<2>) -> Result<u64, Broken> {
    let mut duration = 0u64;
    while let Some([count, delta]) = times.next(source)? {
        duration = duration.saturating_add(u64::from(count).saturating_mul(u64::from(delta)));
    }
    Ok(duration)
}

/// Where each chunk of samples begins.
enum Places {
    Short(Rows<1>),
    Long(Rows<2>),
}

impl Places {
    fn next(&mut self, source: &mut Source<'_>) -> Result<Option<u64>, Broken> {
        Ok(match self {
            Places::Short(rows) => rows.next(source)?.map(|[place]| u64::from(place)),
            Places::Long(rows) => rows.next(source)?.map(|[high, low]| u64::from(high) << 32 | u64::from(low)),
        })
    }
}

/// A table's rows of `WORDS` numbers, read as they are asked for.
struct Rows<const WORDS: usize> {
    at: u64,
    left: u64,
    held: std::vec::IntoIter<[u8; 4]>,
}

impl<const WORDS: usize> Rows<WORDS> {
    const BYTES: u64 = 4 * WORDS as u64;

    /// Rows that follow a count, which stands at `count_at`. None where there is no such table, or not all of its rows.
    fn of(source: &mut Source<'_>, stbl: &Boxes, kind: &[u8; 4], count_at: u64) -> Result<Option<Rows<WORDS>>, Broken> {
        let Some((span, count)) = counted(source, stbl, kind, count_at)? else { return Ok(None) };
        let there = (span.len - count_at - 4) / Self::BYTES;
        Ok((count <= there).then(|| Rows { at: span.at + count_at + 4, left: count, held: Vec::new().into_iter() }))
    }

    fn next(&mut self, source: &mut Source<'_>) -> Result<Option<[u32; WORDS]>, Broken> {
        if self.held.len() < WORDS {
            if self.left == 0 {
                return Ok(None);
            }
            let rows = self.left.min(WINDOW / Self::BYTES);
            let window = Span { at: self.at, len: rows * Self::BYTES }.read(source, WINDOW)?;
            self.at += rows * Self::BYTES;
            self.left -= rows;
            self.held = window.as_chunks::<4>().0.to_vec().into_iter();
        }
        let mut row = [0; WORDS];
        for (word, bytes) in row.iter_mut().zip(&mut self.held) {
            *word = u32::from_be_bytes(bytes);
        }
        Ok(Some(row))
    }
}

/// A table and the count in it.
fn counted(source: &mut Source<'_>, stbl: &Boxes, kind: &[u8; 4], count_at: u64) -> Result<Option<(Span, u64)>, Broken> {
    let Some(span) = stbl.find(kind).filter(|span| span.len >= count_at + 4) else { return Ok(None) };
    source.seek(span.at + count_at)?;
    Ok(Some((span, u64::from(u32::from_be_bytes(source.array()?)))))
}

/// The sizes of samples, handed out in their order.
struct Sizes {
    /// The size of every sample, or none when each has its own.
    same: Option<u64>,
    each: Rows<1>,
    count: u64,
    given: u64,
}

impl Sizes {
    fn of(source: &mut Source<'_>, stbl: &Boxes) -> Result<Option<Sizes>, Broken> {
        let Some((span, count)) = counted(source, stbl, b"stsz", 8)? else { return Ok(None) };
        source.seek(span.at + 4)?;
        let same = Some(u64::from(u32::from_be_bytes(source.array()?))).filter(|same| *same > 0);
        if same.is_none() && count > (span.len - 12) / 4 {
            return Ok(None);
        }
        let each = Rows { at: span.at + 12, left: if same.is_some() { 0 } else { count }, held: Vec::new().into_iter() };
        Ok(Some(Sizes { same, each, count, given: 0 }))
    }

    /// The bytes of the next `count` samples, as far as there are so many.
    fn sum(&mut self, source: &mut Source<'_>, count: u64) -> Result<u64, Broken> {
        let count = count.min(self.count - self.given);
        self.given += count;
        if let Some(same) = self.same {
            return Ok(count.saturating_mul(same));
        }
        let mut bytes = 0u64;
        for _ in 0..count {
            bytes = bytes.saturating_add(self.each.next(source)?.map_or(0, |[size]| u64::from(size)));
        }
        Ok(bytes)
    }
}

/// Does this `elst` do more than skip an encoder's delay at the start? `time_scale` is the track's.
pub(super) fn rearranges(elst: &[u8], time_scale: u32) -> bool {
    let wide = elst.first() == Some(&1);
    let count = be32(elst, 4).unwrap_or_default();
    let (start, rate) =
        if wide { (be64(elst, 16).map(u64::cast_signed), be32(elst, 24)) } else { (chunk(elst, 12).map(i32::from_be_bytes).map(i64::from), be32(elst, 16)) };
    match (count, start, rate) {
        (0, _, _) => false,
        (1, Some(start), Some(0x0001_0000)) => start < 0 || start > i64::from(time_scale / 4),
        _ => true,
    }
}
