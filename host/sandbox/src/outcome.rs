//! OperationOutcome resources, as the guide's error model shapes them.

use crate::scenario::ScriptedIssue;
use serde_json::{Map, Value, json};

/// One issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutcomeIssue {
    pub(crate) severity: String,
    pub(crate) code: String,
    pub(crate) text: Option<String>,
    pub(crate) diagnostics: Option<String>,
    pub(crate) expression: Vec<String>,
}

impl OutcomeIssue {
    /// An error with `details.text`.
    pub(crate) fn error(code: &str, text: impl Into<String>) -> Self {
        Self {
            severity: "error".to_owned(),
            code: code.to_owned(),
            text: Some(text.into()),
            diagnostics: None,
            expression: Vec::new(),
        }
    }

    pub(crate) fn with_diagnostics(mut self, diagnostics: impl Into<String>) -> Self {
        self.diagnostics = Some(diagnostics.into());
        self
    }

    /// Names the element it is about.
    pub(crate) fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression.push(expression.into());
        self
    }
}

impl From<&ScriptedIssue> for OutcomeIssue {
    fn from(issue: &ScriptedIssue) -> Self {
        Self {
            severity: issue.severity.clone(),
            code: issue.code.clone(),
            text: issue.text.clone(),
            diagnostics: issue.diagnostics.clone(),
            expression: issue.expression.clone(),
        }
    }
}

/// The resource.
pub(crate) fn operation_outcome(issues: &[OutcomeIssue]) -> Value {
    json!({ "resourceType": "OperationOutcome", "issue": issues.iter().map(issue).collect::<Vec<_>>() })
}

fn issue(issue: &OutcomeIssue) -> Value {
    let mut object = Map::new();
    object.insert("severity".to_owned(), json!(issue.severity));
    object.insert("code".to_owned(), json!(issue.code));
    if let Some(text) = &issue.text {
        object.insert("details".to_owned(), json!({ "text": text }));
    }
    if let Some(diagnostics) = &issue.diagnostics {
        object.insert("diagnostics".to_owned(), json!(diagnostics));
    }
    if !issue.expression.is_empty() {
        object.insert("expression".to_owned(), json!(issue.expression));
    }
    Value::Object(object)
}

/// What a server says with a status when nothing more particular is known.
pub(crate) fn usual_issue(status: u16, retry_after: Option<&str>) -> OutcomeIssue {
    let again = retry_after.map_or_else(
        || "Please retry later.".to_owned(),
        |wait| match wait.parse::<u32>() {
            Ok(seconds) => format!("Please retry after {seconds} seconds."),
            Err(_) => format!("Please retry after {wait}."),
        },
    );
    match status {
        200..=299 => OutcomeIssue::error("exception", "The submission could not be completed."),
        401 => OutcomeIssue::error("security", "Invalid or expired access token"),
        403 => OutcomeIssue::error("forbidden", "Insufficient scope for requested operation."),
        404 => OutcomeIssue::error("not-found", "Not found"),
        429 => OutcomeIssue::error("throttled", format!("Too many requests. {again}")),
        503 => OutcomeIssue::error("transient", format!("Service temporarily unavailable. {again}")),
        400..=499 => OutcomeIssue::error("invalid", "FHIR validation failed"),
        _ => OutcomeIssue::error(
            "exception",
            "An unexpected error occurred processing your request. Please contact support with submission ID if this persists.",
        ),
    }
}
