//! When to look again at something that Meta is processing.
//!
//! Invariant: a look is never planned past the due time when there is one before it, and near the due time looks are quick: the last call
//! goes out within seconds of the due time once the media is ready.

use chrono::{DateTime, TimeDelta, Utc};

/// Around the due time.
const QUICK: TimeDelta = TimeDelta::seconds(2);
/// How long before the due time quick looks begin, and how long after it they end.
const QUICK_BEFORE: TimeDelta = TimeDelta::seconds(30);
const QUICK_AFTER: TimeDelta = TimeDelta::minutes(5);

/// The time of the next look after `looks` looks; `pauses` are seconds, the last one repeats.
pub fn next_look(looks: u32, pauses: &[i64], now: DateTime<Utc>, due: DateTime<Utc>) -> DateTime<Utc> {
    let pause = TimeDelta::seconds(nth(looks, pauses));
    if now >= due + QUICK_AFTER {
        return now + pause;
    }
    if now >= due - QUICK_BEFORE {
        let next = now + pause.min(QUICK);
        return if now < due { next.min(due) } else { next };
    }
    (now + pause).min(due - QUICK_BEFORE)
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
            (9, due - 40, due - 30),
            (9, due - 30, due - 28),
            (0, due - 1, due),
            (9, due, due + 2),
            (9, due + 299, due + 301),
            (9, due + 300, due + 360),
        ] {
            assert_eq!(next_look(looks, &[2, 5, 60], at(now), at(due)), at(next), "look {looks} at {now}");
        }
    }
}
