//! The inline Patient: US Core 6.1.0, and what the service demands beyond it.

use super::demographics;
use super::findings::Findings;
use super::json::Node;
use super::primitive::Moment;
use crate::number::misplaced;
use access_contract::{Issue, Severity};
use access_mappings::{Guide, MbiRules};

/// Extension that stands for a name nobody knows.
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// System of social security numbers, which have no business in a payload.
const SOCIAL_SECURITY: &str = "http://hl7.org/fhir/sid/us-ssn";

/// Where the identifiers of a person come from.
const IDENTIFIERS: &str = "look at PID-3 and IN2-6";

/// Checks the Patient at `at`.
pub(super) fn check(guide: &Guide, mbi: &MbiRules, patient: &Node, at: &str, findings: &mut Findings) {
    check_profile(guide, patient, at, findings);
    check_identifiers(guide, mbi, patient, at, findings);
    check_names(patient, at, findings);
    if patient.get("gender").is_none() {
        findings.error("gender-missing", format!("{at}.gender"), "the patient has no gender");
    }
    check_birth_date(patient, at, findings);
    demographics::check(patient, at, findings);
    for (index, contact) in patient.items_of("telecom").iter().enumerate() {
        for part in ["system", "value"] {
            if contact.get(part).is_none() {
                findings.error(
                    "element-missing",
                    format!("{at}.telecom[{index}].{part}"),
                    "US Core demands this element",
                );
            }
        }
    }
    if patient.get("id").is_none() {
        findings.warning(
            "patient-id-missing",
            format!("{at}.id"),
            "without an id no condition can point to the patient",
        );
    }
}

/// `meta.profile`
fn check_profile(guide: &Guide, patient: &Node, at: &str, findings: &mut Findings) {
    let wanted = guide.systems.patient_profile.as_str();
    let bare = wanted.split('|').next().unwrap_or(wanted);
    let declared = patient.get("meta").map_or(&[][..], |meta| meta.items_of("profile"));
    if !declared.iter().filter_map(Node::text).any(|canonical| canonical == wanted || canonical == bare) {
        findings.push(
            Issue::new(
                Severity::Warning,
                "patient-profile",
                format!("{at}.meta.profile"),
                "the patient does not declare the US Core profile the guide names",
            )
            .hint(format!("declare {wanted}")),
        );
    }
    for (index, canonical) in declared.iter().filter_map(Node::text).enumerate() {
        if canonical.starts_with(&guide.canonical) {
            findings.error(
                "profile-unknown",
                format!("{at}.meta.profile[{index}]"),
                "the guide has no profile for a patient",
            );
        }
    }
}

/// Identifiers, the MBI among them.
fn check_identifiers(guide: &Guide, rules: &MbiRules, patient: &Node, at: &str, findings: &mut Findings) {
    let systems = &guide.systems;
    let mut numbers: Vec<(usize, &str)> = Vec::new();
    let mut aliased = false;
    for (index, identifier) in patient.items_of("identifier").iter().enumerate() {
        for part in ["system", "value"] {
            if identifier.get(part).is_none() {
                let message = "each identifier has a system and a value";
                findings.error("identifier-incomplete", format!("{at}.identifier[{index}].{part}"), message);
            }
        }
        let system = identifier.text_of("system").unwrap_or_default();
        if system == systems.mbi {
            numbers.push((index, identifier.text_of("value").unwrap_or_default()));
        } else if systems.mbi_aliases.iter().any(|alias| alias == system) {
            aliased = true;
        } else if system == SOCIAL_SECURITY {
            findings.push(
                Issue::new(
                    Severity::Warning,
                    "identifier-needless",
                    format!("{at}.identifier[{index}]"),
                    "a social security number is not needed and should not be sent",
                )
                .hint("take it out; it usually comes from PID-3 or PID-19"),
            );
        }
    }
    let Some((first, value)) = numbers.first() else {
        let message = if aliased {
            "the Medicare number stands under a system the guide does not use"
        } else {
            "the patient has no Medicare Beneficiary Identifier"
        };
        findings.push(
            Issue::new(Severity::Error, "mbi-missing", format!("{at}.identifier"), message)
                .hint(format!("send it under {}; {IDENTIFIERS}", systems.mbi)),
        );
        return;
    };
    for (index, value) in &numbers {
        check_mbi(rules, value, &format!("{at}.identifier[{index}].value"), findings);
    }
    if let Some((index, _)) = numbers.iter().find(|(index, other)| index != first && other != value) {
        findings.error(
            "mbi-ambiguous",
            format!("{at}.identifier[{index}]"),
            "the patient has two different Medicare numbers",
        );
    }
}

/// The form of one MBI.
fn check_mbi(rules: &MbiRules, value: &str, at: &str, findings: &mut Findings) {
    if value.len() != 11 || !value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
        findings.push(
            Issue::new(
                Severity::Error,
                "mbi-form",
                at,
                "a Medicare Beneficiary Identifier has 11 digits and capital letters, without dashes and blanks",
            )
            .hint(IDENTIFIERS),
        );
    } else if let Some(position) = misplaced(value) {
        findings.push(
            Issue::new(
                Severity::Warning,
                "mbi-positions",
                at,
                format!("position {position} of the number is not what Medicare gives out"),
            )
            .hint(IDENTIFIERS),
        );
    }
    if rules.placeholders.iter().any(|known| known == value) && !rules.allow_placeholders {
        findings.push(
            Issue::new(Severity::Warning, "mbi-placeholder", at, "this is a well-known sample number")
                .hint(IDENTIFIERS),
        );
    }
}

/// At least one name, each with family or given.
fn check_names(patient: &Node, at: &str, findings: &mut Findings) {
    let names = patient.items_of("name");
    if names.is_empty() {
        findings.error("name-missing", format!("{at}.name"), "the patient has no name");
    }
    for (index, name) in names.iter().enumerate() {
        let absent = name.items_of("extension").iter().any(|extension| extension.text_of("url") == Some(ABSENT));
        let said = name.get("family").is_some() || !name.items_of("given").is_empty();
        if said == absent {
            findings.error("name-missing", format!("{at}.name[{index}]"), "a name has a family name or a given name");
        }
    }
}

/// The birth date, which the service compares with its record.
fn check_birth_date(patient: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.birthDate");
    match patient.text_of("birthDate").map(Moment::read) {
        None => findings.error("birth-date-missing", at, "the patient has no birth date, which the service demands"),
        Some(None | Some(Moment::Instant)) => {
            findings.error("birth-date-invalid", at, "the birth date is not a day of the calendar");
        }
        Some(Some(Moment::Year | Moment::Month)) => {
            findings.error("birth-date-invalid", at, "the birth date is not exact to the day");
        }
        Some(Some(Moment::Day)) => {}
    }
}
