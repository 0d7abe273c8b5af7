//! An answer of the ACCESS API and what it means.

use crate::{Issue, Notice, Operation, ReportPeriod, Track, redact::redacted, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Which request an answer belongs to.
    Phase {
        /// The POST of an operation.
        Submit = "submit",
        /// A GET of the submission's status.
        Poll = "poll",
    }
}

/// One final HTTP answer, without headers that carry secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The operation that was submitted; decides which result codes are expected.
    pub operation: Operation,
    /// Submit or poll.
    pub phase: Phase,
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type`, or empty.
    pub content_type: String,
    /// The body, decoded as UTF-8 with replacement.
    pub body: String,
}

redacted!(Exchange { show operation, phase, status, content_type; hide body });

vocabulary! {
    /// What kind of ending an outcome is.
    OutcomeClass {
        /// The operation did what it was asked to.
        Done = "done",
        /// The programme said no; sending the same again changes nothing.
        Refused = "refused",
        /// Something in the data is wrong or missing; mend it and send again.
        FixAndResend = "fix-and-resend",
        /// A technical failure.
        Failed = "failed",
        /// A code this version does not know. Treated as not done; a person must look.
        Unknown = "unknown",
    }
}

/// The interpreted result of a submission.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What kind of ending.
    pub class: OutcomeClass,
    /// Result code such as `eligible`; empty for a technical failure without one.
    pub code: String,
    /// Code system of `code`, or empty.
    pub system: String,
    /// The code's display from the guide.
    pub display: String,
    /// What it means, in plain words (from the mappings).
    pub meaning: String,
    /// What to do next, in plain words (from the mappings).
    pub next_step: String,
    /// The text CMS sent along, or empty.
    pub text: String,
    /// Every issue of every OperationOutcome, in order.
    pub issues: Vec<Issue>,
}

// The texts are CMS's own and may name the patient.
redacted!(Outcome { show class, code, system, display, meaning, next_step; hide text, issues });

/// Everything `settle` needs to write an outcome into a chart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The participant.
    pub participant: String,
    /// The operation that ended.
    pub operation: Operation,
    /// Its track.
    pub track: Track,
    /// This product's id of the submission.
    pub submission: String,
    /// The id CMS gave (last path segment of `Content-Location`), or empty.
    pub cms_submission: String,
    /// `MSH-10` of the feed that led to it, or empty.
    pub control_id: String,
    /// The intent's basis.
    pub basis: String,
    /// The outcome.
    pub outcome: Outcome,
    /// When it came, RFC 3339.
    pub at: String,
    /// When CMS accepted the submission (202), RFC 3339; empty where it never did.
    #[serde(default)]
    pub accepted_at: String,
    /// When it, or the one it repeats, was sent first, RFC 3339; empty where it never was.
    #[serde(default)]
    pub attempted_at: String,
    /// What was reported; `$report-data` only.
    #[serde(default)]
    pub report: Option<ReportPeriod>,
    /// Keys of the entries that the payload carried.
    #[serde(default)]
    pub entries: Vec<String>,
    /// What was sent and is answered now; empty where nothing was, or where it is no longer kept.
    #[serde(default)]
    pub payload: String,
}

impl Settlement {
    /// The earliest moment from which CMS can count what was answered: when it accepted the submission, not when the answer was
    /// read; of a duplicate, when it was sent first, since that is what CMS has.
    #[must_use]
    pub fn since(&self) -> &str {
        let first = if self.outcome.code == "duplicate" { &self.attempted_at } else { &self.accepted_at };
        [first, &self.accepted_at].into_iter().find(|at| !at.is_empty()).unwrap_or(&self.at)
    }
}

redacted!(Settlement {
    show participant, operation, track, submission, cms_submission, control_id, basis, outcome, at, accepted_at, attempted_at, report;
    hide entries, payload
});

/// Everything `announce` needs to write what CMS told by itself into a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The participant.
    pub participant: String,
    /// Code of the event in the guide; empty where it is none that this version knows.
    pub event: String,
    /// The date CMS states, `YYYY-MM-DD`, or empty.
    pub deadline: String,
    /// The track of the alignment.
    pub track: Track,
    /// This product's id of the alignment's submission.
    pub submission: String,
    /// The id CMS gave the alignment's submission.
    pub cms_submission: String,
    /// `MSH-10` of the feed that led to the alignment, or empty.
    pub control_id: String,
    /// Whether the answer to that submission is still being asked for, so that it will be told.
    pub awaited: bool,
    /// What the host doubts about what CMS told.
    pub issues: Vec<Issue>,
    /// When it came, RFC 3339.
    pub at: String,
}

/// A chart with an outcome or an announcement written into it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The new chart document.
    pub document: String,
    /// What the pipeline should be told.
    pub notices: Vec<Notice>,
}

redacted!(Settled { show notices; hide document });
