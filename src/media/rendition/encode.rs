//! A JPEG that is no larger than allowed: the quality falls step by step until it fits.
//!
//! What must always be true: the result has no metadata, is not progressive, and its sides are those of the raster.

use std::io::{self, Write};

use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use super::Unmade;
use super::canvas::Raster;

/// At the lowest of [`LADDER`], pure noise needs fewer bits for a pixel. A test holds this.
pub(super) const MOST_BITS_PER_PIXEL: u64 = 3;

/// Tables and markers; the picture's data comes on top.
pub(super) const HEADER: u64 = 1_200;

/// The first is indistinguishable from the source; full colour resolution keeps coloured letters sharp, and goes first.
const LADDER: &[(u8, SamplingFactor)] = &[
    (92, SamplingFactor::F_1_1),
    (92, SamplingFactor::F_2_2),
    (88, SamplingFactor::F_2_2),
    (84, SamplingFactor::F_2_2),
    (78, SamplingFactor::F_2_2),
    (70, SamplingFactor::F_2_2),
    (60, SamplingFactor::F_2_2),
    (45, SamplingFactor::F_2_2),
    (30, SamplingFactor::F_2_2),
    (15, SamplingFactor::F_2_2),
];

/// None where even the lowest quality is too large.
pub(in crate::media) fn within(raster: &Raster, max_bytes: u64, best: u8, stopped: &dyn Fn() -> bool) -> Result<Option<Vec<u8>>, Unmade> {
    for (quality, sampling) in LADDER.iter().filter(|(quality, _)| *quality <= best) {
        if stopped() {
            return Err(Unmade::stopped());
        }
        if let Some(jpeg) = encode(raster, *quality, *sampling, max_bytes)? {
            return Ok(Some(jpeg));
        }
    }
    Ok(None)
}

fn encode(raster: &Raster, quality: u8, sampling: SamplingFactor, max_bytes: u64) -> Result<Option<Vec<u8>>, Unmade> {
    let failed = |e: &dyn std::fmt::Display| Unmade::damaged(&format!("it cannot be written as a JPEG ({e})"));
    let (width, height) = (u16::try_from(raster.width).map_err(|e| failed(&e))?, u16::try_from(raster.height).map_err(|e| failed(&e))?);
    let mut out = Bounded { bytes: Vec::new(), most: usize::try_from(max_bytes).unwrap_or(usize::MAX), full: false };
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_optimized_huffman_tables(true);
    match encoder.encode(&raster.rgb, width, height, ColorType::Rgb) {
        Ok(()) => Ok(Some(out.bytes)),
        Err(EncodingError::IoError(_)) if out.full => Ok(None),
        Err(e) => Err(failed(&e)),
    }
}

/// Memory that is refused when it would become too much: a try that does not fit ends at once.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No picture is harder to store than noise.
    fn noise(width: u32, height: u32) -> Raster {
        let mut state = 0x9e37_79b9_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            if state & 0x8000 == 0 { 0 } else { 255 }
        };
        Raster { width, height, rgb: (0..width * height * 3).map(|_| next()).collect() }
    }

    #[test]
    fn the_quality_falls_until_it_fits() {
        let raster = noise(200, 200);
        let sizes: Vec<usize> = [60_000, 40_000, 20_000].map(|most| within(&raster, most, 92, &|| false).unwrap().unwrap().len()).to_vec();
        assert!(sizes[0] <= 60_000 && sizes[1] <= 40_000 && sizes[2] <= 20_000 && sizes[2] > 5_000, "{sizes:?}");
        assert!(within(&raster, 1_000, 92, &|| false).unwrap().is_none());
        assert_eq!(within(&raster, 1_000, 92, &|| true).unwrap_err().code, "stopped");
    }

    #[test]
    fn noise_fits_into_what_is_reckoned_with() {
        for (width, height) in [(16, 16), (320, 400), (641, 333)] {
            let raster = noise(width, height);
            let most = u64::from(width) * u64::from(height) * MOST_BITS_PER_PIXEL / 8 + HEADER;
            let (quality, sampling) = *LADDER.last().unwrap();
            let size = encode(&raster, quality, sampling, u64::MAX).unwrap().unwrap().len();
            assert!(size as u64 <= most, "{width}x{height}: {size} of {most}");
        }
    }
}
