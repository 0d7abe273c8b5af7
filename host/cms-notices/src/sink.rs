//! Where sources hand over what came.

use crate::Incoming;
use async_trait::async_trait;

/// What became of a mail or message. Whatever it is, it is stored durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was matched to an alignment, and people are told.
    Matched,
    /// It waits for a person, who was told, now or when it came before.
    Unmatched,
    /// It came before and waits for nobody; nothing was done.
    Known,
}

/// Own trouble, for example a full disk: nothing was stored. The source keeps it and tries again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a notice of CMS could not be stored now")]
pub struct NotTaken;

/// Takes what came.
#[async_trait]
pub trait Sink: Send + Sync + std::fmt::Debug {
    /// Stores a mail or message with everything that follows from it. When this returns what became of it, that is durable. The
    /// same one may be handed over again, after a crash or because several mailboxes get it.
    ///
    /// # Errors
    /// [`NotTaken`]: nothing was stored.
    async fn take(&self, incoming: Incoming) -> Result<Taken, NotTaken>;

    /// How far the source has been read, as [`Sink::set_mark`] was told last.
    ///
    /// # Errors
    /// [`NotTaken`]
    async fn mark(&self, source: &str) -> Result<Option<String>, NotTaken>;

    /// Remembers how far the source has been read.
    ///
    /// # Errors
    /// [`NotTaken`]
    async fn set_mark(&self, source: &str, mark: &str) -> Result<(), NotTaken>;
}
