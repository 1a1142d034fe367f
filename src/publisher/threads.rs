//! The threads: a dispatcher that sleeps until something is due, workers that take what it leased, and a keeper for the slow chores.
//!
//! Invariants: no job waits in a queue behind another account's slow call: a job is leased only when a worker is free for it. Uploads may use
//! half of the workers, and everything that is not a due last call leaves two free, so that the last calls go out on time.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::maker::{self, Lane};
use super::{Engine, Task, refresh, rehearsals, sweep};
use crate::ids::AttemptId;
use crate::model::comment;
use crate::model::job::{self, Room, Share};

/// The engine looks at least this often, since the CLI writes from another process.
const POLL: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Renewing ahead, and forgetting what is older than its retention.
const SLOW_CHORES_EVERY: Duration = Duration::from_secs(3600);
/// Decoding pictures takes the most of it.
const STACK: usize = 1024 * 1024;
/// How long a stop waits for running steps. What is cut off is taken up at the next start.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Wakes the publisher after a change. Does nothing where none runs.
#[derive(Debug, Clone, Default)]
pub struct Handle(Arc<Bell>);

#[derive(Debug, Default)]
struct Bell {
    board: Mutex<Board>,
    dispatcher: Condvar,
    workers: Condvar,
}

/// What the threads tell one another.
#[derive(Debug, Default)]
struct Board {
    rung: bool,
    stopping: bool,
    queue: VecDeque<Task>,
    /// Leases that could not be given back, since the database could not be written (a full disk): the dispatcher tries again.
    owed: Vec<AttemptId>,
    busy: usize,
    busy_long: usize,
    busy_staging: usize,
    started: usize,
    alive: usize,
}

impl Handle {
    pub fn wake(&self) {
        self.board().rung = true;
        self.0.dispatcher.notify_one();
    }

    /// Does a publisher of this process run, with all of its threads?
    pub fn is_running(&self) -> bool {
        let board = self.board();
        board.started > 0 && board.alive == board.started && !board.stopping
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // The board is plain counters; a thread that died holding it left them as they were.
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.board().stopping
    }
}

/// Why the publisher did not start.
#[derive(Debug)]
pub enum StartError {
    /// Another server works on this data folder.
    Running,
    Io(io::Error),
    Sql(rusqlite::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Running => {
                f.write_str("another server is running on this data folder; stop it first, or give this one a folder of its own (--data-dir)")
            }
            StartError::Io(e) => write!(f, "the publisher could not be started: {e}"),
            StartError::Sql(e) => write!(f, "the publisher could not read the database: {e}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The running publisher of a data folder.
#[derive(Debug)]
pub struct Publisher {
    handle: Handle,
    threads: Vec<JoinHandle<()>>,
    lock: File,
}

impl Publisher {
    /// Takes the folder's lock, ends the leases of a process that is gone, and starts the threads.
    pub fn start(engine: Engine, handle: Handle, data_dir: &Path) -> Result<Publisher, StartError> {
        let lock = File::options().create(true).truncate(false).write(true).open(data_dir.join("publisher.lock")).map_err(StartError::Io)?;
        lock.try_lock().map_err(|e| match e {
            std::fs::TryLockError::WouldBlock => StartError::Running,
            std::fs::TryLockError::Error(e) => StartError::Io(e),
        })?;
        let voided = engine.db.write(|tx| job::void_leases(tx, engine.clock.now())).map_err(StartError::Sql)?;
        if voided > 0 {
            tracing::info!(jobs = voided, "taking up jobs that were cut off");
        }
        let engine = Arc::new(engine);
        let mut threads = Vec::new();
        let spawn = |name: String, body: Box<dyn FnOnce() + Send>| thread::Builder::new().name(name).stack_size(STACK).spawn(body).map_err(StartError::Io);
        {
            let mut board = handle.board();
            board.started = engine.settings.workers + 4;
            board.alive = board.started;
        }
        for n in 0..engine.settings.workers {
            let (engine, handle) = (Arc::clone(&engine), handle.clone());
            threads.push(spawn(format!("worker-{n}"), Box::new(move || work(&engine, &handle)))?);
        }
        let (keeper, bell) = (Arc::clone(&engine), handle.clone());
        threads.push(spawn("keeper".into(), Box::new(move || keep(&keeper, &bell)))?);
        for (name, lane) in [("maker", Lane::Light), ("transcoder", Lane::Heavy)] {
            let (engine, handle) = (Arc::clone(&engine), handle.clone());
            threads.push(spawn(name.into(), Box::new(move || make(&engine, &handle, lane)))?);
        }
        let bell = handle.clone();
        threads.push(spawn("dispatcher".into(), Box::new(move || dispatch(&engine, &bell)))?);
        Ok(Publisher { handle, threads, lock })
    }

    /// Lets running steps finish and stops. True if all did within the time given to them.
    pub fn stop(self) -> bool {
        self.handle.board().stopping = true;
        self.handle.0.dispatcher.notify_all();
        self.handle.0.workers.notify_all();
        let deadline = Instant::now() + STOP_WITHIN;
        let mut board = self.handle.board();
        while board.alive > 0 && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            board = self.handle.0.dispatcher.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let all = board.alive == 0;
        drop(board);
        if !all {
            // Steps still run: the folder stays locked until the process is gone, so that no other server settles what is under way.
            std::mem::forget(self.lock);
            return false;
        }
        for thread in self.threads {
            // A thread that panicked has told so on its own.
            let _ = thread.join();
        }
        true
    }
}

/// Marks a thread as gone, however it goes.
struct Leaving<'a>(&'a Handle);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.board().alive -= 1;
        self.0.0.dispatcher.notify_all();
    }
}

