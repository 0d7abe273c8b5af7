//! Dates and times, as far as rules compare them, in UTC. The days of the calendar are those of [`crate::zone`].

use access_contract::{Issue, Severity};
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// A moment that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    at: Timestamp,
}

impl Moment {
    /// Reads RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|at| Self { at })
    }

    /// Reads the argument named `field`.
    pub(crate) fn argument(text: &str, field: &str) -> Result<Self, Issue> {
        Self::parse(text).ok_or_else(|| {
            Issue::new(Severity::Fatal, "time-invalid", field, "the time handed in is not RFC 3339 with an offset")
        })
    }

    /// The instant.
    pub(crate) const fn instant(self) -> Timestamp {
        self.at
    }

    /// RFC 3339 in UTC.
    pub(crate) fn rfc3339(self) -> String {
        self.at.to_string()
    }

    /// The calendar day in UTC.
    pub(crate) fn day(self) -> Date {
        Offset::UTC.to_datetime(self.at).date()
    }

    /// RFC 3339, in UTC to the second.
    pub(crate) fn written(self) -> String {
        format!("{:.0}Z", Offset::UTC.to_datetime(self.at))
    }

    /// As a time of a feed is written.
    pub(crate) fn exact(self) -> String {
        shown(Offset::UTC.to_datetime(self.at))
    }

    /// So many hours later, as a time of a feed is written.
    pub(crate) fn plus_hours(self, hours: u16) -> Option<String> {
        let later = self.at.checked_add(Span::new().hours(i32::from(hours))).ok()?;
        Some(shown(Offset::UTC.to_datetime(later)))
    }

    /// The day so many days later.
    pub(crate) fn plus_days(self, days: u16) -> Option<Date> {
        self.day().checked_add(Span::new().days(i32::from(days))).ok()
    }

    /// Whether fewer than `days` whole days have passed since `text`. A time that cannot be read is long past.
    pub(crate) fn is_within_days(self, text: &str, days: u16) -> bool {
        Self::parse(text).and_then(|since| since.plus_days(days)).is_some_and(|end| self.day() < end)
    }
}

/// Reads an ISO date, which may stop at the year or the month.
pub(crate) fn first_day(text: &str) -> Option<Date> {
    match text.len() {
        4 => format!("{text}-01-01").parse().ok(),
        7 => format!("{text}-01").parse().ok(),
        _ => text.get(..10)?.parse().ok(),
    }
}

/// Reads an ISO date as the last day it can mean.
pub(crate) fn last_day(text: &str) -> Option<Date> {
    let first = first_day(text)?;
    match text.len() {
        4 => Some(first.last_of_year()),
        7 => Some(first.last_of_month()),
        _ => Some(first),
    }
}

/// Farthest that clocks are ahead of UTC, in hours (Kiribati), and behind it (Baker Island).
const AHEAD: i64 = 14;
const BEHIND: i64 = 12;

/// Whether a time of a feed (`Facts::sent_at`) is one in UTC, in fixed width: such times compare as texts.
fn is_exact(text: &str) -> bool {
    text.ends_with('Z')
}

/// Whether `text` was certainly sent before `other`.
///
/// Times in UTC compare as they are, and so do those without a zone among each other: their senders share a clock more often than
/// not. Of one with and one without a zone, the latter may be anywhere on Earth, so they are the same time unless more than 14
/// hours lie between them. Times of different precision that agree as far as both go are the same, and an unknown time is never
/// older.
pub(crate) fn is_older(text: &str, other: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let bounds = match (is_exact(text), is_exact(other)) {
        (true, false) => earliest(other).map(|other| text < other.as_str()),
        (false, true) => latest(text).map(|text| text.as_str() < other),
        _ => None,
    };
    bounds.unwrap_or_else(|| text < other && !other.starts_with(text))
}

/// Whether `text`, which is not older than `known`, stands for both: the later one, and of one with and one without a zone that may
/// be the same time the one with it.
pub(crate) fn succeeds(text: &str, known: &str) -> bool {
    match (is_exact(text), is_exact(known)) {
        (true, false) => true,
        (false, true) => is_older(known, text),
        _ => known < text,
    }
}

/// The earliest moment in UTC that a time without zone can be.
fn earliest(text: &str) -> Option<String> {
    let local = text.parse::<DateTime>().ok().or_else(|| Some(first_day(text)?.at(0, 0, 0, 0)))?;
    Some(shown(local.checked_sub(Span::new().hours(AHEAD)).ok()?))
}

/// The latest moment in UTC that a time without zone can be.
fn latest(text: &str) -> Option<String> {
    let local = if text.contains('T') { text.parse().ok()? } else { last_day(text)?.at(23, 59, 59, 0) };
    Some(shown(local.checked_add(Span::new().hours(BEHIND)).ok()?))
}

/// A time in UTC in the fixed width of `Facts::sent_at`.
fn shown(utc: DateTime) -> String {
    format!("{utc:.6}Z")
}

#[cfg(test)]
mod tests {
    use super::{is_older, succeeds};

    #[test]
    fn times_are_older_only_where_that_is_certain() {
        for (text, other, older) in [
            ("2026-07-14T14:15:00.000000Z", "2026-07-14T14:15:00.000001Z", true),
            ("2026-07-14T14:15:00.000000Z", "2026-07-14T14:15:00.000000Z", false),
            // Both without a zone.
            ("2026-07-14T09:15:00.000000", "2026-07-14T09:15:01.000000", true),
            ("2026-07-14", "2026-07-14T09:15:01.000000", false),
            ("2026-07-14", "2026-07-15T00:00:01.000000", true),
            // One without: anywhere on Earth.
            ("2026-07-14T14:15:00.000000Z", "2026-07-14T23:15:00.000000", false),
            ("2026-07-14T14:15:00.000000Z", "2026-07-15T04:15:01.000000", true),
            ("2026-07-14T09:15:00.000000", "2026-07-14T20:15:00.000000Z", false),
            ("2026-07-14T09:15:00.000000", "2026-07-14T21:15:01.000000Z", true),
            ("2026-07-14", "2026-07-15T11:00:00.000000Z", false),
            ("2026-07-14", "2026-07-15T12:00:00.000000Z", true),
            ("2026-07-14T14:15:00.000000Z", "2026-07-15", false),
            ("2026-07-14T14:15:00.000000Z", "2026-07-16", true),
            // As earlier versions wrote them.
            ("2026-07-14T09:15", "2026-07-14T21:15:01.000000Z", true),
            ("", "2026-07-14", false),
            ("2026-07-14T14:15:00.000000Z", "", false),
            ("0", "2026-07-14T14:15:00.000000Z", true),
            ("2026-07-14T14:15:00.000000Z", "0", false),
        ] {
            assert_eq!(is_older(text, other), older, "{text} before {other}");
            assert!(!older || !is_older(other, text), "{text} before {other}, and the other way round");
        }
    }

    #[test]
    fn a_time_with_a_zone_stands_for_one_without() {
        let (utc, local) = ("2026-07-14T14:15:00.000000Z", "2026-07-14T16:15:00.000000");
        assert!(succeeds(utc, local) && !succeeds(local, utc));
        assert!(succeeds("2026-07-16T16:15:00.000000", utc));
        assert!(succeeds(utc, "") && succeeds(utc, "0") && !succeeds(utc, utc));
    }
}
