//! GIF: the first picture, at its place on a clear canvas.

use std::io::Read;
use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::{MOST_HELD, agree, buffer, hand_over, spoilt};
use crate::media::rendition::Unmade;
use crate::media::rendition::canvas::Intake;
use crate::media::rendition::colour::Ink;

pub(super) fn decode(reader: impl Read, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    if let Some(most) = NonZeroU64::new(MOST_HELD) {
        options.set_memory_limit(MemoryLimit::Bytes(most));
    }
    let mut decoder = options.read_info(reader).map_err(|e| spoilt(&e))?;
    agree(intake, u32::from(decoder.width()), u32::from(decoder.height()))?;
    let mut canvas = buffer(intake, 4)?;
    let frame = decoder.read_next_frame().map_err(|e| spoilt(&e))?.ok_or_else(|| Unmade::damaged("there is no picture in it"))?;
    let (left, row) = (usize::from(frame.left) * 4, usize::from(frame.width) * 4);
    let lines = canvas.chunks_exact_mut((intake.source.0 as usize * 4).max(1)).skip(usize::from(frame.top));
    for (to, from) in lines.zip(frame.buffer.chunks_exact(row.max(1))) {
        // What hangs over the edge of the canvas is not seen.
        for (to, from) in to.iter_mut().skip(left).zip(from) {
            *to = *from;
        }
    }
    hand_over(intake, canvas, Ink::Rgba, None)
}
