//! Pictures decoded: rows of any of the four formats, made sRGB, into an intake.
//!
//! What must always be true: a decoder gets no more memory than the sides that the probe saw are worth, what it gives must have these
//! sides, and one that panics has refused its picture, not ended the program.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::Unmade;
use super::canvas::Intake;
use super::colour::{Colours, Ink};
use crate::media::Format;

mod gif;
mod jpeg;
mod png;
mod webp;

/// A decoded picture that is held as a whole: the most bytes.
const MOST_HELD: u64 = 320 << 20;

/// Decodes the file into `intake`.
pub(super) fn decode(path: &Path, format: Format, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let file = File::open(path).map_err(|e| Unmade::once_more("unreadable", format!("The file cannot be read from the disk: {e}.")))?;
    caught(|| match format {
        Format::Jpeg => jpeg::decode(BufReader::new(file), intake),
        Format::Png => png::decode(BufReader::new(file), intake),
        Format::Webp => webp::decode(BufReader::new(file), intake),
        Format::Gif => gif::decode(BufReader::new(file), intake),
        Format::Mp4 | Format::Mov | Format::Webm => Err(Unmade::new("not_a_picture", "This is a video, and no picture can be made of it this way.")),
    })
}

/// The same for a JPEG in memory.
pub(in crate::media) fn decode_jpeg_bytes(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), Unmade> {
    caught(|| jpeg::decode(Cursor::new(bytes), intake))
}

fn caught(work: impl FnOnce() -> Result<(), Unmade>) -> Result<(), Unmade> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Unmade::damaged("the picture in it cannot be read")))
}

fn spoilt(error: &dyn std::fmt::Display) -> Unmade {
    Unmade::damaged(&format!("the picture in it cannot be read ({error})"))
}

/// The sides must be those that the probe saw: everything was reckoned with them.
fn agree(intake: &Intake<'_>, width: u32, height: u32) -> Result<(), Unmade> {
    if intake.source == (width, height) { Ok(()) } else { Err(Unmade::damaged("it gives its size in two ways")) }
}

/// The buffer for a whole picture.
fn buffer(intake: &Intake<'_>, pixel: usize) -> Result<Vec<u8>, Unmade> {
    let bytes = u64::from(intake.source.0) * u64::from(intake.source.1) * pixel as u64;
    match usize::try_from(bytes) {
        Ok(size) if bytes <= MOST_HELD => Ok(vec![0; size]),
        _ => Err(Unmade::new(
            "too_many_pixels",
            format!("The picture has {} x {} pixels, too many to be converted here. Scale it down and upload it again.", intake.source.0, intake.source.1),
        )),
    }
}

/// Hands a decoded whole over, row by row.
fn hand_over(intake: &mut Intake<'_>, pixels: Vec<u8>, ink: Ink, profile: Option<&[u8]>) -> Result<(), Unmade> {
    let mut colours = Colours::new(ink, profile);
    let mut row = Vec::with_capacity(intake.source.0 as usize * 3);
    if ink == Ink::Rgb {
        let plain = colours.plain();
        return intake.whole(pixels, |pixels| {
            if !plain {
                row.clear();
                colours.row(pixels, &mut row)?;
                pixels.copy_from_slice(&row);
            }
            Ok(())
        });
    }
    for line in pixels.chunks_exact(intake.source.0 as usize * ink.bytes()) {
        row.clear();
        colours.row(line, &mut row)?;
        intake.row(&row)?;
    }
    Ok(())
}
