//! The entries that the facts of one feed become. Reading and planning make the same ones of the same facts.

use crate::facts::Facts;
use crate::{measures, questionnaires};
use access_contract::Entry;
use access_mappings::{EventEffect, Profile};
use jiff::Timestamp;
use jiff::tz::Offset;

/// Everything dated that the facts state, for a chart. Events that only cancel, move or are ignored bring none.
pub(crate) fn stated(profile: &Profile, facts: &Facts) -> Vec<Entry> {
    if !states(facts.effect) {
        return Vec::new();
    }
    let mut entries = measures::entries(profile, facts);
    entries.extend(questionnaires::entries(profile, facts));
    entries
}

fn states(effect: EventEffect) -> bool {
    match effect {
        EventEffect::Snapshot
        | EventEffect::Referral
        | EventEffect::Merge
        | EventEffect::Change
        | EventEffect::RenameVisit
        | EventEffect::Results => true,
        EventEffect::Cancel | EventEffect::MoveVisit | EventEffect::Review | EventEffect::Ignore => false,
    }
}

/// The keys of those entries, for the host to find what is stored under them.
pub(crate) fn keys(profile: &Profile, facts: &Facts) -> Vec<String> {
    if !states(facts.effect) {
        return Vec::new();
    }
    measures::keys(profile, facts).chain(questionnaires::keys(facts)).collect()
}

/// A FHIR dateTime as entries are put in order by: in UTC to the second; a date stays one; anything else is no time.
pub(crate) fn at(text: &str) -> String {
    if let Ok(at) = text.parse::<Timestamp>() {
        return format!("{:.0}Z", Offset::UTC.to_datetime(at));
    }
    let is_date = matches!(text.len(), 4 | 7 | 10) && crate::plan::moment::first_day(text).is_some();
    if is_date { text.to_owned() } else { String::new() }
}

/// What tells when something was from other times, in keys: as [`at`], but the local time where its offset did not stand beside it, since
/// the next message may tell another, or where the sender has a zone, since the next message may leave the offset out.
pub(crate) fn moment(text: &str, written: &str) -> String {
    if written.is_empty() { at(text) } else { written.to_owned() }
}

/// What entries are put in order by: as [`at`], but the time as it was written where nothing tells its offset. It sorts behind its date.
pub(crate) fn order(text: &str, written: &str) -> String {
    let at = at(text);
    if written.is_empty() || at.len() > 10 { at } else { written.to_owned() }
}

/// Of two FHIR times of one that was written alike, the one that was known first: a later message may be of another season, so that its
/// offset is not that of the day. A date says less.
pub(crate) fn first<'t>(known: (&'t str, &str), news: (&'t str, &str)) -> &'t str {
    let is_same = !known.1.is_empty() && known.1 == news.1;
    if is_same && known.0.len() > 10 { known.0 } else { news.0 }
}

#[cfg(test)]
mod tests {
    use super::{at, first, moment, order};

    #[test]
    fn times_of_different_zones_compare_as_texts() {
        for (text, shown) in [
            ("2026-07-14T09:15:00-05:00", "2026-07-14T14:15:00Z"),
            ("2026-07-14T14:15:00.750Z", "2026-07-14T14:15:00Z"),
            ("2026-07-14", "2026-07-14"),
            ("2026-07", "2026-07"),
            ("2026", "2026"),
            ("2026-07-14T09:15:00", ""),
            ("2026-13-01", ""),
            ("yesterday", ""),
            ("", ""),
        ] {
            assert_eq!(at(text), shown, "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_named_as_it_was_written() {
        let (winter, summer, written) =
            ("2026-03-01T09:00:00-06:00", "2026-03-01T09:00:00-05:00", "2026-03-01T09:00:00");
        assert_eq!((moment(winter, written), order(winter, written)), (written.to_owned(), at(winter)));
        assert_eq!((moment(winter, ""), order(winter, "")), (at(winter), at(winter)));
        assert_eq!(order("2026-03-01", written), written);
        assert_eq!(first((winter, written), (summer, written)), winter);
        assert_eq!(first(("2026-03-01", written), (summer, written)), summer);
        assert_eq!(first((winter, written), ("2026-03-01", written)), winter);
        assert_eq!(first((winter, ""), (summer, "")), summer);
    }
}
