//! The same measures from FHIR, from documents and under a sender's own codes.

use super::support::*;
use crate::measures::{join, select};
use access_contract::Entry;
use access_mappings::{SiteFile, Sources, load};
use serde_json::{Value, json};

fn observation(id: &str, code: &str, more: &Value) -> Value {
    let mut tree = json!({
        "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "effectiveDateTime": "2026-07-13T08:00:00-05:00",
        "meta": {"lastUpdated": "2026-07-14T10:00:00Z"}
    });
    for (name, value) in more.as_object().unwrap() {
        tree[name] = value.clone();
    }
    tree
}

fn quantity(value: f64, unit: &str) -> Value {
    json!({"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit})
}

fn component(code: &str, value: f64) -> Value {
    json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity(value, "mm[Hg]")})
}

fn bundle(resources: &[Value]) -> String {
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": "1"}]});
    let entries: Vec<Value> =
        [&[patient], resources].concat().into_iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "timestamp": "2026-07-14T12:00:00Z", "entry": entries})
        .to_string()
}

#[test]
fn observations_of_fhir_are_told_apart_by_their_id() {
    let pressure = json!({"component": [component("8480-6", 132.0), component("8462-4", 84.0)]});
    let feed = bundle(&[
        observation("bp", "85354-9", &pressure),
        observation("a1c", "4548-4", &json!({"valueQuantity": quantity(6.5, "%")})),
        observation(
            "egfr",
            "98979-8",
            &json!({"valueQuantity": {"value": 60, "comparator": ">", "unit": "mL/min/1.73m2"}}),
        ),
        observation("old", "29463-7", &json!({"valueQuantity": quantity(85.0, "kg"), "status": "entered-in-error"})),
    ]);
    let entries = entries_of(&EXAMPLE, &feed);
    let stated = entries.iter().filter(|entry| !entry.code.is_empty());
    let keys: Vec<&str> = stated.map(|entry| entry.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "m:fhir|systolic|Observation/bp",
            "m:fhir|diastolic|Observation/bp",
            "m:fhir||Observation/a1c",
            "m:fhir||Observation/egfr",
            "m:fhir||Observation/old",
        ]
    );
    // What else a record may have said before is taken back, where something stands there; of a pressure also other positions.
    assert_eq!(entries.iter().filter(|entry| entry.code.is_empty()).count(), 7 + 6);
    assert!(entries.iter().filter(|entry| entry.code.is_empty()).all(|entry| join(None, entry).is_none()));
    assert!(
        entries.iter().all(|entry| entry.document.contains("\"stated\":\"2026-07-14T10:00:00.000000Z\"")),
        "{entries:?}"
    );
    let selection = select(&EXAMPLE, &ASKED, &entries);
    let at = "2026-07-13T08:00:00-05:00 final";
    assert_eq!(lines(&selection, "blood-pressure"), [format!("85354-9 8480-6=132.0/8462-4=84.0 {at}")]);
    assert_eq!(lines(&selection, "HbA1c"), [format!("4548-4 6.5 % {at}")]);
    assert_eq!(lines(&selection, "eGFR"), [format!("98979-8 >60 mL/min/{{1.73_m2}} {at}")]);
    assert_eq!(lines(&selection, "weight"), Vec::<String>::new());
}

#[test]
fn a_report_brings_its_results_with_its_own_time() {
    let report = json!({
        "resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "18262-6"}]}, "effectiveDateTime": "2026-07-12",
        "contained": [{
            "resourceType": "Observation", "id": "ldl", "status": "final", "valueQuantity": quantity(140.0, "mg/dL"),
            "code": {"coding": [{"system": "http://loinc.org", "code": "18262-6"}]}
        }],
        "result": [{"reference": "#ldl"}]
    });
    let selection_of = |feed: &str| lines(&select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, feed)), "lipids");
    assert_eq!(selection_of(&bundle(&[report])), ["18262-6 140.0 mg/dL 2026-07-12 final"]);
}

