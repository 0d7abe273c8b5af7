//! The limits of a listener, and what it counts.

use bridge_types::mllp::FRAME_LIMIT;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Every bound of an MLLP listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at the same time. For a further one the connection makes room that was idle longest; where none is idle the
    /// new one is accepted and reset. 256.
    pub connections: usize,
    /// The same for the connections of one address. 128.
    pub of_one_peer: usize,
    /// Time without a message after which a connection is reset. 24 h.
    pub idle: Duration,
    /// Bytes of all frames in hand together, besides 64 KiB of each connection; one whole frame at least. 256 MiB.
    pub memory: usize,
    /// Bytes of one payload. 16 MiB. Memory is used as it is received.
    pub frame: usize,
    /// Time from the first to the last byte of a block. 30 s.
    pub frame_time: Duration,
    /// Time a peer may take to accept an answer. 30 s.
    pub answer_time: Duration,
    /// Silence after which the operating system starts to probe the peer. 60 s.
    pub keep_alive: Duration,
    /// On stop: time for messages in hand. 30 s.
    pub grace: Duration,
    /// On stop: time a written answer gets to arrive before the connection is reset. 200 ms.
    pub settle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            of_one_peer: 128,
            idle: Duration::from_secs(24 * 3600),
            memory: 256 * 1024 * 1024,
            frame: FRAME_LIMIT,
            frame_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(30),
            keep_alive: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            settle: Duration::from_millis(200),
        }
    }
}

/// What a listener counted since it started.
#[derive(Debug, Default)]
pub struct Counters {
    open: AtomicU64,
    connections: AtomicU64,
    turned_away: AtomicU64,
    messages: AtomicU64,
    answers: AtomicU64,
    resets: AtomicU64,
    discarded: AtomicU64,
}

impl Counters {
    /// Connections open now.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Connections served, open or closed.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections closed at once because too many were open.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Messages handed to the handler.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Answers written.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Connections reset from here, except on stop.
    pub fn resets(&self) -> u64 {
        self.resets.load(Ordering::Relaxed)
    }

    /// Pieces that did not become a message.
    pub fn discarded(&self) -> u64 {
        self.discarded.load(Ordering::Relaxed)
    }

    pub(super) fn count_opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn count_turned_away(&self) -> u64 {
        self.turned_away.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn count_message(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_answer(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_reset(&self) {
        self.resets.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_discarded(&self) {
        self.discarded.fetch_add(1, Ordering::Relaxed);
    }
}
