//! What the listener asks of the rest of the program.

use crate::{Discard, NotKept, NotTaken, Received, Taken};
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
    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken> {
        match self.receive(feed.clone()).await {
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
