//! What sources ask of the rest of the program, whatever they take feeds from.

use crate::ack::Decision;
use crate::{Discard, NotKept, Received};
use async_trait::async_trait;
use bridge_types::contract::{Issue, Verdict};

/// What became of a feed. Whatever it is, it is durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// Stored; what follows from it will happen.
    Stored,
    /// Stored earlier already: nothing was done again.
    Known,
    /// Kept in quarantine.
    Refused {
        /// Which acknowledgement is true.
        verdict: Verdict,
        /// Why; the first blocking one decided.
        issues: Vec<Issue>,
        /// Id of its entry in quarantine.
        entry: String,
    },
}

impl Taken {
    /// The acknowledgement that is true.
    #[must_use]
    pub fn decision(&self) -> Decision<'_> {
        match self {
            Self::Stored | Self::Known => Decision::Accepted,
            Self::Refused { verdict, issues, .. } => Decision::refused(verdict, issues),
        }
    }

    /// The issue that decided a refusal.
    #[must_use]
    pub fn decided(&self) -> Option<&Issue> {
        match self {
            Self::Stored | Self::Known => None,
            Self::Refused { issues, .. } => issues.iter().find(|issue| issue.blocks()).or(issues.first()),
        }
    }
}

/// Own trouble, for example a full disk: nothing was stored. Whoever holds the feed keeps it and tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a feed could not be stored now")]
pub struct NotTaken;

/// Takes feeds.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes one. When this returns what became of it, that is durable. The same feed may come again, after a crash or because its
    /// sender is in doubt.
    ///
    /// # Errors
    /// [`NotTaken`]: nothing was stored.
    async fn take(&self, feed: &Received) -> Result<Taken, NotTaken>;

    /// Keeps bytes that did not become a feed, for a person to look at. `refused`: their sender is told so, and does not send them again.
    ///
    /// # Errors
    /// [`NotKept`]: own trouble.
    async fn keep(&self, feed: Received, why: Discard, refused: bool) -> Result<(), NotKept>;

    /// Whether feeds could be stored now.
    async fn is_ready(&self) -> bool;
}
