//! The closed parameter lists of the four requests, and their invariants.

use super::findings::Findings;
use super::json::Node;
use super::{condition, not_checked, patient, report};
use access_contract::{Issue, Severity};
use access_mappings::{Guide, MbiRules};

/// Most parameters of a request.
pub const MAX_PARAMETERS: usize = 1000;

/// What a parameter carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// `valueIdentifier`
    Identifier,
    /// `valueCodeableConcept`
    Concept,
    /// `valueBoolean`
    Boolean,
    /// `resource` of that type.
    Resource(&'static str),
}

/// One parameter of a request.
struct Slice {
    name: &'static str,
    content: Content,
    least: usize,
    most: usize,
}

const fn slice(name: &'static str, content: Content, least: usize, most: usize) -> Slice {
    Slice { name, content, least, most }
}

static COMMON: [Slice; 4] = [
    slice("participantID", Content::Identifier, 1, 1),
    slice("payerID", Content::Identifier, 1, 1),
    slice("patient", Content::Resource("Patient"), 1, 1),
    slice("track", Content::Concept, 1, 1),
];

static CHECK_ELIGIBILITY: &[Slice] = &[slice("condition", Content::Resource("Condition"), 0, usize::MAX)];

static ALIGN: &[Slice] = &[
    slice("condition", Content::Resource("Condition"), 1, usize::MAX),
    slice("isProviderReferral", Content::Boolean, 1, 1),
    slice("switchConsentAttestation", Content::Boolean, 0, 1),
];

static UNALIGN: &[Slice] =
    &[slice("condition", Content::Resource("Condition"), 0, usize::MAX), slice("reason", Content::Concept, 1, 1)];

/// A report has its person inside the document.
static REPORT_DATA: &[Slice] = &[
    slice("participantID", Content::Identifier, 1, 1),
    slice("payerID", Content::Identifier, 1, 1),
    slice("track", Content::Concept, 1, 1),
    slice("reportType", Content::Concept, 1, 1),
    slice("dataBundle", Content::Resource("Bundle"), 1, usize::MAX),
];

/// The parameters of an operation, the common ones first; none for an operation that is not checked.
fn slices(operation: &str) -> Option<[&'static [Slice]; 2]> {
    match operation {
        "check-eligibility" => Some([&COMMON, CHECK_ELIGIBILITY]),
        "align" => Some([&COMMON, ALIGN]),
        "unalign" => Some([&COMMON, UNALIGN]),
        "report-data" => Some([REPORT_DATA, &[]]),
        _ => None,
    }
}

/// Checks a `Parameters` resource against the request profile it declares.
pub(super) fn check(guide: &Guide, mbi: &MbiRules, node: &Node, findings: &mut Findings) {
    let Some(operation) = declared(guide, node, findings) else { return };
    let Some(slices) = slices(&operation) else { return };
    if node.items_of("parameter").len() > MAX_PARAMETERS {
        findings.error("too-many-parameters", "Parameters.parameter", "a request has at most 1000 parameters");
        return;
    }
    let track = check_track(guide, node, findings);
    let patient_id = named(node, "patient").next().and_then(|(_, item)| item.get("resource")?.text_of("id"));

    for (index, item) in node.items_of("parameter").iter().enumerate() {
        let at = format!("Parameters.parameter[{index}]");
        let Some(name) = item.text_of("name") else { continue };
        let Some(slice) = slices.into_iter().flatten().find(|slice| slice.name == name) else {
            let issue =
                Issue::new(Severity::Error, "parameter-unknown", at, "the request has no parameter of that name");
            findings.push(if name == "conditions" {
                issue.hint("the name is `condition`, once for each diagnosis")
            } else {
                issue
            });
            continue;
        };
        if !check_content(item, slice.content, &at, findings) {
            continue;
        }
        match name {
            "participantID" => check_participant(guide, item, &at, findings),
            "payerID" => check_payer(guide, item, &at, findings),
            "patient" => {
                if let Some(resource) = item.get("resource") {
                    patient::check(guide, mbi, resource, &format!("{at}.resource"), findings);
                }
            }
            "condition" => {
                if let Some(resource) = item.get("resource") {
                    let place = condition::Place {
                        guide,
                        track: track.as_deref(),
                        patient_id,
                        unalign: operation == "unalign",
                    };
                    condition::check(&place, resource, &format!("{at}.resource"), findings);
                }
            }
            "reportType" => check_report_type(guide, item, &at, findings),
            "dataBundle" => {
                if let Some(bundle) = item.get("resource") {
                    let participant = named(node, "participantID")
                        .next()
                        .and_then(|(_, item)| item.get("valueIdentifier")?.text_of("value"));
                    let request = [track.as_deref(), participant];
                    report::check_document(guide, mbi, bundle, &format!("{at}.resource"), request, findings);
                }
            }
            "reason" => check_reason(guide, node, item, &at, findings),
            _ => {}
        }
    }
    for slice in slices.into_iter().flatten() {
        check_count(node, slice, findings);
    }
}

