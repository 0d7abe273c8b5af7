//! Which offset a time without one has: that of the sender's zone where the message agrees with it or says none, else the message's.
//!
//! An offset in `MSH-7` tells when the message was sent, on which side of daylight saving that was, and by HL7 the offset of all its times.
//! A zone that has this offset then says the same of the zone and more: what was measured before the clocks were changed is an hour off
//! by the offset alone.

use super::dates::Moment;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use std::cell::OnceCell;

/// First year that the rules of daylight saving in the profile hold for.
const FIRST_YEAR: i16 = 2007;

/// The clock of one sender.
pub(super) struct Clock<'r> {
    /// When the message was sent, with its offset: the default of the whole message (HL7 v2 chapter 2, data type DTM).
    message: Option<Moment>,
    /// The rule of the sender's zone.
    rule: Option<&'r str>,
    /// The rule, read when it is first needed.
    zone: OnceCell<Option<TimeZone>>,
}

impl<'r> Clock<'r> {
    /// `sent` is `MSH-7`.
    pub(super) fn new(sent: Option<&Moment>, rule: Option<&'r str>) -> Self {
        let message = sent.filter(|sent| sent.offset().is_some()).cloned();
        Self { message, rule, zone: OnceCell::new() }
    }

    /// A moment as a FHIR dateTime, or as a date where its offset is not known.
    pub(super) fn date_time(&self, moment: &Moment) -> String {
        moment.date_time(|local| self.offset(local))
    }

    /// A moment as it was written where its offset does not stand beside it; where it does, as the clock of the sender's zone showed it, so
    /// that both forms name one time; else nothing. It does not depend on what the message knows of the offset: another message may agree
    /// with the zone or not, for the same time.
    pub(super) fn written(&self, moment: &Moment) -> String {
        if moment.offset().is_some() {
            return self.shown(moment).unwrap_or_default();
        }
        let at = self.date_time(moment);
        if at.len() <= 10 {
            return moment.written().unwrap_or_default();
        }
        at.get(..19).unwrap_or_default().to_owned()
    }

    /// Whether nothing at all tells offsets: neither the message nor a zone.
    pub(super) fn is_blind(&self) -> bool {
        self.message.is_none() && self.rule.is_none()
    }

    /// A moment as feeds are put in order by; see [`Moment::instant`].
    pub(super) fn instant(&self, moment: &Moment) -> String {
        moment.instant(|local| self.offset(local))
    }

    /// The offset of a local time.
    fn offset(&self, local: DateTime) -> Option<i16> {
        self.in_zone(local).or_else(|| self.message.as_ref()?.offset())
    }

    /// What the clock of the zone showed at a time that has an offset. None within the hour that daylight saving repeats.
    fn shown(&self, moment: &Moment) -> Option<String> {
        let offset = Offset::from_seconds(i32::from(moment.offset()?) * 60).ok()?;
        let zone = self.zone()?;
        let local = zone.to_datetime(offset.to_timestamp(moment.local()?).ok()?);
        self.at(zone, local).map(|_| format!("{local:.0}"))
    }

    /// The offset of the zone at a local time. None within the hour that daylight saving skips or repeats, and where the message says
    /// another.
    fn in_zone(&self, local: DateTime) -> Option<i16> {
        let zone = self.zone()?;
        self.at(zone, local).filter(|_| self.agrees(zone))
    }

    fn zone(&self) -> Option<&TimeZone> {
        self.zone.get_or_init(|| TimeZone::posix(self.rule?).ok()).as_ref()
    }

    /// The offset of the zone at a local time, from when its rule holds.
    fn at(&self, zone: &TimeZone, local: DateTime) -> Option<i16> {
        let is_early = local.year() < FIRST_YEAR && self.rule?.contains(',');
        offset_in(zone, local).filter(|_| !is_early)
    }

    /// Whether the message says no other offset than the zone has when it was sent.
    fn agrees(&self, zone: &TimeZone) -> bool {
        let Some(sent) = &self.message else { return true };
        // In the hour that is repeated the zone does not say which.
        sent.local().and_then(|local| offset_in(zone, local)).is_none_or(|offset| sent.offset() == Some(offset))
    }
}

