//! What is doubted about feeds that are accepted goes to the log: each kind once for a sender, since a flaw of an interface stands in
//! every message of it. Codes and places only, never a value of a message.

use access_contract::{Issue, Severity};
use bridge_ledger::FeedIdentity;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

/// So many kinds are remembered; what is new after that is told at debug level only.
const MOST: usize = 4096;

/// The kinds of doubt that were told.
#[derive(Debug, Default)]
pub(super) struct Doubted {
    /// Hashes of sender and code.
    told: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl Doubted {
    /// Tells of the doubts of one feed. `feed` is its id in the ledger.
    pub(super) fn tell(&self, identity: &FeedIdentity, issues: &[Issue], source: &str, feed: &str) {
        let (sender, control_id) = (identity.sender(), &*identity.control_id);
        for issue in issues.iter().filter(|issue| issue.severity != Severity::Information) {
            let (code, location) = (&*issue.code, &*issue.location);
            if self.is_new(identity, code) {
                tracing::warn!(
                    source,
                    sender,
                    control_id,
                    feed,
                    code,
                    location,
                    "something in an accepted feed is doubted; told once for a sender, `access-bridge explain --code` says what to do"
                );
            } else {
                tracing::debug!(source, sender, control_id, feed, code, location, "doubted");
            }
        }
    }

    fn is_new(&self, identity: &FeedIdentity, code: &str) -> bool {
        let hash = self.hasher.hash_one((&identity.application, &identity.facility, code));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.len() < MOST) && told.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::{Doubted, MOST};
    use bridge_ledger::FeedIdentity;

    fn sender(application: &str) -> FeedIdentity {
        FeedIdentity { application: application.to_owned(), ..FeedIdentity::default() }
    }

    #[test]
    fn a_kind_is_new_once_for_a_sender() {
        let doubted = Doubted::default();
        let is_new = |application: &str, code: &str| doubted.is_new(&sender(application), code);
        assert!(is_new("LAB", "unit-missing"));
        assert!(!is_new("LAB", "unit-missing"));
        assert!(is_new("LAB", "icd9-code"));
        assert!(is_new("ADT", "unit-missing"));
    }

    #[test]
    fn a_sender_that_changes_its_name_each_time_takes_no_memory_for_ever() {
        let doubted = Doubted::default();
        let new = (0..2 * MOST).filter(|number| doubted.is_new(&sender(&number.to_string()), "unit-missing"));
        assert_eq!(new.count(), MOST);
    }
}
