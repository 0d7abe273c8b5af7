//! Readings and laboratory reports, by US Core 6.1.0 and by the subsection that points to them.

use super::{Document, codings, declared, has_coding};
use crate::validate::findings::Findings;
use crate::validate::json::Node;
use crate::validate::primitive::Moment;
use access_mappings::MeasureFacts;

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// System of the categories of laboratory reports, and its code for them.
const REPORT_CATEGORY: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB");
/// Statuses of reports that have a result.
const REPORTED: [&str; 6] = ["partial", "preliminary", "final", "amended", "corrected", "appended"];

/// A profile of vital signs: its name, the code it fixes, the units it allows; for a panel the codes of its parts.
struct Vital {
    profile: &'static str,
    code: &'static str,
    units: &'static [&'static str],
    parts: &'static [&'static str],
}

static VITALS: [Vital; 5] = [
    Vital { profile: "us-core-vital-signs", code: "", units: &[], parts: &[] },
    Vital { profile: "us-core-blood-pressure", code: "85354-9", units: &["mm[Hg]"], parts: &["8480-6", "8462-4"] },
    Vital { profile: "us-core-bmi", code: "39156-5", units: &["kg/m2"], parts: &[] },
    Vital { profile: "us-core-body-weight", code: "29463-7", units: &["g", "kg", "[lb_av]"], parts: &[] },
    Vital { profile: "us-core-body-height", code: "8302-2", units: &["cm", "[in_i]"], parts: &[] },
];

/// Checks the Observation at `at` against the profiles it declares.
pub(super) fn check(observation: &Node<'_>, at: &str, findings: &mut Findings) {
    for profile in declared(observation) {
        if let Some(vital) = VITALS.iter().find(|vital| vital.profile == profile) {
            check_vital(vital, observation, at, findings);
        }
        if matches!(profile, "us-core-observation-clinical-result" | "us-core-observation-lab") {
            check_result(observation, at, findings);
        }
        if profile == "us-core-observation-lab" && !has_category(observation, "laboratory") {
            findings.error(
                "observation-category",
                format!("{at}.category"),
                "the profile demands the category laboratory",
            );
        }
        if profile.starts_with("us-core-") {
            if observation.get("subject").is_none() {
                findings.error("element-missing", format!("{at}.subject"), "a reading says whose it is");
            }
            if observation.items_of("category").is_empty() {
                findings.error("element-missing", format!("{at}.category"), "US Core demands a category");
            }
        }
    }
}

/// What all results have: a value or a reason for its absence, and a time that is exact to the day.
fn check_result(observation: &Node<'_>, at: &str, findings: &mut Findings) {
    check_has_value(observation, at, findings);
    check_day(observation, at, findings);
    if let Some(value) = observation.get("valueQuantity")
        && value.text_of("system").is_some_and(|system| system != UCUM)
    {
        findings.error("observation-unit", format!("{at}.valueQuantity.system"), "units are those of UCUM");
    }
}

fn check_vital(vital: &Vital, observation: &Node<'_>, at: &str, findings: &mut Findings) {
    let vital_signs =
        observation.items_of("category").iter().filter(|category| has_coding(Some(category), CATEGORY, "vital-signs"));
    if vital_signs.count() != 1 {
        let message = "a vital sign has the category vital-signs once";
        findings.error("observation-category", format!("{at}.category"), message);
    }
    if !vital.code.is_empty() && !has_coding(observation.get("code"), LOINC, vital.code) {
        let message = format!("the profile fixes the LOINC code {}", vital.code);
        findings.error("observation-code", format!("{at}.code.coding"), &message);
    }
    if !observation.members().iter().any(|(name, _)| name.starts_with("effective")) {
        findings.error("observation-time", format!("{at}.effective"), "a vital sign says when it was measured");
    }
    check_day(observation, at, findings);
    check_has_value(observation, at, findings);
    if let Some(value) = observation.get("valueQuantity").filter(|_| !vital.units.is_empty()) {
        check_unit(value, vital.units, &format!("{at}.valueQuantity"), findings);
    }
    let components = observation.items_of("component");
    for (index, component) in components.iter().enumerate() {
        let at = format!("{at}.component[{index}]");
        let there = component.members().iter().any(|(name, _)| name.starts_with("value") || name == "dataAbsentReason");
        if !there {
            findings.error("observation-value", at.clone(), "a part has a value, or says why it has none");
        }
        let known = component
            .get("code")
            .is_some_and(|code| codings(code).any(|(system, code)| system == LOINC && vital.parts.contains(&code)));
        if let Some(value) = component.get("valueQuantity").filter(|_| known) {
            check_unit(value, vital.units, &format!("{at}.valueQuantity"), findings);
        }
    }
    for part in vital.parts {
        let count = components.iter().filter(|component| has_coding(component.get("code"), LOINC, part)).count();
        if count != 1 {
            let message = format!("the profile demands one part with the LOINC code {part}");
            findings.error("observation-parts", format!("{at}.component"), &message);
        }
    }
}

