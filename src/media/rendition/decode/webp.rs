//! WebP: the picture, or the first of one that moves.

use std::io::{BufRead, Seek};

use image_webp::WebPDecoder;

use super::{agree, buffer, hand_over, spoilt};
use crate::media::rendition::Unmade;
use crate::media::rendition::canvas::Intake;
use crate::media::rendition::colour::Ink;

/// For profiles and what else stands beside the picture.
const MOST_BESIDE: usize = 16 << 20;

pub(super) fn decode(reader: impl BufRead + Seek, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let mut decoder = WebPDecoder::new(reader).map_err(|e| spoilt(&e))?;
    decoder.set_memory_limit(MOST_BESIDE);
    let (width, height) = decoder.dimensions();
    agree(intake, width, height)?;
    // A profile that cannot be read is left out.
    let profile = decoder.icc_profile().unwrap_or_default();
    let ink = if decoder.has_alpha() { Ink::Rgba } else { Ink::Rgb };
    let mut pixels = buffer(intake, ink.bytes())?;
    decoder.read_image(&mut pixels).map_err(|e| spoilt(&e))?;
    hand_over(intake, pixels, ink, profile.as_deref())
}
