//! What is refused, and with which code.

use super::support::*;
use crate::read;
use access_contract::{Refusal, Verdict};
use serde_json::json;

fn refusal(feed: &[u8]) -> Refusal {
    read::read(&EXAMPLE, feed).unwrap_err()
}

#[test]
fn what_is_no_fhir_in_json_is_refused_by_name() {
    let deep = format!("{{\"resourceType\":\"Patient\",\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&[u8], &str); 12] = [
        (b"{\"hello\":1}", "not-fhir"),
        (b"[]", "not-fhir"),
        (b"[1]", "not-fhir"),
        (b"{\"resourceType\":7}", "not-fhir"),
        (b"{\"resourceType\":\"Spaceship\"}", "resource-type-unknown"),
        (b"{\"resourceType\":\"Patient\",", "json-syntax"),
        (b"{\"resourceType\":\"Patient\"} x", "json-trailing"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"1\",\"id\":\"2\"}", "json-repeated-member"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"\xff\"}", "json-not-utf8"),
        (deep.as_bytes(), "json-too-deep"),
        (b"<Patient xmlns=\"http://hl7.org/fhir\"/>", "fhir-xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Bundle xmlns='http://hl7.org/fhir'/>", "fhir-xml"),
    ];
    for (feed, code) in cases {
        let refusal = refusal(feed);
        assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::Reject, code));
    }
}

#[test]
fn a_feed_of_more_resources_or_people_than_are_read_is_refused() {
    let many: Vec<_> = (0..=super::super::feed::MAX_RESOURCES).map(|_| json!({"resourceType": "Basic"})).collect();
    assert_eq!(read_tree(&bundle("collection", &many)).unwrap_err().issues[0].code, "limit-entries");
    let people: Vec<_> = (0..=100).map(|id| patient(&json!({"id": id.to_string()}))).collect();
    assert_eq!(read_tree(&bundle("collection", &people)).unwrap_err().issues[0].code, "limit-patients");
}

/// It was read as if nobody had taken it back.
#[test]
fn a_document_that_was_entered_in_error_needs_a_person() {
    let composition = |status: &str| json!({"resourceType": "Composition", "id": "c", "status": status});
    let feed = |kind: &str, status: &str| bundle(kind, &[composition(status), patient(&json!({}))]);
    let refusal = read_tree(&feed("document", "entered-in-error")).unwrap_err();
    let issue = &refusal.issues[0];
    assert_eq!(refusal.verdict, Verdict::NeedsPerson);
    assert_eq!(
        (issue.code.as_str(), issue.location.as_str()),
        ("document-entered-in-error", "Bundle.entry[0].resource.status")
    );
    for (kind, status) in [("document", "final"), ("document", "amended"), ("collection", "entered-in-error")] {
        assert!(read_tree(&feed(kind, status)).is_ok(), "{kind} {status}");
    }
}

#[test]
fn a_number_that_cannot_be_one_needs_a_person() {
    let identifier = json!([{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "MEDICARE"}]);
    let refusal = read_tree(&patient(&json!({"identifier": identifier}))).unwrap_err();
    assert_eq!(refusal.verdict, Verdict::NeedsPerson);
    assert_eq!(
        (refusal.issues[0].code.as_str(), refusal.issues[0].location.as_str()),
        ("mbi-form", "Patient.identifier[0].value")
    );
}

#[test]
fn nobody_and_nothing_usable_needs_a_person() {
    let nameless = patient(&json!({"id": null, "identifier": []}));
    let modified = patient(&json!({"modifierExtension": [{"url": "x"}]}));
    let ruled = patient(&json!({"implicitRules": "http://example.org/rules"}));
    let lost = json!({"resourceType": "Condition", "id": "c"});
    for (feed, code) in [
        (nameless, "patient-unidentified"),
        (modified, "modifier-unknown"),
        (ruled, "modifier-unknown"),
        (lost, "subject-unresolved"),
    ] {
        let refusal = read_tree(&feed).unwrap_err();
        assert_eq!((refusal.verdict, refusal.issues[0].code.as_str()), (Verdict::NeedsPerson, code));
    }
}

#[test]
fn no_value_of_the_feed_stands_in_an_issue() {
    let feed = patient(&json!({
        "birthDate": "SECRET", "gender": "SECRET", "SECRET": "SECRET",
        "name": [{"family": "TEST"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "SECRETSECRETSECRET"}]
    }));
    let text = format!("{:?}", read_tree(&feed));
    assert!(!text.contains("SECRET"), "{text}");
}
