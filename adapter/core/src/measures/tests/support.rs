//! Feeds, their entries, and what is chosen of them.

use crate::facts::Facts;
use crate::measures::{Asked, Measure, Measurement, Selection, join, select};
use access_contract::Entry;
use access_mappings::Profile;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(super) static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

/// A report of CKM made on 2026-08-01 of what was measured from 2026-06-01 on.
pub(super) const ASKED: Asked<'static> =
    Asked { track: "CKM", from: "2026-06-01", at: "2026-08-01T12:00:00Z", born: None, died: None };

/// A message with these rows under one order, sent at that time.
pub(super) fn message(sent: &str, rows: &[&str]) -> String {
    let head = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F\rOBR|1||F200";
    format!("MSH|^~\\&|LAB|MAIN|B|C|{sent}||ORU^R01|M{sent}|P|2.5.1\r{head}\r{}", rows.join("\r"))
}

/// The entries of a feed in any format.
pub(super) fn entries_of(profile: &Profile, feed: &str) -> Vec<Entry> {
    let reading = crate::read::read_text(profile, feed).unwrap();
    let facts: Facts = serde_json::from_str(&reading.subjects[0].facts).unwrap();
    let entries = crate::entries::stated(profile, &facts);
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    assert_eq!(reading.subjects[0].entry_keys, keys, "the reading announces what planning makes");
    entries
}

/// What a chart holds after these entries.
pub(super) fn stored(stated: &[Entry]) -> Vec<Entry> {
    let mut held: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in stated {
        if let Some(joined) = join(held.get(&entry.key), entry) {
            held.insert(entry.key.clone(), joined);
        }
    }
    held.into_values().collect()
}

/// The entries of rows of one message.
pub(super) fn rows(rows: &[&str]) -> Vec<Entry> {
    entries_of(&EXAMPLE, &message("20260714091500-0500", rows))
}

/// What is chosen of rows of one message.
pub(super) fn chosen(of: &[&str]) -> Selection<'static> {
    select(&EXAMPLE, &ASKED, &rows(of))
}

/// A measurement as one line: code, value, unit, time, and how it came to be.
pub(super) fn line(one: &Measurement) -> String {
    let value = match &one.value {
        Measure::Single(amount) => format!("{}{} {}", amount.comparator, amount.value, amount.unit),
        Measure::Panel(parts) => {
            let values: Vec<String> =
                parts.iter().map(|part| format!("{}={}", part.loinc, part.amount.value)).collect();
            values.join("/")
        }
    };
    let status = if one.derived { "derived" } else { one.status.as_str() };
    format!("{} {value} {} {status}", one.loinc, one.at)
}

/// Everything chosen of one measure; what is beside comes after a plus sign.
pub(super) fn lines(selection: &Selection<'_>, code: &str) -> Vec<String> {
    let Some(found) = selection.measures.iter().find(|one| one.measure.code == code) else { return Vec::new() };
    let beside = found.beside.iter().map(|one| format!("+{}", line(one)));
    found.readings.iter().map(line).chain(beside).collect()
}

/// The issues as `code rule location`.
pub(super) fn remarks(selection: &Selection<'_>) -> Vec<String> {
    let one = |issue: &access_contract::Issue| {
        format!("{} {} {}", issue.code, issue.rule.as_deref().unwrap_or_default(), issue.location)
    };
    selection.issues.iter().map(one).collect()
}
