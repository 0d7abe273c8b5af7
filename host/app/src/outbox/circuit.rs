//! Whether CMS is there: one circuit for each API, so that an outage costs a probe now and then instead of an attempt of every
//! submission, and one notice at its beginning and one at its end.
//!
//! A circuit is closed while things go well. So many failures in a row, with at least two people, open it: nothing is sent or polled.
//! When its wait is over, requests without consequences are made: to the API ([`bridge_client::AccessClient::reach`]), and to the token
//! endpoint where the trouble was there. If they are answered, one piece of work at a time is tried, whether it is due or not. Only a
//! piece that CMS deals with closes the circuit; another failure opens it again, for longer. Other failures than those of the way to CMS
//! (credentials, refusals) neither open nor close it.
//!
//! What fails for one person alone may be about that person: it opens the circuit only where there is no work for another. What comes
//! then is tried at once; if CMS deals with it, the trouble is the first one's own, and says nothing of the way any more.

use bridge_client::{Backoff, Failure, FailureCause};
use bridge_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longer than a probe takes; one that was lost is made again after this.
const PROBE_TIME: Duration = Duration::from_secs(60);
/// So many people are known at most whose submissions fail by themselves.
const ODD: usize = 256;

/// The circuits, by the host of their API.
#[derive(Debug)]
pub struct Circuits {
    opens_after: u32,
    wait: Backoff,
    apis: Mutex<BTreeMap<String, Api>>,
}

#[derive(Debug, Default)]
struct Api {
    circuit: Circuit,
    /// Charts whose submissions failed while CMS dealt with others.
    odd: BTreeSet<String>,
}

#[derive(Debug)]
enum Circuit {
    Closed(Row),
    Open(Outage, Timestamp),
    Trying(Outage),
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed(Row::default())
    }
}

/// Failures in a row.
#[derive(Debug, Default)]
struct Row {
    failures: u32,
    /// The chart whose submission failed first.
    first: Option<String>,
    /// Whether that of another did, too.
    several: bool,
    /// Before this, CMS does not want to be asked.
    not_before: Option<Timestamp>,
}

/// What is known of an outage.
#[derive(Debug, Clone)]
struct Outage {
    since: Timestamp,
    probes: u32,
    /// The chart whose submissions failed, while those of no other have.
    alone: Option<String>,
    /// The participant whose token endpoint did not answer last.
    tokens_of: Option<String>,
}

/// An attempt that failed on the way to CMS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) chart: &'a str,
    /// The participant, where it was the token endpoint that did not answer.
    pub(super) tokens_of: Option<&'a str>,
    pub(super) retry_after: Option<Duration>,
}

/// What may be done at an API now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Admission {
    /// Whatever is due.
    Everything,
    /// One piece at a time of what is due, but for this chart.
    OneBut(String),
    /// One piece at a time. Where nothing is due, something that is not; these charts prove nothing and are left for when they are due.
    OneOfAny(Vec<String>),
    /// Nothing; a probe is due at that moment.
    Nothing(Timestamp),
}

/// A turn that a person is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was there until that moment.
    Lost(Timestamp),
    /// It is there again; it was away since that moment.
    Back(Timestamp),
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Nothing.
    None,
    /// It is away.
    Lost(Timestamp),
    /// It is away if there is no work for another chart; then [`Circuits::alone`] is to be told.
    Doubtful,
}

/// A probe to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    /// The participant whose token endpoint is asked as well.
    pub(super) tokens_of: Option<String>,
}

/// Whether a failure speaks of the way to CMS, and not of what was sent or of who sent it. A refusal that is not FHIR may be about
/// one submission alone, so it says nothing of the way.
#[must_use]
pub(super) const fn is_outage(failure: &Failure) -> bool {
    matches!(
        failure.cause,
        FailureCause::TokenUnavailable
            | FailureCause::Connect
            | FailureCause::Lost
            | FailureCause::TimedOut
            | FailureCause::Throttled
            | FailureCause::Unavailable
            | FailureCause::Gateway
    ) || matches!((&failure.cause, failure.status), (FailureCause::NotFhir, None | Some(200..=299)))
}

impl Row {
    fn add(&mut self, attempt: &Attempt<'_>, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.several |= self.first.as_deref().is_some_and(|first| first != attempt.chart);
        self.first.get_or_insert_with(|| attempt.chart.to_owned());
        self.not_before = self.not_before.max(attempt.retry_after.map(|after| now.plus(after)));
    }
}

impl Outage {
    /// Another failure.
    fn note(&mut self, attempt: &Attempt<'_>) {
        self.alone = self.alone.take().filter(|alone| alone == attempt.chart);
        self.tokens_of = attempt.tokens_of.map(str::to_owned);
    }
}

impl Api {
    fn mark_odd(&mut self, chart: String) {
        if self.odd.len() >= ODD {
            self.odd.clear();
        }
        self.odd.insert(chart);
    }
}

impl Circuits {
    /// Circuits that open after so many failures in a row (at least 1), and probe at growing waits.
    #[must_use]
    pub fn new(opens_after: u32, wait: Backoff) -> Self {
        Self { opens_after: opens_after.max(1), wait, apis: Mutex::default() }
    }

    /// Takes up an outage that was told before a restart.
    pub(super) fn resume(&self, host: &str, since: Timestamp) {
        let outage = Outage { since, probes: 0, alone: None, tokens_of: None };
        self.lock().entry(host.to_owned()).or_default().circuit = Circuit::Open(outage, since);
    }

