//! What becomes of an entry when the same thing is stated again.
//!
//! The newest statement counts, whatever order they come in; one that takes the result back counts as well and stays, so that a late
//! repeat does not bring it back. `OBX-11` U says that an earlier result is final without repeating it: its time is kept beside that of
//! the value, so it may come before the value it is about. What is provisional and only repeats the last final value leaves it final; that
//! is kept beside it as well.

use super::entry::{has_value, reading};
use crate::entries::{Reading, Settled, order};
use crate::plan::moment::{is_older, succeeds};
use crate::results::CONFIRMED;
use access_contract::Entry;

/// The entry to store in place of `stored`; none where nothing changes.
pub(crate) fn join(stored: Option<&Entry>, stated: &Entry) -> Option<Entry> {
    let Some((stored, known)) = stored.and_then(|stored| Some((stored, reading(stored)?))) else {
        // Without a measure there is nothing that could be taken back.
        return (!stated.code.is_empty()).then(|| stated.clone());
    };
    let mut news = reading(stated)?;
    if news.loinc.is_empty() {
        // What a record does not say any more stays what it was.
        let Reading { status, value, stated, from, .. } = news;
        news = Reading { status, value, stated, from, ..known.clone() };
    }
    let code = if news.measure == known.measure { &stored.code } else { &stated.code };
    let joined = joined(&known, news);
    if says_the_same(&known, &joined) {
        return None;
    }
    let document = serde_json::to_string(&joined).ok()?;
    Some(Entry { at: order(&joined.at, &joined.written), code: code.clone(), document, ..stated.clone() })
}

fn joined(known: &Reading, news: Reading) -> Reading {
    let confirmed = later(&known.confirmed, &news.confirmed);
    if news.status == CONFIRMED && known.status == CONFIRMED && confirmed == news.confirmed {
        return news;
    }
    if news.status == CONFIRMED {
        return Reading { confirmed, ..known.clone() };
    }
    let is_late = known.status != CONFIRMED && is_older(&news.stated, &known.stated);
    let last = [known.settled.as_deref().cloned(), settled(known), settled(&news)].into_iter().flatten();
    let last = last.reduce(|last, next| if is_older(&next.stated, &last.stated) { last } else { next });
    let stated = if is_late { known.stated.clone() } else { later(&known.stated, &news.stated) };
    let timed = timed(known, &news, is_late);
    let (at, placed) = (timed.at.clone(), Some(placed(timed)).filter(|placed| *placed != stated));
    let placed = placed.unwrap_or_default().to_owned();
    let newest = if is_late { known.clone() } else { news };
    let settled = last.filter(|_| is_provisional(&newest)).map(Box::new);
    Reading { confirmed, stated, placed, at, settled, ..newest }
}

/// Which of two statements tells the time: of one that was written alike the older, since a later message may be of another season, so that
/// its offset is not that of the day. A date says less.
fn timed<'r>(known: &'r Reading, news: &'r Reading, is_late: bool) -> &'r Reading {
    if known.status == CONFIRMED || known.written.is_empty() || known.written != news.written {
        return if is_late { known } else { news };
    }
    let (older, newer) = if is_older(placed(news), placed(known)) { (news, known) } else { (known, news) };
    if older.at.len() > 10 { older } else { newer }
}

/// When the offset of its time was told.
fn placed(reading: &Reading) -> &str {
    if reading.placed.is_empty() { &reading.stated } else { &reading.placed }
}

/// What a statement says that is not provisional.
fn settled(reading: &Reading) -> Option<Settled> {
    let Reading { status, loinc, value, stated, .. } = reading.clone();
    let at = time(reading).to_owned();
    (!is_provisional(reading) && status != CONFIRMED).then_some(Settled { status, loinc, value, at, stated })
}

/// When it was observed, as far as that tells it from others: the offset of what was written alike may be another.
fn time(reading: &Reading) -> &str {
    if reading.written.is_empty() { &reading.at } else { &reading.written }
}

fn is_provisional(reading: &Reading) -> bool {
    matches!(reading.status.as_str(), "registered" | "preliminary" | "unknown")
}

fn later(known: &str, news: &str) -> String {
    if succeeds(news, known) { news.to_owned() } else { known.to_owned() }
}

