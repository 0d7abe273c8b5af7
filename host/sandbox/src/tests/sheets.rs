//! Reports to change one thing in: a document with the measures that are asked for, everything in it invented.

use super::kit::{Payload, ROOT, US};
use serde_json::{Value, json};

const LOINC: &str = "http://loinc.org";
const BASE: &str = "http://example.org";

/// Name, whether the code is LOINC's, and the code.
const SECTIONS: [(&str, bool, &str); 22] = [
    ("blood-pressure", true, "85354-9"),
    ("lipids", true, "18262-6"),
    ("weight", true, "29463-7"),
    ("BMI", true, "39156-5"),
    ("waist", true, "8280-0"),
    ("HbA1c", true, "4548-4"),
    ("eGFR", true, "98979-8"),
    ("uACR", true, "14959-1"),
    ("PROMIS-PF", true, "76804-4"),
    ("PROMIS-PF-CAT", true, "91722-9"),
    ("PROMIS-PI", true, "90973-9"),
    ("PROMIS-PI-CAT", true, "89923-7"),
    ("ODI", true, "97908-8"),
    ("NDI", true, "82226-2"),
    ("QuickDASH", false, "QuickDASH"),
    ("KOOS-JR", true, "82324-5"),
    ("HOOS-JR", true, "82316-1"),
    ("PROMIS-NRS", true, "72514-3"),
    ("PHQ-9", true, "44249-1"),
    ("GAD-7", true, "69737-5"),
    ("WHODAS", false, "WHODAS"),
    ("PGIC", false, "PGIC"),
];

pub(super) const CKM: &[&str] = &["blood-pressure", "lipids", "weight", "BMI", "waist", "HbA1c", "eGFR", "uACR"];
pub(super) const ECKM: &[&str] = &["blood-pressure", "lipids", "weight", "BMI", "waist", "HbA1c"];
pub(super) const MSK: &[&str] = &["PROMIS-PF", "PROMIS-PI-CAT", "PROMIS-NRS"];
pub(super) const BH: &[&str] = &["PHQ-9", "GAD-7", "WHODAS"];

/// The code of a section.
pub(super) fn code_of(name: &str) -> &'static str {
    SECTIONS.iter().find(|(known, ..)| *known == name).unwrap().2
}

fn coding_of(name: &str) -> Value {
    let (_, loinc, code) = SECTIONS.iter().find(|(known, ..)| *known == name).unwrap();
    let own = format!("{ROOT}/CodeSystem/ACCESSReportDataCompositionSectionCS");
    json!({ "system": if *loinc { LOINC } else { own.as_str() }, "code": code })
}

