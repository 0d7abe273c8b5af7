//! Diagnoses: `DG1`.
//!
//! Only ICD-10-CM is taken, from the code or its alternate. What is not taken is an issue, never nothing.

pub(super) mod certainty;
mod code;
mod instance;

use super::context::{Context, Said};
use super::groups::Group;
use super::subject::own_number;
use crate::facts::{Certainty, Diagnosis};
use crate::view::limits::MAX_DIAGNOSES;
use crate::view::{Field, Segment, Value};
use access_mappings::{DiagnosisRules, TextList};
use certainty::certainty;
use code::{Form, judge};
use std::collections::BTreeSet;

/// The diagnoses of one person.
#[derive(Debug, Default)]
pub(super) struct Diagnoses {
    /// None where nothing is said. An empty list clears.
    pub(super) rows: Option<Vec<Diagnosis>>,
    /// Whether rows carry action codes, and so are changes and no snapshot.
    pub(super) are_changes: bool,
    /// Where a code stands that only a dead person has.
    pub(super) death: Option<String>,
    advisories: Advisories,
    /// Codes of rows that say X, and of those that say anything else.
    kept: BTreeSet<String>,
    restated: BTreeSet<String>,
}

impl Diagnoses {
    /// The codes that the rows say nothing new of (`DG1-21` X).
    pub(super) fn unchanged(&self) -> Vec<String> {
        self.kept.difference(&self.restated).cloned().collect()
    }

    /// Notes what the code of a disease that the person has says beside it.
    pub(super) fn notice(&mut self, context: &Context<'_>, code: &str, path: &str) {
        if self.death.is_none() && is_any(&context.profile.diagnoses.death, code) {
            self.death = Some(path.to_owned());
        }
        self.advisories.note(context, code, path);
    }
}

/// What the coding system of a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Icd10,
    Icd9,
    Unstated,
    Other,
}

/// Reads every row.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>, visit: Option<&String>) -> Diagnoses {
    let mut rows = Rows {
        context,
        shared: instance::shared(context, group),
        visit: visit.cloned(),
        number: 0,
        found: Diagnoses::default(),
        cleared: false,
    };
    let mut kept: Vec<Diagnosis> = Vec::new();
    let mut visits = 0;
    for segment in group.segments() {
        match segment.name() {
            // Accounts have several visits, each before its own diagnoses (BAR).
            "PV1" => {
                visits += 1;
                if visits > 1 {
                    rows.visit = own_number(context, segment);
                }
            }
            "DG1" => {
                let Some(row) = rows.read(segment) else { continue };
                if row.code.is_empty() {
                    // Known by its id alone, so it is no other row.
                    kept.push(row);
                    continue;
                }
                if kept.len() == MAX_DIAGNOSES && kept.iter().all(|known| known.code != row.code) {
                    let message = "there are too many diagnoses; the rest was left out";
                    context.warn("limit-rows", segment.path(), message, "send the current ones");
                    break;
                }
                add(&mut kept, row);
            }
            _ => {}
        }
    }
    let Rows { mut found, cleared, .. } = rows;
    if !kept.is_empty() || cleared {
        kept.sort_by_key(|row| row.rank);
        found.rows = Some(kept);
    }
    found
}

/// The rows of one person, one after the other.
struct Rows<'r, 'c> {
    context: &'r Context<'c>,
    /// Ids that tell no rows apart.
    shared: BTreeSet<String>,
    visit: Option<String>,
    number: u32,
    /// What rows say beside their diagnosis.
    found: Diagnoses,
    /// Whether the set was stated, whatever was taken of it.
    cleared: bool,
}

