//! Work on submissions: what a worker claims, does and reports.

use crate::bounds::{Check, at_most, name};
use crate::{Bounds, LedgerError, NewNotice, SeenChart, State};
use access_contract::{Intent, Issue, Operation, Outcome, Provenance, Track};
use bridge_types::{Phi, Timestamp};
use std::time::Duration;

/// The right to work on one submission, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The submission.
    pub submission: String,
    /// Who holds it.
    pub owner: String,
    /// Counts the claims of this submission: an older holder is recognised even if its name is the same.
    pub number: u64,
}

/// Who claims, and what of the work that is due is not for them now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claimer {
    /// The name that stands on the leases.
    pub owner: String,
    /// Submissions that this process has in its hands. It never claims them, whatever the clock says of their leases, and their charts
    /// are busy.
    pub in_hand: Vec<String>,
    /// Charts whose work is left where it is.
    pub aside: Vec<String>,
    /// Participants whose work is left where it is.
    pub resting: Vec<String>,
    /// Where some are named, only work of these participants.
    pub only: Vec<String>,
    /// Where nothing is due, what was put off after a failure, the earliest first.
    pub early: bool,
}

impl Claimer {
    /// Somebody who takes whatever is due.
    #[must_use]
    pub fn named(owner: &str) -> Self {
        Self { owner: owner.to_owned(), ..Self::default() }
    }
}

impl Check for Claimer {
    fn check(&self) -> Result<(), LedgerError> {
        name("owner bytes", &self.owner)?;
        for names in [&self.in_hand, &self.aside, &self.resting, &self.only] {
            at_most("names of a claim", names.len(), Bounds::ENTRIES)?;
        }
        Ok(())
    }
}

/// A submission to work on now. `Debug` leaves the intent out: it names diagnoses and a visit.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The right to do so.
    pub lease: Lease,
    /// `ready` or `waiting`: compose and send. `polling`: ask. `sending`: a worker stopped between recording the payload and
    /// recording the answer, so the POST may have arrived; settle it as in doubt, do not send.
    pub state: State,
    /// The participant.
    pub participant: String,
    /// The chart.
    pub chart: String,
    /// The operation.
    pub operation: Operation,
    /// The track.
    pub track: Track,
    /// The intent.
    pub intent: Intent,
    /// `MSH-10` of the feed it came from, or empty.
    pub control_id: String,
    /// POSTs begun so far.
    pub attempts: u32,
    /// Polls so far that were answered with "not yet" or failed.
    pub polls: u32,
    /// Failures in a row, as the last [`Postponement`] counted them.
    pub failures: u32,
    /// What a person was told about it already.
    pub told: Told,
    /// Where to poll.
    pub location: Option<String>,
    /// The id CMS gave.
    pub cms_submission: Option<String>,
    /// When CMS accepted it.
    pub accepted_at: Option<Timestamp>,
    /// When it, or the one it repeats, was sent first.
    pub attempted_at: Option<Timestamp>,
    /// When CMS accepted it, or when a person resumed it: the start of the polling limit.
    pub polling_since: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Keys of the entries that the last payload carried.
    pub entries: Vec<String>,
}

impl std::fmt::Debug for Claimed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claimed")
            .field("lease", &self.lease)
            .field("state", &self.state)
            .field("operation", &self.operation)
            .field("track", &self.track)
            .field("attempts", &self.attempts)
            .field("polls", &self.polls)
            .finish_non_exhaustive()
    }
}

/// What is about to be sent. Recorded before the POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// The body.
    pub payload: Phi<String>,
    /// Where each element came from.
    pub provenance: Vec<Provenance>,
    /// What the validation doubts about it; none blocks.
    pub issues: Vec<Issue>,
    /// Keys of the entries it carries.
    pub entries: Vec<String>,
    /// Digest of the facts the answer depends on.
    pub basis: String,
    /// The lease is renewed for this long: longer than the POST's time limit.
    pub lease: Duration,
}

/// CMS took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// `Content-Location`, resolved. Recorded before the first poll and kept for good.
    pub location: String,
    /// Its last path segment, or whatever else identifies the submission at CMS. Empty where the location holds no such thing: it
    /// is the name then. Kept for good.
    pub cms_submission: String,
    /// When to poll first.
    pub next_poll_at: Timestamp,
}