    /// What may be done.
    #[must_use]
    pub(super) fn admission(&self, host: &str) -> Admission {
        let apis = self.lock();
        match apis.get(host).map(|api| (&api.circuit, &api.odd)) {
            None | Some((Circuit::Closed(_), _)) => Admission::Everything,
            Some((Circuit::Trying(_), odd)) => Admission::OneOfAny(odd.iter().cloned().collect()),
            Some((Circuit::Open(outage, until), _)) => {
                outage.alone.clone().map_or(Admission::Nothing(*until), Admission::OneBut)
            }
        }
    }

    /// Whether it counts as away.
    pub(super) fn is_away(&self, host: &str) -> bool {
        self.admission(host) != Admission::Everything
    }

    /// An attempt failed on the way to CMS. Attempts that were under way when the circuit opened change nothing but that they tell
    /// whether one person's fail alone.
    pub(super) fn failed(&self, host: &str, attempt: &Attempt<'_>, now: Timestamp) -> Judgement {
        let mut apis = self.lock();
        let api = apis.entry(host.to_owned()).or_default();
        if api.odd.contains(attempt.chart) {
            return Judgement::None;
        }
        match &mut api.circuit {
            Circuit::Closed(row) => {
                row.add(attempt, now);
                if row.failures < self.opens_after {
                    return Judgement::None;
                }
                // Where one failure is enough, one person is.
                if !row.several && self.opens_after > 1 {
                    return Judgement::Doubtful;
                }
                api.circuit = self.open(host, row.not_before, attempt, None, now);
                api.odd.clear();
                Judgement::Lost(now)
            }
            Circuit::Trying(outage) => {
                outage.note(attempt);
                let outage = outage.clone();
                api.circuit = self.open_again(host, outage, now, attempt.retry_after);
                Judgement::None
            }
            Circuit::Open(outage, _) => {
                outage.note(attempt);
                Judgement::None
            }
        }
    }

    /// There is no work but for the chart whose submissions fail.
    pub(super) fn alone(&self, host: &str, attempt: &Attempt<'_>, now: Timestamp) -> Option<Turn> {
        let mut apis = self.lock();
        let api = apis.get_mut(host)?;
        let Circuit::Closed(row) = &api.circuit else { return None };
        // Another's may have failed, or been dealt with, meanwhile.
        let alone = (!row.several && row.first.as_deref() == Some(attempt.chart)).then_some(attempt.chart)?;
        api.circuit = self.open(host, row.not_before, attempt, Some(alone.to_owned()), now);
        Some(Turn::Lost(now))
    }

    /// Whether a probe is due; then it is the caller's to make, and until it is answered no other one is.
    pub(super) fn take_probe(&self, host: &str, now: Timestamp) -> Option<Probe> {
        let mut apis = self.lock();
        let Circuit::Open(outage, until) = &mut apis.get_mut(host)?.circuit else { return None };
        if *until > now {
            return None;
        }
        *until = now.plus(PROBE_TIME);
        Some(Probe { tokens_of: outage.tokens_of.clone() })
    }

    /// A probe was answered, or not.
    pub(super) fn probed(&self, host: &str, now: Timestamp, answered: bool) {
        let mut apis = self.lock();
        let Some(api) = apis.get_mut(host) else { return };
        if let Circuit::Open(outage, _) = &api.circuit {
            let outage = outage.clone();
            api.circuit = if answered { Circuit::Trying(outage) } else { self.open_again(host, outage, now, None) };
        }
    }

    /// CMS dealt with a request, whatever it answered.
    pub(super) fn answered(&self, host: &str, chart: &str) -> Option<Turn> {
        let mut apis = self.lock();
        let api = apis.get_mut(host)?;
        api.odd.remove(chart);
        let (turn, alone) = match std::mem::take(&mut api.circuit) {
            Circuit::Closed(row) if row.failures >= self.opens_after && !row.several => (None, row.first),
            Circuit::Closed(_) => (None, None),
            Circuit::Open(outage, _) | Circuit::Trying(outage) => (Some(Turn::Back(outage.since)), outage.alone),
        };
        if let Some(alone) = alone.filter(|alone| alone != chart) {
            api.mark_odd(alone);
        }
        turn
    }

    fn open(
        &self,
        host: &str,
        not_before: Option<Timestamp>,
        attempt: &Attempt<'_>,
        alone: Option<String>,
        now: Timestamp,
    ) -> Circuit {
        let tokens_of = attempt.tokens_of.map(str::to_owned);
        let until = self.next(host, now, 0, attempt.retry_after);
        let until = not_before.map_or(until, |not_before| until.max(not_before));
        Circuit::Open(Outage { since: now, probes: 0, alone, tokens_of }, until)
    }

    fn open_again(&self, host: &str, outage: Outage, now: Timestamp, retry_after: Option<Duration>) -> Circuit {
        let probes = outage.probes.saturating_add(1);
        Circuit::Open(Outage { probes, ..outage }, self.next(host, now, probes, retry_after))
    }

    fn next(&self, host: &str, now: Timestamp, probes: u32, retry_after: Option<Duration>) -> Timestamp {
        now.plus(self.wait.wait(probes, host, retry_after))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Api>> {
        self.apis.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
