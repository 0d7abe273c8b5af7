//! The way of a submission: one scheduler claims what is due, workers take a step each, and every step is a transition in
//! the ledger before the next one begins.
//!
//! Invariants:
//! 1. The payload and the state `sending` are recorded before the POST; location and id before the first poll.
//! 2. What may have arrived is never sent again by itself, except where a repetition is harmless (`doubt`).
//! 3. Polling ends with an answer only. Tokens, networks, limits of time and overload put it off.
//! 4. While CMS is away nothing is sent or polled but a probe without consequences; a person hears of it once, and once of its end.
//!    What is due is left where it is meanwhile.
//! 5. After a stop at any point, the next start finds in the ledger what to do. Once the service is told to stop, no request is begun.
//! 6. What this process has in its hands it does not claim again, whatever the clock says.

mod circuit;
mod doubt;
mod endings;
mod hands;
mod lease;
mod outage;
mod schedules;
mod steps;
mod stop;
mod tellers;

pub use circuit::Circuits;
pub use schedules::Schedules;
pub use steps::Worker;
pub(crate) use steps::as_of;
pub use stop::Stop;
pub use tellers::Tellers;

use crate::ledger::report;
use bridge_ledger::{Claimed, Claimer, Kind, Ledger, LedgerError};
use bridge_types::Clock;
use circuit::Admission;
use hands::Hands;
use outage::Site;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinError, JoinSet};

