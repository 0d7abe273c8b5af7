//! Questionnaires from a file: CSV with a header, one response in each row.
//!
//! The first row names the columns, in any order and any case; `instrument` and `authored` must be there, and `mbi` or `patient_id`:
//!
//! | column | what |
//! |---|---|
//! | `instrument` | code of the instrument, or what the site calls it (`codes.questionnaires`) |
//! | `authored` | when it was answered: date, or date and time; without an offset in the sender's zone |
//! | `mbi` | the Medicare number |
//! | `patient_id`, `authority` | another identifier with its assigning authority, else the facility's or the sender's |
//! | `response_id` | what tells the response from others; without it instrument and time do |
//! | `status` | `completed` (where it is empty), `amended`, `in-progress`, `entered-in-error` |
//! | `application`, `facility`, `exported` | sender and time of the file; those of the first row hold for all |
//! | any other | an item or a score: `linkId`, LOINC code, or the site's own name for it |
//!
//! A cell of an item holds an ordinal or number, a LOINC answer code, or a word of the site (`codes.answers`). A row takes the place
//! of what it said before. Rows of one person are one subject. Commas separate, double quotes enclose, the text is UTF-8.
//!
//! What cannot be used is an issue at `row 3, column 7`, the header being row 1. Limits: [`table::MAX_ROWS`] rows,
//! [`table::MAX_COLUMNS`] columns, and those of [`crate::view::limits`].

mod people;
mod row;
pub(crate) mod table;

use super::clock::Clock;
use super::dates::Moment;
use super::restated;
use super::stop::Stop;
use crate::plan::digest::Digest;
use crate::questionnaires::Known;
use crate::view::limits::{MAX_HEADER_VALUE_BYTES, MAX_ISSUES};
use access_contract::{Header, Issue, Reading, Refusal, Severity, Verdict};
use access_mappings::{EventEffect, EventRule, Profile};
use table::{Column, Table};

/// The event of such a file.
const EVENT: &str = "QUESTIONNAIRES";

/// What was noticed, bounded.
#[derive(Default)]
struct Notes(Vec<Issue>);

impl Notes {
    /// Notes what is said once for the file.
    fn note_once(&mut self, issue: Issue) {
        if !self.0.iter().any(|known| known.code == issue.code) {
            self.note(issue);
        }
    }

    fn note(&mut self, issue: Issue) {
        match self.0.len() {
            count if count + 1 < MAX_ISSUES => self.0.push(issue),
            count if count + 1 == MAX_ISSUES => self.0.push(
                Issue::new(Severity::Warning, "issues-truncated", "", "there were more issues than one reading lists")
                    .hint("mend the first ones and read again"),
            ),
            _ => {}
        }
    }
}

/// Where a cell stands; the header is row 1, and columns count from 1.
pub(crate) fn place(row: usize, column: usize) -> String {
    format!("row {row}, column {}", column + 1)
}

/// Reads a file from its bytes.
///
/// # Errors
/// A refusal with the acknowledgement that is true and the reason.
pub(super) fn read_bytes(profile: &Profile, feed: &[u8]) -> Result<Reading, Refusal> {
    let text = std::str::from_utf8(feed).map_err(|error| {
        let place = format!("byte {}", error.valid_up_to() + 1);
        let issue = Issue::new(Severity::Fatal, "csv-not-utf8", place, "the file is not UTF-8");
        let issue = issue.hint("have the file written in UTF-8").condition(102);
        refuse(Verdict::Reject, Header::default(), issue, Notes::default())
    })?;
    read(profile, text)
}

