//! What goes wrong on demand: which requests a fault meets, how often, and what it does to them.

use super::beneficiary::is_mbi;
use super::settings::ContentLocation;
use super::{Place, ScenarioError};
use crate::operation::Operation;
use access_mappings::Guide;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// Longest wait a fault may ask for, in milliseconds.
const MAX_WAIT: u64 = 600_000;

/// A fault: `[[fault]]`. The keys are documented in `scenarios/default.toml`.
#[derive(Clone)]
pub struct Fault {
    pub(crate) filter: Filter,
    /// Matching requests that are let through first.
    pub(crate) skip: u32,
    /// How many it then meets; unset: all.
    pub(crate) times: Option<u32>,
    pub(crate) delay: Option<Duration>,
    pub(crate) trickle: Option<Duration>,
    pub(crate) act: Act,
}

/// Which requests a fault meets.
#[derive(Clone)]
pub(crate) struct Filter {
    pub(crate) phase: Phase,
    pub(crate) mbi: Option<String>,
    pub(crate) operation: Option<Operation>,
    pub(crate) track: Option<String>,
}

/// What a fault does, apart from waiting.
#[derive(Clone)]
pub(crate) enum Act {
    /// Nothing: the request takes its usual way.
    Pass,
    /// The request's token is expired from now on.
    ExpireToken,
    /// The connection is closed without an answer.
    Drop { accept: bool },
    /// An answer in place of the usual one.
    Reply(Box<ReplyFault>),
    /// The submission is accepted, but not as usual.
    Submit(Box<SubmitFault>),
}

/// An answer in place of the usual one.
#[derive(Clone)]
pub(crate) struct ReplyFault {
    /// Whether the submission is taken first.
    pub(crate) accept: bool,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<RetryAfter>,
    pub(crate) body: BodyKind,
    pub(crate) issues: Vec<ScriptedIssue>,
}

/// A submission that is accepted, but not as usual.
#[derive(Clone)]
pub(crate) struct SubmitFault {
    pub(crate) content_location: Option<ContentLocation>,
    /// Result code in place of the programme's; nothing else happens to the beneficiary then.
    pub(crate) result: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) issues: Vec<ScriptedIssue>,
}

/// Which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    Token,
    Submit,
    Poll,
}

/// What the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BodyKind {
    /// An OperationOutcome with `details.text`; an OAuth error at the token endpoint.
    Outcome,
    /// An OperationOutcome with `diagnostics` only.
    Diagnostics,
    /// A web page.
    Html,
    /// Declared as JSON, but none.
    Garbage,
    /// Nothing.
    Empty,
    /// An OperationOutcome that breaks off in the middle.
    Cut,
}

/// Seconds, or the header's text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum RetryAfter {
    Seconds(u32),
    Text(String),
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// An issue of a scripted OperationOutcome.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedIssue {
    #[serde(default = "error")]
    pub(crate) severity: String,
    #[serde(default = "invalid")]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) diagnostics: Option<String>,
    #[serde(default)]
    pub(crate) expression: Vec<String>,
}

fn error() -> String {
    "error".to_owned()
}

