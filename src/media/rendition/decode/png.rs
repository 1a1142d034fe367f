//! PNG, row by row: a large one is never held as a whole, unless it is interlaced.

use std::io::{BufRead, Seek};

use ::png::{ColorType, Decoder, Limits, Transformations};

use super::{agree, buffer, hand_over, spoilt};
use crate::media::rendition::Unmade;
use crate::media::rendition::canvas::Intake;
use crate::media::rendition::colour::{Colours, Ink};

/// For profiles, texts and rows.
const MOST_BESIDE: usize = 16 << 20;

pub(super) fn decode(reader: impl BufRead + Seek, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let mut decoder = Decoder::new_with_limits(reader, Limits { bytes: MOST_BESIDE });
    decoder.set_ignore_text_chunk(true);
    // Palettes, few bits and a transparent colour become whole bytes; of 16 bits the upper eight stay.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|e| spoilt(&e))?;
    let info = reader.info();
    agree(intake, info.width, info.height)?;
    let profile = info.icc_profile.as_ref().map(|profile| profile.to_vec());
    let interlaced = info.interlaced;
    let ink = match reader.output_color_type().0 {
        ColorType::Grayscale => Ink::Gray,
        ColorType::GrayscaleAlpha => Ink::GrayAlpha,
        ColorType::Rgb => Ink::Rgb,
        ColorType::Rgba => Ink::Rgba,
        ColorType::Indexed => return Err(Unmade::damaged("its palette is missing")),
    };
    if interlaced {
        let mut pixels = buffer(intake, ink.bytes())?;
        reader.next_frame(&mut pixels).map_err(|e| spoilt(&e))?;
        return hand_over(intake, pixels, ink, profile.as_deref());
    }
    let mut colours = Colours::new(ink, profile.as_deref());
    let mut rgb = Vec::with_capacity(intake.source.0 as usize * 3);
    for _ in 0..intake.source.1 {
        let row = reader.next_row().map_err(|e| spoilt(&e))?.ok_or_else(|| Unmade::damaged("its last part is missing"))?;
        rgb.clear();
        colours.row(row.data(), &mut rgb)?;
        intake.row(&rgb)?;
    }
    Ok(())
}
