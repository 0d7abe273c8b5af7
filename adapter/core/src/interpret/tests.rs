mod report;

use super::{ISSUE_TYPES, MAX_ISSUES, MAX_TEXT, UNREADABLE, interpret};
use crate::compose::samples::profile;
use access_contract::{Exchange, Operation, Outcome, OutcomeClass, Phase, Severity};
use serde_json::{Value, json};

const SYSTEMS: &str = "https://dsacms.github.io/cmmi-access-model/CodeSystem";

fn answer(operation: Operation, status: u16, body: &str) -> Outcome {
    let exchange = Exchange {
        operation,
        phase: Phase::Poll,
        status,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    interpret(profile(), &exchange)
}

fn result(system: &str, code: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "result", "valueCodeableConcept": {
        "coding": [{"system": format!("{SYSTEMS}/{system}"), "code": code, "display": "whatever"}],
        "text": "In the words of CMS."
    }}]})
}

fn outcome(issues: &Value) -> Value {
    json!({"resourceType": "OperationOutcome", "issue": issues})
}

#[test]
fn every_result_code_of_the_guide_is_known() {
    let guide = &profile().guide;
    assert!(guide.results.len() >= 24);
    for facts in &guide.results {
        let system = guide.operation(&facts.operation).unwrap().result_system.rsplit('/').next().unwrap();
        let found = answer(Operation::from(facts.operation.as_str()), 200, &result(system, &facts.code).to_string());
        assert_eq!(found.class.as_str(), facts.class, "{}", facts.code);
        assert_eq!((&found.code, &found.display), (&facts.code, &facts.display));
        assert_eq!((&found.meaning, &found.next_step), (&facts.meaning, &facts.next_step));
        assert_eq!(found.text, "In the words of CMS.");
        assert!(found.system.ends_with(system));
    }
}

#[test]
fn a_result_is_found_by_name_with_everything_beside_it() {
    let mut body = result("ACCESSAlignmentResultCS", "aligned");
    let issues = outcome(&json!([
        {"severity": "warning", "code": "required", "details": {"text": "One thing."}, "expression": ["Patient.name", "Patient.gender"]},
        {"severity": "information", "code": "informational", "diagnostics": "Another thing."}
    ]));
    let parameters = body["parameter"].as_array_mut().unwrap();
    parameters.insert(0, json!({"name": "issues", "resource": issues}));
    parameters.insert(0, json!({"name": "later", "valueString": "than this version"}));
    let found = answer(Operation::Align, 200, &body.to_string());
    assert_eq!((found.class, found.code.as_str()), (OutcomeClass::Done, "aligned"));
    assert_eq!(found.issues.len(), 2);
    assert_eq!(found.issues[0].location, "Patient.name, Patient.gender");
    assert_eq!((found.issues[0].severity.clone(), found.issues[0].message.as_str()), (Severity::Warning, "One thing."));
    assert_eq!((found.issues[1].code.as_str(), found.issues[1].message.as_str()), ("informational", "Another thing."));
}

#[test]
fn the_guides_coding_counts_whatever_stands_beside_it() {
    let mut body = result("ACCESSEligibilityResultCS", "eligible");
    let codings = body["parameter"][0]["valueCodeableConcept"]["coding"].as_array_mut().unwrap();
    codings.insert(0, json!({"system": "http://example.org", "code": "not-eligible-services"}));
    assert_eq!(answer(Operation::CheckEligibility, 200, &body.to_string()).code, "eligible");
}

#[test]
fn media_type_and_byte_order_mark_do_not_matter() {
    let body = format!("\u{feff}{}", result("ACCESSEligibilityResultCS", "eligible"));
    for content_type in ["application/fhir+json; charset=utf-8", "application/vnd.any+json", "", "text/plain"] {
        let exchange = Exchange {
            operation: Operation::CheckEligibility,
            phase: Phase::Poll,
            status: 200,
            content_type: content_type.to_owned(),
            body: body.clone(),
        };
        assert_eq!(interpret(profile(), &exchange).code, "eligible", "{content_type}");
    }
}

#[test]
fn an_unknown_code_is_unknown_and_keeps_what_cms_says() {
    let found =
        answer(Operation::CheckEligibility, 200, &result("ACCESSEligibilityResultCS", "eligible-later").to_string());
    assert_eq!((found.class, found.code.as_str()), (OutcomeClass::Unknown, "eligible-later"));
    assert_eq!(found.text, "In the words of CMS.");
    assert!(found.system.ends_with("ACCESSEligibilityResultCS"));
    assert_eq!(found.issues[0].code, "result-unknown");
    assert!(!found.next_step.is_empty());
}

