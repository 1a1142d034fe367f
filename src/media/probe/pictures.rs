//! PNG, WebP and GIF: each a chain of blocks whose lengths must lead to its end.

use super::source::{Source, be32, chunk};
use super::{Broken, Format, Probe, exif};

/// Ten times what any platform takes; reading through this much takes a moment at most.
const LARGEST: u64 = 256 << 20;
pub(super) const MOST_BLOCKS: usize = 1_000_000;

pub(super) fn bounded(source: &Source<'_>) -> Result<(), Broken> {
    if source.len() > LARGEST {
        return Err(Broken::new("too_large", "The picture's file is larger than 256 MiB. Save it smaller and upload it again."));
    }
    Ok(())
}

pub(super) fn png(source: &mut Source<'_>) -> Result<Probe, Broken> {
    bounded(source)?;
    source.skip(8)?;
    let mut size = None;
    let (mut orientation, mut animated, mut data) = (1, false, false);
    for _ in 0..MOST_BLOCKS {
        let length = u64::from(u32::from_be_bytes(source.array()?));
        let kind: [u8; 4] = source.array()?;
        let next = source.at() + length + 4;
        if next > source.len() {
            return Err(Broken::truncated("the picture", source.len(), next));
        }
        match &kind {
            b"IHDR" if size.is_none() => {
                let header = source.vec(length, 8)?;
                size = be32(&header, 0).zip(be32(&header, 4));
            }
            _ if size.is_none() => return Err(Broken::damaged("its header is missing")),
            b"eXIf" => orientation = exif::orientation(&source.vec(length, exif::MOST)?),
            b"acTL" => animated = true,
            b"IDAT" => data = true,
            b"IEND" if data => {
                return Probe::picture(Format::Png, size.unwrap_or_default(), orientation, animated);
            }
            b"IEND" => return Err(Broken::damaged("there is no picture in it")),
            _ => {}
        }
        source.seek(next)?;
    }
    Err(Broken::damaged("it has more parts than any picture has"))
}

pub(super) fn webp(source: &mut Source<'_>) -> Result<Probe, Broken> {
    bounded(source)?;
    source.skip(4)?;
    let end = u64::from(u32::from_le_bytes(source.array()?)) + 8;
    if end > source.len() {
        return Err(Broken::truncated("the picture", source.len(), end));
    }
    source.skip(4)?;
    let mut size = None;
    let (mut orientation, mut animated, mut data) = (1, false, false);
    for _ in 0..MOST_BLOCKS {
        if source.at() + 8 > end {
            break;
        }
        let kind: [u8; 4] = source.array()?;
        let length = u64::from(u32::from_le_bytes(source.array()?));
        // Blocks are padded to even lengths; some writers leave the last one's padding out.
        let next = source.at() + length;
        if next > end {
            return Err(Broken::damaged("its parts are longer than the picture"));
        }
        let padded = (next + length % 2).min(end);
        match &kind {
            b"VP8X" => {
                let head = source.vec(length, 10)?;
                animated = head.first().is_some_and(|flags| flags & 2 != 0);
                size = le24(&head, 4).zip(le24(&head, 7)).map(|(w, h)| (w + 1, h + 1));
            }
            b"VP8 " => {
                data = true;
                let head = source.vec(length, 10)?;
                let side = |at| chunk(&head, at).map(|b| u32::from(u16::from_le_bytes(b)) & 0x3fff);
                size = size.or(side(6).zip(side(8)));
            }
            b"VP8L" => {
                data = true;
                let bits = chunk(&source.vec(length, 5)?, 1).map(u32::from_le_bytes);
                size = size.or(bits.map(|b| ((b & 0x3fff) + 1, (b >> 14 & 0x3fff) + 1)));
            }
            b"ANMF" => data = true,
            b"EXIF" => orientation = exif::orientation(&source.vec(length, exif::MOST)?),
            _ => {}
        }
        source.seek(padded)?;
    }
    match size {
        Some(stored) if data => Probe::picture(Format::Webp, stored, orientation, animated),
        _ => Err(Broken::damaged("there is no picture in it")),
    }
}

pub(super) fn gif(source: &mut Source<'_>) -> Result<Probe, Broken> {
    bounded(source)?;
    source.skip(6)?;
    let side = |bytes| u32::from(u16::from_le_bytes(bytes));
    let (width, height) = (side(source.array()?), side(source.array()?));
    let [flags, _, _] = source.array()?;
    source.skip(palette(flags))?;
    let mut frames = 0u64;
    loop {
        match source.u8()? {
            0x21 => {
                source.skip(1)?;
                skip_sub_blocks(source)?;
            }
            0x2c => {
                frames += 1;
                source.skip(8)?;
                let flags = source.u8()?;
                source.skip(palette(flags) + 1)?;
                skip_sub_blocks(source)?;
            }
            0x3b if frames > 0 => {
                return Probe::picture(Format::Gif, (width, height), 1, frames > 1);
            }
            _ => return Err(Broken::damaged("its parts do not follow each other")),
        }
    }
}

fn palette(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn skip_sub_blocks(source: &mut Source<'_>) -> Result<(), Broken> {
    loop {
        match source.u8()? {
            0 => return Ok(()),
            length => source.skip(u64::from(length))?,
        }
    }
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = chunk(bytes, at)?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}
