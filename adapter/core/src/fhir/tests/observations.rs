//! Observations: units, the site's codes, corrections.

use super::support::*;
use crate::facts::{Facts, Observed};
use access_contract::Reading;
use access_mappings::Profile;
use serde_json::{Value, json};

fn observation(id: &str, value: &Value, more: &Value) -> Value {
    let mut tree = json!({
        "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}, "valueQuantity": value,
        "effectiveDateTime": "2026-07-13"
    });
    for (name, value) in more.as_object().unwrap() {
        tree[name] = value.clone();
    }
    tree
}

fn unit(facts: &Facts) -> (&str, &str) {
    let Observed::Quantity { unit, code, .. } = &facts.observations[0].value else { panic!() };
    (unit, code)
}

#[test]
fn units_are_repaired_as_in_hl7_v2() {
    let ucum = "http://unitsofmeasure.org";
    for (value, text, code, told) in [
        (json!({"value": 97, "unit": "mg/dL", "system": ucum, "code": "mg/dL"}), "mg/dL", "mg/dL", false),
        (json!({"value": 97, "unit": "MG/DL"}), "MG/DL", "mg/dL", true),
        (json!({"value": 97, "unit": "mmHg", "system": ucum, "code": "mm[Hg]"}), "mmHg", "mm[Hg]", false),
        (json!({"value": 97, "unit": "x", "system": ucum, "code": "MG/DL"}), "x", "mg/dL", true),
        (json!({"value": 97, "unit": "millions", "system": ucum, "code": "10*6/mL"}), "millions", "10*6/mL", false),
        (json!({"value": 97, "unit": "furlong"}), "furlong", "", false),
        (json!({"value": 97}), "", "", false),
    ] {
        let reading = read_tree(&observation("o", &value, &json!({}))).unwrap();
        let facts = facts(&reading).remove(0);
        assert_eq!(unit(&facts), (text, code));
        assert_eq!(at(&reading.issues, "unit-repaired"), if told { "Observation.value" } else { "" }, "{value}");
        let listed: Vec<&str> = reading.unmapped.iter().map(|code| code.table.as_str()).collect();
        assert_eq!(listed, if text == "furlong" { vec!["unit"] } else { vec![] });
    }
}

#[test]
fn a_unit_that_contradicts_its_code_is_none() {
    let ucum = "http://unitsofmeasure.org";
    for (unit_of, code_of, code, told) in [
        ("kg", "[lb_av]", "", true),
        ("mg/dL", "mmol/L", "", true),
        ("mmHg", "mm[Hg]", "mm[Hg]", false),
        ("mL/min", "mL/min/{1.73_m2}", "mL/min/{1.73_m2}", false),
        ("mg/g", "mg/g{creat}", "mg/g", false),
    ] {
        let value = json!({"value": 81, "unit": unit_of, "system": ucum, "code": code_of});
        let reading = read_tree(&observation("o", &value, &json!({}))).unwrap();
        let facts = facts(&reading).remove(0);
        assert_eq!(unit(&facts), (unit_of, code));
        assert_eq!(at(&reading.issues, "units-differ"), if told { "Observation.value" } else { "" }, "{value}");
    }
}

#[test]
fn a_local_code_with_a_row_is_loinc() {
    let rows = r#"[{"code":"GLU-POC","loinc":"2345-7","ucum":"mg/dL"}]"#;
    let mut profile: Profile = EXAMPLE.clone();
    profile.codes.observations = serde_json::from_str(rows).unwrap();
    let code = json!({"code": {"coding": [{"system": "urn:lab", "code": "GLU-POC"}]}});
    let feed = observation("o", &json!({"value": 97}), &code).to_string();
    let reading = super::super::read(&profile, &feed).unwrap();
    let facts = facts(&reading).remove(0);
    let row = &facts.observations[0];
    assert_eq!(
        (row.loinc.as_str(), row.local.as_str(), row.from.rule.as_str()),
        ("2345-7", "GLU-POC", "codes.observations")
    );
    assert_eq!((unit(&facts), reading.unmapped.len()), (("mg/dL", "mg/dL"), 0));
}

#[test]
fn a_correction_of_one_identifier_supersedes_what_it_corrects() {
    let version = |status: &str, value: u32| {
        let named = json!({"id": null, "identifier": [{"system": "urn:lab", "value": "R1"}], "status": status});
        observation("", &json!({"value": value, "unit": "mg/dL"}), &named)
    };
    let kept = |resources: &[Value]| -> Vec<(String, String)> {
        let reading: Reading = read_tree(&bundle("collection", resources)).unwrap();
        let rows = facts(&reading).remove(0).observations.into_iter();
        rows.map(|row| match row.value {
            Observed::Quantity { value, .. } => (row.status, value),
            other => panic!("{other:?}"),
        })
        .collect()
    };
    let pair = |status: &str, value: &str| vec![(status.to_owned(), value.to_owned())];
    assert_eq!(kept(&[version("final", 97), version("corrected", 79)]), pair("corrected", "79"));
    assert_eq!(kept(&[version("final", 97), version("entered-in-error", 97)]), pair("entered-in-error", "97"));
    assert_eq!(kept(&[version("final", 97), version("final", 79)]).len(), 2);
}

