//! What the pieces of a fragmented video (`moof`) add to the totals of its tracks.
//!
//! What must always be true: the work is bounded by the size of the fragment's index, never by a count that it claims.

use super::boxes::{child, children};
use super::source::{be32, be64};
use super::tables::Samples;

/// Adds what one piece of a fragment (`traf`) holds to the totals of its track.
pub(super) fn add_fragment(samples: &mut Samples, traf: &[u8], tfhd: &[u8], defaults: Defaults) {
    let (duration, size) = fragment_defaults(tfhd, defaults);
    if let Some(begins) = child(traf, b"tfdt").and_then(time) {
        // A recording may count from any moment on. Where writers do not know yet how long a picture lasts, only the next one's time says it.
        let zero = *samples.zero.get_or_insert(begins.saturating_sub(samples.duration));
        samples.duration = samples.duration.max(begins.saturating_sub(zero));
    }
    for (_, trun) in children(traf).filter(|(kind, _)| kind == b"trun") {
        add_run(samples, trun, duration, size);
    }
}

/// When a fragment begins.
fn time(tfdt: &[u8]) -> Option<u64> {
    if tfdt.first() == Some(&1) { be64(tfdt, 4) } else { be32(tfdt, 4).map(u64::from) }
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
