//! The boxes of an index, walked in the file itself: an index may be large, and only small boxes are ever held.
//!
//! What must always be true here: a box lies within the one around it, and no list of boxes grows beyond [`MOST`].

use super::source::Source;
use super::{AGAIN, Broken};

/// The busiest box of a real index holds a few dozen.
const MOST: usize = 1024;

/// A part of the file, which lies within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: u64,
    pub(super) len: u64,
}

impl Span {
    /// What is in it, up to `limit` bytes.
    pub(super) fn read(self, source: &mut Source<'_>, limit: u64) -> Result<Vec<u8>, Broken> {
        source.seek(self.at)?;
        source.vec(self.len, limit)
    }
}

/// The boxes in a box, one after the other.
#[derive(Debug, Default)]
pub(super) struct Boxes(Vec<([u8; 4], Span)>);

impl Boxes {
    /// Stops quietly at the first that is not whole, like [`super::boxes::children`].
    pub(super) fn of(source: &mut Source<'_>, outer: Span) -> Result<Boxes, Broken> {
        let mut boxes = Boxes::default();
        let end = outer.at.saturating_add(outer.len).min(source.len());
        let mut at = outer.at;
        while end.saturating_sub(at) >= 8 {
            source.seek(at)?;
            let short = u32::from_be_bytes(source.array()?);
            let kind: [u8; 4] = source.array()?;
            let size = match short {
                0 => end - at,
                1 if end - at >= 16 => u64::from_be_bytes(source.array()?),
                short => u64::from(short),
            };
            let header = source.at() - at;
            if size < header || size > end - at {
                break;
            }
            if boxes.0.len() == MOST {
                return Err(Broken::new("too_many_parts", format!("The video's index has more parts than any video's has. {AGAIN}")));
            }
            boxes.0.push((kind, Span { at: at + header, len: size - header }));
            at += size;
        }
        Ok(boxes)
    }

    /// The first box of this kind.
    pub(super) fn find(&self, kind: &[u8; 4]) -> Option<Span> {
        self.all(kind).next()
    }

    pub(super) fn all(&self, kind: &[u8; 4]) -> impl Iterator<Item = Span> {
        self.0.iter().filter(move |(found, _)| found == kind).map(|(_, span)| *span)
    }

    /// What is in the first box of this kind; nothing where there is none.
    pub(super) fn within(&self, source: &mut Source<'_>, kind: &[u8; 4]) -> Result<Boxes, Broken> {
        self.find(kind).map_or_else(|| Ok(Boxes::default()), |span| Boxes::of(source, span))
    }

    /// The bytes of the first box of this kind, up to `limit` of them.
    pub(super) fn bytes(&self, source: &mut Source<'_>, kind: &[u8; 4], limit: u64) -> Result<Option<Vec<u8>>, Broken> {
        self.find(kind).map(|span| span.read(source, limit)).transpose()
    }
}
