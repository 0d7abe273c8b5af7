//! What this process has in its hands: whatever the clock says of their leases, it does not claim these again. A clock that jumps ahead
//! would else have it take a POST that it is making for one that a stopped process had left behind.

use bridge_ledger::{Claimed, Look};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is in hand.
#[derive(Debug, Default, Clone)]
pub(super) struct Hands(Arc<Mutex<Things>>);

/// By id.
#[derive(Debug, Default)]
struct Things {
    /// Submissions, with their participants.
    submissions: BTreeMap<String, String>,
    /// Charts that are looked at, by the submission that ended or by themselves.
    looks: BTreeSet<String>,
}

/// One of them, until this is dropped, however its step ends.
pub(super) struct Held {
    hands: Hands,
    id: String,
    kind: Kind,
}

/// What is held.
enum Kind {
    Submission,
    Look,
}

impl Hands {
    /// Takes a submission.
    pub(super) fn take(&self, work: &Claimed) -> Held {
        let id = work.lease.submission.clone();
        self.lock().submissions.insert(id.clone(), work.participant.clone());
        Held { hands: self.clone(), id, kind: Kind::Submission }
    }

    /// Takes a chart that is to be looked at.
    pub(super) fn take_look(&self, look: &Look) -> Held {
        let id = look.submission.as_ref().unwrap_or(&look.chart).clone();
        self.lock().looks.insert(id.clone());
        Held { hands: self.clone(), id, kind: Kind::Look }
    }

    /// Which submissions.
    pub(super) fn submissions(&self) -> Vec<String> {
        self.lock().submissions.keys().cloned().collect()
    }

    /// All of it.
    pub(super) fn ids(&self) -> Vec<String> {
        let things = self.lock();
        things.submissions.keys().chain(&things.looks).cloned().collect()
    }

    /// Whether there is a submission of one of these participants.
    pub(super) fn any_of(&self, participants: &[String]) -> bool {
        self.lock().submissions.values().any(|participant| participants.contains(participant))
    }

    fn lock(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut things = self.hands.lock();
        match self.kind {
            Kind::Submission => drop(things.submissions.remove(&self.id)),
            Kind::Look => drop(things.looks.remove(&self.id)),
        }
    }
}