/// Whether two readings differ in nothing but the feed and places they came from, and when they were taken up.
fn says_the_same(known: &Reading, joined: &Reading) -> bool {
    let Reading { from, timed, taken_up, .. } = known.clone();
    Reading { from, timed, taken_up, ..joined.clone() } == *known
}

/// The document of an entry that is taken up from a kept feed.
pub(crate) fn taken_up(entry: &Entry, now: &str) -> Option<String> {
    serde_json::to_string(&Reading { taken_up: now.to_owned(), ..reading(entry)? }).ok()
}

/// The status that counts: what was confirmed since it was stated is final, and what repeats a final value is what that was.
pub(super) fn standing(reading: &Reading) -> &str {
    if !is_provisional(reading) {
        return &reading.status;
    }
    let since = !reading.confirmed.is_empty() && !is_older(&reading.confirmed, &reading.stated);
    let repeats = |settled: &&Settled| {
        // Earlier builds kept the time with its offset.
        let is_then = [time(reading), reading.at.as_str()].contains(&settled.at.as_str());
        let is_same = settled.value == reading.value && settled.loinc == reading.loinc && is_then;
        is_same && is_reportable(&settled.status)
    };
    match reading.settled.as_deref().filter(repeats) {
        Some(settled) => &settled.status,
        None if since => "final",
        None => &reading.status,
    }
}

/// Whether a status is one that is reported.
pub(super) fn is_reportable(status: &str) -> bool {
    matches!(status, "final" | "corrected" | "amended")
}

/// Whether a status takes a result back.
pub(super) fn is_withdrawn(status: &str) -> bool {
    matches!(status, "entered-in-error" | "cancelled")
}

/// What has become of a value that a report may have carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A report would say the same.
    Same,
    /// Another value, unit, time or code.
    Changed,
    /// No usable value any more.
    Withdrawn,
}

/// Compares an entry with what was stored before.
pub(crate) fn fate(before: &Entry, after: &Entry) -> Fate {
    let (Some(before), Some(after)) = (reading(before), reading(after)) else { return Fate::Same };
    let usable = |reading: &Reading| is_reportable(standing(reading)) && has_value(reading);
    if !usable(&before) {
        return Fate::Same;
    }
    if !usable(&after) {
        return Fate::Withdrawn;
    }
    let same = before.value == after.value && before.at == after.at && before.loinc == after.loinc;
    if same { Fate::Same } else { Fate::Changed }
}

/// Where an entry stood in the feed that states it.
pub(crate) fn place(entry: &Entry) -> String {
    reading(entry).map(|reading| reading.from.path).unwrap_or_default()
}

