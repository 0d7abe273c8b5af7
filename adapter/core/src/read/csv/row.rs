//! One response of a row.

use super::super::context::zoneless;
use super::super::dates::Moment;
use super::table::{Column, Record, Table};
use super::{Notes, Scope, place};
use crate::entries::Answered;
use crate::facts::Origin;
use crate::questionnaires::{Draft, Found, Given, LOINC, Mark, Row, Taken, Token};
use crate::view::limits::{MAX_IDENTIFIER_BYTES, MAX_VALUE_BYTES};
use access_contract::{Issue, Severity};
use access_mappings::{InstrumentFacts, is_answer_code};

/// What a row may say of its status.
const STATUSES: [&str; 4] = ["completed", "amended", "in-progress", "entered-in-error"];

/// Reads a row; none where it cannot be used.
pub(super) fn read(scope: &Scope<'_>, table: &Table, row: &Record, notes: &mut Notes) -> Option<Answered> {
    let instrument = instrument(scope, table, row, notes)?;
    let (authored, written) = authored(scope, table, row, notes)?;
    let said = table.cell(row, Column::Status).unwrap_or("completed").to_ascii_lowercase();
    let Some(status) = STATUSES.into_iter().find(|known| *known == said) else {
        let hint = "completed, amended, in-progress or entered-in-error";
        return fail(notes, table.place(row, Column::Status), "the status is none that is known", hint);
    };
    let identifier = table.cell(row, Column::ResponseId).unwrap_or_default();
    if identifier.len() > MAX_IDENTIFIER_BYTES {
        return fail(
            notes,
            table.place(row, Column::ResponseId),
            "the response's id is too long to be one",
            "shorten it",
        );
    }
    let origin =
        |path: String| Origin { feed: scope.header.control_id.clone(), path, rule: "questionnaires".to_owned() };
    let blank = Answered {
        instrument: String::new(),
        canonical: String::new(),
        status: status.to_owned(),
        authored,
        written,
        ordered: String::new(),
        answers: Vec::new(),
        scores: Vec::new(),
        identifier: identifier.to_owned(),
        guessed: false,
        misplaced: false,
        in_lines: false,
        stated: scope.sent.clone(),
        taken_up: String::new(),
        from: origin(format!("row {}", row.number)),
    };
    let mut draft = Draft::new(scope.known, instrument);
    for (position, cell) in row.cells() {
        let at = place(row.number, position);
        let Some((name, column)) = table.columns.get(position) else {
            return fail(notes, at, "the row has more cells than the header has columns", "look for a comma too many");
        };
        if column.is_some() || !scope.read.get(position).copied().unwrap_or(false) {
            continue;
        }
        if cell.len() > MAX_VALUE_BYTES {
            return fail(notes, at, "the answer is too long to be one", "look at what was put there");
        }
        let path = at.clone();
        let tokens = vec![Token::local(scope.known.spelt(name), "")];
        let (given, from) = (given(cell), origin(at));
        let taken = draft.add(&Row { tokens, text: "", given, from, mark: Mark::Stated, early: false });
        match taken {
            Taken::Yes => {}
            Taken::Unplaced => {
                let message = format!("{}: an item that the instrument does not have was left out", instrument.title);
                notes.note(Issue::new(Severity::Information, "questionnaire-item-unknown", path, message));
            }
            Taken::Full => return fail(notes, path, "the row has too many answers", "no questionnaire has that many"),
        }
    }
    let (answered, issues) = draft.finish(scope.profile, blank);
    issues.into_iter().for_each(|issue| notes.note(issue));
    Some(answered)
}

/// Notes why a row is not used.
fn fail<T>(notes: &mut Notes, place: String, message: &str, hint: &str) -> Option<T> {
    notes.note(Issue::new(Severity::Error, "csv-row", place, format!("{message}; the row was not used")).hint(hint));
    None
}

fn instrument<'p>(scope: &Scope<'p>, table: &Table, row: &Record, notes: &mut Notes) -> Option<&'p InstrumentFacts> {
    let name = table.cell(row, Column::Instrument).unwrap_or_default();
    match scope.known.by_name(name) {
        Found::One(instrument) if !name.is_empty() => Some(instrument),
        _ => {
            let codes: Vec<&str> = scope.known.guide().instruments.iter().map(|known| known.code.as_str()).collect();
            let hint = format!("one of {}, or a code that codes.questionnaires maps", codes.join(", "));
            fail(notes, table.place(row, Column::Instrument), "the instrument is none that is known", &hint)
        }
    }
}

/// When it was answered: as FHIR has it, and as it was written or the clock of the sender's zone showed it.
fn authored(scope: &Scope<'_>, table: &Table, row: &Record, notes: &mut Notes) -> Option<(String, String)> {
    let text = table.cell(row, Column::Authored).unwrap_or_default();
    let place = || table.place(row, Column::Authored);
    let hint = "write 2026-01-15 or 2026-01-15T10:30:00-06:00";
    match Moment::parse(text) {
        Ok(moment) => {
            let at = scope.clock.date_time(&moment);
            if at.len() < 10 {
                return fail(notes, place(), "the time does not say the day", hint);
            }
            let written = scope.clock.written(&moment);
            if !written.is_empty() && scope.clock.is_blind() {
                notes.note_once(zoneless(place()));
            }
            Some((at, written))
        }
        Err(_) if text.is_empty() => fail(notes, place(), "nothing says when it was answered", hint),
        Err(fault) => fail(notes, place(), fault.message(), hint),
    }
}

/// The answer of a cell.
fn given(cell: &str) -> Given {
    if is_answer_code(cell) {
        return Given { codes: vec![(cell.to_owned(), LOINC.to_owned())], ..Given::default() };
    }
    Given { display: cell.to_owned(), ..Given::default() }
}
