//! What a rule wants done, and the payload that does it.

use crate::{Entry, Issue, Notice, Operation, ReportPeriod, Track, redact::redacted, words::vocabulary};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Whether an intent goes out by itself.
    Mode {
        /// It is submitted without asking.
        Auto = "auto",
        /// A person approves it first.
        Hold = "hold",
    }
}

/// One ACCESS operation that a rule asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The operation.
    pub operation: Operation,
    /// The track.
    pub track: Track,
    /// Automatic, or held for a person.
    pub mode: Mode,
    /// The trigger that asked, for example `screen`.
    pub rule: String,
    /// Why, in one plain sentence without a value from the message.
    pub why: String,
    /// Unalignment reason (`ACCESSUnalignmentReasonCS`); `$unalign` only.
    pub reason: Option<String>,
    /// Dotted ICD-10-CM codes to send as conditions; empty lets `compose` choose from the chart.
    pub conditions: Vec<String>,
    /// Whether a provider referred the patient; `$align` only. Unset: as the chart has it.
    pub provider_referral: Option<bool>,
    /// Whether the patient's consent to a switch was attested; `$align` only.
    pub switch_consent: Option<bool>,
    /// Visit number (`PV1-19`) the intent came from, so that a cancelled visit withdraws it.
    pub visit: Option<String>,
    /// Position, in the same list, of an intent whose outcome must be `done` before this one may start.
    pub after: Option<u32>,
    /// Digest of the facts that the answer depends on. A later check with the same basis is not asked again.
    pub basis: String,
    /// What is reported; `$report-data` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportPeriod>,
    /// What the one who asked calls it (`ZAC-8` of the request); what becomes of it says so, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Rules that follow what a feed asks for by name (`ZAC`).
pub mod asking {
    /// A check or a report was asked for.
    pub const REQUEST: &str = "request";
    /// An alignment was asked for.
    pub const ENROLL: &str = "enroll";
    /// An unalignment was asked for.
    pub const LEAVE: &str = "leave";

    /// Whether an operation was asked for by name under a rule. The check before an alignment serves it and is not answered by itself.
    #[must_use]
    pub fn is_asked(rule: &str, operation: &str) -> bool {
        match rule {
            REQUEST | LEAVE => true,
            ENROLL => operation == super::Operation::Align.as_str(),
            _ => false,
        }
    }
}

impl Intent {
    /// An intent that says no more than what is asked for, how, by which trigger, and why.
    #[must_use]
    pub fn new(
        operation: Operation,
        track: Track,
        mode: Mode,
        rule: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            track,
            mode,
            rule: rule.into(),
            why: why.into(),
            reason: None,
            conditions: Vec::new(),
            provider_referral: None,
            switch_consent: None,
            visit: None,
            after: None,
            basis: String::new(),
            report: None,
            reference: None,
        }
    }

    /// Whether a feed asked for this by name: `ZAC` CHECK, ALIGN, UNALIGN or REPORT. The check before an alignment serves it and is
    /// not answered by itself.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        asking::is_asked(&self.rule, self.operation.as_str())
    }
}

redacted!(Intent {
    show operation, track, mode, rule, why, reason, provider_referral, switch_consent, after, basis, report;
    hide conditions, visit, reference
});

vocabulary! {
    /// What a feed orders about work already recorded.
    CommandAction {
        /// Let a held submission go (`ZAC-2` = `APPROVE`).
        Approve = "approve",
        /// Take back a submission that has not been sent (`ZAC-2` = `CANCEL`).
        Cancel = "cancel",
        /// Take back whatever came from a cancelled visit and has not been sent (`A11` and its kin); or, by rule, what nobody has
        /// approved and has lost its reason.
        Withdraw = "withdraw",
    }
}

/// Code of the notice that an order of a feed ([`Command`]) changed nothing. A plan has one for each such order, in their order; only
/// the store knows which of them are true, and the rest are left out.
pub const ORDER_WITHOUT_EFFECT: &str = "order-without-effect";

/// Code of a notice that an alignment was asked for although the coverage says otherwise. It is about the submission that carries the
/// alignment, if there is one.
pub const COVERAGE_IN_DOUBT: &str = "coverage-not-original-medicare";

/// Code of the notice that what was held has lost its reason and was withdrawn. A plan has one for each withdrawal by rule
/// ([`Command::rule`]), in their order; only the store knows which of them found something, and the rest are left out.
pub const REASON_LAPSED: &str = "reason-lapsed";

/// Code of the notice that what a rule wants met a submission which goes for another reason.
pub const OPEN_ALREADY: &str = "open-already";

/// Code of the notice that what was to follow a submission was dropped with it, or not asked for.
pub const FOLLOWER_DROPPED: &str = "follower-dropped";

