//! How many pictures a track has, how long they last, how many bytes they are and where the last of them ends: from
//! the sample tables of a plain file, or from the fragments.
//!
//! What must always be true: the work is bounded by the size of the tables, never by a count that a table claims.

use super::Broken;
use super::boxes::{child, children};
use super::source::{be32, be64, chunk};

/// Totals over the samples of one track.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Samples {
    pub(super) count: u64,
    pub(super) bytes: u64,
    /// In units of the track's time scale.
    pub(super) duration: u64,
    /// The place in the file behind the last byte of any sample.
    pub(super) end: u64,
}

/// Reads the tables in an `stbl`.
pub(super) fn plain(stbl: &[u8]) -> Result<Samples, Broken> {
    read_plain(stbl).ok_or_else(|| Broken::damaged("its index cannot be read"))
}

fn read_plain(stbl: &[u8]) -> Option<Samples> {
    let sizes = Sizes::read(child(stbl, b"stsz")?)?;
    let mut samples = Samples { count: sizes.count, bytes: sizes.sum(0, sizes.count), ..Samples::default() };
    for [count, delta] in entries::<8, 2>(child(stbl, b"stts")?)? {
        let lasts = u64::from(count).saturating_mul(u64::from(delta));
        samples.duration = samples.duration.saturating_add(lasts);
    }
    let mut runs = entries::<12, 3>(child(stbl, b"stsc")?)?.peekable();
    let mut per_chunk = 0;
    let mut sample = 0u64;
    for (chunk, place) in (1u64..).zip(places(stbl)?) {
        while let Some([_, samples, _]) = runs.next_if(|[first, _, _]| u64::from(*first) <= chunk) {
            per_chunk = u64::from(samples);
        }
        let bytes = sizes.sum(sample, per_chunk);
        sample = sample.saturating_add(per_chunk);
        if bytes > 0 {
            samples.end = samples.end.max(place.saturating_add(bytes));
        }
    }
    (sample >= sizes.count).then_some(samples)
}

/// Where each chunk of samples begins.
fn places(stbl: &[u8]) -> Option<Box<dyn Iterator<Item = u64> + '_>> {
    if let Some(short) = child(stbl, b"stco") {
        return Some(Box::new(entries::<4, 1>(short)?.map(|[place]| u64::from(place))));
    }
    let long = entries::<8, 2>(child(stbl, b"co64")?)?;
    Some(Box::new(long.map(|[high, low]| u64::from(high) << 32 | u64::from(low))))
}

/// The rows of a table that begins with version, flags and a count: `BYTES` wide, of `WORDS` numbers.
fn entries<const BYTES: usize, const WORDS: usize>(table: &[u8]) -> Option<impl Iterator<Item = [u32; WORDS]>> {
    let count = usize::try_from(be32(table, 4)?).ok()?;
    let rows = table.get(8..8usize.checked_add(count.checked_mul(BYTES)?)?)?;
    Some(rows.as_chunks::<BYTES>().0.iter().map(|row| {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(row.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        words
    }))
}

struct Sizes<'a> {
    /// The size of every sample, or 0 when each has its own.
    same: u64,
    each: &'a [[u8; 4]],
    count: u64,
}

impl<'a> Sizes<'a> {
    fn read(stsz: &'a [u8]) -> Option<Sizes<'a>> {
        let same = u64::from(be32(stsz, 4)?);
        let count = u64::from(be32(stsz, 8)?);
        let (each, _) = stsz.get(12..)?.as_chunks::<4>();
        let told = same > 0 || each.len() as u64 >= count;
        told.then_some(Sizes { same, each, count })
    }

    fn sum(&self, first: u64, count: u64) -> u64 {
        let last = first.saturating_add(count).min(self.count);
        if self.same > 0 {
            return last.saturating_sub(first).saturating_mul(self.same);
        }
        let range = usize::try_from(first).ok().zip(usize::try_from(last).ok());
        let sizes = range.and_then(|(first, last)| self.each.get(first..last)).unwrap_or_default();
        sizes.iter().map(|size| u64::from(u32::from_be_bytes(*size))).sum()
    }
}

/// Adds what one piece of a fragment (`traf`) holds to the totals of its track.
pub(super) fn add_fragment(samples: &mut Samples, traf: &[u8], tfhd: &[u8], defaults: Defaults) {
    let (duration, size) = fragment_defaults(tfhd, defaults);
    for (_, trun) in children(traf).filter(|(kind, _)| kind == b"trun") {
        add_run(samples, trun, duration, size);
    }
}

/// What a track says about all the samples in its fragments.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Defaults {
    duration: u32,
    size: u32,
}

impl Defaults {
    /// Finds the track's `trex` in `mvex`.
    pub(super) fn of(mvex: &[u8], track_id: u32) -> Defaults {
        let mut trexs = children(mvex).filter(|(kind, _)| kind == b"trex").map(|(_, trex)| trex);
        let trex = trexs.find(|trex| be32(trex, 4) == Some(track_id)).unwrap_or_default();
        Defaults { duration: be32(trex, 12).unwrap_or_default(), size: be32(trex, 16).unwrap_or_default() }
    }
}

/// Duration and size of a sample that does not bring its own.
fn fragment_defaults(tfhd: &[u8], defaults: Defaults) -> (u32, u32) {
    let flags = be32(tfhd, 0).unwrap_or_default();
    let mut at = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
    let mut field = |bit: u32, default: u32| {
        if flags & bit == 0 {
            return default;
        }
        let own = be32(tfhd, at).unwrap_or_default();
        at += 4;
        own
    };
    (field(0x08, defaults.duration), field(0x10, defaults.size))
}

fn add_run(samples: &mut Samples, trun: &[u8], duration: u32, size: u32) {
    let (Some(flags), Some(count)) = (be32(trun, 0), be32(trun, 4)) else {
        return;
    };
    let has = |bit: u32| flags & bit != 0;
    let words = |bit: u32| usize::from(has(bit));
    let rows = trun.get(8 + 4 * (words(0x001) + words(0x004))..).unwrap_or_default();
    let width = 4 * (words(0x100) + words(0x200) + words(0x400) + words(0x800));
    if width == 0 {
        // Nothing backs the count, so it is only multiplied.
        let count = u64::from(count);
        samples.count = samples.count.saturating_add(count);
        samples.duration = samples.duration.saturating_add(count * u64::from(duration));
        samples.bytes = samples.bytes.saturating_add(count * u64::from(size));
        return;
    }
    for row in rows.chunks_exact(width).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        let own_duration = if has(0x100) { be32(row, 0) } else { None };
        let own_size = if has(0x200) { be32(row, 4 * words(0x100)) } else { None };
        samples.count += 1;
        samples.duration = samples.duration.saturating_add(u64::from(own_duration.unwrap_or(duration)));
        samples.bytes = samples.bytes.saturating_add(u64::from(own_size.unwrap_or(size)));
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
