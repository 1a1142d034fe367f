//! What Meta sends to the app by itself: a signed word that a person has removed it, or wants everything deleted.
//!
//! Always true: the signature is made over the encoded payload with the secret of the app whose login it was; only this machine is called.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::{
    address::{FACEBOOK_APP_SECRET, INSTAGRAM_APP_SECRET, host, is_loopback},
    running::InstagramLogin,
    world::Now,
};

/// How a signed request is made. The first four are to be believed, the others are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    Proper,
    /// Both parts end with `=`.
    Padded,
    /// The user's id is a number.
    NumericUser,
    WithoutExpiry,
    WrongSignature,
    /// Signed with a secret that is neither app's.
    ForeignSecret,
    /// Signed well, but it names another algorithm.
    OtherAlgorithm,
    /// The payload was changed after signing.
    ChangedPayload,
    /// There is no dot in it.
    OnePart,
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8], padded: bool) -> String {
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let word = piece.iter().chain(&[0, 0]).take(3).fold(0usize, |word, byte| word << 8 | usize::from(*byte));
        for index in 0..4 {
            if index <= piece.len() {
                text.push(char::from(ALPHABET.get(word >> (18 - 6 * index) & 63).copied().unwrap_or(b'A')));
            } else if padded {
                text.push('=');
            }
        }
    }
    text
}

pub fn signed_request(login: InstagramLogin, user_id: &str, signing: Signing, now: Now) -> String {
    let secret = match (signing, login) {
        (Signing::ForeignSecret, _) => "a-secret-of-nobody",
        (_, InstagramLogin::Facebook) => FACEBOOK_APP_SECRET,
        (_, InstagramLogin::Instagram) => INSTAGRAM_APP_SECRET,
    };
    let issued = now.timestamp();
    let algorithm = if signing == Signing::OtherAlgorithm { "HMAC-SHA1" } else { "HMAC-SHA256" };
    let mut payload = json!({"algorithm": algorithm, "issued_at": issued, "user_id": user_id});
    if signing != Signing::WithoutExpiry {
        crate::graph::put(&mut payload, "expires", json!(issued + 3_600));
    }
    if let (Signing::NumericUser, Ok(number)) = (signing, user_id.parse::<u64>()) {
        crate::graph::put(&mut payload, "user_id", json!(number));
    }
    let padded = signing == Signing::Padded;
    let encoded = base64url(payload.to_string().as_bytes(), padded);
    let mut signature = sign(secret, &encoded);
    if let (Signing::WrongSignature, Some(first)) = (signing, signature.first_mut()) {
        *first ^= 1;
    }
    let sent = match signing {
        Signing::ChangedPayload => base64url(payload.to_string().replace(user_id, "1").as_bytes(), false),
        _ => encoded,
    };
    let dot = if signing == Signing::OnePart { "" } else { "." };
    format!("{}{dot}{sent}", base64url(&signature, padded))
}

fn sign(secret: &str, message: &str) -> Vec<u8> {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(message.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}

/// Posts it as Meta does. Status and body of the answer.
pub fn send(agent: &ureq::Agent, url: &str, signed_request: &str) -> std::io::Result<(u16, String)> {
    if !host(url).is_some_and(|host| is_loopback(&host)) {
        return Err(std::io::Error::other("callbacks are sent to this machine only"));
    }
    let body = format!("signed_request={}", crate::http::params::encode(signed_request));
    let answer = agent.post(url).content_type("application/x-www-form-urlencoded").send(body);
    let mut answer = answer.map_err(std::io::Error::other)?;
    let text = answer.body_mut().read_to_string().map_err(std::io::Error::other)?;
    Ok((answer.status().as_u16(), text))
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn bytes_become_url_safe_text() {
        let cases: [(&[u8], &str, &str); 4] = [(b"", "", ""), (b"f", "Zg", "Zg=="), (b"fo", "Zm8", "Zm8="), (&[0xFB, 0xFF, 0xBF], "-_-_", "-_-_")];
        for (bytes, plain, padded) in cases {
            assert_eq!((base64url(bytes, false).as_str(), base64url(bytes, true).as_str()), (plain, padded));
        }
    }
}
