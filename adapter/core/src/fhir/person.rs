//! The people of a feed: which resources are whose, and what they state together.

use super::issues::Issues;
use super::json::Node;
use super::references::Target;
use super::scope::Scope;
use crate::read::stop::Stop;
use crate::view::limits::MAX_PATIENTS;
use access_contract::{Issue, Severity};
use std::collections::BTreeMap;

/// One person with the positions of the resources that are theirs.
#[derive(Debug, Default)]
pub(super) struct Person<'n> {
    /// The Patient, where the feed has it.
    pub(super) patient: Option<usize>,
    /// Server and `Patient/17`, where it has not.
    pub(super) outside: Option<(String, String)>,
    /// An identifier that stands in for the Patient.
    pub(super) named: Option<&'n Node<'n>>,
    /// Where the person is first spoken of.
    pub(super) path: String,
    /// Whether the record was deleted.
    pub(super) deleted: bool,
    pub(super) coverages: Vec<usize>,
    pub(super) conditions: Vec<usize>,
    pub(super) encounters: Vec<usize>,
    pub(super) observations: Vec<usize>,
    pub(super) responses: Vec<usize>,
    pub(super) services: Vec<usize>,
    pub(super) consents: Vec<usize>,
}

impl Person<'_> {
    /// Whether this is what a server calls the person.
    pub(super) fn is_outside(&self, base: &str, local: &str) -> bool {
        self.outside.as_ref().is_some_and(|outside| outside.0 == base && outside.1 == local)
    }

    /// Whether a reference leads to the person.
    pub(super) fn is(&self, target: &Target<'_>) -> bool {
        match target {
            Target::Here(position) => self.patient == Some(*position),
            Target::Outside { base, local } => self.is_outside(base, local),
            Target::Named(identifier) => self.named.is_some_and(|named| {
                let same = |name: &str| named.text(name) == identifier.text(name);
                same("system") && same("value")
            }),
            Target::Unresolved | Target::Absent => false,
        }
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
            let target = Target::Outside { base: deletion.base.clone(), local: deletion.target.clone() };
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
