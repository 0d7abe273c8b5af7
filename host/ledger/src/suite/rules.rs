//! The rules of work in the model's own words: written without a look at the table that the stores use.

use super::kit::MINUTE;
use crate::relational::ANSWER_TIME;
use crate::{Act, Lease, State, Taken, TakenAs};
use bridge_types::Timestamp;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    Begin,
    Accept,
    Wait(u64),
    PollLater(u64),
    Doubt,
    End { done: bool, proceed: bool },
    Release,
    Extend,
}

/// What the model knows of one submission.
#[derive(Debug, Clone)]
pub(crate) struct Sub {
    pub(crate) id: String,
    pub(crate) chart: usize,
    pub(crate) kind: usize,
    pub(crate) state: State,
    pub(crate) blocked: Option<usize>,
    pub(crate) needs: bool,
    pub(crate) sent: bool,
    pub(crate) due: Option<Timestamp>,
    /// Number and end of the lease.
    pub(crate) lease: Option<(u64, Timestamp)>,
    pub(crate) claims: u64,
    pub(crate) sent_under: Option<u64>,
    /// Since when its answer is waited for.
    pub(crate) asked: Option<Timestamp>,
}

impl Sub {
    /// The first kind is of one family, the others of another.
    fn family(&self) -> bool {
        self.kind == 0
    }

    /// Whether it changes where the person stands, and the other way round than that one.
    fn turns_back(&self, other: &Self) -> bool {
        self.kind != 0 && other.kind != 0
    }

    pub(crate) fn settle(&mut self, state: State, due: Option<Timestamp>) {
        self.state = state;
        self.due = due;
        self.lease = None;
        self.blocked = None;
    }

    pub(crate) fn open(&self) -> bool {
        !matches!(self.state, State::Done | State::Failed | State::Cancelled)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) subs: Vec<Sub>,
}

impl Model {
    pub(crate) fn find(&self, id: &str) -> usize {
        self.subs.iter().position(|sub| sub.id == id).unwrap()
    }

    pub(crate) fn open(&self, chart: usize, kind: usize) -> Option<usize> {
        self.subs.iter().position(|sub| sub.chart == chart && sub.kind == kind && sub.open())
    }

    pub(crate) fn waiting_for(&self, index: usize) -> Vec<usize> {
        (0..self.subs.len()).filter(|other| self.subs[*other].blocked == Some(index)).collect()
    }

    pub(crate) fn approve(&mut self, index: usize, now: Timestamp) {
        self.let_go(index, now);
        for other in self.waiting_for(index) {
            if self.subs[other].needs {
                self.approve(other, now);
            }
        }
    }

    /// One alone: an automatic intent approves nothing of what waits for it.
    fn let_go(&mut self, index: usize, now: Timestamp) {
        self.subs[index].needs = false;
        if self.subs[index].blocked.is_none() {
            self.subs[index].settle(State::Ready, Some(now));
        }
    }

    /// The half of a move that both halves hang on, while it is not sent; a check is no half.
    fn whole(&self, named: usize, act: Act) -> usize {
        let mut index = named;
        while let Some(first) = self.subs[index].blocked {
            let half = &self.subs[first];
            let unsent = matches!(half.state, State::Held | State::Ready | State::Waiting);
            if half.kind == 0 || !unsent || (act == Act::Approve && !half.needs) {
                break;
            }
            index = first;
        }
        index
    }

    pub(crate) fn cancel_waiting(&mut self, index: usize) {
        for other in self.waiting_for(index) {
            self.subs[other].settle(State::Cancelled, None);
            self.cancel_waiting(other);
        }
    }

    /// An intent; gives the submission it met or made.
    pub(crate) fn ask(
        &mut self,
        taken: &Taken,
        chart: usize,
        kind: usize,
        hold: bool,
        after: Option<usize>,
        now: Timestamp,
    ) -> usize {
        let Some(index) = self.open(chart, kind) else {
            assert_eq!(taken.how, TakenAs::Created);
            let (state, due) = match (after, hold) {
                (Some(_), _) => (State::Waiting, None),
                (None, true) => (State::Held, None),
                (None, false) => (State::Ready, Some(now)),
            };
            self.subs.push(Sub {
                id: taken.id.clone(),
                chart,
                kind,
                state,
                blocked: after,
                needs: hold,
                sent: false,
                due,
                lease: None,
                claims: 0,
                sent_under: None,
                asked: None,
            });
            return self.subs.len() - 1;
        };
        let sub = &mut self.subs[index];
        assert_eq!(sub.id, taken.id);
        if matches!(sub.state, State::Held | State::Ready | State::Waiting) {
            assert_eq!(taken.how, TakenAs::Refreshed);
            if sub.lease.take().is_some() {
                sub.due = Some(now);
            }
            if !hold && sub.needs {
                self.let_go(index, now);
            }
        } else {
            assert_eq!(taken.how, TakenAs::InFlight);
        }
        index
    }

    pub(crate) fn claimable(&self, now: Timestamp) -> Vec<usize> {
        let sends = |sub: &Sub| matches!(sub.state, State::Ready | State::Waiting);
        let mut due: Vec<usize> = (0..self.subs.len())
            .filter(|index| {
                let sub = &self.subs[*index];
                if sub.due.is_none_or(|due| due > now) {
                    return false;
                }
                !sends(sub)
                    || self.subs.iter().enumerate().filter(|(other, _)| other != index).all(|(other, beside)| {
                        let busy = beside.state == State::Sending
                            || (sends(beside) && beside.lease.is_some_and(|(_, until)| until > now));
                        let before =
                            other < *index && sends(beside) && beside.due.is_some() && beside.family() == sub.family();
                        let unanswered = beside.state == State::Polling
                            && beside.turns_back(sub)
                            && beside.asked.is_some_and(|asked| asked.until(now) < ANSWER_TIME);
                        beside.chart != sub.chart || !(busy || before || unanswered)
                    })
            })
            .collect();
        due.sort_by_key(|index| (self.subs[*index].due, *index));
        due
    }

