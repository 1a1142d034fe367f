//! JPEG. What print shops write (CMYK) goes through its own profile where that is possible, and is mixed by the plain formula where not.

use zune_core::bytestream::ZByteReaderTrait;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{agree, buffer, hand_over, spoilt};
use crate::media::rendition::Unmade;
use crate::media::rendition::canvas::Intake;
use crate::media::rendition::colour::Ink;

pub(super) fn decode(reader: impl ZByteReaderTrait, intake: &mut Intake<'_>) -> Result<(), Unmade> {
    let options = DecoderOptions::new_safe().set_max_width(65_535).set_max_height(65_535).set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(reader, options);
    decoder.decode_headers().map_err(|e| spoilt(&e))?;
    let info = decoder.info().ok_or_else(|| Unmade::damaged("there is no picture in it"))?;
    agree(intake, u32::from(info.width), u32::from(info.height))?;
    let (ink, space) = match (decoder.input_colorspace(), info.components) {
        (Some(ColorSpace::Luma), 1) => (Ink::Gray, ColorSpace::Luma),
        (Some(ColorSpace::YCbCr), 3) => (Ink::Rgb, ColorSpace::RGB),
        (Some(ColorSpace::CMYK), 4) => (Ink::InvertedCmyk, ColorSpace::CMYK),
        (Some(ColorSpace::YCCK), 4) => (Ink::Rgb, ColorSpace::RGB),
        _ => {
            return Err(Unmade::new(
                "unusual_colours",
                "The picture stores its colours in a way that cannot be converted here. Open it in a picture program, save it as an ordinary JPEG, and upload that.",
            ));
        }
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let profile = decoder.icc_profile();
    let mut pixels = buffer(intake, ink.bytes())?;
    if decoder.output_buffer_size() != Some(pixels.len()) {
        return Err(Unmade::damaged("its rows are not as long as it says"));
    }
    decoder.decode_into(&mut pixels).map_err(|e| spoilt(&e))?;
    hand_over(intake, pixels, ink, profile.as_deref())
}
