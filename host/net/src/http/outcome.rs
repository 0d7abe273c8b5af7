//! Answers, and the OperationOutcomes in them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// `Content-Type` of FHIR as JSON.
pub const JSON_FHIR: &str = "application/fhir+json";
/// Seconds after which a sender is asked to try again when the trouble is ours.
const RETRY_SECONDS: &str = "30";

/// An answer on its way.
pub type Answer = Response<Full<Bytes>>;

/// A status with one issue of an OperationOutcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    status: StatusCode,
    severity: &'static str,
    code: &'static str,
    text: &'static str,
}

impl Outcome {
    /// 401.
    pub const UNAUTHORIZED: Self =
        Self::error(StatusCode::UNAUTHORIZED, "login", "a bearer token is needed, and the one given is not it");
    /// 405 where everything is taken by POST.
    pub const ONLY_POST: Self =
        Self::error(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "what is taken here is taken by POST");
    /// 408.
    pub const TOO_SLOW: Self = Self::error(StatusCode::REQUEST_TIMEOUT, "timeout", "the body was not complete in time");
    /// 413.
    pub const TOO_LARGE: Self =
        Self::error(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "the body is larger than is taken");
    /// 400.
    pub const BROKEN: Self = Self::error(StatusCode::BAD_REQUEST, "structure", "the body broke off");
    /// 503 with `Retry-After`: own trouble.
    pub const NOT_NOW: Self = Self::error(
        StatusCode::SERVICE_UNAVAILABLE,
        "transient",
        "it could not be stored now, and nothing is lost; send it again",
    );

    /// A refusal. `code` is one of FHIR's `issue-type`.
    #[must_use]
    pub const fn error(status: StatusCode, code: &'static str, text: &'static str) -> Self {
        Self { status, severity: "error", code, text }
    }

    /// Taken, but somebody should know.
    #[must_use]
    pub const fn warning(status: StatusCode, code: &'static str, text: &'static str) -> Self {
        Self { status, severity: "warning", code, text }
    }

    /// The issue.
    #[must_use]
    pub fn issue(self) -> Value {
        json!({ "severity": self.severity, "code": self.code, "details": { "text": self.text } })
    }

    /// The answer, with the headers that its status asks for.
    #[must_use]
    pub fn answer(self) -> Answer {
        let mut answer = answer(self.status, JSON_FHIR, document(&[self.issue()]).to_string());
        let headers = answer.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            StatusCode::METHOD_NOT_ALLOWED => headers.insert(ALLOW, HeaderValue::from_static("POST")),
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS)),
            // What is left of the body is not read.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"))
            }
            _ => None,
        };
        answer
    }
}

/// An OperationOutcome of issues.
#[must_use]
pub fn document(issues: &[Value]) -> Value {
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

/// An answer with a body.
#[must_use]
pub fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Full::new(body.into());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer
}
