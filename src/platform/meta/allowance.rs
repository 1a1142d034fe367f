//! What is known of Meta's allowances for calls: how much of the app's and of each account's is used, and who was told to wait. In memory: it comes
//! back with the next answers.
//!
//! Invariants: above [`FULL`] percent only publishing and its verification go out. After a limit error nothing goes out that counts against the same
//! allowance until its time, and then one call first, because calls while limited lengthen the limit. What is old is not believed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::usage::Usage;
use crate::platform::{ErrorClass, PlatformError};

/// From this percentage on, looks that can wait come more rarely.
pub const MUCH: u32 = 80;
/// Above this percentage, what can wait does.
pub const FULL: u32 = 95;
/// So many times as long are the pauses between looks then.
const SLOWER: i32 = 4;
/// What was told longer ago says nothing any more.
const BELIEVED_FOR: TimeDelta = TimeDelta::hours(1);
/// How long what can wait rests before one call asks again.
const REST: TimeDelta = TimeDelta::minutes(5);
/// How long the one call after a limit has to bring its answer, before another one is let out.
const PROBE: TimeDelta = TimeDelta::seconds(30);

/// The app's own entry; no account has an empty id.
const APP: &str = "";

/// Shared by everything that calls as the same app.
#[derive(Debug, Clone, Default)]
pub struct Allowance(Arc<Mutex<HashMap<String, Told>>>);

#[derive(Debug, Clone, Copy)]
struct Told {
    percent: u32,
    at: DateTime<Utc>,
    /// Set by a limit error.
    closed: Option<DateTime<Utc>>,
}

impl Told {
    /// When a call may go out; none if it may now.
    fn opens(&self, can_wait: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let full = (can_wait && self.percent > FULL).then(|| self.at + REST);
        self.closed.max(full).filter(|until| *until > now)
    }

    /// A call goes out: until it is answered, the next ones wait where this one had to.
    fn probe(&mut self, can_wait: bool, now: DateTime<Utc>) {
        self.closed = self.closed.map(|_| now + PROBE);
        if can_wait && self.percent > FULL {
            self.at = now;
        }
    }
}

impl Allowance {
    /// May a call for this account go out now? If not: when.
    pub fn admit(&self, account: Option<&str>, can_wait: bool, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let mut told = self.told();
        let until = whose(account).filter_map(|key| told.get(key)?.opens(can_wait, now)).max();
        if let Some(until) = until {
            return Err(until);
        }
        for key in whose(account) {
            if let Some(told) = told.get_mut(key) {
                told.probe(can_wait, now);
            }
        }
        Ok(())
    }

    /// How many times as long the pauses between looks should be.
    pub fn patience(&self, account: Option<&str>, now: DateTime<Utc>) -> i32 {
        if self.used(account, now) >= MUCH { SLOWER } else { 1 }
    }

    /// The higher of the app's and the account's percentage, as far as it is known.
    pub fn used(&self, account: Option<&str>, now: DateTime<Utc>) -> u32 {
        let told = self.told();
        let recent = |key| told.get(key).filter(|told| now - told.at < BELIEVED_FOR).map(|told| told.percent);
        whose(account).filter_map(recent).max().unwrap_or(0)
    }

    /// What the headers of an answer told.
    pub fn note(&self, usage: &Usage, account: Option<&str>, now: DateTime<Utc>) {
        let of_account = account.and_then(|id| Some((id, usage.of(id)?)));
        let mut told = self.told();
        for (key, percent) in usage.app.map(|percent| (APP, percent)).into_iter().chain(of_account) {
            let closed = told.get(key).and_then(|told| told.closed);
            told.insert(key.to_owned(), Told { percent, at: now, closed });
        }
    }

    /// A call was taken: no limit holds any more.
    pub fn taken(&self, account: Option<&str>) {
        let mut told = self.told();
        for key in whose(account) {
            if let Some(told) = told.get_mut(key) {
                told.closed = None;
            }
        }
    }

    /// A limit error closes the allowance that it is about.
    pub fn refused(&self, error: &PlatformError, account: Option<&str>, now: DateTime<Utc>) {
        let ErrorClass::RateLimited { until: Some(until) } = error.class else { return };
        let Some(key) = about(&error.code, account) else { return };
        let mut told = self.told();
        let told = told.entry(key.to_owned()).or_insert(Told { percent: 0, at: now, closed: None });
        told.closed = told.closed.max(Some(until));
    }

