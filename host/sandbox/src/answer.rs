//! The Parameters of a result, with its issues in the form the scenario asks for.

use crate::operation::Operation;
use crate::outcome::{OutcomeIssue, operation_outcome};
use crate::scenario::{ExpressionForm, IssuesForm};
use crate::state::State;
use access_mappings::Guide;
use serde_json::{Value, json};

/// The Parameters of a result. A code the guide does not have goes out without a display.
pub(crate) fn result_parameters(
    state: &State,
    operation: Operation,
    code: &str,
    text: Option<&str>,
    issues: &[OutcomeIssue],
) -> Value {
    let guide: &Guide = &state.guide;
    let facts = guide.result(operation.code(), code);
    let (profile, system) = guide
        .operation(operation.code())
        .map_or(("", ""), |facts| (facts.profile.as_str(), facts.result_system.as_str()));
    let coding = match facts {
        Some(facts) => json!({ "system": system, "code": code, "display": facts.display }),
        None => json!({ "system": system, "code": code }),
    };
    let text = text.or_else(|| facts.map(|facts| facts.meaning.as_str())).unwrap_or(code);
    let mut parameters = vec![json!({
        "name": "result",
        "valueCodeableConcept": { "coding": [coding], "text": text },
    })];
    if !issues.is_empty() {
        parameters.push(issues_parameter(state, operation, issues));
    }
    if !state.wire.result_meta {
        return json!({ "resourceType": "Parameters", "parameter": parameters });
    }
    // The profiles come in pairs; only the generic one has room for issues.
    let profile = if issues.is_empty() {
        profile.strip_suffix("-in").map_or_else(String::new, |stem| format!("{stem}-out"))
    } else {
        format!("{}/StructureDefinition/access-submission-status-out", guide.canonical)
    };
    json!({ "resourceType": "Parameters", "meta": { "profile": [profile] }, "parameter": parameters })
}

/// The element of `parameter` that holds the issues. The guide's pages show two forms of it, and two of an expression, for
/// reports only.
fn issues_parameter(state: &State, operation: Operation, issues: &[OutcomeIssue]) -> Value {
    let mut outcome = operation_outcome(issues);
    let parameter = |outcome: Value| json!({ "name": "issues", "resource": outcome });
    if operation != Operation::ReportData {
        return parameter(outcome);
    }
    if state.reporting.expression == ExpressionForm::Text {
        let all = outcome.get_mut("issue").and_then(Value::as_array_mut);
        for expression in all.into_iter().flatten().filter_map(|issue| issue.get_mut("expression")) {
            let texts: Vec<&str> = expression.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            // Alternatives become one expression, as FHIRPath joins them.
            *expression = Value::from(texts.join(" | "));
        }
    }
    match state.reporting.issues {
        IssuesForm::Parameter => parameter(outcome),
        IssuesForm::Stray => outcome,
    }
}
