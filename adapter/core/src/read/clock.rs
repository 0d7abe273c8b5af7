//! Which offset a time without one has: the message's, else that of the sender's zone.

use super::dates::Moment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::cell::OnceCell;

/// First year that the rules of daylight saving in the profile hold for.
const FIRST_YEAR: i16 = 2007;

/// The clock of one sender.
pub(super) struct Clock<'r> {
    /// Minutes east of UTC in `MSH-7`: the default of the whole message (HL7 v2 chapter 2, data type DTM).
    message: Option<i16>,
    /// The rule of the sender's zone.
    rule: Option<&'r str>,
    /// The rule, read when it is first needed.
    zone: OnceCell<Option<TimeZone>>,
}

impl<'r> Clock<'r> {
    pub(super) fn new(message: Option<i16>, rule: Option<&'r str>) -> Self {
        Self { message, rule, zone: OnceCell::new() }
    }

    /// A moment as a FHIR dateTime, or as a date where its offset is not known.
    pub(super) fn date_time(&self, moment: &Moment) -> String {
        moment.date_time(|local| self.message.or_else(|| self.in_zone(local)))
    }

    /// A moment as it was written, where only its date is left for want of an offset; else nothing.
    pub(super) fn written(&self, moment: &Moment) -> String {
        let is_known = |written: &String| self.date_time(moment).len() > 10 || written.is_empty();
        moment.written().filter(|written| !is_known(written)).unwrap_or_default()
    }

    /// Whether nothing at all tells offsets: neither the message nor a zone.
    pub(super) fn is_blind(&self) -> bool {
        self.message.is_none() && self.rule.is_none()
    }

    /// A moment as feeds are put in order by; see [`Moment::instant`].
    pub(super) fn instant(&self, moment: &Moment) -> String {
        moment.instant(|local| self.message.or_else(|| self.in_zone(local)))
    }

    /// The offset of the zone at a local time. None within the hour that daylight saving skips or repeats.
    fn in_zone(&self, local: DateTime) -> Option<i16> {
        let rule = self.rule?;
        if rule.contains(',') && local.year() < FIRST_YEAR {
            return None;
        }
        let zone = self.zone.get_or_init(|| TimeZone::posix(rule).ok()).as_ref()?;
        let found = zone.to_ambiguous_zoned_datetime(local);
        if found.is_ambiguous() {
            return None;
        }
        i16::try_from(found.unambiguous().ok()?.offset().seconds() / 60).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Moment};

    const EASTERN: &str = "EST5EDT,M3.2.0,M11.1.0";

    fn shown(message: Option<i16>, rule: Option<&str>, text: &str) -> String {
        Clock::new(message, rule).date_time(&Moment::parse(text).unwrap())
    }

    #[test]
    fn an_offset_is_taken_from_the_value_then_the_message_then_the_zone() {
        for (message, rule, text, expected) in [
            (None, None, "20260714101500-0700", "2026-07-14T10:15:00-07:00"),
            (Some(-240), Some(EASTERN), "20260714101500-0700", "2026-07-14T10:15:00-07:00"),
            (Some(-300), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00-05:00"),
            (None, Some(EASTERN), "20260714101500", "2026-07-14T10:15:00-04:00"),
            (None, Some(EASTERN), "20260114101500", "2026-01-14T10:15:00-05:00"),
            (None, Some("MST7"), "202607141015", "2026-07-14T10:15:00-07:00"),
            (None, None, "20260714101500", "2026-07-14"),
            (None, Some("no rule"), "20260714101500", "2026-07-14"),
        ] {
            assert_eq!(shown(message, rule, text), expected, "{text}");
        }
    }

    #[test]
    fn what_daylight_saving_skips_or_repeats_keeps_only_its_date() {
        for text in ["20260308023000", "20261101013000"] {
            assert!(!shown(None, Some(EASTERN), text).contains('T'), "{text}");
        }
        assert_eq!(shown(None, Some(EASTERN), "20260308030000"), "2026-03-08T03:00:00-04:00");
        assert_eq!(shown(None, Some(EASTERN), "20261101020000"), "2026-11-01T02:00:00-05:00");
    }

    #[test]
    fn times_before_the_present_rules_keep_only_their_date() {
        assert_eq!(shown(None, Some(EASTERN), "20060405120000"), "2006-04-05");
        assert_eq!(shown(None, Some("MST7"), "19990405120000"), "1999-04-05T12:00:00-07:00");
    }
}
