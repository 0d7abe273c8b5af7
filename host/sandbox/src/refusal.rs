//! Why a request is refused before it reaches the queue. The texts are the guide's, or those of the live API where the
//! scenario asks for them; none repeats a value of the request.

use crate::outcome::OutcomeIssue;
use crate::reply::Reply;
use crate::scenario::{Wording, is_submission};
use hyper::header::ALLOW;

/// A refusal: status and issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) issues: Vec<OutcomeIssue>,
}

impl Refusal {
    fn new(status: u16, code: &str, text: impl Into<String>) -> Self {
        Self { status, issues: vec![OutcomeIssue::error(code, text)] }
    }

    pub(crate) fn into_reply(self) -> Reply {
        Reply::outcome(self.status, &self.issues)
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::new(400, "invalid", text)
    }

    pub(crate) fn code_invalid(text: impl Into<String>) -> Self {
        Self::new(400, "code-invalid", text)
    }

    /// A rule of a profile is broken at an element.
    pub(crate) fn profile(what: &str) -> Self {
        Self::new(400, "invalid", format!("FHIR validation failed: {what}"))
    }

    pub(crate) fn structure(diagnostics: &str) -> Self {
        let issue = OutcomeIssue::error("structure", "Parameters resource structure is invalid");
        Self { status: 400, issues: vec![issue.with_diagnostics(diagnostics)] }
    }

    /// The sections of a report are not as its track has them.
    pub(crate) fn sections(diagnostics: impl Into<String>) -> Self {
        let issue = OutcomeIssue::error("structure", "Composition section structure is invalid");
        Self { status: 400, issues: vec![issue.with_diagnostics(diagnostics)] }
    }

    pub(crate) fn no_track_section() -> Self {
        let issue = OutcomeIssue::error("required", "Missing required track section in Composition");
        Self { status: 400, issues: vec![issue.at("Composition.section")] }
    }

    /// A rule over several elements is broken.
    pub(crate) fn invariant(what: &str) -> Self {
        Self { status: 400, issues: vec![OutcomeIssue::error("invariant", what).at("Composition.section")] }
    }

    pub(crate) fn mbi_format() -> Self {
        Self::invalid("Invalid Medicare Beneficiary Identifier (MBI) format")
    }

    pub(crate) fn participant() -> Self {
        Self::invalid("Participant ID is not valid")
    }

    /// Things that are missing: names as the guide has them, and as the live API lists them.
    pub(crate) fn missing(wording: Wording, fields: &[Missing]) -> Self {
        let issues = match wording {
            Wording::Live => {
                let listed: Vec<&str> = fields.iter().map(|field| field.live).collect();
                vec![OutcomeIssue::error(
                    "required",
                    format!(
                        "Payload validation failed with the following error: missing required field(s): {}",
                        listed.join(", ")
                    ),
                )]
            }
            Wording::Guide => fields
                .iter()
                .map(|field| {
                    OutcomeIssue::error("required", format!("Missing required {}: {}", field.kind, field.name))
                })
                .collect(),
        };
        Self { status: 400, issues }
    }

    pub(crate) fn attestation() -> Self {
        let issue = OutcomeIssue::error(
            "required",
            "Switch consent attestation is required when patient is switching participants after lock-in period",
        );
        Self { status: 400, issues: vec![issue.with_diagnostics("switchConsentAttestation must be provided")] }
    }

    pub(crate) fn scope() -> Self {
        Self::new(403, "forbidden", "Insufficient scope for requested operation.")
    }

    pub(crate) fn inactive_participant() -> Self {
        Self::new(403, "forbidden", "The participant is not active for these credentials.")
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(404, "not-found", "There is nothing at this path")
    }

    /// The id stands in the sentence, as it does in the guide's sample; only ids of good form are repeated.
    pub(crate) fn no_such_submission(id: &str) -> Self {
        let id = if is_submission(id) { id } else { "" };
        Self::new(404, "not-found", format!("Submission ID '{id}' not found"))
    }

    pub(crate) fn method(allowed: &str) -> Reply {
        Self::new(405, "not-supported", format!("Only {allowed} is served here")).into_reply().with(ALLOW, allowed)
    }

    pub(crate) fn timeout() -> Self {
        Self::new(408, "timeout", "The request body did not arrive in time")
    }

    pub(crate) fn too_large() -> Self {
        Self::new(413, "too-long", "The request body is too large")
    }

    pub(crate) fn media_type() -> Self {
        Self::new(415, "not-supported", "The request body must be application/json")
    }

    pub(crate) fn unavailable(text: &str) -> Self {
        Self::new(503, "transient", text)
    }
}

/// Something a request lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing {
    /// `parameter` or `element`.
    kind: &'static str,
    name: &'static str,
    live: &'static str,
}

impl Missing {
    /// A parameter of the request; the live API spells some of them its own way.
    pub(crate) const fn parameter(name: &'static str, live: &'static str) -> Self {
        Self { kind: "parameter", name, live }
    }

    /// An element inside a resource.
    pub(crate) const fn element(name: &'static str, live: &'static str) -> Self {
        Self { kind: "element", name, live }
    }
}
