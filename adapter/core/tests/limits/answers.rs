//! Answers of CMS, payloads and notices.

use super::EXAMPLE;
use access_contract::{Exchange, Operation, Outcome, Phase};
use access_core::interpret::interpret;
use access_core::validate::{MAX_ENTRIES, validate};
use serde_json::{Value, json};

fn refusal(issue: &Value) -> Outcome {
    let body = json!({"resourceType": "OperationOutcome", "issue": [issue]}).to_string();
    let content_type = "application/fhir+json".to_owned();
    interpret(
        &EXAMPLE,
        &Exchange { operation: Operation::ReportData, phase: Phase::Poll, status: 400, content_type, body },
    )
}

#[test]
fn a_code_beyond_64_bytes_and_expressions_beyond_16_are_left_out() {
    let with = |code: usize, places: usize| {
        let places: Vec<String> = (0..places).map(|number| format!("Bundle.entry[{number}]")).collect();
        refusal(&json!({"severity": "error", "code": "c".repeat(code), "expression": places, "diagnostics": "wrong"}))
    };
    let full = with(64, 16);
    assert_eq!((full.issues[0].code.len(), full.issues[0].location.split(", ").count()), (64, 16));
    let beyond = with(65, 20);
    assert_eq!((beyond.issues[0].code.as_str(), beyond.issues[0].location.split(", ").count()), ("unknown", 16));
}

#[test]
fn a_report_of_more_entries_than_are_read_is_refused_as_such() {
    let report = |entries: usize| {
        let entry = json!({"fullUrl": "urn:uuid:0", "resource": {"resourceType": "Organization", "name": "X"}});
        let bundle = json!({"resourceType": "Bundle", "type": "document", "entry": vec![entry; entries]});
        validate(&EXAMPLE, &bundle.to_string()).iter().any(|issue| issue.code == "too-many-entries")
    };
    assert!(report(MAX_ENTRIES + 1) && !report(10));
}

#[test]
fn an_object_of_more_than_256_members_is_no_payload() {
    let payload = |members: usize| {
        let mut object: serde_json::Map<String, Value> =
            (0..members - 1).map(|number| (format!("m{number}"), json!(1))).collect();
        object.insert("resourceType".to_owned(), json!("Parameters"));
        validate(&EXAMPLE, &Value::Object(object).to_string()).remove(0).code
    };
    assert_ne!(payload(256), payload(257));
    assert_eq!(payload(257), "json-too-large");
}

#[test]
fn sixteen_measures_are_found_in_one_issue() {
    let guide = &EXAMPLE.guide;
    let measures = guide.measures.iter().map(|facts| &facts.code);
    let all: Vec<String> =
        measures.chain(guide.instruments.iter().map(|facts| &facts.code)).map(|code| format!("'{code}'")).collect();
    assert!(all.len() > 16, "the guide has more");
    let outcome = refusal(&json!({"severity": "error", "code": "required", "expression": [all.join(" ")]}));
    assert_eq!(outcome.issues[0].rule.as_deref().unwrap_or_default().split(", ").count(), 16);
}
