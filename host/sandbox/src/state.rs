//! Everything a running sandbox knows, in memory only.

use crate::calendar::Calendar;
use crate::clock::{SandboxClock, day_of};
use crate::dispatch::Dispatch;
use crate::faults::Faults;
use crate::keys::Keys;
use crate::notice::Outbox;
use crate::options::{Limits, TrafficLog};
use crate::registry::Registry;
use crate::scenario::{Client, Notices, Programme, Reporting, Wire};
use crate::submissions::Submissions;
use crate::tokens::Tokens;
use crate::traffic::RequestEntry;
use access_mappings::Guide;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A running sandbox.
pub(crate) struct State {
    pub(crate) guide: Guide,
    pub(crate) wire: Wire,
    pub(crate) programme: Programme,
    pub(crate) reporting: Reporting,
    pub(crate) notices: Notices,
    pub(crate) clients: Vec<Client>,
    pub(crate) limits: Limits,
    pub(crate) keep_payloads: bool,
    pub(crate) clock: SandboxClock,
    /// `address:port` it listens on.
    pub(crate) authority: String,
    memory: Mutex<Memory>,
    traffic: Mutex<TrafficLog>,
    dispatch: Mutex<Dispatch>,
}

/// What changes.
pub(crate) struct Memory {
    pub(crate) registry: Registry,
    pub(crate) submissions: Submissions,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) requests: VecDeque<RequestEntry>,
    pub(crate) keys: Keys,
    pub(crate) outbox: Outbox,
    /// Fingerprints of participant and Bundle.identifier of the reports that were taken.
    pub(crate) taken: BTreeSet<String>,
    /// The day up to which the calendar was followed.
    pub(crate) settled: i64,
}

/// What [`State`] is made of.
pub(crate) struct Parts {
    pub(crate) guide: Guide,
    pub(crate) wire: Wire,
    pub(crate) programme: Programme,
    pub(crate) reporting: Reporting,
    pub(crate) notices: Notices,
    pub(crate) clients: Vec<Client>,
    pub(crate) limits: Limits,
    pub(crate) keep_payloads: bool,
    pub(crate) clock: SandboxClock,
    pub(crate) authority: String,
    pub(crate) memory: Memory,
    pub(crate) traffic: TrafficLog,
    pub(crate) dispatch: Dispatch,
}

impl State {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            guide,
            wire,
            programme,
            reporting,
            notices,
            clients,
            limits,
            keep_payloads,
            clock,
            authority,
            memory,
            traffic,
            dispatch,
        } = parts;
        Self {
            guide,
            wire,
            programme,
            reporting,
            notices,
            clients,
            limits,
            keep_payloads,
            clock,
            authority,
            memory: Mutex::new(memory),
            traffic: Mutex::new(traffic),
            dispatch: Mutex::new(dispatch),
        }
    }

    pub(crate) const fn calendar(&self) -> Calendar<'_> {
        Calendar { guide: &self.guide, reporting: &self.reporting, notices: &self.notices }
    }

    /// Held for the moment of a decision, never across a wait.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The memory after everything that fell due, and the time it is settled for. Whoever adds notices delivers them.
    pub(crate) fn settled(&self) -> (MutexGuard<'_, Memory>, i64) {
        let mut memory = self.memory();
        // Read while the memory is held, so that no other request is settled for a later day.
        let now = self.clock.now();
        let today = day_of(now);
        if memory.settled < today {
            memory.settled = today;
            let mut news = Vec::new();
            for person in memory.registry.people_mut() {
                self.calendar().settle(person, today);
                news.append(&mut person.news);
            }
            memory.outbox.add(news);
        }
        (memory, now)
    }

    /// Follows the calendar up to now and delivers what there is to tell.
    pub(crate) fn settle(&self) {
        drop(self.settled());
        self.deliver();
    }

    /// Delivers the notices that have not left yet. They have when this returns, whoever took them.
    pub(crate) fn deliver(&self) {
        // Before the memory, so that notices leave in their order; never the other way round.
        let mut dispatch = self.dispatch();
        let pending = self.memory().outbox.take();
        for notice in &pending {
            dispatch.send(notice);
        }
    }

    /// Never taken while the memory is held.
    pub(crate) fn dispatch(&self) -> MutexGuard<'_, Dispatch> {
        self.dispatch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, entry: RequestEntry) {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).write(&entry);
        let mut memory = self.memory();
        while memory.requests.len() >= self.limits.requests.max(1) {
            memory.requests.pop_front();
        }
        memory.requests.push_back(entry);
    }
}
