//! The index of a video built anew, with the addresses of its data moved.
//!
//! What must always be true: only the tables of addresses (`stco`, `co64`) and the lengths around them change. All else, known or not, is
//! copied byte by byte. The work is bounded by the length of the index, never by a count in it.

use super::Unmade;
use super::faststart::cannot_be_moved;

/// The boxes on the way to the tables.
const AROUND: [&[u8; 4]; 4] = [b"trak", b"mdia", b"minf", b"stbl"];

/// The whole `moov` box from its contents. `moved` is given an address and the length of the new box, and says where that byte will be.
pub(super) fn rebuilt(contents: &[u8], moved: &dyn Fn(u64, u64) -> Option<u64>) -> Result<Vec<u8>, Unmade> {
    for wide in [false, true] {
        let mut length = Out { bytes: Vec::new(), wide, moved: &|_| Some(0) };
        length.put(b"moov", |out| out.children(contents, 0))?;
        let new_length = length.bytes.len() as u64;
        drop(length);
        let mut out = Out { bytes: Vec::new(), wide, moved: &|address| moved(address, new_length) };
        match out.put(b"moov", |out| out.children(contents, 0)) {
            Err(Refused::TooFar) if !wide => continue,
            Err(_) => break,
            Ok(()) if out.bytes.len() as u64 == new_length => return Ok(out.bytes),
            Ok(()) => break,
        }
    }
    Err(cannot_be_moved())
}

enum Refused {
    /// An address does not fit into four bytes any more.
    TooFar,
    Strange,
}

impl From<Refused> for Unmade {
    fn from(_: Refused) -> Unmade {
        cannot_be_moved()
    }
}

struct Out<'a> {
    bytes: Vec<u8>,
    /// All tables get addresses of eight bytes.
    wide: bool,
    moved: &'a dyn Fn(u64) -> Option<u64>,
}

impl Out<'_> {
    fn put(&mut self, kind: &[u8; 4], contents: impl FnOnce(&mut Self) -> Result<(), Refused>) -> Result<(), Refused> {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(kind);
        contents(self)?;
        let size = u32::try_from(self.bytes.len() - begin).map_err(|_| Refused::Strange)?;
        self.bytes.get_mut(begin..begin + 4).ok_or(Refused::Strange)?.copy_from_slice(&size.to_be_bytes());
        Ok(())
    }

    fn children(&mut self, mut bytes: &[u8], depth: usize) -> Result<(), Refused> {
        while let Some((kind, header, size)) = head(bytes) {
            let (whole, rest) = bytes.split_at_checked(size).ok_or(Refused::Strange)?;
            let contents = whole.get(header..).ok_or(Refused::Strange)?;
            match &kind {
                kind if AROUND.get(depth) == Some(&kind) => self.put(kind, |out| out.children(contents, depth + 1))?,
                b"stco" if depth == AROUND.len() => self.table(contents, false)?,
                b"co64" if depth == AROUND.len() => self.table(contents, true)?,
                // Addresses of encryption's own tables; fragments.
                b"saio" | b"mvex" => return Err(Refused::Strange),
                _ => self.bytes.extend_from_slice(whole),
            }
            bytes = rest;
        }
        // Some writers end a box with four zeros.
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// A table: version and flags, a count, the addresses.
    fn table(&mut self, contents: &[u8], long: bool) -> Result<(), Refused> {
        let (flags, rest) = contents.split_at_checked(4).ok_or(Refused::Strange)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(Refused::Strange)?;
        let wanted = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| Refused::Strange)?;
        let addresses: Box<dyn Iterator<Item = u64>> = if long {
            Box::new(rest.as_chunks::<8>().0.iter().map(|address| u64::from_be_bytes(*address)))
        } else {
            Box::new(rest.as_chunks::<4>().0.iter().map(|address| u64::from(u32::from_be_bytes(*address))))
        };
        if wanted > rest.len() / if long { 8 } else { 4 } {
            return Err(Refused::Strange);
        }
        let wide = self.wide || long;
        self.put(if wide { b"co64" } else { b"stco" }, |out| {
            out.bytes.extend_from_slice(flags);
            out.bytes.extend_from_slice(count);
            for address in addresses.take(wanted) {
                let address = (out.moved)(address).ok_or(Refused::Strange)?;
                if wide {
                    out.bytes.extend_from_slice(&address.to_be_bytes());
                } else {
                    out.bytes.extend_from_slice(&u32::try_from(address).map_err(|_| Refused::TooFar)?.to_be_bytes());
                }
            }
            Ok(())
        })
    }
}

/// Kind, header and whole size of the first box; None where no box begins.
fn head(bytes: &[u8]) -> Option<([u8; 4], usize, usize)> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (header, size) = match u32::from_be_bytes(*size) {
        0 if *kind == [0; 4] => return None,
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
        size => (8, usize::try_from(size).ok()?),
    };
    (size >= header).then_some((*kind, header, size))
}
