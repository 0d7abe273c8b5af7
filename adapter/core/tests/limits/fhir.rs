//! FHIR.

use super::{count, facts, read};
use access_contract::Reading;
use serde_json::{Value, json};

/// A Patient with further members, beside other resources.
fn about(patient: Value, others: Vec<Value>) -> Reading {
    let mut person = json!({
        "resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1947-09-12",
        "identifier": [{"system": "urn:x", "value": "1"}], "name": [{"family": "HALVORSEN", "given": ["RUTH"]}],
    });
    if let (Value::Object(person), Value::Object(more)) = (&mut person, patient) {
        person.extend(more);
    }
    let entries: Vec<Value> =
        std::iter::once(person).chain(others).map(|resource| json!({"resource": resource})).collect();
    let bundle = json!({
        "resourceType": "Bundle", "type": "collection", "id": "b", "timestamp": "2026-07-14T09:15:00Z", "entry": entries,
    });
    read(&bundle.to_string())
}

fn many(count: usize, one: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..count).map(one).collect()
}

#[test]
fn a_thousand_observations_and_256_letters_of_each_are_read() {
    let observation = |number: usize| {
        json!({
            "resourceType": "Observation", "id": format!("o{number}"), "status": "final", "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "valueString": "w".repeat(300),
            "effectiveDateTime": "2026-07-01",
        })
    };
    let found = about(json!({}), many(1_100, observation));
    assert_eq!((facts(&found).observations.len(), count(&found.issues, "limit-rows")), (1_000, 1));
    assert_eq!(count(&about(json!({}), many(1_000, observation)).issues, "limit-rows"), 0);
    assert!(!found.subjects[0].facts.contains(&"w".repeat(257)) && found.subjects[0].facts.contains(&"w".repeat(256)));
}

/// A feed of half as many was refused whole: a record that is taken back without saying what it was may have stated every measure.
#[test]
fn what_a_thousand_records_take_back_is_within_the_bound_of_the_ledger() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/limits.md")).unwrap();
    let row = page.lines().find(|line| line.contains("`host/ledger/src/bounds.rs` `ENTRIES`")).unwrap();
    let bound: usize = row.split('|').nth(2).unwrap().trim().replace(',', "").parse().unwrap();
    for (status, code) in
        [("cancelled", json!([{"system": "http://loinc.org", "code": "2951-2"}])), ("entered-in-error", json!([]))]
    {
        let observation = |number: usize| {
            json!({
                "resourceType": "Observation", "id": format!("o{number}"), "status": status, "subject": {"reference": "Patient/p"},
                "code": {"coding": code}, "dataAbsentReason": {"text": "not performed"},
            })
        };
        let found = about(json!({}), many(1_000, observation));
        assert_eq!((facts(&found).observations.len(), count(&found.issues, "limit-rows")), (1_000, 0), "{status}");
        let keys = found.subjects[0].entry_keys.len();
        assert!((30_000..=bound).contains(&keys), "{status}: {keys} of {bound}");
    }
}

#[test]
fn a_thousand_encounters_are_looked_at() {
    let encounter = |number: usize| {
        json!({
            "resourceType": "Encounter", "id": format!("e{number}"), "status": "cancelled",
            "class": {"code": "AMB"}, "subject": {"reference": "Patient/p"},
        })
    };
    assert_eq!(count(&about(json!({}), many(1_000, encounter)).issues, "limit-rows"), 0);
    let found = about(json!({}), many(1_100, encounter));
    assert_eq!((facts(&found).records.cancelled_visits.len(), count(&found.issues, "limit-rows")), (1_000, 1));
}

#[test]
fn fifty_links_of_a_record_are_looked_at() {
    let link = |number: usize| json!({"type": "replaces", "other": {"reference": format!("Patient/old{number}")}});
    assert_eq!(count(&about(json!({"link": many(50, link)}), Vec::new()).issues, "limit-rows"), 0);
    let found = about(json!({"link": many(60, link)}), Vec::new());
    assert_eq!((facts(&found).prior_aliases.len(), count(&found.issues, "limit-rows")), (50, 1));
}

#[test]
fn twenty_identifiers_of_a_coverage_are_looked_at() {
    let coverage = |filler: usize| {
        let mut identifiers = many(filler, |number| json!({"system": "urn:member", "value": format!("M{number}")}));
        identifiers.push(json!({"system": "http://hl7.org/fhir/sid/us-mbi", "value": "3AA1AA1AA11"}));
        let coverage = json!({
            "resourceType": "Coverage", "id": "c", "status": "active", "beneficiary": {"reference": "Patient/p"},
            "type": {"text": "Medicare Part A and B"}, "payor": [{"display": "Medicare"}], "identifier": identifiers,
        });
        about(json!({}), vec![coverage])
    };
    assert!(facts(&coverage(19)).mbi.is_some());
    let beyond = coverage(20);
    assert!(facts(&beyond).mbi.is_none() && count(&beyond.issues, "limit-rows") == 1);
}

