//! Answers of the endpoint.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

/// An answer: status, and the issue of its OperationOutcome where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    status: StatusCode,
    /// Severity, code of `issue-type`, and the sentence.
    issue: Option<(&'static str, &'static str, &'static str)>,
}

impl Answer {
    pub(super) const TAKEN: Self = Self { status: StatusCode::ACCEPTED, issue: None };
    pub(super) const UNMATCHED: Self = Self {
        status: StatusCode::ACCEPTED,
        issue: Some(("warning", "not-found", "the message is stored; it could not be matched, and a person will look")),
    };
    pub(super) const UNAUTHORIZED: Self =
        Self::saying(StatusCode::UNAUTHORIZED, "login", "a bearer token is needed, and the one given is not it");
    pub(super) const NOT_FOUND: Self =
        Self::saying(StatusCode::NOT_FOUND, "not-found", "messages are taken at / and at /$process-message");
    pub(super) const METHOD: Self =
        Self::saying(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "messages are taken by POST");
    pub(super) const MEDIA_TYPE: Self = Self::saying(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not-supported",
        "messages are taken as application/fhir+json",
    );
    pub(super) const TOO_SLOW: Self =
        Self::saying(StatusCode::REQUEST_TIMEOUT, "timeout", "the body was not complete in time");
    pub(super) const TOO_LARGE: Self =
        Self::saying(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "the body is larger than is taken");
    pub(super) const BROKEN: Self = Self::saying(StatusCode::BAD_REQUEST, "structure", "the body broke off");
    pub(super) const NOT_NOW: Self = Self::saying(
        StatusCode::SERVICE_UNAVAILABLE,
        "transient",
        "the message could not be stored now; send it again",
    );

    const fn saying(status: StatusCode, code: &'static str, text: &'static str) -> Self {
        Self { status, issue: Some(("error", code, text)) }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let body = self.issue.map_or_else(Bytes::new, |(severity, code, text)| {
            let outcome = serde_json::json!({
                "resourceType": "OperationOutcome",
                "issue": [{ "severity": severity, "code": code, "details": { "text": text } }],
            });
            Bytes::from(outcome.to_string())
        });
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.issue.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        }
        match self.status {
            StatusCode::UNAUTHORIZED => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            StatusCode::METHOD_NOT_ALLOWED => headers.insert(ALLOW, HeaderValue::from_static("POST")),
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(RETRY_AFTER, HeaderValue::from_static("30")),
            // What is left of the body is not read.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"))
            }
            _ => None,
        };
        response
    }
}
