//! Converts files for the platforms, ahead of their time, and makes small pictures of uploads.
//!
//! Invariants:
//! - two lanes, each one thread that makes one thing at a time: what takes moments never waits behind a long video;
//! - the earliest due comes first; what no job waits for any more is not made, or given up in the middle;
//! - a copy gets its name on disk before its row says `ready`; a crash in between leaves a stray for the sweep, and the copy is made anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use crate::ids::RenditionId;
use crate::media::Probe;
use crate::media::rendition::{self as workshop, Made, Recipe, Unmade, Watch};
use crate::media::thumbnail as small;
use crate::model::job::LastError;
use crate::model::media::rendition::{self, Rendition, Trouble};
use crate::model::media::{self, Media, thumbnail};
use crate::secret;

/// How often the rest of the house is asked or told while something is made.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// A video's picture comes from the browser that uploads it; if none came by then, it is made here.
const BROWSER_FIRST: TimeDelta = TimeDelta::seconds(20);
/// Tries of a copy that fails for a reason that may pass. Where only room is missing, there is no end to them.
const MOST_TRIES: u32 = 5;

/// The workshop's words for work that was given up on purpose, and for a disk that took no more.
const STOPPED: &str = "stopped";
const NO_ROOM: &str = "disk";

/// Which of the two threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Pictures, and videos of which only the index is moved.
    Light,
    /// Videos that are transcoded.
    Heavy,
}

impl Lane {
    fn takes(self, recipe: &Recipe) -> bool {
        recipe.needs_tools() == (self == Lane::Heavy)
    }
}

/// Is the program being stopped? Asked from any thread of the work.
pub type Stopping<'a> = &'a (dyn Fn() -> bool + Sync);

/// Makes the next thing of this lane; false if there is nothing to make now.
pub fn make_next(engine: &Engine, lane: Lane, stopping: Stopping<'_>) -> rusqlite::Result<bool> {
    Ok(convert_next(engine, lane, stopping)? || picture_next(engine, lane, stopping)?)
}

/// Makes the next copy that a job waits for; false if there is none to make now.
pub fn convert_next(engine: &Engine, lane: Lane, stopping: Stopping<'_>) -> rusqlite::Result<bool> {
    let now = engine.clock.now();
    // A lane makes one thing at a time, and this is its thread: what is still being made here was cut off, by the end of a process, or by a full disk on which
    // not even that could be stored.
    for cut_off in engine.db.read(rendition::making)? {
        if cut_off.recipe.as_ref().map_or(lane == Lane::Light, |recipe| lane.takes(recipe)) {
            engine.db.write(|tx| rendition::again(tx, cut_off.id, None, now))?;
        }
    }
    let waiting = engine.db.read(|db| rendition::due(db, now, 200))?;
    for (wanted, needed_at) in waiting {
        let Some(recipe) = &wanted.recipe else {
            give_up(
                engine,
                &wanted,
                &trouble("unreadable", "How this file is to be converted was written by another version of the program. Make the post again."),
            )?;
            return Ok(true);
        };
        if lane.takes(recipe) {
            convert(engine, &wanted, recipe, needed_at, stopping)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn convert(engine: &Engine, wanted: &Rendition, recipe: &Recipe, needed_at: DateTime<Utc>, stopping: Stopping<'_>) -> rusqlite::Result<()> {
    let file = engine.db.read(|db| media::get(db, wanted.media_id))?;
    let extension = match recipe {
        // Moving an index leaves a MOV a MOV.
        Recipe::FastStart => file.as_ref().and_then(|file| file.probe.as_ref()).map_or(recipe.extension(), Probe::extension),
        _ => recipe.extension(),
    };
    let Some(name) = engine.db.write(|tx| rendition::begin(tx, wanted.id, &format!("{}.{extension}", secret::random_word())))? else { return Ok(()) };
    let began = Instant::now();
    let watched = Watched { engine, id: wanted.id, stopping, told: Mutex::new(Told { at: began, needed: true }) };
    let made = file.ok_or_else(gone).and_then(|file| {
        let source = file.stored_name.as_deref().filter(|_| file.is_ready()).ok_or_else(gone)?;
        let probe = file.probe.as_ref().ok_or_else(gone)?;
        let source = engine.store.root().join(source);
        unbroken(|| workshop::make(recipe, &source, probe, &engine.store, &engine.tools, &watched))
    });
    let now = engine.clock.now();
    match made.and_then(|made| keep(engine, wanted.id, &name, made, now)) {
        Ok(bytes) => {
            let (took, slack) = (began.elapsed().as_millis(), (needed_at - now).num_seconds());
            tracing::info!(rendition = %wanted.id, media = %wanted.media_id, bytes, took_ms = took, ahead_s = slack, "{}", recipe.in_words());
            Ok(())
        }
        Err(unmade) if unmade.code == STOPPED => engine.db.write(|tx| rendition::again(tx, wanted.id, None, now)),
        Err(unmade) if unmade.again && (unmade.code == NO_ROOM || wanted.tries + 1 < MOST_TRIES) => {
            tracing::warn!(rendition = %wanted.id, media = %wanted.media_id, "not converted yet: {}", unmade.message);
            engine.db.write(|tx| rendition::again(tx, wanted.id, Some(&trouble(unmade.code, &unmade.message)), now + rendition::pause(wanted.tries)))
        }
        Err(unmade) => give_up(engine, wanted, &trouble(unmade.code, &unmade.message)),
    }
}

/// A fault of the program in the middle of foreign bytes ends that one work, not its thread.
fn unbroken<T>(work: impl FnOnce() -> Result<T, Unmade>) -> Result<T, Unmade> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "Converting this file failed inside the program; the log has the place. Export the file anew, or convert it yourself.".to_owned();
        Err(Unmade { code: "bug", message, again: true })
    })
}