/// Which work is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// It certainly did not arrive; it is sent (again) at that moment.
    Send(Timestamp),
    /// It was accepted; it is polled (again) at that moment.
    Poll(Timestamp),
}

/// Work put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponement {
    /// What happens next, and when.
    pub until: Until,
    /// Why, without a value from a message.
    pub cause: String,
    /// Failures in a row up to now, for the back-off; 0 after a healthy "not yet".
    pub failures: u32,
    /// What a person is told about it, each unless it was told already.
    pub telling: Vec<Telling>,
}

/// What a person is told about a submission once, and not with every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// It cannot go on without a person. Told anew after it went on in between.
    OperatorNeeded,
    /// CMS has not answered in time. Told anew after a person resumed it.
    AnswerOverdue,
}

/// Something to tell once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What it is.
    pub once: Once,
    /// The words.
    pub notice: NewNotice,
}

/// What a person was told about a submission already. Kept with it, so that neither a restart nor another kind of failure tells
/// it again or keeps it back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// See [`Once::OperatorNeeded`].
    pub operator_needed: bool,
    /// See [`Once::AnswerOverdue`].
    pub answer_overdue: bool,
}

impl Told {
    /// Whether it was told.
    #[must_use]
    pub const fn has(self, once: Once) -> bool {
        match once {
            Once::OperatorNeeded => self.operator_needed,
            Once::AnswerOverdue => self.answer_overdue,
        }
    }
}

/// A chart to look at without news: since a submission about it ended, or because its calendar says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The submission that ended; unset where the calendar says so.
    pub submission: Option<String>,
    /// The participant.
    pub participant: String,
    /// The chart; the survivor's after a merge.
    pub chart: String,
    /// When somebody else may do it.
    pub until: Timestamp,
}

/// The end of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Final {
    /// CMS answered, whatever it said.
    Done,
    /// There is no answer and will be none.
    Failed,
}

/// What happens to the submissions that wait for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependents {
    /// They start (or are held, where a person must approve).
    Proceed,
    /// They are cancelled for this reason, and so is what waits for them.
    Cancel(String),
}

/// An outcome written into a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settling {
    /// The chart from which it was settled.
    pub seen: SeenChart,
    /// The new document.
    pub document: Phi<String>,
}

/// How a submission ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Done or failed.
    pub state: Final,
    /// Why, without a value from a message; for example the result code.
    pub cause: String,
    /// The interpreted result.
    pub outcome: Option<Phi<Outcome>>,
    /// The result as received.
    pub answer: Option<Phi<String>>,
    /// The chart with the outcome in it.
    pub chart: Option<Settling>,
    /// What the pipeline is told.
    pub notices: Vec<NewNotice>,
    /// What happens to the submissions that wait for this one.
    pub dependents: Dependents,
    /// What is told of each of them that starts and needs approval. What names it (id, operation, track, message, reference) and its
    /// reason are written into the notice.
    pub held: Option<NewNotice>,
    /// What is told of each of them that is cancelled with it. What names it and the cause are written into the notice.
    pub dropped: Option<NewNotice>,
    /// Whether that is told only of those that were asked for with another reference than this one; the rest hear of it by this end.
    pub only_others: bool,
    /// Set where the chart is to be looked at again. Whoever ended the submission does it and says so
    /// ([`crate::Ledger::looked`]); after this time somebody else does, so that a stop in between loses nothing.
    pub look_again: Option<Duration>,
}

/// What became of an ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishResult {
    /// Everything is stored.
    Stored(Finished),
    /// The chart moved since it was settled, or was joined into another; nothing was stored and the lease still holds. Load
    /// the chart (of [`Claimed::chart`], following `joined_into`), settle again and call again.
    Conflict,
}

/// What followed from an ending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// Submissions that may start now.
    pub released: Vec<String>,
    /// Submissions that were cancelled with it.
    pub cancelled: Vec<String>,
    /// Ids of the notices that were made.
    pub notices: Vec<String>,
}

/// What a person's act did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The submission that carries on: the same, or its successor where CMS has an id for the first.
    pub submission: String,
    /// Where it stands now.
    pub state: State,
    /// Others that changed with it: approved together, or cancelled because they waited for it.
    pub also: Vec<String>,
}
