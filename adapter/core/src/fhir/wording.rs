//! What the rules say of segments, said of FHIR.

use super::sheet::Paths;
use access_contract::Issue;

/// Hints that name places of a segment, by the code of their issue.
const HINTS: [(&str, &str); 10] = [
    ("birth-date-invalid", "send YYYY-MM-DD; without a birth date nothing can be submitted"),
    ("date-form", "the sender should write YYYY-MM-DD"),
    ("death-date-invalid", "the person is taken as dead, without a date; send deceasedBoolean or a dateTime"),
    ("diagnosis-system", "send an ICD-10-CM coding beside it, or add the system to diagnoses.icd10cm in the profile"),
    ("diagnosis-system-missing", "the sender should name the system http://hl7.org/fhir/sid/icd-10-cm"),
    ("diagnosis-without-code", "the sender should send an ICD-10-CM coding"),
    ("insured-not-patient", "Medicare has no dependants; correct the subscriber or the relationship of the coverage"),
    ("mbi-form", "send the eleven letters and digits of the card, or another system if it is another number"),
    ("name-in-one-part", "the sender should fill family and given"),
    ("sent-at-missing", "newer feeds are told from older ones by it; send meta.lastUpdated or Bundle.timestamp"),
];

/// An issue of the rules, at the element it is about.
pub(super) fn restate(mut issue: Issue, paths: &Paths) -> Issue {
    issue.location = paths.of(&issue.location);
    // Two positions are named in the sentence.
    if issue.code == "mbi-conflict"
        && let Some((sentence, place)) = issue.message.rsplit_once(' ')
    {
        issue.message = format!("{sentence} {}", paths.of(place));
    }
    if let Some((_, hint)) = HINTS.iter().find(|(code, _)| *code == issue.code) {
        issue.hint = Some((*hint).to_owned());
    }
    issue
}

/// Elements that rules of planning speak of by their segments.
const PLACES: [(&str, &str); 13] = [
    ("IN1-12", "Coverage.period"),
    ("IN1-22", "Coverage.order"),
    ("IN1", "Coverage"),
    ("DG1", "Condition"),
    ("PID-3", "Patient.identifier"),
    ("PID-5", "Patient.name"),
    ("PID-7", "Patient.birthDate"),
    ("PID-8", "Patient.gender"),
    ("PID-11", "Patient.address"),
    ("PID-30", "Patient.deceased"),
    ("MSH-7", "meta.lastUpdated"),
    ("PV1-19", "Encounter"),
    ("PV1-36", "Encounter.hospitalization.dischargeDisposition"),
];

/// Says a plan's issue of FHIR: what is missing has no place of its own, so that the element is named.
pub(crate) fn replan(issue: &mut Issue) {
    let place = PLACES.iter().find(|(segment, _)| *segment == issue.location);
    if let Some((_, element)) = place {
        (*element).clone_into(&mut issue.location);
    }
}
