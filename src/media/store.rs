//! The folder of media: `<root>/<name>` for whole files, `<root>/incoming/*.part` for those on their way.
//!
//! What must always be true: a name in `<root>` never shows half a file, and what a crash leaves behind lies in
//! `incoming`, where the sweep finds it by its age (what arrives in pieces is there by right while it has a row). Names are the caller's (`12.mp4`) and cannot leave the folder.
//! Files are 0600 and folders 0700: only the user that runs the server reads media.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::incoming::{Incoming, Outside};

pub(super) const INCOMING: &str = "incoming";
const LONGEST_NAME: usize = 128;

/// The media folder. Cheap to clone; holds no open file.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// One file found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name, flat.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written.
    pub modified: DateTime<Utc>,
}

impl Store {
    /// Makes the folders that are missing.
    ///
    /// # Errors
    /// When a folder cannot be made or read.
    pub fn open_at(root: impl Into<PathBuf>) -> io::Result<Store> {
        let root = root.into();
        DirBuilder::new().recursive(true).mode(0o700).create(root.join(INCOMING))?;
        Ok(Store { root })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file of at most `max_bytes` bytes, in `incoming`, under a random name.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn begin(&self, max_bytes: u64) -> io::Result<Incoming> {
        Incoming::create(&self.root, &self.root.join(INCOMING), max_bytes)
    }

    /// The same for a file that a child process writes.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn begin_outside(&self, max_bytes: u64) -> io::Result<Outside> {
        Outside::create(&self.root, &self.root.join(INCOMING), max_bytes)
    }

    /// A handle on a file of this name, whether it exists or not.
    ///
    /// # Errors
    /// `InvalidInput` when the name is not one that [`valid_name`] takes.
    pub fn file(&self, name: &str) -> io::Result<MediaFile> {
        Ok(MediaFile { name: name.to_owned(), path: path_of(&self.root, name)? })
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// `InvalidInput` for a bad name, `NotFound` when it is not there, or what the disk says.
    pub fn open(&self, name: &str) -> io::Result<File> {
        self.file(name)?.open()
    }

    /// Removes a file. One that is not there is as good as removed.
    ///
    /// # Errors
    /// `InvalidInput` for a bad name, or what the disk says.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        missing_is_fine(fs::remove_file(path_of(&self.root, name)?))
    }

    /// All whole files, for the sweep and the quota, sorted by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<Stored>> {
        files_in(&self.root)
    }

    /// The files in `incoming`: what is on its way, and what crashes and lost connections left.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn incoming(&self) -> io::Result<Vec<Stored>> {
        files_in(&self.root.join(INCOMING))
    }

    /// The files in `incoming` last written before `older_than`: what crashes and lost connections left.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn stale_incoming(&self, older_than: DateTime<Utc>) -> io::Result<Vec<Stored>> {
        let mut files = files_in(&self.root.join(INCOMING))?;
        files.retain(|file| file.modified < older_than);
        Ok(files)
    }

    /// Removes one file that [`Store::stale_incoming`] named.
    ///
    /// # Errors
    /// `InvalidInput` for a bad name, or what the disk says.
    pub fn remove_incoming(&self, name: &str) -> io::Result<()> {
        missing_is_fine(fs::remove_file(path_of(&self.root.join(INCOMING), name)?))
    }

    /// The bytes that this process may still write on the disk that holds the folder.
    ///
    /// # Errors
    /// When the file system does not say.
    pub fn free_space(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// A whole file that may be read: all that a platform's adapter gets to see of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// Its flat name, such as `12.mp4`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl MediaFile {
    /// Opens it from its beginning.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// What the disk says.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(fs::metadata(&self.path)?.len())
    }

    /// Reads exactly `len` bytes from byte `first` on.
    ///
    /// # Errors
    /// `UnexpectedEof` when the file does not hold that range, so that no request is begun whose promised length
    /// cannot be kept; or what the disk says.
    pub fn open_range(&self, first: u64, len: u64) -> io::Result<io::Take<File>> {
        let mut file = self.open()?;
        let held = file.metadata()?.len();
        if first.checked_add(len).is_none_or(|end| end > held) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the range of {len} bytes from {first} is not in a file of {held}")));
        }
        file.seek(SeekFrom::Start(first))?;
        Ok(file.take(len))
    }
}