#[test]
fn fifty_names_addresses_and_contacts_are_looked_at() {
    let old = json!({"use": "old", "family": "BEFORE"});
    let last = |filler: usize| {
        let mut names = vec![old.clone(); filler];
        names.push(json!({"use": "official", "family": "HALVORSEN", "given": ["RUTH"]}));
        facts(&about(json!({"name": names}), Vec::new())).name
    };
    assert!(serde_json::to_string(&last(49)).unwrap().contains("HALVORSEN"));
    assert!(!serde_json::to_string(&last(50)).unwrap().contains("HALVORSEN"));
    let address =
        |number: usize| json!({"use": "home", "line": [format!("{number} MAIN")], "city": "CHICAGO", "state": "IL"});
    let telecom = |number: usize| json!({"system": "phone", "value": format!("555-{number:04}")});
    let found = about(json!({"address": many(60, address), "telecom": many(60, telecom)}), Vec::new());
    assert_eq!(count(&found.issues, "limit-rows"), 2, "{:?}", found.issues);
}

#[test]
fn a_hundred_unknown_elements_and_extensions_are_told_apart() {
    let mut patient = serde_json::Map::new();
    (0..150).for_each(|number| drop(patient.insert(format!("odd{number}"), json!(1))));
    let found = about(Value::Object(patient), Vec::new());
    assert_eq!(count(&found.issues, "element-unknown"), 100);
    let extension = |number: usize| json!({"url": format!("urn:odd:{number}"), "valueBoolean": true});
    assert_eq!(count(&about(json!({"extension": many(150, extension)}), Vec::new()).issues, "extension-unknown"), 100);
}

#[test]
fn an_id_beyond_128_bytes_and_a_url_beyond_1024_lead_nowhere() {
    let about_id = |id: String| {
        let condition = json!({
            "resourceType": "Condition", "id": "d", "subject": {"reference": format!("Patient/{id}")},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
        });
        let found = about(json!({"id": id}), vec![condition]);
        facts(&found).diagnoses.is_some_and(|rows| !rows.is_empty())
    };
    assert!(about_id("i".repeat(60)), "the reference is followed");
    assert!(!about_id("i".repeat(129)));
    let far = |length: usize| {
        let url = format!("https://fhir.example/{}/Patient/p", "x".repeat(length));
        let condition = json!({
            "resourceType": "Condition", "id": "d", "subject": {"reference": url},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
        });
        let patient = json!({
            "resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}],
        });
        let bundle = json!({
            "resourceType": "Bundle", "type": "collection", "id": "b", "timestamp": "2026-07-14T09:15:00Z",
            "entry": [{"fullUrl": url, "resource": patient}, {"resource": condition}],
        });
        facts(&read(&bundle.to_string())).diagnoses.is_some_and(|rows| !rows.is_empty())
    };
    assert!(far(100) && !far(1_100));
}

#[test]
fn an_id_of_a_feed_beyond_199_bytes_is_none() {
    let named = |length: usize| {
        let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]});
        let bundle = json!({
            "resourceType": "Bundle", "type": "collection", "timestamp": "2026-07-14T09:15:00Z",
            "identifier": {"value": "i".repeat(length)}, "entry": [{"resource": patient}],
        });
        read(&bundle.to_string())
    };
    assert_eq!(named(199).header.control_id.len(), 199);
    assert_eq!((named(200).header.control_id.as_str(), count(&named(200).issues, "control-id-missing")), ("", 1));
}

#[test]
fn eight_performers_are_looked_at() {
    let performed = |filler: usize| {
        let mut performers = many(filler, |number| json!({"reference": format!("Practitioner/odd{number}")}));
        performers.push(json!({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}}));
        let observation = json!({
            "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "effectiveDateTime": "2026-07-01",
            "valueQuantity": {"value": 7, "unit": "%"}, "performer": performers,
        });
        facts(&about(json!({}), vec![observation])).observations[0].performer.clone()
    };
    assert_eq!((performed(7).as_str(), performed(8).as_str()), ("1234567893", ""));
}

#[test]
fn of_one_name_sixteen_servers_are_looked_at() {
    let diagnosed = |server: usize| {
        let mut entries = many(17, |number| {
            json!({
                "fullUrl": format!("https://s{number}.example/fhir/Patient/p"),
                "resource": {
                    "resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": format!("{number}")}],
                },
            })
        });
        entries.push(json!({
            "fullUrl": format!("https://s{server}.example/fhir/Condition/d"),
            "resource": {
                "resourceType": "Condition", "id": "d", "subject": {"reference": "Patient/p"},
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
            },
        }));
        let bundle = json!({
            "resourceType": "Bundle", "type": "collection", "id": "b", "timestamp": "2026-07-14T09:15:00Z", "entry": entries,
        });
        let reading = read(&bundle.to_string());
        let facts: Vec<access_core::facts::Facts> =
            reading.subjects.iter().map(|subject| serde_json::from_str(&subject.facts).unwrap()).collect();
        let of_server =
            |facts: &&access_core::facts::Facts| facts.aliases.iter().any(|alias| alias.value == server.to_string());
        facts.iter().find(of_server).unwrap().diagnoses.is_some()
    };
    assert!(diagnosed(15) && !diagnosed(16));
}

#[test]
fn a_canonical_beyond_256_bytes_names_no_questionnaire() {
    let answered = |length: usize| {
        let canonical = format!("https://forms.example/{}", "q".repeat(length - 22));
        let response = json!({
            "resourceType": "QuestionnaireResponse", "id": "r", "status": "completed", "questionnaire": canonical,
            "subject": {"reference": "Patient/p"}, "authored": "2026-07-01T10:00:00Z",
            "item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 1}]}],
        });
        let facts = facts(&about(json!({}), vec![response]));
        facts.questionnaires.first().map(|answered| answered.canonical.len())
    };
    assert_eq!((answered(256), answered(257)), (Some(256), Some(0)));
}
