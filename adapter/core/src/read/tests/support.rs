//! Messages and answers for the tests.

use crate::facts::{Facts, Stated};
use crate::read::{read, read_text};
use access_contract::{Issue, Reading, Refusal};
use access_mappings::Profile;
use std::sync::LazyLock;

/// A number that nobody has.
pub(super) const MBI: &str = "3AA1AA1AA11";
/// Another one.
pub(super) const OTHER_MBI: &str = "4GY9XK2FM55";

/// The example site as it is.
pub(super) static EXAMPLE: LazyLock<Profile> = LazyLock::new(|| access_mappings::example().unwrap());

/// The example site, without the placeholders it allows.
pub(super) fn profile() -> Profile {
    let mut profile = EXAMPLE.clone();
    profile.mbi.allow_placeholders = false;
    profile
}

/// A message of an event with the given segments after `EVN`.
pub(super) fn message(event: &str, segments: &[&str]) -> String {
    let mut text =
        format!("MSH|^~\\&|EPIC|MAIN|B|C|20260714091500||ADT^{event}|77|P|2.5.1\rEVN|{event}|20260714091500");
    for segment in segments {
        text.push('\r');
        text.push_str(segment);
    }
    text
}

/// An update with a usual `PID` and the given segments.
pub(super) fn update(segments: &[&str]) -> String {
    let mut all = vec!["PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F"];
    all.extend(segments);
    message("A08", &all)
}

/// An update whose `PID` has one more field set.
pub(super) fn with_pid(number: usize, value: &str) -> String {
    let mut fields = vec![""; 40.max(number) + 1];
    for (position, usual) in [(1, "1"), (3, "400112^^^MAIN^MR"), (5, "HALVORSEN^RUTH"), (7, "19470912"), (8, "F")] {
        fields[position] = usual;
    }
    fields[number] = value;
    fields[0] = "PID";
    message("A08", &[fields.join("|").as_str()])
}

/// A segment with numbered fields.
pub(super) fn segment(name: &str, set: &[(usize, &str)]) -> String {
    let length = set.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let mut fields = vec![""; length + 1];
    fields[0] = name;
    for (number, value) in set {
        fields[*number] = value;
    }
    fields.join("|")
}

pub(super) fn reading(profile: &Profile, text: &str) -> Reading {
    match read_text(profile, text) {
        Ok(reading) => reading,
        Err(refusal) => panic!("refused: {:?}", refusal.issues),
    }
}

pub(super) fn refused(profile: &Profile, text: &str) -> Refusal {
    read_text(profile, text).unwrap_err()
}

/// The facts of every subject.
pub(super) fn all_facts(reading: &Reading) -> Vec<Facts> {
    reading.subjects.iter().map(|subject| serde_json::from_str(&subject.facts).unwrap()).collect()
}

/// The facts of the only subject.
pub(super) fn facts_by(profile: &Profile, text: &str) -> Facts {
    let mut facts = all_facts(&reading(profile, text));
    assert_eq!(facts.len(), 1);
    facts.remove(0)
}

pub(super) fn facts(text: &str) -> Facts {
    facts_by(&profile(), text)
}

/// Code and location of every issue.
pub(super) fn issues_by(profile: &Profile, text: &str) -> Vec<(String, String)> {
    places(&reading(profile, text).issues)
}

pub(super) fn issues(text: &str) -> Vec<(String, String)> {
    issues_by(&profile(), text)
}

pub(super) fn places(issues: &[Issue]) -> Vec<(String, String)> {
    issues.iter().map(|issue| (issue.code.clone(), issue.location.clone())).collect()
}

/// One expected issue.
pub(super) fn at(code: &str, location: &str) -> (String, String) {
    (code.to_owned(), location.to_owned())
}

/// What a field states, as text: the value, `clear`, or `nothing`.
pub(super) fn stated<T: ToString>(field: &Option<Stated<T>>) -> String {
    match field {
        None => "nothing".to_owned(),
        Some(Stated::Clear) => "clear".to_owned(),
        Some(Stated::Set(value)) => value.value.to_string(),
    }
}

/// Whether bytes and text of a feed read alike.
pub(super) fn same_both_ways(profile: &Profile, text: &str) -> bool {
    read(profile, text.as_bytes()) == read_text(profile, text)
}
