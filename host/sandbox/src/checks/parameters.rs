//! The Parameters resource: its profile, its closed list of names, the types of its values.

use super::{codes, elements, patient, text};
use crate::measures::{REPORT_TYPES, ReportType};
use crate::operation::Operation;
use crate::refusal::{Missing, Refusal};
use crate::scenario::{Wording, is_participant};
use access_mappings::Guide;
use serde_json::Value;

/// A parameter an operation knows.
struct Slice {
    name: &'static str,
    /// What the live API calls it.
    live: &'static str,
    /// Key of its value.
    key: &'static str,
    required: bool,
    repeats: bool,
}

const fn slice(name: &'static str, live: &'static str, key: &'static str, required: bool) -> Slice {
    Slice { name, live, key, required, repeats: false }
}

const PARTICIPANT: Slice = slice("participantID", "participantID", "valueIdentifier", true);
const PAYER: Slice = slice("payerID", "payerID", "valueIdentifier", true);
const TRACK: Slice = slice("track", "track", "valueCodeableConcept", true);
const PATIENT: Slice = slice("patient", "Patient", "resource", true);
const REFERRAL: Slice = slice("isProviderReferral", "isProviderReferral", "valueBoolean", true);
const ATTESTATION: Slice = slice("switchConsentAttestation", "switchConsentAttestation", "valueBoolean", false);
const REASON: Slice = slice("reason", "reason", "valueCodeableConcept", true);
const REPORT_TYPE: Slice = slice("reportType", "reportType", "valueCodeableConcept", true);
// The profile allows several, its prose and its invariant speak of one.
const DATA_BUNDLE: Slice = slice("dataBundle", "dataBundle", "resource", true);
// Required or not depends on the operation and the reason, so it is counted by itself.
const CONDITION: Slice =
    Slice { name: "condition", live: "condition", key: "resource", required: false, repeats: true };

const CHECK_ELIGIBILITY: &[Slice] = &[PARTICIPANT, PAYER, TRACK, PATIENT, CONDITION];
const ALIGN: &[Slice] = &[PARTICIPANT, PAYER, TRACK, PATIENT, REFERRAL, ATTESTATION, CONDITION];
const UNALIGN: &[Slice] = &[PARTICIPANT, PAYER, TRACK, PATIENT, REASON, CONDITION];

const REPORT_DATA: &[Slice] = &[PARTICIPANT, PAYER, TRACK, REPORT_TYPE, DATA_BUNDLE];

const fn slices(operation: Operation) -> &'static [Slice] {
    match operation {
        Operation::CheckEligibility => CHECK_ELIGIBILITY,
        Operation::Align => ALIGN,
        Operation::Unalign => UNALIGN,
        Operation::ReportData => REPORT_DATA,
    }
}

/// A Parameters resource of which names, cardinalities and value types are right.
pub(super) struct Parameters<'a> {
    operation: Operation,
    body: &'a Value,
    parameters: &'a [Value],
}

/// The first parameter of that name.
pub(super) fn find<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    elements(body.get("parameter")).iter().find(|parameter| text(parameter, "name") == Some(name))
}

impl<'a> Parameters<'a> {
    pub(super) fn read(
        operation: Operation,
        body: &'a Value,
        guide: &Guide,
        wording: Wording,
    ) -> Result<Self, Refusal> {
        if text(body, "resourceType") != Some("Parameters") {
            return Err(Refusal::structure("Expected a Parameters resource"));
        }
        let Some(parameters) = body.get("parameter").and_then(Value::as_array) else {
            return Err(Refusal::structure("Expected a Parameters.parameter array"));
        };
        let read = Self { operation, body, parameters };
        read.check_names()?;
        read.check_required(guide, wording)?;
        Ok(read)
    }

    /// The operation's profile must be named, with or without a version.
    pub(super) fn check_profile(&self, guide: &Guide) -> Result<(), Refusal> {
        check_profile(self.operation, self.body, guide)
    }

    /// The names are closed and most of them stand once.
    fn check_names(&self) -> Result<(), Refusal> {
        let slices = slices(self.operation);
        for (index, parameter) in self.parameters.iter().enumerate() {
            let slice = text(parameter, "name").and_then(|name| slices.iter().find(|slice| slice.name == name));
            let Some(slice) = slice else {
                return Err(Refusal::profile(&format!(
                    "Parameters.parameter[{index}].name is not one of this operation's"
                )));
            };
            let allowed = |key: &String| ["id", "extension", "name", slice.key].contains(&key.as_str());
            if !parameter.as_object().is_some_and(|object| object.keys().all(allowed)) {
                return Err(Refusal::profile(&format!("Parameters.parameter[{index}] may only have {}", slice.key)));
            }
            if !slice.repeats
                && self.parameters.iter().filter(|other| text(other, "name") == Some(slice.name)).count() > 1
            {
                return Err(Refusal::profile(&format!("Parameters.parameter:{} must not repeat", slice.name)));
            }
        }
        Ok(())
    }

