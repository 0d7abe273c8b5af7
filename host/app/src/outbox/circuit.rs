//! Whether CMS is there: one circuit for each API, so that an outage costs a probe now and then instead of an attempt of every
//! submission, and one notice at its beginning and one at its end.
//!
//! A circuit is closed while things go well. So many failures in a row open it: nothing is sent or polled. When its wait is over, a
//! request without consequences is made ([`bridge_client::AccessClient::reach`]); if it is answered, one piece of work at a time
//! is tried. The first that CMS deals with closes the circuit; another failure opens it again, for longer. Other failures than those of
//! the way to CMS (credentials, refusals) neither open nor close it.

use bridge_client::{Backoff, Failure, FailureCause};
use bridge_types::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longer than a probe takes; one that was lost is made again after this.
const PROBE_TIME: Duration = Duration::from_secs(60);

/// The circuits, by the host of their API.
#[derive(Debug)]
pub struct Circuits {
    opens_after: u32,
    wait: Backoff,
    circuits: Mutex<BTreeMap<String, Circuit>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed { failures: u32 },
    Open { since: Timestamp, probes: u32, until: Timestamp },
    Trying { since: Timestamp, probes: u32 },
}

/// What may be done at an API now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Whatever is due.
    Everything,
    /// One piece at a time.
    OneAtATime,
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

/// Whether a failure speaks of the way to CMS, and not of what was sent or of who sent it.
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
            | FailureCause::NotFhir
    )
}

impl Circuits {
    /// Circuits that open after so many failures in a row (at least 1), and probe at growing waits.
    #[must_use]
    pub fn new(opens_after: u32, wait: Backoff) -> Self {
        Self { opens_after: opens_after.max(1), wait, circuits: Mutex::default() }
    }

    /// Takes up an outage that was told before a restart.
    pub(super) fn resume(&self, host: &str, since: Timestamp) {
        self.lock().insert(host.to_owned(), Circuit::Open { since, probes: 0, until: since });
    }

    /// What may be done.
    #[must_use]
    pub(super) fn admission(&self, host: &str) -> Admission {
        match self.lock().get(host) {
            None | Some(Circuit::Closed { .. }) => Admission::Everything,
            Some(Circuit::Trying { .. }) => Admission::OneAtATime,
            Some(Circuit::Open { until, .. }) => Admission::Nothing(*until),
        }
    }

    /// An attempt failed on the way to CMS. Attempts that were under way when the circuit opened change nothing.
    pub(super) fn failed(&self, host: &str, now: Timestamp, retry_after: Option<Duration>) -> Option<Turn> {
        let mut circuits = self.lock();
        let circuit = circuits.entry(host.to_owned()).or_insert(Circuit::Closed { failures: 0 });
        match *circuit {
            Circuit::Closed { failures } if failures.saturating_add(1) < self.opens_after => {
                *circuit = Circuit::Closed { failures: failures + 1 };
                None
            }
            Circuit::Closed { .. } => {
                *circuit = Circuit::Open { since: now, probes: 0, until: self.next(host, now, 0, retry_after) };
                Some(Turn::Lost(now))
            }
            Circuit::Trying { since, probes } => {
                *circuit = self.open_again(host, now, since, probes, retry_after);
                None
            }
            Circuit::Open { .. } => None,
        }
    }

    /// Whether a probe is due; then it is the caller's to make, and until it is answered no other one is.
    pub(super) fn take_probe(&self, host: &str, now: Timestamp) -> bool {
        let mut circuits = self.lock();
        let Some(Circuit::Open { until, .. }) = circuits.get_mut(host) else { return false };
        let due = *until <= now;
        if due {
            *until = now.plus(PROBE_TIME);
        }
        due
    }

    /// A probe was answered, or not.
    pub(super) fn probed(&self, host: &str, now: Timestamp, answered: bool) {
        let mut circuits = self.lock();
        if let Some(circuit) = circuits.get_mut(host)
            && let Circuit::Open { since, probes, .. } = *circuit
        {
            *circuit = if answered {
                Circuit::Trying { since, probes }
            } else {
                self.open_again(host, now, since, probes, None)
            };
        }
    }

    /// CMS dealt with a request, whatever it answered; or a probe was answered and there is nothing to try.
    pub(super) fn answered(&self, host: &str) -> Option<Turn> {
        let mut circuits = self.lock();
        let circuit = circuits.get_mut(host)?;
        let before = std::mem::replace(circuit, Circuit::Closed { failures: 0 });
        match before {
            Circuit::Closed { .. } => None,
            Circuit::Open { since, .. } | Circuit::Trying { since, .. } => Some(Turn::Back(since)),
        }
    }

