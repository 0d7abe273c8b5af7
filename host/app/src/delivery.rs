//! The way of a notice: each route has one worker that delivers in order, so that a dead destination stops nobody else.

use crate::config::raw::{self, Limits, Times};
use crate::outbox::report;
use access_contract::{Envelope, Format};
use bridge_client::{Backoff, BackoffSettings, ScheduleError};
use bridge_ledger::{ClaimedDelivery, Ledger, LedgerError};
use bridge_routes::{Outgoing, Route};
use bridge_runtime::{Pool, RuntimeError};
use bridge_types::{Clock, Disposition, Phi};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Delivers the notices of one route.
pub struct Courier {
    /// Name of the route.
    pub name: String,
    /// How its notices are written down.
    pub format: Format,
    /// Where they go.
    pub route: Box<dyn Route>,
    /// Instances of the component.
    pub pool: Pool,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// `MSH-3` of HL7 v2 notices.
    pub sender: String,
    /// Waits between attempts.
    pub backoff: Backoff,
    /// Attempts before a notice is given up that the destination refuses.
    pub attempts: u32,
    /// How long a claim holds.
    pub lease: Duration,
    /// How often the ledger is looked at.
    pub look: Duration,
    /// Wakes it when there may be something.
    pub wake: Arc<Notify>,
    /// Name under which it claims.
    pub owner: String,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// The back-off of deliveries.
///
/// # Errors
/// Times that contradict each other.
pub fn backoff(times: &Times) -> Result<Backoff, ScheduleError> {
    Backoff::new(BackoffSettings {
        base: times.delivery_base.0,
        max: times.delivery_max.0,
        ..BackoffSettings::default()
    })
}

/// The contract's word for a configured format.
#[must_use]
pub fn format(format: raw::Format) -> Format {
    match format {
        raw::Format::Hl7v2 => Format::Hl7v2,
        raw::Format::Json => Format::Json,
        raw::Format::Fhir => Format::Fhir,
    }
}

/// Attempts from the limits.
#[must_use]
pub fn attempts(limits: &Limits) -> u32 {
    limits.delivery_attempts.max(1)
}

impl Courier {
    /// Delivers until `stop`.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let wait = tokio::select! {
                () = &mut stop => return,
                wait = self.round() => wait,
            };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {}
            }
        }
    }

    /// Delivers what is due; how long to rest then.
    async fn round(&self) -> Duration {
        match self.deliver_due().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => self.look,
            Err(Stuck::Ledger(error)) => {
                report(&error);
                self.look
            }
            Err(stuck) => {
                tracing::error!(route = self.name, error = %stuck, "a notice could not be delivered now");
                self.look
            }
        }
    }

    async fn deliver_due(&self) -> Result<bool, Stuck> {
        let claimed = self.ledger.claim_deliveries(&self.name, &self.owner, self.lease, 16).await?;
        let any = !claimed.is_empty();
        let mut rest = claimed.into_iter();
        while let Some(one) = rest.next() {
            if !self.deliver(one).await? {
                // Order is kept: what stands behind it waits with it.
                for later in rest {
                    self.ledger.release_delivery(&later.lease).await?;
                }
                return Ok(false);
            }
        }
        Ok(any)
    }

    /// Delivers one. False: it is to be tried again.
    async fn deliver(&self, one: ClaimedDelivery) -> Result<bool, Stuck> {
        // Only the `fhir` format carries it; it may be long.
        let answer = one.answer.filter(|_| self.format == Format::Fhir).map(Phi::into_inner);
        let envelope =
            Envelope { id: one.lease.notice.clone(), at: one.at.rfc3339(), sender: self.sender.clone(), answer };
        let (notice, format) = (one.notice.into_inner(), self.format.clone());
        let text = match self.pool.with(move |instance| instance.render(notice, envelope, format)).await? {
            Ok(text) => text,
            Err(issue) => {
                tracing::error!(
                    route = self.name,
                    notice = one.lease.notice,
                    code = issue.code,
                    "a notice cannot be written down"
                );
                self.ledger
                    .delivery_failed(&one.lease, None, &format!("cannot be written down: {}", issue.code))
                    .await?;
                return Ok(true);
            }
        };
        let item = Outgoing {
            id: one.lease.notice.clone(),
            format: self.format.clone(),
            control_id: one.lease.notice.clone(),
            text: Phi::new(text),
        };
        match self.route.deliver(&item).await {
            Ok(receipt) => {
                self.ledger.delivered(&one.lease, &receipt.receipt).await?;
                Ok(true)
            }
            Err(error) => {
                let failures = one.failures.saturating_add(1);
                let cause = error.cause.to_string();
                let refused = matches!(error.disposition, Disposition::Reject);
                if refused && failures >= self.attempts {
                    tracing::error!(
                        route = self.name,
                        notice = one.lease.notice,
                        cause,
                        "a notice was given up for this route; `access-bridge notices redeliver` sends it again"
                    );
                    self.ledger.delivery_failed(&one.lease, None, &cause).await?;
                    return Ok(true);
                }
                if failures == 1 {
                    tracing::warn!(route = self.name, cause, "a notice could not be delivered; it is tried again");
                }
                let after = match error.disposition {
                    Disposition::Retry { after } => after,
                    _ => None,
                };
                let next = self.clock.now().plus(self.backoff.wait(failures, &one.lease.notice, after));
                self.ledger.delivery_failed(&one.lease, Some(next), &cause).await?;
                Ok(false)
            }
        }
    }
}