#[test]
fn a_code_of_another_operation_is_unknown_even_if_it_exists_there() {
    for (operation, system, code) in [
        (Operation::CheckEligibility, "ACCESSAlignmentResultCS", "aligned"),
        (Operation::Align, "ACCESSAlignmentResultCS", "eligible"),
        (Operation::Align, "AccessAlignmentResultCS", "aligned"),
        (Operation::Align, "ACCESSAlignmentResultCS", "Aligned"),
        (Operation::from("enrol"), "ACCESSAlignmentResultCS", "aligned"),
    ] {
        let found = answer(operation, 200, &result(system, code).to_string());
        assert_eq!(found.class, OutcomeClass::Unknown, "{system} {code}");
    }
}

#[test]
fn two_hundred_with_a_bare_outcome_is_a_failure_with_its_issues() {
    let issues = json!([{"severity": "error", "code": "processing", "details": {"text": "It broke."}}]);
    let found = answer(Operation::Align, 200, &outcome(&issues).to_string());
    assert_eq!(
        (found.class, found.code.as_str(), found.text.as_str()),
        (OutcomeClass::Failed, "processing", "It broke.")
    );
    assert_eq!(found.system, ISSUE_TYPES);
    assert_eq!(found.issues.len(), 1);
}

#[test]
fn two_hundred_with_anything_else_is_an_unreadable_answer() {
    let twice = json!({"resourceType": "Parameters", "parameter": [
        result("ACCESSAlignmentResultCS", "aligned")["parameter"][0],
        result("ACCESSAlignmentResultCS", "not-aligned-services")["parameter"][0]
    ]});
    let bodies = [
        String::new(),
        "<!DOCTYPE html><html><body>Secret</body></html>".to_owned(),
        "Secret".to_owned(),
        "{\"resourceType\":\"Parameters\"".to_owned(),
        "{\"access_token\":\"Secret\"}".to_owned(),
        "[]".to_owned(),
        "{\"resourceType\":\"Patient\",\"id\":\"Secret\"}".to_owned(),
        "{\"resourceType\":\"Parameters\",\"parameter\":[]}".to_owned(),
        "{\"resourceType\":\"OperationOutcome\",\"issue\":[]}".to_owned(),
        "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"result\",\"valueString\":\"Secret\"}]}".to_owned(),
        "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"result\",\"valueCodeableConcept\":{\"text\":\"Secret\"}}]}".to_owned(),
        twice.to_string(),
        "[".repeat(100_000),
    ];
    for body in bodies {
        let found = answer(Operation::Align, 200, &body);
        let start: String = body.chars().take(60).collect();
        assert_eq!((found.class.clone(), found.code.as_str()), (OutcomeClass::Failed, UNREADABLE), "{start}");
        assert_eq!(found.issues.len(), 1, "{start}");
        assert!(!format!("{found:?}").contains("Secret"), "{start}");
    }
}

#[test]
fn four_hundred_is_mended_and_sent_again_with_advice_for_each_issue() {
    let issues = json!([
        {"severity": "error", "code": "invalid", "details": {"text": "Payload validation failed: missing required field(s): payerID, mbi, birthDate"}},
        {"severity": "error", "code": "code-invalid", "diagnostics": "Invalid track code.", "expression": ["Parameters.parameter[3]"]},
        {"severity": "error", "code": "invalid", "details": {"text": "FHIR validation failed"}, "diagnostics": "Patient.identifier.system is required"}
    ]);
    let found = answer(Operation::CheckEligibility, 400, &outcome(&issues).to_string());
    assert_eq!(
        (found.class, found.code.as_str(), found.system.as_str()),
        (OutcomeClass::FixAndResend, "invalid", ISSUE_TYPES)
    );
    assert!(found.text.starts_with("Payload validation failed"));
    assert_eq!(found.issues.len(), 3);
    let hint = |index: usize| found.issues[index].hint.as_deref().unwrap_or_default();
    assert!(["participants.payer", "PID-3", "PID-7"].iter().all(|place| hint(0).contains(place)), "{}", hint(0));
    assert_eq!(found.issues[1].message, "Invalid track code.");
    assert_eq!(found.issues[1].location, "Parameters.parameter[3]");
    assert!(hint(1).contains("ZAC-3"));
    assert!(hint(2).contains("Patient.identifier.system is required") && hint(2).contains("PID-3"), "{}", hint(2));
}

