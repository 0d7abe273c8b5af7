//! The people of a feed: which resources are whose, and what they state together.

use super::condition;
use super::coverage::{self, Restated};
use super::encounter;
use super::issues::Issues;
use super::json::Node;
use super::observation::Observations;
use super::patient;
use super::references::Target;
use super::requests;
use super::scope::Scope;
use super::sheet::{Paths, Sheet};
use super::wording;
use crate::facts::{Diagnosis, Facts, Plan};
use crate::read::restated;
use crate::read::stop::Stop;
use crate::view::limits::{MAX_DIAGNOSES, MAX_PATIENTS, MAX_PLANS};
use access_contract::{Header, Issue, Severity, UnmappedCode};
use access_mappings::{EventEffect, EventRule};
use std::collections::BTreeMap;

/// One person with the positions of the resources that are theirs.
#[derive(Debug, Default)]
pub(super) struct Person<'n> {
    /// The Patient, where the feed has it.
    pub(super) patient: Option<usize>,
    /// Server and `Patient/17`, where it has not.
    outside: Option<(String, String)>,
    /// An identifier that stands in for the Patient.
    named: Option<&'n Node<'n>>,
    /// Where the person is first spoken of.
    path: String,
    /// Whether the record was deleted.
    deleted: bool,
    coverages: Vec<usize>,
    conditions: Vec<usize>,
    encounters: Vec<usize>,
    observations: Vec<usize>,
    responses: Vec<usize>,
    services: Vec<usize>,
    consents: Vec<usize>,
}

impl Person<'_> {
    /// Whether this is what a server calls the person.
    pub(super) fn is_outside(&self, base: &str, local: &str) -> bool {
        self.outside.as_ref().is_some_and(|outside| outside.0 == base && outside.1 == local)
    }
}

/// The element that says whose a resource is.
fn subject_of<'n>(kind: &str, node: &'n Node<'n>) -> (&'static str, Option<&'n Node<'n>>) {
    let name = match kind {
        "Coverage" => "beneficiary",
        "Consent" => "patient",
        "QuestionnaireResponse" if node.get("subject").is_none() => "source",
        _ => "subject",
    };
    (name, node.get(name))
}

/// The people in the order in which the feed speaks of them.
pub(super) fn find<'n>(scope: &Scope<'_, 'n>, issues: &mut Issues) -> Result<Vec<Person<'n>>, Box<Stop>> {
    let mut people = People { people: Vec::new(), known: BTreeMap::new() };
    for (position, resource) in scope.feed.resources.iter().enumerate() {
        let inside = resource.container.and_then(|container| scope.resource(container));
        let result = resource.kind == "Observation" && inside.is_some_and(|outer| outer.kind == "DiagnosticReport");
        if resource.dropped || (resource.container.is_some() && !result) || !super::known::is_read(resource.kind) {
            continue;
        }
        if resource.kind == "Patient" {
            let person = people.get(&Target::Here(position), &resource.path);
            if let Some(person) = person {
                person.deleted = resource.deleted;
            }
            continue;
        }
        if resource.kind == "DiagnosticReport" {
            continue;
        }
        let (mut from, mut kind, mut node) = (position, resource.kind, resource.node);
        if let (Some(container), Some(outer)) = (resource.container, inside)
            && resource.node.get("subject").is_none()
        {
            (from, kind, node) = (container, outer.kind, outer.node);
        }
        let (name, reference) = subject_of(kind, node);
        let path = format!("{}.{name}", resource.path);
        let target = scope.index.target(from, reference, "Patient");
        let is_patient = match &target {
            Target::Here(found) => scope.resource(*found).is_some_and(|found| found.kind == "Patient"),
            Target::Outside { local, .. } => local.starts_with("Patient/"),
            Target::Named(_) => true,
            Target::Unresolved | Target::Absent => false,
        };
        let person = if is_patient { people.get(&target, &path) } else { None };
        let Some(person) = person else {
            let hint = "the reference must lead to a Patient of the feed, or name one of the server";
            issues.fail("subject-unresolved", &path, "nothing says whose the resource is; it was not used", hint);
            continue;
        };
        match resource.kind {
            "Coverage" => person.coverages.push(position),
            "Condition" => person.conditions.push(position),
            "Encounter" => person.encounters.push(position),
            "Observation" => person.observations.push(position),
            "QuestionnaireResponse" => person.responses.push(position),
            "ServiceRequest" => person.services.push(position),
            "Consent" => person.consents.push(position),
            _ => {}
        }
    }
    for deletion in &scope.feed.deletions {
        if deletion.target.starts_with("Patient/") {
            let target = Target::Outside { base: String::new(), local: deletion.target.clone() };
            if let Some(person) = people.get(&target, &deletion.path) {
                person.deleted = true;
            }
        } else {
            let hint = "send the deleted version of the resource with it, as a history Bundle has it";
            let message = "nothing says whose the deleted resource was; nothing was withdrawn";
            issues.fail("delete-unattributed", &deletion.path, message, hint);
        }
    }
    if people.people.len() > MAX_PATIENTS {
        let message = format!("the feed is about more than {MAX_PATIENTS} patients");
        let issue = Issue::new(Severity::Fatal, "limit-patients", &scope.feed.event, message);
        return Err(Stop::reject(issue.hint("send NDJSON, or one Bundle for each patient").condition(100)));
    }
    Ok(people.people)
}