#[test]
fn a_blood_pressure_in_one_text_is_read_from_fhir_as_well() {
    let feed = bundle(&[observation("bp", "85354-9", &json!({"valueString": "132/84 mmHg"}))]);
    let selection = select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &feed));
    assert_eq!(lines(&selection, "blood-pressure"), ["85354-9 8480-6=132/8462-4=84 2026-07-13T08:00:00-05:00 final"]);
    let odd = bundle(&[observation("bp", "85354-9", &json!({"valueString": "normal"}))]);
    let reading = crate::read::read_text(&EXAMPLE, &odd).unwrap();
    assert!(reading.issues.iter().any(|issue| issue.code == "panel-value"));
    let held = [feed, odd].iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect::<Vec<_>>();
    assert_eq!(lines(&select(&EXAMPLE, &ASKED, &stored(&held)), "blood-pressure"), Vec::<String>::new());
}

/// A version of an Observation.
fn version(id: &str, code: &str, updated: &str, more: &Value) -> String {
    let mut tree = observation(id, code, more);
    tree["meta"]["lastUpdated"] = updated.into();
    bundle(&[tree])
}

/// A corrected blood pressure kept the half that it left out, one entered in error without its components was still reported, and so was
/// a waist that turned out to be something else.
#[test]
fn a_record_of_fhir_says_what_its_newest_version_says_and_no_more() {
    let (first, then) = ("2026-07-14T10:00:00Z", "2026-07-15T10:00:00Z");
    let pressure = |values: &[(&str, f64)], status: &str| {
        let parts: Vec<Value> = values.iter().map(|(code, value)| component(code, *value)).collect();
        if parts.is_empty() { json!({"status": status}) } else { json!({"component": parts, "status": status}) }
    };
    let whole = pressure(&[("8480-6", 151.0), ("8462-4", 91.0)], "final");
    let waist = json!({"valueQuantity": quantity(99.0, "cm")});
    let corrected = |value: Value| json!({"status": "corrected", "valueQuantity": value});
    let codeless = json!({"status": "entered-in-error", "code": null});
    let at = "2026-07-13T08:00:00-05:00";
    for (measure, before, code, after, orders, left) in [
        ("blood-pressure", ("85354-9", &whole), "85354-9", pressure(&[("8480-6", 161.0)], "corrected"), 2, vec![]),
        ("blood-pressure", ("85354-9", &whole), "85354-9", pressure(&[("8480-6", 161.0)], "final"), 2, vec![]),
        ("blood-pressure", ("85354-9", &whole), "85354-9", pressure(&[], "entered-in-error"), 2, vec![]),
        ("blood-pressure", ("85354-9", &whole), "85354-9", pressure(&[], "cancelled"), 2, vec![]),
        ("blood-pressure", ("85354-9", &whole), "29463-7", corrected(quantity(88.0, "kg")), 1, vec![]),
        ("blood-pressure", ("85354-9", &whole), "85354-9", codeless.clone(), 1, vec![]),
        ("waist", ("8280-0", &waist), "8867-4", corrected(quantity(99.0, "/min")), 1, vec![]),
        ("waist", ("8280-0", &waist), "29463-7", corrected(quantity(99.0, "kg")), 2, vec![]),
        (
            "weight",
            ("8280-0", &waist),
            "29463-7",
            corrected(quantity(99.0, "kg")),
            2,
            vec![format!("29463-7 99.0 kg {at} corrected")],
        ),
        ("waist", ("8280-0", &waist), "8280-0", codeless, 1, vec![]),
    ] {
        let before = entries_of(&EXAMPLE, &version("o", before.0, first, before.1));
        let after = entries_of(&EXAMPLE, &version("o", code, then, &after));
        assert_ne!(select(&EXAMPLE, &ASKED, &stored(&before)).measures, Vec::new());
        let straight = [before.clone(), after.clone()].concat();
        let turned = [after, before].concat();
        for held in [straight, turned].iter().take(orders) {
            assert_eq!(lines(&select(&EXAMPLE, &ASKED, &stored(held)), measure), left, "{measure} {code}");
        }
    }
}

#[test]
fn of_several_codes_of_fhir_the_one_that_the_guide_measures_counts() {
    let loinc = |code: &str| json!({"system": "http://loinc.org", "code": code});
    let more = json!({"code": {"coding": [loinc("8716-3"), loinc("29463-7")]}, "valueQuantity": quantity(88.0, "kg")});
    let found =
        lines(&select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &bundle(&[observation("w", "", &more)]))), "weight");
    assert_eq!(found, ["29463-7 88.0 kg 2026-07-13T08:00:00-05:00 final"]);
}

