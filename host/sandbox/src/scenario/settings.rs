//! How the wire behaves and which reading of the programme's rules is taken.

use serde::Deserialize;
use std::fmt;

/// How the wire behaves: table `[wire]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wire {
    /// How clients may authenticate at the token endpoint.
    pub token_auth: TokenAuth,
    /// Lifetime of a token in seconds, 1 to 86,400.
    pub token_seconds: u32,
    /// Scopes that exist; asking for another is `invalid_scope`.
    pub scopes: Vec<String>,
    /// Scope an operation needs; empty: none.
    pub submit_scope: String,
    /// Scope a status poll needs; empty: none.
    pub poll_scope: String,
    /// Status polls answered 202 before the result shows.
    pub pending_polls: u32,
    /// Milliseconds of the sandbox's time before the result shows.
    pub answer_delay_ms: u64,
    /// Whether a 202 to a poll carries `X-Progress`.
    pub progress: bool,
    /// `Retry-After` of a 202 to a poll, in seconds; unset: none.
    pub poll_retry_after: Option<u32>,
    /// Form of `Content-Location`.
    pub content_location: ContentLocation,
    /// Wording of refusals.
    pub wording: Wording,
    /// Whether an operation without `Prefer: respond-async` is refused.
    pub require_prefer: bool,
    /// Whether a 401 has the header only, and no body.
    pub bare_401: bool,
    /// Whether results carry `id` and `meta`.
    pub result_meta: bool,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            token_auth: TokenAuth::Both,
            token_seconds: 300,
            scopes: vec!["cdx/*.read".to_owned(), "cdx/fhir-resource.write".to_owned()],
            submit_scope: "cdx/fhir-resource.write".to_owned(),
            poll_scope: "cdx/*.read".to_owned(),
            pending_polls: 1,
            answer_delay_ms: 0,
            progress: true,
            poll_retry_after: None,
            content_location: ContentLocation::Absolute,
            wording: Wording::Guide,
            require_prefer: false,
            bare_401: false,
            result_meta: true,
        }
    }
}

impl Wire {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1..=86_400).contains(&self.token_seconds) {
            return Err("`token_seconds` must be from 1 to 86400".to_owned());
        }
        for scope in [&self.submit_scope, &self.poll_scope] {
            if !scope.is_empty() && !self.scopes.contains(scope) {
                return Err("`submit_scope` and `poll_scope` must be among `scopes`, or empty".to_owned());
            }
        }
        Ok(())
    }
}

/// How clients may authenticate at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenAuth {
    /// HTTP Basic only, as the live endpoint was seen to do.
    Basic,
    /// Form fields only, as the guide shows.
    Form,
    /// Either.
    Both,
}

/// Form of the status URL in `Content-Location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentLocation {
    /// With scheme and host.
    Absolute,
    /// Path only.
    Relative,
    /// With the submission id as a query parameter.
    Query,
    /// At an origin that is not the sandbox's. Nothing listens there.
    OtherOrigin,
    /// No header.
    Missing,
}

/// Wording of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wording {
    /// As in the guide: an issue for each missing parameter.
    Guide,
    /// As seen live: one sentence that lists the missing fields.
    Live,
}

/// Which reading of the programme's rules is taken: table `[programme]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Programme {
    /// What an MBI is that the beneficiary file does not have.
    pub unknown_mbi: UnknownMbi,
    /// Unalignment reasons the lock-in blocks.
    pub lock_in_blocks: Vec<String>,
    /// How a switch without attestation is refused.
    pub switch_attestation: AttestationRule,
    /// Participants that exist; others get 403. Empty: every id of good form.
    pub participants: Vec<String>,
}

impl Default for Programme {
    fn default() -> Self {
        Self {
            unknown_mbi: UnknownMbi::Eligible,
            lock_in_blocks: vec!["patient-initiated".to_owned()],
            switch_attestation: AttestationRule::Result,
            participants: Vec::new(),
        }
    }
}

/// What an MBI is that the beneficiary file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownMbi {
    /// A beneficiary with Original Medicare whose demographics are as submitted and of whom no diagnosis is on record.
    Eligible,
    /// Not in Medicare.
    NotMedicare,
}

/// How a switch without attestation is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttestationRule {
    /// Result `not-aligned-no-switch-attestation`.
    Result,
    /// 400 to the POST.
    #[serde(rename = "http-400")]
    Http400,
    /// Accepted, then 400 to the poll.
    #[serde(rename = "poll-400")]
    Poll400,
}

/// A registered client: `[[client]]`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: String,
    /// Scopes it may have. Unset: all of `wire.scopes`.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// Participants it may act for; others get 403. Empty: all.
    #[serde(default)]
    pub participants: Vec<String>,
}

impl Client {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.id.is_empty() || self.secret.is_empty() {
            return Err("a client needs an `id` and a `secret`".to_owned());
        }
        Ok(())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}
