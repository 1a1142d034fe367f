//! Who writes to a file that arrives in pieces: one at a time, and whoever comes last has the right of way.
//!
//! What must always be true: between taking a [`Turn`] and dropping it nobody else has one for the same word; a holder that is asked to make way is
//! told so in two ways, since it may be busy (it looks at [`Turn::is_wanted`]) or wait for a connection that is dead (it is woken).

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Called, from another thread, when the turn is wanted by somebody else.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// All turns of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    places: Mutex<HashMap<String, Place>>,
    left: Condvar,
}

#[derive(Default)]
struct Place {
    /// The newest who came.
    newest: u64,
    waiting: usize,
    held: Option<(Arc<AtomicBool>, Wake)>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("newest", &self.newest).field("waiting", &self.waiting).field("held", &self.held.is_some()).finish()
    }
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    shared: Arc<Shared>,
    word: String,
    wanted: Arc<AtomicBool>,
}

impl Turn {
    /// Does somebody else want it? Then end soon.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}

impl Turns {
    /// Asks whoever has the turn to make way, and waits for it. None: it did not within this time, or somebody newer came.
    pub fn take(&self, word: &str, wake: Wake, within: Duration) -> Option<Turn> {
        let deadline = Instant::now() + within;
        let mut places = self.0.lock();
        let place = places.entry(word.to_owned()).or_default();
        place.newest += 1;
        place.waiting += 1;
        let mine = place.newest;
        // Those who wait have been overtaken.
        self.0.left.notify_all();
        let taken = loop {
            let Some(place) = places.get_mut(word) else { break None };
            if place.newest != mine {
                break None;
            }
            let Some((wanted, wake_holder)) = &place.held else {
                let wanted = Arc::new(AtomicBool::new(false));
                place.held = Some((Arc::clone(&wanted), wake));
                break Some(wanted);
            };
            if !wanted.swap(true, Ordering::Relaxed) {
                wake_holder();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break None;
            }
            places = self.0.left.wait_timeout(places, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        if let Some(place) = places.get_mut(word) {
            place.waiting -= 1;
        }
        Shared::forget(&mut places, word);
        taken.map(|wanted| Turn { shared: Arc::clone(&self.0), word: word.to_owned(), wanted })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(places: &mut HashMap<String, Place>, word: &str) {
        if places.get(word).is_some_and(|place| place.held.is_none() && place.waiting == 0) {
            places.remove(word);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut places = self.shared.lock();
        if let Some(place) = places.get_mut(&self.word) {
            place.held = None;
        }
        Shared::forget(&mut places, &self.word);
        drop(places);
        self.shared.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    fn nobody() -> Wake {
        Arc::new(|| ())
    }

    #[test]
    fn the_newest_gets_it_and_the_holder_is_woken() {
        let turns = Turns::default();
        let (told, woken) = mpsc::channel();
        let first = turns.take("a", Arc::new(move || told.send(()).unwrap()), LONG).unwrap();
        assert!(!first.is_wanted());
        assert!(turns.take("b", nobody(), Duration::ZERO).is_some(), "another file is nobody's business");
        let second = thread::spawn({
            let turns = turns.clone();
            move || turns.take("a", nobody(), LONG).is_some()
        });
        woken.recv().unwrap();
        assert!(first.is_wanted());
        drop(first);
        assert!(second.join().unwrap());
        assert!(turns.0.lock().is_empty());
    }

    #[test]
    fn who_waits_is_overtaken_by_who_comes_later() {
        let turns = Turns::default();
        let (told, woken) = mpsc::channel();
        let first = turns.take("a", Arc::new(move || told.send(()).unwrap()), LONG).unwrap();
        let waits = thread::spawn({
            let turns = turns.clone();
            move || turns.take("a", nobody(), LONG).is_some()
        });
        woken.recv().unwrap();
        // Not given within no time at all; but the one that waited is out.
        assert!(turns.take("a", nobody(), Duration::ZERO).is_none());
        assert!(!waits.join().unwrap());
        drop(first);
        assert!(turns.take("a", nobody(), Duration::ZERO).is_some());
        assert!(turns.0.lock().is_empty());
    }
}
