//! PNG, WebP and GIF: each a chain of blocks whose lengths must lead to its end.

use super::source::{Source, be32, chunk};
use super::{Broken, Format, Probe, colour, exif};

/// Ten times what any platform takes; reading through this much takes a moment at most.
const LARGEST: u64 = 256 << 20;
pub(super) const MOST_BLOCKS: usize = 1_000_000;
/// The name of a colour profile stands near its beginning.
const LARGEST_PROFILE: u64 = 64 << 10;

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
    let (mut alpha, mut icc, mut cicp) = (false, false, None);
    for _ in 0..MOST_BLOCKS {
        let length = u64::from(u32::from_be_bytes(source.array()?));
        let kind: [u8; 4] = source.array()?;
        let next = source.at() + length + 4;
        if next > source.len() {
            return Err(Broken::truncated("the picture", source.len(), next));
        }
        match &kind {
            b"IHDR" if size.is_none() => {
                let header = source.vec(length, 13)?;
                size = be32(&header, 0).zip(be32(&header, 4));
                alpha = header.get(9).is_some_and(|colour| colour & 4 != 0);
            }
            _ if size.is_none() => return Err(Broken::damaged("its header is missing")),
            b"eXIf" => orientation = exif::orientation(&source.vec(length, exif::MOST)?),
            b"acTL" => animated = true,
            b"tRNS" => alpha = true,
            // The profile is compressed; its name, in plain text before it, has to do.
            b"iCCP" => icc = !colour::means_srgb(source.vec(length, 80)?.split(|b| *b == 0).next().unwrap_or_default()),
            // This one is about all that the others say.
            b"cICP" => cicp = Some(!colour::cicp_is_srgb(&source.vec(length, 4)?)),
            b"IDAT" => data = true,
            b"IEND" if data => {
                let picture = Probe::picture(Format::Png, size.unwrap_or_default(), orientation, animated)?;
                return Ok(Probe { alpha, icc: cicp.unwrap_or(icc), ..picture });
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
    let (mut alpha, mut icc) = (false, false);
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
                alpha |= head.first().is_some_and(|flags| flags & 0x10 != 0);
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
                alpha |= bits.is_some_and(|b| b >> 28 & 1 == 1);
            }
            b"ALPH" => alpha = true,
            b"ICCP" => icc = !colour::is_srgb(&source.vec(length, LARGEST_PROFILE)?),
            b"ANMF" => data = true,
            b"EXIF" => orientation = exif::orientation(&source.vec(length, exif::MOST)?),
            _ => {}
        }
        source.seek(padded)?;
    }
    match size {
        Some(stored) if data => Ok(Probe { alpha, icc, ..Probe::picture(Format::Webp, stored, orientation, animated)? }),
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
    let mut alpha = false;
    loop {
        match source.u8()? {
            0x21 => {
                // A graphic control block before a frame says whether one of its colours is transparent.
                if source.u8()? == 0xf9 && frames == 0 && source.left() >= 2 {
                    let [length, flags] = source.array()?;
                    alpha = length >= 1 && flags & 1 == 1;
                    source.seek(source.at() - 2)?;
                }
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
                return Ok(Probe { alpha, ..Probe::picture(Format::Gif, (width, height), 1, frames > 1)? });
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
