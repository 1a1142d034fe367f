//! A child process on a short leash: limits on time, memory and files, no environment, no input, and an end that does not depend on us.
//!
//! What must always be true: when [`run`] returns, no process of it is left; and when this program dies, however suddenly, the child's
//! guard sees its pipe close and kills the group. What the child says is bounded.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Unmade;

/// What a child may take.
#[derive(Debug, Clone, Copy)]
pub(in crate::media) struct Limits {
    /// By the clock, in all.
    pub(in crate::media) time: Duration,
    /// Without a sign of going on.
    pub(in crate::media) silence: Duration,
    /// The largest file it may write.
    pub(in crate::media) file_bytes: u64,
}

/// Address space in KiB: libraries and frames of a 4K video in ten bits fit.
const MEMORY: &str = "4194304";
const LONGEST_ERRORS: usize = 16 << 10;
const TICK: Duration = Duration::from_millis(100);

/// The guard reads the pipe that only this program holds: its end means that this program has ended.
const SCRIPT: &str = r#"
ulimit -c 0; ulimit -v "$1"; ulimit -t "$2"; ulimit -f "$3"; shift 3
exec 3<&0
if command -v nice >/dev/null; then set -- nice -n 15 "$@"; fi
"$@" </dev/null 3<&- &
child=$!
(read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 &
guard=$!
exec 3<&- </dev/null
wait "$child"; code=$?
kill -KILL "$guard"
exit "$code"
"#;

/// Runs `program`. `heard` gets what it writes to its output and says whether that is a sign of going on; `stopped` is asked often.
/// Returns the end of its complaints when it ended well.
pub(in crate::media) fn run(
    program: &Path,
    arguments: &[OsString],
    limits: &Limits,
    heard: &mut dyn FnMut(&[u8]) -> bool,
    stopped: &dyn Fn() -> bool,
) -> Result<String, Unmade> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT, "pm3k-child", MEMORY]);
    // No more processor time than two cores have in that time, and whole blocks of 512 bytes.
    command.arg((limits.time.as_secs().saturating_add(1).saturating_mul(2)).to_string()).arg(limits.file_bytes.div_ceil(512).to_string());
    command.arg(program).args(arguments).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut leash = Leash::of(command.spawn().map_err(|e| Unmade::once_more("not_started", format!("The program that converts could not be started: {e}.")))?);
    let (send, said) = mpsc::sync_channel(16);
    let readers = [listen(leash.child.stdout.take(), send.clone(), Said::Output), listen(leash.child.stderr.take(), send, Said::Error)];
    let begun = Instant::now();
    let mut last_sign = begun;
    let mut errors = Vec::new();
    let ended = loop {
        if stopped() {
            break Err(Unmade::stopped());
        }
        match said.recv_timeout(TICK) {
            Ok(Said::Output(bytes)) => {
                if heard(&bytes) {
                    last_sign = Instant::now();
                }
            }
            Ok(Said::Error(bytes)) => keep_last(&mut errors, &bytes),
            Err(RecvTimeoutError::Timeout) => {}
            // Both of its outputs are closed: it ends now, or is watched further.
            Err(RecvTimeoutError::Disconnected) => match leash.child.try_wait() {
                Ok(None) => thread::sleep(TICK),
                Ok(Some(_)) | Err(_) => break Ok(()),
            },
        }
        if begun.elapsed() > limits.time || last_sign.elapsed() > limits.silence {
            break Err(Unmade::new("took_too_long", "Converting the video took too long and was given up. Convert it by hand, or make it shorter."));
        }
    };
    let status = leash.end(ended.is_ok());
    drop(said);
    for reader in readers {
        let _ = reader.join();
    }
    ended?;
    let errors = String::from_utf8_lossy(&errors).into_owned();
    judge(status, &errors)?;
    Ok(errors)
}

enum Said {
    Output(Vec<u8>),
    Error(Vec<u8>),
}

fn listen(pipe: Option<impl Read + Send + 'static>, send: SyncSender<Said>, wrap: fn(Vec<u8>) -> Said) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = vec![0; 8 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) if send.send(wrap(buffer.get(..length).unwrap_or_default().to_vec())).is_err() => return,
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    })
}

fn keep_last(errors: &mut Vec<u8>, more: &[u8]) {
    errors.extend_from_slice(more);
    errors.drain(..errors.len().saturating_sub(LONGEST_ERRORS));
}

fn judge(status: Option<ExitStatus>, errors: &str) -> Result<(), Unmade> {
    match status.and_then(|status| status.code()) {
        Some(0) => Ok(()),
        _ if errors.contains("No space left on device") => Err(Unmade::disk(&ErrorKind::StorageFull.into())),
        // A shell tells a signal by adding 128.
        Some(153) => Err(Unmade::not_as_planned("it is larger than it may be")),
        Some(152) => Err(Unmade::new("took_too_long", "Converting the video took too long and was given up. Convert it by hand, or make it shorter.")),
        Some(130 | 137 | 143) | None => {
            Err(Unmade::once_more("killed", "The program that converts was ended from outside, perhaps for want of memory. It is tried again."))
        }
        Some(_) => {
            Err(Unmade::new("not_converted", format!("The video could not be converted{}. Export it again, as MP4 with H.264 if possible.", reason(errors))))
        }
    }
}

/// The last thing it complained about, without the paths of this machine.
fn reason(errors: &str) -> String {
    let last = errors.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let plain: Vec<&str> = last.split_whitespace().filter(|word| !word.contains('/') && !word.contains("0x") && !word.starts_with('[')).collect();
    let text: String = plain.join(" ").chars().take(120).collect();
    if text.is_empty() { text } else { format!(" ({text})") }
}

