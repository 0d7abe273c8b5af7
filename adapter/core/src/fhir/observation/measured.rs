//! How something was measured and by whom: `Observation.method` and `Observation.performer`.

use super::short;
use crate::fhir::codes;
use crate::fhir::json::Node;
use crate::fhir::references::Target;
use crate::fhir::scope::Scope;
use crate::results::{is_npi, says_npi};
use crate::words::legible;

/// Performers that are looked at.
const MAX_PERFORMERS: usize = 8;

/// Method and performer; either may be empty. A performer is an NPI: of the reference itself, or of what it leads to in the feed.
pub(super) fn read(scope: &Scope<'_, '_>, position: usize, node: &Node<'_>) -> (String, String) {
    let method = node.get("method").map(words).unwrap_or_default();
    let performers = node.items("performer").iter().take(MAX_PERFORMERS);
    let performer = performers.filter_map(|performer| {
        if let Some(number) = performer.get("identifier").and_then(npi) {
            return Some(number);
        }
        match scope.index.target(position, Some(performer), "Practitioner") {
            Target::Here(found) => of_record(scope, found),
            _ => None,
        }
    });
    (method, performer.into_iter().next().unwrap_or_default())
}

fn words(concept: &Node<'_>) -> String {
    let codings = concept.items("coding").iter();
    let display = codings.filter_map(|coding| coding.text("display")).next();
    concept
        .text("text")
        .or(display)
        .or_else(|| codes::first_code(Some(concept)))
        .map(|text| short(&legible(text)))
        .unwrap_or_default()
}

/// The NPI of a practitioner, a role or an organisation.
fn of_record(scope: &Scope<'_, '_>, position: usize) -> Option<String> {
    let record = scope.resource(position)?;
    let own = record.node.items("identifier").iter().find_map(npi);
    own.or_else(|| {
        let practitioner = record.node.get("practitioner").filter(|_| record.kind == "PractitionerRole")?;
        match scope.index.target(position, Some(practitioner), "Practitioner") {
            Target::Here(found) => scope.resource(found)?.node.items("identifier").iter().find_map(npi),
            _ => None,
        }
    })
}

fn npi(identifier: &Node<'_>) -> Option<String> {
    let said = identifier.text("system").is_some_and(says_npi);
    identifier.text("value").filter(|value| said && is_npi(value)).map(str::to_owned)
}