/// Value, unit, system and code of a quantity.
fn check_unit(value: &Node<'_>, units: &[&str], at: &str, findings: &mut Findings) {
    for part in ["value", "unit"] {
        if value.get(part).is_none() {
            findings.error("element-missing", format!("{at}.{part}"), "US Core demands this element");
        }
    }
    if value.text_of("system") != Some(UCUM) {
        findings.error("observation-unit", format!("{at}.system"), "units are those of UCUM");
    }
    if !value.text_of("code").is_some_and(|code| units.contains(&code)) {
        let message = format!("the unit is {}", units.join(" or "));
        findings.error("observation-unit", format!("{at}.code"), &message);
    }
}

fn check_has_value(observation: &Node<'_>, at: &str, findings: &mut Findings) {
    let members = observation.members();
    let there = members.iter().any(|(name, _)| {
        name.starts_with("value") || matches!(&**name, "dataAbsentReason" | "component" | "hasMember")
    });
    if !there {
        findings.error("observation-value", at, "a reading has a value, or says why it has none");
    }
}

/// A time of a reading is exact to the day at least.
fn check_day(observation: &Node<'_>, at: &str, findings: &mut Findings) {
    let moment = observation.text_of("effectiveDateTime").and_then(Moment::read);
    if matches!(moment, Some(Moment::Year | Moment::Month)) {
        let at = format!("{at}.effectiveDateTime");
        findings.error("observation-time", at, "the time of a reading is exact to the day at least");
    }
}

/// Checks the DiagnosticReport at `at` against the profile of laboratory reports, where it declares it.
pub(super) fn check_report(report: &Node<'_>, at: &str, findings: &mut Findings) {
    if !declared(report).any(|profile| profile == "us-core-diagnosticreport-lab") {
        return;
    }
    let (system, code) = REPORT_CATEGORY;
    if report.items_of("category").iter().filter(|category| has_coding(Some(category), system, code)).count() != 1 {
        findings.error(
            "observation-category",
            format!("{at}.category"),
            "a laboratory report has the category LAB once",
        );
    }
    if report.get("subject").is_none() {
        findings.error("element-missing", format!("{at}.subject"), "a report says whose it is");
    }
    if report.text_of("status").is_some_and(|status| REPORTED.contains(&status)) {
        for part in ["effective", "issued"] {
            if !report.members().iter().any(|(name, _)| name.starts_with(part)) {
                findings.error("observation-time", format!("{at}.{part}"), "a report with results says when");
            }
        }
    }
}

/// Checks what a subsection of a measure points to.
pub(super) fn check_entry(
    document: &Document<'_, '_>,
    facts: &MeasureFacts,
    track: &str,
    entry: &Node<'_>,
    at: &str,
    findings: &mut Findings,
) {
    // A laboratory report may stand for its results, but for blood pressure, weight, BMI and waist, and for HbA1c in eCKM.
    let reports = facts.category == "laboratory" && !(track == "eCKM" && facts.code == "HbA1c");
    let kinds: &[&str] = if reports { &["Observation", "DiagnosticReport"] } else { &["Observation"] };
    let Some((index, resource)) = super::follow(document, Some(entry), kinds, at, findings) else { return };
    if resource.text_of("resourceType") == Some("Observation") {
        check_reading(facts, resource, &document.place(index), findings);
    }
    super::response::check_subject(document, resource, &document.place(index), findings);
}

/// Code, category and unit of a reading, as the guide has them for the measure.
fn check_reading(facts: &MeasureFacts, observation: &Node<'_>, at: &str, findings: &mut Findings) {
    if matches!(observation.text_of("status"), Some("entered-in-error" | "cancelled" | "registered" | "unknown")) {
        findings.error("observation-status", format!("{at}.status"), "this status says that there is no result");
    }
    let accepted = |code: &str| {
        let sent = |known: &access_mappings::MeasureCode| {
            known.part.is_empty() && if known.sent_as.is_empty() { known.loinc == code } else { known.sent_as == code }
        };
        code == facts.panel || facts.accepts.iter().any(sent)
    };
    let code = observation.get("code");
    if !code.is_some_and(|code| codings(code).any(|(system, code)| system == LOINC && accepted(code))) {
        let message = format!("the subsection of {} takes other LOINC codes", facts.title);
        findings.error("observation-code", format!("{at}.code.coding"), &message);
    }
    if !has_category(observation, &facts.category) {
        let message = format!("the category of {} is {}", facts.title, facts.category);
        findings.error("observation-category", format!("{at}.category"), &message);
    }
    if observation.get("effectiveDateTime").is_none() && observation.get("effectivePeriod").is_none() {
        findings.error("observation-time", format!("{at}.effective"), "a reading says when it was observed");
    }
    if facts.panel.is_empty() {
        match observation.get("valueQuantity") {
            Some(value) => check_unit(value, &[&facts.unit], &format!("{at}.valueQuantity"), findings),
            None => findings.error("observation-value", at, "the reading has no quantity"),
        }
    }
}

fn has_category(observation: &Node<'_>, code: &str) -> bool {
    observation.items_of("category").iter().any(|category| has_coding(Some(category), CATEGORY, code))
}
