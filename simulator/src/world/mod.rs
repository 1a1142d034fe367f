//! The world: everything that exists on the three platforms, in one struct behind one mutex.
//!
//! Always true: nothing runs in the background. Whatever takes time (processing, moderation, expiry) is computed from the `now` that
//! a call brings; so the same calls at the same times always make the same world. Ids are counters dressed as the real ones.

pub mod boxes;
pub mod facebook;
pub mod gallery;
pub mod grant;
pub mod image;
pub mod instagram;
pub mod population;
pub mod sink;
pub mod tiktok;
pub mod token;
pub mod video;
pub mod visible;
pub mod webm;
pub mod webp;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{calls::Call, clock::delta, fault::Faults, settings::Settings};
use token::{Code, Token};

pub type Now = DateTime<Utc>;

#[derive(Debug)]
pub struct World {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    pub settings: Settings,
    pub redirects: BTreeSet<String>,
    pub tokens: BTreeMap<String, Token>,
    pub codes: BTreeMap<String, Code>,
    pub tiktok: tiktok::TikTok,
    pub facebook: facebook::Facebook,
    pub instagram: instagram::Instagram,
    pub gallery: gallery::Gallery,
    pub calls: Vec<Call>,
    pub faults: Faults,
    rates: BTreeMap<String, VecDeque<Now>>,
    serial: u64,
}

impl World {
    pub fn new(base: String, settings: Settings) -> World {
        World {
            base,
            settings,
            redirects: BTreeSet::new(),
            tokens: BTreeMap::new(),
            codes: BTreeMap::new(),
            tiktok: tiktok::TikTok::default(),
            facebook: facebook::Facebook::default(),
            instagram: instagram::Instagram::default(),
            gallery: gallery::Gallery::default(),
            calls: Vec::new(),
            faults: Faults::default(),
            rates: BTreeMap::new(),
            serial: 0,
        }
    }

    /// The next number of the world; every id is made from one.
    pub fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// An id of a fixed number of digits: `start` and then the counter, spread so that ids do not look like a row.
    pub fn id(&mut self, start: u64) -> String {
        (start + self.next() * 7).to_string()
    }

    /// Letters and digits that cannot be guessed from looking at others, and are the same in every run.
    pub fn mystery(&mut self, length: usize) -> String {
        let serial = self.next();
        let mut text = sink::sha256_hex(format!("simulated {serial}").as_bytes());
        text.truncate(length);
        text
    }

    pub fn log_id(&mut self, now: Now) -> String {
        format!("{}{:014X}", now.format("%Y%m%d%H%M%S"), self.next())
    }

    pub fn trace_id(&mut self) -> String {
        let text = self.mystery(22);
        format!("A{text}")
    }

    /// Whether one more call fits into the sliding minute of this key. A call that does not fit is not counted.
    pub fn within_rate(&mut self, key: String, per_minute: usize, now: Now) -> bool {
        if !self.settings.rate_limits {
            return true;
        }
        let seen = self.rates.entry(key).or_default();
        while seen.front().is_some_and(|first| *first + TimeDelta::seconds(60) <= now) {
            seen.pop_front();
        }
        let fits = seen.len() < per_minute;
        if fits {
            seen.push_back(now);
        }
        fits
    }

    /// Counts one more call of this key, and tells how many percent of the allowed ones there were within `span`.
    pub fn count(&mut self, key: String, span: TimeDelta, allowed: u32, now: Now) -> u32 {
        if !self.settings.quotas {
            return 0;
        }
        let seen = self.rates.entry(key.clone()).or_default();
        while seen.front().is_some_and(|first| *first + span <= now) {
            seen.pop_front();
        }
        seen.push_back(now);
        self.counted(&key, span, allowed, now)
    }

    pub fn counted(&self, key: &str, span: TimeDelta, allowed: u32, now: Now) -> u32 {
        let seen = self.rates.get(key).map_or(0, |seen| seen.len() - seen.partition_point(|at| *at + span <= now));
        u32::try_from(seen.saturating_sub(1) * 100 / usize::try_from(allowed.max(1)).unwrap_or(usize::MAX)).unwrap_or(u32::MAX)
    }

    /// What reads see of the present: the world as it was `read_lag` ago.
    pub fn seen_at(&self, now: Now) -> Now {
        now - delta(self.settings.read_lag)
    }

    /// When something that is complete now has been processed.
    pub fn processed_at(&self, now: Now) -> Now {
        now.checked_add_signed(delta(self.settings.processing)).unwrap_or(Now::MAX_UTC)
    }

    /// The next fetch of media fails with this subcode, if the switch says so.
    pub fn next_fetch_failure(&mut self) -> Option<u32> {
        let failures = &mut self.settings.instagram.fetch_failures;
        (!failures.is_empty()).then(|| failures.remove(0))
    }

    /// The next media that is in will not be processed, but fail with this subcode.
    pub fn next_processing_failure(&mut self) -> Option<u32> {
        let failures = &mut self.settings.instagram.processing_failures;
        (!failures.is_empty()).then(|| failures.remove(0))
    }

    /// Where the world shows the bytes of a medium.
    pub fn media_url(&self, sha256: &str) -> String {
        format!("{}/bytes/{sha256}", self.base)
    }

    pub fn avatar_url(&self, id: &str) -> String {
        format!("{}/avatars/{id}.png", self.base)
    }
}