/// The parameters of that name, with their positions.
fn named<'a, 't>(node: &'a Node<'t>, name: &'a str) -> impl Iterator<Item = (usize, &'a Node<'t>)> {
    node.items_of("parameter").iter().enumerate().filter(move |(_, item)| item.text_of("name") == Some(name))
}

/// The operation whose request profile is declared.
fn declared(guide: &Guide, node: &Node, findings: &mut Findings) -> Option<String> {
    let at = "Parameters.meta.profile";
    let mut found: Vec<String> = Vec::new();
    let mut other = false;
    let declared = node.get("meta").map_or(&[][..], |meta| meta.items_of("profile"));
    for (index, canonical) in declared.iter().filter_map(Node::text).enumerate() {
        let (canonical, version) = canonical.split_once('|').unwrap_or((canonical, guide.version.as_str()));
        let at = format!("{at}[{index}]");
        if let Some(operation) = guide.operations.iter().find(|known| known.profile == canonical) {
            if version != guide.version {
                findings.error(
                    "profile-version",
                    at,
                    "the profile is of another version of the guide than the one in use",
                );
            }
            if slices(&operation.code).is_some() {
                found.push(operation.code.clone());
            } else {
                other = true;
            }
        } else if let Some(name) = canonical.strip_prefix(&format!("{}/", guide.canonical)) {
            if is_other_profile(name) {
                other = true;
            } else {
                findings.error("profile-unknown", at, "the guide has no such profile for Parameters");
            }
        }
    }
    found.dedup();
    if found.len() > 1 {
        findings.error("profile-ambiguous", at, "a request declares the profile of one operation only");
        return None;
    }
    let operation = found.pop();
    if operation.is_none() {
        let request = COMMON.iter().any(|slice| named(node, slice.name).next().is_some());
        if request && !other {
            findings.push(
                Issue::new(Severity::Error, "profile-missing", at, "a request declares the profile of its operation")
                    .hint("name the request profile, for example StructureDefinition/access-align-in of the guide"),
            );
        } else {
            findings.push(not_checked("Parameters"));
        }
    }
    operation
}

/// Whether `name` is a profile of the guide for Parameters that is not checked here.
fn is_other_profile(name: &str) -> bool {
    matches!(
        name.strip_prefix("StructureDefinition/access-"),
        Some("check-eligibility-out" | "align-out" | "unalign-out" | "report-data-out" | "submission-status-out")
    )
}

/// How often a parameter is there.
fn check_count(node: &Node, slice: &Slice, findings: &mut Findings) {
    let positions: Vec<usize> = named(node, slice.name).map(|(index, _)| index).collect();
    if positions.len() < slice.least {
        let issue = Issue::new(
            Severity::Error,
            "parameter-missing",
            format!("Parameters.parameter.where(name='{}')", slice.name),
            format!("the request needs the parameter {}", slice.name),
        );
        let hint = match slice.content {
            Content::Resource("Patient") => Some("the patient is made from PID, IN1 and IN2"),
            Content::Resource("Bundle") => Some("the report's document is made from readings and answers"),
            Content::Resource(_) => Some("a qualifying diagnosis in DG1-3 is needed"),
            _ => super::findings::origin_of(slice.name, ""),
        };
        findings.push(match hint {
            Some(hint) => issue.hint(hint),
            None => issue,
        });
    }
    if let Some(extra) = positions.get(slice.most) {
        findings.error(
            "parameter-repeated",
            format!("Parameters.parameter[{extra}]"),
            "this parameter is allowed once only",
        );
    }
}

/// Whether a parameter carries what its profile demands.
fn check_content(item: &Node, content: Content, at: &str, findings: &mut Findings) -> bool {
    if item.get("modifierExtension").is_some() {
        findings.error(
            "element-forbidden",
            format!("{at}.modifierExtension"),
            "modifier extensions are not allowed here",
        );
    }
    let wanted = match content {
        Content::Identifier => "valueIdentifier",
        Content::Concept => "valueCodeableConcept",
        Content::Boolean => "valueBoolean",
        Content::Resource(_) => "resource",
    };
    let carried: Vec<&str> = item
        .members()
        .iter()
        .map(|(name, _)| &**name)
        .filter(|name| name.starts_with("value") || matches!(*name, "resource" | "part"))
        .collect();
    if carried.iter().any(|name| *name != wanted) {
        let message = format!("this parameter carries {wanted} and nothing else");
        findings.error("parameter-type", at, &message);
        return false;
    }
    if carried.is_empty() {
        findings.error("parameter-content", at, "the parameter carries nothing");
        return false;
    }
    if let Content::Resource(kind) = content
        && item.get("resource").and_then(|resource| resource.text_of("resourceType")) != Some(kind)
    {
        let message = format!("this parameter carries a {kind}");
        findings.error("parameter-type", format!("{at}.resource"), &message);
        return false;
    }
    true
}

