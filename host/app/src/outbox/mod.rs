//! The way of a submission: one scheduler claims what is due, workers take a step each, and every step is a transition in
//! the ledger before the next one begins.
//!
//! Invariants:
//! 1. The payload and the state `sending` are recorded before the POST; location and id before the first poll.
//! 2. What may have arrived is never sent again by itself, except an eligibility check, whose repetition is harmless.
//! 3. Polling ends with an answer only. Tokens, networks, limits of time and overload put it off.
//! 4. After a stop at any point, the next start finds in the ledger what to do.

mod endings;
mod lease;
mod schedules;
mod steps;
mod trouble;

pub use schedules::Schedules;
pub use steps::Worker;

use bridge_ledger::{Kind, Ledger, LedgerError};
use bridge_types::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
pub(crate) use trouble::{recovered, report};

/// Claims due work and has it done.
#[derive(Debug)]
pub struct Outbox {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Takes the steps.
    pub worker: Arc<Worker>,
    /// Steps at once.
    pub requests: usize,
    /// How long a claim holds.
    pub lease: Duration,
    /// How often the ledger is looked at for what another process did.
    pub look: Duration,
    /// Wakes it when there may be work.
    pub wake: Arc<Notify>,
    /// Name under which it claims; different for every process.
    pub owner: String,
}

impl Outbox {
    /// Works until `stop`, or until the ledger cannot be trusted any more; then lets the steps in hand finish.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let permits = Arc::new(Semaphore::new(self.requests.max(1)));
        let mut steps = JoinSet::new();
        tokio::pin!(stop);
        loop {
            while let Some(ended) = steps.try_join_next() {
                if ended.is_err() {
                    tracing::error!("a step broke down; its submission is taken up again when the lease ends");
                }
            }
            let wait = match self.claim(&permits, &mut steps).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.idle().await,
                Err(error) => {
                    report(&error);
                    if error.kind() == Kind::Fatal {
                        break;
                    }
                    self.look
                }
            };
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
            }
        }
        while steps.join_next().await.is_some() {}
    }

    /// Starts as many steps as there is room for. Whether there may be more at once.
    async fn claim(&self, permits: &Arc<Semaphore>, steps: &mut JoinSet<()>) -> Result<bool, LedgerError> {
        let Ok(first) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
        let room = permits.available_permits() + 1;
        let looks = self.ledger.claim_looks(self.lease, room).await?;
        let claimed = self.ledger.claim(&self.owner, self.lease, room).await?;
        drop(first);
        let any = !claimed.is_empty() || !looks.is_empty();
        for look in looks {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                worker.look(look).await;
                drop(permit);
                wake.notify_one();
            });
        }
        for work in claimed {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                worker.step(work).await;
                drop(permit);
                wake.notify_one();
            });
        }
        Ok(any)
    }

    /// How long to rest: until the next piece is due, at most until it is time to look again.
    async fn idle(&self) -> Duration {
        match self.ledger.next_due().await {
            Ok(Some(due)) => self.clock.now().until(due).min(self.look).max(Duration::from_millis(5)),
            Ok(None) => self.look,
            Err(error) => {
                report(&error);
                self.look
            }
        }
    }
}
