//! Answers before they become HTTP responses.

use crate::body::{Pace, ResponseBody};
use crate::outcome::{OutcomeIssue, operation_outcome, usual_issue};
use crate::scenario::{BodyKind, Phase, ReplyFault};
use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// Header that tells how far a submission is.
const X_PROGRESS: HeaderName = HeaderName::from_static("x-progress");

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Bytes,
    pub(crate) pace: Pace,
}

impl Reply {
    /// No body.
    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), pace: Pace { pause: None, cut: false } }
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { body: Bytes::from(body.to_string()), ..Self::empty(status) }.with(CONTENT_TYPE, "application/json")
    }

    /// An OperationOutcome.
    pub(crate) fn outcome(status: u16, issues: &[OutcomeIssue]) -> Self {
        Self::json(status, &operation_outcome(issues))
    }

    /// Queued; the header is left out where there is no location to tell.
    pub(crate) fn accepted(location: Option<String>) -> Self {
        let reply = Self::empty(202);
        match location {
            Some(location) => reply.with(CONTENT_LOCATION, location),
            None => reply,
        }
    }

    /// Still being processed.
    pub(crate) fn pending(progress: bool, retry_after: Option<u32>) -> Self {
        let mut reply = Self::empty(202);
        if progress {
            reply = reply.with(X_PROGRESS, "in progress");
        }
        match retry_after {
            Some(seconds) => reply.with(RETRY_AFTER, seconds.to_string()),
            None => reply,
        }
    }

    /// No token that counts.
    pub(crate) fn unauthorized(bare: bool) -> Self {
        let reply = if bare { Self::empty(401) } else { Self::outcome(401, &[usual_issue(401, None)]) };
        reply.with(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
    }

    /// An error of the token endpoint, as RFC 6749 shapes it.
    pub(crate) fn token_error(status: u16, error: &str, description: &str) -> Self {
        let body = json!({ "error": error, "error_description": description });
        let reply = Self::json(status, &body).with(CACHE_CONTROL, "no-store");
        if status == 401 { reply.with(WWW_AUTHENTICATE, "Basic realm=\"sandbox\"") } else { reply }
    }

    /// What a fault says.
    pub(crate) fn scripted(fault: &ReplyFault, phase: Phase) -> Self {
        let retry_after = fault.retry_after.as_ref().map(ToString::to_string);
        let issues: Vec<OutcomeIssue> = if fault.issues.is_empty() {
            vec![usual_issue(fault.status, retry_after.as_deref())]
        } else {
            fault.issues.iter().map(OutcomeIssue::from).collect()
        };
        let mut reply = match fault.body {
            // These two have no body by their meaning.
            _ if matches!(fault.status, 202 | 204) => Self::empty(fault.status),
            BodyKind::Outcome if phase == Phase::Token => Self::scripted_token_error(fault.status),
            BodyKind::Outcome | BodyKind::Cut => Self::outcome(fault.status, &issues),
            BodyKind::Diagnostics => {
                Self::outcome(fault.status, &issues.into_iter().map(only_diagnostics).collect::<Vec<_>>())
            }
            BodyKind::Html => Self { body: Bytes::from(page(fault.status)), ..Self::empty(fault.status) }
                .with(CONTENT_TYPE, "text/html; charset=utf-8"),
            BodyKind::Garbage => {
                Self { body: Bytes::from_static(b"{\"resourceType\":\"Para\xff\xfe<"), ..Self::empty(fault.status) }
                    .with(CONTENT_TYPE, "application/json")
            }
            BodyKind::Empty => Self::empty(fault.status),
        };
        reply.pace.cut = fault.body == BodyKind::Cut;
        if fault.status == 401 && !reply.headers.iter().any(|(name, _)| *name == WWW_AUTHENTICATE) {
            reply = reply.with(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
        }
        match retry_after {
            Some(wait) => reply.with(RETRY_AFTER, wait),
            None => reply,
        }
    }

    fn scripted_token_error(status: u16) -> Self {
        match status {
            200..=299 => Self::json(status, &json!({})),
            401 => Self::token_error(401, "invalid_client", "Client authentication failed"),
            429 | 503 => Self::token_error(status, "temporarily_unavailable", "The token endpoint is overloaded"),
            400..=499 => Self::token_error(status, "invalid_request", "The request is not valid"),
            _ => Self::token_error(status, "server_error", "An unexpected error occurred"),
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The response. A header that cannot be written is left out.
    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        let mut response = Response::new(ResponseBody::new(self.body, self.pace));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn only_diagnostics(mut issue: OutcomeIssue) -> OutcomeIssue {
    let text = issue.text.take();
    issue.diagnostics = issue.diagnostics.or(text);
    issue
}

fn page(status: u16) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\
         <body><h1>{status}</h1><p>The request was stopped by a gateway.</p></body></html>\n"
    )
}
