//! The arithmetic of sides: how large the result is, which part of the source is in it, and where it lies.
//!
//! What must always be true: the result is within the most allowed, and where a ratio is wanted, rounding never carries
//! it past that ratio, seen from the source: a picture cropped or padded to the nearest allowed ratio is allowed.

use super::{Fit, Shape};

/// What becomes of a picture of some size, as displayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::media) struct Layout {
    /// The result.
    pub(in crate::media) width: u32,
    pub(in crate::media) height: u32,
    /// The part of the source that is in it, around its middle.
    pub(super) part: (f64, f64),
    /// How large that part is in the result, around its middle; the rest is bars.
    pub(super) inner: (u32, u32),
}

/// Bounds of the result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) max: (u32, u32),
    pub(super) min_width: u32,
    /// The most pixels in all.
    pub(super) pixels: u64,
    pub(super) even: bool,
}

/// `source` is as displayed. None where it cannot be: a source or bound of nothing, or a ratio so extreme that a side vanishes.
pub(super) fn lay_out(source: (u32, u32), shape: Option<&Shape>, bounds: Bounds) -> Option<Layout> {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    if source.0 == 0 || source.1 == 0 {
        return None;
    }
    // The whole frame in the source's own pixels: the part kept, or the source with its bars.
    let wanted = shape.map(|shape| (shape.how, f64::from(shape.width) / f64::from(shape.height)));
    let (frame, part) = match wanted {
        None => ((width, height), (width, height)),
        Some((_, ratio)) if !(ratio.is_finite() && ratio > 0.0) => return None,
        Some((Fit::Crop, ratio)) => {
            let part = if width / height > ratio { (height * ratio, height) } else { (width, width / ratio) };
            (part, part)
        }
        Some((Fit::Pad, ratio)) => {
            let frame = if width / height > ratio { (width, width / ratio) } else { (height * ratio, height) };
            (frame, (width, height))
        }
    };
    let least = f64::from(bounds.min_width) / frame.0;
    let most = (f64::from(bounds.max.0) / frame.0).min(f64::from(bounds.max.1) / frame.1);
    let by_pixels = (bounds.pixels as f64 / (frame.0 * frame.1)).sqrt();
    let scale = least.max(1.0).min(most).min(by_pixels);
    let (out_width, out_height) = settle(frame, scale, source, shape, bounds)?;
    let inner = match wanted {
        Some((Fit::Pad, _)) => {
            let fit = (f64::from(out_width) / part.0).min(f64::from(out_height) / part.1);
            let step = if bounds.even { 2 } else { 1 };
            (side(part.0 * fit, out_width, step), side(part.1 * fit, out_height, step))
        }
        _ => (out_width, out_height),
    };
    Some(Layout { width: out_width, height: out_height, part, inner })
}

/// Whole, and where wanted even, sides; between the source's ratio and the wanted one, or on the wanted one.
fn settle(frame: (f64, f64), scale: f64, source: (u32, u32), shape: Option<&Shape>, bounds: Bounds) -> Option<(u32, u32)> {
    let step = if bounds.even { 2 } else { 1 };
    // A hair is added, as 4032 * (1440 / 4032) may fall short of 1440.
    let down = |length: f64| (length + 1e-6).floor() as u32 / step * step;
    let fits = |w: u32, h: u32| w <= bounds.max.0 && h <= bounds.max.1 && u64::from(w) * u64::from(h) <= bounds.pixels;
    let (wide, high) = (frame.0 * scale, frame.1 * scale);
    let Some(Shape { width: a, height: b, .. }) = shape else {
        let round = |length: f64| if bounds.even { down(length) } else { length.round() as u32 };
        let rounded = (round(wide).max(step), round(high).max(step));
        let settled = if fits(rounded.0, rounded.1) { rounded } else { (down(wide), down(high)) };
        return (settled.0 > 0 && settled.1 > 0 && fits(settled.0, settled.1)).then_some(settled);
    };
    let (a, b) = (u64::from(*a), u64::from(*b));
    let mut width = down(wide);
    while width > 0 {
        let height = u64::from(width) * b;
        let height = if u64::from(source.0) * b > u64::from(source.1) * a {
            // A wide source comes to the widest allowed: rounded up, the result is not wider.
            u32::try_from(height.div_ceil(a)).ok()?.checked_next_multiple_of(step)?
        } else {
            u32::try_from(height / a).ok()? / step * step
        };
        if height == 0 {
            return None;
        }
        if fits(width, height) {
            return Some((width, height));
        }
        width -= step;
    }
    None
}

