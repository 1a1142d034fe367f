//! Pixels on their way: rows of sRGB come in and are averaged down at once, then the rest is cropped, scaled, turned and framed.
//!
//! What must always be true: no more than about sixteen times the pixels of the result are held, however large the source is.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};

use super::Unmade;
use super::sides::Layout;

/// A picture in memory: three bytes a pixel, sRGB, rows from the top.
#[derive(Debug)]
pub(in crate::media) struct Raster {
    pub(in crate::media) width: u32,
    pub(in crate::media) height: u32,
    pub(in crate::media) rgb: Vec<u8>,
}

/// Takes rows in, averaging squares of pixels where the source is far larger than what is needed.
pub(in crate::media) struct Intake<'a> {
    pub(super) source: (u32, u32),
    step: u32,
    sums: Vec<u32>,
    in_sums: u32,
    raster: Raster,
    rows: u32,
    go_on: &'a dyn Fn(u32) -> bool,
}

impl<'a> Intake<'a> {
    /// `source` are the sides as stored, `part` is how much of them is scaled to `inner` (all before turning). `go_on` is asked every few rows
    /// with the number of rows so far.
    pub(super) fn new(source: (u32, u32), part: (f64, f64), inner: (u32, u32), go_on: &'a dyn Fn(u32) -> bool) -> Intake<'a> {
        // At least twice what is needed stays for the good filter.
        let spare = |part: f64, inner: u32| part / f64::from(inner.max(1)) / 2.0;
        let step = (spare(part.0, inner.0).min(spare(part.1, inner.1)).floor() as u32).clamp(1, 64);
        let (width, height) = (source.0.div_ceil(step), source.1.div_ceil(step));
        let sums = if step == 1 { Vec::new() } else { vec![0; width as usize * 3] };
        Intake { source, step, sums, in_sums: 0, raster: Raster { width, height, rgb: Vec::new() }, rows: 0, go_on }
    }

    /// The next row from the top.
    pub(super) fn row(&mut self, rgb: &[u8]) -> Result<(), Unmade> {
        if rgb.len() != self.source.0 as usize * 3 || self.rows >= self.source.1 {
            return Err(Unmade::damaged("its rows are not as long as it says"));
        }
        if self.rows == 0 {
            self.raster.rgb.reserve_exact(self.raster.width as usize * self.raster.height as usize * 3);
        }
        self.rows += 1;
        if self.step == 1 {
            self.raster.rgb.extend_from_slice(rgb);
        } else {
            for (square, sums) in rgb.chunks(self.step as usize * 3).zip(self.sums.as_chunks_mut::<3>().0) {
                for pixel in square.as_chunks::<3>().0 {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                }
            }
            self.in_sums += 1;
            if self.in_sums == self.step {
                self.empty_sums();
            }
        }
        if self.rows.is_multiple_of(32) && !(self.go_on)(self.rows) { Err(Unmade::stopped()) } else { Ok(()) }
    }

    /// All rows at once, as a decoder left them; `convert` makes one row sRGB in place.
    pub(super) fn whole(&mut self, mut rgb: Vec<u8>, mut convert: impl FnMut(&mut [u8]) -> Result<(), Unmade>) -> Result<(), Unmade> {
        let row = self.source.0 as usize * 3;
        if rgb.len() != row * self.source.1 as usize {
            return Err(Unmade::damaged("its rows are not as long as it says"));
        }
        for row in rgb.chunks_exact_mut(row) {
            convert(row)?;
            if self.step > 1 {
                self.row(row)?;
            } else {
                self.rows += 1;
                if self.rows.is_multiple_of(32) && !(self.go_on)(self.rows) {
                    return Err(Unmade::stopped());
                }
            }
        }
        if self.step == 1 {
            self.raster.rgb = rgb;
        }
        Ok(())
    }

    fn empty_sums(&mut self) {
        let mut left = self.source.0;
        for sums in self.sums.as_chunks_mut::<3>().0 {
            let count = left.min(self.step) * self.in_sums;
            left = left.saturating_sub(self.step);
            for sum in sums {
                self.raster.rgb.push(u8::try_from((*sum + count / 2) / count.max(1)).unwrap_or(u8::MAX));
                *sum = 0;
            }
        }
        self.in_sums = 0;
    }

    /// The picture as laid out: `layout` and `orientation` say how it is displayed; bars get the colour of `bars`.
    pub(in crate::media) fn finish(mut self, layout: &Layout, orientation: u8, bars: u8) -> Result<Raster, Unmade> {
        if self.rows != self.source.1 {
            return Err(Unmade::damaged("its last part is missing"));
        }
        if self.in_sums > 0 {
            self.empty_sums();
        }
        let side = |swap: bool, (a, b): (u32, u32)| if swap { (b, a) } else { (a, b) };
        let swap = orientation >= 5;
        let inner = side(swap, layout.inner);
        let part = if swap { (layout.part.1, layout.part.0) } else { layout.part };
        let scaled = scale(self.raster, self.source, part, f64::from(self.step), inner)?;
        let upright = turn(scaled, orientation);
        Ok(frame(upright, (layout.width, layout.height), bars))
    }
}

/// Crops around the middle, and scales.
fn scale(from: Raster, source: (u32, u32), part: (f64, f64), step: f64, to: (u32, u32)) -> Result<Raster, Unmade> {
    let all = (f64::from(source.0) / step, f64::from(source.1) / step);
    let kept = ((part.0 / step).min(all.0), (part.1 / step).min(all.1));
    if (from.width, from.height) == to && kept == all {
        return Ok(from);
    }
    let failed = |e: &dyn std::fmt::Display| Unmade::damaged(&format!("it cannot be scaled ({e})"));
    let options = ResizeOptions::new().crop((all.0 - kept.0) / 2.0, (all.1 - kept.1) / 2.0, kept.0, kept.1);
    let view = ImageRef::new(from.width, from.height, &from.rgb, PixelType::U8x3).map_err(|e| failed(&e))?;
    let mut scaled = Image::new(to.0, to.1, PixelType::U8x3);
    Resizer::new().resize(&view, &mut scaled, &options).map_err(|e| failed(&e))?;
    Ok(Raster { width: to.0, height: to.1, rgb: scaled.into_vec() })
}

/// Turns and mirrors by EXIF's numbers.
fn turn(from: Raster, orientation: u8) -> Raster {
    if !(2..=8).contains(&orientation) {
        return from;
    }
    let (w, h) = (from.width as usize, from.height as usize);
    let (out_w, out_h) = if orientation >= 5 { (h, w) } else { (w, h) };
    let pixels = from.rgb.as_chunks::<3>().0;
    let mut rgb = Vec::with_capacity(from.rgb.len());
    for y in 0..out_h {
        for x in 0..out_w {
            let (from_x, from_y) = match orientation {
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, h - 1 - x),
                7 => (w - 1 - y, h - 1 - x),
                _ => (w - 1 - y, x),
            };
            rgb.extend_from_slice(pixels.get(from_y * w + from_x).unwrap_or(&[0; 3]));
        }
    }
    Raster { width: out_w as u32, height: out_h as u32, rgb }
}

fn frame(inner: Raster, (width, height): (u32, u32), bars: u8) -> Raster {
    if (inner.width, inner.height) == (width, height) {
        return inner;
    }
    let (row, inner_row) = (width as usize * 3, inner.width as usize * 3);
    let left = width.saturating_sub(inner.width) as usize / 2 * 3;
    let top = height.saturating_sub(inner.height) as usize / 2;
    let mut rgb = vec![bars; row * height as usize];
    for (to, from) in rgb.chunks_exact_mut(row.max(1)).skip(top).zip(inner.rgb.chunks_exact(inner_row.max(1))) {
        if let Some(to) = to.get_mut(left..left + inner_row) {
            to.copy_from_slice(from);
        }
    }
    Raster { width, height, rgb }
}
