//! Where streamed bytes go: into a running hash, past the reader of videos, and as long as they are few, into memory to be shown.
//!
//! Always true: memory does not grow with the length of what is uploaded; the first kilobyte and a video's index are kept, and the
//! whole only up to the gallery's longest medium.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::{
    gallery::{LONGEST, Piece},
    video::{Reader, Seen, Unreadable},
};

const HEAD: usize = 1 << 10;

#[derive(Clone, Debug, Default)]
pub struct Sink {
    hasher: Sha256,
    length: u64,
    head: Vec<u8>,
    video: Reader,
    /// Empty once there is more than can be kept.
    pieces: Vec<Piece>,
}

impl Sink {
    pub fn write(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        self.video.write(bytes);
        if self.length > LONGEST as u64 {
            self.pieces = Vec::new();
        } else {
            self.pieces.push(bytes.into());
        }
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Everything so far, or nothing where that is too much.
    pub fn pieces(&self) -> Vec<Piece> {
        self.pieces.clone()
    }

    /// The bytes are in the gallery, or of no use any more: what is known about them stays.
    pub fn forget(&mut self) {
        self.pieces = Vec::new();
    }

    /// What the bytes so far are, as a whole video.
    pub fn video(&self) -> Result<Seen, Unreadable> {
        self.video.seen()
    }

    /// The hash of everything so far, in hex.
    pub fn sha256(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }
}

/// A sink that an upload can fill without holding the world.
#[derive(Clone, Debug, Default)]
pub struct SharedSink(Arc<Mutex<Sink>>);

impl SharedSink {
    pub fn lock(&self) -> MutexGuard<'_, Sink> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
