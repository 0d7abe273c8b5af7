//! The inline Conditions: US Core problems and the ACCESS track profiles.

use super::findings::Findings;
use super::json::Node;
use access_contract::{Issue, Severity};
use access_mappings::Guide;

/// US Core's own category system, which has the code `health-concern`.
const US_CORE_CATEGORY: &str = "http://hl7.org/fhir/us/core/CodeSystem/condition-category";

/// Codes of `condition-clinical`.
const CLINICAL: [&str; 6] = ["active", "recurrence", "relapse", "inactive", "remission", "resolved"];

/// Codes of `condition-ver-status`.
const VERIFICATION: [&str; 6] =
    ["unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"];

/// Where a condition stands, which decides what is demanded of it.
pub(super) struct Place<'a> {
    /// The guide in use.
    pub(super) guide: &'a Guide,
    /// The request's track, where it is a valid one.
    pub(super) track: Option<&'a str>,
    /// Id of the inline Patient.
    pub(super) patient_id: Option<&'a str>,
    /// Whether the request is `$unalign`.
    pub(super) unalign: bool,
}

/// Checks the Condition at `at`.
pub(super) fn check(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    check_profile(place, condition, at, findings);
    check_code(place, condition, at, findings);
    check_category(place, condition, at, findings);
    check_subject(place, condition, at, findings);
    check_status(place, condition, at, findings);
}

/// `meta.profile`
fn check_profile(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    let wanted = if place.unalign {
        place.guide.exclusion_condition_profile.clone()
    } else {
        let Some(track) = place.track.and_then(|track| place.guide.track(track)) else { return };
        track.condition_profile.clone()
    };
    let declared = condition.get("meta").map_or(&[][..], |meta| meta.items_of("profile"));
    let mut found = false;
    for (index, canonical) in declared.iter().filter_map(Node::text).enumerate() {
        let bare = canonical.split('|').next().unwrap_or(canonical);
        let at = format!("{at}.meta.profile[{index}]");
        let general = format!("{}/StructureDefinition/access-condition", place.guide.canonical);
        if bare == wanted {
            found = true;
        } else if bare.starts_with(&place.guide.canonical) && bare != general {
            findings.error("condition-profile", at, "the condition declares a profile of another track or use");
        }
    }
    if !found {
        findings.push(
            Issue::new(
                Severity::Error,
                "condition-profile",
                format!("{at}.meta.profile"),
                "the condition does not declare the profile its place demands",
            )
            .hint(format!("declare {wanted}")),
        );
    }
}

/// Exactly one ICD-10-CM coding, which qualifies for the track.
fn check_code(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.code.coding");
    let system = place.guide.systems.icd10cm.as_str();
    let codings = condition.get("code").map_or(&[][..], |code| code.items_of("coding"));
    let mut fitting = codings.iter().enumerate().filter(|(_, coding)| coding.text_of("system") == Some(system));
    let Some((index, coding)) = fitting.next() else {
        findings.error("condition-code-missing", at, "the condition has no ICD-10-CM code");
        return;
    };
    if let Some((extra, _)) = fitting.next() {
        findings.error("condition-code-repeated", format!("{at}[{extra}]"), "a condition has one ICD-10-CM code only");
    }
    let at = format!("{at}[{index}].code");
    let Some(code) = coding.text_of("code") else {
        findings.error("condition-code-missing", at, "the ICD-10-CM coding has no code");
        return;
    };
    if !is_icd10cm(code) {
        findings.push(
            Issue::new(
                Severity::Error,
                "condition-code-form",
                at,
                "this is not a dotted ICD-10-CM code in capital letters",
            )
            .hint("look at DG1-3"),
        );
        return;
    }
    let Some(track) = place.track.and_then(|track| place.guide.track(track)) else { return };
    if !place.unalign {
        if !track.qualifying.contains(code) {
            findings.push(
                Issue::new(
                    Severity::Error,
                    "condition-not-in-track",
                    at,
                    "the diagnosis does not qualify for the track",
                )
                .hint("look at DG1-3, or choose the track it qualifies for"),
            );
        }
    } else if !track.exclusions.matches(code) && !qualifies_in_family(place.guide, &track.code, &track.family, code) {
        findings.push(
            Issue::new(
                Severity::Warning,
                "condition-not-excluding",
                at,
                "the diagnosis does not exclude from the track",
            )
            .hint("look at DG1-3"),
        );
    }
}

