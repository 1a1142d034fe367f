//! A picture into a plain JPEG: decoded once, averaged and cropped on the way, scaled, turned, framed, and encoded until it fits.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::canvas::{Intake, Raster};
use super::decode::decode;
use super::encode::{HEADER, MOST_BITS_PER_PIXEL, within};
use super::sides::{Bounds, Layout, lay_out};
use super::{Picture, Predicted, Unmade, Watch};
use crate::media::{Probe, Received, Store};

const BEST: u8 = 92;
const WHITE: u8 = 255;

/// Larger ones are decoded one at a time, or a few uploads would fill the memory of a small machine.
const LARGE: u64 = 16_000_000;
static LARGE_ONES: Mutex<()> = Mutex::new(());

/// Where everything comes to lie. `probe` is that of a picture.
pub(super) fn plan(picture: &Picture, probe: &Probe) -> Result<Layout, Unmade> {
    let bounds = Bounds {
        // What a JPEG can say of its sides.
        max: (picture.max_width.min(65_535), picture.max_height.min(65_535)),
        min_width: picture.min_width,
        // So that even noise fits, and the sides are known beforehand.
        pixels: picture.max_bytes.saturating_sub(HEADER).saturating_mul(8) / MOST_BITS_PER_PIXEL,
        even: false,
    };
    lay_out((probe.width, probe.height), picture.shape.as_ref(), bounds).ok_or_else(|| {
        Unmade::new("impossible_shape", "The picture is too long and narrow to be brought into the wanted form. Crop it by hand and upload it again.")
    })
}

/// More than a picture of these sides needs at the best quality. One of pure noise is held to it by a lower one.
pub(super) fn at_best(layout: &Layout) -> u64 {
    u64::from(layout.width) * u64::from(layout.height) * 3 + HEADER
}

pub(super) fn make(picture: &Picture, source: &Path, probe: &Probe, planned: &Predicted, store: &Store, watch: &dyn Watch) -> Result<Received, Unmade> {
    let layout = plan(picture, probe)?;
    let height = stored(probe).1.max(1);
    let go_on = |row: u32| {
        watch.progress(u8::try_from(u64::from(row) * 70 / u64::from(height)).unwrap_or(70).min(70));
        !watch.stopped()
    };
    let raster = load(source, probe, &layout, &go_on)?;
    watch.progress(80);
    let jpeg = within(&raster, planned.bytes, BEST, &|| watch.stopped())?.ok_or_else(|| Unmade::not_as_planned("it is too large at any quality"))?;
    watch.progress(95);
    let mut incoming = store.begin(planned.bytes).map_err(|e| Unmade::disk(&e))?;
    incoming.write_all(&jpeg).map_err(|e| Unmade::disk(&e))?;
    incoming.finish().map_err(|e: io::Error| Unmade::disk(&e))
}

/// The picture as displayed, within a square of `longest` pixels.
pub(in crate::media) fn small(source: &Path, probe: &Probe, longest: u32) -> Result<Raster, Unmade> {
    load(source, probe, &small_layout((probe.width, probe.height), longest)?, &|_| true)
}

pub(in crate::media) fn small_layout(sides: (u32, u32), longest: u32) -> Result<Layout, Unmade> {
    let bounds = Bounds { max: (longest, longest), min_width: 0, pixels: u64::MAX, even: false };
    lay_out(sides, None, bounds).or_else(|| thin(sides, longest)).ok_or_else(|| Unmade::damaged("it has no size"))
}

/// So long and narrow that a side would vanish: it keeps one pixel.
fn thin((width, height): (u32, u32), longest: u32) -> Option<Layout> {
    let (w, h) = if width > height { (longest.min(width), 1) } else { (1, longest.min(height)) };
    (width > 0 && height > 0).then_some(Layout { width: w, height: h, part: (f64::from(width), f64::from(height)), inner: (w, h) })
}

fn load(source: &Path, probe: &Probe, layout: &Layout, go_on: &dyn Fn(u32) -> bool) -> Result<Raster, Unmade> {
    let pixels = u64::from(probe.width) * u64::from(probe.height);
    let _alone = (pixels > LARGE).then(|| LARGE_ONES.lock().unwrap_or_else(PoisonError::into_inner));
    let mut intake = intake(probe, layout, go_on);
    decode(source, probe.format, &mut intake)?;
    intake.finish(layout, probe.orientation, WHITE)
}

/// Ready for the rows of a picture, as they are in its file.
pub(in crate::media) fn intake<'a>(probe: &Probe, layout: &Layout, go_on: &'a dyn Fn(u32) -> bool) -> Intake<'a> {
    let swap = probe.orientation >= 5;
    let (part, inner) = if swap { ((layout.part.1, layout.part.0), (layout.inner.1, layout.inner.0)) } else { (layout.part, layout.inner) };
    Intake::new(stored(probe), part, inner, go_on)
}

/// The sides as they are in the file, before it is turned.
fn stored(probe: &Probe) -> (u32, u32) {
    if probe.orientation >= 5 { (probe.height, probe.width) } else { (probe.width, probe.height) }
}
