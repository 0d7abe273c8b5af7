//! The way of a submission: one scheduler claims what is due, workers take a step each, and every step is a transition in
//! the ledger before the next one begins.
//!
//! Invariants:
//! 1. The payload and the state `sending` are recorded before the POST; location and id before the first poll.
//! 2. What may have arrived is never sent again by itself, except where a repetition is harmless (`doubt`).
//! 3. Polling ends with an answer only. Tokens, networks, limits of time and overload put it off.
//! 4. While CMS is away nothing is sent or polled but a probe without consequences; a person hears of it once, and once of its end.
//! 5. After a stop at any point, the next start finds in the ledger what to do.

mod circuit;
mod doubt;
mod endings;
mod lease;
mod outage;
mod schedules;
mod steps;
mod tellers;

pub use circuit::Circuits;
pub use schedules::Schedules;
pub use steps::Worker;
pub use tellers::Tellers;

use crate::ledger::report;
use bridge_ledger::{Kind, Lease, Ledger, LedgerError};
use bridge_types::Clock;
use outage::Room;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinError, JoinSet};

/// The lease that a step could not give back, if there is one.
fn ended(step: Result<Option<Lease>, JoinError>) -> Option<Lease> {
    step.unwrap_or_else(|_| {
        tracing::error!("a step broke down; its submission is taken up again when the lease ends");
        None
    })
}

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
        let mut stranded = Vec::new();
        tokio::pin!(stop);
        if let Err(error) = self.worker.resume_outages().await {
            report(&error);
        }
        if let Err(error) = self.worker.resume_tellers().await {
            report(&error);
        }
        loop {
            while let Some(step) = steps.try_join_next() {
                stranded.extend(ended(step));
            }
            self.give_back(&mut stranded).await;
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
                Some(step) = steps.join_next(), if !steps.is_empty() => stranded.extend(ended(step)),
                // Nothing can be done for what comes while CMS is away; it is found when it is back.
                () = self.wake.notified(), if !matches!(self.worker.room(), Room::None(_)) => {}
            }
        }
        while steps.join_next().await.is_some() {}
    }

    /// Gives back what the ledger could not be told of, as far as it is there again. What is being sent stays in doubt until its lease
    /// ends.
    async fn give_back(&self, stranded: &mut Vec<Lease>) {
        while let Some(lease) = stranded.pop() {
            match self.ledger.release(&lease).await {
                Err(error) if error.kind() == Kind::Unavailable => {
                    stranded.push(lease);
                    return;
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Starts as many steps as there is room for. Whether there may be more at once.
    async fn claim(&self, permits: &Arc<Semaphore>, steps: &mut JoinSet<Option<Lease>>) -> Result<bool, LedgerError> {
        let Ok(first) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
        let room = permits.available_permits() + 1;
        let looks = self.ledger.claim_looks(&self.owner, self.lease, room).await?;
        for host in self.worker.probes_due() {
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                worker.probe(&host).await;
                wake.notify_one();
                None
            });
        }
        let (admitted, trying) = match self.worker.room() {
            Room::Full => (room, false),
            Room::One => (usize::from(steps.is_empty()), true),
            Room::None(_) => (0, false),
        };
        let claimed =
            if admitted > 0 { self.ledger.claim(&self.owner, self.lease, admitted).await? } else { Vec::new() };
        if trying && admitted > 0 && claimed.is_empty() {
            self.worker.nothing_to_try().await;
        }
        drop(first);
        let any = !claimed.is_empty() || !looks.is_empty();
        for look in looks {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                worker.look(look).await;
                drop(permit);
                wake.notify_one();
                None
            });
        }
        for work in claimed {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                let stranded = worker.step(work).await;
                drop(permit);
                wake.notify_one();
                stranded
            });
        }
        Ok(any)
    }

    /// How long to rest: until the next piece is due, at most until it is time to look again.
    async fn idle(&self) -> Duration {
        match self.worker.room() {
            Room::Full => {}
            // A step that ends wakes it.
            Room::One => return self.look,
            Room::None(until) => {
                return self.clock.now().until(until).clamp(Duration::from_millis(5), self.look);
            }
        }
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
