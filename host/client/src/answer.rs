//! What a submit or a poll comes back with.

use crate::Failure;
use bridge_types::Phi;
use std::fmt;
use std::time::Duration;

/// One HTTP answer, for the component to interpret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type`: printable ASCII, at most 200 characters; empty when it was missing.
    pub content_type: String,
    /// The body, decoded as UTF-8 with replacement, without a byte order mark; at most the configured limit.
    pub body: Phi<String>,
    /// False when the body was longer than the limit or broke off: `body` is then its beginning.
    pub whole: bool,
}

/// What became of a POST.
#[derive(Clone, PartialEq, Eq)]
pub enum Submitted {
    /// 202 with a `Content-Location`: queued. Store both texts before the first poll.
    Accepted {
        /// The status URL: as it came where it is absolute, resolved against the request URL where it is relative.
        /// Sensitive; keep it out of logs.
        location: String,
        /// The id CMS gave: the last path segment, or the id in the query where the path ends in an operation name.
        /// Empty where the URL holds none. Sensitive; keep it out of logs.
        submission_id: String,
        /// When to poll first, where the answer said so.
        retry_after: Option<Duration>,
    },
    /// 202 without a usable `Content-Location`: queued, and impossible to follow. A person must look; never a success and
    /// never to be sent again blindly.
    AcceptedWithoutLocation {
        /// `Retry-After`, where the answer had one.
        retry_after: Option<Duration>,
    },
    /// A final answer: the component interprets it.
    Answered(Answer),
    /// No final answer; the failure says what is allowed next.
    Failed(Failure),
}

/// What became of a status GET. Whatever it is, only [`Polled::Answered`] ends a submission.
#[derive(Clone, PartialEq, Eq)]
pub enum Polled {
    /// 202: still being processed.
    Pending {
        /// When to poll again, where the answer said so.
        retry_after: Option<Duration>,
        /// `X-Progress`: printable ASCII, at most 200 characters. To show, not to depend on; keep it out of logs.
        progress: Option<String>,
    },
    /// A final answer: the component interprets it.
    Answered(Answer),
    /// No final answer; the failure says what is allowed next.
    Failed(Failure),
}

/// Stands for a text that must not be printed.
const HIDDEN: &str = "…";

impl fmt::Debug for Submitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { location: _, submission_id: _, retry_after } => f
                .debug_struct("Accepted")
                .field("location", &HIDDEN)
                .field("submission_id", &HIDDEN)
                .field("retry_after", retry_after)
                .finish(),
            Self::AcceptedWithoutLocation { retry_after } => {
                f.debug_struct("AcceptedWithoutLocation").field("retry_after", retry_after).finish()
            }
            Self::Answered(answer) => f.debug_tuple("Answered").field(answer).finish(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

impl fmt::Debug for Polled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { retry_after, progress } => f
                .debug_struct("Pending")
                .field("retry_after", retry_after)
                .field("progress", &progress.as_ref().map(|_| HIDDEN))
                .finish(),
            Self::Answered(answer) => f.debug_tuple("Answered").field(answer).finish(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}