fn narrative() -> Value {
    json!({ "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">A report.</div>" })
}

fn entry(resource: &Value) -> Value {
    let url = format!("{BASE}/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
    json!({ "fullUrl": url, "resource": resource })
}

/// A subsection that refers to one resource of its measure.
pub(super) fn subsection(name: &str) -> Value {
    let resource = resource(name);
    let reference = format!("{}/{name}", resource["resourceType"].as_str().unwrap());
    json!({ "title": name, "code": { "coding": [coding_of(name)] }, "entry": [{ "reference": reference }] })
}

/// What the subsection of a measure refers to.
pub(super) fn resource(name: &str) -> Value {
    let subject = json!({ "reference": "Patient/p" });
    let quantity = |value: u32| json!({ "value": value, "system": "http://unitsofmeasure.org", "code": "1" });
    match name {
        "blood-pressure" => {
            let half = |code: &str, value: u32| json!({ "code": { "coding": [{ "system": LOINC, "code": code }] }, "valueQuantity": quantity(value) });
            json!({
                "resourceType": "Observation", "id": name, "status": "final", "subject": subject,
                "component": [half("8480-6", 130), half("8462-4", 80)],
            })
        }
        "PHQ-9" => json!({
            "resourceType": "QuestionnaireResponse", "id": name, "status": "completed", "subject": subject,
            "item": (1..=10).map(|number| json!({
                "linkId": format!("phq9-{number}"),
                "answer": [{ "valueCoding": { "system": LOINC, "code": "LA6568-5" } }],
            })).collect::<Vec<_>>(),
        }),
        _ if CKM.contains(&name) => json!({
            "resourceType": "Observation", "id": name, "status": "final", "subject": subject, "valueQuantity": quantity(7),
        }),
        _ => json!({
            "resourceType": "QuestionnaireResponse", "id": name, "status": "completed", "subject": subject,
            "item": [{ "linkId": "total-score", "answer": [{ "valueDecimal": 12 }] }],
        }),
    }
}

/// `$report-data` with those measures, under a Bundle.identifier of its own.
pub(super) fn report(mbi: &str, track: &str, kind: &str, measures: &[&str], bundle: &str) -> Payload {
    let reference = |to: &str| json!({ "reference": to });
    let composition = json!({
        "resourceType": "Composition",
        "id": "c",
        "status": "final",
        "type": { "coding": [{ "system": LOINC, "code": "74465-6" }] },
        "subject": reference("Patient/p"),
        "date": "2027-01-15T08:00:00Z",
        "author": [reference("Practitioner/author")],
        "title": "A report",
        "custodian": reference("Organization/us"),
        "section": [{
            "code": { "coding": [{ "system": format!("{ROOT}/CodeSystem/ACCESSTrackCS"), "code": track }] },
            "text": narrative(),
            "section": measures.iter().map(|name| subsection(name)).collect::<Vec<_>>(),
        }],
    });
    let patient = json!({
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{ "system": "http://terminology.hl7.org/NamingSystem/cmsMBI", "value": mbi }],
        "name": [{ "family": "Example", "given": ["Person"] }],
        "gender": "female",
        "birthDate": "1950-01-31",
    });
    let mut entries = vec![
        entry(&composition),
        entry(&patient),
        entry(&json!({ "resourceType": "Practitioner", "id": "author" })),
        entry(&json!({ "resourceType": "Organization", "id": "us" })),
    ];
    entries.extend(measures.iter().map(|name| entry(&resource(name))));
    let coded = |system: &str, code: &str| json!({ "coding": [{ "system": format!("{ROOT}/CodeSystem/{system}"), "code": code }] });
    let body = json!({
        "resourceType": "Parameters",
        "meta": { "profile": [format!("{ROOT}/StructureDefinition/access-report-data-in")] },
        "parameter": [
            { "name": "participantID", "valueIdentifier": { "system": format!("{ROOT}/participant-id"), "value": US } },
            { "name": "payerID", "valueIdentifier": { "system": "urn:oid:2.16.840.1.113883.3.221.5", "value": "12345" } },
            { "name": "track", "valueCodeableConcept": coded("ACCESSTrackCS", track) },
            { "name": "reportType", "valueCodeableConcept": coded("ACCESSReportTypeCS", kind) },
            { "name": "dataBundle", "resource": {
                "resourceType": "Bundle",
                "type": "document",
                "identifier": { "system": "http://example.org/reports", "value": bundle },
                "timestamp": "2027-01-15T08:00:00Z",
                "entry": entries,
            } },
        ],
    });
    Payload { operation: "report-data", participant: US, body }
}

impl Payload {
    /// Changes the Bundle of a report.
    pub(super) fn bundle(self, change: impl FnOnce(&mut Value)) -> Self {
        self.change("dataBundle", |parameter| change(&mut parameter["resource"]))
    }

    /// Changes its Composition.
    pub(super) fn composition(self, change: impl FnOnce(&mut Value)) -> Self {
        self.bundle(|bundle| change(&mut bundle["entry"][0]["resource"]))
    }

    /// Changes the subsections of its track section.
    pub(super) fn sections(self, change: impl FnOnce(&mut Vec<Value>)) -> Self {
        self.composition(|composition| change(composition["section"][0]["section"].as_array_mut().unwrap()))
    }

    /// Changes the resource of a measure.
    pub(super) fn resource(self, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        self.bundle(|bundle| {
            let entries = bundle["entry"].as_array_mut().unwrap();
            let entry = entries.iter_mut().find(|entry| entry["resource"]["id"] == name).unwrap();
            change(&mut entry["resource"]);
        })
    }

    /// Adds an entry to the Bundle.
    pub(super) fn with_entry(self, resource: &Value) -> Self {
        self.bundle(|bundle| bundle["entry"].as_array_mut().unwrap().push(entry(resource)))
    }
}
