//! Answers to reports: what CMS names is traced back to measures and questionnaires.

use crate::compose::samples::profile;
use crate::interpret::interpret;
use access_contract::{Exchange, Issue, Operation, Outcome, OutcomeClass, Phase};
use serde_json::{Value, json};

const SYSTEM: &str = "https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSReportDataResultCS";

fn answer(status: u16, body: &Value) -> Outcome {
    let exchange = Exchange {
        operation: Operation::ReportData,
        phase: Phase::Poll,
        status,
        content_type: "application/json".to_owned(),
        body: body.to_string(),
    };
    interpret(profile(), &exchange)
}

fn result(system: &str, code: &str, further: &[Value]) -> Value {
    let mut parameter = vec![json!({"name": "result", "valueCodeableConcept": {
        "coding": [{"system": system, "code": code, "display": "Whatever"}], "text": "In the words of CMS."
    }})];
    parameter.extend(further.iter().cloned());
    json!({"resourceType": "Parameters", "parameter": parameter})
}

#[expect(clippy::needless_pass_by_value, reason = "cases are written down as values")]
fn outcome(issue: Value) -> Value {
    json!({"resourceType": "OperationOutcome", "issue": [issue]})
}

#[expect(clippy::needless_pass_by_value, reason = "cases are written down as values")]
fn issue(code: &str, expression: Value, text: &str) -> Value {
    json!({"severity": "warning", "code": code, "details": {"text": text}, "expression": expression})
}

/// The one issue of an incomplete report.
fn traced(code: &str, expression: Value, text: &str) -> Issue {
    let issues = json!({"name": "issues", "resource": outcome(issue(code, expression, text))});
    let mut found = answer(200, &result(SYSTEM, "incomplete-data", &[issues]));
    assert_eq!((found.class, found.code.as_str()), (OutcomeClass::FixAndResend, "incomplete-data"));
    assert_eq!(found.issues.len(), 1);
    found.issues.remove(0)
}

#[test]
fn the_guides_example_names_hba1c_and_where_it_comes_from() {
    let found = traced(
        "required",
        json!([
            "Bundle.entry[2].resource.section.where(code.coding.code='CKM').section.where(code.coding.code='4548-4')"
        ]),
        "Missing required observation.",
    );
    assert_eq!(found.rule.as_deref(), Some("HbA1c"));
    assert!(
        found.message.starts_with(
            "HbA1c is missing or incomplete in the report of the CKM track. CMS says: Missing required observation."
        ),
        "{}",
        found.message
    );
    let hint = found.hint.unwrap();
    assert!(hint.contains("ORU^R01") && hint.contains("4548-4"), "{hint}");
    assert!(found.location.starts_with("Bundle.entry[2]"));
}

#[test]
fn an_outcome_without_a_name_and_an_expression_without_brackets_are_read() {
    let stray = outcome(issue(
        "incomplete",
        json!("Composition.section.where(title = 'BH').section.where(title = 'PHQ-9')"),
        "Too many unanswered items.",
    ));
    for further in [stray.clone(), json!({"resource": stray})] {
        let found = answer(200, &result(SYSTEM, "incomplete-data", &[further]));
        assert_eq!(found.issues.len(), 1);
        assert_eq!(found.issues[0].rule.as_deref(), Some("PHQ-9"));
        assert!(found.issues[0].message.contains("of the BH track"), "{}", found.issues[0].message);
        assert!(found.issues[0].hint.as_deref().unwrap().contains("QuestionnaireResponse"));
    }
}

#[test]
fn measures_are_found_by_code_title_or_words() {
    for (expression, text, rule) in [
        ("section.where(code='CKM').section.where(code='2085-9')", "x", "lipids"),
        ("section.where(title='Waist Circumference')", "x", "waist"),
        ("section.where(code.coding.code = \"blood-pressure\")", "x", "blood-pressure"),
        ("section.where(code='BH').section.where(code='PGIC')", "x", "PGIC-BH"),
        ("section.where(code='MSK').section.where(code='PGIC')", "x", "PGIC-MSK"),
        ("section.where(code='MSK').section.where(code='76804-4')", "x", "PROMIS-PF"),
        (
            "",
            "Missing required observation: Hemoglobin A1c (HbA1c) is required for CKM track quarterly reporting",
            "HbA1c",
        ),
        ("", "The track needs eGFR or uACR.", "eGFR, uACR"),
        ("", "The blood pressure is missing.", "blood-pressure"),
        ("", "whodas, gad-7", "WHODAS, GAD-7"),
    ] {
        let found = traced("required", json!([expression]), text);
        assert_eq!(found.rule.as_deref(), Some(rule), "{expression} {text}");
    }
}

#[test]
fn what_is_about_no_measure_stays_as_it_came() {
    for text in ["Something is wrong.", "'4548' is no code", ""] {
        let found = traced("invalid", json!(["Parameters.parameter[4]"]), text);
        assert_eq!((found.rule, found.message.contains("missing or")), (None, false));
    }
}

#[test]
fn a_value_that_is_not_taken_is_no_missing_one() {
    let found = traced("value", json!(["section.where(code='4548-4')"]), "Outside the valid range.");
    assert_eq!(found.message, "CMS objects to HbA1c in the report: Outside the valid range.");
}

#[test]
fn a_refusal_of_the_request_names_what_is_missing_as_well() {
    let body = outcome(
        json!({"severity": "error", "code": "structure", "diagnostics": "No section for BMI in the CKM section"}),
    );
    let found = answer(400, &body);
    assert_eq!(found.class, OutcomeClass::FixAndResend);
    assert_eq!(found.issues[0].rule.as_deref(), Some("BMI"));
    assert!(found.issues[0].message.contains("of the CKM track"));
}

#[test]
fn every_issue_is_traced_not_the_first() {
    let body = json!({"resourceType": "OperationOutcome", "issue": [
        issue("required", json!(["section.where(code='44249-1')"]), "One."),
        issue("required", json!(["section.where(code='69737-5')"]), "Two."),
    ]});
    let found = answer(200, &result(SYSTEM, "incomplete-data", &[json!({"name": "issues", "resource": body})]));
    let rules: Vec<_> = found.issues.iter().map(|issue| issue.rule.as_deref()).collect();
    assert_eq!(rules, [Some("PHQ-9"), Some("GAD-7")]);
}

#[test]
fn the_same_system_on_another_host_is_the_same() {
    let found = answer(
        200,
        &result("https://globalalliantinc.com/access/CodeSystem/ACCESSReportDataResultCS", "duplicate", &[]),
    );
    assert_eq!((found.class, found.code.as_str()), (OutcomeClass::Refused, "duplicate"));
    // One without a system was an error to people, and an accepted report to the calendar.
    assert_eq!(answer(200, &result("", "success", &[])).class, OutcomeClass::Done);
    for other in ["https://globalalliantinc.com/access/CodeSystem/ACCESSAlignmentResultCS", "ACCESSReportDataResultCS"]
    {
        assert_eq!(answer(200, &result(other, "success", &[])).class, OutcomeClass::Unknown, "{other}");
    }
}

#[test]
fn an_answer_of_another_operation_is_not_traced() {
    let body = outcome(issue("invalid", json!(["section.where(code='4548-4')"]), "x"));
    let exchange = Exchange {
        operation: Operation::Align,
        phase: Phase::Submit,
        status: 400,
        content_type: String::new(),
        body: body.to_string(),
    };
    assert_eq!(interpret(profile(), &exchange).issues[0].rule, None);
}
