//! What a feed states about one person.

use super::condition;
use super::encounter::{self, Visits};
use super::issues::Issues;
use super::links;
use super::observation::Observations;
use super::patient;
use super::person::Person;
use super::plans::{self, Named};
use super::questionnaire;
use super::requests;
use super::scope::Scope;
use super::sheet::{Paths, Sheet};
use super::times::Times;
use super::wording;
use crate::chart::field;
use crate::facts::{Diagnosis, Facts};
use crate::read::restated;
use crate::read::stop::Stop;
use crate::view::limits::MAX_DIAGNOSES;
use access_contract::{Header, Issue, UnmappedCode};
use access_mappings::EventRule;
use std::collections::BTreeMap;

/// One person's facts with what was noticed.
pub(super) struct Stated {
    pub(super) facts: Facts,
    pub(super) path: String,
    pub(super) unmapped: Vec<UnmappedCode>,
    pub(super) observed: u32,
}

/// Reads everything about one person.
pub(super) fn read(
    scope: &Scope<'_, '_>,
    person: &Person<'_>,
    rule: &EventRule,
    header: &Header,
    issues: &mut Issues,
) -> Result<Stated, Box<Stop>> {
    let record = person.patient.and_then(|position| scope.resource(position));
    let path = record.map_or(person.path.as_str(), |record| record.path.as_str());
    let written = Written::of(scope, person, path, issues);
    let mut read = reread(scope, rule, header, &written, issues)?;
    let mut facts = read.facts;
    let mut times = Times::of(scope, person);
    plans::name(facts.plans.as_deref_mut().unwrap_or_default(), &written.plans, &mut times);
    facts.origins_mut(|origin| *origin = scope.origin(written.paths.of(&origin.path), &origin.rule));
    facts.event = scope.header.event_name();
    facts.sent_at.clone_from(&times.person);
    facts.screens = rule.screens && (record.is_some() || !person.coverages.is_empty() || !written.rows.is_empty());
    facts.records.fragment = scope.feed.bundle.is_none() || record.is_none();
    facts.records.single_plans = !person.coverages.is_empty();
    take_records(scope, written, read.diagnoses, &mut facts, &mut times);
    facts.referral = requests::referral(scope, &person.services, issues);
    facts.requests = requests::consents(scope, &person.consents, issues);
    times.note_fields(scope, person, &facts);
    name_person(scope, person, &mut facts);
    match record {
        Some(record) => {
            facts.demographics.birth_sex = patient::birth_sex(record.node, path, &scope.feed_at(path));
        }
        // Without the Patient there is nobody to name in a notice.
        None => facts.patient.clear(),
    }
    facts.prior_aliases = person.patient.map(|position| links::replaced(scope, position, issues)).unwrap_or_default();
    let has_ended = person.deleted || record.is_some_and(|record| links::has_ended(record, issues));
    let observed = observe(scope, person, &mut facts, &mut times, issues);
    facts.records.times = times.others();
    read.unmapped.extend(observed.unmapped);
    // Last, so that nothing is stated after it.
    let facts = if has_ended { facts.withheld() } else { facts };
    Ok(Stated { facts, path: path.to_owned(), unmapped: read.unmapped, observed: observed.count })
}

/// A person's resources as segments, with what segments do not say.
struct Written {
    text: String,
    paths: Paths,
    visits: Visits,
    /// The coverage of each `IN1`.
    plans: BTreeMap<usize, Named>,
    /// Coverages that no longer hold.
    withdrawn: Vec<Named>,
    /// The condition of each `DG1`.
    rows: Vec<condition::Row>,
}

impl Written {
    fn of(scope: &Scope<'_, '_>, person: &Person<'_>, path: &str, issues: &mut Issues) -> Self {
        let mut sheet = Sheet::new();
        sheet.open("PID", path);
        if let Some(record) = person.patient.and_then(|position| scope.resource(position)) {
            patient::write(&mut sheet, record.node, path, &scope.sent, issues);
        } else if let Some(identifier) = person.named {
            patient::identifier(&mut sheet, 3, 1, identifier, &format!("{path}.identifier"));
        }
        let visits = encounter::write(scope, &mut sheet, &person.encounters, issues);
        let (plans, withdrawn) = plans::write(scope, &mut sheet, person, issues);
        if person.conditions.len() > MAX_DIAGNOSES {
            let hint = "send the current ones";
            issues.warn("limit-rows", path, "there are too many conditions; the rest was left out", hint);
        }
        let conditions = person.conditions.iter().take(MAX_DIAGNOSES);
        let rows = conditions.filter_map(|position| condition::write(scope, &mut sheet, *position, issues)).collect();
        let (text, paths) = sheet.finish();
        Self { text, paths, visits, plans, withdrawn, rows }
    }
}