    /// Where two of a chart could go, the first does.
    pub(crate) fn keep_one_to_send_of_each_chart(&self, claimed: &mut Vec<usize>) {
        let mut charts = Vec::new();
        claimed.retain(|index| {
            let sub = &self.subs[*index];
            let sends = matches!(sub.state, State::Ready | State::Waiting);
            let first = !charts.contains(&sub.chart);
            if sends {
                charts.push(sub.chart);
            }
            !sends || first
        });
    }

    /// A person's act: what must become of it.
    pub(crate) fn act(&mut self, named: usize, act: Act, now: Timestamp) -> Expected {
        let index = if matches!(act, Act::Approve | Act::Cancel) { self.whole(named, act) } else { named };
        let sub = self.subs[index].clone();
        let beside = self.subs.iter().enumerate().any(|(other, beside)| {
            other != index && beside.open() && beside.chart == sub.chart && beside.kind == sub.kind
        });
        match (act, sub.state) {
            (Act::Approve, State::Held) => self.approve(index, now),
            (Act::Approve, State::Waiting) if sub.blocked.is_some() && sub.needs => self.approve(index, now),
            (Act::Cancel, State::Held | State::Ready | State::Waiting | State::Uncertain | State::Polling) => {
                self.subs[index].settle(State::Cancelled, None);
                self.cancel_waiting(index);
            }
            (Act::Resume, State::Failed) if sub.sent && beside => return Expected::OpenAlready,
            (Act::Resume, State::Uncertain | State::Failed) if sub.sent => {
                self.subs[index].settle(State::Polling, Some(now));
                self.subs[index].asked = Some(now);
            }
            // One that is being asked for is left to whoever asks.
            (Act::Resume, State::Polling) if sub.lease.is_some() => self.subs[index].asked = Some(now),
            (Act::Resume, State::Polling) => {
                self.subs[index].settle(State::Polling, Some(now));
                self.subs[index].asked = Some(now);
            }
            (Act::Retry, State::Failed | State::Cancelled) if beside => return Expected::OpenAlready,
            (Act::Retry, State::Failed | State::Cancelled) if sub.sent => return Expected::Successor,
            (Act::Retry, State::Failed | State::Cancelled) => self.again(index, now),
            // One that is being sent is left to whoever sends it.
            (Act::Retry, State::Waiting) if sub.blocked.is_none() && sub.lease.is_some() => {}
            (Act::Retry, State::Waiting) if sub.blocked.is_none() => self.subs[index].settle(State::Waiting, Some(now)),
            (Act::Retry, State::Uncertain) if !sub.sent => self.again(index, now),
            _ => return Expected::Refused,
        }
        Expected::Done
    }

    pub(crate) fn again(&mut self, index: usize, now: Timestamp) {
        self.subs[index].settle(State::Ready, Some(now));
        self.subs[index].needs = false;
    }

    /// A worker's report: what must become of it.
    pub(crate) fn work(&mut self, lease: &Lease, what: Work, now: Timestamp) -> Expected {
        let index = self.find(&lease.submission);
        let sub = &mut self.subs[index];
        let holds = sub.lease.is_some_and(|(number, _)| number == lease.number);
        if let Work::Accept = what {
            let undecided = matches!(sub.state, State::Sending) || (sub.state == State::Uncertain && !sub.sent);
            let late = undecided && sub.sent_under == Some(lease.number);
            if !holds && !late {
                return Expected::LeaseLost;
            }
            if sub.state != State::Sending && sub.state != State::Uncertain {
                return Expected::Refused;
            }
            sub.settle(State::Polling, Some(now));
            sub.sent = true;
            sub.asked = Some(now);
            return Expected::Done;
        }
        if !holds {
            return Expected::LeaseLost;
        }
        let unsent = matches!(sub.state, State::Ready | State::Waiting);
        let (sending, polling) = (sub.state == State::Sending, sub.state == State::Polling);
        match what {
            Work::Begin if unsent => {
                let until = now.plus(MINUTE);
                sub.state = State::Sending;
                sub.due = Some(until);
                sub.lease = Some((lease.number, until));
                sub.sent_under = Some(lease.number);
            }
            Work::Wait(seconds) if unsent || sending => {
                sub.settle(State::Waiting, Some(now.plus(Duration::from_secs(seconds))));
                sub.sent_under = None;
            }
            Work::PollLater(seconds) if polling => {
                sub.settle(State::Polling, Some(now.plus(Duration::from_secs(seconds))));
            }
            Work::Doubt if sending || polling => sub.settle(State::Uncertain, None),
            Work::End { done, proceed } if sending || polling || !done => {
                sub.settle(if done { State::Done } else { State::Failed }, None);
                if proceed {
                    for other in self.waiting_for(index) {
                        let (state, due) =
                            if self.subs[other].needs { (State::Held, None) } else { (State::Ready, Some(now)) };
                        self.subs[other].settle(state, due);
                    }
                } else {
                    self.cancel_waiting(index);
                }
            }
            Work::Release if !sending => {
                sub.lease = None;
                sub.due = Some(now);
            }
            Work::Release => return Expected::Invalid,
            Work::Extend => {
                let until = now.plus(MINUTE);
                sub.lease = Some((lease.number, until));
                sub.due = Some(until);
            }
            _ => return Expected::Refused,
        }
        Expected::Done
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Done,
    Successor,
    Refused,
    OpenAlready,
    LeaseLost,
    Invalid,
}
