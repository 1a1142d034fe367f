//! The small picture of a file, that stays when the file is gone: at most 20 kB, always a JPEG made here.
//!
//! What must always be true: nothing that was sent is stored as it was sent; what a browser made of a video is decoded within bounds and
//! encoded anew.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use super::rendition::{Limits, Raster, Tools, Unmade, decode_jpeg_bytes, input, intake, run, small, small_layout, within, words};
use super::{Format, Probe, probe};

/// Some 20 of them are on a page, and each lies in the database.
const MOST_BYTES: u64 = 20_000;
const LONGEST_SIDE: u32 = 320;
const BEST: u8 = 84;
const WHITE: u8 = 255;

/// What a browser may send, and the most pixels of it.
const LARGEST_FRAME: usize = 256 << 10;
const MOST_PIXELS: u64 = 16_000_000;

/// A small JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

/// Of a picture that lies in a file.
///
/// # Errors
/// Where the picture cannot be read.
pub fn of_picture(path: &Path, probe: &Probe) -> Result<Thumbnail, Unmade> {
    encoded(&small(path, probe, LONGEST_SIDE)?)
}

/// Of a frame that a browser took from a video, as a JPEG.
///
/// # Errors
/// Where it is none, or larger than a frame needs to be.
pub fn of_frame(jpeg: &[u8]) -> Result<Thumbnail, Unmade> {
    let bad = |why: String| Unmade::bad_frame(&why);
    if jpeg.len() > LARGEST_FRAME {
        return Err(bad(format!("it has {} kB, and 256 are the most", jpeg.len() / 1024)));
    }
    let seen = probe::probe_reader(&mut Cursor::new(jpeg)).map_err(|broken| bad(broken.message))?;
    if seen.format != Format::Jpeg || u64::from(seen.width) * u64::from(seen.height) > MOST_PIXELS {
        return Err(bad("it is no JPEG of a reasonable size".to_owned()));
    }
    let layout = small_layout((seen.width, seen.height), LONGEST_SIDE)?;
    let mut intake = intake(&seen, &layout, &|_| true);
    decode_jpeg_bytes(jpeg, &mut intake)?;
    encoded(&intake.finish(&layout, seen.orientation, WHITE)?)
}

/// Of a video that lies in a file: a frame a little after the start, as many begin in the dark.
///
/// # Errors
/// Without ffmpeg, and where it cannot read the video.
pub fn of_video(path: &Path, probe: &Probe, tools: &Tools, stop: &dyn Fn() -> bool) -> Result<Thumbnail, Unmade> {
    let ffmpeg = tools.reader().ok_or_else(Unmade::no_tools)?;
    let start_ms = (probe.duration_ms.unwrap_or_default() / 10).min(1000);
    let mut arguments = words("-nostdin -hide_banner -nostats -loglevel error");
    arguments.extend(words(&format!("-ss {}.{:03}", start_ms / 1000, start_ms % 1000)));
    arguments.extend(input(path, probe)?);
    let layout = small_layout((probe.width, probe.height), LONGEST_SIDE)?;
    let filter = format!("scale={}:{}:flags=bicubic,format=yuvj420p", layout.width, layout.height);
    arguments.extend(words(&format!("-map 0:V:0 -an -sn -dn -frames:v 1 -vf {filter} -threads 1 -c:v mjpeg -q:v 3 -map_metadata -1 -f image2pipe pipe:1")));
    let limits = Limits { time: Duration::from_secs(60), silence: Duration::from_secs(60), file_bytes: 0 };
    let mut frame = Vec::new();
    run(
        ffmpeg,
        &arguments,
        &limits,
        &mut |bytes| {
            if frame.len() <= LARGEST_FRAME {
                frame.extend_from_slice(bytes);
            }
            true
        },
        stop,
    )?;
    of_frame(&frame)
}

/// Smaller and smaller, until it fits.
fn encoded(raster: &Raster) -> Result<Thumbnail, Unmade> {
    match within(raster, MOST_BYTES, BEST, &|| false)? {
        Some(bytes) => Ok(Thumbnail { mime: "image/jpeg", bytes }),
        None => Err(Unmade::not_as_planned("the small picture is too large")),
    }
}
