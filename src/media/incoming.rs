//! A file on its way in: written to `incoming/<name>.part`, counted and hashed as it passes, renamed when whole.
//!
//! What must always be true: the count and the hash are those of the bytes on disk, and a file that was not kept is
//! gone when its handle is, unless it arrives in pieces ([`super::resumed`]): then it stays for the next one. A rename
//! is the only way from `incoming` into the store, and it comes after the fsync.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::store::path_of;

/// More was written than the limit given to [`super::Store::begin`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: u64,
}

impl TooLarge {
    /// Is this what made a write fail? (`Write` has room for an `io::Error` only.)
    pub fn in_error(error: &io::Error) -> Option<TooLarge> {
        error.get_ref()?.downcast_ref::<TooLarge>().copied()
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file is larger than the {} bytes allowed", self.limit)
    }
}

impl std::error::Error for TooLarge {}

impl From<TooLarge> for io::Error {
    fn from(refused: TooLarge) -> io::Error {
        io::Error::new(io::ErrorKind::FileTooLarge, refused)
    }
}

/// The `.part` file. It goes when this does, unless it was renamed or is to stay.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) kept: bool,
    /// It arrives in pieces: whoever drops this handle is done with one piece, not with the file.
    pub(super) stays: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept && !self.stays {
            // A part that cannot be removed now is found by the sweep later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A file being written. Dropped without [`Incoming::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    pub(super) root: PathBuf,
    pub(super) part: Part,
    pub(super) file: File,
    pub(super) hash: Sha256,
    pub(super) bytes: u64,
    pub(super) limit: u64,
    pub(super) refused: bool,
}

impl Incoming {
    pub(super) fn create(root: &Path, folder: &Path, limit: u64) -> io::Result<Incoming> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
        let path = folder.join(format!("{}.part", hex(&random)));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Incoming { root: root.to_owned(), part: Part { path, kept: false, stays: false }, file, hash: Sha256::new(), bytes: 0, limit, refused: false })
    }

    /// The bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes that may still be written.
    pub fn room(&self) -> u64 {
        self.limit - self.bytes
    }

    /// Ends the file: its bytes are on the disk when this returns.
    ///
    /// # Errors
    /// [`TooLarge`] when a write was refused for it; or what the disk says. The file is gone then.
    pub fn finish(mut self) -> io::Result<Received> {
        if self.refused {
            return Err(TooLarge { limit: self.limit }.into());
        }
        self.file.flush()?;
        self.file.sync_all()?;
        Ok(Received { path: self.part.path.clone(), bytes: self.bytes, sha256: hex(&self.hash.finalize()), root: self.root, part: self.part })
    }
}

impl Write for Incoming {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.refused || buf.len() as u64 > self.room() {
            self.refused = true;
            return Err(TooLarge { limit: self.limit }.into());
        }
        let written = self.file.write(buf)?;
        self.hash.update(buf.get(..written).unwrap_or(buf));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that is whole, and not yet in the store: the moment to probe it. Dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    /// Where it lies for now.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in small hex.
    pub sha256: String,
    pub(super) root: PathBuf,
    pub(super) part: Part,
}

impl Received {
    /// Moves it into the store under `name`, atomically, and returns where it lies. A file that had this name is
    /// replaced: names are made from row ids, so it can only be the same upload taken up again after a crash.
    ///
    /// # Errors
    /// `InvalidInput` for a bad name (see [`super::store::valid_name`]), or what the disk says. The file is gone then.
    pub fn keep(self, name: &str) -> io::Result<PathBuf> {
        self.keep_for_now(name).map(|kept| kept.path)
    }

    /// As [`Received::keep`], for a caller that may yet have to undo it.
    ///
    /// # Errors
    /// As there; but a file that arrived in pieces is where it was.
    pub fn keep_for_now(mut self, name: &str) -> io::Result<Kept> {
        let path = path_of(&self.root, name)?;
        fs::rename(&self.part.path, &path)?;
        self.part.kept = true;
        let kept = Kept { path, part: self.part };
        // The rename itself must survive a power cut, else a row would point at nothing.
        match File::open(&self.root).and_then(|folder| folder.sync_all()) {
            Ok(()) => Ok(kept),
            Err(e) => {
                kept.undo()?;
                Err(e)
            }
        }
    }

    /// Removes the file, also one that arrived in pieces.
    pub fn discard(mut self) {
        self.part.stays = false;
    }
}

