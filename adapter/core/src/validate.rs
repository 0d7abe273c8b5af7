//! Checks a payload against the ACCESS rules before it leaves.
//!
//! What is checked: JSON syntax, size and depth; FHIR R4 structure of `Parameters`, `Patient`, `Condition` and the resources of a
//! report; the closed parameter list of the four request profiles; the demands of US Core 6.1.0 and of the ACCESS profiles on
//! the inline resources and on the document of a report; the bindings to tracks, reasons, report types and diagnoses; that
//! references inside a document lead to its entries; and what the service is known to demand beyond its profiles (MBI, birth date,
//! `meta.profile`). The facts come from the guide of the profile. A document Bundle alone is checked like one in a request.
//!
//! What is not: responses of the service, which get the information issue `not-checked`, as do resources in a report that are
//! none of its own; terminology other than the guide's; whether a report has all it needs; and whether the organisation, the
//! payer or the person exist.
//!
//! Limits: texts up to [`MAX_BYTES`], nesting up to [`MAX_DEPTH`] levels, [`MAX_PARAMETERS`] parameters, [`MAX_ENTRIES`] entries,
//! [`MAX_ISSUES`] issues.

mod condition;
mod demographics;
mod findings;
pub(crate) mod json;
mod patient;
pub(crate) mod primitive;
mod report;
mod request;
mod resource_types;
pub(crate) use resource_types::is_resource_type;
mod schema;
mod structure;
#[cfg(test)]
mod tests;

pub use findings::MAX_ISSUES;
pub use json::{MAX_BYTES, MAX_DEPTH};
pub use report::MAX_ENTRIES;
pub use request::MAX_PARAMETERS;

use access_contract::{Issue, Severity};
use access_mappings::Profile;
use findings::Findings;
use json::Node;

/// Everything wrong with `resource`; a blocking issue ([`Issue::blocks`]) means that it must not be sent.
///
/// Each issue has a stable code, the FHIRPath of the element, and a hint that names the HL7 field (or the setting of the
/// profile) the fault usually comes from. None quotes a value.
#[must_use]
pub fn validate(profile: &Profile, resource: &str) -> Vec<Issue> {
    let node = match Node::parse(resource) {
        Ok(node) => node,
        Err(fault) => return vec![Issue::new(Severity::Error, fault.code(), fault.place(), fault.to_string())],
    };
    let mut findings = Findings::default();
    let root = node
        .text_of("resourceType")
        .filter(|name| resource_types::is_resource_type(name))
        .unwrap_or("Resource")
        .to_owned();
    structure::check_resource(&node, &structure::Path::Root(&root), &mut findings);
    if root == "Parameters" {
        request::check(&profile.guide, &profile.mbi, &node, &mut findings);
    } else if root == "Bundle" && node.text_of("type") == Some("document") {
        report::check_document(&profile.guide, &profile.mbi, &node, &root, [None, None], &mut findings);
    } else if root != "Resource" {
        findings.push(not_checked(&root));
    }
    let names: Vec<&str> =
        node.items_of("parameter").iter().map(|item| item.text_of("name").unwrap_or_default()).collect();
    findings.finish(&names)
}

/// Says that ACCESS rules were not applied.
fn not_checked(location: &str) -> Issue {
    Issue::new(Severity::Information, "not-checked", location, "this is not checked against the ACCESS profiles")
        .hint("the requests of $check-eligibility, $align, $unalign and $report-data are")
}