struct People<'n> {
    people: Vec<Person<'n>>,
    known: BTreeMap<(u8, String, String), usize>,
}

impl<'n> People<'n> {
    fn get(&mut self, target: &Target<'n>, path: &str) -> Option<&mut Person<'n>> {
        let mut fresh = Person { path: path.to_owned(), ..Person::default() };
        let key = match target {
            Target::Here(position) => {
                fresh.patient = Some(*position);
                (0, format!("{position:09}"), String::new())
            }
            Target::Outside { base, local } => {
                fresh.outside = Some((base.clone(), local.clone()));
                (1, base.clone(), local.clone())
            }
            Target::Named(identifier) => {
                fresh.named = Some(identifier);
                let text = |name: &str| identifier.text(name).unwrap_or_default().to_owned();
                (2, text("system"), text("value"))
            }
            Target::Unresolved | Target::Absent => return None,
        };
        let count = self.people.len();
        let position = *self.known.entry(key).or_insert(count);
        if position == count {
            self.people.push(fresh);
        }
        self.people.get_mut(position)
    }
}

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
    let visits = encounter::write(scope, &mut sheet, &person.encounters);
    let (names, withdrawn) = plans(scope, &mut sheet, person, issues);
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
    name_plans(facts.plans.as_deref_mut().unwrap_or_default(), &names);
    let mut facts = relocate(facts, &paths)?;
    facts.event = format!("{}^{}", scope.header.message_type, scope.header.event);
    facts.sent_at.clone_from(&scope.sent);
    facts.screens = rule.screens && (record.is_some() || !person.coverages.is_empty() || !rows.is_empty());
    if person.deleted {
        facts.effect = EventEffect::Review;
    }
    if !rows.is_empty() {
        let stated = rows.into_iter().zip(read.diagnoses).filter_map(|(row, read)| {
            let read = read.map(|mut read| {
                read.from.path = paths.of(&read.from.path);
                read
            });
            row.diagnosis(read, &scope.header.control_id)
        });
        facts.diagnoses = Some(stated.collect::<Vec<Diagnosis>>());
        facts.diagnoses_are_changes = true;
    }
    facts.visit = visits.current;
    facts.records.cancelled_visits = visits.cancelled;
    facts.records.single_plans = !person.coverages.is_empty();
    facts.records.withdrawn_plans = withdrawn;
    facts.records.fragment = scope.feed.bundle.is_none() || record.is_none();
    facts.referral = requests::referral(scope, &person.services, issues);
    facts.requests = requests::consents(scope, &person.consents, issues);
    name_person(scope, person, &mut facts);
    match record {
        Some(record) => {
            facts.demographics.birth_sex = patient::birth_sex(record.node, path, &scope.header.control_id);
        }
        // Without the Patient there is nobody to name in a notice.
        None => facts.patient.clear(),
    }
    let mut observed = Observations::default();
    person.observations.iter().for_each(|position| observed.read(scope, *position, issues));
    person.responses.iter().for_each(|position| observed.count_answers(scope, *position, issues));
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

/// Restates the coverages: the statement of each `IN1`, and those that no longer hold.
fn plans(
    scope: &Scope<'_, '_>,
    sheet: &mut Sheet,
    person: &Person<'_>,
    issues: &mut Issues,
) -> (BTreeMap<usize, String>, Vec<String>) {
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
        match coverage::write(scope, sheet, *position, person, issues) {
            Restated::Row(row, statement) => {
                names.insert(row, statement);
            }
            Restated::Withdrawn(statement) if statement.is_empty() => {
                let hint = "send it with its id or an identifier";
                issues.warn("record-unidentified", path, "nothing says which coverage was withdrawn", hint);
            }
            Restated::Withdrawn(statement) => withdrawn.push(statement),
            Restated::Nothing => {}
        }
    }
    (names, withdrawn)
}

/// Gives each plan the name of its record; one without is known by its kind.
fn name_plans(plans: &mut [Plan], names: &BTreeMap<usize, String>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for plan in plans {
        let name = Paths::occurrence(&plan.from.path).and_then(|row| names.get(&row)).filter(|name| !name.is_empty());
        plan.statement = name.cloned().unwrap_or_else(|| {
            let kind = format!("{:?}", plan.class);
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            format!("{kind}#{count}")
        });
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
