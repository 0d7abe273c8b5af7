//! What is looked up before a plan is made: everything in one question, answered from one moment.

use crate::{FeedIdentity, KnownFeed, SeenChart};
use access_contract::Entry;
use bridge_types::Phi;

/// What is asked. `Debug` shows counts: keys name people.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// The feed, by the name its sender gave it.
    pub identity: FeedIdentity,
    /// The participant whose charts are meant.
    pub participant: String,
    /// The people the feed speaks of, in order; [`crate::Bounds::LIST`] at most.
    pub people: Vec<Wanted>,
}

/// What is asked about one person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The keys that charts are looked for under; [`crate::Bounds::KEYS`] at most.
    pub keys: Vec<String>,
    /// The keys of the entries that are wanted of each chart; [`crate::Bounds::ENTRIES`] at most.
    pub entry_keys: Vec<String>,
}

impl std::fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquiry").field("identity", &self.identity).field("people", &self.people.len()).finish()
    }
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("keys", &self.keys.len()).field("entry_keys", &self.entry_keys.len()).finish()
    }
}

/// What the ledger knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The accepted feed of that identity, the newest if there are several. None without a control id.
    pub feed: Option<KnownFeed>,
    /// The charts of each person, in the order of the people: in the order of the first key that leads to each, each once.
    pub people: Vec<Vec<KnownChart>>,
}

/// A chart as a plan needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownChart {
    /// Which one, at which version.
    pub seen: SeenChart,
    /// The document as JSON text.
    pub document: Phi<String>,
    /// Its entries under the keys that were asked for, each once.
    pub entries: Phi<Vec<Entry>>,
}
