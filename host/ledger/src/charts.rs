//! Charts: what is known about one beneficiary. The document is opaque here.

use access_contract::Entry;
use bridge_types::{Phi, Timestamp};

/// A stored chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChart {
    /// Its id.
    pub id: String,
    /// The participant.
    pub participant: String,
    /// Counts up by one with every change; 1 is new.
    pub version: u64,
    /// The document as JSON text.
    pub document: Phi<String>,
    /// The keys it is found under, in the order they were given.
    pub keys: Phi<Vec<String>>,
    /// The chart it was joined into. Set means: gone, kept for history, never found by key.
    pub joined_into: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl StoredChart {
    /// The MBI by which it is found: the first key of the form `mbi:…`.
    #[must_use]
    pub fn mbi(&self) -> Option<Phi<String>> {
        self.keys.expose().iter().find_map(|key| key.strip_prefix("mbi:")).map(|mbi| Phi::new(mbi.to_owned()))
    }

    /// This chart as a plan saw it.
    #[must_use]
    pub fn seen(&self) -> SeenChart {
        SeenChart { id: self.id.clone(), version: self.version }
    }
}

/// A chart at the version from which a plan was made. If it moved since, the plan is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenChart {
    /// Its id.
    pub id: String,
    /// Its version then.
    pub version: u64,
}

/// A chart to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartChange {
    /// The chart to replace; unset for a new one.
    pub id: Option<String>,
    /// All keys the chart is found under from now on. A key of another chart that the plan saw moves here.
    pub keys: Phi<Vec<String>>,
    /// Charts joined into this one: their keys, submissions and notices move here, and they are gone.
    pub absorbed: Vec<String>,
    /// The new document.
    pub document: Phi<String>,
    /// Entries to store, each in place of the one under its key.
    pub entries: Vec<Entry>,
    /// When the chart is to be looked at without news.
    pub look_at: Option<Timestamp>,
}

impl From<access_contract::ChartChange> for ChartChange {
    fn from(change: access_contract::ChartChange) -> Self {
        Self {
            id: change.id,
            keys: Phi::new(change.keys),
            absorbed: change.absorbed,
            document: Phi::new(change.document),
            entries: change.entries,
            look_at: change.look_at.as_deref().and_then(Timestamp::parse),
        }
    }
}

/// Which charts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartFilter {
    /// Only this participant's.
    pub participant: Option<String>,
    /// Only the one found under exactly this key.
    pub key: Option<Phi<String>>,
    /// Also those that were joined into another.
    pub joined: bool,
}
