//! JPEG: a chain of segments, then the picture's data, then an end marker that a cut file does not have.

use super::source::{Source, be16};
use super::{Broken, Format, Probe, colour, exif, pictures};

const END: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP3: u8 = 0xe3;

pub(super) fn read(source: &mut Source<'_>) -> Result<Probe, Broken> {
    pictures::bounded(source)?;
    source.skip(2)?;
    let mut size = None;
    let mut orientation = 1;
    let mut scanned = false;
    let (mut multi_picture, mut icc) = (false, false);
    let mut segments = 0;
    loop {
        let marker = next_marker(source, scanned)?;
        match marker {
            // What comes behind it (padding, the video of a motion photo) is none of the picture.
            END => break,
            // Stuffed zeros and restarts belong to the scan; a start or a lone 0x01 has no length.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        segments += 1;
        if segments > pictures::MOST_BLOCKS {
            return Err(Broken::damaged("it has more parts than any picture has"));
        }
        let length = u64::from(u16::from_be_bytes(source.array()?));
        let body = length.checked_sub(2).ok_or_else(|| Broken::damaged("a part of the picture has an impossible length"))?;
        if body > source.left() {
            return Err(Broken::cut_off());
        }
        let next = source.at() + body;
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let frame = source.vec(body, 8)?;
                let (height, width) = (be16(&frame, 1), be16(&frame, 3));
                size = size.or(width.zip(height));
            }
            APP1 if orientation == 1 => {
                let block = source.vec(body, exif::MOST)?;
                if block.starts_with(b"Exif\0\0") {
                    orientation = exif::orientation(&block);
                }
            }
            APP2 => {
                let block = source.vec(body, u64::from(u16::MAX))?;
                multi_picture |= block.starts_with(b"MPF\0");
                // A long profile is spread over several segments, and numbers them from 1; its name stands in the first.
                if let Some([1, _, profile @ ..]) = block.strip_prefix(b"ICC_PROFILE\0") {
                    icc = !colour::is_srgb(profile);
                }
            }
            APP3 => multi_picture |= source.vec(body, 8)?.starts_with(b"_JPSJPS_"),
            START_OF_SCAN => scanned = true,
            _ => {}
        }
        source.seek(next)?;
    }
    match size {
        Some((width, height)) if scanned => {
            let stored = (u32::from(width), u32::from(height));
            Ok(Probe { multi_picture, icc, ..Probe::picture(Format::Jpeg, stored, orientation, false)? })
        }
        _ => Err(Broken::damaged("there is no picture in it")),
    }
}

/// The next byte behind a 0xff. Between segments there is nothing else; within a scan the data is passed over.
fn next_marker(source: &mut Source<'_>, in_scan: bool) -> Result<u8, Broken> {
    if in_scan {
        source.skip_past(0xff)?;
    } else if source.u8()? != 0xff {
        return Err(Broken::damaged("its parts do not follow each other"));
    }
    loop {
        match source.u8()? {
            0xff => {}
            marker => return Ok(marker),
        }
    }
}
