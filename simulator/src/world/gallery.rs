//! The bytes of media, so that the world's own pages can show them.
//!
//! Always true: memory is bounded, for one medium and for all; what does not fit is forgotten, the oldest first. Nothing that a
//! platform answers depends on whether its bytes are still here.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::sink::Sink;

/// A part of a medium as it came; cheap to clone.
pub type Piece = Arc<[u8]>;

/// The longest medium that is kept.
pub const LONGEST: usize = 16 << 20;
const ROOM: usize = 192 << 20;

/// By hash: what was posted twice is kept once.
#[derive(Debug, Default)]
pub struct Gallery {
    kept: BTreeMap<String, Vec<Piece>>,
    order: VecDeque<String>,
    held: usize,
}

fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.len()).sum()
}

impl Gallery {
    /// What has streamed in. Its bytes are here now, or nowhere.
    pub fn keep_stream(&mut self, sink: &mut Sink) {
        self.keep(&sink.sha256(), sink.pieces());
        sink.forget();
    }

    pub fn keep(&mut self, sha256: &str, pieces: Vec<Piece>) {
        let long = length(&pieces);
        if long == 0 || long > LONGEST || self.kept.contains_key(sha256) {
            return;
        }
        self.held += long;
        self.kept.insert(sha256.to_owned(), pieces);
        self.order.push_back(sha256.to_owned());
        while self.held > ROOM {
            let Some(oldest) = self.order.pop_front() else { return };
            let gone = self.kept.remove(&oldest).unwrap_or_default();
            self.held -= length(&gone);
        }
    }

    /// Its first bytes, which say what it is.
    pub fn head(&self, sha256: &str) -> Option<Vec<u8>> {
        let pieces = self.kept.get(sha256)?;
        Some(pieces.iter().flat_map(|piece| piece.iter()).copied().take(64).collect())
    }

    pub fn bytes(&self, sha256: &str) -> Option<Vec<u8>> {
        self.kept.get(sha256).map(|pieces| pieces.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_and_nothing_is_kept_twice() {
        let mut gallery = Gallery::default();
        let medium = |fill: u8| vec![Piece::from(vec![fill; LONGEST])];
        gallery.keep("a", medium(1));
        gallery.keep("a", medium(1));
        assert_eq!(gallery.held, LONGEST);
        for name in 0..ROOM / LONGEST {
            gallery.keep(&name.to_string(), medium(2));
        }
        assert!(gallery.bytes("a").is_none() && gallery.bytes("0").is_some() && gallery.held == ROOM);
        gallery.keep("long", vec![Piece::from(vec![0; LONGEST]), Piece::from(vec![0])]);
        assert!(gallery.bytes("long").is_none());
    }
}
