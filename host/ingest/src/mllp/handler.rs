//! What the listener asks of the rest of the program.

use crate::{NotTaken, Received, Taken};
use async_trait::async_trait;

/// What goes back to the sender.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// This answer, without framing.
    Answer(Vec<u8>),
    /// Nothing, because the sender asked for nothing; the connection stays open.
    Silent,
    /// Nothing, because of our own trouble: the connection is reset, so that the sender tries again.
    Reset,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "Answer(…)",
            Self::Silent => "Silent",
            Self::Reset => "Reset",
        })
    }
}

/// Why bytes did not become a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// The connection ended, or another block started, before the block was complete. Nothing was acknowledged.
    Interrupted,
    /// The block was not complete in time. Nothing was acknowledged.
    TooSlow,
    /// The payload is larger than the limit; these bytes are its beginning. Answered AR if it has a header.
    TooLarge,
    /// A closing byte stood in the middle of the payload, or what looked like one. Nothing was acknowledged, the connection was reset.
    Damaged,
    /// Text outside any block, or in a frame beside its messages.
    Stray,
}

impl Discard {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Interrupted, Self::TooSlow, Self::TooLarge, Self::Damaged, Self::Stray];

    /// A stable code for the quarantine.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interrupted => "frame-interrupted",
            Self::TooSlow => "frame-too-slow",
            Self::TooLarge => "frame-too-large",
            Self::Damaged => "frame-damaged",
            Self::Stray => "text-outside-frame",
        }
    }
}

/// Bytes could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("discarded bytes could not be kept")]
pub struct NotKept;

/// Takes what the listener receives.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Called once per message, one at a time per connection and at the same time for several connections. Return an answer
    /// only when the message is stored durably.
    async fn receive(&self, feed: Received) -> Reply;

    /// The same for a message that shares its frame with others: the listener answers them together. What answers by itself, whatever it
    /// is, counts as taken.
    ///
    /// # Errors
    /// [`NotTaken`]: own trouble; the connection is reset.
    async fn take(&self, feed: Received) -> Result<Taken, NotTaken> {
        match self.receive(feed).await {
            Reply::Reset => Err(NotTaken),
            Reply::Answer(_) | Reply::Silent => Ok(Taken::Stored),
        }
    }

    /// Called with bytes that did not become a message, so that they can be kept for a person to look at.
    ///
    /// # Errors
    /// [`NotKept`] when they could not be stored. A message that is too large is then not refused but reset.
    async fn discarded(&self, feed: Received, why: Discard) -> Result<(), NotKept>;
}
