//! A file that arrives in pieces: its part stays between them, and what is known of it for sure can be stored and taken up again.
//!
//! What must always be true: [`Saved`] speaks only of bytes that were on the disk when it was made; taking a file up again cuts off whatever lies
//! beyond them, so that count and hash are again those of the bytes on disk. A file is taken up by one writer at a time ([`super::turns`]).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

use super::incoming::{Incoming, Part};
use super::store::{INCOMING, Store, path_of};

/// What is on the disk for sure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// So many bytes from the beginning.
    pub bytes: u64,
    /// The state of the SHA-256 over just these.
    pub hash_state: Vec<u8>,
}

/// The name of a part: what the row is called by, and an ending.
fn part_name(word: &str) -> String {
    format!("{word}.part")
}

impl Store {
    fn part(&self, word: &str) -> io::Result<PathBuf> {
        path_of(&self.root().join(INCOMING), &part_name(word))
    }

    /// Takes up the file called `word` after what is `saved` of it; makes it where nothing is.
    ///
    /// # Errors
    /// `UnexpectedEof` when less is there than was saved; `InvalidInput` for a bad word; or what the disk says.
    pub fn resume(&self, word: &str, saved: &Saved, limit: u64) -> io::Result<Incoming> {
        let path = self.part(word)?;
        let is_new = saved.bytes == 0;
        let mut file = OpenOptions::new().read(true).write(true).create(is_new).truncate(false).mode(0o600).open(&path)?;
        let held = file.metadata()?.len();
        if held < saved.bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes of an upload were stored, and {held} are there", saved.bytes)));
        }
        if is_new {
            // The new name must survive a power cut as the bytes do.
            File::open(self.root().join(INCOMING))?.sync_all()?;
        }
        let hash = match state_of(&saved.hash_state) {
            _ if is_new => Sha256::new(),
            Some(hash) => hash,
            // Stored by a version with another form of it.
            None => hash_anew(&mut file, saved.bytes)?,
        };
        if held > saved.bytes {
            file.set_len(saved.bytes)?;
        }
        file.seek(SeekFrom::Start(saved.bytes))?;
        Ok(Incoming {
            root: self.root().to_owned(),
            part: Part { path, kept: false, stays: true },
            file,
            hash,
            bytes: saved.bytes,
            limit: limit.max(saved.bytes),
            refused: false,
        })
    }

    /// How much lies on the disk of the file called `word`; none if it is not there.
    ///
    /// # Errors
    /// `InvalidInput` for a bad word, or what the disk says.
    pub fn part_length(&self, word: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.part(word)?) {
            Ok(found) => Ok(Some(found.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Removes what there is of the file called `word`.
    ///
    /// # Errors
    /// `InvalidInput` for a bad word, or what the disk says.
    pub fn drop_part(&self, word: &str) -> io::Result<()> {
        self.remove_incoming(&part_name(word))
    }

    /// Takes a whole file of this stem (`word.mp4`) out of the store again, to be a part. For a crash between the rename and the row.
    ///
    /// # Errors
    /// `InvalidInput` for a bad word, or what the disk says.
    pub fn back_to_part(&self, word: &str) -> io::Result<bool> {
        let part = self.part(word)?;
        let Some(found) = self.list()?.into_iter().find(|file| stem(&file.name) == word) else { return Ok(false) };
        fs::rename(path_of(self.root(), &found.name)?, part)?;
        Ok(true)
    }
}

/// A file's name without its ending.
pub fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

impl Incoming {
    /// Brings what was written so far to the disk, and says what is there.
    ///
    /// # Errors
    /// What the disk says; what was saved before is still true then.
    pub fn save(&mut self) -> io::Result<Saved> {
        self.file.sync_data()?;
        Ok(self.unsaved())
    }

    /// The bytes written so far and their hash, on the disk or not: together with a sync of [`Incoming::handle`] that comes later, a [`Saved`].
    pub fn unsaved(&self) -> Saved {
        Saved { bytes: self.bytes, hash_state: self.hash.serialize().to_vec() }
    }

    /// A second handle on the file, to bring it to the disk while it is being written on.
    ///
    /// # Errors
    /// What the system says.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

fn state_of(stored: &[u8]) -> Option<Sha256> {
    let state = SerializedState::<Sha256>::try_from(stored).ok()?;
    Sha256::deserialize(&state).ok()
}

fn hash_anew(file: &mut File, bytes: u64) -> io::Result<Sha256> {
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut rest = file.take(bytes);
    let mut piece = vec![0; 128 * 1024];
    loop {
        let read = rest.read(&mut piece)?;
        match piece.get(..read).filter(|read| !read.is_empty()) {
            Some(read) => hash.update(read),
            None => return Ok(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path()).unwrap();
        (dir, store)
    }

    #[test]
    fn a_file_is_taken_up_where_it_was_saved() {
        let (_dir, store) = store();
        let mut first = store.resume("word", &Saved::default(), 3).unwrap();
        first.write_all(b"ab").unwrap();
        let saved = first.save().unwrap();
        // What comes after is on the disk perhaps, and not saved.
        first.write_all(b"x").unwrap();
        drop(first);
        assert_eq!(store.part_length("word").unwrap(), Some(3));

        for state in [saved.hash_state.clone(), b"of another version".to_vec()] {
            let saved = Saved { bytes: 2, hash_state: state };
            let mut second = store.resume("word", &saved, 3).unwrap();
            assert_eq!(store.part_length("word").unwrap(), Some(2));
            second.write_all(b"c").unwrap();
            let received = second.finish().unwrap();
            assert_eq!((received.bytes, received.sha256.as_str()), (3, ABC));
            assert_eq!(fs::read(&received.path).unwrap(), b"abc");
        }
        assert_eq!(store.part_length("word").unwrap(), Some(3));
    }

    #[test]
    fn the_state_of_the_hash_is_whole_at_any_length() {
        let (_dir, store) = store();
        let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
        for cut in [1, 55, 56, 63, 64, 65, 128, 299] {
            let mut first = store.resume("word", &Saved::default(), 300).unwrap();
            first.write_all(&bytes[..cut]).unwrap();
            let saved = first.save().unwrap();
            let mut second = store.resume("word", &saved, 300).unwrap();
            second.write_all(&bytes[cut..]).unwrap();
            assert_eq!(second.finish().unwrap().sha256, super::super::incoming::hex(&Sha256::digest(&bytes)));
        }
    }

    #[test]
    fn lost_bytes_are_told_and_not_made_up() {
        let (_dir, store) = store();
        let mut incoming = store.resume("word", &Saved::default(), 10).unwrap();
        incoming.write_all(b"abc").unwrap();
        let saved = incoming.save().unwrap();
        drop(incoming);
        store.drop_part("word").unwrap();
        assert_eq!(store.resume("word", &saved, 10).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(store.root().join("incoming/word.part"), b"ab").unwrap();
        assert_eq!(store.resume("word", &saved, 10).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn keeping_can_be_undone() {
        let (_dir, store) = store();
        let mut incoming = store.resume("word", &Saved::default(), 3).unwrap();
        incoming.write_all(b"abc").unwrap();
        let saved = incoming.save().unwrap();
        incoming.finish().unwrap().keep_for_now("word.txt").unwrap().undo().unwrap();
        assert_eq!((store.list().unwrap().len(), store.part_length("word").unwrap()), (0, Some(3)));
        store.resume("word", &saved, 3).unwrap().finish().unwrap().keep("word.txt").unwrap();
        assert_eq!((store.list().unwrap().len(), store.part_length("word").unwrap()), (1, None));
        assert!(store.back_to_part("word").unwrap());
        assert!(!store.back_to_part("word").unwrap());
        let received = store.resume("word", &saved, 3).unwrap().finish().unwrap();
        assert_eq!(received.sha256, ABC);
        received.discard();
        assert_eq!(store.part_length("word").unwrap(), None);

        let mut whole = store.begin(3).unwrap();
        whole.write_all(b"abc").unwrap();
        whole.finish().unwrap().keep_for_now("a.txt").unwrap().undo().unwrap();
        assert_eq!(store.list().unwrap(), []);
    }
}
