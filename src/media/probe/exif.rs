//! The orientation in an EXIF block, which is a small TIFF file. Everything else in it is nobody's business here.

use super::source::chunk;

/// More than any camera writes; JPEG cannot hold more than 64 KiB anyway.
pub(super) const MOST: u64 = 1 << 20;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;

/// 1 to 8; 1 where the block says nothing, or nothing sensible: a picture with a spoilt EXIF block is still a picture.
pub(super) fn orientation(block: &[u8]) -> u8 {
    // PNG and some WebP writers leave JPEG's prefix in.
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    read(tiff).filter(|turn| (1..=8).contains(turn)).unwrap_or(1)
}

fn read(tiff: &[u8]) -> Option<u8> {
    let little = match chunk::<4>(tiff, 0)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let u16_at = |at| chunk(tiff, at).map(if little { u16::from_le_bytes } else { u16::from_be_bytes });
    let u32_at = |at| chunk(tiff, at).map(if little { u32::from_le_bytes } else { u32::from_be_bytes });
    let directory = usize::try_from(u32_at(4)?).ok()?;
    let entries = u16_at(directory)?;
    for entry in 0..usize::from(entries) {
        let at = directory.checked_add(2)?.checked_add(entry * 12)?;
        if u16_at(at)? == ORIENTATION && u16_at(at + 2)? == SHORT {
            return u8::try_from(u16_at(at + 8)?).ok();
        }
    }
    None
}
