//! In which zone days begin and end.

use crate::plan::moment::Moment;
use access_mappings::Profile;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The zone of the calendar; UTC where the profile names none that can be read.
pub(crate) fn of(profile: &Profile) -> TimeZone {
    let named = profile.reports.zone.as_str();
    let rule = profile.times.zones.get(named).map_or(named, String::as_str);
    if rule.is_empty() || rule == "UTC" {
        return TimeZone::UTC;
    }
    TimeZone::posix(rule).unwrap_or(TimeZone::UTC)
}

/// The day of a moment.
pub(crate) fn day(zone: &TimeZone, moment: Moment) -> Date {
    zone.to_datetime(moment.instant()).date()
}

/// The moment a day begins, RFC 3339.
pub(crate) fn begins(zone: &TimeZone, day: Date) -> Option<String> {
    Some(zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok()?.to_string())
}
