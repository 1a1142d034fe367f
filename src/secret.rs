//! Secrets: a type that cannot be printed, and sealing for the ones that must be stored.
//!
//! Invariants: a [`Secret`] shows itself only through [`Secret::expose`]; what is stored of one is sealed with XChaCha20-Poly1305, with the
//! place it belongs to (`account:12`) as associated data, so that a sealed value copied to another row does not open there.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// A text that must never be shown: a token, an app secret, an API key.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, to be handed to the place that needs it and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(empty)" } else { "(secret)" })
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// For `#[serde(serialize_with = "secret::seal_field")]`: only for values that are sealed as a whole before they are stored.
pub fn seal_field<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

/// As [`seal_field`], for a secret that may be missing.
pub fn seal_option<S: Serializer>(secret: &Option<Secret>, to: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => to.serialize_some(secret.expose()),
        None => to.serialize_none(),
    }
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    // The system's generator does not fail once the machine is up; if it ever does, no secret may be made from what is left.
    if let Err(e) = getrandom::fill(&mut bytes) {
        panic!("the system's random generator failed: {e}");
    }
    bytes
}

/// A fresh unguessable word (160 bits, digits of base 32).
pub fn random_word() -> String {
    random::<32>().iter().map(|b| char::from_digit(u32::from(b % 32), 32).unwrap_or('0')).collect()
}

/// What is stored of a word that is only ever compared (session, API key, state).
pub fn fingerprint(word: &str) -> [u8; 32] {
    Sha256::digest(word.as_bytes()).into()
}

/// A sealed value could not be opened: another key file, another row, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealable;

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sealed value could not be opened with this key file: it belongs to another installation, or was changed")
    }
}

impl std::error::Error for Unsealable {}

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// First byte of a sealed value: which form it has, so that a later form can be told apart.
const SEALED_V1: u8 = 1;

/// The installation's key, from which every other key is derived.
#[derive(Clone)]
pub struct Keys {
    root: [u8; KEY_BYTES],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(secret)")
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.root.zeroize();
    }
}

impl Keys {
    pub fn new(root: [u8; KEY_BYTES]) -> Keys {
        Keys { root }
    }

    /// Reads the key file, or makes one (mode 0600) when there is none. The flag tells whether it was made.
    pub fn open_or_create(path: &Path) -> io::Result<(Keys, bool)> {
        match fs::File::open(path) {
            Ok(file) => {
                let mut text = String::new();
                file.take(1024).read_to_string(&mut text)?;
                let root = parse_hex_key(text.trim())
                    .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the key file must hold 64 hexadecimal digits; restore it from your backup"))?;
                Ok((Keys { root }, false))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let root = random::<KEY_BYTES>();
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path)?;
                writeln!(file, "{}", hex(&root))?;
                file.sync_all()?;
                Ok((Keys { root }, true))
            }
            Err(e) => Err(e),
        }
    }

    /// The key as 64 hexadecimal digits, for installations that keep it in the environment.
    pub fn from_hex(text: &str) -> Option<Keys> {
        parse_hex_key(text.trim()).map(Keys::new)
    }

    /// A key for one purpose; two purposes never share one.
    pub fn derive(&self, purpose: &str) -> [u8; KEY_BYTES] {
        hmac_sha256(&self.root, purpose.as_bytes())
    }

    /// Seals `plain` for `place`.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let cipher = XChaCha20Poly1305::new(&self.derive("seal").into());
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        // Encryption fails only for messages of more than 256 GiB.
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(SEALED_V1);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what [`Keys::seal`] sealed for the same `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or(Unsealable)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Unsealable)?;
        if *version != SEALED_V1 {
            return Err(Unsealable);
        }
        let cipher = XChaCha20Poly1305::new(&self.derive("seal").into());
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() }).map_err(|_| Unsealable)
    }
}

/// HMAC-SHA256 of `message` under `key`.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    use hmac::KeyInit as _;
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        Err(_) => unreachable!("HMAC takes keys of every length"),
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn parse_hex_key(text: &str) -> Option<[u8; KEY_BYTES]> {
    let digits: Vec<u8> = text.bytes().map(|b| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).filter_map(|pair| pair.first().zip(pair.get(1)).map(|(h, l)| h << 4 | l)).collect();
    (digits.len() == KEY_BYTES * 2).then(|| bytes.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "(secret)");
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_place_and_unchanged() {
        let keys = Keys::new([7; 32]);
        let sealed = keys.seal("account:1", b"token");
        assert_eq!(keys.open("account:1", &sealed).as_deref(), Ok(b"token".as_slice()));
        assert_eq!(keys.open("account:2", &sealed), Err(Unsealable));
        assert_eq!(Keys::new([8; 32]).open("account:1", &sealed), Err(Unsealable));
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(keys.open("account:1", &changed), Err(Unsealable), "byte {i}");
            assert_eq!(keys.open("account:1", &sealed[..i]), Err(Unsealable), "cut at {i}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let (made, fresh) = Keys::open_or_create(&path).unwrap();
        let (read, again) = Keys::open_or_create(&path).unwrap();
        assert!(fresh && !again);
        assert_eq!(made.derive("x"), read.derive("x"));
        assert_ne!(made.derive("x"), made.derive("y"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(Keys::open_or_create(&path).is_err());
    }
}
