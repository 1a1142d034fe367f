//! The filters between decoder and encoder, as ffmpeg writes them, and the rate of the frames.
//!
//! What must always be true: all sizes in them are whole numbers of ours; nothing of the file's own words gets in.

use super::sides::Layout;
use super::{Fit, Shape};

/// Frames per second, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    count: u32,
    seconds: u32,
}

/// What cameras mean.
const USUAL: [Rate; 8] = [
    Rate { count: 24_000, seconds: 1001 },
    Rate { count: 24, seconds: 1 },
    Rate { count: 25, seconds: 1 },
    Rate { count: 30_000, seconds: 1001 },
    Rate { count: 30, seconds: 1 },
    Rate { count: 50, seconds: 1 },
    Rate { count: 60_000, seconds: 1001 },
    Rate { count: 60, seconds: 1 },
];

impl Rate {
    /// `average` is the source's, 0 where it does not say. Phones leave out a frame now and then: what is within a fiftieth of a usual
    /// rate is made that rate.
    pub(super) fn of(average: f64, most: u32) -> Rate {
        let most = most.max(1);
        let average = if average.is_finite() && average > 0.0 { average } else { 30.0 };
        if average >= f64::from(most) {
            return Rate { count: most, seconds: 1 };
        }
        let distance = |rate: &Rate| (rate.fps() - average).abs();
        let near = USUAL.iter().filter(|rate| rate.fps() <= f64::from(most) && distance(rate) <= average / 50.0);
        let milli = (average * 1000.0).round().clamp(1.0, 1e9) as u32;
        near.min_by(|a, b| distance(a).total_cmp(&distance(b))).copied().unwrap_or(Rate { count: milli, seconds: 1000 })
    }

    pub(super) fn fps(self) -> f64 {
        f64::from(self.count) / f64::from(self.seconds)
    }
}

pub(super) fn filters(layout: &Layout, shape: Option<&Shape>, source: (u32, u32), rate: Rate, tone_map: bool) -> String {
    let mut filters = vec!["yadif=deint=interlaced".to_owned(), format!("fps={}/{}:start_time=0", rate.count, rate.seconds)];
    if shape.is_some_and(|shape| shape.how == Fit::Crop) {
        // Pixels need not be square yet, so the part is told as a share.
        let share = |part: f64, all: u32| part / f64::from(all.max(1));
        filters.push(format!("crop=w=iw*{:.6}:h=ih*{:.6}", share(layout.part.0, source.0), share(layout.part.1, source.1)));
    }
    let (width, height) = layout.inner;
    if tone_map {
        filters.push(format!("scale={width}:{height}:flags=bicubic"));
        filters.push("zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv".to_owned());
    } else {
        filters.push(format!("scale={width}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"));
    }
    filters.push("format=yuv420p".to_owned());
    if layout.inner != (layout.width, layout.height) {
        filters.push(format!("pad={}:{}:(ow-iw)/2:(oh-ih)/2:black", layout.width, layout.height));
    }
    filters.push("setsar=1".to_owned());
    filters.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_never_above_the_most() {
        for (average, most, wanted) in [
            (30.0, 60, 30.0),
            (29.83, 60, 30_000.0 / 1001.0),
            (29.97, 60, 30_000.0 / 1001.0),
            (59.94, 60, 60_000.0 / 1001.0),
            (120.0, 60, 60.0),
            (60.0, 30, 30.0),
            (29.99, 29, 29.0),
            (15.0, 60, 15.0),
            (12.3456, 60, 12.346),
            (0.0, 60, 30.0),
            (f64::NAN, 24, 24.0),
        ] {
            let rate = Rate::of(average, most);
            assert!((rate.fps() - wanted).abs() < 1e-9, "{average} with {most}: {rate:?}");
        }
    }
}