/// Has the segments read; what is noticed is said of the resources.
fn reread(
    scope: &Scope<'_, '_>,
    rule: &EventRule,
    header: &Header,
    written: &Written,
    issues: &mut Issues,
) -> Result<restated::Restated, Box<Stop>> {
    let paths = &written.paths;
    match restated::person(scope.profile, header, rule, &written.text) {
        Ok(mut read) => {
            std::mem::take(&mut read.issues).into_iter().for_each(|issue| note(issue, paths, issues));
            Ok(read)
        }
        Err((stop, noticed)) => {
            noticed.into_iter().for_each(|issue| note(issue, paths, issues));
            let Stop { verdict, issue } = *stop;
            Err(Box::new(Stop { verdict, issue: wording::restate(issue, paths) }))
        }
    }
}

/// What records state each for itself, at times of their own: conditions, visits, coverages that no longer hold.
fn take_records(
    scope: &Scope<'_, '_>,
    written: Written,
    diagnoses: Vec<Option<Diagnosis>>,
    facts: &mut Facts,
    times: &mut Times,
) {
    let Written { paths, visits, withdrawn, rows, .. } = written;
    if !rows.is_empty() {
        let stated = rows.into_iter().zip(diagnoses).filter_map(|(row, read)| {
            let read = read.map(|mut read| {
                read.from = scope.origin(paths.of(&read.from.path), &read.from.rule);
                read
            });
            let feed = scope.feed_at(&row.path);
            let (diagnosis, updated) = row.diagnosis(read, &feed)?;
            times.note(field::diagnosis(&diagnosis), &updated);
            Some(diagnosis)
        });
        facts.diagnoses = Some(stated.collect::<Vec<Diagnosis>>());
        facts.diagnoses_are_changes = true;
    }
    facts.visit = visits.current;
    for (visit, updated) in visits.cancelled {
        times.note(field::visit(&visit), &updated);
        facts.records.cancelled_visits.push(visit);
    }
    for Named { statement, updated } in withdrawn {
        times.note(field::plan(&statement), &updated);
        facts.records.withdrawn_plans.push(statement);
    }
}

/// What was observed and answered; gives back what there is to count.
fn observe(
    scope: &Scope<'_, '_>,
    person: &Person<'_>,
    facts: &mut Facts,
    times: &mut Times,
    issues: &mut Issues,
) -> Observations {
    let mut observed = Observations::of(scope, person, issues);
    for position in &person.observations {
        let read = observed.rows.len();
        observed.read(scope, person, *position, issues);
        let named = observed.rows.iter().skip(read).filter(|row| !row.identifier.is_empty());
        named.for_each(|row| times.note(field::observation(row), observed.time(scope, *position)));
    }
    person.responses.iter().for_each(|position| observed.count_answers(scope, *position));
    facts.questionnaires = questionnaire::read(scope, &person.responses, issues);
    observed.settle(&scope.profile.guide);
    facts.observations = std::mem::take(&mut observed.rows);
    observed
}

/// What the person's server calls them, by which feeds of other resources are joined.
fn name_person(scope: &Scope<'_, '_>, person: &Person<'_>, facts: &mut Facts) {
    let record = person.patient.and_then(|position| scope.resource(position));
    let own = record.filter(|record| record.container.is_none() && !record.id.is_empty());
    let alias = match (own, &person.outside) {
        (Some(own), _) => scope.alias(own.base, &own.local()),
        (None, Some((base, local))) => scope.alias(base, local),
        (None, None) => None,
    };
    facts.aliases.extend(alias);
}

fn note(issue: Issue, paths: &Paths, issues: &mut Issues) {
    // Said once for the whole feed.
    if issue.code != "sent-at-missing" {
        issues.note(wording::restate(issue, paths));
    }
}