/// Whether the lease of a step went astray.
fn went_astray(step: Result<bool, JoinError>) -> bool {
    step.unwrap_or_else(|_| {
        tracing::error!("a step broke down; its submission is taken up again when the lease ends");
        false
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
        // Whether leases may stand in the ledger that nobody here knows of.
        let mut astray = false;
        let hands = Hands::default();
        tokio::pin!(stop);
        if let Err(error) = self.worker.resume_outages().await {
            report(&error);
        }
        if let Err(error) = self.worker.resume_tellers().await {
            report(&error);
        }
        loop {
            while let Some(step) = steps.try_join_next() {
                astray |= went_astray(step);
            }
            if astray {
                astray = self.ledger.give_back(&self.owner, &hands.ids()).await.is_err();
            }
            let wait = match self.claim(&permits, &hands, &mut steps).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.idle(&hands).await,
                Err(error) => {
                    report(&error);
                    if error.kind() == Kind::Fatal {
                        break;
                    }
                    // It may have been done all the same, or in part.
                    astray = true;
                    self.look
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = tokio::time::sleep(wait) => {}
                Some(step) = steps.join_next(), if !steps.is_empty() => astray |= went_astray(step),
                // Nothing can be done for what comes while CMS is away; it is found when it is back.
                () = self.wake.notified(), if self.admits() => {}
            }
        }
        while steps.join_next().await.is_some() {}
    }

    /// Starts as many steps as there is room for. Whether there may be more at once.
    async fn claim(
        &self,
        permits: &Arc<Semaphore>,
        hands: &Hands,
        steps: &mut JoinSet<bool>,
    ) -> Result<bool, LedgerError> {
        let Ok(first) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
        let room = permits.available_permits() + 1;
        let looks = self.ledger.claim_looks(&self.owner, self.lease, room).await?;
        for (host, probe) in self.worker.probes_due() {
            let (worker, wake) = (Arc::clone(&self.worker), Arc::clone(&self.wake));
            steps.spawn(async move {
                worker.probe(&host, &probe).await;
                wake.notify_one();
                false
            });
        }
        let claimed = self.claim_work(room, hands).await?;
        drop(first);
        let any = !claimed.is_empty() || !looks.is_empty();
        for look in looks {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake, held) = (Arc::clone(&self.worker), Arc::clone(&self.wake), hands.take_look(&look));
            steps.spawn(async move {
                let failed = worker.look(look).await.inspect_err(report).err();
                drop((held, permit));
                wake.notify_one();
                failed.is_some_and(|error| error.kind() == Kind::Unavailable)
            });
        }
        for work in claimed {
            let Ok(permit) = Arc::clone(permits).acquire_owned().await else { return Ok(false) };
            let (worker, wake, held) = (Arc::clone(&self.worker), Arc::clone(&self.wake), hands.take(&work));
            steps.spawn(async move {
                let astray = worker.step(work).await;
                drop((held, permit));
                wake.notify_one();
                astray
            });
        }
        Ok(any)
    }

    /// Work: as much as is due and there is room for at APIs that are there, one piece at a time at those that are tried, none at others.
    async fn claim_work(&self, room: usize, hands: &Hands) -> Result<Vec<Claimed>, LedgerError> {
        let sites = self.worker.sites();
        let claimer = self.claimer(&sites, hands);
        let mut claimed = Vec::new();
        for site in &sites {
            if claimed.len() < room && !hands.any_of(&site.participants) {
                claimed.extend(self.claim_one(site, &claimer).await?);
            }
        }
        let left = room.saturating_sub(claimed.len());
        if left > 0 && is_any_there(&sites) {
            claimed.extend(self.ledger.claim_as(&claimer, self.lease, left).await?);
        }
        Ok(claimed)
    }

    /// A piece to try an API with, where that is to be done: one that is due, or else the one that would be next.
    async fn claim_one(&self, site: &Site, claimer: &Claimer) -> Result<Vec<Claimed>, LedgerError> {
        let only = site.participants.clone();
        let due = Claimer { only, resting: Vec::new(), ..claimer.clone() };
        match &site.admission {
            Admission::Everything | Admission::Nothing(_) => Ok(Vec::new()),
            Admission::OneBut(failing) => {
                let due = Claimer { aside: vec![failing.clone()], ..due };
                self.ledger.claim_as(&due, self.lease, 1).await
            }
            Admission::OneOfAny(odd) => {
                let claimed = self.ledger.claim_as(&due, self.lease, 1).await?;
                if !claimed.is_empty() {
                    return Ok(claimed);
                }
                let any = Claimer { aside: odd.clone(), early: true, ..due };
                self.ledger.claim_as(&any, self.lease, 1).await
            }
        }
    }

    /// Who claims what is not for a single API.
    fn claimer(&self, sites: &[Site], hands: &Hands) -> Claimer {
        let away = sites.iter().filter(|site| site.admission != Admission::Everything);
        let resting = away.flat_map(|site| site.participants.iter().cloned()).collect();
        Claimer { in_hand: hands.submissions(), resting, ..Claimer::named(&self.owner) }
    }

    /// Whether anything that comes could be done.
    fn admits(&self) -> bool {
        let sites = self.worker.sites();
        sites.is_empty() || sites.iter().any(|site| !matches!(site.admission, Admission::Nothing(_)))
    }

    /// How long to rest: until the next piece is due, or the next probe, at most until it is time to look again.
    async fn idle(&self, hands: &Hands) -> Duration {
        let sites = self.worker.sites();
        let probe = sites.iter().filter_map(|site| match site.admission {
            Admission::Nothing(until) => Some(self.clock.now().until(until)),
            _ => None,
        });
        let most = probe.min().unwrap_or(self.look).clamp(Duration::from_millis(5), self.look);
        // Where one piece at a time is tried, a step that ends wakes it.
        if !is_any_there(&sites) {
            return most;
        }
        match self.ledger.next_due_as(&self.claimer(&sites, hands)).await {
            Ok(Some(due)) => self.clock.now().until(due).min(most).max(Duration::from_millis(5)),
            Ok(None) => most,
            Err(error) => {
                report(&error);
                self.look
            }
        }
    }
}

/// Whether everything that is due may be done at some API, or none is known that could be away.
fn is_any_there(sites: &[Site]) -> bool {
    sites.is_empty() || sites.iter().any(|site| site.admission == Admission::Everything)
}
