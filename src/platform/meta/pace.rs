//! When to look again at something that Meta is processing.
//!
//! Invariant: looks are quick around the due time, so that the last call goes out within a second of it once the media is ready; before and
//! after that they are rare, because every look counts against an allowance that is small for small accounts.

use chrono::{DateTime, TimeDelta, Utc};

/// From so long before the due time until so long after it, a look every second.
const QUICK_BEFORE: TimeDelta = TimeDelta::seconds(10);
const QUICK_AFTER: TimeDelta = TimeDelta::seconds(60);
/// Then, for what is late but may still come soon.
const BRISK: TimeDelta = TimeDelta::seconds(5);
const BRISK_AFTER: TimeDelta = TimeDelta::minutes(5);

/// The time of the next look after `looks` looks; `pauses` are seconds, the last one repeats.
pub fn next_look(looks: u32, pauses: &[i64], now: DateTime<Utc>, due: DateTime<Utc>) -> DateTime<Utc> {
    let pause = TimeDelta::seconds(nth(looks, pauses));
    let quick_from = due - QUICK_BEFORE;
    if now < quick_from {
        return (now + pause).min(quick_from);
    }
    now + match now - due {
        late if late < QUICK_AFTER => TimeDelta::seconds(1),
        late if late < BRISK_AFTER => pause.min(BRISK),
        _ => pause,
    }
}

/// A look that `patience` puts off; never over the due time.
pub fn stretched(next: DateTime<Utc>, patience: i32, now: DateTime<Utc>, due: DateTime<Utc>) -> DateTime<Utc> {
    let later = now + (next - now) * patience;
    if next <= due { later.min(due) } else { later }
}

/// `pauses[looks]`, or the last one.
pub fn nth(looks: u32, pauses: &[i64]) -> i64 {
    let index = usize::try_from(looks).unwrap_or(usize::MAX);
    pauses.get(index).or(pauses.last()).copied().unwrap_or(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_apart_early_and_are_quick_around_the_due_time() {
        let at = |seconds: i64| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let due = 10_000;
        for (looks, now, next) in [
            (0, 0, 2),
            (1, 0, 5),
            (9, 0, 60),
            (9, due - 40, due - 10),
            (9, due - 10, due - 9),
            (0, due - 1, due),
            (9, due, due + 1),
            (9, due + 59, due + 60),
            (9, due + 60, due + 65),
            (0, due + 60, due + 62),
            (9, due + 300, due + 360),
        ] {
            assert_eq!(next_look(looks, &[2, 5, 60], at(now), at(due)), at(next), "look {looks} at {now}");
        }
        for (now, next, patience, later) in [(0, 5, 1, 5), (0, 5, 4, 20), (9_990, 9_995, 4, 10_000), (10_000, 10_001, 4, 10_004)] {
            assert_eq!(stretched(at(next), patience, at(now), at(due)), at(later), "{patience} times {now} to {next}");
        }
    }
}