fn gone() -> Unmade {
    Unmade { code: "gone", message: "The file is not on this server any more. Upload it again, and make the post anew.".to_owned(), again: false }
}

/// Under its name, then into its row.
fn keep(engine: &Engine, id: RenditionId, name: &str, made: Made, now: DateTime<Utc>) -> Result<u64, Unmade> {
    let not_stored = |e: &dyn std::fmt::Display| {
        let message = format!("The converted file could not be stored: {e}. Make room on the disk if it is full; it is tried again.");
        Unmade { code: NO_ROOM, message, again: true }
    };
    let (bytes, sha256) = (made.received.bytes, made.received.sha256.clone());
    made.received.keep(name).map_err(|e| not_stored(&e))?;
    let row = rendition::Made { bytes, sha256: &sha256, probe: &made.probe };
    let stored = engine.db.write(|tx| rendition::made(tx, id, &row, now));
    if !matches!(stored, Ok(true)) {
        // No row tells of it. If it cannot be removed now, the sweep finds it.
        let _ = engine.store.remove(name);
    }
    match stored {
        Ok(true) => Ok(bytes),
        Ok(false) => Err(Unmade { code: STOPPED, message: String::new(), again: true }),
        Err(e) => Err(not_stored(&e)),
    }
}

fn give_up(engine: &Engine, wanted: &Rendition, trouble: &Trouble) -> rusqlite::Result<()> {
    let error = LastError {
        class: "rejected".to_owned(),
        code: trouble.code.clone(),
        message: trouble.message.clone(),
        remedy: "Nothing was posted. Try again, or make the post anew with a file that fits.".to_owned(),
        trace_id: None,
    };
    let jobs = engine.db.write(|tx| rendition::failed(tx, wanted.id, trouble, &error))?;
    tracing::warn!(rendition = %wanted.id, media = %wanted.media_id, jobs, "not converted: {}", trouble.message);
    Ok(())
}

fn trouble(code: &str, message: &str) -> Trouble {
    Trouble { code: code.to_owned(), message: message.to_owned() }
}

/// Makes the small picture of one upload that has none.
fn picture_next(engine: &Engine, lane: Lane, stopping: Stopping<'_>) -> rusqlite::Result<bool> {
    let now = engine.clock.now();
    let (kind, stored_before) = match lane {
        Lane::Light => ("image", now),
        Lane::Heavy => ("video", now - BROWSER_FIRST),
    };
    let Some(file) = engine.db.read(|db| thumbnail::missing(db, kind, stored_before))? else { return Ok(false) };
    let made = match picture(engine, &file, stopping) {
        Err(unmade) if unmade.code == STOPPED => return Ok(false),
        made => made.inspect_err(|unmade| tracing::debug!(media = %file.id, "no small picture: {}", unmade.message)).ok(),
    };
    engine.db.write(|tx| match &made {
        Some(picture) => thumbnail::store(tx, file.id, picture.mime, &picture.bytes),
        None => thumbnail::none(tx, file.id),
    })?;
    Ok(true)
}

fn picture(engine: &Engine, file: &Media, stopping: Stopping<'_>) -> Result<small::Thumbnail, Unmade> {
    let (Some(name), Some(probe)) = (&file.stored_name, &file.probe) else { return Err(gone()) };
    let path = engine.store.root().join(name);
    unbroken(|| if file.kind == "video" { small::of_video(&path, probe, &engine.tools, stopping) } else { small::of_picture(&path, probe) })
}

/// What the work is asked and tells while it goes on.
struct Watched<'a> {
    engine: &'a Engine,
    id: RenditionId,
    stopping: Stopping<'a>,
    told: Mutex<Told>,
}

struct Told {
    at: Instant,
    needed: bool,
}

impl Watch for Watched<'_> {
    fn progress(&self, percent: u8) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.at.elapsed() < TELL_EVERY {
            return;
        }
        told.at = Instant::now();
        // A page that shows an older figure is no reason to end the work.
        let _ = self.engine.db.write(|tx| rendition::progress(tx, self.id, percent));
        told.needed = self.engine.db.read(|db| rendition::is_needed(db, self.id)).unwrap_or(true);
    }

    fn stopped(&self) -> bool {
        let needed = self.told.lock().unwrap_or_else(PoisonError::into_inner).needed;
        !needed || (self.stopping)()
    }
}
