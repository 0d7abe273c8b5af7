//! Feeds about one person that meet each other take turns.
//!
//! Charts are changed in the hope that nobody else changes them meanwhile; whoever stores first wins, and the others plan again. That
//! costs nothing while feeds are about different people. Where many connections bring news of one person at once, most plans would be
//! in vain, and the unlucky would plan for ever: whoever met another once waits for a turn, and whoever comes while somebody waits does, too.
//! On another host of the same ledger turns are taken apart, so hosts still meet, but no more than one feed of each.

use access_contract::Reading;
use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, MutexGuard};

/// People share so many queues, by their keys; that two strangers share one costs them a wait and nothing else.
const QUEUES: usize = 256;

/// The queues.
#[derive(Debug)]
pub(super) struct Turns {
    queues: Vec<Queue>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Queue {
    /// How many have or want the turn.
    wanting: AtomicUsize,
    turn: Mutex<()>,
}

/// The turn in every queue of a feed; it ends when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Turn<'a> {
    held: Vec<MutexGuard<'a, ()>>,
    wanted: Vec<&'a Queue>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        for queue in &self.wanted {
            queue.wanting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { queues: std::iter::repeat_with(Queue::default).take(QUEUES).collect(), hasher: RandomState::new() }
    }
}

impl Turns {
    /// The queues of everybody a feed speaks of, in ascending order, so that two feeds never wait for each other.
    fn of(&self, reading: &Reading) -> impl Iterator<Item = &Queue> {
        let keys = reading.subjects.iter().flat_map(|subject| subject.keys.iter().chain(&subject.prior_keys));
        let places: BTreeSet<u64> =
            keys.map(|key| self.hasher.hash_one((&reading.participant, key)) % QUEUES as u64).collect();
        places.into_iter().filter_map(|place| self.queues.get(usize::try_from(place).ok()?))
    }

    /// Whether turns are taken about somebody the feed speaks of.
    pub(super) fn are_taken(&self, reading: &Reading) -> bool {
        self.of(reading).any(|queue| queue.wanting.load(Ordering::Relaxed) > 0)
    }

    /// Waits for the turn.
    pub(super) async fn take(&self, reading: &Reading) -> Turn<'_> {
        let mut turn = Turn::default();
        for queue in self.of(reading) {
            queue.wanting.fetch_add(1, Ordering::Relaxed);
            turn.wanted.push(queue);
            turn.held.push(queue.turn.lock().await);
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use access_contract::{Header, Reading, Subject};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// What is there without waiting.
    fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => Some(found),
            Poll::Pending => None,
        }
    }

    fn about(people: &[&[&str]]) -> Reading {
        let subject = |keys: &&[&str]| Subject {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            prior_keys: Vec::new(),
            entry_keys: Vec::new(),
            facts: String::new(),
        };
        Reading {
            participant: "ACCES12345".to_owned(),
            header: Header::default(),
            subjects: people.iter().map(subject).collect(),
            observations: 0,
            unmapped: Vec::new(),
            issues: Vec::new(),
        }
    }

    #[test]
    fn feeds_about_one_person_take_turns_and_others_do_not_wait() {
        let turns = Turns::default();
        let (one, same) = (about(&[&["mbi:1", "id:a|1"]]), about(&[&["id:a|1"], &["id:a|2"]]));
        assert!(!turns.are_taken(&one));
        let turn = at_once(turns.take(&one)).unwrap();
        assert!(turns.are_taken(&same));
        assert!(at_once(turns.take(&same)).is_none());
        let strangers = (3..20).map(|number| about(&[&[format!("id:a|{number}").as_str()]]));
        assert!(strangers.filter(|stranger| !turns.are_taken(stranger)).count() > 0);
        drop(turn);
        assert!(at_once(turns.take(&same)).is_some());
        // Whoever gave up waiting wants nothing any more.
        assert!(!turns.are_taken(&one) && !turns.are_taken(&same));
    }

    #[test]
    fn nobody_waits_for_himself() {
        let turns = Turns::default();
        let everybody: Vec<String> = (0..2000).map(|number| format!("id:a|{number}")).collect();
        let keys: Vec<Vec<&str>> = everybody.iter().map(|key| vec![key.as_str()]).collect();
        let people: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
        assert!(at_once(turns.take(&about(&people))).is_some());
    }
}
