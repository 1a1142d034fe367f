//! A body for multer, the reader of forms, which takes into memory all that its source has ready, and looks for the end of a part's headers however
//! long they are.
//!
//! What must always be true here: the reader never holds more than [`MOST_HELD`], however fast the sender is and whatever it sends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

/// Most bytes that a reader may hold back; a chunk from the network and the headers of a part are far smaller.
pub const MOST_HELD: usize = 2 * 1024 * 1024;

/// Counts what a reader holds: tell it what was taken out.
#[derive(Debug, Clone, Default)]
pub struct Held(Arc<AtomicUsize>);

impl Held {
    pub fn taken(&self, bytes: usize) {
        // Never more than was put in: what a reader gives out came through the stream.
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A body that has one chunk ready at a time.
#[derive(Debug)]
pub struct Paced<S> {
    body: Pin<Box<S>>,
    held: Held,
    /// The last poll gave a chunk, so the next one gives none.
    rests: bool,
}

impl<S> Paced<S> {
    pub fn new(body: S) -> (Paced<S>, Held) {
        let held = Held::default();
        (Paced { body: Box::pin(body), held: held.clone(), rests: false }, held)
    }
}

impl<S: Stream<Item = Result<Bytes, E>>, E: Into<Box<dyn std::error::Error + Send + Sync>>> Stream for Paced<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if std::mem::take(&mut self.rests) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = std::task::ready!(self.body.as_mut().poll_next(cx));
        self.rests = true;
        Poll::Ready(next.map(|chunk| {
            let bytes = chunk.map_err(io::Error::other)?;
            let holds = self.held.0.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
            if holds > MOST_HELD { Err(io::Error::other("the headers of a part are too long")) } else { Ok(bytes) }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::*;

    fn endless(chunk: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::repeat_with(move || Ok(Bytes::from(vec![b'x'; chunk])))
    }

    #[test]
    fn one_chunk_is_ready_at_a_time() {
        let (mut paced, _) = Paced::new(endless(10));
        for _ in 0..5 {
            assert!(paced.next().now_or_never().is_some());
            assert!(paced.next().now_or_never().is_none());
        }
    }

    #[test]
    fn a_reader_that_gives_nothing_out_gets_nothing_more() {
        let count = |taken: bool| {
            let (paced, held) = Paced::new(endless(64 * 1024));
            let chunks = paced.take(1000).take_while(|chunk| std::future::ready(chunk.is_ok())).inspect(move |_| {
                if taken {
                    held.taken(64 * 1024)
                }
            });
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(chunks.count())
        };
        assert_eq!(count(true), 1000);
        assert_eq!(count(false), MOST_HELD / (64 * 1024));
    }
}
