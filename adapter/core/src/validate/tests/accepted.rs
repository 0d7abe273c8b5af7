use super::{Base, issues};
use access_contract::{Issue, Severity};
use serde_json::{Value, json};

fn blocking(resource: &Value) -> Vec<Issue> {
    issues(resource).into_iter().filter(Issue::blocks).collect()
}

#[test]
fn composed_payloads_have_no_issue_at_all() {
    for base in [Base::Eligibility, Base::Alignment, Base::Unalignment] {
        assert_eq!(issues(&base.json()), [], "{base:?}");
    }
}

#[test]
fn the_order_of_parameters_does_not_matter() {
    let mut payload = Base::Alignment.json();
    payload["parameter"].as_array_mut().unwrap().reverse();
    assert_eq!(issues(&payload), []);
}

#[test]
fn what_fhir_and_us_core_allow_beyond_the_minimum_passes() {
    let mut payload = Base::Alignment.json();
    payload["id"] = json!("request-1");
    payload["language"] = json!("en");
    let person = &mut payload["parameter"][2]["resource"];
    person["text"] = json!({"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Patient</div>"});
    person["name"][0]["given"] = json!(["Paula", null]);
    person["name"][0]["_given"] = json!([null, {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}]);
    person["_birthDate"] = json!({"extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1951-04-12T08:15:00-06:00"}
    ]});
    person["telecom"] = json!([{"system": "phone", "value": "555-0100", "use": "home", "rank": 1}]);
    person["address"] =
        json!([{"line": ["1 Test St"], "state": "IL", "postalCode": "60601", "period": {"start": "2020"}}]);
    person["multipleBirthInteger"] = json!(2);
    person["communication"] =
        json!([{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en"}]}, "preferred": true}]);
    person["extension"] = json!([{
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "extension": [{"url": "text", "valueString": "Unknown"}]
    }]);
    let problem = &mut payload["parameter"][4]["resource"];
    problem["code"]["coding"]
        .as_array_mut()
        .unwrap()
        .push(json!({"system": "http://snomed.info/sct", "code": "44054006"}));
    problem["code"]["text"] = json!("as told");
    problem["onsetAge"] = json!({"value": 61, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"});
    problem["category"].as_array_mut().unwrap().push(json!({"text": "other"}));
    assert_eq!(blocking(&payload), []);
}

#[test]
fn a_health_concern_may_exclude_but_not_qualify() {
    let concern = json!({"coding": [
        {"system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category", "code": "health-concern"}
    ]});
    let mut payload = Base::Unalignment.json();
    payload["parameter"][5]["resource"]["category"] = json!([concern, concern]);
    assert_eq!(blocking(&payload), []);
}

#[test]
fn doubts_are_told_without_refusing() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 8] = [
        ("mbi-positions", |payload| {
            payload["parameter"][2]["resource"]["identifier"][0]["value"] = json!("9876543210B");
        }),
        ("payer-form", |payload| payload["parameter"][1]["valueIdentifier"]["value"] = json!("MEDICARE")),
        ("payer-type", |payload| {
            payload["parameter"][1]["valueIdentifier"].as_object_mut().unwrap().remove("type");
        }),
        ("participant-system", |payload| {
            payload["parameter"][0]["valueIdentifier"].as_object_mut().unwrap().remove("system");
        }),
        ("patient-profile", |payload| {
            payload["parameter"][2]["resource"].as_object_mut().unwrap().remove("meta");
        }),
        ("identifier-needless", |payload| {
            let identifiers = payload["parameter"][2]["resource"]["identifier"].as_array_mut().unwrap();
            identifiers.push(json!({"system": "http://hl7.org/fhir/sid/us-ssn", "value": "000-00-0000"}));
        }),
        ("condition-clinical-status-missing", |payload| {
            payload["parameter"][4]["resource"].as_object_mut().unwrap().remove("clinicalStatus");
        }),
        ("condition-not-confirmed", |payload| {
            payload["parameter"][4]["resource"]["verificationStatus"]["coding"][0]["code"] = json!("refuted");
        }),
    ];
    for (code, change) in cases {
        let mut payload = Base::Alignment.json();
        change(&mut payload);
        let found = issues(&payload);
        assert_eq!(found.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), [code]);
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(found[0].hint.is_some(), "{code}");
    }
}

#[test]
fn what_is_not_checked_says_so() {
    let root = "https://dsacms.github.io/cmmi-access-model/StructureDefinition";
    for resource in [
        json!({"resourceType": "Bundle", "type": "searchset", "total": 0}),
        json!({"resourceType": "MedicationRequest", "status": "active"}),
        json!({"resourceType": "Parameters", "meta": {"profile": [format!("{root}/access-align-out")]},
            "parameter": [{"name": "result", "valueCodeableConcept": {"text": "done"}}]}),
        json!({"resourceType": "Parameters", "parameter": [{"name": "result", "valueCodeableConcept": {"text": "done"}}]}),
    ] {
        let found = issues(&resource);
        assert!(
            found.iter().all(|issue| issue.code == "not-checked" && issue.severity == Severity::Information),
            "{found:?}"
        );
        assert!(!found.is_empty());
    }
}
