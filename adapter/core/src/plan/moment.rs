//! Dates and times, as far as rules compare them. No zone but UTC: the guide names none.

use access_contract::{Issue, Severity};
use jiff::civil::Date;
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

    /// The calendar day in UTC.
    pub(crate) fn day(self) -> Date {
        Offset::UTC.to_datetime(self.at).date()
    }

    /// The day so many days later.
    pub(crate) fn plus_days(self, days: u16) -> Option<Date> {
        self.day().checked_add(Span::new().days(i32::from(days))).ok()
    }

    /// The day so many months later.
    pub(crate) fn plus_months(self, months: u16) -> Option<Date> {
        self.day().checked_add(Span::new().months(i32::from(months))).ok()
    }

    /// Whether fewer than `days` whole days have passed since `text`. A time that cannot be read is long past.
    pub(crate) fn is_within_days(self, text: &str, days: u16) -> bool {
        Self::parse(text).and_then(|since| since.plus_days(days)).is_some_and(|end| self.day() < end)
    }

    /// Whether fewer than `months` months have passed since `text`.
    pub(crate) fn is_within_months(self, text: &str, months: u16) -> bool {
        Self::parse(text).and_then(|since| since.plus_months(months)).is_some_and(|end| self.day() < end)
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

/// Whether `text` was sent before `other`. Times of different precision that agree as far as both go are the same time,
/// and an unknown time is never older.
pub(crate) fn is_older(text: &str, other: &str) -> bool {
    !text.is_empty() && text < other && !other.starts_with(text)
}