fn invalid() -> String {
    "invalid".to_owned()
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultTable {
    on: Phase,
    #[serde(default)]
    mbi: Option<String>,
    #[serde(default)]
    operation: Option<String>,
    #[serde(default)]
    track: Option<String>,
    #[serde(default)]
    skip: u32,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    delay_ms: Option<u64>,
    #[serde(default)]
    trickle_ms: Option<u64>,
    #[serde(default)]
    expire_token: bool,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    accept: bool,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    retry_after: Option<RetryAfter>,
    #[serde(default)]
    body: Option<BodyKind>,
    #[serde(default)]
    issues: Vec<ScriptedIssue>,
    #[serde(default)]
    content_location: Option<ContentLocation>,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

impl Fault {
    /// Reads the keys of one `[[fault]]`, without its heading.
    ///
    /// # Errors
    /// An unknown key or word, a value out of range, or keys that do not go together.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let place = Place { file: "fault", text };
        let table: FaultTable = toml::from_str(text).map_err(|error| place.toml(&error))?;
        table.check().map_err(|message| place.error(0, message))
    }

    /// The track is one of the guide's.
    pub(crate) fn check_track(&self, guide: &Guide) -> Result<(), String> {
        match &self.filter.track {
            Some(track) if guide.track(track).is_none() => Err("`track` is none the guide has".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Shows that there is a fault, and nothing of whom it meets.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault").field("on", &self.filter.phase).finish_non_exhaustive()
    }
}

impl FaultTable {
    pub(super) fn check(self) -> Result<Fault, String> {
        let filter = self.filter()?;
        self.check_limits()?;
        let kinds = [self.expire_token, self.drop, self.status.is_some(), self.changes_submission()];
        if kinds.into_iter().filter(|kind| *kind).count() > 1 {
            return Err(
                "`expire_token`, `drop`, `status` and `content_location`/`result` exclude each other".to_owned()
            );
        }
        if self.status.is_none() && (self.retry_after.is_some() || self.body.is_some()) {
            return Err("`retry_after` and `body` need a `status`".to_owned());
        }
        if self.status.is_none() && self.result.is_none() && (!self.issues.is_empty() || self.text.is_some()) {
            return Err("`issues` need a `status` or a `result`, `text` a `result`".to_owned());
        }
        if self.accept && !(self.drop || self.status.is_some()) {
            return Err("`accept` goes with `drop` or `status`".to_owned());
        }
        if filter.phase != Phase::Submit && (self.accept || self.changes_submission()) {
            return Err("`accept`, `content_location` and `result` are for `on = \"submit\"`".to_owned());
        }
        if filter.phase == Phase::Token && self.expire_token {
            return Err("`expire_token` is for `on = \"submit\"` and `on = \"poll\"`".to_owned());
        }
        let (delay, trickle) = (self.delay_ms.map(Duration::from_millis), self.trickle_ms.map(Duration::from_millis));
        let (skip, times) = (self.skip, self.times);
        let act = self.act();
        if matches!(act, Act::Pass) && delay.is_none() && trickle.is_none() {
            return Err("the fault says nothing to do".to_owned());
        }
        Ok(Fault { filter, skip, times, delay, trickle, act })
    }

    const fn changes_submission(&self) -> bool {
        self.content_location.is_some() || self.result.is_some()
    }

    fn filter(&self) -> Result<Filter, String> {
        let operation = match self.operation.as_deref() {
            None => None,
            Some(code) => Some(
                Operation::from_code(code)
                    .ok_or_else(|| "`operation` must be check-eligibility, align, unalign or report-data".to_owned())?,
            ),
        };
        if self.mbi.as_deref().is_some_and(|mbi| !is_mbi(mbi)) {
            return Err("`mbi` must be eleven upper-case letters and digits".to_owned());
        }
        if self.on == Phase::Token && (self.mbi.is_some() || operation.is_some() || self.track.is_some()) {
            return Err("a token request has no `mbi`, `operation` or `track`".to_owned());
        }
        Ok(Filter { phase: self.on, mbi: self.mbi.clone(), operation, track: self.track.clone() })
    }

    fn check_limits(&self) -> Result<(), String> {
        if self.times == Some(0) {
            return Err("`times` must be at least 1; leave it out for every time".to_owned());
        }
        if self.delay_ms.into_iter().chain(self.trickle_ms).any(|wait| wait == 0 || wait > MAX_WAIT) {
            return Err(format!("`delay_ms` and `trickle_ms` must be from 1 to {MAX_WAIT}"));
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("`status` must be from 200 to 599".to_owned());
        }
        let header = |text: &str| text.bytes().all(|byte| (32..127).contains(&byte));
        if matches!(&self.retry_after, Some(RetryAfter::Text(text)) if !header(text)) {
            return Err("`retry_after` must be seconds or printable ASCII text".to_owned());
        }
        Ok(())
    }

    fn act(self) -> Act {
        if self.expire_token {
            Act::ExpireToken
        } else if self.drop {
            Act::Drop { accept: self.accept }
        } else if let Some(status) = self.status {
            Act::Reply(Box::new(ReplyFault {
                accept: self.accept,
                status,
                retry_after: self.retry_after,
                body: self.body.unwrap_or(BodyKind::Outcome),
                issues: self.issues,
            }))
        } else if self.changes_submission() {
            Act::Submit(Box::new(SubmitFault {
                content_location: self.content_location,
                result: self.result,
                text: self.text,
                issues: self.issues,
            }))
        } else {
            Act::Pass
        }
    }
}
