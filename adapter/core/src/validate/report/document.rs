//! The Bundle itself: a document with an identifier, a time, the Composition first, and entries that references lead to.

use super::{Document, MAX_ENTRIES, composition, observation, people, references, response};
use crate::validate::findings::Findings;
use crate::validate::json::Node;
use crate::validate::patient;
use access_mappings::{Guide, MbiRules};
use std::collections::BTreeSet;

/// Checks the document at `at` of a request for `track` by the participant of that id.
pub(in crate::validate) fn check(
    guide: &Guide,
    mbi: &MbiRules,
    bundle: &Node,
    at: &str,
    request: [Option<&str>; 2],
    findings: &mut Findings,
) {
    let document = Document::of(guide, mbi, bundle, at);
    if document.entries.len() > MAX_ENTRIES {
        findings.error("too-many-entries", format!("{at}.entry"), "a report has at most 2000 entries");
        return;
    }
    check_bundle(&document, findings);
    check_entries(&document, findings);
    references::check(&document, findings);
    let [track, participant] = request;
    if let Some((index, composition)) = document.of_type("Composition").next() {
        composition::check(&document, composition, &document.place(index), [track, participant], findings);
    }
    for (index, entry) in document.entries.iter().enumerate() {
        let Some(resource) = entry.get("resource") else { continue };
        let at = document.place(index);
        match resource.text_of("resourceType").unwrap_or_default() {
            "Patient" => patient::check(document.guide, document.mbi, resource, &at, findings),
            "Practitioner" => people::check_practitioner(resource, &at, findings),
            "Organization" => people::check_organization(resource, &at, findings),
            "Observation" => observation::check(resource, &at, findings),
            "DiagnosticReport" => observation::check_report(resource, &at, findings),
            "QuestionnaireResponse" => response::check(resource, &at, findings),
            _ => {}
        }
    }
}

/// Type, identifier, time.
fn check_bundle(document: &Document<'_, '_>, findings: &mut Findings) {
    let (bundle, at) = (document.bundle, document.at);
    if bundle.text_of("type") != Some("document") {
        findings.error("report-bundle-type", format!("{at}.type"), "a report is a Bundle of type document");
    }
    for part in ["system", "value"] {
        if bundle.get("identifier").and_then(|identifier| identifier.text_of(part)).is_none() {
            let message = "a document has an identifier of a system and a value";
            findings.error("bundle-identifier", format!("{at}.identifier.{part}"), message);
        }
    }
    if bundle.get("timestamp").is_none() {
        findings.error("bundle-timestamp", format!("{at}.timestamp"), "a document says when it was put together");
    }
    if bundle.get("total").is_some() {
        findings.error("element-forbidden", format!("{at}.total"), "only lists of results have this");
    }
    check_profiles(document, bundle, at, findings);
}

/// Profiles of the guide that a resource declares are those of its type.
fn check_profiles(document: &Document<'_, '_>, resource: &Node, at: &str, findings: &mut Findings) {
    let guide = document.guide;
    let kind = resource.text_of("resourceType").unwrap_or_default();
    let profiles = resource.get("meta").map_or(&[][..], |meta| meta.items_of("profile"));
    for (index, canonical) in profiles.iter().filter_map(Node::text).enumerate() {
        let bare = canonical.split('|').next().unwrap_or(canonical);
        let known = match kind {
            "Bundle" => bare == guide.reporting.bundle_profile,
            "Composition" => bare == guide.reporting.composition_profile,
            "Condition" => bare.ends_with("-condition"),
            _ => false,
        };
        if bare.starts_with(&guide.canonical) && !known {
            let message = "the guide has no such profile for this resource";
            findings.error("profile-unknown", format!("{at}.meta.profile[{index}]"), message);
        }
    }
}

/// One Composition, first; one Patient; an address of its own for each.
fn check_entries(document: &Document<'_, '_>, findings: &mut Findings) {
    let at = document.at;
    let first = document.entries.first().and_then(|entry| entry.get("resource")?.text_of("resourceType"));
    if first != Some("Composition") {
        findings.error(
            "composition-first",
            format!("{at}.entry[0]"),
            "the first entry of a document is its Composition",
        );
    }
    for kind in ["Composition", "Patient"] {
        let mut found = document.of_type(kind);
        let first = found.next();
        if first.is_none() {
            let message = format!("the document has no {kind}");
            findings.error("entry-missing", format!("{at}.entry.resource.ofType({kind})"), &message);
        }
        if let Some((index, _)) = found.next() {
            let message = format!("a document has one {kind} only");
            findings.error("entry-repeated", document.place(index), &message);
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, entry) in document.entries.iter().enumerate() {
        let at = format!("{at}.entry[{index}]");
        for part in ["search", "request", "response"] {
            if entry.get(part).is_some() {
                findings.error("element-forbidden", format!("{at}.{part}"), "an entry of a document has none");
            }
        }
        match entry.text_of("fullUrl") {
            None => findings.error("full-url", format!("{at}.fullUrl"), "every entry has an address of its own"),
            Some(full) => {
                if !seen.insert(full) {
                    findings.error("full-url", format!("{at}.fullUrl"), "another entry has the same address");
                }
                if full.contains("/_history/") {
                    findings.error("full-url", format!("{at}.fullUrl"), "the address of an entry names no version");
                }
            }
        }
        let Some(resource) = entry.get("resource") else {
            findings.error("element-missing", format!("{at}.resource"), "every entry holds a resource");
            continue;
        };
        if resource.get("text").is_none() && resource.text_of("resourceType") != Some("Bundle") {
            let message = "the resource has no words for people; a service was seen to refuse that";
            findings.warning("narrative-missing", format!("{at}.resource.text"), message);
        }
        check_profiles(document, resource, &format!("{at}.resource"), findings);
    }
}