fn room(board: &Board, workers: usize) -> Room {
    let busy = board.busy + board.queue.len();
    let reserved = 2.min(workers.saturating_sub(1));
    Room {
        free: workers.saturating_sub(busy),
        long: (workers / 2).max(1).saturating_sub(board.busy_long),
        staging: workers.saturating_sub(reserved).saturating_sub(board.busy_staging),
    }
}

fn dispatch(engine: &Engine, handle: &Handle) {
    let _leaving = Leaving(handle);
    let mut next_missed_look = Instant::now();
    loop {
        let room = {
            let mut board = handle.board();
            if board.stopping {
                return;
            }
            board.rung = false;
            room(&board, engine.settings.workers)
        };
        let now = engine.clock.now();
        if Instant::now() >= next_missed_look {
            next_missed_look = Instant::now() + Duration::from_secs(10);
            if let Err(e) = engine.mark_missed(now) {
                tracing::error!("late jobs could not be marked: {e}");
            }
        }
        give_back(engine, handle, now);
        let claimed = if room.free == 0 { Ok(Vec::new()) } else { engine.claim(now, room) };
        match claimed {
            Ok(claimed) if !claimed.is_empty() => {
                let mut board = handle.board();
                for task in claimed {
                    board.busy_long += usize::from(is_long(&task));
                    board.busy_staging += usize::from(is_staging(&task));
                    board.queue.push_back(task);
                }
                drop(board);
                handle.0.workers.notify_all();
            }
            Ok(_) => sleep(engine, handle, now),
            Err(e) => {
                tracing::error!("due jobs could not be leased: {e}");
                sleep(engine, handle, now);
            }
        }
    }
}

/// Gives back what could not be given back before. Until that has worked, such a job is not taken up: its row is not known to be right.
fn give_back(engine: &Engine, handle: &Handle, now: DateTime<Utc>) {
    let owed = std::mem::take(&mut handle.board().owed);
    for lease in owed {
        if let Err(e) = engine.db.write(|tx| job::give_back(tx, lease, now)) {
            tracing::error!("a lease could not be given back yet: {e}");
            handle.board().owed.push(lease);
        }
    }
}

