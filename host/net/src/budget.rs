//! Bytes that the connections of a listener hold together.
//!
//! Every connection has a share. The first [`FREE`] bytes of it are its own, so that ordinary messages never wait for others; what is
//! more comes from the budget. Where nothing is left the share waits, its connection is not read meanwhile, and the peer is slowed
//! down by its own socket.
//!
//! Invariants:
//! 1. All shares together hold no more than the budget, and [`FREE`] bytes each.
//! 2. Of those that wait one can always go on: room for one whole piece is set aside, whoever comes first has it until the piece is
//!    done with, and gives back what it had of the rest.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that a connection may hold whatever the others hold: 64 KiB.
pub const FREE: usize = 64 * 1024;

/// The bytes of one listener.
#[derive(Debug)]
pub struct Budget {
    common: Arc<Semaphore>,
    /// The room for one whole piece.
    aside: Arc<Semaphore>,
}

impl Budget {
    /// A budget of so many bytes, for pieces up to a length; it has room for one of them at least.
    #[must_use]
    pub fn new(bytes: usize, piece: usize) -> Self {
        let common = bytes.saturating_sub(piece).min(Semaphore::MAX_PERMITS);
        Self { common: Arc::new(Semaphore::new(common)), aside: Arc::new(Semaphore::new(1)) }
    }

    /// A share that holds nothing yet.
    #[must_use]
    pub fn share(&self) -> Share {
        Share { common: Arc::clone(&self.common), aside: Arc::clone(&self.aside), held: None, whole: None }
    }
}

/// What one connection holds. Dropped, it gives everything back.
#[derive(Debug)]
pub struct Share {
    common: Arc<Semaphore>,
    aside: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    whole: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Grows to so many bytes, and waits until there is room for them. If it is dropped before, nothing changes.
    pub async fn grow(&mut self, bytes: usize) {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.saturating_sub(FREE).saturating_sub(held);
        if missing == 0 || self.whole.is_some() {
            return;
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        tokio::select! {
            biased;
            Ok(more) = Arc::clone(&self.common).acquire_many_owned(missing) => match &mut self.held {
                Some(held) => held.merge(more),
                none => *none = Some(more),
            },
            Ok(whole) = Arc::clone(&self.aside).acquire_owned() => {
                self.held = None;
                self.whole = Some(whole);
            }
            // Nobody closes either of them.
            else => {}
        }
    }

    /// Gives everything back: what was held is done with.
    pub fn release(&mut self) {
        self.held = None;
        self.whole = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, FREE, Share};
    use futures_util::FutureExt;

    /// Whether it grows without waiting.
    fn grows(share: &mut Share, bytes: usize) -> bool {
        share.grow(FREE + bytes).now_or_never().is_some()
    }

    #[test]
    fn beyond_the_budget_one_goes_on_and_the_others_wait_for_it() {
        let budget = Budget::new(300, 100);
        let mut shares: Vec<Share> = (0..4).map(|_| budget.share()).collect();
        let [first, second, third, fourth] = shares.as_mut_slice() else { panic!("four") };
        assert!(grows(first, 90) && grows(second, 90) && grows(third, 20));
        // No room in common: the first that asks has what is set aside, up to a whole piece, and gives back what it had.
        assert!(grows(first, 100));
        assert!(grows(third, 100));
        assert!(!grows(fourth, 20) && !grows(second, 110));
        // What needs no more than is its own never waits.
        assert!(grows(fourth, 0));
        first.release();
        assert!(grows(fourth, 100));
        assert!(!grows(second, 110));
        drop(shares);
        assert!(grows(&mut budget.share(), 200));
    }

    #[test]
    fn a_budget_of_one_piece_lets_one_connection_at_a_time_go_on() {
        let budget = Budget::new(10, 100);
        let (mut one, mut two) = (budget.share(), budget.share());
        assert!(grows(&mut one, 50) && grows(&mut one, 100));
        assert!(!grows(&mut two, 1));
        drop(one);
        assert!(grows(&mut two, 1));
    }
}