#[test]
fn the_demand_for_an_attestation_is_the_result_code_for_it() {
    let issues = json!([{"severity": "error", "code": "required", "details": {
        "text": "Switch consent attestation is required when patient is switching participants after lock-in period"
    }}]);
    let body = outcome(&issues).to_string();
    let found = answer(Operation::Align, 400, &body);
    let facts = profile().guide.result("align", "not-aligned-no-switch-attestation").unwrap();
    assert_eq!((found.code.as_str(), found.class.as_str()), (facts.code.as_str(), facts.class.as_str()));
    assert!(found.system.ends_with("ACCESSAlignmentResultCS"));
    assert!(found.text.starts_with("Switch consent"));
    assert!(found.issues[0].hint.as_deref().unwrap_or_default().contains("ZAC-6"));

    assert_ne!(answer(Operation::Unalign, 400, &body).code, facts.code, "only where a switch can be asked for");
    assert_ne!(answer(Operation::Align, 500, &body).code, facts.code);
    let other = body.replace("\"required\"", "\"invalid\"");
    assert_ne!(answer(Operation::Align, 400, &other).code, facts.code);
}

#[test]
fn access_and_lost_submissions_say_what_to_check() {
    let told = |status: u16, code: &str| {
        let issues = json!([{"severity": "error", "code": code, "details": {"text": "No."}}]);
        answer(Operation::Align, status, &outcome(&issues).to_string())
    };
    for (status, code, word) in [
        (401, "security", "secret"),
        (403, "forbidden", "scopes"),
        (404, "not-found", "alignment report"),
        (503, "transient", "later"),
    ] {
        let found = told(status, code);
        assert_eq!((found.class, found.code.as_str()), (OutcomeClass::Failed, code));
        assert!(found.next_step.contains(word), "{status}: {}", found.next_step);
    }
}

#[test]
fn errors_without_an_outcome_are_failures_in_plain_words() {
    for status in [400, 401, 403, 404, 429, 500, 502, 503, 302, 204] {
        for body in ["", "<html><body>Secret</body></html>", "Secret"] {
            let found = answer(Operation::Align, status, body);
            assert_eq!(found.class, OutcomeClass::Failed, "{status}");
            // A notice without a code cannot be routed by an engine.
            assert_eq!((found.code.as_str(), found.system.as_str()), (UNREADABLE, ""));
            // What CMS did is not known where CMS said nothing.
            assert!(!found.meaning.contains("CMS found") && !found.meaning.contains("Nothing was done"));
            assert!(!found.meaning.is_empty() && !found.next_step.is_empty());
            assert_eq!(found.issues[0].code, UNREADABLE);
            assert!(!format!("{found:?}").contains("Secret"));
        }
    }
}

#[test]
fn a_result_under_an_error_status_is_not_a_result() {
    let found = answer(Operation::Align, 500, &result("ACCESSAlignmentResultCS", "aligned").to_string());
    assert_eq!(found.class, OutcomeClass::Failed);
    assert_eq!(found.code, UNREADABLE);
    let refused = answer(Operation::Align, 400, &result("ACCESSAlignmentResultCS", "aligned").to_string());
    assert!(!refused.meaning.contains("Nothing was done"), "{}", refused.meaning);
    assert_eq!(found.text, "In the words of CMS.");
}

#[test]
fn what_is_kept_of_an_answer_is_bounded_and_says_so() {
    let many: Vec<Value> = (0..MAX_ISSUES + 50)
        .map(|_| json!({"severity": "error", "code": "x".repeat(1000), "details": {"text": "y".repeat(MAX_TEXT * 2)}}))
        .collect();
    let found = answer(Operation::Align, 400, &outcome(&json!(many)).to_string());
    assert_eq!(found.issues.len(), MAX_ISSUES);
    assert_eq!(found.issues.last().unwrap().code, "issues-left-out");
    assert_eq!(found.issues[0].message.chars().count(), MAX_TEXT);
    assert_eq!(found.code, "unknown");
}

#[test]
fn control_characters_of_texts_are_dropped() {
    let issues = json!([{"severity": "error", "code": "invalid", "details": {"text": "a\rMSH|\u{b}b\u{1c}"}}]);
    assert_eq!(answer(Operation::Align, 400, &outcome(&issues).to_string()).text, "aMSH|b");
}

#[test]
fn issues_without_text_severity_or_code_are_kept() {
    let found =
        answer(Operation::Align, 500, &outcome(&json!([{}, {"severity": "fatal", "code": "exception"}])).to_string());
    assert_eq!(found.issues.len(), 2);
    assert_eq!((found.issues[0].severity.clone(), found.issues[0].code.as_str()), (Severity::Error, "unknown"));
    assert_eq!(found.issues[1].severity, Severity::Fatal);
    assert!(found.issues.iter().all(|issue| !issue.message.is_empty()));
}