/// Until the next job is due, a worker is free again, somebody rings, or a second has passed.
fn sleep(engine: &Engine, handle: &Handle, now: DateTime<Utc>) {
    let next = engine.db.read(|db| Ok::<_, rusqlite::Error>([job::next_after(db, now)?, comment::next_after(db, now)?].into_iter().flatten().min()));
    let next = next.ok().flatten();
    let pause = match next {
        Some(at) => (at - engine.clock.now()).to_std().unwrap_or_default().min(POLL),
        None => POLL,
    };
    let board = handle.board();
    if !board.rung && !board.stopping {
        drop(handle.0.dispatcher.wait_timeout(board, pause).unwrap_or_else(PoisonError::into_inner));
    }
}

fn is_long(task: &Task) -> bool {
    matches!(task, Task::Job(job, _) if job.share() == Share::Upload)
}

fn is_staging(task: &Task) -> bool {
    !matches!(task, Task::Job(job, _) if job.share() == Share::Call)
}

fn work(engine: &Engine, handle: &Handle) {
    let _leaving = Leaving(handle);
    loop {
        let claimed = {
            let mut board = handle.board();
            loop {
                // A stop leaves leased jobs that nobody has begun: the next start takes them up.
                if board.stopping {
                    return;
                }
                match board.queue.pop_front() {
                    Some(claimed) => {
                        board.busy += 1;
                        break claimed;
                    }
                    None => board = handle.0.workers.wait(board).unwrap_or_else(PoisonError::into_inner),
                }
            }
        };
        let _busy = Busy { handle, long: is_long(&claimed), staging: is_staging(&claimed) };
        // Whatever fails in a step, its worker lives on; the row says what is known, and the lease ends by itself or with a restart.
        match catch_unwind(AssertUnwindSafe(|| engine.run(claimed, &|| handle.is_stopping()))) {
            Ok(Ok(())) => {}
            Ok(Err(lease)) => handle.board().owed.push(lease),
            Err(_) => tracing::error!("a step failed inside the program"),
        }
    }
}

/// A worker's place on the board, given back however the step ends.
struct Busy<'a> {
    handle: &'a Handle,
    long: bool,
    staging: bool,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut board = self.handle.board();
        board.busy -= 1;
        board.busy_long -= usize::from(self.long);
        board.busy_staging -= usize::from(self.staging);
        board.rung = true;
        drop(board);
        self.handle.0.dispatcher.notify_one();
    }
}

/// Converts files, and rings when jobs that waited for them can go on.
fn make(engine: &Engine, handle: &Handle, lane: Lane) {
    let _leaving = Leaving(handle);
    loop {
        let made = maker::make_next(engine, lane, &|| handle.is_stopping());
        match &made {
            Ok(true) => handle.wake(),
            Ok(false) => {}
            Err(e) => tracing::error!("files could not be converted: {e}"),
        }
        let board = handle.board();
        if board.stopping {
            return;
        }
        if !matches!(made, Ok(true)) {
            drop(handle.0.workers.wait_timeout(board, POLL).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Sweeps leftovers and renews access that ends soon.
fn keep(engine: &Engine, handle: &Handle) {
    let _leaving = Leaving(handle);
    let mut next_slow_chores = Instant::now();
    loop {
        let now = engine.clock.now();
        if let Err(e) = sweep::sweep(engine, now) {
            tracing::error!("the sweep failed: {e:#}");
        }
        if let Err(e) = rehearsals::rehearse_ahead(engine, now) {
            tracing::error!("posts could not be rehearsed: {e}");
        }
        if Instant::now() >= next_slow_chores {
            next_slow_chores = Instant::now() + SLOW_CHORES_EVERY;
            if let Err(e) = refresh::renew_ahead(engine, now) {
                tracing::error!("renewing ahead failed: {e}");
            }
            if let Err(e) = sweep::forget(engine, now) {
                tracing::error!("what is older than its retention could not be forgotten: {e}");
            }
        }
        let deadline = Instant::now() + SWEEP_EVERY;
        let mut board = handle.board();
        while !board.stopping && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            board = handle.0.workers.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if board.stopping {
            return;
        }
    }
}
