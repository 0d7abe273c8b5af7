//! Places of the transcript translated back into places of the document.

use super::transcript::Transcript;
use super::tree::Tree;
use crate::facts::Origin;
use crate::view::Place;
use access_contract::Issue;

/// What a field of the transcript is in any document.
const GENERAL: [(&str, usize, &str); 30] = [
    ("MSH", 3, "/ClinicalDocument/author/assignedAuthor/assignedAuthoringDevice/softwareName"),
    ("MSH", 4, "/ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization/name"),
    ("MSH", 7, "/ClinicalDocument/effectiveTime"),
    ("MSH", 9, "/ClinicalDocument/code"),
    ("MSH", 10, "/ClinicalDocument/id"),
    ("MSH", 18, "the XML declaration"),
    ("PID", 3, "/ClinicalDocument/recordTarget/patientRole/id"),
    ("PID", 5, "/ClinicalDocument/recordTarget/patientRole/patient/name"),
    ("PID", 7, "/ClinicalDocument/recordTarget/patientRole/patient/birthTime"),
    ("PID", 8, "/ClinicalDocument/recordTarget/patientRole/patient/administrativeGenderCode"),
    ("PID", 10, "/ClinicalDocument/recordTarget/patientRole/patient/raceCode"),
    ("PID", 11, "/ClinicalDocument/recordTarget/patientRole/addr"),
    ("PID", 13, "/ClinicalDocument/recordTarget/patientRole/telecom"),
    ("PID", 14, "/ClinicalDocument/recordTarget/patientRole/telecom"),
    ("PID", 15, "/ClinicalDocument/recordTarget/patientRole/patient/languageCommunication/languageCode"),
    ("PID", 22, "/ClinicalDocument/recordTarget/patientRole/patient/ethnicGroupCode"),
    ("PID", 29, "/ClinicalDocument/recordTarget/patientRole/patient/sdtc:deceasedTime"),
    ("PID", 30, "/ClinicalDocument/recordTarget/patientRole/patient/sdtc:deceasedInd"),
    ("PID", 0, "/ClinicalDocument/recordTarget/patientRole"),
    ("PV1", 0, "section[encounters]"),
    ("IN1", 0, "section[payers]"),
    ("IN2", 0, "section[payers]"),
    ("DG1", 3, "the value of the problem observation"),
    ("DG1", 6, "the status of the problem concern"),
    ("DG1", 0, "section[problems]"),
    ("OBX", 2, "the type of the value (xsi:type)"),
    ("OBX", 3, "the code of the observation"),
    ("OBX", 11, "statusCode"),
    ("OBR", 25, "the statusCode of the organizer"),
    ("OBX", 0, "section[results]"),
];

/// The path of the element that a place of the transcript was written from. What is no such place is left as it is.
pub(super) fn translate(tree: &Tree, transcript: &Transcript, place: &str) -> Option<String> {
    let place: Place = place.parse().ok()?;
    let (name, _) = transcript.segments.range(..).map(|(key, _)| *key).find(|(name, _)| *name == place.segment)?;
    let number = place.occurrence.unwrap_or(1);
    let whole = || transcript.segments.get(&(name, number)).map(|id| tree.node(*id).path());
    let Some(field) = place.field else { return whole() };
    let wanted = (field, place.repetition.unwrap_or(1), place.component.unwrap_or(1), place.subcomponent.unwrap_or(1));
    let exact = transcript.parts.get(&(name, number, wanted));
    let within = |from, to| transcript.parts.range((name, number, from)..(name, number, to)).map(|(_, id)| id).next();
    let found = exact
        .or_else(|| within((field, wanted.1, 0, 0), (field, wanted.1 + 1, 0, 0)))
        .or_else(|| within((field, 0, 0, 0), (field + 1, 0, 0, 0)));
    match found {
        Some(id) => Some(tree.node(*id).path()),
        None if name == "MSH" || name == "PID" => general(name, field),
        None => whole(),
    }
}

fn general(segment: &str, field: usize) -> Option<String> {
    let rows = || GENERAL.iter().filter(|row| row.0 == segment);
    rows().find(|row| row.1 == field).or_else(|| rows().find(|row| row.1 == 0)).map(|row| row.2.to_owned())
}

/// Translates the location and the words of an issue.
pub(super) fn translate_issue(tree: &Tree, transcript: &Transcript, mut issue: Issue) -> Issue {
    let exact = |place: &str| translate(tree, transcript, place);
    if let Some(location) = exact(&issue.location).or_else(|| generally(&issue.location)) {
        issue.location = location;
    }
    issue.message = reword(&issue.message, |place| exact(place).or_else(|| generally(place)));
    issue.hint = issue.hint.map(|hint| reword(&hint, generally));
    issue
}

/// Says a plan's issue of C-CDA: what is missing has no place of its own, so that its section is named.
pub(crate) fn replan(issue: &mut Issue) {
    if let Some(place) = generally(&issue.location) {
        issue.location = place;
    }
    issue.message = reword(&issue.message, generally);
    issue.hint = issue.hint.take().map(|hint| reword(&hint, generally));
}

/// A place without regard to this document.
fn generally(place: &str) -> Option<String> {
    let place: Place = place.parse().ok()?;
    general(&place.segment, place.field.unwrap_or(0))
}

/// Replaces the places in a sentence.
fn reword(sentence: &str, translate: impl Fn(&str) -> Option<String>) -> String {
    let words = sentence.split(' ').map(|word| {
        let place = word.trim_matches([',', ';', ':', '.', '(', ')']);
        match translate(place).filter(|_| !place.is_empty()) {
            Some(path) => word.replacen(place, &path, 1),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Translates where a value came from.
pub(super) fn translate_origin(tree: &Tree, transcript: &Transcript, origin: &mut Origin) {
    if let Some(found) = translate(tree, transcript, &origin.path).or_else(|| generally(&origin.path)) {
        origin.path = found;
    }
}
