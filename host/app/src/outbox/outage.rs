//! What a worker does about outages: it watches how requests end, probes, and tells a person once at each turn. What was told stands in
//! the ledger, so that neither a restart in the middle of an outage nor another service on the same ledger tells it twice.

use super::circuit::{Admission, Attempt, Judgement, Probe, Turn, is_outage};
use super::steps::Worker;
use crate::ledger::report;
use access_contract::{Notice, NoticeKind, Severity};
use bridge_client::{AccessClient, Failure, Step};
use bridge_ledger::{Claimed, Claimer, LedgerError};
use bridge_types::Timestamp;
use std::collections::BTreeMap;

/// An API, and what may be done there.
#[derive(Debug)]
pub(super) struct Site {
    /// Whose requests go there.
    pub(super) participants: Vec<String>,
    pub(super) admission: Admission,
}

/// Under which name the ledger remembers that an outage was told.
fn mark(host: &str) -> String {
    format!("outage:{host}")
}

impl Worker {
    /// The APIs, each with the participants whose requests go there.
    fn hosts(&self) -> BTreeMap<String, Vec<String>> {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (participant, client) in &self.clients {
            hosts.entry(client.host()).or_default().push(participant.clone());
        }
        hosts
    }

    /// What may be done at each API.
    pub(super) fn sites(&self) -> Vec<Site> {
        let site = |(host, participants): (String, _)| Site { participants, admission: self.circuits.admission(&host) };
        self.hosts().into_iter().map(site).collect()
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

    /// The probes to be made now; each is to be handed to [`Self::probe`].
    pub(super) fn probes_due(&self) -> Vec<(String, Probe)> {
        let now = self.clock.now();
        let due = |host: String| self.circuits.take_probe(&host, now).map(|probe| (host, probe));
        self.hosts().into_keys().filter_map(due).collect()
    }

    /// Probes an API, and the token endpoint where the trouble was there: requests without consequences.
    pub(super) async fn probe(&self, host: &str, probe: &Probe) {
        let Some(client) = self.clients.values().find(|client| client.host() == host) else { return };
        let mut answered = client.reach().await;
        if let Some(client) = probe.tokens_of.as_ref().and_then(|participant| self.clients.get(participant)) {
            answered = answered && client.reach_tokens().await;
        }
        self.circuits.probed(host, self.clock.now(), answered);
        tracing::info!(host, answered, "CMS was probed");
    }

    /// Whether a submission must not go out now, because its API is away.
    pub(super) fn is_kept_back(&self, client: &AccessClient, work: &Claimed) -> bool {
        match self.circuits.admission(&client.host()) {
            Admission::Nothing(_) => true,
            Admission::OneBut(failing) => failing == work.chart,
            Admission::Everything | Admission::OneOfAny(_) => false,
        }
    }

    /// Notes how a request ended.
    pub(super) async fn observe(&self, client: &AccessClient, work: &Claimed, failure: Option<&Failure>) {
        let (host, chart) = (client.host(), work.chart.as_str());
        let turn = match failure {
            None => self.circuits.answered(&host, chart),
            Some(failure) if is_outage(failure) => {
                let tokens_of = (failure.place.step == Step::Token).then_some(work.participant.as_str());
                let attempt = Attempt { chart, tokens_of, retry_after: failure.retry_after };
                match self.circuits.failed(&host, &attempt, self.clock.now()) {
                    Judgement::None => None,
                    Judgement::Lost(since) => Some(Turn::Lost(since)),
                    Judgement::Doubtful if self.is_alone(&host, chart).await => {
                        self.circuits.alone(&host, &attempt, self.clock.now())
                    }
                    Judgement::Doubtful => None,
                }
            }
            Some(_) => None,
        };
        self.turned(&host, turn).await;
    }

    /// Whether nobody else's submission will soon try the API.
    async fn is_alone(&self, host: &str, chart: &str) -> bool {
        let only = self.hosts().remove(host).unwrap_or_default();
        let others = Claimer { aside: vec![chart.to_owned()], only, ..Claimer::default() };
        let soon = self.clock.now().plus(self.schedules.retry.settings().max);
        match self.ledger.next_due_as(&others).await {
            Ok(due) => due.is_none_or(|due| due > soon),
            Err(error) => {
                report(&error);
                false
            }
        }
    }

    /// Tells of a turn, once, whichever service comes upon it first. What cannot be told now is on the log.
    async fn turned(&self, host: &str, turn: Option<Turn>) {
        let (notice, told) = match turn {
            None => return,
            Some(Turn::Lost(since)) => {
                tracing::error!(host, "CMS cannot be reached; nothing is sent until it answers a probe");
                (lost(host, since), Some(since.rfc3339()))
            }
            Some(Turn::Back(since)) => {
                tracing::info!(host, since = since.rfc3339(), "CMS can be reached again");
                (back(host, since), None)
            }
        };
        let notice = self.routes.address(notice);
        if let Err(error) = self.ledger.turn_mark(&mark(host), told.as_deref(), vec![notice]).await {
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
        reference: None,
        dates: Vec::new(),
        issues: Vec::new(),
    }
}