#[test]
fn a_report_that_is_taken_back_takes_back_its_results() {
    let other = json!({"resourceType": "Observation", "id": "other", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}, "effectiveDateTime": "2026-07-12"});
    for (status, withdrawn) in
        [("final", "final"), ("cancelled", "entered-in-error"), ("entered-in-error", "entered-in-error")]
    {
        let mut inside = observation("c1", &json!({"value": 97, "unit": "mg/dL"}), &json!({}));
        inside["id"] = json!("c1");
        let report = json!({"resourceType": "DiagnosticReport", "id": "r", "status": status,
            "subject": {"reference": "Patient/p"}, "contained": [inside],
            "result": [{"reference": "#c1"}, {"reference": "Observation/o"}, {"reference": "Observation/far"}]});
        let single = observation("o", &json!({"value": 98, "unit": "mg/dL"}), &json!({}));
        let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
            {"resource": patient(&json!({}))}, {"resource": report}, {"resource": single}, {"resource": other}]});
        let reading = read_tree(&bundle).unwrap();
        let facts = facts(&reading).remove(0);
        let statuses: Vec<&str> = facts.observations.iter().map(|row| row.status.as_str()).collect();
        assert_eq!(statuses, [withdrawn, withdrawn, "final"], "{status}");
        let told = at(&reading.issues, "report-result-elsewhere");
        assert_eq!(told.is_empty(), status == "final", "{told}");
    }
}

/// A report that names its person by an identifier alone took nothing back.
#[test]
fn a_report_that_is_taken_back_may_name_its_person_by_an_identifier() {
    let subject = |value: &str| json!({"identifier": {"system": "urn:oid:1.2.3", "value": value}});
    for (value, status) in [("77", "entered-in-error"), ("78", "final")] {
        let single = observation("o", &json!({"value": 98, "unit": "mg/dL"}), &json!({"subject": subject("77")}));
        let report = json!({"resourceType": "DiagnosticReport", "id": "r", "status": "entered-in-error",
            "subject": subject(value), "result": [{"reference": "Observation/o"}]});
        let (facts, _) = only(&bundle("collection", &[report, single]));
        assert_eq!(facts.observations[0].status, status);
    }
}

/// What was measured of a child that is not yet born, or of a relative, was the person's measure.
#[test]
fn an_observation_with_another_focus_is_listed_and_left_out() {
    let relative = json!({"reference": "RelatedPerson/r"});
    let own = json!({"reference": "Patient/p"});
    for (focus, status, taken, place) in [
        (json!([own]), "final", true, ""),
        (json!([relative]), "final", false, "Observation.focus[0]"),
        (json!([own, relative]), "final", false, "Observation.focus[1]"),
        (json!([{"display": "the child"}]), "final", false, "Observation.focus[0]"),
        (json!([relative]), "entered-in-error", true, ""),
    ] {
        let more = json!({"focus": focus, "status": status});
        let (facts, issues) = only(&observation("o", &json!({"value": 97, "unit": "mg/dL"}), &more));
        assert_eq!(!facts.observations.is_empty(), taken, "{focus}");
        assert_eq!(at(&issues, "subject-other"), place, "{focus}");
    }
}

#[test]
fn a_code_that_is_no_loinc_is_the_senders_own() {
    let code = json!({"code": {"coding": [{"system": "http://loinc.org", "code": "2345-8", "display": "Glucose"}]}});
    let reading = read_tree(&observation("o", &json!({"value": 97, "unit": "mg/dL"}), &code)).unwrap();
    let facts = facts(&reading).remove(0);
    assert_eq!((facts.observations[0].loinc.as_str(), facts.observations[0].local.as_str()), ("", "2345-8"));
    assert_eq!(at(&reading.issues, "loinc-invalid"), "Observation");
    assert_eq!(reading.unmapped[0].code, "2345-8");
    assert_eq!(at(&reading.issues, "observation-unmapped"), "Observation.code");
}

/// The last row that was taken was the systolic half, and the other one that was known before counted as left out of its record.
#[test]
fn a_record_beyond_the_limit_is_left_out_whole() {
    let half = |code: &str, value: u32| {
        let code = json!({"coding": [{"system": "http://loinc.org", "code": code}]});
        json!({"code": code, "valueQuantity": {"value": value, "unit": "mm[Hg]"}})
    };
    let pressure = json!({
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}, "valueQuantity": null,
        "component": [half("8480-6", 120), half("8462-4", 80)]
    });
    let feed = |singles: usize| {
        let single =
            |number: usize| observation(&format!("o{number}"), &json!({"value": 97, "unit": "mg/dL"}), &json!({}));
        let mut all: Vec<Value> = (0..singles).map(single).collect();
        all.push(observation("bp", &json!(null), &pressure));
        all.push(single(singles));
        read_tree(&bundle("collection", &all)).unwrap()
    };
    for (singles, kept) in [(996, 1_000), (998, 998), (999, 999), (1_000, 1_000)] {
        let reading = feed(singles);
        let facts = facts(&reading).remove(0);
        assert_eq!(facts.observations.len(), kept, "{singles}");
        let is_kept = facts.observations.iter().any(|row| row.identifier.ends_with("Observation/bp"));
        let is_announced = reading.subjects[0].entry_keys.iter().any(|key| key.ends_with("Observation/bp"));
        assert_eq!((is_kept, is_announced), (singles == 996, singles == 996), "{singles}");
        let told = at(&reading.issues, "limit-rows");
        assert_eq!(told.is_empty(), singles == 996, "{told}");
        // What was left out is counted all the same.
        assert_eq!(usize::try_from(reading.observations).unwrap(), singles + 3);
    }
}
