//! What a worker does about outages: it watches how requests end, probes, and tells a person once at each turn. What was told stands in
//! the ledger, so that a restart in the middle of an outage tells nothing twice.

use super::circuit::{Admission, Turn, is_outage};
use super::steps::Worker;
use crate::ledger::report;
use access_contract::{Notice, NoticeKind, Severity};
use bridge_client::{AccessClient, Failure};
use bridge_ledger::LedgerError;
use bridge_types::Timestamp;
use std::collections::BTreeMap;

/// What the outbox may do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// As much as there is room for.
    Full,
    /// One piece.
    One,
    /// None before that moment.
    None(Timestamp),
}

/// Under which name the ledger remembers that an outage was told.
fn mark(host: &str) -> String {
    format!("outage:{host}")
}

impl Worker {
    /// The APIs, each with one client that reaches it.
    fn hosts(&self) -> BTreeMap<String, &AccessClient> {
        self.clients.values().map(|client| (client.host(), client)).collect()
    }

    /// Takes up outages that were told before a restart.
    pub(super) async fn resume_outages(&self) -> Result<(), LedgerError> {
        for host in self.hosts().keys() {
            let told = self.ledger.mark(&mark(host)).await?.unwrap_or_default();
            if let Some(since) = Timestamp::parse(&told) {
                tracing::info!(host, since = told, "CMS was away when the service stopped; it is probed first");
                self.circuits.resume(host, since);
            }
        }
        Ok(())
    }

    /// The APIs to be probed now; each is to be handed to [`Self::probe`].
    pub(super) fn probes_due(&self) -> Vec<String> {
        let now = self.clock.now();
        self.hosts().into_keys().filter(|host| self.circuits.take_probe(host, now)).collect()
    }

    /// Probes an API: a request without consequences.
    pub(super) async fn probe(&self, host: &str) {
        let Some(client) = self.hosts().remove(host) else { return };
        let answered = client.reach().await;
        self.circuits.probed(host, self.clock.now(), answered);
        tracing::info!(host, answered, "CMS was probed");
    }

    /// How much may be done: nothing where every API is away. Where only some are, what is for them is put off when its turn comes.
    pub(super) fn room(&self) -> Room {
        let (mut nothing_before, mut tried) = (None, false);
        for host in self.hosts().keys() {
            match self.circuits.admission(host) {
                Admission::Everything => return Room::Full,
                Admission::OneAtATime => tried = true,
                Admission::Nothing(until) => {
                    nothing_before = Some(nothing_before.map_or(until, |before: Timestamp| before.min(until)));
                }
            }
        }
        match nothing_before {
            _ if tried => Room::One,
            Some(until) => Room::None(until),
            None => Room::Full,
        }
    }

    /// There is nothing to try an API with that answered a probe: it counts as being there.
    pub(super) async fn nothing_to_try(&self) {
        for host in self.hosts().keys() {
            if self.circuits.admission(host) == Admission::OneAtATime {
                self.turned(host, self.circuits.answered(host)).await;
            }
        }
    }

    /// Until when the API of a client is away.
    pub(super) fn away_until(&self, client: &AccessClient) -> Option<Timestamp> {
        match self.circuits.admission(&client.host()) {
            Admission::Nothing(until) => Some(until),
            Admission::Everything | Admission::OneAtATime => None,
        }
    }

    /// Notes how a request ended.
    pub(super) async fn observe(&self, client: &AccessClient, failure: Option<&Failure>) {
        let host = client.host();
        let turn = match failure {
            None => self.circuits.answered(&host),
            Some(failure) if is_outage(failure) => self.circuits.failed(&host, self.clock.now(), failure.retry_after),
            Some(_) => None,
        };
        self.turned(&host, turn).await;
    }

    /// Tells of a turn, once. What cannot be told now is on the log.
    async fn turned(&self, host: &str, turn: Option<Turn>) {
        let (notice, told) = match turn {
            None => return,
            Some(Turn::Lost(since)) => {
                tracing::error!(host, "CMS cannot be reached; nothing is sent until it answers a probe");
                (lost(host, since), since.rfc3339())
            }
            Some(Turn::Back(since)) => {
                tracing::info!(host, since = since.rfc3339(), "CMS can be reached again");
                (back(host, since), String::new())
            }
        };
        let stored = async {
            self.ledger.notify(vec![self.routes.address(notice)]).await?;
            self.ledger.set_mark(&mark(host), &told).await
        };
        if let Err(error) = stored.await {
            report(&error);
        }
    }
}

fn lost(host: &str, since: Timestamp) -> Notice {
    notice(
        "cms-unreachable",
        Severity::Error,
        "CMS cannot be reached",
        format!("{host} has not dealt with any request since {}", since.rfc3339()),
        "look at the network and at the service's status; what is due is kept and goes out in order when CMS answers again",
    )
}

fn back(host: &str, since: Timestamp) -> Notice {
    notice(
        "cms-reachable",
        Severity::Information,
        "CMS can be reached again",
        format!("{host} was away since {}; what was kept goes out now", since.rfc3339()),
        "nothing to do",
    )
}

fn notice(code: &str, severity: Severity, display: &str, text: String, next_step: &str) -> Notice {
    Notice {
        kind: NoticeKind::SubmissionProblem,
        severity,
        // Of no participant in particular: every route is told that takes the kind and the severity.
        participant: String::new(),
        operation: String::new(),
        track: String::new(),
        code: code.to_owned(),
        system: String::new(),
        display: display.to_owned(),
        text,
        next_step: next_step.to_owned(),
        submission: String::new(),
        cms_submission: String::new(),
        control_id: String::new(),
        reply_application: String::new(),
        reply_facility: String::new(),
        patient: String::new(),
        mbi: None,
        dates: Vec::new(),
        issues: Vec::new(),
    }
}
