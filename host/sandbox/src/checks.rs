//! Checks an operation's request resource by resource and reads what the rules need from it.
//!
//! The checks run in the order a request meets them; the first that fails refuses the request.

mod composition;
mod condition;
mod content;
mod document;
mod parameters;
mod patient;
mod report;

use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::scenario::{Reporting, Wording};
use access_mappings::Guide;
use parameters::Parameters;
pub(crate) use report::ReportFacts;
use serde_json::Value;

/// What a request asks for, once every check has passed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) operation: Operation,
    pub(crate) participant: String,
    pub(crate) track: String,
    pub(crate) patient: Identity,
    /// ICD-10-CM codes of the conditions that are current and not refuted.
    pub(crate) diagnoses: Vec<String>,
    pub(crate) attested: bool,
    /// Unalignment reason.
    pub(crate) reason: Option<String>,
    /// What is reported, by `$report-data`.
    pub(crate) report: Option<ReportFacts>,
}

/// Who it is about.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) mbi: String,
    pub(crate) family: String,
    pub(crate) given: Vec<String>,
    pub(crate) birth_date: String,
    pub(crate) gender: String,
}

/// Checks a body.
pub(crate) fn check(
    operation: Operation,
    entity: &str,
    body: Option<&Value>,
    guide: &Guide,
    wording: Wording,
    reporting: &Reporting,
) -> Result<Question, Refusal> {
    let Some(body) = body else {
        return Err(Refusal::structure("Expected a Parameters.parameter array, got malformed JSON"));
    };
    let parameters = Parameters::read(operation, body, guide, wording)?;
    let participant = parameters.identifier("participantID")?;
    if participant != entity {
        return Err(Refusal::participant());
    }
    parameters.identifier("payerID")?;
    let track = parameters.track(guide)?;
    if operation == Operation::ReportData {
        parameters.report_type(guide)?;
        parameters.check_profile(guide)?;
        let (report, patient) = report::read(&parameters, &track, guide, wording, reporting)?;
        return Ok(Question {
            operation,
            participant: participant.to_owned(),
            track,
            patient,
            diagnoses: Vec::new(),
            attested: false,
            reason: None,
            report: Some(report),
        });
    }
    let reason = if operation == Operation::Unalign { Some(parameters.reason(guide)?) } else { None };
    parameters.check_condition_count(reason.as_deref(), guide, wording)?;
    parameters.check_profile(guide)?;
    if operation == Operation::Align {
        parameters.boolean("isProviderReferral")?;
    }
    let attested = parameters.boolean("switchConsentAttestation")?.unwrap_or(false);
    let patient = patient::read(parameters.resource("patient", "Patient")?, guide, wording)?;
    let mut diagnoses = Vec::new();
    for condition in parameters.conditions()? {
        diagnoses.extend(condition::read(condition, operation, guide)?);
    }
    Ok(Question {
        operation,
        participant: participant.to_owned(),
        track,
        patient,
        diagnoses,
        attested,
        reason,
        report: None,
    })
}

/// The MBI a body names, whether or not the body passes the checks. For matching faults only.
pub(crate) fn glimpse_mbi<'a>(body: &'a Value, guide: &Guide) -> Option<&'a str> {
    let resource = |name| parameters::find(body, name).and_then(|parameter| parameter.get("resource"));
    let in_bundle = || {
        elements(resource("dataBundle")?.get("entry"))
            .iter()
            .filter_map(|entry| entry.get("resource"))
            .find(|resource| text(resource, "resourceType") == Some("Patient"))
    };
    patient::mbi(resource("patient").or_else(in_bundle)?, guide)
}

/// The track a body names, likewise.
pub(crate) fn glimpse_track(body: &Value) -> Option<&str> {
    parameters::find(body, "track")?.pointer("/valueCodeableConcept/coding/0/code")?.as_str()
}

/// The elements of an array; none where it is no array.
fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text that is not empty.
fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The codes of a system among the codings of a CodeableConcept.
fn codes<'a>(concept: Option<&'a Value>, system: &str) -> Vec<Option<&'a str>> {
    elements(concept.and_then(|concept| concept.get("coding")))
        .iter()
        .filter(|coding| text(coding, "system") == Some(system))
        .map(|coding| text(coding, "code"))
        .collect()
}
