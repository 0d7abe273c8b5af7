//! What goes back into the pipeline.

use crate::{Issue, redact::redacted, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// The kind of a notice.
    NoticeKind {
        /// A submission ended.
        Outcome = "outcome",
        /// A submission waits for a person.
        HeldForApproval = "held-for-approval",
        /// A date is near or has passed.
        Deadline = "deadline",
        /// CMS said something by itself.
        CmsNotification = "cms-notification",
        /// A feed could not be used, or states something a person must look at.
        FeedProblem = "feed-problem",
        /// A submission cannot go on without a person.
        SubmissionProblem = "submission-problem",
    }
}

vocabulary! {
    /// How a notice is written down.
    Format {
        /// `ORU^R01^ORU_R01` with a `ZAC` segment.
        Hl7v2 = "hl7v2",
        /// A CloudEvents 1.0 envelope.
        Json = "json",
        /// The ACCESS result in a Bundle with the Patient.
        Fhir = "fhir",
    }
}

/// A date worth telling, with the name of what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDate {
    /// For example `lock-in-ends`.
    pub name: String,
    /// `YYYY-MM-DD`
    pub date: String,
}

/// Something the pipeline should know.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// `information`, `warning` or `error`.
    pub severity: crate::Severity,
    /// The participant.
    pub participant: String,
    /// Operation spelling, or empty.
    pub operation: String,
    /// Track code, or empty.
    pub track: String,
    /// Result code, issue code, or empty.
    pub code: String,
    /// Code system of `code`, or empty.
    pub system: String,
    /// Display of `code`.
    pub display: String,
    /// What happened, in plain words.
    pub text: String,
    /// What to do next, in plain words.
    pub next_step: String,
    /// This product's submission id, or empty.
    pub submission: String,
    /// The id CMS gave the submission, or empty.
    pub cms_submission: String,
    /// `MSH-10` of the feed that led to it, or empty.
    pub control_id: String,
    /// What the one who asked calls what it is about (`ZAC-8` of the request).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Application to address (`MSH-5` of the notice): the feed's `MSH-3`.
    pub reply_application: String,
    /// Facility to address (`MSH-6` of the notice): the feed's `MSH-4`.
    pub reply_facility: String,
    /// The feed's `PID` segment with standard delimiters and without Medicare and social security numbers, or empty.
    pub patient: String,
    /// The MBI, where the profile lets notices carry it (`notices.include_mbi`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mbi: Option<String>,
    /// Dates worth telling.
    pub dates: Vec<NamedDate>,
    /// Every issue CMS or the reading sent along.
    pub issues: Vec<Issue>,
}

redacted!(Notice {
    show kind, severity, participant, operation, track, code, system, display, next_step, submission, cms_submission,
        control_id, reply_application, reply_facility;
    hide text, reference, patient, mbi, dates, issues
});

/// What the host adds when a notice goes out. Repeating it repeats the bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Stable id of the notice; becomes `MSH-10` and the CloudEvents `id`.
    pub id: String,
    /// When the notice was made, RFC 3339.
    pub at: String,
    /// Name this installation signs with (`MSH-3`), for example `ACCESS-BRIDGE`.
    pub sender: String,
    /// What CMS answered, as received, where the notice tells an outcome; the `fhir` format carries it.
    #[serde(default)]
    pub answer: Option<String>,
}

redacted!(Envelope { show id, at, sender; hide answer });
