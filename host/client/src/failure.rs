//! What went wrong with a request, as a type: cause, place, and what is allowed next.

use crate::Answer;
use access_contract::Operation;
use bridge_types::Disposition;
use std::fmt;
use std::time::Duration;

/// A request that brought no final answer.
///
/// `Display` says what happened and where; `{:#}` adds what to do. Neither holds a status URL, a submission id, a token or
/// anything of a payload or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is allowed next. For a poll it concerns the poll, never the submission, which goes on existing.
    pub disposition: Disposition,
    /// What happened.
    pub cause: FailureCause,
    /// Where it happened.
    pub place: Place,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// `Retry-After` of the answer, whatever the disposition is; at most [`crate::RETRY_AFTER_CAP`].
    pub retry_after: Option<Duration>,
    /// The answer, where the ACCESS API (not the token endpoint) gave one: its issues are worth showing.
    pub answer: Option<Answer>,
}

/// Where a failure happened: names only, no path, no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which request.
    pub step: Step,
    /// For which operation; unset where a token was asked for on its own.
    pub operation: Option<Operation>,
    /// Host, with its port where it is not the scheme's own.
    pub host: String,
}

/// Which request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The token request.
    Token,
    /// The POST of an operation.
    Submit,
    /// The status GET.
    Poll,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FailureCause {
    /// The token endpoint refused the credentials, the scope or the request.
    #[error("the token endpoint refused the request{}", .error.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    TokenRefused {
        /// The RFC 6749 error code, such as `invalid_client`; unset where there was none or it was malformed.
        error: Option<String>,
    },
    /// The token endpoint could not be reached, did not answer in time, or is overloaded.
    #[error("no token could be obtained: the token endpoint did not answer or is overloaded")]
    TokenUnavailable,
    /// The token endpoint answered 200 with something that is no bearer token, or redirected.
    #[error("the token endpoint's answer holds no usable bearer token")]
    TokenUnusable,
    /// No connection: name not resolved, refused, unreachable, or not established in time. Nothing was sent.
    #[error("no connection could be established")]
    Connect,
    /// The TLS handshake failed for good: certificate not trusted or not valid, or no TLS 1.3. Nothing was sent.
    #[error("the TLS connection was refused: certificate not accepted, or TLS 1.3 not offered")]
    Tls,
    /// The request could not be written down as HTTP. Nothing was sent.
    #[error("the request could not be built")]
    Unsendable,
    /// The connection was lost after the request may have been written, or the answer was not HTTP.
    #[error("the connection was lost before a whole answer came")]
    Lost,
    /// No answer in time, after the request may have been written.
    #[error("no answer came in time")]
    TimedOut,
    /// 401, and 401 again with a new token.
    #[error("the access token was refused twice")]
    Unauthorized,
    /// 403 on a status GET.
    #[error("access to the status was forbidden")]
    Forbidden,
    /// 429.
    #[error("too many requests")]
    Throttled,
    /// 503.
    #[error("the service is unavailable")]
    Unavailable,
    /// 408 or 425: the server did not take the request in.
    #[error("the server did not take the request in")]
    NotTaken,
    /// Another 5xx with an OperationOutcome.
    #[error("the server reported an internal error")]
    ServerError,
    /// A 5xx that does not come from the API itself, or a status outside HTTP's classes.
    #[error("a gateway answered in place of the service")]
    Gateway,
    /// A 2xx, or a 4xx on a status GET, whose body is no FHIR resource: a login page, a proxy's page, or nothing.
    #[error("the answer is not FHIR: something before the service answered in its place")]
    NotFhir,
    /// 3xx: redirects are not followed.
    #[error("the server redirects elsewhere")]
    Redirected,
    /// 200 whose body is longer than the limit.
    #[error("the answer is longer than the limit")]
    AnswerTooLarge,
    /// The status URL belongs to an origin that must not see the token, or carries credentials. Nothing was sent.
    #[error("foreign status URL: its origin is not the configured one")]
    ForeignStatusUrl,
    /// The status URL is no absolute URL, or too long. Nothing was sent.
    #[error("the stored status URL cannot be read")]
    UnreadableStatusUrl,
}

impl Failure {
    /// What to do about it, in plain words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match (&self.cause, self.disposition) {
            (FailureCause::TokenRefused { .. } | FailureCause::TokenUnusable, _) => {
                "check token URL, client id, client secret, scope and authentication method of this participant"
            }
            (FailureCause::Unauthorized, _) => {
                "the credentials obtain tokens that the API does not accept: check scope and environment with CMS"
            }
            (FailureCause::Forbidden, _) => {
                "check scope and standing of this participant with CMS; the submission can be polled again afterwards"
            }
            (FailureCause::Tls, _) => {
                "check the server's certificate, the extra CA and any inspecting proxy; TLS 1.3 is mandatory"
            }
            (FailureCause::Redirected, _) => "set the base URL to the address the API really has",
            (FailureCause::NotFhir, Disposition::Retry { .. }) => {
                "look for a proxy, a gateway or a login page on the way to CMS; it is asked again until CMS itself answers, \
                 or a person gives it up (`submissions cancel`)"
            }
            (FailureCause::AnswerTooLarge, Disposition::Operator) => "raise the answer limit and poll again",
            (FailureCause::ForeignStatusUrl, _) => {
                "if CMS confirms that origin, add it to the allowed origins (https only) and poll again"
            }
            (FailureCause::UnreadableStatusUrl | FailureCause::Unsendable, _) => {
                "report this with the submission's history"
            }
            (FailureCause::TokenUnavailable | FailureCause::Connect, Disposition::Retry { .. }) => {
                "it is tried again later by itself; if it stays so, look whether the address is right and the server there is started"
            }
            (_, Disposition::Uncertain) => "it may have been accepted: look for it at CMS before sending it again",
            (_, Disposition::Retry { .. }) => "nothing to do: it is tried again later",
            (_, Disposition::Reject) => "mend the request and send it again",
            (_, Disposition::Operator) => "a person must look at configuration and credentials",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.cause)?;
        if let Some(status) = self.status {
            write!(f, " (status {status})")?;
        }
        if f.alternate() {
            write!(f, "; {}", self.hint())?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.operation, self.step) {
            (Some(operation), Step::Submit) => write!(f, "{operation} at {}", self.host),
            (Some(operation), Step::Poll) => write!(f, "status of {operation} at {}", self.host),
            (Some(operation), Step::Token) => write!(f, "token for {operation} at {}", self.host),
            (None, _) => write!(f, "token at {}", self.host),
        }
    }
}
