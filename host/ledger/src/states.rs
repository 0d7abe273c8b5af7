//! The states of a submission, and the one table that says which act leads from where to where.

use std::fmt;

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// A person must approve it.
    Held,
    /// To be sent now.
    Ready,
    /// The payload is recorded and the POST may be on its way.
    Sending,
    /// CMS accepted it; its result is asked for.
    Polling,
    /// CMS answered.
    Done,
    /// To be sent later, or blocked until another submission is done.
    Waiting,
    /// It may have arrived, or its result could not be learnt. Never sent again by itself.
    Uncertain,
    /// It ended without an answer.
    Failed,
    /// It was taken back before it was sent, or given up by a person.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Ready,
        Self::Sending,
        Self::Polling,
        Self::Done,
        Self::Waiting,
        Self::Uncertain,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The spelling used in JSON, on the command line and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Polling => "polling",
            Self::Done => "done",
            Self::Waiting => "waiting",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it is still going on. At most one of a kind is.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether nothing of it left the house.
    #[must_use]
    pub const fn is_unsent(self) -> bool {
        matches!(self, Self::Held | Self::Ready | Self::Waiting)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that moves a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// A person lets it go.
    Approve,
    /// A person takes it back or gives it up.
    Cancel,
    /// A person has it sent again, or now.
    Retry,
    /// A person has its result asked for again, or now.
    Resume,
    /// A feed, a merge, or the end of what it waited for takes it back.
    Withdraw,
    /// What it waited for is done.
    Unblock,
    /// A worker records the payload and sends.
    Send,
    /// CMS accepted it.
    Accept,
    /// It is sent later.
    Wait,
    /// It is polled later.
    PollLater,
    /// It may have arrived, or its result cannot be learnt.
    Doubt,
    /// CMS answered.
    Finish,
    /// It ended without an answer.
    Fail,
}

impl Act {
    /// The acts of a person.
    pub const OF_A_PERSON: [Self; 4] = [Self::Approve, Self::Cancel, Self::Retry, Self::Resume];

    /// A verb for messages; on the command line the same word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Unblock => "unblock",
            Self::Send => "send",
            Self::Accept => "accept",
            Self::Wait => "wait",
            Self::PollLater => "poll-later",
            Self::Doubt => "doubt",
            Self::Finish => "finish",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the table looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The state.
    pub state: State,
    /// CMS gave it a location. Such a submission is never sent again: a repetition is a new one.
    pub sent: bool,
    /// It waits for another submission.
    pub blocked: bool,
    /// A person must still approve it.
    pub needs_approval: bool,
}

/// A condition besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// None.
    Always,
    /// CMS gave it a location.
    Sent,
    /// CMS gave it none.
    NotSent,
    /// It does not wait for another.
    Free,
    /// It waits for another, and no approval is open.
    BlockedApproved,
    /// It waits for another, and a person must still approve it.
    BlockedUnapproved,
}

impl When {
    /// Whether the condition holds.
    #[must_use]
    pub const fn holds(self, situation: Situation) -> bool {
        match self {
            Self::Always => true,
            Self::Sent => situation.sent,
            Self::NotSent => !situation.sent,
            Self::Free => !situation.blocked,
            Self::BlockedApproved => situation.blocked && !situation.needs_approval,
            Self::BlockedUnapproved => situation.blocked && situation.needs_approval,
        }
    }
}

/// Where an act leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same submission moves to this state.
    State(State),
    /// It stays as it is, and a new submission with the same intent starts, since its CMS id is kept for good.
    Successor,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The act.
    pub act: Act,
    /// The state it starts from.
    pub from: State,
    /// A further condition.
    pub when: When,
    /// Where it leads.
    pub next: Next,
}

/// One row, briefly.
const fn row(act: Act, from: State, when: When, to: State) -> Transition {
    Transition { act, from, when, next: Next::State(to) }
}

/// One row that starts a successor.
const fn again(act: Act, from: State) -> Transition {
    Transition { act, from, when: When::Sent, next: Next::Successor }
}

