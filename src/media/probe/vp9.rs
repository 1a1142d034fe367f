//! VP9 in WebM: no header says depth and colours, but the first picture begins with them.
//!
//! What must always be true here: a few elements are passed at most, and a few bytes of one picture read.

use super::Broken;
use super::bits::Bits;
use super::detail::{Detail, chroma};
use super::source::Source;
use super::webm::head;

const CLUSTER: u32 = 0x1f43_b675;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
/// Sound may come first, and so may an index and tags.
const MOST_PASSED: usize = 200;
/// A block's own header, and the beginning of a picture.
const PEEK: u64 = 4 + 16;

/// Looks for the track's first picture from here to `end`. Nothing where it is not found soon.
pub(super) fn first_picture(source: &mut Source<'_>, end: u64, track: u64) -> Result<Option<Detail>, Broken> {
    for _ in 0..MOST_PASSED {
        if source.at() + 12 > end.min(source.len()) {
            break;
        }
        let (id, size) = head(source)?;
        match (id, size) {
            // What is in them is looked at next.
            (CLUSTER | BLOCK_GROUP, _) => {}
            (_, None) => break,
            (id, Some(size)) => {
                let next = source.at().saturating_add(size);
                if next > end || next > source.len() {
                    break;
                }
                if id == SIMPLE_BLOCK || id == BLOCK {
                    let block = source.vec(size, PEEK)?;
                    // Numbers up to 126 take one byte, and no file has more tracks.
                    if block.first().is_some_and(|number| u64::from(number & 0x7f) == track) {
                        return Ok(block.get(4..).and_then(picture));
                    }
                }
                source.seek(next)?;
            }
        }
    }
    Ok(None)
}

/// The uncompressed header of a key frame.
fn picture(bytes: &[u8]) -> Option<Detail> {
    const RGB: u32 = 7;
    let mut bits = Bits::of(bytes);
    let marker = bits.take(2)?;
    let profile = bits.take(1)? | bits.take(1)? << 1;
    if profile == 3 {
        bits.take(1)?;
    }
    let [shown_before, not_key] = [bits.take(1)?, bits.take(1)?];
    bits.take(2)?;
    if marker != 2 || shown_before != 0 || not_key != 0 || bits.take(24)? != 0x49_8342 {
        return None;
    }
    let depth = if profile >= 2 { 10 + 2 * u8::try_from(bits.take(1)?).ok()? } else { 8 };
    let format = if bits.take(3)? == RGB {
        3
    } else {
        bits.take(1)?;
        let halved = if profile % 2 == 1 { [bits.take(1)?, bits.take(1)?] } else { [1, 1] };
        match halved {
            [0, 0] => 3,
            [_, 0] => 2,
            _ => 1,
        }
    };
    Some(Detail { profile: Some(format!("profile{profile}")), level: None, bit_depth: Some(depth), chroma: chroma(format), interlaced: false })
}
