//! The token in `/media/{token}/{name}`, the address under which a platform fetches a file.
//!
//! What must always be true: a token was made by this installation's key, names one media for one attempt of one job,
//! and ends. It proves nothing else: whether the job still needs the file is asked of the database by the caller.
//! A forged token and an old one are told apart only after the signature held.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Sets these signatures apart from all others made with the same key, and from later forms of the claim.
const PURPOSE: &[u8] = b"pm3k media url 1\0";
const CLAIM: usize = 32;
const SIGNATURE: usize = 32;

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The media to hand out.
    pub media_id: i64,
    /// The job that needs it.
    pub job_id: i64,
    /// The attempt of that job, so that a retry's address is a new one.
    pub attempt: i64,
    /// The first instant at which the token is worth nothing. Whole seconds: a fraction is cut off.
    pub expires_at: DateTime<Utc>,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not a token of this installation.
    Forged,
    /// It was one, and its time is over.
    Expired,
}

/// Makes the token: 128 characters of hex.
pub fn sign(key: &[u8; 32], claim: &Claim) -> String {
    let claim = bytes_of(claim);
    let signature = mac(key, &claim).finalize().into_bytes();
    claim.iter().chain(signature.iter()).map(|b| format!("{b:02x}")).collect()
}

/// Reads a token back. The signature is compared in constant time, before anything in the token is believed.
///
/// # Errors
/// [`Refused`] says why it opens nothing.
pub fn verify(key: &[u8; 32], token: &str, now: DateTime<Utc>) -> Result<Claim, Refused> {
    let bytes: [u8; CLAIM + SIGNATURE] = unhex(token).ok_or(Refused::Forged)?;
    let (claim, signature) = bytes.split_first_chunk::<CLAIM>().ok_or(Refused::Forged)?;
    mac(key, claim).verify_slice(signature).map_err(|_| Refused::Forged)?;
    let claim = claim_of(claim).ok_or(Refused::Forged)?;
    if now < claim.expires_at { Ok(claim) } else { Err(Refused::Expired) }
}

fn mac(key: &[u8; 32], claim: &[u8; CLAIM]) -> Hmac<Sha256> {
    // Padding with zeros up to a block is what HMAC does to a shorter key; this way it cannot fail.
    let mut block = [0; 64];
    for (padded, byte) in block.iter_mut().zip(key) {
        *padded = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(PURPOSE);
    mac.update(claim);
    mac
}

fn bytes_of(claim: &Claim) -> [u8; CLAIM] {
    let mut bytes = [0; CLAIM];
    let fields = [claim.media_id, claim.job_id, claim.attempt, claim.expires_at.timestamp()];
    for (place, field) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(fields) {
        *place = field.to_be_bytes();
    }
    bytes
}

fn claim_of(bytes: &[u8; CLAIM]) -> Option<Claim> {
    let mut fields = bytes.as_chunks::<8>().0.iter().map(|b| i64::from_be_bytes(*b));
    Some(Claim { media_id: fields.next()?, job_id: fields.next()?, attempt: fields.next()?, expires_at: DateTime::from_timestamp(fields.next()?, 0)? })
}

/// Small letters only: a token has one spelling, so that logs and caches see one address.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn any_claim() -> impl Strategy<Value = Claim> {
        (any::<i64>(), any::<i64>(), any::<i64>(), 0i64..10_000_000_000).prop_map(|(media_id, job_id, attempt, expires)| Claim {
            media_id,
            job_id,
            attempt,
            expires_at: at(expires),
        })
    }

    #[test]
    fn ends_to_the_second() {
        let claim = Claim { media_id: 1, job_id: 2, attempt: 3, expires_at: at(1000) };
        let token = sign(&KEY, &claim);
        assert_eq!(verify(&KEY, &token, at(999)), Ok(claim));
        assert_eq!(verify(&KEY, &token, at(1000)), Err(Refused::Expired));
        assert_eq!(verify(&[8; 32], &token, at(999)), Err(Refused::Forged));
        assert_eq!(verify(&[8; 32], &token, at(2000)), Err(Refused::Forged));
    }

    proptest! {
        #[test]
        fn what_was_signed_comes_back(claim in any_claim(), key: [u8; 32]) {
            let token = sign(&key, &claim);
            prop_assert_eq!(token.len(), 128);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric()));
            let before = claim.expires_at - chrono::TimeDelta::seconds(1);
            prop_assert_eq!(verify(&key, &token, before), Ok(claim));
            prop_assert_eq!(verify(&key, &token, claim.expires_at), Err(Refused::Expired));
        }

        #[test]
        fn one_changed_character_is_forged(claim in any_claim(), place in 0usize..128, to in "[0-9a-zA-Z_-]") {
            let token = sign(&KEY, &claim);
            let mut changed = token.clone();
            changed.replace_range(place..=place, &to);
            prop_assume!(changed != token);
            prop_assert_eq!(verify(&KEY, &changed, at(0)), Err(Refused::Forged));
        }

        #[test]
        fn anything_else_is_forged(text in ".{0,200}") {
            prop_assert_eq!(verify(&KEY, &text, at(0)), Err(Refused::Forged));
        }
    }
}