impl Rows<'_, '_> {
    /// The diagnosis of a row; none where there is none to keep.
    fn read(&mut self, dg1: &Segment<'_>) -> Option<Diagnosis> {
        let context = self.context;
        self.number += 1;
        let action = self.action(dg1);
        let instance = instance::of(context, dg1, &self.shared);
        if action == "D" && names_no_code(dg1) {
            return deleted(context, dg1, instance, self.number);
        }
        let field = dg1.field(3);
        if field.is_null() || field.component(1).value().is_null() {
            self.cleared = true;
            return None;
        }
        let has_text = !dg1.field(4).value().text().is_empty() || !field.component(2).value().is_absent();
        // What is none to be kept, or cannot be used, says something about the set all the same: the set was stated without what is
        // no longer in it.
        self.cleared |= has_text || !field.value().is_absent() || !field.component(4).value().is_absent();
        let coded = Coded { field, method: Some(dg1.field(2).value()), has_text };
        let Some((code, path)) = code_of(context, &coded) else {
            // Its id tells which one is deleted, also beside a code that cannot be used.
            let known = action == "D" && !instance.is_empty();
            return known.then(|| deleted(context, dg1, instance, self.number)).flatten();
        };
        let codes = if action == "X" { &mut self.found.kept } else { &mut self.found.restated };
        codes.insert(code.clone());
        let certainty = certainty(context, dg1, &action, &code)?;
        if certainty != Certainty::Withdrawn {
            self.found.notice(context, &code, &path);
        }
        Some(Diagnosis {
            code,
            certainty,
            rank: rank(dg1, self.number),
            recorded: recorded(context, dg1),
            visit: self.visit.clone(),
            from: context.origin(path, "diagnoses"),
            statement: String::new(),
            instance,
        })
    }

    /// The action code (`DG1-21`); one that is there makes the rows changes.
    fn action(&mut self, dg1: &Segment<'_>) -> String {
        let action = dg1.field(21).value().text().to_ascii_uppercase();
        self.found.are_changes |= !action.is_empty();
        if !matches!(action.as_str(), "" | "A" | "D" | "U" | "X") {
            let hint = "send A, U, D or X";
            let message = "the action is not known; the row was read as it stands, beside what is known";
            self.context.warn("row-action-unknown", dg1.field(21).path(), message, hint);
        }
        action
    }
}

/// Whether a row has no code that could be read, nor clears one beside it.
fn names_no_code(dg1: &Segment<'_>) -> bool {
    let field = dg1.field(3);
    [1, 4].into_iter().all(|number| field.component(number).value().text().is_empty())
}

/// The row that a deletion without a code takes back, by its id alone.
fn deleted(context: &Context<'_>, dg1: &Segment<'_>, instance: String, number: u32) -> Option<Diagnosis> {
    if instance.is_empty() {
        let hint = "the sender must name the code in DG1-3, or the row in DG1-20";
        let message = "a diagnosis is deleted, and nothing says which; nothing was withdrawn";
        context.warn("diagnosis-unnamed", dg1.path(), message, hint);
        return None;
    }
    let from = context.origin(dg1.field(20).path(), "diagnoses");
    Some(Diagnosis { instance, ..Diagnosis::taken_back(rank(dg1, number), from) })
}

/// What is told once for one person, because CMS may answer that such people are not eligible.
#[derive(Debug, Default)]
struct Advisories {
    kidney_failure: bool,
    palliative_care: bool,
}

impl Advisories {
    fn note(&mut self, context: &Context<'_>, code: &str, path: &str) {
        let rules = &context.profile.diagnoses;
        if !self.kidney_failure && is_any(&rules.kidney_failure, code) {
            self.kidney_failure = true;
            let message = "the person has kidney failure or dialysis, with which CMS may find somebody not eligible";
            context.inform("advisory-kidney-failure", path, message);
        }
        if !self.palliative_care && is_any(&rules.palliative_care, code) {
            self.palliative_care = true;
            let message = "the person has palliative care, with which CMS may find somebody not eligible";
            context.inform("advisory-palliative-care", path, message);
        }
    }
}

/// Whether a code begins with one of a list.
fn is_any(codes: &TextList, code: &str) -> bool {
    codes.iter().any(|listed| code.starts_with(listed))
}

/// Adds a row; of two of one code in a visit the surer and more important one stays, and what comes later decides on withdrawal.
fn add(rows: &mut Vec<Diagnosis>, row: Diagnosis) {
    let Some(known) = rows.iter_mut().find(|known| known.code == row.code && known.visit == row.visit) else {
        rows.push(row);
        return;
    };
    let withdrawn = (known.certainty == Certainty::Withdrawn, row.certainty == Certainty::Withdrawn);
    let order = |row: &Diagnosis| (row.certainty != Certainty::Confirmed, row.rank);
    if withdrawn.0 != withdrawn.1 || order(&row) < order(known) {
        *known = row;
    }
}

