//! Colours into sRGB without transparency: a row of whatever a decoder gives, through the picture's own profile, onto white.
//!
//! What must always be true: a profile that cannot be read, or is about other colours than the picture has, is left out; it never spoils the picture.

use std::fmt;
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::Unmade;

/// What one pixel of a decoder's row consists of, a byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// As Adobe's programs write it: 255 is no ink.
    InvertedCmyk,
}

impl Ink {
    pub(super) fn bytes(self) -> usize {
        match self {
            Ink::Gray => 1,
            Ink::GrayAlpha => 2,
            Ink::Rgb => 3,
            Ink::Rgba | Ink::InvertedCmyk => 4,
        }
    }

    fn space(self) -> DataColorSpace {
        match self {
            Ink::Gray | Ink::GrayAlpha => DataColorSpace::Gray,
            Ink::Rgb | Ink::Rgba => DataColorSpace::Rgb,
            Ink::InvertedCmyk => DataColorSpace::Cmyk,
        }
    }

    /// How the transform reads it, and what it makes of it.
    fn layouts(self) -> (Layout, Layout) {
        match self {
            Ink::Gray => (Layout::Gray, Layout::Rgb),
            Ink::GrayAlpha => (Layout::GrayAlpha, Layout::Rgba),
            Ink::Rgb => (Layout::Rgb, Layout::Rgb),
            Ink::Rgba => (Layout::Rgba, Layout::Rgba),
            Ink::InvertedCmyk => (Layout::Rgba, Layout::Rgb),
        }
    }
}

/// Makes rows sRGB.
pub(super) struct Colours {
    ink: Ink,
    transform: Option<Arc<Transform8BitExecutor>>,
    between: Vec<u8>,
}

impl fmt::Debug for Colours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Colours").field("ink", &self.ink).field("profile", &self.transform.is_some()).finish_non_exhaustive()
    }
}

impl Colours {
    pub(super) fn new(ink: Ink, profile: Option<&[u8]>) -> Colours {
        Colours { ink, transform: profile.and_then(|profile| transform(ink, profile)), between: Vec::new() }
    }

    /// Nothing needs to be done to a row.
    pub(super) fn plain(&self) -> bool {
        self.ink == Ink::Rgb && self.transform.is_none()
    }

    /// Appends the row's pixels, three bytes each, to `to`.
    pub(super) fn row(&mut self, row: &[u8], to: &mut Vec<u8>) -> Result<(), Unmade> {
        let pixels = row.len() / self.ink.bytes();
        let Some(transform) = &self.transform else {
            by_hand(self.ink, row, to);
            return Ok(());
        };
        let failed = |e: moxcms::CmsError| Unmade::damaged(&format!("its colours cannot be converted ({e})"));
        let inverted: Vec<u8>;
        let row = if self.ink == Ink::InvertedCmyk {
            inverted = row.iter().map(|value| 255 - value).collect();
            &inverted
        } else {
            row
        };
        if self.ink.layouts().1 == Layout::Rgba {
            self.between.resize(pixels * 4, 0);
            transform.transform(row, &mut self.between).map_err(failed)?;
            by_hand(Ink::Rgba, &self.between, to);
            return Ok(());
        }
        let begin = to.len();
        to.resize(begin + pixels * 3, 0);
        transform.transform(row, to.get_mut(begin..).unwrap_or_default()).map_err(failed)
    }
}

fn transform(ink: Ink, profile: &[u8]) -> Option<Arc<Transform8BitExecutor>> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    if source.color_space != ink.space() {
        return None;
    }
    let (from, to) = ink.layouts();
    source.create_transform_8bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default()).ok()
}

fn by_hand(ink: Ink, row: &[u8], to: &mut Vec<u8>) {
    let on_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
    };
    let inked = |value: u8, black: u8| u8::try_from((u32::from(value) * u32::from(black) + 127) / 255).unwrap_or(u8::MAX);
    match ink {
        Ink::Gray => to.extend(row.iter().flat_map(|v| [*v; 3])),
        Ink::GrayAlpha => to.extend(row.as_chunks::<2>().0.iter().flat_map(|[v, a]| [on_white(*v, *a); 3])),
        Ink::Rgb => to.extend_from_slice(row),
        Ink::Rgba => {
            for [r, g, b, a] in row.as_chunks::<4>().0 {
                match a {
                    255 => to.extend_from_slice(&[*r, *g, *b]),
                    a => to.extend_from_slice(&[on_white(*r, *a), on_white(*g, *a), on_white(*b, *a)]),
                }
            }
        }
        Ink::InvertedCmyk => to.extend(row.as_chunks::<4>().0.iter().flat_map(|[c, m, y, k]| [inked(*c, *k), inked(*m, *k), inked(*y, *k)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(ink: Ink, profile: Option<&[u8]>, pixel: &[u8]) -> [u8; 3] {
        let mut to = Vec::new();
        Colours::new(ink, profile).row(pixel, &mut to).unwrap();
        to.try_into().unwrap()
    }

    fn near(found: [u8; 3], wanted: [u8; 3]) {
        assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?} and not {wanted:?}");
    }

    #[test]
    fn what_is_clear_becomes_white() {
        assert_eq!(one(Ink::Rgba, None, &[10, 20, 30, 255]), [10, 20, 30]);
        assert_eq!(one(Ink::Rgba, None, &[10, 20, 30, 0]), [255, 255, 255]);
        assert_eq!(one(Ink::Rgba, None, &[0, 100, 255, 128]), [127, 177, 255]);
        assert_eq!(one(Ink::GrayAlpha, None, &[0, 51]), [204; 3]);
        assert_eq!(one(Ink::Gray, None, &[77]), [77; 3]);
        assert_eq!(one(Ink::InvertedCmyk, None, &[255, 255, 0, 255]), [255, 255, 0]);
        assert_eq!(one(Ink::InvertedCmyk, None, &[255, 255, 255, 0]), [0, 0, 0]);
    }

    /// Reference values are those of the published matrices and curves of both spaces.
    #[test]
    fn a_profile_is_applied() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        near(one(Ink::Rgb, Some(&p3), &[128, 128, 128]), [128, 128, 128]);
        // Display P3 (200, 100, 50) is sRGB (214.9, 92.6, 31.0), Adobe RGB (100, 150, 200) is (66.0, 151.4, 203.1).
        near(one(Ink::Rgb, Some(&p3), &[200, 100, 50]), P3_IN_SRGB);
        let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
        near(one(Ink::Rgb, Some(&adobe), &[100, 150, 200]), ADOBE_IN_SRGB);
        near(one(Ink::Rgba, Some(&p3), &[200, 100, 50, 255]), P3_IN_SRGB);
        assert_eq!(one(Ink::Rgba, Some(&p3), &[200, 100, 50, 0]), [255; 3]);
        // Linear gray 55 of 255 is displayed like 128 of 255 in sRGB.
        let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        near(one(Ink::Gray, Some(&linear), &[55]), [128; 3]);
    }

    const P3_IN_SRGB: [u8; 3] = [215, 93, 31];
    const ADOBE_IN_SRGB: [u8; 3] = [66, 151, 203];

    #[test]
    fn a_profile_that_does_not_fit_is_left_out() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        assert_eq!(one(Ink::Gray, Some(&p3), &[99]), [99; 3]);
        assert_eq!(one(Ink::Rgb, Some(&p3[..p3.len() / 2]), &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(one(Ink::Rgb, Some(b"not a profile"), &[1, 2, 3]), [1, 2, 3]);
        assert!(Colours::new(Ink::Rgb, None).plain());
    }
}