/// The time a result was issued was sent as the one it was observed at.
#[test]
fn what_was_only_issued_has_no_time() {
    let more =
        json!({"effectiveDateTime": null, "issued": "2026-07-13T08:00:00-05:00", "valueQuantity": quantity(6.5, "%")});
    let selection = select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &bundle(&[observation("a", "4548-4", &more)])));
    assert_eq!(lines(&selection, "HbA1c"), Vec::<String>::new());
    assert_eq!(selection.issues[0].code, "measure-time-missing");
}

#[test]
fn a_comparator_that_is_none_refuses_the_value() {
    for comparator in ["ad", "~"] {
        let mut value = quantity(6.5, "%");
        value["comparator"] = comparator.into();
        let feed = bundle(&[observation("a", "4548-4", &json!({"valueQuantity": value}))]);
        assert_eq!(lines(&select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &feed)), "HbA1c"), Vec::<String>::new());
        let issues = crate::read::read_text(&EXAMPLE, &feed).unwrap().issues;
        let told: Vec<&str> =
            issues.iter().filter(|one| one.code == "comparator-unknown").map(|one| one.location.as_str()).collect();
        assert_eq!(told, ["Bundle.entry[1].resource.value"]);
    }
}

#[test]
fn method_and_performer_come_from_fhir_too() {
    let practitioner = json!({
        "resourceType": "Practitioner", "id": "d",
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}]
    });
    let more = json!({
        "valueQuantity": quantity(6.5, "%"), "method": {"coding": [{"code": "x"}], "text": "HPLC"},
        "performer": [{"display": "Lab"}, {"reference": "Practitioner/d"}]
    });
    let feed = bundle(&[observation("a1c", "4548-4", &more), practitioner]);
    let selection = select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &feed));
    let reading = &selection.measures[0].readings[0];
    assert_eq!((reading.method.as_str(), reading.performer.as_str()), ("HPLC", "1234567893"));
}

#[test]
fn a_senders_own_code_is_a_measure_by_its_row() {
    let site = "name = \"site\"\nextends = [\"base\"]\nguide = \"0.9.12\"\n[[participants]]\nid = \"ACCES00001\"\npayer = \"00831\"\n\
                tracks = [\"CKM\"]\n[[senders]]\napplication = \"LAB\"\n[[senders.codes.observations]]\ncode = \"SBP\"\n\
                loinc = \"8480-6\"\nucum = \"mm[Hg]\"\n[[senders.codes.observations]]\ncode = \"DBP\"\nloinc = \"8462-4\"\n\
                ucum = \"mm[Hg]\"\n[[senders.codes.observations]]\ncode = \"BP\"\nloinc = \"85354-9\"\nucum = \"mm[Hg]\"\n";
    let file = SiteFile { name: "site.toml".to_owned(), text: site.to_owned() };
    let profile = load(&Sources::embedded(), &file).unwrap();
    for halves in [
        &["OBX|1|NM|SBP^SBP^L||132||||||F|||20260713", "OBX|2|NM|DBP^DBP^L||84||||||F|||20260713"][..],
        &["OBX|1|ST|BP^BP^L||132/84||||||F|||20260713"],
    ] {
        let entries = entries_of(&profile, &message("20260714091500-0500", halves));
        let selection = select(&profile, &ASKED, &entries);
        assert_eq!(lines(&selection, "blood-pressure"), ["85354-9 8480-6=132/8462-4=84 2026-07-13 final"]);
    }
}

#[test]
fn documents_bring_measures_with_method_and_performer() {
    let document = include_str!("../../../../../tests/fixtures/ccda/ccd-medicare.xml");
    let more = "<methodCode code=\"HPLC\" displayName=\"Chromatography\"/><performer><assignedEntity>\
                <id root=\"2.16.840.1.113883.4.6\" extension=\"1234567893\"/></assignedEntity></performer></observation>";
    let value = "unit=\"%\"/>";
    assert!(document.contains(value));
    let end = document.find(value).and_then(|at| document[at..].find("</observation>").map(|end| at + end)).unwrap();
    let document = format!("{}{more}{}", &document[..end], &document[end + "</observation>".len()..]);
    let selection = select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &document));
    assert_eq!(lines(&selection, "blood-pressure"), ["85354-9 8480-6=138/8462-4=84 2026-07-14T09:00:00-05:00 final"]);
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 7.0 % 2026-07-10T08:30:00-05:00 final"]);
    assert_eq!(lines(&selection, "uACR"), ["14959-1 <30 mg/g 2026-07-10 final"]);
    let reading = &selection.measures.iter().find(|one| one.measure.code == "HbA1c").unwrap().readings[0];
    assert_eq!((reading.method.as_str(), reading.performer.as_str()), ("Chromatography", "1234567893"));
    assert!(reading.entries[0].ends_with("|4548-4|2.16.840.1.113883.19.5.4^LAB-7-1"), "{:?}", reading.entries);
    let crate::measures::Measure::Single(amount) = &reading.value else { panic!() };
    assert_eq!(amount.from.path, "section[results]/entry/organizer/component[1]/observation/value");
}

