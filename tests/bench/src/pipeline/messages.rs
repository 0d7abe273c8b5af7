//! Invented messages, for each connection its own people: one person's messages come in order on one connection.

use access_bridge::sample::{Kind, Messages};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Frames made ahead of a turn, so that making them costs it nothing.
const AHEAD: usize = 20_000;

/// The streams.
pub(crate) struct Feeds {
    source: Messages,
    queues: Vec<VecDeque<Vec<u8>>>,
}

impl Feeds {
    pub(crate) fn new(connections: usize) -> Self {
        Self { source: Messages::new(7, Kind::Mixed), queues: vec![VecDeque::new(); connections] }
    }

    /// The queues of so many connections, filled.
    pub(crate) fn queues(&mut self, connections: usize) -> &mut [VecDeque<Vec<u8>>] {
        let all = self.queues.len();
        while self.queues.iter().take(connections).any(|queue| queue.len() < AHEAD) {
            let Some(message) = self.source.next() else { break };
            let person = message.split('\r').find(|line| line.starts_with("PID")).unwrap_or_default();
            let mut hasher = DefaultHasher::new();
            person.split('|').nth(3).hash(&mut hasher);
            let connection = usize::try_from(hasher.finish() % u64::try_from(all).unwrap_or(1)).unwrap_or(0);
            let frame = [b"\x0b", message.as_bytes(), b"\x1c\r"].concat();
            if let Some(queue) = self.queues.get_mut(connection).filter(|queue| queue.len() < 2 * AHEAD) {
                queue.push_back(frame);
            }
        }
        &mut self.queues[..connections]
    }
}
