//! Growing waits between attempts.

use super::ScheduleError;
use crate::RETRY_AFTER_CAP;
use bridge_types::content_hash;
use std::time::Duration;

/// Settings of a [`Backoff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffSettings {
    /// Before the second attempt; 1 second to 24 hours. Default 5 s.
    pub base: Duration,
    /// Waits grow up to this; `base` to 24 hours. Default 10 min.
    pub max: Duration,
    /// Each wait in percent of the one before it, 100 to 1000. Default 200.
    pub factor_percent: u32,
    /// How much of a wait may be taken off (or put on top of a `Retry-After`) to spread attempts, 0 to 50 percent. Default 20.
    pub jitter_percent: u32,
}

impl Default for BackoffSettings {
    fn default() -> Self {
        Self { base: Duration::from_secs(5), max: Duration::from_secs(600), factor_percent: 200, jitter_percent: 20 }
    }
}

/// Waits that grow from `base` to `max`, spread by a jitter that depends only on the id and the attempt: the same submission
/// always waits the same, a thousand submissions do not return in the same second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    settings: BackoffSettings,
}

impl Backoff {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Where a duration or a percentage is outside its range, or `max` is under `base`.
    pub fn new(settings: BackoffSettings) -> Result<Self, ScheduleError> {
        for (setting, value) in [("base", settings.base), ("max", settings.max)] {
            if value < Duration::from_secs(1) || value > RETRY_AFTER_CAP {
                return Err(ScheduleError::OutOfRange { setting });
            }
        }
        if settings.max < settings.base {
            return Err(ScheduleError::Inverted { upper: "max", lower: "base" });
        }
        if !(100..=1000).contains(&settings.factor_percent) {
            return Err(ScheduleError::Percentage { setting: "factor-percent", least: 100, most: 1000 });
        }
        if settings.jitter_percent > 50 {
            return Err(ScheduleError::Percentage { setting: "jitter-percent", least: 0, most: 50 });
        }
        Ok(Self { settings })
    }

    /// The settings it was made of.
    #[must_use]
    pub const fn settings(&self) -> &BackoffSettings {
        &self.settings
    }

    /// How long to wait after the attempt with this number (the first is 0) failed. A `retry_after` always wins: the wait is
    /// never shorter than it, and longer than it and `base` by at most the jitter. One of nothing (`Retry-After: 0`, or a date
    /// that is past) names no wait, so the own one counts: a server's slip must not use up every attempt in a busy loop.
    #[must_use]
    pub fn wait(&self, attempt: u32, id: &str, retry_after: Option<Duration>) -> Duration {
        match retry_after.filter(|asked| !asked.is_zero()) {
            Some(asked) => {
                let asked = asked.min(RETRY_AFTER_CAP).max(self.settings.base);
                asked + self.jitter(asked, attempt, id)
            }
            None => {
                let full = self.ceiling(attempt);
                full - self.jitter(full, attempt, id)
            }
        }
    }

    /// The longest [`Backoff::wait`] after this attempt without a `Retry-After`.
    #[must_use]
    pub fn ceiling(&self, attempt: u32) -> Duration {
        grow(self.settings.base, self.settings.max, self.settings.factor_percent, attempt)
    }

    /// A share of `full` between nothing and `jitter_percent`.
    fn jitter(&self, full: Duration, attempt: u32, id: &str) -> Duration {
        let digest = content_hash(format!("{attempt}:{id}").as_bytes());
        let random = digest.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
        // At most 2^27 ms x 50 x 2^32 < 2^65: computed in 128 bits.
        let share =
            full.as_millis() * u128::from(self.settings.jitter_percent) * u128::from(random) / (100 * (1_u128 << 32));
        Duration::from_millis(u64::try_from(share).unwrap_or(0))
    }
}