/// The group of the child. Dropped, whatever is left of it is killed.
struct Leash {
    child: Child,
    /// Held so that the guard waits.
    pipe: Option<ChildStdin>,
    waited: bool,
}

impl Leash {
    fn of(mut child: Child) -> Leash {
        Leash { pipe: child.stdin.take(), child, waited: false }
    }

    fn end(&mut self, by_itself: bool) -> Option<ExitStatus> {
        if !by_itself {
            self.kill();
        }
        let status = self.child.wait().ok();
        self.waited = true;
        self.pipe = None;
        status
    }

    fn kill(&self) {
        // Gone already is as good.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if !self.waited {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    const GENEROUS: Limits = Limits { time: Duration::from_secs(60), silence: Duration::from_secs(60), file_bytes: 1 << 20 };

    fn shell(script: &str, limits: &Limits, heard: &mut dyn FnMut(&[u8]) -> bool, stopped: &dyn Fn() -> bool) -> Result<String, Unmade> {
        run(Path::new("/bin/sh"), &["-c".into(), script.into()], limits, heard, stopped)
    }

    fn quiet(script: &str) -> Result<String, Unmade> {
        shell(script, &GENEROUS, &mut |_| true, &|| false)
    }

    fn code(result: Result<String, Unmade>) -> &'static str {
        result.map_or_else(|unmade| unmade.code, |_| "good")
    }

    /// What tells processes of a test from all others.
    fn running(word: &str) -> usize {
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
        processes.filter(|line| line.windows(word.len()).any(|part| part == word.as_bytes())).count()
    }

    #[test]
    fn what_it_says_is_heard_and_its_end_is_judged() {
        let mut said = Vec::new();
        let errors = shell(
            "echo one; echo two >&2; echo three",
            &GENEROUS,
            &mut |bytes| {
                said.extend_from_slice(bytes);
                true
            },
            &|| false,
        );
        assert_eq!(errors.unwrap(), "two\n");
        assert_eq!(said, b"one\nthree\n");
        let refused = quiet("echo '[mov,mp4 @ 0x55d0] file:/srv/media/12.mp4: Invalid data found' >&2; exit 1").unwrap_err();
        assert_eq!((refused.code, refused.again), ("not_converted", false));
        assert_eq!(refused.message, "The video could not be converted (@ Invalid data found). Export it again, as MP4 with H.264 if possible.");
        assert_eq!(code(quiet("echo 'No space left on device' >&2; exit 1")), "disk");
        assert_eq!(code(quiet("kill -KILL $$")), "killed");
        assert_eq!(code(quiet("exit 3")), "not_converted");
        assert_eq!(code(run(Path::new("/nowhere/ffmpeg"), &[], &GENEROUS, &mut |_| true, &|| false)), "not_converted");
    }

    /// All that a script says.
    fn heard(script: &str) -> String {
        let mut said = Vec::new();
        let mut hear = |bytes: &[u8]| {
            said.extend_from_slice(bytes);
            true
        };
        shell(script, &GENEROUS, &mut hear, &|| false).unwrap();
        String::from_utf8(said).unwrap()
    }

    #[test]
    fn it_sees_nothing_of_ours() {
        let names = heard("env | sort | cut -d= -f1 | tr '\\n' ' '; cat");
        assert!(names.split_whitespace().all(|name| ["LC_ALL", "PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name)), "{names}");
    }

    #[test]
    fn a_flood_is_heard_to_its_end_and_complaints_are_bounded() {
        let bytes = Cell::new(0);
        let errors = shell(
            "head -c 3000000 /dev/zero; head -c 300000 /dev/zero | tr '\\0' x >&2",
            &GENEROUS,
            &mut |more| {
                bytes.set(bytes.get() + more.len());
                true
            },
            &|| false,
        );
        assert_eq!((bytes.get(), errors.unwrap().len()), (3_000_000, LONGEST_ERRORS));
    }

    #[test]
    fn it_and_its_children_are_killed_on_stop_on_silence_and_at_the_deadline() {
        let none = Duration::from_millis(400);
        for (name, limits, stop, wanted) in [
            ("pm3k-test-stop", GENEROUS, true, "stopped"),
            ("pm3k-test-silence", Limits { silence: none, ..GENEROUS }, false, "took_too_long"),
            ("pm3k-test-deadline", Limits { time: none, ..GENEROUS }, false, "took_too_long"),
        ] {
            let asked = Cell::new(0);
            let stopped = || {
                asked.set(asked.get() + 1);
                stop && running(name) >= 2
            };
            // A child of the child, its outputs closed: neither hides it.
            let script = format!("sh -c 'exec >/dev/null 2>&1; while :; do sleep 30; done' {name} & wait # {name}");
            let begun = Instant::now();
            assert_eq!(code(shell(&script, &limits, &mut |_| false, &stopped)), wanted, "{name}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{name}");
            // A killed process is there until its new parent has looked.
            while running(name) > 0 {
                assert!(begun.elapsed() < Duration::from_secs(20), "{name} is left");
                thread::sleep(TICK);
            }
        }
    }

    #[test]
    fn files_time_and_memory_are_limited() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("large");
        let write = format!("exec head -c 3000000 /dev/zero > {}", file.display());
        assert_eq!(code(quiet(&write)), "not_as_planned");
        assert_eq!(fs::metadata(&file).unwrap().len(), 1 << 20);
        assert_eq!(heard("ulimit -v; ulimit -t; ulimit -c"), "4194304\n122\n0\n");
    }
}
