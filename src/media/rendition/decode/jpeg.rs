//! JPEG. What print shops write (CMYK) goes through its own profile where there is one, and is mixed by the plain formula where not.

use std::io::Read;

use jpeg_decoder::{Decoder, PixelFormat};

use super::{MOST_HELD, agree, hand_over, spoilt};
use crate::media::rendition::Unmade;
use crate::media::rendition::canvas::Intake;
use crate::media::rendition::colour::Ink;

pub(super) fn decode(reader: impl Read, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let mut decoder = Decoder::new(reader);
    decoder.set_max_decoding_buffer_size(usize::try_from(MOST_HELD).unwrap_or(usize::MAX));
    decoder.read_info().map_err(|e| spoilt(&e))?;
    let info = decoder.info().ok_or_else(|| Unmade::damaged("there is no picture in it"))?;
    agree(intake, u32::from(info.width), u32::from(info.height))?;
    let ink = match info.pixel_format {
        PixelFormat::L8 => Ink::Gray,
        PixelFormat::RGB24 => Ink::Rgb,
        PixelFormat::CMYK32 => Ink::Cmyk,
        PixelFormat::L16 => {
            return Err(Unmade::new(
                "unusual_colours",
                "The picture stores its colours in a way that cannot be converted here. Save it as an ordinary JPEG in a picture program, and upload that.",
            ));
        }
    };
    let pixels = decoder.decode().map_err(|e| spoilt(&e))?;
    if pixels.len() as u64 != u64::from(intake.source.0) * u64::from(intake.source.1) * ink.bytes() as u64 {
        return Err(Unmade::damaged("its rows are not as long as it says"));
    }
    let profile = decoder.icc_profile();
    hand_over(intake, pixels, ink, profile.as_deref())
}
