//! Response bodies: whole, a bit at a time, or broken off.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;

/// Pieces a slow body is sent in.
const PIECES: usize = 8;
/// Pause before a body breaks off.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// How a body leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    /// Pause before each piece.
    pub(crate) pause: Option<Duration>,
    /// Whether the connection ends after half of the declared length.
    pub(crate) cut: bool,
}

/// The body of a response.
pub(crate) struct ResponseBody {
    rest: Bytes,
    declared: u64,
    piece: usize,
    pace: Pace,
    /// Bytes that are left when a cut body ends.
    held_back: usize,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    pub(crate) fn new(bytes: Bytes, pace: Pace) -> Self {
        let declared = bytes.len() as u64;
        let piece = if pace.pause.is_some() { bytes.len().div_ceil(PIECES) } else { bytes.len() }.max(1);
        let held_back = if pace.cut { bytes.len().div_ceil(2) } else { 0 };
        Self { rest: bytes, declared, piece, pace, held_back, sleep: None }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let left = self.rest.len().saturating_sub(self.held_back);
        if left == 0 {
            if self.held_back == 0 {
                return Poll::Ready(None);
            }
            // Waiting a moment lets the first half leave before the connection ends.
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(BEFORE_CUT)));
            ready!(sleep.as_mut().poll(context));
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted))));
        }
        if let Some(pause) = self.pace.pause {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        let piece = self.piece.min(left);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.declared)
    }
}
