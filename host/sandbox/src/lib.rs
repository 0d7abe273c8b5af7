//! A local ACCESS API with today's wire: token endpoint, `$check-eligibility`, `$align`, `$unalign`, `$report-data` and
//! `$submission-status`, the programme's rules and calendar, the notices CMS sends by itself, a population of invented
//! beneficiaries, and faults on demand.
//!
//! It is made for dry runs, demonstrations and tests. It keeps everything in memory, forgets it when it stops, and listens
//! on loopback addresses unless told otherwise.
//!
//! ```no_run
//! use bridge_sandbox::{Options, Sandbox, Scenario};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let running = Sandbox::start(listener, Scenario::default_population()?, Options::default())?;
//! let operation = format!("{}/access/Patient/$align?entityId=ACCES12345", running.base_url());
//! let token = running.token_url();
//! # let _ = (operation, token);
//! running.handle().advance_days(61); // whoever was aligned today and sent no baseline is so no more
//! running.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What a request meets, in order
//!
//! | step | refusal |
//! |---|---|
//! | a scripted fault ([`Scenario`]) | whatever it says |
//! | route and method | 404, 405 |
//! | bearer token | 401 with `WWW-Authenticate` |
//! | scope | 403 |
//! | media type, and `Prefer` where the scenario asks for it | 415, 400 `required` |
//! | `entityId`: form, one the scenario knows | 400 `invalid`, 403 |
//! | JSON, a Parameters resource | 400 `structure` |
//! | parameter names, cardinalities, types; `participantID` equal to `entityId` | 400 `structure`, `required`, `invalid` |
//! | track, reason and report type codes | 400 `code-invalid` |
//! | `meta.profile` | 400 `required`, 400 `invalid` |
//! | a report's Bundle: document, timestamp, full URLs, Composition first, one Patient | 400 `invalid` |
//! | its identifier, and references of the Composition that lead to no entry | 400 `invalid` on the poll, or here |
//! | its Composition: elements, track section, narrative, measures, types of entries | 400 `invalid`, `required`, `invariant`, `structure` |
//! | Patient with MBI, name, gender and birth date; Conditions | 400 `invalid`, `required` |
//! | queue | 202, `Content-Location`, no body |
//!
//! The result is decided when the submission is accepted, in the order of acceptance, and never changes afterwards.
//!
//! # Time
//!
//! The clock is the machine's, or starts elsewhere and stands still or runs on ([`Options`]). [`Handle::advance_days`] and
//! `POST /admin/clock` move it; what falls due on the way (unalignments, notices) has then happened, each with its own
//! time. Days are whole days of UTC, and both ends of a reporting window belong to it.
//!
//! # What is told
//!
//! Notices leave as e-mail files and FHIR messages where a scenario or the options say so, and are kept for
//! [`Handle::notices`]. `GET /admin/state` and [`Handle::keys`] list everything that was accepted by its business key. Both
//! calls below [`ADMIN_PATH`] are served to loopback addresses only:
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /admin/clock` | `{"advance_days": 70}` or `{"now": "2027-01-15T08:00:00Z"}` | the time, and how many notices that brought |
//! | `GET /admin/state` | | the time, counts by operation and result, keys, counts of notices |
//!
//! # Limits
//!
//! All in [`Limits`]: body size, connections, submissions, tokens, keys and notices kept, beneficiaries, log entries, time
//! to send a request. The scenario file has its own in [`Scenario::parse`].

mod admin;
mod answer;
mod body;
mod calendar;
mod checks;
mod clock;
mod dispatch;
mod faults;
mod handle;
mod keys;
mod mail;
mod measures;
mod message;
mod notice;
mod operation;
mod options;
mod outcome;
mod post;
mod refusal;
mod registry;
mod reply;
mod reports;
mod route;
mod rules;
mod scenario;
mod server;
mod service;
mod setup;
mod state;
mod submissions;
mod submit;
mod token;
mod tokens;
mod traffic;

#[cfg(test)]
mod tests;

pub use handle::{Accepted, Handle};
pub use keys::{AcceptedKey, ResultCount};
pub use notice::Notice;
pub use options::{Limits, Options, TrafficLog};
pub use scenario::{
    Alignment, AttestationRule, Beneficiary, Client, ContentLocation, ControlGroup, EndOfPeriod, ExpressionBy,
    ExpressionForm, Fault, IssuesForm, MissingBaseline, Notices, PastReport, Programme, RefusedOn, Reporting, Required,
    Scenario, ScenarioError, TokenAuth, UnknownMbi, UnknownSections, Wire, Wording,
};
pub use server::{ADMIN_PATH, BASE_PATH, Running, Sandbox, StartError, TOKEN_PATH};
pub use traffic::RequestEntry;
