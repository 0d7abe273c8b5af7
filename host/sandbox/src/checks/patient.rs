//! The inline Patient: identifiers, the MBI among them, name, gender, birth date.

use super::{Identity, elements, text};
use crate::refusal::{Missing, Refusal};
use crate::scenario::{Wording, is_date, is_gender, is_mbi};
use access_mappings::Guide;
use serde_json::Value;

const MBI: Missing = Missing::element("Patient.identifier (MBI)", "mbi");
const BIRTH_DATE: Missing = Missing::element("Patient.birthDate", "birthDate");

/// What is missing of the two elements that are mandatory in practice.
pub(super) fn missing(patient: Option<&Value>, guide: &Guide) -> Vec<Missing> {
    let has = |found: Option<&str>| found.is_some();
    let mut missing = Vec::new();
    if !has(patient.and_then(|patient| mbi(patient, guide))) {
        missing.push(MBI);
    }
    if !has(patient.and_then(|patient| text(patient, "birthDate"))) {
        missing.push(BIRTH_DATE);
    }
    missing
}

/// The first value under the MBI's system.
pub(super) fn mbi<'a>(patient: &'a Value, guide: &Guide) -> Option<&'a str> {
    elements(patient.get("identifier"))
        .iter()
        .filter(|identifier| text(identifier, "system") == Some(guide.systems.mbi.as_str()))
        .find_map(|identifier| text(identifier, "value"))
}

pub(super) fn read(patient: &Value, guide: &Guide, wording: Wording) -> Result<Identity, Refusal> {
    for identifier in elements(patient.get("identifier")) {
        match (text(identifier, "system"), text(identifier, "value")) {
            (None, Some(_)) => {
                return Err(Refusal::profile(
                    "Patient.identifier.system is required when Patient.identifier.value is present",
                ));
            }
            (_, None) => return Err(Refusal::profile("Patient.identifier.value is required")),
            (Some(_), Some(_)) => {}
        }
    }
    let missing = missing(Some(patient), guide);
    if !missing.is_empty() {
        return Err(Refusal::missing(wording, &missing));
    }
    let mbi = mbi(patient, guide).filter(|mbi| is_mbi(mbi)).ok_or_else(Refusal::mbi_format)?;
    let other = |identifier: &&Value| {
        text(identifier, "system") == Some(guide.systems.mbi.as_str()) && text(identifier, "value") != Some(mbi)
    };
    if elements(patient.get("identifier")).iter().any(|identifier| other(&identifier)) {
        return Err(Refusal::invalid("Patient.identifier has more than one Medicare Beneficiary Identifier"));
    }
    let birth_date = text(patient, "birthDate")
        .filter(|date| is_date(date))
        .ok_or_else(|| Refusal::profile("Patient.birthDate is not a date"))?;
    let gender = text(patient, "gender")
        .filter(|gender| is_gender(gender))
        .ok_or_else(|| Refusal::profile("Patient.gender must be male, female, other or unknown"))?;
    let (family, given) = name(patient)?;
    Ok(Identity { mbi: mbi.to_owned(), family, given, birth_date: birth_date.to_owned(), gender: gender.to_owned() })
}

/// The official name, or the first.
fn name(patient: &Value) -> Result<(String, Vec<String>), Refusal> {
    let names = elements(patient.get("name"));
    let official = names.iter().find(|name| text(name, "use") == Some("official"));
    let Some(name) = official.or_else(|| names.first()) else {
        return Err(Refusal::profile("Patient.name is required"));
    };
    let family = text(name, "family").unwrap_or_default().to_owned();
    let given: Vec<String> =
        elements(name.get("given")).iter().filter_map(Value::as_str).map(|given| given.trim().to_owned()).collect();
    if family.is_empty() && given.is_empty() {
        return Err(Refusal::profile("Patient.name must have family or given"));
    }
    Ok((family, given))
}