/// Reads a file that is text already.
///
/// # Errors
/// As [`read_bytes`].
pub(super) fn read(profile: &Profile, text: &str) -> Result<Reading, Refusal> {
    let mut notes = Notes::default();
    let table = match Table::parse(text) {
        Ok(table) => table,
        Err(issue) => return Err(refuse(Verdict::Reject, Header::default(), *issue, notes)),
    };
    let first = |column: Column| {
        let cell = table.rows.first().and_then(|row| table.cell(row, column)).unwrap_or_default();
        if cell.len() <= MAX_HEADER_VALUE_BYTES && !cell.contains(char::is_control) { cell } else { "" }
    };
    let header = Header {
        control_id: format!("csv-{}", Digest::new().text(text).finish()),
        message_type: "CSV".to_owned(),
        event: EVENT.to_owned(),
        processing_id: "P".to_owned(),
        sent_at: first(Column::Exported).to_owned(),
        sending_application: first(Column::Application).to_owned(),
        sending_facility: first(Column::Facility).to_owned(),
        ..Header::default()
    };
    match follow(profile, &table, &header, &mut notes) {
        Ok(read) if read.subjects.is_empty() && !profile.inspects => {
            let message = "no row of the file could be used";
            let hint = "the further issues name what is wrong with each";
            let issue = Issue::new(Severity::Error, "csv-without-rows", "row 2", message).hint(hint).condition(100);
            Err(refuse(Verdict::NeedsPerson, header, issue, notes))
        }
        Ok(read) => Ok(Reading { header, issues: notes.0, ..read }),
        Err(stop) => Err(refuse(stop.verdict, header, stop.issue, notes)),
    }
}

fn refuse(verdict: Verdict, header: Header, issue: Issue, noticed: Notes) -> Refusal {
    Refusal { verdict, header, issues: std::iter::once(issue).chain(noticed.0).collect() }
}

/// The surroundings of a file's rows.
struct Scope<'r> {
    profile: &'r Profile,
    known: Known<'r>,
    header: &'r Header,
    clock: Clock<'r>,
    /// When the file was written, for telling newer from older; or empty.
    sent: String,
    rule: EventRule,
    /// Columns that are read.
    read: Vec<bool>,
}

fn follow(profile: &Profile, table: &Table, header: &Header, notes: &mut Notes) -> Result<Reading, Box<Stop>> {
    let (application, facility) = (header.sending_application.as_str(), header.sending_facility.as_str());
    let participant = profile.participant_of(application, facility).ok_or_else(|| {
        let issue = Issue::new(Severity::Error, "participant-unknown", "row 2", "the sender belongs to no participant");
        let hint = "add the application or facility to a participant's senders in the profile";
        Stop::ask(issue.hint(hint).condition(204))
    })?;
    let clock = Clock::new(None, profile.times.zone_of(application, facility));
    let exported = Moment::parse(&header.sent_at).ok();
    if exported.is_none() {
        let message = "nothing says when the file was written; what comes later counts as newer";
        notes.note(Issue::new(Severity::Warning, "sent-at-missing", "row 2", message).hint("add the column exported"));
    }
    let sent = exported.map(|moment| clock.instant(&moment)).unwrap_or_default();
    let rule = profile.event("CSV", EVENT).cloned();
    let rule = rule.unwrap_or(EventRule { effect: EventEffect::Results, screens: false });
    let known = Known::new(profile, profile.for_sender(application, facility));
    let read = table.read(known);
    let named =
        table.columns.iter().zip(&read).enumerate().filter(|(_, ((name, _), read))| !name.is_empty() && !**read);
    for (column, _) in named {
        let message = "a column is neither one of the file's own nor an item or score; it was not read";
        let hint = "name it by linkId or LOINC code, or map it in codes.questionnaires";
        notes.note(Issue::new(Severity::Warning, "csv-column-unknown", place(1, column), message).hint(hint));
    }
    let scope = Scope { profile, known, header, clock, sent, rule, read };
    let mut observations = 0_u32;
    let mut people = Vec::new();
    for person in people::find(table, notes) {
        let mut answered = Vec::new();
        for row in &person.rows {
            if let Some(response) = row::read(&scope, table, row, notes) {
                let count = response.answers.len() + response.scores.len();
                observations = observations.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
                answered.push(response);
            }
        }
        if answered.is_empty() {
            continue;
        }
        if let Some(mut facts) = people::facts(&scope, &person, notes)? {
            facts.questionnaires = answered;
            people.push((facts, person.path.clone()));
        }
    }
    restated::drop_shared(&mut people).into_iter().for_each(|issue| notes.note(issue));
    let mut subjects = Vec::with_capacity(people.len());
    for (facts, path) in &people {
        match restated::subject(profile, facts, path) {
            Some(subject) => subjects.push(subject?),
            None => people::nameless(path, notes),
        }
    }
    Ok(Reading {
        header: Header::default(),
        participant: participant.id.clone(),
        subjects,
        observations,
        unmapped: Vec::new(),
        issues: Vec::new(),
    })
}
