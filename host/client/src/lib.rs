//! The ACCESS API over HTTP: obtains tokens, submits operations, polls their status, and says what each answer allows
//! next. It does not interpret results (the component does), stores nothing and schedules nothing.
//!
//! # Example
//!
//! ```no_run
//! use bridge_client::{AccessClient, ClientConfig, Polled, Submitted, Url};
//! use bridge_types::{Phi, Secret, SystemClock, contract::Operation};
//! use std::sync::Arc;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = ClientConfig::new(
//!     Url::parse("https://api.example.org/cdx/services/fhir")?,
//!     Url::parse("https://login.example.org/oauth2/token")?,
//!     "client-1",
//!     Secret::new("from a file"),
//! );
//! let client = AccessClient::new(config, Arc::new(SystemClock))?;
//! let body = Phi::new(r#"{"resourceType":"Parameters"}"#.to_owned());
//! match client.submit(&Operation::Align, "ACCES12345", &body).await {
//!     // Store `location` and `submission_id` before the first poll.
//!     Submitted::Accepted { location, .. } => match client.poll(&Operation::Align, &location).await {
//!         Polled::Pending { .. } => { /* ask `PollSchedule` when to poll again */ }
//!         Polled::Answered(answer) => { /* hand it to the component */ }
//!         Polled::Failed(failure) => tracing::warn!(failure = %failure, "poll failed"),
//!     },
//!     Submitted::AcceptedWithoutLocation { .. } => { /* a person must look: it was taken but cannot be followed */ }
//!     Submitted::Answered(answer) => { /* final: hand it to the component */ }
//!     Submitted::Failed(failure) => { /* `failure.disposition` says whether it may be sent again */ }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What an answer allows
//!
//! | what came | on the POST | on a status GET |
//! |---|---|---|
//! | 202 | [`Submitted::Accepted`], or [`Submitted::AcceptedWithoutLocation`] | [`Polled::Pending`] |
//! | 200 and every other 2xx | answered | answered |
//! | 400, 404 and every 4xx not below | answered | answered |
//! | 401 | token renewed and request repeated once; then an operator | the same |
//! | 403 | answered | an operator; the submission goes on existing |
//! | 408, 425, 429, 503 | retry | retry |
//! | 502, 504 | uncertain | retry |
//! | other 5xx with an OperationOutcome | retry (the guide: nothing was queued) | retry |
//! | other 5xx without one, 1xx, 6xx and up | uncertain | retry |
//! | 3xx | an operator | an operator |
//! | no connection | retry | retry |
//! | a certificate or TLS version that is refused | an operator | an operator |
//! | no answer, or the connection lost | uncertain | retry |
//! | no token: refused | an operator | an operator |
//! | no token: endpoint unreachable or overloaded | retry | retry |
//! | status URL of another origin | - | an operator; nothing is sent |
//!
//! # Guarantees
//!
//! - One call sends its request at most twice, the second time only after a 401. Nothing below repeats a request by itself.
//! - The token of the ACCESS API goes to the configured base's origin and to [`ClientConfig::allowed_origins`], nowhere else.
//! - TLS 1.3 with certificate validation; plain `http` for loopback addresses only. No redirect is followed. Proxy variables
//!   of the environment are ignored; a proxy is used where [`ClientConfig::proxy`] names one. No compression is asked for.
//! - Tokens, secrets, payloads, answers, status URLs, submission ids and progress texts appear in no `Debug`, `Display` or log
//!   output of this crate.

mod address;
mod answer;
mod classify;
mod client;
mod config;
mod failure;
mod retry_after;
pub mod schedule;
mod tls;
mod token;
mod tokens;
mod transport;

#[cfg(test)]
mod tests;

pub use address::LONGEST_LOCATION;
pub use answer::{Answer, Polled, Submitted};
pub use client::{AccessClient, Ticket};
pub use config::{
    ClientConfig, ConfigError, DEFAULT_SCOPE, Setting, SubmitConnection, Timeouts, TokenAuth, TokenReuse, Unfit,
};
pub use failure::{Failure, FailureCause, Place, Step};
pub use retry_after::RETRY_AFTER_CAP;
pub use schedule::{Backoff, BackoffSettings, NextPoll, PollMode, PollSchedule, PollSettings, ScheduleError};
pub use tokens::{TokenClient, TokenSettings};
pub use url::Url;