/// `base` grown `times` times by `percent`, at most `max`.
pub(super) fn grow(base: Duration, max: Duration, percent: u32, times: u32) -> Duration {
    if percent <= 100 {
        return base.min(max);
    }
    let mut wait = base;
    for _ in 0..times {
        if wait >= max {
            break;
        }
        // Rounds up, so that it grows even from the shortest wait by the smallest percentage, and the loop ends.
        let grown = (wait.as_millis() * u128::from(percent)).div_ceil(100);
        wait = Duration::from_millis(u64::try_from(grown).unwrap_or(u64::MAX));
    }
    wait.min(max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_jitter_the_waits_double_up_to_the_maximum() {
        let backoff = Backoff::new(BackoffSettings { jitter_percent: 0, ..BackoffSettings::default() }).unwrap();
        let waits: Vec<_> = (0..9).map(|attempt| backoff.wait(attempt, "any", None).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    }

    #[test]
    fn the_same_submission_waits_the_same_and_many_are_spread() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(3, "id00000001", None), backoff.wait(3, "id00000001", None));
        let distinct: std::collections::BTreeSet<_> =
            (0..100).map(|number| backoff.wait(3, &format!("id{number:08}"), None)).collect();
        assert!(distinct.len() > 80, "only {} distinct waits of 100", distinct.len());
    }

    #[test]
    fn the_defaults_are_valid_and_bad_settings_are_named() {
        let good = BackoffSettings::default();
        assert_eq!(Backoff::new(good), Ok(Backoff::default()));
        assert!(Backoff::new(BackoffSettings { base: Duration::ZERO, ..good }).is_err());
        assert!(Backoff::new(BackoffSettings { max: Duration::from_secs(86_401), ..good }).is_err());
        assert_eq!(
            Backoff::new(BackoffSettings { max: Duration::from_secs(4), ..good }),
            Err(ScheduleError::Inverted { upper: "max", lower: "base" })
        );
        assert!(Backoff::new(BackoffSettings { factor_percent: 99, ..good }).is_err());
        assert!(Backoff::new(BackoffSettings { jitter_percent: 51, ..good }).is_err());
    }

    prop_compose! {
        fn backoff()(base in 1..1000_u64, more in 0..80_000_u64, factor_percent in 100..=1000_u32, jitter_percent in 0..=50_u32)
            -> Backoff {
            Backoff::new(BackoffSettings {
                base: Duration::from_secs(base), max: Duration::from_secs(base + more), factor_percent, jitter_percent,
            }).unwrap()
        }
    }

    proptest! {
        #[test]
        fn every_wait_lies_between_ceiling_less_jitter_and_ceiling(backoff in backoff(), attempt: u32, id in "[a-z0-9]{1,20}") {
            let wait = backoff.wait(attempt, &id, None);
            let ceiling = backoff.ceiling(attempt);
            prop_assert!(wait <= ceiling && ceiling <= backoff.settings().max);
            prop_assert!(wait >= ceiling * (100 - backoff.settings().jitter_percent) / 100);
        }

        #[test]
        fn ceilings_never_shrink(backoff in backoff(), attempt in 0..u32::MAX) {
            prop_assert!(backoff.settings().base <= backoff.ceiling(attempt));
            prop_assert!(backoff.ceiling(attempt) <= backoff.ceiling(attempt + 1));
        }

        #[test]
        fn retry_after_always_wins_over_a_shorter_wait(
            backoff in backoff(), attempt: u32, id in "[a-z0-9]{1,20}", asked in 0..=86_400_u64,
        ) {
            let asked = Duration::from_secs(asked);
            let base = backoff.settings().base;
            let wait = backoff.wait(attempt, &id, Some(asked));
            prop_assert!(asked <= wait);
            prop_assert!(wait >= base * (100 - backoff.settings().jitter_percent) / 100, "{wait:?} is a busy loop");
            if !asked.is_zero() {
                prop_assert!(wait <= asked.max(base) * 3 / 2);
            }
        }

        #[test]
        fn a_retry_after_of_nothing_changes_nothing(backoff in backoff(), attempt: u32, id in "[a-z0-9]{1,20}") {
            prop_assert_eq!(backoff.wait(attempt, &id, Some(Duration::ZERO)), backoff.wait(attempt, &id, None));
        }
    }
}
