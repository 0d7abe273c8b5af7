//! What tests and demonstrations see of a running sandbox, and what they may change.

use crate::clock::day_of;
use crate::keys::{AcceptedKey, ResultCount};
use crate::notice::Notice;
use crate::operation::Operation;
use crate::scenario::{Beneficiary, Fault, ScenarioError};
use crate::state::{Memory, State};
use crate::traffic::RequestEntry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A running sandbox, seen from outside. Clones see the same one; it stays usable after the sandbox has stopped.
#[derive(Clone)]
pub struct Handle {
    state: Arc<State>,
}

/// How many submissions were accepted under one business key.
#[derive(Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Operation without its `$`.
    pub operation: String,
    /// MBI.
    pub mbi: String,
    /// Track code.
    pub track: String,
    /// How many.
    pub count: usize,
}

/// Shows the MBI of nobody.
impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("operation", &self.operation)
            .field("track", &self.track)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    pub(crate) const fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// Submissions accepted for that operation (without `$`), MBI and track: one that was answered 202, or that was
    /// accepted before a fault took the answer away.
    #[must_use]
    pub fn accepted(&self, operation: &str, mbi: &str, track: &str) -> usize {
        let wanted = Operation::from_code(operation);
        let memory = self.state.memory();
        let found = memory
            .registry
            .accepted()
            .find(|(operation, known, of_track, _)| Some(*operation) == wanted && *known == mbi && *of_track == track);
        found.map_or(0, |(_, _, _, count)| count)
    }

    /// All business keys with their counts, by MBI, operation and track.
    #[must_use]
    pub fn all_accepted(&self) -> Vec<Accepted> {
        let memory = self.state.memory();
        memory
            .registry
            .accepted()
            .map(|(operation, mbi, track, count)| Accepted {
                operation: operation.code().to_owned(),
                mbi: mbi.to_owned(),
                track: track.to_owned(),
                count,
            })
            .collect()
    }

    /// The payloads accepted under a business key, oldest first, as they came. Empty unless
    /// [`Options::keep_payloads`](crate::Options::keep_payloads) is set.
    #[must_use]
    pub fn payloads(&self, operation: &str, mbi: &str, track: &str) -> Vec<String> {
        let memory = self.state.memory();
        memory
            .submissions
            .iter()
            .filter(|kept| kept.operation.code() == operation && kept.mbi == mbi && kept.track == track)
            .filter_map(|kept| kept.payload.as_ref())
            .map(|payload| String::from_utf8_lossy(payload).into_owned())
            .collect()
    }

    /// The newest requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestEntry> {
        self.state.memory().requests.iter().cloned().collect()
    }

    /// Everything that was accepted, oldest first, up to [`Limits::keys`](crate::Limits::keys): that nothing was submitted
    /// twice shows in no key with a Bundle identifier standing here twice.
    #[must_use]
    pub fn keys(&self) -> Vec<AcceptedKey> {
        self.state.memory().keys.iter().cloned().collect()
    }

    /// How often each operation ended in each result.
    #[must_use]
    pub fn results(&self) -> Vec<ResultCount> {
        self.state.memory().keys.counts()
    }

    /// What an MBI appears as in [`AcceptedKey::beneficiary`].
    #[must_use]
    pub fn fingerprint(&self, mbi: &str) -> String {
        self.state.memory().keys.fingerprint(mbi)
    }

    /// The newest notices, oldest first, after everything that fell due.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.state.settle();
        self.state.memory().outbox.recent().cloned().collect()
    }

    /// The participant somebody is aligned to in a track.
    #[must_use]
    pub fn aligned_to(&self, mbi: &str, track: &str) -> Option<String> {
        self.state.settle();
        let memory = self.state.memory();
        let person = memory.registry.get(mbi)?;
        person.held.iter().find(|held| held.track == track).map(|held| held.participant.clone())
    }

    /// Moves the sandbox's clock by whole days: lock-ins, control groups and reporting windows run, tokens expire. What
    /// falls due on the way has happened when this returns, and its e-mail files are written.
    pub fn advance_days(&self, days: u32) {
        self.state.clock.advance_days(days);
        self.state.settle();
    }

    /// Moves the sandbox's clock, likewise.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
        self.state.settle();
    }

    /// The sandbox's time in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now_millis(&self) -> i64 {
        self.state.clock.now()
    }

    /// Ends every token that was given out.
    pub fn expire_tokens(&self) {
        self.state.memory().tokens.expire_all();
    }

    /// Adds a beneficiary, or puts the record in place of what is known under its MBI. Days count from now.
    ///
    /// # Errors
    /// A record that a scenario could not hold, a track the guide does not have, or no room for one more.
    pub fn add_beneficiary(&self, beneficiary: Beneficiary) -> Result<(), ScenarioError> {
        let refuse = |message: String| Err(ScenarioError::at_run_time(message));
        if let Err(message) = beneficiary.check().and_then(|()| beneficiary.check_tracks(&self.state.guide)) {
            return refuse(message);
        }
        let (mut memory, now) = self.state.settled();
        let Memory { registry, outbox, .. } = &mut *memory;
        let Ok(news) = registry.add(beneficiary, day_of(now), self.state.calendar()) else {
            return refuse("the sandbox knows as many beneficiaries as it can".to_owned());
        };
        outbox.add(news);
        drop(memory);
        self.state.deliver();
        Ok(())
    }

    /// Adds a fault behind the others.
    ///
    /// # Errors
    /// There are as many faults as a scenario can hold, or the fault names a track the guide does not have.
    pub fn add_fault(&self, fault: Fault) -> Result<(), ScenarioError> {
        fault.check_track(&self.state.guide).map_err(ScenarioError::at_run_time)?;
        if self.state.memory().faults.add(fault) {
            Ok(())
        } else {
            Err(ScenarioError::at_run_time("the sandbox has as many faults as it can".to_owned()))
        }
    }
}
