//! Intake: everything that follows from one feed, stored in one transaction or not at all.

use crate::{ChartChange, FeedEntry, KnownFeed, NewNotice, SeenChart};
use access_contract::{Command, Intent, UnmappedCode};

/// What follows for one person. `Debug` shows counts: intents and commands name diagnoses and visits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SubjectIntake {
    /// Every chart the plan was made from, the survivor's first. If one of them moved, or one of the change's keys leads to a
    /// chart not listed here, the result is [`IntakeResult::Conflict`]: load the charts and plan again.
    pub seen: Vec<SeenChart>,
    /// The chart to store. Unset: intents and commands are about the first chart of `seen`.
    pub change: Option<ChartChange>,
    /// Orders about earlier submissions of this chart; carried out before the intents are taken.
    pub commands: Vec<Command>,
    /// Operations to start, in order. [`Intent::after`] counts in this list and must point backwards.
    pub intents: Vec<Intent>,
    /// What the pipeline is told.
    pub notices: Vec<NewNotice>,
    /// What is told of each submission that was to follow one which goes for another reason now, and so is cancelled or not made. Its
    /// id, operation, track and the cause are written into the notice.
    pub dropped: Option<NewNotice>,
}

impl std::fmt::Debug for SubjectIntake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubjectIntake")
            .field("seen", &self.seen)
            .field("changes", &self.change.is_some())
            .field("commands", &self.commands.len())
            .field("intents", &self.intents.len())
            .field("notices", &self.notices.len())
            .finish()
    }
}

/// Everything to store for one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The participant that charts and submissions belong to.
    pub participant: String,
    /// The feed. Unset where charts are looked at again without news (calendar, settlement): then nothing is compared with
    /// earlier feeds.
    pub feed: Option<FeedEntry>,
    /// Who or what brought this, for the events: a source's name, `calendar`, a person.
    pub actor: String,
    /// Store the feed although its control id was used before for other content.
    pub allow_reuse: bool,
    /// The people it speaks of, in order. A chart may be changed by one of them only.
    pub subjects: Vec<SubjectIntake>,
    /// Notices about no person in particular.
    pub notices: Vec<NewNotice>,
    /// Codes of the feed's sender that the profile has no row for; counted with the feed.
    pub unmapped: Vec<UnmappedCode>,
}

/// What became of an intake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeResult {
    /// Everything is stored durably.
    Stored(StoredIntake),
    /// The same feed is stored already; nothing was done. Answer as before.
    Duplicate(KnownFeed),
    /// The control id belongs to other content; nothing was done. Call again with `allow_reuse` to store it all the same.
    ControlIdReused(KnownFeed),
    /// A chart moved since the plan was made; nothing was done. Load the charts, plan and call again.
    Conflict,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIntake {
    /// Id of the feed; unset where there was none.
    pub feed: Option<String>,
    /// One for each subject, in order.
    pub subjects: Vec<SubjectResult>,
    /// Ids of the notices that were made.
    pub notices: Vec<String>,
}

/// What was stored for one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectResult {
    /// The chart as it is now.
    pub chart: Option<SeenChart>,
    /// One for each intent, in order.
    pub submissions: Vec<Taken>,
    /// One for each command, in order.
    pub commands: Vec<Commanded>,
}

/// The submission that serves an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its id.
    pub id: String,
    /// How the intent met it.
    pub how: TakenAs,
}

/// How an intent was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenAs {
    /// A new submission was made.
    Created,
    /// One was open and not yet sent: it now carries the newer intent. A held one goes out if the newer intent is automatic, by
    /// itself: what waits for it and needs approval still does.
    Refreshed,
    /// The same, and the newer intent is of another rule: whoever was told what to decide is to be told again. What waited for an
    /// alignment or unalignment was withdrawn, since it was planned for the former reason. The approval of a move is none of what takes
    /// its place.
    Renewed,
    /// One was in flight or in doubt: it is left alone, and its history says that it was asked for again. What waited for it for
    /// another reason was withdrawn. Or, for a check by the
    /// screen, an alignment or unalignment of the family is on its way, whose answer says as much; its history says nothing.
    InFlight,
    /// One was open and not yet sent, which somebody approved or asked for by name, and this is what a rule wants for another reason:
    /// it goes on for its own. A check carries what is newer of its content.
    Kept,
    /// It was to follow one that is on its way for another reason: it was not made. The id is that one's.
    LeftOut,
}

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commanded {
    /// Submissions it changed.
    pub changed: Vec<String>,
    /// Submissions it was about but that could not be changed any more.
    pub refused: Vec<String>,
}
