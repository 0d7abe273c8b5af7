//! The account of an HL7 v2 message.

use super::ignored::Fields;
use super::{Found, Lines};
use crate::view::{Message, Place, Value};
use access_contract::{Account, Reading};
use access_mappings::Profile;
use std::collections::BTreeMap;

/// Names of fields, one a line: `PID-7 Date/Time of Birth`; a line without number names a segment.
const NAMES: &str = include_str!("fields.txt");

/// Rule and fact of what was looked at without leaving its place in a fact. The longest beginning counts.
const LOOKED_AT: [(&str, &str, &str); 27] = [
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
    ("PID-33", "identity", "records.person_updated"),
    ("PV1", "visit", ""),
    ("PV1-19", "visit", "visit"),
    ("MRG", "merge", "prior_aliases"),
    ("IN1", "coverage", ""),
    ("IN2", "mbi", ""),
    ("DG1", "diagnoses", ""),
    ("PRB", "diagnoses", ""),
    ("OBR", "observations", ""),
    ("OBX", "observations", ""),
    ("RF1", "referral", ""),
    ("PRD", "referral", ""),
    ("ZAC", "requests", "requests"),
];

/// Accounts for a watched message after it was read.
pub(super) fn account(profile: &Profile, reading: &Reading, message: &Message<'_>, values: bool) -> Account {
    let names: BTreeMap<&str, &str> = NAMES.lines().filter_map(|line| line.split_once(' ')).collect();
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
        // The character set is found out before there is a message.
        let touched = piece.is_touched() || key == "MSH-18";
        let found = Found { path: place.to_string(), name, touched, ignored: ignored.naming(&place) };
        lines.add(found, &near(&place), || shown(&piece));
    }
    lines.finish()
}

/// `PID-7` of a place, without occurrence and repetition.
fn key(place: &Place) -> String {
    place.field.map_or_else(|| place.segment.clone(), |field| format!("{}-{field}", place.segment))
}

/// Places around a piece: its repetition, and its segment where that is one of several.
fn near(place: &Place) -> Vec<String> {
    let repetition = Place { component: None, subcomponent: None, ..place.clone() };
    let segment = Place { field: None, repetition: None, ..repetition.clone() };
    let mut near = vec![repetition.to_string()];
    near.extend(segment.occurrence.map(|_| segment.to_string()));
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