/// A result without an id, known by the accession of its blood draw.
fn drawn(code: &str, value: f64, unit: &str, status: &str, updated: &str) -> Value {
    let accession = json!([{"system": "urn:lab:accession", "value": "ACC123"}]);
    let more = json!({
        "id": null, "identifier": accession, "status": status, "valueQuantity": quantity(value, unit),
        "meta": {"lastUpdated": updated}
    });
    observation("", code, &more)
}

/// A corrected LDL took the HbA1c of its draw out of the feed, and one that came alone took its place in the chart.
#[test]
fn results_of_one_accession_leave_one_another_alone() {
    let (first, then) = ("2026-07-14T10:00:00Z", "2026-07-15T10:00:00Z");
    let shown = |entries: &[Entry], measure: &str| lines(&select(&EXAMPLE, &ASKED, &stored(entries)), measure);
    let hba1c = ["4548-4 7.1 % 2026-07-13T08:00:00-05:00 final"];
    for status in ["final", "corrected", "amended", "cancelled", "entered-in-error"] {
        let feed = bundle(&[
            drawn("4548-4", 7.1, "%", "final", first),
            drawn("18262-6", 120.0, "mg/dL", "final", first),
            drawn("18262-6", 121.0, "mg/dL", status, first),
        ]);
        assert_eq!(shown(&entries_of(&EXAMPLE, &feed), "HbA1c"), hba1c, "{status}");
        let later = bundle(&[drawn("18262-6", 122.0, "mg/dL", status, then)]);
        let held = [entries_of(&EXAMPLE, &feed), entries_of(&EXAMPLE, &later)].concat();
        assert_eq!(shown(&held, "HbA1c"), hba1c, "{status}");
        let turned = [entries_of(&EXAMPLE, &later), entries_of(&EXAMPLE, &feed)].concat();
        assert_eq!(shown(&turned, "HbA1c"), hba1c, "{status}");
    }
    // Each has a key of its own, wherever it stands; that two have one value does not make them one.
    let three = ["2085-9", "13457-7", "2571-8"].map(|code| drawn(code, 100.0, "mg/dL", "final", first));
    let keys: Vec<String> = entries_of(&EXAMPLE, &bundle(&three)).into_iter().map(|entry| entry.key).collect();
    let accession = "Observation:urn:lab:accession|ACC123";
    assert_eq!(keys, ["2085-9", "13457-7", "2571-8"].map(|code| format!("m:fhir|{code}|{accession}")));
    // The same result again is the same entry.
    let again = bundle(&[drawn("13457-7", 101.0, "mg/dL", "corrected", then)]);
    assert_eq!(entries_of(&EXAMPLE, &again)[0].key, keys[1]);
}

/// The correction of one result was taken for older than it, since another of its draw had been changed after that.
#[test]
fn results_of_one_accession_have_times_of_their_own() {
    let feed = bundle(&[
        drawn("4548-4", 7.1, "%", "final", "2026-07-14T10:00:00Z"),
        drawn("18262-6", 120.0, "mg/dL", "final", "2026-07-16T10:00:00Z"),
    ]);
    let corrected = bundle(&[drawn("4548-4", 8.2, "%", "corrected", "2026-07-15T10:00:00Z")]);
    let held = [entries_of(&EXAMPLE, &feed), entries_of(&EXAMPLE, &corrected)].concat();
    let selection = select(&EXAMPLE, &ASKED, &stored(&held));
    assert_eq!(lines(&selection, "HbA1c"), ["4548-4 8.2 % 2026-07-13T08:00:00-05:00 corrected"]);
}