fn offset_in(zone: &TimeZone, local: DateTime) -> Option<i16> {
    let found = zone.to_ambiguous_zoned_datetime(local);
    if found.is_ambiguous() {
        return None;
    }
    i16::try_from(found.unambiguous().ok()?.offset().seconds() / 60).ok()
}

#[cfg(test)]
mod tests {
    use super::{Clock, Moment};

    const EASTERN: &str = "EST5EDT,M3.2.0,M11.1.0";
    /// Messages of that zone.
    const SUMMER: &str = "20260714120000-0400";
    const WINTER: &str = "20260114120000-0500";

    fn clock<'r>(message: Option<&str>, rule: Option<&'r str>) -> Clock<'r> {
        Clock::new(message.map(|sent| Moment::parse(sent).unwrap()).as_ref(), rule)
    }

    fn shown(message: Option<&str>, rule: Option<&str>, text: &str) -> String {
        clock(message, rule).date_time(&Moment::parse(text).unwrap())
    }

    #[test]
    fn an_offset_is_taken_from_the_value_then_the_zone_then_the_message() {
        for (message, rule, text, expected) in [
            (None, None, "20260714101500-0700", "2026-07-14T10:15:00-07:00"),
            (Some(SUMMER), Some(EASTERN), "20260714101500-0700", "2026-07-14T10:15:00-07:00"),
            (Some(SUMMER), Some(EASTERN), "20260114101500", "2026-01-14T10:15:00-05:00"),
            (Some(WINTER), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00-04:00"),
            // The hour that is repeated.
            (Some(WINTER), Some(EASTERN), "20261101013000", "2026-11-01T01:30:00-05:00"),
            (Some("20261101013000-0400"), Some(EASTERN), "20261114101500", "2026-11-14T10:15:00-05:00"),
            // A message of another zone.
            (Some("20260714120000-0500"), Some(EASTERN), "20260114101500", "2026-01-14T10:15:00-05:00"),
            (Some("20260714120000-0500"), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00-05:00"),
            (Some("20260714120000+0000"), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00Z"),
            (Some("20260714120000"), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00-04:00"),
            (Some(WINTER), None, "20260714101500", "2026-07-14T10:15:00-05:00"),
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
    fn a_time_is_named_as_it_was_written_or_as_the_clock_of_the_zone_showed_it() {
        for (message, rule, text, expected) in [
            (Some(WINTER), None, "20260714101500", "2026-07-14T10:15:00"),
            (Some(WINTER), None, "202607140000", "2026-07-14T00:00:00"),
            (Some("20260714120000+0000"), Some(EASTERN), "20260714101500.5", "2026-07-14T10:15:00"),
            (Some(WINTER), Some(EASTERN), "20261101013000", "2026-11-01T01:30:00"),
            (Some(WINTER), None, "20260714101500-0700", ""),
            (Some(WINTER), None, "20260714", ""),
            (Some(WINTER), Some(EASTERN), "20260714101500", "2026-07-14T10:15:00"),
            (None, Some(EASTERN), "20260714101500", "2026-07-14T10:15:00"),
            (None, Some(EASTERN), "202607140000", "2026-07-14T00:00:00"),
            (Some(WINTER), Some(EASTERN), "20260714101500-0400", "2026-07-14T10:15:00"),
            (None, Some(EASTERN), "20260714141500.5+0000", "2026-07-14T10:15:00"),
            (None, Some(EASTERN), "20260714040000+0000", "2026-07-14T00:00:00"),
            (Some("20260714120000+0000"), Some(EASTERN), "202607140000-0400", "2026-07-14T00:00:00"),
            (None, Some(EASTERN), "2026071410-0400", ""),
            // The hour that is repeated: the clock showed it twice.
            (None, Some(EASTERN), "20261101013000-0400", ""),
            (None, Some(EASTERN), "20261101013000-0500", ""),
            (None, Some(EASTERN), "20060405120000-0400", ""),
            (None, Some("no rule"), "20260714101500-0400", ""),
            (None, None, "20260714101500", "2026-07-14T10:15:00"),
            (None, None, "20260714000000", ""),
        ] {
            assert_eq!(clock(message, rule).written(&Moment::parse(text).unwrap()), expected, "{text}");
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