    fn check_required(&self, guide: &Guide, wording: Wording) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        for slice in slices(self.operation) {
            if slice.required && self.value(slice.name).is_none() {
                missing.push(Missing::parameter(slice.name, slice.live));
            }
            // The live API lists the patient's fields in the same sentence.
            if slice.name == PATIENT.name && wording == Wording::Live {
                missing.extend(patient::missing(self.value(PATIENT.name), guide));
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(wording, &missing)) }
    }

    /// The value under the key that goes with the name.
    fn value(&self, name: &str) -> Option<&'a Value> {
        let key = slices(self.operation).iter().find(|slice| slice.name == name)?.key;
        self.parameters.iter().find(|parameter| text(parameter, "name") == Some(name))?.get(key)
    }

    /// The value of an identifier.
    pub(super) fn identifier(&self, name: &str) -> Result<&'a str, Refusal> {
        let value = self.value(name).and_then(|identifier| text(identifier, "value"));
        match (name, value) {
            ("participantID", Some(value)) if is_participant(value) => Ok(value),
            ("participantID", _) => Err(Refusal::participant()),
            (_, Some(value)) => Ok(value),
            (_, None) => Err(Refusal::profile(&format!("{name}.value is required"))),
        }
    }

    /// A truth value; unset where the parameter is not there.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(Refusal::profile(&format!("{name} must be a boolean"))),
        }
    }

    pub(super) fn resource(&self, name: &str, kind: &str) -> Result<&'a Value, Refusal> {
        match self.value(name) {
            Some(resource) if text(resource, "resourceType") == Some(kind) => Ok(resource),
            _ => Err(Refusal::profile(&format!("{name} must be a {kind} resource"))),
        }
    }

    pub(super) fn conditions(&self) -> Result<Vec<&'a Value>, Refusal> {
        self.parameters
            .iter()
            .filter(|parameter| text(parameter, "name") == Some(CONDITION.name))
            .map(|parameter| match parameter.get(CONDITION.key) {
                Some(resource) if text(resource, "resourceType") == Some("Condition") => Ok(resource),
                _ => Err(Refusal::profile("condition must be a Condition resource")),
            })
            .collect()
    }

    /// `$align` needs a condition, `$unalign` for some reasons.
    pub(super) fn check_condition_count(
        &self,
        reason: Option<&str>,
        guide: &Guide,
        wording: Wording,
    ) -> Result<(), Refusal> {
        let needed = match reason {
            Some(reason) => guide.reasons.iter().any(|known| known.code == reason && known.needs_condition),
            None => self.operation == Operation::Align,
        };
        if needed && !self.parameters.iter().any(|parameter| text(parameter, "name") == Some(CONDITION.name)) {
            // The guide's error text has the plural, although the parameter is called `condition`.
            return Err(Refusal::missing(wording, &[Missing::parameter("conditions", CONDITION.live)]));
        }
        Ok(())
    }

    pub(super) fn track(&self, guide: &Guide) -> Result<String, Refusal> {
        let known = |code: &&str| guide.track(code).is_some();
        match codes(self.value(TRACK.name), &guide.systems.track).as_slice() {
            [Some(code)] if known(code) => Ok((*code).to_owned()),
            _ => {
                let all: Vec<&str> = guide.tracks.iter().map(|track| track.code.as_str()).collect();
                Err(Refusal::code_invalid(format!("Invalid track code. Must be one of: {}", all.join(", "))))
            }
        }
    }

    /// All codings of a CodeableConcept, of whatever system.
    pub(super) fn codings(&self, name: &str) -> Option<&'a Value> {
        self.value(name)?.get("coding")
    }

    pub(super) fn report_type(&self, guide: &Guide) -> Result<ReportType, Refusal> {
        let system = format!("{}/CodeSystem/ACCESSReportTypeCS", guide.canonical);
        let known = match codes(self.value(REPORT_TYPE.name), &system).as_slice() {
            [Some(code)] => ReportType::from_code(code),
            _ => None,
        };
        known.ok_or_else(|| {
            let all: Vec<&str> = REPORT_TYPES.into_iter().map(ReportType::code).collect();
            Refusal::code_invalid(format!("Invalid report type code. Must be one of: {}", all.join(", ")))
        })
    }

    pub(super) fn reason(&self, guide: &Guide) -> Result<String, Refusal> {
        match codes(self.value(REASON.name), &guide.systems.reason).as_slice() {
            [Some(code)] if guide.reasons.iter().any(|reason| reason.code == *code) => Ok((*code).to_owned()),
            _ => Err(Refusal::code_invalid("Invalid unalignment reason code")),
        }
    }
}

/// The operation's profile must be named, with or without a version.
fn check_profile(operation: Operation, body: &Value, guide: &Guide) -> Result<(), Refusal> {
    let profiles = elements(body.pointer("/meta/profile"));
    if profiles.is_empty() {
        // Only ever seen in this wording.
        return Err(Refusal::missing(Wording::Live, &[Missing::element("meta.profile", "meta.profile")]));
    }
    let wanted = guide.operation(operation.code()).map_or("", |facts| facts.profile.as_str());
    let names_it = profiles
        .iter()
        .filter_map(Value::as_str)
        .any(|profile| profile.split_once('|').map_or(profile, |(canonical, _)| canonical) == wanted);
    if names_it {
        Ok(())
    } else {
        Err(Refusal::profile("meta.profile does not name the profile of this operation's request"))
    }
}