/// `participantID`
fn check_participant(guide: &Guide, item: &Node, at: &str, findings: &mut Findings) {
    let identifier = item.get("valueIdentifier");
    let value = identifier.and_then(|identifier| identifier.text_of("value")).unwrap_or_default();
    if !is_participant(value) {
        let message = if value.strip_prefix("ACCESS").is_some_and(|rest| rest.len() == 4) {
            "this is the old form of a participant id: it is ACCES (one S at the end) and five digits now"
        } else {
            "a participant id is ACCES (one S at the end) and five digits"
        };
        findings.error("participant-pattern", format!("{at}.valueIdentifier.value"), message);
    }
    if identifier.and_then(|identifier| identifier.text_of("system")) != Some(guide.systems.participant.as_str()) {
        findings.warning(
            "participant-system",
            format!("{at}.valueIdentifier.system"),
            "this is not the system the guide's examples use for participants",
        );
    }
}

/// Whether `value` is a participant id: `ACCES` and five digits.
pub(crate) fn is_participant(value: &str) -> bool {
    value.strip_prefix("ACCES").is_some_and(|rest| rest.len() == 5 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `payerID`
fn check_payer(guide: &Guide, item: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.valueIdentifier");
    let Some(identifier) = item.get("valueIdentifier") else { return };
    if identifier.text_of("system") != Some(guide.systems.payer.as_str()) {
        findings.error("payer-system", format!("{at}.system"), "the payer id has not the system of X12 payer ids");
    }
    let value = identifier.text_of("value").unwrap_or_default();
    if value.is_empty() {
        findings.error("payer-missing", format!("{at}.value"), "the payer id has no value");
    } else if value.len() != 5 || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        findings.warning("payer-form", format!("{at}.value"), "a payer id usually has five letters or digits");
    }
    let typed = identifier.get("type").is_some_and(|kind| {
        kind.items_of("coding").iter().any(|coding| {
            coding.text_of("system") == Some(guide.systems.payer_type.as_str())
                && coding.text_of("code") == Some(guide.systems.payer_type_code.as_str())
        })
    });
    if !typed {
        findings.warning(
            "payer-type",
            format!("{at}.type"),
            "the payer id has not the type the guide's examples give it",
        );
    }
}

/// `track`; returns its code where it is one of the guide.
fn check_track(guide: &Guide, node: &Node, findings: &mut Findings) -> Option<String> {
    let (index, item) = named(node, "track").next()?;
    let at = format!("Parameters.parameter[{index}].valueCodeableConcept.coding");
    let code = one_code(item, &guide.systems.track, ["track-repeated-coding", "track-unknown"], &at, findings)?;
    if guide.track(code).is_none() {
        let codes: Vec<&str> = guide.tracks.iter().map(|track| track.code.as_str()).collect();
        let message = format!("the track is one of {}, spelled exactly so", codes.join(", "));
        findings.error("track-unknown", at, &message);
        return None;
    }
    Some(code.to_owned())
}

/// `reportType`
fn check_report_type(guide: &Guide, item: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.valueCodeableConcept.coding");
    let Some(code) =
        one_code(item, &guide.reporting.type_system, ["report-type-ambiguous", "report-type-unknown"], &at, findings)
    else {
        return;
    };
    if !guide.reporting.types.contains_key(code) {
        let codes: Vec<&str> = guide.reporting.types.keys().map(String::as_str).collect();
        let message = format!("the type of a report is one of {}", codes.join(", "));
        findings.error("report-type-unknown", at, &message);
    }
}

/// `reason`, and that a condition is there if the reason needs one.
fn check_reason(guide: &Guide, node: &Node, item: &Node, at: &str, findings: &mut Findings) {
    let at = format!("{at}.valueCodeableConcept.coding");
    let Some(code) = one_code(item, &guide.systems.reason, ["reason-ambiguous", "reason-unknown"], &at, findings)
    else {
        return;
    };
    let Some(reason) = guide.reasons.iter().find(|reason| reason.code == code) else {
        let codes: Vec<&str> = guide.reasons.iter().map(|reason| reason.code.as_str()).collect();
        let message = format!("the reason is one of {}", codes.join(", "));
        findings.error("reason-unknown", at, &message);
        return;
    };
    if reason.needs_condition && named(node, "condition").next().is_none() {
        findings.push(
            Issue::new(
                Severity::Error,
                "reason-needs-condition",
                "Parameters.parameter.where(name='condition')",
                "this reason needs the condition that excludes the patient",
            )
            .hint("a diagnosis in DG1-3 that excludes from the track is needed"),
        );
    }
}

/// The code of the only coding of `system` in a concept.
fn one_code<'a>(
    item: &'a Node,
    system: &str,
    [ambiguous, unknown]: [&str; 2],
    at: &str,
    findings: &mut Findings,
) -> Option<&'a str> {
    let codings = item.get("valueCodeableConcept")?.items_of("coding");
    let mut fitting = codings.iter().filter(|coding| coding.text_of("system") == Some(system));
    let first = fitting.next();
    if fitting.next().is_some() {
        findings.error(ambiguous, at, "more than one coding of the guide's code system");
    }
    let code = first.and_then(|coding| coding.text_of("code"));
    if code.is_none() {
        findings.error(unknown, at, "no coding of the guide's code system");
    }
    code
}
