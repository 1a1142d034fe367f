//! Bounded reading: every offset and length that comes out of a file passes through here.
//!
//! What must always be true: no read and no skip goes past the end of the file, and no buffer is larger than the limit
//! its caller names.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use super::Broken;

pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

pub(super) struct Source<'a> {
    inner: BufReader<&'a mut dyn ReadSeek>,
    at: u64,
    len: u64,
}

impl<'a> Source<'a> {
    pub(super) fn new(reader: &'a mut impl ReadSeek) -> Result<Source<'a>, Broken> {
        let len = reader.seek(SeekFrom::End(0)).and_then(|len| reader.seek(SeekFrom::Start(0)).map(|_| len)).map_err(|e| unreadable(&e))?;
        Ok(Source { inner: BufReader::with_capacity(32 * 1024, reader), at: 0, len })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn left(&self) -> u64 {
        self.len - self.at
    }

    pub(super) fn seek(&mut self, to: u64) -> Result<(), Broken> {
        if to > self.len {
            return Err(Broken::cut_off());
        }
        // Within the buffer nothing is read again; the offset of a jump fits, as files are shorter than i64::MAX.
        let jump = to.wrapping_sub(self.at).cast_signed();
        self.inner.seek_relative(jump).map_err(|e| unreadable(&e))?;
        self.at = to;
        Ok(())
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Broken> {
        self.seek(self.at.checked_add(bytes).ok_or_else(Broken::cut_off)?)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Broken> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// The next `bytes` bytes, where they are at most `limit`.
    pub(super) fn vec(&mut self, bytes: u64, limit: u64) -> Result<Vec<u8>, Broken> {
        if bytes > self.left() {
            return Err(Broken::cut_off());
        }
        let bytes = usize::try_from(bytes.min(limit)).map_err(|_| Broken::cut_off())?;
        let mut buffer = vec![0; bytes];
        self.fill(&mut buffer)?;
        Ok(buffer)
    }

    /// Skips to just behind the next byte of this value.
    pub(super) fn skip_past(&mut self, byte: u8) -> Result<(), Broken> {
        let skipped = self.inner.skip_until(byte).map_err(|e| unreadable(&e))?;
        self.at += skipped as u64;
        // The end of the file stops it as well: whoever reads on from there is told so.
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Broken> {
        if buffer.len() as u64 > self.left() {
            return Err(Broken::cut_off());
        }
        self.inner.read_exact(buffer).map_err(|e| unreadable(&e))?;
        self.at += buffer.len() as u64;
        Ok(())
    }
}

pub(super) fn unreadable(error: &io::Error) -> Broken {
    Broken::new("unreadable", format!("The file cannot be read from the disk: {error}."))
}

/// The `N` bytes from `at` on, if they are there.
pub(super) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    chunk(bytes, at).map(u16::from_be_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    chunk(bytes, at).map(u64::from_be_bytes)
}
