//! Submissions that were accepted: their answers, and how often they were asked for.

use crate::operation::Operation;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// One accepted submission.
pub(crate) struct Submission {
    pub(crate) operation: Operation,
    pub(crate) mbi: String,
    pub(crate) track: String,
    /// Status of the final answer.
    pub(crate) status: u16,
    /// Body of the final answer.
    pub(crate) answer: Bytes,
    /// Polls still to be answered 202.
    pub(crate) pending_polls: u32,
    /// When the answer may show, in milliseconds of the sandbox's time.
    pub(crate) ready_at: i64,
    /// What was sent, where it is kept.
    pub(crate) payload: Option<Bytes>,
}

/// The newest submissions, by id.
pub(crate) struct Submissions {
    by_id: BTreeMap<String, Submission>,
    order: VecDeque<String>,
    limit: usize,
    /// Tells this run's ids from those of another.
    run: String,
    count: u64,
}

impl Submissions {
    pub(crate) const fn new(limit: usize, run: String) -> Self {
        Self { by_id: BTreeMap::new(), order: VecDeque::new(), limit, run, count: 0 }
    }

    /// The id of the next submission.
    pub(crate) fn next_id(&mut self) -> String {
        self.count += 1;
        format!("sub-{}-{:06}", self.run, self.count)
    }

    /// Keeps a submission under its id.
    pub(crate) fn add(&mut self, id: String, submission: Submission) {
        while self.order.len() >= self.limit.max(1) {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        self.by_id.insert(id, submission);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Submission> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Submission> {
        self.by_id.get_mut(id)
    }

    /// In the order in which they were accepted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Submission> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }
}