/// An order about submissions that exist already.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What to do.
    pub action: CommandAction,
    /// Submission it is about (`ZAC-8`): this product's id of it, or the one CMS gave; unset means every one the other
    /// fields match.
    pub reference: Option<String>,
    /// Only submissions of this operation.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// Only submissions of this track.
    pub track: Option<Track>,
    /// Only submissions that came from this visit.
    pub visit: Option<String>,
    /// Only submissions of this rule. A withdrawal by rule takes only what nobody approved.
    #[serde(default)]
    pub rule: Option<String>,
}

redacted!(Command { show action, reference, operation, track, rule; hide visit });

impl Command {
    /// Whether it takes back what was held for a reason that no longer holds.
    #[must_use]
    pub fn is_lapse(&self) -> bool {
        self.action == CommandAction::Withdraw && self.rule.is_some()
    }
}

/// A stored chart, handed to the component.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartRecord {
    /// The store's id of the chart.
    pub id: String,
    /// The chart as JSON text; opaque outside the component.
    pub document: String,
}

redacted!(ChartRecord { show id; hide document });

/// Everything `plan` needs. Time comes in: the component has no clock.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// The participant (`ACCES#####`).
    pub participant: String,
    /// Name of the feed, for provenance; usually `MSH-10`.
    pub feed: String,
    /// The subject's facts from `read`; empty to look at the chart again without news.
    pub facts: String,
    /// The charts found under the subject's keys, the survivor's first.
    pub charts: Vec<ChartRecord>,
    /// Entries of those charts: with facts, the ones under the subject's entry keys; without, the newest of each code.
    #[serde(default)]
    pub entries: Vec<Entry>,
    /// The present, RFC 3339.
    pub now: String,
}

redacted!(PlanRequest { show participant, feed, charts, entries, now; hide facts });

/// A chart to be stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartChange {
    /// The chart to replace; unset for a new one.
    pub id: Option<String>,
    /// All keys the chart is found under from now on.
    pub keys: Vec<String>,
    /// Charts that are joined into this one: their keys and submissions move here.
    pub absorbed: Vec<String>,
    /// The new document.
    pub document: String,
    /// Entries to store, each in place of the one under its key.
    #[serde(default)]
    pub entries: Vec<Entry>,
    /// When the chart is to be looked at without news, RFC 3339; unset: not by itself.
    #[serde(default)]
    pub look_at: Option<String>,
}

redacted!(ChartChange { show id, absorbed, entries, look_at; hide keys, document });

/// What follows from a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The chart to store. None where the feed is of no concern (no Medicare, no chart so far).
    pub chart: Option<ChartChange>,
    /// Operations that rules ask for, in order.
    pub intents: Vec<Intent>,
    /// Orders about earlier submissions.
    pub commands: Vec<Command>,
    /// What the pipeline should be told.
    pub notices: Vec<Notice>,
    /// What was noticed. A blocking one means an explicit request could not be followed.
    pub issues: Vec<Issue>,
}

/// Where one element of a payload came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// FHIRPath of the element in the payload.
    pub element: String,
    /// HL7 path in the feed, or `profile` for a configured value.
    pub source: String,
    /// Name of the feed (`MSH-10`), or empty.
    pub feed: String,
    /// The mapping rule that put it there.
    pub rule: String,
}

/// A payload that passed this product's own validation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The operation it is for.
    pub operation: Operation,
    /// The track it is for.
    pub track: Track,
    /// The FHIR `Parameters` resource as JSON text, ready to post.
    pub body: String,
    /// Where each element came from.
    pub provenance: Vec<Provenance>,
    /// What `validate` doubts about it. None blocks.
    #[serde(default)]
    pub issues: Vec<Issue>,
    /// Keys of the entries it carries; empty for other operations than `$report-data`.
    #[serde(default)]
    pub entries: Vec<String>,
}

redacted!(Payload { show operation, track, issues; hide body, provenance, entries });

#[cfg(test)]
mod tests {
    use super::{Intent, Mode, asking};
    use crate::{Operation, Track};

    #[test]
    fn what_a_feed_asks_for_by_name_is_told_from_what_a_rule_wants() {
        let asked = |operation, rule| Intent::new(operation, Track::Ckm, Mode::Auto, rule, "").is_asked();
        assert!(asked(Operation::CheckEligibility, asking::REQUEST));
        assert!(asked(Operation::Unalign, asking::LEAVE));
        assert!(asked(Operation::Align, asking::ENROLL));
        assert!(!asked(Operation::CheckEligibility, asking::ENROLL));
        assert!(!asked(Operation::CheckEligibility, "screen"));
    }
}