/// A coded field that names a disease.
pub(super) struct Coded<'m> {
    pub(super) field: Field<'m>,
    /// The coding method that stands beside it in old versions (`DG1-2`).
    pub(super) method: Option<Value<'m>>,
    /// Whether words stand with it.
    pub(super) has_text: bool,
}

/// The ICD-10-CM code of a field, with its path.
pub(super) fn code_of(context: &Context<'_>, coded: &Coded<'_>) -> Option<(String, String)> {
    let rules = &context.profile.diagnoses;
    let field = &coded.field;
    let of = |number: usize| system(rules, &field.component(number).value());
    let (first, second) = (field.component(1).value(), field.component(4).value());
    let method = coded.method.as_ref().map_or(System::Unstated, |method| system(rules, method));
    let (mut main, alternate) = (of(3), of(6));
    if main == System::Unstated && method != System::Unstated {
        main = method;
    }
    let (value, stated) = match (main, alternate) {
        // A code that cannot be one does not hide the one beside it.
        (System::Icd10, System::Icd10) if !is_icd10(&first) && is_icd10(&second) => (second, System::Icd10),
        (System::Icd10, _) if !first.is_absent() => (first, System::Icd10),
        (_, System::Icd10) if !second.is_absent() => (second, System::Icd10),
        _ => (first, main),
    };
    let Said::Text(text) = context.plain(&value) else {
        if coded.has_text {
            let hint = "the sender should send the ICD-10-CM code beside it";
            context.warn(
                "diagnosis-without-code",
                field.path(),
                "the diagnosis has a text and no code; it was not taken",
                hint,
            );
        }
        return None;
    };
    let path = value.path();
    let form = judge(&text);
    match (stated, form) {
        (System::Icd10, Form::Icd10(code)) => Some((code, path)),
        (System::Unstated, Form::Icd10(code)) => {
            let hint = "the sender should name the coding system in DG1-3.3";
            context.warn(
                "diagnosis-system-missing",
                path.clone(),
                "the coding system is not named; the code was taken by its form",
                hint,
            );
            Some((code, path))
        }
        (System::Icd9, _) | (System::Unstated, Form::Icd9) => {
            let hint = "only ICD-10-CM can be submitted";
            context.warn("icd9-ignored", path, "the diagnosis is coded in ICD-9-CM; it was not taken", hint);
            None
        }
        (System::Icd10 | System::Unstated, _) => {
            let hint = "correct the code at its source";
            context.warn(
                "diagnosis-form",
                path,
                "the code has not the form of an ICD-10-CM code; it was not taken",
                hint,
            );
            None
        }
        (System::Other, _) => {
            let hint = "add the spelling to diagnoses.icd10cm in the profile if it means ICD-10-CM";
            context.warn(
                "diagnosis-system",
                path,
                "the diagnosis is coded in another system than ICD-10-CM; it was not taken",
                hint,
            );
            None
        }
    }
}

fn is_icd10(value: &Value<'_>) -> bool {
    matches!(judge(&value.text()), Form::Icd10(_))
}

fn system(rules: &DiagnosisRules, value: &Value<'_>) -> System {
    let name = value.text().to_ascii_uppercase();
    if name.is_empty() {
        System::Unstated
    } else if rules.icd10cm.contains(&name) {
        System::Icd10
    } else if rules.icd9.contains(&name) {
        System::Icd9
    } else {
        System::Other
    }
}

/// `DG1-15`, else `DG1-1`, else the position.
fn rank(dg1: &Segment<'_>, number: u32) -> u32 {
    let ranked =
        |field: usize| dg1.field(field).value().text().parse::<u32>().ok().filter(|rank| (1..=99_999).contains(rank));
    ranked(15).or_else(|| ranked(1)).unwrap_or(number)
}

/// When it was recorded: `DG1-5`, else `DG1-19`.
fn recorded(context: &Context<'_>, dg1: &Segment<'_>) -> Option<String> {
    let value = [5, 19].map(|field| dg1.field(field).value()).into_iter().find(|value| !value.text().is_empty())?;
    let text = context.text(&value)?;
    match context.past(&text) {
        Ok(moment) => Some(moment.date()),
        Err(fault) => {
            context.warn("diagnosis-date", value.path(), fault.message(), "the diagnosis was taken without a date");
            None
        }
    }
}
