//! Quarantine: feeds that could not be used, with their bytes, replayable.

use crate::bounds::{cut, fit};
use crate::{Bounds, FeedIdentity, NewNotice};
use access_contract::Verdict;
use bridge_types::{Phi, Timestamp};

/// A refused feed to keep. The same feed refused again is counted, not kept twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuarantineEntry {
    /// What the sender calls it, as far as it could be read.
    pub identity: FeedIdentity,
    /// When it came.
    pub received_at: Timestamp,
    /// Name of the source.
    pub source: String,
    /// The participant, or empty.
    pub participant: String,
    /// Type and event, or empty.
    pub event: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
    /// Which acknowledgement was given.
    pub verdict: Verdict,
    /// Stable code of the issue that decided.
    pub code: String,
    /// Where it is, or empty.
    pub location: String,
    /// The sentence. Holds no value from the message.
    pub text: String,
    /// What the pipeline is told; stored the first time only.
    pub notices: Vec<NewNotice>,
}

impl NewQuarantineEntry {
    /// The same, cut to the bounds of every store: what cannot be kept whole is kept as far as possible, since a refused feed that
    /// is not kept would be sent again for ever. Two feeds never become one by it, because their content differs.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        let FeedIdentity { application, facility, control_id } = &mut self.identity;
        for name in [
            application,
            facility,
            control_id,
            &mut self.source,
            &mut self.participant,
            &mut self.event,
            &mut self.content_hash,
            &mut self.code,
        ] {
            name.truncate(cut(name, Bounds::NAME_BYTES).len());
        }
        for text in [&mut self.location, &mut self.text] {
            text.truncate(cut(text, Bounds::TEXT_BYTES).len());
        }
        if self.bytes.expose().len() > Bounds::FEED_BYTES {
            let mut bytes = self.bytes.into_inner();
            bytes.truncate(Bounds::FEED_BYTES);
            self.bytes = Phi::new(bytes);
        }
        if !fit(&self.notices) {
            self.notices.clear();
        }
        self
    }
}

/// What became of a refused feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Id of the entry.
    pub id: String,
    /// How often this feed was refused, this time included.
    pub count: u64,
}

/// A refused feed without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// Id of the entry.
    pub id: String,
    /// What the sender calls it.
    pub identity: FeedIdentity,
    /// When it came first.
    pub received_at: Timestamp,
    /// When it came last.
    pub last_at: Timestamp,
    /// How often it came.
    pub count: u64,
    /// Name of the source.
    pub source: String,
    /// The participant, or empty.
    pub participant: String,
    /// Type and event, or empty.
    pub event: String,
    /// SHA-256 of the bytes.
    pub content_hash: String,
    /// Which acknowledgement was given last.
    pub verdict: Verdict,
    /// Stable code of the issue that decided last.
    pub code: String,
    /// Where it is, or empty.
    pub location: String,
    /// The sentence.
    pub text: String,
    /// When it was replayed with success; unset while it waits.
    pub replayed_at: Option<Timestamp>,
    /// The feed it became then.
    pub replayed_as: Option<String>,
}

/// A refused feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredQuarantineEntry {
    /// Everything but the bytes.
    pub entry: QuarantineEntry,
    /// The raw bytes.
    pub bytes: Phi<Vec<u8>>,
}

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineFilter {
    /// Only this participant's.
    pub participant: Option<String>,
    /// Only with this code.
    pub code: Option<String>,
    /// Also those that were replayed.
    pub replayed: bool,
}
