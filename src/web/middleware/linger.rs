//! An answer that comes before the request's body was read to its end. If the connection were closed then, a client that is still sending would see a
//! broken pipe and never the answer; so the rest is heard out, for a while, and thrown away.
//!
//! What must always be true here: what is heard out is bounded in bytes and in time, and never kept.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use poem::http::header;
use poem::{Body, Endpoint, Request, Result};

const MOST: usize = 64 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(10);

type Chunk = std::io::Result<Bytes>;

/// Hears out what the handler leaves of a body. A client that asked before sending (`Expect: 100-continue`) has nothing on its way.
pub async fn hear_out<E: Endpoint>(next: Arc<E>, mut request: Request) -> Result<E::Output> {
    let body = request.take_body();
    if body.is_empty() || request.headers().contains_key(header::EXPECT) {
        request.set_body(body);
    } else {
        request.set_body(Body::from_bytes_stream(Heard { rest: Some(Box::pin(body.into_bytes_stream())) }));
    }
    next.call(request).await
}

/// A body; dropped before its end, the rest of it is heard out.
struct Heard {
    /// None once it has ended.
    rest: Option<Pin<Box<dyn Stream<Item = Chunk> + Send>>>,
}

impl Stream for Heard {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let Some(rest) = self.rest.as_mut() else { return Poll::Ready(None) };
        let next = std::task::ready!(rest.as_mut().poll_next(cx));
        if !matches!(next, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(next)
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let (Some(mut rest), Ok(runtime)) = (self.rest.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(LONGEST, async move {
                let mut heard = 0;
                while let Some(Ok(chunk)) = rest.next().await {
                    heard += chunk.len();
                    if heard > MOST {
                        break;
                    }
                }
            }));
        }
    }
}
