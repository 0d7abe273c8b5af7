//! The people of a file: rows that name the same person are one.

use super::super::mbi::normalise;
use super::super::restated;
use super::super::stop::Stop;
use super::table::{Column, Record, Table};
use super::{Notes, Scope};
use crate::facts::Facts;
use crate::view::encode;
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use access_contract::{Header, Issue, Severity};
use std::collections::BTreeMap;

/// Different numbers of one person that are kept: two are enough to tell that they contradict each other.
const CONTRADICTION: usize = 2;

/// One person with their rows.
pub(super) struct Person<'t> {
    /// Identifier and assigning authority, and where it stands.
    id: Option<(String, String, String)>,
    /// The Medicare numbers as they were written, each once, and where they stand.
    mbis: Vec<(String, String)>,
    /// Where the person is named first.
    pub(super) path: String,
    pub(super) rows: Vec<&'t Record>,
}

/// Finds the people in the order of the file.
pub(super) fn find<'t>(table: &'t Table, notes: &mut Notes) -> Vec<Person<'t>> {
    let mut people: Vec<Person<'t>> = Vec::new();
    let (mut by_id, mut by_mbi) = (BTreeMap::new(), BTreeMap::new());
    for row in &table.rows {
        let cell = |column: Column| table.cell(row, column).unwrap_or_default();
        let (id, authority, mbi) = (cell(Column::PatientId), cell(Column::Authority), cell(Column::Mbi));
        let path = format!("row {}", row.number);
        if id.is_empty() && mbi.is_empty() {
            nameless(&path, notes);
            continue;
        }
        if [id, authority, mbi].iter().any(|cell| cell.len() > MAX_IDENTIFIER_BYTES) {
            let message = "an identifier is too long to be one; the row was not used";
            notes.note(Issue::new(Severity::Error, "csv-row", path, message).hint("look at what was put there"));
            continue;
        }
        let known = if id.is_empty() { by_mbi.get(mbi) } else { by_id.get(&(authority, id)) };
        let known = known.copied().or_else(|| {
            // The number alone, where neither row says who else it is.
            let found = by_mbi.get(mbi).copied().filter(|_| !mbi.is_empty())?;
            people.get(found).filter(|person: &&Person<'_>| person.id.is_none())?;
            Some(found)
        });
        let position = known.unwrap_or(people.len());
        if position == people.len() {
            people.push(Person { id: None, mbis: Vec::new(), path, rows: Vec::new() });
        }
        let Some(person) = people.get_mut(position) else { continue };
        if !id.is_empty() {
            by_id.entry((authority, id)).or_insert(position);
            let place = || table.place(row, Column::PatientId);
            person.id.get_or_insert_with(|| (id.to_owned(), authority.to_owned(), place()));
        }
        if !mbi.is_empty() {
            by_mbi.entry(mbi).or_insert(position);
            let is_new = person.mbis.iter().all(|(known, _)| normalise(known) != normalise(mbi));
            if is_new && person.mbis.len() < CONTRADICTION {
                person.mbis.push((mbi.to_owned(), table.place(row, Column::Mbi)));
            }
        }
        person.rows.push(row);
    }
    people
}

/// Tells of rows that nobody can be found by.
pub(super) fn nameless(path: &str, notes: &mut Notes) {
    let message = "the patient has no identifier that could be used";
    let issue = Issue::new(Severity::Error, "patient-unidentified", path, message);
    notes.note(issue.hint("fill mbi, or patient_id with authority"));
}

/// What is known of a person: the identifiers, judged by the same rules as those of messages.
pub(super) fn facts(scope: &Scope<'_>, person: &Person<'_>, notes: &mut Notes) -> Result<Option<Facts>, Box<Stop>> {
    let mut identifiers = Vec::new();
    let mut places = Vec::new();
    if let Some((id, authority, place)) = &person.id {
        identifiers.push(format!("{}^^^{}^PI", clean(id), clean(authority)));
        places.push(place.as_str());
    }
    for (mbi, place) in &person.mbis {
        identifiers.push(format!("{}^^^^MC", clean(mbi)));
        places.push(place.as_str());
    }
    let text = format!("MSH|^~\\&|\rPID|1||{}", identifiers.join("~"));
    // The rules look at these as they look at a message of the present version.
    let inner = Header {
        message_type: "ADT".to_owned(),
        event: "A08".to_owned(),
        version: "2.8.2".to_owned(),
        sent_at: scope.sent.clone(),
        ..scope.header.clone()
    };
    let located = |location: &str| {
        let named = location.strip_prefix("PID-3").and_then(|rest| places.get(repetition(rest)).or(places.first()));
        named.map_or_else(|| person.path.clone(), |place| (*place).to_owned())
    };
    let restate = |mut issue: Issue| {
        issue.location = located(&issue.location);
        // Two positions are named in the sentence.
        if issue.code == "mbi-conflict"
            && let Some((sentence, place)) = issue.message.rsplit_once(' ')
        {
            issue.message = format!("{sentence} {}", located(place));
        }
        issue
    };
    let told = |issue: &Issue| issue.code != "sent-at-missing";
    match restated::person(scope.profile, &inner, &scope.rule, &text) {
        Ok(read) => {
            read.issues.into_iter().filter(told).for_each(|issue| notes.note(restate(issue)));
            let mut facts = read.facts;
            if let Some(mbi) = &mut facts.mbi {
                mbi.from.path = located(&mbi.from.path);
            }
            facts.event = scope.header.event_name();
            facts.sent_at.clone_from(&scope.sent);
            facts.screens = false;
            facts.records.fragment = true;
            // A row of a file names nobody in a notice.
            facts.patient.clear();
            Ok(Some(facts))
        }
        Err((stop, noticed)) => {
            noticed.into_iter().filter(told).for_each(|issue| notes.note(restate(issue)));
            let Stop { issue, .. } = *stop;
            notes.note(restate(issue));
            Ok(None)
        }
    }
}

/// Which repetition, from 0 on, a path names behind its field.
fn repetition(rest: &str) -> usize {
    let number = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()).and_then(|number| number.parse().ok());
    number.map_or(0, |number: usize| number.saturating_sub(1))
}

/// A text as a component of a segment.
fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    encode(plain.trim())
}
