//! `POST /fhir`.

use super::service::HttpDoor;
use crate::batch::feeds;
use crate::{Received, Taken};
use bridge_net::http::{Answer, JSON_FHIR, Outcome, answer, document};
use bridge_types::contract::{Issue, Severity};
use hyper::StatusCode;
use serde_json::{Value, json};

/// Most issues in one answer; what was left out is counted.
const ISSUES: usize = 100;
/// Takes what a body holds, whatever it is called: the content says what it is.
pub(super) async fn take(door: &HttpDoor, came: Received) -> Result<Answer, Outcome> {
    let Received { bytes, peer, source, .. } = came;
    let feeds = feeds(bytes);
    let (total, mut known, mut refused) = (feeds.len(), 0_usize, 0_usize);
    let mut issues = Vec::new();
    for (position, bytes) in (1..).zip(feeds) {
        let feed = Received { bytes, peer, source: source.clone(), position };
        match door.intake.take(&feed).await.map_err(|_| Outcome::NOT_NOW)? {
            Taken::Stored => {}
            Taken::Known => known += 1,
            Taken::Refused { issues: found, .. } => {
                refused += 1;
                let blocking = found.iter().filter(|issue| issue.blocks());
                issues.extend(blocking.map(|issue| as_issue(issue, (total > 1).then_some(position))));
            }
        }
    }
    Ok(told(total, known, refused, issues))
}

/// The answer to a body that is refused as a whole.
pub(super) fn refuse(issue: &Issue) -> Answer {
    told(1, 0, 1, vec![as_issue(issue, None)])
}

/// What became of so many documents.
fn told(total: usize, known: usize, refused: usize, mut issues: Vec<Value>) -> Answer {
    let left_out = issues.len().saturating_sub(ISSUES);
    issues.truncate(ISSUES);
    let mut text = format!("{} of {total} stored", total.saturating_sub(refused));
    if known > 0 {
        text.push_str(&format!(", {known} of them earlier already"));
    }
    if refused > 0 {
        text.push_str(&format!("; {refused} kept in quarantine for a person to look at, do not send them again"));
    }
    if left_out > 0 {
        text.push_str(&format!("; {left_out} further issues are not listed"));
    }
    issues.insert(0, json!({ "severity": "information", "code": "informational", "details": { "text": text } }));
    let status = if refused == 0 { StatusCode::OK } else { StatusCode::ACCEPTED };
    answer(status, JSON_FHIR, document(&issues).to_string())
}

/// An issue as FHIR has it. `position` is given where several documents came.
fn as_issue(issue: &Issue, position: Option<u64>) -> Value {
    let severity = match issue.severity {
        Severity::Information => "information",
        Severity::Warning => "warning",
        Severity::Fatal => "fatal",
        Severity::Error | Severity::Other(_) => "error",
    };
    let code = match issue.condition {
        Some(101) => "required",
        Some(103) => "code-invalid",
        Some(104) => "too-long",
        Some(200..=203) => "not-supported",
        Some(204) => "not-found",
        _ => "processing",
    };
    let place = position.map(|position| format!("document {position}: ")).unwrap_or_default();
    let mut value = json!({
        "severity": severity,
        "code": code,
        "details": { "coding": [{ "code": issue.code }], "text": format!("{place}{}", issue.message) },
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some(hint) = &issue.hint {
            fields.insert("diagnostics".to_owned(), json!(hint));
        }
        if !issue.location.is_empty() {
            fields.insert("expression".to_owned(), json!([issue.location]));
        }
    }
    value
}