/// Every transition there is. What is not in here is refused, by every store.
pub const TRANSITIONS: &[Transition] = &[
    row(Act::Approve, State::Held, When::Always, State::Ready),
    row(Act::Approve, State::Waiting, When::BlockedUnapproved, State::Waiting),
    row(Act::Cancel, State::Held, When::Always, State::Cancelled),
    row(Act::Cancel, State::Ready, When::Always, State::Cancelled),
    row(Act::Cancel, State::Waiting, When::Always, State::Cancelled),
    row(Act::Cancel, State::Uncertain, When::Always, State::Cancelled),
    // A person gives up an answer that does not come; location and id stay, and a retry is a successor.
    row(Act::Cancel, State::Polling, When::Always, State::Cancelled),
    row(Act::Retry, State::Failed, When::NotSent, State::Ready),
    row(Act::Retry, State::Cancelled, When::NotSent, State::Ready),
    row(Act::Retry, State::Uncertain, When::NotSent, State::Ready),
    again(Act::Retry, State::Failed),
    again(Act::Retry, State::Cancelled),
    // What waits for its next try goes now; it stays what it is, so that a report is sent again byte for byte.
    row(Act::Retry, State::Waiting, When::Free, State::Waiting),
    row(Act::Resume, State::Uncertain, When::Sent, State::Polling),
    // Nobody could tell its result then; CMS may have it.
    row(Act::Resume, State::Failed, When::Sent, State::Polling),
    // It is asked for now instead of when its turn comes.
    row(Act::Resume, State::Polling, When::Always, State::Polling),
    row(Act::Withdraw, State::Held, When::Always, State::Cancelled),
    row(Act::Withdraw, State::Ready, When::Always, State::Cancelled),
    row(Act::Withdraw, State::Waiting, When::Always, State::Cancelled),
    row(Act::Unblock, State::Waiting, When::BlockedApproved, State::Ready),
    row(Act::Unblock, State::Waiting, When::BlockedUnapproved, State::Held),
    row(Act::Send, State::Ready, When::Always, State::Sending),
    row(Act::Send, State::Waiting, When::Free, State::Sending),
    row(Act::Accept, State::Sending, When::Always, State::Polling),
    // The answer to a POST that outlived its lease.
    row(Act::Accept, State::Uncertain, When::NotSent, State::Polling),
    row(Act::Wait, State::Ready, When::Always, State::Waiting),
    row(Act::Wait, State::Waiting, When::Free, State::Waiting),
    row(Act::Wait, State::Sending, When::Always, State::Waiting),
    row(Act::PollLater, State::Polling, When::Always, State::Polling),
    row(Act::Doubt, State::Sending, When::Always, State::Uncertain),
    row(Act::Doubt, State::Polling, When::Always, State::Uncertain),
    row(Act::Finish, State::Sending, When::Always, State::Done),
    row(Act::Finish, State::Polling, When::Always, State::Done),
    row(Act::Fail, State::Ready, When::Always, State::Failed),
    row(Act::Fail, State::Waiting, When::Free, State::Failed),
    row(Act::Fail, State::Sending, When::Always, State::Failed),
    row(Act::Fail, State::Polling, When::Always, State::Failed),
];

impl Situation {
    /// Where the act leads from here; none if it is not possible.
    #[must_use]
    pub fn next(self, act: Act) -> Option<Next> {
        TRANSITIONS
            .iter()
            .find(|row| row.act == act && row.from == self.state && row.when.holds(self))
            .map(|row| row.next)
    }

    /// What a person could do from here.
    #[must_use]
    pub fn possible(self) -> Vec<Act> {
        Act::OF_A_PERSON.into_iter().filter(|act| self.next(*act).is_some()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads_to(row: &Transition, state: State) -> bool {
        row.next == Next::State(state)
    }

    #[test]
    fn only_a_worker_sends_and_only_what_is_due() {
        for row in TRANSITIONS.iter().filter(|row| leads_to(row, State::Sending)) {
            assert_eq!(row.act, Act::Send);
            assert!(matches!(row.from, State::Ready | State::Waiting), "{row:?}");
        }
    }

    #[test]
    fn what_cms_has_an_id_for_is_never_on_its_way_to_be_sent() {
        for state in State::ALL {
            for act in Act::OF_A_PERSON {
                let next = Situation { state, sent: true, blocked: false, needs_approval: false }.next(act);
                let sent_again = matches!(next, Some(Next::State(State::Ready | State::Waiting | State::Sending)));
                assert!(!sent_again || state.is_unsent(), "{act} {state}");
            }
        }
        for row in TRANSITIONS.iter().filter(|row| row.from == State::Polling) {
            assert!(!matches!(row.next, Next::State(to) if to.is_unsent() || to == State::Sending), "{row:?}");
        }
    }

    #[test]
    fn a_doubt_ends_by_a_person_or_by_the_late_answer() {
        for row in TRANSITIONS.iter().filter(|row| row.from == State::Uncertain) {
            assert!(Act::OF_A_PERSON.contains(&row.act) || row.act == Act::Accept, "{row:?}");
        }
    }

    #[test]
    fn an_end_is_left_by_a_person_who_repeats_or_asks_and_done_by_nothing() {
        for row in TRANSITIONS.iter().filter(|row| !row.from.is_open()) {
            assert!(matches!(row.act, Act::Retry | Act::Resume) && row.from != State::Done, "{row:?}");
        }
    }

    #[test]
    fn no_situation_has_two_answers_for_one_act() {
        for (index, row) in TRANSITIONS.iter().enumerate() {
            for other in
                TRANSITIONS.iter().skip(index + 1).filter(|other| other.act == row.act && other.from == row.from)
            {
                for bits in 0..8_u8 {
                    let situation = Situation {
                        state: row.from,
                        sent: bits & 1 > 0,
                        blocked: bits & 2 > 0,
                        needs_approval: bits & 4 > 0,
                    };
                    assert!(!(row.when.holds(situation) && other.when.holds(situation)), "{row:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn every_state_is_spelled_one_way_and_every_open_one_can_end() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
            let ends = |row: &&Transition| row.from == state && !matches!(row.act, Act::Retry | Act::Resume);
            assert_eq!(state.is_open(), TRANSITIONS.iter().any(|row| ends(&row)));
        }
        assert_eq!(State::parse("Held"), None);
    }
}
