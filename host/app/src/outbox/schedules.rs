//! The schedules of the outbox, from the one table of times.

use crate::config::raw::{Limits, Times};
use bridge_client::{Backoff, BackoffSettings, PollSchedule, PollSettings, ScheduleError};
use std::time::Duration;

/// When to poll, when to send again, when to ask a person.
#[derive(Debug, Clone)]
pub struct Schedules {
    /// Polling.
    pub poll: PollSchedule,
    /// Sending again what did not arrive.
    pub retry: Backoff,
    /// Waiting for a person.
    pub operator: Duration,
    /// Attempts before a submission that cannot be sent is given up.
    pub attempts: u32,
    /// Between probes of an API that is away.
    pub outage: Backoff,
    /// Failures in a row after which an API counts as away.
    pub outage_after: u32,
}

impl Schedules {
    /// From the configuration.
    ///
    /// # Errors
    /// Times that contradict each other.
    pub fn new(times: &Times, limits: &Limits) -> Result<Self, ScheduleError> {
        Ok(Self {
            poll: Self::poll(times)?,
            retry: Self::retry(times)?,
            operator: times.operator_wait.0,
            attempts: limits.send_attempts,
            outage: Self::outage(times)?,
            outage_after: limits.outage_after,
        })
    }

    /// The polls alone.
    ///
    /// # Errors
    /// Times that contradict each other.
    pub fn poll(times: &Times) -> Result<PollSchedule, ScheduleError> {
        PollSchedule::new(PollSettings {
            first: times.poll_first.0,
            interval: times.poll_interval.0,
            interval_max: times.poll_interval_max.0,
            overall: times.poll_overall.0,
            slow: times.poll_slow.0,
            slow_max: times.poll_slow_max.0,
            ..PollSettings::default()
        })
    }

    /// The probes alone.
    ///
    /// # Errors
    /// Times that contradict each other.
    pub fn outage(times: &Times) -> Result<Backoff, ScheduleError> {
        let (base, max) = (times.outage_probe.0, times.outage_probe_max.0);
        Backoff::new(BackoffSettings { base, max, ..BackoffSettings::default() })
    }

    /// The repetitions alone.
    ///
    /// # Errors
    /// Times that contradict each other.
    pub fn retry(times: &Times) -> Result<Backoff, ScheduleError> {
        Backoff::new(BackoffSettings { base: times.retry_base.0, max: times.retry_max.0, ..BackoffSettings::default() })
    }
}