#[test]
fn a_blood_pressure_is_taken_back_by_its_business_identifier() {
    let named = |status: &str, updated: &str, more: Value| {
        let mut tree = observation("", "85354-9", &more);
        tree["id"] = Value::Null;
        tree["identifier"] = json!([{"system": "urn:ehr:vital", "value": "7"}]);
        tree["status"] = status.into();
        tree["meta"]["lastUpdated"] = updated.into();
        tree
    };
    let tree = named;
    let named =
        |status: &str, updated: &str, more: Value| entries_of(&EXAMPLE, &bundle(&[tree(status, updated, more)]));
    let whole = json!({"component": [component("8480-6", 132.0), component("8462-4", 84.0)]});
    let shown = |entries: &[Entry]| lines(&select(&EXAMPLE, &ASKED, &stored(entries)), "blood-pressure");
    let first = named("final", "2026-07-14T10:00:00Z", whole.clone());
    assert_eq!(shown(&first).len(), 1);
    for status in ["entered-in-error", "cancelled"] {
        let gone = named(status, "2026-07-15T10:00:00Z", json!({}));
        assert_eq!(shown(&[first.clone(), gone.clone()].concat()), Vec::<String>::new(), "{status}");
        assert_eq!(shown(&[gone, first.clone()].concat()), Vec::<String>::new(), "{status}, the other way round");
        // And in one feed, unless it is stated again.
        let (stated, gone) =
            (|| tree("final", "2026-07-14T10:00:00Z", whole.clone()), tree(status, "2026-07-15T10:00:00Z", json!({})));
        let together = entries_of(&EXAMPLE, &bundle(&[stated(), gone.clone()]));
        assert_eq!(shown(&together), Vec::<String>::new(), "{status}, in one feed");
        assert_eq!(shown(&entries_of(&EXAMPLE, &bundle(&[gone, stated()]))).len(), 1, "{status}, and stated again");
    }
}

/// Of two pressures of one record with the same systolic value the standing one was lost, and its other half stayed alone.
#[test]
fn sitting_and_standing_pressures_of_one_record_are_two() {
    let (sitting, standing) = (["8459-0", "8453-3"], ["8460-8", "8454-1"]);
    let of = |codes: [&str; 2], values: [f64; 2]| [component(codes[0], values[0]), component(codes[1], values[1])];
    let both = [of(sitting, [130.0, 80.0]), of(standing, [130.0, 70.0])].concat();
    let (first, then) = ("2026-07-14T10:00:00Z", "2026-07-15T10:00:00Z");
    let before = entries_of(&EXAMPLE, &version("bp", "85354-9", first, &json!({"component": both})));
    let selection = select(&EXAMPLE, &ASKED, &stored(&before));
    let values = |lines: Vec<String>| -> Vec<String> {
        let values = lines.iter().filter_map(|line| line.split(' ').nth(1).map(str::to_owned));
        let mut values: Vec<String> = values.collect();
        values.sort();
        values
    };
    let (sat, stood) = ("8480-6=130.0/8462-4=80.0", "8480-6=130.0/8462-4=70.0");
    assert_eq!(values(lines(&selection, "blood-pressure")), [stood, sat]);
    assert!(selection.issues.iter().all(|issue| issue.code != "measure-half"), "{:?}", selection.issues);
    // What the next version leaves out is withdrawn, in whatever order it states the rest.
    let all = || [of(standing, [130.0, 70.0]), of(sitting, [130.0, 80.0])].concat();
    for (more, left) in [
        (json!({"component": all()}), vec![stood, sat]),
        (json!({"component": of(standing, [130.0, 70.0])}), vec![stood]),
        (json!({"component": of(["8480-6", "8462-4"], [130.0, 80.0])}), vec![sat]),
        (json!({"status": "entered-in-error"}), vec![]),
        (json!({"status": "entered-in-error", "code": null}), vec![]),
    ] {
        let after = entries_of(&EXAMPLE, &version("bp", "85354-9", then, &more));
        let held = stored(&[before.clone(), after].concat());
        assert_eq!(values(lines(&select(&EXAMPLE, &ASKED, &held), "blood-pressure")), left, "{more}");
    }
}

