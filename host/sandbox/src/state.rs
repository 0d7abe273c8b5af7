//! Everything a running sandbox knows, in memory only.

use crate::clock::SandboxClock;
use crate::faults::Faults;
use crate::options::{Limits, TrafficLog};
use crate::registry::Registry;
use crate::scenario::{Client, Programme, Wire};
use crate::submissions::Submissions;
use crate::tokens::Tokens;
use crate::traffic::RequestEntry;
use access_mappings::Guide;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A running sandbox.
pub(crate) struct State {
    pub(crate) guide: Guide,
    pub(crate) wire: Wire,
    pub(crate) programme: Programme,
    pub(crate) clients: Vec<Client>,
    pub(crate) limits: Limits,
    pub(crate) keep_payloads: bool,
    pub(crate) clock: SandboxClock,
    /// `address:port` it listens on.
    pub(crate) authority: String,
    memory: Mutex<Memory>,
    traffic: Mutex<TrafficLog>,
}

/// What changes.
pub(crate) struct Memory {
    pub(crate) registry: Registry,
    pub(crate) submissions: Submissions,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) requests: VecDeque<RequestEntry>,
}

/// What [`State`] is made of.
pub(crate) struct Parts {
    pub(crate) guide: Guide,
    pub(crate) wire: Wire,
    pub(crate) programme: Programme,
    pub(crate) clients: Vec<Client>,
    pub(crate) limits: Limits,
    pub(crate) keep_payloads: bool,
    pub(crate) clock: SandboxClock,
    pub(crate) authority: String,
    pub(crate) memory: Memory,
    pub(crate) traffic: TrafficLog,
}

impl State {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { guide, wire, programme, clients, limits, keep_payloads, clock, authority, memory, traffic } = parts;
        Self {
            guide,
            wire,
            programme,
            clients,
            limits,
            keep_payloads,
            clock,
            authority,
            memory: Mutex::new(memory),
            traffic: Mutex::new(traffic),
        }
    }

    /// Held for the moment of a decision, never across a wait.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
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