/// A file that was just moved into the store.
#[derive(Debug)]
pub struct Kept {
    /// Where it lies.
    pub path: PathBuf,
    part: Part,
}

impl Kept {
    /// Takes it out of the store again: back to where it was if it arrived in pieces, else it is gone.
    ///
    /// # Errors
    /// What the disk says.
    pub fn undo(self) -> io::Result<()> {
        if self.part.stays { fs::rename(&self.path, &self.part.path) } else { fs::remove_file(&self.path) }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A file that a child process writes, by its path. Dropped without [`Outside::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Outside {
    root: PathBuf,
    part: Part,
    limit: u64,
}

impl Outside {
    pub(super) fn create(root: &Path, folder: &Path, limit: u64) -> io::Result<Outside> {
        let Incoming { root, part, .. } = Incoming::create(root, folder, limit)?;
        Ok(Outside { root, part, limit })
    }

    /// What the child is told: a file of no bytes that it may write over.
    pub fn path(&self) -> &Path {
        &self.part.path
    }

    /// Takes over what the child wrote: counted, hashed, and on the disk when this returns. No child may write to it any more.
    ///
    /// # Errors
    /// [`TooLarge`], or what the disk says. The file is gone then.
    pub fn finish(self) -> io::Result<Received> {
        let mut file = File::open(&self.part.path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 128 * 1024];
        let mut bytes = 0;
        loop {
            let read = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            hash.update(buffer.get(..read).unwrap_or_default());
            bytes += read as u64;
            if bytes > self.limit {
                return Err(TooLarge { limit: self.limit }.into());
            }
        }
        file.sync_all()?;
        Ok(Received { path: self.part.path.clone(), bytes, sha256: hex(&hash.finalize()), root: self.root, part: self.part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Store;

    fn parts(store: &Store) -> usize {
        fs::read_dir(store.root().join("incoming")).unwrap().count()
    }

    #[test]
    fn counts_hashes_and_renames() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path()).unwrap();
        let mut incoming = store.begin(3).unwrap();
        for piece in [b"a", b"b", b"c"] {
            incoming.write_all(piece).unwrap();
        }
        assert_eq!(incoming.bytes(), 3);
        let received = incoming.finish().unwrap();
        assert_eq!(received.bytes, 3);
        assert_eq!(received.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(fs::read(&received.path).unwrap(), b"abc");
        let kept = received.keep("7.txt").unwrap();
        assert_eq!(kept, store.root().join("7.txt"));
        assert_eq!(fs::read(kept).unwrap(), b"abc");
        assert_eq!(parts(&store), 0);
    }

    #[test]
    fn refuses_the_byte_too_many_and_everything_after() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path()).unwrap();
        let mut incoming = store.begin(4).unwrap();
        incoming.write_all(b"1234").unwrap();
        let error = incoming.write_all(b"5").unwrap_err();
        assert_eq!(TooLarge::in_error(&error), Some(TooLarge { limit: 4 }));
        // Or a caller that swallows the error would keep a file with a hole.
        assert!(incoming.write(b"").is_err());
        let error = incoming.finish().unwrap_err();
        assert_eq!(TooLarge::in_error(&error), Some(TooLarge { limit: 4 }));
        assert_eq!(parts(&store), 0);
        assert_eq!(TooLarge::in_error(&io::Error::other("disk")), None);
    }

    #[test]
    fn what_is_dropped_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path()).unwrap();
        let mut incoming = store.begin(100).unwrap();
        incoming.write_all(b"x").unwrap();
        assert_eq!(parts(&store), 1);
        drop(incoming);
        assert_eq!(parts(&store), 0);
        let received = store.begin(100).unwrap().finish().unwrap();
        assert_eq!(parts(&store), 1);
        drop(received);
        assert_eq!(parts(&store), 0);
    }

    #[test]
    fn what_a_child_wrote_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path()).unwrap();
        let outside = store.begin_outside(3).unwrap();
        fs::write(outside.path(), b"abc").unwrap();
        let received = outside.finish().unwrap();
        assert_eq!((received.bytes, &*received.sha256), (3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assert_eq!(fs::read(received.keep("7.mp4").unwrap()).unwrap(), b"abc");
        let outside = store.begin_outside(2).unwrap();
        fs::write(outside.path(), b"abc").unwrap();
        assert_eq!(TooLarge::in_error(&outside.finish().unwrap_err()), Some(TooLarge { limit: 2 }));
        drop(store.begin_outside(2).unwrap());
        assert_eq!(parts(&store), 0);
    }
}
