//! How often a sign-in may be tried: tokens that fill up again, per client network and per e-mail address. Bounded in memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::secret;

/// So many tries at once, and then one more each so often.
#[derive(Debug, Clone, Copy)]
struct Rate {
    tries: i32,
    refill: TimeDelta,
}

const PER_CLIENT: Rate = Rate { tries: 20, refill: TimeDelta::seconds(6) };
const PER_EMAIL: Rate = Rate { tries: 8, refill: TimeDelta::seconds(20) };
/// Entries kept; those that are full again are forgotten first.
const MOST: usize = 20_000;

/// What has been tried. An entry is the moment at which it will be full again.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<[u8; 32], DateTime<Utc>>>);

impl Rates {
    /// Takes a token of both; the time to wait if one is used up.
    pub fn take(&self, client: IpAddr, email: &str, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST {
            full_at.retain(|_, at| *at > now);
        }
        if full_at.len() >= MOST {
            // Somebody tries from very many places at once: everybody waits a moment, and the memory stays bounded.
            return Err(PER_CLIENT.refill);
        }
        let keys = keys(client, email);
        for (key, rate) in keys {
            let debt = full_at.get(&key).map_or(TimeDelta::zero(), |at| (*at - now).max(TimeDelta::zero()));
            if debt > rate.refill * (rate.tries - 1) {
                return Err(debt - rate.refill * (rate.tries - 1));
            }
        }
        for (key, rate) in keys {
            let entry = full_at.entry(key).or_insert(now);
            *entry = (*entry).max(now) + rate.refill;
        }
        Ok(())
    }

    /// The sign-in was right: it counts for nothing.
    pub fn give_back(&self, client: IpAddr, email: &str) {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rate) in keys(client, email) {
            if let Some(at) = full_at.get_mut(&key) {
                *at -= rate.refill;
            }
        }
    }
}

fn keys(client: IpAddr, email: &str) -> [([u8; 32], Rate); 2] {
    // One subscriber has a whole /64 of IPv6 addresses.
    let network = match client {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x}", v6.to_bits() >> 64),
    };
    [(secret::fingerprint(&format!("client {network}")), PER_CLIENT), (secret::fingerprint(&format!("email {}", email.trim().to_lowercase())), PER_EMAIL)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn tries_run_out_and_come_back() {
        let rates = Rates::default();
        for n in 0..8 {
            assert_eq!(rates.take(ip(n), "A@example.org", NOW), Ok(()), "{n}");
        }
        assert_eq!(rates.take(ip(9), "a@example.org ", NOW), Err(PER_EMAIL.refill));
        assert_eq!(rates.take(ip(9), "b@example.org", NOW), Ok(()));
        assert_eq!(rates.take(ip(9), "a@example.org", NOW + PER_EMAIL.refill), Ok(()));
        assert!(rates.take(ip(9), "a@example.org", NOW + PER_EMAIL.refill).is_err());
    }

    #[test]
    fn one_network_cannot_try_many_addresses() {
        let rates = Rates::default();
        let host = |n: u128| IpAddr::V6((0x2001_0db8_u128 << 96 | n).into());
        let tried = (0..100).take_while(|n| rates.take(host(*n), &format!("{n}@example.org"), NOW).is_ok()).count();
        assert_eq!(tried, 20);
    }

    #[test]
    fn a_right_sign_in_costs_nothing() {
        let rates = Rates::default();
        for _ in 0..100 {
            assert_eq!(rates.take(ip(1), "a@example.org", NOW), Ok(()));
            rates.give_back(ip(1), "a@example.org");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let rates = Rates::default();
        for n in 0..10_050 {
            let _ = rates.take(ip(n), &n.to_string(), NOW);
        }
        assert!(rates.0.lock().unwrap().len() <= MOST + 2);
        assert_eq!(rates.take(ip(1), "x", NOW + TimeDelta::hours(1)), Ok(()));
    }
}