/// Whether reports may come out differently for it.
pub(crate) fn matters(before: Option<&Entry>, after: &Entry) -> bool {
    let Some(before) = before.and_then(reading) else { return true };
    let Some(after) = reading(after) else { return false };
    let says = |reading: &Reading| {
        (
            standing(reading).to_owned(),
            reading.value.clone(),
            reading.at.clone(),
            reading.loinc.clone(),
            reading.method.clone(),
            reading.performer.clone(),
        )
    };
    says(&before) != says(&after)
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate, join, matters, standing};
    use crate::entries::Reading;
    use crate::facts::{Observed, Origin};
    use crate::measures::entry::reading;
    use crate::results::CONFIRMED;
    use access_contract::{Entry, EntryKind};
    use proptest::prelude::*;

    fn entry(status: &str, value: &str, stated: &str) -> Entry {
        let confirms = status == CONFIRMED;
        let quantity = Observed::Quantity {
            value: value.to_owned(),
            comparator: String::new(),
            unit: "%".to_owned(),
            code: "%".to_owned(),
        };
        let reading = Reading {
            measure: "HbA1c".to_owned(),
            loinc: "4548-4".to_owned(),
            value: if value.is_empty() { Observed::Nothing } else { quantity },
            status: status.to_owned(),
            at: "2026-07-13T08:00:00-05:00".to_owned(),
            written: String::new(),
            timed: String::new(),
            identifier: "F1/1".to_owned(),
            method: String::new(),
            performer: String::new(),
            stated: if confirms { String::new() } else { stated.to_owned() },
            placed: String::new(),
            confirmed: if confirms { stated.to_owned() } else { String::new() },
            taken_up: String::new(),
            settled: None,
            from: Origin { feed: stated.to_owned(), path: "OBX[1]-5".to_owned(), rule: "observation".to_owned() },
        };
        Entry {
            key: "m:LAB/MAIN|4548-4|F1/1".to_owned(),
            kind: EntryKind::Measure,
            code: "HbA1c".to_owned(),
            at: "2026-07-13T13:00:00Z".to_owned(),
            document: serde_json::to_string(&reading).unwrap(),
        }
    }

    fn told(entries: &[Entry]) -> (String, Observed) {
        let stored = entries.iter().fold(None, |stored, news| join(stored.as_ref(), news).or(stored));
        let last = reading(&stored.unwrap()).unwrap();
        (standing(&last).to_owned(), last.value)
    }

    fn statuses(entries: &[(&str, &str, &str)]) -> (String, String) {
        let entries: Vec<Entry> = entries.iter().map(|(status, value, at)| entry(status, value, at)).collect();
        let (status, value) = told(&entries);
        let value = match value {
            Observed::Quantity { value, .. } => value,
            _ => String::new(),
        };
        (status, value)
    }

    fn pair(status: &str, value: &str) -> (String, String) {
        (status.to_owned(), value.to_owned())
    }

    #[test]
    fn the_newest_statement_counts_in_whatever_order_they_come() {
        let (old, new) = (("final", "7.0", "2026-07-14"), ("corrected", "7.5", "2026-07-15"));
        assert_eq!(statuses(&[old, new]), pair("corrected", "7.5"));
        assert_eq!(statuses(&[new, old]), pair("corrected", "7.5"));
    }

    #[test]
    fn a_late_repeat_does_not_bring_back_what_was_taken_back() {
        let (first, gone) = (("final", "7.0", "2026-07-14"), ("entered-in-error", "7.0", "2026-07-15"));
        assert_eq!(statuses(&[first, gone, first]), pair("entered-in-error", "7.0"));
        assert_eq!(statuses(&[gone, first]), pair("entered-in-error", "7.0"));
        // What is stated anew afterwards counts.
        assert_eq!(statuses(&[first, gone, ("final", "7.2", "2026-07-16")]), pair("final", "7.2"));
    }

    #[test]
    fn a_confirmation_makes_the_earlier_value_final_even_if_it_comes_first() {
        let (early, final_) = (("preliminary", "7.0", "2026-07-14"), (CONFIRMED, "", "2026-07-15"));
        assert_eq!(statuses(&[early, final_]), pair("final", "7.0"));
        assert_eq!(statuses(&[final_, early]), pair("final", "7.0"));
        assert_eq!(statuses(&[final_]).0, CONFIRMED);
        // It is about what was there, not about what comes later, and brings nothing back.
        assert_eq!(statuses(&[early, final_, ("preliminary", "7.1", "2026-07-16")]), pair("preliminary", "7.1"));
        let gone = ("entered-in-error", "7.0", "2026-07-14");
        assert_eq!(statuses(&[gone, final_]), pair("entered-in-error", "7.0"));
    }

    /// A preliminary repeat that came in a later message made a final result missing.
    #[test]
    fn a_provisional_repeat_leaves_a_result_final() {
        let (first, repeat) = (("final", "7.1", "2026-07-14"), ("preliminary", "7.1", "2026-07-15"));
        for word in ["preliminary", "registered", "unknown"] {
            let repeat = (word, "7.1", "2026-07-15");
            assert_eq!(statuses(&[first, repeat]), pair("final", "7.1"), "{word}");
            assert_eq!(statuses(&[repeat, first]), pair("final", "7.1"), "{word}");
        }
        let corrected = ("corrected", "7.1", "2026-07-14");
        assert_eq!(statuses(&[corrected, repeat, repeat]), pair("corrected", "7.1"));
        // Another value is news, and what was taken back stays so.
        let other = ("preliminary", "7.4", "2026-07-15");
        assert_eq!(statuses(&[first, other]), pair("preliminary", "7.4"));
        assert_eq!(statuses(&[first, other, ("preliminary", "7.1", "2026-07-16")]), pair("final", "7.1"));
        let gone = ("entered-in-error", "7.1", "2026-07-14");
        assert_eq!(statuses(&[gone, repeat]), pair("preliminary", "7.1"));
        let [before, after] = [first, repeat].map(|(status, value, at)| entry(status, value, at));
        let joined = join(Some(&before), &after).unwrap();
        assert!(fate(&before, &joined) == Fate::Same && !matters(Some(&before), &joined));
        assert_eq!(join(Some(&joined), &before), None);
    }

    /// What an earlier build kept of a final statement has its time with the offset.
    #[test]
    fn a_provisional_repeat_of_an_earlier_build_leaves_a_result_final() {
        let [first, repeat] = [("final", "2026-07-14"), ("preliminary", "2026-07-15")]
            .map(|(status, stated)| entry(status, "7.1", stated));
        let mut told = reading(&join(Some(&first), &repeat).unwrap()).unwrap();
        "2026-07-13T08:00:00".clone_into(&mut told.written);
        assert_eq!(told.settled.as_ref().unwrap().at, told.at);
        assert_eq!(standing(&told), "final");
        told.settled.as_mut().unwrap().at.clone_from(&told.written);
        assert_eq!(standing(&told), "final");
        "2026-07-13T07:00:00-05:00".clone_into(&mut told.settled.as_mut().unwrap().at);
        assert_eq!(standing(&told), "preliminary");
    }

    #[test]
    fn an_identical_restatement_changes_nothing() {
        let first = entry("final", "7.0", "2026-07-14");
        assert_eq!(join(Some(&first), &first), None);
        let mut again: Reading = reading(&first).unwrap();
        again.from.feed = "another".to_owned();
        let again = Entry { document: serde_json::to_string(&again).unwrap(), ..first.clone() };
        assert_eq!(join(Some(&first), &again), None);
        // A newer one is remembered, so that what lies between does not win, and matters to no report.
        let newer = join(Some(&first), &entry("final", "7.0", "2026-07-16")).unwrap();
        assert!(!matters(Some(&first), &newer));
        assert_eq!(join(Some(&newer), &entry("final", "7.9", "2026-07-15")), None);
    }

    #[test]
    fn what_a_report_carried_is_compared_by_what_it_says() {
        let first = entry("final", "7.0", "2026-07-14");
        for (after, expected) in [
            (entry("corrected", "7.0", "2026-07-15"), Fate::Same),
            (entry("corrected", "7.1", "2026-07-15"), Fate::Changed),
            (entry("entered-in-error", "7.0", "2026-07-15"), Fate::Withdrawn),
            (entry("cancelled", "", "2026-07-15"), Fate::Withdrawn),
            (entry("final", "", "2026-07-15"), Fate::Withdrawn),
        ] {
            assert_eq!(fate(&first, &after), expected);
            assert_eq!(fate(&entry("preliminary", "7.0", "2026-07-13"), &after), Fate::Same);
        }
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_replaced() {
        let damaged = Entry { document: "{}".to_owned(), ..entry("final", "7.0", "2026-07-14") };
        let news = entry("final", "7.1", "2026-07-10");
        assert_eq!(join(Some(&damaged), &news), Some(news.clone()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_arrival_does_not_matter(
            drawn in prop::collection::vec((0_usize..5, 0_u32..4), 1..7),
            order in Just(()).prop_perturb(|(), mut random| (0..7).map(|_| random.next_u32()).collect::<Vec<_>>()),
        ) {
            let words = ["preliminary", "final", "corrected", "entered-in-error", CONFIRMED];
            let mut entries: Vec<(u32, Entry)> = Vec::new();
            for (number, (word, value)) in drawn.iter().enumerate() {
                let status = words[*word];
                let value = if status == CONFIRMED { String::new() } else { format!("{value}") };
                entries.push((order[number], entry(status, &value, &format!("2026-07-{:02}", number + 1))));
            }
            let in_order: Vec<Entry> = entries.iter().map(|(_, entry)| entry.clone()).collect();
            entries.sort_by_key(|(place, _)| *place);
            let shuffled: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
            prop_assert_eq!(told(&in_order), told(&shuffled));
        }
    }
}
