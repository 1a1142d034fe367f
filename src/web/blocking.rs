//! The one bridge from the asynchronous edge to the synchronous core: the only place that names `spawn_blocking`.

use std::io::{self, Read};
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task;

/// The work panicked; its thread has told where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

impl std::fmt::Display for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the work was ended by a fault in the program")
    }
}

impl std::error::Error for Panicked {}

/// Runs work that may block on a thread of its own.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
    task::spawn_blocking(work).await.map_err(|_| Panicked)
}

/// Chunks on their way at once, and the most bytes of one: enough to keep the disk busy, little enough to hold in memory for many senders at once.
const ON_THE_WAY: usize = 2;
const CHUNK: usize = 64 * 1024;

/// Runs work that reads a stream of bytes as it arrives. The work may end before the stream does; the rest is not read then.
pub async fn feed<T: Send + 'static, B: Into<Bytes>>(
    chunks: impl Stream<Item = io::Result<B>> + Send,
    work: impl FnOnce(&mut Chunks) -> T + Send + 'static,
) -> Result<T, Panicked> {
    let (sender, receiver) = mpsc::channel(ON_THE_WAY);
    let worker = task::spawn_blocking(move || work(&mut Chunks { receiver, current: io::Cursor::default(), ended: false }));
    let mut chunks = pin!(chunks);
    'heard: loop {
        let end = match chunks.next().await {
            Some(Ok(chunk)) => {
                // A slice would keep the whole buffer that it was read into; a copy keeps itself.
                let mut chunk: Bytes = chunk.into();
                while !chunk.is_empty() {
                    let piece = chunk.split_to(chunk.len().min(CHUNK)).to_vec();
                    if sender.send(Ok(Some(piece))).await.is_err() {
                        break 'heard;
                    }
                }
                continue;
            }
            Some(Err(e)) => Err(e),
            None => Ok(None),
        };
        // Whoever reads no more has what it wants.
        let _ = sender.send(end).await;
        break;
    }
    worker.await.map_err(|_| Panicked)
}

/// A stream of bytes as the blocking side reads it. It ends only when the stream did: a connection that is lost is an error, not an end.
#[derive(Debug)]
pub struct Chunks {
    receiver: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
    current: io::Cursor<Vec<u8>>,
    ended: bool,
}

impl Read for Chunks {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.current.read(buf)?;
            if read > 0 || self.ended || buf.is_empty() {
                return Ok(read);
            }
            match self.receiver.blocking_recv() {
                Some(Ok(Some(chunk))) => self.current = io::Cursor::new(chunk),
                Some(Ok(None)) => self.ended = true,
                Some(Err(e)) => return Err(e),
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was lost before everything had arrived")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{future, stream};

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    fn read_all(chunks: &mut Chunks) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        chunks.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn a_stream_is_read_to_its_end() {
        let chunks = stream::iter([Ok(b"ab".to_vec()), Ok(Vec::new()), Ok(b"c".to_vec())]);
        assert_eq!(runtime().block_on(feed(chunks, read_all)).unwrap().unwrap(), b"abc");
    }

    #[test]
    fn a_lost_connection_is_not_an_end() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let chunks = stream::once(future::ready(Ok(b"ab".to_vec()))).chain(stream::pending());
        runtime().block_on(async {
            let feeding = feed(chunks, move |chunks| sender.send(read_all(chunks).map_err(|e| e.kind())));
            // The future is dropped in the middle, as it is when the client goes away.
            let _ = future::select(pin!(feeding), future::ready(())).await;
        });
        assert_eq!(receiver.recv().unwrap(), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn work_may_end_early() {
        let chunks = stream::iter((0..1000).map(|_| Ok(vec![0; 10])));
        assert!(runtime().block_on(feed(chunks, |_| 7)).unwrap() == 7);
    }

    #[test]
    fn a_panic_is_told() {
        assert!(runtime().block_on(run(|| panic!("on purpose"))).is_err());
    }
}