    fn open_again(
        &self,
        host: &str,
        now: Timestamp,
        since: Timestamp,
        probes: u32,
        retry_after: Option<Duration>,
    ) -> Circuit {
        let probes = probes.saturating_add(1);
        Circuit::Open { since, probes, until: self.next(host, now, probes, retry_after) }
    }

    fn next(&self, host: &str, now: Timestamp, probes: u32, retry_after: Option<Duration>) -> Timestamp {
        now.plus(self.wait.wait(probes, host, retry_after))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Circuit>> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Circuits, Turn};
    use bridge_client::{Backoff, BackoffSettings};
    use bridge_types::Timestamp;
    use std::time::Duration;

    const HOST: &str = "api.example.org";

    fn circuits() -> Circuits {
        let settings = BackoffSettings {
            base: Duration::from_secs(10),
            max: Duration::from_secs(40),
            factor_percent: 200,
            jitter_percent: 0,
        };
        Circuits::new(3, Backoff::new(settings).unwrap())
    }

    const fn second(at: i64) -> Timestamp {
        Timestamp::from_millis(at * 1000)
    }

    fn opened() -> Circuits {
        let circuits = circuits();
        assert_eq!(circuits.failed(HOST, second(0), None), None);
        assert_eq!(circuits.failed(HOST, second(1), None), None);
        assert_eq!(circuits.failed(HOST, second(2), None), Some(Turn::Lost(second(2))));
        circuits
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_answer_between_them_keeps_it_closed() {
        let circuits = circuits();
        for _ in 0..10 {
            assert_eq!(circuits.failed(HOST, second(0), None), None);
            assert_eq!(circuits.failed(HOST, second(0), None), None);
            assert_eq!(circuits.answered(HOST), None);
        }
        assert_eq!(circuits.admission(HOST), Admission::Everything);
        assert_eq!(opened().admission(HOST), Admission::Nothing(second(12)));
    }

    #[test]
    fn attempts_under_way_when_it_opens_change_nothing() {
        let circuits = opened();
        assert_eq!(circuits.failed(HOST, second(3), None), None);
        assert_eq!(circuits.admission(HOST), Admission::Nothing(second(12)));
    }

    #[test]
    fn probes_that_fail_wait_ever_longer_up_to_the_bound() {
        let circuits = opened();
        let mut now = 12;
        for wait in [20, 40, 40] {
            circuits.probed(HOST, second(now), false);
            assert_eq!(circuits.admission(HOST), Admission::Nothing(second(now + wait)));
            now += wait;
        }
    }

    #[test]
    fn after_a_probe_one_piece_decides_and_a_person_hears_of_the_first_loss_and_the_end_only() {
        let circuits = opened();
        circuits.probed(HOST, second(12), true);
        assert_eq!(circuits.admission(HOST), Admission::OneAtATime);
        assert_eq!(circuits.failed(HOST, second(13), None), None);
        assert_eq!(circuits.admission(HOST), Admission::Nothing(second(33)));
        circuits.probed(HOST, second(33), true);
        assert_eq!(circuits.answered(HOST), Some(Turn::Back(second(2))));
        assert_eq!(circuits.admission(HOST), Admission::Everything);
        assert_eq!(circuits.answered(HOST), None);
    }

    #[test]
    fn a_probe_is_made_by_one_only_and_again_where_it_was_lost() {
        let circuits = opened();
        assert!(!circuits.take_probe(HOST, second(11)));
        assert!(circuits.take_probe(HOST, second(12)));
        assert!(!circuits.take_probe(HOST, second(71)));
        assert!(circuits.take_probe(HOST, second(72)));
        circuits.probed(HOST, second(73), true);
        assert!(!circuits.take_probe(HOST, second(1000)));
    }

    #[test]
    fn what_cms_asks_to_wait_wins() {
        let circuits = circuits();
        for _ in 0..3 {
            circuits.failed(HOST, second(0), Some(Duration::from_secs(600)));
        }
        assert_eq!(circuits.admission(HOST), Admission::Nothing(second(600)));
    }

    #[test]
    fn an_outage_told_before_a_restart_is_probed_at_once_and_not_told_again() {
        let circuits = circuits();
        circuits.resume(HOST, second(5));
        assert_eq!(circuits.admission(HOST), Admission::Nothing(second(5)));
        circuits.probed(HOST, second(100), false);
        assert_eq!(circuits.failed(HOST, second(101), None), None);
        circuits.probed(HOST, second(200), true);
        assert_eq!(circuits.answered(HOST), Some(Turn::Back(second(5))));
    }
}
