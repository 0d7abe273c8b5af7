//! The sandbox's own time: the machine's, or a moment that stands still or runs on, plus whatever it was moved by.

use jiff::civil::Date;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// Tells the sandbox's time. It only ever moves forward.
#[derive(Debug)]
pub(crate) struct SandboxClock {
    /// Stands still there; unset: follows the machine.
    frozen_at: Option<i64>,
    moved_by: AtomicI64,
}

impl SandboxClock {
    /// The machine's clock, or one that starts elsewhere and, unless it runs on, stands still there.
    pub(crate) fn new(start: Option<i64>, runs_on: bool) -> Self {
        let frozen_at = start.filter(|_| !runs_on);
        let moved_by = start.filter(|_| runs_on).map_or(0, |start| start.saturating_sub(machine()));
        Self { frozen_at, moved_by: AtomicI64::new(moved_by) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now(&self) -> i64 {
        let start = self.frozen_at.unwrap_or_else(machine);
        start.saturating_add(self.moved_by.load(Ordering::SeqCst))
    }

    /// Days since 1970-01-01, UTC.
    pub(crate) fn today(&self) -> i64 {
        day_of(self.now())
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let _ =
            self.moved_by.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |moved| Some(moved.saturating_add(millis)));
    }

    pub(crate) fn advance_days(&self, days: u32) {
        self.advance(Duration::from_secs(u64::from(days) * 86_400));
    }
}

/// The machine's time.
fn machine() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The day a moment is in.
pub(crate) const fn day_of(millis: i64) -> i64 {
    millis.div_euclid(DAY)
}

/// The date of a day, where a calendar has it.
pub(crate) fn date(day: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// RFC 3339 in UTC with milliseconds; empty where the moment is out of range.
pub(crate) fn rfc3339(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// The day so many calendar months later, or the last day there is.
pub(crate) fn months_later(day: i64, months: u16) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    let later = jiff::Span::new()
        .try_days(day)
        .and_then(|days| epoch.checked_add(days))
        .and_then(|date| date.checked_add(jiff::Span::new().try_months(i64::from(months))?))
        .and_then(|date| epoch.until(date));
    later.map_or(i64::MAX, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::{SandboxClock, date, months_later, rfc3339};

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = SandboxClock::new(Some(1_000), false);
        assert_eq!((clock.now(), clock.today()), (1_000, 0));
        clock.advance_days(3);
        assert_eq!((clock.now(), clock.today()), (259_201_000, 3));
        assert_eq!(rfc3339(clock.now()), "1970-01-04T00:00:01.000Z");
    }

    #[test]
    fn an_unfrozen_clock_is_the_machines_plus_what_it_was_moved_by() {
        let clock = SandboxClock::new(None, false);
        let before = clock.now();
        assert!(before > 1_600_000_000_000);
        clock.advance_days(365);
        assert!(clock.now() >= before + 365 * 86_400_000);
    }

    #[test]
    fn a_clock_that_runs_on_starts_where_it_is_told() {
        let before = jiff::Timestamp::now().as_millisecond();
        let clock = SandboxClock::new(Some(1_000), true);
        let now = clock.now();
        let passed = jiff::Timestamp::now().as_millisecond() - before;
        assert!((1_000 - passed..=1_000 + passed).contains(&now), "{now}");
        clock.advance_days(2);
        assert!(clock.now() >= now + 2 * 86_400_000);
    }

    #[test]
    fn days_have_dates_as_far_as_calendars_go() {
        assert_eq!(date(0).unwrap().to_string(), "1970-01-01");
        assert_eq!(date(20_727).unwrap().to_string(), "2026-10-01");
        assert_eq!(date(i64::MAX), None);
    }

    #[test]
    fn twelve_months_are_a_calendar_year_in_leap_years_too() {
        assert_eq!(months_later(0, 12), 365);
        assert_eq!(months_later(2 * 365, 12), 2 * 365 + 366); // 1972-01-01 to 1973-01-01
        assert_eq!(months_later(i64::MAX, 12), i64::MAX);
    }
}
