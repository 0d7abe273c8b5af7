//! Submissions as they are shown.

use crate::{Act, Situation, State};
use access_contract::{Intent, Issue, Operation, Outcome, Provenance, Track};
use bridge_types::{Phi, Timestamp};

/// One submission, as a list shows it. `Debug` leaves the visit out.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its id.
    pub id: String,
    /// The participant.
    pub participant: String,
    /// The chart; the survivor's after a merge.
    pub chart: String,
    /// The operation.
    pub operation: Operation,
    /// The track.
    pub track: Track,
    /// Where it stands.
    pub state: State,
    /// The submission it waits for. Set means blocked: `state` is `waiting` and no time makes it due.
    pub blocked_by: Option<String>,
    /// Whether a person must still approve it (`held`, or blocked and to be held afterwards).
    pub needs_approval: bool,
    /// The trigger that asked.
    pub rule: String,
    /// Why, in one plain sentence.
    pub why: String,
    /// The visit it came from.
    pub visit: Option<String>,
    /// The feed it came from.
    pub feed: Option<String>,
    /// `MSH-10` of that feed, or empty.
    pub control_id: String,
    /// The submission it repeats, where CMS had an id for that one already.
    pub retry_of: Option<String>,
    /// When it is worked on next: the retry or poll time, or the end of a lease.
    pub due_at: Option<Timestamp>,
    /// Cause of the last transition.
    pub cause: String,
    /// POSTs begun.
    pub attempts: u32,
    /// Polls answered with "not yet" or failed.
    pub polls: u32,
    /// Failures in a row, as the worker counts them.
    pub failures: u32,
    /// `Content-Location`. Once set, kept for good.
    pub location: Option<String>,
    /// The id CMS gave. Once set, kept for good: later notices from CMS name nothing else.
    pub cms_submission: Option<String>,
    /// When CMS accepted it.
    pub accepted_at: Option<Timestamp>,
    /// Class of the outcome, or empty.
    pub class: String,
    /// Code of the outcome, or empty.
    pub code: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("id", &self.id)
            .field("chart", &self.chart)
            .field("operation", &self.operation)
            .field("track", &self.track)
            .field("state", &self.state)
            .field("blocked_by", &self.blocked_by)
            .field("due_at", &self.due_at)
            .field("cause", &self.cause)
            .field("attempts", &self.attempts)
            .field("cms_submission", &self.cms_submission)
            .finish_non_exhaustive()
    }
}

impl Submission {
    /// What the table of transitions looks at.
    #[must_use]
    pub const fn situation(&self) -> Situation {
        Situation {
            state: self.state,
            sent: self.location.is_some(),
            blocked: self.blocked_by.is_some(),
            needs_approval: self.needs_approval,
        }
    }

    /// What a person could do with it now.
    #[must_use]
    pub fn possible(&self) -> Vec<Act> {
        self.situation().possible()
    }
}

/// One submission with its whole story. `Debug` leaves the intent out: it names diagnoses and a visit.
#[derive(Clone, PartialEq, Eq)]
pub struct SubmissionStory {
    /// Everything a list shows.
    pub submission: Submission,
    /// The intent, as refreshed last.
    pub intent: Intent,
    /// What waits for it, and is approved with it where it needs approval.
    pub followers: Vec<Submission>,
    /// What was sent, oldest first, one for each attempt.
    pub payloads: Vec<SentPayload>,
    /// Every transition and other event, oldest first.
    pub events: Vec<Event>,
    /// The interpreted result.
    pub outcome: Option<Phi<Outcome>>,
    /// The CMS result as received.
    pub answer: Option<Phi<String>>,
}

impl std::fmt::Debug for SubmissionStory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubmissionStory")
            .field("submission", &self.submission)
            .field("payloads", &self.payloads.len())
            .field("events", &self.events)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What one attempt sent, recorded before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPayload {
    /// Which attempt; 1 is the first.
    pub attempt: u32,
    /// When it was recorded.
    pub at: Timestamp,
    /// The body.
    pub body: Phi<String>,
    /// Where each element came from.
    pub provenance: Vec<Provenance>,
    /// What the validation doubted about it.
    pub issues: Vec<Issue>,
    /// Digest of the facts the answer depends on.
    pub basis: String,
}

/// One row of a submission's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The state before; unset for the first.
    pub from: Option<State>,
    /// The state after; the same where only something was noted.
    pub to: State,
    /// Who or what did it: a worker, a person, a source.
    pub actor: String,
    /// Why. Holds no value from a message.
    pub cause: String,
}

/// Which submissions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubmissionFilter {
    /// Only this participant's.
    pub participant: Option<String>,
    /// Only in one of these states; empty means any.
    pub states: Vec<State>,
    /// Only of this track.
    pub track: Option<Track>,
    /// Only of this operation.
    pub operation: Option<Operation>,
    /// Only of one of these charts; empty means any.
    pub charts: Vec<String>,
    /// Only what a feed of this name (`MSH-10`) asked for.
    pub control_id: Option<String>,
    /// Only the one that CMS calls so.
    pub cms_submission: Option<String>,
}