/// May a file have this name? Small letters, digits, `.`, `_` and `-`; no leading dot; not the name of the folder
/// `incoming`; at most 128 bytes.
pub fn valid_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    !name.is_empty() && name.len() <= LONGEST_NAME && !name.starts_with('.') && name != INCOMING && name.bytes().all(plain)
}

pub(super) fn path_of(folder: &Path, name: &str) -> io::Result<PathBuf> {
    if valid_name(name) { Ok(folder.join(name)) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is not a name for a media file"))) }
}

fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn files_in(folder: &Path) -> io::Result<Vec<Stored>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file may be cleared between the listing and the look at it.
        let Ok(meta) = entry.metadata() else { continue };
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        if meta.is_file() {
            let modified = meta.modified()?.into();
            files.push(Stored { name, bytes: meta.len(), modified });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use chrono::TimeDelta;

    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_at(dir.path().join("media")).unwrap();
        (dir, store)
    }

    fn put(store: &Store, name: &str, bytes: &[u8]) {
        let mut incoming = store.begin(1 << 20).unwrap();
        incoming.write_all(bytes).unwrap();
        incoming.finish().unwrap().keep(name).unwrap();
    }

    #[test]
    fn lists_whole_files_only() {
        let (_dir, store) = store();
        put(&store, "2.mp4", b"22");
        put(&store, "1.jpg", b"1");
        let _on_its_way = store.begin(10).unwrap();
        let names: Vec<_> = store.list().unwrap().into_iter().map(|f| (f.name, f.bytes)).collect();
        assert_eq!(names, [("1.jpg".to_owned(), 1), ("2.mp4".to_owned(), 2)]);
        store.remove("1.jpg").unwrap();
        store.remove("1.jpg").unwrap();
        assert_eq!(store.list().unwrap().len(), 1);
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let (_dir, store) = store();
        let long = "a".repeat(129);
        for bad in ["", ".", "..", ".part", "../x", "a/b", "A.mp4", "a b", "a\0", "ä", "incoming", &long] {
            assert!(!valid_name(bad), "{bad:?}");
            assert_eq!(store.open(bad).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            assert_eq!(store.remove(bad).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            let received = store.begin(1).unwrap().finish().unwrap();
            assert_eq!(received.keep(bad).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
        for good in ["12.mp4", "12-instagram_1.jpg", "a"] {
            assert!(valid_name(good), "{good:?}");
        }
        let later = Utc::now() + TimeDelta::days(1);
        assert_eq!(store.stale_incoming(later).unwrap(), [], "a refused file is gone");
    }

    #[test]
    fn a_crash_leaves_a_part_that_the_sweep_finds_by_its_age() {
        let (_dir, store) = store();
        let mut incoming = store.begin(10).unwrap();
        incoming.write_all(b"half").unwrap();
        // What a killed process does: nothing more, not even its destructors.
        std::mem::forget(incoming);
        assert_eq!(store.list().unwrap(), []);
        let now = Utc::now();
        assert_eq!(store.stale_incoming(now - TimeDelta::hours(1)).unwrap(), []);
        let stale = store.stale_incoming(now + TimeDelta::hours(1)).unwrap();
        let [part] = stale.as_slice() else { panic!("{stale:?}") };
        assert_eq!(part.bytes, 4);
        store.remove_incoming(&part.name).unwrap();
        store.remove_incoming(&part.name).unwrap();
        assert_eq!(store.stale_incoming(now + TimeDelta::hours(1)).unwrap(), []);
    }

    #[test]
    fn ranges_are_exact_or_refused() {
        let (_dir, store) = store();
        put(&store, "1.bin", b"0123456789");
        let file = store.file("1.bin").unwrap();
        assert_eq!(file.bytes().unwrap(), 10);
        for (first, len, want) in [(0, 10, "0123456789"), (3, 4, "3456"), (10, 0, "")] {
            let mut got = String::new();
            file.open_range(first, len).unwrap().read_to_string(&mut got).unwrap();
            assert_eq!(got, want);
        }
        for (first, len) in [(0, 11), (10, 1), (u64::MAX, 2)] {
            let refused = file.open_range(first, len).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn only_the_owner_reads() {
        let (_dir, store) = store();
        put(&store, "1.bin", b"x");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(store.root()), 0o700);
        assert_eq!(mode(&store.root().join(INCOMING)), 0o700);
        assert_eq!(mode(&store.file("1.bin").unwrap().path), 0o600);
    }

    #[test]
    fn knows_the_free_space() {
        let (_dir, store) = store();
        assert!(store.free_space().unwrap() > 0);
    }
}
