//! Results of feeds that were taken in earlier, read once more.

use crate::redact::redacted;
use crate::{ChartRecord, Entry, Issue};
use serde::{Deserialize, Serialize};

/// An entry with a time of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedEntry {
    /// The entry.
    pub entry: Entry,
    /// Of one that is stored: when it was last changed, RFC 3339. Of one that was gathered: the same of the stored one it goes on from; empty
    /// where it goes on from none.
    pub changed_at: String,
}

/// Everything `gather` needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatherRequest {
    /// The participant (`ACCES#####`).
    pub participant: String,
    /// The facts of a subject of a kept feed, from `read`.
    pub facts: String,
    /// When that feed was received, RFC 3339.
    pub received_at: String,
    /// The charts found under the subject's keys.
    pub charts: Vec<ChartRecord>,
    /// What is stored in the first of them under the subject's entry keys.
    pub stored: Vec<DatedEntry>,
    /// What the feeds read before it came to under these keys.
    pub found: Vec<DatedEntry>,
    /// The present, RFC 3339.
    pub now: String,
}

redacted!(GatherRequest { show participant, received_at, charts, stored, found, now; hide facts });

/// What kept feeds came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// What it is under the subject's entry keys from now on, in place of what it was.
    pub found: Vec<DatedEntry>,
    /// A blocking one means that it is in doubt whose results they are.
    pub issues: Vec<Issue>,
}

/// Everything `take_up` needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeUpRequest {
    /// The participant (`ACCES#####`).
    pub participant: String,
    /// The chart to store into.
    pub chart: ChartRecord,
    /// What is stored in it under the keys of `found`.
    pub stored: Vec<DatedEntry>,
    /// What kept feeds came to; of several under one key the later one behind the earlier.
    pub found: Vec<DatedEntry>,
    /// The present, RFC 3339.
    pub now: String,
}