fn side(length: f64, most: u32, step: u32) -> u32 {
    ((length / f64::from(step)).round() as u32 * step).clamp(step, most.max(step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INSTAGRAM: Bounds = Bounds { max: (1440, 1800), min_width: 320, pixels: u64::MAX, even: false };

    fn shape(how: Fit, width: u32, height: u32) -> Shape {
        Shape { how, width, height }
    }

    fn sides(source: (u32, u32), shape: Option<&Shape>) -> (u32, u32) {
        let layout = lay_out(source, shape, INSTAGRAM).unwrap();
        (layout.width, layout.height)
    }

    #[test]
    fn scales_down_to_the_most_and_up_to_the_least() {
        assert_eq!(sides((4032, 3024), None), (1440, 1080));
        assert_eq!(sides((3024, 4032), None), (1350, 1800));
        assert_eq!(sides((800, 600), None), (800, 600));
        assert_eq!(sides((160, 200), None), (320, 400));
        assert_eq!(lay_out((160, 200), None, Bounds { min_width: 0, ..INSTAGRAM }).unwrap().width, 160);
        let few = lay_out((4000, 3000), None, Bounds { pixels: 480_000, ..INSTAGRAM }).unwrap();
        assert_eq!((few.width, few.height), (800, 600));
    }

    #[test]
    fn a_crop_keeps_the_middle_and_a_pad_keeps_all() {
        let crop = lay_out((1080, 1920), Some(&shape(Fit::Crop, 4, 5)), INSTAGRAM).unwrap();
        assert_eq!((crop.width, crop.height, crop.part, crop.inner), (1080, 1350, (1080.0, 1350.0), (1080, 1350)));
        let pad = lay_out((1080, 1920), Some(&shape(Fit::Pad, 4, 5)), INSTAGRAM).unwrap();
        assert_eq!((pad.width, pad.height, pad.part), (1440, 1800, (1080.0, 1920.0)));
        assert_eq!(pad.inner, (1013, 1800));
        let wide = lay_out((3000, 1000), Some(&shape(Fit::Pad, 191, 100)), INSTAGRAM).unwrap();
        assert_eq!((wide.width, wide.height, wide.inner), (1440, 754, (1440, 480)));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        for (source, wanted) in [((0, 5), None), ((5, 0), None), ((5, 5), Some(shape(Fit::Crop, 0, 1))), ((5, 5), Some(shape(Fit::Crop, 1, 0)))] {
            assert_eq!(lay_out(source, wanted.as_ref(), INSTAGRAM), None);
        }
        assert_eq!(lay_out((5, 5), None, Bounds { max: (0, 9), ..INSTAGRAM }), None);
        assert_eq!(lay_out((1, 30_000), Some(&shape(Fit::Crop, 40_000, 1)), INSTAGRAM), None);
    }

    proptest! {
        #[test]
        fn a_side_never_passes_its_bound_nor_the_ratio(w in 1u32..20_000, h in 1u32..20_000, crop: bool, even: bool, wide: bool) {
            let how = if crop { Fit::Crop } else { Fit::Pad };
            let (a, b) = if wide { (191, 100) } else { (4, 5) };
            let bounds = Bounds { even, ..INSTAGRAM };
            if let Some(layout) = lay_out((w, h), Some(&shape(how, a, b)), bounds) {
                prop_assert!(layout.width <= 1440 && layout.height <= 1800 && layout.width > 0 && layout.height > 0);
                prop_assert!(layout.inner.0 <= layout.width && layout.inner.1 <= layout.height);
                prop_assert!(layout.part.0 <= f64::from(w) && layout.part.1 <= f64::from(h));
                if even { prop_assert!(layout.width % 2 == 0 && layout.height % 2 == 0); }
                let (result, ratio) = (u64::from(layout.width) * u64::from(b), u64::from(layout.height) * u64::from(a));
                if u64::from(w) * u64::from(b) > u64::from(h) * u64::from(a) {
                    prop_assert!(result <= ratio);
                } else {
                    prop_assert!(result >= ratio);
                }
            }
        }

        #[test]
        fn without_a_shape_the_ratio_stays(w in 1u32..20_000, h in 1u32..20_000) {
            if let Some(layout) = lay_out((w, h), None, INSTAGRAM) {
                prop_assert!(layout.width <= 1440 && layout.height <= 1800);
                let scale = f64::from(layout.width) / f64::from(w);
                let off = (f64::from(h) * scale - f64::from(layout.height)).abs();
                prop_assert!(off <= 1.0 + scale.max(f64::from(h) / f64::from(w)), "{layout:?}");
            }
        }
    }
}
