//! What this process has in its hands: whatever the clock says of their leases, it does not claim these again. A clock that jumps ahead
//! would else have it take a POST that it is making for one that a stopped process had left behind.

use bridge_ledger::Claimed;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Submissions in hand, with their participants.
#[derive(Debug, Default, Clone)]
pub(super) struct Hands(Arc<Mutex<BTreeMap<String, String>>>);

/// One of them, until this is dropped, however its step ends.
pub(super) struct Held {
    hands: Hands,
    submission: String,
}

impl Hands {
    /// Takes one.
    pub(super) fn take(&self, work: &Claimed) -> Held {
        let submission = work.lease.submission.clone();
        self.lock().insert(submission.clone(), work.participant.clone());
        Held { hands: self.clone(), submission }
    }

    /// Which ones.
    pub(super) fn submissions(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Whether there is one of these participants.
    pub(super) fn any_of(&self, participants: &[String]) -> bool {
        self.lock().values().any(|participant| participants.contains(participant))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.hands.lock().remove(&self.submission);
    }
}
