//! How the ledger is.

use crate::State;
use bridge_types::Timestamp;
use std::collections::BTreeMap;

/// Numbers of everything that waits, and of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Schema of the store.
    pub schema: u32,
    /// Submissions by state; states without one are left out.
    pub submissions: BTreeMap<State, u64>,
    /// The moment since which some work could be done and is not.
    pub oldest_due: Option<Timestamp>,
    /// Refused feeds that wait for a person.
    pub quarantine: u64,
    /// Mails and messages of CMS that wait for a person.
    pub cms_unmatched: u64,
    /// Deliveries that wait.
    pub deliveries_pending: u64,
    /// Deliveries that were given up.
    pub deliveries_dead: u64,
    /// Charts, without those joined into another.
    pub charts: u64,
    /// Feeds accepted.
    pub feeds: u64,
}