/// Half of one record and half of another of the same day went out as one pressure.
#[test]
fn halves_of_different_records_are_different_pressures() {
    let absent = json!({"coding": [{"code": "not-performed"}]});
    let nothing = |code: &str| json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "dataAbsentReason": absent});
    for at in ["2026-07-14", "2026-07-14T08:00:00-05:00"] {
        let of = |id: &str, parts: &[Value]| {
            observation(id, "85354-9", &json!({"effectiveDateTime": at, "component": parts}))
        };
        for (one, other) in [
            (vec![component("8480-6", 180.0), nothing("8462-4")], vec![nothing("8480-6"), component("8462-4", 61.0)]),
            (vec![component("8480-6", 180.0)], vec![component("8462-4", 61.0)]),
        ] {
            let entries = entries_of(&EXAMPLE, &bundle(&[of("a", &one), of("b", &other)]));
            let selection = select(&EXAMPLE, &ASKED, &stored(&entries));
            assert_eq!(lines(&selection, "blood-pressure"), Vec::<String>::new(), "{at}");
            assert_eq!(selection.issues.iter().filter(|issue| issue.code == "measure-half").count(), 2, "{at}");
        }
    }
    // A server may keep the halves as records of their own: the time tells.
    let half =
        |id: &str, code: &str, value: f64| observation(id, code, &json!({"valueQuantity": quantity(value, "mm[Hg]")}));
    let entries = entries_of(&EXAMPLE, &bundle(&[half("a", "8480-6", 132.0), half("b", "8462-4", 84.0)]));
    assert_eq!(lines(&select(&EXAMPLE, &ASKED, &entries), "blood-pressure").len(), 1);
}

/// The halves of two pressures without ids, of one day, were told as halves and lost.
#[test]
fn the_components_of_a_record_without_an_id_belong_together() {
    let of = |systolic: f64, diastolic: f64| {
        let parts = [component("8480-6", systolic), component("8462-4", diastolic)];
        observation("", "85354-9", &json!({"id": null, "effectiveDateTime": "2026-07-14", "component": parts}))
    };
    let selection = select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &bundle(&[of(130.0, 80.0), of(144.0, 92.0)])));
    assert_eq!(lines(&selection, "blood-pressure"), ["85354-9 8480-6=130.0/8462-4=80.0 2026-07-14 final"]);
    let codes: Vec<&str> = selection.issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!(codes, ["measures-differ"]);
}

/// A time that is none of FHIR's forms went out as it came, or CMS would have refused the whole report for it.
#[test]
fn times_of_fhir_are_reported_in_the_form_of_fhir() {
    let found = |at: &str| {
        let feed = bundle(&[observation(
            "a",
            "4548-4",
            &json!({"effectiveDateTime": at, "valueQuantity": quantity(6.5, "%")}),
        )]);
        let issues = crate::read::read_text(&EXAMPLE, &feed).unwrap().issues;
        let told: Vec<String> = issues
            .iter()
            .filter(|one| one.code == "observation-date-invalid")
            .map(|one| one.location.clone())
            .collect();
        (lines(&select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &feed)), "HbA1c"), told)
    };
    for at in ["2026-07-14T09:15:00+0000", "2026-07-14T09:15Z", "2026-07-14t09:15:00z", "20260714T091500Z"] {
        assert_eq!(found(at), (vec!["4548-4 6.5 % 2026-07-14T09:15:00Z final".to_owned()], vec![]), "{at}");
    }
    for at in ["2026-07-14T09:15:00", "14 July"] {
        assert_eq!(found(at), (vec![], vec!["Bundle.entry[1].resource.effective".to_owned()]), "{at}");
    }
    // As an earlier build stored it.
    let feed = bundle(&[observation("a", "4548-4", &json!({"valueQuantity": quantity(6.5, "%")}))]);
    let stored = |at: &str| -> Vec<Entry> {
        let entries = entries_of(&EXAMPLE, &feed).into_iter();
        entries
            .map(|entry| Entry { document: entry.document.replace("2026-07-13T08:00:00-05:00", at), ..entry })
            .collect()
    };
    let selection = |at: &str| select(&EXAMPLE, &ASKED, &stored(at));
    assert_eq!(lines(&selection("2026-07-13T08:00-05:00"), "HbA1c"), ["4548-4 6.5 % 2026-07-13T08:00:00-05:00 final"]);
    assert_eq!(selection("13 July").issues[0].code, "measure-time-missing");
}

