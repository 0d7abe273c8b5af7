//! Answered questionnaires, by US Core 6.1.0 and by the subsection that points to them.

use super::{Document, declared};
use crate::validate::findings::Findings;
use crate::validate::json::Node;
use access_mappings::InstrumentFacts;

/// Extension that carries the ordinal of a choice.
const ORDINAL: &str = "http://hl7.org/fhir/StructureDefinition/ordinalValue";

/// Checks the QuestionnaireResponse at `at` against the profile it declares.
pub(super) fn check(response: &Node<'_>, at: &str, findings: &mut Findings) {
    if !declared(response).any(|profile| profile == "us-core-questionnaireresponse") {
        return;
    }
    for part in ["questionnaire", "subject", "authored"] {
        if response.get(part).is_none() {
            findings.error("element-missing", format!("{at}.{part}"), "US Core demands this element");
        }
    }
    let mut links: Vec<&str> = Vec::new();
    collect(response, &mut links);
    links.sort_unstable();
    if links.windows(2).any(|pair| pair.first() == pair.last()) {
        findings.error("response-link", format!("{at}.item"), "two answers of a response have the same linkId");
    }
}

/// The `linkId`s of the items with an answer, of all levels. JSON is nested no deeper than it is parsed.
fn collect<'n>(node: &'n Node<'_>, links: &mut Vec<&'n str>) {
    for item in node.items_of("item") {
        if !item.items_of("answer").is_empty() {
            links.extend(item.text_of("linkId"));
        }
        collect(item, links);
        item.items_of("answer").iter().for_each(|answer| collect(answer, links));
    }
}

/// Checks what a subsection of an instrument points to.
pub(super) fn check_entry(
    document: &Document<'_, '_>,
    facts: &InstrumentFacts,
    entry: &Node<'_>,
    at: &str,
    findings: &mut Findings,
) {
    let Some((index, response)) = super::follow(document, Some(entry), &["QuestionnaireResponse"], at, findings) else {
        return;
    };
    let at = document.place(index);
    check_subject(document, response, &at, findings);
    if !matches!(response.text_of("status"), Some("completed" | "amended")) {
        findings.error("response-status", format!("{at}.status"), "only a response that is complete is reported");
    }
    let items = response.items_of("item");
    if items.is_empty() {
        findings.error("element-missing", format!("{at}.item"), "the response has no answers");
    }
    for (index, item) in items.iter().enumerate() {
        check_item(facts, item, &format!("{at}.item[{index}]"), findings);
    }
}

/// One answer: known to the instrument, and a choice with its ordinal.
fn check_item(facts: &InstrumentFacts, item: &Node<'_>, at: &str, findings: &mut Findings) {
    let link = item.text_of("linkId").unwrap_or_default();
    let known =
        facts.items.iter().any(|known| known.link == link) || facts.scores.iter().any(|known| known.link == link);
    if !known && !facts.adaptive {
        let message = format!("the guide's examples of {} have no such linkId", facts.title);
        findings.warning("response-link", format!("{at}.linkId"), &message);
    }
    for (index, answer) in item.items_of("answer").iter().enumerate() {
        let at = format!("{at}.answer[{index}]");
        let Some(choice) = answer.get("valueCoding") else { continue };
        let ordinal = choice.items_of("extension").iter().find(|extension| extension.text_of("url") == Some(ORDINAL));
        if ordinal.is_none_or(|ordinal| ordinal.get("valueDecimal").is_none()) {
            let message = "a choice carries its ordinal in the extension ordinalValue";
            findings.error("response-ordinal", format!("{at}.valueCoding.extension"), message);
        }
        if choice.get("system").is_some() != choice.get("code").is_some() {
            let message = "a choice has a system and a code, or neither";
            findings.error("response-coding", format!("{at}.valueCoding"), message);
        }
    }
}

/// The subject is the person the document is about.
pub(super) fn check_subject(document: &Document<'_, '_>, resource: &Node<'_>, at: &str, findings: &mut Findings) {
    let at = format!("{at}.subject");
    super::follow(document, resource.get("subject"), &["Patient"], &at, findings);
}
