//! A notice as a FHIR R4 Bundle of type collection.
//!
//! Entries, in this order:
//!
//! 1. the Patient with the identifiers of `PID-3` (none that Medicare gave, but the MBI where the notice carries it), if
//!    there is any;
//! 2. what CMS answered, as received but for white space between tokens, and for Medicare numbers unless notices carry them, where the envelope has it and it is FHIR; else,
//!    if the notice carries a result code of the guide, a `Parameters` with it in the shape of the operation's response;
//! 3. an OperationOutcome with what happened and what to do next as its first issue, then the notice's own issues.

use super::{answer, bounded, pid, unwritable};
use access_contract::{Envelope, Issue, Notice, Severity};
use access_mappings::Profile;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// System of the Bundle's identifier, which is the notice's id.
pub const NOTICE_SYSTEM: &str = "urn:access-bridge:notice";

/// System of issue codes that are this product's own.
pub const ISSUE_SYSTEM: &str = "urn:access-bridge:issue";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle<'a> {
    resource_type: &'static str,
    identifier: Identifier<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    entry: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    full_url: &'static str,
    resource: Resource<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Resource<'a> {
    Patient(Patient),
    Received(Box<RawValue>),
    Parameters(Parameters<'a>),
    Outcome(Outcome),
}

#[derive(Serialize)]
struct Identifier<'a> {
    system: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Patient {
    resource_type: &'static str,
    identifier: Vec<Number>,
}

/// An identifier of the patient.
#[derive(Serialize)]
struct Number {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<Concept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigner: Option<Display>,
}

#[derive(Serialize)]
struct Display {
    display: String,
}

#[derive(Serialize)]
struct Concept {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coding: Vec<Coding>,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
}

