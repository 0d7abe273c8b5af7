//! Feeds: what came in and was accepted.

use bridge_types::{Phi, Timestamp};

/// What a sender calls a message: `MSH-3`, `MSH-4`, `MSH-10`. Empty where the feed has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FeedIdentity {
    /// `MSH-3.1`
    pub application: String,
    /// `MSH-4.1`
    pub facility: String,
    /// `MSH-10`. Without one a feed is known by its content alone.
    pub control_id: String,
}

impl FeedIdentity {
    /// Who sent it, as people write it: `EPIC|MAIN`; empty where the feed does not say.
    #[must_use]
    pub fn sender(&self) -> String {
        let Self { application, facility, .. } = self;
        if application.is_empty() && facility.is_empty() { String::new() } else { format!("{application}|{facility}") }
    }
}

/// A feed that is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFeed {
    /// Id of the stored feed.
    pub id: String,
    /// SHA-256 of its bytes ([`bridge_types::content_hash`]).
    pub content_hash: String,
    /// What was answered, as given at intake; a resent feed gets the same answer.
    pub acknowledgement: String,
    /// When it came.
    pub received_at: Timestamp,
}

/// A feed to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// What the sender calls it.
    pub identity: FeedIdentity,
    /// When it came.
    pub received_at: Timestamp,
    /// Name of the source, from configuration.
    pub source: String,
    /// The participant it belongs to, or empty.
    pub participant: String,
    /// Type and event, for example `ADT^A08`.
    pub event: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
    /// What will be answered once this is stored, for example `AA`.
    pub acknowledgement: String,
}

/// A stored feed without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSummary {
    /// Its id.
    pub id: String,
    /// What the sender calls it.
    pub identity: FeedIdentity,
    /// When it came.
    pub received_at: Timestamp,
    /// Name of the source.
    pub source: String,
    /// The participant, or empty.
    pub participant: String,
    /// Type and event.
    pub event: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
    /// What was answered.
    pub acknowledgement: String,
}

/// A stored feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFeed {
    /// Everything but the bytes.
    pub summary: FeedSummary,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
}