/// A weight among the components of a record was still reported after the record was taken back or had left it out.
#[test]
fn what_the_components_of_a_record_leave_out_is_withdrawn() {
    let (first, then) = ("2026-07-14T10:00:00Z", "2026-07-15T10:00:00Z");
    let of = |code: &str, value: f64, unit: &str| json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity(value, unit)});
    let [weight, waist] = [of("29463-7", 150.0, "kg"), of("8280-0", 99.0, "cm")];
    let pressure = [component("8480-6", 130.0), component("8462-4", 80.0)];
    let whole = [&[weight.clone(), waist.clone()][..], &pressure].concat();
    let before = entries_of(&EXAMPLE, &version("vp", "85353-1", first, &json!({"component": whole})));
    let found = |after: &Value| {
        let after = entries_of(&EXAMPLE, &version("vp", "85353-1", then, after));
        let selection = select(&EXAMPLE, &ASKED, &stored(&[before.clone(), after].concat()));
        selection.measures.iter().map(|one| one.measure.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&json!({"component": whole})), ["blood-pressure", "weight", "waist"]);
    assert_eq!(found(&json!({"component": [weight, pressure[0], pressure[1]]})), ["blood-pressure", "weight"]);
    assert_eq!(found(&json!({"component": pressure})), ["blood-pressure"]);
    for more in [json!({"status": "entered-in-error"}), json!({"status": "cancelled", "code": null})] {
        assert_eq!(found(&more), Vec::<String>::new(), "{more}");
    }
}

/// Each half a record of its own: what was entered in error stayed in the way of what took its place.
#[test]
fn a_pressure_of_two_records_is_entered_again() {
    let of = |id: &str, code: &str, value: f64, status: &str, hour: u8| {
        let updated = json!({"lastUpdated": format!("2026-07-14T{hour}:00:00Z")});
        observation(id, code, &json!({"valueQuantity": quantity(value, "mm[Hg]"), "status": status, "meta": updated}))
    };
    let found = |status: &str, records: &[&str]| {
        let all = [
            of("a", "8480-6", 310.0, status, 10),
            of("b", "8462-4", 80.0, status, 10),
            of("c", "8480-6", 130.0, "final", 11),
            of("d", "8462-4", 80.0, "final", 11),
        ];
        let kept: Vec<Value> = all.into_iter().filter(|one| records.contains(&one["id"].as_str().unwrap())).collect();
        lines(&select(&EXAMPLE, &ASKED, &entries_of(&EXAMPLE, &bundle(&kept))), "blood-pressure")
    };
    let shown = ["85354-9 8480-6=130.0/8462-4=80.0 2026-07-13T08:00:00-05:00 final"];
    for status in ["entered-in-error", "cancelled"] {
        assert_eq!(found(status, &["a", "b", "c", "d"]), shown, "{status}");
        assert_eq!(found(status, &["a", "c", "d"]), shown, "{status}");
        assert_eq!(found(status, &["a", "d"]), Vec::<String>::new(), "{status}");
    }
    assert_eq!(found("preliminary", &["a", "b", "c", "d"]), Vec::<String>::new());
}

/// A result that a report took back was reported again when the feed that stated it came once more.
#[test]
fn what_a_report_takes_back_is_taken_back_when_the_report_was_changed() {
    let result = || observation("a1", "4548-4", &json!({"valueQuantity": quantity(7.1, "%")}));
    let report = |updated: &str| {
        json!({
            "resourceType": "DiagnosticReport", "id": "r", "status": "entered-in-error", "subject": {"reference": "Patient/p"},
            "code": {"text": "x"}, "result": [{"reference": "Observation/a1"}], "meta": {"lastUpdated": updated}
        })
    };
    let shown = |feeds: &[String]| {
        let entries: Vec<Entry> = feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
        lines(&select(&EXAMPLE, &ASKED, &stored(&entries)), "HbA1c").len()
    };
    let (first, gone) = (bundle(&[result()]), bundle(&[result(), report("2026-07-20T10:00:00Z")]));
    assert_eq!(shown(std::slice::from_ref(&first)), 1);
    assert_eq!(shown(&[first.clone(), gone.clone()]), 0);
    assert_eq!(shown(&[first.clone(), gone.clone(), first.clone()]), 0);
    assert_eq!(shown(&[gone.clone(), first]), 0);
    // What is changed after that counts again.
    let mut again = result();
    again["meta"]["lastUpdated"] = "2026-07-21T10:00:00Z".into();
    assert_eq!(shown(&[gone, bundle(&[again])]), 1);
}