    fn told(&self) -> MutexGuard<'_, HashMap<String, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whose(account: Option<&str>) -> impl Iterator<Item = &str> {
    std::iter::once(APP).chain(account)
}

/// Whose limit a code tells of. A block for posting too fast is none: reads are still taken.
fn about<'a>(code: &str, account: Option<&'a str>) -> Option<&'a str> {
    match code.split('/').next()?.parse::<i64>().ok()? {
        // Instagram's word for suspected spam, which has nothing to do with the app's calls.
        4 if code == "4/2207051" => None,
        4 | 341 => Some(APP),
        17 | 32 | 613 | 80_000..=80_014 => account,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const PAGE: Option<&str> = Some("1");

    fn at(seconds: i64) -> DateTime<Utc> {
        NOW + TimeDelta::seconds(seconds)
    }

    fn told(app: Option<u32>, objects: &[(&str, u32)]) -> Usage {
        Usage { app, objects: objects.iter().map(|(id, percent)| ((*id).to_owned(), *percent)).collect(), page: None, regain: None }
    }

    fn limit(code: &str, seconds: i64) -> PlatformError {
        PlatformError::new(ErrorClass::RateLimited { until: Some(at(seconds)) }, code, "x")
    }

    #[test]
    fn what_can_wait_does_when_the_allowance_is_nearly_used() {
        for (app, page, background, publishing, patience) in [
            (Some(10), 20, true, true, 1),
            (Some(79), 79, true, true, 1),
            (Some(80), 0, true, true, 4),
            (None, 95, true, true, 4),
            (Some(96), 0, false, true, 4),
            (Some(0), 96, false, true, 4),
        ] {
            let allowance = Allowance::default();
            allowance.note(&told(app, &[("1", page)]), PAGE, NOW);
            assert_eq!(allowance.admit(PAGE, true, at(1)).is_ok(), background, "{app:?} {page}");
            assert_eq!(allowance.admit(PAGE, false, at(1)).is_ok(), publishing, "{app:?} {page}");
            assert_eq!(allowance.patience(PAGE, at(1)), patience, "{app:?} {page}");
            assert_eq!(allowance.patience(PAGE, at(3601)), 1, "old news");
        }
    }

    #[test]
    fn one_call_asks_again_after_a_rest() {
        let allowance = Allowance::default();
        allowance.note(&told(Some(97), &[]), PAGE, NOW);
        assert_eq!(allowance.admit(PAGE, true, at(1)), Err(at(300)));
        assert_eq!(allowance.admit(PAGE, true, at(300)), Ok(()));
        assert_eq!(allowance.admit(PAGE, true, at(301)), Err(at(600)), "the others wait for its answer");
        allowance.note(&told(Some(40), &[]), PAGE, at(302));
        assert_eq!(allowance.admit(PAGE, true, at(303)), Ok(()));
    }

    #[test]
    fn a_limit_holds_everything_that_counts_against_it_and_is_tried_with_one_call() {
        let allowance = Allowance::default();
        allowance.refused(&limit("80001", 600), PAGE, NOW);
        assert_eq!(allowance.admit(PAGE, false, at(599)), Err(at(600)));
        assert_eq!(allowance.admit(Some("2"), true, at(1)), Ok(()), "another Page");
        assert_eq!(allowance.admit(PAGE, false, at(600)), Ok(()), "the one call");
        assert_eq!(allowance.admit(PAGE, false, at(601)), Err(at(630)));
        allowance.taken(PAGE);
        assert_eq!(allowance.admit(PAGE, true, at(602)), Ok(()));

        allowance.refused(&limit("4", 3600), PAGE, NOW);
        assert_eq!(allowance.admit(Some("2"), false, at(1)), Err(at(3600)), "the whole app");
    }

    #[test]
    fn only_limits_on_calls_close_anything() {
        for (code, app, page) in [
            ("4", true, true),
            ("341", true, true),
            ("17", false, true),
            ("32", false, true),
            ("613/1996", false, true),
            ("80001", false, true),
            ("80014", false, true),
            ("4/2207051", false, false),
            ("368/1390008", false, false),
            ("http_429", false, false),
        ] {
            let allowance = Allowance::default();
            allowance.refused(&limit(code, 60), PAGE, NOW);
            assert_eq!(allowance.admit(Some("2"), false, NOW).is_err(), app, "{code}");
            assert_eq!(allowance.admit(PAGE, false, NOW).is_err(), page, "{code}");
        }
    }
}
