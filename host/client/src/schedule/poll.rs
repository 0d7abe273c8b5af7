//! When to ask for a submission's status again.

use super::ScheduleError;
use crate::RETRY_AFTER_CAP;
use std::time::Duration;

/// The shortest wait there is.
const SHORTEST: Duration = Duration::from_secs(1);

/// Settings of a [`PollSchedule`]; each duration between 1 second and 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollSettings {
    /// From the 202 to the first poll. Default 5 s.
    pub first: Duration,
    /// From the first poll to the second. Default 15 s.
    pub interval: Duration,
    /// The interval grows up to this. Default 30 s.
    pub interval_max: Duration,
    /// Each interval in percent of the one before it, 100 to 1000. Default 150.
    pub growth_percent: u32,
    /// From the 202 until polling becomes slow: the guide's overall limit. Default 5 min.
    pub overall: Duration,
    /// Shortest wait once polling is slow. Default 60 s.
    pub slow: Duration,
    /// Longest wait once polling is slow. Default 15 min.
    pub slow_max: Duration,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            interval: Duration::from_secs(15),
            interval_max: Duration::from_secs(30),
            growth_percent: 150,
            overall: Duration::from_secs(300),
            slow: Duration::from_secs(60),
            slow_max: Duration::from_secs(900),
        }
    }
}

/// Within the guide's limit, or past it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollMode {
    /// Within `overall` of the 202.
    Normal,
    /// Past `overall`: the outcome is unknown and worth telling a person; asking goes on at long intervals, because passing
    /// the limit does not mean that the submission failed.
    Slow,
}

/// When to poll next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextPoll {
    /// From now.
    pub wait: Duration,
    /// Within the limit or past it.
    pub mode: PollMode,
}

/// When to poll: first after `first`, then at intervals growing to `interval_max`, and past `overall` at a quarter of the time
/// already spent past it, between `slow` and `slow_max`. Computed from what the ledger keeps (polls so far, time since the 202),
/// so a restart changes nothing.
///
/// ```
/// use bridge_client::{PollMode, PollSchedule};
/// use std::time::Duration;
///
/// let schedule = PollSchedule::default();
/// assert_eq!(schedule.next(0, Duration::ZERO, None).wait, Duration::from_secs(5));
/// assert_eq!(schedule.next(1, Duration::from_secs(5), None).wait, Duration::from_secs(15));
/// assert_eq!(schedule.next(1, Duration::from_secs(5), Some(Duration::from_secs(90))).wait, Duration::from_secs(90));
/// assert_eq!(schedule.next(13, Duration::from_secs(300), None).mode, PollMode::Slow);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollSchedule {
    settings: PollSettings,
}

impl PollSchedule {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Where a duration is outside its range, an upper bound is under its lower one, or the growth is out of range.
    pub fn new(settings: PollSettings) -> Result<Self, ScheduleError> {
        for (setting, value) in [
            ("first", settings.first),
            ("interval", settings.interval),
            ("interval-max", settings.interval_max),
            ("overall", settings.overall),
            ("slow", settings.slow),
            ("slow-max", settings.slow_max),
        ] {
            if value < SHORTEST || value > RETRY_AFTER_CAP {
                return Err(ScheduleError::OutOfRange { setting });
            }
        }
        if settings.interval_max < settings.interval {
            return Err(ScheduleError::Inverted { upper: "interval-max", lower: "interval" });
        }
        if settings.slow_max < settings.slow {
            return Err(ScheduleError::Inverted { upper: "slow-max", lower: "slow" });
        }
        if !(100..=1000).contains(&settings.growth_percent) {
            return Err(ScheduleError::Percentage { setting: "growth-percent", least: 100, most: 1000 });
        }
        Ok(Self { settings })
    }

    /// The settings it was made of.
    #[must_use]
    pub const fn settings(&self) -> &PollSettings {
        &self.settings
    }