/// A result under a LOINC code that the guide does not list was lost whatever rows the site had for it.
#[test]
fn a_row_makes_a_measure_of_a_loinc_code_that_the_guide_does_not_list() {
    let site = |rows: &str| {
        let text = format!(
            "name = \"site\"\nextends = [\"base\"]\nguide = \"0.9.12\"\n[[participants]]\nid = \"ACCES00001\"\npayer = \"00831\"\n\
             tracks = [\"CKM\"]\n{rows}"
        );
        load(&Sources::embedded(), &SiteFile { name: "site.toml".to_owned(), text }).unwrap()
    };
    let row =
        |code: &str, loinc: &str| format!("[[codes.\"+observations\"]]\ncode = \"{code}\"\nloinc = \"{loinc}\"\n");
    let coding = |code: &str, system: &str| json!({"code": code, "system": system});
    let loinc = "http://loinc.org";
    // In the message, in FHIR, the row, the measure; whether the sender's own code is listed without the row.
    let cases = [
        ("48642-3^eGFR^LN", vec![coding("48642-3", loinc)], row("48642-3", "98979-8"), "eGFR", None),
        (
            "A1C^A1c^L^41995-2^A1c^LN",
            vec![coding("A1C", "urn:l"), coding("41995-2", loinc)],
            row("A1C", "4548-4"),
            "HbA1c",
            Some("A1C"),
        ),
        (
            "41995-2^A1c^LN^A1C^A1c^L",
            vec![coding("41995-2", loinc), coding("A1C", "urn:l")],
            row("41995-2", "4548-4"),
            "HbA1c",
            Some("A1C"),
        ),
        ("X^A1c^L^4548-4^A1c^LN", vec![coding("X", "urn:l"), coding("4548-4", loinc)], String::new(), "HbA1c", None),
        (
            "41995-2^A1c^LN^4548-4^A1c^LN",
            vec![coding("41995-2", loinc), coding("4548-4", loinc)],
            String::new(),
            "HbA1c",
            None,
        ),
        // No measure: another LOINC code of the site's changes nothing.
        (
            "NA^Sodium^L^2951-2^Sodium^LN",
            vec![coding("NA", "urn:l"), coding("2951-2", loinc)],
            row("NA", "2947-0"),
            "",
            Some("NA"),
        ),
        (
            "2951-2^Sodium^LN^312469006^Sodium^SCT",
            vec![coding("2951-2", loinc), coding("312469006", "http://snomed.info/sct")],
            String::new(),
            "",
            None,
        ),
        ("PHQ^Item^L^44250-9^Item^LN", vec![coding("PHQ", "urn:l"), coding("44250-9", loinc)], String::new(), "", None),
    ];
    for (code, codings, rows, measure, listed) in cases {
        let unit = if measure == "eGFR" { "mL/min/{1.73_m2}" } else { "%" };
        let text = message("20260714091500-0500", &[&format!("OBX|1|NM|{code}||9|{unit}^^UCUM|||||F|||20260713")]);
        let value = quantity(9.0, unit);
        let tree = bundle(&[observation("o", "", &json!({"code": {"coding": codings}, "valueQuantity": value}))]);
        let profiles = [(true, site(&rows)), (rows.is_empty(), site(""))];
        for (feed, (has_row, profile)) in
            [&text, &tree].into_iter().flat_map(|feed| profiles.iter().map(move |of| (feed, of)))
        {
            let reading = crate::read::read_text(profile, feed).unwrap();
            let unmapped: Vec<&str> = reading.unmapped.iter().map(|one| one.code.as_str()).collect();
            let found = select(profile, &ASKED, &entries_of(profile, feed));
            let measures: Vec<&str> = found.measures.iter().map(|one| one.measure.code.as_str()).collect();
            if *has_row {
                let expected = if measure.is_empty() { vec![] } else { vec![measure] };
                assert_eq!((measures, unmapped), (expected, vec![]), "{code}");
            } else {
                assert_eq!((measures.len(), unmapped.first().copied()), (0, listed), "{code}");
            }
        }
    }
}
