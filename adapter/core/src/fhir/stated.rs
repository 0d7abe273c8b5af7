//! What a feed states about one person.

use super::condition;
use super::coverage::{self, Restated};
use super::encounter;
use super::issues::Issues;
use super::links;
use super::observation::Observations;
use super::patient;
use super::person::Person;
use super::questionnaire;
use super::requests;
use super::scope::Scope;
use super::sheet::{Paths, Sheet};
use super::times::Times;
use super::wording;
use crate::chart::field;
use crate::facts::{Diagnosis, Facts, Plan};
use crate::read::restated;
use crate::read::stop::Stop;
use crate::view::limits::{MAX_DIAGNOSES, MAX_PLANS};
use access_contract::{Header, Issue, Severity, UnmappedCode};
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
    let mut sheet = Sheet::new();
    sheet.open("PID", path);
    if let Some(record) = record {
        patient::write(&mut sheet, record.node, path, &scope.sent, issues);
    } else if let Some(identifier) = person.named {
        patient::identifier(&mut sheet, 3, 1, identifier, &format!("{path}.identifier"));
    }
    let visits = encounter::write(scope, &mut sheet, &person.encounters, issues);
    let (named, withdrawn) = coverages(scope, &mut sheet, person, issues);
    if person.conditions.len() > MAX_DIAGNOSES {
        let hint = "send the current ones";
        issues.warn("limit-rows", path, "there are too many conditions; the rest was left out", hint);
    }
    let conditions = person.conditions.iter().take(MAX_DIAGNOSES);
    let rows: Vec<condition::Row> =
        conditions.filter_map(|position| condition::write(scope, &mut sheet, *position, issues)).collect();
    let (text, paths) = sheet.finish();
    let read = match restated::person(scope.profile, header, rule, &text) {
        Ok(read) => read,
        Err((stop, noticed)) => {
            noticed.into_iter().for_each(|issue| note(issue, &paths, issues));
            let Stop { verdict, issue } = *stop;
            return Err(Box::new(Stop { verdict, issue: wording::restate(issue, &paths) }));
        }
    };
    read.issues.into_iter().for_each(|issue| note(issue, &paths, issues));
    let mut facts = read.facts;
    let mut times = Times::of(scope, person);
    name_plans(facts.plans.as_deref_mut().unwrap_or_default(), &named, &mut times);
    let mut facts = relocate(facts, &paths)?;
    facts.event = scope.header.event_name();
    facts.sent_at.clone_from(&times.person);
    facts.screens = rule.screens && (record.is_some() || !person.coverages.is_empty() || !rows.is_empty());
    if !rows.is_empty() {
        let stated = rows.into_iter().zip(read.diagnoses).filter_map(|(row, read)| {
            let read = read.map(|mut read| {
                read.from.path = paths.of(&read.from.path);
                read
            });
            let (diagnosis, updated) = row.diagnosis(read, &scope.header.control_id)?;
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
    facts.records.single_plans = !person.coverages.is_empty();
    for Named { statement, updated } in withdrawn {
        times.note(field::plan(&statement), &updated);
        facts.records.withdrawn_plans.push(statement);
    }
    facts.records.fragment = scope.feed.bundle.is_none() || record.is_none();
    facts.referral = requests::referral(scope, &person.services, issues);
    facts.requests = requests::consents(scope, &person.consents, issues);
    times.note_fields(scope, person, &facts);
    for position in &person.observations {
        let statement = scope.statement(*position);
        if !statement.is_empty() {
            times.note(field::observation(&statement), scope.time(*position));
        }
    }
    facts.records.times = times.others();
    name_person(scope, person, &mut facts);
    match record {
        Some(record) => {
            facts.demographics.birth_sex = patient::birth_sex(record.node, path, &scope.header.control_id);
        }
        // Without the Patient there is nobody to name in a notice.
        None => facts.patient.clear(),
    }
    facts.prior_aliases = person.patient.map(|position| links::replaced(scope, position, issues)).unwrap_or_default();
    if person.deleted || record.is_some_and(|record| links::has_ended(record, issues)) {
        facts = links::withheld(facts);
    }
    let mut observed = Observations::of(scope, person, issues);
    person.observations.iter().for_each(|position| observed.read(scope, *position, issues));
    person.responses.iter().for_each(|position| observed.count_answers(scope, *position));
    facts.questionnaires = questionnaire::read(scope, &person.responses, issues);
    observed.settle();
    facts.observations = observed.rows;
    let mut unmapped = read.unmapped;
    unmapped.extend(observed.unmapped);
    Ok(Stated { facts, path: path.to_owned(), unmapped, observed: observed.count })
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

/// A Coverage by its statement, with when it was changed last.
struct Named {
    statement: String,
    updated: String,
}

/// Restates the coverages: the statement of each `IN1`, and those that no longer hold.
fn coverages(
    scope: &Scope<'_, '_>,
    sheet: &mut Sheet,
    person: &Person<'_>,
    issues: &mut Issues,
) -> (BTreeMap<usize, Named>, Vec<Named>) {
    let (mut names, mut withdrawn) = (BTreeMap::new(), Vec::new());
    for position in &person.coverages {
        let path = scope.resource(*position).map_or("", |resource| resource.path.as_str());
        if names.len() + withdrawn.len() == MAX_PLANS {
            issues.warn(
                "limit-rows",
                path,
                "there are too many coverages; the rest was left out",
                "send those in force",
            );
            break;
        }
        let named = |statement| Named { statement, updated: scope.time(*position).to_owned() };
        match coverage::write(scope, sheet, *position, person, issues) {
            Restated::Row(row, statement) => {
                names.insert(row, named(statement));
            }
            Restated::Withdrawn(statement) if statement.is_empty() => {
                let hint = "send it with its id or an identifier";
                issues.warn("record-unidentified", path, "nothing says which coverage was withdrawn", hint);
            }
            Restated::Withdrawn(statement) => withdrawn.push(named(statement)),
            Restated::Nothing => {}
        }
    }
    (names, withdrawn)
}

/// Gives each plan the name of its record, with its time; one without is known by its kind.
fn name_plans(plans: &mut [Plan], names: &BTreeMap<usize, Named>, times: &mut Times) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for plan in plans {
        let named = Paths::occurrence(&plan.from.path).and_then(|row| names.get(&row));
        let name = named.map(|named| &named.statement).filter(|name| !name.is_empty());
        plan.statement = name.cloned().unwrap_or_else(|| {
            let kind = format!("{:?}", plan.class);
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            format!("{kind}#{count}")
        });
        if let Some(named) = named {
            times.note(field::plan(&plan.statement), &named.updated);
        }
    }
}

/// Gives every origin the path of its element.
fn relocate(facts: Facts, paths: &Paths) -> Result<Facts, Box<Stop>> {
    let failed = || {
        let message = "the facts could not be written down";
        Stop::ask(Issue::new(Severity::Fatal, "facts-unwritable", "", message).condition(207))
    };
    let mut tree = serde_json::to_value(facts).map_err(|_| failed())?;
    relocate_tree(&mut tree, paths);
    serde_json::from_value(tree).map_err(|_| failed())
}

/// The tree is as deep as the record types are.
fn relocate_tree(tree: &mut serde_json::Value, paths: &Paths) {
    match tree {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| relocate_tree(item, paths)),
        serde_json::Value::Object(members) => {
            let is_origin = members.len() == 3 && members.contains_key("feed") && members.contains_key("rule");
            match members.get_mut("path") {
                Some(serde_json::Value::String(path)) if is_origin => *path = paths.of(path),
                _ => members.values_mut().for_each(|member| relocate_tree(member, paths)),
            }
        }
        _ => {}
    }
}