/// Whether `code` qualifies for another track of the family, which is a reason to leave this one.
fn qualifies_in_family(guide: &Guide, track: &str, family: &str, code: &str) -> bool {
    guide.tracks.iter().any(|other| other.code != track && other.family == family && other.qualifying.contains(code))
}

/// The form of a dotted ICD-10-CM code: three characters, then a dot and one to four more.
fn is_icd10cm(code: &str) -> bool {
    let (head, tail) = code.split_once('.').map_or((code, None), |(head, tail)| (head, Some(tail)));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let first =
        head.starts_with(|c: char| c.is_ascii_uppercase()) && head.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    head.len() == 3 && first && plain(head) && tail.is_none_or(|tail| (1..=4).contains(&tail.len()) && plain(tail))
}

/// The category that makes it a problem.
fn check_category(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.category");
    let systems = &place.guide.systems;
    let has = |category: &Node, system: &str, code: &str| {
        let fits = |coding: &Node| coding.text_of("system") == Some(system) && coding.text_of("code") == Some(code);
        category.items_of("coding").iter().any(fits)
    };
    let categories = condition.items_of("category");
    let problem = |category: &&Node| has(category, &systems.condition_category, &systems.condition_category_code);
    let problems = categories.iter().filter(problem).count();
    let concern = categories.iter().any(|category| has(category, US_CORE_CATEGORY, "health-concern"));
    if problems > 1 && !place.unalign {
        findings.error("condition-category", at, "a condition has the category of a problem once only");
    } else if problems == 0 && !(place.unalign && concern) {
        findings.error("condition-category", at, "a condition needs the category problem-list-item");
    }
}

/// The subject is the inline Patient.
fn check_subject(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    let reference = condition.get("subject").and_then(|subject| subject.text_of("reference"));
    let fits = match (reference, place.patient_id) {
        (Some(reference), Some(id)) => reference.strip_prefix("Patient/") == Some(id),
        (Some(reference), None) => reference.starts_with("Patient/"),
        (None, _) => false,
    };
    if !fits {
        findings.error(
            "condition-subject",
            format!("{at}.subject.reference"),
            "the subject of a condition is the patient of the same request",
        );
    }
}

/// Clinical and verification status, and the invariants between them.
fn check_status(place: &Place<'_>, condition: &Node, at: &str, findings: &mut Findings) {
    let systems = &place.guide.systems;
    let mut read = |element: &str, system: &str, allowed: &[&str]| -> Option<String> {
        let concept = condition.get(element)?;
        let code = concept
            .items_of("coding")
            .iter()
            .filter(|coding| coding.text_of("system") == Some(system))
            .find_map(|coding| coding.text_of("code"));
        if !code.is_some_and(|code| allowed.contains(&code)) {
            findings.error("condition-status", format!("{at}.{element}"), "the status is not one of FHIR's codes");
        }
        code.map(str::to_owned)
    };
    let clinical = read("clinicalStatus", &systems.condition_clinical, &CLINICAL);
    let verification = read("verificationStatus", &systems.condition_verification, &VERIFICATION);
    let erroneous = verification.as_deref() == Some("entered-in-error");
    let abated = condition.members().iter().any(|(name, _)| name.starts_with("abatement"));
    let ended = matches!(clinical.as_deref(), Some("inactive" | "resolved" | "remission"));
    let status = format!("{at}.clinicalStatus");
    if condition.get("clinicalStatus").is_none() {
        if !erroneous {
            findings.warning(
                "condition-clinical-status-missing",
                status.clone(),
                "a problem should have a clinical status",
            );
        }
    } else if erroneous {
        findings.error(
            "condition-entered-in-error",
            status.clone(),
            "a diagnosis entered in error has no clinical status",
        );
    }
    if abated && !ended {
        findings.error("condition-abated", status, "a condition that has ended is inactive, resolved or in remission");
    }
    if erroneous || verification.as_deref() == Some("refuted") {
        findings.warning(
            "condition-not-confirmed",
            format!("{at}.verificationStatus"),
            "a diagnosis that is wrong or ruled out is no ground for a request",
        );
    }
}