#[derive(Serialize)]
struct Coding {
    system: String,
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    display: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    resource_type: &'static str,
    meta: Meta,
    parameter: [Parameter<'a>; 1],
}

#[derive(Serialize)]
struct Meta {
    profile: [String; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameter<'a> {
    name: &'a str,
    value_codeable_concept: Concept,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    resource_type: &'static str,
    issue: Vec<OutcomeIssue>,
}

#[derive(Serialize)]
struct OutcomeIssue {
    severity: &'static str,
    code: String,
    details: Concept,
    #[serde(skip_serializing_if = "String::is_empty")]
    diagnostics: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expression: Vec<String>,
}

/// Renders the Bundle in one line.
pub(super) fn render(profile: &Profile, notice: &Notice, envelope: &Envelope, at: Timestamp) -> Result<String, Issue> {
    let mut entry = Vec::new();
    if let Some(patient) = build_patient(profile, notice) {
        entry.push(Entry { full_url: "urn:access-bridge:patient", resource: Resource::Patient(patient) });
    }
    let shows = profile.notices.include_mbi;
    if let Some(received) = envelope.answer.as_deref().and_then(|text| answer::resource(text, shows)) {
        entry.push(Entry { full_url: "urn:access-bridge:result", resource: Resource::Received(received) });
    } else if let Some(result) = build_result(profile, notice) {
        entry.push(Entry { full_url: "urn:access-bridge:result", resource: Resource::Parameters(result) });
    }
    entry.push(Entry { full_url: "urn:access-bridge:outcome", resource: Resource::Outcome(build_outcome(notice)) });
    let bundle = Bundle {
        resource_type: "Bundle",
        identifier: Identifier { system: NOTICE_SYSTEM, value: &envelope.id },
        kind: "collection",
        timestamp: at.to_string(),
        entry,
    };
    serde_json::to_string(&bundle).map_err(unwritable)
}

/// The Patient; none where nothing names them.
fn build_patient(profile: &Profile, notice: &Notice) -> Option<Patient> {
    let medicare = |id: &pid::Identifier| {
        let named = |authority: &str| profile.mbi.authorities.iter().any(|known| known.eq_ignore_ascii_case(authority));
        id.kind == profile.guide.systems.mbi_type_code || named(&id.authority) || id.oid.as_deref().is_some_and(named)
    };
    let number = |id: pid::Identifier| Number {
        kind: (!id.kind.is_empty()).then(|| {
            let code = id.kind.trim().to_owned();
            if code.contains(char::is_whitespace) {
                return Concept { coding: Vec::new(), text: code };
            }
            let system = profile.guide.systems.identifier_type.clone();
            Concept { coding: vec![Coding { system, code, display: String::new() }], text: String::new() }
        }),
        system: id.oid.map(|oid| format!("urn:oid:{oid}")),
        value: id.value,
        assigner: (!id.authority.is_empty()).then_some(Display { display: id.authority }),
    };
    let systems = &profile.guide.systems;
    let coding =
        Coding { system: systems.identifier_type.clone(), code: systems.mbi_type_code.clone(), display: String::new() };
    let mbi = notice.mbi.as_ref().map(|mbi| Number {
        kind: Some(Concept { coding: vec![coding], text: String::new() }),
        system: Some(systems.mbi.clone()),
        value: mbi.clone(),
        assigner: None,
    });
    let identifier: Vec<Number> =
        pid::identifiers(&notice.patient).into_iter().filter(|id| !medicare(id)).map(number).chain(mbi).collect();
    (!identifier.is_empty()).then_some(Patient { resource_type: "Patient", identifier })
}

/// The result, where the notice carries one of the operation's own code system.
fn build_result<'a>(profile: &Profile, notice: &Notice) -> Option<Parameters<'a>> {
    let operation = profile.guide.operation(&notice.operation)?;
    if notice.code.is_empty() || notice.system != operation.result_system {
        return None;
    }
    let response = format!("{}-out", operation.profile.strip_suffix("-in").unwrap_or(&operation.profile));
    let coding = Coding { system: notice.system.clone(), code: notice.code.clone(), display: notice.display.clone() };
    let value_codeable_concept = Concept { coding: vec![coding], text: notice.text.clone() };
    Some(Parameters {
        resource_type: "Parameters",
        meta: Meta { profile: [response] },
        parameter: [Parameter { name: "result", value_codeable_concept }],
    })
}

fn build_outcome(notice: &Notice) -> Outcome {
    let message = if notice.text.is_empty() { notice.kind.to_string() } else { notice.text.clone() };
    let mut first = Issue::new(notice.severity.clone(), &notice.code, "", message);
    first.hint = Some(notice.next_step.clone()).filter(|step| !step.is_empty());
    let issue = std::iter::once(&first).chain(&bounded(&notice.issues)).map(build_issue).collect();
    Outcome { resource_type: "OperationOutcome", issue }
}

fn build_issue(issue: &Issue) -> OutcomeIssue {
    let (severity, general) = match issue.severity {
        Severity::Information => ("information", "informational"),
        Severity::Warning => ("warning", "processing"),
        Severity::Fatal => ("fatal", "processing"),
        Severity::Error | Severity::Other(_) => ("error", "processing"),
    };
    let own = Coding { system: ISSUE_SYSTEM.to_owned(), code: issue.code.clone(), display: String::new() };
    let (code, coding) = match issue.code.as_str() {
        known if ISSUE_TYPES.contains(&known) => (known.to_owned(), Vec::new()),
        "" => (general.to_owned(), Vec::new()),
        _ => (general.to_owned(), vec![own]),
    };
    let path = is_fhirpath(&issue.location);
    let place = if path || issue.location.is_empty() { None } else { Some(issue.location.clone()) };
    OutcomeIssue {
        severity,
        code,
        details: Concept { coding, text: issue.message.clone() },
        diagnostics: place.into_iter().chain(issue.hint.clone()).collect::<Vec<_>>().join(": "),
        expression: if path { issue.location.split(", ").map(str::to_owned).collect() } else { Vec::new() },
    }
}

/// Whether a location is FHIRPath: it starts with a resource type, where an HL7 path starts with three capital letters.
fn is_fhirpath(location: &str) -> bool {
    let mut start = location.chars();
    start.next().is_some_and(|c| c.is_ascii_uppercase()) && start.next().is_some_and(|c| c.is_ascii_lowercase())
}

/// The codes of `issue-type`.
const ISSUE_TYPES: [&str; 31] = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];
