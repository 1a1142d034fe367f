//! The workshop: files in, files out. A recipe says what is done to a file, [`predict()`] what becomes of it, [`make()`] does it.
//!
//! What must always be true here:
//!
//! - what was made is what was predicted: the same sides, no more bytes, the same length. Else nothing was made;
//! - nothing of the source is believed: pictures are decoded within bounds, videos by a child process with limits;
//! - whoever stops waits for a moment only, and nothing is left behind: no child, no file.
//!
//! Nothing in here knows a platform, the database or the web.

use std::path::Path;

use super::{Probe, Received, Store, probe};

mod canvas;
mod child;
mod colour;
mod decode;
mod encode;
mod faststart;
mod filters;
mod index;
mod picture;
mod predict;
mod recipe;
mod sides;
mod tools;
mod unmade;
mod video;

pub(super) use self::canvas::Raster;
pub(super) use self::child::{Limits, run};
pub(super) use self::decode::decode_jpeg_bytes;
pub(super) use self::encode::within;
pub(super) use self::picture::{intake, small, small_layout};
pub use self::predict::{Predicted, predict};
pub use self::recipe::{Fit, Picture, Recipe, Shape, Video};
pub use self::tools::Tools;
pub use self::unmade::Unmade;
pub(super) use self::video::{input, words};

/// Who waits for the result.
pub trait Watch: Sync {
    /// How far it is, 0 to 100; never less than before.
    fn progress(&self, percent: u8);
    /// Is the work to be given up? Asked often.
    fn stopped(&self) -> bool;
}

/// What was made. Dropped, it is gone.
#[derive(Debug)]
pub struct Made {
    pub received: Received,
    /// Of the made file itself.
    pub probe: Probe,
}

/// Makes it. `probe` is the source's own; `store` is where the result lies until it is kept.
///
/// # Errors
/// [`Unmade`]: why not, in a sentence, and whether another try may help.
pub fn make(recipe: &Recipe, source: &Path, probe: &Probe, store: &Store, tools: &Tools, watch: &dyn Watch) -> Result<Made, Unmade> {
    let bytes = std::fs::metadata(source).map_err(|e| Unmade::disk(&e))?.len();
    let plan = predict(recipe, probe, bytes)?;
    if watch.stopped() {
        return Err(Unmade::stopped());
    }
    let received = match recipe {
        Recipe::Picture(picture) => picture::make(picture, source, probe, &plan, store, watch)?,
        Recipe::FastStart => faststart::make(source, plan.bytes, store, watch)?,
        Recipe::Video(video) => video::make(video, source, probe, &plan, store, tools, watch)?,
    };
    let made = checked(received, &plan)?;
    watch.progress(100);
    Ok(made)
}

/// Two frames of sound and one of a slow picture may come or go at the end.
const LENGTH_MAY_DIFFER_MS: u64 = 100;

fn checked(received: Received, plan: &Predicted) -> Result<Made, Unmade> {
    let made = probe(&received.path).map_err(|broken| Unmade::not_as_planned(&broken.message))?;
    let length = |probe: &Probe| probe.duration_ms.unwrap_or_default();
    let difference = if received.bytes > plan.bytes {
        format!("it has {} bytes, and {} were the most", received.bytes, plan.bytes)
    } else if (made.width, made.height) != (plan.probe.width, plan.probe.height) {
        format!("it is {} x {} and not {} x {}", made.width, made.height, plan.probe.width, plan.probe.height)
    } else if length(&made).abs_diff(length(&plan.probe)) > LENGTH_MAY_DIFFER_MS {
        format!("it lasts {} ms and not {}", length(&made), length(&plan.probe))
    } else if made.format != plan.probe.format || made.audio.is_some() != plan.probe.audio.is_some() || made.fast_start != plan.probe.fast_start {
        "it is of another form".to_owned()
    } else {
        return Ok(Made { received, probe: made });
    };
    Err(Unmade::not_as_planned(&difference))
}
