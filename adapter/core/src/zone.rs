//! In which zone days are counted: `reports.zone`.

use access_mappings::Profile;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// How far the clocks of senders may be ahead of ours, in minutes, before what they measured counts as in the future.
const SKEW_MINUTES: i64 = 5;

/// The zone of a profile's reports.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

/// A FHIR date or dateTime, to the day at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When {
    /// The day in the zone; of a date the day it names.
    pub(crate) day: Date,
    /// The moment; of a date the beginning of its day in the zone.
    pub(crate) at: Timestamp,
    /// Whether it says more than the day.
    pub(crate) is_timed: bool,
    /// The time of day as it was written, where nothing tells its offset.
    pub(crate) clock: Option<Time>,
}

impl When {
    /// Whether it says less of the time of day than another: nothing, or the time of an unknown zone.
    pub(crate) fn says_less(self, other: Self) -> bool {
        !self.is_timed && (other.is_timed || (self.clock.is_none() && other.clock.is_some()))
    }

    /// With the time of day of a time without an offset, `2026-07-14T09:15:00`, or of nothing.
    pub(crate) fn with_clock(self, written: &str) -> Self {
        Self { clock: written.parse::<DateTime>().ok().filter(|_| !self.is_timed).map(DateTime::time), ..self }
    }
}

impl Zone {
    /// A name from `times.zones` or a rule as POSIX has it; UTC where nothing is said.
    pub(crate) fn of(profile: &Profile) -> Self {
        let name = profile.reports.zone.as_str();
        let rule = profile.times.zones.get(name).unwrap_or(name);
        Self(TimeZone::posix(rule).unwrap_or(TimeZone::UTC))
    }

    /// Reads a time that entries are put in order by: a FHIR date or dateTime, or a time as it was written without an offset
    /// (`2026-07-14T09:15:00`), of which only the day is known.
    pub(crate) fn when(&self, text: &str) -> Option<When> {
        let is_written = text.len() == 19 && text.parse::<DateTime>().is_ok();
        self.stated(text.get(..10).filter(|_| is_written).unwrap_or(text))
    }

    /// Reads a FHIR date or dateTime; none where it says less than a day, or has no offset.
    pub(crate) fn stated(&self, text: &str) -> Option<When> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(When { day: self.day(at), at, is_timed: true, clock: None });
        }
        let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
        let at = self.0.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0)).compatible().ok()?.timestamp();
        Some(When { day, at, is_timed: false, clock: None })
    }

    /// Whether that is still to come at `now`: more than five minutes ahead, or on a later day where only the day is known.
    pub(crate) fn is_ahead(&self, when: When, now: Timestamp) -> bool {
        if when.is_timed { when.at > later(now) } else { when.day > self.day(now) }
    }

    /// The first moment at which that is not ahead any more.
    pub(crate) fn usable_from(when: When) -> Timestamp {
        let skew = if when.is_timed { SKEW_MINUTES } else { 0 };
        when.at.checked_sub(Span::new().minutes(skew)).unwrap_or(when.at)
    }

    /// The moment a day begins, RFC 3339.
    pub(crate) fn begins(&self, day: Date) -> Option<String> {
        Some(self.0.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok()?.to_string())
    }

    /// The calendar day of a moment.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    /// The day so many months after that of a moment (RFC 3339).
    pub(crate) fn months_after(&self, moment: &str, months: u16) -> Option<Date> {
        self.day(moment.parse().ok()?).checked_add(Span::new().months(i32::from(months))).ok()
    }

    /// Whether that day is still to come. A time that cannot be read is long past.
    pub(crate) fn is_within_months(&self, now: Timestamp, moment: &str, months: u16) -> bool {
        self.months_after(moment, months).is_some_and(|end| self.day(now) < end)
    }
}

fn later(now: Timestamp) -> Timestamp {
    now.checked_add(Span::new().minutes(SKEW_MINUTES)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use jiff::civil::date;

    fn zone(name: &str) -> Zone {
        let mut profile = access_mappings::example().unwrap();
        profile.reports.zone = name.to_owned();
        Zone::of(&profile)
    }

    #[test]
    fn a_moment_has_the_day_of_the_zone() {
        for (name, text, day) in [
            ("", "2026-07-14T03:00:00Z", date(2026, 7, 14)),
            ("UTC", "2026-07-13T22:00:00-05:00", date(2026, 7, 14)),
            ("America/Chicago", "2026-07-14T03:00:00Z", date(2026, 7, 13)),
            ("CST6CDT,M3.2.0,M11.1.0", "2026-01-14T05:59:59Z", date(2026, 1, 13)),
            ("America/Chicago", "2026-07-14", date(2026, 7, 14)),
        ] {
            assert_eq!(zone(name).when(text).unwrap().day, day, "{name} {text}");
        }
        for text in ["", "2026", "2026-07", "2026-07-14T10:00:00", "yesterday"] {
            assert_eq!(zone("").stated(text), None, "{text}");
        }
    }

    #[test]
    fn of_a_time_as_it_was_written_only_the_day_is_known() {
        for name in ["", "America/Chicago", "CST6CDT,M3.2.0,M11.1.0"] {
            let zone = zone(name);
            assert_eq!(zone.when("2026-07-14T23:15:00"), zone.stated("2026-07-14"));
            for text in [
                "2026-07-14",
                "2026-07-14T09:15:00Z",
                "2026-07-14T09:15:00-05:00",
                "",
                "2026-07",
                "2026-07-14T09:61:00",
            ] {
                assert_eq!(zone.when(text), zone.stated(text), "{text}");
            }
        }
    }

    #[test]
    fn a_date_comes_before_every_moment_of_its_day() {
        let zone = zone("America/Chicago");
        let (date, early) = (zone.when("2026-07-14").unwrap(), zone.when("2026-07-14T00:00:00-05:00").unwrap());
        assert!(date < early && date.at == early.at && !date.is_timed);
        assert!(zone.when("2026-07-13T23:59:59-05:00").unwrap() < date);
    }
}