    /// When to poll next, after `polls` polls and `since_accepted` after the 202. A `retry_after` always wins; it is kept
    /// between 1 second and [`RETRY_AFTER_CAP`]. One of nothing names no wait, so the own one counts: a server's slip must not
    /// become a busy loop.
    #[must_use]
    pub fn next(&self, polls: u32, since_accepted: Duration, retry_after: Option<Duration>) -> NextPoll {
        let settings = &self.settings;
        let mode = if since_accepted < settings.overall { PollMode::Normal } else { PollMode::Slow };
        let wait = match (retry_after.filter(|asked| !asked.is_zero()), mode) {
            (Some(asked), _) => asked.clamp(SHORTEST, RETRY_AFTER_CAP),
            (None, PollMode::Slow) => {
                (since_accepted.saturating_sub(settings.overall) / 4).clamp(settings.slow, settings.slow_max)
            }
            (None, PollMode::Normal) if polls == 0 => settings.first,
            (None, PollMode::Normal) => {
                super::backoff::grow(settings.interval, settings.interval_max, settings.growth_percent, polls - 1)
            }
        };
        NextPoll { wait, mode }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_defaults_are_valid_and_follow_the_guide() {
        assert_eq!(PollSchedule::new(PollSettings::default()), Ok(PollSchedule::default()));
        let waits: Vec<_> = (0..5).map(|polls| PollSchedule::default().next(polls, seconds(1), None).wait).collect();
        assert_eq!(waits, [seconds(5), seconds(15), Duration::from_millis(22_500), seconds(30), seconds(30)]);
    }

    #[test]
    fn past_the_limit_it_asks_at_long_intervals_without_end() {
        let schedule = PollSchedule::default();
        assert_eq!(schedule.next(14, seconds(299), None).mode, PollMode::Normal);
        assert_eq!(schedule.next(14, seconds(300), None), NextPoll { wait: seconds(60), mode: PollMode::Slow });
        assert_eq!(schedule.next(30, seconds(300 + 1200), None).wait, seconds(300));
        assert_eq!(schedule.next(u32::MAX, Duration::MAX, None).wait, seconds(900));
    }

    #[test]
    fn settings_that_make_no_schedule_are_refused_by_name() {
        let good = PollSettings::default();
        assert_eq!(
            PollSchedule::new(PollSettings { first: Duration::ZERO, ..good }),
            Err(ScheduleError::OutOfRange { setting: "first" })
        );
        assert_eq!(
            PollSchedule::new(PollSettings { slow_max: seconds(59), ..good }),
            Err(ScheduleError::Inverted { upper: "slow-max", lower: "slow" })
        );
        assert!(PollSchedule::new(PollSettings { interval_max: seconds(14), ..good }).is_err());
        assert!(PollSchedule::new(PollSettings { growth_percent: 99, ..good }).is_err());
    }

    prop_compose! {
        fn settings()(first in 1..1000_u64, interval in 1..1000_u64, more in 0..1000_u64, growth_percent in 100..=1000_u32,
                      overall in 1..10_000_u64, slow in 1..1000_u64, slow_more in 0..5000_u64) -> PollSettings {
            PollSettings {
                first: seconds(first), interval: seconds(interval), interval_max: seconds(interval + more), growth_percent,
                overall: seconds(overall), slow: seconds(slow), slow_max: seconds(slow + slow_more),
            }
        }
    }

    proptest! {
        #[test]
        fn every_wait_lies_within_its_bounds(settings in settings(), polls: u32, elapsed in 0..1_000_000_u64) {
            let schedule = PollSchedule::new(settings).unwrap();
            let next = schedule.next(polls, seconds(elapsed), None);
            let (least, most) = match next.mode {
                PollMode::Slow => (settings.slow, settings.slow_max),
                PollMode::Normal if polls == 0 => (settings.first, settings.first),
                PollMode::Normal => (settings.interval, settings.interval_max),
            };
            prop_assert!(least <= next.wait && next.wait <= most);
            prop_assert_eq!(next.mode == PollMode::Slow, seconds(elapsed) >= settings.overall);
        }

        #[test]
        fn waits_never_shrink_within_a_mode(settings in settings(), polls in 1..u32::MAX - 1, elapsed in 0..1_000_000_u64) {
            let schedule = PollSchedule::new(settings).unwrap();
            let now = schedule.next(polls, seconds(elapsed), None);
            let later = schedule.next(polls + 1, seconds(elapsed + 1), None);
            prop_assert!(now.mode != later.mode || now.wait <= later.wait);
        }

        #[test]
        fn retry_after_always_wins(settings in settings(), polls: u32, elapsed: u64, asked in 1..=86_400_u64) {
            let schedule = PollSchedule::new(settings).unwrap();
            prop_assert_eq!(schedule.next(polls, seconds(elapsed), Some(seconds(asked))).wait, seconds(asked));
        }

        #[test]
        fn a_retry_after_of_nothing_changes_nothing(settings in settings(), polls: u32, elapsed: u64) {
            let schedule = PollSchedule::new(settings).unwrap();
            let elapsed = seconds(elapsed);
            prop_assert_eq!(schedule.next(polls, elapsed, Some(Duration::ZERO)), schedule.next(polls, elapsed, None));
        }
    }
}
