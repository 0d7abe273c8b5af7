//! The account of an HL7 v2 message.

use super::ignored::Fields;
use super::{Found, Lines};
use crate::view::{Message, Place, Value};
use access_contract::{Account, Reading};
use access_mappings::Profile;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Names of fields, one a line: `PID-7 Date/Time of Birth`; a line without number names a segment.
const NAMES: &str = include_str!("fields.txt");

/// Data types of fields, one a line: `PID-5 XPN`; and the names of their components: `XPN.1 Family Name`.
const PARTS: &str = include_str!("parts.txt");

/// Rule and fact of what was looked at without leaving its place in a fact. The longest beginning counts.
const LOOKED_AT: [(&str, &str, &str); 40] = [
    ("MSH", "header", ""),
    ("MSH-1", "delimiters", ""),
    ("MSH-2", "delimiters", ""),
    ("MSH-3", "header", "sender_application"),
    ("MSH-4", "header", "sender_facility"),
    ("MSH-7", "header", "sent_at"),
    ("MSH-9", "header", "event"),
    ("MSH-10", "header", "feed"),
    ("MSH-18", "charset", ""),
    ("EVN", "header", ""),
    ("PID", "identity", ""),
    ("PID-2", "identifiers", "aliases"),
    ("PID-3", "identifiers", "aliases"),
    ("PID-4", "identifiers", "aliases"),
    ("PID-18", "visit", "visit"),
    ("PID-33", "identity", "records.person_updated"),
    ("PV1", "visit", ""),
    ("PV1-19", "visit", "visit"),
    ("PV1-50", "visit", "visit"),
    ("MRG", "merge", "prior_aliases"),
    ("IN1", "coverage", ""),
    ("IN1-12", "coverage", "plans.starts"),
    ("IN1-13", "coverage", "plans.ends"),
    ("IN1-16", "insured", ""),
    ("IN1-17", "insured", ""),
    ("IN1-18", "insured", ""),
    ("IN1-43", "insured", ""),
    ("IN1-22", "coverage", "plans.priority"),
    ("IN1-36", "mbi", ""),
    ("IN1-49", "mbi", ""),
    ("IN1-55", "coverage", ""),
    ("IN2", "mbi", ""),
    ("DG1", "diagnoses", ""),
    ("DG1-20", "diagnoses", "diagnoses.instance"),
    ("PRB", "diagnoses", ""),
    ("OBR", "observations", ""),
    ("OBX", "observations", ""),
    ("RF1", "referral", ""),
    ("PRD", "referral", ""),
    ("ZAC", "requests", "requests"),
];

/// Accounts for a watched message after it was read.
pub(super) fn account(profile: &Profile, reading: &Reading, message: &Message<'_>, values: bool) -> Account {
    let (names, parts) = (table(NAMES), table(PARTS));
    let ignored = Fields::of(&profile.account.ignored);
    let mut lines = Lines::new(reading, values, &looked_at);
    for piece in message.populated() {
        if lines.is_full() {
            lines.account.truncated = true;
            break;
        }
        let place = piece.place();
        let key = key(&place);
        let name = names.get(key.as_str()).or_else(|| names.get(place.segment.as_str())).copied().unwrap_or_default();
        let name = match part(&parts, &key, &place) {
            Some(part) => Cow::Owned(format!("{name}: {part}")),
            None => Cow::Borrowed(name),
        };
        // The character set is found out before there is a message.
        let touched = piece.is_touched() || key == "MSH-18";
        let found = Found { path: place.to_string(), name, touched, ignored: ignored.naming(&place) };
        lines.add(found, &near(&place, &key), || shown(&piece));
    }
    lines.finish()
}

fn table(lines: &'static str) -> BTreeMap<&'static str, &'static str> {
    lines.lines().filter_map(|line| line.split_once(' ')).collect()
}

/// The name of the component a place is in, where its field has a data type that is known.
fn part(parts: &BTreeMap<&str, &'static str>, key: &str, place: &Place) -> Option<&'static str> {
    let component = place.component?;
    parts.get(format!("{}.{component}", parts.get(key)?).as_str()).copied()
}

/// `PID-7` of a place, without occurrence and repetition.
fn key(place: &Place) -> String {
    place.field.map_or_else(|| place.segment.clone(), |field| format!("{}-{field}", place.segment))
}

/// Places around a piece: its repetition, and its segment where that is one of several, unless it is known what the field is for.
fn near(place: &Place, key: &str) -> Vec<String> {
    let repetition = Place { component: None, subcomponent: None, ..place.clone() };
    let segment = Place { field: None, repetition: None, ..repetition.clone() };
    let mut near = vec![repetition.to_string()];
    if !LOOKED_AT.iter().any(|row| row.0 == key) {
        near.extend(segment.occurrence.map(|_| segment.to_string()));
    }
    near
}

fn looked_at(path: &str) -> (&'static str, &'static str) {
    let Ok(place) = path.parse::<Place>() else { return ("", "") };
    let key = key(&place);
    let row = |wanted: &str| LOOKED_AT.iter().find(|row| row.0 == wanted);
    // A field that only the profile knows.
    row(&key).or_else(|| row(&place.segment)).map_or(("profile", ""), |row| (row.1, row.2))
}

/// The text as a person reads it; what means deletion stays visible.
fn shown(piece: &Value<'_>) -> String {
    if piece.is_null() { piece.raw().trim().to_owned() } else { piece.decoded().text.into_owned() }
}
